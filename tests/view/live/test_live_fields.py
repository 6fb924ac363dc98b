"""What a field of a form starts with, and what the server has by default."""

from __future__ import annotations

import json
from typing import Any

import pytest

from encoders.predict import Component
from encoders.predict.endpoints import MISSING, Endpoint, Parameter
from encoders.predict.values import Json
from encoders.view.live.forms import LiveField, live_endpoint

FILE = {"path": "/tmp/gradio/ab/cat.png", "meta": {"_type": "gradio.FileData"}}


def field(name: str, default: Json = MISSING, **options: Any) -> LiveField:
    parameter = Parameter(Component(name, options), "label", default=default)
    state = Parameter(Component("state"), "state", hidden=True)
    return live_endpoint(3, Endpoint("/predict", 7, (state, parameter), ())).fields[0]


def test_an_endpoint_says_how_it_is_called() -> None:
    endpoint = live_endpoint(3, Endpoint("/predict", 7, (), ()))

    assert (endpoint.id, endpoint.index, endpoint.name, endpoint.fields) == (
        "e3",
        7,
        "/predict",
        (),
    )


def test_fields_are_counted_without_state() -> None:
    assert (field("textbox").id, field("textbox").number) == ("e3-0", 0)


def test_a_field_without_a_default_is_required_and_starts_as_on_the_page_of_the_server() -> None:
    found = field("slider", minimum=1, maximum=9, value=5, info="how many")

    assert (found.required, found.start, found.default) == (True, 5, "")
    assert (found.kind, found.info, found.constraints) == ("slider", "how many", ("1 to 9",))


@pytest.mark.parametrize("default", [0, "", False, "text", 2.5, [], {"a": [1]}])
def test_a_default_that_is_no_file_is_what_the_field_starts_with(default: Json) -> None:
    found = field("json", default)

    assert (found.required, found.start, found.default) == (False, default, "value")


def test_no_value_is_a_default_too() -> None:
    found = field("image", None)

    assert (found.required, found.start, found.default, found.default_text) == (
        False,
        None,
        "value",
        "null",
    )


@pytest.mark.parametrize(
    ("component", "default", "text"),
    [
        ("image", FILE, "cat.png"),
        ("image", "data:image/png;base64,iVBORw0KGgo=", "a file"),
        ("gallery", [{"image": FILE, "caption": "a"}, {"image": FILE}], "cat.png, cat.png"),
        ("multimodaltextbox", {"text": "hi", "files": [FILE]}, "cat.png"),
        ("json", {"text": "x" * 20_000}, '{"text": "xxx'),
        ("json", {"number": float("nan")}, '{"number": NaN}'),
    ],
)
def test_a_default_that_no_field_shows_is_named(component: str, default: Json, text: str) -> None:
    found = field(component, default)

    assert (found.required, found.start, found.default) == (False, None, "file")
    assert found.default_text.startswith(text)
    assert len(found.default_text) <= 200


def test_the_name_of_a_default_is_safe() -> None:
    found = field("image", {**FILE, "orig_name": "a/b\u202egnp.exe" * 100})

    assert "\u202e" not in found.default_text
    assert "/" not in found.default_text


@pytest.mark.parametrize("info", [None, 5, ["x"], {"a": 1}])
def test_words_of_the_server_that_are_none_are_left_out(info: Any) -> None:
    assert field("textbox", info=info).info == ""


def test_a_field_of_json_has_an_example_without_files() -> None:
    assert json.loads(field("label").example) == {"cat": 0.9, "dog": 0.1}
    assert field("annotatedimage").example == ""
    assert field("textbox").example == ""
