"""The chunks of a PNG that tell its orientation (PNG specification, sections 5 and 11.3)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from encoders.source import Patched, Source

if TYPE_CHECKING:
    from PIL import Image

_SIGNATURE = 8  # bytes
_PIXELS, _END = (b"IDAT", b"fdAT"), b"IEND"
_TEXTS = (b"iTXt", b"tEXt", b"zTXt")
_OLD_EXIF = "Raw profile type exif"
_KEYWORDS = (b"XML:com.adobe.xmp\0", _OLD_EXIF.encode() + b"\0")
_MAX_CHUNKS = 500_000  # of 8 KiB each, as libpng writes them, in 4 GB


def with_exif_in_front(source: Source) -> Source:
    """Return a PNG file in which EXIF and XMP data also stand before the pixels.

    Else Pillow would decode all pixels to look for them behind. Only the heads of chunks are read.
    """
    pixels, parts = 0, []
    for kind, start, end in _chunks(source):
        if kind in _PIXELS:
            pixels = pixels or start
        elif pixels and end <= source.size:
            keyword = source.at(start + 8, 32) if kind in _TEXTS else b""
            if kind == b"eXIf" or keyword.startswith(_KEYWORDS):
                chunk = source.at(start, end - start - 4)
                # Pillow checks the CRC of a chunk before the pixels, but not of one after them.
                parts.append(chunk + struct.pack(">I", zlib.crc32(chunk[4:])))
    return Patched(source, pixels, b"".join(parts), inserted=True) if parts else source


def _chunks(source: Source) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type of each chunk, and where it starts and ends."""
    start = _SIGNATURE
    for _ in range(_MAX_CHUNKS):
        head = source.at(start, 8)
        if len(head) < 8 or head[4:] == _END:
            return
        length, kind = struct.unpack(">I4s", head)
        yield kind, start, start + length + 12
        start += length + 12


def complete_exif(picture: Image.Image) -> None:
    """Set EXIF data that a picture does not have; without any, Pillow would decode all pixels.

    Older programs wrote them as hexadecimal text after three lines.
    """
    lines = str(picture.info.get(_OLD_EXIF, "")).split("\n")
    try:
        exif = bytes.fromhex("".join(lines[3:]))
    except ValueError:
        exif = b""
    picture.info.setdefault("exif", exif)
