"""Media types as text: parse, validate, serialise.

Follows the WHATWG MIME Sniffing standard, sections 4.4 "Parsing a MIME type" and 4.5 "Serializing a
MIME type" (https://mimesniff.spec.whatwg.org/#parsing-a-mime-type).
"""

from __future__ import annotations

import re

from encoders.errors import DataURLError, Remedy, bounded, clip

Parameters = tuple[tuple[str, str], ...]

OCTET_STREAM = "application/octet-stream"
JSON = "application/json"
TEXT_PLAIN = "text/plain"

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_KEPT_TOKEN = re.compile(r"[!$%&'*+\-.^_`|~0-9a-z]+")  # parsing a URL leaves it as it is
_KEPT_ESSENCE = re.compile(f"{_KEPT_TOKEN.pattern}/{_KEPT_TOKEN.pattern}")
# A name, and its value: in quotes, which may be left open and have junk after them, or without.
_PARAMETER = re.compile(r'(?s)([^;=]*)(?:="((?:[^"\\]|\\.?)*+)"?[^;]*|=([^;]*))?(?:;|\Z)')
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
    return f"{main}/{sub}".lower(), _parse_parameters(rest) if rest else ()


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
    if not _KEPT_ESSENCE.fullmatch(essence):
        raise DataURLError(
            "bad media type",
            f"media type {clip(essence)} is not of the form type/subtype in lower-case tokens",
        )
    names = [name for name, _ in parameters]
    for name, value in parameters:
        if not _KEPT_TOKEN.fullmatch(name):
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
    for match in _PARAMETER.finditer(text):
        name, quoted, value = match.groups(default="")
        if match.start(2) >= 0:
            value = re.sub(r"(?s)\\(.)", r"\1", quoted)
        elif not (value := value.rstrip(_HTTP_WHITESPACE)):
            continue
        name = name.lstrip(_HTTP_WHITESPACE).lower()
        if _TOKEN.fullmatch(name) and _QUOTED_STRING_VALUE.fullmatch(value):
            found.setdefault(name, value)
    return tuple(found.items())


def _quote(value: str) -> str:
    if _TOKEN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
