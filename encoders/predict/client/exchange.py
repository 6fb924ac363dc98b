"""HTTP, apart from what is said over it: requests as values, and two drivers that send them.

What a call says is a generator that yields `Request`, and is sent `Answer`, or yields `Turn`; `run`
drives it with a `httpx.Client`, `run_async` with a `httpx.AsyncClient`. So every era's way to call
stands once.

A server may close a connection that was kept open at any time, and closes it after many an error.
So a connection on which HTTP 500 or more was answered is not used again, and a request that finds
its connection closed, before anything was answered, is sent again.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
import zlib
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Iterator
from contextlib import aclosing, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar
from urllib.parse import urlsplit

from encoders.errors import EncodersError, PredictError, bounded, clip
from encoders.limits import Limits
from encoders.predict.address import brief
from encoders.predict.body import BodyReader, Parsed
from encoders.predict.client.deadline import Wait, until
from encoders.predict.client.websocket import WebSocket
from encoders.predict.events import words

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
_Look = Callable[[], None]  # at the clock

_LONGEST_ERROR = 64 * 1024
_LONGEST_WAIT = 10.0**6  # seconds; sockets take no more than some billions
_PIECE = 256 * 1024
_SWITCHED = 101  # HTTP status
_MAY_CLOSE = 500  # HTTP status from which on a server may close the connection
_MOST_TRIES = 3
_LOOK_AGAIN = 0.01  # seconds
_MOST_PACKINGS = 3
_LOGIN = "the server wants a login: pass auth=(user, password), or token="


class Reader(Protocol):
    """Takes a body piece by piece."""

    def feed(self, chunk: bytes) -> bool:
        """Take a piece; return True if no more is wanted."""

    def close(self) -> Any:
        """Return what was read."""


@dataclass(slots=True)
class Request:
    """One HTTP request.

    Attributes:
        method, url: where to.
        reader: what takes the answer's body.
        endpoint: for error messages.
        body: JSON text.
        form: fields of a form.
        files: to upload, as ``(field, (name, file, media type))``.
        reply: says, after each piece of the answer, what to send besides while it goes on.
        socket: speaks with the server, once it has agreed to; ``reader`` gets nothing then.
    """

    method: str
    url: str
    reader: Reader
    endpoint: str | None = None
    body: bytes | None = None
    form: dict[str, str] | None = None
    files: list[tuple[str, tuple[str, BinaryIO, str]]] | None = None
    reply: Callable[[], Request | None] | None = None
    socket: WebSocket | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A wait for a lock, which is answered by whether it is held. Who holds it gives it back.

    Attributes:
        lock: to be held.
        endpoint: for error messages.
        is_needed: whether nothing may be done without it. The other locks are not waited for where
            their holder might wait for this very thread.
    """

    lock: threading.Lock
    endpoint: str | None = None
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: what the reader made of the body, and the URL that it came from."""

    value: Any
    url: str


Steps = Generator[Request | Turn, Any, T]


@dataclass(slots=True)
class JsonReader:
    """Reads a JSON body."""

    limits: Limits
    body: BodyReader = field(init=False)

    def __post_init__(self) -> None:
        self.body = BodyReader(self.limits)

    def feed(self, chunk: bytes) -> bool:
        self.body.feed(chunk)
        return False

    def close(self) -> Parsed:
        return self.body.close()


@dataclass(slots=True)
class BytesReader:
    """Reads a body whole, up to a bound."""

    limits: Limits
    data: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> bool:
        size = len(self.data) + len(chunk)
        self.limits.check("max_body_bytes", size, "bytes of a fetched file so far")
        self.limits.check("max_bytes", size, "bytes of a fetched file so far")
        self.data += chunk
        return False

    def close(self) -> bytes:
        return bytes(self.data)


@cache
def certificates() -> ssl.SSLContext:
    """Return the authorities that are trusted, read once: that takes some 20 ms."""
    import httpx

    return httpx.create_ssl_context()


def run(steps: Steps[T], client: httpx.Client, timeout: float) -> T:
    """Take each step that ``steps`` yields and return what they return.

    What goes wrong is raised where ``steps`` wait for the answer.

    Raises:
        PredictError: a request fails, or ``timeout`` seconds go by.
    """
    end = _end(timeout)
    try:
        step = next(steps)
        while True:
            try:
                answer = _taken(client, step, end, timeout)
            except EncodersError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    finally:
        steps.close()


async def run_async(steps: Steps[T], client: httpx.AsyncClient, timeout: float) -> T:
    """As `run`, without blocking the event loop while waiting."""
    end = _end(timeout)
    try:
        step = next(steps)
        while True:
            try:
                answer = await _taken_async(client, step, end, timeout)
            except EncodersError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    finally:
        steps.close()


def _end(timeout: float) -> float:
    if not timeout > 0:
        raise ValueError(f"timeout={timeout}: expected a number of seconds above 0")
    return time.monotonic() + min(timeout, _LONGEST_WAIT)


def _taken(client: httpx.Client, step: Request | Turn, end: float, timeout: float) -> Any:
    if isinstance(step, Request):
        return _exchange(client, step, end, timeout)
    if step.lock.acquire(blocking=False):
        return True
    if _is_in_event_loop():  # whoever holds the lock may need this thread to go on
        if step.is_needed:
            raise PredictError(
                "another call of this event loop is under way: await it, or use predict_async",
                endpoint=step.endpoint,
            )
        return False
    if not step.lock.acquire(timeout=max(end - time.monotonic(), 0)):
        raise _no_turn(step, timeout)
    return True


async def _taken_async(
    client: httpx.AsyncClient, step: Request | Turn, end: float, timeout: float
) -> Any:
    if isinstance(step, Request):
        return await _exchange_async(client, step, end, timeout)
    import anyio

    while not step.lock.acquire(blocking=False):
        if time.monotonic() > end:
            raise _no_turn(step, timeout)
        await anyio.sleep(_LOOK_AGAIN)
    return True


def _is_in_event_loop() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _no_turn(turn: Turn, timeout: float) -> PredictError:
    return PredictError(
        f"another call was still under way after {timeout:g} s: pass a longer timeout, "
        "or make an Interface for each",
        endpoint=turn.endpoint,
    )


def _exchange(client: httpx.Client, request: Request, end: float, timeout: float) -> Answer:
    look = partial(_check_time, end, timeout, request)
    with (
        _errors(request, timeout),
        until(end) as wait,
        closing(_sent(client, request, wait)) as response,
    ):
        if request.socket and response.status_code == _SWITCHED:
            _talk(request.socket, response, look)
            return Answer(request.socket.answer, str(response.url))
        body = _Body(request, response, look)
        # Not response.iter_raw(), which gives the connection to others as soon as it ends.
        assert isinstance(response.stream, Iterable)
        for chunk in response.stream:
            look()
            if body.feed(chunk):
                break
            if request.reply and (besides := request.reply()):
                _exchange(client, besides, end, timeout)
        if response.status_code >= _MAY_CLOSE:
            response.extensions["network_stream"].close()
        return body.answer()


async def _exchange_async(
    client: httpx.AsyncClient, request: Request, end: float, timeout: float
) -> Answer:
    import anyio

    look = partial(_check_time, end, timeout, request)
    with (
        _errors(request, timeout),
        until(end) as wait,
        anyio.fail_after(max(end - time.monotonic(), 0)),
    ):
        async with aclosing(await _sent_async(client, request, wait)) as response:
            if request.socket and response.status_code == _SWITCHED:
                await _talk_async(request.socket, response, look)
                return Answer(request.socket.answer, str(response.url))
            body = _Body(request, response, look)
            assert isinstance(response.stream, AsyncIterable)
            async for chunk in response.stream:
                if body.feed(chunk):
                    break
                if request.reply and (besides := request.reply()):
                    await _exchange_async(client, besides, end, timeout)
            if response.status_code >= _MAY_CLOSE:
                await response.extensions["network_stream"].aclose()
            return body.answer()


def _sent(client: httpx.Client, request: Request, wait: Wait) -> httpx.Response:
    import httpx

    for tries in range(_MOST_TRIES):
        sending = client.build_request(**_arguments(request, wait.end))
        try:
            return client.send(sending, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if not _may_send_again(request, wait, tries):
                raise
    raise AssertionError


async def _sent_async(client: httpx.AsyncClient, request: Request, wait: Wait) -> httpx.Response:
    import httpx

    for tries in range(_MOST_TRIES):
        sending = client.build_request(**_arguments(request, wait.end))
        try:
            return await client.send(sending, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if not _may_send_again(request, wait, tries):
                raise
    raise AssertionError


def _may_send_again(request: Request, wait: Wait, tries: int) -> bool:
    """Tell whether a connection that had been kept open was closed before anything was answered."""
    is_stale = not wait.has_connected and not wait.has_heard
    files = [file for _, (_, file, _) in request.files or ()]
    return is_stale and tries + 1 < _MOST_TRIES and all(file.seekable() for file in files)


def _talk(socket: WebSocket, response: httpx.Response, look: _Look) -> None:
    stream = response.extensions["network_stream"]
    socket.agree(response.headers)
    while socket.answer is None:
        look()
        reply = socket.receive(stream.read(_PIECE))
        if reply:
            stream.write(reply)


async def _talk_async(socket: WebSocket, response: httpx.Response, look: _Look) -> None:
    stream = response.extensions["network_stream"]
    socket.agree(response.headers)
    while socket.answer is None:
        look()
        reply = socket.receive(await stream.read(_PIECE))
        if reply:
            await stream.write(reply)


def _arguments(request: Request, end: float) -> dict[str, Any]:
    import httpx

    kind = {"Content-Type": "application/json"} if request.body else {}
    asked = request.socket.headers if request.socket else {"Accept-Encoding": "gzip"}
    return {
        "method": request.method,
        "url": request.url,
        "content": request.body,
        "data": request.form,
        "files": request.files,
        "headers": {**asked, **kind},
        "timeout": httpx.Timeout(max(end - time.monotonic(), 0.001)),
    }


def _check_time(end: float, timeout: float, request: Request) -> None:
    if time.monotonic() > end:
        raise _too_late(timeout, request)


def _too_late(timeout: float, request: Request) -> PredictError:
    return PredictError(
        f"no complete answer from {brief(request.url)} in {timeout:g} s: pass a longer timeout",
        endpoint=request.endpoint,
    )


@dataclass(slots=True)
class _ErrorReader:
    """Reads as much of an error's body as a message can use."""

    data: bytes = b""

    def feed(self, chunk: bytes) -> bool:
        self.data += chunk[: _LONGEST_ERROR - len(self.data)]
        return len(self.data) >= _LONGEST_ERROR

    def close(self) -> bytes:
        return self.data


