"""Values to show: what servers answer, and what a hostile one may."""

from __future__ import annotations

from typing import Any

import encoders
from encoders.predict import Component
from encoders.predict.values import Json
from tests.paths import FIXTURES
from tests.predict.pages.html_reader import HtmlReader

ATTACK = '"><script>run()</script><img src=x onerror=run()>\u202e\x1b[2J'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="run()"><script>run()</script></svg>'
MARKDOWN = (
    "[a](javascript:run()) ![b](http://evil.example/b.png) <script>run()</script>\n\n"
    "<img src=x onerror=run()> <http://evil.example> [c](data:text/html,<script>run()</script>)"
)
URL = encoders.encode(b"GIF89a\1\0\1\0\0\0\0", name=None)
PHOTO = FIXTURES / "image" / "photo.jpg"

# Attributes in which a browser fetches, and the elements that may have them.
FETCHING = {"src", "srcset", "poster", "data", "action", "formaction", "background"}
NEVER = {"script", "object", "embed", "form", "base", "link", "style", "math", "template"}


def hostile_outputs() -> list[tuple[str | Component, Json]]:
    """Return a component and an answer with script in each of its texts."""
    svg = str(encoders.DataURL("image/svg+xml", SVG))
    file = {"name": ATTACK, "data": svg, "orig_name": ATTACK}
    page = {"name": "a.html", "data": str(encoders.DataURL("text/html", b"<script>run()</script>"))}
    return [
        ("textbox", ATTACK),
        ("markdown", MARKDOWN + ATTACK),
        ("html", f"<script>run()</script>{ATTACK}<form action=//evil.example><button></form>"),
        (Component("code", {"language": ATTACK}), ATTACK),
        ("colorpicker", f"red;background:url(//evil.example){ATTACK}"),
        ("radio", ATTACK),
        ("json", {ATTACK: [ATTACK, {"a": svg}]}),
        ("label", {"label": ATTACK, "confidences": [{"label": ATTACK, "confidence": 0.5}]}),
        ("highlightedtext", [[ATTACK, ATTACK], ["a", 0.5]]),
        ("keyvalues", [[ATTACK, ATTACK]]),
        ("dataframe", {"headers": [ATTACK], "data": [[ATTACK]]}),
        ("chatbot", [{"role": ATTACK, "content": MARKDOWN, "metadata": {"title": ATTACK}}]),
        ("chatbot", [[ATTACK, file]]),
        ("gallery", [[svg, ATTACK]]),
        ("annotatedimage", [svg, [[svg, ATTACK]]]),
        ("plot", {"type": "plotly", "plot": {"data": [{"x": [ATTACK], "y": [1], "name": ATTACK}]}}),
        ("nativeplot", {"columns": [ATTACK, "y"], "data": [[ATTACK, 1]], "mark": "bar"}),
        ("file", [file, page, {"path": ATTACK, "url": f"javascript:run(){ATTACK}"}]),
        ("image", svg),
        (Component("Unknown", {"label": ATTACK}), {ATTACK: file, "b": ATTACK}),
    ]


def check_harmless(html: str) -> HtmlReader:
    """Check that HTML neither runs nor fetches anything, and return what was read."""
    page = HtmlReader(html)
    assert page.open == []
    for tag, attributes in page.elements:
        assert tag not in NEVER
        for name, value in attributes.items():
            assert not name.startswith("on") and name != "style"
            if name in FETCHING:
                assert str(value).startswith("data:")
            if name == "href" and tag == "a":
                scheme = str(value).partition(":")[0]
                assert scheme in ("http", "https", "mailto", "data")
                if scheme == "data":
                    assert "download" in attributes
                elif scheme.startswith("http"):
                    assert attributes["rel"] == "noreferrer noopener"
        if tag == "iframe":
            assert attributes["sandbox"] == ""
            assert str(attributes["srcdoc"]).partition("<meta http-equiv")[0] == (
                '<!DOCTYPE html><meta charset="utf-8">'
            )
    return page


def attributes_with_class(page: HtmlReader, name: str) -> list[dict[str, Any]]:
    return [
        attributes
        for _, attributes in page.elements
        if name in (attributes.get("class") or "").split()
    ]
