"""HTTP: the driver of `Steps`, over connections that block or that an event loop waits for.

A server may close a connection that was kept open at any time, and closes it after many an error.
So a connection on which HTTP 500 or more was answered is not used again, and a request that finds
its connection closed, before anything was answered, is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from encoders.errors import CallCancelledError, PredictError, Remedy
from encoders.predict.client.network.answers import Body
from encoders.predict.client.network.failures import LONGER, as_our_errors
from encoders.predict.client.steps import Cancelled, Pause, Request, Step, Steps, T, Turn

if TYPE_CHECKING:
    import anyio

    from encoders.predict.client.connections import Connections, Response, Wait

_LONGEST_WAIT = 10.0**6  # seconds; sockets take no more than some billions
_SWITCHED = 101  # HTTP status
_MAY_CLOSE = 500  # HTTP status from which on a server may close the connection
_TRY_LOCK_AGAIN = 0.01  # seconds
_AT_ONCE = 1.0  # seconds, in which even a far server says that it has closed a connection
_PIECE = 64 * 1024  # bytes
_REST_SECONDS = 0.05  # in which a stream ends after its last message
_MOST_REST = 4  # pieces


@dataclass(slots=True)
class Stop:
    """A way to end a call that runs in an event loop, from that loop.

    Attributes:
        is_set: whether the call is to end.
        scope: of what the call waits for.
        request: what the call waits for, if it is a request.
    """

    is_set: bool = False
    scope: anyio.CancelScope | None = None
    request: Request | None = None

    def set(self) -> None:
        """End what the call waits for."""
        import asyncio

        self.is_set = True
        if self.scope:
            patience = self.request.patience if self.request else 0
            # anyio.current_time() takes a task where sniffio is installed, as it is with trio.
            self.scope.deadline = asyncio.get_running_loop().time() + patience


def run(steps: Steps[T], connections: Connections, timeout: float) -> T:
    """Take each step that ``steps`` yields and return what they return, blocking while waiting.

    Errors, and Ctrl-C, are raised where ``steps`` wait for the answer.

    Raises:
        PredictError: a request fails, or ``timeout`` seconds go by.
    """
    try:
        run_async(steps, connections, timeout).send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    raise AssertionError("connections that block have suspended")


async def run_async(
    steps: Steps[T], connections: Connections, timeout: float, stop: Stop | None = None
) -> T:
    """As `run`, without blocking the event loop while waiting if ``connections`` are async.

    Raises:
        CallCancelledError: ``stop`` was set, and ``steps`` have ended the call.
    """
    check_timeout(timeout)
    end = time.monotonic() + min(timeout, _LONGEST_WAIT)
    try:
        step = next(steps)
        while True:
            try:
                if stop:
                    stop.request = step if isinstance(step, Request) else None
                answer = await stoppable(_take(connections, step, end, timeout), stop)
            except (Exception, KeyboardInterrupt, Cancelled) as error:
                if isinstance(error, Cancelled):
                    stop = None  # the requests that end the call are not cancelled
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as result:
        return result.value  # type: ignore[no-any-return]
    except Cancelled:
        raise CallCancelledError("the call was cancelled") from None
    finally:
        steps.close()


def check_timeout(timeout: float) -> None:
    """Raise a `ValueError` for what is no time to wait."""
    if not timeout > 0:
        raise ValueError(f"timeout={timeout}: expected a number of seconds above 0")


async def stoppable(taken: Coroutine[Any, Any, T], stop: Stop | None) -> T:
    """Await ``taken`` until ``stop`` is set.

    Raises:
        Cancelled: it was set.
    """
    if stop is None:
        return await taken
    import anyio

    with anyio.CancelScope() as stop.scope:
        if stop.is_set:
            stop.set()
        return await taken
    raise Cancelled


async def _take(connections: Connections, step: Step, end: float, timeout: float) -> Any:
    if isinstance(step, Request):
        return await _exchange(connections, step, end, timeout)
    if isinstance(step, Turn):
        return await _wait_for_turn(connections, step, end, timeout)
    if isinstance(step, Pause):
        return await _pause(connections, step, end, timeout)
    if connections.is_async:
        import anyio

        return await anyio.to_thread.run_sync(step.function)
    return step.function()


async def _wait_for_turn(connections: Connections, turn: Turn, end: float, timeout: float) -> None:
    """Wait for a lock until the call has it."""
    if turn.lock.acquire(blocking=False):
        return
    if connections.is_async:
        import anyio

        while time.monotonic() <= end:
            await anyio.sleep(_TRY_LOCK_AGAIN)
            if turn.lock.acquire(blocking=False):
                return
    elif turn.lock.acquire(timeout=max(end - time.monotonic(), 0)):
        return
    raise PredictError(
        f"another call was still under way after {timeout:g} s",
        endpoint=turn.endpoint,
        remedy=(LONGER, Remedy("in Python", value="make an Interface for each")),
    )


async def _pause(connections: Connections, pause: Pause, end: float, timeout: float) -> None:
    seconds = min(pause.seconds, max(end - time.monotonic(), 0))
    if connections.is_async:
        import anyio

        await anyio.sleep(seconds)
    else:
        time.sleep(seconds)
    if time.monotonic() >= end:
        raise PredictError(f"{pause.reason} after {timeout:g} s", remedy=(LONGER,))


async def _exchange(connections: Connections, request: Request, end: float, timeout: float) -> Any:
    with as_our_errors(request, timeout), connections.deadline(min(end, request.end)) as wait:
        async with aclosing(await _send(connections, request, wait)) as response:
            head = response.head
            if request.socket and head.status_code == _SWITCHED:
                request.socket.check_accept(head.headers)
                while request.socket.answer is None:
                    wait.check_left()
                    if reply := request.socket.receive(await response.read(_PIECE)):
                        await response.write(reply)
                return request.socket.answer
            body = Body(request, head, wait)
            while (piece := await response.piece()) is not None:
                wait.check_left()
                if body.feed(piece):
                    await _read_rest(connections, response)
                    break
                if request.follow_up and (follow_up := request.follow_up()):
                    await _exchange(connections, follow_up, end, timeout)
            if head.status_code >= _MAY_CLOSE:
                await response.close_connection()
            return body.close()


async def _read_rest(connections: Connections, response: Response) -> None:
    """Read the end of a stream whose last message has come, so that its connection is kept."""
    with suppress(Exception), connections.deadline(time.monotonic() + _REST_SECONDS):
        for _ in range(_MOST_REST):
            if await response.piece() is None:
                return


async def _send(connections: Connections, request: Request, wait: Wait) -> Response:
    """Send a request, again if a connection that was kept open turns out to be closed.

    The pool takes no connection that it sees closed, so this is for one that closes meanwhile. Its
    others may be about to close too, so that the second time there is a new one. A call may be sent
    again only if the server cannot have taken it, or gave up before it can have done much: the
    connection closed while the call was written, or at once after that.
    """
    import httpcore

    try:
        return await connections.send(request)
    except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
        # Only a connection that had been kept open can be closed before anything was answered.
        if wait.opened or wait.has_heard or not request.can_repeat:
            raise
        if request.body is not None and time.monotonic() > wait.last_write + _AT_ONCE:
            raise
    return await connections.send(request, is_fresh=True)
