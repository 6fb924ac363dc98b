"""Media types as text: parse, validate, serialise.

Follows the WHATWG MIME Sniffing standard, sections 4.4 "Parsing a MIME type" and 4.5 "Serializing a
MIME type" (https://mimesniff.spec.whatwg.org/#parsing-a-mime-type).
"""

from __future__ import annotations

import re

from encoders.errors import DataURLError, Remedy, bounded, clip

Parameters = tuple[tuple[str, str], ...]

OCTET_STREAM = "application/octet-stream"
TEXT_PLAIN = "text/plain"

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_QUOTED_STRING_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_SAFE_IN_HEADER = re.compile(r"[\x20-\x7e]*")
_HTTP_WHITESPACE = "\t\n\r "


def parse(text: str) -> tuple[str, Parameters] | None:
    """Return the essence in lower case and the parameters, or None if ``text`` is malformed."""
    text = text.strip(_HTTP_WHITESPACE)
    essence, _, rest = text.partition(";")
    main, slash, sub = essence.rstrip(_HTTP_WHITESPACE).partition("/")
    if not (slash and _TOKEN.fullmatch(main) and _TOKEN.fullmatch(sub)):
        return None
    return f"{main}/{sub}".lower(), _parse_parameters(rest)


def serialize(essence: str, parameters: Parameters) -> str:
    """Return ``essence`` with its parameters, quoted where they are not tokens."""
    return essence + "".join(f";{name}={_quote(value)}" for name, value in parameters)


def check(essence: str, parameters: Parameters) -> None:
    """Refuse what a data URL's header cannot carry unchanged.

    A data URL's header ends at the first comma, even one inside quotes; the URL parser cuts at
    ``#``, drops tabs and line ends, and escapes quotes after ``?``. So no value may have these.

    Raises:
        DataURLError: reason "bad media type" or "bad parameter".
    """
    main, _, sub = essence.partition("/")
    for part in (main, sub):
        if not _TOKEN.fullmatch(part) or "#" in part or part != part.lower():
            raise DataURLError(
                "bad media type",
                f"media type {clip(essence)} is not of the form type/subtype in lower-case tokens",
            )
    names = [name for name, _ in parameters]
    for name, value in parameters:
        if not _TOKEN.fullmatch(name) or "#" in name or name != name.lower():
            raise DataURLError(
                "bad parameter", f"parameter name {clip(name)} is not a lower-case token"
            )
        if not _SAFE_IN_HEADER.fullmatch(value) or any(sign in value for sign in ",#?"):
            raise DataURLError(
                "bad parameter",
                f"parameter {bounded(name, 40)}={clip(value)} has a character that a data URL's "
                "header cannot carry (comma, #, ?, control or non-ASCII)",
                remedy=(Remedy("do", value="percent-encode it"),),
            )
    if len(set(names)) != len(names):
        raise DataURLError("bad parameter", f"a parameter is given twice: {clip(', '.join(names))}")


def _parse_parameters(text: str) -> Parameters:
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        name, position = _collect(text, position, ";=")
        name = name.lstrip(_HTTP_WHITESPACE).lower()
        if position >= len(text):
            break
        if text[position] == ";":
            position += 1
            continue
        if text[position + 1 : position + 2] == '"':
            value, position = _parse_quoted(text, position + 2)
            _, position = _collect(text, position, ";")
        else:
            value, position = _collect(text, position + 1, ";")
            value = value.rstrip(_HTTP_WHITESPACE)
            if not value:
                position += 1
                continue
        position += 1
        if _TOKEN.fullmatch(name) and _QUOTED_STRING_VALUE.fullmatch(value):
            found.setdefault(name, value)
    return tuple(found.items())


def _collect(text: str, position: int, stops: str) -> tuple[str, int]:
    end = position
    while end < len(text) and text[end] not in stops:
        end += 1
    return text[position:end], end


def _parse_quoted(text: str, position: int) -> tuple[str, int]:
    """Return the value and the position after its closing quote, or at the end without one."""
    value = []
    while position < len(text) and text[position] != '"':
        if text[position] == "\\" and position + 1 < len(text):
            position += 1
        value.append(text[position])
        position += 1
    return "".join(value), position + 1


def _quote(value: str) -> str:
    if _TOKEN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
