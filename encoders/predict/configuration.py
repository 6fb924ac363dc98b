"""A server's configuration: ``/config`` and ``/info`` of every era, read into a `Description`.

Reads ``/config`` of Gradio 2.x (``input_components``) and of 3.0 and later (``components`` and
``dependencies``), and ``/info`` of 3.x and later (``named_endpoints``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from encoders.errors import ResponseError, bounded, clip, clip_value
from encoders.predict import eras
from encoders.predict.address import has_steps_upwards
from encoders.predict.components import Component
from encoders.predict.endpoints import LONGEST_LABEL, MISSING, Description, Endpoint, Parameter
from encoders.predict.values import Json, summary

_MOST_PARAMETERS = 20_000  # inputs and outputs of all endpoints of a server
_COUNTS_AGAIN = 20_000  # characters of a component's options
_LONGEST_DESCRIPTION = 10_000  # characters
_PREFIX = re.compile(r"(?:/[\w.~-]+)*/?")


def describe(config: Mapping[str, Json], info: Mapping[str, Json] | None = None) -> Description:
    """Return what the JSON of ``/config`` says, with what that of ``/info`` adds.

    Either alone will do, as ``config``.

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
    inputs, outputs = (
        tuple(_parameter(part.get("name"), part) for part in _objects(config, key))
        for key in ("input_components", "output_components")
    )
    return _description(config, eras.OLDEST.major, (Endpoint("/predict", 0, inputs, outputs),))


def _of_blocks(config: Mapping[str, Json], info: Mapping[str, Json]) -> Description:
    parts = {_key(part.get("id")): part for part in _objects(config, "components")}
    functions = _objects(config, "dependencies")
    _check_count(functions, parts)
    endpoints = []
    for index, function in enumerate(functions):
        if function.get("backend_fn") is False or function.get("rendered_in") is not None:
            continue
        number, name = function.get("id"), function.get("api_name")
        is_public = function.get("api_visibility") in (None, "public")
        endpoint = Endpoint(
            f"/{name}" if isinstance(name, str) else None,
            number if isinstance(number, int) and not isinstance(number, bool) else index,
            tuple(_block(parts, known) for known in _list(function, "inputs")),
            tuple(_block(parts, known) for known in _list(function, "outputs")),
            bool(function.get("show_api", True) and is_public and name is not False),
            _description_of(function, "api_description"),
            queued=bool(config.get("enable_queue")) and function.get("queue") is not False,
            batched=bool(function.get("batch")),
        )
        endpoints.append(_with_info(endpoint, info))
    return _description(config, "3", tuple(endpoints))


def _description(
    config: Mapping[str, Json], oldest: str, endpoints: tuple[Endpoint, ...]
) -> Description:
    """Return what a configuration says, which may leave out the version if it is ``oldest``."""
    version = _version(config, oldest)
    era = eras.era_of(eras.server_version(version))
    protocol = _text(config.get("protocol")) or era.queue
    title = str(config.get("title") or "")
    most = config.get("max_file_size")
    max_upload = most if isinstance(most, int) and not isinstance(most, bool) else None
    prefix = _prefix(config, era)
    found = Description(version, prefix, protocol, endpoints, title, max_upload)
    return found.as_version(version)


def _block(parts: Mapping[Json, Mapping[str, Json]], wanted: Json) -> Parameter:
    part = parts.get(_key(wanted))
    if part is None:
        raise ResponseError(
            f"the configuration names a component {clip_value(wanted)} that it does not have"
        )
    return _parameter(part.get("type"), _object(part.get("props")), part.get("skip_api"))


def _parameter(name: Json, options: Mapping[str, Json], skipped: Json = None) -> Parameter:
    component = Component(_type_name(name), dict(options))
    hidden = component.type.is_state if skipped is None else bool(skipped)
    return Parameter(component, _label(options, component), hidden=hidden)


def _label(options: Mapping[str, Json], component: Component) -> str:
    return bounded(str(options.get("label") or component.name), LONGEST_LABEL)


def _with_info(endpoint: Endpoint, info: Mapping[str, Json]) -> Endpoint:
    """Return ``endpoint`` with the names and defaults that ``/info`` says of its inputs."""
    keys = {"named_endpoints": endpoint.name or "", "unnamed_endpoints": str(endpoint.index)}
    found = (_object(info.get(group)).get(key) for group, key in keys.items())
    own = next((one for one in found if isinstance(one, dict)), {})
    parameters, returns = _list(own, "parameters"), _list(own, "returns")
    if len(parameters) != len(endpoint.visible_inputs):
        return endpoint
    rest = iter(parameters)
    inputs = tuple(p if p.hidden else _informed(p, next(rest)) for p in endpoint.inputs)
    outputs = endpoint.outputs
    if len(returns) == len(endpoint.visible_outputs):
        rest = iter(returns)
        outputs = tuple(p if p.hidden else _informed(p, next(rest)) for p in outputs)
    description = endpoint.description or _description_of(own)
    return replace(endpoint, inputs=inputs, outputs=outputs, description=description)


