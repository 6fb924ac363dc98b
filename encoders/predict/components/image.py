"""Pictures: one alone, or one with a sketched mask.

What a server would lose is handled here: pictures are turned upright where it ignores EXIF (Gradio
up to 3.17.0, and 4.0 to 4.8), and laid on white where it would cut alpha off. What has to be
written again becomes PNG, but a photo in JPEG stays JPEG, and one in HEIC, which no server reads,
becomes JPEG.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from encoders import image, mime
from encoders.data_url import DataURL
from encoders.errors import MediaTypeError, Remedy
from encoders.image.describing import is_read_unchanged, is_rgb
from encoders.image.encoding import rewrite
from encoders.image.opening import PictureFile
from encoders.image.pixels import DEEP
from encoders.limits import Limits
from encoders.mime.table import essence
from encoders.predict.components.shared.component_type import MEDIA, ComponentType
from encoders.predict.components.shared.forms import Field, file_field
from encoders.predict.components.shared.options import Options
from encoders.predict.eras import Version, at
from encoders.predict.samples import sample
from encoders.predict.values import File, Json, Reference, summary
from encoders.predict.wire.context import DecodeContext, EncodeContext, Streamed
from encoders.predict.wire.file_shapes import bare_base64, data_in_url, is_url
from encoders.predict.wire.schemas import PICTURE_IN_URL, Schema, SchemaContext, any_of
from encoders.source import open_source

HELPER = "encoders.image.encode"
_SVG = essence("svg")
# What each era's Pillow opens for sure.
_OLD = frozenset(map(essence, ("png", "jpeg", "gif", "webp", "bmp", "tiff")))
_READ: dict[Version, frozenset[str]] = {
    (2, 0): _OLD,
    (5, 4): _OLD | {essence("avif")},  # the first that comes with Pillow 11, and so with 11.3
}
_TURNS_UPRIGHT: dict[Version, bool] = {(2, 0): False, (3, 17, 1): True, (4, 0): False, (4, 9): True}
_TAKES_SKETCH: dict[Version, bool] = {(2, 0): True, (4, 0): False}
_TAKES_SVG: dict[Version, bool] = {(2, 0): False, (4, 0): True}
_BARE_URL, _FILE, _FILE_OR_URL = "a bare data URL", "a file", "a file, or an object with a data URL"
_SHAPES: dict[Version, str] = {(2, 0): _BARE_URL, (4, 0): _FILE, (5, 0): _FILE_OR_URL}
# What Pillow's convert takes, and so ``image_mode``.
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", None)
_LAYERS_TO_EDITOR = Remedy(
    "in Python",
    value="pass layers to an imageeditor, or image and mask to Gradio 3.x or older",
)


def encode_image(value: Any, context: EncodeContext) -> Json:
    if isinstance(value, dict):
        return _encode_sketch(value, context)
    if at(_TAKES_SKETCH, context.version) and _is_sketched(context.options):
        return _encode_sketch({"image": value, "mask": None}, context)
    return encode_picture(value, context, alpha=keeps_alpha(context))


def encode_picture(
    value: Any, context: EncodeContext, *, alpha: bool, palette: bool = True
) -> Json:
    """Return one picture as the era wants it."""
    if isinstance(value, Reference):
        return context.encode_file(value)
    value, name = context.unpacked(value)
    shape = at(_SHAPES, context.version)
    if shape == _BARE_URL:
        return _url(value, name, context, alpha, palette)[0]
    if shape == _FILE_OR_URL and context.by_upload is False and context.component == "image":
        # From a data URL the server converts nothing itself.
        url, name = _url(value, name, context, alpha, palette, _image_mode(context))
        return data_in_url(url, name or "image")
    return _file(value, name, context, alpha, palette)


def decode_image(value: Json, context: DecodeContext) -> Any:
    """Return a PIL image; with a sketch, a dict of image and mask; a drawing as a `File`."""
    if not _is_sketch(value):
        return decode_picture(value, context)
    return context.each_value(value, lambda part: decode_optional(part, context))


def decode_picture(value: Json, context: DecodeContext) -> Any:
    if isinstance(value, str) and not is_url(value):
        value = bare_base64(value, context.limits) or value

    def decode(url: DataURL, name: str | None) -> Any:
        if mime.detect(url) == _SVG:
            return File(url.data, name)
        return image.decode(url, limits=context.limits)

    return context.decode_content(value, decode)


def decode_optional(value: Json, context: DecodeContext) -> Any:
    return None if value is None else decode_picture(value, context)


def keeps_alpha(context: EncodeContext, default: str | None = "RGB") -> bool:
    return _image_mode(context, default) in ("RGBA", "LA", "PA", None)


def _image_mode(context: EncodeContext, default: str | None = "RGB") -> str | None:
    """Return the mode that the server's function gets its pictures in; None for their own."""
    mode = context.options.get("image_mode", default)
    return mode if mode in _MODES else default


def _encode_sketch(value: Mapping[str, Any], context: EncodeContext) -> Json:
    if not _is_sketch(value) or not at(_TAKES_SKETCH, context.version):
        context.fail(f"expected a picture, found {summary(value)}", remedy=(_LAYERS_TO_EDITOR,))
    with context.within("image"):
        picture, _ = context.unpacked(value["image"])
        url, _ = _url(picture, None, context, keeps_alpha(context))
    with context.within("mask"):
        mask, _ = context.unpacked(value["mask"])
        mask = _nothing_drawn(url, context.limits) if mask is None else mask
        # The server takes an RGBA mask's alpha for the mask.
        return {"image": url, "mask": _url(mask, None, context, alpha=True)[0]}


