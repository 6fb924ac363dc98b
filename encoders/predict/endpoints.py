"""What a server's endpoints take and give, and which endpoints there are."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from encoders.errors import PayloadError, UnknownEndpointError, bounded, clip, clip_value
from encoders.errors.reprs import ROOM, ShortRepr
from encoders.errors.text import one_line, shortened
from encoders.predict.components import Component, schema_of
from encoders.predict.components.shared.options import initial_value
from encoders.predict.eras import NEWEST, server_version
from encoders.predict.values import Json, Raw
from encoders.predict.wire.schemas import DIALECT, Room, Schema, SchemaContext, tuple_of, unshared

LONGEST_LABEL = 1000  # characters
_LONGEST_LIST = 400  # of names
_MOST_COMPARED = 1000  # endpoints


class _Missing:
    def __repr__(self) -> str:
        return "no default"


MISSING = _Missing()


@dataclass(frozen=True, slots=True, repr=False)
class Parameter(ShortRepr):
    """One input or output of an endpoint.

    Attributes:
        component: with its options.
        label: its label on the page; the component's name where it has none.
        name: the parameter of the server's function, where ``/info`` says it (4.x and later).
        default: the JSON value that the server uses where none is sent, or `MISSING`.
        hidden: whether callers neither give nor get it, such as state, which stays on the server.
    """

    component: Component
    label: str
    name: str | None = None
    default: Any = MISSING
    hidden: bool = False

    @property
    def is_required(self) -> bool:
        return self.default is MISSING

    @property
    def takes(self) -> str:
        """The Python types that it takes as an input, in words."""
        return self.component.type.takes

    @property
    def gives(self) -> str:
        """The Python type that it gives as an output, in words."""
        return self.component.type.gives or self.takes

    @property
    def hidden_value(self) -> Any:
        """What a page sends for a hidden input: a button's own text, or null for state."""
        is_state = self.component.type.is_state
        return None if is_state else Raw(initial_value(self.component.options))

    @property
    def helper(self) -> str:
        """What in this package turns a value into its part of the payload."""
        return self.component.type.helper


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """One function of a server.

    Attributes:
        name: such as "/predict"; None for one that can be called by its index only.
        index: its number among the server's functions.
        inputs, outputs: its parameters, hidden ones among them.
        documented: whether the server's own page shows it.
        description: what the server says of it.
        queued: whether its calls wait in a queue.
        batched: whether its function takes a list of values for each input.
        version: of its server's Gradio, as in `Description`.
    """

    name: str | None
    index: int
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]
    documented: bool = True
    description: str = ""
    queued: bool = False
    batched: bool = False
    version: str = NEWEST.major

    def __repr__(self) -> str:
        ways = " → ".join(map(_names, (self.visible_inputs, self.visible_outputs)))
        return one_line(f"<Endpoint {bounded(self.label)}: {ways}>", 2 * ROOM)

    @property
    def visible_inputs(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.inputs if not parameter.hidden)

    @property
    def visible_outputs(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.outputs if not parameter.hidden)

    @property
    def keeps_state(self) -> bool:
        """Whether a call sees or changes what other calls of the same session do."""
        parameters = (*self.inputs, *self.outputs)
        return any(parameter.component.type.is_state for parameter in parameters)

    @property
    def label(self) -> str:
        return bounded(self.name or f"function {self.index}", LONGEST_LABEL)

    def schema(self) -> dict[str, Json]:
        """Return the JSON Schemas of what it takes, under "inputs", and gives, under "outputs".

        Each is complete in itself, and is about the list that a payload or an answer has under
        ``data``: hidden values are among its items.
        """
        return schemas_of(self, Room())

    def arguments(self, given: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
        """Return one value for each input, hidden ones and defaults filled in.

        Raises:
            PayloadError: there are too many or too few, or a name is unknown or given twice.
        """
        wanted = self.visible_inputs
        if len(given) > len(wanted):
            raise PayloadError(
                f"{self.label} takes {_listed(wanted)}: found {len(given)} inputs", "data"
            )
        values: dict[int, Any] = dict(enumerate(given))
        for name, value in named.items():
            index = next((i for i, known in enumerate(wanted) if known.name == name), None)
            if index is None or index in values:
                wrong = "takes no" if index is None else "was given two values for"
                raise PayloadError(f"{self.label} {wrong} {clip(name)}: it takes {_listed(wanted)}")
            values[index] = value
        for index, parameter in enumerate(wanted):
            if index not in values and parameter.default is MISSING:
                raise PayloadError(
                    f"{self.label} takes {_listed(wanted)}: found {len(values)} inputs, "
                    f"none for {clip(parameter.name or parameter.label)}",
                    f"data[{index}]",
                    parameter.component.name,
                )
        rest = iter(values.get(i, Raw(p.default)) for i, p in enumerate(wanted))
        return [p.hidden_value if p.hidden else next(rest) for p in self.inputs]


@dataclass(frozen=True, slots=True, repr=False)
class Description:
    """What a server says of itself.

    Attributes:
        version: of Gradio, such as "4.44.1".
        prefix: of the paths of its API, such as "/gradio_api".
        protocol: of the queue, as in `eras.Era.queue`.
        endpoints: those that can be called.
        title: of its page.
        max_upload: the most bytes of an upload that it takes, if it says so.
    """

    version: str
    prefix: str = ""
    protocol: str = "ws"
    endpoints: tuple[Endpoint, ...] = ()
    title: str = ""
    max_upload: int | None = None

    def __repr__(self) -> str:
        names = shortened(", ".join(one.label for one in self.endpoints), _LONGEST_LIST)
        count = f"{len(self.endpoints)} endpoint{'s'[: len(self.endpoints) != 1]}"
        return one_line(
            f"<Description of Gradio {bounded(self.version)}, {count}: {names}>", 2 * ROOM
        )

    def as_version(self, version: str) -> Description:
        """Return the description with endpoints that are taken for those of a version."""
        endpoints = tuple(replace(endpoint, version=version) for endpoint in self.endpoints)
        return replace(self, endpoints=endpoints)

    def shown(self, api_name: str | int | None = None) -> tuple[Endpoint, ...]:
        """Return the endpoints that the server documents, or the one that is named.

        Raises:
            UnknownEndpointError: there is no such endpoint.
        """
        if api_name is not None:
            return (self.endpoint(api_name),)
        return tuple(endpoint for endpoint in self.endpoints if endpoint.documented)

    def endpoint(self, wanted: str | int | None) -> Endpoint:
        """Return an endpoint by name or index, or the first of those that the page shows.

        Raises:
            UnknownEndpointError: there is none. The text lists those that there are, those of the
                nearest names first.
        """
        if wanted is None:
            found = [known for known in self.endpoints if known.documented] or [*self.endpoints]
            # An app's main function is "/predict" by custom; else it is the first with a name.
            found.sort(key=lambda known: (known.name != "/predict", not known.name))
        elif isinstance(wanted, int):
            found = [known for known in self.endpoints if known.index == wanted]
        else:
            found = [known for known in self.endpoints if known.name == "/" + wanted.lstrip("/")]
        if not found:
            labels = [one.label for one in self.endpoints]
            near = difflib.get_close_matches(
                f"/{wanted}".replace("//", "/"), labels[:_MOST_COMPARED]
            )
            names = shortened(", ".join(dict.fromkeys([*near, *labels])), _LONGEST_LIST) or "none"
            asked = "" if wanted is None else f" {clip_value(wanted)}"
            raise UnknownEndpointError(
                f"there is no endpoint{asked}: the server has {names}",
                None if wanted is None else bounded(str(wanted), LONGEST_LABEL),
            )
        return found[0]


def schemas_of(endpoint: Endpoint, room: Room) -> dict[str, Json]:
    """Return what `Endpoint.schema` does, as far as the server's values fit into the ``room``."""
    schemas: dict[str, Json] = {}
    ways = {"inputs": endpoint.inputs, "outputs": endpoint.outputs}
    for way, parameters in ways.items():
        version = server_version(endpoint.version)
        context = SchemaContext(version, is_output=way == "outputs", room=room)
        data = data_schema(parameters, context)
        schemas[way] = {"$schema": DIALECT, **data, "$defs": context.parts}
    return unshared(schemas)


def data_schema(
    parameters: Sequence[Parameter], context: SchemaContext, *, in_batch: bool = False
) -> Schema:
    """Return the schema of a list of values, one for each parameter.

    ``in_batch`` says that each is a list of one value, as for `payloads.batch_of_one`.
    """
    values = [_parameter_schema(parameter, context) for parameter in parameters]
    return tuple_of(*map(tuple_of, values) if in_batch else values)


def _parameter_schema(parameter: Parameter, context: SchemaContext) -> Schema:
    component = parameter.component
    said: Schema = {"title": parameter.label, "x-component": component.name}
    found = schema_of(component, context)
    texts = [component.options.get("info"), found.get("description"), *component.constraints]
    description = "; ".join(text for text in texts if text and isinstance(text, str))
    if description:
        said["description"] = bounded(description, LONGEST_LABEL)
    if not context.is_output:
        if parameter.name:
            said["x-parameter"] = bounded(parameter.name, LONGEST_LABEL)
        sent = parameter.hidden_value if parameter.hidden else Raw(parameter.default)
        if sent and sent.json is not MISSING and context.room.fits(sent.json):
            said["default"] = sent.json
    return {**found, **said}


def _listed(parameters: Sequence[Parameter]) -> str:
    count = len(parameters)
    return f"{count} input{'s'[: count != 1]}: {_names(parameters)}" if parameters else "no inputs"


def _names(parameters: Sequence[Parameter]) -> str:
    names = ", ".join(
        f"{bounded(known.name or known.label, 40)} ({bounded(known.component.name, 40)})"
        for known in parameters
    )
    return shortened(names, _LONGEST_LIST) or "nothing"
