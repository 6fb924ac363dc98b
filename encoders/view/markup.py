"""Markdown and HTML of an answer as a page may show them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from encoders.predict.pages.rendering import show_hidden

if TYPE_CHECKING:
    from markupsafe import Markup

_LONGEST = 200_000  # characters of Markdown that are rendered
_TAGS = frozenset(
    (
        *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
        *("li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
    )
)
_LINKS = frozenset(("http", "https", "mailto"))
_FOCUSABLE = {"tabindex": "0"}
_COLOUR = re.compile(
    r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})"
    r"|[a-zA-Z]{3,30}"
    r"|(?:rgb|hsl)a?\(\s*[0-9.]{1,20}(?:deg|%)?(?:\s*[,/\s]\s*[0-9.]{1,20}%?){2,3}\s*\)"
)
_FRAME = (
    '<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="'
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
)


def markdown(text: str) -> Markup | None:
    """Return Markdown as clean HTML; None where what renders it is not installed.

    HTML in it is shown as text, and pictures as links. Links lead to pages and addresses of mail
    only.
    """
    renderer = _renderer()
    if renderer is None or len(text) > _LONGEST:
        return None
    import nh3
    from markupsafe import Markup

    cleaned = nh3.clean(
        renderer.render(show_hidden(text)),
        tags=set(_TAGS),
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=set(_LINKS),
        link_rel="noreferrer noopener",
        # What scrolls can be scrolled by keyboard too.
        set_tag_attribute_values={
            "a": {"target": "_blank"},
            "pre": _FOCUSABLE,
            "table": _FOCUSABLE,
        },
    )
    return Markup(cleaned)


def framed(html: str) -> str:
    """Return the document for a frame without scripts that shows HTML of an answer."""
    return _FRAME + html


def escaped(html: str) -> Markup:
    """Return HTML as the value of an attribute."""
    from markupsafe import escape

    return escape(html)


def colour(text: str) -> str | None:
    """Return a colour if it certainly is one in CSS, else None.

    >>> colour("#ff8800"), colour("url(//example.com)")
    ('#ff8800', None)
    """
    found = text.strip()
    return found if _COLOUR.fullmatch(found) else None


@cache
def _renderer() -> Any:
    try:
        import nh3  # noqa: F401
        from markdown_it import MarkdownIt
    except ImportError:
        return None
    rules = ("table", "strikethrough")
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(rules).disable("image")
