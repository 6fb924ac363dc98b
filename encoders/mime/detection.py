"""Detection of media types from content.

Formats are told by their first bytes, and the rarer ones by bytes further on; containers are looked
into (all in `encoders.mime.signatures`), text is told from binary by its characters; libmagic, or
puremagic where there is no libmagic, names the rest.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from typing import cast

from encoders.data_url.media_type import OCTET_STREAM, TEXT_PLAIN
from encoders.mime.containers import mpeg_audio
from encoders.mime.media_type import kind
from encoders.mime.signatures import LOOKED_FOR, by_place, by_signature
from encoders.mime.table import canonical, from_name
from encoders.source import Memory, Source, SourceLike, open_source, require_seekable

JSON = "application/json"
JSON_LINES = "application/jsonl"
HEAD = 2048
_LONGEST_TYPE = 255  # RFC 6838, section 4.2: 127 characters on each side of the slash

_IN_TEXT = bytes([*b"\t\n\f\r\x1b\b", *range(32, 256)])
# UTF-32 first: the mark of UTF-16 is half of its own.
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# What is text under another main type.
_TEXTUAL = frozenset(
    (
        "application/json",
        "application/jsonl",
        "application/geo+json",
        "application/x-ipynb+json",
        "application/xml",
        "application/yaml",
        "application/toml",
        "application/sql",
        "application/x-subrip",
        "message/rfc822",
        "model/gltf+json",
        "model/obj",
        "model/stl",
        "model/ply",
    )
)
# Binary types that content does not give away, or not for sure; any other that a name claims is
# looked up.
_SHAPELESS = ("model/stl", "application/x-onnx", OCTET_STREAM)
# An object's first name and its value's first sign: no other text starts so.
_JSON_START = re.compile(rb'[\s\[]*\{\s*"[^"\\\n]*"\s*:\s*["{\[\d\-tfn]')
_ALL_BYTES = bytes(range(256))
_WORD = re.compile(rb"[A-Za-z0-9!<>]{4}")
# XML 1.0, sections 2.5, 2.6 and 2.8. Possessive throughout: what strangers write must not make them
# try twice.
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
# An XML document's root, what its head must have besides, and its type.
_ROOTS = {
    b"html": (b"http://www.w3.org/1999/xhtml", "application/xhtml+xml"),
    b"rss": (b"version", "application/rss+xml"),
    b"feed": (b"http://www.w3.org/2005/Atom", "application/atom+xml"),
    b"gpx": (b"http://www.topografix.com/GPX", "application/gpx+xml"),
    b"kml": (b"/kml/2.", "application/vnd.google-earth.kml+xml"),
    b"collada": (b"COLLADASchema", "model/vnd.collada+xml"),
}
_SOLID = re.compile(rb"solid\b[^\n]*\n\s*facet\s+normal\s")
_INTERPRETER = re.compile(rb"#!\s*/\S*?(?:/env\s+(?:-S\s+)?|/)([A-Za-z]+)[\d.]*(?:\s|$)")
_INTERPRETERS = {
    **dict.fromkeys((b"sh", b"bash", b"dash", b"ksh", b"zsh"), "text/x-shellscript"),
    b"python": "text/x-python",
    b"node": "text/javascript",
    b"perl": "text/x-perl",
    b"php": "text/x-php",
    b"ruby": "text/x-ruby",
    b"Rscript": "text/x-r",
}


def detect(source: SourceLike | Source, name: str | None = None) -> str:
    """Return the essence of what ``source`` holds, such as ``image/png``.

    Only the head of a big file is read, and a few bytes further on in containers. A file object is
    left where it stood.

    Args:
        source: a path, bytes, a binary file that can seek, a data URL or a `Source`, which
            remembers what was found.
        name: a file name; by default the source's own, or a data URL's label. It settles what
            content cannot (CSV, Markdown, source code, OBJ …) and nothing else.

    Raises:
        MediaTypeError: a stream that cannot seek.
        DataURLError, OSError, TypeError: ``source`` cannot be read.

    >>> detect(b"GIF89a..."), detect(b"a,b", "table.csv"), detect(b"GIF89a...", "table.csv")
    ('image/gif', 'text/csv', 'image/gif')
    """
    if isinstance(source, Source):
        return _detect(source)
    if isinstance(source, bytes):
        return _detect(Memory(source, name))
    require_seekable(source)
    with open_source(source, name) as opened:
        return _detect(opened)


def _detect(source: Source) -> str:
    if source.detected is None:
        head = source.at(0, HEAD)
        source.detected = (
            by_signature(head, source) or _by_text(head, source) or _by_the_rest(head, source)
        )
    return source.detected


def _by_text(head: bytes, source: Source) -> str | None:
    """Return the type of text, or None for what is not text."""
    hint = _hint(source)
    if not head:
        return hint if hint and _is_textual(hint) else OCTET_STREAM
    if head[0] > 126 or 0 in head:
        head = _as_utf8(head)
    if 0 in head or head.translate(None, _IN_TEXT):
        return None
    first = head.lstrip()[:1]
    markup = _markup(head, source) if first == b"<" else None
    if markup and markup != "application/xml":
        return markup
    if hint and _is_textual(hint):
        return hint
    if first in (b"{", b"["):
        return _json(head) or TEXT_PLAIN
    return markup or _code(head) or TEXT_PLAIN


def _as_utf8(head: bytes) -> bytes:
    """Return text of known or plain encoding in UTF-8 with no mark, anything else as it is."""
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if encoding == "utf-8":
        return head[3:]
    if encoding is None and len(head) > 7 and 0 in head:  # every other byte, if of ASCII
        latin = {"utf-16-le": head[1::2], "utf-16-be": head[::2]}
        encoding = next((name for name, high in latin.items() if not any(high)), None)
    if encoding is None:
        return head
    whole = head[: len(head) & (~3 if encoding == "utf-32" else ~1)]
    text = whole.decode(encoding, "replace").rstrip("\ufffd")  # half a pair, at the head's end
    return head if "\ufffd" in text else text.encode()


def _markup(head: bytes, source: Source) -> str | None:
    root = _ROOT.match(head)
    if root is None and source.size > HEAD and head.lstrip()[1:2] in (b"?", b"!"):
        head = _as_utf8(source.at(0, _LONGEST_PROLOG))
        root = _ROOT.match(head)
    name = root[1].lower() if root else b""
    if name == b"svg":
        return "image/svg+xml"
    if _HTML.match(head):
        return "text/html"
    needed, essence = _ROOTS.get(name, (b"", ""))
    if essence and needed in head:
        return essence
    return "application/xml" if head.lstrip().startswith(b"<?xml") else None


def _code(head: bytes) -> str | None:
    """Return the type of text whose first lines say it."""
    if head.startswith(b"#!"):
        program = _INTERPRETER.match(head)
        return _INTERPRETERS.get(program[1]) if program else None
    if head.lstrip().startswith(b"<?php"):
        return "text/x-php"
    return "model/stl" if head.startswith(b"solid") and _SOLID.match(head) else None


def _by_the_rest(head: bytes, source: Source) -> str:
    """Return the type of a binary that does not begin as a common format does."""
    is_noise = _is_noise(head)
    found = None if is_noise else by_place(head, source)
    if found is None and mpeg_audio.begins_late(source):
        return "audio/mpeg"
    return found or _by_name(source) or (OCTET_STREAM if is_noise else _by_library(head))


def _by_name(source: Source) -> str | None:
    hint = _hint(source)
    return hint if hint in _SHAPELESS else None


def _hint(source: Source) -> str | None:
    """Return what the name says, or else the label."""
    named = from_name(source.name) if source.name else None
    label = source.label if len(source.label or "") <= _LONGEST_TYPE else None
    return named or (canonical(label) if label else None)


def _is_textual(media_type: str) -> bool:
    return kind(media_type) == "text" or media_type in _TEXTUAL


def _json(head: bytes) -> str | None:
    """Return the type of JSON or JSON Lines, whole or cut off at the head's end, or None."""
    whole = len(head) < HEAD
    if _JSON_START.match(head) and (not whole or head.rstrip().endswith((b"}", b"]"))):
        return JSON_LINES if head.find(b"}\n{") >= 0 else JSON
    text = head.decode("utf-8", "replace").strip()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError as error:
        cut = getattr(error, "pos", 0) >= len(text) - 16 or "Unterminated" in str(error)
        return JSON if cut and not whole else None
    except RecursionError:
        return JSON
    rest = text[end:].lstrip(" \t\r")
    if not rest:
        return JSON
    return JSON_LINES if re.match(r"\n\s*[{\[]", rest) else None


def _by_library(head: bytes) -> str:
    """Ask libmagic, or puremagic where there is none, about a binary that is no common format."""
    found = canonical(_library()(head))
    if found in LOOKED_FOR:
        return OCTET_STREAM
    return found if "/" in found and not found.startswith(("text/", "inode/")) else OCTET_STREAM


def _is_noise(head: bytes) -> bool:
    """Tell random bytes, of which libmagic takes one in eighty for a program or the like.

    256 of them lack 94 values on average; a format's head lacks more, or has a word in it.
    """
    absent = _ALL_BYTES.translate(None, head[:256])
    return len(absent) < 112 and not _WORD.search(head[:16])


@functools.cache
def _library() -> Callable[[bytes], str]:
    try:
        import magic

        return cast(Callable[[bytes], str], magic.Magic(mime=True).from_buffer)
    except (ImportError, OSError, AttributeError):
        return _pure


def _pure(head: bytes) -> str:
    import puremagic

    try:
        return str(puremagic.from_string(head, mime=True)) or OCTET_STREAM
    except (puremagic.PureError, ValueError):
        return OCTET_STREAM
