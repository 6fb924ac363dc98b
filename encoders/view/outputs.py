"""Outputs of an answer, and other values with files in them, as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from encoders.errors import EncodersError
from encoders.limits import DEFAULT, Limits
from encoders.predict.responses import UndecodedOutput
from encoders.predict.values import Json
from encoders.view.environment import templates
from encoders.view.folding import fold
from encoders.view.media import Links, Media
from encoders.view.shapes import SHAPES, Shown, Unfit
from encoders.view.values import Section, of_output, sections

if TYPE_CHECKING:
    from markupsafe import Markup

_OTHER = "anything"


def render_outputs(
    outputs: Sequence[UndecodedOutput], links: Links, limits: Limits = DEFAULT
) -> Markup:
    """Return all outputs of an answer, each with its name, as its component is shown."""
    return render_sections(map(of_output, outputs), links, limits)


def render_value(value: Any, links: Links, place: str = "", limits: Limits = DEFAULT) -> Markup:
    """Return any value: every file in it shown with its place, the rest as JSON.

    A payload or an answer is shown as its outputs are.

    Raises:
        EncodersError: it is JSON that is deeper than ``limits`` allow.
    """
    return render_sections(sections(value, place, limits), links, limits)


def render_sections(found: Iterable[Section], links: Links, limits: Limits = DEFAULT) -> Markup:
    """Return parts of a page, each under its name if it has one."""
    from markupsafe import Markup

    parts = [_section(section, links, limits) for section in found]
    return _macros().shown(Markup("").join(parts))  # type: ignore[no-any-return]


def render_json(value: Json, links: Links) -> Markup:
    """Return JSON with long data URLs folded: their start, their size, and ways to get them."""
    return _macros().shown(_macros().json(fold(value, links)))  # type: ignore[no-any-return]


def _section(section: Section, links: Links, limits: Limits) -> Markup:
    error, body = "", None
    if isinstance(section.value, EncodersError):
        error = str(section.value)
        body = None if section.json is None else _macros().json(fold(section.json, links))
    else:
        body = _body(section, links, limits)
    return _macros().section(section.name, section.place, body, error)  # type: ignore[no-any-return]


def _body(section: Section, links: Links, limits: Limits) -> Markup:
    """Return a value as its template shows it, or as anything is where its form does not fit."""
    if section.value is None:
        return _macros().nothing()  # type: ignore[no-any-return]
    shown = Shown(section.value, section.place, section.json, section.options, links, limits)
    kind = section.kind
    try:
        data = SHAPES[kind](shown)
    except (Unfit, TypeError, ValueError, KeyError, AttributeError, RecursionError):
        # Nothing says that a server's values have the form of their component.
        kind, data = _OTHER, SHAPES[_OTHER](shown)
    return getattr(_macros(), kind)(**data)  # type: ignore[no-any-return]


def render_media(found: Media) -> Markup:
    """Return a file as it is shown."""
    return _macros().shown(_macros().media(found))  # type: ignore[no-any-return]


def _macros() -> Any:
    return templates().get_template("outputs.html.jinja").module
