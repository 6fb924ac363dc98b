"""The queues of Gradio 3.x and of 4.0 to 4.8, against peers that speak them."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import generate_accept_token

from encoders import EncodersError, Interface, LimitError, Limits, PredictError, ResponseError
from tests.predict.http_server import Exchange, Json, Play, config, event, http_server, say, silent
from tests.predict.test_client import call, no_proxy, refusal
from tests.predict.ways import predict, ways

__all__ = ["no_proxy"]

Talk = Callable[["Peer"], None]


class Peer:
    """The server's side of a WebSocket."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._frames = Connection(ConnectionType.SERVER)

    def open(self, accept: str | None = None) -> None:
        key = self.exchange.headers["Sec-WebSocket-Key"].encode()
        answer = generate_accept_token(key).decode() if accept is None else accept
        self.write(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + f"Sec-WebSocket-Accept: {answer}\r\n\r\n".encode()
        )

    def write(self, data: bytes) -> None:
        self.exchange.close_connection = True
        self.exchange.wfile.write(data)

    def send(self, event: Any) -> None:
        self.write(self._frames.send(event))

    def say(self, **message: Json) -> None:
        self.send(TextMessage(json.dumps(message)))

    def hear(self) -> Any:
        """Return the next message, or the event that is none."""
        while True:
            for found in self._frames.events():
                return json.loads(found.data) if isinstance(found, TextMessage) else found
            self._frames.receive_data(self.exchange.connection.recv(65536) or None)


def gradio_3(
    talk: Talk, status: int = 404, version: str = "3.50.2", **options: Json
) -> dict[str, Play]:
    """Return what a server of Gradio 3.x does whose function is called by its queue alone."""
    said = {**config("3", ["textbox"], ["textbox"]), "enable_queue": True, "version": version}
    said["dependencies"][0] |= options

    def join(exchange: Exchange) -> None:
        peer = Peer(exchange)
        peer.open()
        talk(peer)

    return {
        "/config": say(said),
        "/info": say({}),
        "/run/predict": say({"detail": "Not authorized to skip the queue"}, status),
        "/queue/join": join,
    }


def asked(peer: Peer) -> Json:
    """Ask for the call, as Gradio 3.x does, and return it."""
    peer.say(msg="send_hash")
    names = peer.hear()
    peer.say(msg="estimation", rank=0, queue_size=1)
    peer.say(msg="send_data")
    body = peer.hear()
    assert {key: body[key] for key in names} == names
    peer.say(msg="process_starts")
    return body


def completed(peer: Peer, output: Json, success: bool = True) -> None:
    peer.say(msg="process_completed", output=output, success=success)


def echo(peer: Peer) -> None:
    completed(peer, {"data": asked(peer)["data"], "duration": 0.5})


# Gradio 3.x: a WebSocket.


@ways
@pytest.mark.parametrize("status", [401, 404])
def test_a_function_that_is_called_by_its_queue_alone_is(status: int, way: str) -> None:
    with http_server(gradio_3(echo, status)) as server:
        assert call(server.url, "Grüße", way=way) == "Grüße"


def test_such_a_function_is_asked_for_directly_but_once() -> None:
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
def test_a_function_without_a_queue_is_not_looked_for_in_one(
    queued: bool | None, enabled: bool
) -> None:
    plays = gradio_3(echo, queue=queued)
    said = {**config("3", ["textbox"], ["textbox"]), "enable_queue": enabled}
    said["dependencies"][0]["queue"] = queued
    with http_server({**plays, "/config": say(said)}) as server:
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
def test_an_error_has_the_servers_words(way: str) -> None:
    def talk(peer: Peer) -> None:
        asked(peer)
        completed(peer, {"error": "its own words"}, success=False)

    with http_server(gradio_3(talk)) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, PredictError)
    assert "its own words" in str(error)
    assert error.endpoint == "/predict"


@ways
def test_a_full_queue_is_called_one(way: str) -> None:
    with http_server(gradio_3(lambda peer: peer.say(msg="queue_full"))) as server:
        assert "queue_full" in str(refusal(server.url, way=way))


