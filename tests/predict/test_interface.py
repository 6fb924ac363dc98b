"""Descriptions of servers are read in every era, and malformed ones are errors."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest

from encoders import EncodersError, Interface, PayloadError, ResponseError, payload
from encoders.errors import UnknownEndpointError
from encoders.predict import Raw
from encoders.predict.configuration import describe
from encoders.predict.endpoints import MISSING, Description, Endpoint, Parameter

Json = Any
Read = Callable[[str, str], Json]

ERAS = ("2", "3", "4", "5", "6")
WITH_INFO = ("3", "4", "5", "6")
VERSIONS = {"2": "2.9.4", "3": "3.50.2", "4": "4.44.1", "5": "5.49.1", "6": "6.31.0"}
NAMES = {"2": "/predict", "3": "/predict", "4": "/predict", "5": "/predict", "6": "/classify"}

eras = pytest.mark.parametrize("era", ERAS)
with_info = pytest.mark.parametrize("era", WITH_INFO)


@pytest.fixture
def read(fixtures: Path) -> Read:
    """Return a function that gives the "config" or "info" of an era's server."""

    def read(era: str, what: str) -> Json:
        return json.loads((fixtures / "interface" / f"era{era}-{what}.json").read_text("utf-8"))

    return read


@pytest.fixture
def described(read: Read) -> Callable[[str], Description]:
    """Return a function that describes an era's server by its config and info."""

    def described(era: str) -> Description:
        return describe(read(era, "config"), read(era, "info") if era in WITH_INFO else None)

    return described


def blocks(*functions: Mapping[str, Json], **more: Json) -> dict[str, Json]:
    """Return the configuration of a server with these functions of a text and a state."""
    components = [
        {"id": 1, "type": "textbox", "props": {"label": "Text"}},
        {"id": 2, "type": "state", "props": {}},
        {"id": 3, "type": "button", "props": {"value": "Run"}, "skip_api": True},
    ]
    base: dict[str, Json] = {"inputs": [1], "outputs": [1], "api_name": "f"}
    dependencies = [{**base, **function} for function in functions]
    return {
        "version": "4.44.1",
        "components": components,
        "dependencies": dependencies,
        "protocol": "sse_v3",
        **more,
    }


def info(*parameters: Mapping[str, Json], **more: Json) -> dict[str, Json]:
    """Return the ``/info`` of a server with one function "f" of one output."""
    info_json = {"parameters": list(parameters), "returns": [{"label": "out"}], **more}
    return {"named_endpoints": {"/f": info_json}, "unnamed_endpoints": {}}


# The real ones.


@eras
def test_the_version_is_the_servers(era: str, read: Read) -> None:
    assert describe(read(era, "config")).version == VERSIONS[era]
    assert Interface(read(era, "config")).era == VERSIONS[era]


@eras
def test_the_inputs_are_a_picture_and_a_text(
    era: str, described: Callable[[str], Description]
) -> None:
    endpoint = described(era).endpoint(None)

    assert [(known.component.name, known.label) for known in endpoint.visible_inputs] == [
        ("image", "image"),
        ("textbox", "text"),
    ]


@eras
def test_the_outputs_are_a_picture_and_a_label(
    era: str, described: Callable[[str], Description]
) -> None:
    endpoint = described(era).endpoint(None)

    assert [known.component.name for known in endpoint.visible_outputs] == ["image", "label"]


@eras
def test_the_main_endpoint_is_the_function_of_the_app(
    era: str, described: Callable[[str], Description]
) -> None:
    endpoint = described(era).endpoint(None)

    assert (endpoint.name, endpoint.index) == (NAMES[era], 0)
    assert endpoint is described(era).endpoint(None) or endpoint == described(era).endpoint(0)


@pytest.mark.parametrize("era", ["4", "5", "6"])
def test_parameters_have_the_names_of_the_function(
    era: str, described: Callable[[str], Description]
) -> None:
    endpoint = described(era).endpoint(None)

    assert [known.name for known in endpoint.inputs] == ["image", "text"]


@pytest.mark.parametrize(
    ("era", "prefix", "protocol"),
    [
        ("2", "", ""),
        ("3", "", "ws"),
        ("4", "", "sse_v3"),
        ("5", "/gradio_api", "sse_v3"),
        ("6", "/gradio_api", "sse_v3"),
    ],
)
def test_prefix_and_protocol_are_those_of_the_era(
    era: str, prefix: str, protocol: str, read: Read
) -> None:
    found = describe(read(era, "config"))

    assert (found.prefix, found.protocol) == (prefix, protocol)


@eras
def test_functions_of_the_page_itself_are_not_endpoints(
    era: str, described: Callable[[str], Description]
) -> None:
    names = [endpoint.name for endpoint in described(era).endpoints]

    assert not any(name and "js_fn" in name for name in names)


