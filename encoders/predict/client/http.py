"""HTTP: the driver of `Steps`, over connections that block or that an event loop waits for.

A server may close a connection that was kept open at any time, and closes it after many an error.
So a connection on which HTTP 500 or more was answered is not used again, and a request that finds
its connection closed, before anything was answered, is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from encoders.errors import EncodersError, PredictError, Remedy, bounded
from encoders.predict.address import brief
from encoders.predict.client.answer_body import PIECE, AnswerBody
from encoders.predict.client.steps import Answer, Request, Steps, T, Turn

if TYPE_CHECKING:
    from encoders.predict.client.connections import Connections, Response, Wait

_LONGEST_WAIT = 10.0**6  # seconds; sockets take no more than some billions
_SWITCHED = 101  # HTTP status
_MAY_CLOSE = 500  # HTTP status from which on a server may close the connection
_MOST_TRIES = 3
_TRY_LOCK_AGAIN = 0.01  # seconds
_LONGER = Remedy("raise", "timeout")


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
    """Return whether the lock is held."""
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


async def _exchange(
    connections: Connections, request: Request, end: float, timeout: float
) -> Answer:
    check_clock = partial(_check_clock, end, timeout, request)
    with _as_our_errors(request, timeout), connections.deadline(end) as wait:
        async with await _send(connections, request, wait) as response:
            head = response.head
            if request.socket and head.status_code == _SWITCHED:
                request.socket.check_accept(head.headers)
                while request.socket.answer is None:
                    check_clock()
                    if reply := request.socket.receive(await response.read(PIECE)):
                        await response.write(reply)
                return Answer(request.socket.answer, str(head.url))
            body = AnswerBody(request, head, check_clock)
            while (piece := await response.piece()) is not None:
                check_clock()
                if body.feed(piece):
                    break
                if request.follow_up and (follow_up := request.follow_up()):
                    await _exchange(connections, follow_up, end, timeout)
            if head.status_code >= _MAY_CLOSE:
                await response.close_connection()
            return body.answer()


async def _send(connections: Connections, request: Request, wait: Wait) -> Response:
    import httpcore

    for last in (*[False] * (_MOST_TRIES - 1), True):
        try:
            return await connections.send(request)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
            # Only a connection that had been kept open can be closed before anything was answered.
            is_new = wait.has_connected or wait.has_heard
            files = [file for _, (_, file, _) in request.files or ()]
            if last or is_new or not all(file.seekable() for file in files):
                raise
    raise AssertionError


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
