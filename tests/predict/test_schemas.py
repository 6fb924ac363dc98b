"""The JSON Schemas of endpoints: they fit what is sent and answered, and nothing else."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from encoders import Interface, PayloadError
from encoders.predict import Reference
from encoders.predict.components import COMPONENTS, Component
from encoders.predict.endpoints import MISSING, Endpoint, Parameter
from encoders.predict.eras import era_of, server_version, version
from encoders.predict.pages.examples import example, example_output
from encoders.predict.payloads import prepare
from encoders.predict.values import Json
from tests.paths import FIXTURES
from tests.predict.http_server import config
from tests.predict.pages.test_examples import ODD, OPTIONS

pytestmark = pytest.mark.long

ERAS = ("2.8", "2.9.4", "3.0.20", "3.16.2", "3.28.3", "3.50.2", "4.0.2", "4.37.2") + (
    *("4.44.1", "5.49.1", "6.31.0"),
)
PAIRS = [
    (name, era) for name in COMPONENTS for era in ERAS if Component(name).exists_in(version(era))
]
SOME = [option for option in OPTIONS if option != "default"]  # which is the same as "value"
URL = "data:image/png;base64,iVBORw0K"
FILE_DATA = {"path": "/tmp/a.png", "meta": {"_type": "gradio.FileData"}}


def endpoint(name: str, era: str = "6", default: Any = MISSING, /, **options: Any) -> Endpoint:
    label = str(options.get("label", name))
    hidden = name == "state"
    one = (Parameter(Component(name, options), label, default=default, hidden=hidden),)
    return Endpoint("/predict", 0, one, one, version=era)


def takes(value: Json, name: str, era: str = "6", /, **options: Any) -> bool:
    return fits(endpoint(name, era, **options).schema()["inputs"], [value])


def gives(value: Json, name: str, era: str = "6", /, **options: Any) -> bool:
    return fits(endpoint(name, era, **options).schema()["outputs"], [value])


def fits(schema: Json, data: Json) -> bool:
    check(json.dumps(schema))
    return bool(Draft202012Validator(schema).is_valid(data))


@cache
def check(schema: str) -> None:
    Draft202012Validator.check_schema(json.loads(schema))


def item(made: Endpoint) -> Json:
    """Return the schema of the only input."""
    return made.schema()["inputs"]["prefixItems"][0]


def sent(value: Any, component: Component, era: str, by_upload: bool | None) -> Json:
    prepared = prepare([value], [component], server_version(era), by_upload=by_upload)
    for upload in prepared.uploads:
        upload.place[upload.key] = "/tmp/gradio/file"
    return json.loads(json.dumps(prepared.payload["data"][0], default=str))


@pytest.mark.parametrize(("name", "era"), PAIRS)
def test_what_is_sent_fits(name: str, era: str) -> None:
    made = endpoint(name, era).inputs[0]
    takes_uploads = era_of(version(era)).takes_uploads

    for value in (example(made), None):
        for by_upload in (False, True, None) if takes_uploads else (False, None):
            assert takes(sent(value, made.component, era, by_upload), name, era)


@pytest.mark.parametrize(("name", "era"), PAIRS)
def test_what_is_answered_fits(name: str, era: str) -> None:
    assert gives(example_output(endpoint(name, era).outputs[0], era), name, era)
    assert gives(None, name, era)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PAIRS), st.dictionaries(st.sampled_from(SOME), st.sampled_from(ODD)))
def test_what_is_sent_fits_whatever_the_options_are(
    pair: tuple[str, str], options: dict[str, Any]
) -> None:
    name, era = pair
    assume("maximum" not in options)  # which may be below the minimum
    made = endpoint(name, era, **options).inputs[0]

    value = sent(example(made), made.component, era, None)

    assert takes(value, name, era, **options)


TEXTS = st.sampled_from(["", "a", "b", "abc", "1"])
NUMBERS = st.sampled_from([-1, 0, 1, 1.0, 2, 2.5, 7])
PLAIN = TEXTS | NUMBERS
CHECKED: dict[str, tuple[st.SearchStrategy[Any], dict[str, list[Any]]]] = {
    "textbox": (TEXTS, {"max_length": [0, 1, 2, None, "x"]}),
    "number": (NUMBERS, {"minimum": [0, 1.5, None], "maximum": [2, None, "x"], "precision": [0]}),
    "slider": (NUMBERS, {"minimum": [0, 1.5], "maximum": [2, None], "step": [1]}),
    "radio": (PLAIN, {"choices": [["a", "b"], [["A", "a"], [1, 1]], ["1"], [], None]}),
    "checkboxgroup": (st.lists(PLAIN), {"choices": [["a", "b"], [1, 2]], "max_choices": [1]}),
    "dropdown": (
        PLAIN | st.lists(PLAIN),
        {"choices": [["a", "b"]], "multiselect": [True, False], "allow_custom_value": [True]},
    ),
    "dataframe": (
        st.lists(st.lists(PLAIN, min_size=1, max_size=2), min_size=1, max_size=2),
        {"col_count": [[1, "fixed"], [2, "dynamic"]], "row_count": [[1, "fixed"]]},
    ),
}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*CHECKED]), st.sampled_from(["3.50.2", "6.31.0"]), st.data())
def test_what_passes_the_check_of_a_call_fits(name: str, era: str, data: st.DataObject) -> None:
    values, given_options = CHECKED[name]
    choices = {key: st.sampled_from(each) for key, each in given_options.items()}
    options = data.draw(st.fixed_dictionaries({}, optional=choices))
    component, value = Component(name, options), data.draw(values)
    try:
        made = sent(value, component, era, None)
    except PayloadError:  # rows of several lengths
        return

    try:
        prepare([value], [component], server_version(era), by_upload=None, checks=True)
    except PayloadError:
        assert not takes(made, name, era, **options)
    else:
        assert takes(made, name, era, **options)


@pytest.mark.parametrize("era", ["3", "4.0.2", "6"])
def test_file_of_an_answer_can_be_sent_again(era: str) -> None:
    file = Reference("/tmp/a.txt", None, "a.txt", 3, "text/plain")

    assert takes(sent(file, Component("file"), era, None), "file", era)


@pytest.mark.parametrize(
    ("value", "name", "options", "expected"),
    [
        ("a", "radio", {"choices": ["a", "b"]}, True),
        ("c", "radio", {"choices": ["a", "b"]}, False),
        (None, "radio", {"choices": ["a", "b"]}, True),
        (2, "radio", {"choices": [["one", 1], ["two", 2]]}, True),
        ("two", "radio", {"choices": [["one", 1], ["two", 2]]}, False),
        (1, "radio", {"choices": [["yes", True], ["one", "1"]]}, False),
        (1, "radio", {"choices": [["one", 1], ["one", 1], ["uno", 1.0]]}, True),
        ("c", "radio", {"choices": []}, True),
        ("c", "radio", {"choices": ["a", None]}, True),
        ("a", "dropdown", {"choices": ["a"], "multiselect": None}, True),
        (["a"], "dropdown", {"choices": ["a"], "multiselect": None}, False),
        (["a"], "dropdown", {"choices": ["a"], "multiselect": True}, True),
        (["b"], "dropdown", {"choices": ["a"], "multiselect": True}, False),
        ("a", "dropdown", {"choices": ["a"], "multiselect": True}, False),
        (["a"], "dropdown", {"choices": ["a"]}, False),
        (["a"], "dropdown", {"choices": ["a"], "value": ["a"]}, True),
        ("b", "dropdown", {"choices": ["a"], "allow_custom_value": True}, True),
        (["a", "b"], "checkboxgroup", {"choices": ["a", "b"]}, True),
        (["a", "c"], "checkboxgroup", {"choices": ["a", "b"]}, False),
        (None, "checkboxgroup", {"choices": ["a", "b"]}, False),
        (0.5, "slider", {"minimum": 0, "maximum": 1, "step": 0.1}, True),
        (2, "slider", {"minimum": 0, "maximum": 1}, False),
        (-1, "slider", {"minimum": 0, "maximum": 1}, False),
        (None, "slider", {"minimum": 0, "maximum": 1}, False),
        (10**30, "number", {}, True),
        ("1", "number", {}, False),
        (True, "number", {}, False),
        (4, "number", {"minimum": 5}, False),
        (1, "checkbox", {}, False),
        ("abc", "textbox", {"max_length": 3}, True),
        ("abcd", "textbox", {"max_length": 3}, False),
        (1, "textbox", {}, False),
        (1, "textbox", {"type": "number"}, True),
        ({"headers": ["a"], "data": [[1]]}, "dataframe", {"col_count": [1, "fixed"]}, True),
        ({"headers": ["a"], "data": [[1, 2]]}, "dataframe", {"col_count": [1, "fixed"]}, False),
        ({"headers": ["a"], "data": [[1, 2]]}, "dataframe", {"col_count": [1, "dynamic"]}, True),
        ([[1]], "dataframe", {}, False),
        (FILE_DATA, "file", {"file_count": "single"}, True),
        ([FILE_DATA], "file", {"file_count": "single"}, False),
        ([FILE_DATA], "file", {"file_count": "multiple"}, True),
        (FILE_DATA, "file", {"file_count": "multiple"}, False),
        ({"url": URL}, "image", {}, True),
        (URL, "image", {}, False),
        ({"url": URL}, "audio", {}, False),
        ({"meta": {}}, "audio", {}, False),
        ({"background": None, "layers": [FILE_DATA], "composite": None}, "imageeditor", {}, True),
        ({"background": URL, "layers": [], "composite": None}, "imageeditor", {}, False),
        ([FILE_DATA, None], "imageslider", {}, True),
        ([FILE_DATA], "imageslider", {}, False),
        ([{"role": "user", "content": [{"type": "text", "text": "a"}]}], "chatbot", {}, True),
        ([["a", "b"]], "chatbot", {}, False),
        ({"text": "a", "files": [URL]}, "multimodaltextbox", {}, False),
        (1, "state", {}, False),
    ],
)
def test_what_is_not_allowed_does_not_fit(
    value: Json, name: str, options: dict[str, Any], expected: bool
) -> None:
    assert takes(value, name, **options) == expected


@pytest.mark.parametrize(
    ("value", "name", "era", "options", "expected"),
    [
        (URL, "image", "3", {}, True),
        ("photo.png", "image", "3", {}, False),
        ({"image": URL, "mask": URL}, "image", "3", {"tool": "sketch"}, True),
        ({"image": URL, "mask": URL}, "image", "3", {"tool": None}, False),
        ({"url": URL}, "image", "4", {}, False),
        ({"name": "a.wav", "data": URL, "crop_min": 5, "crop_max": 50}, "audio", "3", {}, True),
        ({"name": "a.wav", "data": URL, "crop_min": 5, "crop_max": 500}, "audio", "3", {}, False),
        ({"name": "/tmp/a", "data": None, "is_file": True}, "audio", "3", {}, True),
        ({"name": "/tmp/a", "data": None, "is_file": True}, "audio", "2", {}, False),
        ({"name": "/tmp/a", "data": None, "is_file": True}, "audio", "4", {}, False),
        ([["a", None]], "chatbot", "3", {}, True),
        ([["a", None]], "chatbot", "5", {"type": "tuples"}, True),
        ([["a", None]], "chatbot", "5", {"type": "messages"}, False),
        ([[1, 2]], "dataframe", "2", {}, True),
        ([["a", "b"]], "highlightedtext", "3", {}, True),
        ([["a", "b"]], "highlightedtext", "4", {}, False),
    ],
)
def test_what_fits_depends_on_the_version(
    value: Json, name: str, era: str, options: dict[str, Any], expected: bool
) -> None:
    assert takes(value, name, era, **options) == expected


def test_answer_may_be_outside_of_what_is_taken() -> None:
    assert gives("c", "radio", choices=["a", "b"])
    assert gives(101, "slider", minimum=0, maximum=100)
    assert gives({"__type__": "update", "visible": False}, "slider")
    assert not gives("101", "slider")


def test_labels_descriptions_and_defaults_are_said() -> None:
    made = item(endpoint("slider", "6", 7, label="Size", info="in cm", minimum=5, step=1))

    assert made == {
        "type": "number",
        "minimum": 5,
        "title": "Size",
        "description": "in cm; at least 5; step 1",
        "default": 7,
        "x-component": "slider",
    }


def test_choices_have_their_labels() -> None:
    made = item(endpoint("radio", choices=[["One", 1], ["Two", 2]]))

    assert made["anyOf"][0]["oneOf"] == [
        {"const": 1, "title": "One"},
        {"const": 2, "title": "Two"},
    ]


def test_types_of_files_are_said() -> None:
    made = item(endpoint("file", file_count="single", file_types=[".pdf", "image"]))

    assert made["anyOf"][0] == {"$ref": "#/$defs/FileData", "x-file-types": [".pdf", "image"]}


def test_hidden_input_has_the_value_that_a_page_sends() -> None:
    button = Parameter(Component("button", {"value": "Run"}), "Run", hidden=True)
    made = Endpoint("/run", 0, (button,), ()).schema()

    assert made["inputs"]["prefixItems"][0]["default"] == "Run"
    assert fits(made["outputs"], []) and not fits(made["outputs"], [1])


@pytest.mark.parametrize(
    "value",
    [{"$ref": "file:///etc/passwd"}, [{"$id": "http://a"}], math.nan, "x" * 2_000_000, {1, 2}],
)
def test_default_that_is_no_plain_data_is_left_out(value: Any) -> None:
    made = item(endpoint("json", "6", value))

    assert "default" not in made


def test_choices_of_all_endpoints_together_are_bounded() -> None:
    choices = ["x" * 100_000 + str(number) for number in range(3)]
    blocks = [{"id": 1, "type": "radio", "props": {"choices": choices}}]
    calls = [{"inputs": [1], "outputs": [], "api_name": f"f{n}"} for n in range(50)]
    app = Interface({"version": "6.0.0", "components": blocks, "dependencies": calls})

    document = app.schema()

    assert len(document["endpoints"]) == 50
    assert len(json.dumps(document)) < 1_200_000


def test_schema_is_for_the_era_that_is_asked_for() -> None:
    app = Interface(config("3", inputs=["image"], outputs=[]), era="5")

    found = app.endpoint().schema()["inputs"]

    assert app.schema()["endpoints"][0]["inputs"] == found
    assert fits(found, [{"url": URL}]) and not fits(found, [URL])


def test_changing_a_schema_changes_no_other() -> None:
    first = endpoint("textbox").schema()
    before = json.dumps(first)
    first["inputs"]["prefixItems"][0]["type"].append("number")

    assert json.dumps(endpoint("textbox").schema()) == before


@pytest.mark.parametrize("era", ["2", "3", "4", "5", "6"])
def test_what_is_sent_to_recorded_servers_fits(era: str) -> None:
    recorded = json.loads((FIXTURES / "interface" / f"era{era}-config.json").read_text("utf-8"))
    for one in Interface(recorded).endpoints:
        values = [example(parameter) for parameter in one.visible_inputs]
        components = [parameter.component for parameter in one.inputs]
        found = server_version(one.version)
        prepared = prepare(one.arguments(values, {}), components, found, by_upload=False)
        for upload in prepared.uploads:
            upload.place[upload.key] = "/tmp/gradio/file"

        assert fits(one.schema()["inputs"], prepared.payload["data"])
        outputs = [example_output(parameter, one.version) for parameter in one.outputs]
        assert fits(one.schema()["outputs"], outputs)
