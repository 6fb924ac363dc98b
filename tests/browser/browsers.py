"""Chromium, as the tests start it, and a record of what the pages in it did.

Playwright drives the Chromium that is installed on this machine; its own download is not needed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    WebError,
    sync_playwright,
)

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # All pages are on this machine.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    # Chromium itself plays a camera and a microphone.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
TIMEOUT = 20_000  # milliseconds: a busy machine takes long
LOCAL = (None, "127.0.0.1", "localhost")  # None: a file, a data URL or a blob


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium until the block ends; skip the test where there is none."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=program, args=OPTIONS, env={**environment}
        ) as browser,
    ):
        yield browser


@dataclass
class Record:
    """What the pages of a context did.

    Attributes:
        requests: the URLs of all requests that were sent.
        blocked: the URLs of the requests that a page's own policy stopped.
        errors: what scripts threw and did not catch.
        console: the errors in the console.
        dialogs: the texts of dialogs, such as those of `alert`.
    """

    requests: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        """The URLs of the requests to other hosts than this machine."""
        return [url for url in self.requests if urlsplit(url).hostname not in LOCAL]

    def follow(self, page: Page) -> None:
        """Add all that the page will do, and what pages do that it opens."""
        context = page.context
        context.on("request", self._add_request)
        context.on("requestfailed", self._add_failed)
        context.on("weberror", self._add_error)
        context.on("console", self._add_message)
        context.on("dialog", self._add_dialog)
        # Playwright tells of a WebSocket only once the other host is reached.
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.webSocketCreated", lambda event: self.requests.append(event["url"]))

    def _add_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _add_failed(self, request: Request) -> None:
        if request.failure == "csp":
            self.requests.remove(request.url)
            self.blocked.append(request.url)

    def _add_error(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    def _add_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console.append(message.text)

    def _add_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()
