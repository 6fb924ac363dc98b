"""What is held against hostile pictures before Pillow decodes them, by Pillow's names of formats.

A file of some kilobytes can claim a picture that takes minutes or gigabytes. What its head and its
tables claim is compared with the limits, and with what the file can hold.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterator
from typing import Any

from encoders.errors import CorruptMediaError
from encoders.limits import Limits
from encoders.mime.containers import iso
from encoders.source import Memory, Source

FRAMES_FACTOR = 4  # an animation's frames may have so many times ``max_pixels`` in all
_SCANS_FACTOR = 10  # likewise of a JPEG, pixels × scans; each scan goes over the whole picture
_MOST_TAGS = 500_000  # entries in all directories of a TIFF, of which Pillow reads 250,000 a second
_MOST_TAG_BYTES = 64 << 20  # what those entries point to, each time that one does
_TAG_SIZES = (
    0,
    1,
    1,
    2,
    4,
    8,
    1,
    1,
    2,
    4,
    8,
    4,
    8,
    4,
    0,
    0,
    8,
    8,
    8,
)  # TIFF 6.0, section 2; BigTIFF
# Pictures of four bytes a pixel that a reader of Pillow holds; the others hold two or less.
_HELD = {"WEBP": 4.0, "JPEG2000": 4.7}
_FOR_A_ROW = 4  # pixels
_MOST_COMMENTS = 50_000  # in a plain PPM; Pillow copies what is read for each
_RGB = 0x40  # in the flags of a DDS: it states how many bits a pixel takes
_RUN = 128  # pixels for each byte of a bitmap in RLE: 255 for two

# The heads of the PNG and JPEG 2000 files inside an icon, which need not be as large as it says; of
# the latter the codestream's too, which need not be as large as its own box says.
_EMBEDDED = re.compile(rb"IHDR(.{8})|\0\0\0\x16ihdr(.{8})|\xff\x4f\xff\x51.{4}(.{8})", re.DOTALL)
_CODESTREAM = re.compile(rb"\xff\x4f\xff\x51")
_FOR_A_BLOCK = 50  # pixels that OpenJPEG holds for each block that is coded by itself
_OBU_SEQUENCE = 1
_OBU_HEAD = 80  # bytes, in which a unit's own head and a sequence's frame size stand
_MOST_PARTS = (
    200_000  # extents of items, units of AV1, and markers of JPEG 2000 that are looked at in a file
)
_FIRST_SAMPLE = 1 << 20  # bytes that are looked at from where a track's first sample begins
# A JPEG's marker, but for those without a length and for a stuffed byte.
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
_TABLES = (0xC4, 0xC8, 0xCC)  # what is no start of a frame among SOF0 to SOF15 (ITU-T T.81, B.1)
_FRAME_MARKERS = tuple(bytes([code]) for code in range(0xC0, 0xD0) if code not in _TABLES)


def check_claims(data: Any, plugin: str, limits: Limits) -> None:
    """Refuse what a file's own tables claim beyond the limits, or beyond what it can hold.

    Args:
        data: bytes, or a `Source` to be read in part.
        plugin: Pillow's name of the format.
        limits: the bounds.

    Raises:
        LimitError: it claims more than ``limits`` allow.
        CorruptMediaError: it claims more than it can hold.
    """
    for check in _CHECKS.get(plugin, ()):
        check(data, limits)


def check_size(size: tuple[int, ...], limits: Limits) -> None:
    """Hold ``max_pixels`` for a width and a height."""
    limits.check("max_pixels", size[0] * size[1], "pixels in a picture")


def area(size: tuple[int, int]) -> int:
    """Return how many pixels a picture takes in memory: each row has a pointer, and is rounded."""
    return (size[0] + _FOR_A_ROW) * size[1]


def check_reader(size: tuple[int, int], plugin: str, limits: Limits) -> None:
    """Hold ``max_held_pixels`` for what decoding itself takes."""
    held = math.ceil(_HELD.get(plugin, 1) * area(size))
    limits.check("max_held_pixels", held, "pixels held while a picture is decoded")


def check_frames(pixels: int, limits: Limits) -> None:
    """Hold the bound on the pixels of all frames that are decoded one after the other."""
    if limits.max_pixels is not None and pixels > FRAMES_FACTOR * limits.max_pixels:
        part = math.ceil(pixels / FRAMES_FACTOR)
        limits.check("max_pixels", part, "pixels, a fourth of those in all frames,")


def _tiff(data: Any, limits: Limits) -> None:
    # Pillow's own count takes a time that grows with the square of it.
    pages = tags = size = 0
    for order, is_big, start, entries in _directories(data, limits.max_frames):
        pages += 1
        tags += entries
        if tags <= _MOST_TAGS:
            size += _tag_bytes(data, order, is_big, start, entries)
        if tags > _MOST_TAGS or size > _MOST_TAG_BYTES:
            raise CorruptMediaError(
                f"the picture has {tags:,} tags with {size:,} bytes in {pages:,} pages: expected "
                f"at most {_MOST_TAGS:,} with {_MOST_TAG_BYTES:,}"
            )
    limits.check("max_frames", pages, "pages or more in a TIFF")


def _directories(data: Any, most: int | None) -> Iterator[tuple[str, bool, int, int]]:
    """Yield the byte order, whether it is BigTIFF, and where how many entries of a page start."""
    head = _piece(data, 0, 4)
    order = "<" if head[:2] == b"II" else ">"
    is_big = head[2:] in (b"+\0", b"\0+")
    count, link = (struct.Struct(order + form) for form in ("QQ" if is_big else "HI"))
    seen: set[int] = set()
    (position,) = link.unpack(_piece(data, link.size, link.size))
    while position and position not in seen and (most is None or len(seen) <= most):
        seen.add(position)
        (entries,) = count.unpack(_piece(data, position, count.size))
        yield order, is_big, position + count.size, entries
        position += count.size + entries * (20 if is_big else 12)
        (position,) = link.unpack(_piece(data, position, link.size))


def _tag_bytes(data: Any, order: str, is_big: bool, start: int, entries: int) -> int:
    form = struct.Struct(f"{order}2xHQ8x" if is_big else f"{order}2xHI4x")
    table = _piece(data, start, entries * form.size)
    return sum(
        count * (_TAG_SIZES[kind] if kind < len(_TAG_SIZES) else 1)
        for kind, count in form.iter_unpack(table[: len(table) // form.size * form.size])
    )


def _piece(data: Any, start: int, length: int) -> bytes:
    return (
        data.at(start, length) if isinstance(data, Source) else bytes(data[start : start + length])
    )


def _embedded(data: Any, limits: Limits) -> None:
    for found in _EMBEDDED.finditer(data):
        check_size(struct.unpack(">II", found[found.lastindex or 0]), limits)


def _icon(data: Any, limits: Limits) -> None:
    """Check the bitmaps in an ICO, each with a mask below it in its height."""
    (count,) = struct.unpack_from("<H", data, 4)
    for entry in range(6, 6 + 16 * count, 16):
        (at,) = struct.unpack_from("<I", data, entry + 12)
        if bytes(data[at : at + 4]) != b"\x89PNG":
            width, height = struct.unpack_from("<ii", data, at + 4)
            check_size((width, abs(height) // 2), limits)


def _gif(data: Any, limits: Limits) -> None:
    """Check how large each frame of a GIF makes the picture, which Pillow lets one grow."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _gif_colours(flags)
    while at < len(data) and data[at] != 0x3B:
        kind, at = data[at], at + 1
        if kind == 0x21:
            at = _gif_end(data, at + 1)
        elif kind == 0x2C and at + 9 <= len(data):
            x, y, across, down, flags = struct.unpack_from("<4HB", data, at)
            width, height = max(width, x + across), max(height, y + down)
            check_size((width, height), limits)
            at = _gif_end(data, at + 10 + _gif_colours(flags))


