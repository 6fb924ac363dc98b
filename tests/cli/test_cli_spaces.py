"""The command line calls a Space by its name, and says what it waits for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import forks
from tests.paths import FIXTURES
from tests.predict.http_server import Exchange, Json, gradio, http_server, say

CONFIG = FIXTURES / "interface" / "era6-config.json"


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[Json]]:
    """Return the stages that the hub gives in turn for the Space owner/space, the last for ever."""
    stages: list[Json] = ["RUNNING"]

    def runtime(exchange: Exchange) -> None:
        say({"stage": stages.pop(0) if len(stages) > 1 else stages[0]})(exchange)

    with http_server(gradio("6")) as space:
        host, api = {"host": space.url}, "/api/spaces/owner/space"
        with http_server({f"{api}/host": say(host), f"{api}/runtime": runtime}) as hub:
            monkeypatch.setenv("HF_ENDPOINT", hub.url)
            monkeypatch.setenv("HOME", str(tmp_path))
            monkeypatch.chdir(tmp_path)
            hub.plays["/api/spaces/owner/refused/runtime"] = say({"error": "Invalid"}, 401)
            yield stages


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def encoders(*arguments: str | Path) -> Ended:
    names = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "HF_TOKEN")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    done = forks.run("-m", "encoders", *arguments, env=environment)
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_space_is_described_and_called(stages: list[Json]) -> None:
    described = encoders("api", "owner/space")
    assert (described.returncode, described.stderr) == (0, "")
    assert "/predict" in described.stdout

    called = encoders("predict", "owner/space", "hi")
    assert (called.returncode, called.stdout, called.stderr) == (0, "data[0]  hi\n", "")


def test_wait_is_said_once(stages: list[Json]) -> None:
    stages[:] = ["BUILDING", "BUILDING", "RUNNING"]

    called = encoders("predict", "owner/space", "hi")

    assert (called.returncode, called.stdout) == (0, "data[0]  hi\n")
    assert called.stderr == "encoders: the Space owner/space is being built: waiting for it\n"


def test_space_that_will_not_run_is_said(stages: list[Json]) -> None:
    stages[:] = ["PAUSED"]

    called = encoders("predict", "owner/space", "hi")

    assert called.returncode == 2
    assert called.stderr.startswith("encoders: the Space owner/space is paused (PAUSED); ask its ")


def test_private_space_is_said_with_the_option(stages: list[Json]) -> None:
    called = encoders("api", "owner/other")

    assert called.returncode == 2
    assert called.stderr.startswith("encoders: ")
    assert "no Space owner/other, or it is private and no token was sent" in called.stderr
    assert called.stderr.endswith("pass --token hf_... or correct the name\n")


def test_token_that_is_refused_is_said_with_the_option(stages: list[Json]) -> None:
    called = encoders("api", "owner/refused", "--token", "old")

    assert called.returncode == 2
    assert "HTTP 401: the hub does not accept the token; pass --token hf_... or pass " in (
        called.stderr
    )
    assert called.stderr.endswith("pass --token '' for none\n")


@pytest.mark.parametrize("name", ["config.json", "config"])
def test_file_is_no_space(name: str, stages: list[Json], tmp_path: Path) -> None:
    path = tmp_path / "owner" / name
    path.parent.mkdir()
    path.write_bytes(CONFIG.read_bytes())

    described = encoders("api", f"owner/{name}")

    assert (described.returncode, described.stderr) == (0, "")


def test_json_that_is_missing_is_no_space(stages: list[Json]) -> None:
    described = encoders("api", "owner/space.json")

    assert described.returncode == 2
    assert "No such file" in described.stderr
