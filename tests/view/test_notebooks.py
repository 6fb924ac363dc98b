"""Notebooks show values as HTML of bounded size that runs no script and asks no server."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import encoders
from encoders import DataURL, Inspection, Interface, Limits, batch, data_url, video
from encoders.data_url.notebook import ShownInNotebook
from encoders.predict import File, Plan, Reference, Table
from encoders.predict.endpoints import Endpoint
from tests.notebooks import cells_of, executed
from tests.pace import at_most
from tests.paths import FIXTURES, ROOT
from tests.predict.http_server import gradio, http_server
from tests.predict.pages.html_reader import HtmlReader
from tests.public_names import public_callables

from .values import ATTACK, SVG

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
VALUES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "DataURL": lambda: (DataURL("image/gif", b"GIF89a"), DataURL("text/plain", LONG.encode())),
    "File": lambda: (File(b"%PDF-1.7", "a.pdf"), File(noise(), LONG)),
    "Video": lambda: (encoders.decode(encoders.encode(CLIP)), long_video()),
    "Payload": lambda: (encoders.payload(CLIP), encoders.payload(noise(), LONG, [LONG] * 100)),
    "Response": lambda: (encoders.response({"data": ["a"]}), encoders.response(large_answer())),
    "Outputs": lambda: (
        encoders.response({"data": ["a"]}).data,
        encoders.response(large_answer()).data,
    ),
    "Inspection": lambda: (encoders.inspect(CLIP), Inspection(LONG, LONG, LONG, 5, {LONG: LONG})),
    "Interface": lambda: (Interface(CONFIG), Interface(large_config())),
    "Row": lambda: (
        next(batch.encode([CLIP], workers=1)),
        batch.Row(LONG, LONG, 5, encoders.encode(noise()), LONG),
    ),
    "Summary": lambda: (batch.Summary(3, 2, 1), batch.Summary(10**12, 10**12, 10**12)),
    "Table": lambda: (Table(["a"], [[1]]), Table([LONG] * 100, [[LONG] * 100] * 10_000)),
    "Reference": lambda: (Reference("/tmp/a.png"), Reference(LONG, LONG, LONG, 5, LONG)),
    "Plan": lambda: (
        Interface(CONFIG).check(FIXTURES / "image" / "small.png", "a"),
        Interface(CONFIG).check(File(noise(), LONG), LONG),
    ),
}


def long_video() -> video.Video:
    """Return a video with 10 MB behind its end, where no reader looks."""
    data = CLIP.read_bytes() + (10_000_000).to_bytes(4, "big") + b"free" + bytes(9_999_992)
    decoded: video.Video = encoders.decode(encoders.encode(data))
    return decoded


def large_config() -> dict[str, Any]:
    """Return the configuration of a server with 1,000 endpoints of long names."""
    (main, *_) = (each for each in CONFIG["dependencies"] if each["api_name"])
    many = [{**main, "api_name": f"{number}{LONG}"} for number in range(1000)]
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

    assert {name.rpartition(".")[2] for name in names} | {"Outputs"} == set(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_a_notebook_shows_a_value(name: str) -> None:
    small, large = VALUES[name]()

    assert 50 < len(small._repr_html_()) < 100_000 or name in ("Video", "Payload", "Row")
    with at_most(3):
        html = large._repr_html_()
    assert len(html) < LARGEST
    for value in (small, large):
        shown(value)


def test_an_interface_is_shown_without_a_request() -> None:
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        before = shown(app).text
        requests = len(server.requests)
        endpoints = app.endpoints
        known = len(server.requests)
        after = shown(app).text

        assert requests == 0
        assert len(server.requests) == known
    assert server.url in before
    assert endpoints[0].label not in before
    assert endpoints[0].label in after


@pytest.mark.long
@pytest.mark.skipif(
    importlib.util.find_spec("nbconvert") is None, reason="needs nbconvert and ipykernel"
)
def test_the_notebook_of_the_documents_shows_its_values(tmp_path: Path) -> None:
    cells = json.loads(executed(cells_of(DOCUMENT), tmp_path, "notebook"))["cells"]
    outputs = [output for cell in cells for output in cell["outputs"]]
    html = [
        "".join(output["data"]["text/html"])
        for output in outputs
        if "text/html" in output.get("data", {})
    ]

    payload, answer, interface, row = map(HtmlReader, html)
    print(outputs)
