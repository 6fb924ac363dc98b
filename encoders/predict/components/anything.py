"""Values whose component is not known: told by what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from os import PathLike
from typing import Any

from encoders import codecs, mime
from encoders.data_url import DataURL
from encoders.predict.components import file, image
from encoders.predict.components.plot import Plot
from encoders.predict.components.table import Table
from encoders.predict.components.text import plain
from encoders.predict.wire import File, Incoming, Json, Outgoing, Reference, file_object, is_url
from encoders.source import Source, open_source
from encoders.video import Video

_PLAIN = frozenset((int, float, bool, type(None)))  # what holds no file
_BEFORE_A_URL = "dD \t\n\f\r\v"
_OF_CODEC = {"image": "image", "audio": "audio", "video": "video", "file": "file"}


def infer(value: Any) -> str:
    """Return the name of the component that takes such a value.

    Text is text, never a path: mark a path as one with `pathlib.Path`.

    >>> infer("hello"), infer(2.5), infer((8000, [0])), infer({"a": 1})
    ('textbox', 'number', 'audio', 'json')
    """
    if isinstance(value, str) and not is_url(value):
        return "textbox"
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return "checkbox"
    if isinstance(value, int | float) or getattr(value, "ndim", None) == 0:
        return "number"
    return _media(value) or _structure(value)


def infer_source(source: Source) -> str:
    """Return the name of the component that takes the content of an open source."""
    return _OF_CODEC[codecs.codec_of(source)]


def _media(value: Any) -> str | None:
    if isinstance(value, Video):
        return "video"
    if isinstance(value, Reference):
        return _OF_CODEC.get(mime.kind(value.media_type or ""), "file")
    if isinstance(value, File):
        return _OF_CODEC[codecs.codec_for(value.media_type)]
    if hasattr(value, "getbands") or (hasattr(value, "dtype") and hasattr(value, "shape")):
        return "image"
    if isinstance(value, tuple) and len(value) == 2 and hasattr(value[0], "__index__"):
        return "audio"
    if isinstance(value, str | DataURL | bytes | bytearray | memoryview | PathLike) or hasattr(
        value, "read"
    ):
        with open_source(value) as source:
            return infer_source(source)
    return None


def _structure(value: Any) -> str:
    if isinstance(value, date):
        return "datetime"
    if isinstance(value, Table) or (hasattr(value, "columns") and hasattr(value, "to_dict")):
        return "dataframe"
    if isinstance(value, Mapping):
        keys = set(value)
        if keys == {"text", "files"}:
            return "multimodaltextbox"
        if keys == {"image", "mask"}:
            return "image"
        if keys == {"background", "layers", "composite"}:
            return "imageeditor"
        return "json"
    if file.names_files(value):
        return "file"
    if isinstance(value, list) and value and all(_is_message(item) for item in value):
        return "chatbot"
    if (
        isinstance(value, Plot)
        or hasattr(value, "savefig")
        or type(value).__module__.startswith(("plotly.", "altair."))
    ):
        return "plot"
    return "json"


def _is_message(item: Any) -> bool:
    return isinstance(item, Mapping) and {"role", "content"} <= set(item)


def encode_anything(value: Any, out: Outgoing) -> Json:
    """JSON passes; media in it, however deep, become what the era wants for them."""
    if isinstance(value, Mapping):
        return {key: _within(key, item, out) for key, item in value.items()}
    if isinstance(value, list) or (isinstance(value, tuple) and _media(value) is None):
        return [_within(index, item, out) for index, item in enumerate(value)]
    if isinstance(value, str):
        return value
    media = _media(value)
    if media == "image":
        return image.encode_image(value, out)
    if media is None:
        return plain(value, out)
    from encoders.predict.components import COMPONENTS

    return COMPONENTS[media].encode(value, out)


def decode_anything(value: Json, got: Incoming) -> Any:
    """JSON passes; each data URL and file in it becomes what its content is."""
    if isinstance(value, str | DataURL):
        return decode_media(value, got) if is_url(value) else value
    if isinstance(value, dict):
        if file_object(value) is not None:
            return decode_media(value, got)
        return {
            key: item if _holds_nothing(item) else _decoded(key, item, got)
            for key, item in value.items()
        }
    if isinstance(value, list) and not _PLAIN.issuperset(map(type, value)):
        return [
            item if _holds_nothing(item) else _decoded(index, item, got)
            for index, item in enumerate(value)
        ]
    return value


def decode_media(value: Json, got: Incoming) -> Any:
    """Return a picture, a sound, a video or a `File`, by content."""
    held = got.held(value)
    if isinstance(held, Reference):
        return held
    url, name = held
    codec = codecs.codec_for(mime.detect(url))
    if codec == "file":
        return got.loaded(url, name or "file")
    return codecs.decode_with(codec, url, limits=got.limits)


def decode_rows(value: Json, got: Incoming) -> Any:
    """Return the rows of a carousel, each cell by its content."""
    return decode_anything(image.listed(value, got), got)


def find_files(value: Json) -> Iterator[Json]:
    """Yield each data URL and file object in a JSON value."""
    if is_url(value) or file_object(value) is not None:
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, dict | list | str | DataURL):
                yield from find_files(item)


def _holds_nothing(item: Json) -> bool:
    """Tell quickly that a value is no file and holds none; False where that takes a look."""
    if type(item) is str:
        return item[:1] not in _BEFORE_A_URL
    return type(item) in _PLAIN


def _within(step: Any, item: Any, out: Outgoing) -> Json:
    with out.within(step):
        return encode_anything(item, out)


def _decoded(step: Any, item: Json, got: Incoming) -> Any:
    with got.within(step):
        return decode_anything(item, got)
