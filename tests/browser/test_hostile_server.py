"""The live page of a server that puts script into every text that it controls: none of it runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from encoders import Interface
from tests.interop.apps.constants import MARKUP
from tests.interop.servers import serve

from .axe_core import axe
from .browsers import TIMEOUT, Record
from .gestures import NARROW, overflow
from .live_pages import live_page, open_endpoint

pytestmark = [pytest.mark.browser, pytest.mark.interop]

# The hostile app needs Blocks.
TESTED = ("3", "4", "5", "6") if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("3", "6")

OPEN_ALL = "() => { for (const part of document.querySelectorAll('details')) part.open = true; }"
# Elements outside the frames whose attributes would run script, or load something.
DANGEROUS = r"""
() => [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some(
  ({ name, value }) => /^(on.*|style|srcset|action)$/.test(name)
    || (name === "href" && /^\s*(javascript|data:text)/i.test(value))
    || (name === "src" && /hacked/.test(value) && !/^files[/]/.test(value)),
)).map((element) => element.outerHTML.slice(0, 200))
"""
OVER = re.compile(r"^(Done|Failed|Not sent)\.$")


@pytest.fixture(scope="module", params=TESTED)
def era(request: pytest.FixtureRequest) -> str:
    era: str = request.param
    return era


@dataclass(frozen=True)
class Used:
    """A live page on which everything was run and opened, in a narrow window."""

    url: str
    page: Page
    record: Record
    ended: list[str]  # how the calls ended


@pytest.fixture(scope="module")
def used(browser: Browser, era: str) -> Iterator[Used]:
    with live_page(era, "hostile") as url, browser.new_context(viewport=NARROW) as context:
        page, record = context.new_page(), Record()
        context.set_default_timeout(TIMEOUT)
        record.follow(page)
        page.goto(url)
        yield Used(url, page, record, run_all(page))


def run_all(page: Page) -> list[str]:
    """Run each endpoint, open all parts of the page, and return how the calls ended."""
    ended = []
    for link in page.get_by_role("navigation", name="Endpoints").get_by_role("link").all():
        link.click()
        section = page.locator(".endpoint:visible")
        section.get_by_role("button", name="Run").click()
        expect(section.locator(".state")).to_have_text(OVER)
        ended.append(section.locator(".state").inner_text())
        page.evaluate(OPEN_ALL)
    page.wait_for_load_state("networkidle")
    return ended


def check_harmless(used: Used) -> None:
    assert used.page.evaluate("window.hacked") is None
    assert (used.record.errors, used.record.dialogs) == ([], [])
    local = (used.url, "data:", "about:", "blob:")
    assert [url for url in used.record.requests if not url.startswith(local)] == []


def test_no_text_of_a_server_runs(used: Used) -> None:
    assert used.ended[0] == "Not sent."  # an endpoint that wants files
    assert used.ended[-1] == "Failed."
    assert set(used.ended[1:-1]) == {"Done."}
    check_harmless(used)


def test_texts_of_a_server_are_shown_as_texts(used: Used) -> None:
    open_endpoint(used.page, "/show")

    assert used.page.locator("h1").first.inner_text() == MARKUP
    texts = used.page.locator(".outputs:visible").inner_text()
    assert texts.count(MARKUP) >= 10  # labels and values
    assert used.page.evaluate(DANGEROUS) == []


def test_page_of_hostile_texts_can_be_used(used: Used) -> None:
    open_endpoint(used.page, "/show")

    assert overflow(used.page) <= 0
    assert axe(used.page) == []


def test_files_of_a_server_run_nothing(used: Used) -> None:
    links = used.page.locator(".outputs a[href*='files/']")
    addresses = links.evaluate_all("links => links.map((link) => link.href)")
    assert len(addresses) >= 4

    for address in {address.partition("?")[0] for address in addresses}:
        with suppress(Error):  # a download
            used.page.goto(address)
        check_harmless(used)


def test_static_page_runs_no_text_of_a_server(
    page: Page, record: Record, era: str, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    with serve(era, "hostile") as server, Interface(server.url) as interface:
        file.write_text(interface.html(), "utf-8")
    page.goto(file.as_uri())

    assert page.evaluate("window.hacked") is None
    assert record.requests == [page.url]
    assert record.console == []
