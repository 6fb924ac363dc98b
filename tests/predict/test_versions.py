"""Differences between the versions of one era: payloads, answers, descriptions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

import encoders
from encoders import Interface, PayloadError, data_url, image, mime
from encoders.predict import Component
from encoders.predict.configuration import describe
from encoders.predict.pages.page import describe_page
from tests.paths import FIXTURES
from tests.predict.http_server import Json, config

PICTURES = FIXTURES / "image"
UP = {"upload": lambda name, _: f"/tmp/{name}"}


def sent(value: Any, component: str | Component, era: str, **options: Any) -> Json:
    return encoders.payload(value, components=[component], era=era, **options)["data"][0]


def bytes_sent(path: Path, era: str) -> bytes:
    """Return what of a picture arrives at the server, in the payload or before it."""
    files: list[bytes] = []

    def upload(_: str, file: BinaryIO) -> str:
        files.append(file.read())
        return "/tmp/file"

    made = sent(path, "image", era, upload=upload)
    return files[0] if files else data_url.parse(made).data


@pytest.mark.parametrize("era", ["4.37.2", "4.44.1", "5.0.2", "5.49.1", "6.31.0"])
@pytest.mark.parametrize("count", ["single", "multiple", "directory", None])
@pytest.mark.parametrize("files", [[], [b"%PDF-1.7"], [b"%PDF-1.7", b"GIF89a"]])
def test_the_files_of_a_message_are_always_a_list(
    files: list[bytes], count: str | None, era: str
) -> None:
    box = Component("multimodaltextbox", {"file_count": count} if count else {})

    made = sent({"text": "hi", "files": files}, box, era, **UP)

    assert [file["path"].startswith("/tmp/") for file in made["files"]] == [True] * len(files)


@pytest.mark.parametrize("era", ["4.37.2", "6.31.0"])
def test_text_alone_is_a_message_without_files(era: str) -> None:
    assert sent("hi", "multimodaltextbox", era) == {"text": "hi", "files": []}


@pytest.mark.parametrize(
    ("era", "options", "is_pairs"),
    [
        ("3.50.2", {}, True),
        ("4.0.2", {}, True),
        ("4.37.2", {}, True),
        ("4.44.1", {"type": "tuples"}, True),
        ("4.44.1", {"type": "messages"}, False),
        ("5.49.1", {"type": "tuples"}, True),
        ("5.49.1", {"type": "messages"}, False),
        ("6.31.0", {}, False),
    ],
)
def test_chat_is_pairs_unless_its_type_is_messages(
    era: str, options: dict[str, Json], is_pairs: bool
) -> None:
    made = sent([("hi", "hello")], Component("chatbot", options), era)

    assert (made == [["hi", "hello"]]) == is_pairs


@pytest.mark.parametrize(
    ("era", "turns"),
    [
        *(("2.9.4", False), ("3.16.2", False), ("3.17.0", False), ("3.17.1", True)),
        *(("3.50.2", True), ("4.0.2", False), ("4.8.0", False), ("4.9.0", True), ("4", True)),
    ],
)
def test_a_turned_picture_is_turned_where_the_server_would_not(era: str, turns: bool) -> None:
    path = PICTURES / "exif6.jpg"

    data = bytes_sent(path, era)

    assert (data == path.read_bytes()) == turns
    assert image.decode(encoders.encode(data)).size == image.decode(encoders.encode(path)).size


@pytest.mark.parametrize(("era", "media_type"), [("5.0.2", "image/png"), ("5.4.0", "image/avif")])
def test_avif_is_sent_only_to_servers_whose_pillow_reads_it(era: str, media_type: str) -> None:
    pytest.importorskip("PIL._avif")

    assert mime.detect(bytes_sent(PICTURES / "small.avif", era)) == media_type


@pytest.mark.parametrize(
    ("era", "expected"),
    [
        ("2.9.4", [[1, 2]]),
        ("3.0.20", [[1, 2]]),
        ("3.0.25", {"headers": ["a", "b"], "data": [[1, 2]]}),
        ("3.0", {"headers": ["a", "b"], "data": [[1, 2]]}),
        ("3", {"headers": ["a", "b"], "data": [[1, 2]]}),
    ],
)
def test_a_table_has_headers_from_3_0_25_on(era: str, expected: Json) -> None:
    assert sent((["a", "b"], [[1, 2]]), "dataframe", era) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"value": 4, "minimum": 1}, 4),
        ({"default": 5, "minimum": 1}, 5),
        ({"default": 0, "minimum": -1}, 0),
        ({"minimum": 1}, 1),
        ({}, 0),
    ],
)
def test_omitted_slider_has_the_initial_value_of_the_server(
    options: dict[str, Json], expected: int
) -> None:
    assert sent(None, Component("slider", options), "2.8.14") == expected


@pytest.mark.parametrize(
    ("version", "expected"), [("3.0.20", "cat"), ("3.15.0", "cat"), ("3.16.0", '"cat"')]
)
def test_text_in_json_is_wrapped_twice_before_3_16(version: str, expected: str) -> None:
    from tests.predict.http_server import gradio, http_server

    plays = gradio("3", lambda _: ['"cat"'], outputs=["json"], version=version)
    if version < "3.09":
        plays["/api/predict/"] = plays["/run/predict"]
    with http_server(plays) as server, Interface(server.url) as app:
        assert app.predict("hi").data[0] == expected


@pytest.mark.parametrize(
    ("component", "era"),
    [
        *(("colorpicker", "2.9.4"), ("code", "3.20.1"), ("annotatedimage", "3.26.0")),
        *(("uploadbutton", "3.10.0"), ("fileexplorer", "3.46.1"), ("imageeditor", "4.4.1")),
        *(("downloadbutton", "4.19.2"), ("multimodaltextbox", "4.21.0"), ("datetime", "4.37.2")),
        *(("imageslider", "5.26.0"), ("model3d", "2.8.14"), ("dialogue", "5.39.0")),
    ],
)
def test_a_component_that_a_version_does_not_have_yet_is_refused(component: str, era: str) -> None:
    with pytest.raises(PayloadError, match=f"there is no {component} in Gradio {era[0]}"):
        sent(np.zeros((2, 2)), component, era)


@pytest.mark.parametrize("names", [[False, "chat"], [None, "chat", "clear"], ["chat", False]])
def test_the_main_endpoint_is_the_first_with_a_name(names: list[Json]) -> None:
    configuration = config("3", ["textbox"], ["textbox"])
    configuration["dependencies"] = [
        {**configuration["dependencies"][0], "api_name": name} for name in names
    ]

    assert describe(configuration).endpoint(None).name == "/chat"


def test_the_page_calls_a_batch_function_with_lists() -> None:
    configuration = config("3", ["textbox", "number"], ["textbox"])
    configuration["dependencies"][0]["batch"] = True
    app = Interface(configuration, url="http://127.0.0.1:7860")
    (section,) = describe_page(describe(configuration), "http://127.0.0.1:7860").sections

    assert '"batched": true' in app.snippets()["curl"]
    assert [len(values) for values in section.payload["data"]] == [1, 1]
    assert section.payload["batched"] is True
    assert [len(values) for values in section.response["data"]] == [1]


@pytest.mark.parametrize("era", ["2.6", "2.6.4", "2.2.15", "2.0", "1.7", "0"])
def test_a_version_before_2_7_is_none(era: str) -> None:
    with pytest.raises(ValueError, match=r"expected Gradio 2\.7 or newer|is none of 2, 3, 4"):
        encoders.payload("hi", era=era)


@pytest.mark.parametrize("era", ["2", "2.7", "2.7.5", "2.8.14"])
def test_a_version_from_2_7_on_is_one(era: str) -> None:
    assert encoders.payload("hi", era=era) == {"data": ["hi"]}
