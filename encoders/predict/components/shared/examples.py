"""Media and files to show as examples of a component's values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from encoders.predict.samples import sample, sample_of_type
from encoders.predict.values import File, Json

_SUFFIX = re.compile(r"(\.[a-z0-9]{1,9}){1,2}")


def png() -> bytes:
    """Return the content of a picture."""
    return sample("example.png").data


def mask() -> bytes:
    """Return the content of a picture that marks the left half of `png`."""
    return sample("mask.png").data


def wav() -> bytes:
    """Return the content of a sound."""
    return sample("example.wav").data


def mp4() -> bytes:
    """Return the content of a video."""
    return sample("example.mp4").data


def named(data: bytes) -> File:
    """Return the `File` whose content `png`, `mask`, `wav` or `mp4` returned."""
    files = map(sample, ("example.png", "mask.png", "example.wav", "example.mp4"))
    return next(file for file in files if file.data == data)


def one_file(options: Mapping[str, Any]) -> File:
    """Return a file of a type that ``file_types`` allows, if possible with fitting content."""
    allowed = options.get("file_types")
    listed = allowed if isinstance(allowed, list | tuple) else [allowed]
    types = [each.lower() for each in listed if isinstance(each, str)]
    fitting = next((known for known in map(sample_of_type, types) if known), None)
    text = sample("example.txt")
    if fitting or not types:
        return fitting or text
    return replace(text, name=f"example{types[0]}") if _SUFFIX.fullmatch(types[0]) else text


def map_media(value: Any, change: Callable[[bytes | File], Any]) -> Any:
    """Return an example with each of its media changed."""
    if isinstance(value, bytes | File):
        return change(value)
    if isinstance(value, dict):
        return {key: map_media(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map_media(item, change) for item in value)
    return value


def as_input(json: Json, value: Any) -> Json:
    """Return the JSON of an answer that is like that of an input."""
    return json
