"""The body of an answer, on its way to a reader, or the error that it stands for."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from encoders.errors import PredictError, Remedy, bounded, clip
from encoders.predict.address import brief
from encoders.predict.client.network.options import PROXY
from encoders.predict.client.steps import Request
from encoders.predict.events import server_error

if TYPE_CHECKING:
    import httpx

    from encoders.predict.client.connections import Wait

_PIECE = 256 * 1024  # bytes
_LONGEST_ERROR = 64 * 1024  # bytes of a body that a message can use
_MOST_ENCODINGS = 3
_LOGIN = (Remedy("pass", "auth", "(user, password)"), Remedy("pass", "token", "..."))


class Body:
    """A response's body on its way to a reader, unpacked in pieces that memory can hold."""

    def __init__(self, request: Request, head: httpx.Response, wait: Wait) -> None:
        self._request = request
        self._head = head
        self._wait = wait
        self._error = b""
        self._is_read = False
        encodings = head.headers.get("Content-Encoding", "").lower().split(",")
        names = [name.strip() for name in encodings if name.strip() not in ("", "identity")]
        if any(name not in ("gzip", "x-gzip") for name in names) or len(names) > _MOST_ENCODINGS:
            raise PredictError(
                f"the answer is encoded as {clip(', '.join(names))}: only gzip was asked for"
            )
        self._unzips = [zlib.decompressobj(31) for _ in names]  # 31 means gzip, RFC 1952

        if request.begin and head.is_success:
            request.begin(head.status_code, head.headers)

    def feed(self, chunk: bytes) -> bool:
        """Take a piece; return True if no more is wanted."""
        for piece in _unpacked(chunk, self._unzips, self._wait):
            if self._head.is_success:
                self._is_read = bool(self._request.reader.feed(piece))
            else:
                self._error += piece[: _LONGEST_ERROR - len(self._error)]
                self._is_read = len(self._error) >= _LONGEST_ERROR
            if self._is_read:
                break
        return self._is_read

    def close(self) -> Any:
        """Return what the reader made of the body.

        Raises:
            PredictError: the server refuses, or the body was cut off.
        """
        if self._head.is_success:
            if not self._is_read and not all(unzip.eof for unzip in self._unzips):
                raise PredictError("the gzip stream of the answer was cut off", broke=True)
            return self._request.reader.close()
        if self._head.is_redirect and self._request.form is not None:
            return None  # a login that succeeded redirects to "/"
        raise _refusal(self._head, self._error)


def _unpacked(chunk: bytes, unzips: list[Any], wait: Wait) -> Iterator[bytes]:
    """Yield what is in ``chunk``, which each of ``unzips`` unpacks in turn."""
    if not unzips:
        yield chunk
        return
    unzip, *rest = unzips
    piece = chunk
    while not unzip.eof and (chunk or piece):  # bytes after the end of the gzip stream are ignored
        wait.check_left()
        try:
            piece = unzip.decompress(chunk, _PIECE)
        except zlib.error as error:
            raise PredictError(
                f"the gzip stream of the answer is broken: {bounded(str(error))}"
            ) from error
        chunk = unzip.unconsumed_tail
        if piece:
            yield from _unpacked(piece, rest, wait)


def _refusal(head: httpx.Response, body: bytes) -> PredictError:
    status, location = head.status_code, head.headers.get("location")
    if head.is_redirect and location:
        return PredictError(
            f"HTTP {status}: the server redirects to {brief(location)}",
            status=status,
            redirect=location,
            remedy=(Remedy("do", value="call that URL"),),
        )
    if status == 401:
        return PredictError("HTTP 401: the server wants a login", status=status, remedy=_LOGIN)
    if status == 407:
        return PredictError("HTTP 407: the proxy wants a login", status=status, remedy=PROXY)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and ("error" in value or "detail" in value):
        return server_error(value, status)
    text = " ".join(body[:200].decode("utf-8", "replace").split())
    return PredictError(f"HTTP {status}: the server answered {clip(text)}", status=status)
