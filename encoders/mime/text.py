"""Detection of text, and of what kind of text it is."""

from __future__ import annotations

import json
import re

from encoders.mime.media_type import kind
from encoders.mime.table import ROWS, canonical, essence, from_name
from encoders.source import Source

HEAD = 2048  # bytes of a file that are looked at first
_LONGEST_TYPE = 255  # RFC 6838, section 4.2: 127 characters on each side of the slash
_PLAIN, _JSON, _JSON_LINES, _XML = (essence(suffix) for suffix in ("txt", "json", "jsonl", "xml"))
_HTML_TYPE, _PHP, _STL, _NOTHING = (essence(suffix) for suffix in ("html", "php", "stl", "bin"))
_TEXTUAL = frozenset(row.essence for row in ROWS if row.is_text)
_INTERPRETERS = {program: row.essence for row in ROWS for program in row.interpreters}
# An XML document's root, what its head must have besides, and its type.
_ROOTS = {row.root[0]: (row.root[1], row.essence) for row in ROWS if row.root}

_TEXT_BYTES = bytes([*b"\t\n\f\r\x1b\b", *range(32, 256)])
# UTF-32 first: its mark begins as that of UTF-16.
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# An object's first name and the first character of its value: no other text begins so.
_JSON_START = re.compile(rb'[\s\[]*\{\s*"[^"\\\n]*"\s*:\s*["{\[\d\-tfn]')
# XML 1.0, sections 2.5, 2.6 and 2.8. All are possessive: untrusted input must not make them
# backtrack.
_COMMENT = rb"<!--(?:[^-]++|-(?!->))*+-->\s*+"
_INSTRUCTION = rb"<\?(?:[^?]++|\?(?!>))*+\?>\s*+"
_QUOTED = rb""" "[^"]*+" | '[^']*+' """.replace(b" ", b"")
_DECLARATION = rb"<!(?!--)(?:[^>\"']++|" + _QUOTED + rb")*+>"
_SUBSET = rb"\[(?:[^\]<]++|" + b"|".join((_COMMENT, _INSTRUCTION, _DECLARATION)) + rb")*+\]\s*+"
_DOCTYPE = (
    rb"<!doctype\s++(?!html\s*+>)(?:[^\[>\"']++|" + _QUOTED + rb")*+(?:" + _SUBSET + rb")?+>\s*+"
)
_PROLOG = rb"\s*+(?:" + b"|".join((_INSTRUCTION, _COMMENT, _DOCTYPE)) + rb")*+"
_HTML = re.compile(rb"\s*+(?:" + _COMMENT + rb")*+<(?:!doctype\s++html|html|head|body)\b", re.I)
_ROOT = re.compile(_PROLOG + rb"<(?:\w++:)?(\w++)", re.I)
_LONGEST_PROLOG = 1 << 18  # bytes in front of an XML document's root that are looked through
_ASCII_STL = re.compile(rb"solid\b[^\n]*\n\s*facet\s+normal\s")
_INTERPRETER = re.compile(rb"#!\s*/\S*?(?:/env\s+(?:-S\s+)?|/)([A-Za-z]+)[\d.]*(?:\s|$)")


def claimed_type(source: Source) -> str | None:
    """Return the media type that a file's name means, or else the one that its label declares."""
    named = from_name(source.name) if source.name else None
    label = source.label if len(source.label or "") <= _LONGEST_TYPE else None
    return named or (canonical(label) if label else None)


def by_text(head: bytes, source: Source) -> str | None:
    """Return the type of text, or None for what is not text."""
    claimed = claimed_type(source)
    if claimed and claimed not in _TEXTUAL and kind(claimed) != "text":
        claimed = None
    if not head:
        return claimed or _NOTHING
    if head[0] > 126 or 0 in head:
        head = _as_utf8(head)
    if 0 in head or head.translate(None, _TEXT_BYTES):
        return None
    first = head.lstrip()[:1]
    markup = _markup(head, source) if first == b"<" else None
    if markup and markup != _XML:
        return markup
    if claimed:
        return claimed
    if first in (b"{", b"["):
        return _json(head) or _PLAIN
    return markup or _code(head) or _PLAIN


def _as_utf8(head: bytes) -> bytes:
    """Return text as UTF-8 without a byte order mark; anything else as it is."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if encoding == "utf-8":
        return head[3:]
    if encoding is None and len(head) > 7 and 0 in head:  # every other byte of ASCII
        latin = {"utf-16-le": head[1::2], "utf-16-be": head[::2]}
        encoding = next((name for name, high in latin.items() if not any(high)), None)
    if encoding is None:
        return head
    whole = head[: len(head) & (~3 if encoding == "utf-32" else ~1)]
    text = whole.decode(encoding, "replace").rstrip("\ufffd")  # a character cut at the head's end
    return head if "\ufffd" in text else text.encode()


def _markup(head: bytes, source: Source) -> str | None:
    root = _ROOT.match(head)
    if root is None and source.size > HEAD and head.lstrip()[1:2] in (b"?", b"!"):
        head = _as_utf8(source.at(0, _LONGEST_PROLOG))
        root = _ROOT.match(head)
    name = root[1].lower() if root else b""
    needed, found = _ROOTS.get(name, (b"", ""))
    is_known = found and needed in head
    if (not is_known or name == b"html") and _HTML.match(head):
        return _HTML_TYPE
    if is_known:
        return found
    return _XML if head.lstrip().startswith(b"<?xml") else None


def _code(head: bytes) -> str | None:
    """Return the type of source code, or of an STL model, whose first lines say it."""
    if head.startswith(b"#!"):
        program = _INTERPRETER.match(head)
        return _INTERPRETERS.get(program[1]) if program else None
    if head.lstrip().startswith(b"<?php"):
        return _PHP
    return _STL if head.startswith(b"solid") and _ASCII_STL.match(head) else None


def _json(head: bytes) -> str | None:
    """Return the type of JSON or JSON Lines, which may be cut off at the head's end, or None."""
    whole = len(head) < HEAD
    if _JSON_START.match(head) and (not whole or head.rstrip().endswith((b"}", b"]"))):
        return _JSON_LINES if head.find(b"}\n{") >= 0 else _JSON
    text = head.decode("utf-8", "replace").strip()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError as error:
        cut = getattr(error, "pos", 0) >= len(text) - 16 or "Unterminated" in str(error)
        return _JSON if cut and not whole else None
    except RecursionError:
        return _JSON
    rest = text[end:].lstrip(" \t\r")
    if not rest:
        return _JSON
    return _JSON_LINES if re.match(r"\n\s*[{\[]", rest) else None
