"""Bounds on what decoding a picture may cost, checked before Pillow decodes it.

A file of some kilobytes can claim a picture that takes minutes or gigabytes. What its head and its
tables claim is compared with the limits, and with what the file can hold.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterator

from encoders.atomic import BytesLike
from encoders.errors import CorruptMediaError
from encoders.image import codestreams
from encoders.limits import Limits
from encoders.source import Source

_FRAMES_FACTOR = 4  # all frames of an animation may have this many times ``max_pixels``
_SCANS_FACTOR = 10  # pixels × scans of a JPEG may be this many times ``max_pixels``
# How many pictures of four bytes a pixel a reader of Pillow holds; the others hold one at most.
_COPIES = {"WEBP": 4.0, "JPEG2000": codestreams.JPEG_2000_COPIES}
_ROW_OVERHEAD = 4  # pixels
# The heads of the PNG and JPEG 2000 files inside an icon, which need not be as large as it says; of
# the latter the codestream's too, which need not be as large as its own box says.
_EMBEDDED = re.compile(rb"IHDR(.{8})|\0\0\0\x16ihdr(.{8})|\xff\x4f\xff\x51.{4}(.{8})", re.DOTALL)
_PIXELS_PER_BYTE = 128  # of a bitmap in RLE: 255 for two
_RGB = 0x40  # in the flags of a DDS: it states how many bits a pixel takes
_MAX_COMMENTS = 50_000  # in a plain PPM; Pillow copies what it has read for each
_MAX_TAGS = 500_000  # in all directories of a TIFF, of which Pillow reads 250,000 a second
_MAX_TAG_BYTES = 64 << 20  # of the values that all those tags point to
# Bytes of one value of each type of tag; the last is for unknown types.
_TYPE_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8, 1)


def check_claims(source: Source, plugin: str, limits: Limits) -> None:
    """Check what a file's own tables claim. ``plugin`` is Pillow's name of its format.

    Raises:
        LimitError: it claims more than ``limits`` allow.
        CorruptMediaError: it claims more than it can hold.
    """
    for check in _CHECKS.get(plugin, ()):
        check(source, limits)


def check_decoding(source: Source, plugin: str, size: tuple[int, int], limits: Limits) -> None:
    """Check what decoding the pixels takes: the memory of the reader, and a JPEG's scans.

    Errors are those of `check_claims`.
    """
    check_held(_COPIES.get(plugin, 1) * area(size), limits, "decoded")
    if plugin == "JPEG":  # each scan goes over the whole picture
        pixels, scans = codestreams.jpeg_pixels_and_scans(source.read())
        part = math.ceil(scans * pixels / _SCANS_FACTOR)
        limits.check("max_pixels", part, "pixels, a tenth of those in all scans,")


def check_frames(pixels: int, limits: Limits) -> None:
    """Check the pixels of all frames that are decoded one after the other."""
    part = math.ceil(pixels / _FRAMES_FACTOR)
    limits.check("max_pixels", part, "pixels, a fourth of those in all frames,")


def check_size(size: tuple[int, int], limits: Limits) -> None:
    """Check ``max_pixels`` for a width and a height."""
    limits.check("max_pixels", size[0] * size[1], "pixels in a picture")


def check_held(pixels: float, limits: Limits, done: str) -> None:
    """Check ``max_held_pixels`` before something is done to a picture, such as "decoded"."""
    limits.check("max_held_pixels", math.ceil(pixels), f"pixels held while a picture is {done}")


def area(size: tuple[int, int]) -> int:
    """Return how many pixels a picture takes in memory: each row has a pointer, and is rounded."""
    return (size[0] + _ROW_OVERHEAD) * size[1]


def _check_embedded(source: Source, limits: Limits) -> None:
    """Check the size of each PNG and JPEG 2000 file in an icon."""
    for found in _EMBEDDED.finditer(source.read()):
        check_size(struct.unpack(">II", found[found.lastindex or 0]), limits)


def _check_icon(source: Source, limits: Limits) -> None:
    """Check the bitmaps in an ICO, each with a mask below it that counts in its height."""
    data = source.read()
    (count,) = struct.unpack_from("<H", data, 4)
    for entry in range(6, 6 + 16 * count, 16):
        (at,) = struct.unpack_from("<I", data, entry + 12)
        if bytes(data[at : at + 4]) != b"\x89PNG":
            width, height = struct.unpack_from("<ii", data, at + 4)
            check_size((width, abs(height) // 2), limits)


def _check_gif(source: Source, limits: Limits) -> None:
    """Check how large each frame of a GIF makes the picture: Pillow enlarges it for a frame."""
    data = source.read()
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _colour_table_size(flags)
    while at < len(data) and data[at] != 0x3B:
        kind, at = data[at], at + 1
        if kind == 0x21:
            at = _after_blocks(data, at + 1)
        elif kind == 0x2C and at + 9 <= len(data):
            x, y, frame_width, frame_height, flags = struct.unpack_from("<4HB", data, at)
            width, height = max(width, x + frame_width), max(height, y + frame_height)
            check_size((width, height), limits)
            at = _after_blocks(data, at + 10 + _colour_table_size(flags))


def _colour_table_size(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: BytesLike, at: int) -> int:
    """Return the offset after the blocks at ``at``, the last of which is empty."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def _check_bitmap(source: Source, limits: Limits) -> None:
    """Check that a bitmap in RLE has the bytes for its pixels: Pillow fills in missing pixels."""
    data = source.read()
    if len(data) >= 34 and struct.unpack_from("<I", data, 30)[0] in (1, 2):
        width, height = map(abs, struct.unpack_from("<ii", data, 18))
        if width * height > _PIXELS_PER_BYTE * len(data):
            raise CorruptMediaError(
                f"the bitmap claims {width}×{height} pixels, which {len(data):,} bytes in runs "
                "cannot hold"
            )


