"""One HTML file of any value, and HTML for a notebook."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import encoders
from encoders import Interface, batch, predict
from encoders.batch import Row, Summary
from encoders.view import fragment, to_html
from tests.paths import FIXTURES
from tests.predict.pages.html_reader import HtmlReader

from .values import ATTACK, PHOTO, attributes_with_class, check_harmless, hostile_outputs

FILES = [PHOTO, FIXTURES / "audio" / "tone.mp3", FIXTURES / "video" / "clip.mp4"]
DATA_URL = encoders.encode(PHOTO)


def hostile() -> predict.Response:
    known, values = zip(*hostile_outputs(), strict=True)
    return predict.response({"data": list(values), ATTACK: [ATTACK]}, known)


def parts_of(page: str) -> HtmlReader:
    """Check a page's policy, style and script, and that nothing else runs; return the rest."""
    found = re.fullmatch(
        r"(.*?)<style>(.*?)</style>\n<script>(.*?)</script>\n</head>\n(<body.*</body>)\n</html>\n",
        page.lstrip("\n"),
        re.DOTALL,
    )
    assert found
    head, _, script, body = found.groups()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', head)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert "style-src 'unsafe-inline';" in policy
    assert policy.startswith("default-src 'none'; img-src data:; media-src data:; ")
    return check_harmless(body)


@pytest.mark.parametrize(
    "value",
    [
        DATA_URL,
        encoders.DataURL("image/jpeg", PHOTO.read_bytes()),
        PHOTO,
        PHOTO.read_bytes(),
        {"a": {"b": DATA_URL}},
        json.dumps([1, {"b": DATA_URL}]),
        predict.File(PHOTO.read_bytes(), "photo.jpg"),
        encoders.image.decode(DATA_URL),
        np.zeros((2, 2, 3), np.uint8),
        predict.payload(PHOTO),
        predict.response({"data": [DATA_URL]}),
        Row("photo.jpg", "image/jpeg", PHOTO.stat().st_size, DATA_URL, None),
        [Row("photo.jpg", "image/jpeg", PHOTO.stat().st_size, DATA_URL, None)],
    ],
    ids=lambda value: type(value).__name__,
)
def test_picture_in_any_value_is_shown(value: Any) -> None:
    for page in (parts_of(to_html(value)), check_fragment(fragment(value))):
        assert len(page.attributes_of("img")) == (0 if is_text_in_notebook(value, page) else 1)


def is_text_in_notebook(value: Any, page: HtmlReader) -> bool:
    """Tell whether a text stands in a notebook, where only pages read it."""
    return isinstance(value, str) and "{" in value and not page.attributes_of("main")


def check_fragment(html: str) -> HtmlReader:
    found = re.fullmatch(
        r'<div class="encoders-notebook"><style>(.*?)</style>\n(.*)</div>', html.strip(), re.DOTALL
    )
    assert found
    return check_harmless(found[2])


