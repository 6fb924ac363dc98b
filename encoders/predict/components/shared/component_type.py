"""The row of a component: all that is known of it, and how text becomes its value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from encoders.predict.components.shared.forms import Field
from encoders.predict.components.shared.options import Options
from encoders.predict.eras import Version
from encoders.predict.values import Json
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.schemas import Schema, SchemaContext
from encoders.source import is_data_url


@dataclass(frozen=True, slots=True)
class TextReader:
    """How text becomes the value of a component; other text is a `ValueError`.

    Attributes:
        read: the text of a command line, and the component's options, to a value.
        read_content: text from a pipe or a file to a value; `read` of the stripped text by default.
            Unlike the text of a command line, it never names a file.
        read_bytes: bytes from a pipe to a value, where they are not text.
        file_form: the format of a file that is named after ``@``, such as "JSON"; empty where
            ``@`` has no meaning.
        takes_empty: whether empty text is a value, and not None.
    """

    read: Callable[[str, Options], Any]
    read_content: Callable[[str], Any] | None = None
    read_bytes: Callable[[bytes], Any] | None = None
    file_form: str = ""
    takes_empty: bool = False


def read_media(text: str) -> Any:
    """Return a data URL as it is, and other text as a path."""
    return text if is_data_url(text) else Path(text)


def read_media_list(text: str) -> Any:
    """Return one path, or the paths in a JSON list."""
    if text.startswith("["):
        return [read_media(str(item)) for item in json.loads(text)]
    return read_media(text)


def is_file(text: str) -> bool:
    """Tell whether text is the path of a file."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or NUL in it
        return False


def _json_or_file(text: str, options: Options) -> Any:
    if is_file(text):
        return Path(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


TEXT = TextReader(lambda text, _: text, str, takes_empty=True)
JSON = TextReader(lambda text, _: json.loads(text), json.loads, file_form="JSON")
MEDIA = TextReader(lambda text, _: read_media(text), read_bytes=bytes)
MEDIA_LIST = TextReader(lambda text, _: read_media_list(text), read_bytes=bytes)
JSON_OR_FILE = TextReader(_json_or_file, read_bytes=bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentType:
    """All that is known of one component.

    Attributes:
        encode: a Python value, never None, to its JSON.
        decode: its JSON, never null, to a Python value.
        takes: the Python types that `encode` takes, in words.
        gives: what `decode` gives, in words; empty where that is what `encode` takes.
        aliases: other names of it.
        since: the first version of Gradio that has the component.
        until: the first version that no longer has it.
        none: the JSON for None, where that is not ``null``.
        infers: whether a Python value is one that the component is inferred from.
        reader: how text of a command line or a pipe becomes a value.
        has_files: whether files can be in its output.
        has_choices: whether its options list the values that it takes.
        is_state: whether its value stays on the server.
        check: refuses the JSON of an input that its options do not allow.
        constraints: phrases that say which values its options allow.
        schema: the JSON Schema of its JSON but null; of any JSON by default.
        example: a small value that it takes, or a function that makes one from its options and the
            value that it starts with, if any. In place of None, that starting value is the example;
            in place of text, True and False too, if it is of the same type.
        answer: an example of what `decode` gives, where that is more than `example`.
        answer_shapes: for each version where an answer's JSON differs from an input's: a function
            of that JSON and the value that returns the answer's; None where they are alike.
        refers_since: from which version on answers refer to files instead of holding them.
        fails_in_events: the first version whose ``/call/…`` cannot send its output, and the first
            after it whose can.
        helper: what in this package turns one value into its part of the JSON.
        asked: how a form asks for a value; as JSON by default.
        shown: which template of `encoders.view` shows what `decode` gives; "anything" shows the
            files in it, and the rest as JSON.
    """

    encode: Callable[[Any, EncodeContext], Json]
    decode: Callable[[Json, DecodeContext], Any]
    takes: str
    gives: str = ""
    aliases: tuple[str, ...] = ()
    since: Version = (2, 0)
    until: Version | None = None
    none: Callable[[EncodeContext], Json] | None = None
    infers: Callable[[Any], bool] | None = None
    reader: TextReader = JSON
    has_files: bool = True
    has_choices: bool = False
    is_state: bool = False
    check: Callable[[Json, EncodeContext], None] | None = None
    constraints: Callable[[Options], Iterator[str]] | None = None
    schema: Callable[[SchemaContext], Schema] = lambda _: {}
    example: Any = None
    answer: Any = None
    answer_shapes: Mapping[Version, Callable[[Json, Any], Json] | None] | None = None
    refers_since: Version = (3, 20)
    fails_in_events: tuple[Version, Version] | None = None
    helper: str = "the value itself"
    asked: Callable[[Options], Field] = lambda _: Field("anything")
    shown: str = "anything"

    def example_for(self, options: Options, start: Any) -> Any:
        """Return the example for a component with these options, and this starting value."""
        if callable(self.example):
            return self.example(options, start)
        if self.example is None:
            return start
        is_plain = isinstance(self.example, str | bool)
        return start if is_plain and type(start) is type(self.example) else self.example
