"""The answers of Gradio 4 to 6, saved as the events that carry them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import encoders
from encoders import LimitError, Limits, PredictError, ResponseError
from encoders.predict.client.queues.calling import SessionReader
from encoders.predict.client.queues.messages import Messages
from tests.cli.test_cli import fail, succeed
from tests.paths import FIXTURES

PNG = FIXTURES / "image" / "small.png"
URL = encoders.encode(PNG)


def queue(*messages: dict[str, Any]) -> str:
    return "".join(f"data: {json.dumps(message)}\n\n" for message in messages)


OUTPUT = {"data": ["text", URL], "duration": 0.5}
STREAMS = {
    "complete": f'event: complete\ndata: ["text", "{URL}"]\n\n',
    "without its last line": f'event: complete\ndata: ["text", "{URL}"]',
    "heartbeats": "event: heartbeat\ndata: null\n\n" * 3
    + f'event: complete\ndata: ["text", "{URL}"]\n\n',
    "generating": 'event: generating\ndata: ["te", null]\n\n'
    f'event: generating\ndata: ["text", "{URL}"]\n\nevent: complete\ndata: ["text", "{URL}"]\n\n',
    "returns": f'event: complete\r\ndata: ["text", "{URL}"]\r\n\r\n',
    "a comment and a mark": "\ufeff: hi\n\nid: 3\nretry: 9\n"
    f'event:complete\ndata:["text","{URL}"]\n\n',
    "a proxy's own": f'event: proxy\ndata: <html>\n\nevent: complete\ndata: ["text", "{URL}"]\n\n',
    "the queue": queue(
        {"msg": "estimation", "rank": 0},
        {"msg": "process_starts", "event_id": "a"},
        {"msg": "progress", "progress_data": []},
        {"msg": "heartbeat"},
        {"msg": "process_completed", "event_id": "a", "output": OUTPUT, "success": True},
        {"msg": "close_stream"},
    ),
}
FAILURES = {
    "error": ('event: error\ndata: {"error": "too dark"}\n\n', "the server says: too dark"),
    "text": ('event: error\ndata: "too dark"\n\n', "the server says: too dark"),
    "null": ("event: error\ndata: null\n\n", "form of another era than the server's"),
    "the queue": (
        queue({"msg": "process_completed", "output": {"error": "too dark"}, "success": False}),
        "the server says: too dark",
    ),
    "full": (queue({"msg": "queue_full"}), "queue_full"),
    "cut off": ('event: generating\ndata: ["te"]\n\n', "ended before the answer was complete"),
    "nothing": (": hello\n\n", "ended before the answer was complete"),
}


def as_path(text: str, folder: Path) -> Path:
    (folder / "saved.txt").write_bytes(text.encode())
    return folder / "saved.txt"


WAYS: dict[str, Callable[[str, Path], Any]] = {
    "str": lambda text, _: text,
    "bytes": lambda text, _: text.encode(),
    "bytearray": lambda text, _: bytearray(text.encode()),
    "file": lambda text, _: io.BytesIO(text.encode()),
    "path": as_path,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", STREAMS)
def test_the_event_that_ends_a_call_is_its_answer(name: str, way: str, tmp_path: Path) -> None:
    answer = encoders.response(WAYS[way](STREAMS[name], tmp_path), ["textbox", "image"])

    assert answer.data[0] == "text"
    assert answer.data[1].size == (240, 180)
    assert answer.durations == ([0.5] if name == "the queue" else None)


@pytest.mark.parametrize("name", FAILURES)
def test_a_call_that_failed_is_a_predict_error(name: str) -> None:
    text, expected = FAILURES[name]

    with pytest.raises(PredictError, match=expected):
        encoders.response(text)


@pytest.mark.parametrize("text", ["event: complete\ndata: {\n\n", "data: {\n\n"])
def test_an_answer_that_is_not_json_is_a_response_error(text: str) -> None:
    with pytest.raises(ResponseError, match="expected JSON"):
        encoders.response(text)


def test_a_data_url_is_no_stream() -> None:
    with pytest.raises(ResponseError, match="expected JSON, found 'data:"):
        encoders.response(URL)


@pytest.mark.parametrize("way", WAYS)
def test_streams_are_bounded(way: str, tmp_path: Path) -> None:
    text = "event: heartbeat\ndata: null\n\n" * 1000

    with pytest.raises(LimitError, match="max_body_bytes"):
        encoders.response(WAYS[way](text, tmp_path), limits=Limits(max_body_bytes=1000))


def test_event_id_prints_the_next_command() -> None:
    with pytest.raises(ResponseError) as caught:
        encoders.response('{"event_id": "a1b2c3"}')

    assert 'curl -sN "$URL/a1b2c3" | encoders response -o out' in str(caught.value)


@pytest.mark.parametrize("event", ["$(reboot)", '"; reboot; "', "a b", "x" * 1000, "", 3, None, []])
def test_an_invalid_id_is_not_put_into_a_command(event: Any) -> None:
    with pytest.raises(ResponseError) as caught:
        encoders.response({"event_id": event})

    assert '"$URL/EVENT_ID"' in str(caught.value)
    assert len(str(caught.value)) < 400


def test_messages_of_other_calls_are_ignored() -> None:
    text = queue(
        {"msg": "process_completed", "event_id": "b", "output": {"data": ["theirs"]}},
        {"msg": "process_completed", "event_id": "a", "output": {"data": ["ours"]}},
    )
    reader = SessionReader(Limits(), Messages("sse_v3", None), "a")

    assert reader.feed(text.encode())
    assert reader.close().value == {"data": ["ours"]}


def test_the_shell_makes_files_of_events(tmp_path: Path) -> None:
    lines = succeed("response", "-o", tmp_path, stdin=STREAMS["complete"].encode()).decode()

    assert lines.startswith(f"{tmp_path}/image.png  image/png")
    assert (tmp_path / "image.png").read_bytes() == PNG.read_bytes()


def test_command_line_prints_the_next_command(tmp_path: Path) -> None:
    message = fail("response", "-o", tmp_path, stdin=b'{"event_id": "a1b2c3"}')

    assert 'curl -sN "$URL/a1b2c3" | encoders response -o out' in message
    assert "form of another era" in fail("response", "-o", tmp_path, stdin=b'{"error": null}')


def test_help_names_the_servers_of_each_era() -> None:
    text = " ".join(succeed("payload", "--help").decode().split())

    assert "default: 2, which servers of 2.x and 3.x take; those of 4 to 6 need theirs" in text
    assert "/call/" in text
