"""Errors for unknown names list the known ones; copies of values are equal to the originals."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import encoders
from encoders import DataURL, Limits, audio, batch, image, payload, response
from encoders.predict import Component, File, Payload, Reference, Response, Table, write_payload
from encoders.predict.eras import NewerServerWarning
from tests.paths import FIXTURES
from tests.predict.http_server import gradio, http_server

PNG = image.encode(FIXTURES / "image" / "small.png")
WAV = audio.encode(FIXTURES / "audio" / "stereo.wav")


def write(**options: Any) -> object:
    write_payload(["a"], io.StringIO(), **options)
    return None


def build(**options: Any) -> object:
    return payload("a", **options)


def read(**options: Any) -> object:
    return response({"data": ["a"]}, **options)


calls = pytest.mark.parametrize("call", [build, write, read])


@calls
@pytest.mark.parametrize(
    ("name", "near"), [("txetbox", "textbox"), ("Imgae", "image"), ("whatever", None), ("", None)]
)
def test_a_component_that_does_not_exist_is_refused_with_the_nearest(
    call: Callable[..., object], name: str, near: str | None
) -> None:
    with pytest.raises(ValueError, match="there is no component") as caught:
        call(components=[name])
    assert f"did you mean {near}" in str(caught.value) or near is None
    assert "textbox, html, markdown" in str(caught.value)


@calls
def test_error_for_a_name_instead_of_a_list_says_so(call: Callable[..., object]) -> None:
    for given in ("image", Component("image")):
        with pytest.raises(TypeError, match="components is a list of names"):
            call(components=given)
    with pytest.raises(TypeError, match="a component is a name or a Component, not int"):
        call(components=[5])


def test_a_component_of_a_servers_own_is_taken() -> None:
    own = Component("my_own_widget", {"a": 1})

    assert payload({"a": 1}, components=[own])["data"] == [{"a": 1}]
    assert response({"data": [PNG]}, [own]).data[0].size == (240, 180)


@pytest.mark.parametrize("era", ["99", "7", "7.0.0", "0", "1.9", "abc", "", "-2", "2" * 50])
@pytest.mark.parametrize("call", [build, write])
def test_an_era_that_does_not_exist_is_refused(call: Callable[..., object], era: str) -> None:
    with pytest.raises(ValueError, match=r"era=.*2, 3, 4, 5, 6, nor a Gradio version") as caught:
        call(era=era)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("version", ["7.0.0", "99.1"])
def test_server_newer_than_all_eras_is_called_as_the_newest_with_a_warning(version: str) -> None:
    with (
        http_server(gradio("6", version=version)) as server,
        encoders.Interface(server.url) as app,
        pytest.warns(NewerServerWarning, match=f"{version}, which is newer than 6"),
    ):
        assert app.predict("a")[0] == "a"


# Copies.


def decoded_before() -> Response:
    answer = two_outputs()
    list(answer.data)
    return answer


def two_outputs() -> Response:
    answer = {
        "data": [PNG, {"label": "cat"}, {"path": "/tmp/a.png", "url": "http://127.0.0.1/a.png"}],
        "durations": [0.5],
        "is_generating": False,
    }
    return response(answer, ["image", "label", "file"])


VALUES: dict[str, Callable[[], Any]] = {
    "Response": two_outputs,
    "Response, decoded": decoded_before,
    "Response, inferred": lambda: response(f'{{"data": ["{WAV}", [1, [2]]]}}'),
    "Outputs": lambda: two_outputs().data,
    "Payload": lambda: payload("a", 0.5),
    "File": lambda: File(b"a", "a.txt"),
    "Reference": lambda: two_outputs().references[0],
    "DataURL": lambda: DataURL("text/plain", b"a", (("charset", "utf-8"),)),
    "DataURL, parsed": lambda: encoders.data_url.parse(PNG),
    "Video": lambda: encoders.decode(encoders.encode(FIXTURES / "video" / "clip.mp4")),
    "Table": lambda: Table(["a", "b"], [[1, 2]]),
    "Component": lambda: Component("Image", {"image_mode": "RGBA"}),
    "Limits": lambda: Limits(max_bytes=5),
    "Inspection": lambda: encoders.inspect(PNG),
    "Row": lambda: next(batch.encode([FIXTURES / "image" / "small.png"], workers=1)),
    "Summary": lambda: batch.Summary(3, 2, 1),
}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, Response):
        return (
            one.json == other.json
            and one.durations == other.durations
            and one.extra == other.extra
            and one.references == other.references
            and same(list(one.data), list(other.data))
        )
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if hasattr(one, "tobytes"):
        return (one.mode, one.size, one.tobytes()) == (other.mode, other.size, other.tobytes())
    if type(one).__name__ == "Outputs":
        return dir(one) == dir(other) and same(list(one), list(other))
    return bool(one == other)


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy]
    + [
        lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ],
)
def test_a_copy_is_equal(copied: Callable[[Any], Any], name: str) -> None:
    value = VALUES[name]()
    other = copied(value)

    assert type(other) is type(value)
    assert same(value, other)
    if isinstance(value, Payload):
        assert other.components == value.components


def answer_of_another_process(text: str) -> Response:
    return response(text, ["image"])


def test_response_is_returned_from_a_process_pool() -> None:
    with ProcessPoolExecutor(1) as pool:
        answer = pool.submit(answer_of_another_process, f'{{"data": ["{PNG}"]}}').result(60)
    assert answer["image"].size == (240, 180)


def test_an_interface_says_that_it_cannot_be_copied(tmp_path: Path) -> None:
    app = encoders.Interface("http://127.0.0.1:9")

    for attempt in (pickle.dumps, copy.deepcopy, copy.copy):
        with pytest.raises(TypeError, match="Interface"):
            attempt(app)


def test_a_reference_is_itself_after_a_round_trip() -> None:
    reference = two_outputs().references[0]
    assert isinstance(reference, Reference)
    assert {reference: 1}[pickle.loads(pickle.dumps(reference))] == 1
