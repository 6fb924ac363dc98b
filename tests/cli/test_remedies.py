"""Remedies on the command line name options of the failed command, not arguments of Python."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from encoders import batch
from tests.cli.test_cli import fail, run, succeed
from tests.paths import FIXTURES
from tests.predict.http_server import gradio, http_server, say, silent

PNG = FIXTURES / "image" / "small.png"
WAV = FIXTURES / "audio" / "stereo.wav"
BOMB = FIXTURES / "hostile" / "bomb.gif"

_KEYWORDS = re.compile(r"[a-z_]=(None|True|False|['\"])|\bmax_[a-z]+\b|\([a-z_, ]*=")


def in_the_shell(message: str) -> str:
    """Return a message, once it is sure that it has no keyword of Python in it."""
    assert not _KEYWORDS.search(message), message
    return message


@pytest.mark.parametrize(
    ("arguments", "stdin", "remedy"),
    [
        (
            ["decode", "--max-bytes", "2"],
            b"data:,abc",
            "pass a higher --max-bytes, or --max-bytes 0",
        ),
        (["decode", "--strict"], b"data:image/gif;base64,iVBORw0KGgo=", "leave out --strict"),
        (
            ["response", "-o", "out", "--max-bytes", "2"],
            b'{"data": ["data:,abc"]}',
            "--max-bytes 0",
        ),
        (["payload", str(PNG), "--component", "image", "--era", "4"], b"", "with encoders predict"),
    ],
)
def test_a_remedy_is_an_option_of_the_command(
    arguments: list[str],
    stdin: bytes,
    remedy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert remedy in in_the_shell(fail(*arguments, stdin=stdin))


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", str(BOMB)],
        ["encode", str(BOMB), "--format", "png"],
        ["inspect", str(FIXTURES / "hostile" / "header-only.png")],
        ["encode", str(WAV), "--as", "image"],
    ],
)
def test_remedy_with_an_option_of_another_command_is_omitted(arguments: list[str]) -> None:
    message = in_the_shell(fail(*arguments))
    assert "pass" not in message


@pytest.mark.parametrize("command", ["encode", "decode", "payload", "response", "api", "batch"])
def test_error_for_an_existing_output_names_overwrite(command: str, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("mine")
    (tmp_path / "image.png").write_text("mine")
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps({"data": [succeed("encode", PNG).decode().strip()]}))
    api = tmp_path / "api.json"
    api.write_text(json.dumps({"named_endpoints": {}, "unnamed_endpoints": {}}))
    commands: dict[str, list[str | Path]] = {
        "encode": ["encode", PNG, "-o", output],
        "decode": ["decode", "-o", tmp_path],
        "payload": ["payload", "3", "--component", "number", "-o", output],
        "response": ["response", answer, "-o", tmp_path],
        "api": ["api", api, "--html", output],
        "batch": ["batch", PNG, "-o", output],
    }
    arguments = commands[command]
    stdin = succeed("encode", PNG) if command == "decode" else b""
    done = run(*arguments, stdin=stdin)

    message = in_the_shell(done.stderr.decode())
    assert done.returncode == 2
    assert "pass --overwrite or choose another" in message
    assert output.read_text() == "mine"


def test_error_for_a_job_with_other_options_names_overwrite(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    batch.write([PNG], output, format="webp")

    message = in_the_shell(fail("batch", PNG, "-o", output))
    assert "made with other options; pass --overwrite or choose another output" in message


def test_refused_value_names_the_option_that_sends_it() -> None:
    with http_server(gradio("3", inputs=[("slider", {"maximum": 1, "label": "Size"})])) as server:
        message = in_the_shell(fail("predict", server.url, "2"))

    fault = "data[0] (slider 'Size'): expected at most 1, found 2"
    assert message == f"encoders: {fault}; pass --no-check to send it all the same\n"


@pytest.mark.parametrize(
    ("reply", "arguments", "remedy"),
    [
        (say("", 401), [], "pass --user NAME:PASSWORD or pass --token TOKEN"),
        (silent, ["--timeout", "0.1"], "pass a higher --timeout"),
        (silent, ["--timeout", "0"], "--timeout: 0: expected a number above 0"),
        (silent, ["--user", "me"], "--user: expected NAME:PASSWORD"),
    ],
)
def test_failed_call_names_options(reply: Any, arguments: list[str], remedy: str) -> None:
    with http_server({**gradio("3"), "/run/predict": reply}) as server:
        assert remedy in in_the_shell(fail("predict", server.url, "hi", *arguments))
