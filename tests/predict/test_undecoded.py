"""Outputs whose files are as they came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import encoders
from encoders.errors import EncodersError
from encoders.predict.values import Reference, UndecodedFile
from tests.paths import FIXTURES

PICTURE = encoders.encode(FIXTURES / "image" / "photo.jpg")
SOUND = encoders.encode(FIXTURES / "audio" / "recording.wav")
NAMED = {"name": "one.wav", "data": SOUND}


def undecoded(value: Any, component: str, **options: Any) -> Any:
    (output,) = encoders.response({"data": [value]}, [component], **options).data.undecoded()
    return output.value


@pytest.mark.parametrize(
    ("component", "json", "places"),
    [
        ("image", PICTURE, ["data[0]"]),
        ("audio", NAMED, ["data[0]"]),
        ("file", [NAMED, NAMED], ["data[0][0]", "data[0][1]"]),
        ("gallery", [[PICTURE, "a street"]], ["data[0][0]"]),
        ("plot", {"type": "matplotlib", "plot": PICTURE}, ["data[0].plot"]),
        ("chatbot", [["hello", NAMED]], ["data[0][0]"]),
        (
            "annotatedimage",
            [PICTURE, [[PICTURE, "sky"]]],
            ["data[0].image", "data[0].annotations[0]"],
        ),
        ("unknown", {"a": {"b": PICTURE}}, ["data[0].a.b"]),
    ],
)
def test_files_are_as_they_came(component: str, json: Any, places: list[str]) -> None:
    found = list(files_in(undecoded(json, component)))

    assert [file.place for file in found] == places
    assert {str(file.content) for file in found} <= {PICTURE, SOUND}


def files_in(value: Any) -> Any:
    if isinstance(value, UndecodedFile):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from files_in(item)


def test_a_picture_that_cannot_be_decoded_is_as_it_came() -> None:
    broken = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA"

    assert str(undecoded(broken, "image").content) == broken


def test_a_file_that_was_not_fetched_is_a_reference() -> None:
    found = undecoded({"path": "/tmp/a.png", "orig_name": "a.png"}, "image")

    assert isinstance(found.content, Reference)
    assert found.content.name == "a.png"


def test_a_fetched_file_is_its_path(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    reference = Reference("/tmp/a.png", name="a.png")
    files = {reference: tmp_path / "a.png"}

    found = undecoded({"path": "/tmp/a.png", "orig_name": "a.png"}, "image", files=files)

    assert found.content == tmp_path / "a.png"


def test_an_output_that_does_not_fit_its_component_is_its_error() -> None:
    answer = encoders.response({"data": [7, "b"]}, ["label", "textbox"])

    wrong, right = answer.data.undecoded()

    assert isinstance(wrong.value, EncodersError)
    assert wrong.json == 7
    assert (right.place, right.name, right.value) == ("data[1]", "textbox", "b")
