"""The templates of values, and their styles and scripts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from encoders.predict.pages.rendering import html_environment

if TYPE_CHECKING:
    import jinja2

_PACKAGE = "encoders.view"


def templates() -> jinja2.Environment:
    """Return the environment of the templates of this package and of the page on an API."""
    return html_environment(_PACKAGE)


@cache
def asset(name: str) -> str:
    """Return a style or script of this package."""
    folder = "styles" if name.endswith(".css") else "scripts"
    return (files(_PACKAGE) / folder / name).read_text("utf-8")
