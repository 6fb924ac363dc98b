"""A call of an endpoint as code makes it: what goes over the wire, with a name for each file in it.

It is a call with examples, which the code holds, or with the values of a caller, whose files the
code reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from encoders.limits import DEFAULT, Limits
from encoders.predict.address import ascii_url
from encoders.predict.components import Component
from encoders.predict.endpoints import Description, Endpoint, Parameter
from encoders.predict.eras import Version, era_of, in_range, server_version
from encoders.predict.pages.examples import example, with_names
from encoders.predict.pages.variables import (
    LocalVariables,
    Variable,
    Variables,
)
from encoders.predict.payloads import Prepared, batch_of_one, prepare
from encoders.predict.values import Json, Raw


@dataclass(frozen=True, slots=True)
class Call:
    """What goes over the wire when an endpoint is called.

    Attributes:
        server: the server's URL.
        root: the URL of its API, with the prefix.
        path: of the endpoint, below ``root``, percent-encoded: it needs no escape in any code.
        body: JSON, with a `Variable` for each file in it.
        variables: these, each once.
        by_events: the answer to the body is an event id; the events of that id end with the answer.
    """

    server: str
    root: str
    path: str
    body: dict[str, Json]
    variables: list[Variable] = field(default_factory=list)
    by_events: bool = False

    @property
    def has_uploads(self) -> bool:
        """Whether files are uploaded first."""
        return any(variable.is_uploaded for variable in self.variables)

    @property
    def holds_uploads(self) -> bool:
        """Whether files that are uploaded first are in the code."""
        return any(one.is_uploaded and not one.is_local for one in self.variables)

    @property
    def reads_files(self) -> bool:
        """Whether files are read when the code runs."""
        return any(variable.is_local for variable in self.variables)


def example_call(description: Description, endpoint: Endpoint, url: str) -> Call:
    """Return the call of an endpoint with its examples."""
    version = server_version(description.version)
    values = [_value(parameter, version) for parameter in endpoint.visible_inputs]
    prepared = prepare(*_inputs(endpoint, values), version, by_upload=False)
    return _call(description, endpoint, url, prepared, Variables())


def call_with(
    description: Description,
    endpoint: Endpoint,
    url: str,
    values: Sequence[Any],
    limits: Limits = DEFAULT,
) -> Call:
    """Return the call of an endpoint with a caller's values, as `Interface.predict` takes them.

    Files are uploaded first where `Interface.predict` does so by default.

    Raises:
        EncodersError: a value does not fit its component.
    """
    version = server_version(description.version)
    inputs = _inputs(endpoint, values)
    prepared = prepare(*inputs, version, by_upload=None, leaves_files=True, limits=limits)
    names = LocalVariables(values)
    return _call(description, endpoint, url, prepared, names)


def _inputs(endpoint: Endpoint, values: Sequence[Any]) -> tuple[list[Any], list[Component]]:
    """Return a value for each input, hidden ones too, and the inputs' components."""
    components = [parameter.component for parameter in endpoint.inputs]
    return endpoint.arguments(values, {}), components


def _call(
    description: Description, endpoint: Endpoint, url: str, prepared: Prepared, names: Variables
) -> Call:
    version = server_version(description.version)
    for upload in prepared.uploads:
        upload.place[upload.key] = names.of_upload(upload)
    era = era_of(version)
    has_events = bool(era.event_path) and endpoint.name is not None
    by_events = has_events and not any(_fails_in_events(one, version) for one in endpoint.outputs)
    data = names.put_into(prepared.payload["data"])
    is_batch = endpoint.batched and not by_events
    body: dict[str, Json] = batch_of_one(data) if is_batch else {"data": data}
    if endpoint.name is None:
        body["fn_index"] = endpoint.index
    path = era.event_path if by_events else era.call_path
    name = quote((endpoint.name or "/predict").lstrip("/"), errors="surrogatepass")
    server = ascii_url(url.rstrip("/"))
    root = server + quote(description.prefix, errors="surrogatepass")
    return Call(server, root, path.format(name=name), body, names.variables, by_events)


def _fails_in_events(output: Parameter, version: Version) -> bool:
    versions = output.component.type.fails_in_events
    return versions is not None and in_range(version, *versions)


def plain_body(value: Json) -> Json:
    """Return a body with data URLs, and with paths such as servers give, for its variables."""
    if isinstance(value, Variable):
        return f"/tmp/gradio/{value.file.name}" if value.file else value.url
    if isinstance(value, dict):
        return {key: plain_body(item) for key, item in value.items()}
    return [plain_body(item) for item in value] if isinstance(value, list) else value


def _value(parameter: Parameter, version: Version) -> Any:
    """Return the example of an input; null where this version does not have its component."""
    if not parameter.component.exists_in(version):
        return Raw(None)
    value = example(parameter)
    return with_names(value) if era_of(version).needs_uploads else value