@ways
def test_messages_come_in_pieces_and_between_pings(way: str) -> None:
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


def test_what_is_no_text_is_passed_over() -> None:
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
def test_a_message_that_is_no_json_is_an_error(message: str) -> None:
    with http_server(gradio_3(lambda peer: peer.send(TextMessage(message)))) as server:
        assert isinstance(refusal(server.url), ResponseError)


@pytest.mark.parametrize("message", [None, [], 1, "x", {}, {"msg": None}, {"msg": ["send_data"]}])
def test_a_message_of_another_kind_is_passed_over(message: Json) -> None:
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
def test_a_queue_that_says_nothing_ends_with_the_time(after: bool, way: str) -> None:
    def talk(peer: Peer) -> None:
        if after:
            asked(peer)
        silent(peer.exchange)

    with http_server(gradio_3(talk)) as server:
        assert "in 0.3 s; pass a higher timeout" in str(refusal(server.url, way=way, timeout=0.3))


@ways
def test_a_server_that_talks_without_end_ends_with_the_time(way: str) -> None:
    def talk(peer: Peer) -> None:
        while not peer.exchange.wait(0.005):
            peer.say(msg="estimation", rank=0, queue_size=1)

    with http_server(gradio_3(talk)) as server:
        assert "in 0.3 s; pass a higher timeout" in str(refusal(server.url, way=way, timeout=0.3))


@ways
def test_a_websocket_that_was_not_asked_for_is_an_error(way: str) -> None:
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


# Gradio 4.0 to 4.8: events that ask for the call.


class Queue:
    """The queue of Gradio 4.0 to 4.8: a stream waits for what is sent besides."""

    def __init__(self, *messages: bytes, is_asked: bool = True) -> None:
        self.messages = messages
        self.is_asked = is_asked
        self.given: queue.Queue[Json] = queue.Queue()

    def join(self, exchange: Exchange) -> None:
        def pieces() -> Any:
            yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            yield event(msg="estimation", rank=0, queue_size=1)
            if self.is_asked:
                yield event(msg="send_data", event_id="event 1")
                body = self.given.get(timeout=5)
                assert body["event_id"] == "event 1"
                yield event(msg="process_starts")
            yield from self.messages or [
                event(msg="process_completed", output={"data": body["data"]}, success=True)
            ]

        exchange.write(pieces())

    def data(self, exchange: Exchange) -> None:
        self.given.put(exchange.seen.json)
        exchange.answer(b"null")

    def plays(self, **options: Json) -> dict[str, Play]:
        said = {**config("4", ["textbox"], ["textbox"]), "version": "4.0.2", "protocol": "sse"}
        said["dependencies"][0] |= options
        return {
            "/config": say({**said, "enable_queue": True}),
            "/info": say({}),
            "/queue/join": self.join,
            "/queue/data": self.data,
            "/run/predict": say({"data": ["at once"]}),
        }


@ways
def test_the_call_is_sent_when_the_stream_asks_for_it(way: str) -> None:
    with http_server(Queue().plays()) as server:
        assert call(server.url, "Grüße", way=way) == "Grüße"

    asked = next(seen for seen in server.seen if seen.path.startswith("/queue/join"))
    given = next(seen for seen in server.seen if seen.path == "/queue/data").json
    assert f"session_hash={given['session_hash']}" in asked.path
    assert "fn_index=0" in asked.path


@ways
def test_a_function_that_has_no_queue_is_called_at_once(way: str) -> None:
    with http_server(Queue().plays(queue=False)) as server:
        assert call(server.url, way=way) == "at once"


@ways
def test_a_generator_in_this_queue_gives_its_last_value(way: str) -> None:
    plays = Queue(
        event(msg="process_generating", output={"data": ["1"]}, success=True),
        event(msg="heartbeat"),
        event(msg="process_completed", output={"data": ["2"]}, success=True),
    ).plays()
    with http_server(plays) as server:
        assert call(server.url, way=way) == "2"


