"""Data URLs from text or files, by the steps of the WHATWG standard, or strictly by RFC 2397."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv6Address
from itertools import chain
from os import PathLike
from typing import BinaryIO, NamedTuple, TextIO
from urllib.parse import quote_from_bytes

from encoders.atomic import write_all
from encoders.data_url import forgiving_base64 as b64
from encoders.data_url import media_type as media_types
from encoders.data_url.media_type import TEXT_PLAIN, Parameters
from encoders.data_url.value import Base64Text, DataURL, PercentText
from encoders.errors import DataURLError, clip
from encoders.errors.reprs import brief
from encoders.limits import DEFAULT, Limits

_LONGEST_HEADER = 64 * 1024
_NO_TABS_OR_LINE_ENDS = str.maketrans("", "", "\t\n\r")
_C0_OR_SPACE = "".join(map(chr, range(0x21)))
# What a URL without a valid media type declares.
UNLABELLED: tuple[str, Parameters] = (TEXT_PLAIN, (("charset", "US-ASCII"),))

_BASE64_FLAG = re.compile(r";\x20*base64\Z", re.IGNORECASE)
# What the URL parser escapes: C0 controls and non-ASCII; after a "?" four more characters.
_PATH_ESCAPES = re.compile(r"[^\x20-\x7e]+")
_QUERY_ESCAPES = re.compile(r"[^\x21\x24-\x3b\x3d\x3f-\x7e]+")
# What follows "data:" if it starts with a slash: a host and port, a path, a query or fragment.
_WITH_SLASH = re.compile(r"(?://([^/?#]*))?(/?)([^?#]*)(.*)", re.DOTALL)
_HOST = re.compile(r"(?::?@)?(\[[0-9A-Fa-f:.]+\]|[^\0 :<>@\[\\\]^|]+)(?::(?:0*([0-9]{1,5}))?)?")
# RFC 2397 with the characters of RFC 3986.
_TOKEN = r"[A-Za-z0-9!$&'*+\-.^_`|~%]+"
_QUOTED = r"\"(?:[\x20\x21\x23-\x3e\x40-\x5b\x5d-\x7e]|\\[\x20-\x3e\x40-\x7e])*\""
_STRICT_HEADER = re.compile(
    rf"(?:{_TOKEN}/{_TOKEN})?(?:;{_TOKEN}=(?:{_TOKEN}|{_QUOTED}))*(?:;base64)?",
    re.IGNORECASE | re.ASCII,
)
_STRICT_BODY = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*")


class Header(NamedTuple):
    """The part of a data URL before its comma."""

    media_type: str
    parameters: Parameters
    base64: bool

    def __repr__(self) -> str:
        return brief(self)


def parse(
    url: str | DataURL,
    *,
    strict: bool = False,
    url_safe: bool = False,
    max_bytes: int | None = DEFAULT.max_bytes,
) -> DataURL:
    """Return ``url`` as a `DataURL`, its body not decoded yet.

    Args:
        url: a data URL; a `DataURL` is returned as it is.
        strict: refuse what the standard forgives: white space, missing padding, a malformed media
            type, a fragment, a character that RFC 2397 does not allow.
        url_safe: also accept the URL-safe base64 alphabet (RFC 4648 section 5).
        max_bytes: bound on the size of the decoded body, which is computed before it is decoded,
            and of the header; None for no bound. A header never has more than 64 KiB.

    Raises:
        DataURLError: ``url`` is not a data URL. Whether the body is base64 is checked on decoding.
        LimitError: the body or the header is larger than ``max_bytes``.

    >>> url = parse("data:image/gif;base64,R0lGODdh")
    >>> url.media_type, url.size, url.data
    ('image/gif', 6, b'GIF87a')
    """
    if isinstance(url, str):
        url = _parse_text(url, strict, url_safe, max_bytes)
    elif not isinstance(url, DataURL):
        raise TypeError(f"a data URL is a str, not {type(url).__name__}")
    longest = len(url.body) if isinstance(url.body, bytes) else url.body.longest()
    if max_bytes is not None and longest > max_bytes:
        Limits(max_bytes=max_bytes).check("max_bytes", url.size, "bytes in a data URL")
    return url


def decode_to(
    source: str | PathLike[str] | TextIO,
    sink: BinaryIO,
    *,
    strict: bool = False,
    url_safe: bool = False,
    max_bytes: int | None = DEFAULT.max_bytes,
) -> Header:
    """Write the bytes of the data URL in ``source`` to ``sink``, in less than 4 MiB of memory.

    A long run of spaces and controls takes more, until it is known whether the text ends there.

    Args:
        source: the path of a text file, or a text file that is read from its position to its end.
        sink: a binary file. After an error it holds the bytes before the fault.
        strict: as in `parse`.
        url_safe: as in `parse`.
        max_bytes: bound on the decoded size, checked before each write; None for no bound.

    Raises:
        DataURLError: ``source`` is not a data URL.
        LimitError: the body is larger than ``max_bytes``.
    """
    if not hasattr(source, "read"):
        with open(source, encoding="utf-8", errors="replace", newline="") as file:
            return decode_to(file, sink, strict=strict, url_safe=url_safe, max_bytes=max_bytes)
    text = _read(source.read, _LONGEST_HEADER, ",")
    declared = _before_comma(text, strict, max_bytes)
    if declared.startswith("/"):
        text = _resolve(text + _read(source.read, _LONGEST_HEADER + 1 - len(text)))
        declared = _before_comma(text, strict, max_bytes)
    header = _parse_header(declared)
    start = text.index(",") + 1
    first = text[start:] + source.read(b64.DECODE_CHUNK - len(text) + start)
    pieces: Iterator[str] = chain([first], iter(lambda: source.read(b64.DECODE_CHUNK), ""))
    if not strict:
        pieces = _strip_end(pieces)
    chunks: Iterator[bytes]
    if header.base64:
        chunks = (data for _, data in b64.scan(pieces, url_safe=url_safe, strict=strict))
    else:
        chunks = b64.unescape(_check_strict_pieces(pieces) if strict else pieces)
    size = 0
    for chunk in chunks:
        size += len(chunk)
        Limits(max_bytes=max_bytes).check("max_bytes", size, "bytes in a data URL so far")
        write_all(sink, chunk)
    return header


def _parse_text(text: str, strict: bool, url_safe: bool, max_bytes: int | None) -> DataURL:
    declared = _before_comma(text, strict, max_bytes)
    if declared.startswith("/"):
        text = _resolve(text)
        declared = _before_comma(text, strict, max_bytes)
    header = _parse_header(declared)
    start, end = text.index(",") + 1, len(text)
    if not strict:
        end = b64.end_without(_C0_OR_SPACE, text, start, end)
    if header.base64:
        body = Base64Text(text, start, end, url_safe, strict)
        return DataURL(header.media_type, body, header.parameters)
    if strict:
        _check_strict_body(text[start:end])
    return DataURL(header.media_type, PercentText(text, start, end), header.parameters)


def _before_comma(text: str, strict: bool, max_bytes: int | None) -> str:
    """Return the text between ``data:`` and the comma, without what the URL parser drops."""
    comma = text.find(",", 0, _LONGEST_HEADER)
    raw = text[: comma if comma >= 0 else 80]
    header = raw if strict else raw.lstrip(_C0_OR_SPACE).translate(_NO_TABS_OR_LINE_ENDS)
    if header[:5].lower() != "data:":
        raise DataURLError(
            "not a data URL", f"expected a data URL (data:…;base64,…), found {clip(raw)}"
        )
    if comma < 0 and len(text) >= _LONGEST_HEADER:
        length = max(text.find(","), _LONGEST_HEADER)
        Limits(max_bytes=max_bytes).check("max_bytes", length, "bytes in a data URL's header")
        raise DataURLError(
            "no comma", f"data URL {clip(raw)} has no comma in its first {_LONGEST_HEADER:,} bytes"
        )
    if comma < 0 or "#" in header:
        raise DataURLError("no comma", f"data URL {clip(raw)} has no comma before its body")
    header = header[5:]
    if strict and not _STRICT_HEADER.fullmatch(header):
        raise DataURLError("not strict", f"RFC 2397 does not allow the header {clip(header)}")
    return header


def _resolve(text: str) -> str:
    """Return a data URL with a slash after ``data:`` in the form that the URL parser gives it.

    Its path has segments, and ``..`` removes the segment before it, even one with the comma. Two
    slashes are followed by a host. A long URL stays as it is, since a stream could not be read this
    way; a real one of that form would be base64, which has no dots.
    """
    if len(text) > _LONGEST_HEADER:
        return text
    url = text.strip(_C0_OR_SPACE).translate(_NO_TABS_OR_LINE_ENDS)
    found = _WITH_SLASH.fullmatch(url, 5)
    assert found is not None  # each part may be empty
    host, slash, path, rest = found.groups()
    start = "data:" if host is None else "data://" + (host and _check_host(host))
    return f"{start}{slash}{_without_dots(path)}{rest}"


def _check_host(text: str) -> str:
    """Return a host and port as the URL parser writes them; a login is refused, as in Fetch."""
    found = _HOST.fullmatch(text)
    host, port = found.groups() if found else ("", None)
    if not _is_host(host) or int(port or 0) > 65535:
        raise DataURLError("not a data URL", f"{clip(text)} is not a valid host of a URL")
    return f"{host}:{port}" if port else host


def _is_host(text: str) -> bool:
    try:
        return bool(IPv6Address(text[1:-1]) if text.startswith("[") else text)
    except ValueError:
        return False


def _without_dots(path: str) -> str:
    kept: list[str] = []
    dots = ""
    for segment in path.split("/"):
        dots = segment.lower().replace("%2e", ".")
        if dots == "..":
            del kept[-1:]
        elif dots != ".":
            kept.append(segment)
    if dots in (".", ".."):
        kept.append("")
    return "/".join(kept)


def _parse_header(declared: str) -> Header:
    """Return what a header declares, by the steps of the standard."""
    declared = _escape(declared).strip(" ")
    flag = _BASE64_FLAG.search(declared)
    if flag:
        declared = declared[: flag.start()]
    if declared.startswith(";"):
        declared = TEXT_PLAIN + declared
    media_type, parameters = media_types.parse(declared) or UNLABELLED
    return Header(media_type, parameters, flag is not None)


def _escape(header: str) -> str:
    if header.isascii() and header.isprintable() and "?" not in header and header[:1] != "/":
        return header
    if header.startswith("/"):  # a path in segments, not an opaque one, escapes spaces too
        header = header.replace(" ", "%20")
    header = header.replace(" ?", "%20?")  # even an opaque one escapes a space at its end
    path, mark, query = header.partition("?")
    return _PATH_ESCAPES.sub(_percent, path) + mark + _QUERY_ESCAPES.sub(_percent, query)


def _percent(match: re.Match[str]) -> str:
    return quote_from_bytes(b64.utf8(match[0]), safe="")


def _check_strict_body(body: str) -> str:
    if not _STRICT_BODY.fullmatch(body):
        raise DataURLError(
            "not strict", "the body has a character that must be percent-encoded (RFC 2397)"
        )
    return body


def _read(read: Callable[[int], str], length: int, wanted: str | None = None) -> str:
    """Return ``length`` characters, or fewer at the end of the file or once ``wanted`` is found.

    A single call to ``read`` may return fewer than requested.
    """
    text = ""
    while not (wanted and wanted in text) and (piece := read(length - len(text))):
        text += piece
    return text


def _strip_end(pieces: Iterable[str]) -> Iterator[str]:
    """Yield ``pieces`` without the spaces and controls at the end of the last one."""
    pending = ""
    for piece in pieces:
        bare = piece.rstrip(_C0_OR_SPACE)
        if bare:
            yield pending + bare
            pending = ""
        pending += piece[len(bare) :].translate(_NO_TABS_OR_LINE_ENDS)


def _check_strict_pieces(pieces: Iterable[str]) -> Iterator[str]:
    pending = ""  # an escape that was cut
    for piece in pieces:
        text = pending + piece
        cut = text.rfind("%", max(0, len(text) - 2))
        pending = text[cut:] if cut >= 0 else ""
        yield _check_strict_body(text.removesuffix(pending))
    yield _check_strict_body(pending)
