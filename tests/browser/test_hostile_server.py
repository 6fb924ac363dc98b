"""The live page of a server that puts script into every text that it controls: none of it runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from encoders import Interface
from tests.interop.apps.constants import MARKUP
from tests.interop.servers import serve

from .axe_core import axe
from .browsers import Record
from .gestures import overflow
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


@pytest.fixture(scope="module")
def url(era: str) -> Iterator[str]:
    with live_page(era, "hostile") as url:
        yield url


def run_all(page: Page, url: str) -> list[str]:
    """Run each endpoint, open all parts of the page, and return how the calls ended."""
    page.goto(url)
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


def test_no_text_of_a_server_runs(page: Page, record: Record, url: str) -> None:
    ended = run_all(page, url)

    assert ended[0] == "Not sent."  # an endpoint that wants files
    assert ended[-1] == "Failed."
    assert set(ended[1:-1]) == {"Done."}
    assert page.locator("h1").first.inner_text() == MARKUP
    open_endpoint(page, "/show")
    assert page.locator(".outputs:visible").inner_text().count(MARKUP) >= 10  # labels and values
    assert page.evaluate(DANGEROUS) == []
    assert page.evaluate("window.hacked") is None
    assert [one for one in record.requests if not one.startswith((url, "data:", "about:"))] == []


def test_files_of_a_server_run_nothing(page: Page, record: Record, url: str) -> None:
    run_all(page, url)
    links = page.locator(".outputs a[href*='files/']").evaluate_all(
        "links => links.map(l => l.href)"
    )
    for link in {link.partition("?")[0] for link in links}:
        with suppress(Error):  # a download
            page.goto(link)
        assert page.evaluate("window.hacked") is None

    assert len(links) >= 4
    assert [one for one in record.requests if not one.startswith((url, "data:", "about:"))] == []


def test_page_of_hostile_texts_can_be_used(page: Page, url: str) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    run_all(page, url)

    assert overflow(page) <= 0
    assert axe(page) == []


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
