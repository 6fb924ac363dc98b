"""The network below HTTP: pools of connections, sync or async, whose waits end with a deadline.

httpcore restarts its timeouts with every piece that arrives, so that a server that sends a byte now
and then could hold a call for ever. It takes network backends
(https://www.encode.io/httpcore/network-backends/): those of this module limit every wait to the
time that is left for the request. Exceptions are those of httpcore and httpx.

Import this module on first use: httpx and httpcore take some time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar
from inspect import isawaitable
from typing import Any
from urllib.request import getproxies, proxy_bypass

import anyio
import httpcore
import httpx

from encoders.predict.client.steps import Request

_MOST_KEPT = 20  # connections that wait for the next request
_KEPT_FOR = 5.0  # seconds
_PIECE = 64 * 1024  # bytes that are written under one timeout
_HEADERS = {
    "Accept": "*/*",
    "Connection": "keep-alive",
    "User-Agent": f"python-httpx/{httpx.__version__}",
}


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

    def check_left(self) -> float:
        """Return how many seconds are left, and raise a `TimeoutError` if none are.

        Without the error, a server that never stops sending could go on for ever, since its data
        never has to be waited for.
        """
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time is left")
        return left


_WAIT: ContextVar[Wait] = ContextVar("wait")
_certificates = cache(httpx.create_ssl_context)  # reading the trusted authorities takes some 20 ms


class Connections:
    """Sends requests over connections that are kept, for threads or for one event loop.

    Its methods are coroutines in both cases. Without ``is_async`` they block where they wait, and
    never suspend.

    Args:
        headers: that go with every request.
        cookies: that go with every request, and are kept from every response.
        is_async: whether to wait in the event loop, of asyncio or trio.
    """

    def __init__(self, headers: Mapping[str, str], cookies: CookieJar, *, is_async: bool) -> None:
        self.is_async = is_async
        self._headers = httpx.Headers(_HEADERS)
        self._headers.update(headers)
        self._cookies = httpx.Cookies(cookies)
        self._pools = _pools(is_async)
        self._is_closed = False

    def close(self) -> None:
        """Close the connections."""
        self._is_closed = True
        for pool in self._pools.values():
            pool.close()

    async def aclose(self) -> None:
        """Close the connections of an event loop."""
        for pool in self._pools.values():
            await pool.aclose()

    @contextmanager
    def deadline(self, end: float) -> Iterator[Wait]:
        """End every wait of the block at the time ``end``."""
        wait = Wait(end)
        token = _WAIT.set(wait)
        try:
            with (
                anyio.fail_after(max(end - time.monotonic(), 0)) if self.is_async else nullcontext()
            ):
                yield wait
        finally:
            _WAIT.reset(token)

    async def send(self, request: Request) -> Response:
        """Send a request and return the response, whose body is still to be read."""
        if self._is_closed:
            raise RuntimeError("another thread has closed the interface")
        headers = self._headers.copy()
        headers.update(request.socket.headers if request.socket else {"Accept-Encoding": "gzip"})
        if request.body:
            headers["Content-Type"] = "application/json"
        sent = httpx.Request(
            request.method,
            request.url,
            headers=headers,
            cookies=self._cookies,
            content=request.body,
            data=request.form,
            files=request.files,
        )
        asked = httpcore.Request(
            sent.method, _url(sent.url), headers=sent.headers.raw, content=sent.stream
        )
        pool = _pool_for(sent.url, self._pools)
        handle = pool.handle_async_request if self.is_async else pool.handle_request
        answer = await _result(handle(asked))
        nothing = httpx.SyncByteStream()  # `Response` has the body
        head = httpx.Response(answer.status, headers=answer.headers, request=sent, stream=nothing)
        self._cookies.extract_cookies(head)
        network = answer.extensions["network_stream"]
        return Response(head, answer.stream, network, is_async=self.is_async)


class Response:
    """A response: ``head``, a body that is read piece by piece, and the network that brings it."""

    def __init__(self, head: httpx.Response, body: Any, network: Any, *, is_async: bool) -> None:
        self.head = head
        self._body = body
        self._pieces = aiter(body) if is_async else iter(body)
        self._network = network
        self._is_async = is_async

    async def piece(self) -> bytes | None:
        """Return the next piece of the body, or None at its end."""
        pieces = self._pieces
        piece: bytes | None = await anext(pieces, None) if self._is_async else next(pieces, None)
        return piece

    async def aclose(self) -> None:
        """Give the connection back, for other requests if the body was read to its end."""
        await self._close(self._body)

    async def read(self, size: int) -> bytes:
        """Return what comes over the connection itself, at most ``size`` bytes."""
        data: bytes = await _result(self._network.read(size))
        return data

    async def write(self, data: bytes) -> None:
        """Send data over the connection itself."""
        await _result(self._network.write(data))

    async def close_connection(self) -> None:
        """Close the connection, so that no other request is sent over it."""
        await self._close(self._network)

    async def _close(self, stream: Any) -> None:
        await stream.aclose() if self._is_async else stream.close()


async def _result(value: Any) -> Any:
    """Return a value that may still have to be awaited."""
    return await value if isawaitable(value) else value


def _pools(is_async: bool) -> dict[str, Any]:
    """Return a pool for each scheme with a proxy in the environment, and "" for direct ones."""
    proxies: dict[str, httpcore.Proxy | None] = {"": None}
    found = getproxies()
    for scheme in ("http", "https", "all"):
        if url := found.get(scheme):
            given = httpx.Proxy(url if "://" in url else f"http://{url}")
            proxies[scheme] = httpcore.Proxy(_url(given.url), auth=given.raw_auth)
    pool: Any = httpcore.AsyncConnectionPool if is_async else httpcore.ConnectionPool
    return {
        scheme: pool(
            ssl_context=_certificates(),
            proxy=proxy,
            # A call in a queue may need two connections: if their number were bounded, many calls
            # would wait for one another.
            max_connections=None,
            max_keepalive_connections=_MOST_KEPT,
            keepalive_expiry=_KEPT_FOR,
            network_backend=_AsyncBackend() if is_async else _Backend(),
        )
        for scheme, proxy in proxies.items()
    }


def _pool_for(url: httpx.URL, pools: Mapping[str, Any]) -> Any:
    scheme = next(scheme for scheme in (url.scheme, "all", "") if scheme in pools)
    names = (url.netloc.decode("ascii"), url.host)  # NO_PROXY may name the port too
    return pools["" if scheme and any(map(proxy_bypass, names)) else scheme]


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _heard(data: bytes) -> bytes:
    """Note that the server has sent something, and return it."""
    if data:
        _WAIT.get().has_heard = True
    return data


class _Backend(httpcore.SyncBackend):
    def connect_tcp(self, *where: Any, **options: Any) -> Any:
        wait = _WAIT.get()
        wait.has_connected = True
        options["timeout"] = wait.check_left()
        return _Stream(super().connect_tcp(*where, **options))


class _AsyncBackend(httpcore.AnyIOBackend):
    async def connect_tcp(self, *where: Any, **options: Any) -> Any:
        _WAIT.get().has_connected = True
        return _AsyncStream(await super().connect_tcp(*where, **options))


class _WrappedStream:
    """A network stream, of which a subclass changes some methods."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Stream(_WrappedStream):
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return _heard(self._stream.read(max_bytes, _WAIT.get().check_left()))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # httpcore restarts the timeout with every part that the server takes.
        for start in range(0, len(buffer), _PIECE):
            piece = buffer[start : start + _PIECE]
            self._stream.write(piece, _WAIT.get().check_left())

    def start_tls(self, ssl_context: Any, server_hostname: Any, timeout: Any = None) -> _Stream:
        left = _WAIT.get().check_left()
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))


class _AsyncStream(_WrappedStream):
    """As `_Stream`, where `Connections.deadline` ends every wait."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return _heard(await self._stream.read(max_bytes))

    async def start_tls(self, *options: Any, **more: Any) -> _AsyncStream:
        return _AsyncStream(await self._stream.start_tls(*options, **more))