def _gif_colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _gif_end(data: Any, at: int) -> int:
    """Return what is behind the blocks at ``at``, the last of which is empty."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def _bitmap(data: Any, limits: Limits) -> None:
    """Check that a bitmap in RLE has the bytes for its pixels: Pillow fills up what is missing."""
    if len(data) >= 34 and struct.unpack_from("<I", data, 30)[0] in (1, 2):
        width, height = struct.unpack_from("<ii", data, 18)
        if abs(width * height) > _RUN * len(data):
            raise CorruptMediaError(
                f"the bitmap claims {abs(width)}×{abs(height)} pixels, which {len(data):,} bytes "
                "in runs cannot hold"
            )


def _surface(data: Any, limits: Limits) -> None:
    """Check that a DDS has the bytes for its pixels: Pillow 10 takes minutes to miss them."""
    height, width, form, bits = struct.unpack_from("<12xII60xI4xI", data)
    if form & _RGB and width * height * bits // 8 > len(data):
        raise CorruptMediaError(
            f"the picture claims {width}×{height} pixels, which {len(data):,} bytes cannot hold"
        )


def _plain(data: Any, limits: Limits) -> None:
    """Check the comments of a plain PPM, PGM or PBM."""
    if isinstance(data, Source) or bytes(data[:2]) not in (b"P1", b"P2", b"P3"):
        return
    count = bytes(data).count(b"#")
    if count > _MOST_COMMENTS:
        raise CorruptMediaError(
            f"the picture has {count:,} comments: expected at most {_MOST_COMMENTS:,}"
        )


def _jpeg(data: Any, limits: Limits) -> None:
    """Check the scans of a progressive JPEG (ITU-T T.81 annex G): each costs the whole picture."""
    if isinstance(data, Source) or limits.max_pixels is None:
        return
    pixels, scans = _scans(data)
    if scans * pixels > _SCANS_FACTOR * limits.max_pixels:
        tenth = math.ceil(scans * pixels / _SCANS_FACTOR)
        limits.check("max_pixels", tenth, "pixels, a tenth of those in all scans,")


def _scans(data: Any) -> tuple[int, int]:
    """Return how many pixels a JPEG has, and how many scans (ITU-T T.81, annex B)."""
    pixels = scans = 0
    at = 2
    while (marker := _MARKER.search(data, at)) and marker[1] != b"\xd9":
        at = marker.end()
        length = int.from_bytes(data[at : at + 2], "big")
        if marker[1] in _FRAME_MARKERS:
            height, width = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (3, 5))
            pixels = max(pixels, width * height)
        scans += marker[1] == b"\xda"
        at += max(length, 2)
    return pixels, scans


def _jpeg_2000(data: Any, limits: Limits) -> None:
    """Hold ``max_held_pixels`` for the blocks of a codestream (ISO 15444-1, annex A)."""
    if isinstance(data, Source):
        return
    budget = iter(range(_MOST_PARTS))
    for found in _CODESTREAM.finditer(data):
        at = found.start() + 2
        width, height = struct.unpack_from(">II", data, at + 6)
        (components,) = struct.unpack_from(">H", data, at + 38)
        blocks = 0
        for styles in _coding_styles(data, at, budget):
            blocks = max(blocks, components * _block_count(width, height, *styles))
        held = math.ceil(_FOR_A_BLOCK * blocks + _HELD["JPEG2000"] * width * height)
        limits.check("max_held_pixels", held, "pixels held while a picture is decoded")


def _coding_styles(data: Any, at: int, budget: Iterator[int]) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the levels, block sizes and precinct sizes of each COD and COC, of tiles too."""
    wide = struct.unpack_from(">H", data, at + 38)[0] > 256
    tile = length = 0
    while at + 4 <= len(data):
        _spend(budget)
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        start = {0x52: at + 4, 0x53: at + 5 + wide}.get(kind)
        if data[at] != 0xFF or (kind == 0x93 and not tile):
            return
        if kind == 0x90:  # the start of a tile's part, and how long it is
            tile, length = at, int.from_bytes(data[at + 6 : at + 10], "big")
        if start is not None:
            has_precincts = data[start] & 1
            fields = start + (5 if kind == 0x52 else 1)
            levels = data[fields]
            sizes = bytes(data[fields + 5 : fields + 6 + levels]) if has_precincts else b""
            yield levels, bytes(data[fields + 1 : fields + 3]), sizes
        if kind == 0x93:
            if tile + length <= at:  # the last part says 0
                return
            at = tile + length
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


