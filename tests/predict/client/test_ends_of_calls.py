"""Calls that end while something else happens: a cancel, a close, a fork."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from encoders import EncodersError, Interface
from encoders.errors import CallCancelledError
from tests.pace import wait_until
from tests.predict.client.calls import CALL, JOIN, OUT, reference
from tests.predict.client.live_servers import Server, generating, playing
from tests.predict.http_server import Exchange, completed, gradio, http_server, say, silent

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.mark.parametrize("fault", [silent, say("Bad Gateway", 502)])
def test_a_call_that_is_cancelled_while_the_server_is_asked_what_it_is_is_not_sent(
    fault: Callable[..., None],
) -> None:
    """Without ``/info`` a call goes on, but not without its caller."""
    plays = {**gradio("6"), "/gradio_api/info": fault}
    with http_server(plays) as server:
        with Interface(server.url) as app:
            call = app.submit("hi")
            wait_until(lambda: "/gradio_api/info" in server.paths)
            call.cancel()
            with pytest.raises(CallCancelledError):
                call.result()
            time.sleep(0.3)

        assert JOIN["6"] not in server.paths


def in_child(work: Callable[[], bool]) -> bool:
    """Return whether work succeeds in a forked process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # there are other threads
        child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@needs_fork
def test_a_forked_process_takes_no_answers_of_the_other() -> None:
    plays = gradio("3")
    answer = plays[CALL["3"]]
    clients = []

    def play(exchange: Exchange) -> None:
        clients.append(exchange.client_address)
        answer(exchange)

    plays[CALL["3"]] = play
    with http_server(plays) as server, Interface(server.url) as app:
        app.predict("before")
        assert in_child(lambda: app.predict("child")[0] == "child")
        assert app.predict("after")[0] == "after"

    assert clients[0] == clients[2] != clients[1]


@needs_fork
def test_a_forked_process_has_a_session_of_its_own() -> None:
    plays = gradio("6", outputs=["textbox", "state"], function=lambda text: [text, None])
    with http_server(plays) as server, Interface(server.url) as app:
        app.predict("before")
        assert in_child(lambda: app.predict("child")[0] == "child")
        app.predict("after")

    joins = (seen.json["session_hash"] for seen in server.seen if seen.path == JOIN["6"])
    before, child, after = joins
    assert before == after != child


@needs_fork
def test_a_call_of_another_process_is_an_error_and_not_waited_for() -> None:
    def is_refused() -> bool:
        with pytest.raises(CallCancelledError, match="another process"):
            call.result()
        return True

    queue = Server("sse_v3")
    with http_server(queue.plays()) as server, Interface(server.url) as app:
        call = app.submit("hi")
        assert in_child(is_refused)
        queue.complete("right")
        assert call.result()[0] == "right"


def test_an_interface_that_is_left_by_a_cancelled_task_is_closed() -> None:
    async def main() -> None:
        with anyio.CancelScope() as scope:
            async with Interface(server.url) as app:
                calls.append(app.submit("hi"))
                scope.cancel()
                await anyio.sleep(5)

    calls: list[Any] = []
    with http_server(Server("sse_v3").plays()) as server:
        anyio.run(main)
        with pytest.raises(CallCancelledError):
            calls[0].result(1)


def test_an_output_whose_files_are_fetched_while_the_interface_closes_is_an_error() -> None:
    file = reference("6", OUT)
    plays = gradio("6", outputs=["file"])
    messages = [generating([file]), completed({"data": [file]}, "mine")]
    plays |= {path: play for path, play in playing(*messages).items() if path != "/config"}
    plays[f"/gradio_api/file={OUT}"] = say(b"its content")
    with http_server(plays) as server:
        app = Interface(server.url)
        call = app.submit("hi", fetch=True)
        assert call.result()[0].data == b"its content"
        app.close()

        with pytest.raises(EncodersError, match="the interface was closed"):
            next(call)


def test_what_is_no_exception_of_an_input_ends_the_call() -> None:
    class Panic(BaseException):
        pass

    class Broken(str):
        def __len__(self) -> int:
            raise Panic

    with http_server(gradio("6")) as server, Interface(server.url) as app:
        call = app.submit(Broken("hi"))
        with pytest.raises(Panic):
            call.result(5)


@pytest.mark.parametrize("step", ["nothing", "/config", "/gradio_api/upload", JOIN["6"]])
def test_a_call_that_has_ended_keeps_no_inputs(step: str) -> None:
    data = bytes(100_000)
    before = sys.getrefcount(data)
    plays = {**gradio("6", inputs=["file"]), step: say(b"no JSON")}
    with http_server(plays) as server, Interface(server.url) as app:
        call = app.submit(data)
        with suppress(EncodersError):
            call.result()

        # Threads let go of what they ran a moment after they have told its result.
        wait_until(lambda: sys.getrefcount(data) == before and not call._background.running)
        assert call.status.state == ("done" if step == "nothing" else "failed")
