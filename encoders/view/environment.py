"""The templates of values, and what they share with the page on an API."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from encoders.errors.text import visible
from encoders.predict.pages import environment

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = "templates"


@cache
def templates() -> jinja2.Environment:
    """Return the environment, which shows hidden characters as escapes and escapes for HTML."""
    import jinja2
    from markupsafe import Markup

    def show_hidden(value: Any) -> Any:
        if isinstance(value, Markup) or not isinstance(value, str):
            return value
        return "\n".join(map(visible, value.split("\n")))

    made = environment(finalize=show_hidden)
    own = jinja2.PackageLoader("encoders.view")
    made.loader = jinja2.ChoiceLoader([own] if made.loader is None else [own, made.loader])
    return made


@cache
def asset(name: str) -> str:
    """Return a style or script of this package."""
    return (files("encoders.view") / _TEMPLATES / name).read_text("utf-8")
