"""Pages of other origins in the same browser: they cannot use the live page, even with its URL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from encoders.view.live import serving
from tests.predict.http_server import http_server

pytestmark = pytest.mark.browser

PAGE = b'<link rel="icon" href="data:,"><p>another page</p>'
POSTS = ("upload?name=a.txt", "check", "run", "cancel?call=a", "snippets", "convert", "read")
# A form may be sent anywhere, by a page of any origin.
SEND = """
(url) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", enctype: "text/plain", action: url });
  document.body.append(form);
  form.submit();
}
"""
READ = "(url) => fetch(url).then((answer) => answer.text(), () => null)"
EMBED = """
(url) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.src = url;
  frame.onload = () => resolve(true);
  document.body.append(frame);
})
"""


@pytest.fixture
def url() -> Iterator[str]:
    with serving(None) as (url, _):
        yield url


@pytest.fixture
def other(page: Page) -> Iterator[Page]:
    """A page of another origin."""
    with http_server({"/": lambda exchange: exchange.answer(PAGE, Content_Type="text/html")}) as at:
        page.goto(at.url)
        yield page


@pytest.mark.parametrize("path", POSTS)
def test_other_page_cannot_post(other: Page, url: str, path: str) -> None:
    with other.expect_response(url + path) as response:
        other.evaluate(SEND, url + path)

    assert response.value.status == 403


def test_other_page_cannot_read(other: Page, url: str) -> None:
    assert other.evaluate(READ, url) is None


def test_other_page_cannot_embed(other: Page, url: str) -> None:
    with other.expect_response(url) as response:
        assert other.evaluate(EMBED, url)

    assert response.value.status == 200
    assert [frame.url for frame in other.frames[1:]] == ["chrome-error://chromewebdata/"]
