"""Calls in an event loop, and threads that start at the same time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from encoders import (
    Interface,
    PredictError,
)
from tests.predict.client.calls import (
    DATA,
    JOIN,
)
from tests.predict.http_server import (
    Exchange,
    gradio,
    http_server,
    say,
)


def test_event_loop_may_request_the_configuration_during_a_call() -> None:
    async def both(app: Interface) -> Any:
        task = asyncio.create_task(app.predict_async("hi"))
        while not server.paths:
            await asyncio.sleep(0.005)
        assert app.endpoints
        return (await task).data[0]

    plays = gradio("3")
    quick = plays["/config"]
    asked = []

    def slow(exchange: Exchange) -> None:
        asked.append(exchange)
        exchange.wait(0.3 if len(asked) == 1 else 0)
        quick(exchange)

    plays["/config"] = slow
    with http_server(plays) as server, Interface(server.url, timeout=5) as app:
        assert asyncio.run(both(app)) == "hi"


def test_a_call_that_blocks_the_event_loop_waits_for_one_that_does_not() -> None:
    async def both(app: Interface) -> Any:
        task = asyncio.create_task(app.predict_async("hi"))
        while DATA["6"] not in [path.partition("?")[0] for path in server.paths]:
            await asyncio.sleep(0.005)
        return app.predict("hi")[0], (await task)[0]

    parts = ["textbox", "state"]
    plays = gradio("6", inputs=parts, outputs=parts)
    answer = plays[DATA["6"]]
    plays[DATA["6"]] = lambda exchange: (exchange.wait(0.3), answer(exchange))[1]
    with http_server(plays) as server, Interface(server.url, timeout=5) as app:
        assert asyncio.run(both(app)) == ("hi", "hi")


def test_a_function_that_gives_state_alone_shares_the_session() -> None:
    plays = gradio("6", outputs=["textbox", "state"], function=lambda text: [text, None])
    with http_server(plays) as server, Interface(server.url) as app:
        app.predict("a")
        app.predict("b")

    sessions = [seen.json["session_hash"] for seen in server.seen if seen.path == JOIN["6"]]
    assert len(set(sessions)) == 1


@pytest.mark.parametrize("era", ["2", "3", "6"])
def test_threads_request_the_configuration_once(era: str) -> None:
    for _ in range(5):
        texts = [str(number) for number in range(16)]
        with (
            http_server(gradio(era)) as server,
            Interface(server.url) as app,
            ThreadPoolExecutor(16) as pool,
        ):
            assert [answer.data[0] for answer in pool.map(app.predict, texts)] == texts
        assert server.paths.count("/config") == 1
        assert sum(path.endswith("/info") for path in server.paths) == (era != "2")


def test_failed_configuration_is_requested_again() -> None:
    plays = {**gradio("3"), "/config": say("Internal Server Error", 500)}
    with http_server(plays) as server, Interface(server.url) as app:
        with pytest.raises(PredictError):
            app.predict("hi")
        server.plays["/config"] = gradio("3")["/config"]

        assert app.predict("hi").data[0] == "hi"


_SLOW_IMPORT = """
import asyncio, importlib.util, sys, threading, time
from encoders import Interface

NAME = "anyio._backends._asyncio"

class Slow:  # finds a module as Python does, and takes its time to run it
    @staticmethod
    def find_spec(name, path, target=None):
        if name != NAME:
            return None
        sys.meta_path.remove(Slow)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (time.sleep(0.5), run(module))
        return spec

with Interface(sys.argv[1]) as app:
    app.predict("hi")  # imports all but what an event loop needs
    assert NAME not in sys.modules
    sys.meta_path.insert(0, Slow)
    threading.Thread(target=importlib.import_module, args=(NAME,)).start()
    while NAME not in sys.modules:
        time.sleep(0.001)
    print(asyncio.run(app.predict_async("hi"))[0])
"""


def test_the_first_call_is_answered_while_another_thread_imports_anyio() -> None:
    with http_server(gradio("3")) as server:
        command = [sys.executable, "-c", _SLOW_IMPORT, server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (done.stdout, done.stderr) == ("hi\n", "")
