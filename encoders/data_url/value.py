"""Data URLs as values, `DataURL`, and the text of a value or a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import BinaryIO, TextIO
from urllib.parse import quote_from_bytes

from encoders.atomic import BytesLike
from encoders.data_url import forgiving_base64 as b64
from encoders.data_url import media_type as media_types
from encoders.data_url.media_type import OCTET_STREAM, Parameters
from encoders.data_url.notebook import ShownInNotebook
from encoders.errors import DataURLError
from encoders.errors.reprs import ROOM, ShortRepr
from encoders.errors.text import one_line

_UNESCAPED_IN_BODY = "-._~!$&'()*+,;=:@/?"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DataURL(ShownInNotebook):
    """A data URL as an immutable value: a media type, its parameters and bytes.

    Two are equal if those three are, however they were written. A value from `parse` keeps a
    reference to its text, and decodes it each time that the bytes are read.

    Attributes:
        media_type: the essence in lower case, such as ``image/png``, as declared.
        body: the bytes, or undecoded text; read `data` instead.
        parameters: ``(name, value)`` pairs in their order, names in lower case.

    Raises:
        DataURLError: reason "bad media type" or "bad parameter": a header cannot carry it.

    >>> str(DataURL("text/plain", b"hi", (("charset", "utf-8"),)))
    'data:text/plain;charset=utf-8;base64,aGk='
    """

    media_type: str
    body: bytes | Base64Text | PercentText
    parameters: Parameters = ()
    _detected: str | None = field(default=None, init=False)  # the type of the content, if known

    def __post_init__(self) -> None:
        if isinstance(self.body, bytearray | memoryview):
            object.__setattr__(self, "body", bytes(self.body))
        if isinstance(self.body, bytes):
            media_types.check(self.media_type, self.parameters)

    @property
    def data(self) -> bytes:
        """The body's bytes. Raises `DataURLError` (reason "bad base64") if it is not base64."""
        if isinstance(self.body, bytes):
            return self.body
        # BytesIO grows in place and returns its buffer without a copy.
        buffer = io.BytesIO()
        for chunk in self.chunks():
            buffer.write(chunk)
        return buffer.getvalue()

    @property
    def size(self) -> int:
        """How many bytes `data` has, computed from the text without decoding it."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.size()

    def reader(self) -> Callable[[int, int], bytes]:
        """Return a function of an offset and a length that returns those bytes.

        It decodes only them if the text is canonical base64.
        """
        body = self.body
        if isinstance(body, Base64Text) and b64.is_plain(body.text, body.start, body.end):
            return body.part
        data = self.data
        return lambda offset, length: data[offset : offset + length]

    def chunks(self) -> Iterator[BytesLike]:
        """Yield the body's bytes in pieces of up to 192 KiB."""
        if not isinstance(self.body, bytes):
            return iter(self.body.chunks())
        return b64.slices(memoryview(self.body), 0, len(self.body), b64.ENCODE_CHUNK)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DataURL):
            return NotImplemented
        own, others = (self.media_type, self.parameters), (other.media_type, other.parameters)
        return own == others and self.data == other.data

    def __hash__(self) -> int:
        return hash((self.media_type, self.parameters, self.data))

    def __repr__(self) -> str:
        header = media_types.serialize(self.media_type, self.parameters)
        return f"<DataURL {one_line(header, ROOM)}, {self.size:,} bytes>"

    def __str__(self) -> str:
        return format(self)


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


def encode_to(
    source: str | PathLike[str] | BinaryIO,
    sink: TextIO,
    *,
    media_type: str = OCTET_STREAM,
    parameters: Parameters = (),
) -> None:
    """Write ``source`` to ``sink`` as a base64 data URL, in less than 1 MiB of memory.

    Args:
        source: a path, or a binary file that is read from its position to its end.
        sink: a text file.
        media_type: the essence to declare; the content is not inspected.
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
    """Yield what `encode_to` writes. A file at a path stays open until the last piece is read."""
    media_types.check(media_type, parameters)
    if not hasattr(source, "read"):
        with open(source, "rb", buffering=0) as file:
            yield from encode_pieces(file, media_type=media_type, parameters=parameters)
        return
    yield f"data:{media_types.serialize(media_type, parameters)};base64,"
    yield from b64.encode(iter(lambda: source.read(b64.ENCODE_CHUNK), b""))


def relabel(url: DataURL, media_type: str) -> str:
    """Return ``url`` in base64 under ``media_type`` and with no parameters.

    Canonical base64 is not encoded again, and a text that needs no change is returned itself.
    """
    body = url.body
    if not isinstance(body, Base64Text):
        return format(DataURL(media_type, url.data))
    media_types.check(media_type, ())
    prefix = f"data:{media_type};base64,"
    if body.end == len(body.text) and body.text.startswith(prefix) and body.is_canonical():
        return body.text
    return b64.concatenate(prefix, (piece for piece, _ in body.scan()))


@dataclass(frozen=True, slots=True, repr=False)
class Base64Text(ShortRepr):
    """A base64 body that is not decoded yet: a range of the URL's text."""

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

    def part(self, offset: int, length: int) -> bytes:
        """Return a range of the bytes of canonical text, and decode only the groups around it."""
        first = self.start + offset // 3 * 4
        last = self.start + -(-(offset + length) // 3) * 4
        groups = replace(self, start=min(first, self.end), end=min(last, self.end))
        return b"".join(groups.chunks())[offset % 3 : offset % 3 + length]


@dataclass(frozen=True, slots=True, repr=False)
class PercentText(ShortRepr):
    """A percent-encoded body that is not decoded yet: a range of the URL's text."""

    text: str
    start: int
    end: int

    def size(self) -> int:
        return sum(map(len, self.chunks()))

    def longest(self) -> int:
        return 4 * (self.end - self.start)  # a character of the text is up to four bytes

    def chunks(self) -> Iterator[bytes]:
        return b64.unescape(b64.slices(self.text, self.start, self.end))
