"""Pictures as data URLs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from encoders.errors import MediaTypeError, as_corrupt, enough_memory
from encoders.image import bounds, png
from encoders.image.describing import describe_file
from encoders.image.formats import FORMAT_OF, SVG, WRITERS, Format, Options, Writer
from encoders.image.opening import PictureFile, frame_count, frames
from encoders.image.orientation import orientation, upright
from encoders.image.pixels import checked_array, picture_of
from encoders.image.writing import JPEG_MODES, turned_jpeg, write
from encoders.limits import DEFAULT, Limits
from encoders.source import Source, SourceLike, open_source, to_data_url

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image

_LOADING = threading.Lock()
_HEIC_QUALITY = 95  # of the JPEG that takes the place of a HEIC
_SHRINKING_COPIES = 3.0  # pictures of four bytes a pixel in memory while one is made smaller
_SHRINKING_SIDE = 12  # pixels of Pillow's coefficients, besides, for each pixel of a side
_BYTES = {"1": 1, "P": 1, "L": 1, "I;16": 2}  # a pixel in Pillow's memory, where not four


def encode(
    source: SourceLike | Source | Image.Image | npt.NDArray[Any],
    *,
    format: Format | None = None,
    quality: int | None = None,
    lossless: bool = False,
    max_size: int | tuple[int, int] | None = None,
    mode: str | None = None,
    background: str | tuple[int, int, int] = "white",
    compress: Literal["fast", "small"] = "fast",
    name: str | None = None,
    limits: Limits = DEFAULT,
) -> str:
    """Return a picture as a base64 data URL.

    A file in one of `FORMATS` (or SVG) passes through byte for byte where no option asks for
    another. Pictures that are written again come out upright, animations keep their frames in the
    formats that have frames, and other kinds of file become PNG. HEIC becomes JPEG of quality 95,
    or PNG if it has alpha; that takes the extra ``heic``.

    The ICC profile is kept, except in GIF and BMP and in another colour space; EXIF, XMP,
    resolution and comments are dropped. PNG, TIFF and lossless WebP keep every value and all
    transparency, and colours under alpha 0 too, except in a WebP animation. Deep grey with a
    transparent shade is kept by PNG; the others make it 8-bit with alpha. GIF has no
    half-transparent pixels: such a picture is laid on ``background``.

    Args:
        source: a path, bytes, a binary file, a data URL, a `PIL.Image.Image`, or an array ``H×W``
            or ``H×W×C`` with C of 1, 2 (grey and alpha), 3 or 4: uint8, uint16 (full range), bool,
            or floats from 0 to 1, which are multiplied by 255 and rounded. PNG keeps the 16 bits of
            uint16; Pillow, and so `decode`, reads 16-bit colour, and grey with alpha, as 8-bit.
            ``H×W`` of int32 is grey of 32 bits, as mode "I" is: TIFF keeps it, the other formats
            take values from 0 to 65535 only.
        format: one of `FORMATS`; by default the file's own, or PNG.
        quality: 1 to 100, for JPEG (default 90), WebP (90) and AVIF (85). Beyond 8 megapixels WebP
            is written with less effort, and AVIF beyond 4: some bytes more, a tenth of the time.
        lossless: write WebP without loss; an error for formats that cannot.
        max_size: shrink to fit this many pixels a side, or ``(width, height)``, keeping the aspect.
        mode: Pillow mode to convert to, such as "RGB", before the format has its say.
        background: what stands behind transparent pixels in formats or modes without alpha.
        compress: "fast" or "small" PNG.
        name: a file name that overrides the source's own.
        limits: bounds on what is decoded on the way.

    Raises:
        MediaTypeError: ``source`` is no picture, or one that cannot be converted as asked.
        CorruptMediaError: it has to be decoded and cannot be.
        LimitError: it has to be decoded and is too large.
        MissingDependencyError: it is HEIC, and the extra ``heic`` is not installed; or it is AVIF,
            and Pillow is older than 11.3.

    >>> import numpy as np
    >>> encode(np.zeros((2, 2), np.uint8))[:30]
    'data:image/png;base64,iVBORw0K'
    """
    options = Options(quality, lossless, max_size, mode, background, compress)
    writer = options.writer(format or "png")
    with enough_memory("picture"):
        if _is_array(source):
            array = checked_array(cast("npt.NDArray[Any]", source))
            changes = options.rewrites or options.max_size is not None
            if writer.name == "png" and array.dtype.kind == "u" and not changes:
                return to_data_url(png.write(array), writer.media_type)
            return write([picture_of(array)], writer, options, limits)
        if _is_picture(source):
            return _encode_picture(cast("Image.Image", source), writer, options, limits)
        with open_source(cast("SourceLike | Source", source), name) as opened:
            return encode_file(PictureFile(opened, limits), format, options)


def accepts(value: object) -> bool:
    """Tell whether ``value`` is a PIL image or an array.

    >>> accepts("photo.jpg")
    False
    """
    return _is_array(value) or _is_picture(value)


def _is_array(value: object) -> bool:
    return hasattr(value, "dtype") and hasattr(value, "shape")


def _is_picture(value: object) -> bool:
    return hasattr(value, "getbands") and hasattr(value, "tobytes")


def _encode_picture(picture: Image.Image, writer: Writer, options: Options, limits: Limits) -> str:
    """Write a caller's picture, which Pillow loads and seeks in place: one thread at a time."""
    with _LOADING:
        with as_corrupt("picture"):
            is_animated = frame_count(picture) > 1
        if is_animated:
            return write(_pages(picture, writer, limits), writer, options, limits, picture)
        pages = list(_pages(picture, writer, limits))
    return write(pages, writer, options, limits, picture)


