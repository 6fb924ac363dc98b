"""The OpenAPI document of a server is valid, whatever the server says, and enough for a caller."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from encoders import Interface
from encoders.predict.components import Component
from encoders.predict.endpoints import Description, Endpoint, Parameter
from encoders.predict.pages.openapi import describe_openapi
from encoders.predict.values import Json
from tests.predict.pages.descriptions import (
    CALL_PATHS,
    ERAS,
    HOSTILE_TEXTS,
    URL,
    endpoint_of,
    hostile_server,
    recorded,
)

pytestmark = pytest.mark.long

TEXTBOX = Parameter(Component("Textbox"), "text")


def server(version: str, *endpoints: Endpoint, **more: Any) -> Description:
    return Description(version, endpoints=endpoints, **more).as_version(version)


def document(description: Description, **access: bool) -> Any:
    made = describe_openapi(description, URL, **access)
    validate(made)
    return json.loads(json.dumps(made, allow_nan=False))


def operations(made: Any) -> list[Any]:
    return [operation for methods in made["paths"].values() for operation in methods.values()]


def body_of(operation: Any) -> Any:
    return operation["requestBody"]["content"]["application/json"]


def fits(made: Any, schema: Json, value: Json) -> bool:
    whole = {**schema, "components": made["components"]}
    return bool(Draft202012Validator(whole).is_valid(value))


@pytest.mark.parametrize("era", ERAS)
def test_document_of_a_recorded_server_is_valid(era: str) -> None:
    made = document(recorded(era))

    assert CALL_PATHS[era] in made["paths"]
    assert made["servers"] == [{"url": URL}]
    assert made["info"]["version"] == recorded(era).version


# Gradio 4 and 5 have the paths of Gradio 6.
@pytest.mark.parametrize(
    ("text", "era"),
    [*product(HOSTILE_TEXTS, ("2", "3", "6")), (HOSTILE_TEXTS[0], "4"), (HOSTILE_TEXTS[0], "5")],
)
def test_hostile_texts_are_data(era: str, text: str) -> None:
    made = document(replace(hostile_server(era, text), prefix="/api"))

    names = {operation["operationId"] for operation in operations(made)}
    assert all(re.fullmatch(r"\w+", name, re.ASCII) for name in names)
    assert all(re.fullmatch(r"[\w.~%/={}-]+", path, re.ASCII) for path in made["paths"])
    assert set(made["paths"].popitem()[1]) <= {"get", "post"}


@pytest.mark.parametrize("era", ERAS)
def test_examples_fit_their_schemas(era: str) -> None:
    made = document(recorded(era))

    contents = [one.get("requestBody", {}).get("content", {}) for one in operations(made)]
    bodies = [each["application/json"] for each in contents if "application/json" in each]
    assert bodies
    for body in bodies:
        assert fits(made, body["schema"], body["example"])


@pytest.mark.parametrize("era", ["4", "5", "6"])
def test_answer_is_found_by_the_link_of_a_call(era: str) -> None:
    made = document(recorded(era))
    ways = [one for one in operations(made) if "links" in one["responses"]["200"]]

    assert ways
    for one in ways:
        (link,) = one["responses"]["200"]["links"].values()
        (found,) = (each for each in operations(made) if each["operationId"] == link["operationId"])
        assert set(link["parameters"]) == {each["name"] for each in found["parameters"]}
        data = found["responses"]["200"]["content"]["text/event-stream"]["x-event-data"]
        assert set(data) == {"generating", "complete", "error", "heartbeat"}


def test_functions_without_names_are_told_apart() -> None:
    unnamed = [Endpoint(None, number, (TEXTBOX,), ()) for number in (4, 5)]
    made = document(server("3.50.2", *unnamed, Endpoint("/predict", 3, (TEXTBOX,), ())))

    indices = [body_of(one)["example"]["fn_index"] for one in operations(made)[:3]]
    assert (indices, [*made["paths"]][:3]) == ([3, 4, 5], ["/run/predict", "/run/4", "/run/5"])


def test_operations_have_names_of_their_own() -> None:
    names = ("/a b", "/a_b", "/a_b_answer", "/upload_files", "/日本", "/語")
    made = document(server("6.0.0", *(Endpoint(name, 0, (TEXTBOX,), ()) for name in names)))

    ids = [operation["operationId"] for operation in operations(made)]
    assert len({*ids}) == len(ids) == 2 * len(names) + 2


def test_values_of_a_batched_function_are_lists_of_one() -> None:
    batched = replace(endpoint_of("Textbox"), batched=True)
    made = document(server("3.50.2", batched))

    schema = body_of(operations(made)[0])["schema"]
    batch = {"data": [["a"]], "fn_index": 0, "batched": True}
    assert fits(made, schema, batch)
    assert not fits(made, schema, {**batch, "data": ["a"]})
    answer = operations(made)[0]["responses"]["200"]["content"]["application/json"]["schema"]
    assert fits(made, answer, {"data": [["a"]]}) and not fits(made, answer, {"data": ["a"]})


def test_call_with_state_says_its_session() -> None:
    state = Parameter(Component("State"), "state", hidden=True)
    made = document(server("3.50.2", Endpoint("/count", 0, (state,), (state,))))

    body = body_of(operations(made)[0])
    assert "session_hash" in body["schema"]["required"]
    assert fits(made, body["schema"], body["example"])


@pytest.mark.parametrize(
    ("version", "has_upload"), [("2.9.4", False), ("3.16.2", False), ("3.50.2", True)]
)
def test_uploads_are_there_where_the_version_has_them(version: str, has_upload: bool) -> None:
    made = document(server(version, endpoint_of("Textbox")))

    assert ("/upload" in made["paths"]) == has_upload


@pytest.mark.parametrize("version", ["4.0.2", "4.19.2"])
def test_calls_are_direct_before_4_20(version: str) -> None:
    made = document(server(version, endpoint_of("Textbox")))

    assert "/run/predict" in made["paths"]
    assert "comes at once" in made["info"]["description"]


def test_access_is_said() -> None:
    made = document(recorded("6"), token=True, login=True)

    assert made["security"] == [{"token": [], "login": []}]
    assert made["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}
    assert "/login" in made["paths"]
    assert document(recorded("6"))["security"] == []


def test_no_secret_is_in_the_document() -> None:
    app = Interface(
        {"version": "6.0.0", "components": [], "dependencies": []},
        url="http://127.0.0.1:7860",
        auth=("ann", "pa55word"),
        token="t0ken",
    )

    made = json.dumps(app.openapi())

    assert "bearer" in made
    assert not any(secret in made for secret in ("ann", "pa55word", "t0ken"))


def test_long_names_are_cut() -> None:
    made = document(server("6.0.0", Endpoint("/" + "x" * 5000, 0, (TEXTBOX,), ())))

    assert max(len(operation["operationId"]) for operation in operations(made)) < 100


def test_texts_of_the_server_are_there() -> None:
    one = replace(endpoint_of("Textbox"), description="Says it again.")
    made = document(server("6.0.0", one, title="Echo"))

    assert made["info"]["title"] == "Echo"
    assert operations(made)[0]["description"] == "Says it again."
