"""Live pages of real Gradio servers, and what a person does on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, expect

from encoders import Interface
from encoders.view.live import serving
from tests.interop.servers import serve
from tests.paths import FIXTURES

from .gestures import drop, paste_text

PICTURE = FIXTURES / "image" / "small.png"
SOUND = FIXTURES / "audio" / "stereo.wav"
CELLS = "left\t1.5\nright\t2.5"
CALL_SECONDS = 60


@contextmanager
def live_page(era: str, app: str, **options: Any) -> Iterator[str]:
    """Serve the live page of an app on a release until the block ends; give its URL."""
    with (
        serve(era, app) as server,
        Interface(server.url, timeout=CALL_SECONDS, **options) as interface,
        serving(interface) as (url, _),
    ):
        yield url


def open_endpoint(page: Page, name: str) -> Locator:
    """Choose an endpoint, and return its part of the page."""
    links = page.get_by_role("navigation", name="Endpoints")
    if links.count():  # a page of one endpoint has none
        links.get_by_role("link", name=name).click()
    return page.locator(".endpoint:visible")


def enter(form: Locator, text: str = "text") -> None:
    """Enter a value into each field that the form has: files are dropped, cells pasted."""
    for label, path in (("Picture", PICTURE), ("Sound", SOUND)):
        if (place := labelled(form, label)).count():
            drop(place, path)
    if labelled(form, "Table").count():
        labelled(form, "Column 1, row 1").focus()
        paste_text(form.page, CELLS)
    if (choice := labelled(form, "Size")).count():
        choice.select_option("big")
    if (field := labelled(form, "Text")).count():
        field.fill(text)


def labelled(form: Locator, label: str) -> Locator:
    return form.get_by_label(label, exact=True)


def run(section: Locator, state: str = "Done.") -> Locator:
    """Run an endpoint until its state is as given, and return what it shows."""
    section.get_by_role("button", name="Run").click()
    expect(section.locator(".state")).to_have_text(state)
    return section.locator(".outputs")
