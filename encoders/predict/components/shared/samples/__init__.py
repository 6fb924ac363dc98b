"""Small files to show as examples.

``example.png`` is eight pixels square, with more red to the right and more green downwards.
``mask.png`` has its left half in white, the other half transparent. ``example.wav`` is a tenth of a
second of 440 Hz in 16 bits at 8000 Hz. ``example.mp4`` is a second of H.264, 64x48, from blue to
violet in five frames: PyAV's libx264 at crf 40, without the message in which the encoder names
itself and the empty list of tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from encoders.predict.values import File

_FOLDER = Path(__file__).parent
_NAMED_ALIKE = (".png", ".wav", ".mp4", ".txt", ".obj", ".csv", ".json")
_OF_KIND = {"image": ".png", "audio": ".wav", "video": ".mp4", "text": ".txt", "file": ".txt"}
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,9}){1,2}")


@cache
def sample(name: str) -> File:
    """Return one of the files in this folder."""
    return File((_FOLDER / name).read_bytes(), name)


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
    kinds = [kind.lower() for kind in listed if isinstance(kind, str)]
    text = sample("example.txt")
    if not kinds:
        return text
    for kind in kinds:
        suffix = _OF_KIND.get(kind.partition("/")[0], kind)
        if suffix in _NAMED_ALIKE:
            return sample(f"example{suffix}")
    return replace(text, name=f"example{kinds[0]}") if _SUFFIX.fullmatch(kinds[0]) else text


def map_media(value: Any, change: Callable[[bytes | File], Any]) -> Any:
    """Return an example with each of its media changed."""
    if isinstance(value, bytes | File):
        return change(value)
    if isinstance(value, dict):
        return {key: map_media(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map_media(item, change) for item in value)
    return value