def _avif(data: Any, limits: Limits) -> None:
    """Check the size that AV1 data state themselves; an AVIF's own statement may be smaller."""
    source = data if isinstance(data, Source) else Memory(data, None)
    budget = iter(range(_MOST_PARTS))
    for start, end in _av1_data(source):
        _spend(budget)
        for size in _sequence_sizes(source, start, min(end, source.size), budget):
            check_size(size, limits)


def _av1_data(source: Source) -> Iterator[tuple[int, int]]:
    """Yield where the data of items, and the first sample of each track, start and end."""
    for box in iso.boxes(source, 0, source.size):
        if box.kind == b"meta":
            yield from _items(source, box)
        elif box.kind == b"moov":
            yield from _first_samples(source, box.content, box.end, 0)


def _items(source: Source, meta: iso.Box) -> Iterator[tuple[int, int]]:
    """Yield the extents of items (ISO 14496-12 section 8.11.3)."""
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
    source: Source, at: int, end: int, budget: Iterator[int]
) -> Iterator[tuple[int, int]]:
    """Yield the sizes in sequence headers (AV1 sections 5.3 and 5.5)."""
    while at < end:
        _spend(budget)
        data = source.at(at, _OBU_HEAD)
        if not data:
            return
        head, behind = data[0], 2 if data[0] & 4 else 1
        size, behind = _leb128(data, behind) if head & 2 else (end - at - behind, behind)
        if head >> 3 & 15 == _OBU_SEQUENCE:
            found = _sequence_size(data[behind : behind + size])
            if found:
                yield found
        at += behind + size


