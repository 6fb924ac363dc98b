"""The live page of a server that says what a test has it say, and what a browser does with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from encoders import Interface
from encoders.view.live import serving
from tests.predict.http_server import Play, http_server

Lines = list[dict[str, Any]]


class Browser(httpx.Client):
    """What a browser sends from the page."""

    def upload(self, content: bytes, name: str = "file.bin", **query: str) -> httpx.Response:
        return self.post("upload", params={"name": name, **query}, content=content)

    def uploaded(self, content: bytes, name: str = "file.bin", **query: str) -> dict[str, Any]:
        """Upload a file and return what is said of it."""
        answer = self.upload(content, name, **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def errors(self, *values: Any) -> dict[int, str]:
        """Return what is wrong with the values of the first endpoint, by field."""
        found = self.post("check", json=form(*values)).json()["errors"]
        return {each["field"]: each["message"] for each in found}

    def run(self, *values: Any, endpoint: int = 0) -> Lines:
        """Call an endpoint and return all lines."""
        with self.stream("POST", "run", json=form(*values, endpoint=endpoint)) as answer:
            return [json.loads(line) for line in answer.iter_lines()]


def form(*values: Any, endpoint: int = 0) -> dict[str, Any]:
    return {"endpoint": endpoint, "values": list(values)}


Open = Callable[..., Browser]


@pytest.fixture
def open_page() -> Iterator[Open]:
    """Return a function that opens the live page of a server with these plays."""
    with ExitStack() as stack:

        def open(plays: Mapping[str, Play], **options: Any) -> Browser:
            server = stack.enter_context(http_server(plays))
            app = stack.enter_context(Interface(server.url, timeout=20, **options))
            return stack.enter_context(browser(stack.enter_context(serving(app))[0]))

        yield open


def browser(url: str) -> Browser:
    return Browser(base_url=url, timeout=20, trust_env=False)


@pytest.fixture
def converter() -> Iterator[Browser]:
    """Open the page without a server."""
    with serving(None) as (url, _), browser(url) as client:
        yield client
