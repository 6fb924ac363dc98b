"""The command line streams, cancels and resumes calls of real servers."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from encoders import Interface

from .servers import Server, serve
from .test_shell import encoders

pytestmark = [pytest.mark.interop, pytest.mark.long]


@pytest.fixture(scope="module", params=["3", "6"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serve(request.param, "live") as server:
        yield server


@pytest.fixture
def names(tmp_path: Path) -> list[Path]:
    """Return 12 files, whose texts are names that no other test has."""
    folder = tmp_path / "names"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.txt").write_text(f"{tmp_path.name} {number:02}")
    return sorted(folder.iterdir())


def test_each_value_of_a_generator_is_printed(server: Server) -> None:
    done = encoders("predict", server.url, "hi", "--api-name", "/count", "--stream")

    assert (done.returncode, done.stderr) == (0, "encoders: 20 outputs\n")
    lines = ["data[0]  hi " + " ".join(map(str, range(end))) for end in range(1, 21)]
    assert done.stdout.splitlines() == lines


def test_ctrl_c_ends_a_generator_on_the_server(server: Server, names: list[Path]) -> None:
    name = names[0].read_text()
    given = ["predict", server.url, name, "--api-name", "/long_generator", "--stream"]
    with subprocess.Popen(
        [sys.executable, "-m", "encoders", *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout and process.stdout.readline() == "data[0]  0\n"
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=20)

    assert time.monotonic() - begun < 3
    assert (process.returncode, messages) == (130, "encoders: stopped; what ran was cancelled\n")
    assert wait_for(server, "/ended", name)


def test_ctrl_c_ends_all_calls_of_many_files(server: Server, names: list[Path]) -> None:
    pattern = names[0].parent / "*"
    given = ["predict", server.url, "--each", pattern, "--api-name", "/long_generator"]
    with subprocess.Popen(
        [sys.executable, "-m", "encoders", *map(str, given), "--at-once", "1"],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert wait_for(server, "/started", names[0].read_text(), seconds=20)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    assert process.returncode == 130
    assert wait_for(server, "/ended", names[0].read_text())


def test_a_killed_run_is_resumed(server: Server, names: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = ["predict", server.url, "--each", names[0].parent / "*", "-o", out]
    words = [*map(str, given), "--api-name", "/echo_slowly", "--at-once", "4"]
    with subprocess.Popen([sys.executable, "-m", "encoders", *words]) as process:
        while len([*out.glob("*/response.json")]) < 3:
            time.sleep(0.05)
        process.kill()
    kept = len([*out.glob("*/response.json")])
    done = encoders(*words)

    assert (done.returncode, done.stderr) == (
        0,
        f"encoders: 12 calls, {kept} of them by an earlier run; 0 failed\n",
    )
    for path in names:
        assert path.read_text() in (out / path.name / "response.json").read_text()


def wait_for(server: Server, endpoint: str, name: str, seconds: float = 2) -> bool:
    """Tell whether the server has a call of this name there within some seconds."""
    until = time.monotonic() + seconds
    with Interface(server.url) as app:
        while time.monotonic() < until:
            if name in app.predict(api_name=endpoint)[0]:
                return True
            time.sleep(0.1)
    return False
