"""What careless readers lose of a picture, told from the first bytes of its file.

Servers ignore the EXIF orientation, cut alpha off, and read deep grey as white. Here a look at the
head says whether a file has any of these, in a microsecond for the usual ones, which have not.
"""

from __future__ import annotations

from collections.abc import Callable

from encoders import image
from encoders.limits import DEFAULT, Limits
from encoders.source import Source

_NEAR, _HEAD = 2048, 64 * 1024
DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_FRAME_HEADER = 10


def is_plain(
    source: Source,
    media_type: str,
    *,
    alpha: bool,
    palette: bool = True,
    turns: bool = False,
    limits: Limits = DEFAULT,
) -> bool:
    """Tell whether a careless reader sees the picture as it is.

    Args:
        source: a picture file.
        media_type: what it is.
        alpha: whether the reader keeps alpha, so that it does no harm.
        palette: whether the reader looks colours up in a palette, and does not take the indices.
        turns: whether the reader turns pictures upright itself.
        limits: bounds for Pillow, which has a look where the first bytes do not settle it.

    Raises:
        CorruptMediaError, LimitError: as in `image.describe`.
    """
    usual = _USUAL.get(media_type)
    if usual and (usual(source.at(0, _NEAR), palette) or usual(source.at(0, _HEAD), palette)):
        return True
    picture = image.open_head(source, media_type, limits)
    if picture.mode in DEEP or (image.orientation(picture) != 1 and not turns):
        return False
    if picture.mode in ("P", "PA") and not palette:
        return False
    return alpha or not picture.has_transparency_data


def is_rgb(source: Source, media_type: str) -> bool:
    """Tell whether a file is certainly of 8-bit RGB."""
    head = source.at(0, _HEAD)
    if media_type == "image/png":
        return head[24:26] == b"\x08\x02"
    return media_type == "image/jpeg" and _jpeg_components(head) == 3


def is_animated(source: Source, media_type: str, limits: Limits = DEFAULT) -> bool:
    """Tell whether a picture file has more than one frame. Errors are those of `is_plain`."""
    return image.frame_count(image.open_head(source, media_type, limits)) > 1


def _usual_png(head: bytes, palette: bool) -> bool:
    """Tell by the chunks before the data (PNG specification, section 5.6)."""
    data = head.find(b"IDAT")
    if len(head) < 26:
        return False
    colour = head[25]
    known = colour == 2 or (colour == 3 and palette) or (colour == 0 and head[24] == 8)
    marked = head.find(b"tRNS", 0, data) >= 0 or head.find(b"eXIf", 0, data) >= 0
    return known and data > 0 and not marked


def _usual_jpeg(head: bytes, palette: bool) -> bool:
    """Tell by the segments before the scan (ITU-T T.81 section B.2.1)."""
    scan = head.find(b"\xff\xda")
    return scan > 0 and head.find(b"Exif\0\0", 0, scan) < 0


def _usual_webp(head: bytes, palette: bool) -> bool:
    """Tell by the first chunk: the simple lossy form has no alpha (RFC 9649, section 2.5)."""
    return head[12:16] == b"VP8 "


_USUAL: dict[str, Callable[[bytes, bool], bool]] = {
    "image/png": _usual_png,
    "image/jpeg": _usual_jpeg,
    "image/webp": _usual_webp,
}


def _jpeg_components(head: bytes) -> int:
    """Return how many components the frame header (ITU-T T.81 section B.2.2) says there are."""
    position = 2
    while position + _FRAME_HEADER < len(head) and head[position] == 0xFF:
        marker = head[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return head[position + 9]
        position += 2 + int.from_bytes(head[position + 2 : position + 4], "big")
    return 0
