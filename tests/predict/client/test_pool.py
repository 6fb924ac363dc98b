"""The pool that lends connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpcore
import pytest

from encoders.predict.client.network import pool as module
from encoders.predict.client.network.pool import Pool, result
from tests.predict.http_server import HTTPServer, http_server, say

WAYS = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with http_server({"/": say({}), "/bye": say({}, Connection="close")}) as server:
        yield server


async def ask(pool: Pool, url: str, *, is_fresh: bool = False) -> Any:
    """Return the connection over which a request went."""
    connection = await pool.lend(httpcore.URL(url), is_fresh=is_fresh)
    await talk(connection, url)
    await pool.take_back(connection)
    return connection


async def talk(connection: Any, url: str) -> None:
    """Send a request over a connection and read the answer."""
    is_async = isinstance(connection, httpcore.AsyncConnectionInterface)
    send = connection.handle_async_request if is_async else connection.handle_request
    answer = await result(send(httpcore.Request("GET", url, headers={"Host": "h"})))
    await result(answer.aread() if is_async else answer.read())
    await result(answer.aclose() if is_async else answer.close())


def pool_of(is_async: bool, **options: Any) -> Pool:
    source = httpcore.AsyncConnectionPool if is_async else httpcore.ConnectionPool
    return Pool(source(**options), is_async=is_async)


@WAYS
def test_a_connection_serves_one_request_after_the_other(
    is_async: bool, server: HTTPServer
) -> None:
    async def use() -> None:
        pool = pool_of(is_async)
        first = await ask(pool, server.url)
        assert await ask(pool, server.url) is first
        await pool.close()
        assert first.is_closed()

    asyncio.run(use())


@WAYS
def test_a_connection_that_is_lent_is_nobody_elses(
    is_async: bool, server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even before the first byte is written, however many others come and go."""
    monkeypatch.setattr(module, "_MOST_KEPT", 1)

    async def use() -> None:
        pool, url = pool_of(is_async), httpcore.URL(server.url)
        await ask(pool, server.url)
        lent = await pool.lend(url, is_fresh=False)
        assert lent.is_idle()
        others = [await pool.lend(url, is_fresh=False) for _ in range(3)]
        for other in others:
            await talk(other, server.url)
            await pool.take_back(other)

        assert lent not in others
        assert [other.is_closed() for other in others] == [False, True, True]
        await talk(lent, server.url)
        await pool.close()

    asyncio.run(use())


@WAYS
def test_a_connection_that_can_take_no_more_requests_is_closed(
    is_async: bool, server: HTTPServer
) -> None:
    async def use() -> None:
        pool = pool_of(is_async)
        closed = await ask(pool, f"{server.url}/bye")
        fresh = await ask(pool, server.url, is_fresh=True)
        kept = await ask(pool, server.url)

        assert (closed.is_closed(), fresh.is_closed(), kept.is_closed()) == (True, True, False)
        assert len({closed, fresh, kept}) == 3
        await pool.close()

    asyncio.run(use())


@WAYS
def test_a_connection_that_has_waited_too_long_is_closed(
    is_async: bool, server: HTTPServer
) -> None:
    async def use() -> None:
        pool = pool_of(is_async, keepalive_expiry=0.0)
        first = await ask(pool, server.url)
        await asyncio.sleep(0.01)
        assert await ask(pool, server.url) is not first
        assert first.is_closed()
        await pool.close()

    asyncio.run(use())


@WAYS
def test_a_connection_goes_to_its_own_server_only(is_async: bool, server: HTTPServer) -> None:
    async def use() -> None:
        pool = pool_of(is_async)
        first = await ask(pool, server.url)
        other = await pool.lend(httpcore.URL("http://other.invalid"), is_fresh=False)
        assert other is not first
        await pool.close()

    asyncio.run(use())


def test_what_is_no_http_is_refused() -> None:
    with pytest.raises(httpcore.UnsupportedProtocol, match="ftp"):
        pool_of(False).lend(httpcore.URL("ftp://h/x"), is_fresh=False).send(None)
