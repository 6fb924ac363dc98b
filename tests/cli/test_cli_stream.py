"""`encoders predict`: outputs as they come, how far the call is, and what Ctrl-C does."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest

from encoders.cli.main import _parsers
from tests import forks
from tests.cli.test_cli import on_a_terminal
from tests.paths import FIXTURES
from tests.predict.http_server import (
    Exchange,
    Json,
    Play,
    completed,
    event,
    gradio,
    http_server,
    say,
    silent,
    stream,
)

PNG = FIXTURES / "image" / "small.png"
PICTURE = "data:image/png;base64," + base64.b64encode(PNG.read_bytes()).decode()
JOIN, DATA, CANCEL = (f"/gradio_api/{name}" for name in ("queue/join", "queue/data", "cancel"))


def live(
    *pieces: bytes, pause: float = 0, outputs: Sequence[str] = ("textbox",)
) -> dict[str, Play]:
    """Return the plays of a server that sends these messages for a call."""
    plays = gradio("6", outputs=outputs)
    ended = event(msg="close_stream", event_id=None)

    def join(exchange: Exchange) -> None:
        exchange.answer(json.dumps({"event_id": "e"}).encode())

    return {**plays, JOIN: join, DATA: stream(*pieces, ended, pause=pause)}


def generating(*data: Json) -> bytes:
    return event(msg="process_generating", event_id="e", output={"data": [*data]}, success=True)


def edit(text: str) -> bytes:
    return generating([["append", [], text]])


def done(*data: Json) -> bytes:
    return completed({"data": [*data], "duration": 1}, "e")


def words(url: str, *more: str | Path) -> list[str]:
    return ["-m", "encoders", "predict", url, "hi", *map(str, more)]


def run(url: str, *more: str | Path) -> tuple[int, str, str]:
    finished = forks.run(*words(url, *more))
    return finished.returncode, finished.stdout.decode(), finished.stderr.decode()


def test_outputs_are_printed_each_in_its_line() -> None:
    with http_server(live(generating("a"), edit("b\n"), edit("c"), done("ab\nc"))) as server:
        result = run(server.url, "--stream")

    assert result == (0, "data[0]  a\ndata[0]  ab\ndata[0]  ab c\n", "encoders: 3 outputs\n")


def test_an_output_is_printed_before_the_next_one_comes() -> None:
    def sends_one(exchange: Exchange) -> None:
        stream(generating("a"))(exchange)
        exchange.wait(20)

    with http_server({**live(), DATA: sends_one}) as server:
        command = [sys.executable, *words(server.url, "--stream")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            begun = time.monotonic()
            assert process.stdout.readline() == "data[0]  a\n"
            assert time.monotonic() - begun < 15
            process.send_signal(signal.SIGINT)


def test_a_function_that_is_no_generator_has_one_output() -> None:
    with http_server(gradio("2")) as server:
        assert run(server.url, "--stream") == (0, "data[0]  hi\n", "encoders: 1 output\n")


def test_each_output_is_saved_in_a_folder_of_its_own(tmp_path: Path) -> None:
    pieces = (generating(PICTURE, "a"), generating([], [["append", [], "b"]]), done(PICTURE, "ab"))
    out = tmp_path / "out"
    with http_server(live(*pieces, outputs=("image", "textbox"))) as server:
        for _ in range(2):
            status, printed, _ = run(server.url, "--stream", "-o", out)

    assert status == 0
    assert [path.name for path in sorted(out.iterdir())] == ["0001", "0002", "0003", "0004"]
    assert all((folder / "image.png").read_bytes() == PNG.read_bytes() for folder in out.iterdir())
    texts = [
        json.loads((out / name / "response.json").read_text())["data"][1]
        for name in ("0001", "0002")
    ]
    assert texts == ["a", "ab"]
    first, second, *_ = printed.splitlines()
    assert first.startswith(f"{out}/0003/image.png  image/png  ")
    assert second == "data[1]  a"


def test_fetched_files_have_their_own_names_in_each_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, second = ({"path": f"/{name}/picture.png"} for name in "ab")
    files = {f"/gradio_api/file=/{name}/picture.png": say(PNG.read_bytes()) for name in "ab"}
    messages = generating(first), generating([["replace", ["path"], second["path"]]]), done(second)
    with http_server({**live(*messages, outputs=("file",)), **files}) as server:
        assert run(server.url, "--stream", "-o", out)[0] == 0

    for folder in ("0001", "0002"):
        found = sorted(path.name for path in (out / folder).iterdir())
        assert found == ["picture.png", "response.json"]


def test_outputs_that_are_saved_replace_others_only_with_the_option(tmp_path: Path) -> None:
    with http_server(live(generating("new"), done("new"))) as server:
        (tmp_path / "0001").mkdir()
        (tmp_path / "0001" / "response.json").write_text("old")
        run(server.url, "--stream", "-o", tmp_path, "--overwrite")

    assert "new" in (tmp_path / "0001" / "response.json").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["0001"]


@pytest.mark.parametrize(
    ("more", "inputs"),
    [
        (["a", "--stream", "b"], ["a", "b"]),
        (["--stream", "a", "--at-once", "2", "-", "-1.5"], ["a", "-", "-1.5"]),
        (["--stream", "--", "-a", "b"], ["-a", "b"]),
        (["a", "--", "-b"], ["a", "-b"]),
        (["a", "--at-most"], None),
    ],
)
def test_inputs_may_stand_behind_options(more: list[str], inputs: list[str] | None) -> None:
    parser, _ = _parsers()
    with nullcontext() if inputs else pytest.raises(SystemExit):
        assert parser.parse_args(["predict", "URL", *more]).inputs == inputs


def test_an_error_in_mid_stream_comes_after_the_outputs_before_it() -> None:
    failure = completed({"error": "no more"}, "e", success=False)
    with http_server(live(generating("a"), failure)) as server:
        status, printed, messages = run(server.url, "--stream")

    assert (status, printed) == (2, "data[0]  a\n")
    assert "no more" in messages and messages.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("more", [[], ["--stream"]])
@pytest.mark.parametrize("is_terminal", [False, True])
def test_ctrl_c_cancels_the_call_on_the_server(more: list[str], is_terminal: bool) -> None:
    import pty

    plays = {**live(), DATA: silent, CANCEL: say({})}
    ours, theirs = pty.openpty()
    with http_server(plays) as server:
        errors = theirs if is_terminal else subprocess.PIPE
        command = [sys.executable, *words(server.url, *more)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
            while not any(path.startswith(DATA) for path in server.paths):
                time.sleep(0.01)
            time.sleep(0.2)
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            printed, messages = process.communicate(timeout=20)
            seconds = time.monotonic() - begun
        (cancelled,) = (seen.json for seen in server.seen if seen.path == CANCEL)
        messages = os.read(ours, 10_000) if is_terminal else messages
    os.close(ours)
    os.close(theirs)

    assert (process.returncode, printed) == (130, b"")
    assert cancelled["event_id"] == "e"
    assert messages.strip().endswith(b"encoders: stopped; what ran was cancelled")
    assert seconds < 2


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_a_terminal_shows_place_progress_and_seconds() -> None:
    waits = event(msg="estimation", event_id="e", rank=2, queue_size=5, rank_eta=12.3)
    bar = {"index": 3, "length": 10, "unit": "rounds", "progress": None, "desc": "st\x1b[2Jep"}
    runs = event(msg="progress", event_id="e", progress_data=[bar])
    with (
        http_server(live(waits, runs, done("x"), pause=1.6)) as server,
        ThreadPoolExecutor() as pool,
    ):
        ways = words(server.url), words(server.url, "--stream")
        ends = list(pool.map(lambda way: on_a_terminal(*way), ways))

    for status, shown in ends:
        assert status == 0
        assert re.search(r"calling /predict waiting, place 3 of 5, about 12 s 00:0\d", shown)
        assert re.search(r"running, st\\x1b\[2Jep 3/10 rounds  30%\|.{10}\| 00:0\d", shown)
        assert "\x1b[2J" not in shown
        assert "\rdata[0]  x\r\n" in shown


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_outputs_stand_in_lines_of_their_own_beside_a_bar() -> None:
    with http_server(live(generating("a"), edit("b") + done("ab"), pause=1.5)) as server:
        status, shown = on_a_terminal(*words(server.url, "--stream"))

    assert status == 0
    lines = [line.rsplit("\r", 1)[-1] for line in shown.split("\r\n")]
    assert [line for line in lines if "data" in line] == ["data[0]  a", "data[0]  ab"]


def test_outputs_that_nobody_wants_take_no_memory() -> None:
    """A call in a terminal is watched, but its outputs before the last one are not kept."""
    from encoders import Interface, Limits

    pieces = [generating("x" * 1000) for _ in range(50)]
    with http_server(live(*pieces, done("end"))) as server:
        limits = Limits(max_body_bytes=20_000)
        with Interface(server.url, limits=limits) as app:
            call = app._submit(("hi",), {}, is_watched=True, keeps_outputs=False)

            assert call.result(20)[0] == "end"
