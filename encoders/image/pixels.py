"""The pixels of pictures: their modes, their size, and arrays of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from encoders.errors import MediaTypeError, Remedy
from encoders.image import bounds
from encoders.image.formats import Colour, Options, Writer, rgb
from encoders.limits import Limits

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image

GREY = ("1", "L", "LA", "La")
DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")  # grey of more than 8 bits
_STRIP = 1 << 20  # pixels that are converted or copied at once
_COPIES = 2.5  # pictures of four bytes a pixel that are in memory while one gets another mode


def converted(
    picture: Image.Image, mode: str, background: Colour, limits: Limits | None = None
) -> Image.Image:
    """Return ``picture`` in ``mode`` with nothing cut off: alpha is laid over ``background``.

    Raises:
        MediaTypeError: it cannot be in this mode.
        LimitError: converting it takes more than the ``max_held_pixels`` of ``limits``.
    """
    from PIL import Image

    if picture.mode == mode:
        return picture
    if limits:
        bounds.check_held(_COPIES * bounds.area(picture.size), limits, "converted")
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

    whole = Image.new(mode, picture.size)
    for top, strip in strips(picture):
        back = Image.new("RGBA", strip.size, background)
        part = Image.alpha_composite(back, strip.convert("RGBA")).convert("RGB")
        part = part if mode == "RGB" else part.convert(mode)
        whole.paste(part, (0, top))
    return whole


def strips(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Yield copies of some rows at a time, each with the number of its first row."""
    rows = max(_STRIP // picture.width, 1)
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        strip.info = picture.info
        yield top, strip


def fitted(picture: Image.Image, writer: Writer, options: Options) -> Image.Image:
    """Return ``picture`` in a mode that the format has, and small enough."""
    if options.shrinks(picture.size):
        picture = _shrunk(picture, options)
    keeps_alpha = writer.keeps_alpha_of(picture)
    is_deep = keeps_alpha if picture.mode.startswith("I;16") else picture.mode == "I"
    if is_deep and "I;16" in writer.modes and picture.mode not in writer.modes:
        return converted(picture, "I;16", options.background)
    if picture.has_transparency_data and writer.name == "gif":
        if picture.mode == "P" and isinstance(picture.info.get("transparency"), int):
            return picture
        # GIF needs pixels that are opaque or fully transparent.
        rgba = converted(picture, "RGBA", options.background)
        is_hard = not any(rgba.getchannel("A").histogram()[1:255])
        return rgba if is_hard else converted(rgba, "RGB", options.background)
    if picture.mode in writer.modes and (keeps_alpha or picture.mode in ("RGBA", "LA")):
        return picture
    return converted(picture, _nearest_mode(picture, writer, options), options.background)


def _shrunk(picture: Image.Image, options: Options) -> Image.Image:
    from PIL import Image

    if "transparency" in picture.info or picture.mode in ("1", "P", "PA"):
        # Where colours are mixed, one colour cannot stand for transparency any more.
        grey, alpha = picture.mode[0] in "1LI", picture.has_transparency_data
        mode = ("L" if grey else "RGB") + ("A" if alpha else "")
        picture = converted(picture, mode, options.background)
    size, lanczos = _size_within(picture.size, options.box), Image.Resampling.LANCZOS
    if not picture.mode.startswith("I;16"):
        small = picture.resize(size, lanczos, reducing_gap=2.0)
    else:
        try:
            small = picture.resize(size, lanczos)  # Pillow cannot reduce 16 bits
        except ValueError:  # nor, before 11.0, resize them
            small = picture.convert("I").resize(size, lanczos).convert("I;16")
    small.info = dict(picture.info)
    return small


def _size_within(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """Return the size in whole pixels that fits into ``box`` and has the nearest aspect."""
    aspect = size[0] / size[1]
    width, height = box

    def whole(exact: float, error: Callable[[int], float]) -> int:
        return min(max(math.floor(exact), 1), max(math.ceil(exact), 1), key=error)

    if width >= height * aspect:
        return whole(height * aspect, lambda number: abs(aspect - number / height)), height
    return width, whole(width / aspect, lambda number: abs(aspect - width / number))


def _nearest_mode(picture: Image.Image, writer: Writer, options: Options) -> str:
    if picture.has_transparency_data and "RGBA" in writer.modes:
        with_alpha = picture.mode in GREY or picture.mode.startswith("I;16")
        return "LA" if with_alpha and "LA" in writer.modes else "RGBA"
    grey = picture.mode in (*GREY, *DEEP)
    if grey and picture.has_transparency_data and options.background != "white":
        grey = len(set(rgb(options.background))) == 1  # else what shines through has a hue
    return "L" if grey and "L" in writer.modes else "RGB"


def checked_array(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``array`` as uint8, uint16, bool or int32, ``H×W`` or ``H×W×2/3/4``."""
    import numpy as np

    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (2, 3, 4)):
        raise MediaTypeError(
            f"an array of shape {array.shape} is no picture: expected H×W or H×W×C, C from 1 to 4"
        )
    if 0 in array.shape:
        raise MediaTypeError(f"an array of shape {array.shape} has no pixels")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
            raise MediaTypeError(
                f"float pixels must be finite and from 0 to 1, found {array.min()} to "
                f"{array.max()}",
                remedy=(
                    Remedy("in Python", value="pass PIL.Image.fromarray(...) with format='tiff'"),
                ),
            )
        return cast("npt.NDArray[Any]", np.rint(array * 255).astype(np.uint8))
    if array.dtype == bool and array.ndim == 3:
        return array.astype(np.uint8) * 255
    if array.dtype == np.int32 and array.ndim == 2:
        return array
    if array.dtype not in (np.uint8, np.uint16, np.bool_):
        raise MediaTypeError(
            f"pixels of dtype {array.dtype} are ambiguous: expected uint8, uint16, bool or float"
        )
    return array


def picture_of(array: npt.NDArray[Any]) -> Image.Image:
    """Return the picture that a `checked_array` holds."""
    import numpy as np
    from PIL import Image

    if array.dtype == np.uint16 and array.ndim == 3:
        array = ((array + 128.0) / 257).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(array))


def array_of(picture: Image.Image) -> npt.NDArray[Any]:
    """Return the pixels, copied strip by strip: Pillow itself makes two copies of them."""
    import numpy as np

    if picture.width * picture.height <= _STRIP:
        return np.array(picture)
    first = np.asarray(picture.crop((0, 0, picture.width, 1)))
    array = np.empty((picture.height, *first.shape[1:]), first.dtype)
    for top, strip in strips(picture):
        array[top : top + strip.height] = np.asarray(strip)
    return array


def array_mode(picture: Image.Image) -> str:
    """Return the mode whose array tells by its shape and dtype alone what it holds."""
    if picture.mode in DEEP:
        return picture.mode
    if picture.has_transparency_data:
        return "LA" if picture.mode in GREY else "RGBA"
    return picture.mode if picture.mode in GREY else "RGB"
