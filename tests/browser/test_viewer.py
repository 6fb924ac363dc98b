"""A page of a value, as `encoders.to_html` makes it, opened from the disk."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, ViewportSize

import encoders
from encoders.predict import Response, response
from encoders.predict.components import COMPONENTS, Component
from encoders.predict.endpoints import Parameter
from encoders.predict.pages.examples import example_output
from encoders.view import fragment, to_html
from tests.pace import wait_until
from tests.paths import FIXTURES
from tests.view.values import hostile_outputs

from .axe_core import axe
from .browsers import Record
from .gestures import clipboard, overflow

pytestmark = pytest.mark.browser

NARROW: ViewportSize = {"width": 400, "height": 800}
# What the scripts of a hostile answer call. The fixture `record` allows no dialog.
RUN = "window.run = () => { alert('it ran'); };"
PHOTO = FIXTURES / "image" / "photo.jpg"


def every_component() -> Response:
    known = [name for name in COMPONENTS if name not in ("state", "audio", "video")]
    data = [example_output(Parameter(Component(name), name), "6") for name in known]
    markdown = "# Title\n\nSome *text*, `code` and a [link](https://example.com).\n\n- one\n- two"
    files = [encoders.encode(FIXTURES / name) for name in ("audio/tone.mp3", "video/clip.mp4")]
    data += [*files, markdown, [["Hello", "word"]], encoders.encode(PHOTO)]
    return response(
        {"data": data}, [*known, "audio", "video", "markdown", "highlightedtext", "image"]
    )


def hostile() -> Response:
    known, values = zip(*hostile_outputs(), strict=True)
    return response({"data": list(values)}, known)


def open_page(page: Page, value: Any, folder: Path) -> None:
    file = folder / "page.html"
    file.write_text(to_html(value), "utf-8")
    page.goto(file.as_uri())


def test_hostile_answer_runs_nothing_and_asks_nobody(
    page: Page, record: Record, tmp_path: Path
) -> None:
    page.add_init_script(RUN)
    open_page(page, hostile(), tmp_path)
    page.locator("summary").evaluate_all("all => all.forEach((one) => one.click())")
    page.locator("img").evaluate_all("all => all.forEach((one) => { one.loading = 'eager'; })")
    page.wait_for_timeout(500)

    assert record.outside == []
    assert [url for url in record.requests if not url.startswith(("file:", "data:"))] == []
    assert len(page.frames) == 2 and page.frames[1].url == "about:srcdoc"
    assert page.title() == "Answer"
    record.blocked.clear()


def test_html_of_an_answer_has_its_own_styles(page: Page, tmp_path: Path) -> None:
    html = '<body style="margin: 0; background: #00ff00">Hello'
    open_page(page, response({"data": [html]}, ["html"]), tmp_path)

    picture = Image.open(io.BytesIO(page.locator("iframe").screenshot())).convert("RGB")

    assert picture.getpixel((picture.width // 2, picture.height - 10)) == (0, 255, 0)


def test_hostile_value_in_a_notebook_runs_nothing(
    page: Page, record: Record, tmp_path: Path
) -> None:
    page.add_init_script(RUN)
    file = tmp_path / "notebook.html"
    file.write_text(f"<!DOCTYPE html><title>n</title>{fragment(hostile())}", "utf-8")
    page.goto(file.as_uri())
    page.wait_for_timeout(500)

    assert record.outside == []
    assert page.evaluate("document.scripts.length") == 0


def test_axe_finds_nothing_serious(page: Page, tmp_path: Path) -> None:
    open_page(page, every_component(), tmp_path)

    assert axe(page) == []


def test_axe_finds_nothing_serious_in_a_notebook(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "notebook.html"
    shown = fragment(every_component())
    file.write_text(f'<!DOCTYPE html><html lang="en"><title>n</title><main>{shown}', "utf-8")
    page.goto(file.as_uri())

    assert axe(page) == []


def test_page_fits_a_narrow_window(page: Page, record: Record, tmp_path: Path) -> None:
    page.set_viewport_size(NARROW)
    open_page(page, every_component(), tmp_path)

    assert overflow(page) <= 0
    assert record.console == []


def test_sound_and_video_play(page: Page, tmp_path: Path) -> None:
    open_page(page, [FIXTURES / "audio" / "tone.mp3", FIXTURES / "video" / "clip.mp4"], tmp_path)

    players = page.locator("audio, video")
    wait_until(lambda: all(players.evaluate_all("all => all.map((one) => one.readyState)")))
    lengths = players.evaluate_all("all => all.map((one) => one.duration)")
    assert lengths == pytest.approx([0.5, 1], abs=0.1)
    players.first.evaluate("one => { one.muted = true; return one.play(); }")
    wait_until(lambda: players.first.evaluate("one => one.currentTime") > 0.05)


def test_picture_is_shown_whole_by_keyboard_and_saved(page: Page, tmp_path: Path) -> None:
    open_page(page, PHOTO, tmp_path)

    page.get_by_role("button", name=PHOTO.name).press("Enter")
    whole = page.get_by_role("dialog", name=PHOTO.name).locator("img")
    assert whole.evaluate("one => [one.naturalWidth, one.width]") == [1536, 1536]
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")

    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click()
    assert saved.value.suggested_filename == PHOTO.name
    assert Path(saved.value.path()).read_bytes() == PHOTO.read_bytes()


def test_data_url_of_a_file_is_copied(page: Page, tmp_path: Path) -> None:
    open_page(page, FIXTURES / "image" / "small.png", tmp_path)

    page.get_by_role("button", name="Copy data URL").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert clipboard(page) == encoders.encode(FIXTURES / "image" / "small.png")
