"""The orientation of a picture by its EXIF tag 0x0112 (EXIF 2.32, section 4.6.4)."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from encoders.source import Patched, Source

if TYPE_CHECKING:
    from PIL import Image

TRANSPOSED = (5, 6, 7, 8)  # orientations that swap width and height

_ORIENTATION = 0x0112
_WIDTH, _LENGTH = 256, 257  # TIFF 6.0 section 8

# PNG specification, sections 5 and 11.3
_SIGNATURE = 8  # bytes
_PIXELS, _END = (b"IDAT", b"fdAT"), b"IEND"
_TEXTS = (b"iTXt", b"tEXt", b"zTXt")
OLD_EXIF = b"Raw profile type exif"
_KEYWORDS = (b"XML:com.adobe.xmp\0", OLD_EXIF + b"\0")
_MAX_CHUNKS = 500_000  # of 8 KiB each, as libpng writes them, in 4 GB


def orientation(picture: Image.Image) -> int:
    """Return the orientation, 1 to 8; 1 where there is none, or one that makes no sense."""
    try:
        found = int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # a bogus EXIF block must not cost the picture
        return 1
    return found if found in range(1, 9) else 1


def upright(picture: Image.Image) -> Image.Image:
    """Return a picture turned as its orientation says."""
    if orientation(picture) == 1:
        return picture
    from PIL import ImageOps

    turned = ImageOps.exif_transpose(picture)
    turned.format = picture.format
    return turned


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Return the width and height that `upright` gives, of a picture that is not loaded."""
    # Pillow before 11.0 states the size of a TIFF as stored, and from 11.0 on the upright one.
    tags = getattr(picture, "tag_v2", {})
    width, height = (tags.get(_WIDTH, picture.width), tags.get(_LENGTH, picture.height))
    return (height, width) if orientation(picture) in TRANSPOSED else (width, height)


def with_exif_in_front(source: Source) -> Source:
    """Return a PNG file in which EXIF and XMP data are also before the pixels.

    Else Pillow would decode all pixels to find them after those. Only the heads of chunks are read.
    """
    end, pixels, parts = _SIGNATURE, 0, []
    for _ in range(_MAX_CHUNKS):
        start, head = end, source.at(end, 8)
        if len(head) < 8 or head[4:] == _END:
            break
        length, kind = struct.unpack(">I4s", head)
        end = start + length + 12
        if kind in _PIXELS:
            pixels = pixels or start
        elif pixels and end <= source.size:
            keyword = source.at(start + 8, 32) if kind in _TEXTS else b""
            if kind == b"eXIf" or keyword.startswith(_KEYWORDS):
                chunk = source.at(start, end - start - 4)
                # Pillow checks the CRC of a chunk before the pixels, but not of one after them.
                parts.append(chunk + struct.pack(">I", zlib.crc32(chunk[4:])))
    return Patched(source, pixels, b"".join(parts), inserted=True) if parts else source


def complete_exif(picture: Image.Image) -> None:
    """Set EXIF data that a PNG does not have; without any, Pillow would decode all pixels.

    Older programs wrote them as hexadecimal text after three lines.
    """
    lines = str(picture.info.get(OLD_EXIF.decode(), "")).split("\n")
    try:
        exif = bytes.fromhex("".join(lines[3:]))
    except ValueError:
        exif = b""
    picture.info.setdefault("exif", exif)