class _Body:
    """A response's body on its way to a reader, unpacked in pieces that memory can hold."""

    def __init__(self, request: Request, response: httpx.Response, look: _Look) -> None:
        self._request = request
        self._response = response
        self._look = look
        self._reader: Reader = request.reader if response.is_success else _ErrorReader()
        packings = response.headers.get("Content-Encoding", "identity").lower().split(",")
        names = [name.strip() for name in packings if name.strip() not in ("", "identity")]
        if any(name not in ("gzip", "x-gzip") for name in names) or len(names) > _MOST_PACKINGS:
            raise PredictError(
                f"the answer is packed as {clip(', '.join(names))}: only gzip was asked for"
            )
        self._unpackers = [_Unpacker() for _ in names]
        self._is_read = False

    def feed(self, chunk: bytes) -> bool:
        for piece in _unpacked(chunk, self._unpackers, self._look):
            if self._reader.feed(piece):
                self._is_read = True
                break
        return self._is_read

    def answer(self) -> Answer:
        is_cut = any(unpacker.is_cut for unpacker in self._unpackers)
        if is_cut and not self._is_read and self._response.is_success:
            raise PredictError("the packed answer was cut off")
        url, status = str(self._response.url), self._response.status_code
        if self._response.is_success:
            return Answer(self._reader.close(), url)
        leads_on = self._response.is_redirect
        location = self._response.headers.get("location") if leads_on else None
        if leads_on and self._request.form is not None:
            return Answer(None, url)  # a login that went well leads to "/"
        message = _refusal(status, location, self._reader.close())
        raise PredictError(message, status=status, location=location)