def _informed(parameter: Parameter, info: Json) -> Parameter:
    """Return ``parameter`` with the name and default that its part of ``/info`` says."""
    if not isinstance(info, dict):
        return parameter
    default = info.get("parameter_default") if info.get("parameter_has_default") else MISSING
    return replace(parameter, name=_text(info.get("parameter_name")), default=default)


def _description_of(part: Mapping[str, Json], key: str = "description") -> str:
    return bounded(str(part.get(key) or ""), _LONGEST_DESCRIPTION)


def _of_info(info: Mapping[str, Json]) -> Description:
    endpoints = []
    keys: set[str] = set()
    for group in ("named_endpoints", "unnamed_endpoints"):
        named = group == "named_endpoints"
        for index, (name, own) in enumerate(_object(info.get(group)).items()):
            endpoints.append(
                Endpoint(
                    str(name) if named else None,
                    index if named or not str(name).isdigit() else int(name),
                    tuple(_parameter_of_info(part) for part in _objects(own, "parameters")),
                    tuple(_parameter_of_info(part) for part in _objects(own, "returns")),
                    description=_description_of(own),
                )
            )
            keys.update(own)
    era = eras.era_of_info(keys)
    found = Description(era.major, era.prefix, era.queue, tuple(endpoints))
    return found.as_version(era.major)


def _type_name(name: Json) -> str:
    return bounded(str(name or "unknown"), LONGEST_LABEL)


def _parameter_of_info(part: Mapping[str, Json]) -> Parameter:
    component = Component(_type_name(part.get("component")), {"label": part.get("label")})
    if component.type.has_choices:
        component.options.update(_choices_of_schema(part.get("type")))
    return _informed(Parameter(component, _label(part, component)), part)


def _choices_of_schema(schema: Json) -> dict[str, Json]:
    """Return the choices that a JSON schema of ``/info`` lists, and whether it takes several."""
    items = _object(schema).get("items")
    one = items if isinstance(items, dict) else schema
    choices = _object(one).get("enum")
    return {"choices": choices, "multiselect": one is items} if isinstance(choices, list) else {}


def _version(config: Mapping[str, Json], default: str) -> str:
    """Return the version that a configuration says, or the default where it says none."""
    value = config.get("version")
    text = default if value in (None, "") else str(value).strip()
    try:
        eras.server_version(text)
    except ValueError as error:
        raise ResponseError(
            f"the configuration says version {clip(text)}: expected Gradio "
            f"{eras.version_text(eras.OLDEST.since)} or newer"
        ) from error
    return text


def _prefix(config: Mapping[str, Json], era: eras.Era) -> str:
    prefix = config.get("api_prefix", era.prefix) or ""
    if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix) or has_steps_upwards(prefix):
        raise ResponseError(f"the configuration says api_prefix {summary(prefix)}: expected a path")
    return prefix.rstrip("/")


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


def _check_count(
    functions: list[Mapping[str, Json]], parts: Mapping[Json, Mapping[str, Json]]
) -> None:
    """Limit the inputs and outputs: each use of a component processes its options again."""
    weights = {}
    for key, part in parts.items():
        choices = _object(part.get("props")).get("choices")
        count = len(choices) if isinstance(choices, list) else 0
        weights[key] = 1 + count // 1000 + len(str(part.get("props"))) // _COUNTS_AGAIN
    named = (
        known for one in functions for way in ("inputs", "outputs") for known in _list(one, way)
    )
    parameters = sum(weights.get(_key(known), 1) for known in named)
    if parameters > _MOST_PARAMETERS:
        raise ResponseError(
            f"the configuration names {parameters:,} inputs and outputs, each thousand choices and "
            f"each {_COUNTS_AGAIN:,} characters of one counted too: expected at most "
            f"{_MOST_PARAMETERS:,}"
        )


def _object(found: Json) -> dict[str, Json]:
    return found if isinstance(found, dict) else {}


def _objects(holder: Json, key: str) -> list[Mapping[str, Json]]:
    found = _object(holder).get(key)
    if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
        raise ResponseError(f"{clip(key)} is {summary(found)}: expected a list of objects")
    return found
