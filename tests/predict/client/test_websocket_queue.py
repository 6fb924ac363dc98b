"""The queue of Gradio 3.x: a WebSocket requests the inputs and returns the answer."""

from __future__ import annotations

import json
import queue
from typing import Any

import pytest
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage

from encoders import Interface, LimitError, Limits, PredictError, ResponseError
from tests.predict.client.calls import call, refusal
from tests.predict.client.websocket_server import Peer, Talk, asked, completed, echo, gradio_3
from tests.predict.http_server import Json, config, http_server, say, silent
from tests.predict.ways import ways


@ways
@pytest.mark.parametrize("status", [401, 404])
def test_a_function_that_can_be_queued_only_is_queued(status: int, way: str) -> None:
    with http_server(gradio_3(echo, status)) as server:
        assert call(server.url, "Grüße", way=way) == "Grüße"


def test_function_that_requires_the_queue_is_called_directly_once() -> None:
    with http_server(gradio_3(echo)) as server, Interface(server.url) as app:
        assert [app.predict(text).data[0] for text in "abc"] == list("abc")

    assert server.paths.count("/run/predict") == 1
    assert server.paths.count("/queue/join") == 3


def test_each_call_has_a_session_of_its_own() -> None:
    sessions = []

    def talk(peer: Peer) -> None:
        body = asked(peer)
        sessions.append(body["session_hash"])
        completed(peer, {"data": body["data"]})

    with http_server(gradio_3(talk)) as server, Interface(server.url) as app:
        app.predict("a")
        app.predict("b")

    assert len(set(sessions)) == 2


@pytest.mark.parametrize(("queued", "enabled"), [(False, True), (None, False)])
def test_function_without_a_queue_is_called_without_one(queued: bool | None, enabled: bool) -> None:
    plays = gradio_3(echo, queue=queued)
    configuration = {**config("3", ["textbox"], ["textbox"]), "enable_queue": enabled}
    configuration["dependencies"][0]["queue"] = queued
    with http_server({**plays, "/config": say(configuration)}) as server:
        error = refusal(server.url)

    assert "/queue/join" not in server.paths
    assert "Not authorized to skip the queue" in str(error)


@ways
def test_a_generator_gives_its_last_value(way: str) -> None:
    def talk(peer: Peer) -> None:
        asked(peer)
        for number in (1, 2):
            peer.say(msg="process_generating", output={"data": [str(number)]}, success=True)
        completed(peer, {"data": ["2"]})

    with http_server(gradio_3(talk)) as server:
        assert call(server.url, way=way) == "2"


@ways
def test_error_has_the_text_of_the_server(way: str) -> None:
    def talk(peer: Peer) -> None:
        asked(peer)
        completed(peer, {"error": "error text of the server"}, success=False)

    with http_server(gradio_3(talk)) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, PredictError)
    assert "error text of the server" in str(error)
    assert error.endpoint == "/predict"


@ways
def test_full_queue_is_reported_as_the_cause(way: str) -> None:
    with http_server(gradio_3(lambda peer: peer.say(msg="queue_full"))) as server:
        assert "queue_full" in str(refusal(server.url, way=way))


@ways
def test_messages_may_arrive_in_pieces_and_between_pings(way: str) -> None:
    pongs: list[Any] = []

    def talk(peer: Peer) -> None:
        text = json.dumps(
            {"msg": "process_completed", "output": {"data": ["Grüße" * 50_000]}, "success": True},
            ensure_ascii=False,
        )
        asked(peer)
        peer.send(Ping(b"there?"))
        pongs.append(peer.hear())
        for start in range(0, len(text), 10_000):
            part = text[start : start + 10_000]
            peer.send(TextMessage(part, message_finished=start + 10_000 >= len(text)))

    with http_server(gradio_3(talk)) as server:
        assert call(server.url, way=way) == "Grüße" * 50_000
    assert pongs[0].payload == b"there?"


def test_frames_that_are_not_text_are_ignored() -> None:
    def talk(peer: Peer) -> None:
        peer.send(BytesMessage(b"\x00"))
        echo(peer)

    with http_server(gradio_3(talk)) as server:
        assert call(server.url) == "hi"


