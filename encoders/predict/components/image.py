"""Pictures: one, with a sketched mask, in layers, side by side, annotated, in a gallery.

What a server would lose is settled before: pictures are turned upright where it ignores EXIF
(Gradio up to 3.17.0, and 4.0 to 4.8), and laid on white where it would cut alpha off. What has to
be written again becomes PNG, but a photo in JPEG stays JPEG, and one in HEIC, which no server
reads, becomes JPEG.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from encoders import image, mime
from encoders.errors import MediaTypeError, bounded, clip
from encoders.image import server_reading
from encoders.image.encoding import rewrite
from encoders.image.opening import PictureFile
from encoders.image.pixels.modes import DEEP
from encoders.predict.eras import Version, at
from encoders.predict.wire import (
    File,
    Incoming,
    Json,
    Outgoing,
    Reference,
    bare_base64,
    is_url,
    summary,
)
from encoders.source import open_source

# What each era's Pillow opens for sure.
_OLD = frozenset(map(mime.essence, ("png", "jpeg", "gif", "webp", "bmp", "tiff")))
_READ: dict[Version, frozenset[str]] = {
    (2, 0): _OLD,
    (5, 4): _OLD | {mime.essence("avif")},  # the first that goes with Pillow 11, and so with 11.3
}
_TURNS_UPRIGHT: dict[Version, bool] = {
    (2, 0): False,
    (3, 17, 1): True,
    (4, 0): False,
    (4, 9): True,
}
_TAKES_DATA_IN_URL: dict[Version, bool] = {(2, 0): False, (5, 0): True}
_BARE: dict[Version, bool] = {(2, 0): True, (4, 0): False}
_SVG = mime.essence("svg")
_EDITOR_KEYS = ("background", "layers", "composite")
# What Pillow's convert takes, and so ``image_mode``.
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", None)


def encode_image(value: Any, out: Outgoing) -> Json:
    if isinstance(value, dict):
        return _encode_sketch(value, out)
    is_sketch = out.options.get("tool") == "sketch" and out.version < (4, 0)
    if is_sketch and out.options.get("source", "upload") in ("upload", "webcam"):
        return _encode_sketch({"image": value, "mask": None}, out)
    return encode_picture(value, out, alpha=_keeps_alpha(out))


def encode_picture(value: Any, out: Outgoing, *, alpha: bool, palette: bool = True) -> Json:
    """Return one picture as the era wants it."""
    if isinstance(value, Reference):
        return out.file(value)
    name = value.name if isinstance(value, File) else None
    value = value.data if isinstance(value, File) else value
    out.check_text(value)
    if at(_BARE, out.version):
        return _url(value, out, alpha, palette)
    if not out.by_upload and at(_TAKES_DATA_IN_URL, out.version) and out.component == "image":
        return _in_url(value, name, out, alpha)
    return _file(value, name, out, alpha, palette)


def decode_image(value: Json, got: Incoming) -> Any:
    """Return a PIL image; with a sketch, a dict of image and mask; a drawing as a `File`."""
    if isinstance(value, dict) and set(value) == {"image", "mask"}:
        return {key: _optional(part, key, got) for key, part in value.items()}
    return decode_picture(value, got)


def decode_picture(value: Json, got: Incoming) -> Any:
    if isinstance(value, str) and not is_url(value):
        value = bare_base64(value, got.limits) or value
    held = got.held(value)
    if isinstance(held, Reference):
        return held
    url, name = held
    if mime.detect(url) == _SVG:
        return File(url.data, name)
    return image.decode(url, limits=got.limits)


def encode_editor(value: Any, out: Outgoing) -> Json:
    """A dict of background, layers and composite, or one picture for the first and the last."""
    if not isinstance(value, Mapping):
        value = {"background": value, "layers": [], "composite": value}
    unknown = set(value) - {*_EDITOR_KEYS, "id"}
    if unknown:
        out.fail(f"expected the keys {', '.join(_EDITOR_KEYS)}, found {_listed(unknown)}")
    alpha = _keeps_alpha(out, "RGBA")
    parts: dict[str, Json] = {}
    for key in ("background", "composite"):
        with out.within(key):
            part = value.get(key)
            parts[key] = None if part is None else encode_picture(part, out, alpha=alpha)
    layers = []
    with out.within("layers"):
        for index, layer in enumerate(value.get("layers") or ()):
            with out.within(index):
                layers.append(encode_picture(layer, out, alpha=True))
    return {**parts, "layers": layers, "id": None}


def _listed(keys: Iterable[Any]) -> str:
    return bounded(", ".join(sorted(clip(str(key)) for key in keys)), 100)


def decode_editor(value: Json, got: Incoming) -> Any:
    if not isinstance(value, dict) or not set(_EDITOR_KEYS) & set(value):
        got.fail(f"expected background, layers and composite, found {summary(value)}")
    layers = []
    with got.within("layers"):
        for index, layer in enumerate(listed(value.get("layers") or [], got)):
            layers.append(_optional(layer, index, got))
    ends = {key: _optional(value.get(key), key, got) for key in ("background", "composite")}
    return {"background": ends["background"], "layers": layers, "composite": ends["composite"]}


def encode_pair(value: Any, out: Outgoing) -> Json:
    if isinstance(value, str | bytes) or not hasattr(value, "__len__") or len(value) != 2:
        out.fail(f"expected two pictures, found {summary(value)}")
    pair: list[Json] = []
    for index, part in enumerate(value):
        with out.within(index):
            pair.append(None if part is None else encode_image(part, out))
    return pair


def decode_pair(value: Json, got: Incoming) -> Any:
    return tuple(_optional(part, index, got) for index, part in enumerate(listed(value, got)))


def encode_annotated(value: Any, out: Outgoing) -> Json:
    """A picture and ``(mask, label)`` pairs, each mask a picture."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        out.fail(f"expected (picture, [(mask, label), ...]), found {summary(value)}")
    base, pairs = value
    with out.within("image"):
        picture = encode_picture(base, out, alpha=True)
    annotations = []
    with out.within("annotations"):
        for index, (mask, label) in enumerate(pairs):
            with out.within(index):
                drawn = encode_picture(mask, out, alpha=True)
                annotations.append((drawn, str(label)))
    if out.version < (4, 0):
        return [picture, [list(pair) for pair in annotations]]
    return {
        "image": picture,
        "annotations": [{"image": mask, "label": label} for mask, label in annotations],
    }


