"""Readers: how text from a command line or a pipe becomes a component's value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from encoders.source import is_data_url

Read = Callable[[str, Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class TextReader:
    """How text becomes the value of a component; text that is no such value is a `ValueError`.

    Attributes:
        read: the text of a command line, and the component's options, to a value.
        read_content: text from a pipe or a file to a value. It names no file. By default the text
            is stripped of white space and read.
        read_bytes: bytes from a pipe to a value, where they are not text.
        file_form: the format of a file that is named after ``@``, such as "JSON"; empty where
            ``@`` has no meaning.
        takes_empty: whether empty text is a value, and not None.
    """

    read: Read
    read_content: Read | None = None
    read_bytes: Callable[[bytes], Any] | None = None
    file_form: str = ""
    takes_empty: bool = False


def media(text: str, options: Mapping[str, Any] | None = None) -> Any:
    """Return a data URL as it is, and other text as a path."""
    return text if is_data_url(text) else Path(text)


def media_list(text: str, options: Mapping[str, Any]) -> Any:
    """Return one path, or the paths in a JSON list."""
    return [media(str(item)) for item in json.loads(text)] if text.startswith("[") else media(text)


def json_value(text: str, options: Mapping[str, Any]) -> Any:
    """Return the value of JSON text."""
    return json.loads(text)


def text_itself(text: str, options: Mapping[str, Any]) -> Any:
    """Return the text."""
    return text


def is_file(text: str) -> bool:
    """Tell whether text is the path of a file."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or NUL in it
        return False


def content_itself(data: bytes) -> Any:
    """Return bytes, which are a file's content."""
    return data


def _json_or_file(text: str, options: Mapping[str, Any]) -> Any:
    if is_file(text):
        return Path(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


TEXT = TextReader(text_itself, text_itself, takes_empty=True)
JSON = TextReader(json_value, json_value, file_form="JSON")
MEDIA = TextReader(media, read_bytes=content_itself)
MEDIA_LIST = TextReader(media_list, read_bytes=content_itself)
JSON_OR_FILE = TextReader(_json_or_file, read_bytes=content_itself)
