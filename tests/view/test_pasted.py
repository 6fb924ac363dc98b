"""Pasted text: what it holds, told without being told."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

import encoders
from encoders.data_url import DataURL
from encoders.errors import (
    DataURLError,
    EncodersError,
    LimitError,
    MediaTypeError,
    PredictError,
    ResponseError,
)
from encoders.limits import Limits
from encoders.view.pasted import read_pasted
from tests.pace import at_most
from tests.paths import FIXTURES

PHOTO = FIXTURES / "image" / "photo.jpg"
URL = encoders.encode(PHOTO)
BASE64 = URL.partition(",")[2]


@pytest.mark.parametrize(
    "text",
    [
        URL,
        f"\ufeff\n  {URL}\n",
        BASE64,
        "\r\n".join(BASE64[at : at + 76] for at in range(0, len(BASE64), 76)),
        base64.urlsafe_b64encode(PHOTO.read_bytes()).decode(),
    ],
    ids=["data URL", "spaces around", "base64", "folded base64", "URL-safe base64"],
)
def test_the_text_of_a_file_is_that_file(text: str) -> None:
    url = read_pasted(text)
    assert (url.media_type, url.data) == ("image/jpeg", PHOTO.read_bytes())


def test_a_data_url_a_line_is_a_list_of_them() -> None:
    assert [url.media_type for url in read_pasted(f"{URL}\ndata:text/plain,hi\n")] == [
        "image/jpeg",
        "text/plain",
    ]


def test_a_folded_data_url_is_one() -> None:
    assert read_pasted(URL[:500] + "\n" + URL[500:]).data == PHOTO.read_bytes()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"data": [1, "a"]}', {"data": [1, "a"]}),
        ('[{"path": "/tmp/a.png"}]', [{"path": "/tmp/a.png"}]),
        ('"text"', "text"),
        ("-1.5e3", -1500.0),
        ("null", None),
        ('{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ('event: complete\ndata: ["done"]\n\n', ["done"]),
        (
            'data: {"msg": "estimation"}\n\n'
            'data: {"msg": "process_completed", "output": {"data": [7]}, "success": true}\n\n',
            {"data": [7]},
        ),
    ],
)
def test_json_is_its_value(text: str, value: Any) -> None:
    assert read_pasted(text) == value


def test_a_payload_keeps_its_files() -> None:
    value = read_pasted(json.dumps(encoders.payload(PHOTO)))
    assert isinstance(value["data"][0], DataURL)
    assert value["data"][0].data == PHOTO.read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "test",
        "DEADBEEF",
        "GIF",
        "hello world, this is text",
        "/etc/passwd",
        "~/.ssh/id_rsa",
    ]
    + ["https://example.com/a.png", "file:///etc/passwd", "<p>hi</p>", "iVBORw0KGgo=!"],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(MediaTypeError, match="neither a data URL, nor base64, nor JSON"):
        read_pasted(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (" \n", MediaTypeError),
        ("data:image/png", DataURLError),
        ("data:image/png;base64,a$b", DataURLError),
        ('{"data": [1', ResponseError),
        ("[" * 100_000, EncodersError),
        ("9" * 5000, ResponseError),
        ('event: error\ndata: {"error": "out of paint"}\n\n', PredictError),
        ("data: [1]\n\n", PredictError),
    ],
)
def test_a_fault_is_an_error_of_ours(text: str, error: type[EncodersError]) -> None:
    with pytest.raises(error):
        read_pasted(text)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (URL, Limits(max_bytes=1000)),
        (BASE64, Limits(max_bytes=1000)),
        (URL, Limits(max_body_bytes=1000)),
        ('{"data": [[[1]]]}', Limits(max_depth=3)),
    ],
)
def test_limits_hold(text: str, limit: Limits) -> None:
    with pytest.raises(LimitError):
        read_pasted(text, limits=limit)


def test_fifty_megabytes_are_read() -> None:
    data = bytes(range(256)) * (50 * 4096)
    encoded = base64.b64encode(data).decode()
    with at_most(3):
        assert read_pasted(encoded).size == len(data)
        assert read_pasted(json.dumps({"data": [f"data:;base64,{encoded}"]}))
