"""Inputs are passed by position or by name; state stays on the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from encoders import (
    Interface,
    PayloadError,
    PredictError,
)
from tests.predict.client.calls import (
    CALL,
    JOIN,
    RIGHT,
    call,
    eras,
)
from tests.predict.http_server import (
    VERSIONS,
    Json,
    Play,
    config,
    gradio,
    http_server,
    say,
)


def with_info(**defaults: Json) -> dict[str, Play]:
    """Return the plays of a server whose function has named parameters, some with defaults."""
    names = ("text", "count", "flag")
    parameters = [
        {
            "label": f"The {name}",
            "parameter_name": name,
            "parameter_has_default": name in defaults,
            "parameter_default": defaults.get(name),
            "component": "Textbox",
        }
        for name in names
    ]
    info = {"named_endpoints": {"/predict": {"parameters": parameters, "returns": []}}}
    plays = gradio(
        "6",
        lambda *values: [list(values)],
        inputs=["textbox", "number", "state", "checkbox"],
        outputs=["json"],
    )
    return {**plays, "/gradio_api/info": say(info)}


@pytest.mark.parametrize(
    ("values", "named", "expected"),
    [
        (["a", 1, True], {}, ["a", 1, None, True]),
        (["a"], {}, ["a", 3, None, None]),
        (["a"], {"flag": True}, ["a", 3, None, True]),
        ([], {"flag": True, "text": "a", "count": 2}, ["a", 2, None, True]),
        (["a", None], {}, ["a", None, None, None]),
    ],
)
def test_inputs_are_passed_by_position_or_name_or_omitted(
    values: list[Any], named: Mapping[str, Any], expected: list[Any]
) -> None:
    with (
        http_server(with_info(count=3, flag=None)) as server,
        Interface(server.url) as app,
    ):
        assert app.predict(*values, **named).data[0] == expected


@pytest.mark.parametrize(
    ("values", "named", "expected"),
    [
        ([], {}, "found 0 inputs, none for 'text'"),
        (["a", 1], {}, "found 2 inputs, none for 'flag'"),
        (["a", 1, True, "more"], {}, "found 4 inputs"),
        (["a", 1, True], {"flag": True}, "two values for 'flag'"),
        (["a", 1], {"flags": True}, "takes no 'flags'"),
        (["a", 1], {"": True}, "takes no ''"),
    ],
)
def test_inputs_that_do_not_fit_are_an_error_that_lists_them_and_nothing_is_sent(
    values: list[Any], named: Mapping[str, Any], expected: str
) -> None:
    with http_server(with_info()) as server, Interface(server.url) as app:
        with pytest.raises(PayloadError) as caught:
            app.predict(*values, **named)

        assert not any("queue" in path for path in server.paths)
    for word in ("/predict", "text (textbox), count (number), flag (checkbox)"):
        assert word in str(caught.value)
    assert expected in str(caught.value)


@pytest.mark.parametrize("era", ["3", "6"])
def test_a_function_without_a_name_is_called_by_its_index(era: str) -> None:
    configuration = config(era, ["textbox"], ["textbox"])
    named = configuration["dependencies"][0]
    functions = [named, {**named, "api_name": None}, {**named, "api_name": False}]
    with http_server(gradio(era, dependencies=functions)) as server, Interface(server.url) as app:
        assert app.predict("hi", api_name=2).data[0] == "hi"
        called = next(seen for seen in server.seen if seen.path in (JOIN["6"], CALL["3"]))

    assert called.json["fn_index"] == 2
    assert [endpoint.name for endpoint in app.endpoints] == ["/predict", None, None]


def test_a_function_is_called_by_its_name_with_or_without_the_slash() -> None:
    with http_server(gradio("3")) as server, Interface(server.url) as app:
        for name in ("/predict", "predict", 0, None):
            assert app.predict("hi", api_name=name).data[0] == "hi"


@pytest.mark.parametrize("name", ["näme", "a b", "a/b", "a?b#c", "%41"])
def test_endpoint_name_of_any_characters_is_escaped_in_the_path(name: str) -> None:
    function = {**config("3", ["textbox"], ["textbox"])["dependencies"][0], "api_name": name}
    with http_server({**gradio("3", dependencies=[function]), "/run/*": say(RIGHT)}) as server:
        assert call(server.url) == "right"
        assert server.paths[-1].isascii()


@pytest.mark.parametrize("hidden", [{"skip_api": True}, {}])
def test_state_is_no_input_of_the_caller(hidden: Mapping[str, Json]) -> None:
    plays = gradio("6", inputs=["state", "textbox"], outputs=["textbox", "state"])
    configuration = config("6", ["state", "textbox"], ["textbox", "state"])
    for part in configuration["components"]:
        if part["type"] == "state":
            part.update(hidden)
    plays["/config"] = say(configuration)
    with http_server(plays) as server, Interface(server.url) as app:
        answer = app.predict("hi")
        joined = next(seen for seen in server.seen if seen.path == JOIN["6"])

        assert [parameter.label for parameter in app.endpoint().visible_inputs] == ["textbox"]
    assert joined.json["data"] == [None, "hi"]
    assert answer.data[0] is None


@eras
def test_calls_of_one_interface_share_a_session_where_they_keep_state(era: str) -> None:
    plays = gradio(era, inputs=["textbox", "state"], outputs=["textbox", "state"])
    with http_server(plays) as server, Interface(server.url) as app:
        for _ in range(2):
            app.predict("hi")
        with Interface(server.url) as second:
            second.predict("hi")
        paths = (CALL.get(era), JOIN.get(era))
        sessions = [seen.json["session_hash"] for seen in server.seen if seen.path in paths]

    assert sessions[0] == sessions[1] != sessions[2]


def test_interface_sends_nothing_before_the_first_use() -> None:
    with http_server(gradio("6")) as server:
        with Interface(server.url) as app:
            repr(app)
        assert server.seen == []


def test_configuration_is_requested_once() -> None:
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        assert app.endpoints and app.era == VERSIONS["6"] and app.description
        app.predict("hi")

        assert server.paths.count("/config") == 1


def test_known_configuration_is_not_requested() -> None:
    known = config("6", ["textbox"], ["textbox"])
    with http_server(gradio("6")) as server, Interface(known, url=server.url) as app:
        assert app.predict("hi").data[0] == "hi"
        assert "/config" not in server.paths


def test_a_known_configuration_without_a_server_cannot_be_called() -> None:
    app = Interface(config("6", ["textbox"], ["textbox"]))

    assert app.endpoint().name == "/predict"
    with pytest.raises(PredictError, match="pass url="):
        app.predict("hi")


@pytest.mark.parametrize("era", ["3", "6"])
def test_info_alone_is_enough_to_call_the_right_function(era: str) -> None:
    function = config(era, ["textbox"], ["textbox"])["dependencies"][0]
    functions = [{**function, "api_name": "other"}, function]
    parameter = {"label": "Text", "component": "Textbox", "parameter_name": "text"}
    shown: Json = {"parameters": [parameter], "returns": [parameter]}
    if era == "6":
        shown["api_visibility"] = "public"
    info = {"named_endpoints": {"/predict": shown}, "unnamed_endpoints": {}}
    with (
        http_server(gradio(era, dependencies=functions)) as server,
        Interface(info, url=server.url) as app,
    ):
        app.predict("hi")
        called = next(seen for seen in server.seen if seen.path in (JOIN["6"], CALL["3"]))

    assert called.json.get("fn_index") in (1, None)


@pytest.mark.parametrize("more", ["/?__theme=dark", "/#tab", "?view=api"])
def test_a_url_may_be_the_one_that_the_browser_shows(more: str) -> None:
    with http_server(gradio("6")) as server:
        assert call(server.url + more) == "hi"


@pytest.mark.parametrize("era", ["3", "6"])
def test_a_server_may_be_under_a_path(era: str) -> None:
    plays = {f"/spaces/mine{path}": play for path, play in gradio(era).items()}
    with http_server(plays) as server:
        assert call(f"{server.url}/spaces/mine/") == "hi"