@pytest.mark.parametrize("era", ["2", "4", "5", "6"])
def test_one_endpoint_is_documented(era: str, described: Callable[[str], Description]) -> None:
    shown = [endpoint.name for endpoint in described(era).endpoints if endpoint.documented]

    assert shown == [NAMES[era]]


@with_info
def test_info_alone_describes_inputs_and_outputs(era: str, read: Read) -> None:
    endpoint = describe(read(era, "info")).endpoint(None)

    assert endpoint.name == NAMES[era]
    assert [known.component.name for known in endpoint.inputs] == ["image", "textbox"]
    assert [known.component.name for known in endpoint.outputs] == ["image", "label"]


@with_info
def test_info_alone_shows_the_era(era: str, read: Read) -> None:
    whole, found = describe(read(era, "config")), describe(read(era, "info"))

    assert found.version == era
    assert (found.prefix, found.protocol) == (whole.prefix, whole.protocol)


@eras
def test_a_payload_of_the_description_has_the_eras_shape(
    era: str, described: Callable[[str], Description], fixtures: Path
) -> None:
    endpoint = described(era).endpoint(None)
    values = endpoint.arguments([fixtures / "image" / "small.png", "a cat"], {})
    components = [known.component for known in endpoint.inputs]

    made = payload(*values, components=components, era=era, upload=lambda name, _: f"/up/{name}")

    picture = made["data"][0]
    assert picture["path"] == "/up/small.png" if era in "456" else picture.startswith("data:")
    assert made["data"][1] == "a cat"


# What configurations may say.


def test_a_component_without_a_label_is_called_by_its_name() -> None:
    config = {"input_components": [{"name": "textbox", "label": None}], "output_components": []}

    assert describe(config).endpoint(0).inputs[0].label == "textbox"


def test_state_is_hidden_in_old_configurations() -> None:
    endpoint = describe(blocks({"inputs": [1, 2], "outputs": [2, 1]})).endpoint("f")

    assert [known.hidden for known in endpoint.inputs] == [False, True]
    assert [known.hidden for known in endpoint.outputs] == [True, False]
    assert endpoint.keeps_state


def test_a_hidden_input_gets_its_own_value() -> None:
    endpoint = describe(blocks({"inputs": [2, 1, 3]})).endpoint("f")

    assert endpoint.arguments(["hi"], {}) == [None, "hi", Raw("Run")]


@pytest.mark.parametrize(
    "more", [{"backend_fn": False}, {"rendered_in": 7}, {"backend_fn": False, "api_name": None}]
)
def test_a_function_that_no_client_can_call_is_not_an_endpoint(more: Mapping[str, Json]) -> None:
    assert [known.index for known in describe(blocks({}, more, {})).endpoints] == [0, 2]


@pytest.mark.parametrize(
    "more", [{"show_api": False}, {"api_visibility": "undocumented"}, {"api_name": False}]
)
def test_a_function_that_the_page_hides_is_an_undocumented_endpoint(
    more: Mapping[str, Json],
) -> None:
    first, second = describe(blocks(more, {"api_name": "second"})).endpoints

    assert (first.documented, second.documented) == (False, True)


def test_the_main_endpoint_is_predict_or_else_the_first_that_is_documented() -> None:
    hidden, first = {"api_name": "a", "show_api": False}, {"api_name": "b"}
    predict = {"api_name": "predict"}

    assert describe(blocks(hidden, first, predict)).endpoint(None).name == "/predict"
    assert describe(blocks(hidden, first)).endpoint(None).name == "/b"
    assert describe(blocks(hidden)).endpoint(None).name == "/a"
    assert describe(blocks(first, {**predict, "show_api": False})).endpoint(None).name == "/b"


def test_an_index_is_that_of_the_server() -> None:
    found = describe(blocks({"id": 5}, {"id": 1}, {}))

    assert [endpoint.index for endpoint in found.endpoints] == [5, 1, 2]


def test_any_function_may_have_the_index_0() -> None:
    found = describe(blocks({"id": 1}, {"id": 0}))

    assert [endpoint.index for endpoint in found.endpoints] == [1, 0]


@pytest.mark.parametrize("protocol", ["sse", "sse_v1", "sse_v2.1", "sse_v3"])
def test_the_queue_protocol_is_that_of_the_server(protocol: str) -> None:
    assert describe(blocks({}, protocol=protocol)).protocol == protocol


@pytest.mark.parametrize("protocol", ["ws", "", None])
def test_without_a_protocol_the_first_queue_is_a_websocket(protocol: Json) -> None:
    assert describe(blocks({}, protocol=protocol, version="3.1")).protocol == "ws"


