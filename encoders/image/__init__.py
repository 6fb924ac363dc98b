"""Pictures to and from data URLs, with Pillow.

Orientation follows the EXIF tag 0x0112 (EXIF 2.32, section 4.6.4): what comes out is upright.
"""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, cast

from encoders import mime
from encoders.data_url import DataURL, parse
from encoders.errors import (
    MediaTypeError,
    MissingDependencyError,
    as_corrupt,
    clip_value,
    enough_memory,
)
from encoders.image import heads, heic, picture_bounds, png
from encoders.limits import DEFAULT, Limits
from encoders.mime.label import check_label
from encoders.mime.table import ROWS
from encoders.source import Source, SourceLike, open_source, to_data_url

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image

Format = Literal["png", "jpeg", "webp", "gif", "bmp", "tiff", "avif"]
SVG = "image/svg+xml"

_LOADING = threading.Lock()
_WIDTH, _LENGTH = 256, 257  # TIFF 6.0 section 8
_TILE_WIDTH, _TILE_LENGTH = 322, 323  # section 15


@dataclass(frozen=True, slots=True)
class _Writer:
    """What Pillow needs to know to write one format.

    Attributes:
        held: how many pictures of four bytes a pixel are held while one is written.
        held_alpha: how many more, for a picture with alpha.
        held_lossless: how many are held while WebP is written without loss, with alpha or not.
        many: from how many pixels in all frames on the writer is told to be ``quick``: noise takes
            it a second for each megapixel else.
        quick: what tells it, at the cost of some bytes.
        most_pages: how many are written; for each of a TIFF's, Pillow goes through all before it.
    """

    media_type: str
    modes: tuple[str, ...]
    animated: bool = False
    lossless: bool = False
    quality: int | None = None
    held: float = 3.0
    held_alpha: float = 2.0
    held_lossless: float = 0.0
    many: int = 0
    quick: Mapping[str, int] = field(default_factory=dict)
    most_pages: int | None = None


_WRITERS = {
    "png": _Writer("image/png", ("1", "P", "L", "LA", "RGB", "RGBA", "I;16"), True, True, held=4.0),
    "jpeg": _Writer("image/jpeg", ("L", "RGB", "CMYK"), quality=90, held=1.2, held_alpha=4.0),
    "webp": _Writer(
        *("image/webp", ("RGB", "RGBA"), True),
        quality=90,
        held=4.5,  # in memory 2.6, but noise takes a second for each 7 megapixels
        held_alpha=1.6,
        held_lossless=8.4,
        many=8_000_000,
        quick={"method": 2},
    ),
    "gif": _Writer("image/gif", ("1", "P", "L", "RGB", "RGBA"), True),
    "bmp": _Writer("image/bmp", ("1", "P", "L", "RGB"), lossless=True),
    "tiff": _Writer(
        *("image/tiff", ("1", "P", "L", "LA", "RGB", "RGBA", "CMYK", "I;16", "I", "F"), True, True),
        most_pages=3000,
    ),
    "avif": _Writer(
        *("image/avif", ("L", "RGB", "RGBA"), True),
        quality=85,
        held=7.2,
        held_alpha=0.8,
        many=4_000_000,
        quick={"speed": 9},
    ),
}
_HELD_CONVERTING = 2.5  # and while one gets another mode
_HELD_SHRINKING = 3.0  # pictures that are held while one is made smaller
_HELD_FOR_A_SIDE = 12  # pixels of Pillow's coefficients, besides, for each pixel of a side
# For each frame of an animation: Pillow's writers hold all of them, and what becomes of them.
_HELD_MOVING = 2.25
_BYTES = {"1": 1, "P": 1, "L": 1, "I;16": 2}  # a pixel in Pillow's memory, where those are not four
_STRIP = 1 << 20  # pixels that are copied into an array at once
FORMATS = tuple(_WRITERS)
_FORMAT_OF = {writer.media_type: name for name, writer in _WRITERS.items()}

# Only the plugin of the detected type ever sees the bytes.
_READERS = {row.essence: row.pillow for row in ROWS if row.pillow}
MEDIA_TYPES = tuple(_READERS)

_READ_IN_PART = ("image/jpeg", "image/tiff")  # by Pillow, until it loads them