class _Unpacker:
    """Undoes gzip (RFC 1952) a piece at a time."""

    def __init__(self) -> None:
        self._object = zlib.decompressobj(31)

    @property
    def is_cut(self) -> bool:
        return not self._object.eof

    def feed(self, data: bytes, look: _Look) -> Iterator[bytes]:
        if self._object.eof:
            return  # what comes after the end is nobody's
        try:
            piece = b""
            while data or piece:
                look()
                piece = self._object.decompress(data, _PIECE)
                data = self._object.unconsumed_tail
                if piece:
                    yield piece
                if self._object.eof:
                    break
        except zlib.error as error:
            raise PredictError(f"the packed answer broke: {bounded(str(error))}") from error


def _unpacked(chunk: bytes, unpackers: list[_Unpacker], look: _Look) -> Iterator[bytes]:
    if not unpackers:
        yield chunk
        return
    for piece in unpackers[0].feed(chunk, look):
        yield from _unpacked(piece, unpackers[1:], look)


def _refusal(status: int, location: str | None, body: bytes) -> str:
    if location:
        return f"HTTP {status}: the server sends us on to {brief(location)}; call it there"
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if status == 401:
        return f"HTTP 401: {_LOGIN}"
    if isinstance(said, dict) and ("error" in said or "detail" in said):
        return f"HTTP {status}: {words(said)}"
    text = " ".join(body[:200].decode("utf-8", "replace").split())
    return f"HTTP {status}: the server answered {clip(text)}"


