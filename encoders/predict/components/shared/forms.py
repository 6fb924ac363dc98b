"""How a form asks for the value of a component."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from encoders.mime.media_type import KINDS
from encoders.predict.components.shared.options import Options, is_count, is_number, schema_types

MOST_CHOICES = 1000  # that a form shows


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form.

    Attributes:
        kind: which field it is; the form has a template for each.
        settings: what the template goes by, such as ``choices`` or ``minimum``.
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def text_field(options: Options, lines: int = 1) -> Field:
    """Return a field of text: ``lines`` high, with ``longest``, ``type`` and ``placeholder``."""
    kind, longest = options.get("type"), options.get("max_length")
    settings = {
        "lines": min(options["lines"], 30) if is_count(options.get("lines")) else lines,
        "longest": longest if is_count(longest) else None,
        "type": kind if kind in ("password", "email") else "text",
        "placeholder": _text(options.get("placeholder")),
    }
    return Field("text", settings)


def number_field(options: Options, kind: str = "number") -> Field:
    """Return a field of a number; ``minimum``, ``maximum`` and ``step`` may be None."""
    keys = ("minimum", "maximum", "step")
    settings = {key: value if is_number(value := options.get(key)) else None for key in keys}
    if options.get("precision") == 0 and settings["step"] is None:
        settings["step"] = 1
    return Field(kind, settings)


def file_field(options: Options, kind: str, accept: str = "") -> Field:
    """Return a field of a file: ``accept`` is what a browser offers.

    The server's ``sources`` are such as "upload", "webcam", "microphone" and "clipboard".
    """
    types = schema_types(options)
    sources = options.get("sources", options.get("source"))
    given = sources if isinstance(sources, list) else [sources]
    settings = {
        "accept": ",".join(_accepted(types)) or accept,
        "sources": [one for one in given if isinstance(one, str)],
    }
    return Field(kind, settings)


def _accepted(types: list[str]) -> Iterator[str]:
    """Yield file types as a browser has them: ``image`` is ``image/*``."""
    for one in types:
        if one.startswith(".") or "/" in one:
            yield one
        elif one in KINDS[:4]:  # those that are also the first part of media types
            yield f"{one}/*"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
