"""Examples to show: a small value that an input takes, and the JSON that an output answers."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from encoders.predict.components import encode
from encoders.predict.endpoints import MISSING, Parameter
from encoders.predict.eras import Version, at, in_range, server_version
from encoders.predict.samples import sample
from encoders.predict.values import File, Json, Reference
from encoders.predict.wire.context import EncodeContext

LOCAL = "http://127.0.0.1:7860"  # where a server of Gradio's listens by default

# Characters of JSON: a longer default is not an example, nor is what follows longer options.
_LONGEST, _LONGEST_EXAMPLE = 200, 1000
_PICTURES, _MEDIA = ("example.png", "mask.png"), ("example.wav", "example.mp4")
# What servers name the pictures that they write; None for the name that a picture has.
_PICTURE_NAMES: dict[Version, str | None] = {(2, 0): None, (4, 0): "image.webp"}


def example(parameter: Parameter) -> Any:
    """Return a small value that an input takes: its default, or one that its options allow.

    Media are bytes, or a `File` where its name counts. State, and an unknown component without a
    default, have None.

    >>> from encoders.predict import Component
    >>> example(Parameter(Component("Slider", {"minimum": 10, "maximum": 20}), "size"))
    15
    """
    if parameter.hidden:
        return None
    row = parameter.component.type
    made = row.example_for(parameter.component.options, starting_value(parameter))
    names = _map_media(made, lambda media: media.name if isinstance(media, File) else None)
    # A page repeats the example: long options of a server must not make it long.
    return made if _is_short(names, _LONGEST_EXAMPLE) else row.example_for({}, None)


def example_output(parameter: Parameter, era: str, *, url: str = LOCAL) -> Json:
    """Return JSON such as a server of ``era`` answers for an output.

    Args:
        parameter: the output.
        era: "2" to "6", or a Gradio version.
        url: where the server's API is, with its prefix; in the addresses of files from 4.0 on.

    >>> from encoders.predict import Component
    >>> example_output(Parameter(Component("Label"), "animal"), "3")["label"]
    'cat'
    """
    version = server_version(era)
    component = parameter.component
    if parameter.hidden or not component.exists_in(version):
        return None
    row = component.type
    value = example(parameter) if row.answer is None else row.answer
    if in_range(version, row.refers_since):
        value = _map_media(value, lambda media: _reference(media, version, url))
    sent = encode(value, component, EncodeContext(version=version))
    answered = at(row.answer_shapes, version) if row.answer_shapes else None
    return answered(sent, value) if answered else sent


def with_names(value: Any) -> Any:
    """Return an example with a `File` in place of the bytes of each of its media."""
    return _map_media(value, _named)


def starting_value(parameter: Parameter) -> Any:
    """Return the value that the component starts with on its page, if it is short and not empty."""
    options = parameter.component.options
    for value in (parameter.default, options.get("value"), options.get("default")):
        if value is not MISSING and value not in (None, "", [], {}) and _is_short(value, _LONGEST):
            return value
    return None


def _map_media(value: Any, change: Callable[[bytes | File], Any]) -> Any:
    """Return an example with each of its media changed."""
    if isinstance(value, bytes | File):
        return change(value)
    if isinstance(value, dict):
        return {key: _map_media(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_map_media(item, change) for item in value)
    return value


def _named(media: bytes | File) -> File:
    if isinstance(media, File):
        return media
    return next(file for file in map(sample, (*_PICTURES, *_MEDIA)) if file.data == media)


def _is_short(value: Json, longest: int) -> bool:
    try:
        return len(json.dumps(value, allow_nan=False)) <= longest
    except (TypeError, ValueError, RecursionError):
        return False  # not JSON after all


def _reference(media: bytes | File, version: Version, url: str) -> Reference:
    """Return an example as a file on a server."""
    file = _named(media)
    is_picture = file is not media and file.name in _PICTURES
    name = (at(_PICTURE_NAMES, version) if is_picture else None) or file.name
    path = f"/tmp/gradio/{zlib.crc32(file.data):08x}/{name}"
    size = len(file.data) if file is media else None
    return Reference(path, f"{url}/file={quote(path)}", name, size)
