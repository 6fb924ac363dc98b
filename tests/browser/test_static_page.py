"""The page on an API, as `encoders api --html` writes it, in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize

from encoders.predict.endpoints import Description
from encoders.predict.pages.page import describe_page
from encoders.predict.pages.rendering import render_html
from encoders.predict.pages.snippets import LANGUAGES
from tests.predict.pages.descriptions import ERAS, URL, hostile_server, recorded

from .axe_core import axe
from .browsers import Record
from .gestures import clipboard, overflow

pytestmark = pytest.mark.browser

NARROW: ViewportSize = {"width": 400, "height": 800}


def open_page(page: Page, server: Description, folder: Path) -> None:
    file = folder / "page.html"
    file.write_text(render_html(describe_page(server, URL)), "utf-8")
    page.goto(file.as_uri())


@pytest.mark.parametrize("server", [recorded("6"), hostile_server("6")], ids=["plain", "hostile"])
def test_page_runs_its_own_script_alone(
    page: Page, record: Record, tmp_path: Path, server: Description
) -> None:
    open_page(page, server, tmp_path)

    assert page.locator(".box > button").count() == page.locator("pre").count() == 5
    assert record.console == []
    assert record.requests == [page.url]


@pytest.mark.parametrize("era", ERAS)
def test_axe_finds_nothing_serious(page: Page, tmp_path: Path, era: str) -> None:
    open_page(page, recorded(era), tmp_path)

    assert axe(page) == []


@pytest.mark.parametrize("era", ERAS)
def test_page_fits_a_narrow_window(page: Page, tmp_path: Path, era: str) -> None:
    page.set_viewport_size(NARROW)
    open_page(page, recorded(era), tmp_path)

    assert overflow(page) <= 0


def test_language_is_chosen_by_keyboard(page: Page, tmp_path: Path) -> None:
    open_page(page, recorded("6"), tmp_path)

    page.get_by_role("radio", name="Python").first.focus()
    for title in [*LANGUAGES.values()][1:]:
        page.keyboard.press("ArrowRight")
        panel = page.locator(".panel:visible").first
        assert panel.locator("pre").get_attribute("aria-label") == title


def test_copy_puts_the_whole_code_into_the_clipboard(page: Page, tmp_path: Path) -> None:
    server = recorded("6")
    open_page(page, server, tmp_path)

    page.locator(".panel.python .box > button").first.press("Enter")

    page.get_by_role("button", name="Copied").wait_for()
    code = describe_page(server, URL).sections[0].snippets["python"].rstrip()
    assert clipboard(page) == code
