"""Values whose component is not known: recognised by what they are."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from encoders import codecs, mime
from encoders.data_url import DataURL
from encoders.predict.components import audio_video, file, image
from encoders.predict.components.shared.component_type import JSON_OR_FILE, ComponentType
from encoders.predict.components.shared.json_values import plain, unboxed
from encoders.predict.values import File, Json, Reference
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.file_shapes import file_object, is_url
from encoders.source import open_source

_PLAIN = frozenset((int, float, bool, type(None)))  # types that contain no file
_BEFORE_A_URL = "dD \t\n\f\r\v"
# The component of each codec has the codec's name.
_MEDIA = {**image.COMPONENTS, **audio_video.COMPONENTS, **file.COMPONENTS}


def media_component(value: Any) -> str | None:
    """Return the component that takes a file or media, by content; None for other values."""
    codec = codecs.codec_of_object(value)
    if codec:
        return codec if codec in _MEDIA else None
    if isinstance(value, Reference):
        return component_of_codec(mime.kind(value.media_type or ""))
    if isinstance(value, File):
        return component_of_codec(codecs.codec_for(value.media_type))
    if isinstance(value, str | DataURL | bytes | bytearray | memoryview | PathLike) or hasattr(
        value, "read"
    ):
        with open_source(value) as source:
            return component_of_codec(codecs.codec_of(source))
    return None


def component_of_codec(codec: str) -> str:
    """Return the component of a codec; content of a codec without one is sent as a file."""
    return codec if codec in _MEDIA else codecs.FALLBACK


def encode_anything(value: Any, context: EncodeContext) -> Json:
    """Return JSON as it is, with media in it, however deep, in the shape of the era."""
    if isinstance(value, Mapping):
        return context.each_value(value, lambda item: encode_anything(item, context))
    value = unboxed(value)
    if isinstance(value, str):
        return value
    name = None if isinstance(value, list) else media_component(value)
    if name is None and isinstance(value, list | tuple):
        return context.each(value, lambda item: encode_anything(item, context))
    return _MEDIA[name].encode(value, context) if name else plain(value, context)


def decode_anything(value: Json, context: DecodeContext) -> Any:
    """Return JSON as it is, with each data URL and file in it decoded by its content."""
    if isinstance(value, str | DataURL):
        return decode_media(value, context) if is_url(value) else value
    if isinstance(value, dict):
        if file_object(value) is not None:
            return decode_media(value, context)
        return {key: _decoded(key, item, context) for key, item in value.items()}
    if isinstance(value, list) and not _PLAIN.issuperset(map(type, value)):
        return [_decoded(index, item, context) for index, item in enumerate(value)]
    return value


def decode_media(value: Json, context: DecodeContext) -> Any:
    """Return a picture, a sound, a video or a `File`, by content."""

    def decode(url: DataURL, name: str | None) -> Any:
        if codecs.codec_for(mime.detect(url)) == codecs.FALLBACK:
            return context.make_file(url, name or "file")
        return codecs.decode(url, limits=context.limits)

    return context.decode_content(value, decode)


def _decoded(step: Any, item: Json, context: DecodeContext) -> Any:
    # Most values are seen quickly to contain no file.
    if type(item) in _PLAIN or (type(item) is str and item[:1] not in _BEFORE_A_URL):
        return item
    with context.within(step):
        return decode_anything(item, context)


UNKNOWN = ComponentType(
    encode=encode_anything,
    decode=decode_anything,
    takes="what JSON can hold, media",
    gives="by content",
    reader=JSON_OR_FILE,
)
