"""``encoders view``: a page from a file or a pipe, in a file that is never replaced unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import encoders
from tests.paths import FIXTURES
from tests.view.test_viewer import parts_of

from .test_cli import fail, succeed

PNG = FIXTURES / "image" / "small.png"
URL = encoders.encode(PNG)


def test_answer_becomes_a_page(tmp_path: Path) -> None:
    answer, page = tmp_path / "answer.json", tmp_path / "page.html"
    answer.write_text(json.dumps({"data": ["Hello", URL]}))

    assert succeed("view", answer, "-o", page) == b""
    assert page.read_text("utf-8") == encoders.to_html(answer)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.json", "page.html"]


@pytest.mark.parametrize("text", [URL, json.dumps({"data": [URL]}), f'{{"a": "{URL}"}}\n[1]\n'])
def test_standard_input_and_output_are_pipes(text: str) -> None:
    page = parts_of(succeed("view", "-", stdin=text.encode()).decode())

    assert len(page.attributes_of("img")) == 1


def test_page_that_is_there_is_replaced_only_if_asked(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine")

    assert "--overwrite" in fail("view", PNG, "-o", page)
    assert page.read_text() == "mine"
    succeed("view", PNG, "-o", page, "--overwrite")
    assert "small.png" in page.read_text("utf-8")


def test_file_that_is_shown_is_never_replaced(tmp_path: Path) -> None:
    source = tmp_path / "a.json"
    source.write_text("[1]")

    assert "a.json" in fail("view", source, "-o", source, "--overwrite")
    assert source.read_text() == "[1]"


def test_rows_of_a_batch_become_a_page(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    encoders.batch.write([PNG, PNG], rows, workers=1)

    assert succeed("view", rows).decode().count("<img ") == 2


def test_text_that_is_no_value_is_an_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"a": ')

    assert "broken.json: expected JSON" in fail("view", broken)
    assert "No such file" in fail("view", tmp_path / "nothing")
    assert "--max-bytes" in fail("view", "-", "--max-bytes", "5", stdin=URL.encode())
