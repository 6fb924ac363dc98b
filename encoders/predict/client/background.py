"""An event loop in a thread of its own, in which calls run that nobody has to wait for.

Import this module on first use: anyio and asyncio take some time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from encoders.errors import CallCancelledError
from encoders.predict.client.call import GONE
from encoders.predict.client.connections import Connections

if TYPE_CHECKING:
    from encoders.predict.client.call import Call

T = TypeVar("T")

_MOST_AT_ONCE = 200  # calls; each needs up to two connections, and systems allow some 1,000
_CLOSE_SECONDS = 3.0  # for calls to tell the server that they are cancelled


class Background:
    """Runs coroutines over one pool of connections, in a thread that ends with the process.

    Args:
        connect: makes the pool.

    Attributes:
        connections: the pool.
        slots: one for each call that may run at a time.
        running: the calls that have not ended.
    """

    def __init__(self, connect: Callable[[], Connections]) -> None:
        self.connections = connect()
        self._is_closed = False
        self._closing_lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=_run, args=(self._loop,), name="encoders calls", daemon=True
        )
        self.slots = asyncio.Semaphore(_MOST_AT_ONCE)
        self.running: set[Call] = set()
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it runs: not once it was closed, nor in a process forked from its own."""
        return self._thread.is_alive() and not self._is_closed

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine.

        Raises:
            CallCancelledError: this was closed.
        """
        with self._closing_lock:
            if self.is_alive:
                return asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        coroutine.close()
        raise CallCancelledError(GONE)

    def soon(self, function: Callable[[], object]) -> None:
        """Call a function in the event loop."""
        with suppress(RuntimeError):  # the loop was closed: nothing runs in it
            self._loop.call_soon_threadsafe(function)

    def close(self) -> None:
        """Cancel what runs, with a moment to tell the server, and end the thread."""
        with self._closing_lock:
            if not self.is_alive:
                return
            self._is_closed = True
        for call in [*self.running]:
            call.cancel()
        done = asyncio.run_coroutine_threadsafe(self._finish(), self._loop)
        if threading.current_thread() is not self._thread:
            with suppress(TimeoutError):
                done.result(_CLOSE_SECONDS + 1)
            self._thread.join(1)

    async def _finish(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        try:
            if others:
                _, left = await asyncio.wait(others, timeout=_CLOSE_SECONDS)
                for task in left:
                    task.cancel()
                await asyncio.gather(*left, return_exceptions=True)
            await self.connections.aclose()
        finally:
            self._loop.call_soon(self._loop.stop)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_asyncgens())
        while left := asyncio.all_tasks(loop):  # that close readers of answers as they are dropped
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    finally:
        loop.close()
