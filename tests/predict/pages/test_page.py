"""The content of the page on an API, as data."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace

import pytest

from encoders import Interface
from encoders.errors import UnknownEndpointError
from encoders.predict.components import Component
from encoders.predict.endpoints import Description, Endpoint, Parameter
from encoders.predict.pages.page import Section, describe_page
from encoders.predict.samples import sample

from .descriptions import CALL_PATHS, ENDPOINTS, ERAS, RECORDED, URL, endpoint_of, recorded

DATA_URL = f"data:image/png;base64,{b64encode(sample('example.png').data).decode()}"


def section_of(era: str) -> Section:
    """Return the page's section on the main endpoint of a recorded server."""
    (section,) = describe_page(recorded(era), URL + "/", api_name=ENDPOINTS[era]).sections
    return section


@pytest.mark.parametrize("era", ERAS)
def test_endpoint_has_its_name_and_url(era: str) -> None:
    section = section_of(era)

    assert (section.name, section.method) == (ENDPOINTS[era], "POST")
    assert section.url == URL + CALL_PATHS[era]


@pytest.mark.parametrize("era", ERAS)
def test_answer_is_events_since_4_20(era: str) -> None:
    events = f"{URL}{CALL_PATHS[era]}/{{event_id}}" if era >= "4" else None

    assert section_of(era).answer_url == events


@pytest.mark.parametrize(
    ("version", "path"),
    [("3.0.26", "/api/predict/"), ("3.50.2", "/run/predict"), ("4.19.2", "/run/predict")],
)
def test_path_of_a_call_depends_on_the_version(version: str, path: str) -> None:
    server = replace(recorded("4"), version=version)

    assert describe_page(server, URL, api_name="/predict").sections[0].url == URL + path


@pytest.mark.parametrize("era", ERAS)
def test_inputs_and_outputs_are_described(era: str) -> None:
    section = section_of(era).as_json()

    name = {"name": "image"} if era >= "4" else {}
    assert section["inputs"][0] == {
        "label": "image",
        "component": "image",
        "type": "PIL image, H×W(×C) array, Path, bytes",
        "helper": "encoders.image.encode",
        **name,
    }
    assert [one["component"] for one in section["outputs"]] == ["image", "label"]
    assert section["outputs"][1]["type"] == "dict of label: confidence, or str"


@pytest.mark.parametrize("era", ERAS)
def test_example_payload_is_the_one_that_the_code_sends(era: str) -> None:
    section = section_of(era)
    picture, text = section.payload["data"]

    assert text == "Hello"
    if era == "4":
        assert (picture["path"], picture["orig_name"]) == ("/tmp/gradio/example.png", "example.png")
        assert section.upload_url == f"{URL}/upload"
    else:
        assert (picture if era < "4" else picture["url"]) == DATA_URL
        assert section.upload_url is None


@pytest.mark.parametrize("era", ERAS)
def test_example_response_has_the_shape_of_its_era(era: str) -> None:
    response = section_of(era).response

    keys = {
        "2": {"data", "durations", "avg_durations"},
        "3": {"data", "is_generating", "duration", "average_duration"},
    }
    assert isinstance(response, list) if era >= "4" else set(response) == keys[era]
    _, label = response if isinstance(response, list) else response["data"]
    assert label["label"] == "cat"


@pytest.mark.parametrize("era", ERAS)
def test_page_is_json(era: str) -> None:
    page = json.loads(json.dumps(describe_page(recorded(era), URL).as_json(), allow_nan=False))

    assert (page["url"], page["version"].split(".")[0]) == (URL, era)
    assert set(page["endpoints"][0]["snippets"]) == {"python", "javascript", "curl"}


def test_state_is_not_on_the_page() -> None:
    state = Parameter(Component("State"), "state", hidden=True)
    server = Description(
        "5.49.1", "/gradio_api", endpoints=(Endpoint("/f", 0, (state,), (state,)),)
    )
    (section,) = describe_page(server, URL).sections

    assert (section.inputs, section.outputs) == ((), ())
    assert section.payload == {"data": [None]}


def test_only_documented_endpoints_are_on_the_page() -> None:
    server = recorded("6")

    (documented,) = describe_page(server, URL).sections
    (named,) = describe_page(server, URL, api_name="lambda").sections

    assert len(server.endpoints) > 1
    assert (documented.name, named.name) == ("/classify", "/lambda")


def test_unknown_endpoint_is_refused() -> None:
    with pytest.raises(UnknownEndpointError, match="no endpoint '/nothing'"):
        describe_page(recorded("6"), URL, api_name="/nothing")


def test_component_unknown_to_the_era_is_sent_as_null() -> None:
    server = Description("2.9.4", endpoints=(endpoint_of("multimodaltextbox"),))
    (section,) = describe_page(server, URL).sections

    assert (section.payload, section.response["data"]) == ({"data": [None]}, [None])
    assert "predict(None)" in section.snippets["python"]


def test_interface_returns_its_page_and_code() -> None:
    config = json.loads((RECORDED / "era6-config.json").read_text("utf-8"))
    interface = Interface(config, url="https://host/app/")

    assert "https://host/app/gradio_api/call/classify" in interface.text()
    assert "/lambda" not in interface.html()
    assert "/lambda" in interface.html("lambda")
    assert 'Interface("https://host/app")' in interface.snippets()["python"]


def test_page_of_a_configuration_without_url_uses_the_default_address() -> None:
    config = json.loads((RECORDED / "era2-config.json").read_text("utf-8"))

    assert f"{URL}/api/predict/" in Interface(config).text()


def test_era_of_the_interface_overrides_the_configuration() -> None:
    config = json.loads((RECORDED / "era4-config.json").read_text("utf-8"))

    assert "/run/predict" in Interface(config, era="4.10").text()
