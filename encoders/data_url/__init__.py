"""Data URLs: parse, build, stream.

Follows the "data: URL processor" of the WHATWG Fetch standard
(https://fetch.spec.whatwg.org/#data-url-processor), which reads all that RFC 2397 allows and
forgives more; ``strict=True`` takes what RFC 2397 allows and nothing else.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from ipaddress import IPv6Address
from itertools import chain
from os import PathLike
from typing import BinaryIO, NamedTuple, TextIO
from urllib.parse import quote_from_bytes

from encoders.atomic.safe_file import BytesLike, write_all
from encoders.data_url import forgiving_base64 as b64
from encoders.data_url import media_type as media_types
from encoders.data_url.media_type import Parameters
from encoders.errors import DataURLError, clip
from encoders.limits import DEFAULT, Limits

OCTET_STREAM = "application/octet-stream"

_LONGEST_HEADER = 64 * 1024
_LONGEST_RESOLVED = _LONGEST_HEADER
_NO_TABS_OR_LINE_ENDS = str.maketrans("", "", "\t\n\r")
# What a URL without a valid media type declares.
UNLABELLED: tuple[str, Parameters] = ("text/plain", (("charset", "US-ASCII"),))
_C0_OR_SPACE = "".join(map(chr, range(0x21)))
_BASE64_FLAG = re.compile(r";\x20*base64\Z", re.IGNORECASE)
# What the URL parser escapes: C0 controls and non-ASCII; behind a "?" four signs more.
_PATH_ESCAPES = re.compile(r"[^\x20-\x7e]+")
_QUERY_ESCAPES = re.compile(r"[^\x21\x24-\x3b\x3d\x3f-\x7e]+")
# What stands behind "data:" if that is a slash: a host and port, a path, and a query or fragment.
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
_UNESCAPED_IN_BODY = "-._~!$&'()*+,;=:@/?"


@dataclass(frozen=True, slots=True)
class _Base64Text:
    """A body that is not decoded yet: a part of the text that it came in."""

    text: str
    start: int
    end: int
    url_safe: bool
    strict: bool

    def size(self) -> int:
        return b64.decoded_size(self.text, self.start, self.end)

    def longest(self) -> int:
        return (self.end - self.start) * 3 // 4

    def scan(self) -> Iterator[tuple[str, bytes]]:
        pieces = b64.slices(self.text, self.start, self.end)
        return b64.scan(pieces, url_safe=self.url_safe, strict=self.strict)

    def is_canonical(self) -> bool:
        try:
            for _ in replace(self, strict=True, url_safe=False).scan():
                pass
        except DataURLError:
            return False
        return True

    def chunks(self) -> Iterator[bytes]:
        return (data for _, data in self.scan())

    def part(self, offset: int, length: int) -> _Base64Text:
        """Return the whole groups of three bytes that hold those asked for, of plain text."""
        first = self.start + offset // 3 * 4
        last = self.start + -(-(offset + length) // 3) * 4
        return replace(self, start=min(first, self.end), end=min(last, self.end))


@dataclass(frozen=True, slots=True)
class _PercentText:
    text: str
    start: int
    end: int

    def size(self) -> int:
        return sum(map(len, self.chunks()))

    def longest(self) -> int:
        return 4 * (self.end - self.start)  # a character of the text is up to four bytes

    def chunks(self) -> Iterator[bytes]:
        return b64.unescape(b64.slices(self.text, self.start, self.end))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DataURL:
    """A data URL as an immutable value: a media type, its parameters and bytes.

    Two are equal if those three are, however they were written. What `parse` returns keeps a
    reference to its text and decodes it each time that the bytes are asked for.

    Attributes:
        media_type: the essence in lower case, such as ``image/png``, as declared.
        body: the bytes, or undecoded text; read `data` instead.
        parameters: ``(name, value)`` pairs in their order, names in lower case.

    Raises:
        DataURLError: reason "bad media type" or "bad parameter", for what a header cannot carry.

    >>> str(DataURL("text/plain", b"hi", (("charset", "utf-8"),)))
    'data:text/plain;charset=utf-8;base64,aGk='
    """

    media_type: str
    body: bytes | _Base64Text | _PercentText
    parameters: Parameters = ()
    _detected: str | None = field(default=None, init=False)  # the type of the content, if known

    def __post_init__(self) -> None:
        if isinstance(self.body, bytearray | memoryview):
            object.__setattr__(self, "body", bytes(self.body))
        if isinstance(self.body, bytes):
            media_types.check(self.media_type, self.parameters)

    @property
    def data(self) -> bytes:
        """The body's bytes. Raises `DataURLError` (reason "bad base64") if they cannot be had."""
        if isinstance(self.body, bytes):
            return self.body
        # BytesIO grows in place and hands out its buffer without a copy.
        buffer = io.BytesIO()
        for chunk in self.chunks():
            buffer.write(chunk)
        return buffer.getvalue()

    @property
    def size(self) -> int:
        """How many bytes `data` has, told from the text without decoding it."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.size()

    def reader(self) -> Callable[[int, int], bytes]:
        """Return a function that gives some bytes, of an offset and a length.

        It decodes only those, where the text is base64 with nothing forgiven in it.
        """
        body = self.body
        if isinstance(body, _Base64Text) and b64.is_plain(body.text, body.start, body.end):
            return partial(_read_plain, body)
        data = self.data
        return lambda offset, length: data[offset : offset + length]

    def chunks(self) -> Iterator[BytesLike]:
        """Yield the body's bytes in pieces of up to 192 KiB."""
        if not isinstance(self.body, bytes):
            return iter(self.body.chunks())
        view = memoryview(self.body)
        step = b64.ENCODE_CHUNK
        return (view[start : start + step] for start in range(0, len(view), step))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DataURL):
            return NotImplemented
        return (
            self.media_type == other.media_type
            and self.parameters == other.parameters
            and self.data == other.data
        )

    def __hash__(self) -> int:
        return hash((self.media_type, self.parameters, self.data))

    def __repr__(self) -> str:
        header = media_types.serialize(self.media_type, self.parameters)
        return f"<DataURL {header}, {self.size:,} bytes>"

    def __str__(self) -> str:
        return format(self)


