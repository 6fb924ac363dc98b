"""In Python, text is text or a data URL: for no component is it the name of a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import encoders
from encoders import Interface, PayloadError
from encoders.cli.arguments import from_text
from encoders.predict.components import COMPONENTS, Component
from encoders.predict.eras import version
from tests.cli.test_cli import fail, succeed
from tests.paths import FIXTURES
from tests.predict.http_server import gradio, http_server

PNG = FIXTURES / "image" / "small.png"
WAV = FIXTURES / "audio" / "stereo.wav"
MP4 = FIXTURES / "video" / "clip.mp4"
PDF = FIXTURES / "file" / "report.pdf"
ERAS = ("2", "3", "4", "5", "6")

# The places for a file in a component's value, as functions of the file.
PLACES: dict[str, Callable[[Any], tuple[str, Any]]] = {
    "image": lambda file: ("image", file),
    "a picture with a mask": lambda file: ("image", {"image": file, "mask": None}),
    "a mask": lambda file: ("image", {"image": PNG, "mask": file}),
    "imageeditor": lambda file: ("imageeditor", file),
    "background": lambda file: ("imageeditor", {"background": file}),
    "a layer": lambda file: ("imageeditor", {"layers": [file]}),
    "imageslider": lambda file: ("imageslider", (PNG, file)),
    "annotatedimage": lambda file: ("annotatedimage", (file, [])),
    "an annotation": lambda file: ("annotatedimage", (PNG, [(file, "label")])),
    "gallery": lambda file: ("gallery", [file]),
    "a caption's picture": lambda file: ("gallery", [(file, "caption")]),
    "audio": lambda file: ("audio", file),
    "a cropped sound": lambda file: ("audio", {"audio": file, "crop_min": 1}),
    "video": lambda file: ("video", file),
    "subtitles": lambda file: ("video", (MP4, file)),
    "file": lambda file: ("file", file),
    "files": lambda file: ("file", [PDF, file]),
    "uploadbutton": lambda file: ("uploadbutton", file),
    "downloadbutton": lambda file: ("downloadbutton", file),
    "model3d": lambda file: ("model3d", file),
    "plot": lambda file: ("plot", file),
    "multimodaltextbox": lambda file: ("multimodaltextbox", {"text": "x", "files": [file]}),
    "chatbot": lambda file: ("chatbot", [{"role": "user", "content": (file, "alt")}]),
}


@pytest.fixture(autouse=True)
def _beside_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", ["/etc/passwd", "image/small.png", "no such file", ""])
def test_text_opens_no_file(text: str, place: str, era: str, opened: list[str]) -> None:
    component, value = PLACES[place](text)

    with pytest.raises(PayloadError) as caught:
        encoders.payload(value, components=[component], era=era, upload=lambda *_: "/x")

    has_component = version(era) >= COMPONENTS[component].since
    reasons = ("image and mask to Gradio 3.x", "does not crop", "no subtitles", "there is no")
    if has_component and not any(reason in str(caught.value) for reason in reasons):
        assert f'pass Path("{text}") for a file' in str(caught.value)
        assert caught.value.component == component
    assert text not in opened


@pytest.mark.parametrize("place", PLACES)
def test_a_path_and_a_data_url_are_files(place: str) -> None:
    component, value = PLACES[place](PNG)
    if component in ("audio", "video"):
        component, value = PLACES[place](WAV if component == "audio" else MP4)
    found = [era for era in ERAS if not isinstance(made(value, component, era), PayloadError)]

    assert found or place in ("subtitles", "a cropped sound")


def made(value: Any, component: str, era: str) -> Any:
    try:
        return encoders.payload(value, components=[component], era=era, upload=lambda *_: "/x")
    except PayloadError as error:
        return error


@pytest.mark.parametrize("component", ["image", "file"])
def test_a_data_url_in_text_is_a_file(component: str) -> None:
    url = encoders.encode(PNG)

    assert url in json.dumps(encoders.payload(url, components=[component]))


def test_error_on_bare_base64_names_the_missing_prefix() -> None:
    with pytest.raises(PayloadError, match="put data:;base64, before bare base64"):
        encoders.payload("iVBORw0KGgo" * 100, components=["image"])


def test_the_error_is_short_for_any_text() -> None:
    for text in ("x" * 200, "\x1b[2J\u202e\u3164" * 20, "a\"b'c", "\ud800"):
        with pytest.raises(PayloadError) as caught:
            encoders.payload(text, components=["file"])
        assert len(caught.value.message) < 400
        assert str(caught.value).isascii()


def test_a_textbox_that_becomes_a_file_gets_nothing(opened: list[str]) -> None:
    for component in ("file", "image", "audio", "video", "gallery", "chatbot"):
        with http_server(gradio("5", inputs=[component])) as server, Interface(server.url) as app:
            with pytest.raises(PayloadError):
                app.predict("/etc/passwd")
            assert not [path for path in server.paths if "upload" in path or "join" in path]
    assert "/etc/passwd" not in opened


def test_a_textbox_that_becomes_an_unknown_component_gets_text() -> None:
    with http_server(gradio("5", inputs=["unheardof"])) as server, Interface(server.url) as app:
        assert app.predict("/etc/passwd").data[0] == "/etc/passwd"


@pytest.mark.parametrize(
    ("component", "text"),
    [
        ("image", str(PNG)),
        ("gallery", f'["{PNG}"]'),
        ("file", f'["{PDF}"]'),
        ("audio", str(WAV)),
        ("annotatedimage", f'["{PNG}", [["{PNG}", "label"]]]'),
    ],
)
def test_the_shell_takes_names_for_files_where_files_are_wanted(component: str, text: str) -> None:
    assert b"base64," in succeed("payload", text, "--component", component, "--era", "3")


@pytest.mark.parametrize("text", ["[]", "[1, 2]", '["a", 3]', '["a", [3]]', '["a", [["b"]]]', "["])
def test_malformed_picture_with_masks_is_one_line(text: str) -> None:
    line = fail("payload", text, "--component", "annotatedimage", "--era", "5")

    assert "is not a value for the component annotatedimage" in line


def test_the_shell_takes_data_urls_in_a_message() -> None:
    url = encoders.encode(b"any bytes")
    text = f'{{"text": "x", "files": ["{url}"]}}'

    assert from_text(text, Component("multimodaltextbox"))["files"] == [url]
