"""Notebooks show values as HTML of bounded size that runs no script and asks no server."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import encoders
from encoders import DataURL, Inspection, Interface, batch, data_url, video
from encoders.predict import File, Plot, Reference, Table
from encoders.view.media import NOTEBOOK
from tests.browser.pictures import LARGEST as LARGEST_PICTURE
from tests.browser.pictures import PICTURES
from tests.notebooks import cells_of, executed
from tests.pace import at_most
from tests.paths import FIXTURES, ROOT
from tests.predict.http_server import gradio, http_server
from tests.predict.pages.html_reader import HtmlReader
from tests.public_names import public_callables

from .values import ATTACK

DOCUMENT = ROOT / "docs" / "notebook.md"
LARGEST = 1_500_000  # characters of what is shown of one value
CLIP = FIXTURES / "video" / "clip.mp4"
WAV = FIXTURES / "audio" / "recording.wav"
CONFIG = json.loads((FIXTURES / "interface" / "era4-config.json").read_text("utf-8"))


def noise() -> bytes:
    """Return a PNG file of some 10 MB."""
    pixels = np.random.default_rng(0).integers(0, 256, (1800, 1800, 3), np.uint8)
    return data_url.parse(encoders.encode(pixels, format="png")).data


def large_answer() -> Any:
    return {"data": [encoders.encode(WAV)] * 100 + ["text " * 100_000, list(range(200_000))]}


LONG = ATTACK * 50_000
SMALL: dict[str, Callable[[], Any]] = {
    "DataURL": lambda: DataURL("image/gif", b"GIF89a"),
    "File": lambda: File(b"%PDF-1.7", "a.pdf"),
    "Video": lambda: encoders.decode(encoders.encode(CLIP)),
    "Payload": lambda: encoders.payload(CLIP),
    "Response": lambda: encoders.response({"data": ["a"]}),
    "Outputs": lambda: encoders.response({"data": ["a"]}).data,
    "Inspection": lambda: encoders.inspect(CLIP),
    "Interface": lambda: Interface(CONFIG),
    "Row": lambda: next(batch.encode([CLIP], workers=1)),
    "Summary": lambda: batch.Summary(3, 2, 1),
    "Table": lambda: Table(["a"], [[1]]),
    "Reference": lambda: Reference("/tmp/a.png"),
    "Plot": lambda: Plot("plotly", {"data": [{"type": "bar", "x": ["a"], "y": [1]}]}),
    "Plan": lambda: Interface(CONFIG).check(FIXTURES / "image" / "small.png", "a"),
}
LARGE: dict[str, Callable[[], Any]] = {
    "DataURL": lambda: DataURL("text/plain", LONG.encode()),
    "File": lambda: File(noise(), LONG),
    "Video": lambda: long_video(),
    "Payload": lambda: encoders.payload(noise(), LONG, [LONG] * 100),
    "Response": lambda: encoders.response(large_answer()),
    "Outputs": lambda: encoders.response(large_answer()).data,
    "Inspection": lambda: Inspection(LONG, LONG, LONG, 5, {LONG: LONG}),
    "Interface": lambda: Interface(large_config()),
    "Row": lambda: batch.Row(LONG, LONG, 5, encoders.encode(noise()), LONG),
    "Summary": lambda: batch.Summary(10**12, 10**12, 10**12),
    "Table": lambda: Table([LONG] * 100, [[LONG] * 100] * 10_000),
    "Reference": lambda: Reference(LONG, LONG, LONG, 5, LONG),
    "Plot": lambda: Plot("plotly", {"data": [{"type": "bar", "x": [LONG] * 999, "y": [1] * 999}]}),
    "Plan": lambda: Interface(CONFIG).check(File(noise(), LONG), LONG),
}


def long_video() -> video.Video:
    """Return a video with 10 MB behind its end, where no reader looks."""
    data = CLIP.read_bytes() + (10_000_000).to_bytes(4, "big") + b"free" + bytes(9_999_992)
    decoded: video.Video = encoders.decode(encoders.encode(data))
    return decoded


def large_config() -> dict[str, Any]:
    """Return the configuration of a server with 1,000 endpoints of long names."""
    (main, *_) = (each for each in CONFIG["dependencies"] if each["api_name"])
    many = [{**main, "api_name": f"{number}{ATTACK * 100}"} for number in range(1000)]
    return {**CONFIG, "title": LONG, "dependencies": many}


def shown(value: Any) -> HtmlReader:
    """Return what a notebook shows, once it is sure that nothing in it runs or is fetched."""
    page = HtmlReader(value._repr_html_())
    assert page.open == []
    for tag, attributes in page.elements:
        assert tag not in ("script", "object", "embed", "form", "base", "link", "meta")
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert str(attributes.get("src", "data:")).startswith("data:")
        assert tag != "iframe" or attributes["sandbox"] == ""
    assert "url(" not in page.text_inside("style") and "@import" not in page.text_inside("style")
    return page


def test_every_class_that_a_notebook_shows_is_tried() -> None:
    names = {
        name for name in public_callables() if hasattr(public_callables()[name], "_repr_html_")
    }

    assert {name.rpartition(".")[2] for name in names} | {"Outputs"} == set(SMALL) == set(LARGE)


@pytest.mark.parametrize("name", LARGE)
def test_what_a_notebook_shows_is_bounded(name: str) -> None:
    value = LARGE[name]()
    with at_most(3):
        html = value._repr_html_()

    assert len(html) < LARGEST
    shown(value)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("DataURL", ["image/gif"]),
        ("File", ["a.pdf", "application/pdf"]),
        ("Video", ["video/mp4", "160×120"]),
        ("Payload", ["clip.mp4", "data[0]"]),
        ("Response", ["data[0]"]),
        ("Outputs", ["data[0]"]),
        ("Inspection", ["clip.mp4", "video/mp4", "25.0"]),
        ("Interface", ["4.44.1", "/predict", "textbox"]),
        ("Row", ["clip.mp4", "video/mp4"]),
        ("Summary", ["failed", "2"]),
        ("Table", ["a", "1"]),
        ("Reference", ["a.png", "On the server"]),
        ("Plot", ["a"]),
        ("Plan", ["/predict", "small.png", "uploaded first"]),
    ],
)
def test_what_is_shown_says_what_the_value_is(name: str, texts: list[str]) -> None:
    page = shown(SMALL[name]())
    text = "".join(text for tag, text in page.texts if tag != "style")

    assert [each for each in texts if each not in text] == []


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("File", "Too large for this page: a smaller copy is shown."),
        ("Video", "Too large for this page: its first picture is shown."),
        ("Payload", "more, too much for a notebook"),
        ("Response", "more, too much for a notebook"),
        ("Interface", "more endpoints"),
        ("Table", "more rows"),
        ("Inspection", "characters)"),
    ],
)
def test_what_is_left_out_is_noted(name: str, note: str) -> None:
    assert note in shown(LARGE[name]()).text


def test_an_interface_is_shown_without_a_request() -> None:
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        before = shown(app).text
        assert server.paths == []

        endpoints = app.endpoints
        asked = len(server.paths)
        after = shown(app).text

        assert len(server.paths) == asked
    assert server.url in before and server.url in after
    assert endpoints[0].label not in before
    assert endpoints[0].label in after


@pytest.mark.long
@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("nbconvert", "ipykernel"))),
    reason="needs nbconvert and ipykernel",
)
def test_the_notebook_of_the_document_shows_its_values(tmp_path: Path) -> None:
    found = json.loads(executed(cells_of(DOCUMENT), tmp_path, "notebook"))
    outputs = [output["data"] for cell in found["cells"] for output in cell["outputs"]]
    html = [HtmlReader("".join(data["text/html"])) for data in outputs if "text/html" in data]
    texts = ["".join(data["text/plain"]) for data in outputs]
    payload, answer, interface, row = html

    assert len(payload.attributes_of("img")) == len(row.attributes_of("img")) == 1
    assert len(answer.attributes_of("audio")) == 1
    assert len(answer.attributes_of("meter")) == 2
    assert "/predict" in interface.text
    assert "application/vnd.jupyter.widget-view+json" in {kind for data in outputs for kind in data}
    assert all(len(text) < 1000 for text in texts)
    assert len(json.dumps(found)) < 1_000_000


def test_the_document_has_the_bounds() -> None:
    text = DOCUMENT.read_text("utf-8")
    for bound in (f"{NOTEBOOK.picture // 1000} kB", f"{NOTEBOOK.file // 1000} kB"):
        assert f"more than {bound}" in text
    assert f"at most {NOTEBOOK.side} pixels" in text


def test_the_pictures_of_the_documents_are_small() -> None:
    pictures = [*DOCUMENT.parent.glob("*.png")]

    assert {path.stem for path in pictures} == set(PICTURES)
    assert all(path.stat().st_size <= LARGEST_PICTURE for path in pictures)
