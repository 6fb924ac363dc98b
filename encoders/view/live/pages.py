"""The pages of the live server, from the templates, and the scripts and styles that they load."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from encoders.predict.client.interface import Interface
from encoders.predict.pages.page import Page
from encoders.predict.pages.snippets import LANGUAGES
from encoders.view.environment import templates
from encoders.view.live.forms import live_endpoint

_FOLDERS = ("encoders.view", "encoders.predict.pages")
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript"}


@cache
def static_files() -> dict[str, tuple[str, bytes]]:
    """Return the media type and the content of each script and style, by name."""
    found = {}
    for package in _FOLDERS:
        for path in (files(package) / "templates").iterdir():
            media_type = _MEDIA_TYPES.get("." + path.name.rpartition(".")[2])
            if media_type:
                found[path.name] = f"{media_type}; charset=utf-8", path.read_bytes()
    return found


def scripts() -> list[str]:
    """Return the names of all scripts."""
    return [name for name in static_files() if name.endswith(".js")]


def live_page(interface: Interface) -> str:
    """Return the page with a form for each endpoint that the server documents."""
    page: Page = interface._site()._page(None)
    shown = zip(interface.description.shown(), page.sections, strict=True)
    endpoints = [live_endpoint(number, *pair) for number, pair in enumerate(shown)]
    return (
        templates()
        .get_template("live.html.jinja")
        .render(
            page=page, endpoints=endpoints, url=page.url, version=page.version, languages=LANGUAGES
        )
    )


def converter_page(*, has_live: bool) -> str:
    """Return the page of the converter."""
    return templates().get_template("converter.html.jinja").render(has_live=has_live)
