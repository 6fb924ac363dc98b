"""Calls endpoints with the `gradio_client` of the environment that runs this, from 0.6.1 on.

`python call.py REQUEST ANSWER` reads the first file and writes the second, both JSON. The request
has `url`, a `folder` for downloads, and `calls`, each with `name`, `endpoint` and `inputs`. The
answer has `outputs` or an `error` for each name. In both, `{"$file": path}` stands for a file. The
request may have `$path` or `$bytes` in its place, which differ only for the client for Node.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

Predict = Callable[[dict[str, Any]], list[Any]]


def main(request: Path, answer: Path) -> None:
    """Make all calls, one after the other."""
    task = json.loads(request.read_text("utf-8"))
    predict = connect(task["url"], task["folder"])
    answers = {call["name"]: make_call(task["url"], call, predict) for call in task["calls"]}
    answer.write_text(json.dumps(answers), "utf-8")


def make_call(url: str, call: dict[str, Any], predict: Predict) -> dict[str, Any]:
    """Start a record in the recording proxy at `url`, and make one call."""
    with build_opener(ProxyHandler({})).open(f"{url}/recorder/{call['name']}"):
        pass
    try:
        return {"outputs": predict(call)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def connect(url: str, folder: str) -> Predict:
    """Return a function that makes calls; files are passed by `handle_file` since release 1.0."""
    import gradio_client

    old = not hasattr(gradio_client, "handle_file")
    return _connect_old(url, folder) if old else _connect_new(url, folder)


def _connect_new(url: str, folder: str) -> Predict:
    from gradio_client import Client, handle_file

    client = Client(url, download_files=folder, verbose=False, ssl_verify=False)

    def predict(call: dict[str, Any]) -> list[Any]:
        inputs = [replace_files(value, handle_file) for value in call["inputs"]]
        outputs = client.predict(*inputs, api_name=call["endpoint"])
        kinds = client.endpoints[index_of(client, call)].output_component_types
        has_one_output = sum(not kind.skip for kind in kinds) == 1
        return [mark_files(value, folder) for value in ([outputs] if has_one_output else outputs)]

    return predict


def index_of(client: Any, call: dict[str, Any]) -> int:
    """Return the index of the endpoint in a dict (newer releases) or list (older ones)."""
    endpoints = client.endpoints
    indexed = endpoints.items() if isinstance(endpoints, dict) else enumerate(endpoints)
    return next(index for index, endpoint in indexed if endpoint.api_name == call["endpoint"])


def _connect_old(url: str, folder: str) -> Predict:
    """These releases take a file as its path, and JSON as the path of a JSON file."""
    from gradio_client import Client

    client = Client(url, output_dir=folder, verbose=False)

    def predict(call: dict[str, Any]) -> list[Any]:
        endpoint = client.endpoints[index_of(client, call)]
        serializers = _class_names(endpoint.serializers, endpoint.input_component_types)
        pairs = zip(serializers, call["inputs"], strict=True)
        inputs = [_input_for_old(value, serializer, folder) for serializer, value in pairs]
        outputs = client.predict(*inputs, api_name=call["endpoint"])
        deserializers = _class_names(endpoint.deserializers, endpoint.output_component_types)
        outputs = [outputs] if len(deserializers) == 1 else outputs
        pairs = zip(outputs, deserializers, strict=True)
        return [_output_of_old(value, deserializer) for value, deserializer in pairs]

    return predict


def _class_names(serializers: list[Any], components: list[str]) -> list[str]:
    """Return the class names of the serializers, without those for state."""
    pairs = zip(serializers, components, strict=True)
    return [type(one).__name__ for one, component in pairs if component != "state"]


def _input_for_old(value: Any, serializer: str, folder: str) -> Any:
    value = replace_files(value, str)
    if serializer != "JSONSerializable" or value is None:
        return value
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=folder, delete=False) as file:
        json.dump(value, file)
    return file.name


def _output_of_old(value: Any, deserializer: str) -> Any:
    if value is None:
        return None
    if deserializer == "JSONSerializable":
        return json.loads(Path(value).read_text("utf-8"))
    if deserializer == "GallerySerializable":
        captions = Path(value, "captions.json")
        by_path = json.loads(captions.read_text("utf-8")) if captions.exists() else {}
        return [[{"$file": path}, caption] for path, caption in by_path.items()]
    if deserializer in ("ImgSerializable", "FileSerializable", "VideoSerializable"):
        return [{"$file": path} for path in value] if isinstance(value, list) else {"$file": value}
    return value


def replace_files(value: Any, file: Callable[[str], Any]) -> Any:
    """Return the value with `file(path)` in place of each marked path."""
    if isinstance(value, dict):
        if set(value) in ({"$file"}, {"$path"}, {"$bytes"}):
            return file(*value.values())
        return {key: replace_files(item, file) for key, item in value.items()}
    if isinstance(value, list):
        return [replace_files(item, file) for item in value]
    return value


def mark_files(value: Any, folder: str) -> Any:
    """Return the value with each path in `folder` marked as a file."""
    if isinstance(value, str) and Path(value).is_relative_to(folder):
        return {"$file": value}
    if isinstance(value, dict):
        return {key: mark_files(item, folder) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mark_files(item, folder) for item in value]
    return value


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
    # Some releases have threads that still wait for the server.
    sys.stdout.flush()
    os._exit(0)
