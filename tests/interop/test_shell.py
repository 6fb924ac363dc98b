"""The shell calls a real server, and writes what it answers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .servers import Server, serve

pytestmark = pytest.mark.interop

PHOTO = Path(__file__).parents[2] / "fixtures" / "image" / "photo.jpg"


@pytest.fixture(scope="module", params=["2", "6"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serve(request.param, "interface") as server:
        yield server


def encoders(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "encoders", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


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
