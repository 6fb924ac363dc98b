"""Connections that are kept open from one request to the next.

Import this module on first use: anyio and httpcore take some time.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from inspect import isawaitable
from typing import Any

import anyio
import httpcore

_MOST_KEPT = 20  # connections that wait for the next request
# Uvicorn and many a proxy close a connection that was not used for 5 s: a call that is sent at that
# moment would be lost.
KEPT_FOR = 4.0  # seconds
_SCHEMES = (b"http", b"https")


class Pool:
    """Lends connections, each to one request at a time.

    httpcore's own pool takes a connection that another thread is about to write to for one that
    waits, and may close it.

    Its methods are coroutines, which never suspend without ``is_async``.

    Args:
        source: a pool of httpcore's, which only makes the connections.
        is_async: whether they are those of an event loop.
    """

    def __init__(self, source: Any, *, is_async: bool) -> None:
        self._source = source
        self._is_async = is_async
        self._lock = threading.Lock()
        self._waiting: list[Any] = []
        self._all: dict[Any, bool] = {}  # and whether they may be kept
        self._is_closed = False

    async def lend(self, url: httpcore.URL, *, is_fresh: bool) -> Any:
        """Return a connection to a server: one that waits, or else a new one.

        Args:
            url: an address of the server.
            is_fresh: whether it is to be new in any case, for this one request.
        """
        if url.scheme not in _SCHEMES:
            scheme = url.scheme.decode(errors="replace")
            raise httpcore.UnsupportedProtocol(f"expected http:// or https://, not {scheme}://")
        for expired in self._remove_expired():
            await self.drop(expired)
        with self._lock:
            if self._is_closed:
                raise RuntimeError("another thread has closed the interface")
            for connection in () if is_fresh else reversed(self._waiting):
                if connection.can_handle_request(url.origin):
                    self._waiting.remove(connection)
                    return connection
            connection = self._source.create_connection(url.origin)
            self._all[connection] = not is_fresh
        return connection

    async def take_back(self, connection: Any) -> None:
        """Keep a connection for the next request, or close it if it can take none."""
        with self._lock:
            is_kept = (
                self._all.get(connection, False)
                and connection.is_idle()
                and len(self._waiting) < _MOST_KEPT
            )
            if is_kept:
                self._waiting.append(connection)
        if not is_kept:
            await self.drop(connection)

    async def drop(self, connection: Any) -> None:
        """Close a connection."""
        with self._lock:
            self._all.pop(connection, None)
        await close(connection, self._is_async)

    async def close(self) -> None:
        """Close all connections, also those that are lent."""
        with self._lock:
            self._is_closed = True
            closed, self._all = self._all, {}
            self._waiting.clear()
        for connection in closed:
            await close(connection, self._is_async)

    def _remove_expired(self) -> list[Any]:
        """Return the waiting connections that have waited too long, or that the server closed."""
        with self._lock:
            expired = [connection for connection in self._waiting if connection.has_expired()]
            for connection in expired:
                self._waiting.remove(connection)
        return expired


async def close(stream: Any, is_async: bool) -> None:
    """Close a connection or what comes over it, also while a task is being cancelled."""
    with anyio.CancelScope(shield=True) if is_async else nullcontext():
        await result(stream.aclose() if is_async else stream.close())


async def result(value: Any) -> Any:
    """Return a value that may still have to be awaited."""
    return await value if isawaitable(value) else value
