"""Pillow's modes: converting a picture with nothing cut off."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from encoders.errors import MediaTypeError, Remedy
from encoders.image import bounds
from encoders.image.options import Colour
from encoders.limits import Limits

if TYPE_CHECKING:
    from PIL import Image

GREY = ("1", "L", "LA", "La")
DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")  # grey of more than 8 bits
STRIP = 1 << 20  # pixels that are converted or copied at once
_COPIES = 2.5  # pictures of four bytes a pixel that are in memory while one gets another mode


def check_converting(picture: Image.Image, mode: str, limits: Limits) -> None:
    """Check ``max_held_pixels`` for converting a picture to ``mode``."""
    if picture.mode != mode:
        held = math.ceil(_COPIES * bounds.area(picture.size))
        limits.check("max_held_pixels", held, "pixels held while a picture is converted")


def converted(picture: Image.Image, mode: str, background: Colour) -> Image.Image:
    """Return ``picture`` in ``mode`` with nothing cut off: alpha is laid over ``background``."""
    from PIL import Image

    if picture.mode == mode:
        return picture
    if picture.mode in ("La", "RGBa"):  # premultiplied
        picture = picture.convert(picture.mode.upper())
    if picture.mode == "LAB":  # Pillow leaves the alpha of its RGBA at 0
        picture = picture.convert("RGB")
    if picture.mode in DEEP:
        picture = _scaled(picture, mode)
    elif mode == "I;16":
        import numpy as np

        grey = converted(picture, "L", background)
        picture = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    if mode not in ("RGBA", "LA", "P", "PA", "La", "RGBa") and picture.has_transparency_data:
        # Mode 1 is dithered, which depends on the rows above, so that strips would show.
        picture = _laid_over(picture, "L" if mode == "1" else mode, background)
    try:
        return picture if picture.mode == mode else picture.convert(mode)
    except ValueError as error:
        raise MediaTypeError(f"a picture of mode {picture.mode} cannot become {mode}") from error


def _scaled(picture: Image.Image, mode: str) -> Image.Image:
    """Return deep grey as 16 bits for a deep ``mode``, else as 8 bits, with alpha if it has any."""
    import numpy as np
    from PIL import Image

    if mode in ("I", "F"):
        return picture
    if picture.mode == "F" or (picture.mode == "I" and not _fits_16_bits(picture)):
        raise MediaTypeError(
            f"mode {picture.mode} has no fixed range, so it cannot become {mode}",
            remedy=(
                Remedy("pass", "format", "'tiff'"),
                Remedy("in Python", value="scale its array yourself"),
            ),
        )
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture).astype(np.uint16))
    transparent = picture.info.get("transparency")
    grey = Image.new("L" if transparent is None else "LA", picture.size)
    for top, strip in strips(picture):
        deep = np.asarray(strip).astype(np.uint16)
        part = Image.fromarray(((deep + 128.0) / 257).astype(np.uint8))
        if transparent is not None:
            part.putalpha(Image.fromarray((deep != transparent).astype(np.uint8) * 255))
        grey.paste(part, (0, top))
    return grey


def _fits_16_bits(picture: Image.Image) -> bool:
    lowest, highest = cast("tuple[int, int]", picture.getextrema())
    return lowest >= 0 and highest <= 65535


def _laid_over(picture: Image.Image, mode: str, background: Colour) -> Image.Image:
    """Return ``picture`` laid over a colour, as RGB and then as ``mode``, strip by strip."""
    from PIL import Image

    whole: Image.Image | None = None
    for top, strip in strips(picture):
        back = Image.new("RGBA", strip.size, background)
        part = Image.alpha_composite(back, strip.convert("RGBA")).convert("RGB")
        part = part if mode == "RGB" else part.convert(mode)
        whole = whole or Image.new(part.mode, picture.size)
        whole.paste(part, (0, top))
    return whole or picture


def strips(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Yield copies of some rows at a time, each with the number of its first row."""
    rows = max(STRIP // picture.width, 1)
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        strip.info = picture.info
        yield top, strip
