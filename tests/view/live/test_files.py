"""Files of the live page: parts of them, and nothing in them that runs."""

from __future__ import annotations

import pytest

from tests.paths import FIXTURES
from tests.view.live.conftest import Browser

CLIP = FIXTURES / "video" / "clip.mp4"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("range", "start", "end"), [("0-99", 0, 100), ("100-", 100, None), ("-50", -50, None)]
)
def test_a_player_gets_the_part_that_it_asks_for(
    converter: Browser, range: str, start: int, end: int | None
) -> None:
    found = converter.uploaded(CLIP.read_bytes(), "clip.mp4")

    answer = converter.get(found["url"], headers={"Range": f"bytes={range}"})

    assert answer.status_code == 206
    assert answer.content == CLIP.read_bytes()[start:end]
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-range"].endswith(f"/{CLIP.stat().st_size}")


def test_a_range_beyond_the_end_is_an_error(converter: Browser) -> None:
    found = converter.uploaded(b"text", "a.txt")

    assert converter.get(found["url"], headers={"Range": "bytes=9-"}).status_code == 416


@pytest.mark.parametrize(
    ("content", "name", "shown"),
    [
        (CLIP.read_bytes(), "clip.mp4", "inline"),
        (SVG, "drawing.svg", "inline"),
        (b"<!doctype html><script>alert(1)</script>", "page.html", "attachment"),
        (b"%PDF-1.7", "a.pdf", "attachment"),
        (b"alert(1)", "a.js", "attachment"),
    ],
)
def test_a_file_runs_nothing_and_loads_nothing(
    converter: Browser, content: bytes, name: str, shown: str
) -> None:
    found = converter.uploaded(content, name)

    answer = converter.get(found["url"])

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "script" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].partition(";")[0] == found["media_type"]
    assert answer.headers["content-disposition"] == f'{shown}; filename="{name}"'


def test_a_file_can_be_saved(converter: Browser) -> None:
    found = converter.uploaded(CLIP.read_bytes(), "Übung.mp4")

    answer = converter.get(f"{found['url']}?download")

    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''%C3%9Cbung.mp4"


@pytest.mark.parametrize("id", ["none", "..", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc", "a" * 5000])
def test_nothing_else_is_a_file(converter: Browser, id: str) -> None:
    converter.uploaded(b"text", "a.txt")

    assert converter.get(f"files/{id}/passwd").status_code == 404
    assert converter.get(f"static/{id}").status_code == 404


def test_small_answers_are_sent_at_once(converter: Browser) -> None:
    """Without TCP_NODELAY, each waits 40 ms for the browser to acknowledge its first part."""
    seconds = [converter.get("static/dom.js").elapsed.total_seconds() for _ in range(20)]

    assert min(seconds[2:]) < 0.03