def decode_annotated(value: Json, got: Incoming) -> Any:
    """Return ``(picture, [(mask, label), ...])``."""
    if isinstance(value, dict) and "image" in value:
        base, pairs = value["image"], value.get("annotations") or []
        keys: tuple[Any, Any] = ("image", "label")
    else:
        base, pairs = _two(value, got)
        keys = (0, 1)
    with got.within("image"):
        picture = decode_picture(base, got)
    annotations = []
    with got.within("annotations"):
        for index, pair in enumerate(listed(pairs, got)):
            with got.within(index):
                try:
                    mask, label = pair[keys[0]], pair[keys[1]]
                except (KeyError, IndexError, TypeError):
                    got.fail(f"expected a mask and its label, found {summary(pair)}")
                annotations.append((decode_picture(mask, got), label))
    return picture, annotations


def listed(value: Json, got: Incoming) -> list[Json]:
    """Return ``value`` if it is a list, or say that it is none."""
    if not isinstance(value, list):
        got.fail(f"expected a list, found {summary(value)}")
    return value


def _two(value: Json, got: Incoming) -> list[Json]:
    if not isinstance(value, list) or len(value) != 2:
        got.fail(f"expected two things in a list, found {summary(value)}")
    return value


def _optional(value: Json, step: str | int, got: Incoming) -> Any:
    if value is None:
        return None
    with got.within(step):
        return decode_picture(value, got)


def _keeps_alpha(out: Outgoing, default: str | None = "RGB") -> bool:
    return _image_mode(out, default) in ("RGBA", "LA", "PA", None)


def _image_mode(out: Outgoing, default: str | None = "RGB") -> str | None:
    """Return the mode that the server's function gets its pictures in; None for their own."""
    mode = out.options.get("image_mode", default)
    return mode if mode in _MODES else default


