"""The network below httpx: pools of connections whose every wait ends with the deadline.

httpx takes no network backend, httpcore does (https://www.encode.io/httpcore/network-backends/).
So the pools are made here, and httpx gets them as its transport. Exceptions are httpcore's own.

Import this module on first use: httpx and httpcore take some time.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from encoders.predict.client.deadline import note_connected, note_heard, time_left

_Pool = TypeVar("_Pool")

_MOST_KEPT = 20  # connections that wait for the next request
_KEPT_FOR = 5.0  # seconds


class Transport(httpx.BaseTransport):
    """Sends the requests of a `httpx.Client`."""

    def __init__(self) -> None:
        self._pools = _pools(httpcore.ConnectionPool, _Backend())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = _pool_for(request, self._pools).handle_request(_for_httpcore(request))
        return _for_httpx(answer, _Body(answer.stream))

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()


class AsyncTransport(httpx.AsyncBaseTransport):
    """Sends the requests of a `httpx.AsyncClient`, in asyncio and in trio."""

    def __init__(self) -> None:
        self._pools = _pools(httpcore.AsyncConnectionPool, _AsyncBackend())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pool = _pool_for(request, self._pools)
        answer = await pool.handle_async_request(_for_httpcore(request))
        return _for_httpx(answer, _AsyncBody(answer.stream))

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()


def _pools(make: Callable[..., _Pool], backend: object) -> dict[str, _Pool]:
    """Return a pool for each scheme with a proxy in the environment, and "" for direct ones."""
    proxies = getproxies()
    urls = {scheme: proxies[scheme] for scheme in ("http", "https", "all") if proxies.get(scheme)}
    return {
        scheme: make(
            ssl_context=_certificates(),
            proxy=_proxy(url),
            # A call in a queue may need two connections: if their number were bounded, many calls
            # would wait for one another.
            max_connections=None,
            max_keepalive_connections=_MOST_KEPT,
            keepalive_expiry=_KEPT_FOR,
            network_backend=backend,
        )
        for scheme, url in {"": "", **urls}.items()
    }


@cache
def _certificates() -> ssl.SSLContext:
    """Return the trusted authorities, read once: that takes some 20 ms."""
    return httpx.create_ssl_context()


def _proxy(url: str) -> httpcore.Proxy | None:
    if not url:
        return None
    proxy = httpx.Proxy(url if "://" in url else f"http://{url}")
    return httpcore.Proxy(_url(proxy.url), auth=proxy.raw_auth)


def _pool_for(request: httpx.Request, pools: Mapping[str, _Pool]) -> _Pool:
    url = request.url
    scheme = next(scheme for scheme in (url.scheme, "all", "") if scheme in pools)
    names = (url.netloc.decode("ascii"), url.host)  # NO_PROXY may name the port too
    return pools["" if scheme and any(map(proxy_bypass, names)) else scheme]


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _for_httpcore(request: httpx.Request) -> httpcore.Request:
    return httpcore.Request(
        request.method,
        _url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def _for_httpx(
    answer: httpcore.Response, body: httpx.SyncByteStream | httpx.AsyncByteStream
) -> httpx.Response:
    return httpx.Response(
        answer.status, headers=answer.headers, stream=body, extensions=dict(answer.extensions)
    )


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        self._stream.close()


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Backend(httpcore.NetworkBackend):
    """Opens connections, and holds them to the deadline."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        note_connected()
        return _Stream(
            self._backend.connect_tcp(host, port, time_left(timeout), local_address, socket_options)
        )

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return note_heard(self._stream.read(max_bytes, time_left(timeout)))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, time_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, time_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens connections, and holds them to the deadline."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        note_connected()
        return _AsyncStream(
            await self._backend.connect_tcp(
                host, port, time_left(timeout), local_address, socket_options
            )
        )

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return note_heard(await self._stream.read(max_bytes, time_left(timeout)))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, time_left(timeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        left = time_left(timeout)
        return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