@pytest.mark.parametrize(
    "value, words",
    [
        (encoders.inspect(PHOTO), ["image/jpeg", "width", "1536"]),
        (Summary(5, 1, 2), ["rows", "5", "failed", "kept"]),
        (predict.Table(["a"], [[1], [2]]), ["a", "2 rows, 1 column"]),
        ((8000, np.zeros(8000, np.int16)), ["audio/wav", "1.00 s", "8000 Hz"]),
        (encoders.video.decode(encoders.encode(FILES[2])), ["video/mp4", "fps"]),
        (predict.Plot("plotly", {"data": [{"y": [1, 2]}]}), ["JSON"]),
        (Row("a.txt", None, None, None, "No such file"), ["a.txt", "No such file"]),
        ([1, "two", None], ['[1, "two", null]']),
        (None, ["Nothing."]),
        (5, ["5"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_is_shown(value: Any, words: list[str]) -> None:
    for page in (parts_of(to_html(value)), check_fragment(fragment(value))):
        assert [word for word in words if word not in page.text] == []


def test_files_have_their_places() -> None:
    value = {"a": [PHOTO, {"name": FILES[1]}], "b": b"%PDF-1.7"}
    page = parts_of(to_html(value))

    places = [text for tag, text in page.texts if tag == "code" and re.fullmatch(r"[ab]\S*", text)]
    assert places == ["a[0]", "a[1].name", "b"]


def test_payload_is_shown_as_its_components_are() -> None:
    made = predict.payload(*FILES, "Hello", [["a", 1]], components=[*NAMES, "textbox", "dataframe"])
    page = parts_of(to_html(made))

    assert [len(page.attributes_of(tag)) for tag in ("img", "audio", "video", "td")] == [1, 1, 1, 2]
    names = [text for tag, text in page.texts if tag == "bdi"]
    assert [name for name in names if name in made.components] == list(made.components)


NAMES = ["image", "audio", "video"]


def test_answer_keeps_its_other_keys() -> None:
    page = parts_of(to_html({"data": ["Hello"], "duration": 0.25}))

    assert '"duration": 0.25' in page.text


def test_answer_of_a_failed_call_is_shown_as_json() -> None:
    assert "out of memory" in parts_of(to_html('{"error": "out of memory"}')).text


def test_hostile_answer_is_harmless() -> None:
    for page in (parts_of(to_html(hostile(), title=ATTACK)), check_fragment(fragment(hostile()))):
        assert "\x1b" not in page.text and "\u202e" not in page.text


def test_title_is_that_of_the_caller_or_the_file() -> None:
    assert "<title>photo.jpg</title>" in to_html(PHOTO)
    assert "<title>Mine</title>" in to_html(PHOTO, title="Mine")


def rows_file(folder: Path, name: str) -> Path:
    batch.write([PHOTO, folder / "nothing", *FILES], folder / name, workers=1)
    return folder / name


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
def test_file_of_rows_is_shown(tmp_path: Path, name: str) -> None:
    page = parts_of(to_html(rows_file(tmp_path, name)))

    assert [len(page.attributes_of(tag)) for tag in ("img", "audio", "video")] == [2, 1, 1]
    assert "No such file" in page.text
    assert page.text.count("photo.jpg") >= 2


def test_rows_are_taken_one_by_one_and_bounded() -> None:
    def rows() -> Iterator[Row]:
        for number in range(2000):
            yield Row(f"{number}.txt", "text/plain", 2, "data:text/plain;base64,aGk=", None)

    page = parts_of(to_html(rows()))
    assert len(page.attributes_of("section")) == 500
    assert "And 1,500 more" in page.text


def test_lines_of_json_are_shown_and_a_broken_one_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(f'{{"a": "{DATA_URL}"}}\nbroken\n\n[1]\n')
    page = parts_of(to_html(path))

    assert len(page.attributes_of("section")) == 3
    assert len(attributes_with_class(page, "error")) == 1
    assert "line 2" in page.text and "expected JSON" in page.text


@pytest.mark.parametrize(
    "text, words",
    [
        (f"{DATA_URL}\n{DATA_URL}\n", ["[0]", "[1]"]),
        ('event: complete\ndata: ["Hello", 5]\n\n', ["Hello", "data[1]"]),
        ("Just a text.\n", ["Just a text.", "text/plain"]),
        ('{"data": ["Hello"]}', ["Hello", "data[0]"]),
    ],
)
def test_text_file_is_read(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "file.txt"
    path.write_text(text)
    page = parts_of(to_html(path))

    assert [word for word in words if word not in page.text] == []


def test_folder_or_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        to_html(tmp_path / "nothing")
    with pytest.raises(IsADirectoryError):
        to_html(tmp_path)


def test_other_text_is_an_error() -> None:
    with pytest.raises(encoders.MediaTypeError, match="neither a data URL"):
        to_html("Hello there, photo.jpg")


def test_page_is_little_larger_than_the_answer() -> None:
    answer = json.dumps({"data": [DATA_URL] * 20})

    assert len(to_html(answer)) < 1.02 * len(answer)


@pytest.mark.parametrize(
    "value",
    [
        predict.payload(*[PHOTO] * 40),
        predict.response({"data": ["x" * 500_000] * 40}),
        {"a": [b"%PDF" + bytes(200_000)] * 40},
        {str(n): "y" * 3900 for n in range(4000)},
        predict.Table(None, [["z" * 2000] * 50] * 200),
    ],
    ids=["pictures", "texts", "files", "json", "table"],
)
def test_notebook_is_bounded(value: Any) -> None:
    html = fragment(value)

    check_fragment(html)
    assert len(html) < 1_100_000


def test_notebook_says_what_is_left_out() -> None:
    page = check_fragment(fragment(predict.payload(*[1] * 30)))

    assert "And 10 more" in page.text and "to_html" in page.text


def test_notebook_shows_an_interface_without_a_request() -> None:
    unasked = Interface("http://127.0.0.1:1")
    assert "http://127.0.0.1:1" in check_fragment(fragment(unasked)).text

    config: dict[str, Any] = {
        "version": "3.50.2",
        "title": ATTACK,
        "components": [{"id": 1, "type": "textbox", "props": {"label": ATTACK}}],
        "dependencies": [
            {"inputs": [1], "outputs": [1], "api_name": "draw", "targets": [[1, "x"]]}
        ],
    }
    known = Interface(config)
    assert known.endpoints
    for page in (check_fragment(fragment(known)), parts_of(to_html(known))):
        assert "/draw" in page.text and "textbox" in page.text and "3.50.2" in page.text


def test_error_in_a_notebook_is_told() -> None:
    deep: Any = []
    for _ in range(200):
        deep = [deep]

    assert "max_depth" in check_fragment(fragment({"a": deep})).text


@pytest.mark.parametrize("show", [to_html, fragment])
def test_the_same_value_gives_the_same_html(show: Callable[[Any], str]) -> None:
    assert show(hostile()) == show(hostile())
