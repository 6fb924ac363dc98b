"""The JSON of each component in each era, conversions of values, and texts of errors."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas
import pytest
from PIL import Image

import encoders
from encoders import CorruptMediaError, Limits, MediaTypeError, PayloadError, payload
from encoders.predict import Component, File, Plot, Raw, Reference, Table, eras, write_payload
from encoders.predict.components import COMPONENTS, canonical
from tests import forks
from tests.paths import FIXTURES
from tests.pillow import needs_avif

IMAGES = FIXTURES / "image"
PNG = IMAGES / "small.png"
WAV = FIXTURES / "audio" / "stereo.wav"
MP4 = FIXTURES / "video" / "clip.mp4"
PDF = FIXTURES / "file" / "report.pdf"
VTT = FIXTURES / "file" / "subtitles.vtt"
META = {"_type": "gradio.FileData"}
REFERENCE = Reference("/srv/a.png", None, "a.png", 3, "image/png")


def one(value: Any, component: str | Component, era: str, **options: Any) -> Any:
    """Return the JSON of one input."""
    (made,) = payload(value, components=[component], era=era, **options)["data"]
    return made


def put(name: str, file: BinaryIO) -> str:
    """Stand for a server that stores uploads by their names."""
    assert file.read(1)
    return f"/up/{name}"


def url(path: Path) -> str:
    return encoders.file.encode(path)


def stored(path: Path, media_type: str) -> dict[str, Any]:
    return {
        "path": f"/up/{path.name}",
        "orig_name": path.name,
        "size": path.stat().st_size,
        "mime_type": media_type,
        "meta": META,
    }


def inline(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    return {
        "name": path.name,
        "data": url(path),
        "is_file": False,
        "orig_name": path.name,
        "size": size,
    }


FILE_2 = {"name": PDF.name, "data": url(PDF)}
FILE_4 = stored(PDF, "application/pdf")
VIDEO_4 = stored(MP4, "video/mp4")
SUBTITLES_4 = stored(VTT, "text/vtt")
TABLE = {"headers": ["a", "b"], "data": [[1, 2.5], [None, "x"]]}
SHAPES: list[tuple[str | Component, Any, dict[str, Any]]] = [
    # component, value, eras → JSON
    ("image", PNG, {"2": url(PNG), "3": url(PNG), "4": stored(PNG, "image/png")}),
    ("audio", WAV, {"2": {"name": WAV.name, "data": url(WAV)}, "3": inline(WAV)}),
    ("audio", WAV, {"4": stored(WAV, "audio/wav"), "6": stored(WAV, "audio/wav")}),
    ("video", MP4, {"2": {"name": MP4.name, "data": url(MP4)}, "3": inline(MP4), "6": VIDEO_4}),
    ("video", MP4, {"45": {"video": VIDEO_4, "subtitles": None}}),
    ("video", (MP4, VTT), {"3": [inline(MP4), inline(VTT)]}),
    ("video", (MP4, VTT), {"45": {"video": VIDEO_4, "subtitles": SUBTITLES_4}}),
    ("file", PDF, {"2": FILE_2, "3": inline(PDF), "456": FILE_4}),
    ("file", [PDF], {"2": [FILE_2], "3": [inline(PDF)], "6": [FILE_4]}),
    ("dataframe", TABLE, {"2": TABLE["data"], "3": TABLE, "6": TABLE}),
    ("dataframe", [{"a": 1, "b": 2.5}, {"b": "x", "a": None}], {"2": TABLE["data"], "36": TABLE}),
    ("dataframe", None, {"2": [], "36": {"headers": [], "data": []}}),
    ("timeseries", TABLE, {"2": TABLE, "3": TABLE}),
    ("label", {"b": 0.25, "a": 0.75}, {"6": {"label": "a", "confidences": [
        {"label": "a", "confidence": 0.75}, {"label": "b", "confidence": 0.25}]}}),
    ("label", "a", {"4": {"label": "a"}}),
    ("highlightedtext", [("a", "X"), ("b", None)], {"3": [["a", "X"], ["b", None]]}),
    ("highlightedtext", [("a", "X"), ("b", 0.5)], {"456": [
        {"token": "a", "class_or_confidence": "X"}, {"token": "b", "class_or_confidence": 0.5}]}),
    ("highlightedtext", {"text": "abc", "entities": [{"start": 1, "end": 2, "entity": "X"}]},
     {"3": [["a", None], ["b", "X"], ["c", None]]}),
    ("imageeditor", PNG, {"456": {"background": stored(PNG, "image/png"), "layers": [],
     "composite": stored(PNG, "image/png"), "id": None}}),
    ("gallery", [PNG, (PNG, "x")], {
        "3": [inline(PNG) | {"name": "image.png", "orig_name": "image.png"}] + [
            [inline(PNG) | {"name": "image.png", "orig_name": "image.png"}, "x"]],
        "4": [{"image": stored(PNG, "image/png"), "caption": None},
              {"image": stored(PNG, "image/png"), "caption": "x"}]}),
    ("gallery", [MP4], {"5": [{"video": VIDEO_4, "caption": None}]}),
    ("chatbot", [("hi", "ho")], {"2": [["hi", "ho"]], "3": [["hi", "ho"]]}),
    ("chatbot", [("hi", "ho")], {"45": [
        {"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}),
    ("chatbot", [("hi", None), (None, "ho")], {"3": [["hi", None], [None, "ho"]], "45": [
        {"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}),
    ("chatbot", [{"role": "user", "content": "hi"}], {"3": [["hi", None]], "6": [
        {"role": "user", "content": [{"type": "text", "text": "hi"}]}]}),
    ("chatbot", [{"role": "user", "content": (PDF, "alt")}], {
        "3": [[{"name": "/up/report.pdf", "data": None, "is_file": True, "orig_name": PDF.name,
                "size": PDF.stat().st_size, "alt_text": "alt"}, None]],
        "5": [{"role": "user", "content": {"file": FILE_4, "alt_text": "alt"}}],
        "6": [{"role": "user", "content": [{"type": "file", "file": FILE_4, "alt_text": "alt"}]}]}),
    ("multimodaltextbox", {"text": "hi", "files": [PDF]}, {"6": {"text": "hi", "files": [FILE_4]}}),
    ("multimodaltextbox", "hi", {"4": {"text": "hi", "files": []}}),
    ("image", REFERENCE, {"6": {"path": "/srv/a.png", "url": None, "orig_name": "a.png", "size": 3,
                                "mime_type": "image/png", "meta": META}}),
    ("audio", REFERENCE, {"3": {"name": "/srv/a.png", "data": None, "is_file": True,
                                "orig_name": "a.png"}}),
    ("colorpicker", (255, 136, 0), {"3": "#ff8800"}),
    ("datetime", datetime(2026, 1, 31, 12), {"5": "2026-01-31 12:00:00"}),
    ("plot", Plot("plotly", {"data": []}), {"6": {"type": "plotly", "plot": '{"data": []}'}}),
    ("number", np.int64(3), {"2": 3}),
    ("slider", None, {"6": 0}),
    ("checkboxgroup", None, {"6": []}),
    ("json", {"a": np.arange(2), "b": (1, None)}, {"6": {"a": [0, 1], "b": [1, None]}}),
    ("state", None, {"2": None}),
    (Component("unheardof"), {"a": PDF, "b": [1, "x"]}, {"6": {"a": FILE_4, "b": [1, "x"]}}),
    (Component("unheardof"), [np.float32(2.5), np.int64(3)], {"26": [2.5, 3]}),
    ("textbox", Raw({"any": 1}), {"2": {"any": 1}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("component", "value", "era", "expected"),
    [
        (name, value, era, made)
        for name, value, row in SHAPES
        for eras_alike, made in row.items()
        for era in eras_alike
    ],
)
def test_value_has_the_shape_of_its_era(
    component: str, value: Any, era: str, expected: Any
) -> None:
    upload = put if era > "3" or component == "chatbot" else None

    assert one(value, component, era, upload=upload) == expected


def test_upload_decides_in_an_era_that_has_both() -> None:
    expected = {
        "name": "/up/report.pdf",
        "data": None,
        "is_file": True,
        "orig_name": "report.pdf",
        "size": PDF.stat().st_size,
    }

    assert one(PDF, "file", "3", upload=put) == expected
    assert one(PNG, "image", "6") == {
        "url": url(PNG),
        "orig_name": "small.png",
        "mime_type": "image/png",
        "meta": META,
    }


@pytest.mark.parametrize("era", ["4", "5", "6"])
@pytest.mark.parametrize("component", ["audio", "video", "file"])
def test_file_that_needs_an_upload_is_an_error_without_one(era: str, component: str) -> None:
    value = {"audio": WAV, "video": MP4, "file": PDF}[component]

    with pytest.raises(PayloadError, match=r"data\[1\] \(\w+\): Gradio \d .* upload=") as caught:
        payload("x", value, components=["textbox", component], era=era)
    assert (caught.value.path, caught.value.component) == ("data[1]", component)


@pytest.mark.parametrize("era", eras.ERAS)
@pytest.mark.parametrize("component", COMPONENTS)
def test_none_is_a_value_everywhere(component: str, era: str) -> None:
    form, version = COMPONENTS[component], eras.version(era)
    if version < form.since or (form.until and version >= form.until):
        with pytest.raises(PayloadError, match=f"there is no {component} in Gradio {era}"):
            one(None, component, era)
    else:
        json.dumps(one(None, component, era))


# Conversions before sending.


def pixels(data: str, mode: str = "RGB") -> Any:
    return np.asarray(Image.open(io.BytesIO(encoders.file.decode(data))).convert(mode))


def on_white(path: Path) -> Any:
    front = Image.open(path).convert("RGBA")
    back = Image.new("RGBA", front.size, "white")
    return np.asarray(Image.alpha_composite(back, front).convert("RGB"))


@pytest.mark.parametrize("name", ["small.png", "small.jpg", "small.webp", "small.gif", "page.png"])
@pytest.mark.parametrize("era", ["2", "3"])
def test_plain_picture_passes_byte_for_byte(name: str, era: str) -> None:
    assert one(IMAGES / name, "image", era) == url(IMAGES / name)


@pytest.mark.parametrize("era", ["2", "3.50.2"])
@pytest.mark.parametrize(
    "picture", [IMAGES / "exif6.jpg", Image.new("RGB", (6, 4)), np.zeros((4, 6, 3), np.uint8)]
)
def test_mask_on_which_nothing_is_drawn_covers_the_upright_picture(picture: Any, era: str) -> None:
    upright = encoders.image.decode_array(encoders.image.encode(picture))

    mask = pixels(one({"image": picture, "mask": None}, "image", era)["mask"])

    assert mask.shape[:2] == upright.shape[:2]


@pytest.mark.parametrize("era", ["2", "3.0", "3.10.1"])
def test_picture_is_turned_where_the_server_ignores_exif(era: str) -> None:
    upright = encoders.image.decode(url(IMAGES / "exif6.jpg"))
    made = one(IMAGES / "exif6.jpg", "image", era)

    assert made.startswith("data:image/jpeg")
    assert np.abs(pixels(made).astype(int) - np.asarray(upright)).mean() < 1


def test_picture_is_left_alone_where_the_server_turns_it() -> None:
    assert one(IMAGES / "exif6.jpg", "image", "3.50.2") == url(IMAGES / "exif6.jpg")


@pytest.mark.parametrize("name", ["rgba.png", "rgba.webp", "gray-alpha.png", "palette-alpha.png"])
@pytest.mark.parametrize("era", eras.ERAS)
def test_alpha_is_laid_on_white_where_the_server_cuts_it(name: str, era: str) -> None:
    sent: list[bytes] = []

    def keep(_: str, file: BinaryIO) -> str:
        sent.append(file.read())
        return "/up"

    made = one(IMAGES / name, "image", era, upload=keep if era > "3" else None)
    data = sent[0] if sent else encoders.file.decode(made)

    seen = Image.open(io.BytesIO(data))
    assert not seen.has_transparency_data
    assert np.abs(np.asarray(seen.convert("RGB")).astype(int) - on_white(IMAGES / name)).max() <= 1


def test_alpha_is_kept_where_the_component_keeps_it() -> None:
    keeps = Component("image", {"image_mode": "RGBA"})

    assert one(IMAGES / "rgba.png", keeps, "2") == url(IMAGES / "rgba.png")
    made = one(Image.open(IMAGES / "rgba.png"), keeps, "2")
    assert np.array_equal(pixels(made, "RGBA"), np.asarray(Image.open(IMAGES / "rgba.png")))
    assert one(IMAGES / "rgba.png", Component("image", {"image_mode": None}), "2") == url(
        IMAGES / "rgba.png"
    )


def test_alpha_of_objects_is_laid_on_white() -> None:
    picture = Image.open(IMAGES / "rgba.png")

    for value in (picture, np.asarray(picture)):
        assert np.array_equal(pixels(one(value, "image", "2")), on_white(IMAGES / "rgba.png"))


def test_deep_grey_is_scaled_to_eight_bits() -> None:
    deep = np.array([[0, 32768, 65535]], np.uint16)
    buffer = io.BytesIO()
    Image.fromarray(deep).save(buffer, "png")

    for value in (deep, buffer.getvalue(), Image.fromarray(deep)):
        assert pixels(one(value, "image", "2"), "L").tolist() == [[0, 128, 255]]


@needs_avif
def test_avif_becomes_png_in_an_era_that_cannot_read_it() -> None:
    assert one(IMAGES / "small.avif", "image", "3").startswith("data:image/png")
    assert one(IMAGES / "small.avif", "image", "5", upload=put)["mime_type"] == "image/avif"


def test_format_that_the_era_cannot_read_becomes_png() -> None:
    assert one(IMAGES / "small.jp2", "image", "3").startswith("data:image/png")
    assert one(IMAGES / "small.jp2", "image", "6", upload=put)["orig_name"] == "small.png"
    with pytest.raises(MediaTypeError, match=r"data\[0\] \(image\).*svg"):
        one(IMAGES / "drawing.svg", "image", "3")
    assert one(IMAGES / "drawing.svg", "image", "6", upload=put)["mime_type"] == "image/svg+xml"


def test_animation_passes_and_a_still_gif_does_not_arrive_as_indices() -> None:
    assert one(IMAGES / "animated.gif", "image", "6", upload=put)["mime_type"] == "image/gif"
    assert one(IMAGES / "small.gif", "image", "6", upload=put)["orig_name"] == "small.png"


def test_data_url_in_a_picture_has_the_mode_that_the_server_does_not_convert_to() -> None:
    made = one(IMAGES / "gray.png", "image", "6")["url"]
    assert Image.open(io.BytesIO(encoders.file.decode(made))).mode == "RGB"
    made = one(PNG, Component("image", {"image_mode": "L"}), "5")["url"]
    assert Image.open(io.BytesIO(encoders.file.decode(made))).mode == "L"


def test_floats_become_int16_by_one_fixed_scale() -> None:
    samples = np.array([-1, -0.5, 0, 0.25, 1], np.float32)

    made = one((8000, samples), "audio", "2")
    rate, found = encoders.audio.decode(made["data"])
    assert (made["name"], rate) == ("audio.wav", 8000)
    assert found.tolist() == [-32768, -16384, 0, 8192, 32767]
    _, quiet = encoders.audio.decode(one((8000, samples / 4), "audio", "2")["data"])
    assert quiet.tolist() == [-8192, -4096, 0, 2048, 8192]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\a b.pdf", "a b.pdf"),
        ("a.tar.gz", "a.tar.gz"),
        ("", "file.pdf"),
        ("ü" * 300 + ".pdf", "ü" * 98 + ".pdf"),
    ],
)
def test_name_is_safe_and_keeps_its_extension(given: str, sent: str) -> None:
    assert one(File(PDF.read_bytes(), given or None), "file", "2")["name"] == sent


def test_data_url_has_no_parameter_for_2() -> None:
    given = "data:text/plain;charset=utf-8;name=a.txt;base64,aGk="

    assert one(given, "file", "2") == {"name": "a.txt", "data": "data:text/plain;base64,aGk="}


# Choices by options and content.


def test_options_of_a_component_change_its_json() -> None:
    assert one(PDF, Component("file", {"file_count": "multiple"}), "3") == [inline(PDF)]
    assert one([PDF], Component("file", {"file_count": "single"}), "3") == inline(PDF)
    assert one("a", Component("dropdown", {"multiselect": True}), "3") == ["a"]
    assert one(3, Component("textbox", {"type": "number"}), "2") == 3
    assert one(3, "textbox", "2") == "3"
    assert one([("a", "b")], Component("chatbot", {"type": "tuples"}), "5") == [["a", "b"]]
    assert (
        one(date(2026, 1, 31), Component("datetime", {"include_time": False}), "6") == "2026-01-31"
    )
    zoned = Component("datetime", {"timezone": "Europe/Berlin"})
    assert one(datetime(2026, 1, 1, tzinfo=UTC), zoned, "6") == "2026-01-01 01:00:00"
    assert one(None, Component("slider", {"minimum": 5}), "6") == 5
    sketch = one({"image": PNG, "mask": None}, Component("image", {"tool": "sketch"}), "3")
    assert sketch["image"] == url(PNG)
    assert not pixels(sketch["mask"]).any()


@pytest.mark.parametrize(
    ("value", "component"),
    [
        ("photo.jpg", "textbox"),
        (3, "number"),
        (np.float32(2), "number"),
        (np.array(2), "number"),
        (True, "checkbox"),
        (np.bool_(True), "checkbox"),
        (PNG, "image"),
        (PNG.read_bytes(), "image"),
        (Image.new("L", (1, 1)), "image"),
        (np.zeros((2, 2), np.uint8), "image"),
        (url(PNG), "image"),
        ((8000, np.zeros(2, np.int16)), "audio"),
        (WAV, "audio"),
        (MP4, "video"),
        (PDF, "file"),
        ([PDF, PNG], "file"),
        (io.BytesIO(PDF.read_bytes()), "file"),
        (pandas.DataFrame({"a": [1]}), "dataframe"),
        (Table(["a"], [[1]]), "dataframe"),
        ([{"role": "user", "content": "x"}], "chatbot"),
        ({"a": 1}, "json"),
        ([1, 2], "json"),
        (None, "json"),
        (Plot("plotly", {}), "plot"),
    ],
)  # fmt: skip
def test_component_is_inferred_and_listed(value: Any, component: str) -> None:
    assert payload(value, era="3").components == (component,)


def test_file_object_is_accepted_for_every_picture() -> None:
    given = File(PNG.read_bytes(), "a.png")

    assert one(given, "image", "2") == url(PNG)
    assert one({"image": given, "mask": given}, "image", "3") == dict.fromkeys(
        ("image", "mask"), url(PNG)
    )
    assert one(given, "plot", "4")["plot"] == url(PNG)
    assert one(given, Component("image", {"tool": "sketch"}), "3")["image"] == url(PNG)
    assert one([given], "gallery", "6", upload=put)[0]["image"]["path"] == "/up/a.png"


def test_text_is_never_a_path_by_itself() -> None:
    assert payload(str(PNG))["data"] == [str(PNG)]


@pytest.mark.parametrize(
    ("spelt", "name"),
    [("Checkbox Group", "checkboxgroup"), ("multimodal_textbox", "multimodaltextbox"),
     ("Image3D", "model3d"), ("Sketchpad", "imageeditor"), ("Nobody Knows", "nobodyknows")],
)  # fmt: skip
def test_component_name_ignores_case_and_separators(spelt: str, name: str) -> None:
    assert canonical(spelt) == name == Component(spelt).name


# Errors.

BAD: list[tuple[str | Component, Any, str, str]] = [
    ("number", "x", "2", r"^data\[0\] \(number\): expected a number, found the text 'x'"),
    ("number", float("nan"), "2", "nan"),
    ("number", True, "2", "found bool True"),
    ("checkbox", 1, "2", "True or False"),
    ("checkboxgroup", "a", "2", "list of choices"),
    ("radio", {"a": 1}, "3", "choice"),
    ("textbox", b"x", "3", "expected text"),
    ("json", {"a": {1: 2}}, "3", r"data\[0\]\.a \(json\): expected text as keys"),
    ("json", {"a": [object()]}, "3", r"data\[0\]\.a\[0\]"),
    ("json", [[0, float("inf")]], "3", r"data\[0\]\[0\]\[1\]"),
    ("colorpicker", (1, 2), "3", "colour"),
    ("datetime", 3, "6", "datetime"),
    ("datetime", datetime(2026, 1, 1, tzinfo=UTC), "6", "time zone"),
    ("state", "x", "3", "state stays on the server"),
    ("image", {"image": PNG, "mask": PNG}, "6", "imageeditor"),
    ("image", WAV, "2", r"data\[0\] \(image\): .*stereo\.wav: this is audio/wav"),
    ("imageeditor", {"backdrop": PNG}, "5", "backdrop"),
    ("video", (MP4, VTT), "2", "no subtitles"),
    ("video", (MP4, VTT), "6", "no subtitles"),
    ("video", PNG, "3", "image/png, not a video"),
    ("video", [MP4], "3", "video, or"),
    ("gallery", [MP4], "4", r"data\[0\]\[0\] \(gallery\).*pictures only"),
    ("gallery", PNG, "4", "list of pictures"),
    ("audio", {"audio": WAV, "crop_min": 0}, "4", "crop"),
    ("audio", {"audio": WAV, "crop_max": 101}, "2", "crop_max is 101"),
    ("audio", PNG, "2", r"data\[0\] \(audio\): .*small\.png: this is image/png, not sound"),
    ("audio", PDF, "5", "this is application/pdf, not sound"),
    ("audio", (8000, np.array([2.0])), "2", r"data\[0\] \(audio\): .*full scale"),
    ("file", [PDF, 3], "3", "cannot read int"),
    ("model3d", [PDF], "3", "one file"),
    ("dataframe", [[1], [1, 2]], "3", "row 1 has 2 cells, expected 1"),
    ("dataframe", "x", "3", "DataFrame"),
    ("dataframe", [{"a": 1}, {"b": 1}], "3", r"\[1\].*keys of the first row"),
    ("dataframe", (["a"], [{"a": 1}]), "3", "list of cells"),
    ("dataframe", {"headers": "x", "data": 1}, "3", "list of rows"),
    ("dataframe", {"a": [1, 2], "b": [3]}, "3", "columns of one length"),
    ("label", {"a": 10**400}, "3", "expected a number"),
    ("colorpicker", [float("inf")] * 3, "4", "expected a colour"),
    ("imageslider", 0, "6", "two pictures"),
    ("highlightedtext", Path("x"), "6", "list of"),
    ("dataframe", (["a"], [[object()]]), "3", "JSON can hold"),
    ("label", 3.5j, "4", "label"),
    ("label", {"a": "high"}, "4", "confidence of 'a'"),
    ("highlightedtext", [("a",)], "4", r"data\[0\]\[0\]"),
    ("highlightedtext", {"text": "x"}, "4", "entities"),
    ("highlightedtext", {"text": "x", "entities": [{"start": "0", "end": 1, "entity": "X"}]}, "4",
     r"data\[0\] \(highlightedtext\): expected text, and entities"),
    ("chatbot", "hi", "4", "list of messages"),
    ("chatbot", [{"role": "user"}], "4", r"data\[0\]\[0\] \(chatbot\): expected role and content"),
    ("chatbot", [("a", "b", "c")], "4", "user, bot"),
    ("chatbot", [{"role": "user", "content": {"type": "text"}}], "5", "a part with its text"),
    ("chatbot", [{"role": "system", "content": "x"}], "3", "user or assistant"),
    ("chatbot", [("a", "b"), ("c", "d"), ("e", {"f": object()})], "3", r"data\[0\]\[2\]\[1\]\.f"),
    ("chatbot", [("a", "b"), ("c", "d"), ("e", {"f": object()})], "6", r"data\[0\]\[2\]\[1\]\.f"),
    ("chatbot", [{"role": "user", "content": ["a", "b"]}], "5", "holds one thing, found 2"),
    ("multimodaltextbox", {"txt": "x"}, "5", "text and files"),
    ("annotatedimage", PNG, "5", "mask"),
    ("annotatedimage", (PNG, [(PNG,)]), "5", r"annotations\[0\] .*expected \(mask, label\)"),
    ("annotatedimage", (PNG, None), "5", r"data\[0\]\.annotations .*a list of \(mask, label\)"),
    ("imageslider", PNG, "6", "two pictures"),
    (Component("unheardof"), {"a": [object()]}, "3", r"data\[0\]\.a\[0\]"),
]  # fmt: skip


@pytest.mark.parametrize(("component", "value", "era", "message"), BAD)
def test_value_that_does_not_fit_is_a_clear_error(
    component: str, value: Any, era: str, message: str
) -> None:
    with pytest.raises((encoders.EncodersError, TypeError)) as caught:
        one(value, component, era, upload=put)

    notes = " ".join(getattr(caught.value, "__notes__", ()))
    assert re.search(message, str(caught.value))
    assert "data[0]" in str(caught.value) + notes


def test_error_names_the_place_the_component_and_the_file() -> None:
    broken = FIXTURES / "hostile" / "truncated.gif"

    with pytest.raises(CorruptMediaError) as caught:
        payload("x", [PNG, broken], components=["textbox", "gallery"], era="6", upload=put)
    assert str(caught.value).startswith(f"data[1][1] (gallery): {broken}: ")


def test_missing_file_is_file_not_found_with_the_place_as_a_note() -> None:
    with pytest.raises(FileNotFoundError) as caught:
        payload(Path("missing.png"), components=["image"])
    assert caught.value.__notes__ == ["in data[0] (image)"]


def test_number_of_components_is_that_of_the_inputs() -> None:
    with pytest.raises(PayloadError, match="1 inputs for 2 components"):
        payload("x", components=["textbox", "image"])


@pytest.mark.parametrize("era", ["1", "x", "", "2.x.y z"])
def test_unknown_era_is_a_value_error(era: str) -> None:
    with pytest.raises(ValueError, match="era="):
        payload("x", era=era)


@pytest.mark.parametrize(
    "era", ["2", "2.9.4", "3.0", "3.50.2", "4.44.1", "5", "v6.31.0", "6.0.0b1"]
)
def test_era_is_a_major_version_or_any_version(era: str) -> None:
    assert payload("x", era=era) == {"data": ["x"]}


def test_limits_apply_to_inputs_that_must_be_decoded() -> None:
    with pytest.raises(encoders.LimitError, match="max_pixels"):
        payload(IMAGES / "rgba.png", components=["image"], limits=Limits(max_pixels=10))


def test_nesting_stops_at_a_limit() -> None:
    value: Any = []
    for _ in range(200):
        value = [value]
    with pytest.raises(encoders.LimitError, match="max_depth"):
        payload(value, components=["json"])


# Files on the way.


def test_upload_gets_the_name_and_the_bytes() -> None:
    seen = {}

    def put(name: str, file: BinaryIO) -> str:
        seen[name] = file.read()
        return "/up"

    payload(PDF, (8000, np.zeros(2, np.int16)), io.BytesIO(b"abc"), era="6", upload=put)
    assert list(seen) == ["report.pdf", "audio.wav", "text.txt"]
    assert seen["report.pdf"] == PDF.read_bytes()
    assert seen["text.txt"] == b"abc"


def test_upload_that_gives_no_path_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="expected the path"):
        one(PDF, "file", "6", upload=lambda *_: None)


@pytest.mark.parametrize("era", ["2", "3"])
def test_written_payload_is_the_payload(era: str, tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(bytes(range(256)) * 10_000)
    inputs = ['a"b', PNG, big, [big, PDF], {"x": big}]
    own = Component("unheardof")
    components: list[str | Component] = ["textbox", "image", "file", "file", own]
    buffer = io.StringIO()

    write_payload(inputs, buffer, components=components, era=era)
    write_payload(inputs, tmp_path / "p.json", components=components, era=era)

    expected = payload(*inputs, components=components, era=era)
    assert json.loads(buffer.getvalue()) == expected
    assert json.loads((tmp_path / "p.json").read_text()) == expected


def test_payload_that_cannot_be_made_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(PayloadError):
        write_payload(["x"], tmp_path / "p.json", components=["number"])
    assert list(tmp_path.iterdir()) == []


_MEMORY = """
import re, sys
from pathlib import Path
from encoders.predict import write_payload
status = Path('/proc/self/status')
high = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1]) // 1024
write_payload([Path(sys.argv[1]).read_bytes()[:99]], sys.argv[2])
Path('/proc/self/clear_refs').write_text('5')
before = high()
write_payload([Path(sys.argv[1])], sys.argv[2], components=['file'], era='3', overwrite=True)
print(high() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_big_file_is_written_in_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "big.bin").open("wb") as file:
        file.truncate(128 << 20)

    done = forks.run("-c", _MEMORY, tmp_path / "big.bin", tmp_path / "p.json")

    assert done.stderr == b""
    assert int(done.stdout) < 8


def test_every_kind_of_source_gives_the_same(way: Callable[[Path], Any]) -> None:
    if isinstance(way(PNG), str):
        pytest.skip("text is never taken for a path")
    expected = one(PNG, "image", "2")

    assert one(way(PNG), "image", "2") == expected
    assert one(way(PDF), "file", "2")["data"] == url(PDF)


def test_pairs_may_be_an_iterator_or_an_array() -> None:
    pieces = payload(iter([("a", "X")]), components=["highlightedtext"], era="3")
    stack = np.zeros((2, 4, 4, 3), np.uint8)
    pair = payload(stack, components=["imageslider"], era="5", upload=lambda name, file: "/a.png")

    assert pieces["data"] == [[["a", "X"]]]
    assert [one["path"] for one in pair["data"][0]] == ["/a.png", "/a.png"]


def test_an_era_is_a_text() -> None:
    with pytest.raises(TypeError, match=r"era=3: expected a text such as '3'"):
        payload("x", era=3)  # type: ignore[arg-type]
