"""Files on their way to a server and back: from the disk, and onto it, piece by piece."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from encoders.atomic import write_all
from encoders.errors import PredictError
from encoders.limits import Limits
from encoders.predict.address import brief, is_own_url, origin, quoted
from encoders.predict.body import BodyReader, Parsed
from encoders.predict.client.steps import Request, Steps, repeated
from encoders.predict.values import Reference, summary

_LENGTH = re.compile("[0-9]{1,18}")
_STRONG_TAG = re.compile('"[!#-~]{1,200}"')  # RFC 9110, section 8.8.3

# Takes a file's name, how many of its bytes went up or down so far, and how many it has, if known.
Meter = Callable[[str, int, int | None], None]
_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metering(meter: Meter) -> Iterator[None]:
    """Let ``meter`` be told of each piece of a file that goes up or down for calls of the block."""
    token = _METER.set(meter)
    try:
        yield
    finally:
        _METER.reset(token)


def upload(url: str, files: list[tuple[str, BinaryIO, str]], limits: Limits) -> Steps[list[str]]:
    """Put files, each with a name and a media type, on a server; return their paths there."""
    parts = [
        ("files", (name, cast(BinaryIO, Outgoing(name, file)), media_type))
        for name, file, media_type in files
    ]
    answer: Parsed = yield from repeated(
        lambda: Request("POST", url, BodyReader(limits), "/upload", files=parts)
    )
    paths = answer.value if isinstance(answer.value, list) else []
    if len(paths) != len(files) or not all(isinstance(path, str) for path in paths):
        raise PredictError(
            f"{len(files)} files were uploaded and the server answered {summary(answer.value)}",
            endpoint="/upload",
        )
    return paths


def address(base: str, file_path: str, reference: Reference) -> str:
    """Return the URL of a file on the server ``base``, and on no other.

    Args:
        base: the server's URL.
        file_path: what stands between that and the path of a file.
        reference: the file.

    Raises:
        PredictError: the file is elsewhere.
    """
    if "://" not in reference.path:
        # Not reference.url, which Gradio 4.44 truncates and 5 leaves unescaped.
        return f"{base}{file_path}{quoted(reference.path)}"
    if is_own_url(base, reference.path):
        return reference.path
    is_here = origin(reference.path) == origin(base)
    where = f"another path than {brief(base)}" if is_here else "another server"
    raise PredictError(
        f"the answer refers to a file on {where}, {brief(reference.path)}: "
        "only files of the server that was called are fetched"
    )


class Outgoing(io.BufferedIOBase):
    """A file from its position on, which can be sent again if it can seek."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self._name = name
        self._file = file
        self._meter = _METER.get()
        self._start = file.tell() if file.seekable() else 0
        self._sent = 0
        self._total: int | None = None
        if self._meter and file.seekable():
            self._total = self.seek(0, io.SEEK_END)
            self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._file.read(-1 if size is None else size)
        self._sent += len(data)
        if self._meter:
            self._meter(self._name, self._sent, self._total)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = self._start if whence == io.SEEK_SET else 0
        self._sent = self._file.seek(start + offset, whence) - self._start
        return self._sent

    def tell(self) -> int:
        return self._file.tell() - self._start


@dataclass(slots=True)
class Download:
    """Writes a body to a file, and asks for the rest of one that broke off where it is the same.

    Attributes:
        name: of the file.
        file: where the body goes.
        limits: bounds on its size.
    """

    name: str
    file: BinaryIO
    limits: Limits
    _meter: Meter | None = field(default_factory=_METER.get, init=False)
    _size: int = field(default=0, init=False)
    _total: int | None = field(default=None, init=False)
    _tag: str | None = field(default=None, init=False)

    def request(self, url: str) -> Request:
        """Return a request for what is missing (RFC 9110, sections 13.1.5 and 14.2)."""
        headers = {"Accept-Encoding": "identity"}  # so that what is missing can be counted
        if self._tag and self._size:
            headers |= {"Range": f"bytes={self._size}-", "If-Range": self._tag}
        return Request("GET", url, self, "/file", more_headers=headers, begin=self._begin)

    def feed(self, chunk: bytes) -> None:
        self._size += len(chunk)
        self._check(self._size)
        write_all(self.file, chunk)
        if self._meter:
            self._meter(self.name, self._size, self._total)

    def close(self) -> None:
        """Do nothing: who opened the file closes it."""

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Go on where the file broke off, or at its start."""
        tag = _tag_of(headers)
        start = f"bytes {self._size}-"
        is_rest = bool(tag) and tag == self._tag
        if status == 206 and not (is_rest and headers.get("Content-Range", "").startswith(start)):
            self._tag = None
            raise PredictError("the server sends another part of the file", broke=True)
        if status != 206:
            self.file.seek(0)
            self.file.truncate()
            self._size = 0
        length = headers.get("Content-Length", "")
        is_known = _LENGTH.fullmatch(length) is not None and "Content-Encoding" not in headers
        self._total = self._size + int(length) if is_known else None
        self._tag = tag if is_known else None
        self._check(self._total or 0)

    def _check(self, size: int) -> None:
        self.limits.check("max_body_bytes", size, "bytes of a fetched file so far")
        self.limits.check("max_bytes", size, "bytes of a fetched file so far")


def _tag_of(headers: Mapping[str, str]) -> str | None:
    """Return what tells one state of a file from all others, byte for byte, or None."""
    tag = headers.get("ETag", "")
    return tag if _STRONG_TAG.fullmatch(tag) else None
