"""The page on a server's API, as data.

For each endpoint it has seven parts: where the endpoint is, its inputs, its outputs, an example of
what to send and one of what comes back, code in three languages, and what in this package turns a
value into its part of the payload. Names and labels are untrusted: nothing here escapes them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from urllib.parse import quote

from encoders.atomic.names import numbered
from encoders.predict.endpoints import Description, Endpoint, Parameter
from encoders.predict.eras import era_of, server_version
from encoders.predict.pages.call import Call, example_call, plain_body
from encoders.predict.pages.examples import example_output, starting_value
from encoders.predict.pages.snippets import snippets
from encoders.predict.payloads import batch_of_one
from encoders.predict.values import Json

_LONGEST_ID = 100  # characters


@dataclass(frozen=True, slots=True)
class Section:
    """The part of the page on one endpoint.

    Attributes:
        url: where the payload is sent, by ``method``.
        answer_url: where the answer then comes as server-sent events, if not at once.
        upload_url: where the files that the payload refers to are uploaded first, if there are any.
        inputs, outputs: those that callers see.
        payload, response: examples; of events, the data of the last.
        snippets: code that calls it, by language.
    """

    name: str
    url: str
    method: str
    answer_url: str | None
    upload_url: str | None
    description: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]
    payload: Json
    response: Json
    snippets: dict[str, str]

    @property
    def requests(self) -> list[tuple[str, str, str]]:
        """Method, URL and, if a call has several requests, purpose of each, in order."""
        before = [("POST", self.upload_url, "first, for each file")] if self.upload_url else []
        after = [("GET", self.answer_url, "for the answer")] if self.answer_url else []
        purpose = "with the payload" if before or after else ""
        return [*before, (self.method, self.url, purpose), *after]

    @property
    def payload_note(self) -> str:
        return "each path stands for what the upload returns" if self.upload_url else ""

    @property
    def response_note(self) -> str:
        return "the data of the last event" if self.answer_url else ""

    def as_json(self) -> dict[str, Json]:
        """Return it as what JSON can hold."""
        found: dict[str, Json] = {field.name: getattr(self, field.name) for field in fields(self)}
        found["inputs"] = [_parameter_json(one, is_input=True) for one in self.inputs]
        found["outputs"] = [_parameter_json(one, is_input=False) for one in self.outputs]
        return found


@dataclass(frozen=True, slots=True)
class Page:
    """The page on a server's API, with the title of the server's own page."""

    title: str
    version: str
    url: str
    sections: tuple[Section, ...]

    @property
    def anchors(self) -> list[tuple[str, str]]:
        """The id of each section, which is made from its name, and the name."""
        found: dict[str, str] = {}
        counts = Counter[str]()
        for section in self.sections:
            id = quote(section.name.replace(" ", "-"), errors="surrogatepass")[:_LONGEST_ID]
            free = next(each for each in numbered(id, max(counts[id], 1)) if each not in found)
            counts[id] += 1
            found[free] = section.name
        return [*found.items()]

    def as_json(self) -> dict[str, Json]:
        """Return it as what JSON can hold."""
        sections = [section.as_json() for section in self.sections]
        head = {"title": self.title, "version": self.version, "url": self.url}
        return {**head, "endpoints": sections}


def describe_page(
    description: Description,
    url: str,
    *,
    api_name: str | int | None = None,
    token: bool = False,
    login: bool = False,
    space: str | None = None,
) -> Page:
    """Return the page on the endpoints that a server documents, or on the one that is named.

    ``token``, ``login`` and ``space`` are those of `snippets`.

    Raises:
        UnknownEndpointError: there is no such endpoint.
    """
    endpoints = description.shown(api_name)
    sections = tuple(_section(description, one, url, token, login, space) for one in endpoints)
    return Page(description.title, description.version, url.rstrip("/"), sections)


def _section(
    description: Description,
    endpoint: Endpoint,
    url: str,
    token: bool,
    login: bool,
    space: str | None,
) -> Section:
    call = example_call(description, endpoint, url)
    call_url = call.root + call.path
    return Section(
        name=endpoint.label,
        url=call_url,
        method="POST",
        answer_url=f"{call_url}/{{event_id}}" if call.by_events else None,
        upload_url=f"{call.root}/upload" if call.has_uploads else None,
        description=endpoint.description,
        inputs=endpoint.visible_inputs,
        outputs=endpoint.visible_outputs,
        payload=plain_body(call.body),
        response=_response(description, endpoint, call),
        snippets=snippets(description, endpoint, url, token=token, login=login, space=space),
    )


def _response(description: Description, endpoint: Endpoint, call: Call) -> Json:
    version = description.version
    data = [example_output(output, version, url=call.root) for output in endpoint.outputs]
    if call.by_events:
        return data
    if endpoint.batched:
        data = batch_of_one(data)["data"]
    return {"data": data, **era_of(server_version(version)).example_times}


def _parameter_json(parameter: Parameter, *, is_input: bool) -> dict[str, Json]:
    """Return a parameter as what JSON can hold, without what the server does not say."""
    said: dict[str, Json] = {"label": parameter.label, "component": parameter.component.name}
    said["type"] = parameter.takes if is_input else parameter.gives
    if is_input and not parameter.is_required:
        said["default"] = parameter.default
    more: dict[str, Json] = {"name": parameter.name}
    if is_input:
        more["start"] = starting_value(parameter) if parameter.is_required else None
        more["helper"] = parameter.helper
        more["allowed"] = list(parameter.component.constraints) or None
    return said | {key: value for key, value in more.items() if value is not None}
