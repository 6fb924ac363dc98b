"""Many calls of one interface at once: all are answered, none is mixed up, nothing is left over."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from encoders import Interface
from tests.predict.client.calls import DATA
from tests.predict.client.websocket_server import Peer, echo, gradio_3
from tests.predict.http_server import HTTPServer, Play, gradio, http_server

AT_ONCE = 200
MANY = 1000
MOST_MEMORY = 50 << 20  # bytes
MOST_THREADS = 3  # beside those of the server

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")


def texts(count: int) -> list[str]:
    return [f"call {number}" for number in range(count)]


def by_threads(app: Interface, values: list[str]) -> list[Any]:
    with ThreadPoolExecutor(len(values)) as pool:
        return [answer[0] for answer in pool.map(app.predict, values)]


def by_tasks(app: Interface, values: list[str]) -> list[Any]:
    async def gathered() -> list[Any]:
        return [answer[0] for answer in await asyncio.gather(*map(app.predict_async, values))]

    return asyncio.run(gathered())


def by_calls(app: Interface, values: list[str]) -> list[Any]:
    calls = [app.submit(value) for value in values]
    return [call.result()[0] for call in calls]


def by_outputs(app: Interface, values: list[str]) -> list[Any]:
    async def outputs(value: str) -> list[Any]:
        return [output[0] async for output in app.submit(value)]

    async def gathered() -> list[Any]:
        return [value for (value,) in await asyncio.gather(*map(outputs, values))]

    return asyncio.run(gathered())


MANNERS: dict[str, Callable[[Interface, list[str]], list[Any]]] = {
    "threads": by_threads,
    "tasks": by_tasks,
    "outputs": by_outputs,
}


class Patient:
    """Servers whose answers wait until as many calls are there at once."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count)

    def plays(self, protocol: str) -> dict[str, Play]:
        if protocol == "ws":
            return gradio_3(self._talk)
        plays = gradio("6" if protocol == "sse_v3" else protocol)
        path = DATA["6"] if protocol == "sse_v3" else "/run/predict"
        answer = plays[path]
        plays[path] = lambda exchange: (self._barrier.wait(30), answer(exchange))[1]
        return plays

    def _talk(self, peer: Peer) -> None:
        self._barrier.wait(30)
        echo(peer)


def sockets() -> int:
    """Return how many sockets this process has."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # it is closed meanwhile
            count += str(descriptor.readlink()).startswith("socket:")
    return count


def assert_no_more_than(before: int) -> None:
    end = time.monotonic() + 5
    while sockets() > before:
        assert time.monotonic() < end, f"{sockets()} sockets, and {before} before"
        time.sleep(0.01)


CASES = [(manner, protocol) for manner in ("threads", "tasks") for protocol in ("3", "ws")]
# Tasks await such calls as the test below makes by sse_v3.
CASES += [("threads", "sse_v3"), ("outputs", "sse_v3")]


@needs_proc
@pytest.mark.long
@pytest.mark.usefixtures("hectic")
@pytest.mark.parametrize(("manner", "protocol"), CASES)
def test_200_calls_at_once_get_their_own_answers_and_leave_no_connection(
    manner: str, protocol: str
) -> None:
    with http_server(Patient(AT_ONCE).plays(protocol)) as server:
        before = sockets()
        with Interface(server.url, timeout=30) as app:
            assert MANNERS[manner](app, texts(AT_ONCE)) == texts(AT_ONCE)
        assert_no_more_than(before)


@needs_proc
@pytest.mark.long
def test_a_thousand_calls_take_bounded_memory_and_threads() -> None:
    """As many as may run at once do, and leave no connection."""
    with http_server(gradio("6")) as server, Interface(server.url, timeout=60) as app:
        app.submit("first").result()
        app.close()
        open_before = sockets()
        server.plays |= Patient(AT_ONCE).plays("sse_v3")
        gc.collect()
        before, most, threads = resident_bytes(), 0, 0
        calls = [app.submit(text) for text in texts(MANY)]
        for number, (call, text) in enumerate(zip(calls, texts(MANY), strict=True)):
            if number % 50 == 0:
                most, threads = max(most, resident_bytes()), max(threads, own_threads())
            assert call.result()[0] == text
        app.close()
        assert_no_more_than(open_before)

    assert most - before < MOST_MEMORY
    assert threads <= MOST_THREADS


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def own_threads() -> int:
    """Return how many threads there are that no server has started."""
    served = ("process_request_thread", "(serve)", "MainThread")
    return sum(not any(name in each.name for name in served) for each in threading.enumerate())


def test_calls_that_end_in_disorder_keep_their_answers() -> None:
    def slow_first(server: HTTPServer) -> None:
        answer = server.plays[DATA["6"]]
        server.plays[DATA["6"]] = lambda exchange: (
            exchange.wait(0.2 if len(server.seen) < 20 else 0),
            answer(exchange),
        )[1]

    with http_server(gradio("6")) as server, Interface(server.url) as app:
        slow_first(server)
        assert by_calls(app, texts(50)) == texts(50)
