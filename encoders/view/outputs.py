"""Outputs of an answer, and other values with files in them, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from encoders.errors import EncodersError
from encoders.errors.text import visible
from encoders.limits import DEFAULT, Limits
from encoders.predict.responses import UndecodedOutput
from encoders.predict.values import Json
from encoders.view.environment import templates
from encoders.view.folding import fold
from encoders.view.media import Links, Media
from encoders.view.shapes import SHAPES, Shown, Unfit

if TYPE_CHECKING:
    from markupsafe import Markup

_OTHER = "anything"


def render_outputs(
    outputs: Sequence[UndecodedOutput], links: Links, limits: Limits = DEFAULT
) -> Markup:
    """Return all outputs of an answer, each with its name, as its component is shown."""
    from markupsafe import Markup

    return _macros().shown(Markup("").join([_output(output, links, limits) for output in outputs]))  # type: ignore[no-any-return]


def render_shown(
    kind: str,
    value: Any,
    links: Links,
    limits: Limits = DEFAULT,
    *,
    json: Json = None,
    options: Mapping[str, Any] | None = None,
) -> Markup:
    """Return a value as one of the kinds of `SHAPES` is shown."""
    if value is None:
        return _macros().nothing()  # type: ignore[no-any-return]
    shown = Shown(value, json, options or {}, links, limits)
    try:
        data = SHAPES[kind](shown)
    except (Unfit, TypeError, ValueError, KeyError, AttributeError, RecursionError):
        # Nothing says that a server's values have the form of their component.
        kind, data = _OTHER, SHAPES[_OTHER](shown)
    return getattr(_macros(), kind)(**data)  # type: ignore[no-any-return]


def render_json(value: Json, links: Links) -> Markup:
    """Return JSON with long data URLs folded: their start, their size, and ways to get them."""
    return _macros().shown(_macros().json(fold(value, links)))  # type: ignore[no-any-return]


def render_media(found: Media) -> Markup:
    """Return a file as it is shown."""
    return _macros().shown(_macros().media(found))  # type: ignore[no-any-return]


def _output(output: UndecodedOutput, links: Links, limits: Limits) -> Markup:
    error, body = "", None
    if isinstance(output.value, EncodersError):
        error, body = visible(str(output.value)), _macros().json(fold(output.json, links))
    else:
        row = output.component.type if output.component else None
        body = render_shown(
            row.shown if row else _OTHER,
            output.value,
            links,
            limits,
            json=output.json,
            options=output.component.options if output.component else None,
        )
    name = output.component.name if output.component else ""
    label = "" if output.name == name else output.name
    return _macros().output(label or name or output.name, output.place, body, error)  # type: ignore[no-any-return]


def _macros() -> Any:
    return templates().get_template("outputs.html.jinja").module
