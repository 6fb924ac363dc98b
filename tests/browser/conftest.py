"""A browser that the tests of this folder share, and a new page in it for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.interop.servers import processes_are_kept

from .browsers import TIMEOUT, Record, chromium

expect.set_options(timeout=TIMEOUT)


# Until it ends, Playwright's event loop runs in this thread, where tests of other folders run
# theirs.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, until the last test of this folder."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package", autouse=True)
def kept_processes() -> Iterator[None]:
    """Keep the processes of Gradio servers until the last test of this folder."""
    with processes_are_kept():
        yield


@pytest.fixture
def record() -> Iterator[Record]:
    """What the page does: at the end, no error of a script, no dialog, no request to another host.

    A test that expects some of these empties their lists.
    """
    record = Record()
    yield record
    assert (record.errors, record.dialogs, record.outside) == ([], [], [])


@pytest.fixture
def page(browser: Browser, record: Record) -> Iterator[Page]:
    """A new page, which shares nothing with those of other tests but the clipboard."""
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        context.set_default_timeout(TIMEOUT)
        page = context.new_page()
        record.follow(page)
        yield page
