"""Pictures to and from numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from encoders.errors import MediaTypeError, Remedy
from encoders.image.pixels.modes import DEEP, GREY, STRIP, strips

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image


def checked(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
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


def to_picture(array: npt.NDArray[Any]) -> Image.Image:
    """Return an array that is `checked` as a picture."""
    import numpy as np
    from PIL import Image

    if array.dtype == np.uint16 and array.ndim == 3:
        array = ((array + 128.0) / 257).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(array))


def from_picture(picture: Image.Image) -> npt.NDArray[Any]:
    """Return the pixels, copied strip by strip: Pillow itself makes two copies of them."""
    import numpy as np

    if picture.width * picture.height <= STRIP:
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
