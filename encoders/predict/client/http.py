"""HTTP: two drivers of `Steps`, one for a `httpx.Client`, one for a `httpx.AsyncClient`.

A server may close a connection that was kept open at any time, and closes it after many an error.
So a connection on which HTTP 500 or more was answered is not used again, and a request that finds
its connection closed, before anything was answered, is sent again.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, Iterable, Iterator
from contextlib import aclosing, closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from encoders.errors import EncodersError, PredictError, Remedy, bounded
from encoders.predict.address import brief
from encoders.predict.client.answer_body import PIECE, AnswerBody, CheckClock
from encoders.predict.client.deadline import Wait, deadline
from encoders.predict.client.steps import Answer, Request, Steps, T, Turn
from encoders.predict.client.websocket import WebSocket

if TYPE_CHECKING:
    import httpx

_LONGEST_WAIT = 10.0**6  # seconds; sockets take no more than some billions
_SWITCHED = 101  # HTTP status
_MAY_CLOSE = 500  # HTTP status from which on a server may close the connection
_MOST_TRIES = 3
_TRY_LOCK_AGAIN = 0.01  # seconds
_LONGER = Remedy("raise", "timeout")


def run(steps: Steps[T], client: httpx.Client, timeout: float) -> T:
    """Take each step that ``steps`` yields and return what they return.

    Errors are raised where ``steps`` wait for the answer.

    Raises:
        PredictError: a request fails, or ``timeout`` seconds go by.
    """
    end = _end(timeout)
    try:
        step = next(steps)
        while True:
            try:
                answer = _take(client, step, end, timeout)
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
                answer = await _take_async(client, step, end, timeout)
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


def _take(client: httpx.Client, step: Request | Turn, end: float, timeout: float) -> Any:
    if isinstance(step, Request):
        return _exchange(client, step, end, timeout)
    if step.lock.acquire(blocking=False):
        return True
    if _is_in_event_loop():  # whoever holds the lock may need this thread to go on
        if step.is_needed:
            raise PredictError(
                "another call of this event loop is under way",
                endpoint=step.endpoint,
                remedy=(
                    Remedy("in Python", value="await it"),
                    Remedy("in Python", value="use predict_async"),
                ),
            )
        return False
    if not step.lock.acquire(timeout=max(end - time.monotonic(), 0)):
        raise _no_turn(step, timeout)
    return True


async def _take_async(
    client: httpx.AsyncClient, step: Request | Turn, end: float, timeout: float
) -> Any:
    if isinstance(step, Request):
        return await _exchange_async(client, step, end, timeout)
    import anyio

    while not step.lock.acquire(blocking=False):
        if time.monotonic() > end:
            raise _no_turn(step, timeout)
        await anyio.sleep(_TRY_LOCK_AGAIN)
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
        f"another call was still under way after {timeout:g} s",
        endpoint=turn.endpoint,
        remedy=(_LONGER, Remedy("in Python", value="make an Interface for each")),
    )


def _exchange(client: httpx.Client, request: Request, end: float, timeout: float) -> Answer:
    check_clock = partial(_check_clock, end, timeout, request)
    with (
        _as_our_errors(request, timeout),
        deadline(end) as wait,
        closing(_send(client, request, wait)) as response,
    ):
        if request.socket and response.status_code == _SWITCHED:
            _talk(request.socket, response, check_clock)
            return Answer(request.socket.answer, str(response.url))
        body = AnswerBody(request, response, check_clock)
        # Not response.iter_raw(), which gives the connection to others as soon as it ends.
        assert isinstance(response.stream, Iterable)
        for chunk in response.stream:
            check_clock()
            if body.feed(chunk):
                break
            if request.follow_up and (follow_up := request.follow_up()):
                _exchange(client, follow_up, end, timeout)
        if response.status_code >= _MAY_CLOSE:
            response.extensions["network_stream"].close()
        return body.answer()


async def _exchange_async(
    client: httpx.AsyncClient, request: Request, end: float, timeout: float
) -> Answer:
    import anyio

    check_clock = partial(_check_clock, end, timeout, request)
    with (
        _as_our_errors(request, timeout),
        deadline(end) as wait,
        anyio.fail_after(max(end - time.monotonic(), 0)),
    ):
        async with aclosing(await _send_async(client, request, wait)) as response:
            if request.socket and response.status_code == _SWITCHED:
                await _talk_async(request.socket, response, check_clock)
                return Answer(request.socket.answer, str(response.url))
            body = AnswerBody(request, response, check_clock)
            assert isinstance(response.stream, AsyncIterable)
            async for chunk in response.stream:
                if body.feed(chunk):
                    break
                if request.follow_up and (follow_up := request.follow_up()):
                    await _exchange_async(client, follow_up, end, timeout)
            if response.status_code >= _MAY_CLOSE:
                await response.extensions["network_stream"].aclose()
            return body.answer()


def _send(client: httpx.Client, request: Request, wait: Wait) -> httpx.Response:
    import httpcore

    for tries in range(_MOST_TRIES):
        sending = client.build_request(**_arguments(request, wait.end))
        try:
            return client.send(sending, stream=True)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
            if not _may_send_again(request, wait, tries):
                raise
    raise AssertionError


async def _send_async(client: httpx.AsyncClient, request: Request, wait: Wait) -> httpx.Response:
    import httpcore

    for tries in range(_MOST_TRIES):
        sending = client.build_request(**_arguments(request, wait.end))
        try:
            return await client.send(sending, stream=True)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
            if not _may_send_again(request, wait, tries):
                raise
    raise AssertionError


def _may_send_again(request: Request, wait: Wait, tries: int) -> bool:
    """Tell whether a connection that had been kept open was closed before anything was answered."""
    is_stale = not wait.has_connected and not wait.has_heard
    files = [file for _, (_, file, _) in request.files or ()]
    return is_stale and tries + 1 < _MOST_TRIES and all(file.seekable() for file in files)


def _talk(socket: WebSocket, response: httpx.Response, check_clock: CheckClock) -> None:
    stream = response.extensions["network_stream"]
    socket.check_accept(response.headers)
    while socket.answer is None:
        check_clock()
        reply = socket.receive(stream.read(PIECE))
        if reply:
            stream.write(reply)


async def _talk_async(socket: WebSocket, response: httpx.Response, check_clock: CheckClock) -> None:
    stream = response.extensions["network_stream"]
    socket.check_accept(response.headers)
    while socket.answer is None:
        check_clock()
        reply = socket.receive(await stream.read(PIECE))
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


def _check_clock(end: float, timeout: float, request: Request) -> None:
    if time.monotonic() > end:
        raise _too_late(timeout, request)


def _too_late(timeout: float, request: Request) -> PredictError:
    return PredictError(
        f"no complete answer from {brief(request.url)} in {timeout:g} s",
        endpoint=request.endpoint,
        remedy=(_LONGER,),
    )


@contextmanager
def _as_our_errors(request: Request, timeout: float) -> Iterator[None]:
    """Turn whatever httpx and httpcore raise into our own errors, and say where each arose."""
    try:
        yield
    except EncodersError as error:
        _locate(error, request)
        raise
    except Exception as error:
        made, cause = _our_error(error, request, timeout)
        if made is error:
            raise
        _locate(made, request)
        raise made from cause


def _our_error(
    error: Exception, request: Request, timeout: float
) -> tuple[Exception, Exception | None]:
    """Return our error, and its cause unless that may quote a header, and so a secret.

    What neither httpx, httpcore nor the system raises is returned as it is.
    """
    import httpcore
    import httpx

    where, text = brief(request.url), bounded(str(error)) or type(error).__name__
    if isinstance(error, httpcore.TimeoutException | TimeoutError):
        return _too_late(timeout, request), error
    if isinstance(error, httpcore.LocalProtocolError):
        return PredictError(f"nothing can be sent to {where}"), None
    unreachable = (httpcore.ConnectError, httpcore.UnsupportedProtocol, httpx.InvalidURL)
    if isinstance(error, unreachable):
        return PredictError(f"no server can be reached at {where}: {text}"), error
    broken = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError)
    if isinstance(error, (*broken, httpx.HTTPError, httpx.StreamError)):
        return PredictError(f"the connection to {where} broke: {text}"), error
    if isinstance(error, RuntimeError):  # httpx says so of a client that another thread has closed
        return PredictError(f"the connections to {where} were closed: {text}"), error
    if isinstance(error, ValueError | OverflowError | OSError | ExceptionGroup):
        return PredictError(f"no server can be reached at {where}: {type(error).__name__}"), None
    return error, None


def _locate(error: Exception, request: Request) -> None:
    if isinstance(error, PredictError) and error.endpoint is None:
        error.endpoint = request.endpoint
    if isinstance(error, EncodersError) and error.source is None:
        error.source = request.endpoint or urlsplit(request.url).path
