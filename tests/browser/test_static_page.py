"""The page on an API, as `encoders api --html` writes it, in a browser."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from encoders.predict.endpoints import Description
from encoders.predict.pages.page import describe_page
from encoders.predict.pages.rendering import render_html
from encoders.predict.pages.snippets import LANGUAGES
from tests.predict.pages.descriptions import ERAS, URL, endpoint_of, hostile_server, recorded

from .axe_core import axe
from .browsers import Record
from .gestures import NARROW, clipboard, overflow

pytestmark = pytest.mark.browser


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


def test_long_data_is_folded_and_copied_whole(page: Page, tmp_path: Path) -> None:
    server = Description("2.9", endpoints=(endpoint_of("image"),))
    payload = describe_page(server, URL).sections[0].payload
    open_page(page, server, tmp_path)
    box = page.locator(".box").first

    assert payload["data"][0] not in box.inner_text()
    box.get_by_role("button", name="Copy").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    assert json.loads(clipboard(page)) == payload
    box.get_by_role("button", name="Show all 99 B").press("Enter")
    assert payload["data"][0][-60:] in box.inner_text()


def test_theme_is_chosen_and_kept(page: Page, tmp_path: Path) -> None:
    page.emulate_media(color_scheme="light")
    open_page(page, recorded("6"), tmp_path)
    light = background(page)

    page.get_by_text("Dark", exact=True).click()
    dark = background(page)
    page.reload()
    kept = background(page)
    page.get_by_text("System", exact=True).click()

    assert dark == kept != light
    assert background(page) == light
    page.emulate_media(color_scheme="dark")
    assert background(page) == dark


def test_a_dark_page_is_printed_light(page: Page, tmp_path: Path) -> None:
    page.emulate_media(color_scheme="light")
    open_page(page, recorded("6"), tmp_path)
    light = background(page)
    page.get_by_text("Dark", exact=True).click()

    page.emulate_media(media="print", color_scheme="light")

    assert background(page) == light
    assert page.locator(".panel:visible").count() == len(LANGUAGES)


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_axe_finds_nothing_serious_in_a_theme(page: Page, tmp_path: Path, theme: str) -> None:
    open_page(page, recorded("3"), tmp_path)

    page.get_by_text(theme, exact=True).click()

    assert axe(page) == []


def test_an_endpoint_has_a_link_of_its_own(page: Page, tmp_path: Path) -> None:
    one = endpoint_of("textbox")
    names = ["/first", "/second thing", "/third"]
    endpoints = tuple(replace(one, name=name, index=at) for at, name in enumerate(names))
    open_page(page, Description("6.31.0", endpoints=endpoints), tmp_path)

    page.get_by_role("navigation").get_by_text("/second thing").click()

    assert page.url.endswith("#/second-thing")
    section = page.locator("section:target")
    assert section.get_by_role("heading", level=2).inner_text() == "/second thing"
    page.get_by_role("heading", name="/third").get_by_role("link").click()
    assert page.url.endswith("#/third")


def test_page_says_so_if_the_browser_does_not_copy(page: Page, tmp_path: Path) -> None:
    open_page(page, recorded("6"), tmp_path)
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject();"
        " document.execCommand = () => false; }"
    )

    page.locator(".box > button").first.click()

    page.get_by_role("status").get_by_text("Not copied").wait_for()
