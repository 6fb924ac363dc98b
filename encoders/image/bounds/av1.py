"""The frame sizes in the AV1 data of an AVIF (AV1 Bitstream & Decoding Process Specification).

The size that an AVIF states may be smaller.
"""

from __future__ import annotations

from collections.abc import Iterator

from encoders.image.bounds.size import PartBudget, check_size
from encoders.limits import Limits
from encoders.mime.containers import iso
from encoders.source import Source

_SEQUENCE_HEADER = 1  # a type of unit (OBU)
_UNIT_HEAD = 80  # bytes that hold a unit's own head and a sequence's frame size
_FIRST_SAMPLE = 1 << 20  # bytes that are read from where a track's first sample begins


def check_frame_sizes(source: Source, limits: Limits) -> None:
    """Check the size that the AV1 data of each item and track state."""
    budget = PartBudget()
    for start, end in data_ranges(source):
        budget.spend()
        for size in _sequence_sizes(source, start, min(end, source.size), budget):
            check_size(size, limits)


def data_ranges(source: Source) -> Iterator[tuple[int, int]]:
    """Yield the start and end of the data of each item, and of each track's first sample."""
    for box in iso.boxes(source, 0, source.size):
        if box.kind == b"meta":
            yield from _items(source, box)
        elif box.kind == b"moov":
            yield from _first_samples(source, box.content, box.end, 0)


def _items(source: Source, meta: iso.Box) -> Iterator[tuple[int, int]]:
    """Yield the extents of the items in a meta box (ISO 14496-12 section 8.11.3)."""
    base = 0
    for box in iso.boxes(source, meta.content + 4, meta.end):
        if box.kind == b"idat":
            base = box.content
    for box in iso.boxes(source, meta.content + 4, meta.end):
        if box.kind == b"iloc":
            table = source.at(box.content, min(box.end - box.content, 1 << 20))
            yield from _extents(table, base, source.size)


def _extents(table: bytes, base: int, source_size: int) -> Iterator[tuple[int, int]]:
    version, sizes = table[0], table[4:6]
    offset_size, length_size, base_size = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4
    index_size = sizes[1] & 15 if version else 0
    wide = 4 if version == 2 else 2
    at = 6 + wide

    def number(width: int) -> int:
        nonlocal at
        at += width
        return int.from_bytes(table[at - width : at], "big")

    for _ in range(int.from_bytes(table[6:at], "big")):
        if at >= len(table):
            return
        number(wide)
        method = number(2) & 15 if version else 0
        number(2)
        first = number(base_size) + (base if method == 1 else 0)
        for _ in range(number(2)):
            if at >= len(table):
                return
            number(index_size)
            start = first + number(offset_size)
            yield start, start + (number(length_size) or source_size)


def _first_samples(source: Source, start: int, end: int, depth: int) -> Iterator[tuple[int, int]]:
    for box in iso.boxes(source, start, min(end, source.size)):
        if box.kind in (b"trak", b"mdia", b"minf", b"stbl") and depth < 6:
            yield from _first_samples(source, box.content, box.end, depth + 1)
        elif box.kind in (b"stco", b"co64"):
            width = 4 if box.kind == b"stco" else 8
            place = int.from_bytes(source.at(box.content + 8, width), "big")
            yield place, place + _FIRST_SAMPLE


def _sequence_sizes(
    source: Source, at: int, end: int, budget: PartBudget
) -> Iterator[tuple[int, int]]:
    """Yield the sizes in sequence headers (sections 5.3 and 5.5)."""
    while at < end:
        budget.spend()
        data = source.at(at, _UNIT_HEAD)
        if not data:
            return
        head, after = data[0], 2 if data[0] & 4 else 1
        size, after = _leb128(data, after) if head & 2 else (end - at - after, after)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            found = _sequence_size(data[after : after + size])
            if found:
                yield found
        at += after + size


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 56, 7):
        byte = data[at] if at < len(data) else 0
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            break
    return value, at


def _sequence_size(data: bytes) -> tuple[int, int] | None:
    """Return the largest width and height of frames (section 5.5.1)."""
    bits = _Bits(data)
    bits.take(4)  # the profile, and whether it is a still picture
    if bits.take(1):  # a reduced header
        bits.take(5)
    else:
        has_delay, delay_width = 0, 0
        if bits.take(1):
            bits.take(64)
            if bits.take(1):
                bits.take_variable()
            has_delay = bits.take(1)
            if has_delay:
                delay_width = bits.take(5) + 1
                bits.take(42)
        has_display_delay = bits.take(1)
        for _ in range(bits.take(5) + 1):
            bits.take(12)
            if bits.take(5) > 7:
                bits.take(1)
            if has_delay and bits.take(1):
                bits.take(2 * delay_width + 1)
            if has_display_delay and bits.take(1):
                bits.take(4)
    across, down = bits.take(4) + 1, bits.take(4) + 1
    size = bits.take(across) + 1, bits.take(down) + 1
    return None if bits.is_past_end else size


class _Bits:
    """Reads bits, the highest first, and zeros after the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:64].ljust(64, b"\0"), "big")
        self._left = 512
        self._available = min(len(data), 64) * 8

    @property
    def is_past_end(self) -> bool:
        return 512 - self._left > self._available

    def take(self, count: int) -> int:
        self._left -= count
        return self._value >> max(self._left, 0) & (1 << count) - 1

    def take_variable(self) -> int:
        """Return a number that is preceded by as many zeros as it has bits (section 4.10.3)."""
        zeros = 0
        while zeros < 32 and not self.take(1):
            zeros += 1
        return self.take(zeros) if zeros < 32 else 0
