"""What careless readers lose of a picture, told from the first bytes of its file.

Servers ignore the EXIF orientation, cut alpha off, and read deep grey as white. Here a look at the
head says whether a file has any of these, in a microsecond for the usual ones, which have not.
"""

from __future__ import annotations

from encoders import image
from encoders.limits import DEFAULT, Limits
from encoders.source import Source

_HEAD = 64 * 1024
DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_FRAME_HEADER = 10


def is_plain(
    source: Source,
    media_type: str,
    *,
    alpha: bool,
    palette: bool = True,
    limits: Limits = DEFAULT,
) -> bool:
    """Tell whether a reader that ignores EXIF, alpha and depth sees the picture as it is.

    Args:
        source: a picture file.
        media_type: what it is.
        alpha: whether the reader keeps alpha, so that it does no harm.
        palette: whether the reader looks colours up in a palette, and does not take the indices.
        limits: bounds for Pillow, which has a look where the first bytes do not settle it.

    Raises:
        CorruptMediaError, LimitError: as in `image.describe`.
    """
    head = source.at(0, _HEAD)
    if media_type == "image/png":
        data = head.find(b"IDAT")
        colour = head[25]
        usual = colour == 2 or (colour == 3 and palette) or (colour == 0 and head[24] == 8)
        if usual and data > 0 and not _any(head, (b"tRNS", b"eXIf"), data):
            return True
    elif media_type == "image/jpeg":
        scan = head.find(b"\xff\xda")
        if scan > 0 and not _any(head, (b"Exif\0\0",), scan):
            return True
    elif media_type == "image/webp" and head[12:16] == b"VP8 ":
        return True
    picture = image.open_head(source, media_type, limits)
    if image.orientation(picture) != 1 or picture.mode in DEEP:
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
    return getattr(image.open_head(source, media_type, limits), "n_frames", 1) > 1


def _any(head: bytes, signs: tuple[bytes, ...], end: int) -> bool:
    return any(head.find(sign, 0, end) >= 0 for sign in signs)


def _jpeg_components(head: bytes) -> int:
    """Return how many components the frame header (ITU-T T.81 section B.2.2) says there are."""
    position = 2
    while position + _FRAME_HEADER < len(head) and head[position] == 0xFF:
        marker = head[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return head[position + 9]
        position += 2 + int.from_bytes(head[position + 2 : position + 4], "big")
    return 0