def test_the_websocket_is_closed_in_the_end() -> None:
    last: queue.Queue[Any] = queue.Queue()

    def talk(peer: Peer) -> None:
        echo(peer)
        last.put(peer.hear())

    with http_server(gradio_3(talk)) as server:
        call(server.url)
        found = last.get(timeout=5)

    assert isinstance(found, CloseConnection)
    assert found.code == 1000


BROKEN: dict[str, Talk] = {
    "ends": lambda peer: None,
    "closes": lambda peer: peer.send(CloseConnection(code=1011, reason="gone")),
    "no frames": lambda peer: peer.write(b"\xff" * 64),
    "no UTF-8": lambda peer: peer.write(b"\x81\x02\xff\xfe"),
    "ends in a message": lambda peer: peer.write(b"\x81\x7e\x10\x00hello"),
    "ends after the question": lambda peer: peer.say(msg="send_hash"),
}


@ways
@pytest.mark.parametrize("name", BROKEN)
def test_a_queue_that_breaks_is_an_error(name: str, way: str) -> None:
    with http_server(gradio_3(BROKEN[name])) as server:
        error = refusal(server.url, way=way, timeout=5)

    assert isinstance(error, PredictError)
    assert "closed its queue" in str(error) or "broke" in str(error)


@pytest.mark.parametrize("message", ["", "<html>", '{"msg": '])
def test_a_message_that_is_not_json_is_an_error(message: str) -> None:
    with http_server(gradio_3(lambda peer: peer.send(TextMessage(message)))) as server:
        assert isinstance(refusal(server.url), ResponseError)


@pytest.mark.parametrize("message", [None, [], 1, "x", {}, {"msg": None}, {"msg": ["send_data"]}])
def test_a_message_of_another_kind_is_ignored(message: Json) -> None:
    def talk(peer: Peer) -> None:
        peer.send(TextMessage(json.dumps(message)))
        echo(peer)

    with http_server(gradio_3(talk)) as server:
        assert call(server.url) == "hi"


@ways
def test_a_message_has_its_bound(way: str) -> None:
    def talk(peer: Peer) -> None:
        asked(peer)
        for _ in range(100):
            peer.send(TextMessage("a" * 10_000, message_finished=False))

    with http_server(gradio_3(talk)) as server:
        error = refusal(server.url, way=way, limits=Limits(max_body_bytes=100_000))

    assert isinstance(error, LimitError)
    assert "max_body_bytes=100,000" in str(error)


@ways
@pytest.mark.parametrize("after", [False, True])
def test_a_silent_queue_ends_with_the_timeout(after: bool, way: str) -> None:
    def talk(peer: Peer) -> None:
        if after:
            asked(peer)
        silent(peer.exchange)

    with http_server(gradio_3(talk)) as server:
        assert "in 0.3 s; pass a higher timeout" in str(refusal(server.url, way=way, timeout=0.3))


@ways
def test_endless_messages_end_with_the_timeout(way: str) -> None:
    def talk(peer: Peer) -> None:
        while not peer.exchange.wait(0.005):
            peer.say(msg="estimation", rank=0, queue_size=1)

    with http_server(gradio_3(talk)) as server:
        assert "in 0.3 s; pass a higher timeout" in str(refusal(server.url, way=way, timeout=0.3))


@ways
def test_websocket_that_was_not_requested_is_an_error(way: str) -> None:
    plays = gradio_3(echo)
    plays["/queue/join"] = lambda exchange: Peer(exchange).open("AAAA")
    with http_server(plays) as server:
        assert "was not asked for" in str(refusal(server.url, way=way))


@ways
def test_a_queue_that_is_refused_leaves_the_first_refusal(way: str) -> None:
    plays = {**gradio_3(echo, 401), "/queue/join": say({"detail": "no queue here"}, 403)}
    with http_server(plays) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, PredictError)
    assert error.status == 401


def test_a_queue_that_answers_like_a_page_is_an_error() -> None:
    with http_server({**gradio_3(echo), "/queue/join": say({"a": 1})}) as server:
        assert "the server's queue answers an object with 'a'" in str(refusal(server.url))
