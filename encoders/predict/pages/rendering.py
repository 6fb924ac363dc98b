"""The page on a server's API, as text for a terminal and as one HTML file.

The texts of a page are untrusted. Both templates show an escape for each character that cannot be
seen, so no text controls a terminal or hides others; the HTML template escapes all texts for HTML.
"""

from __future__ import annotations

import re
import textwrap
from base64 import b64encode
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from encoders.errors import bounded
from encoders.errors.text import size_text, visible
from encoders.predict.pages import environment
from encoders.predict.pages.examples import starting_value
from encoders.predict.pages.page import Page
from encoders.predict.pages.quoting import one_line_json, pretty_json
from encoders.predict.pages.snippets import LANGUAGES

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

_LINES = re.compile(r"[^\n\t]+")
_ENCODED = re.compile(r"([A-Za-z0-9+/]{24})[A-Za-z0-9+/]{40,}=*")
_FOLDED = re.compile(r"(?:base64,|[\"'])((?P<start>[A-Za-z0-9+/]{24})[A-Za-z0-9+/]{40,}=*)")


def render_text(page: Page, *, width: int = 88) -> str:
    """Return a page for a terminal.

    Payloads and code are whole, to be copied and run. Only the example of a response has an
    ellipsis in place of most of each long data URL.
    """
    template = html_environment().get_template("page.txt.jinja")
    return template.render(page=page, languages=LANGUAGES, width=width).rstrip("\n")


def render_html(page: Page) -> str:
    """Return a page as one HTML file, which loads nothing and runs no script but its own."""
    template = html_environment().get_template("page.html.jinja")
    return template.render(page=page, languages=LANGUAGES)


@cache
def html_environment(*packages: str) -> jinja2.Environment:
    """Return the environment of the templates of ``packages``, and of those of this page.

    It shows hidden characters as escapes, and escapes all but text templates for HTML.
    """
    from markupsafe import Markup

    templates = environment(finalize=show_hidden, packages=packages)
    templates.filters |= {
        "line": _line,
        "wrap": _wrap,
        "pretty": pretty_json,
        "start": starting_value,
        "brief_text": bounded,
        "brief": lambda value, longest: bounded(one_line_json(value), longest),
        # An ellipsis in place of most of each long data URL.
        "elide": partial(_ENCODED.sub, r"\1…"),
        "folded": _folded,
    }
    style, script = (Markup(asset(name)) for name in ("base.css", "base.js"))
    hashes = {"style_hash": inline_hash(style), "script_hash": inline_hash(script)}
    templates.globals |= {"style": style, "script": script, **hashes}
    return templates


def show_hidden(value: Any) -> Any:
    """Return text with an escape for each character that cannot be seen; other values unchanged.

    Line ends and tabs stay.
    """
    from markupsafe import Markup

    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _LINES.sub(lambda found: visible(found[0]), value)


@cache
def asset(name: str) -> str:
    """Return a style or script of the page."""
    return (files("encoders.predict.pages") / "templates" / name).read_text("utf-8")


def inline_hash(content: str) -> str:
    """Return the hash by which a content security policy allows an inline style or script."""
    return b64encode(sha256(content.encode()).digest()).decode()


def _folded(text: str) -> Markup:
    """Return text as HTML in which the script folds most of each long piece of base64."""
    from markupsafe import Markup

    fold = Markup('<span class="fold" data-size="{}">{}</span>')
    parts, end = [], 0
    for found in _FOLDED.finditer(text):
        size = size_text(len(found[1]) * 3 // 4)
        rest = found.end("start")
        parts += [text[end:rest], fold.format(size, text[rest : found.end()])]
        end = found.end()
    return Markup("").join(show_hidden(part) for part in [*parts, text[end:]])


def _line(text: str) -> str:
    """Return text in one line, with an escape for each character that cannot be seen."""
    return visible(" ".join(text.split()))


def _wrap(text: str, width: int, indent: int = 0) -> str:
    """Return prose in lines of a width. Paragraphs stay apart."""
    spaces = " " * indent
    wrapper = textwrap.TextWrapper(width, spaces, spaces, break_long_words=False)
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(wrapper.fill(_line(paragraph)) for paragraph in paragraphs)
