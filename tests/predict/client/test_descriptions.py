"""Unusual descriptions of servers are read, and their size is limited."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest

from encoders import (
    EncodersError,
    Interface,
    Limits,
)
from encoders.errors import UnknownEndpointError
from tests.predict.client.calls import (
    call,
    refusal,
)
from tests.predict.http_server import (
    Json,
    Play,
    gradio,
    http_server,
    raw,
    redirect,
    say,
)

NO_INFO: dict[str, Play] = {
    "not there": say({"detail": "Not Found"}, 404),
    "forbidden": say("no", 403),
    "broken": say("Internal Server Error", 500),
    "closed": raw(),
    "HTML": say("<html>"),
    "truncated": say('{"named_endpoints": {"/pre'),
    "elsewhere": redirect("http://127.0.0.1:9/info"),
    "too large": say(b"[" + b"0," * 1_000_000 + b"0]"),
    "of another shape": say({"named_endpoints": {"/predict": {"parameters": 5}}}),
}


@pytest.mark.parametrize("name", NO_INFO)
def test_a_call_needs_no_info(name: str) -> None:
    with http_server({**gradio("6"), "/gradio_api/info": NO_INFO[name]}) as server:
        assert call(server.url, limits=Limits(max_body_bytes=100_000)) == "hi"


@pytest.mark.parametrize("info", [None, 5, [], {}, {"named_endpoints": None}])
def test_an_empty_info_is_ignored(info: Json) -> None:
    with http_server({**gradio("6"), "/gradio_api/info": say(json.dumps(info))}) as server:
        assert call(server.url) == "hi"


def test_error_for_a_server_without_endpoints_says_so() -> None:
    with http_server(gradio("6", dependencies=[])) as server:
        assert "the server has none" in str(refusal(server.url))


@pytest.mark.parametrize("wanted", ["/missing", 7, "predict/"])
def test_an_unknown_endpoint_is_an_error_that_lists_those_there_are(wanted: str | int) -> None:
    with (
        http_server(gradio("6")) as server,
        Interface(server.url) as app,
        pytest.raises(UnknownEndpointError) as caught,
    ):
        app.predict("hi", api_name=wanted)

    assert repr(wanted) in str(caught.value)
    assert "/predict" in str(caught.value)


@pytest.mark.parametrize("version", ["dev", "1.7", "", "4", "4.0.0b15", "6.31.0+local", None, 6])
def test_a_server_may_name_its_version_as_it_likes(version: Json) -> None:
    with http_server(gradio("6", version=version)) as server, suppress(EncodersError):
        call(server.url)


def test_a_function_that_names_an_unknown_component_is_an_error() -> None:
    function = {"api_name": "predict", "inputs": [99], "outputs": []}
    with http_server(gradio("6", dependencies=[function])) as server:
        assert "99" in str(refusal(server.url))


def test_a_huge_configuration_is_read_fast() -> None:
    part = {"id": 0, "type": "textbox", "props": {"value": "x" * 1000}}
    function = {"api_name": "f", "inputs": [0], "outputs": [0]}
    components = [{**part, "id": index} for index in range(10_000)]
    more: dict[str, Any] = {"components": components, "dependencies": [function] * 5000}
    with http_server(gradio("4", **more)) as server, Interface(server.url) as app:
        start = time.monotonic()
        assert len(app.endpoints) == 5000

    assert time.monotonic() - start < 5
