"""Calls from many threads and tasks get their own answers."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from encoders import (
    Interface,
    PredictError,
)
from tests.predict.client.calls import (
    CALL,
    DATA,
    JOIN,
    PLACES,
    PLENTY,
    nothing_left_open,
)
from tests.predict.http_server import (
    Exchange,
    Json,
    completed,
    endless,
    gradio,
    http_server,
    silent,
    stream,
)
from tests.predict.ways import predict, ways


@pytest.mark.parametrize("era", ["2", "3", "6"])
def test_threads_that_share_an_interface_get_their_own_answers(era: str) -> None:
    count = 16
    barrier = threading.Barrier(count)
    with http_server(gradio(era)) as server, Interface(server.url) as app:
        app.predict("first")

        def one(number: int) -> list[Any]:
            barrier.wait()
            return [app.predict(f"{number}-{turn}").data[0] for turn in range(5)]

        with ThreadPoolExecutor(count) as pool:
            found = list(pool.map(one, range(count)))

    assert found == [[f"{number}-{turn}" for turn in range(5)] for number in range(count)]


def test_threads_that_make_the_first_call_together_leave_no_connection_open() -> None:
    count = 16
    barrier = threading.Barrier(count)

    def calls(url: str) -> None:
        with Interface(url) as app, ThreadPoolExecutor(count) as pool:

            def one(number: int) -> Any:
                barrier.wait()
                return app.predict(str(number)).data[0]

            assert list(pool.map(one, range(count))) == [str(number) for number in range(count)]

    with http_server(gradio("3")) as server, nothing_left_open():
        calls(server.url)


@pytest.mark.parametrize("is_cycle", [False, True])
def test_an_interface_that_is_dropped_leaves_no_connection_open(is_cycle: bool) -> None:
    with http_server(gradio("3")) as server, nothing_left_open():
        app = Interface(server.url)
        app.predict("hi")
        app.submit("hi").result()
        kept = [app]
        if is_cycle:
            kept.append(kept)  # type: ignore[arg-type]
        del app, kept


@pytest.mark.parametrize("era", ["2", "3", "6"])
def test_calls_that_are_gathered_get_their_own_answers(era: str) -> None:
    async def gathered(app: Interface) -> list[Any]:
        calls = (app.predict_async(str(number)) for number in range(20))
        return [answer.data[0] for answer in await asyncio.gather(*calls)]

    with http_server(gradio(era)) as server, Interface(server.url) as app:
        assert asyncio.run(gathered(app)) == [str(number) for number in range(20)]


@pytest.mark.parametrize("era", ["3", "6"])
def test_a_call_that_is_cancelled_closes_its_connection(era: str) -> None:
    there, gone = threading.Event(), threading.Event()

    def until_gone(exchange: Exchange) -> None:
        there.set()
        endless(b": ping\n\n" if era == "6" else b" ", 0.005)(exchange)

    def watched(exchange: Exchange) -> None:
        try:
            until_gone(exchange)
        except OSError:
            gone.set()
            raise

    async def cancelled(app: Interface) -> None:
        task = asyncio.create_task(app.predict_async("hi"))
        while not there.is_set():
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    plays = {**gradio(era), CALL.get(era) or DATA[era]: watched}
    with http_server(plays) as server, Interface(server.url) as app:
        asyncio.run(cancelled(app))
        assert gone.wait(5)


def test_an_interface_can_be_called_after_a_call_was_cancelled() -> None:
    plays = gradio("6", inputs=["textbox", "state"], outputs=["textbox", "state"])

    async def cancelled(app: Interface) -> Any:
        await app.predict_async("first")
        server.plays[DATA["6"]] = silent
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(app.predict_async("second"), 0.1)
        server.plays[DATA["6"]] = stream(completed({"data": ["third", None]}))
        return (await app.predict_async("third")).data[0]

    with http_server(plays) as server, Interface(server.url) as app:
        assert asyncio.run(cancelled(app)) == "third"


async def longest_gap(task: asyncio.Future[Any]) -> float:
    """Return the longest time for which another coroutine could not run, while a task did."""
    gaps, last = [0.0], time.monotonic()
    while not task.done():
        await asyncio.sleep(0.005)
        gaps.append(time.monotonic() - last)
        last = time.monotonic()
    return max(gaps)


def test_others_run_while_many_calls_begin() -> None:
    async def gap(app: Interface) -> float:
        await app.predict_async("first")
        calls = asyncio.gather(*(app.predict_async("hi") for _ in range(20)))
        return await longest_gap(calls)

    with http_server(gradio("3")) as server, Interface(server.url) as app:
        # A busy machine makes a gap too, but not each time.
        assert any(asyncio.run(gap(app)) < 0.15 for _ in range(3))


@pytest.mark.parametrize("place", ["config", "join", "data", "call-3", "file"])
def test_others_run_while_a_call_waits_for_a_slow_server(place: str) -> None:
    def late(exchange: Exchange) -> None:
        exchange.wait(0.25 if exchange.server.paths.count(exchange.path) == 1 else 0)
        exchange.close_connection = True

    async def gap(app: Interface) -> float:
        start = time.monotonic()
        task = asyncio.create_task(app.predict_async(b"some bytes", upload=True, fetch=True))
        found = await longest_gap(task)
        with suppress(PredictError):
            task.result()
        assert time.monotonic() - start > 0.25
        return found

    with http_server(PLACES[place].plays(late)) as server, Interface(server.url) as app:
        # A busy machine makes a gap too, but not each time.
        assert any(asyncio.run(gap(app)) < 0.2 for _ in range(3))


@ways
def test_calls_to_a_function_with_state_are_made_one_after_the_other(way: str) -> None:
    """Those of threads and those of coroutines alike."""
    under_way, most = 0, 0
    counting = threading.Lock()

    def slow(text: str, _: Json) -> list[Json]:
        nonlocal under_way, most
        with counting:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.01)
        with counting:
            under_way -= 1
        return [text, None]

    async def gathered(app: Interface) -> list[Any]:
        answers = await asyncio.gather(*(app.predict_async(text) for text in "abcd"))
        return [answer.data[0] for answer in answers]

    parts = ["textbox", "state"]
    plays = gradio("6", slow, inputs=parts, outputs=parts)
    with http_server(plays) as server, Interface(server.url) as app, ThreadPoolExecutor(4) as pool:
        if way == "async":
            assert asyncio.run(gathered(app)) == list("abcd")
        else:
            assert [one.data[0] for one in pool.map(app.predict, "abcd")] == list("abcd")

    assert most == 1
    sessions = {seen.json["session_hash"] for seen in server.seen if seen.path == JOIN["6"]}
    assert len(sessions) == 1


@ways
def test_waiting_for_another_call_ends_with_the_timeout(way: str) -> None:
    parts = ["textbox", "state"]
    ended = threading.Event()

    def until_ended(exchange: Exchange) -> None:
        exchange.close_connection = True
        ended.wait(PLENTY)

    plays = {**gradio("6", inputs=parts, outputs=parts), DATA["6"]: until_ended}
    with http_server(plays) as server, Interface(server.url) as app, ThreadPoolExecutor(1) as pool:
        first = pool.submit(app.predict, "first", timeout=PLENTY)
        while DATA["6"] not in [path.partition("?")[0] for path in server.paths]:
            time.sleep(0.005)
        with pytest.raises(PredictError, match=r"another call was still under way after 0\.2 s"):
            predict(way, app, "second", timeout=0.2)

        ended.set()
        assert isinstance(first.exception(), PredictError)
        server.plays[DATA["6"]] = stream(completed({"data": ["third", None]}))
        assert predict(way, app, "third").data[0] == "third"
