"""The network below HTTP: pools of connections, sync or async, whose waits end with a deadline.

httpcore restarts its timeouts with every piece that arrives, so that a server that sends a byte now
and then could hold a call for ever. It takes network backends
(https://www.encode.io/httpcore/network-backends/): those of this module limit every wait to the
time that is left for the request. Exceptions are those of httpcore and httpx.

Import this module on first use: httpx and httpcore take some time.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.request import proxy_bypass

import anyio
import httpcore
import httpx

from encoders.data_url.media_type import JSON
from encoders.predict.client.network.options import NetworkOptions
from encoders.predict.client.network.pool import KEPT_FOR, Pool, close, result
from encoders.predict.client.steps import Request

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
        has_heard: whether the server has sent anything.
        last_write: when something was written to it the last time.
        opened: the connection that was opened for it, if none was kept.
    """

    end: float
    has_heard: bool = False
    last_write: float = 0.0
    opened: Any = None

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


class Connections:
    """Sends requests over connections that are kept, for threads or for one event loop.

    Its methods are coroutines in both cases. Without ``is_async`` they block where they wait, and
    never suspend.

    Args:
        headers: that go with every request.
        cookies: that go with every request, and are kept from every response.
        options: how the connections are made.
        is_async: whether to wait in the event loop, of asyncio or trio.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        cookies: CookieJar,
        options: NetworkOptions,
        *,
        is_async: bool,
    ) -> None:
        self.is_async = is_async
        self._headers = httpx.Headers(_HEADERS)
        self._headers.update(headers)
        self._cookies = httpx.Cookies(cookies)
        self._pools = _pools(options, is_async)
        self._proxies = options.proxies()
        self._process = os.getpid()

    @property
    def is_own(self) -> bool:
        """Whether this process has made them: a forked one would share the sockets."""
        return self._process == os.getpid()

    def close(self) -> None:
        """Close the connections, which block."""
        with suppress(StopIteration):
            self.aclose().send(None)

    async def aclose(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            await pool.close()

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

    async def send(self, request: Request, *, is_fresh: bool = False) -> Response:
        """Send a request and return the response, whose body is still to be read.

        Args:
            request: what is sent.
            is_fresh: whether to open a connection for it, even if others are kept.
        """
        headers = self._headers.copy()
        if request.headers is not None:
            headers = httpx.Headers({**_HEADERS, **request.headers})
        headers.update(request.socket.headers if request.socket else {"Accept-Encoding": "gzip"})
        headers.update(request.more_headers)
        if request.body:
            headers["Content-Type"] = JSON
        sent = httpx.Request(
            request.method,
            request.url,
            headers=headers,
            cookies=self._cookies,
            content=request.body,
            data=request.form,
            files=request.files,
        )
        url = _url(sent.url)
        asked = httpcore.Request(sent.method, url, headers=sent.headers.raw, content=sent.stream)
        scheme = _pool_for(sent.url, self._pools)
        pool = self._pools[scheme]
        connection = await pool.lend(url, is_fresh=is_fresh)
        handle = connection.handle_async_request if self.is_async else connection.handle_request
        try:
            answer = await result(handle(asked))
            nothing = httpx.SyncByteStream()  # `Response` has the body
            head = httpx.Response(
                answer.status, headers=answer.headers, request=sent, stream=nothing
            )
            self._cookies.extract_cookies(head)
        except BaseException as error:
            await pool.drop(connection)
            if opened := _WAIT.get().opened:  # httpcore may leave it open
                await close(opened, self.is_async)
            if self._proxies[scheme] and isinstance(error, httpcore.ConnectError):
                raise httpcore.ProxyError(str(error)) from error
            raise
        return Response(head, answer, connection, pool, is_async=self.is_async)


class Response:
    """A response: ``head``, a body that is read piece by piece, and the network that brings it."""

    def __init__(
        self,
        head: httpx.Response,
        answer: Any,
        connection: Any,
        pool: Pool,
        *,
        is_async: bool,
    ) -> None:
        self.head = head
        self._body = answer.stream
        self._pieces = aiter(self._body) if is_async else iter(self._body)
        self._network = answer.extensions["network_stream"]
        self._connection = connection
        self._pool = pool
        self._is_async = is_async

    async def piece(self) -> bytes | None:
        """Return the next piece of the body, or None at its end."""
        pieces = self._pieces
        piece: bytes | None = await anext(pieces, None) if self._is_async else next(pieces, None)
        return piece

    async def aclose(self) -> None:
        """Give the connection back, for other requests if the body was read to its end."""
        try:
            await close(self._body, self._is_async)
        finally:
            await self._pool.take_back(self._connection)

    async def read(self, size: int) -> bytes:
        """Return what comes over the connection itself, at most ``size`` bytes."""
        data: bytes = await result(self._network.read(size))
        return data

    async def write(self, data: bytes) -> None:
        """Send data over the connection itself."""
        await result(self._network.write(data))

    async def close_connection(self) -> None:
        """Close the connection, so that no other request is sent over it."""
        await self._pool.drop(self._connection)


def _pools(options: NetworkOptions, is_async: bool) -> dict[str, Pool]:
    """Return a pool for each scheme that has a proxy of its own, and "" for the others."""
    source: Any = httpcore.AsyncConnectionPool if is_async else httpcore.ConnectionPool
    backend: Any = _AsyncBackend() if is_async else _Backend()
    context = options.ssl_context
    return {
        scheme: Pool(
            source(
                ssl_context=context,
                proxy=_proxy(url, context) if url else None,
                keepalive_expiry=KEPT_FOR,
                network_backend=backend,
                **options.given,
            ),
            is_async=is_async,
        )
        for scheme, url in options.proxies().items()
    }


def _proxy(url: str, context: ssl.SSLContext) -> httpcore.Proxy:
    given = httpx.Proxy(url)
    is_encrypted = given.url.scheme == "https"
    return httpcore.Proxy(
        _url(given.url), auth=given.raw_auth, ssl_context=context if is_encrypted else None
    )


def _pool_for(url: httpx.URL, pools: Mapping[str, Pool]) -> str:
    """Return the key of the pool for a URL."""
    scheme = next(scheme for scheme in (url.scheme, "all", "") if scheme in pools)
    names = (url.netloc.decode("ascii"), url.host)  # NO_PROXY may name the port too
    return "" if scheme and any(map(proxy_bypass, names)) else scheme


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _heard(data: bytes) -> bytes:
    """Note that the server has sent something, and return it."""
    if data:
        _WAIT.get().has_heard = True
    return data


def _pieces(buffer: bytes) -> Iterator[bytes]:
    """Yield what is to be written under one timeout each, and note when."""
    for start in range(0, len(buffer), _PIECE):
        _WAIT.get().last_write = time.monotonic()
        yield buffer[start : start + _PIECE]
    _WAIT.get().last_write = time.monotonic()


class _Backend(httpcore.SyncBackend):
    def connect_tcp(self, *where: Any, **options: Any) -> Any:
        return self._connected(super().connect_tcp, where, options)

    def connect_unix_socket(self, *where: Any, **options: Any) -> Any:
        return self._connected(super().connect_unix_socket, where, options)

    def _connected(self, connect: Any, where: tuple[Any, ...], options: dict[str, Any]) -> Any:
        wait = _WAIT.get()
        options["timeout"] = wait.check_left()
        wait.opened = _Stream(connect(*where, **options))
        return wait.opened


class _AsyncBackend(httpcore.AnyIOBackend):
    async def connect_tcp(self, *where: Any, **options: Any) -> Any:
        return await self._connected(super().connect_tcp, where, options)

    async def connect_unix_socket(self, *where: Any, **options: Any) -> Any:
        return await self._connected(super().connect_unix_socket, where, options)

    async def _connected(
        self, connect: Any, where: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        opened = _WAIT.get().opened = _AsyncStream(await connect(*where, **options))
        return opened


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
        for piece in _pieces(buffer):
            self._stream.write(piece, _WAIT.get().check_left())

    def start_tls(self, ssl_context: Any, server_hostname: Any, timeout: Any = None) -> _Stream:
        left = _WAIT.get().check_left()
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))


class _AsyncStream(_WrappedStream):
    """As `_Stream`, where `Connections.deadline` ends every wait."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return _heard(await self._stream.read(max_bytes))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for piece in _pieces(buffer):
            await self._stream.write(piece)

    async def start_tls(self, *options: Any, **more: Any) -> _AsyncStream:
        return _AsyncStream(await self._stream.start_tls(*options, **more))
