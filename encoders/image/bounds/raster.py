"""What GIF, ICO, ICNS, BMP, DDS and PPM files claim."""

from __future__ import annotations

import re
import struct

from encoders.atomic import BytesLike
from encoders.errors import CorruptMediaError
from encoders.image.bounds.size import check_size
from encoders.limits import Limits
from encoders.source import Source

# The heads of the PNG and JPEG 2000 files inside an icon, which need not be as large as it says; of
# the latter the codestream's too, which need not be as large as its own box says.
_EMBEDDED = re.compile(rb"IHDR(.{8})|\0\0\0\x16ihdr(.{8})|\xff\x4f\xff\x51.{4}(.{8})", re.DOTALL)
_PIXELS_PER_BYTE = 128  # of a bitmap in RLE: 255 for two
_RGB = 0x40  # in the flags of a DDS: it states how many bits a pixel takes
_MAX_COMMENTS = 50_000  # in a plain PPM; Pillow copies what it has read for each


def check_embedded(source: Source, limits: Limits) -> None:
    """Check the size of each PNG and JPEG 2000 file in an icon."""
    for found in _EMBEDDED.finditer(source.read()):
        check_size(struct.unpack(">II", found[found.lastindex or 0]), limits)


def check_icon(source: Source, limits: Limits) -> None:
    """Check the bitmaps in an ICO, each with a mask below it that counts in its height."""
    data = source.read()
    (count,) = struct.unpack_from("<H", data, 4)
    for entry in range(6, 6 + 16 * count, 16):
        (at,) = struct.unpack_from("<I", data, entry + 12)
        if bytes(data[at : at + 4]) != b"\x89PNG":
            width, height = struct.unpack_from("<ii", data, at + 4)
            check_size((width, abs(height) // 2), limits)


def check_gif(source: Source, limits: Limits) -> None:
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


def check_bitmap(source: Source, limits: Limits) -> None:
    """Check that a bitmap in RLE has the bytes for its pixels: Pillow fills in missing pixels."""
    data = source.read()
    if len(data) >= 34 and struct.unpack_from("<I", data, 30)[0] in (1, 2):
        width, height = struct.unpack_from("<ii", data, 18)
        if abs(width * height) > _PIXELS_PER_BYTE * len(data):
            raise CorruptMediaError(
                f"the bitmap claims {abs(width)}×{abs(height)} pixels, which {len(data):,} bytes "
                "in runs cannot hold"
            )


def check_surface(source: Source, limits: Limits) -> None:
    """Check that a DDS has the bytes for its pixels: Pillow 10 needs minutes to miss them."""
    height, width, form, bits = struct.unpack_from("<12xII60xI4xI", source.read())
    if form & _RGB and width * height * bits // 8 > source.size:
        raise CorruptMediaError(
            f"the picture claims {width}×{height} pixels, which {source.size:,} bytes cannot hold"
        )


def check_comments(source: Source, limits: Limits) -> None:
    """Check the number of comments in a plain PPM, PGM or PBM."""
    data = bytes(source.read())
    if data[:2] in (b"P1", b"P2", b"P3") and (count := data.count(b"#")) > _MAX_COMMENTS:
        raise CorruptMediaError(
            f"the picture has {count:,} comments: expected at most {_MAX_COMMENTS:,}"
        )
