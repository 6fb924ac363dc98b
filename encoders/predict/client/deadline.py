"""One deadline for all that a request waits for, and what the network has done for it so far.

httpx begins its time-outs anew with every piece that arrives, so that a server which sends a byte
now and then could hold a call for ever. Here each wait gets what is left of the time instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


@dataclass(slots=True)
class Wait:
    """What one request waits for, in clients that are bound.

    Attributes:
        end: the time by which all of it ends.
        has_connected: whether a connection was opened for it.
        has_heard: whether the server has sent anything.
    """

    end: float
    has_connected: bool = False
    has_heard: bool = False


_WAIT: ContextVar[Wait | None] = ContextVar("wait", default=None)


@contextmanager
def until(end: float) -> Iterator[Wait]:
    """Hold every wait in the block, in clients that are bound, to the time ``end``."""
    wait = Wait(end)
    token = _WAIT.set(wait)
    try:
        yield wait
    finally:
        _WAIT.reset(token)


def bind(client: httpx.Client | httpx.AsyncClient) -> None:
    """Have `until` end the waits of a client, and tell of them."""
    # httpx has no argument for it. Where the attributes are missing, its own time-outs remain.
    for transport in (client._transport, *getattr(client, "_mounts", {}).values()):
        pool: Any = getattr(transport, "_pool", None)
        if hasattr(pool, "_network_backend"):
            make = _async_backend if hasattr(pool, "aclose") else _backend
            pool._network_backend = make(pool._network_backend)


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    """Return for how long a wait may last.

    Raises:
        error: no time is left. Without this a server that never stops sending would go on for ever,
            since what has arrived is there at once.
    """
    wait = _WAIT.get()
    if wait is None:
        return timeout
    left = wait.end - time.monotonic()
    if left <= 0:
        raise error("no time is left")
    return left


def _connected() -> None:
    if wait := _WAIT.get():
        wait.has_connected = True


def _heard(data: bytes) -> bytes:
    if data and (wait := _WAIT.get()):
        wait.has_heard = True
    return data


def _backend(inner: Any) -> Any:
    import httpcore

    class Stream(httpcore.NetworkStream):
        def __init__(self, inner: httpcore.NetworkStream) -> None:
            self._inner = inner

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return _heard(self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout)))

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

        def close(self) -> None:
            self._inner.close()

        def start_tls(
            self,
            ssl_context: Any,
            server_hostname: str | None = None,
            timeout: float | None = None,
        ) -> httpcore.NetworkStream:
            left = _left(timeout, httpcore.ConnectTimeout)
            return Stream(self._inner.start_tls(ssl_context, server_hostname, left))

        def get_extra_info(self, info: str) -> Any:
            return self._inner.get_extra_info(info)

    class Backend(httpcore.NetworkBackend):
        def connect_tcp(self, *where: Any, timeout: float | None = None, **more: Any) -> Any:
            _connected()
            left = _left(timeout, httpcore.ConnectTimeout)
            return Stream(inner.connect_tcp(*where, timeout=left, **more))

        def sleep(self, seconds: float) -> None:
            inner.sleep(seconds)

    return Backend()


def _async_backend(inner: Any) -> Any:
    import httpcore

    class Stream(httpcore.AsyncNetworkStream):
        def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
            self._inner = inner

        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return _heard(await self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout)))

        async def write(self, buffer: bytes, timeout: float | None = None) -> None:
            await self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

        async def aclose(self) -> None:
            await self._inner.aclose()

        async def start_tls(
            self,
            ssl_context: Any,
            server_hostname: str | None = None,
            timeout: float | None = None,
        ) -> httpcore.AsyncNetworkStream:
            left = _left(timeout, httpcore.ConnectTimeout)
            return Stream(await self._inner.start_tls(ssl_context, server_hostname, left))

        def get_extra_info(self, info: str) -> Any:
            return self._inner.get_extra_info(info)

    class Backend(httpcore.AsyncNetworkBackend):
        async def connect_tcp(self, *where: Any, timeout: float | None = None, **more: Any) -> Any:
            _connected()
            left = _left(timeout, httpcore.ConnectTimeout)
            return Stream(await inner.connect_tcp(*where, timeout=left, **more))

        async def sleep(self, seconds: float) -> None:
            await inner.sleep(seconds)

    return Backend()