@dataclass(frozen=True, slots=True)
class Info:
    """What a picture's head tells; width and height are upright, ``mode`` is Pillow's."""

    media_type: str
    width: int
    height: int
    mode: str
    frames: int


def encode(
    source: SourceLike | Image.Image | npt.NDArray[Any],
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
    another. Where pixels are written again they are upright, animations keep their frames in the
    formats that have them, and other kinds of file become PNG. HEIC becomes JPEG of quality 95, or
    PNG if it has alpha; that takes the extra ``heic``.

    An ICC profile goes along, but not into GIF and BMP, nor into another colour space; EXIF, XMP,
    resolution and comments do not. PNG, TIFF and lossless WebP keep every value and all
    transparency, and colours under alpha 0 too, save in a WebP animation. Deep grey with a
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
    options = _Options(quality, lossless, max_size, mode, background, compress)
    with enough_memory("picture"):
        return _encode(source, format, options, name, limits)


def _encode(
    source: Any, format: Format | None, options: _Options, name: str | None, limits: Limits
) -> str:
    quality = options.quality
    writer = _writer(format or "png", options)
    if _is_array(source):
        array = _checked(cast("npt.NDArray[Any]", source))
        is_plain = array.dtype.kind == "u"
        if writer.media_type == "image/png" and not options.change_pixels and is_plain:
            return to_data_url(png.write(array), "image/png")
        return _write([_from_array(array)], writer, options, limits)
    if _is_picture(source):
        picture = cast("Image.Image", source)
        return _write_theirs(picture, writer, options, limits)
    with open_source(cast(SourceLike, source), name) as opened:
        media_type = _image_type(opened)
        if media_type == SVG and (format or options.max_size or options.mode):
            raise MediaTypeError("this is SVG, a drawing: it can only pass through")
        if media_type == SVG or _passes(opened, media_type, format, options, limits):
            return opened.data_url(media_type)
        if format is None and media_type in _FORMAT_OF:
            writer = _writer(_FORMAT_OF[media_type], options)
        with as_corrupt("picture"):
            opened.check(limits)
            picture = _open(opened.read(), media_type, limits, load=media_type == heic.MEDIA_TYPE)
            if format is None and media_type == heic.MEDIA_TYPE and _suits_jpeg(picture, options):
                options = replace(options, quality=quality or heic.QUALITY)
                writer = _WRITERS["jpeg"]
            _check_held(picture, writer, options, limits)
        return _write(_pages(picture, writer, limits), writer, options, limits)


def _check_held(picture: Image.Image, writer: _Writer, options: _Options, limits: Limits) -> None:
    """Hold ``max_held_pixels`` for one picture, before it is decoded; frames are counted later."""
    if writer.animated and frame_count(picture) > 1:
        return
    shrinks = options.max_size and (
        picture.width > options.box[0] or picture.height > options.box[1]
    )
    alpha = writer.held_alpha if picture.has_transparency_data else 0.0
    written = writer.held_lossless if options.lossless else 0.0
    each = _HELD_SHRINKING if shrinks else written or writer.held + alpha
    modes = {picture.mode, options.mode or picture.mode}
    keeps_alpha = not picture.has_transparency_data or writer.media_type == "image/png"
    if modes <= {*writer.modes} and keeps_alpha and writer.media_type != "image/avif":
        each *= max(_BYTES.get(mode, 4) for mode in modes) / 4
    # Pillow would load a whole PNG to look for EXIF behind its pixels.
    if ("exif" in picture.info or picture.format != "PNG") and orientation(picture) != 1:
        each += 1
    held = each * picture_bounds.area(picture.size)
    if shrinks:
        held += _HELD_FOR_A_SIDE * sum(picture.size)
    limits.check("max_held_pixels", math.ceil(held), "pixels held while a picture is written")
    picture_bounds.check_reader(picture.size, picture.format or "", limits)


def _suits_jpeg(picture: Image.Image, options: _Options) -> bool:
    """Tell whether a photo loses no more than it did when it was taken."""
    mode = options.mode or picture.mode
    opaque = not picture.has_transparency_data or options.mode is not None
    return mode in _WRITERS["jpeg"].modes and opaque and not options.lossless


def decode(
    url: str | DataURL,
    *,
    mode: str | None = None,
    background: str | tuple[int, int, int] = "white",
    strict: bool = False,
    limits: Limits = DEFAULT,
) -> Image.Image:
    """Return the picture in a data URL: loaded, upright, ``.format`` as found in the content.

    An animation stands at its first frame; its ``n_frames`` and ``seek`` work unless it had to be
    turned, and `decode_frames` gives them all.

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
    _check_colour(background)
    _check_mode(mode)
    data, media_type = _decoded(url, strict, limits)
    with as_corrupt("picture"):
        picture = upright(_open(data, media_type, limits))
        if mode is None:
            return picture
        _check_converting(picture, mode, limits)
    with enough_memory("picture"):
        return _converted(picture, mode, background)


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
    transparent becomes alpha, save in 16-bit grey.
    """
    picture = decode(url, mode=mode, background=background, strict=strict, limits=limits)
    with enough_memory("picture"):
        if mode is None:
            _check_converting(picture, _array_mode(picture), limits)
            picture = _converted(picture, _array_mode(picture), background)
        array = _array_of(picture)
        return array.astype(array.dtype.newbyteorder("="), copy=False)


def _check_converting(picture: Image.Image, mode: str, limits: Limits) -> None:
    if picture.mode != mode:
        held = math.ceil(_HELD_CONVERTING * picture_bounds.area(picture.size))
        limits.check("max_held_pixels", held, "pixels held while a picture is converted")


def _array_of(picture: Image.Image) -> npt.NDArray[Any]:
    """Return the pixels, copied strip by strip: Pillow itself makes two copies of them."""
    import numpy as np

    if picture.width * picture.height <= _STRIP:
        return np.array(picture)
    first = np.asarray(picture.crop((0, 0, picture.width, 1)))
    array = np.empty((picture.height, *first.shape[1:]), first.dtype)
    for top, strip in _strips(picture):
        array[top : top + strip.height] = np.asarray(strip)
    return array


def _array_mode(picture: Image.Image) -> str:
    """Return the mode whose array says by its shape and dtype alone what it holds."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return picture.mode
    grey = picture.mode in ("1", "L", "LA", "La")
    if picture.has_transparency_data:
        return "LA" if grey else "RGBA"
    return picture.mode if grey else "RGB"


def decode_frames(
    url: str | DataURL, *, strict: bool = False, limits: Limits = DEFAULT
) -> Iterator[Image.Image]:
    """Yield the frames of an animation, or the one picture, each complete, in RGB or RGBA.

    One frame is held at a time. ``info["duration"]`` is its time in milliseconds. Arguments and
    errors are those of `decode`.
    """
    data, media_type = _decoded(url, strict, limits)
    with as_corrupt("picture"):
        picture = _open(data, media_type, limits)
        yield from _frames(picture, limits)


def describe(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Info:
    """Return what a picture's head tells, without decoding its pixels.

    Raises:
        MediaTypeError: ``source`` is no picture, or a vector drawing.
        CorruptMediaError: its head cannot be read.
    """
    with open_source(source) as opened:
        media_type = _image_type(opened)
        head = heads.read(opened, media_type)
        if head:
            picture_bounds.check_size((head.width, head.height), limits)
            limits.check("max_frames", head.frames, "frames in a picture")
            return Info(media_type, *head)
        picture = open_head(opened, media_type, limits)
        width, height = _upright_size(picture)
        return Info(media_type, width, height, picture.mode, frame_count(picture))


def accepts(value: object) -> bool:
    """Tell whether ``value`` is a PIL image or an array.

    >>> accepts("photo.jpg")
    False
    """
    return _is_picture(value) or _is_array(value)


def _upright_size(picture: Image.Image) -> tuple[int, int]:
    # Of a TIFF, Pillow tells the size as stored before 11.0, and the upright one from there on.
    tags = getattr(picture, "tag_v2", {})
    width, height = (tags.get(_WIDTH, picture.width), tags.get(_LENGTH, picture.height))
    return (height, width) if orientation(picture) in (5, 6, 7, 8) else (width, height)


def open_head(source: Source, media_type: str, limits: Limits = DEFAULT) -> Image.Image:
    """Return a picture whose head has been read, and whose pixels are not loaded yet.

    Errors are those of `describe`.
    """
    with as_corrupt("picture"):
        if media_type == "image/png":
            picture = _open(heads.png(source), media_type, limits, load=False)
            # Where there is none, Pillow would load the whole picture for it.
            picture.info.setdefault("exif", heads.old_exif(picture.info))
            return picture
        data = source if media_type in _READ_IN_PART else source.read()
        return _open(data, media_type, limits, load=False)


def orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where there is none, or one that makes no sense."""
    try:
        found = int(picture.getexif().get(0x0112, 1))
    except Exception:  # a bogus EXIF block must not cost the picture
        return 1
    return found if found in range(1, 9) else 1


def frame_count(picture: Image.Image) -> int:
    """Return how many frames or pages there are.

    Pillow counts a camera's preview behind its JPEG (MPO) and a layer of a PSD too: those belong to
    the one picture.
    """
    return 1 if picture.format in ("MPO", "PSD") else getattr(picture, "n_frames", 1)


@dataclass(frozen=True, slots=True)
class _Options:
    quality: int | None
    lossless: bool
    max_size: int | tuple[int, int] | None
    mode: str | None
    background: str | tuple[int, int, int]
    compress: Literal["fast", "small"]

    def __post_init__(self) -> None:
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise ValueError(f"quality={self.quality} is not from 1 to 100")
        if self.max_size is not None and min(self.box) < 1:
            raise ValueError(f"max_size={self.max_size} is less than one pixel")
        if self.compress not in ("fast", "small"):
            raise ValueError(f"compress={clip_value(self.compress)} is neither 'fast' nor 'small'")
        _check_mode(self.mode)
        _check_colour(self.background)

    @property
    def box(self) -> tuple[int, int]:
        size = self.max_size
        return size if isinstance(size, tuple) else (size or 0, size or 0)

    @property
    def rewrite(self) -> bool:
        asked = self.quality is not None or self.lossless or self.compress == "small"
        return asked or self.mode is not None

    @property
    def change_pixels(self) -> bool:
        return self.rewrite or self.max_size is not None


def _writer(format: str, options: _Options) -> _Writer:
    writer = _WRITERS.get(format)
    if writer is None:
        raise ValueError(f"format={clip_value(format)} is not one of {', '.join(FORMATS)}")
    if options.lossless and not (writer.lossless or format == "webp"):
        raise ValueError(f"{format} cannot be lossless; png, webp, tiff and bmp can")
    return writer


def _is_array(source: object) -> bool:
    return hasattr(source, "dtype") and hasattr(source, "shape")


def _is_picture(source: object) -> bool:
    return hasattr(source, "getbands") and hasattr(source, "tobytes")


def _image_type(source: Source) -> str:
    media_type = mime.detect(source)
    if mime.kind(media_type) != "image":
        raise MediaTypeError(
            f"this is {media_type}, not a picture: expected {', '.join(FORMATS)} or svg"
        )
    return media_type


def _passes(
    source: Source, media_type: str, format: str | None, options: _Options, limits: Limits
) -> bool:
    own = _FORMAT_OF.get(media_type)
    if own is None or options.rewrite or format not in (None, own):
        return False
    if options.max_size is None:
        return True
    info = describe(source, limits=limits)
    return info.width <= options.box[0] and info.height <= options.box[1]


def _decoded(url: str | DataURL, strict: bool, limits: Limits) -> tuple[bytes, str]:
    parsed = parse(url, strict=strict, max_bytes=limits.max_bytes)
    with open_source(parsed) as source:
        media_type = _image_type(source)
    if strict:
        check_label(parsed.media_type, media_type)
    return parsed.data, media_type


def _open(data: Any, media_type: str, limits: Limits, *, load: bool = True) -> Image.Image:
    """Return the picture at its first frame, after a look at how large it says it is.

    ``data`` is bytes, or a `Source` to be read in part (`_READ_IN_PART`).
    """
    _load_numpy()
    from PIL import Image

    if media_type == SVG:
        raise MediaTypeError("SVG is a vector drawing, not pixels: render it first")
    plugin = _READERS.get(media_type)
    if plugin is None:
        raise MediaTypeError(
            f"{media_type} cannot be decoded: expected {', '.join(FORMATS)}, heic, ico or jp2; "
            "file.encode sends it as it is"
        )
    _load_plugin(plugin)
    picture_bounds.check_claims(data, plugin, limits)
    # Not Image.open(), which tries other types too and has one process-wide size limit.
    try:
        file = data.open() if isinstance(data, Source) else io.BytesIO(data)
        if plugin == heic.PLUGIN:
            picture = heic.open_picture(file)
        else:
            picture = cast("Image.Image", Image.OPEN[plugin][0](file, ""))
    except Image.DecompressionBombError as error:  # which some plugins raise by themselves
        told = re.search(r"\d+", str(error))
        limits.check("max_pixels", int(told[0]) if told else 0, "pixels in a picture")
        raise
    _check_picture(picture, limits)
    limits.check("max_frames", frame_count(picture), "frames in a picture")
    if load:
        picture_bounds.check_reader(picture.size, plugin, limits)
        picture.load()
        _check_picture(picture, limits)  # HEIC knows its size when it is decoded, and not before
    return picture


def _load_numpy() -> None:
    """Load numpy before a Pillow that loads numpy.typing, which breaks numpy in another thread."""
    from PIL import __version__

    if int(__version__.partition(".")[0]) < 12:
        import numpy  # noqa: F401


def _load_plugin(plugin: str) -> None:
    """Load what Pillow has for a format, and wait for another thread that is about to.

    A plugin is registered before it is complete, so that it being there says nothing.
    """
    _load_numpy()
    from PIL import Image

    Image.preinit()
    if plugin not in ("BMP", "GIF", "JPEG", "PNG", "PPM"):
        Image.init()
    if plugin == "AVIF" and plugin not in Image.SAVE:
        raise MissingDependencyError("AVIF", newer="Pillow 11.3")


def _check_picture(picture: Image.Image, limits: Limits) -> None:
    """Hold the bound on pixels, also for a tile, which TIFF lets be larger than the picture."""
    picture_bounds.check_size(picture.size, limits)
    tags = getattr(picture, "tag_v2", {})
    picture_bounds.check_size((tags.get(_TILE_WIDTH, 0), tags.get(_TILE_LENGTH, 0)), limits)


def upright(picture: Image.Image) -> Image.Image:
    """Return a picture as its EXIF orientation wants it to be seen."""
    from PIL import ImageOps

    if orientation(picture) == 1:
        return picture
    upright = ImageOps.exif_transpose(picture)
    upright.format = picture.format
    return upright


def _frames(
    picture: Image.Image, limits: Limits, *, keep_modes: bool = False
) -> Iterator[Image.Image]:
    from PIL import ImageSequence

    count, pixels = frame_count(picture), 0
    if picture.format != "TIFF":  # whose pages may all have other sizes
        picture_bounds.check_frames(count * picture.width * picture.height, limits)
    for frame in ImageSequence.Iterator(picture) if count > 1 else (picture,):
        _check_picture(frame, limits)
        pixels += frame.width * frame.height
        picture_bounds.check_frames(pixels, limits)
        frame.load()
        mode = "RGBA" if frame.has_transparency_data else "RGB"
        _check_converting(frame, mode, limits)
        whole = upright(_converted(frame, frame.mode if keep_modes else mode, "white"))
        if whole is frame:
            whole = frame.copy()
        whole.info = dict(frame.info)
        whole.info.setdefault("loop", 1 if picture.format == "GIF" else 0)
        yield whole


def _converted(
    picture: Image.Image, mode: str, background: str | tuple[int, int, int]
) -> Image.Image:
    """Return ``picture`` in ``mode`` with nothing cut off: alpha is laid over ``background``."""
    from PIL import Image

    if picture.mode == mode:
        return picture
    if picture.mode in ("La", "RGBa"):  # premultiplied
        picture = picture.convert(picture.mode.upper())
    if picture.mode == "LAB":  # Pillow leaves the alpha of its RGBA at 0
        picture = picture.convert("RGB")
    if picture.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N", "F"):
        picture = _scaled(picture, mode)
    elif mode == "I;16":
        import numpy as np

        grey = _converted(picture, "L", background)
        picture = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    if mode not in ("RGBA", "LA", "P", "PA", "La", "RGBa") and picture.has_transparency_data:
        # What is dithered looks at the rows above it.
        picture = _laid_over(picture, "L" if mode == "1" else mode, background)
    try:
        return picture if picture.mode == mode else picture.convert(mode)
    except ValueError as error:
        raise MediaTypeError(f"a picture of mode {picture.mode} cannot become {mode}") from error


def _check_mode(mode: str | None) -> None:
    if mode is None:
        return
    from PIL import ImageMode

    try:
        ImageMode.getmode(mode)
    except KeyError:
        raise ValueError(
            f"mode={clip_value(mode)} is not one of Pillow's, such as RGB or L"
        ) from None


def _check_colour(colour: str | tuple[int, int, int]) -> None:
    if colour == "white":  # the default, which needs no Pillow
        return
    try:
        numbers = _rgb(colour)
        valid = len(numbers) == 3 and all(number in range(256) for number in numbers)
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise ValueError(
            f"background={clip_value(colour)} is neither a colour nor three numbers from 0 to 255"
        )


def _scaled(picture: Image.Image, mode: str) -> Image.Image:
    """Return deep grey as 16 bits for a deep ``mode``, else as 8 bits, with alpha if it has any."""
    import numpy as np
    from PIL import Image

    if mode in ("I", "F"):
        return picture
    if picture.mode == "F" or (picture.mode == "I" and not _fits_16_bits(picture)):
        raise MediaTypeError(
            f"mode {picture.mode} has no fixed range, so it cannot become {mode}: "
            "keep it as it is (TIFF can), or scale its array yourself"
        )
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture).astype(np.uint16))
    transparent = picture.info.get("transparency")
    grey = Image.new("L" if transparent is None else "LA", picture.size)
    for top, strip in _strips(picture):
        deep = np.asarray(strip).astype(np.uint16)
        part = Image.fromarray(((deep + 128.0) / 257).astype(np.uint8))
        if transparent is not None:
            part.putalpha(Image.fromarray((deep != transparent).astype(np.uint8) * 255))
        grey.paste(part, (0, top))
    return grey