def _nothing_drawn(url: str | Streamed, limits: Limits) -> Any:
    """Return a mask of the size of a picture, with nothing drawn on it."""
    from PIL import Image

    # The data URL is our own, whatever its size in bytes.
    source = Path(url.path) if isinstance(url, Streamed) else url
    info = image.describe(source, limits=replace(limits, max_bytes=None))
    return Image.new("L", (info.width, info.height))


def _url(
    value: Any,
    name: str | None,
    context: EncodeContext,
    alpha: bool,
    palette: bool = True,
    mode: str | None = None,
) -> tuple[Any, str | None]:
    """Return a picture's data URL, or what is in its place, and the name that fits it."""
    if image.accepts(value):
        return _drawn(value, alpha, context, mode), name
    with open_source(value, name) as opened:
        file = PictureFile(opened, context.limits)
        if left := context.left(value, file.media_type):
            return left, opened.name
        has_mode = mode is None or (mode == "RGB" and is_rgb(file))
        if has_mode and _passes(file, context, alpha, palette and mode is None):
            return opened.data_url(file.media_type), opened.name
        url = _rewritten(file, alpha, context, mode)
        return url, _renamed(opened.name, url)


def _file(value: Any, name: str | None, context: EncodeContext, alpha: bool, palette: bool) -> Json:
    if image.accepts(value):
        return context.encode_file(_drawn(value, alpha, context), name or "image")
    with open_source(value, name) as opened:
        file = PictureFile(opened, context.limits)
        if file.media_type == _SVG and at(_TAKES_SVG, context.version):
            return context.encode_file(value, name)
        # From 4.0 on a GIF's first frame reaches the function as indices into its palette.
        still_gif = file.plugin == "GIF" and not file.is_animated()
        if context.left(value, file.media_type):
            return context.encode_file(value, name)
        if not still_gif and _passes(file, context, alpha, palette):
            return context.encode_file(value, name)
        url = _rewritten(file, alpha, context)
        return context.encode_file(url, _renamed(opened.name, url))


def _passes(file: PictureFile, context: EncodeContext, alpha: bool, palette: bool) -> bool:
    if file.media_type not in at(_READ, context.version):
        return False
    turns = at(_TURNS_UPRIGHT, context.version)
    unchanged = is_read_unchanged(file, alpha=alpha, palette=palette, turns=turns)
    return unchanged or file.is_animated()


def _drawn(value: Any, alpha: bool, context: EncodeContext, mode: str | None = None) -> str:
    mode = mode or _mode(value, alpha)
    return image.encode(value, format="png", mode=mode, limits=context.limits)


def _mode(value: Any, alpha: bool) -> str | None:
    """Return the mode in which nothing is lost on a reader, or None to keep the one there is."""
    if hasattr(value, "getbands"):
        if value.mode in DEEP:
            return "L"
        transparent = value.has_transparency_data
        if value.mode in ("L", "RGB") and not transparent:
            return None
        grey = value.mode in ("1", "L", "LA")
        return "RGBA" if alpha and transparent else "L" if grey else "RGB"
    channels = value.shape[2] if value.ndim == 3 else 1
    if value.dtype.name == "uint16" or value.dtype == bool:
        return "L" if channels == 1 else "RGBA" if alpha and channels == 4 else "RGB"
    return "RGB" if channels == 4 and not alpha else None


def _renamed(name: str | None, url: str) -> str:
    """Return a file's name with the suffix of what it has become."""
    stem = (name or "image").rpartition(".")[0] or name
    return f"{stem}{mime.suffix(url[5 : url.index(';')])}"


def _rewritten(
    file: PictureFile, alpha: bool, context: EncodeContext, mode: str | None = None
) -> str:
    if mime.kind(file.media_type) != "image" or file.media_type == _SVG:
        raise MediaTypeError(
            f"this is {file.media_type}: expected a picture that {context.gradio} opens, "
            f"such as {', '.join(image.FORMATS)}"
        )
    picture = file.head()
    return rewrite(file, mode or _mode(picture, alpha) or picture.mode)


def _is_sketch(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"image", "mask"}


def _is_sketched(options: Options) -> bool:
    """Tell whether a component of Gradio 3.x sends a picture with a mask."""
    is_uploaded = options.get("source", "upload") in ("upload", "webcam")
    return options.get("tool") == "sketch" and is_uploaded


def _schema(context: SchemaContext) -> Schema:
    picture = context.picture()
    if context.is_output:
        return picture
    if at(_SHAPES, context.version) == _FILE_OR_URL:
        return context.file_of(("image",), PICTURE_IN_URL)
    may_be_sketched = "tool" not in context.options or _is_sketched(context.options)
    if not (at(_TAKES_SKETCH, context.version) and may_be_sketched):
        return picture
    return any_of(picture, context.object("Sketch", {"image": picture, "mask": picture}))


def _example(options: Options, start: Any) -> Any:
    picture = sample("example.png").data
    is_sketched = _is_sketched(options)
    return {"image": picture, "mask": sample("mask.png").data} if is_sketched else picture


def picture_field(options: Options) -> Field:
    return file_field(options, "picture", "image/*")


COMPONENTS = {
    "image": ComponentType(
        encode=encode_image,
        decode=decode_image,
        takes="PIL image, H×W(×C) array, Path, bytes",
        gives="PIL image",
        infers=_is_sketch,
        reader=MEDIA,
        schema=_schema,
        example=_example,
        refers_since=(4, 0),
        helper=HELPER,
        asked=picture_field,
    )
}
