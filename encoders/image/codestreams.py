"""What the coded data of AVIF, JPEG 2000 and JPEG files tell about their cost.

The sizes that the files around them state may be smaller.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

from encoders.atomic import BytesLike
from encoders.errors import CorruptMediaError
from encoders.mime.checks import leb128
from encoders.mime.containers import iso
from encoders.source import Source

JPEG_2000_COPIES = 4.7  # pictures of four bytes a pixel that OpenJPEG holds

_MAX_PARTS = 200_000  # extents of items, units of AV1 or markers of JPEG 2000 read in one file

# AV1 Bitstream & Decoding Process Specification
_SEQUENCE_HEADER = 1  # a type of unit (OBU)
_UNIT_HEAD = 80  # bytes that hold a unit's own head and a sequence's frame size
_FIRST_SAMPLE = 1 << 20  # bytes that are read from where a track's first sample begins

# ISO 15444-1 annex A
_PIXELS_PER_BLOCK = 50  # that OpenJPEG holds besides
_CODESTREAM = re.compile(rb"\xff\x4f\xff\x51")
_COD, _COC, _SOT, _SOD = 0x52, 0x53, 0x90, 0x93  # markers

# ITU-T T.81 annex B; a length follows the markers that are found, and a stuffed byte is none.
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15, without tables
_SCAN, _END = 0xDA, 0xD9


def _spend(parts: Iterator[int]) -> None:
    """Count one more part of a file."""
    if next(parts, None) is None:
        raise CorruptMediaError(f"the picture has more than {_MAX_PARTS:,} parts")


def av1_sizes(source: Source) -> Iterator[tuple[int, int]]:
    """Yield the frame sizes in the AV1 data of each item and track of an AVIF.

    Raises:
        CorruptMediaError: the file has too many parts.
    """
    parts = iter(range(_MAX_PARTS))
    for start, end in av1_ranges(source):
        _spend(parts)
        yield from _sequence_sizes(source, start, min(end, source.size), parts)


def av1_ranges(source: Source) -> Iterator[tuple[int, int]]:
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


def _extents(data: bytes, base: int, source_size: int) -> Iterator[tuple[int, int]]:
    table = io.BytesIO(data)

    def number(width: int) -> int:
        return int.from_bytes(table.read(width), "big")

    version, _, sizes = number(1), number(3), number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    extent_size = index_size + offset_size + length_size
    wide = 4 if version == 2 else 2
    for _ in range(number(wide)):
        if table.tell() == len(data):
            return
        number(wide)
        method = number(2) & 15 if version else 0
        number(2)
        first = number(base_size) + (base if method == 1 else 0)
        count = number(2)
        for _ in range(count if extent_size else min(count, 1)):  # without bytes all are the same
            if table.tell() + extent_size > len(data):
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
    source: Source, at: int, end: int, parts: Iterator[int]
) -> Iterator[tuple[int, int]]:
    """Yield the sizes in sequence headers (sections 5.3, 4.10.5 and 5.5)."""
    while at < end:
        _spend(parts)
        data = source.at(at, _UNIT_HEAD)
        if not data:
            return
        head, after = data[0], 2 if data[0] & 4 else 1
        size, after = leb128(data, after) if head & 2 else (end - at - after, after)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            found = _sequence_size(data[after : after + size])
            if found:
                yield found
        at += after + size


def _sequence_size(data: bytes) -> tuple[int, int] | None:
    """Return the largest width and height of frames (section 5.5.1), or None in a cut header."""
    bits, at = "".join(f"{byte:08b}" for byte in data), 0

    def take(count: int) -> int:
        nonlocal at
        at += count
        return int(bits[at - count : at] or "0", 2)

    take(4)  # the profile, and whether it is a still picture
    if take(1):  # a reduced header
        take(5)
    else:
        has_delay, delay_width = 0, 0
        if take(1):
            take(64)
            if take(1):
                zeros = len(bits[at:]) - len(bits[at:].lstrip("0"))
                take(2 * zeros + 1 if zeros < 32 else 32)  # a number of variable length
            has_delay = take(1)
            if has_delay:
                delay_width = take(5) + 1
                take(42)
        has_display_delay = take(1)
        for _ in range(take(5) + 1):
            take(12)
            if take(5) > 7:
                take(1)
            if has_delay and take(1):
                take(2 * delay_width + 1)
            if has_display_delay and take(1):
                take(4)
    across, down = take(4) + 1, take(4) + 1
    size = take(across) + 1, take(down) + 1
    return size if at <= len(bits) else None


def jpeg_2000_held(data: BytesLike) -> Iterator[float]:
    """Yield how many pixels OpenJPEG holds for each codestream, with those for its code blocks.

    Raises:
        CorruptMediaError: the file has too many parts.
    """
    parts = iter(range(_MAX_PARTS))
    for found in _CODESTREAM.finditer(data):
        at = found.start() + 2
        width, height, components = struct.unpack_from(">6xII24xH", data, at)
        styles = _coding_styles(data, at, components > 256, parts)
        blocks = max((_block_count(width, height, *style) for style in styles), default=0)
        blocks_held = _PIXELS_PER_BLOCK * components * blocks
        yield blocks_held + JPEG_2000_COPIES * width * height


def _coding_styles(
    data: BytesLike, at: int, wide: bool, parts: Iterator[int]
) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield levels, block size and precinct sizes in each COD and COC, those of tiles too."""
    tile = tile_length = 0
    while at + 4 <= len(data):
        _spend(parts)
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        start = {_COD: at + 4, _COC: at + 5 + wide}.get(kind)
        if data[at] != 0xFF or (kind == _SOD and not tile):
            return
        if kind == _SOT:
            tile, tile_length = at, int.from_bytes(data[at + 6 : at + 10], "big")
        if start is not None:
            has_precincts = data[start] & 1
            fields = start + (5 if kind == _COD else 1)
            levels = data[fields]
            sizes = bytes(data[fields + 5 : fields + 6 + levels]) if has_precincts else b""
            yield levels, bytes(data[fields + 1 : fields + 3]), sizes
        if kind == _SOD:
            if tile + tile_length <= at:  # the last part states 0
                return
            at = tile + tile_length
        else:
            at += 2 + size


