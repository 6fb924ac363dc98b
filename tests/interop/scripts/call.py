"""Calls endpoints with the `gradio_client` of the environment that runs this, from 0.6.1 on.

`python call.py REQUEST ANSWER`: two files of JSON, of which this one writes the second. The request
has `url`, a `folder` for downloads, and `calls`, each with `name`, `endpoint` and `inputs`. The
answer has for each name `outputs`, or the `error`. `{"$file": path}` stands for a file both ways;
`$path` and `$bytes` in its place are other ways to hand one in, which are the same here.
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
    """Make all the calls, one after the other."""
    wanted = json.loads(request.read_text("utf-8"))
    predict = connect(wanted["url"], wanted["folder"])
    answers = {call["name"]: answered(wanted["url"], call, predict) for call in wanted["calls"]}
    answer.write_text(json.dumps(answers), "utf-8")


def answered(url: str, call: dict[str, Any], predict: Predict) -> dict[str, Any]:
    """Make one call, of which the recorder before the server is told first."""
    with build_opener(ProxyHandler({})).open(f"{url}/recorder/{call['name']}"):
        pass
    try:
        return {"outputs": predict(call)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def connect(url: str, folder: str) -> Predict:
    """The way to call this release; the first that takes files by `handle_file` is 1.0."""
    import gradio_client

    old = not hasattr(gradio_client, "handle_file")
    return _connect_old(url, folder) if old else _connect_new(url, folder)


def _connect_new(url: str, folder: str) -> Predict:
    from gradio_client import Client, handle_file

    client = Client(url, download_files=folder, verbose=False, ssl_verify=False)

    def predict(call: dict[str, Any]) -> list[Any]:
        inputs = [with_files(value, handle_file) for value in call["inputs"]]
        outputs = client.predict(*inputs, api_name=call["endpoint"])
        kinds = client.endpoints[index_of(client, call)].output_component_types
        alone = sum(not kind.skip for kind in kinds) == 1
        return [without_files(value, folder) for value in ([outputs] if alone else outputs)]

    return predict


def index_of(client: Any, call: dict[str, Any]) -> int:
    """The number of the endpoint; newer releases keep a dict of endpoints, older ones a list."""
    endpoints = client.endpoints
    numbered = endpoints.items() if isinstance(endpoints, dict) else enumerate(endpoints)
    return next(index for index, known in numbered if known.api_name == call["endpoint"])


def _connect_old(url: str, folder: str) -> Predict:
    """Here a path is a file, and whatever is no text or number is a path to a file of JSON."""
    from gradio_client import Client

    client = Client(url, output_dir=folder, verbose=False)

    def predict(call: dict[str, Any]) -> list[Any]:
        endpoint = client.endpoints[index_of(client, call)]
        kinds = _shown(endpoint.serializers, endpoint.input_component_types)
        pairs = zip(kinds, call["inputs"], strict=True)
        inputs = [_as_old(value, kind, folder) for kind, value in pairs]
        outputs = client.predict(*inputs, api_name=call["endpoint"])
        kinds = _shown(endpoint.deserializers, endpoint.output_component_types)
        outputs = [outputs] if len(kinds) == 1 else outputs
        return [_of_old(value, kind) for value, kind in zip(outputs, kinds, strict=True)]

    return predict


def _shown(serializers: list[Any], components: list[str]) -> list[str]:
    """What a value becomes JSON by, or the other way round; state is not the caller's."""
    pairs = zip(serializers, components, strict=True)
    return [type(kind).__name__ for kind, component in pairs if component != "state"]


def _as_old(value: Any, serializer: str, folder: str) -> Any:
    value = with_files(value, str)
    if serializer != "JSONSerializable" or value is None:
        return value
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=folder, delete=False) as file:
        json.dump(value, file)
    return file.name


def _of_old(value: Any, deserializer: str) -> Any:
    if value is None:
        return None
    if deserializer == "JSONSerializable":
        return json.loads(Path(value).read_text("utf-8"))
    if deserializer == "GallerySerializable":
        captions = Path(value, "captions.json")
        held = json.loads(captions.read_text("utf-8")) if captions.exists() else {}
        return [[{"$file": path}, caption] for path, caption in held.items()]
    if deserializer in ("ImgSerializable", "FileSerializable", "VideoSerializable"):
        return [{"$file": path} for path in value] if isinstance(value, list) else {"$file": value}
    return value


def with_files(value: Any, file: Callable[[str], Any]) -> Any:
    """The value with what `file` makes of each file's path."""
    if isinstance(value, dict):
        if set(value) in ({"$file"}, {"$path"}, {"$bytes"}):
            return file(*value.values())
        return {key: with_files(item, file) for key, item in value.items()}
    if isinstance(value, list):
        return [with_files(item, file) for item in value]
    return value


def without_files(value: Any, folder: str) -> Any:
    """The value with each path of a download marked as a file."""
    if isinstance(value, str) and Path(value).is_relative_to(folder):
        return {"$file": value}
    if isinstance(value, dict):
        return {key: without_files(item, folder) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_files(item, folder) for item in value]
    return value


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
    # Some releases leave threads behind that wait for the server.
    sys.stdout.flush()
    os._exit(0)