def _spend(budget: Iterator[int]) -> None:
    if next(budget, None) is None:
        raise CorruptMediaError(f"the picture has more than {_MOST_PARTS:,} parts")


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
    """Return the largest width and height of frames (AV1 section 5.5.1)."""
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
    return None if bits.is_over else size


class _Bits:
    """Bits of bytes, the highest first; zeros behind the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:64].ljust(64, b"\0"), "big")
        self._left = 512
        self._held = min(len(data), 64) * 8

    @property
    def is_over(self) -> bool:
        return 512 - self._left > self._held

    def take(self, count: int) -> int:
        self._left -= count
        return self._value >> max(self._left, 0) & (1 << count) - 1

    def take_variable(self) -> int:
        """Return a number with as many bits as zeros stand before it (AV1 section 4.10.3)."""
        zeros = 0
        while zeros < 32 and not self.take(1):
            zeros += 1
        return self.take(zeros) if zeros < 32 else 0


_CHECKS: dict[str, tuple[Callable[[Any, Limits], None], ...]] = {
    "ICO": (_embedded, _icon),
    "ICNS": (_embedded, _jpeg_2000),
    "GIF": (_gif,),
    "TIFF": (_tiff,),
    "BMP": (_bitmap,),
    "DDS": (_surface,),
    "JPEG": (_jpeg,),
    "AVIF": (_avif,),
    "PPM": (_plain,),
    "JPEG2000": (_jpeg_2000,),
}
