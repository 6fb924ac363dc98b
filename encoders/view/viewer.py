"""A value as one HTML file that needs nothing else, and as HTML for a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from encoders.batch import Row
from encoders.data_url import DataURL
from encoders.errors import EncodersError, bounded
from encoders.limits import DEFAULT, Limits
from encoders.predict.client.interface import Interface
from encoders.predict.pages.rendering import asset as shared_asset
from encoders.predict.pages.rendering import inline_hash
from encoders.predict.payloads import Payload
from encoders.predict.responses import Response
from encoders.view.environment import asset, templates
from encoders.view.media import NOTEBOOK, PAGE, Embedded
from encoders.view.outputs import render_sections
from encoders.view.sources import MOST_ITEMS, opened
from encoders.view.values import Section, sections

if TYPE_CHECKING:
    from markupsafe import Markup

_LONGEST_TITLE = 200
_MOST_IN_NOTEBOOK = 20  # parts
_NOTEBOOK_CHARACTERS = 1_000_000
# A value that is not a file has the title of its type.
_TITLES: dict[type, str] = {
    Payload: "Payload",
    Response: "Answer",
    DataURL: "Data URL",
    Row: "Row",
    Interface: "Interface",
}


def to_html(value: Any, *, title: str | None = None, limits: Limits = DEFAULT) -> str:
    """Return a page that shows a value and every file in it, as one HTML file.

    The page loads nothing and runs no script but its own: it opens from the disk and may be sent
    to somebody. Each file is shown with its place (``data[1].name``), media type and size. Of a
    picture of more than 8 MB and a sound of more than 32 MB there is a smaller copy, of a larger
    video the first picture. Of other files of more than 32 MB, and of what comes after 256 MB of
    data URLs, the page says only what they are. Of rows, the first 500 are shown.

    Args:
        value: a payload, an answer or other JSON, also as text; a data URL, bytes or a path; rows
            of a batch, one, a list, an iterator or the path of their file; or anything that
            this package decodes to, such as a picture, a sound, a table or a `File`. Text is never
            taken for a path: mark one as such with `pathlib.Path`.
        title: of the page; by default the name of the file, or what the value is.
        limits: bounds on what is read and decoded on the way.

    Raises:
        EncodersError: text is neither a data URL, nor base64, nor JSON; or it is larger or deeper
            than ``limits`` allow.
        OSError: a file cannot be read.

    >>> page = to_html({"data": ["data:,Hello"]})
    >>> "text/plain" in page, "data[0]" in page
    (True, True)
    """
    links = Embedded(PAGE)
    with opened(value, limits) as listing:
        parts, more = [], 0
        for index, item in enumerate(listing.items):
            if index < MOST_ITEMS:
                parts.append(render_sections(listing.show(index, item), links, limits))
            else:
                more += 1
    style = shared_asset("base.css") + asset("outputs.css") + asset("viewer.css")
    script = shared_asset("base.js") + asset("outputs.js")
    return (
        templates()
        .get_template("viewer.html.jinja")
        .render(
            title=bounded(title or _title_of(value), _LONGEST_TITLE),
            parts=parts,
            more=more,
            **_interface(value),
            style=_inline(style),
            script=_inline(script),
            script_hash=inline_hash(script),
        )
    )


def fragment(value: Any) -> str:
    """Return a value as HTML for a notebook: without scripts, and of 1 MB or so at most.

    Of a picture of more than 256 kB and a sound of more than 512 kB there is a smaller copy, of a
    larger video the first picture; of what would be too much, it says only what it is.
    """
    links = Embedded(NOTEBOOK)
    parts: list[Markup] = []
    left, more = _NOTEBOOK_CHARACTERS, 0
    try:
        for section in sections(value, "", DEFAULT):
            part = render_sections([section], links) if len(parts) < _MOST_IN_NOTEBOOK else None
            if part is None or len(part) > left:
                more += 1
                continue
            parts.append(part)
            left -= len(part)
    except EncodersError as error:
        parts.append(render_sections([Section("anything", error)], links))
    page = templates().get_template("notebook.html.jinja")
    style = _inline(asset("notebook.css") + asset("outputs.css"))
    return page.render(parts=parts, more=more, style=style, **_interface(value))


def _interface(value: Any) -> dict[str, Any]:
    """Return an interface, if the value is one, and what it knows without a request."""
    interface = value if isinstance(value, Interface) else None
    return {"interface": interface, "known": interface and interface._server.description}


def _title_of(value: Any) -> str:
    if isinstance(value, Path):
        return value.name
    return next((title for known, title in _TITLES.items() if isinstance(value, known)), "Values")


def _inline(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)