def encode_file(file: PictureFile, format: Format | None, options: Options) -> str:
    """Return a picture file as a data URL. Errors are those of `encode`."""
    file.check_is_picture()
    if file.media_type == SVG and (format or options.max_size or options.mode):
        raise MediaTypeError("this is SVG, a drawing: it can only pass through")
    if file.media_type == SVG or _passes(file, format, options):
        return file.source.data_url(file.media_type)
    writer = options.writer(format or FORMAT_OF.get(file.media_type, "png"))
    file.source.check(file.limits)
    picture = file.load() if file.plugin == "HEIF" else file.head()
    if file.plugin == "HEIF" and format is None and _suits_jpeg(picture, options):
        writer = WRITERS["jpeg"]
        options = replace(options, quality=options.quality or _HEIC_QUALITY)
    if not (writer.animated and file.is_animated()):
        with as_corrupt("picture"):  # a palette may be missing
            _check_writing(picture, writer, options, file.limits)
        file.load()
    return write(_pages(picture, writer, file.limits), writer, options, file.limits)


def rewrite(file: PictureFile, mode: str) -> str:
    """Return a picture file written again in ``mode``, upright, as a data URL.

    In mode "L" or "RGB", JPEG stays JPEG and HEIC becomes JPEG. Everything else becomes PNG. Errors
    are those of `encode`.
    """
    with enough_memory("picture"):
        if mode in JPEG_MODES and file.plugin == "JPEG":
            file.source.check(file.limits)
            return to_data_url(turned_jpeg(file.load(), mode), file.media_type)
        if mode in JPEG_MODES and file.plugin == "HEIF":
            return encode_file(file, "jpeg", Options(quality=_HEIC_QUALITY, mode=mode))
        return encode_file(file, "png", Options(mode=mode))


def _passes(file: PictureFile, format: Format | None, options: Options) -> bool:
    own = FORMAT_OF.get(file.media_type)
    if own is None or options.rewrites or format not in (None, own):
        return False
    if options.max_size is None:
        return True
    info = describe_file(file)
    return not options.shrinks((info.width, info.height))


def _suits_jpeg(picture: Image.Image, options: Options) -> bool:
    """Tell whether a photo loses no more as a JPEG than it did when it was taken."""
    if options.lossless or (options.mode is None and picture.has_transparency_data):
        return False
    return (options.mode or picture.mode) in WRITERS["jpeg"].modes


def _check_writing(picture: Image.Image, writer: Writer, options: Options, limits: Limits) -> None:
    """Check ``max_held_pixels`` for one picture that is not decoded yet."""
    alpha = writer.alpha_copies if picture.has_transparency_data else 0.0
    lossless = writer.lossless_copies if options.lossless else 0.0
    shrinks = options.shrinks(picture.size)
    copies = _SHRINKING_COPIES if shrinks else lossless or writer.copies + alpha
    modes = {picture.mode, options.mode or picture.mode}
    if modes <= {*writer.modes} and writer.keeps_alpha_of(picture) and writer.name != "avif":
        copies *= max(_BYTES.get(mode, 4) for mode in modes) / 4
    if orientation(picture) != 1:
        copies += 1
    held = copies * bounds.area(picture.size)
    if shrinks:
        held += _SHRINKING_SIDE * sum(picture.size)
    bounds.check_held(held, limits, "written")


def _pages(picture: Image.Image, writer: Writer, limits: Limits) -> Iterator[Image.Image]:
    """Yield the frames of an animation if the format has frames, else one upright picture."""
    with as_corrupt("picture"):
        if writer.animated and frame_count(picture) > 1:
            yield from frames(picture, limits, keep_modes=writer.name == "tiff")
        else:
            picture.load()
            yield upright(picture)
