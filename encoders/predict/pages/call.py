"""An example call of an endpoint: what goes over the wire, with a name for each file in it."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from encoders import mime
from encoders.predict.address import ascii_url
from encoders.predict.endpoints import Description, Endpoint, Parameter
from encoders.predict.eras import Version, era_of, in_range, server_version
from encoders.predict.pages.examples import example, with_names
from encoders.predict.payloads import batch_of_one, prepare
from encoders.predict.samples import sample
from encoders.predict.values import File, Json, Raw

_LONGEST_INLINE = 64  # characters; a longer data URL gets a name


@dataclass(frozen=True, slots=True)
class Variable:
    """A file in a body, to which code gives a name.

    Attributes:
        name: such as "image".
        url: its data URL, if the body holds that.
        file: the file itself, if it is uploaded first; the variable holds its path on the server.
    """

    name: str
    url: str = ""
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What goes over the wire when an endpoint is called with its examples.

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
        return any(variable.file for variable in self.variables)


def example_call(description: Description, endpoint: Endpoint, url: str) -> Call:
    """Return the call of an endpoint with its examples."""
    version = server_version(description.version)
    values = [_value(parameter, version) for parameter in endpoint.visible_inputs]
    arguments = endpoint.arguments(values, {})
    components = [parameter.component for parameter in endpoint.inputs]
    prepared = prepare(arguments, components, version, by_upload=False)
    names = VariableNames()
    for upload in prepared.uploads:
        with upload.open() as file:
            upload.place[upload.key] = names.of(File(file.read(), upload.name, upload.media_type))
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


class VariableNames:
    """Names for files: one name for each content."""

    def __init__(self) -> None:
        self.variables: list[Variable] = []

    def put_into(self, value: Json) -> Json:
        """Return JSON with a variable in place of each long data URL."""
        if isinstance(value, str) and len(value) > _LONGEST_INLINE and _DATA_URL.fullmatch(value):
            return self.of(value)
        if isinstance(value, dict):
            return {key: self.put_into(item) for key, item in value.items()}
        return [self.put_into(item) for item in value] if isinstance(value, list) else value

    def of(self, content: str | File) -> Variable:
        """Return the variable for a data URL, or for a file that is uploaded first."""
        for variable in self.variables:
            if content in (variable.url, variable.file):
                return variable
        file = content if isinstance(content, File) else None
        url = content if isinstance(content, str) else str(content.data_url)
        is_mask = url.endswith(b64encode(sample("mask.png").data).decode())
        word = "mask" if is_mask else mime.kind(url[len("data:") : url.index(";")])
        count = sum(one.name.partition("_")[0] == word for one in self.variables)
        name = f"{word}_{count + 1}" if count else word
        self.variables.append(Variable(name, "" if file else url, file))
        return self.variables[-1]


# It needs no escape in any of the languages.
_DATA_URL = re.compile(r"data:[a-z0-9.+-]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+=*")
