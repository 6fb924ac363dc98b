"""The queue of Gradio 4.0 to 4.8: a stream of events requests the inputs."""

from __future__ import annotations

import json
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from wsproto.events import CloseConnection

from encoders import Interface, PredictError
from tests.predict.client.calls import call, refusal
from tests.predict.client.websocket_server import echo, gradio_3
from tests.predict.http_server import Exchange, Json, Play, config, event, http_server, say
from tests.predict.ways import ways


class Queue:
    """The queue of Gradio 4.0 to 4.8: a stream waits for another request."""

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
        configuration = {
            **config("4", ["textbox"], ["textbox"]),
            "version": "4.0.2",
            "protocol": "sse",
        }
        configuration["dependencies"][0] |= options
        return {
            "/config": say({**configuration, "enable_queue": True}),
            "/info": say({}),
            "/queue/join": self.join,
            "/queue/data": self.data,
            "/run/predict": say({"data": ["at once"]}),
        }


@ways
def test_call_is_sent_when_the_stream_requests_it(way: str) -> None:
    with http_server(Queue().plays()) as server:
        assert call(server.url, "Grüße", way=way) == "Grüße"

    asked = next(seen for seen in server.seen if seen.path.startswith("/queue/join"))
    given = next(seen for seen in server.seen if seen.path == "/queue/data").json
    assert f"session_hash={given['session_hash']}" in asked.path
    assert "fn_index=0" in asked.path


@ways
def test_a_function_without_a_queue_is_called_directly(way: str) -> None:
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
def test_error_in_this_queue_has_the_text_of_the_server(way: str) -> None:
    message = event(
        msg="process_completed", output={"error": "error text of the server"}, success=False
    )
    with http_server(Queue(message).plays()) as server:
        assert "error text of the server" in str(refusal(server.url, way=way))


@ways
def test_a_call_that_is_refused_on_its_way_is_an_error(way: str) -> None:
    plays = {**Queue().plays(), "/queue/data": say({"detail": "error text of the server"}, 422)}
    with http_server(plays) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, PredictError)
    assert error.status == 422


@ways
def test_stream_that_requests_the_call_repeatedly_ends_at_the_timeout(way: str) -> None:
    asks = [event(msg="send_data", event_id=str(number)) for number in range(20)]
    with http_server(Queue(*asks, is_asked=False).plays()) as server:
        error = refusal(server.url, way=way, timeout=5)

    assert isinstance(error, PredictError)
    assert "ended before the answer was complete" in str(error)


def test_calls_do_not_wait_for_connections_of_other_calls() -> None:
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
def test_generator_without_a_queue_continues_with_its_event(way: str) -> None:
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
def test_error_has_the_reason_for_a_closed_queue(code: int, reason: str) -> None:
    close = CloseConnection(code=code, reason=reason)
    with http_server(gradio_3(lambda peer: peer.send(close))) as server:
        message = str(refusal(server.url))

    assert f"with code {code}" in message
    assert reason in message