def _fits_16_bits(picture: Image.Image) -> bool:
    lowest, highest = cast("tuple[int, int]", picture.getextrema())
    return lowest >= 0 and highest <= 65535


def _laid_over(
    picture: Image.Image, mode: str, background: str | tuple[int, int, int]
) -> Image.Image:
    """Return ``picture`` laid over a colour, as RGB and then as ``mode``, strip by strip."""
    from PIL import Image

    whole: Image.Image | None = None
    for top, strip in _strips(picture):
        back = Image.new("RGBA", strip.size, background)
        part = Image.alpha_composite(back, strip.convert("RGBA")).convert("RGB")
        part = part if mode == "RGB" else part.convert(mode)
        whole = whole or Image.new(part.mode, picture.size)
        whole.paste(part, (0, top))
    return whole or picture


def _strips(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Yield parts of some rows, with the place of the first row. They are copies."""
    rows = max(_STRIP // picture.width, 1)
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        strip.info = picture.info
        yield top, strip


def _checked(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
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
                f"{array.max()}; "
                'PIL.Image.fromarray makes a picture of them that format="tiff" keeps'
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


def _from_array(array: npt.NDArray[Any]) -> Image.Image:
    import numpy as np
    from PIL import Image

    if array.dtype == np.uint16 and array.ndim == 3:
        array = ((array + 128.0) / 257).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(array))


def _pages(picture: Image.Image, writer: _Writer, limits: Limits) -> Iterator[Image.Image]:
    """Yield the frames of an animation where the format has such, else one upright picture."""
    with as_corrupt("picture"):
        if writer.animated and frame_count(picture) > 1:
            yield from _frames(picture, limits, keep_modes=writer.media_type == "image/tiff")
        else:
            picture.load()
            yield upright(picture)


def _write_theirs(picture: Image.Image, writer: _Writer, options: _Options, limits: Limits) -> str:
    """Write a caller's picture, which Pillow loads and seeks in place: one thread at a time."""
    with _LOADING:
        with as_corrupt("picture"):
            is_moving = frame_count(picture) > 1
        if is_moving:
            return _write(_pages(picture, writer, limits), writer, options, limits, picture)
        pages = list(_pages(picture, writer, limits))
    return _write(pages, writer, options, limits, picture)


def _write(
    pages: Iterable[Image.Image],
    writer: _Writer,
    options: _Options,
    limits: Limits,
    theirs: Image.Image | None = None,
) -> str:
    """Return ``pages`` as a data URL. ``theirs`` is not to be changed, as saving does."""
    ready: list[Image.Image] = []
    held = 0.0
    for page in pages:
        whole = _converted(page, options.mode, options.background) if options.mode else page
        ready.append(_fitted(whole, writer, options))
        if writer.most_pages and len(ready) > writer.most_pages:
            raise MediaTypeError(
                f"too many pages for {writer.media_type}: expected at most {writer.most_pages:,}; "
                "write fewer, or an animation in another format"
            )
        held += _HELD_MOVING * ready[-1].width * ready[-1].height
        limits.check("max_held_pixels", math.ceil(held), "pixels held of the frames so far")
    if writer.media_type == "image/png" and len(ready) == 1 and options.compress == "fast":
        fast = _fast_png(ready[0])
        if fast is not None:
            return to_data_url(fast, writer.media_type)
    buffer = io.BytesIO()
    settings = _settings(ready, writer, options)
    if len(ready) > 1:
        _check_same_size(ready, writer)
        settings |= {"save_all": True, "append_images": ready[1:]}
    format = writer.media_type.partition("/")[2]
    _load_plugin(format.upper())
    first = ready[0].copy() if ready[0] is theirs else ready[0]
    try:
        first.save(buffer, format, **settings)
    except MemoryError:
        raise
    except Exception as error:
        width, height = ready[0].size
        raise MediaTypeError(
            f"a picture of {width}×{height} in mode {ready[0].mode} cannot be written as {format} "
            f"({error}): pass max_size or another format"
        ) from error
    if writer.media_type == "image/webp" and len(ready) > 1:
        _mark_alpha(buffer, ready)
    return to_data_url(buffer.getbuffer(), writer.media_type)


def _mark_alpha(webp: io.BytesIO, pages: list[Image.Image]) -> None:
    """Set the flag for alpha of an animation's VP8X chunk (RFC 9649, section 2.7.1).

    libwebp leaves it out where transparency comes of what is disposed of, and readers go by it.
    """
    if any(page.has_transparency_data for page in pages):
        with webp.getbuffer() as data:
            if bytes(data[12:16]) == b"VP8X":
                data[20] |= 0x10


def _check_same_size(pages: list[Image.Image], writer: _Writer) -> None:
    first = pages[0].size
    for index, page in enumerate(pages if writer.media_type != "image/tiff" else ()):
        if page.size != first:
            raise MediaTypeError(
                f"frame {index} is {page.width}×{page.height}, the first {first[0]}×{first[1]}: "
                f"{writer.media_type} needs one size; TIFF can hold them"
            )


def _fitted(picture: Image.Image, writer: _Writer, options: _Options) -> Image.Image:
    """Return ``picture`` in a mode that the format has, and small enough."""
    box = options.box
    if options.max_size and (picture.width > box[0] or picture.height > box[1]):
        if "transparency" in picture.info or picture.mode in ("1", "P", "PA"):
            # One colour cannot stand for transparency any more where colours are mixed.
            alpha, grey = picture.has_transparency_data, picture.mode[0] in "1LI"
            picture = _converted(
                picture, ("L" if grey else "RGB") + ("A" if alpha else ""), options.background
            )
        info = picture.info
        picture = _resized(picture, _size_within(picture.size, box))
        picture.info = dict(info)
    keeps_alpha = not picture.has_transparency_data or writer.media_type == "image/png"
    if picture.mode.startswith("I;16") and "I;16" in writer.modes and keeps_alpha:
        return _converted(picture, "I;16", options.background)
    if picture.mode == "I" and "I;16" in writer.modes and "I" not in writer.modes:
        return _converted(picture, "I;16", options.background)
    if picture.has_transparency_data and writer.media_type == "image/gif":
        if picture.mode == "P" and isinstance(picture.info.get("transparency"), int):
            return picture
        return _with_hard_edges(picture, options.background)
    if picture.mode in writer.modes and (keeps_alpha or picture.mode in ("RGBA", "LA")):
        return picture
    return _converted(picture, _nearest_mode(picture, writer, options), options.background)


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    from PIL import Image

    if not picture.mode.startswith("I;16"):
        return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    try:
        return picture.resize(size, Image.Resampling.LANCZOS)  # Pillow cannot reduce 16 bits
    except ValueError:  # nor, before 11.0, resize them
        return picture.convert("I").resize(size, Image.Resampling.LANCZOS).convert("I;16")


def _size_within(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """Return the size that fits, of whole pixels, whose aspect is nearest."""
    aspect = size[0] / size[1]
    width, height = box
    if width >= height * aspect:
        exact = height * aspect
        near = (max(math.floor(exact), 1), max(math.ceil(exact), 1))
        return min(near, key=lambda number: abs(aspect - number / height)), height
    exact = width / aspect
    near = (max(math.floor(exact), 1), max(math.ceil(exact), 1))
    return width, min(near, key=lambda number: abs(aspect - width / number))


def _with_hard_edges(picture: Image.Image, background: str | tuple[int, int, int]) -> Image.Image:
    """Return RGBA if every pixel is fully seen or unseen, all that GIF can say, else RGB."""
    rgba = _converted(picture, "RGBA", background)
    histogram = rgba.getchannel("A").histogram()
    return rgba if not any(histogram[1:255]) else _converted(rgba, "RGB", background)


def _nearest_mode(picture: Image.Image, writer: _Writer, options: _Options) -> str:
    if picture.has_transparency_data and "RGBA" in writer.modes:
        with_alpha = picture.mode in ("1", "L", "LA", "La") or picture.mode.startswith("I;16")
        return "LA" if with_alpha and "LA" in writer.modes else "RGBA"
    grey = picture.mode in ("1", "L", "LA", "La", "I", "F") or picture.mode.startswith("I;16")
    if grey and picture.has_transparency_data and options.background != "white":
        grey = len(set(_rgb(options.background))) == 1  # what shines through has no hue either
    return "L" if grey and "L" in writer.modes else "RGB"


def _rgb(colour: str | tuple[int, int, int]) -> tuple[int, ...]:
    _load_numpy()
    from PIL import ImageColor

    return ImageColor.getrgb(colour) if isinstance(colour, str) else colour


def _fast_png(picture: Image.Image) -> bytes | None:
    """Return the picture by our own writer, or None where only Pillow's keeps all of it."""
    import numpy as np

    extras = {"icc_profile", "transparency"} & picture.info.keys()
    if extras or picture.mode not in ("L", "LA", "RGB", "RGBA", "I;16"):
        return None
    return png.write(np.asarray(picture))


def _settings(pages: list[Image.Image], writer: _Writer, options: _Options) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    first = pages[0].info
    if writer.quality is not None:
        settings["quality"] = options.quality or writer.quality
    if writer.media_type == "image/webp" and options.lossless:
        settings |= {"lossless": True, "exact": True}  # exact: colours under alpha 0 too
    if writer.media_type == "image/png":
        settings["optimize"] = options.compress == "small"
    if sum(page.width * page.height for page in pages) > writer.many:
        settings |= writer.quick
    settings["icc_profile"] = fitting_profile(pages[0])
    if len(pages) > 1:
        durations = [page.info.get("duration", 100) for page in pages]
        loop = first.get("loop", 0)
        if writer.media_type == "image/gif":
            durations = _in_hundredths(durations)
            loop = None if loop == 1 else loop  # one that plays once says nothing of loops
        settings |= {"duration": durations, "loop": loop, "disposal": 2}
    return settings


def _in_hundredths(durations: list[float]) -> list[int]:
    """Return milliseconds as GIF can say them, with no change to the time of the whole."""
    ends = [10 * round(end / 10) for end in accumulate(durations)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def fitting_profile(picture: Image.Image) -> bytes | None:
    """Return a picture's ICC profile, if it is of its colour space (ICC.1:2022, section 7.2.6).

    One of another, as CMYK's is in RGB, would make other colours of the numbers. One of RGB does no
    harm to grey, whose three channels are alike.
    """
    profile: bytes = picture.info.get("icc_profile") or b""
    if picture.mode in ("CMYK", "LAB"):
        spaces: tuple[bytes, ...] = (b"CMYK" if picture.mode == "CMYK" else b"Lab ",)
    elif picture.mode in ("P", "PA", "RGB", "RGBA"):
        spaces = (b"RGB ",)
    else:
        spaces = (b"RGB ", b"GRAY")
    return profile if profile[16:20] in spaces else None
