"""The shell calls a real server, and writes what it answers."""

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


def test_a_picture_goes_to_the_server_and_what_comes_back_is_written(
    server: Server, tmp_path: Path
) -> None:
    done = encoders("predict", server.url, PHOTO, "a cat", "-o", tmp_path / "out")

    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith(f"{tmp_path}/out/image.") and "×" in first
    assert second.startswith("data[1]  ") and "a cat" in second
    (written,) = (tmp_path / "out").glob("image.*")
    with Image.open(written) as back, Image.open(PHOTO) as sent:
        assert back.size == sent.size
        difference = np.asarray(back.convert("RGB"), int) - np.asarray(sent.convert("RGB"), int)
        assert np.abs(difference).mean() < 4
    saved = json.loads((tmp_path / "out" / "response.json").read_text())
    assert saved["data"][0]["file"] == written.name


def test_the_server_is_described(server: Server) -> None:
    done = encoders("api", server.url)

    assert (done.returncode, done.stderr) == (0, "")
    assert all(word in done.stdout for word in (server.url, "image", "textbox", "label"))


def test_what_the_server_refuses_is_one_line(server: Server) -> None:
    done = encoders("predict", server.url, PHOTO, "fail")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("encoders: ") and done.stderr.count("\n") == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_payload_curl_and_response_make_files(server: Server, tmp_path: Path) -> None:
    """As the README and the help have it, with the era and the path of the server's version."""
    config = json.loads(curl(f"{server.url}/config"))
    is_old = "components" not in config  # Gradio 2.x
    path = "/api/predict/" if is_old else f"/gradio_api/call/{name_in(config)}"
    era = [] if is_old else ["--era", "6"]
    body = encoders("payload", PHOTO, "a cat", *era).stdout
    url = server.url + path
    said = curl("-d", "@-", "-H", "content-type:application/json", url, stdin=body)
    if not is_old:
        refusal = encoders("response", "-o", tmp_path / "out", stdin=said)
        (command,) = re.findall(r'curl -sN "(\$URL/\w+)"', refusal.stderr)
        said = curl("-N", command.replace("$URL", url))
        assert "event: complete" in said

    done = encoders("response", "-o", tmp_path / "out", stdin=said)

    assert (done.returncode, done.stderr) == (0, "")
    assert "data[1]  " in done.stdout
    assert "a cat" in (tmp_path / "out" / "response.json").read_text()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_another_eras_payload_is_told_to_be_one(server: Server, tmp_path: Path) -> None:
    config = json.loads(curl(f"{server.url}/config"))
    if "components" not in config:
        pytest.skip("Gradio 2.x takes its own form")
    url = f"{server.url}/gradio_api/call/{name_in(config)}"
    body = encoders("payload", PHOTO, "a cat").stdout
    said = json.loads(curl("-d", "@-", "-H", "content-type:application/json", url, stdin=body))
    events = curl("-N", f"{url}/{said['event_id']}")

    done = encoders("response", "-o", tmp_path / "out", stdin=events)

    assert done.returncode == 2
    assert "form of another era" in done.stderr


def name_in(config: dict[str, Any]) -> str:
    """Return the name of the endpoint that takes a picture and a text."""
    return next(str(one["api_name"]) for one in config["dependencies"] if len(one["inputs"]) == 2)


def curl(*arguments: str, stdin: str = "") -> str:
    command = ["curl", "-s", *arguments]
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout
