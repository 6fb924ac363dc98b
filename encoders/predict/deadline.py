"""One deadline for everything that a synchronous call waits for.

httpx begins its time-outs anew with every piece that arrives, so that a server which sends a byte
now and then could hold a call for ever. Here each wait gets what is left of the time instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

_END: ContextVar[float | None] = ContextVar("end", default=None)


@contextmanager
def until(end: float) -> Iterator[None]:
    """Hold every wait in the block, in clients that are bound, to the time ``end``."""
    token = _END.set(end)
    try:
        yield
    finally:
        _END.reset(token)


def bind(client: httpx.Client) -> None:
    """Have `until` end the waits of a client."""
    # httpx has no argument for it. Where the attributes are missing, its own time-outs remain.
    for transport in (client._transport, *getattr(client, "_mounts", {}).values()):
        pool: Any = getattr(transport, "_pool", None)
        if hasattr(pool, "_network_backend"):
            pool._network_backend = _backend(pool._network_backend)


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    """Return for how long a wait may last.

    Raises:
        error: no time is left. Without this a server that never stops sending would go on for ever,
            since what has arrived is there at once.
    """
    end = _END.get()
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise error("no time is left")
    return left


def _backend(inner: Any) -> Any:
    import httpcore

    class Stream(httpcore.NetworkStream):
        def __init__(self, inner: httpcore.NetworkStream) -> None:
            self._inner = inner

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

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
        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Any = None,
        ) -> httpcore.NetworkStream:
            left = _left(timeout, httpcore.ConnectTimeout)
            return Stream(inner.connect_tcp(host, port, left, local_address, socket_options))

        def sleep(self, seconds: float) -> None:
            inner.sleep(seconds)

    return Backend()
