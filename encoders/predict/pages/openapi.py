"""A server's API as an OpenAPI 3.1 document, for viewers and for generators of clients.

https://spec.openapis.org/oas/v3.1.1.html

Gradio's event streams have no form in this version of OpenAPI: ``x-event-data`` has the schemas of
their data, by the names of the events.
"""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import quote

from encoders.data_url.media_type import JSON, OCTET_STREAM
from encoders.errors import bounded
from encoders.predict.address import ascii_url
from encoders.predict.endpoints import LONGEST_LABEL, Description, Endpoint, data_schema
from encoders.predict.eras import era_of, server_version
from encoders.predict.pages.call import example_call, plain_body
from encoders.predict.values import Json
from encoders.predict.wire.schemas import (
    NOTHING,
    OPTIONAL_TEXT,
    TEXT,
    Room,
    Schema,
    SchemaContext,
    list_of,
    object_of,
    unshared,
)

_SCHEMAS = "#/components/schemas/"
_EVENTS = "text/event-stream"
_FORM, _FILES = "application/x-www-form-urlencoded", "multipart/form-data"
_UPLOAD, _FETCH, _LOG_IN = "upload_files", "fetch_file", "log_in"  # operations beside the calls
_NOT_IN_A_NAME = re.compile(r"\W+", re.ASCII)
_LONGEST_NAME = 60  # characters of an operation's id, which becomes a function's name
_AT_ONCE = (
    "The answer to a call comes at once. Of a function that yields values it has the first only. A "
    "server may refuse such calls of functions with a queue."
)
_BY_EVENTS = (
    "A call has two requests: POST gives the id of an event, and GET with this id gives the answer "
    "as server-sent events, of which `complete` or `error` is the last."
)
_BY_UPLOAD = "Files are uploaded first, and referred to by the paths that the upload returns."
_BY_LOGIN = "A call needs the cookie that POST /login sets."


def describe_openapi(
    description: Description, url: str, *, token: bool = False, login: bool = False
) -> dict[str, Json]:
    """Return the OpenAPI document of the endpoints that a server documents.

    Args:
        description: what the server says of itself.
        url: of the server.
        token: whether calls need an ``Authorization: Bearer`` header.
        login: whether calls need a login by user and password.
    """
    return unshared(_Document(description, url).describe(token, login))