def _read_plain(body: _Base64Text, offset: int, length: int) -> bytes:
    data = b"".join(body.part(offset, length).chunks())
    return data[offset % 3 : offset % 3 + length]


class Header(NamedTuple):
    """What stands before a data URL's comma."""

    media_type: str
    parameters: Parameters
    base64: bool


def parse(
    url: str | DataURL,
    *,
    strict: bool = False,
    url_safe: bool = False,
    max_bytes: int | None = DEFAULT.max_bytes,
) -> DataURL:
    """Return ``url`` as a `DataURL`, its body not decoded yet.

    Args:
        url: a data URL; one that is parsed already is returned as it is.
        strict: refuse what the standard forgives: white space, missing padding, a malformed media
            type, a fragment, a character that RFC 2397 does not allow.
        url_safe: take the URL-safe base64 alphabet (RFC 4648 section 5) too.
        max_bytes: bound on the decoded size, checked from the length, and on the header's; None for
            no bound. A header may have 64 KiB at most in any case.

    Raises:
        DataURLError: ``url`` is not a data URL. A body that is not base64 shows on decoding.
        LimitError: the body or the header is larger than ``max_bytes``.

    >>> url = parse("data:image/gif;base64,R0lGODdh")
    >>> url.media_type, url.size, url.data
    ('image/gif', 6, b'GIF87a')
    """
    if isinstance(url, str):
        url = _parse_text(url, strict, url_safe, max_bytes)
    elif not isinstance(url, DataURL):
        raise TypeError(f"a data URL is a str, not {type(url).__name__}")
    if max_bytes is not None and _longest(url) > max_bytes:
        Limits(max_bytes=max_bytes).check("max_bytes", url.size, "bytes in a data URL")
    return url


def format(url: DataURL, *, base64: bool = True) -> str:
    """Return ``url`` as text: in base64, or percent-encoded, which suits short plain text.

    `parse` gives an equal `DataURL` back.

    >>> format(DataURL("text/plain", b"a b"), base64=False)
    'data:text/plain,a%20b'
    """
    media_types.check(url.media_type, url.parameters)
    prefix = "data:" + media_types.serialize(url.media_type, url.parameters)
    if base64:
        return b64.encode_after(f"{prefix};base64,", url.chunks())
    return b64.concatenate(
        f"{prefix},", (quote_from_bytes(bytes(chunk), _UNESCAPED_IN_BODY) for chunk in url.chunks())
    )


def relabel(url: DataURL, media_type: str) -> str:
    """Return ``url`` in base64 under ``media_type`` and with no parameters.

    Base64 that is canonical already is not encoded again, and text that is right as it stands is
    returned itself.
    """
    body = url.body
    if not isinstance(body, _Base64Text):
        return format(DataURL(media_type, url.data))
    media_types.check(media_type, ())
    prefix = f"data:{media_type};base64,"
    if body.end == len(body.text) and body.text.startswith(prefix) and body.is_canonical():
        return body.text
    return b64.concatenate(prefix, (piece for piece, _ in body.scan()))


def encode_to(
    source: str | PathLike[str] | BinaryIO,
    sink: TextIO,
    *,
    media_type: str = OCTET_STREAM,
    parameters: Parameters = (),
) -> None:
    """Write ``source`` to ``sink`` as a base64 data URL, in less than 1 MiB of memory.

    Args:
        source: a path, or a binary file that is read from where it stands to its end.
        sink: a text file.
        media_type: the essence to declare; it is not looked for in the content.
        parameters: ``(name, value)`` pairs.
    """
    for piece in encode_pieces(source, media_type=media_type, parameters=parameters):
        sink.write(piece)


