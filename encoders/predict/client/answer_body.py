"""The body of an HTTP answer: unpacked within bounds, read, or turned into an error."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from encoders.errors import PredictError, Remedy, bounded, clip
from encoders.predict.address import brief
from encoders.predict.client.steps import Answer, Reader, Request
from encoders.predict.events import error_text

if TYPE_CHECKING:
    import httpx

CheckClock = Callable[[], None]  # raises where the deadline has passed

PIECE = 256 * 1024  # bytes
_LONGEST_ERROR = 64 * 1024
_MOST_ENCODINGS = 3
_LOGIN = (
    Remedy("pass", "auth", "(user, password)"),
    Remedy("pass", "token", "..."),
)


class AnswerBody:
    """A response's body on its way to a reader, unpacked in pieces that memory can hold."""

    def __init__(self, request: Request, response: httpx.Response, check_clock: CheckClock) -> None:
        self._request = request
        self._response = response
        self._check_clock = check_clock
        self._reader: Reader = request.reader if response.is_success else _ErrorReader()
        encodings = response.headers.get("Content-Encoding", "identity").lower().split(",")
        names = [name.strip() for name in encodings if name.strip() not in ("", "identity")]
        if any(name not in ("gzip", "x-gzip") for name in names) or len(names) > _MOST_ENCODINGS:
            raise PredictError(
                f"the answer is encoded as {clip(', '.join(names))}: only gzip was asked for"
            )
        self._gunzips = [_Gunzip() for _ in names]
        self._is_read = False

    def feed(self, chunk: bytes) -> bool:
        """Take a piece; return True if no more is wanted."""
        for piece in _unpacked(chunk, self._gunzips, self._check_clock):
            if self._reader.feed(piece):
                self._is_read = True
                break
        return self._is_read

    def answer(self) -> Answer:
        """Return what the reader made of the body.

        Raises:
            PredictError: the server refuses, or the body was cut off.
        """
        is_cut = any(gunzip.is_cut for gunzip in self._gunzips)
        if is_cut and not self._is_read and self._response.is_success:
            raise PredictError("the gzip stream of the answer was cut off")
        url, status = str(self._response.url), self._response.status_code
        if self._response.is_success:
            return Answer(self._reader.close(), url)
        location = None
        if self._response.is_redirect:
            location = self._response.headers.get("location")
            if self._request.form is not None:
                return Answer(None, url)  # a login that succeeded redirects to "/"
        raise _refusal(status, location, self._reader.close())


@dataclass(slots=True)
class _ErrorReader:
    """Reads as much of an error's body as a message can use."""

    data: bytes = b""

    def feed(self, chunk: bytes) -> bool:
        self.data += chunk[: _LONGEST_ERROR - len(self.data)]
        return len(self.data) >= _LONGEST_ERROR

    def close(self) -> bytes:
        return self.data


class _Gunzip:
    """Decompresses gzip (RFC 1952) piece by piece."""

    def __init__(self) -> None:
        self._object = zlib.decompressobj(31)

    @property
    def is_cut(self) -> bool:
        return not self._object.eof

    def feed(self, data: bytes, check_clock: CheckClock) -> Iterator[bytes]:
        if self._object.eof:
            return  # ignore trailing bytes after the gzip stream
        try:
            piece = b""
            while data or piece:
                check_clock()
                piece = self._object.decompress(data, PIECE)
                data = self._object.unconsumed_tail
                if piece:
                    yield piece
                if self._object.eof:
                    break
        except zlib.error as error:
            raise PredictError(
                f"the gzip stream of the answer is broken: {bounded(str(error))}"
            ) from error


def _unpacked(chunk: bytes, gunzips: list[_Gunzip], check_clock: CheckClock) -> Iterator[bytes]:
    if not gunzips:
        yield chunk
        return
    for piece in gunzips[0].feed(chunk, check_clock):
        yield from _unpacked(piece, gunzips[1:], check_clock)


def _refusal(status: int, location: str | None, body: bytes) -> PredictError:
    if location:
        return PredictError(
            f"HTTP {status}: the server redirects to {brief(location)}",
            status=status,
            location=location,
            remedy=(Remedy("do", value="call that URL"),),
        )
    if status == 401:
        return PredictError("HTTP 401: the server wants a login", status=status, remedy=_LOGIN)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and ("error" in value or "detail" in value):
        return PredictError(f"HTTP {status}: {error_text(value)}", status=status)
    text = " ".join(body[:200].decode("utf-8", "replace").split())
    return PredictError(f"HTTP {status}: the server answered {clip(text)}", status=status)
