"""The live page of real servers of all eras, in a browser.

By default the tests run on four versions; with ENCODERS_ALL_ERAS=1, on the newest of each era.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.interop.apps.constants import COUNT, ERROR_TEXT, HEADERS, LOGIN
from tests.interop.servers import RELEASES

from .browsers import Record
from .gestures import drop
from .live_pages import PICTURE, enter, labelled, live_page, open_endpoint, run

pytestmark = [pytest.mark.browser, pytest.mark.interop]

IS_FULL = os.environ.get("ENCODERS_ALL_ERAS") == "1"
TESTED = tuple(RELEASES) if IS_FULL else ("2", "3", "4", "6")

# Keeps the texts that an element has had.
NOTE_OUTPUTS = """
(element) => {
  window.texts = [];
  const note = () => texts.push(element.textContent);
  new MutationObserver(note).observe(element, { childList: true, subtree: true });
}
"""


@pytest.fixture(scope="module", params=TESTED)
def era(request: pytest.FixtureRequest) -> str:
    era: str = request.param
    return era


@pytest.fixture(scope="module")
def studio(era: str) -> Iterator[str]:
    with live_page(era, "studio") as url:
        yield url


@pytest.fixture
def generator_era(era: str) -> str:
    """A version of Gradio with generators and a queue that tells how far a call is."""
    if era == "2":
        pytest.skip("Gradio 2.9.4 has no generators")
    return era


def endpoint(page: Page, era: str, name: str) -> Locator:
    """Choose an endpoint; the app of Gradio 2 has one, for all that the others do."""
    return open_endpoint(page, "/predict" if era == "2" else name)


def test_picture_is_dropped_and_comes_back(
    page: Page, record: Record, era: str, studio: str
) -> None:
    page.goto(studio)
    section = endpoint(page, era, "/picture")
    enter(section)
    expect(section.locator(".preview img")).to_be_visible()

    picture = run(section).locator("img").first

    picture.evaluate("(image) => image.decode()")
    shown = picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    with Image.open(PICTURE) as sent:
        assert tuple(shown) == sent.size
    assert record.console == []


def test_sound_table_and_choice_come_back(page: Page, era: str, studio: str) -> None:
    page.goto(studio)
    section = endpoint(page, era, "/measure")
    enter(section)

    shown = run(section)

    sound = shown.locator("audio")
    page.wait_for_function("(sound) => sound.duration > 0", arg=sound.element_handle())
    table = shown.locator("table")
    assert table.locator("th[scope=col]").all_inner_texts()[-2:] == [*HEADERS]
    assert table.locator("td").all_inner_texts() == ["left", "1.5", "right", "2.5"]
    expect(shown).to_contain_text("big")
    expect(shown.locator("meter").first).to_have_attribute("value", "0.75")


def test_error_has_the_words_of_the_server(page: Page, era: str, studio: str) -> None:
    page.goto(studio)
    section = endpoint(page, era, "/fail")
    enter(section, "fail")

    run(section, "Failed.")

    expect(section.get_by_role("alert").filter(has_text=ERROR_TEXT)).to_be_visible()


def test_partial_outputs_are_shown_as_they_come(
    page: Page, generator_era: str, studio: str
) -> None:
    page.goto(studio)
    section = open_endpoint(page, "/count")
    enter(section, "n:")
    page.evaluate(NOTE_OUTPUTS, section.locator(".outputs").element_handle())

    shown = run(section)

    last = " ".join(map(str, range(COUNT)))
    expect(shown).to_contain_text(f"n: {last}")
    partial = [text for text in page.evaluate("texts") if "n: 0" in text and last not in text]
    assert len(partial) > COUNT / 4


def test_call_is_cancelled(page: Page, generator_era: str, studio: str) -> None:
    page.goto(studio)
    section = open_endpoint(page, "/long_generator")
    enter(section)
    section.get_by_role("button", name="Run").click()
    expect(section.locator(".outputs")).to_contain_text("2")

    section.get_by_role("button", name="Cancel").click()

    expect(section.locator(".state")).to_have_text("Cancelled.")
    expect(section.get_by_role("button", name="Cancel")).to_be_hidden()


def test_endpoints_run_at_the_same_time(page: Page, generator_era: str, studio: str) -> None:
    page.goto(studio)
    long = open_endpoint(page, "/long_generator")
    enter(long)
    long.get_by_role("button", name="Run").click()
    expect(long.locator(".outputs")).to_contain_text("1")

    section = open_endpoint(page, "/picture")
    enter(section)
    expect(run(section).locator("img").first).to_be_visible()

    long = open_endpoint(page, "/long_generator")
    expect(long.get_by_role("button", name="Cancel")).to_be_visible()
    long.get_by_role("button", name="Cancel").click()
    expect(long.locator(".state")).to_have_text("Cancelled.")


def test_page_of_a_server_with_a_login(page: Page, era: str) -> None:
    with live_page(era, "auth", auth=LOGIN) as url:
        page.goto(url)
        section = page.locator(".endpoint:visible")
        drop(section.locator(".drop"), PICTURE)
        labelled(section, "text").fill("cat")

        shown = run(section)

        expect(shown.locator("img").first).to_be_visible()
        expect(shown).to_contain_text("cat")