def _encode_sketch(value: Mapping[str, Any], out: Outgoing) -> Json:
    if set(value) != {"image", "mask"} or out.version >= (4, 0):
        out.fail(
            f"expected a picture, found {summary(dict(value))}; image and mask go to Gradio 3.x, "
            "background, layers and composite to an imageeditor"
        )
    with out.within("image"):
        out.check_text(value["image"])
        picture = _url(value["image"], out, _keeps_alpha(out), True)
    with out.within("mask"):
        mask = value["mask"]
        out.check_text(mask)
        drawn = _nothing_drawn(value["image"]) if mask is None else mask
        # The server takes an RGBA mask's alpha for the mask.
        return {"image": picture, "mask": _url(drawn, out, True, True)}


def _nothing_drawn(picture: Any) -> Any:
    from PIL import Image

    if hasattr(picture, "getbands"):
        size = picture.size
    elif hasattr(picture, "dtype"):
        size = (picture.shape[1], picture.shape[0])
    else:
        info = image.describe(picture)
        size = (info.width, info.height)
    return Image.new("L", size)


def _url(value: Any, out: Outgoing, alpha: bool, palette: bool) -> Json:
    value = value.data if isinstance(value, File) else value
    if image.accepts(value):
        return _drawn(value, alpha, out)
    with open_source(value) as opened:
        file = PictureFile(opened, out.limits)
        if _passes(file, out, alpha, palette):
            return opened.data_url(file.media_type)
        return _rewritten(file, alpha, out)


def _in_url(value: Any, name: str | None, out: Outgoing, alpha: bool) -> Json:
    """A data URL in place of a file's address; here the server converts nothing by itself."""
    mode = _image_mode(out)
    if image.accepts(value):
        url = _drawn(value, alpha, out, mode)
    else:
        with open_source(value, name) as opened:
            name = opened.name
            file = PictureFile(opened, out.limits)
            right = mode is None or (mode == "RGB" and server_reading.is_rgb(file))
            if right and _passes(file, out, alpha, mode is None):
                url = opened.data_url(file.media_type)
            else:
                url = _rewritten(file, alpha, out, mode)
                name = _renamed(name, url)
    place: dict[str, Json] = out.described(url, name or "image")
    return place


def _file(value: Any, name: str | None, out: Outgoing, alpha: bool, palette: bool) -> Json:
    if image.accepts(value):
        return out.file(_drawn(value, alpha, out), name or "image")
    with open_source(value, name) as opened:
        file = PictureFile(opened, out.limits)
        if file.media_type == _SVG and out.version >= (4, 0):
            return out.file(value, name)
        # From 4.0 on a GIF's first frame reaches the function as indices into its palette.
        still_gif = file.plugin == "GIF" and not file.is_animated()
        if not still_gif and _passes(file, out, alpha, palette):
            return out.file(value, name)
        url = _rewritten(file, alpha, out)
        return out.file(url, _renamed(opened.name, url))


def _passes(file: PictureFile, out: Outgoing, alpha: bool, palette: bool) -> bool:
    if file.media_type not in at(_READ, out.version):
        return False
    turns = at(_TURNS_UPRIGHT, out.version)
    unchanged = server_reading.is_read_unchanged(file, alpha=alpha, palette=palette, turns=turns)
    return unchanged or file.is_animated()


def _drawn(value: Any, alpha: bool, out: Outgoing, mode: str | None = None) -> str:
    wanted = mode or _mode(value, alpha)
    return image.encode(value, format="png", mode=wanted, limits=out.limits)


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


def _rewritten(file: PictureFile, alpha: bool, out: Outgoing, mode: str | None = None) -> str:
    if mime.kind(file.media_type) != "image" or file.media_type == _SVG:
        raise MediaTypeError(
            f"this is {file.media_type}: expected a picture that Gradio {out.version[0]} opens, "
            f"such as {', '.join(image.FORMATS)}"
        )
    picture = file.head()
    return rewrite(file, mode or _mode(picture, alpha) or picture.mode)
