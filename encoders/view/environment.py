"""The templates of values, and what they share with the page on an API."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from encoders.predict.pages.rendering import html_environment, show_hidden

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = "templates"


def templates() -> jinja2.Environment:
    """Return the environment, which shows hidden characters as escapes and escapes for HTML."""
    return html_environment("encoders.view")


def seen(text: str) -> str:
    """Return text with an escape for each character that cannot be seen, but line ends and tabs."""
    return str(show_hidden(text.replace("\r\n", "\n")))


@cache
def asset(name: str) -> str:
    """Return a style or script of this package."""
    return (files("encoders.view") / _TEMPLATES / name).read_text("utf-8")
