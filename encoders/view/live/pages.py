"""The pages of the live server, from the templates, and the scripts and styles that they load."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from encoders.predict.client.interface import Interface
from encoders.predict.pages.snippets import LANGUAGES
from encoders.view.environment import templates
from encoders.view.live.forms import live_endpoint

_FOLDERS = (
    ("encoders.view", "styles"),
    ("encoders.view", "scripts"),
    ("encoders.predict.pages", "templates"),
)
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript"}


@cache
def static_files() -> dict[str, tuple[str, bytes]]:
    """Return the media type and the content of each script and style, by name."""
    found = {}
    for package, folder in _FOLDERS:
        for path in (files(package) / folder).iterdir():
            media_type = _MEDIA_TYPES.get("." + path.name.rpartition(".")[2])
            if media_type:
                found[path.name] = f"{media_type}; charset=utf-8", path.read_bytes()
    return found


def scripts() -> list[str]:
    """Return the names of all scripts."""
    return [name for name in static_files() if name.endswith(".js")]


def live_page(interface: Interface) -> str:
    """Return the page with a form for each endpoint that the server documents."""
    site = interface._site()
    shown = [live_endpoint(*numbered) for numbered in enumerate(site.description.shown())]
    template = templates().get_template("live.html.jinja")
    return template.render(
        title=site.description.title,
        url=site.url,
        version=site.description.version,
        endpoints=shown,
    )


def endpoint_parts(interface: Interface, index: int) -> dict[str, str]:
    """Return what the static page says of an endpoint, as HTML: its code, and the rest.

    Raises:
        UnknownEndpointError: there is no such endpoint.
    """
    section = interface._site().page(index).sections[0]
    parts: Any = templates().get_template("parts.html.jinja").module
    return {
        "code": parts.code(f"code-{index}", LANGUAGES, section.snippets),
        "api": parts.api(section, 4) + parts.helpers(section, 4),
    }


def converter_page(*, has_live: bool) -> str:
    """Return the page of the converter."""
    return templates().get_template("converter.html.jinja").render(has_live=has_live)
