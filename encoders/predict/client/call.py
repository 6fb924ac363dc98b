"""A call that runs in the background: its outputs as they come, how far it is, and its result."""

from __future__ import annotations

import asyncio
import math
import threading
import time
import traceback
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from encoders.errors import CallCancelledError, EncodersError
from encoders.predict.body import Parsed
from encoders.predict.client.calls import CallOptions, Calls
from encoders.predict.client.http import Stop, check_timeout, run, run_async, stoppable
from encoders.predict.client.queues.messages import Edits, Watch
from encoders.predict.client.queues.status import State, Status
from encoders.predict.client.steps import Cancelled, Steps
from encoders.predict.responses import Response
from encoders.predict.values import Json

if TYPE_CHECKING:
    import anyio

    from encoders.predict.client.background import Background

T = TypeVar("T")
GONE = "the interface was closed, or belongs to another process"
_LONGEST_WAIT = 1.0  # seconds; Windows looks for Ctrl-C only between waits


class Call(Iterator[Response], AsyncIterator[Response]):
    """A call of an endpoint, which runs in the background. `Interface.submit` makes it.

    Iterating gives each output as it comes, once: a generator's every value, and one output of any
    other function. ``for``, ``async for``, `result` and ``await`` raise the errors that
    `Interface.predict` raises, and `CallCancelledError` after `cancel`.

    Outputs that are not taken may have ``max_body_bytes`` of memory together; with more, the call
    fails with a `LimitError`.

    Threads and tasks of asyncio or trio may use it at the same time. A task that is cancelled while
    it awaits a call cancels the call.

    Args:
        owner: what makes it, and closes its connections when nothing refers to that.
        background: where it runs.
        calls: the steps of calls.
        inputs: as in `Interface.predict`.
        named: likewise.
        options: likewise.
        timeout: seconds for the whole call, once it has begun.
        is_watched: whether it is of interest how far the call is, and what comes before its end.
        keeps_outputs: whether these outputs are kept until they are taken.
        turns: what it waits for before it begins, if anything.
        note_payload: takes the payload, just before it is sent, if anybody wants it.
    """

    def __init__(
        self,
        owner: object,
        background: Background,
        calls: Calls,
        inputs: tuple[Any, ...],
        named: Mapping[str, Any],
        options: CallOptions,
        timeout: float,
        *,
        is_watched: bool,
        keeps_outputs: bool = True,
        turns: AbstractAsyncContextManager[object] | None = None,
        note_payload: Callable[[Json], None] = lambda _: None,
    ) -> None:
        check_timeout(timeout)
        self._owner = owner
        self._background = background
        self._calls = calls
        self._options = options
        self._timeout = timeout
        self._limits = calls.limits(options)
        self._changed = threading.Condition()
        self._wakers: list[Callable[[], object]] = []
        self._status = Status()
        self._unread: deque[tuple[Parsed, bool]] = deque()
        self._unread_size = 0  # bytes
        self._keeps_outputs = keeps_outputs
        self._turns = turns or nullcontext()
        self._has_outputs = False
        self._edits = Edits(self._limits)
        self._result: Response | None = None
        self._error: BaseException | None = None
        self._stop = Stop()
        watch = Watch(self._set_status, self._add_output, note_payload) if is_watched else None
        steps = calls.predict(inputs, named, options, watch)
        background.running.add(self)
        background.start(self._run(steps))

    def __repr__(self) -> str:
        return f"<Call that is {self.status.state}>"

    @property
    def status(self) -> Status:
        """How far the call is."""
        return self._status

    def done(self) -> bool:
        """Tell whether the call has ended: whether `result` returns or raises at once."""
        return self._status.is_final

    def result(self, timeout: float | None = None) -> Response:
        """Wait for the end of the call and return its answer, of a generator the last value.

        Args:
            timeout: seconds to wait; by default as long as the call may take.

        Raises:
            TimeoutError: the call has not ended by then. It goes on.
            EncodersError: the call failed, as `Interface.predict` says.
            CallCancelledError: it was cancelled.
        """
        return self._wait(self._answer, timeout)

    def cancel(self) -> None:
        """End the call, here at once and on the server as soon as its version can.

        Gradio ends a generator at its next value, and from 4.31 on an ``async`` function where it
        waits. Other functions that have begun run to their end, whose result nobody gets. A call
        that has ended stays as it is.
        """
        if self._end("cancelled", CallCancelledError("the call was cancelled")):
            self._background.soon(self._stop.set)

    def __iter__(self) -> Call:
        return self

    def __next__(self) -> Response:
        output = self._wait(self._next_output)
        if output is None:
            raise StopIteration
        return output if isinstance(output, Response) else self._wait(self._read(output))

    def __aiter__(self) -> Call:
        return self

    async def __anext__(self) -> Response:
        output = await self._wait_async(self._next_output)
        if output is None:
            raise StopAsyncIteration
        if isinstance(output, Response):
            return output
        return await self._wait_async(self._read(output))

    def __await__(self) -> Generator[Any, None, Response]:
        return self._awaited().__await__()

    async def _awaited(self) -> Response:
        try:
            return await self._wait_async(self._answer)
        except Exception:
            raise
        except BaseException:  # the task is cancelled
            self.cancel()
            raise

    def _set_status(self, status: Status) -> None:
        with self._changed:
            if not self._status.is_final:
                self._status = status
        self._wake()

    def _add_output(self, output: Parsed, is_edit: bool) -> None:
        with self._changed:
            if self._keeps_outputs:
                size = self._unread_size = self._unread_size + output.size
                self._limits.check("max_body_bytes", size, "bytes of outputs not yet read")
                self._has_outputs = True
                self._unread.append((output, is_edit))
            if self._status.state == "waiting":
                self._status = Status("running")
        self._wake()

    async def _run(self, steps: Steps[Response]) -> None:
        background = self._background
        try:
            async with AsyncExitStack() as turns:
                for turn in (self._turns, background.slots):
                    await stoppable(turns.enter_async_context(turn), self._stop)
                result = await run_async(steps, background.connections, self._timeout, self._stop)
        except Exception as error:
            _forget_variables(error)
            self._end("failed", error)
        except Cancelled:  # before it has begun
            pass
        except asyncio.CancelledError:
            self._end("cancelled", CallCancelledError(GONE))
            raise
        except BaseException as error:
            self._end("failed", error)
            raise
        else:
            self._end("done", result=result)
        finally:
            steps.close()
            background.running.discard(self)

    def _end(
        self, state: State, error: BaseException | None = None, result: Response | None = None
    ) -> bool:
        """Note how the call has ended, and return whether it had not ended before."""
        with self._changed:
            if self._status.is_final:
                return False
            self._status = Status(state)
            self._error, self._result = error, result
        self._wake()
        return True

    def _answer(self) -> tuple[Response] | None:
        """Return the answer, or None before it has come."""
        if self._error:
            raise self._error
        return None if self._result is None else (self._result,)

    async def _change(self, seen: Status) -> Response | Status | None:
        """Wait for a status other than ``seen``, or for an output; None once there are no more.

        An output is not given if a later one is there already. The answer is none of them. Where
        the call has failed, this raises its error.
        """
        while True:
            found = await self._wait_async(partial(self._newest, seen))
            if not isinstance(found, Parsed):
                return found
            with suppress(EncodersError):  # its files may be gone from the server by now
                return await self._wait_async(self._read(found))

    def _newest(self, seen: Status) -> tuple[Parsed | Status | None] | None:
        newest = None
        while self._unread:
            newest = self._next_output()
        if newest and isinstance(newest[0], Parsed):
            return (newest[0],)
        if self._status != seen and not self._status.is_final:
            return (self._status,)
        return None if self._answer() is None else (None,)

    def _next_output(self) -> tuple[Response | Parsed | None] | None:
        """Return the next output, or nothing at the end, in a tuple; None before it has come."""
        if self._unread:
            output, is_edit = self._unread[0]
            whole = self._edits.output(output, is_edit=is_edit)
            self._unread.popleft()  # not before: what cannot be edited raises again
            self._unread_size -= output.size
            return (whole,)
        if (answer := self._answer()) is None:
            return None
        is_output, self._has_outputs = not self._has_outputs, True
        return answer if is_output else (None,)

    def _read(self, output: Parsed) -> Callable[[], tuple[Response] | None]:
        """Begin to read an output; what is returned gives it, and None before it is there."""
        steps, connections = self._calls.read(output, self._options), self._background.connections
        if not self._options.fetches:
            response = run(steps, connections, self._timeout)
            return lambda: (response,)
        future = self._background.start(run_async(steps, connections, self._timeout))
        future.add_done_callback(self._wake)

        def fetched() -> tuple[Response] | None:
            if future.cancelled():
                raise CallCancelledError(GONE)
            return (future.result(),) if future.done() else None

        return fetched

    def _wake(self, _: object = None) -> None:
        """Let all look again for what they wait for."""
        with self._changed:
            self._changed.notify_all()
            wakers, self._wakers = self._wakers, []
        for wake in wakers:
            with suppress(RuntimeError):  # its event loop has ended
                wake()

    def _wait(self, ready: Callable[[], tuple[T] | None], timeout: float | None = None) -> T:
        end = math.inf if timeout is None else time.monotonic() + timeout
        with self._changed:
            while True:
                is_alive = self._background.is_alive
                if (found := ready()) is not None:
                    return found[0]
                if not is_alive:
                    raise CallCancelledError(GONE)
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"the call has not ended in {timeout:g} s, and goes on")
                self._changed.wait(min(left, _LONGEST_WAIT))

    async def _wait_async(self, ready: Callable[[], tuple[T] | None]) -> T:
        while True:
            with self._changed:
                if (found := ready()) is not None:
                    return found[0]
                event, wake = _waker()
                self._wakers.append(wake)
            await event.wait()


def _forget_variables(error: BaseException | None) -> None:
    """Clear the frames of an error, which would keep a call's inputs for as long as the call."""
    while error:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _waker() -> tuple[anyio.Event, Callable[[], object]]:
    """Return an event of the event loop that runs, and what sets it from another thread."""
    import anyio

    event = anyio.Event()
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        import trio

        return event, partial(trio.lowlevel.current_trio_token().run_sync_soon, event.set)
    return event, partial(loop.call_soon_threadsafe, event.set)
