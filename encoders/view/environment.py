"""The templates of values, and what they share with the page on an API."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from encoders.errors.text import visible
from encoders.predict.pages import environment

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = "templates"
_LINES = re.compile(r"[^\n\t]+")


@cache
def templates() -> jinja2.Environment:
    """Return the environment, which shows hidden characters as escapes and escapes for HTML."""
    import jinja2
    from markupsafe import Markup

    def show_hidden(value: Any) -> Any:
        if isinstance(value, Markup) or not isinstance(value, str):
            return value
        return seen(value)

    made = environment(finalize=show_hidden)
    own = jinja2.PackageLoader("encoders.view")
    made.loader = jinja2.ChoiceLoader([own] if made.loader is None else [own, made.loader])
    return made


def seen(text: str) -> str:
    """Return text with an escape for each character that cannot be seen, but line ends and tabs."""
    return _LINES.sub(lambda found: visible(found[0]), text.replace("\r\n", "\n"))


@cache
def asset(name: str) -> str:
    """Return a style or script of this package."""
    return (files("encoders.view") / _TEMPLATES / name).read_text("utf-8")
