"""Calls for many inputs: a few at a time, given in the order of the inputs."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from encoders.errors import clip_value
from encoders.predict.client.call import Call

_AHEAD = 4  # calls that are begun and not yet taken, for each that may run


class MappedCalls(Iterator[Call], AsyncIterator[Call]):
    """The ended calls of `Interface.map`, for ``for`` or ``async for``, each once.

    What is left when nothing refers to this any more, such as after a loop, is cancelled.

    Args:
        inputs: of the calls. They are taken as calls are begun.
        at_once: how many calls may run at a time.
        submit: begins a call for inputs, which runs once it has its turn.
    """

    def __init__(
        self,
        inputs: Iterable[Any],
        at_once: int,
        submit: Callable[[tuple[Any, ...], asyncio.Semaphore], Call],
    ) -> None:
        if at_once < 1:
            raise ValueError(f"at_once={at_once}: expected 1 or more")
        if isinstance(inputs, str | bytes | Mapping):
            raise TypeError(f"expected many inputs, found one: {clip_value(inputs)}; pass a list")
        self._inputs = iter(inputs)
        self._most = _AHEAD * at_once
        self._turns = asyncio.Semaphore(at_once)
        self._submit = submit
        self._calls: deque[Call] = deque()
        self.close = weakref.finalize(self, _cancel, self._calls)

    def __next__(self) -> Call:
        if not self._begin():
            raise StopIteration
        with suppress(Exception):  # it stays in the call
            self._calls[0].result()
        return self._calls.popleft()

    async def __anext__(self) -> Call:
        if not self._begin():
            raise StopAsyncIteration
        with suppress(Exception):
            await self._calls[0]
        return self._calls.popleft()

    def _begin(self) -> bool:
        """Begin as many calls as may wait, and return whether there is one."""
        while self.close.alive and len(self._calls) < self._most:
            try:
                inputs = next(self._inputs)
            except StopIteration:
                break
            given = inputs if isinstance(inputs, tuple) else (inputs,)
            self._calls.append(self._submit(given, self._turns))
        return bool(self._calls)


def _cancel(calls: deque[Call]) -> None:
    while calls:
        calls.pop().cancel()
