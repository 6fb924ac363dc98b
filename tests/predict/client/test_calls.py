"""Calls that run in the background: outputs, status, results, and how they end."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from encoders import EncodersError, Interface, LimitError, Limits, PredictError
from encoders.errors import CallCancelledError
from encoders.predict import Call, Progress, Response, Status
from encoders.predict.client import background
from encoders.predict.client.queues import calling
from tests.pace import wait_until
from tests.predict.client.calls import DATA, FILE, JOIN, OUT, RIGHT, nothing_left_open, reference
from tests.predict.client.live_servers import PROTOCOLS, Server, generating, playing
from tests.predict.http_server import (
    Exchange,
    Json,
    completed,
    event,
    gradio,
    http_server,
    say,
    silent,
)
from tests.predict.ways import ways

protocols = pytest.mark.parametrize("protocol", PROTOCOLS)
END = completed(RIGHT, "mine")


def outputs(call: Call) -> list[Any]:
    return [output[0] for output in call]


async def outputs_async(call: Call) -> list[Any]:
    return [output[0] async for output in call]


# Outputs and statuses.


@protocols
def test_status_says_what_the_server_says(protocol: str) -> None:
    queue = Server(protocol)
    bar = {"index": 1, "length": 4, "unit": "rounds", "progress": None, "desc": "on its way"}
    with http_server(queue.plays()) as server, Interface(server.url) as app:
        call = app.submit("hi")
        assert call.status == Status("waiting")
        queue.begin()
        for message, status in (
            (
                {"msg": "estimation", "rank": 1, "queue_size": 3, "rank_eta": 2.5},
                Status("waiting", place=2, size=3, eta=2.5),
            ),
            ({"msg": "process_starts", "eta": 7.5}, Status("running", eta=7.5)),
            (
                {"msg": "progress", "progress_data": [bar]},
                Status("running", progress=(Progress(1, 4, "rounds", None, "on its way"),)),
            ),
        ):
            queue.say(**message)
            wait_until(lambda status=status: call.status == status)  # type: ignore[misc]
        assert not call.done()
        queue.complete("right")

        assert call.result()[0] == "right"
        assert call.done()
        assert call.status == Status("done")


@protocols
@ways
def test_outputs_are_given_as_they_come(protocol: str, way: str) -> None:
    queue = Server(protocol)
    with http_server(queue.plays()) as server, Interface(server.url) as app:
        call = app.submit("hi")
        queue.begin()
        queue.generate("a", "ab", "c")
        assert next(call)[0] == "a"
        assert call.status == Status("running")
        assert not call.done()
        queue.complete("c")

        rest = outputs(call) if way == "sync" else asyncio.run(outputs_async(call))

        assert rest == ["ab", "c"]
        assert outputs(call) == []
        assert call.result()[0] == "c"


@pytest.mark.parametrize("era", ["2", "3", "4", "6"])
@ways
def test_a_function_that_returns_has_one_output(era: str, way: str) -> None:
    with http_server(gradio(era)) as server, Interface(server.url) as app:
        call = app.submit("hi")
        found = outputs(call) if way == "sync" else asyncio.run(outputs_async(call))

        assert found == ["hi"]
        assert asyncio.run(_awaited(call)) is call.result()


async def _awaited(call: Call) -> Response:
    return await call


@pytest.mark.parametrize("era", ["2", "3", "6"])
def test_a_function_without_outputs_ends(era: str) -> None:
    plays = gradio(era, outputs=[], function=lambda _: [])
    with http_server(plays) as server, Interface(server.url) as app:
        call = app.submit("hi")
        assert [len(output) for output in call] == [len(call.result(5))] == [0]
        assert len(asyncio.run(app.predict_async("hi", timeout=5))) == 0


@ways
def test_an_error_comes_after_the_outputs_before_it(way: str) -> None:
    failure = completed({"error": "boom"}, "mine", success=False)
    with http_server(playing(generating(["a"]), failure)) as server, Interface(server.url) as app:
        call = app.submit("hi")
        assert next(call)[0] == "a"

        for _ in range(2):
            with pytest.raises(PredictError, match="the server says: boom"):
                next(call) if way == "sync" else asyncio.run(outputs_async(call))
            with pytest.raises(PredictError, match="the server says: boom"):
                call.result() if way == "sync" else asyncio.run(_awaited(call))
        assert call.status == Status("failed")


def test_inputs_that_do_not_fit_are_errors_of_the_result() -> None:
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        call = app.submit("hi", "one too many")

        with pytest.raises(EncodersError, match="inputs"):
            call.result()


def test_a_timeout_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="timeout=0"):
        Interface("http://127.0.0.1:9").submit("hi", timeout=0)


HOSTILE: dict[str, tuple[Json, Callable[[Status], bool]]] = {
    "a rank that is endless": (
        {"msg": "estimation", "rank": 1e400, "queue_size": -5, "rank_eta": -1e400},
        lambda status: status == Status("waiting"),
    ),
    "a rank of another type": (
        {"msg": "estimation", "rank": "1", "queue_size": True, "rank_eta": [1]},
        lambda status: status == Status("waiting"),
    ),
    "many bars": (
        {"msg": "progress", "progress_data": [{"desc": "x" * 1000, "unit": "\x1b[2J\n"}] * 10_000},
        lambda status: (
            len(status.progress) == 20
            and all(len(bar.text) <= 210 and "\n" not in bar.unit for bar in status.progress)
        ),
    ),
    "bars of another type": (
        {"msg": "progress", "progress_data": [None, 1, [], {"index": "1", "length": {}}]},
        lambda status: status.progress == (Progress(),),
    ),
    "progress of another type": (
        {"msg": "progress", "progress_data": {"index": 1}},
        lambda status: status == Status("running"),
    ),
    "an output of another type": (
        {"msg": "process_generating", "output": ["x"]},
        lambda status: True,
    ),
    "an output without data": (
        {"msg": "process_generating", "output": {"data": None}},
        lambda status: True,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_odd_messages_do_no_harm(name: str) -> None:
    message, fits = HOSTILE[name]
    queue = Server("sse_v3")
    with http_server(queue.plays()) as server, Interface(server.url) as app:
        call = app.submit("hi")
        queue.say(msg="process_starts")
        wait_until(lambda: call.status == Status("running"))
        queue.say(**message)
        wait_until(lambda: fits(call.status))
        queue.complete("right")

        assert outputs(call) == ["right"]


def test_outputs_that_nobody_reads_are_bounded() -> None:
    messages = [generating(["x" * 1000])] + [generating([[["append", [], "x" * 1000]]])] * 99
    limits = Limits(max_body_bytes=20_000)
    with http_server(playing(*messages, END)) as server, Interface(server.url) as app:
        call = app.submit("hi", limits=limits)

        with pytest.raises(LimitError, match="bytes of outputs not yet read"):
            call.result()
        assert call.status == Status("failed")


def test_small_outputs_that_nobody_reads_are_counted_as_memory_has_them() -> None:
    messages = [generating([[]])] * 1000
    limits = Limits(max_body_bytes=sum(map(len, messages)))
    with (
        http_server(playing(*messages, END)) as server,
        Interface(server.url) as app,
        pytest.raises(LimitError, match="bytes of outputs not yet read"),
    ):
        app.submit("hi", limits=limits).result()


def test_outputs_that_are_read_are_not_counted() -> None:
    queue = Server("sse_v3")
    with http_server(queue.plays()) as server, Interface(server.url) as app:
        call = app.submit("hi", limits=Limits(max_body_bytes=20_000))
        queue.generate("first")
        for _ in range(100):
            next(call)
            queue.say(msg="process_generating", output={"data": [[["replace", [], "x" * 1000]]]})
        queue.complete("right")

        assert outputs(call) == ["x" * 1000]
        assert call.result()[0] == "right"


# Waiting for the result.


@ways
def test_a_wait_that_times_out_leaves_the_call_running(way: str) -> None:
    queue = Server("sse_v3")
    with http_server(queue.plays()) as server, Interface(server.url) as app:
        call = app.submit("hi")
        with pytest.raises(TimeoutError, match=r"not ended in 0\.05 s"):
            call.result(timeout=0.05)
        with pytest.raises(TimeoutError):
            call.result(timeout=0)
        assert not call.done()
        queue.complete("right")

        assert call.result(5)[0] == "right"


def test_threads_and_tasks_get_the_same_result() -> None:
    async def many(call: Call) -> list[Response]:
        return await asyncio.gather(*(_awaited(call) for _ in range(5)))

    queue = Server("sse_v3")
    with (
        http_server(queue.plays()) as server,
        Interface(server.url) as app,
        ThreadPoolExecutor(10) as pool,
    ):
        call = app.submit("hi")
        threads = [pool.submit(call.result) for _ in range(5)]
        tasks = [pool.submit(asyncio.run, many(call)) for _ in range(5)]
        time.sleep(0.05)
        queue.complete("right")

        found = [each.result(5) for each in threads] + [
            one for each in tasks for one in each.result(5)
        ]
        assert {id(each) for each in found} == {id(call.result())}


def test_each_output_goes_to_one_of_many_threads() -> None:
    texts = [str(number) for number in range(200)]
    messages = [generating([texts[0]])]
    messages += [generating([[["replace", [], text]]]) for text in texts[1:]]
    with (
        http_server(playing(*messages, completed({"data": [texts[-1]]}, "mine"))) as server,
        Interface(server.url) as app,
        ThreadPoolExecutor(8) as pool,
    ):
        call = app.submit("hi")
        found = [text for texts in pool.map(outputs, [call] * 8) for text in texts]

    assert sorted(found) == sorted(texts)


def test_calls_are_awaited_in_trio() -> None:
    trio = pytest.importorskip("trio")

    async def main(app: Interface) -> list[Any]:
        call = app.submit("hi")
        return [output[0] async for output in call] + [(await call)[0]]

    with http_server(gradio("6")) as server, Interface(server.url) as app:
        assert trio.run(main, app) == ["hi", "hi"]


# Calls that are cancelled.


def assert_cancelled(call: Call) -> None:
    assert call.done()
    assert call.status == Status("cancelled")
    for ask in (call.result, partial(next, call), lambda: asyncio.run(_awaited(call))):
        with pytest.raises(CallCancelledError):
            ask()


@protocols
def test_a_call_is_cancelled_at_once_and_the_server_is_told(protocol: str) -> None:
    queue = Server(protocol)
    plays = queue.plays()
    told = {"ws": "/reset", "sse": "/reset", "sse_v3": "/gradio_api/cancel"}[protocol]
    with http_server(plays) as server, Interface(server.url) as app:
        call = app.submit("hi")
        queue.begin()
        queue.generate("a")
        assert next(call)[0] == "a"

        call.cancel()

        assert_cancelled(call)
        wait_until(lambda: told in server.paths)
        queue.complete("late")
        assert_cancelled(call)


@pytest.mark.parametrize("step", [JOIN["6"], DATA["6"]])
def test_a_call_that_is_cancelled_while_it_is_sent_ends_on_the_server_too(step: str) -> None:
    queue = Server("sse_v3")
    plays = queue.plays()
    answer = plays[step]
    plays[step] = lambda exchange: (exchange.wait(0.1), answer(exchange))[1]
    with http_server(plays) as server, Interface(server.url) as app:
        call = app.submit("hi")
        wait_until(lambda: any(path.startswith(step) for path in server.paths))

        call.cancel()

        assert_cancelled(call)
        wait_until(lambda: "/gradio_api/cancel" in server.paths)
        assert server.seen[-1].json["event_id"] == "mine"
        assert any(path.startswith(DATA["6"]) for path in server.paths)


@pytest.mark.parametrize("step", ["/config", "/gradio_api/upload", JOIN["6"], DATA["6"]])
def test_a_call_is_cancelled_at_each_of_its_steps(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "_CANCEL_SECONDS", 0.2)
    plays = {**gradio("6", inputs=["file"]), step: silent, "/gradio_api/cancel": silent}
    with http_server(plays) as server, Interface(server.url) as app:
        call = app.submit(b"some bytes")
        wait_until(lambda: any(path.startswith(step) for path in server.paths))

        call.cancel()

        assert_cancelled(call)


def test_a_call_that_is_cancelled_before_it_has_begun_is_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "_MOST_AT_ONCE", 1)
    queue = Server("sse_v3")
    with http_server(queue.plays()) as server, Interface(server.url) as app:
        first, second = app.submit("first"), app.submit("second")
        wait_until(lambda: any(path.startswith(DATA["6"]) for path in server.paths))

        second.cancel()

        assert_cancelled(second)
        queue.complete("right")
        assert first.result()[0] == "right"
        third = app.submit("third")
        queue.complete("right")
        assert third.result()[0] == "right"
    sent = [seen.json["data"] for seen in server.seen if seen.path == JOIN["6"]]
    assert sent == [["first"], ["third"]]


def test_cancel_after_the_end_changes_nothing() -> None:
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        call = app.submit("hi")
        call.result()
        call.cancel()

        assert call.result()[0] == "hi"
        assert call.status == Status("done")


@pytest.mark.parametrize("make", ["submit", "predict_async"])
def test_a_task_that_is_cancelled_cancels_the_call_that_it_awaits(make: str) -> None:
    queue = Server("sse_v3")

    async def main(app: Interface, paths: Callable[[], list[str]]) -> None:
        async def wait() -> Any:
            return await getattr(app, make)("hi")

        task = asyncio.create_task(wait())
        while not any(path.startswith(DATA["6"]) for path in paths()):
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with http_server(queue.plays()) as server, Interface(server.url) as app:
        asyncio.run(main(app, lambda: server.paths))
        wait_until(lambda: "/gradio_api/cancel" in server.paths)


# The end of an interface, and of a process.


def background_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "encoders calls"]


@ways
def test_closing_the_interface_cancels_its_calls(way: str) -> None:
    with http_server(Server("sse_v3").plays()) as server:
        app = Interface(server.url)
        calls = [app.submit("hi") for _ in range(3)]
        start = time.monotonic()
        app.close() if way == "sync" else asyncio.run(app.aclose())

        assert time.monotonic() - start < 5
        for call in calls:
            assert_cancelled(call)
    assert not background_threads()


def test_closing_does_not_wait_for_each_of_many_calls() -> None:
    with http_server({**gradio("6"), JOIN["6"]: silent}) as server:
        app = Interface(server.url)
        calls = [app.submit("hi") for _ in range(300)]
        wait_until(lambda: JOIN["6"] in server.paths)
        start = time.monotonic()
        app.close()

        assert time.monotonic() - start < 5
        assert all(call.status == Status("cancelled") for call in calls)
    assert not background_threads()


def test_a_closed_interface_can_be_used_again() -> None:
    with http_server(gradio("6")) as server:
        app = Interface(server.url)
        for _ in range(2):
            assert app.submit("hi").result()[0] == "hi"
            app.close()


def test_outputs_can_be_read_after_the_interface_was_closed_but_not_fetched() -> None:
    file = reference("6", OUT)
    plays = {**gradio("6", outputs=["file"]), f"{FILE['6']}*": say(b"its content")}
    messages = (generating([file]), completed({"data": [file]}, "mine"))
    queue = {path: play for path, play in playing(*messages).items() if "/queue/" in path}
    with http_server({**plays, **queue}) as server:
        with Interface(server.url) as app:
            calls = [app.submit("hi", fetch=fetch) for fetch in (False, True)]
            for call in calls:
                call.result()

        assert next(calls[0]).references
        with pytest.raises(PredictError, match="the interface was closed"):
            next(calls[1])


def test_calls_that_begin_while_the_interface_closes_end() -> None:
    with http_server(gradio("6")) as server, ThreadPoolExecutor(2) as pool:
        app = Interface(server.url, timeout=5)
        ending = threading.Event()

        def submit() -> list[Call]:
            calls = []
            while not ending.is_set():
                with suppress(PredictError):
                    calls.append(app.submit("hi"))
                time.sleep(0.02)
            return calls

        futures = [pool.submit(submit) for _ in range(2)]
        for _ in range(3):
            time.sleep(0.1)
            app.close()
        ending.set()
        calls = [call for future in futures for call in future.result()]
        app.close()

    assert calls
    assert all(call.done() for call in calls)


def test_a_call_goes_on_without_its_interface() -> None:
    queue = Server("sse_v3")
    with http_server(queue.plays()) as server, nothing_left_open():
        call = Interface(server.url).submit("hi")
        queue.generate("a", "b")
        gc.collect()
        assert next(call)[0] == "a"
        queue.complete("b")
        assert call.result()[0] == "b"
        assert outputs(call) == ["b"]

        del call
        gc.collect()
        wait_until(lambda: not background_threads())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_makes_calls_of_its_own() -> None:
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        assert app.submit("before").result()[0] == "before"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # there are other threads
            child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if app.submit("child").result(10)[0] == "child" else 2
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)

        assert os.waitstatus_to_exitcode(status) == 0
        assert app.submit("after").result()[0] == "after"


def test_an_exchange_that_breaks_is_an_error_of_the_call() -> None:
    def breaks(exchange: Exchange) -> None:
        exchange.write((b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",))
        exchange.write((event(msg="process_starts", event_id="mine"),))

    plays = {**playing(), DATA["6"]: breaks}
    with http_server(plays) as server, Interface(server.url) as app:
        call = app.submit("hi")

        with pytest.raises(PredictError, match="ended before the answer was complete"):
            call.result()
        assert call.status == Status("failed")
