"""Interfaces: what a server's endpoints take and give, as its configuration or ``/info`` says.

Reads ``/config`` of Gradio 2.x (``input_components``) and of 3.0 and later (``components`` and
``dependencies``), and ``/info`` of 3.x and later (``named_endpoints``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from encoders.errors import (
    PayloadError,
    ResponseError,
    UnknownEndpointError,
    bounded,
    clip,
    clip_value,
)
from encoders.errors.text import shortened
from encoders.predict import eras
from encoders.predict.address import has_steps_upwards
from encoders.predict.components import Component
from encoders.predict.components.shared.options import initial_value
from encoders.predict.values import Json, Raw, summary

_MOST_PARAMETERS = 20_000  # inputs and outputs of all endpoints of a server
_COUNTS_ONCE_MORE = 20_000  # characters of a component's options
_LONGEST_LABEL, _LONGEST_DESCRIPTION = 1000, 10_000  # characters
_PREFIX = re.compile(r"(?:/[\w.~-]+)*/?")


class _Missing:
    def __repr__(self) -> str:
        return "no default"


MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input or output of an endpoint.

    Attributes:
        component: with its options.
        label: what the page calls it; the component's name where it has no label.
        name: the parameter of the server's function, where ``/info`` says it (4.x and later).
        default: the JSON value that the server takes if there is none, or `MISSING`.
        hidden: state, which stays on the server: callers neither give nor get it.
    """

    component: Component
    label: str
    name: str | None = None
    default: Any = MISSING
    hidden: bool = False

    @property
    def takes(self) -> str:
        """The Python types that it takes as an input, in words."""
        return self.component.type.takes

    @property
    def gives(self) -> str:
        """The Python type that it gives as an output, in words."""
        return self.component.type.gives

    @property
    def helper(self) -> str:
        """What in this package turns a value into its part of the payload."""
        return self.component.type.helper


@dataclass(frozen=True, slots=True)
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
    """

    name: str | None
    index: int
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]
    documented: bool = True
    description: str = ""
    queued: bool = False
    batched: bool = False

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
        return bounded(self.name or f"function {self.index}", _LONGEST_LABEL)

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
                    f"none for {clip(parameter.label)}",
                    f"data[{index}]",
                    parameter.component.name,
                )
        rest = iter(values.get(i, Raw(p.default)) for i, p in enumerate(wanted))
        return [
            _unasked(parameter) if parameter.hidden else next(rest) for parameter in self.inputs
        ]


def _unasked(parameter: Parameter) -> Any:
    """Return what a page sends for a hidden input: a button's own text, and nothing for state."""
    is_state = parameter.component.type.is_state
    return None if is_state else Raw(initial_value(parameter.component.options))


@dataclass(frozen=True, slots=True)
class Description:
    """What a server says of itself.

    Attributes:
        version: of Gradio, such as "4.44.1".
        prefix: of the paths of its API, such as "/gradio_api".
        protocol: of the queue, such as "ws" (3.x), "sse" (4.0 to 4.8) or "sse_v3".
        endpoints: those that can be called.
        title: of its page.
    """

    version: str
    prefix: str = ""
    protocol: str = "ws"
    endpoints: tuple[Endpoint, ...] = field(default=())
    title: str = ""

    def endpoint(self, wanted: str | int | None) -> Endpoint:
        """Return an endpoint by name or index, or the first of those that the page shows.

        Raises:
            UnknownEndpointError: there is none. The text lists those that there are.
        """
        if wanted is None:
            shown = [known for known in self.endpoints if known.documented] or self.endpoints
            # An app's main function is "/predict" by custom; else it is the first with a name.
            found = next((known for known in shown if known.name == "/predict"), None)
            found = found or next((known for known in shown if known.name), None)
            found = found or next(iter(shown), None)
        elif isinstance(wanted, int):
            found = next((known for known in self.endpoints if known.index == wanted), None)
        else:
            name = "/" + wanted.lstrip("/")
            found = next((known for known in self.endpoints if known.name == name), None)
        if found is None:
            names = shortened(", ".join(one.label for one in self.endpoints), 400) or "none"
            asked = "" if wanted is None else f" {clip_value(wanted)}"
            raise UnknownEndpointError(
                f"there is no endpoint{asked}: the server has {names}",
                None if wanted is None else bounded(str(wanted), _LONGEST_LABEL),
            )
        return found


def describe(config: Mapping[str, Json], info: Mapping[str, Json] | None = None) -> Description:
    """Return what ``/config`` says, with what ``/info`` adds; either alone will do.

    Args:
        config: the JSON of ``/config`` or of ``/info``.
        info: the JSON of ``/info``.

    Raises:
        ResponseError: it is neither.
    """
    for given in (config, {} if info is None else info):
        if not isinstance(given, Mapping):
            raise ResponseError(f"expected the JSON of /config or /info, found {summary(given)}")
    if "input_components" in config:
        return _of_gradio_2(config)
    if "components" in config and "dependencies" in config:
        return _of_blocks(config, info or {})
    if "named_endpoints" in config:
        return _of_info(config)
    raise ResponseError(
        "expected the JSON of /config (input_components, or components and dependencies) "
        f"or of /info (named_endpoints), found {summary(dict(config))}"
    )


