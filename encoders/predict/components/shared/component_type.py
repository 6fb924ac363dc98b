"""The row of a component: all that is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from encoders.predict.components.shared.from_text import JSON_OR_FILE, TextReader
from encoders.predict.eras import Version
from encoders.predict.values import Json
from encoders.predict.wire.context import DecodeContext, EncodeContext

Options = Mapping[str, Any]
Encode = Callable[[Any, EncodeContext], Json]
Decode = Callable[[Json, DecodeContext], Any]
Example = Callable[[Options, Any], Any]
AnswerShape = Callable[[Json, Any], Json]


def _plain_example(options: Options, start: Any) -> Any:
    return start


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentType:
    """All that is known of one component.

    Attributes:
        encode: a Python value, never None, to its JSON.
        decode: its JSON, never null, to a Python value.
        takes: the Python types that `encode` takes, in words.
        gives: what `decode` gives, in words.
        aliases: other names of it.
        since: the first version of Gradio that has the component.
        until: the first version that no longer has it.
        none: the JSON for None, where that is not ``null``.
        infers: whether a Python value is one that the component is inferred from.
        reader: how text of a command line or a pipe becomes a value.
        has_files: whether files can be in its output.
        has_choices: whether its options list the values that it takes.
        is_state: whether its value stays on the server.
        constraints: phrases that say which values its options allow.
        example: a small value that it takes, of its options and the value that it starts with.
        answer: an example of what `decode` gives, where that is more than `example`.
        answer_shapes: how an answer's JSON differs from an input's, of that JSON and the value.
        refers_since: from which version on answers refer to files instead of holding them.
        helper: what in this package turns one value into its part of the JSON.
    """

    encode: Encode
    decode: Decode
    takes: str
    gives: str
    aliases: tuple[str, ...] = ()
    since: Version = (2, 0)
    until: Version | None = None
    none: Callable[[EncodeContext], Json] | None = None
    infers: Callable[[Any], bool] | None = None
    reader: TextReader = JSON_OR_FILE
    has_files: bool = True
    has_choices: bool = False
    is_state: bool = False
    constraints: Callable[[Options], Iterator[str]] | None = None
    example: Example = _plain_example
    answer: Any = None
    answer_shapes: Mapping[Version, AnswerShape] | None = None
    refers_since: Version = (3, 20)
    helper: str = "the value itself"
