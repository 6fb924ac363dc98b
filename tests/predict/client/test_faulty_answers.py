"""A malformed answer is an error that names the wrong place."""

from __future__ import annotations

import json

import pytest

from encoders import (
    LimitError,
    PredictError,
    ResponseError,
)
from tests.predict.client.calls import (
    CALL,
    DATA,
    JOIN,
    PLACES,
    TAKES_JSON,
    call,
    refusal,
)
from tests.predict.http_server import (
    Json,
    completed,
    gradio,
    http_server,
    say,
    stream,
)

NO_JSON: dict[str, bytes] = {
    "HTML": b"<!doctype html><title>Hello</title>",
    "nothing": b"",
    "truncated": b'{"data": ["x"',
    "invalid UTF-8": b'{"data": ["\xff"]}',
    "UTF-16": '{"data": []}'.encode("utf-16"),
    "two values": b"{} {}",
    "too deep": b"[" * 5000,
    "a long number": b"1" * 10_000,
}


@pytest.mark.parametrize(
    ("name", "body"),
    [*((name, "HTML") for name in TAKES_JSON), *(("call-3", body) for body in NO_JSON)],
)
def test_an_answer_that_is_not_json_is_an_error(name: str, body: str) -> None:
    place = PLACES[name]
    with http_server(place.plays(say(NO_JSON[body]))) as server:
        error = place.error(server.url)

    if name == "config":
        assert (
            f"{server.url} is no Gradio server, or the server is at another path: expected JSON"
            in str(error)
        )
    else:
        assert isinstance(error, ResponseError | LimitError)


@pytest.mark.parametrize("name", TAKES_JSON)
def test_an_error_about_json_names_its_place(name: str) -> None:
    place = PLACES[name]
    with http_server(place.plays(say("<html>"))) as server:
        place.refusal(server.url)


SHAPES: dict[str, Json] = {
    "null": None,
    "a number": 5,
    "a text": "text",
    "a list": [],
    "an empty object": {},
    "data that is null": {"data": None},
    "data that is text": {"data": "x"},
    "data that is an object": {"data": {"0": "x"}},
    "too few outputs": {"data": []},
    "too many outputs": {"data": ["x", "y"]},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("era", ["2", "3", "6"])
def test_an_answer_of_another_shape_is_a_response_error(era: str, shape: str) -> None:
    play = say(SHAPES[shape]) if era in CALL else stream(completed(SHAPES[shape]))
    with http_server({**gradio(era), CALL.get(era) or DATA[era]: play}) as server:
        assert isinstance(refusal(server.url), ResponseError)


@pytest.mark.parametrize("shape", ["null", "data that is text", "too few outputs"])
def test_an_error_about_an_answers_shape_names_the_endpoint(shape: str) -> None:
    with http_server({**gradio("3"), CALL["3"]: say(SHAPES[shape])}) as server:
        assert "/predict" in str(refusal(server.url))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_configuration_of_another_shape_is_an_error(shape: str) -> None:
    with http_server({"/config": say(SHAPES[shape])}) as server:
        assert isinstance(refusal(server.url), ResponseError | PredictError)


def test_an_error_about_a_configuration_names_the_server() -> None:
    with http_server({"/config": say({"hello": "world"})}) as server:
        assert server.url in str(refusal(server.url))


@pytest.mark.parametrize("shape", [None, 5, "text", [], {}, {"event_id": None}, {"event_id": 5}])
def test_a_queue_that_gives_no_event_is_a_predict_error(shape: Json) -> None:
    with http_server({**gradio("6"), JOIN["6"]: say(json.dumps(shape))}) as server:
        error = refusal(server.url)

    assert isinstance(error, PredictError)
    assert JOIN["6"] in str(error) or "/predict" in str(error) or "event_id" in str(error)


def test_nan_is_a_number() -> None:
    plays = gradio("3", outputs=["number"])
    with http_server({**plays, CALL["3"]: say(b'{"data": [NaN]}')}) as server:
        assert str(call(server.url)) == "nan"


@pytest.mark.parametrize("error", ["{url}", {"image": "{url}"}])
def test_error_may_contain_a_data_url(error: Json) -> None:
    url = "data:image/png;base64," + "AAAA" * 30_000
    text = json.dumps({"error": error}).replace("{url}", url)
    with http_server({**gradio("3"), CALL["3"]: say(text)}) as server:
        assert len(str(refusal(server.url))) < 3000