def test_info_adds_names_defaults_and_descriptions() -> None:
    info_json = {
        "parameter_name": "text",
        "parameter_has_default": True,
        "parameter_default": None,
        "label": "x",
    }
    endpoint = describe(blocks({}), info(info_json, description="Says it.")).endpoint("f")

    assert endpoint.inputs[0].name == "text"
    assert endpoint.inputs[0].default is None
    assert endpoint.description == "Says it."


@pytest.mark.parametrize(
    "info_json", [{}, {"parameter_has_default": False, "parameter_default": "x"}]
)
def test_a_default_needs_its_flag(info_json: Mapping[str, Json]) -> None:
    assert describe(blocks({}), info(info_json)).endpoint("f").inputs[0].default is MISSING


def test_info_of_other_parameters_is_ignored() -> None:
    info_json = {"parameter_name": "text"}

    assert describe(blocks({}), info(info_json, info_json)).endpoint("f").inputs[0].name is None


def test_info_of_an_endpoint_without_a_name_is_found_by_its_index() -> None:
    info_json = {"parameters": [{"parameter_name": "text"}], "returns": []}
    config = blocks({"api_name": None}, {"api_name": None})

    found = describe(config, {"named_endpoints": {}, "unnamed_endpoints": {"1": info_json}})

    assert [endpoint.inputs[0].name for endpoint in found.endpoints] == [None, "text"]


# Choosing an endpoint and its inputs.


@pytest.mark.parametrize("wanted", ["f", "/f", 0, None])
def test_an_endpoint_is_found_by_name_index_or_by_itself(wanted: str | int | None) -> None:
    assert describe(blocks({})).endpoint(wanted).name == "/f"


@pytest.mark.parametrize("wanted", ["", "/", "g", "F", 7, -1, "0"])
def test_an_unknown_endpoint_is_an_error_that_lists_those_there_are(wanted: str | int) -> None:
    with pytest.raises(UnknownEndpointError, match="the server has /f, function 1"):
        describe(blocks({}, {"api_name": None})).endpoint(wanted)


@pytest.mark.parametrize("wanted", ["rsize", "/resise", "resize_"])
def test_a_misspelt_endpoint_is_answered_with_the_nearest_first(wanted: str) -> None:
    known = describe(
        blocks({}, *({"api_name": f"n{i}"} for i in range(200)), {"api_name": "resize"})
    )
    with pytest.raises(UnknownEndpointError, match="the server has /resize, /f, "):
        known.endpoint(wanted)


def test_error_of_a_server_without_endpoints() -> None:
    with pytest.raises(UnknownEndpointError) as caught:
        describe(blocks()).endpoint(None)

    assert "None" not in str(caught.value)


def two() -> Endpoint:
    """Return an endpoint of two named inputs, the second with a default."""
    info_json: list[dict[str, Json]] = [
        {"parameter_name": "text"},
        {"parameter_name": "more", "parameter_has_default": True, "parameter_default": "x"},
    ]
    return describe(blocks({"inputs": [1, 2, 1]}), info(*info_json)).endpoint("f")


@pytest.mark.parametrize(
    ("given", "named", "expected"),
    [
        (["a"], {}, ["a", None, Raw("x")]),
        (["a", "b"], {}, ["a", None, "b"]),
        (["a"], {"more": "b"}, ["a", None, "b"]),
        ([], {"more": "b", "text": "a"}, ["a", None, "b"]),
        (["a", None], {}, ["a", None, None]),
    ],
)
def test_inputs_are_matched_by_position_and_name(
    given: list[Any], named: Mapping[str, Any], expected: list[Any]
) -> None:
    assert two().arguments(given, named) == expected


