"""One deadline for everything that a request waits for.

httpx restarts its timeouts with every piece that arrives, so that a server that sends a byte now
and then could hold a call for ever. `Transport` limits every wait for the network to the time that
is left here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Wait:
    """What one request waits for.

    Attributes:
        end: when it ends, by `time.monotonic`.
        has_connected: whether a connection was opened for it.
        has_heard: whether the server has sent anything.
    """

    end: float
    has_connected: bool = False
    has_heard: bool = False


_WAIT: ContextVar[Wait | None] = ContextVar("wait", default=None)


@contextmanager
def deadline(end: float) -> Iterator[Wait]:
    """End every wait of the block at the time ``end``."""
    wait = Wait(end)
    token = _WAIT.set(wait)
    try:
        yield wait
    finally:
        _WAIT.reset(token)


def time_left(timeout: float | None) -> float | None:
    """Return how long a wait may last: until the deadline, or for ``timeout`` if there is none.

    Raises:
        TimeoutError: no time is left. Without this error, a server that never stops sending could
            go on for ever, since its data never has to be waited for.
    """
    wait = _WAIT.get()
    if wait is None:
        return timeout
    left = wait.end - time.monotonic()
    if left <= 0:
        raise TimeoutError("no time is left")
    return left


def note_connected() -> None:
    """Note that a connection is opened for the request."""
    if wait := _WAIT.get():
        wait.has_connected = True


def note_heard(data: bytes) -> bytes:
    """Note that the server has sent something, and return it."""
    if data and (wait := _WAIT.get()):
        wait.has_heard = True
    return data
