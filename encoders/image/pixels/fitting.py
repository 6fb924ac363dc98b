"""Making a picture fit a format and a size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from encoders.image.formats import Writer
from encoders.image.options import Colour, Options, rgb
from encoders.image.pixels.modes import DEEP, GREY, converted

if TYPE_CHECKING:
    from PIL import Image


def fitted(picture: Image.Image, writer: Writer, options: Options) -> Image.Image:
    """Return ``picture`` in a mode that the format has, and small enough."""
    if options.shrinks(picture.size):
        picture = _shrunk(picture, options)
    keeps_alpha = writer.keeps_alpha_of(picture)
    if picture.mode.startswith("I;16") and "I;16" in writer.modes and keeps_alpha:
        return converted(picture, "I;16", options.background)
    if picture.mode == "I" and "I;16" in writer.modes and "I" not in writer.modes:
        return converted(picture, "I;16", options.background)
    if picture.has_transparency_data and writer.name == "gif":
        if picture.mode == "P" and isinstance(picture.info.get("transparency"), int):
            return picture
        return _with_hard_edges(picture, options.background)
    if picture.mode in writer.modes and (keeps_alpha or picture.mode in ("RGBA", "LA")):
        return picture
    return converted(picture, _nearest_mode(picture, writer, options), options.background)


def _shrunk(picture: Image.Image, options: Options) -> Image.Image:
    if "transparency" in picture.info or picture.mode in ("1", "P", "PA"):
        # Where colours are mixed, one colour cannot stand for transparency any more.
        grey, alpha = picture.mode[0] in "1LI", picture.has_transparency_data
        mode = ("L" if grey else "RGB") + ("A" if alpha else "")
        picture = converted(picture, mode, options.background)
    small = _resized(picture, _size_within(picture.size, options.box))
    small.info = dict(picture.info)
    return small


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    from PIL import Image

    if not picture.mode.startswith("I;16"):
        return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    try:
        return picture.resize(size, Image.Resampling.LANCZOS)  # Pillow cannot reduce 16 bits
    except ValueError:  # nor, before 11.0, resize them
        return picture.convert("I").resize(size, Image.Resampling.LANCZOS).convert("I;16")


def _size_within(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """Return the size in whole pixels that fits into ``box`` and has the nearest aspect."""
    aspect = size[0] / size[1]
    width, height = box
    if width >= height * aspect:
        exact = height * aspect
        near = (max(math.floor(exact), 1), max(math.ceil(exact), 1))
        return min(near, key=lambda number: abs(aspect - number / height)), height
    exact = width / aspect
    near = (max(math.floor(exact), 1), max(math.ceil(exact), 1))
    return width, min(near, key=lambda number: abs(aspect - width / number))


def _with_hard_edges(picture: Image.Image, background: Colour) -> Image.Image:
    """Return RGBA if each pixel is opaque or fully transparent, as GIF needs it, else RGB."""
    rgba = converted(picture, "RGBA", background)
    histogram = rgba.getchannel("A").histogram()
    return rgba if not any(histogram[1:255]) else converted(rgba, "RGB", background)


def _nearest_mode(picture: Image.Image, writer: Writer, options: Options) -> str:
    if picture.has_transparency_data and "RGBA" in writer.modes:
        with_alpha = picture.mode in GREY or picture.mode.startswith("I;16")
        return "LA" if with_alpha and "LA" in writer.modes else "RGBA"
    grey = picture.mode in (*GREY, *DEEP)
    if grey and picture.has_transparency_data and options.background != "white":
        grey = len(set(rgb(options.background))) == 1  # else what shines through has a hue
    return "L" if grey and "L" in writer.modes else "RGB"
