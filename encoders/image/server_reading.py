"""Whether a server's reader sees a picture as it is, told from the head of its file.

Servers ignore the EXIF orientation, cut alpha off, and read deep grey as white. Most files have
none of these, and for them the first bytes tell it in a microsecond.
"""

from __future__ import annotations

from encoders.image.codestreams import has_three_components
from encoders.image.opening import PictureFile
from encoders.image.orientation import orientation
from encoders.image.pixels import DEEP

_FIRST, _HEAD = 2048, 64 * 1024  # bytes that are read: at first, and if those do not tell
_TURN = b"tiff:Orientation"  # in XMP
_OLD_EXIF = b"Raw profile type exif"


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
    if _is_usual(file, _FIRST, palette) or _is_usual(file, _HEAD, palette):
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
    return file.plugin == "JPEG" and has_three_components(head)


def _is_usual(file: PictureFile, length: int, palette: bool) -> bool:
    """Tell whether the first bytes show a picture with nothing that servers lose."""
    head = file.source.at(0, length)
    if file.plugin == "JPEG":  # told by the segments before the scan (ITU-T T.81 section B.2.1)
        before, scan, _ = head.partition(b"\xff\xda")
        return bool(scan) and b"Exif\0\0" not in before and _TURN not in before
    if file.plugin == "PNG":  # told by the chunks before the pixels (PNG, section 5.6)
        before, pixels, _ = head.partition(b"IDAT")
        colour = before[25:26]
        known = colour == b"\2" or (colour == b"\3" and palette) or before[24:26] == b"\x08\0"
        marked = b"tRNS" in before or b"eXIf" in before or _TURN in before or _OLD_EXIF in before
        return bool(pixels) and known and not marked
    # The simple lossy form of WebP has no alpha (RFC 9649, section 2.5).
    return file.plugin == "WEBP" and head[12:16] == b"VP8 "
