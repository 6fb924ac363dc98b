"""The page on a server's API, as data.

For each endpoint it has seven parts: where the endpoint is, its inputs, its outputs, an example of
what to send and one of what comes back, code in three languages, and what in this package turns a
value into its part of the payload. Names and labels are untrusted: nothing here escapes them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from encoders.predict.endpoints import MISSING, Description, Endpoint, Parameter
from encoders.predict.eras import era_of, server_version
from encoders.predict.pages.call import Call, example_call, plain_body
from encoders.predict.pages.examples import example_output, starting_value
from encoders.predict.pages.snippets import snippets
from encoders.predict.payloads import batch_of_one
from encoders.predict.values import Json


@dataclass(frozen=True, slots=True)
class Field:
    """One input or output.

    Attributes:
        label: what the server's page calls it.
        component: its type, such as "image".
        type: the Python types that it takes, or that it gives.
        name: of the parameter of the server's function, where the server says it.
        default: the JSON that the server takes where a call has none, or `MISSING`.
        start: the JSON that the server's page starts with, or None; of inputs without a default.
        allowed: what values are allowed, such as choices, a range or file types, in words.
        helper: what in this package makes its JSON; of inputs only.
    """

    label: str
    component: str
    type: str
    name: str | None = None
    default: Json = MISSING
    start: Json = None
    allowed: tuple[str, ...] = ()
    helper: str | None = None

    @property
    def is_required(self) -> bool:
        return self.default is MISSING

    def as_json(self) -> dict[str, Json]:
        """Return it as what JSON can hold, without what the server does not say."""
        known = {"label": self.label, "component": self.component, "type": self.type}
        default = {} if self.is_required else {"default": self.default}
        more = {"name": self.name, "start": self.start, "helper": self.helper}
        more["allowed"] = list(self.allowed) or None
        return known | default | {key: more[key] for key in more if more[key] is not None}


@dataclass(frozen=True, slots=True)
class Section:
    """The part of the page on one endpoint.

    Attributes:
        name: such as "/predict".
        url: where the payload is sent, by ``method``.
        method: "POST".
        answer_url: where the answer then comes as server-sent events, if not at once.
        upload_url: where the files that the payload refers to are uploaded first, if there are any.
        description: what the server says of it.
        inputs, outputs: those that callers see.
        payload: an example.
        response: an example; of events, the data of the last.
        snippets: code that calls it, by language.
    """

    name: str
    url: str
    method: str
    answer_url: str | None
    upload_url: str | None
    description: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
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
        inputs, outputs = ([one.as_json() for one in each] for each in (self.inputs, self.outputs))
        return {**asdict(self), "inputs": inputs, "outputs": outputs}


@dataclass(frozen=True, slots=True)
class Page:
    """The page on a server's API.

    Attributes:
        title: of the server's own page.
        version: of Gradio.
        url: of the server.
        sections: one for each endpoint.
    """

    title: str
    version: str
    url: str
    sections: tuple[Section, ...]

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
) -> Page:
    """Return the page on the endpoints that a server documents, or on the one that is named.

    Args:
        description: of the server.
        url: of the server.
        api_name: such as "/predict", or an endpoint's index.
        token: the code sends a token, as in `snippets`.
        login: the code logs in, as in `snippets`.

    Raises:
        UnknownEndpointError: there is no such endpoint.
    """
    if api_name is None:
        endpoints = tuple(one for one in description.endpoints if one.documented)
    else:
        endpoints = (description.endpoint(api_name),)
    sections = tuple(_section(description, one, url, token, login) for one in endpoints)
    return Page(description.title, description.version, url.rstrip("/"), sections)


def _section(
    description: Description, endpoint: Endpoint, url: str, token: bool, login: bool
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
        inputs=tuple(_input(parameter) for parameter in endpoint.visible_inputs),
        outputs=tuple(
            Field(output.label, output.component.name, output.gives, output.name)
            for output in endpoint.visible_outputs
        ),
        payload=plain_body(call.body),
        response=_response(description, endpoint, call),
        snippets=snippets(description, endpoint, url, token=token, login=login),
    )


def _input(parameter: Parameter) -> Field:
    return Field(
        label=parameter.label,
        component=parameter.component.name,
        type=parameter.takes,
        name=parameter.name,
        default=parameter.default,
        start=starting_value(parameter) if parameter.default is MISSING else None,
        allowed=parameter.component.constraints,
        helper=parameter.helper,
    )


def _response(description: Description, endpoint: Endpoint, call: Call) -> Json:
    version = description.version
    data = [example_output(output, version, url=call.root) for output in endpoint.outputs]
    if call.by_events:
        return data
    if endpoint.batched:
        data = batch_of_one(data)["data"]
    return {"data": data, **era_of(server_version(version)).example_times}