def _block_count(width: int, height: int, levels: int, block: bytes, precincts: bytes) -> int:
    """Return how many blocks, and precincts, a component has at all resolutions."""
    total = 0
    for resolution in range(min(levels, 32) + 1):
        scale = levels - resolution
        across, down = -(-width >> scale) or 1, -(-height >> scale) or 1
        own = precincts[resolution] if resolution < len(precincts) else 0xFF
        half = 1 if resolution else 0  # a block lies in one of three parts of half the size
        cell = [
            min((block[0] & 15) + 2, max((own & 15) - half, 0)),
            min((block[1] & 15) + 2, max((own >> 4) - half, 0)),
        ]
        total += (-(-across >> cell[0]) + 1) * (-(-down >> cell[1]) + 1)
        total += (-(-across >> (own & 15)) + 1) * (-(-down >> (own >> 4)) + 1)
    return total


def jpeg_pixels_and_scans(data: BytesLike) -> tuple[int, int]:
    """Return the pixels of the largest frame of a JPEG, and the number of scans."""
    pixels = scans = 0
    for marker, at in _jpeg_segments(data):
        if marker in _FRAMES:
            height, width = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (3, 5))
            pixels = max(pixels, width * height)
        scans += marker == _SCAN
    return pixels, scans


def has_three_components(head: bytes) -> bool:
    """Tell whether the first frame header of a JPEG states three components (section B.2.2)."""
    for marker, at in _jpeg_segments(head):
        if marker in _FRAMES:
            return head[at + 7 : at + 8] == b"\3"
    return False


def _jpeg_segments(data: BytesLike) -> Iterator[tuple[int, int]]:
    """Yield the marker of each segment up to the end of the picture, and where its length is."""
    at = 2
    while (found := _MARKER.search(data, at)) and found[1][0] != _END:
        at = found.end()
        yield found[1][0], at
        at += max(int.from_bytes(data[at : at + 2], "big"), 2)
