"""Every example fits its component, in every era and with all options."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from encoders import audio, image, video
from encoders.predict import File
from encoders.predict.components import COMPONENTS, Component
from encoders.predict.endpoints import MISSING, Parameter
from encoders.predict.eras import server_version, version
from encoders.predict.pages.examples import example, example_output
from encoders.predict.payloads import prepare
from encoders.predict.responses import response
from encoders.predict.samples import sample
from encoders.predict.values import Json, Reference
from tests.predict.noted_options import NotedOptions

PNG, WAV, MP4 = (sample(f"example.{suffix}").data for suffix in ("png", "wav", "mp4"))
MASK = sample("mask.png").data
ERAS = ("2", "2.9.4", "3.0.26", "3.15", "3.50.2", "4.0", "4.44.1", "5.49.1", "6.31.0")
PAIRS = [
    (name, era) for name in COMPONENTS for era in ERAS if Component(name).exists_in(version(era))
]
# What servers do not say, and what none of our code may trip over.
ODD: list[Any] = [
    *(None, "", "x", -1, 0, 10**400, 1e300, math.nan, math.inf, True, [], {}, [[]], [None]),
    *([{}], ["x", 1], [["a", "b"]], [[1, 2, 3]], {"a": []}, [math.nan], ["../x"], [".PNG"]),
]
OPTIONS = (
    *("value", "default", "choices", "multiselect", "minimum", "maximum", "step", "precision"),
    *("headers", "datatype", "col_count", "row_count", "file_count", "file_types", "tool"),
    *("source", "speakers", "x", "y", "include_time"),
)


def parameter(name: str, default: Any = MISSING, /, **options: Any) -> Parameter:
    return Parameter(Component(name, options), name, default=default, hidden=name == "state")


def sent(value: Any, name: str, era: str, **options: Any) -> Json:
    component = Component(name, options)
    return prepare([value], [component], server_version(era), by_upload=False).payload["data"][0]


@pytest.mark.parametrize(("name", "era"), PAIRS)
def test_example_is_accepted(name: str, era: str) -> None:
    made = parameter(name)

    for by_upload in (False, True):
        prepared = prepare(
            [example(made)], [made.component], server_version(era), by_upload=by_upload
        )
        assert (prepared.payload["data"] == [None]) == (name == "state")


@pytest.mark.parametrize(("name", "era"), PAIRS)
def test_example_output_is_accepted(name: str, era: str) -> None:
    made = parameter(name)
    json = example_output(made, era)

    value = response({"data": [json]}, [made.component]).data[0]

    assert (value is None) == (name == "state")


@pytest.mark.parametrize("name", COMPONENTS)
def test_example_exists_for_unusual_options(name: str) -> None:
    eras = [era for era in ("2", "3", "4", "5", "6") if Component(name).exists_in(version(era))]
    for option in OPTIONS:
        for odd in ODD:
            options = NotedOptions(**{option: odd})
            made = Parameter(Component(name, options), name, hidden=name == "state")
            value = example(made)
            for era in eras:
                prepare([value], [made.component], server_version(era), by_upload=False)
                example_output(made, era)
            if option not in options.read:
                break


@pytest.mark.parametrize("name", COMPONENTS)
def test_example_exists_for_unusual_defaults(name: str) -> None:
    for odd in ODD:
        made = parameter(name, odd)
        eras = [era for era in ("2", "3", "4", "5", "6") if made.component.exists_in(version(era))]
        for era in eras:
            prepare([example(made)], [made.component], server_version(era), by_upload=False)


def test_picture_is_a_gradient_of_eight_by_eight() -> None:
    pixels = image.decode_array(image.encode(PNG))

    assert pixels.shape == (8, 8, 3)
    assert np.array_equal(pixels[0, :, 0], range(0, 253, 36))
    assert np.array_equal(pixels[:, 0, 1], range(0, 225, 32))


def test_mask_covers_the_left_half() -> None:
    alpha = image.decode_array(image.encode(MASK))[..., 3]

    assert (alpha[:, :4] == 255).all()
    assert (alpha[:, 4:] == 0).all()


def test_sound_is_a_tenth_of_a_second() -> None:
    rate, samples = audio.decode(audio.encode(WAV))

    assert (rate, samples.dtype, samples.shape) == (8000, np.dtype("int16"), (800,))
    assert np.abs(np.fft.rfft(samples)).argmax() == 44  # 440 Hz


def test_clip_has_five_frames_that_decode() -> None:
    clip = video.decode(video.encode(MP4))

    assert (clip.width, clip.height, clip.duration) == (64, 48, 1.0)
    assert [round(float(frame[0, 0, 0]), -1) for frame in clip.frames()] == [0, 60, 130, 190, 250]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 50),
        ({"minimum": 10, "maximum": 20}, 15),
        ({"minimum": 0, "maximum": 1, "step": 0.1}, 0.5),
        ({"minimum": 0, "maximum": 5, "step": 5}, 0),
        ({"minimum": -3, "maximum": -1, "step": 1}, -2),
        ({"minimum": 0, "maximum": 100, "value": 7}, 7),
        ({"minimum": 10, "maximum": 20, "value": 7}, 10),
    ],
)
def test_example_of_a_slider_is_between_minimum_and_maximum(
    options: dict[str, Any], expected: float
) -> None:
    assert example(parameter("slider", **options)) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 1),
        ({"minimum": 5}, 5),
        ({"maximum": -5}, -5),
        ({"value": 2.5}, 2.5),
        ({"value": 2.5, "precision": 0}, 3),
        ({"minimum": 0.5, "maximum": 0.75, "precision": 0}, 0.75),
    ],
)
def test_example_number_is_between_minimum_and_maximum(
    options: dict[str, Any], expected: float
) -> None:
    assert example(parameter("number", **options)) == expected


def test_number_in_a_text_box_of_gradio_2_is_a_number() -> None:
    assert sent(example(parameter("textbox", type="number")), "textbox", "2", type="number") == 1


@pytest.mark.parametrize("choices", [["b", "a"], [["B", "b"], ["A", "a"]], [("B", "b")]])
@pytest.mark.parametrize("name", ["radio", "dropdown"])
def test_first_choice_is_taken_by_its_value(name: str, choices: list[Any]) -> None:
    assert example(parameter(name, choices=choices)) == "b"
    assert example(parameter("checkboxgroup", choices=choices)) == ["b"]


def test_choice_may_be_a_number() -> None:
    assert example(parameter("dropdown", choices=[["one", 1], ["two", 2]])) == 1


def test_several_choices_are_a_list() -> None:
    assert example(parameter("dropdown", choices=["b", "a"], multiselect=True)) == ["b"]


@pytest.mark.parametrize(
    ("name", "default", "expected"),
    [
        ("textbox", "x", "x"),
        ("textbox", "", "Hello"),
        ("textbox", "x" * 500, "Hello"),
        ("number", 0, 0),
        ("checkbox", False, False),
        ("radio", "a", "a"),
        ("radio", "gone", "b"),
        ("checkboxgroup", ["a"], ["a"]),
        ("json", {"x": 1}, {"x": 1}),
        ("image", {"path": "/srv/cat.png"}, PNG),
        ("something_new", {"x": 1}, {"x": 1}),
        ("something_new", MISSING, None),
    ],
)
def test_default_is_the_example_if_it_is_not_empty(name: str, default: Any, expected: Any) -> None:
    assert example(parameter(name, default, choices=["b", "a"])) == expected


def test_default_is_read_from_the_options_of_older_servers() -> None:
    assert example(parameter("textbox", value="3.x")) == "3.x"
    assert example(parameter("textbox", default="2.x")) == "2.x"


def test_datetime_has_no_time_where_the_component_takes_none() -> None:
    assert example(parameter("datetime")) == "2026-01-31 12:00:00"
    assert example(parameter("datetime", include_time=False)) == "2026-01-31"


@pytest.mark.parametrize("count", ["multiple", "directory"])
@pytest.mark.parametrize("name", ["file", "uploadbutton"])
def test_several_files_are_a_list(name: str, count: str) -> None:
    files = example(parameter(name, file_count=count))

    assert [file.name for file in files] == ["example.txt"]
    assert isinstance(example(parameter(name, file_count="single")), File)


@pytest.mark.parametrize(
    ("types", "name", "media_type"),
    [
        (None, "example.txt", "text/plain"),
        ("image", "example.png", "image/png"),
        (["image"], "example.png", "image/png"),
        (["audio/*"], "example.wav", "audio/wav"),
        ([".xyz", ".mp4"], "example.mp4", "video/mp4"),
        ([".CSV"], "example.csv", "text/csv"),
        ([".log", ".foo"], "example.log", "text/plain"),
        (["./../x"], "example.txt", "text/plain"),
    ],
)
def test_file_is_of_a_type_that_is_allowed(types: Any, name: str, media_type: str) -> None:
    file = example(parameter("file", file_types=types))

    assert (file.name, file.media_type) == (name, media_type)


def test_table_has_the_columns_that_the_server_shows() -> None:
    options = {"headers": ["n", "ok", "day", "s"], "datatype": ["number", "bool", "date", "str"]}

    assert example(parameter("dataframe", **options)) == (
        ["n", "ok", "day", "s"],
        [[1, True, "2026-01-01", "d1"], [2, False, "2026-01-02", "d2"]],
    )


def test_table_is_as_large_as_it_has_to_be() -> None:
    options = {"col_count": [3, "fixed"], "row_count": [1, "fixed"]}

    assert example(parameter("dataframe", **options)) == (["a", "b", "c"], [["a1", "b1", "c1"]])


def test_series_has_the_columns_that_are_plotted() -> None:
    headers, rows = example(parameter("timeseries", x="time", y=["high", "low"]))

    assert headers == ["time", "high", "low"]
    assert {len(row) for row in rows} == {3}


def test_sketch_is_a_picture_and_a_mask() -> None:
    made = example(parameter("image", tool="sketch", source="upload"))

    assert made == {"image": PNG, "mask": MASK}
    assert set(sent(made, "image", "3", tool="sketch")) == {"image", "mask"}


def test_drawing_on_a_canvas_is_a_picture() -> None:
    assert example(parameter("image", tool="sketch", source="canvas")) == PNG


def test_state_has_no_example() -> None:
    assert example(parameter("state")) is None
    assert example_output(parameter("state"), "6") is None


@pytest.mark.parametrize(
    ("name", "era", "shape"),
    [
        ("image", "2", str),
        ("audio", "2", str),
        ("audio", "3.0.26", str),
        ("video", "2", {"name", "data"}),
        ("file", "2", {"name", "data", "size"}),
        ("image", "3", str),
        ("audio", "3", {"name", "data", "is_file", "orig_name"}),
        ("image", "6", {"path", "url", "size", "orig_name", "mime_type", "meta"}),
        ("video", "5", {"video", "subtitles"}),
        ("dataframe", "2", {"headers", "data"}),
        ("dataframe", "3", {"headers", "data", "metadata"}),
        ("plot", "4", {"type", "plot"}),
    ],
)
def test_output_has_the_shape_of_its_era(name: str, era: str, shape: Any) -> None:
    made = example_output(parameter(name), era)

    assert isinstance(made, str) if shape is str else set(made) == shape


def test_example_video_for_gradio_3_has_a_place_for_subtitles() -> None:
    file, subtitles = example_output(parameter("video"), "3.50.2")

    assert (file["is_file"], subtitles) == (True, None)


def test_file_of_an_answer_is_addressed_on_the_server() -> None:
    json = example_output(parameter("audio"), "5", url="https://host/gradio_api")

    reference = response({"data": [json]}, ["audio"]).data[0]

    assert isinstance(reference, Reference)
    assert reference.url == f"https://host/gradio_api/file={reference.path}"
