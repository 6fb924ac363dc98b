"""What the tests of this folder see of a page, and do with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.interop.apps.constants import MARKUP
from tests.paths import FIXTURES

from .browsers import Record
from .gestures import drop, overflow, paste, paste_text

pytestmark = pytest.mark.browser

PICTURE = FIXTURES / "image" / "rgba.png"
SOUND = FIXTURES / "audio" / "tone.ogg"
HTML = """
<div id="here" tabindex="0">here</div>
<script>
const note = (event, files) => {
  event.preventDefault();
  seen = [event.isTrusted, [...files].map((file) => [file.name, file.size])];
};
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => note(event, event.dataTransfer.files));
addEventListener("paste", (event) => note(event, event.clipboardData.files));
</script>
"""


def open_page(page: Page, html: str, folder: Path) -> None:
    file = folder / "page.html"
    file.write_text(html, "utf-8")
    page.goto(file.as_uri())


def test_record_has_what_a_page_must_not_do(page: Page, record: Record, tmp_path: Path) -> None:
    script = "alert(1); new WebSocket('ws://example.net'); throw Error('thrown')"
    open_page(page, f"<img src=http://example.org><script>{script}</script>", tmp_path)

    assert record.errors == ["thrown"]
    assert record.dialogs == ["1"]
    assert sorted(record.outside) == ["http://example.org/", "ws://example.net/"]
    record.errors, record.dialogs, record.requests = [], [], []


def test_texts_of_hostile_apps_run_where_they_are_markup(
    page: Page, record: Record, tmp_path: Path
) -> None:
    open_page(page, f'<p title="{MARKUP}">', tmp_path)

    assert page.evaluate("window.hacked") == 1
    assert set(record.dialogs) == {"1"}
    assert {"http://hacked.example/", "http://127.0.0.1:9/hacked"} <= set(record.requests)
    record.errors, record.dialogs, record.requests = [], [], []


def test_record_tells_requests_that_the_policy_of_a_page_stops(
    page: Page, record: Record, tmp_path: Path
) -> None:
    policy = "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">"
    open_page(page, f"{policy}<img src=http://example.org>", tmp_path)

    assert record.blocked == ["http://example.org/"]
    assert record.outside == []
    assert len(record.console) == 1


def test_files_are_dropped_and_pasted(page: Page, tmp_path: Path) -> None:
    open_page(page, HTML, tmp_path)
    page.locator("#here").focus()

    drop(page.locator("#here"), PICTURE, SOUND)
    assert page.evaluate("seen") == [
        True,
        [[path.name, path.stat().st_size] for path in (PICTURE, SOUND)],
    ]
    paste(page, PICTURE)
    assert page.evaluate("[seen[0], seen[1][0][0]]") == [True, "image.png"]
    paste_text(page, "text")
    assert page.evaluate("seen") == [True, []]


def test_overflow_is_measured(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 400, "height": 400})
    open_page(page, "<body style='margin: 0'><svg width=450 height=1>", tmp_path)

    assert overflow(page) == 50
