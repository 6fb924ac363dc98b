"""A caller that knows nothing but a server's OpenAPI document calls all endpoints of the server.

By default the tests run on four versions; with ENCODERS_ALL_ERAS=1, on all of `servers.VERSIONS`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from encoders import Interface
from encoders.predict.samples import sample

from .apps.constants import LOGIN
from .servers import VERSIONS, serve

pytestmark = pytest.mark.interop

IS_FULL = os.environ.get("ENCODERS_ALL_ERAS") == "1"
TESTED = tuple(VERSIONS) if IS_FULL else ("2.9.4", "3.50.2", "4.44.1", "6.31.0")
EXCLUDED = ("/fail", "/crash", "/slow", "/big", "/highlightedtext_out", "/gallery_mixed")
# By version, endpoints whose JSON is no object or array: neither /run nor /call can answer it.
BARE_JSON = {
    "4.37.2": ("/number", "/slider", "/slider_start", "/checkbox", "/state", "/paramviewer")
}
# No ffprobe, and what FileExplorer of 4.0 does with what it has given.
KNOWN_FAILURES = ("ffprobe", "join() argument must be str")
SECONDS = 60


class Caller:
    """Calls a server by its document alone: paths, bodies, links and schemas are taken from it."""

    def __init__(self, document: Any, client: httpx.Client) -> None:
        self.document = document
        self.client = client
        self.url = document["servers"][0]["url"]

    def operations(self) -> Iterator[tuple[str, str, Any]]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def find(self, operation_id: str) -> tuple[str, str, Any]:
        found = (each for each in self.operations() if each[2]["operationId"] == operation_id)
        return next(found)

    def faults(self, schema: Any, value: Any) -> list[str]:
        whole = {**schema, "components": self.document["components"]}
        return [
            f"{e.json_path}: {e.message}" for e in Draft202012Validator(whole).iter_errors(value)
        ]

    def call(self, operation_id: str) -> tuple[Any, list[str]]:
        """Call an endpoint with the document's example; return the answer, and what is wrong."""
        path, _, operation = self.find(operation_id)
        content = operation["requestBody"]["content"]["application/json"]
        body = self.with_uploads(content["example"])
        faults = self.faults(content["schema"], body)
        response = operation["responses"]["200"]
        answer = self.client.post(self.url + path, json=body)
        if any(known in answer.text for known in KNOWN_FAILURES):
            pytest.skip("this release fails so by other ways too")
        assert answer.status_code == 200, answer.text[:500]
        schema = response["content"]["application/json"]["schema"]
        faults += self.faults(schema, answer.json())
        for link in response.get("links", {}).values():
            found, more = self.follow(link, answer.json())
            return found, faults + more
        return answer.json()["data"], faults

    def follow(self, link: Any, answer: Any) -> tuple[Any, list[str]]:
        path, method, operation = self.find(link["operationId"])
        for name, source in link["parameters"].items():
            value = answer
            for key in source.removeprefix("$response.body#/").split("/"):
                value = value[key]
            path = path.replace(f"{{{name}}}", value)
        content = operation["responses"]["200"]["content"]["text/event-stream"]
        faults = []
        with self.client.stream(method, self.url + path) as events:
            for line in filter(None, events.iter_lines()):
                key, _, text = line.partition(": ")
                if key == "event":
                    name = text
                    continue
                data = json.loads(text)
                faults += self.faults(content["x-event-data"][name], data)
                assert name != "error", data
                if name == "complete":
                    return data, faults
        raise AssertionError("there was no complete event")

    def with_uploads(self, value: Any) -> Any:
        """Return an example with uploaded files in place of the paths that stand for them."""
        if isinstance(value, str) and value.startswith("/tmp/gradio/"):
            name = PurePosixPath(value).name
            path, _, operation = self.find("upload_files")
            files = [("files", (name, sample(name).data))]
            answer = self.client.post(self.url + path, files=files).json()
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert not self.faults(schema, answer)
            return answer[0]
        if isinstance(value, dict):
            return {key: self.with_uploads(item) for key, item in value.items()}
        return list(map(self.with_uploads, value)) if isinstance(value, list) else value

    def fetch(self, path: str) -> bytes:
        template, _, _ = self.find("fetch_file")
        address = template.replace("{path}", path.replace("/", "%2F"))
        return self.client.get(self.url + address).raise_for_status().content


@pytest.fixture(scope="module", params=TESTED)
def caller(request: pytest.FixtureRequest) -> Iterator[Caller]:
    version: str = request.param
    app = "all" if version.startswith("2") else "blocks"
    with (
        serve(version, app) as server,
        Interface(server.url) as interface,
        httpx.Client(timeout=SECONDS, trust_env=False) as client,
    ):
        yield Caller(json.loads(json.dumps(interface.openapi())), client)


def test_document_is_valid(caller: Caller) -> None:
    validate(caller.document)


def test_each_endpoint_can_be_called_by_the_document(
    caller: Caller, subtests: pytest.Subtests
) -> None:
    called = 0
    excluded = (*EXCLUDED, *BARE_JSON.get(caller.document["info"]["version"], ()))
    for _, _, operation in list(caller.operations()):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content or operation["summary"] in excluded:
            continue
        called += 1
        with subtests.test(endpoint=operation["summary"]):
            _, faults = caller.call(operation["operationId"])
            assert faults == []
    assert called


def test_file_of_an_answer_can_be_fetched_by_the_document(caller: Caller) -> None:
    if caller.document["info"]["version"].startswith("2"):
        pytest.skip("Gradio 2 answers with the files themselves")
    answer, _ = caller.call("file")

    file = answer[0]

    assert caller.fetch(file.get("path") or file["name"]) == sample("example.txt").data


@pytest.mark.parametrize("version", TESTED)
def test_caller_logs_in_by_the_document(version: str) -> None:
    with (
        serve(version, "auth") as server,
        Interface(server.url, auth=LOGIN) as interface,
        httpx.Client(timeout=SECONDS, trust_env=False) as client,
    ):
        caller = Caller(json.loads(json.dumps(interface.openapi())), client)
        validate(caller.document)
        path, _, operation = caller.find("log_in")
        (form,) = operation["requestBody"]["content"].values()
        name, password = form["schema"]["required"]

        answer = client.post(caller.url + path, data={name: LOGIN[0], password: LOGIN[1]})
        assert str(answer.status_code) in operation["responses"]

        main = interface.endpoint().name
        _, _, found = next(each for each in caller.operations() if each[2]["summary"] == main)
        assert caller.call(found["operationId"])[1] == []
