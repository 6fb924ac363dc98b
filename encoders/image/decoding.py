"""Pictures from data URLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from encoders.data_url import DataURL, parse
from encoders.errors import as_corrupt, enough_memory
from encoders.image.formats import check_conversion
from encoders.image.opening import PictureFile, frames
from encoders.image.orientation import upright
from encoders.image.pixels import array_mode, array_of, converted
from encoders.limits import DEFAULT, Limits
from encoders.mime.claims import check_label
from encoders.source import Memory, open_source

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image


def decode(
    url: str | DataURL,
    *,
    mode: str | None = None,
    background: str | tuple[int, int, int] = "white",
    strict: bool = False,
    limits: Limits = DEFAULT,
) -> Image.Image:
    """Return the picture in a data URL: loaded, upright, ``.format`` as found in the content.

    An animation is at its first frame; its ``n_frames`` and ``seek`` work unless it had to be
    turned, and `decode_frames` yields all frames.

    Args:
        url: a data URL; its content decides, not its label.
        mode: Pillow mode to convert to, such as "RGB". 16-bit grey is scaled, not cut, to 8 bits.
        background: what stands behind transparent pixels when ``mode`` has no alpha.
        strict: refuse a label that is not the content's type, and what `data_url.parse` forgives.
        limits: bounds (``max_bytes``, ``max_pixels``, ``max_frames``).

    Raises:
        DataURLError: ``url`` is no data URL.
        MediaTypeError: the content is no picture, or a vector drawing.
        CorruptMediaError: the picture cannot be decoded.
        LimitError: it is larger than ``limits`` allow.
        MissingDependencyError: it is HEIC, and the extra ``heic`` is not installed; or it is AVIF,
            and Pillow is older than 11.3.

    >>> decode("data:image/bmp;base64,Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAATCwAAEwsA"
    ...        "AAAAAAAAAAAAAAD/AA==").getpixel((0, 0))
    (255, 0, 0)
    """
    check_conversion(mode, background)
    file = _picture_file(url, strict, limits)
    with as_corrupt("picture"):
        picture = upright(file.load())
    if mode is None:
        return picture
    with enough_memory("picture"):
        return converted(picture, mode, background, limits)


def decode_array(
    url: str | DataURL,
    *,
    mode: str | None = None,
    background: str | tuple[int, int, int] = "white",
    strict: bool = False,
    limits: Limits = DEFAULT,
) -> npt.NDArray[Any]:
    """Return the picture in a data URL as an array that can be written to.

    ``H×W`` for grey, ``H×W×2`` for grey with alpha, ``H×W×3/4`` for RGB and RGBA: uint8, or uint16
    for 16-bit grey, bool for mode "1", int32 for "I", float32 for "F". `encode` takes what comes
    out, but for float32 beyond 0 to 1. Arguments and errors are those of `decode`. Without
    ``mode``, palettes, CMYK and other colour spaces become RGB, and a colour that is marked as
    transparent becomes alpha, except in 16-bit grey.
    """
    picture = decode(url, mode=mode, background=background, strict=strict, limits=limits)
    with enough_memory("picture"):
        array = array_of(converted(picture, mode or array_mode(picture), background, limits))
        return array.astype(array.dtype.newbyteorder("="), copy=False)


def decode_frames(
    url: str | DataURL, *, strict: bool = False, limits: Limits = DEFAULT
) -> Iterator[Image.Image]:
    """Yield the frames of an animation, or the one picture, each complete, in RGB or RGBA.

    One frame is held at a time. ``info["duration"]`` is its time in milliseconds. Arguments and
    errors are those of `decode`.
    """
    file = _picture_file(url, strict, limits)
    with as_corrupt("picture"):
        yield from frames(file.load(), limits)


def _picture_file(url: str | DataURL, strict: bool, limits: Limits) -> PictureFile:
    parsed = parse(url, strict=strict, max_bytes=limits.max_bytes)
    with open_source(parsed) as source:
        file = PictureFile(source, limits)
        file.check_is_picture()
    if strict:
        check_label(parsed.media_type, file.media_type)
    file.source = Memory(parsed.data, None)
    return file
