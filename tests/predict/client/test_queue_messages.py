"""The answer is found among the messages of the queue, however they arrive."""

from __future__ import annotations

import pytest

from encoders import (
    LimitError,
    Limits,
    PredictError,
)
from encoders.predict.client.queues.calling import SessionReader
from encoders.predict.client.queues.messages import Messages
from tests.predict.client.calls import (
    DATA,
    JOIN,
    RIGHT,
    call,
    refusal,
)
from tests.predict.http_server import (
    Exchange,
    Json,
    Play,
    completed,
    event,
    gradio,
    http_server,
    say,
    silent,
    stream,
)
from tests.predict.ways import ways


def messages(*pieces: bytes, pause: float = 0) -> dict[str, Play]:
    """Return the plays of a server whose queue says this of the event "mine"."""
    joined = {JOIN["6"]: say({"event_id": "mine"})}
    return {**gradio("6"), **joined, DATA["6"]: stream(*pieces, pause=pause)}


GOOD: dict[str, bytes] = {
    "an event of ours": completed(RIGHT, "mine"),
    "no event at all": event(msg="process_completed", output=RIGHT, success=True),
    "an event that is null": completed(RIGHT, None),
    "no word of success": event(msg="process_completed", output=RIGHT),
    "CRLF": completed(RIGHT, "mine").replace(b"\n", b"\r\n"),
    "no space after the colon": completed(RIGHT, "mine").replace(b"data: ", b"data:"),
    "comments": b": a\n:\n\n" + completed(RIGHT, "mine"),
    "other fields": b"event: x\nid: 1\nretry: 10\nnonsense\n" + completed(RIGHT, "mine"),
    "unknown messages": event(msg="news", event_id="mine") + completed(RIGHT, "mine"),
    "messages of no shape": b'data: 5\n\ndata: null\n\ndata: [{"msg": 1}]\n\n'
    + event(msg=["process_completed"])
    + completed(RIGHT),
    "another's answer first": completed({"data": ["wrong"]}, "theirs") + completed(RIGHT, "mine"),
    "another's error first": event(msg="unexpected_error", event_id="theirs", message="no")
    + completed(RIGHT, "mine"),
    "progress": event(msg="progress", event_id="mine", progress_data=[])
    + event(msg="process_generating", event_id="mine", output={"data": ["wrong"]})
    + completed(RIGHT, "mine"),
    "something after the end": completed(RIGHT, "mine") + b"data: {nonsense\n\n",
    "a long comment": b":" + b" " * 60_000 + b"\n" + completed(RIGHT, "mine"),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_answer_is_found_among_the_messages(name: str) -> None:
    with http_server(messages(GOOD[name])) as server:
        assert call(server.url) == "right"


@pytest.mark.parametrize("name", GOOD)
def test_messages_may_be_cut_anywhere(name: str) -> None:
    text = GOOD[name]
    for cut in range(0, len(text), 1 + len(text) // 500):
        reader = SessionReader(Limits(), Messages("sse_v3", None), "mine")
        if not reader.feed(text[:cut]):
            reader.feed(text[cut:])
        assert reader.close().value == RIGHT


@ways
def test_messages_may_arrive_byte_by_byte(way: str) -> None:
    text = GOOD["CRLF"]
    with http_server(messages(*[text[i : i + 1] for i in range(len(text))])) as server:
        assert call(server.url, way=way) == "right"


@ways
def test_a_call_ends_with_its_answer_and_not_with_the_stream(way: str) -> None:
    def stays(exchange: Exchange) -> None:
        stream(completed(RIGHT, "mine"))(exchange)
        silent(exchange)

    with http_server({**messages(), DATA["6"]: stays}) as server:
        assert call(server.url, way=way, timeout=5) == "right"


ODD: dict[str, bytes] = {
    "several lines of data": b'data: {"msg": "process_completed",\n'
    b'data: "output": {"data": ["right"]}}\n\n',
    "lines that end with CR": completed(RIGHT, "mine").replace(b"\n", b"\r"),
    "a byte order mark": b"\xef\xbb\xbf" + completed(RIGHT, "mine"),
    "another event, of no JSON": b"event: ping\ndata: 12:00\n\n" + completed(RIGHT, "mine"),
}


@pytest.mark.parametrize("name", ODD)
def test_messages_may_have_any_form_of_the_standard(name: str) -> None:
    with http_server(messages(ODD[name])) as server:
        assert call(server.url) == "right"


def failed(output: Json) -> bytes:
    return completed(output, "mine", success=False)


HIDDEN = "show_error is off"


BAD: dict[str, tuple[bytes, str]] = {
    "an error that is null": (failed({"error": None}), HIDDEN),
    "an error that is text": (failed({"error": "boom"}), "the server says: boom"),
    "an error in quotes": (failed({"error": "'bo\\nom'"}), "the server says: bo\nom"),
    "an error that is an object": (failed({"error": {"a": 1}}), '{"a": 1}'),
    "an output that is null": (failed(None), HIDDEN),
    "an output that is text": (failed("boom"), "the server says: boom"),
    "an output that is a list": (failed(["boom"]), "boom"),
    "an unexpected error": (event(msg="unexpected_error", message="boom"), "boom"),
    "one without words": (event(msg="unexpected_error", message=None), "unexpected_error"),
    "a stop": (event(msg="server_stopped", message="boom"), "boom"),
    "a full queue": (event(msg="queue_full"), "queue_full"),
    "an early end": (event(msg="process_starts", event_id="mine"), "ended before"),
    "no message": (b"", "ended before"),
    "half a message": (completed(RIGHT, "mine")[:-20], "ended before"),
    "messages of others": (completed(RIGHT, "theirs"), "ended before"),
    "HTML": (b"<!doctype html>\n<title>Hello</title>\n", "ended before"),
    "a line without end": (b"x" * 100_000, "not those of Gradio's queue"),
}


@ways
@pytest.mark.parametrize("name", BAD)
def test_a_queue_that_gives_no_answer_is_a_predict_error(name: str, way: str) -> None:
    text, expected = BAD[name]
    with http_server(messages(text)) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, PredictError)
    assert error.endpoint == "/predict"
    assert str(error).startswith("/predict: ")
    assert expected in str(error)


@pytest.mark.parametrize("text", [b"data: hello\n\n", b"data:\n\n", b'data: {"msg": \n\n'])
def test_a_message_that_is_not_json_is_an_error_with_the_endpoint(text: bytes) -> None:
    with http_server(messages(text)) as server:
        assert "/predict" in str(refusal(server.url))


def test_no_message_is_larger_than_max_body_bytes() -> None:
    text = b"data: [" + b"0," * 2_000_000
    with http_server(messages(text)) as server:
        error = refusal(server.url, limits=Limits(max_body_bytes=1_000_000))

    assert isinstance(error, LimitError)
    assert "/predict" in str(error)
