"""Gradio's components: how each one's Python value becomes its JSON, and back.

All that is known of a component is one row in its family's module; `COMPONENTS` is the sum of them.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from encoders.errors import bounded, clip
from encoders.errors.reprs import ShortRepr
from encoders.predict.components import (
    anything,
    audio_video,
    chat,
    choice,
    file,
    image,
    pictures,
    plot,
    structure,
    table,
    text,
)
from encoders.predict.components.shared.component_type import JSON, ComponentType, TextReader
from encoders.predict.components.shared.json_values import unboxed
from encoders.predict.eras import Version, in_range
from encoders.predict.values import Json, Raw
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.schemas import NOTHING, Schema, SchemaContext, any_of, or_nothing

__all__ = ["COMPONENTS", "Component", "canonical"]

_FAMILIES = (text, choice, structure, image, pictures, audio_video, file, table, chat, plot)
COMPONENTS: dict[str, ComponentType] = {
    name: row for family in _FAMILIES for name, row in family.COMPONENTS.items()
}
_ALIASES = {alias: name for name, row in COMPONENTS.items() for alias in row.aliases}
_NOT_A_LETTER = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True, repr=False)
class Component(ShortRepr):
    """A component as an interface has it: its name, and the options that steer its JSON.

    Attributes:
        name: such as "image", "checkboxgroup" or "CheckboxGroup".
        options: as its constructor has them. These steer: ``image_mode`` (alpha is kept for
            "RGBA"), ``tool="sketch"``, ``file_count``, ``multiselect``, chatbot ``type``,
            ``include_time``, ``timezone``, textbox ``type="number"``.

    >>> Component("Image", {"image_mode": "RGBA"}).name
    'image'
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", canonical(self.name))

    @property
    def type(self) -> ComponentType:
        """All that is known of the component."""
        return COMPONENTS.get(self.name, anything.UNKNOWN)

    @property
    def reader(self) -> TextReader:
        """How text becomes its value: a list of choices is JSON."""
        is_list = self.type.has_choices and self.options.get("multiselect")
        return JSON if is_list else self.type.reader

    @property
    def constraints(self) -> tuple[str, ...]:
        """What its options say of the values that it takes, a phrase each.

        >>> Component("Slider", {"minimum": 0, "maximum": 1, "step": 0.1}).constraints
        ('0 to 1', 'step 0.1')
        >>> Component("Radio", {"choices": ["a", "b"]}).constraints
        ('one of "a", "b"',)
        """
        describe = self.type.constraints
        return tuple(describe(self.options)) if describe else ()

    def exists_in(self, version: Version) -> bool:
        """Tell whether a version of Gradio has the component."""
        return in_range(version, self.type.since, self.type.until)


def canonical(name: str) -> str:
    """Return a component's name as `COMPONENTS` has it; an unknown one in small letters.

    >>> canonical("Checkbox Group"), canonical("LinePlot")
    ('checkboxgroup', 'nativeplot')
    """
    plain = _NOT_A_LETTER.sub("", name.lower())
    return _ALIASES.get(plain, plain)


def as_component(given: str | Component) -> Component:
    """Return a `Component` for its name.

    Raises:
        TypeError: it is neither a name nor a `Component`.
        ValueError: no component has the name. A server's custom component may have any name: pass a
            `Component` for one, or "unknown", and content decides.
    """
    if isinstance(given, Component):
        return given
    if not isinstance(given, str):
        raise TypeError(f"a component is a name or a Component, not {type(given).__name__}")
    return _by_name(given)


def as_components(
    given: Sequence[str | Component] | None, count: int
) -> Sequence[Component | None]:
    """Return a `Component` for each name; for None, so many times None."""
    if given is None:
        return [None] * count
    if isinstance(given, str | Component):
        raise TypeError(f"components is a list of names, found {given!r:.40}: put it into a list")
    return [as_component(each) for each in given]


@functools.lru_cache(256)
def _by_name(name: str) -> Component:
    component = Component(name)
    if component.name not in COMPONENTS and component.name != "unknown":
        near = difflib.get_close_matches(component.name, [*COMPONENTS, *_ALIASES], 3)
        raise ValueError(
            f"there is no component {clip(name)}: "
            + (f"did you mean {' or '.join(near)}? " if near else "")
            + f"There are {', '.join(COMPONENTS)}"
        )
    return component


def infer(value: Any) -> str:
    """Return the name of the component that takes such a value.

    Text is text, never a path: mark a path as one with `pathlib.Path`.

    >>> infer("hello"), infer(2.5), infer((8000, [0])), infer({"a": 1})
    ('textbox', 'number', 'audio', 'json')
    """
    value = unboxed(value)
    fitting = (name for name, row in COMPONENTS.items() if row.infers and row.infers(value))
    return next(fitting, None) or anything.media_component(value) or structure.FALLBACK


def encode(value: Any, component: Component, context: EncodeContext) -> Json:
    """Return the JSON of one input. ``context`` is at it.

    Raises:
        EncodersError: the value is not one that the component takes, in this era.
    """
    context.component, context.options = component.name, component.options
    if isinstance(value, Raw):
        return value.json
    row = component.type
    if not component.exists_in(context.version):
        context.fail(f"there is no {bounded(component.name, 40)} in {context.gradio}")
    if value is None:
        return row.none(context) if row.none else None
    made = row.encode(value, context)
    if context.checks and row.check:
        row.check(made, context)
    return made


def decode(value: Json, component: Component | None, context: DecodeContext) -> Any:
    """Return the Python value of one output. ``context`` is at it.

    Raises:
        EncodersError: the JSON is not what the component gives, in any era.
    """
    row = component.type if component else anything.UNKNOWN
    context.component = component.name if component else None
    context.options = component.options if component else {}
    if isinstance(value, dict) and value.get("__type__") == "update":  # gr.update(value=…)
        value = value.get("value")
    return None if value is None else cast(Any, row.decode(value, context))


def schema_of(component: Component, context: SchemaContext) -> Schema:
    """Return the JSON Schema of one input or output."""
    context.options = component.options
    row = component.type
    found = row.schema(context)
    if context.is_output:
        return or_nothing(found, context)
    return any_of(found, NOTHING) if row.none is None else found
