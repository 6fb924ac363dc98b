"""`encoders batch`: many files on the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from encoders import batch
from tests.cli.test_cli import fail, on_a_terminal, run
from tests.paths import FIXTURES

FOLDER = FIXTURES / "audio"


def lines(text: bytes) -> list[batch.Row]:
    return [batch.Row(**json.loads(line)) for line in text.splitlines()]


def test_a_folder_becomes_lines_on_standard_output() -> None:
    done = run("batch", FOLDER)
    rows = list(batch.encode(batch.find(FOLDER)))

    assert lines(done.stdout) == rows
    assert done.returncode == 0
    assert done.stderr.decode() == f"encoders: {len(rows)} rows; 0 failed\n"


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_folder_is_encoded_into_a_file_once(name: str, tmp_path: Path) -> None:
    first = run("batch", FOLDER, "-o", tmp_path / name)
    status = (tmp_path / name).stat()
    again = run("batch", FOLDER, "-o", tmp_path / name)

    count = len(list(batch.find(FOLDER)))
    assert (first.returncode, first.stdout) == (again.returncode, again.stdout) == (0, b"")
    assert first.stderr.decode() == f"encoders: {count} rows; 0 failed\n"
    assert again.stderr.decode() == (
        f"encoders: {count} rows, {count} of them by an earlier run; 0 failed\n"
    )
    now = (tmp_path / name).stat()
    assert (now.st_ino, now.st_mtime_ns) == (status.st_ino, status.st_mtime_ns)


def test_failed_file_gives_status_1_and_all_others_are_encoded(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "b.txt").write_text("text")
    done = run("batch", tmp_path, "--max-bytes", "5")
    bad, good = lines(done.stdout)

    assert (done.returncode, done.stderr) == (1, b"encoders: 2 rows; 1 failed\n")
    assert (bad.data_url, good.error) == (None, None)


def test_paths_are_read_from_standard_input(tmp_path: Path) -> None:
    paths = [str(FOLDER / "tone.mp3"), str(tmp_path / "none"), str(FOLDER / "tone.flac")]
    done = run("batch", "-", FOLDER / "tone.ogg", stdin="\r\n".join(paths).encode())

    assert [row.path for row in lines(done.stdout)] == [*paths, str(FOLDER / "tone.ogg")]
    assert done.returncode == 1


def test_all_files_are_converted() -> None:
    done = run(
        "batch", FOLDER / "tone.ogg", FOLDER / "pcm8.wav", "--as", "audio", "--format", "flac"
    )

    assert [row.media_type for row in lines(done.stdout)] == ["audio/flac"] * 2


def test_the_output_is_not_among_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    for _ in range(2):
        done = run("batch", tmp_path, "-o", tmp_path / "out.jsonl", "--overwrite")

        assert done.returncode == 0
        assert [Path(row.path).name for row in lines((tmp_path / "out.jsonl").read_bytes())] == [
            "a.txt"
        ]


def test_a_size_that_is_allowed() -> None:
    done = run("batch", FOLDER / "tone.ogg", "--max-bytes", "10")
    (row,) = lines(done.stdout)

    assert "over the limit max_bytes=10" in str(row.error)
    assert lines(run("batch", FOLDER / "tone.ogg", "--max-bytes", "0").stdout)[0].error is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: No such file or directory"),
        ([str(FOLDER), "nowhere"], "nowhere: No such file or directory"),
        ([str(FOLDER), "-o", "out.txt"], "out.txt: expected a name that ends in .jsonl, .ndjson"),
        ([str(FOLDER), "--workers", "0"], "--workers: 0: expected 1 or more"),
        ([str(FOLDER), "-o", f"{FOLDER}/tone.ogg/out.jsonl"], "Not a directory"),
        ([], "required: FOLDER|FILE"),
    ],
)
def test_usage_error_is_one_line_and_status_2(arguments: list[str], message: str) -> None:
    assert message in fail("batch", *arguments)


def test_error_for_an_existing_output_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("mine")

    assert "from row 1 on; pass --overwrite" in fail("batch", FOLDER, "-o", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == "mine"


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_folder_at_the_output_path_is_an_error_before_any_work(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    message = fail("batch", FOLDER, "-o", tmp_path / name, "--overwrite")

    assert message == f"encoders: {tmp_path / name}: Is a directory\n"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_reader_that_stops_ends_the_job_in_silence() -> None:
    command = f"{sys.executable} -m encoders batch {FIXTURES} {FIXTURES} {FIXTURES} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, timeout=60, check=False)

    assert len(lines(done.stdout)) == 1
    assert done.stderr == b""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a terminal of its own")
def test_a_terminal_shows_rate_and_time_left(tmp_path: Path) -> None:
    for number in range(80):
        (tmp_path / f"{number}.jpg").symlink_to(FIXTURES / "image" / "photo.jpg")
    out = str(tmp_path / "o.jsonl")
    command = ["-m", "encoders", "batch", str(tmp_path), "-o", out, "--format", "png"]
    status, shown = on_a_terminal(*command, "--workers", "1", columns=100)

    assert status == 0
    assert re.search(r"\d+/80 \[\d\d:\d\d<\d\d:\d\d, +\d+[.\d]* files/s\]", shown), shown[-500:]
    assert shown.splitlines()[-1].endswith("encoders: 80 rows; 0 failed")