@pytest.mark.parametrize(
    ("given", "named", "message"),
    [
        ([], {}, "none for 'text'"),
        ([], {"more": "b"}, "none for 'text'"),
        (["a", "b", "c"], {}, "found 3 inputs"),
        (["a"], {"text": "b"}, "was given two values for 'text'"),
        (["a"], {"Text": "b"}, "takes no 'Text'"),
    ],
)
def test_inputs_that_do_not_fit_are_an_error_that_lists_them(
    given: list[Any], named: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(PayloadError) as caught:
        two().arguments(given, named)

    assert message in str(caught.value)
    assert "/f" in str(caught.value)
    assert "2 inputs: text (textbox), more (textbox)" in str(caught.value)


def test_error_of_a_function_without_inputs() -> None:
    with pytest.raises(PayloadError, match="/f takes no inputs: found 1"):
        describe(blocks({"inputs": []})).endpoint("f").arguments(["a"], {})


# Malformed descriptions.


@pytest.mark.parametrize(
    "found", [{}, {"data": []}, {"detail": "Not Found"}, {"components": []}, {"version": "6.31.0"}]
)
def test_an_object_that_is_neither_config_nor_info_is_a_response_error(found: Json) -> None:
    with pytest.raises(ResponseError, match=r"expected the JSON of /config .* found"):
        Interface(found)


@pytest.mark.parametrize("found", [[1], 5, None])
def test_a_description_that_is_not_an_object_is_a_response_error(found: Json) -> None:
    with pytest.raises(ResponseError, match="expected the JSON"):
        describe(found)


def test_a_component_that_is_not_there_is_a_response_error_that_names_it() -> None:
    with pytest.raises(ResponseError, match="99"):
        describe(blocks({"inputs": [99]}))


REMOVED = object()
OTHERS: dict[str, Json] = {
    "removed": REMOVED,
    "null": None,
    "a number": 5,
    "a fraction": -1.5,
    "a text": "x",
    "an empty text": "",
    "true": True,
    "an empty list": [],
    "a list": [1],
    "a list of lists": [[1]],
    "a list of objects": [{}],
    "an empty object": {},
    "an object": {"a": 1},
}


def places(value: Json, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every key and item of a JSON value."""
    items: Iterator[tuple[Any, Json]] = iter(())
    if isinstance(value, dict | list):
        items = iter(value.items() if isinstance(value, dict) else enumerate(value))
    for step, item in items:
        yield (*place, step)
        yield from places(item, (*place, step))


def mutant(value: Json, place: tuple[Any, ...], other: Json) -> Json:
    """Return a JSON value with something else at one place; the rest is shared."""
    changed = copy.copy(value)
    step, *rest = place
    if rest:
        changed[step] = mutant(value[step], tuple(rest), other)
    elif other is REMOVED:
        del changed[step]
    else:
        changed[step] = copy.deepcopy(other)
    return changed


def used(found: Description) -> None:
    """Do with a description what a call does before it sends anything."""
    for endpoint in found.endpoints:
        assert isinstance(endpoint.label, str)
        for parameter in (*endpoint.inputs, *endpoint.outputs):
            assert isinstance(parameter, Parameter)
            assert parameter.takes and parameter.gives and parameter.helper and repr(parameter)
        try:
            values = endpoint.arguments([None] * len(endpoint.visible_inputs), {})
            components = [parameter.component for parameter in endpoint.inputs]
            payload(*values, components=components, era="3")
        except EncodersError:
            continue


def at(value: Json, place: tuple[Any, ...]) -> Json:
    """Return what is at a place of a JSON value, or `REMOVED` if there is no such place."""
    try:
        return reduce(getitem, place, value)
    except (LookupError, TypeError):
        return REMOVED


def failures(value: Json, use: Callable[[Json], None], known: Json = None) -> list[str]:
    """Return what goes wrong other than with an error of ours, for the mutants of a value.

    What stands in ``known`` at the same place is left as it is.
    """
    wrong = []
    for place in places(value):
        if json.dumps(at(value, place)) == json.dumps(at(known, place), default=repr):
            continue
        for name, other in OTHERS.items():
            try:
                use(mutant(value, place, other))
            except EncodersError:
                continue
            except Exception as error:
                wrong.append(f"{name} at {place}: {error!r}")
    return wrong


@pytest.mark.parametrize("era", ["2", *WITH_INFO])
def test_damaged_configuration_raises_only_encoders_errors(era: str, read: Read) -> None:
    info_json = read(era, "info") if era in WITH_INFO else None

    config = read(era, "config")
    known = read("6", "config") if era != "6" else None  # which is damaged as well

    assert failures(config, lambda config: used(describe(config, info_json)), known) == []


@pytest.mark.parametrize("era", WITH_INFO)
def test_damaged_info_with_a_configuration_raises_only_encoders_errors(
    era: str, read: Read
) -> None:
    config = read(era, "config")

    assert failures(read(era, "info"), lambda info_json: used(describe(config, info_json))) == []


@with_info
def test_damaged_info_alone_raises_only_encoders_errors(era: str, read: Read) -> None:
    assert failures(read(era, "info"), lambda info_json: used(describe(info_json))) == []


@pytest.mark.parametrize("name", [5, [1], {"a": 1}, True])
def test_a_parameter_has_a_name_that_is_text_or_none(name: Json) -> None:
    endpoint = describe(blocks({}), info({"parameter_name": name})).endpoint("f")

    assert endpoint.inputs[0].name is None


@pytest.mark.parametrize("version", ["dev", "1.7", [1], {"a": 1}])
def test_an_unknown_version_is_a_response_error(version: Json) -> None:
    with pytest.raises(ResponseError):
        describe(blocks({}, version=version))


@pytest.mark.parametrize(
    "prefix", ["@evil.example", ".evil.example", "80", 5, "api", "//x", "/a?b"]
)
def test_a_prefix_that_is_not_a_path_is_a_response_error(prefix: Json) -> None:
    with pytest.raises(ResponseError):
        describe(blocks({}, api_prefix=prefix))
