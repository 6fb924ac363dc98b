"""HTTP: the driver of `Steps`, over connections that block or that an event loop waits for.

A server may close a connection that was kept open at any time, and closes it after many an error.
So a connection on which HTTP 500 or more was answered is not used again, and a request that finds
its connection closed, before anything was answered, is sent again.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from encoders.errors import EncodersError, PredictError, Remedy, bounded, clip
from encoders.predict.address import brief
from encoders.predict.client.steps import Request, Steps, T, Turn
from encoders.predict.events import error_text

if TYPE_CHECKING:
    import httpx

    from encoders.predict.client.connections import Connections, Response, Wait

_LONGEST_WAIT = 10.0**6  # seconds; sockets take no more than some billions
_SWITCHED = 101  # HTTP status
_MAY_CLOSE = 500  # HTTP status from which on a server may close the connection
_MOST_TRIES = 3
_TRY_LOCK_AGAIN = 0.01  # seconds
_PIECE = 256 * 1024  # bytes
_LONGEST_ERROR = 64 * 1024  # bytes of a body that a message can use
_MOST_ENCODINGS = 3
_LONGER = Remedy("raise", "timeout")
_SOCKS = (Remedy("do", value="pip install 'httpcore[socks]'"),)
_LOGIN = (Remedy("pass", "auth", "(user, password)"), Remedy("pass", "token", "..."))


def run(steps: Steps[T], connections: Connections, timeout: float) -> T:
    """Take each step that ``steps`` yields and return what they return, blocking while waiting.

    Errors are raised where ``steps`` wait for the answer.

    Raises:
        PredictError: a request fails, or ``timeout`` seconds go by.
    """
    try:
        run_async(steps, connections, timeout).send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    raise AssertionError("connections that block have suspended")


async def run_async(steps: Steps[T], connections: Connections, timeout: float) -> T:
    """As `run`, without blocking the event loop while waiting if ``connections`` are async."""
    if not timeout > 0:
        raise ValueError(f"timeout={timeout}: expected a number of seconds above 0")
    end = time.monotonic() + min(timeout, _LONGEST_WAIT)
    try:
        step = next(steps)
        while True:
            take: Any = _exchange if isinstance(step, Request) else _wait_for_turn
            try:
                answer = await take(connections, step, end, timeout)
            except EncodersError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    finally:
        steps.close()


async def _wait_for_turn(connections: Connections, turn: Turn, end: float, timeout: float) -> bool:
    """Wait for a lock, and return whether the call has it now."""
    if turn.lock.acquire(blocking=False):
        return True
    if connections.is_async:
        import anyio

        while time.monotonic() <= end:
            await anyio.sleep(_TRY_LOCK_AGAIN)
            if turn.lock.acquire(blocking=False):
                return True
    elif _is_in_event_loop():  # whoever holds the lock may need this thread to go on
        if not turn.is_needed:
            return False
        raise PredictError(
            "another call of this event loop is under way",
            endpoint=turn.endpoint,
            remedy=(
                Remedy("in Python", value="await it"),
                Remedy("in Python", value="use predict_async"),
            ),
        )
    elif turn.lock.acquire(timeout=max(end - time.monotonic(), 0)):
        return True
    raise PredictError(
        f"another call was still under way after {timeout:g} s",
        endpoint=turn.endpoint,
        remedy=(_LONGER, Remedy("in Python", value="make an Interface for each")),
    )


def _is_in_event_loop() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _exchange(connections: Connections, request: Request, end: float, timeout: float) -> Any:
    with _as_our_errors(request, timeout), connections.deadline(end) as wait:
        async with aclosing(await _send(connections, request, wait)) as response:
            head = response.head
            if request.socket and head.status_code == _SWITCHED:
                request.socket.check_accept(head.headers)
                while request.socket.answer is None:
                    wait.check_left()
                    if reply := request.socket.receive(await response.read(_PIECE)):
                        await response.write(reply)
                return request.socket.answer
            body = _Body(request, head, wait)
            while (piece := await response.piece()) is not None:
                wait.check_left()
                if body.feed(piece):
                    break
                if request.follow_up and (follow_up := request.follow_up()):
                    await _exchange(connections, follow_up, end, timeout)
            if head.status_code >= _MAY_CLOSE:
                await response.close_connection()
            return body.close()


async def _send(connections: Connections, request: Request, wait: Wait) -> Response:
    import httpcore

    may_repeat = all(file.seekable() for _, (_, file, _) in request.files or ())
    for _ in range(_MOST_TRIES - 1):
        try:
            return await connections.send(request)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
            # Only a connection that had been kept open can be closed before anything was answered.
            if wait.has_connected or wait.has_heard or not may_repeat:
                raise
    return await connections.send(request)


class _Body:
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
                raise PredictError("the gzip stream of the answer was cut off")
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
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and ("error" in value or "detail" in value):
        return PredictError(f"HTTP {status}: {error_text(value)}", status=status)
    text = " ".join(body[:200].decode("utf-8", "replace").split())
    return PredictError(f"HTTP {status}: the server answered {clip(text)}", status=status)


@contextmanager
def _as_our_errors(request: Request, timeout: float) -> Iterator[None]:
    """Turn whatever httpx and httpcore raise into our own errors, and say where each arose."""
    try:
        try:
            yield
        except EncodersError:
            raise
        except Exception as error:
            _raise_ours(error, request, timeout)
            raise
    except EncodersError as error:
        if isinstance(error, PredictError):
            error.endpoint = error.endpoint or request.endpoint
        error.source = error.source or request.endpoint or urlsplit(request.url).path
        raise


def _raise_ours(error: Exception, request: Request, timeout: float) -> None:
    """Raise our error for one of httpx, httpcore or the system, and nothing for any other.

    An error that may quote a header, and so a secret, is not shown as the cause.
    """
    import httpcore
    import httpx

    where, text = brief(request.url), bounded(str(error)) or type(error).__name__
    if isinstance(error, ImportError):
        message = f"no server can be reached at {where} through a SOCKS proxy: {text}"
        raise PredictError(message, remedy=_SOCKS) from error
    if isinstance(error, httpcore.TimeoutException | TimeoutError):
        message = f"no complete answer from {where} in {timeout:g} s"
        raise PredictError(message, remedy=(_LONGER,)) from error
    if isinstance(error, httpcore.LocalProtocolError):
        raise PredictError(f"nothing can be sent to {where}") from None
    if isinstance(error, httpcore.ConnectError | httpcore.UnsupportedProtocol | httpx.InvalidURL):
        raise PredictError(f"no server can be reached at {where}: {text}") from error
    if isinstance(error, httpcore.NetworkError | httpcore.ProtocolError | httpcore.ProxyError):
        raise PredictError(f"the connection to {where} broke: {text}") from error
    if isinstance(error, RuntimeError):
        raise PredictError(f"the connections to {where} were closed: {text}") from error
    if isinstance(error, ValueError | OverflowError | OSError | ExceptionGroup):
        message = f"no server can be reached at {where}: {type(error).__name__}"
        raise PredictError(message) from None