def _check_surface(source: Source, limits: Limits) -> None:
    """Check that a DDS has the bytes for its pixels: Pillow 10 needs minutes to miss them."""
    height, width, form, bits = struct.unpack_from("<12xII60xI4xI", source.read())
    if form & _RGB and width * height * bits // 8 > source.size:
        raise CorruptMediaError(
            f"the picture claims {width}×{height} pixels, which {source.size:,} bytes cannot hold"
        )


def _check_comments(source: Source, limits: Limits) -> None:
    """Check the number of comments in a plain PPM, PGM or PBM."""
    is_plain = source.at(0, 2) in (b"P1", b"P2", b"P3")
    if is_plain and (count := bytes(source.read()).count(b"#")) > _MAX_COMMENTS:
        raise CorruptMediaError(
            f"the picture has {count:,} comments: expected at most {_MAX_COMMENTS:,}"
        )


def _check_pages(source: Source, limits: Limits) -> None:
    """Check the number of pages of a TIFF, and the tags in all of them.

    Pillow counts pages in a time that grows with the square of their number.
    """
    pages = tags = size = 0
    for entries, values_size in _directories(source, limits.max_frames):
        pages, tags, size = pages + 1, tags + entries, size + values_size
        if tags > _MAX_TAGS or size > _MAX_TAG_BYTES:
            raise CorruptMediaError(
                f"the picture has {tags:,} tags with {size:,} bytes in {pages:,} pages: expected "
                f"at most {_MAX_TAGS:,} with {_MAX_TAG_BYTES:,}"
            )
    limits.check("max_frames", pages, "pages or more in a TIFF")


def _directories(source: Source, max_pages: int | None) -> Iterator[tuple[int, int]]:
    """Yield the number of tags of each page, and the bytes of their values (TIFF 6.0 section 2)."""
    head = source.at(0, 4)
    order = "<" if head[:2] == b"II" else ">"
    is_big = head[2:] in (b"+\0", b"\0+")  # a BigTIFF
    forms = ("Q", "Q", "2xHQ8x") if is_big else ("H", "I", "2xHI4x")
    number, link, tag = (struct.Struct(order + form) for form in forms)
    seen: set[int] = set()
    (position,) = link.unpack(source.at(link.size, link.size))
    while position and position not in seen and (max_pages is None or len(seen) <= max_pages):
        seen.add(position)
        (entries,) = number.unpack(source.at(position, number.size))
        position += number.size
        table = source.at(position, min(entries, _MAX_TAGS) * tag.size)
        tags = tag.iter_unpack(table[: len(table) // tag.size * tag.size])
        yield entries, sum(count * _TYPE_SIZES[min(kind, 19)] for kind, count in tags)
        position += entries * tag.size
        (position,) = link.unpack(source.at(position, link.size))


def _check_av1(source: Source, limits: Limits) -> None:
    for size in codestreams.av1_sizes(source):
        check_size(size, limits)


def _check_jpeg_2000(source: Source, limits: Limits) -> None:
    for pixels in codestreams.jpeg_2000_held(source.read()):
        check_held(pixels, limits, "decoded")


_CHECKS: dict[str, tuple[Callable[[Source, Limits], None], ...]] = {
    "ICO": (_check_embedded, _check_icon),
    "ICNS": (_check_embedded, _check_jpeg_2000),
    "GIF": (_check_gif,),
    "TIFF": (_check_pages,),
    "BMP": (_check_bitmap,),
    "DDS": (_check_surface,),
    "AVIF": (_check_av1,),
    "PPM": (_check_comments,),
    "JPEG2000": (_check_jpeg_2000,),
}
