"""The command line calls a real server, and writes its answer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.paths import FIXTURES

from .servers import Server, serve

pytestmark = pytest.mark.interop

PHOTO = FIXTURES / "image" / "photo.jpg"


@pytest.fixture(scope="module", params=["2", "6"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serve(request.param, "interface") as server:
        yield server


def encoders(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "encoders", *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def test_picture_is_sent_and_the_answer_is_saved(server: Server, tmp_path: Path) -> None:
    finished = encoders("predict", server.url, PHOTO, "a cat", "-o", tmp_path / "out")

    assert (finished.returncode, finished.stderr) == (0, "")
    first, second = finished.stdout.splitlines()
    assert first.startswith(f"{tmp_path}/out/image.") and "×" in first
    assert second.startswith("data[1]  ") and "a cat" in second
    (written,) = (tmp_path / "out").glob("image.*")
    with Image.open(written) as back, Image.open(PHOTO) as sent:
        assert back.size == sent.size
        difference = np.asarray(back.convert("RGB"), int) - np.asarray(sent.convert("RGB"), int)
        assert np.abs(difference).mean() < 4
    saved = json.loads((tmp_path / "out" / "response.json").read_text())
    assert saved["data"][0]["file"] == written.name


def test_api_describes_the_server(server: Server) -> None:
    finished = encoders("api", server.url)

    assert (finished.returncode, finished.stderr) == (0, "")
    assert all(word in finished.stdout for word in (server.url, "image", "textbox", "label"))


def test_error_of_the_server_is_one_line(server: Server) -> None:
    finished = encoders("predict", server.url, PHOTO, "fail")

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("encoders: ") and finished.stderr.count("\n") == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_payload_curl_and_response_save_the_answer(server: Server, tmp_path: Path) -> None:
    """The pipeline of the README and the help, with the era and path of the server's version."""
    config = json.loads(curl(f"{server.url}/config"))
    is_old = "components" not in config  # Gradio 2.x
    path = "/api/predict/" if is_old else f"/gradio_api/call/{endpoint_name(config)}"
    era = [] if is_old else ["--era", "6"]
    body = encoders("payload", PHOTO, "a cat", *era).stdout
    url = server.url + path
    answer = curl("-d", "@-", "-H", "content-type:application/json", url, stdin=body)
    if not is_old:
        # The first answer is an event ID; the error names the command that waits for the result.
        refused = encoders("response", "-o", tmp_path / "out", stdin=answer)
        (event_url,) = re.findall(r'curl -sN "(\$URL/\w+)"', refused.stderr)
        answer = curl("-N", event_url.replace("$URL", url))
        assert "event: complete" in answer

    finished = encoders("response", "-o", tmp_path / "out", stdin=answer)

    assert (finished.returncode, finished.stderr) == (0, "")
    assert "data[1]  " in finished.stdout
    assert "a cat" in (tmp_path / "out" / "response.json").read_text()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_answer_to_a_payload_of_another_era_names_the_cause(server: Server, tmp_path: Path) -> None:
    config = json.loads(curl(f"{server.url}/config"))
    if "components" not in config:
        pytest.skip("Gradio 2.x accepts the default payload")
    url = f"{server.url}/gradio_api/call/{endpoint_name(config)}"
    body = encoders("payload", PHOTO, "a cat").stdout
    answer = json.loads(curl("-d", "@-", "-H", "content-type:application/json", url, stdin=body))
    events = curl("-N", f"{url}/{answer['event_id']}")

    finished = encoders("response", "-o", tmp_path / "out", stdin=events)

    assert finished.returncode == 2
    assert "form of another era" in finished.stderr


def endpoint_name(config: dict[str, Any]) -> str:
    """Return the name of the endpoint with two inputs, a picture and a text."""
    return next(str(one["api_name"]) for one in config["dependencies"] if len(one["inputs"]) == 2)


def curl(*arguments: str, stdin: str = "") -> str:
    command = ["curl", "-s", *arguments]
    finished = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=60, check=True
    )
    return finished.stdout
