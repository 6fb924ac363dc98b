"""Answers of every era decode to Python values, and an untrusted answer cannot do harm."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import encoders
from encoders import (
    DataURL,
    LimitError,
    Limits,
    PayloadError,
    PredictError,
    ResponseError,
    response,
)
from encoders.errors import MissingDependencyError
from encoders.predict import Component, File, Plot, Reference, Table
from encoders.predict.body import Parsed
from encoders.predict.responses import from_parsed
from encoders.video import Video
from tests.paths import FIXTURES

PNG = FIXTURES / "image" / "small.png"
WAV = FIXTURES / "audio" / "stereo.wav"
MP4 = FIXTURES / "video" / "clip.mp4"
PDF = FIXTURES / "file" / "report.pdf"
VTT = FIXTURES / "file" / "subtitles.vtt"
SVG = FIXTURES / "image" / "drawing.svg"


def url(path: Path) -> str:
    return encoders.file.encode(path)


def data(path: Path) -> dict[str, Any]:
    return {"name": path.name, "data": url(path)}


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


OWN = Component("unheardof")  # of a server's own


def one(value: Any, component: str | Component | None, **options: Any) -> Any:
    answer = json.dumps({"data": [value]})
    return response(answer, [component] if component else None, **options).data[0]


def is_picture(found: Any) -> None:
    assert np.array_equal(np.asarray(found), np.asarray(Image.open(PNG)))


def is_sound(found: Any) -> None:
    rate, samples = found
    assert (rate, samples.dtype, samples.shape) == (44100, np.int16, (22050, 2))


def is_video(found: Any) -> None:
    assert isinstance(found, Video) and found.data == MP4.read_bytes()


def is_file(found: Any) -> None:
    assert found == File(PDF.read_bytes(), "report.pdf")


MEDIA: list[tuple[str | None, Any, Any]] = [
    # component, JSON, check
    ("image", url(PNG), is_picture),
    ("image", url(PNG).partition(",")[2], is_picture),
    ("image", {"path": None, "url": url(PNG), "orig_name": "x.png"}, is_picture),
    ("image", {"url": url(PNG), "meta": {}}, is_picture),
    ("audio", url(WAV), is_sound),
    ("audio", data(WAV), is_sound),
    ("video", data(MP4), is_video),
    ("video", [data(MP4), None], is_video),
    ("video", {"video": data(MP4), "subtitles": None}, is_video),
    ("file", data(PDF), is_file),
    ("model3d", {**data(PDF), "is_file": False, "orig_name": "report.pdf"}, is_file),
    (None, url(PNG), is_picture),
    (None, data(WAV), is_sound),
    (None, {"deep": [{"er": data(PDF)}]}, lambda found: is_file(found["deep"][0]["er"])),
    (None, {"image": url(PNG), "caption": "x"}, lambda found: is_picture(found["image"])),
]


@pytest.mark.parametrize(("component", "value", "check"), MEDIA)
def test_media_of_every_era_decode(component: str | None, value: Any, check: Any) -> None:
    check(one(value, component))
    check(response({"data": [value]}, [component] if component else None).data[0])


PLAIN: list[tuple[str | Component, Any, Any]] = [
    ("textbox", "x", "x"),
    ("textbox", 2.5, 2.5),
    ("textbox", None, None),
    ("textbox", "data:image/png;base64,AAAA", "data:image/png;base64,AAAA"),
    ("number", 3, 3),
    ("checkbox", True, True),
    ("checkboxgroup", ["a"], ["a"]),
    ("dropdown", ["a"], ["a"]),
    ("radio", "a", "a"),
    ("json", {"a": [1]}, {"a": [1]}),
    ("json", '"text in text"', "text in text"),
    ("json", "text", "text"),
    ("label", {"label": "a", "confidences": [{"label": "a", "confidence": 0.5}]}, {"a": 0.5}),
    ("label", {"label": "a"}, "a"),
    ("label", {"label": "a", "confidences": None}, "a"),
    ("label", {}, None),
    ("video", [None, None], None),
    ("label", {"label": None, "confidences": None}, None),
    ("highlightedtext", [["a", "X"], ["b", None]], [("a", "X"), ("b", None)]),
    ("highlightedtext", [{"token": "a", "class_or_confidence": 0.5}], [("a", 0.5)]),
    ("keyvalues", [["a", 1]], [("a", 1)]),
    ("datetime", "2026-01-31 12:00:00", datetime(2026, 1, 31, 12)),
    ("datetime", "2026-01-31", datetime(2026, 1, 31)),
    ("datetime", "2026-13-31 12:00:00", "2026-13-31 12:00:00"),
    ("chatbot", [["a", None], [None, "b"]], [("a", None), (None, "b")]),
    (
        "chatbot",
        [{"role": "user", "metadata": {"title": None}, "content": "a", "options": None}],
        [{"role": "user", "content": "a"}],
    ),
    (
        "chatbot",
        [{"role": "user", "metadata": None, "content": [{"type": "text", "text": "a"}]}],
        [{"role": "user", "content": "a"}],
    ),
    ("multimodaltextbox", {"text": "a", "files": []}, {"text": "a", "files": []}),
    ("plot", {"type": "plotly", "plot": '{"data": []}'}, Plot("plotly", {"data": []})),
    (
        "plot",
        {"type": "altair", "plot": "{}", "chart": "bar"},
        Plot("altair", {}, "bar"),
    ),
    ("carousel", [["a"], ["b"]], [["a"], ["b"]]),
    ("textbox", {"__type__": "update", "value": "x", "label": "y"}, "x"),
    (OWN, {"a": [1, "data", {"path": None}]}, {"a": [1, "data", {"path": None}]}),
    (
        "file",
        {"path": "/t/a b.txt", "url": "http://h/a", "orig_name": "a b.txt", "size": 3,
         "mime_type": "text/plain", "is_stream": False, "meta": {}},
        Reference("/t/a b.txt", "http://h/a", "a b.txt", 3, "text/plain"),
    ),
    (
        "audio",
        {"name": "/t/x.wav", "data": None, "is_file": True, "orig_name": "x.wav"},
        Reference("/t/x.wav", None, "x.wav"),
    ),
    ("image", {"path": "/t/%2e%2e/x.png"}, Reference("/t/%2e%2e/x.png", None, "x.png")),
]  # fmt: skip


@pytest.mark.parametrize(("component", "value", "expected"), PLAIN)
def test_other_values_of_every_era_decode(component: str, value: Any, expected: Any) -> None:
    assert one(value, component) == expected


def test_parts_of_composed_components_decode() -> None:
    shown, text = one([data(MP4), data(VTT)], "video")
    is_video(shown)
    assert (text.name, text.media_type) == ("subtitles.vtt", "text/vtt")
    edited = one({"background": url(PNG), "layers": [data(PNG)], "composite": None}, "imageeditor")
    is_picture(edited["background"])
    is_picture(edited["layers"][0])
    assert edited["composite"] is None
    sketch = one({"image": url(PNG), "mask": url(PNG)}, "image")
    is_picture(sketch["mask"])
    base, ((mask, label),) = one([data(PNG), [[data(PNG), "x"]]], "annotatedimage")
    is_picture(base)
    is_picture(mask)
    assert label == "x"
    first, second = one([url(PNG), [data(PNG), "caption"]], "gallery")
    is_picture(first)
    assert second[1] == "caption"
    moving, _ = one([{"video": data(MP4), "caption": None}, {"image": data(PNG)}], "gallery")
    is_video(moving)
    ((user, bot),) = one([[{**data(PDF), "alt_text": "x"}, "y"]], "chatbot")
    assert (user[0].data, user[1], bot) == (PDF.read_bytes(), "x", "y")
    crop = one({**data(WAV), "crop_min": 10, "crop_max": 50}, "audio")
    assert (crop["crop_min"], crop["crop_max"]) == (10, 50)
    is_sound(crop["audio"])
    assert one(url(SVG), "image").media_type == "image/svg+xml"
    svg = one({"path": None, "url": "data:image/svg+xml,%3Csvg/%3E"}, "image")
    assert svg.data == b"<svg/>"


@pytest.mark.parametrize(
    ("value", "headers", "rows"),
    [
        ({"headers": ["a"], "data": [[1]]}, ["a"], [[1]]),
        ({"headers": ["a"], "data": [[]]}, ["a"], []),
        ({"headers": ["a", "b"], "data": [], "metadata": None}, ["a", "b"], []),
        ({"data": [[1, 2]]}, None, [[1, 2]]),
        ([[1, "x"]], None, [[1, "x"]]),
        ({"columns": ["x"], "data": [[1]], "datatypes": {}, "mark": "line"}, ["x"], [[1]]),
    ],
)
def test_table_is_headers_and_rows(value: Any, headers: list[Any] | None, rows: list[Any]) -> None:
    found = one(value, "nativeplot" if "mark" in value else "dataframe")

    assert isinstance(found, Table)
    assert found == Table(headers, rows)
    frame = found.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == (headers or list(range(len(rows[0]))))
    assert frame.to_numpy().tolist() == rows


def test_data_frame_needs_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)

    table = one({"headers": ["a"], "data": [[1]]}, "dataframe")
    assert table == Table(["a"], [[1]])
    with pytest.raises(MissingDependencyError, match=r"predict-encoders\[pandas\]"):
        table.to_pandas()


def test_output_is_found_by_index_name_and_slice() -> None:
    answer = response({"data": ["a", 1, "b"]}, ["textbox", "number", "textbox"])

    for outputs in (answer, answer.data):
        assert (outputs[0], outputs[-1], outputs["number"], outputs["textbox_2"]) == (
            "a", "b", 1, "b",
        )  # fmt: skip
        assert (list(outputs), outputs[1:], len(outputs)) == (["a", 1, "b"], [1, "b"], 3)
        with pytest.raises(KeyError, match="no output 'image': there are textbox, number"):
            outputs["image"]
        with pytest.raises(IndexError):
            outputs[3]
    assert answer.data.names == ("textbox", "number", "textbox_2")


def test_output_labels_are_unique() -> None:
    labels = ["Count", "Index", "a_2", "a", "a", "two words", "Count", "a"]
    parsed = Parsed({"data": list(range(8))}, False)
    answer = from_parsed(parsed, None, names=labels)

    expected = ("Count", "Index", "a_2", "a", "a_3", "two words", "Count_2", "a_4")
    assert answer.data.names == expected
    assert [answer[name] for name in expected] == list(range(8))


def test_response_is_copied_and_pickled() -> None:
    values = [url(PNG), data(MP4), [data(PDF)], {"headers": ["a"], "data": [[1]]}]
    for decodes_first in (False, True):
        answer = response(json.dumps({"data": values}), ["image", "video", "file", "dataframe"])
        if decodes_first:
            list(answer)
        for copied in (copy.deepcopy(answer), pickle.loads(pickle.dumps(answer))):
            is_picture(copied["image"])
            is_video(copied["video"])
            is_file(copied["file"][0])
            assert copied["dataframe"] == Table(["a"], [[1]])
            assert copied.json == answer.json


@pytest.mark.parametrize(
    ("answer", "durations", "average", "extra"),
    [
        ({"data": [], "durations": [0.5, 1], "avg_durations": [2.0]}, [0.5, 1.0], [2.0], {}),
        ({"data": [], "duration": 0.5, "average_duration": 1}, [0.5], [1.0], {}),
        ({"data": [], "is_generating": False}, None, None, {"is_generating": False}),
        ([], None, None, {}),
        ({"data": [], "duration": "soon", "flag_index": None}, None, None, {"flag_index": None}),
    ],
)
def test_durations_are_seconds_in_every_era(
    answer: Any, durations: Any, average: Any, extra: Any
) -> None:
    found = response(json.dumps(answer))

    assert (found.durations, found.avg_durations, found.extra) == (durations, average, extra)


@pytest.mark.parametrize("kind", ["dict", "str", "bytes", "bytearray", "path", "file"])
def test_response_accepts_an_answer_in_every_form(kind: str, tmp_path: Path) -> None:
    answer = {"data": [url(PNG)]}
    text = json.dumps(answer)
    (tmp_path / "answer.json").write_text(text)
    forms: dict[str, Any] = {
        "dict": answer,
        "str": text,
        "bytes": text.encode(),
        "bytearray": bytearray(text.encode()),
        "path": tmp_path / "answer.json",
        "file": io.BytesIO(text.encode()),
    }

    is_picture(response(forms[kind], ["image"]).data[0])


def test_long_data_url_in_text_is_not_decoded() -> None:
    long = str(DataURL("image/png", bytes(200_000)))

    for component in ("textbox", "json", "markdown", "radio"):
        assert one(long, component) == long
    assert one({"a": [long]}, "json") == {"a": [long]}
    assert one([[long]], "dataframe").rows[0][0] == long
    assert one([[long, None]], "chatbot") == [(long, None)]


# Errors.


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"error": "out of memory"}, "out of memory"),
        ({"error": '"it\'s over"'}, "it's over"),
        ({"error": None}, "does not say why"),
        ({"detail": "Not authenticated"}, "Not authenticated"),
        ({"detail": [{"loc": ["body", "data"]}]}, "body"),
    ],
)
def test_error_quotes_the_server(answer: Any, message: str) -> None:
    with pytest.raises(PredictError, match=message):
        response(answer)


BAD = [
    ("textbox", {"a": 1}, "expected text"),
    ("number", "x", "expected a number"),
    ("number", True, "expected a number"),
    ("checkbox", "x", "true or false"),
    ("checkboxgroup", "x", "list of choices"),
    ("dropdown", {}, "choice"),
    ("image", 3, "data URL or a file"),
    ("image", "no base64!", "expected a data URL"),
    ("image", {"name": "x"}, "an object with 'name'"),
    ("image", "data:image/png;base64,AAAA", "octet-stream"),
    ("imageeditor", [], "background"),
    ("annotatedimage", [1], "a picture and its annotations"),
    ("annotatedimage", [url(PNG), [3]], r"data\[0\]\.annotations\[0\]"),
    ("audio", [], "data URL or a file"),
    ("video", [1, 2, 3], "subtitles"),
    ("video", url(PNG), "not a video"),
    ("file", "x", "expected a data URL"),
    ("gallery", {}, "list of pictures"),
    ("gallery", [[1, 2, 3]], r"data\[0\]\[0\] \(gallery\)"),
    ("dataframe", 3, "headers and data"),
    ("dataframe", {"headers": ["a"], "data": [[1, 2]]}, "row 0"),
    ("dataframe", {"headers": ["a"], "data": ["x"]}, "row 0"),
    ("label", [], "object with a label"),
    ("label", {"label": "a", "confidences": [3]}, "label and confidence"),
    ("highlightedtext", ["x"], r"data\[0\]\[0\]"),
    ("chatbot", {}, "list of messages"),
    ("chatbot", [3], r"data\[0\]\[0\]"),
    ("multimodaltextbox", "x", "text and files"),
    ("plot", "x", "expected a plot"),
    ("plot", {"type": "excel", "plot": "{}"}, "expected a plot"),
    ("plot", {"type": "plotly", "plot": "{"}, "not JSON"),
    ("carousel", {}, "expected a list"),
    ("keyvalues", [1], "pairs"),
]


@pytest.mark.parametrize(("component", "value", "message"), BAD)
def test_output_that_does_not_fit_is_a_clear_error(
    component: str, value: Any, message: str
) -> None:
    with pytest.raises(encoders.EncodersError, match=message) as caught:
        one(value, component)
    assert str(caught.value).startswith("data[0]")
    assert not isinstance(caught.value, PayloadError)


@pytest.mark.parametrize("answer", ["", "[", "nul", "3", "null", "{}", '{"data": 3}', b"\xff"])
def test_object_that_is_not_a_response_is_a_response_error(answer: Any) -> None:
    with pytest.raises(ResponseError, match="expected"):
        response(answer)


def test_number_of_outputs_is_that_of_the_components() -> None:
    with pytest.raises(ResponseError, match="2 outputs for 1 components"):
        response({"data": [1, 2]}, ["number"])


# Saving.


def test_save_writes_every_file_and_an_answer_that_names_them(tmp_path: Path) -> None:
    answer = {"data": [url(PNG), "text", data(PDF), [data(PDF), {"x": url(WAV)}]], "duration": 1}

    paths = response(answer, ["image", "textbox", "file", OWN]).save(tmp_path / "out")

    names = ["image.png", "report.pdf", "report-2.pdf", "audio.wav", "response.json"]
    assert [path.name for path in paths] == names
    assert paths[0].read_bytes() == PNG.read_bytes()
    assert paths[2].read_bytes() == PDF.read_bytes()
    saved = json.loads(paths[-1].read_text())
    pdf = {"file": "report.pdf", "media_type": "application/pdf"}
    assert saved == {
        "data": [
            {"file": "image.png", "media_type": "image/png"},
            "text",
            pdf,
            [
                pdf | {"file": "report-2.pdf"},
                {"x": {"file": "audio.wav", "media_type": "audio/wav"}},
            ],
        ],
        "duration": 1,
    }
    assert listed(tmp_path / "out") == sorted(names)


def test_save_writes_media_without_decoding_them(tmp_path: Path) -> None:
    broken = "data:image/png;base64,iVBORw0KGgo="

    (path, _) = response({"data": [broken]}, ["image"]).save(tmp_path)
    assert path.read_bytes() == encoders.file.decode(broken)


@pytest.mark.parametrize("bad", ["data:image/png;base64,*", "data:nothing"])
def test_save_that_fails_leaves_nothing(bad: str, tmp_path: Path) -> None:
    with pytest.raises(encoders.EncodersError, match=r"data\[1\]"):
        response({"data": [url(PNG), bad]}, ["image", "image"]).save(tmp_path / "out")
    assert listed(tmp_path / "out") == []


def test_save_replaces_only_with_overwrite(tmp_path: Path) -> None:
    answer = response({"data": [data(PDF)]}, ["file"])
    (tmp_path / "response.json").write_text("mine")

    with pytest.raises(FileExistsError):
        answer.save(tmp_path, free_names=False)
    assert listed(tmp_path) == ["response.json"]
    assert (tmp_path / "response.json").read_text() == "mine"
    answer.save(tmp_path, overwrite=True)
    assert listed(tmp_path) == ["report.pdf", "response.json"]


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/etc/passwd", "..\\..\\evil", "file:///etc/passwd", "a/../../b", "\0", ".",
     "con", "response.json", "RESPONSE.JSON", "x" * 5000, ".bashrc", "a\nb"],
)  # fmt: skip
def test_hostile_name_stays_inside_the_folder(name: str, tmp_path: Path) -> None:
    inside = tmp_path / "out"
    answer = {"data": [{"name": name, "data": url(PDF)}, {"orig_name": name, "url": url(PDF)}]}

    paths = response(answer, ["file", "file"]).save(inside)

    assert all(path.resolve().parent == inside for path in paths)
    assert len(set(paths)) == 3
    assert listed(tmp_path) == ["out"]
    assert json.loads((inside / "response.json").read_text())["data"][0]["file"] == paths[0].name


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_symbolic_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.pdf").symlink_to(tmp_path / "target")
    answer = response({"data": [data(PDF)]}, ["file"])

    with pytest.raises(FileExistsError):
        answer.save(tmp_path / "out", free_names=False)
    answer.save(tmp_path / "out", overwrite=True)
    assert not (tmp_path / "target").exists()


# Untrusted answers.


@pytest.mark.parametrize(
    "value",
    ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/x.png", str(PNG), "../small.png"],
)
@pytest.mark.parametrize("component", ["image", "audio", "video", "file", "gallery", None])
def test_nothing_named_in_an_answer_is_opened(
    component: str | None,
    value: str,
    tmp_path: Path,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(PNG.parent)
    shapes: list[Any] = [
        value, {"name": value, "data": None, "is_file": True}, {"path": value, "url": value},
        {"name": value, "data": value}, [value], [{"path": value}],
    ]  # fmt: skip

    for shape in shapes:
        answer = response({"data": [shape]}, [component] if component else None)
        try:
            found = answer.data[0]
        except encoders.EncodersError:
            continue
        assert not isinstance(found, Image.Image | File | Video)
        answer.save(tmp_path, overwrite=True)
    assert not {value, value.removeprefix("file://"), str(("127.0.0.1", 9))} & set(opened)


def test_wrong_media_type_does_no_harm() -> None:
    assert one("data:audio/wav;base64," + url(PNG).partition(",")[2], "image").format == "PNG"
    with pytest.raises(encoders.MediaTypeError):
        one("data:image/png;base64," + url(WAV).partition(",")[2], "image")


@pytest.mark.parametrize("component", ["json", "dataframe", "plot", "chatbot", None])
@pytest.mark.parametrize("depth", [400, 10_000])
def test_deep_answer_is_a_limit_error(depth: int, component: str | None, tmp_path: Path) -> None:
    deep = "[" * depth + '"data:,x"' + "]" * depth
    shape = {"dataframe": '{"data": %s}', "plot": '{"type": "plotly", "plot": %s}'}
    text = '{"data": [%s]}' % (shape.get(component or "", "%s") % deep)

    with pytest.raises((LimitError, ResponseError, PayloadError)):
        _ = response(text, [component] if component else None).data[0]
    with pytest.raises(LimitError):
        response(text).save(tmp_path)


def test_huge_string_decodes_or_is_a_limit_error() -> None:
    text = '{"data": ["' + "x" * (300 << 20) + '"]}'

    assert len(response(text, ["textbox"]).data[0]) == 300 << 20
    with pytest.raises(LimitError, match="max_body_bytes"):
        response(text, limits=Limits(max_body_bytes=1 << 20))
    huge = "data:;base64," + "A" * (100 << 20)
    with pytest.raises(LimitError, match="max_bytes"):
        _ = response({"data": [huge]}, ["file"], limits=Limits(max_bytes=1 << 20)).data[0]


@given(
    st.lists(
        st.sampled_from(["'", '"', "\\", "\n", "\x01", "\xad", "\u2028", "😀", "x41", "n"])
    ).map("".join)
)
def test_an_error_in_quotes_is_read_as_python_wrote_it(text: str) -> None:
    with pytest.raises(PredictError) as caught:
        response({"error": repr(text)})
    assert caught.value.args == (f"the server says: {text}",)  # the message has escapes


@pytest.mark.parametrize(
    "text", ["'a' + 'b'", "'", "'a", r"'\'", "''" + "+''" * 10**5, "'" + "(" * 10**5 + "'", r"'\d'"]
)
def test_an_error_that_python_did_not_quote_is_text(text: str) -> None:
    with pytest.raises(PredictError) as caught:
        response({"error": text})
    assert caught.value.message.removeprefix("the server says: ")[:9] in text