@contextmanager
def _errors(request: Request, timeout: float) -> Iterator[None]:
    """Turn whatever httpx raises into our own errors, and tell each where it arose."""
    import httpcore  # which a WebSocket's connection comes from
    import httpx

    where = brief(request.url)
    try:
        yield
    except EncodersError as error:
        _place(error, request)
        raise
    except (httpx.TimeoutException, httpcore.TimeoutException, TimeoutError) as error:
        raise _placed(_too_late(timeout, request), request) from error
    except httpx.LocalProtocolError:
        # Its text may hold a header, and so a secret.
        raise _placed(PredictError(f"nothing can be sent to {where}"), request) from None
    except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        message = f"no server can be reached at {where}: {bounded(str(error))}"
        raise _placed(PredictError(message), request) from error
    except (httpx.HTTPError, httpx.StreamError, httpcore.NetworkError) as error:
        message = f"the connection to {where} broke: {bounded(str(error)) or type(error).__name__}"
        raise _placed(PredictError(message), request) from error
    except RuntimeError as error:  # httpx's word for a client that another thread has closed
        message = f"the connections to {where} were closed: {bounded(str(error))}"
        raise _placed(PredictError(message), request) from error
    except (ValueError, OverflowError, OSError, ExceptionGroup) as error:
        message = f"no server can be reached at {where}: {type(error).__name__}"
        raise _placed(PredictError(message), request) from None


def _placed(error: PredictError, request: Request) -> PredictError:
    _place(error, request)
    return error


def _place(error: EncodersError, request: Request) -> None:
    if isinstance(error, PredictError) and error.endpoint is None:
        error.endpoint = request.endpoint
    if error.source is None:
        error.source = request.endpoint or urlsplit(request.url).path
