"""`encoders predict --each`: a call for each of many files, resumed where it was broken off."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import forks
from tests.cli.test_cli import on_a_terminal
from tests.paths import FIXTURES
from tests.predict.http_server import HTTPServer, Json, Play, gradio, http_server, silent

PNG = FIXTURES / "image" / "small.png"
TWO = ("file", "textbox")

Answer = Callable[[bytes], Sequence[Json]]


class Calls:
    """A function of a file and a text: gives both back, and notes what came.

    Attributes:
        seen: how often each file's content came.
        most: so many calls ran at a time.
    """

    def __init__(self, act: Callable[[bytes], object] = lambda _: None) -> None:
        self.seen: Counter[bytes] = Counter()
        self.most = 0
        self._running = 0
        self._act = act
        self._lock = threading.Lock()

    def __call__(self, file: Json, text: Json) -> Sequence[Json]:
        content = base64.b64decode(file["data"].partition(",")[2])
        with self._lock:
            self.seen[content] += 1
            self._running += 1
            self.most = max(self.most, self._running)
        try:
            self._act(content)
        finally:
            with self._lock:
                self._running -= 1
        return {"name": "copy.txt", "data": file["data"]}, f"{text} {content.decode()}"


@contextmanager
def serving(calls: Calls) -> Iterator[HTTPServer]:
    """Run a server of a Gradio that takes and gives files as data URLs."""
    with http_server(gradio("3", calls, inputs=TWO, outputs=TWO)) as server:
        yield server


def command(server: HTTPServer, pattern: str | Path, *more: str | Path) -> list[str]:
    """Return the arguments of Python."""
    given = ["predict", server.url, "--no-upload", "--each", pattern, "hi", *more]
    return ["-m", "encoders", *map(str, given)]


def run(server: HTTPServer, pattern: str | Path, *more: str | Path) -> tuple[int, str, str]:
    return ended(command(server, pattern, *more))


def ended(words: Sequence[str]) -> tuple[int, str, str]:
    """Run Python; return its status, what it prints, and its messages."""
    done = forks.run(*words)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of three files."""
    return made(tmp_path / "photos", "abc")


def made(folder: Path, names: Sequence[str]) -> Path:
    folder.mkdir()
    for name in names:
        (folder / f"{name}.txt").write_text(name)
    return folder


def values(folder: Path) -> list[Json]:
    """Return the answer in a folder, the file in it by its content."""
    file, text = json.loads((folder / "response.json").read_text())["data"]
    return [(folder / file["file"]).read_text(), text]