@ways
def test_an_error_in_this_queue_has_the_servers_words(way: str) -> None:
    words = event(msg="process_completed", output={"error": "its own words"}, success=False)
    with http_server(Queue(words).plays()) as server:
        assert "its own words" in str(refusal(server.url, way=way))


@ways
def test_a_call_that_is_refused_on_its_way_is_an_error(way: str) -> None:
    plays = {**Queue().plays(), "/queue/data": say({"detail": "its own words"}, 422)}
    with http_server(plays) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, PredictError)
    assert error.status == 422


@ways
def test_a_stream_that_asks_again_and_again_is_answered_within_the_time(way: str) -> None:
    asks = [event(msg="send_data", event_id=str(number)) for number in range(20)]
    with http_server(Queue(*asks, is_asked=False).plays()) as server:
        error = refusal(server.url, way=way, timeout=5)

    assert isinstance(error, PredictError)
    assert "ended before the answer was complete" in str(error)


def test_many_calls_at_once_do_not_wait_for_one_anothers_connections() -> None:
    def join(exchange: Exchange) -> None:
        queue_of_one = Queue()
        waiting[parse_qs(urlsplit(exchange.path).query)["session_hash"][0]] = queue_of_one
        queue_of_one.join(exchange)

    def data(exchange: Exchange) -> None:
        waiting[exchange.seen.json["session_hash"]].data(exchange)

    waiting: dict[str, Queue] = {}
    plays = {**Queue().plays(), "/queue/join": join, "/queue/data": data}
    texts = [str(number) for number in range(120)]
    with (
        http_server(plays) as server,
        Interface(server.url, timeout=20) as app,
        ThreadPoolExecutor(len(texts)) as pool,
    ):
        assert [answer.data[0] for answer in pool.map(app.predict, texts)] == texts


@ways
def test_a_generator_without_a_queue_goes_on_under_its_event(way: str) -> None:
    under_way: dict[str, int] = {}

    def run(exchange: Exchange) -> None:
        event = exchange.seen.json.get("event_id")
        step = under_way[event] = under_way.get(event, 0) + 1 if event else 1
        exchange.answer(json.dumps({"data": [str(step)], "is_generating": step < 4}).encode())

    plays = {**Queue().plays(queue=False), "/run/predict": run}
    with http_server(plays) as server:
        assert call(server.url, way=way, timeout=5) == "3"


def test_gradio_3_is_sent_no_event() -> None:
    plays = {**gradio_3(echo), "/run/predict": say({"data": ["hi"]})}
    with http_server(plays) as server:
        call(server.url)

    assert "event_id" not in server.seen[-1].json


@pytest.mark.parametrize(("code", "reason"), [(1009, "too big"), (1011, ""), (1008, "no")])
def test_why_a_queue_was_closed_is_told(code: int, reason: str) -> None:
    close = CloseConnection(code=code, reason=reason)
    with http_server(gradio_3(lambda peer: peer.send(close))) as server:
        said = str(refusal(server.url))

    assert f"with code {code}" in said
    assert reason in said


# Functions that take lists.


def batch(answer: Json) -> dict[str, Play]:
    said = config("3", ["textbox", "number"], ["textbox"])
    said["dependencies"][0]["batch"] = True
    return {"/config": say(said), "/info": say({}), "/run/predict": say(answer)}


@ways
def test_a_batch_of_one_is_sent_and_read(way: str) -> None:
    plays = batch({"data": [["up"]], "duration": 0.5})
    with http_server(plays) as server, Interface(server.url) as app:
        answer = predict(way, app, "up", 4)

    assert server.seen[-1].json["data"] == [["up"], [4]]
    assert server.seen[-1].json["batched"] is True
    assert (answer.data[:], answer.durations) == (["up"], [0.5])


@pytest.mark.parametrize("data", [["up"], [["up", "down"]], [[]], [{}], None, 1])
def test_what_is_no_batch_of_one_is_an_error(data: Json) -> None:
    with (
        http_server(batch({"data": data})) as server,
        Interface(server.url) as app,
        pytest.raises(EncodersError, match="expected the answer for a batch of one"),
    ):
        app.predict("up", 4)