def encode_pieces(
    source: str | PathLike[str] | BinaryIO,
    *,
    media_type: str = OCTET_STREAM,
    parameters: Parameters = (),
) -> Iterator[str]:
    """Yield what `encode_to` writes. A path is open until the last piece is taken."""
    media_types.check(media_type, parameters)
    if not hasattr(source, "read"):
        with open(source, "rb", buffering=0) as file:
            yield from encode_pieces(file, media_type=media_type, parameters=parameters)
        return
    yield f"data:{media_types.serialize(media_type, parameters)};base64,"
    yield from b64.encode(iter(lambda: source.read(b64.ENCODE_CHUNK), b""))


def decode_to(
    source: str | PathLike[str] | TextIO,
    sink: BinaryIO,
    *,
    strict: bool = False,
    url_safe: bool = False,
    max_bytes: int | None = DEFAULT.max_bytes,
) -> Header:
    """Write the bytes of the data URL in ``source`` to ``sink``, in less than 4 MiB of memory.

    A long run of spaces and controls is held, though, until it is known whether it is the end.

    Args:
        source: the path of a text file, or a text file that is read from where it stands to its
            end.
        sink: a binary file. On an error it holds what came before the fault.
        strict: as in `parse`.
        url_safe: as in `parse`.
        max_bytes: bound on the decoded size, checked before a piece is written; None for no bound.

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
        text = _resolve(text + _read(source.read, _LONGEST_RESOLVED + 1 - len(text)))
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


def _read(read: Callable[[int], str], length: int, wanted: str | None = None) -> str:
    """Return so many characters, or fewer that end or have ``wanted`` in them.

    A single call to ``read`` may give fewer than it is asked for.
    """
    text = ""
    while not (wanted and wanted in text) and (piece := read(length - len(text))):
        text += piece
    return text


def _strip_end(pieces: Iterable[str]) -> Iterator[str]:
    """Yield ``pieces`` without the spaces and controls at the end, which they alone can tell."""
    held = ""
    for piece in pieces:
        bare = piece.rstrip(_C0_OR_SPACE)
        if bare:
            yield held + bare
            held = ""
        held += piece[len(bare) :].translate(_NO_TABS_OR_LINE_ENDS)


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
        return DataURL(
            header.media_type,
            _Base64Text(text, start, end, url_safe, strict),
            header.parameters,
        )
    if strict:
        _check_strict_body(text[start:end])
    return DataURL(header.media_type, _PercentText(text, start, end), header.parameters)


def _before_comma(text: str, strict: bool, max_bytes: int | None) -> str:
    """Return what stands between ``data:`` and the comma, without what the URL parser drops."""
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
        raise DataURLError(
            "not strict", f"the header {clip(header)} is not one that RFC 2397 allows"
        )
    return header


def _resolve(text: str) -> str:
    """Return a data URL that has a slash behind ``data:`` as the URL parser writes it.

    Such a path is one of segments, of which ``..`` takes away the one before, comma or not; behind
    two slashes stands a host. A long one stays as it is, since no stream could be read so: what is
    written in earnest and starts like this is base64, which has no dots.
    """
    if len(text) > _LONGEST_RESOLVED:
        return text
    url = text.strip(_C0_OR_SPACE).translate(_NO_TABS_OR_LINE_ENDS)
    found = _WITH_SLASH.fullmatch(url, 5)
    assert found is not None  # each part may be empty
    host, slash, path, rest = found.groups()
    start = "data:" if host is None else "data://" + (host and _check_host(host))
    return f"{start}{slash}{_without_dots(path)}{rest}"


def _check_host(text: str) -> str:
    """Return a host and port as the URL parser writes them; a login is refused, as in fetching."""
    found = _HOST.fullmatch(text)
    host, port = found.groups() if found else ("", None)
    if not _is_host(host) or int(port or 0) > 65535:
        raise DataURLError("not a data URL", f"{clip(text)} is no host that a URL can have")
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
    """Return what a header declares, in the standard's steps."""
    declared = _escape(declared).strip(" ")
    flag = _BASE64_FLAG.search(declared)
    if flag:
        declared = declared[: flag.start()]
    if declared.startswith(";"):
        declared = "text/plain" + declared
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
            "not strict", "the body holds a character that RFC 2397 wants percent-encoded"
        )
    return body


def _check_strict_pieces(pieces: Iterable[str]) -> Iterator[str]:
    held = ""  # an escape that was cut
    for piece in pieces:
        text = held + piece
        cut = text.rfind("%", max(0, len(text) - 2))
        held = text[cut:] if cut >= 0 else ""
        yield _check_strict_body(text.removesuffix(held))
    yield _check_strict_body(held)


def _longest(url: DataURL) -> int:
    """Return a bound on the size that needs no look at the body."""
    if isinstance(url.body, bytes):
        return len(url.body)
    return url.body.longest()
