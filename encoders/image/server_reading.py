"""Whether a server's reader sees a picture as it is, told from the head of its file.

Servers ignore the EXIF orientation, cut alpha off, and read deep grey as white. Most files have
none of these, and for them the first bytes tell it in a microsecond.
"""

from __future__ import annotations

from collections.abc import Callable

from encoders.image.opening import PictureFile
from encoders.image.orientation import orientation
from encoders.image.pixels.modes import DEEP

_FIRST, _HEAD = 2048, 64 * 1024  # bytes that are read: at first, and if those do not tell
_FRAME_HEADER = 10


def is_read_unchanged(
    file: PictureFile, *, alpha: bool, palette: bool = True, turns: bool = False
) -> bool:
    """Tell whether a server's reader sees the picture as it is.

    Args:
        file: a picture file. Pillow opens it if its first bytes do not tell.
        alpha: whether the reader keeps alpha.
        palette: whether the reader looks colours up in a palette instead of using their indices.
        turns: whether the reader turns pictures upright.

    Raises:
        CorruptMediaError, LimitError: as in `image.describe`.
    """
    source, usual = file.source, _USUAL.get(file.plugin)
    if usual and (usual(source.at(0, _FIRST), palette) or usual(source.at(0, _HEAD), palette)):
        return True
    picture = file.head()
    if picture.mode in DEEP or (orientation(picture) != 1 and not turns):
        return False
    if picture.mode in ("P", "PA") and not palette:
        return False
    return alpha or not picture.has_transparency_data


def is_rgb(file: PictureFile) -> bool:
    """Tell whether a file certainly holds 8-bit RGB."""
    head = file.source.at(0, _HEAD)
    if file.plugin == "PNG":
        return head[24:26] == b"\x08\x02"
    return file.plugin == "JPEG" and _jpeg_components(head) == 3


def _usual_png(head: bytes, palette: bool) -> bool:
    """Tell from the chunks before the pixels (PNG specification, section 5.6)."""
    data = head.find(b"IDAT")
    if len(head) < 26:
        return False
    colour = head[25]
    known = colour == 2 or (colour == 3 and palette) or (colour == 0 and head[24] == 8)
    marked = head.find(b"tRNS", 0, data) >= 0 or head.find(b"eXIf", 0, data) >= 0
    return known and data > 0 and not marked


def _usual_jpeg(head: bytes, palette: bool) -> bool:
    """Tell from the segments before the scan (ITU-T T.81 section B.2.1)."""
    scan = head.find(b"\xff\xda")
    return scan > 0 and head.find(b"Exif\0\0", 0, scan) < 0


def _usual_webp(head: bytes, palette: bool) -> bool:
    """Tell from the first chunk: the simple lossy form has no alpha (RFC 9649, section 2.5)."""
    return head[12:16] == b"VP8 "


_USUAL: dict[str, Callable[[bytes, bool], bool]] = {
    "PNG": _usual_png,
    "JPEG": _usual_jpeg,
    "WEBP": _usual_webp,
}


def _jpeg_components(head: bytes) -> int:
    """Return the number of components that the frame header states (ITU-T T.81 section B.2.2)."""
    position = 2
    while position + _FRAME_HEADER < len(head) and head[position] == 0xFF:
        marker = head[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return head[position + 9]
        position += 2 + int.from_bytes(head[position + 2 : position + 4], "big")
    return 0
