"""The orientation of a picture by its EXIF tag 0x0112 (EXIF 2.32, section 4.6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION = 0x0112
_WIDTH, _LENGTH = 256, 257  # TIFF 6.0 section 8
TRANSPOSED = (5, 6, 7, 8)  # orientations that swap width and height


def orientation(picture: Image.Image) -> int:
    """Return the orientation, 1 to 8; 1 where there is none, or one that makes no sense."""
    try:
        found = int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # a bogus EXIF block must not cost the picture
        return 1
    return found if found in range(1, 9) else 1


def upright(picture: Image.Image) -> Image.Image:
    """Return a picture as its orientation wants it to be seen."""
    from PIL import ImageOps

    if orientation(picture) == 1:
        return picture
    turned = ImageOps.exif_transpose(picture)
    turned.format = picture.format
    return turned


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Return the width and height that `upright` gives, of a picture that is not loaded."""
    # Pillow before 11.0 states the size of a TIFF as stored, and from 11.0 on the upright one.
    tags = getattr(picture, "tag_v2", {})
    width, height = (tags.get(_WIDTH, picture.width), tags.get(_LENGTH, picture.height))
    return (height, width) if orientation(picture) in TRANSPOSED else (width, height)