def test_each_file_has_a_call_and_a_folder_for_its_answer(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(Calls()) as server:
        status, printed, messages = run(server, photos / "*.txt", "-o", out)

    assert (status, messages) == (0, "encoders: 3 calls; 0 failed\n")
    assert [line.split("  ")[:3] for line in printed.splitlines()] == [
        part
        for name in "abc"
        for part in (
            [f"{photos}/{name}.txt", f"{out}/{name}.txt/copy.txt", "text/plain"],
            [f"{photos}/{name}.txt", "data[1]", f"hi {name}"],
        )
    ]
    assert [values(out / f"{name}.txt") for name in "abc"] == [[n, f"hi {n}"] for n in "abc"]


def test_answers_are_printed_in_order_without_a_folder(photos: Path) -> None:
    with serving(Calls(lambda content: time.sleep(0.5 if content == b"a" else 0))) as server:
        status, printed, _ = run(server, photos / "*")

    assert status == 0
    texts = [line for line in printed.splitlines() if "  data[1]  " in line]
    assert texts == [f"{photos}/{name}.txt  data[1]  hi {name}" for name in "abc"]


def test_the_same_command_calls_nothing_again(photos: Path, tmp_path: Path) -> None:
    calls = Calls()
    with serving(calls) as server:
        run(server, photos / "*", "-o", tmp_path / "out")
        status, printed, messages = run(server, photos / "*", "-o", tmp_path / "out")

    assert (status, printed) == (0, "")
    assert messages == "encoders: 3 calls, 3 of them by an earlier run; 0 failed\n"
    assert set(calls.seen.values()) == {1}


def test_failed_calls_stop_no_others_and_are_made_again(photos: Path, tmp_path: Path) -> None:
    def fail(content: bytes) -> None:
        if content == b"b" and not is_mended.is_set():
            raise ConnectionError

    is_mended, calls = threading.Event(), Calls(fail)
    with serving(calls) as server:
        status, _, messages = run(server, photos / "*", "-o", tmp_path / "out")
        is_mended.set()
        again, _, last = run(server, photos / "*", "-o", tmp_path / "out")

    first, summary = messages.splitlines()
    assert (status, summary) == (1, "encoders: 3 calls; 1 failed")
    assert first.startswith(f"encoders: {photos}/b.txt: ")
    assert (again, last) == (0, "encoders: 3 calls, 2 of them by an earlier run; 0 failed\n")
    assert values(tmp_path / "out" / "b.txt") == ["b", "hi b"]
    assert (calls.seen[b"a"], calls.seen[b"c"]) == (1, 1)


@pytest.mark.long
def test_many_files_are_called_for_so_many_at_a_time(tmp_path: Path) -> None:
    calls = Calls(lambda _: time.sleep(0.02))
    folder = made(tmp_path / "many", [f"{number:03}" for number in range(200)])
    with serving(calls) as server:
        status, printed, messages = run(
            server, folder / "*", "-o", tmp_path / "out", "--at-once", "16"
        )

    assert (status, messages) == (0, "encoders: 200 calls; 0 failed\n")
    assert 4 <= calls.most <= 16
    order = [line.split("  ")[0] for line in printed.splitlines()[::2]]
    assert order == [str(path) for path in sorted(folder.iterdir())]
    for number in range(200):
        assert values(tmp_path / "out" / f"{number:03}.txt") == [f"{number:03}", f"hi {number:03}"]


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_broken_off_is_resumed(tmp_path: Path, end: signal.Signals) -> None:
    calls, out = Calls(lambda _: time.sleep(0.05)), tmp_path / "out"
    folder = made(tmp_path / "many", [f"{number:02}" for number in range(40)])
    with serving(calls) as server:
        with subprocess.Popen(
            [sys.executable, *command(server, folder / "*", "-o", out, "--at-once", "4")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            while len([*out.glob("*/response.json")]) < 10:
                time.sleep(0.01)
            process.send_signal(end)
            _, messages = process.communicate(timeout=20)
        time.sleep(0.2)
        finished = [path.parent.name for path in out.glob("*/response.json")]
        before = Counter(calls.seen)
        status, _, last = run(server, folder / "*", "-o", out, "--at-once", "4")

    if end == signal.SIGINT:
        assert process.returncode == 130
        assert messages == "encoders: stopped; the same command goes on from here\n"
    assert 10 <= len(finished) < 40
    assert status == 0
    assert last == f"encoders: 40 calls, {len(finished)} of them by an earlier run; 0 failed\n"
    for number in range(40):
        name = f"{number:02}"
        assert values(out / f"{name}.txt") == [name, f"hi {name}"]
        assert sorted(path.name for path in (out / f"{name}.txt").iterdir()) == [
            "copy.txt",
            "response.json",
        ]
        if f"{name}.txt" in finished:
            assert calls.seen[name.encode()] == before[name.encode()] == 1


def test_what_a_killed_run_has_left_is_removed(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(Calls()) as server:
        run(server, photos / "[ab].txt", "-o", out)
        for name in "ab":  # A kill leaves such files before and after an answer is in place.
            (out / f"{name}.txt" / ".0123456789abcdef.part").write_text("half")
        (out / "a.txt" / "response.json").unlink()
        (out / "a.txt" / ".mine.part").touch()
        status, _, _ = run(server, photos / "*", "-o", out)

    assert status == 0
    left = {path.relative_to(out).as_posix() for path in out.glob("*.txt/.*")}
    assert left == {"a.txt/.mine.part"}


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_ctrl_c_ends_within_two_seconds(photos: Path, tmp_path: Path) -> None:
    plays: dict[str, Play] = {
        **gradio("6", inputs=TWO, outputs=TWO),
        "/gradio_api/queue/data": silent,
    }
    with http_server(plays) as server:
        given = command(server, photos / "*", "-o", tmp_path / "out")
        with subprocess.Popen(
            [sys.executable, *given], stderr=subprocess.PIPE, text=True
        ) as process:
            while "/gradio_api/queue/data" not in " ".join(server.paths):
                time.sleep(0.01)
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, messages = process.communicate(timeout=20)

    assert process.returncode == 130
    assert messages == "encoders: stopped; the same command goes on from here\n"
    assert time.monotonic() - begun < 2


def test_files_of_one_name_have_folders_of_their_own(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for folder in ("", "x", "x/y"):
        (photos / folder).mkdir()
        (photos / folder / "a.txt").write_text(f"in {folder}")
    with serving(Calls()) as server:
        run(server, photos / "x" / "**" / "*.txt", "-o", tmp_path / "out")
        status, _, messages = run(server, photos / "**" / "*.txt", "-o", tmp_path / "out")

    assert (status, messages) == (
        0,
        "encoders: 3 calls, 2 of them by an earlier run; 0 failed\n",
    )
    found = {path.name: values(path)[0] for path in (tmp_path / "out").glob("a*")}
    assert found == {"a.txt": "in x", "a-2.txt": "in x/y", "a-3.txt": "in "}


def test_folders_that_are_there_are_left_alone(photos: Path, tmp_path: Path) -> None:
    mine = tmp_path / "out" / "a.txt"
    mine.mkdir(parents=True)
    (mine / "response.json").write_text("mine")
    with serving(Calls()) as server:
        run(server, photos / "a*", "-o", tmp_path / "out")

    assert (mine / "response.json").read_text() == "mine"
    assert values(tmp_path / "out" / "a-2.txt") == ["a", "hi a"]


def test_a_changed_file_is_called_for_again(photos: Path, tmp_path: Path) -> None:
    with serving(Calls()) as server:
        run(server, photos / "*", "-o", tmp_path / "out")
        (photos / "b.txt").write_text("new")
        _, _, messages = run(server, photos / "*", "-o", tmp_path / "out")

    assert messages == "encoders: 3 calls, 2 of them by an earlier run; 0 failed\n"
    assert values(tmp_path / "out" / "b.txt") == ["new", "hi new"]


def test_another_command_is_refused_unless_it_overwrites(photos: Path, tmp_path: Path) -> None:
    given = (photos / "*", "-o", tmp_path / "out")
    with serving(Calls()) as server, serving(Calls()) as other:
        run(server, *given)
        refusals = [run(other, *given), run(server, *given, "--api-name", "0")]
        words = command(server, *given)
        words[words.index("hi")] = "ho"
        refusals.append(ended(words))
        again = ended([*words, "--overwrite"])

    for status, _, messages in (refusals[0], refusals[2]):
        assert status == 2
        assert messages.count("\n") == 1
        assert f"{tmp_path}/out: it was begun with other options; " in messages
        assert "--overwrite" in messages
    assert refusals[1][0] == 0  # the same endpoint
    assert again[2] == "encoders: 3 calls; 0 failed\n"
    assert values(tmp_path / "out" / "a.txt") == ["a", "ho a"]


def test_a_fixed_file_that_has_changed_makes_another_command(photos: Path, tmp_path: Path) -> None:
    plays = gradio("3", lambda *given: (str(len(given)),), inputs=("file", "file"))
    fixed = tmp_path / "mask.png"
    with http_server(plays) as server:
        given = ["predict", server.url, "--each", photos / "*", fixed, "-o", tmp_path / "out"]
        words = ["-m", "encoders", *map(str, given), "--no-upload"]
        ends = []
        for text in ("one", "other"):
            fixed.write_text(text)
            ends.append(ended(words))

    assert [status for status, *_ in ends] == [0, 2], ends
    assert "begun with other options" in ends[1][2]


def test_a_table_that_differs_in_one_cell_makes_another_command(
    photos: Path, tmp_path: Path
) -> None:
    plays = gradio("3", lambda *given: (str(len(given)),), inputs=("file", "dataframe"))
    with http_server(plays) as server:
        table = tmp_path / "rows.csv"
        given = ["predict", server.url, "--each", photos / "*", f"@{table}", "-o", tmp_path / "out"]
        ends = []
        for cell in ("one", "other", "one"):
            table.write_text("a,b\n" * 1000 + f"{cell},b\n" + "a,b\n" * 1000)
            ends.append(ended(["-m", "encoders", *map(str, given)]))

    assert [status for status, *_ in ends] == [0, 2, 0], ends
    assert "begun with other options" in ends[1][2]


@pytest.mark.skipif(sys.platform != "linux", reason="names that other systems do not have")
def test_hostile_names_are_harmless(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    names = [b"\x1b[31mred", b"new\nline", b"\xff\xfe", b"x%2f..%2f..%2fup", b" ", b"con", b"a\\b"]
    for number, name in enumerate(names):
        Path(os.fsdecode(bytes(photos) + b"/" + name)).write_text(str(number))
    with serving(Calls()) as server:
        status, printed, messages = run(server, photos / "*", "-o", tmp_path / "out")
        _, _, again = run(server, photos / "*", "-o", tmp_path / "out")

    assert (status, messages) == (0, "encoders: 7 calls; 0 failed\n")
    assert again == "encoders: 7 calls, 7 of them by an earlier run; 0 failed\n"
    assert printed.count("\n") == 14 and "\x1b" not in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "photos"]
    folders = [path for path in (tmp_path / "out").iterdir() if path.name != ".calls"]
    assert sorted(values(folder)[0] for folder in folders) == [*"0123456"]


def test_a_content_that_is_text_is_read_for_a_text(photos: Path) -> None:
    (photos / "d.txt").write_bytes(b"\xff\xfe\xfd")
    with http_server(gradio("6")) as server:
        words = ["-m", "encoders", "predict", server.url, "--each", f"{photos}/*"]
        status, printed, messages = ended(words)

    assert status == 1
    assert printed.splitlines() == [f"{photos}/{n}.txt  data[0]  {n}" for n in "abc"]
    assert f"{photos}/d.txt: these bytes are not a value for the component textbox" in messages


def test_the_output_is_not_among_the_files(photos: Path) -> None:
    with serving(Calls()) as server:
        for _ in range(2):
            _, _, messages = run(server, photos / "**" / "*", "-o", photos / "out")

    assert messages == "encoders: 3 calls, 3 of them by an earlier run; 0 failed\n"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--each", "nowhere/*.jpg"], "nowhere/*.jpg: no file fits this pattern"),
        (["--each", __file__, "--at-once", "0"], "--at-once: 0: expected 1 or more"),
        (["--each", __file__, "--stream"], "not allowed with argument --each"),
        (["--each", __file__, "hi", "too many"], "takes 2 inputs"),
        (["--each", __file__, "b.jpg", "c.jpg"], "has to be quoted, or the shell expands it"),
        (["--each", __file__], "takes 2 inputs"),
        (["--each", __file__, "hi", "-o", "no/out"], "no: there is no such folder"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(more: list[str], message: str) -> None:
    with serving(Calls()) as server:
        status, _, messages = ended(["-m", "encoders", "predict", server.url, *more])

    assert status == 2
    assert message in messages
    assert messages.count("\n") == 1


def test_two_processes_do_not_write_one_output(photos: Path, tmp_path: Path) -> None:
    go = threading.Event()
    with serving(Calls(lambda _: go.wait(20))) as server:
        given = (photos / "*", "-o", tmp_path / "out")
        words = [sys.executable, *command(server, *given)]
        with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
            while not (tmp_path / "out" / ".calls" / "rows").exists():
                time.sleep(0.01)
            status, _, messages = run(server, *given)
            go.set()

    assert (process.returncode, status) == (0, 2)
    assert messages == f"encoders: {tmp_path}/out: another process is at work on it\n"


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_a_terminal_shows_count_failures_and_rate(tmp_path: Path) -> None:
    def act(content: bytes) -> None:
        time.sleep(0.1)
        if content == b"05":
            raise ConnectionError

    folder = made(tmp_path / "many", [f"{number:02}" for number in range(30)])
    with serving(Calls(act)) as server:
        words = command(server, folder / "*", "-o", tmp_path / "out", "--at-once", "2")
        status, shown = on_a_terminal(*words)

    assert status == 1
    assert "/30 [" in shown and " calls/s, failed=1]" in shown
    assert shown.splitlines()[-1].endswith("encoders: 30 calls; 1 failed")