class _Document:
    def __init__(self, description: Description, url: str) -> None:
        self.description = description
        self.url = url
        self.version = server_version(description.version)
        self.era = era_of(self.version)
        self.prefix = quote(description.prefix, errors="surrogatepass")
        self.room = Room()
        self.schemas: dict[str, Schema] = {}
        self.names = {_UPLOAD, _FETCH, _LOG_IN}
        self.numbers = Counter[str]()
        self.paths: dict[str, Json] = {}

    def describe(self, token: bool, login: bool) -> dict[str, Json]:
        # Those without names go by any path that is left.
        for endpoint in sorted(self.description.shown(), key=lambda one: one.name is None):
            self._add_endpoint(endpoint)
        self._add_files()
        if login:
            self._add_login()
        security = {
            **({"token": {"type": "http", "scheme": "bearer"}} if token else {}),
            **({"login": _LOGIN_COOKIE} if login else {}),
        }
        texts = [
            _BY_EVENTS if self.era.event_path else _AT_ONCE,
            *([_BY_UPLOAD] if self.era.needs_uploads else []),
            *([_BY_LOGIN] if login else []),
        ]
        title = bounded(self.description.title, LONGEST_LABEL)
        return {
            "openapi": "3.1.0",
            "info": {
                "title": title or "Gradio",
                "version": self.description.version,
                "description": " ".join(texts),
            },
            "servers": [{"url": ascii_url(self.url.rstrip("/"))}],
            "paths": self.paths,
            "components": {
                "schemas": dict(sorted(self.schemas.items())),
                **({"securitySchemes": security} if security else {}),
            },
            "security": [{name: [] for name in security}] if security else [],
        }

    def _add_endpoint(self, endpoint: Endpoint) -> None:
        call = example_call(self.description, endpoint, "")
        path = call.root + call.path
        if endpoint.name is None and path in self.paths:
            path = self.prefix + self.era.call_path.format(name=endpoint.index)
        if path in self.paths:
            return
        name = self._free_name(endpoint.name or f"function_{endpoint.index}")
        in_batch = endpoint.batched and not call.by_events
        takes = self._data(f"{name}_inputs", endpoint, is_output=False, in_batch=in_batch)
        gives = self._data(f"{name}_outputs", endpoint, is_output=True, in_batch=in_batch)
        required, sent = {"data": takes}, plain_body(call.body)
        if not call.by_events:
            sent["fn_index"] = endpoint.index  # the first releases of Gradio 3 look at nothing else
            constants = ("fn_index", "batched") if in_batch else ("fn_index",)
            required |= {key: {"const": sent[key]} for key in constants}
            if endpoint.keeps_state:
                sent["session_hash"], required["session_hash"] = "any-text", _SESSION
        content: dict[str, Json] = {"schema": object_of(required)}
        if self.room.fits(sent):
            content["example"] = sent
        operation: dict[str, Json] = {
            "operationId": name,
            "summary": endpoint.label,
            **({"description": endpoint.description} if endpoint.description else {}),
            "requestBody": {"required": True, "content": {JSON: content}},
        }
        if not call.by_events:
            operation["responses"] = self._responses("the outputs", self._answer(gives))
            self.paths[path] = {"post": operation}
            return
        responses = self._responses("the id of the call's event", object_of({"event_id": TEXT}))
        responses["200"]["links"] = {
            "answer": {
                "operationId": f"{name}_answer",
                "parameters": {"event_id": "$response.body#/event_id"},
            }
        }
        self.paths[path] = {"post": {**operation, "responses": responses}}
        self.paths[f"{path}/{{event_id}}"] = {"get": self._events(f"{name}_answer", gives)}

    def _free_name(self, text: str) -> str:
        """Return a name for an operation: a name in any language, which no other has."""
        plain = _NOT_IN_A_NAME.sub("_", text).strip("_")[:_LONGEST_NAME] or "function"
        name = plain
        while not self.names.isdisjoint((name, f"{name}_answer")):
            self.numbers[plain] += 1
            name = f"{plain}_{self.numbers[plain]}"
        self.names |= {name, f"{name}_answer"}
        return name

    def _data(self, name: str, endpoint: Endpoint, *, is_output: bool, in_batch: bool) -> Schema:
        context = SchemaContext(self.version, is_output, root=_SCHEMAS, room=self.room)
        context.parts = self.schemas
        parameters = endpoint.outputs if is_output else endpoint.inputs
        self.schemas[name] = data_schema(parameters, context, in_batch=in_batch)
        return {"$ref": _SCHEMAS + name}

    def _answer(self, gives: Schema) -> Schema:
        times = {key: {"examples": [value]} for key, value in self.era.example_times.items()}
        return object_of({"data": gives}, **times)

    def _events(self, name: str, gives: Schema) -> dict[str, Json]:
        data = {"generating": gives, "complete": gives, "error": {}, "heartbeat": NOTHING}
        response = {
            "description": "events, each with one line of JSON as its data",
            "content": {_EVENTS: {"schema": TEXT, "x-event-data": data}},
        }
        return {
            "operationId": name,
            "summary": "Get the answer of a call",
            "parameters": [_path_parameter("event_id", "as POST gives it")],
            "responses": {"200": response, "default": self._failure()},
        }

    def _add_files(self) -> None:
        if self.era.takes_uploads:
            file = {**TEXT, "format": "binary", "contentMediaType": OCTET_STREAM}
            form = {_FILES: {"schema": object_of({"files": list_of(file)})}}
            self._add_operation(
                f"{self.prefix}/upload",
                "post",
                operationId=_UPLOAD,
                summary="Upload files",
                requestBody={"required": True, "content": form},
                responses=self._responses("the paths of the files on the server", list_of(TEXT)),
            )
        content: dict[str, Json] = {OCTET_STREAM: {"schema": {}}}
        self._add_operation(
            f"{self.prefix}{self.era.file_path}{{path}}",
            "get",
            operationId=_FETCH,
            summary="Fetch a file of an answer",
            parameters=[_path_parameter("path", "of the file, its slashes escaped as %2F")],
            responses={
                "200": {"description": "the file", "content": content},
                "default": self._failure(),
            },
        )

    def _add_login(self) -> None:
        form = {_FORM: {"schema": object_of({"username": TEXT, "password": TEXT})}}
        self._add_operation(
            "/login",
            "post",
            operationId=_LOG_IN,
            summary="Log in",
            security=[],
            requestBody={"required": True, "content": form},
            responses={
                "200": _LOGGED_IN,
                "302": _LOGGED_IN,  # to the page of the server
                "default": self._failure(),
            },
        )

    def _add_operation(self, path: str, method: str, **operation: Json) -> None:
        self.paths.setdefault(path, {method: operation})

    def _responses(self, description: str, schema: Schema) -> dict[str, Json]:
        content = {JSON: {"schema": schema}}
        found = {"description": description, "content": content}
        return {"200": found, "default": self._failure()}

    def _failure(self) -> dict[str, Json]:
        self.schemas["Failure"] = object_of({}, error=OPTIONAL_TEXT, detail={})
        content = {JSON: {"schema": {"$ref": f"{_SCHEMAS}Failure"}}}
        return {
            "description": "the server refuses the call, or its function failed",
            "content": content,
        }


def _path_parameter(name: str, description: str) -> dict[str, Json]:
    place = {"name": name, "in": "path", "required": True}
    return {**place, "description": description, "schema": TEXT}


_SESSION = {"description": "calls with the same text share their state", **TEXT}
_LOGGED_IN = {"description": "the cookie of the login is set"}
_LOGIN_COOKIE = {
    "type": "apiKey",
    "in": "cookie",
    "name": "access-token",
    "description": "set by POST /login; a server may add an id of its own to the name",
}