def _of_gradio_2(config: Mapping[str, Json]) -> Description:
    inputs = tuple(_parameter(part, part) for part in _objects(config, "input_components"))
    outputs = tuple(_parameter(part, part) for part in _objects(config, "output_components"))
    version = _version(config, "2")
    endpoint = Endpoint("/predict", 0, inputs, outputs)
    title = str(config.get("title") or "")
    return Description(version, endpoints=(endpoint,), title=title)


def _of_blocks(config: Mapping[str, Json], info: Mapping[str, Json]) -> Description:
    parts = {_key(part.get("id")): part for part in _objects(config, "components")}
    endpoints = []
    functions = _objects(config, "dependencies")
    weights = {known: _weight(part) for known, part in parts.items()}
    _check_count(
        sum(
            weights.get(_key(known), 1)
            for function in functions
            for way in ("inputs", "outputs")
            for known in _list(function, way)
        )
    )
    for index, function in enumerate(functions):
        if function.get("backend_fn") is False or function.get("rendered_in") is not None:
            continue
        known = function.get("id")
        number = known if isinstance(known, int) and not isinstance(known, bool) else index
        queued = bool(config.get("enable_queue")) and function.get("queue") is not False
        endpoint = replace(_of_function(function, number, parts), queued=queued)
        endpoints.append(_with_info(endpoint, info))
    return Description(
        _version(config, "3"),
        _prefix(config),
        _text(config.get("protocol")) or "ws",
        tuple(endpoints),
        str(config.get("title") or ""),
    )


def _of_function(
    function: Mapping[str, Json], index: int, parts: Mapping[Any, Mapping[str, Json]]
) -> Endpoint:
    name = function.get("api_name")
    visible = function.get("show_api", True) and function.get("api_visibility") in (None, "public")
    return Endpoint(
        f"/{name}" if isinstance(name, str) else None,
        index,
        tuple(_block(parts, known) for known in _list(function, "inputs")),
        tuple(_block(parts, known) for known in _list(function, "outputs")),
        bool(visible and name is not False),
        bounded(str(function.get("api_description") or ""), _LONGEST_DESCRIPTION),
        batched=bool(function.get("batch")),
    )


def _block(parts: Mapping[Any, Mapping[str, Json]], wanted: Json) -> Parameter:
    part = parts.get(_key(wanted))
    if part is None:
        raise ResponseError(
            f"the configuration names a component {clip_value(wanted)} that it does not have"
        )
    properties = part.get("props")
    named = {"name": part.get("type"), "skip_api": part.get("skip_api")}
    return _parameter(named, properties if isinstance(properties, dict) else {})


def _parameter(part: Mapping[str, Json], options: Mapping[str, Json]) -> Parameter:
    component = Component(_type_name(part.get("name")), dict(options))
    is_state = component.type.is_state
    hidden = bool(part.get("skip_api", is_state)) if part.get("skip_api") is not None else is_state
    label = options.get("label")
    shown = bounded(str(label), _LONGEST_LABEL) if label else component.name
    return Parameter(component, shown, hidden=hidden)


def _with_info(endpoint: Endpoint, info: Mapping[str, Json]) -> Endpoint:
    """Return ``endpoint`` with the names and defaults that ``/info`` says of its inputs."""
    known = _info_of(endpoint, info)
    said = _list(known, "parameters")
    visible = endpoint.visible_inputs
    if len(said) != len(visible):
        return endpoint
    rest = iter(said)
    inputs = tuple(p if p.hidden else _informed(p, next(rest)) for p in endpoint.inputs)
    outputs = endpoint.outputs
    given = _list(known, "returns")
    if len(given) == len(endpoint.visible_outputs):
        rest = iter(given)
        outputs = tuple(p if p.hidden else _informed(p, next(rest)) for p in outputs)
    told = bounded(str(known.get("description") or ""), _LONGEST_DESCRIPTION)
    description = endpoint.description or told
    return replace(endpoint, inputs=inputs, outputs=outputs, description=description)


def _info_of(endpoint: Endpoint, info: Mapping[str, Json]) -> Mapping[str, Json]:
    groups = (("named_endpoints", endpoint.name), ("unnamed_endpoints", str(endpoint.index)))
    for group, key in groups:
        listed = info.get(group)
        if isinstance(listed, dict) and isinstance(listed.get(key), dict):
            return dict(listed[key])
    return {}


def _informed(parameter: Parameter, said: Json) -> Parameter:
    if not isinstance(said, dict):
        return parameter
    default = said.get("parameter_default") if said.get("parameter_has_default") else MISSING
    return replace(
        parameter,
        name=_text(said.get("parameter_name")),
        default=default,
    )


def _of_info(info: Mapping[str, Json]) -> Description:
    era = _era_of_info(info)
    return Description(era.major, era.prefix, era.queue, tuple(_endpoints_of_info(info)))


def _endpoints_of_info(info: Mapping[str, Json]) -> Iterator[Endpoint]:
    for group in ("named_endpoints", "unnamed_endpoints"):
        listed = info.get(group)
        for index, (name, said) in enumerate(listed.items() if isinstance(listed, dict) else ()):
            named = group == "named_endpoints"
            yield Endpoint(
                str(name) if named else None,
                index if named or not str(name).isdigit() else int(name),
                tuple(_of_said(part) for part in _objects(said, "parameters")),
                tuple(_of_said(part) for part in _objects(said, "returns")),
                description=bounded(str(said.get("description") or ""), _LONGEST_DESCRIPTION),
            )


def _type_name(said: Json) -> str:
    return bounded(str(said or "unknown"), _LONGEST_LABEL)


def _of_said(said: Mapping[str, Json]) -> Parameter:
    component = Component(_type_name(said.get("component")))
    if component.type.has_choices:
        component = replace(component, options=_choices_of_said(said.get("type")))
    label = bounded(str(said.get("label") or component.name), _LONGEST_LABEL)
    return _informed(Parameter(component, label), said)


def _choices_of_said(schema: Json) -> dict[str, Json]:
    """Return the choices that a JSON schema of ``/info`` lists, and whether it takes several."""
    items = schema.get("items") if isinstance(schema, dict) else None
    one = items if isinstance(items, dict) else schema
    choices = one.get("enum") if isinstance(one, dict) else None
    return {"choices": choices, "multiselect": one is items} if isinstance(choices, list) else {}


def _era_of_info(info: Mapping[str, Json]) -> eras.Era:
    groups = (info.get("named_endpoints"), info.get("unnamed_endpoints"))
    said = [one for group in groups if isinstance(group, dict) for one in group.values()]
    return eras.era_of_info({key for one in said if isinstance(one, dict) for key in one})


def _version(config: Mapping[str, Json], default: str) -> str:
    """Return the version that a configuration says, if it is one."""
    said = config.get("version")
    text = default if said in (None, "") else str(said).strip()
    try:
        eras.server_version(text)
    except ValueError as error:
        raise ResponseError(
            f"the configuration says version {clip(text)}: expected Gradio "
            f"{eras.version_text(eras.OLDEST.since)} or newer"
        ) from error
    return text


def _prefix(config: Mapping[str, Json]) -> str:
    said = config.get("api_prefix") or ""
    if not isinstance(said, str) or not _PREFIX.fullmatch(said) or has_steps_upwards(said):
        raise ResponseError(f"the configuration says api_prefix {summary(said)}: expected a path")
    return said.rstrip("/")


def _list(holder: Mapping[str, Json], key: str) -> list[Json]:
    found = holder.get(key)
    if found is not None and not isinstance(found, list):
        raise ResponseError(f"{clip(key)} is {summary(found)}: expected a list")
    return found or []


def _key(found: Json) -> Json:
    """Return a component's id, which is a number or text, for a dict."""
    if isinstance(found, list | dict):
        raise ResponseError(f"a component's id is {summary(found)}: expected a number")
    return found


def _text(found: Json) -> str | None:
    return found if isinstance(found, str) and found else None


def _weight(part: Mapping[str, Json]) -> int:
    """Return for how many inputs or outputs one counts: each repeats the work on its options."""
    options = part.get("props")
    choices = options.get("choices") if isinstance(options, dict) else None
    count = len(choices) if isinstance(choices, list) else 0
    return 1 + count // 1000 + len(str(options)) // _COUNTS_ONCE_MORE


def _check_count(parameters: int) -> None:
    if parameters > _MOST_PARAMETERS:
        raise ResponseError(
            f"the configuration names {parameters:,} inputs and outputs, each thousand choices and "
            f"each {_COUNTS_ONCE_MORE:,} characters of one counted too: expected at most "
            f"{_MOST_PARAMETERS:,}"
        )


def _objects(holder: Json, key: str) -> list[Mapping[str, Json]]:
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
        raise ResponseError(f"{clip(key)} is {summary(found)}: expected a list of objects")
    return found


def _listed(parameters: Sequence[Parameter]) -> str:
    if not parameters:
        return "no inputs"
    names = ", ".join(
        f"{bounded(known.name or known.label, 40)} ({bounded(known.component.name, 40)})"
        for known in parameters
    )
    return f"{len(parameters)} input{'s'[: len(parameters) != 1]}: {shortened(names, 400)}"
