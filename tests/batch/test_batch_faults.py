"""Encoding many files despite kills, Ctrl-C, full disks, lost workers, and callers that stop early.

The faults are real: signals, processes, small disks. See `tests.faults`.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import io
import itertools
import json
import os
import random
import re
import select
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from encoders import batch
from encoders.batch import parquet
from tests import forks
from tests.faults.many import children_of, holders_of, is_running
from tests.paths import FIXTURES, ROOT

PNG = str(FIXTURES / "image" / "small.png")
PDF_HEAD = b"%PDF-1.7\n"
Process = forks.Fork | subprocess.Popen[bytes]
SMALL_GROUP = 2 << 20  # bytes of blocks in a row group, a quarter of the usual ones
HANG_SECONDS = 120  # a test that takes longer hangs

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc"),
    pytest.mark.long,
]

formats = pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
ways = pytest.mark.parametrize("way", ["forked", "threads"])  # how the process starts its workers


@dataclass(frozen=True)
class Files:
    """Paths, a file that lists them, and the outputs of an undisturbed run by name."""

    paths: list[str]
    listed: Path
    clean: dict[str, Any]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Return 1,000 small files of all types, some of them bad or missing, 27 MB in total."""
    folder = tmp_path_factory.mktemp("files")
    small = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file() and is_quick(path)]
    noise = random.Random(1)
    paths = []
    for number in range(1000):
        model = noise.choice(small)
        data = model.read_bytes()
        if number % 7 == 1:
            data = data[: len(data) // 2]
        elif number % 10 == 5:
            data = PDF_HEAD + noise.randbytes(200_000)
        path = folder / f"{number:04}{model.suffix}"
        if number % 7 != 3:
            path.write_bytes(data)
        paths.append(str(path))
    return with_clean_outputs(folder, paths)


def is_quick(path: Path) -> bool:
    """Exclude slow files: large ones, and HEIC, which is converted."""
    return path.stat().st_size < 60_000 and path.suffix != ".heic"


@pytest.fixture(scope="module")
def large_files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("large")
    paths = [folder / f"{number:02}.pdf" for number in range(70)]
    for number, path in enumerate(paths):
        path.write_bytes(PDF_HEAD + random.Random(number).randbytes(62_500))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "_GROUP", SMALL_GROUP)
        return with_clean_outputs(folder, list(map(str, paths)))


@pytest.fixture
def large(large_files: Files, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Return few files that make three row groups, the last of them not full."""
    monkeypatch.setattr(parquet, "_GROUP", SMALL_GROUP)
    return large_files


def with_clean_outputs(folder: Path, paths: list[str]) -> Files:
    listed = folder / "list"
    listed.write_text("\n".join(paths) + "\n")
    return Files(paths, listed, {name: clean(paths, folder / name) for name in NAMES})


NAMES = ("rows.jsonl", "rows.parquet")


def clean(paths: list[str], output: Path) -> Any:
    batch.write(paths, output)
    return content(output)


def content(output: Path) -> Any:
    """Return the bytes of JSON Lines, or the rows of Parquet, whose row groups may differ."""
    if output.suffix == ".jsonl":
        return output.read_bytes()
    import pyarrow.parquet as pq

    return pq.read_table(output).to_pylist()


@pytest.fixture(autouse=True, scope="module")
def enable_ctrl_c() -> Iterator[None]:
    """Enable Ctrl-C, which a shell disables for commands in the background and their children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    forks.run("-c", "")  # starts the process that forks, which stays
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def check_processes_and_threads() -> Iterator[None]:
    """Stop a test that hangs, and check that each test ends its processes and threads."""
    threads = threading.active_count()
    processes = set(children_of(os.getpid()))
    gc.collect()

    def stop(*_: object) -> None:
        raise TimeoutError(f"hangs for {HANG_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    assert set(children_of(os.getpid())) <= processes
    assert threading.active_count() == threads


def words(output: Path) -> list[str]:
    """Return the arguments of Python for the command that reads a list from standard input."""
    return ["-m", "encoders", "batch", "-", "-o", str(output)]


@contextmanager
def start(files: Files, output: Path, messages: Path = Path(os.devnull)) -> Iterator[Process]:
    """Start the command in a session of its own, as a terminal does; wait for its end."""
    with files.listed.open() as listed, messages.open("wb") as errors:
        streams = (listed.fileno(), errors.fileno(), errors.fileno())
        with forks.forked(*words(output), streams=streams) as process:
            yield process


def run(files: Files, output: Path) -> tuple[int, str]:
    """Run the command; return its status and its messages."""
    ended = forks.run(*words(output), stdin=files.listed.read_bytes())
    return ended.returncode, ended.stderr.decode()


def start_job(job: str, way: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Start a job of `tests.faults.many`."""
    command = [sys.executable, "-W", "error", "-m", "tests.faults.many", job, way]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [*command, *map(str, arguments)], text=True, cwd=ROOT, **{**streams, **options}
    )


def output_of_job(job: str, way: str, *arguments: object) -> list[Any]:
    """Return the JSON lines that a job of `tests.faults.many` prints; it must succeed."""
    with start_job(job, way, *arguments) as process:
        out, err = process.communicate(timeout=HANG_SECONDS)
    assert (process.returncode, err) == (0, "")
    return list(map(json.loads, out.splitlines()))


def wait_for(event: Callable[[], object]) -> None:
    """Wait until `event` returns true; `check_processes_and_threads` stops an endless wait."""
    while not event():
        time.sleep(0.002)


def job_folder(output: Path) -> Path:
    return output.with_name(f".{output.name}.part")


class InterruptError(Exception):
    """Interrupts a job."""


def interrupt_after(paths: list[str], output: Path, **options: Any) -> Path:
    """Interrupt a job when it has the rows of the paths; return its folder."""
    reports = [batch.Summary()]

    def paths_then_error() -> Iterator[str]:
        yield from paths
        while reports[-1].rows < len(paths):
            yield "none"
        raise InterruptError

    with pytest.raises(InterruptError):
        batch.write(paths_then_error(), output, workers=1, report=reports.append, **options)
    return job_folder(output)


# Kills.


@formats
def test_output_after_ten_kills_is_that_of_an_undisturbed_run(
    name: str, files: Files, tmp_path: Path
) -> None:
    output = tmp_path / name
    seconds = working_seconds(files, tmp_path / f"timed-{name}")
    hits = 0
    for _ in range(10):
        with start(files, output) as process:
            wait_for(lambda: is_working(process))
            time.sleep(random.uniform(0, seconds / 4))
            hits += process.poll() is None and job_folder(output).exists()
            process.send_signal(signal.SIGKILL)

    assert hits >= 3
    status, err = run(files, output)
    kept = re.search(r"1,000 rows, ([\d,]+) of them by an earlier run; ", err)
    assert status == 1
    assert kept or name == "rows.parquet"
    assert content(output) == files.clean[name]
    assert not job_folder(output).exists()


def working_seconds(files: Files, output: Path) -> float:
    with start(files, output) as process:
        wait_for(lambda: is_working(process))
        began = time.monotonic()
        process.wait()
    return time.monotonic() - began


def is_working(process: Process) -> bool:
    return process.poll() is not None or bool(children_of(process.pid))


@pytest.mark.parametrize("way", ["forked", "threads", "numpy"])
def test_workers_end_when_their_process_is_killed(way: str) -> None:
    with start_job("endless", way, PNG, stderr=None) as process:
        assert process.stdout
        workers = json.loads(process.stdout.readline())
        commands = {Path(f"/proc/{pid}/cmdline").read_bytes() for pid in workers}
        is_fork = commands == {Path(f"/proc/{process.pid}/cmdline").read_bytes()}
        assert len(workers) == 2
        # How many threads numpy starts depends on the machine.
        assert is_fork == (way == "forked") or way == "numpy"
        process.kill()
        wait_for(lambda: not any(map(is_running, workers)))


# Ctrl-C.


@formats
def test_ctrl_c_prints_one_line_and_the_command_can_be_resumed(
    name: str, files: Files, tmp_path: Path
) -> None:
    output = tmp_path / name
    messages = tmp_path / "messages"
    with start(files, output, messages) as process:
        wait_for(lambda: is_working(process))
        time.sleep(random.uniform(0, 0.1))
        workers = children_of(process.pid)
        process.send_signal(signal.SIGINT)

    assert process.returncode == 130
    assert messages.read_text() == "encoders: stopped; the same command goes on from here\n"
    wait_for(lambda: not any(map(is_running, workers)))
    assert job_folder(output).is_dir()
    assert not output.exists()
    run(files, output)
    assert content(output) == files.clean[name]


def test_workers_end_after_repeated_ctrl_c(files: Files, tmp_path: Path) -> None:
    with start(files, tmp_path / "rows.jsonl") as process:
        wait_for(lambda: is_working(process))
        workers = children_of(process.pid)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.001)
    wait_for(lambda: not any(map(is_running, workers)))


# Lost workers.


@ways
def test_killed_workers_change_no_row(way: str, files: Files, tmp_path: Path) -> None:
    output = tmp_path / "rows.jsonl"

    assert output_of_job("loses_workers", way, files.listed, output) == [2]
    assert content(output) == files.clean["rows.jsonl"]


def test_file_that_kills_its_workers_is_an_error_row(tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    slow = tmp_path / "slow.png"
    pixels = np.random.default_rng(1).integers(0, 256, (1300, 1300, 3), np.uint8)
    Image.fromarray(pixels).save(slow, compress_level=1)
    paths = [PNG] * 5 + [str(slow)] + [PNG] * 50
    killed = []
    over = threading.Event()

    def kill() -> None:
        while not over.is_set():
            for pid in holders_of(str(slow), children_of(os.getpid())):
                with suppress(ProcessLookupError):  # killed before, and cleared away since
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
            time.sleep(0.005)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        rows = list(batch.encode(paths, workers=2, codec="image", format="webp"))
    finally:
        over.set()
        killer.join()

    good = next(batch.encode([PNG], codec="image", format="webp"))
    error = "the process that read it ended, killed by SIGKILL"
    assert len(set(killed)) >= 2
    assert rows[5] == (str(slow), None, None, None, error)
    assert rows[:5] + rows[6:] == [good] * 55


@pytest.mark.parametrize("python", ["/bin/false", "/nowhere/python", "", None])
def test_worker_that_cannot_start_is_an_error(
    python: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python)
    with ThreadPoolExecutor() as pool:  # workers are not forked from a process with threads
        for job in (
            lambda: list(batch.encode([PNG] * 1000)),
            lambda: batch.write([PNG] * 1000, tmp_path / "rows.jsonl"),
        ):
            with pytest.raises(ChildProcessError, match="process for encoding"):
                pool.submit(job).result()


def test_workers_end_if_others_cannot_start() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 10, hard))
    try:
        with pytest.raises(ChildProcessError, match="Too many open files"):
            list(batch.encode([PNG], workers=50))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    "before",
    [
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",  # the system reaps child processes itself
        "sys.path.append(pathlib.Path('/nowhere'))",
        "sys.path.append(pathlib.Path('/nowhere')); threading.Thread(target=over.wait).start()",
    ],
)
def test_workers_start_despite_unusual_settings_of_the_process(before: str) -> None:
    script = (
        "import pathlib, signal, sys, threading\n"
        "from encoders import batch\n"
        f"over = threading.Event(); {before}\n"
        f"print([row.media_type for row in batch.encode([{PNG!r}] * 50)])\n"
        "over.set()"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (finished.stdout, finished.stderr) == (f"{['image/png'] * 50}\n", "")


def test_option_that_workers_cannot_unpickle_is_one_error() -> None:
    script = (
        "import enum, threading\n"
        "from encoders import batch\n"
        "class Format(str, enum.Enum): PNG = 'png'\n"
        "over = threading.Event(); threading.Thread(target=over.wait).start()\n"
        "try:\n"
        f"    print(len(list(batch.encode([{PNG!r}] * 50, format=Format.PNG))))\n"
        "except ChildProcessError as error: print(error)\n"
        "finally: over.set()"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert finished.stdout == "a process for encoding ended at once, with status 1\n"
    assert "Can't get attribute 'Format'" in finished.stderr


# Full disks.


@formats
def test_full_disk_is_a_one_line_error_and_the_job_can_be_resumed(
    name: str, files: Files, mounted: Callable[[str], Path]
) -> None:
    output = mounted("size=16m") / name
    assert run(files, output) == (2, f"encoders: {output}: No space left on device\n")
    with pytest.raises(OSError, match="No space left") as caught:
        batch.write(files.paths, output)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(output))

    mounted("remount,size=200m")
    summary = batch.write(files.paths, output)
    assert summary.kept > 0
    assert content(output) == files.clean[name]
    assert [path.name for path in output.parent.iterdir()] == [name]


@formats
def test_file_size_limit_of_the_system_is_a_one_line_error_and_the_job_can_be_resumed(
    name: str, files: Files, tmp_path: Path
) -> None:
    output = tmp_path / name
    line = f'ulimit -f {(16 << 20) // 512}\nexec "$0" "$@"'
    command = ["sh", "-c", line, sys.executable, *words(output)]
    with files.listed.open() as listed:
        ended = subprocess.run(command, stdin=listed, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert (ended.returncode, ended.stderr) == (2, f"encoders: {output}: File too large\n")

    assert batch.write(files.paths, output).kept > 0
    assert content(output) == files.clean[name]


# Two processes with one output.


@formats
def test_second_process_for_an_output_is_refused_and_the_first_completes(
    name: str, files: Files, tmp_path: Path
) -> None:
    output = tmp_path / name
    with start_job("waits", "forked", files.listed, output) as first:
        assert first.stdout
        assert json.loads(first.stdout.readline()) == "half"
        for overwrite in (False, True):
            with pytest.raises(BlockingIOError, match="another process") as caught:
                batch.write(files.paths, output, overwrite=overwrite)
            assert caught.value.filename == str(output)
        status, err = run(files, output)
        assert err.endswith(f"{output}: another process is at work on it\n")
        assert status == 2
        out, err = first.communicate("go on\n")

    assert (json.loads(out), err) == (1000, "")
    assert content(output) == files.clean[name]


# Changed files, changed options, and damage between two runs.


@formats
@pytest.mark.parametrize("change", ["added", "removed", "reversed", "cut off", "none"])
def test_output_after_a_change_of_files_is_that_of_an_undisturbed_run(
    change: str, name: str, large: Files, tmp_path: Path
) -> None:
    old = large.paths
    new = {
        "added": [*old[:40], PNG, *old[40:]],
        "removed": old[:40] + old[41:],
        "reversed": old[::-1],
        "cut off": old[:40],
        "none": [],
    }[change]
    interrupt_after(old[:60], tmp_path / name)

    summary = batch.write(new, tmp_path / name, workers=1)
    assert content(tmp_path / name) == clean_rows(large, new, name)
    assert (summary.kept > 0) == (change not in ("reversed", "none"))
    assert not job_folder(tmp_path / name).exists()


def clean_rows(files: Files, paths: list[str], name: str) -> Any:
    """Return what an undisturbed run on some of the files, and on a picture, would give."""
    (row,) = batch.encode([PNG], workers=1)
    if name == "rows.parquet":
        rows = {row["path"]: row for row in [*files.clean[name], row._asdict()]}
        return [rows[path] for path in paths]
    lines = [
        *files.clean[name].splitlines(keepends=True),
        f"{json.dumps(row._asdict())}\n".encode(),
    ]
    found = {json.loads(line)["path"]: line for line in lines}
    return b"".join(found[path] for path in paths)


@formats
def test_interrupted_job_is_refused_with_other_options_unless_overwritten(
    name: str, tmp_path: Path
) -> None:
    output = tmp_path / name
    interrupt_after([PNG] * 50, output, format="jpeg")
    before = (job_folder(output) / "rows").read_bytes()

    with pytest.raises(FileExistsError, match="other options") as caught:
        batch.write([PNG] * 50, output)
    assert caught.value.filename == str(output)
    assert (job_folder(output) / "rows").read_bytes() == before
    summary = batch.write([PNG] * 50, output, overwrite=True)
    assert summary == batch.Summary(50, 0, 0)
    assert content(output) == clean([PNG] * 50, tmp_path / f"clean-{name}")


@formats
def test_finished_output_is_not_changed(name: str, large: Files, tmp_path: Path) -> None:
    output = tmp_path / name
    batch.write(large.paths, output)
    before = file_identity(output)

    assert batch.write(large.paths, output) == batch.Summary(70, 0, 70)
    for others in ([*large.paths, PNG], large.paths[:-1], large.paths[::-1], []):
        with pytest.raises(FileExistsError, match="not with these files") as caught:
            batch.write(others, output)
        assert caught.value.filename == str(output)
    assert file_identity(output) == before
    assert [path.name for path in tmp_path.iterdir()] == [name]


def file_identity(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size, status.st_nlink


@formats
def test_finished_output_with_a_second_name_is_not_changed(name: str, tmp_path: Path) -> None:
    output = tmp_path / name
    batch.write([PNG] * 50, tmp_path / f"clean-{name}")
    folder = interrupt_after([PNG] * 50, output)
    (tmp_path / f"clean-{name}").rename(output)
    (folder / "rows").unlink()  # the state after a kill between link and unlink
    (folder / "rows").hardlink_to(output)
    before = content(output)

    interrupt_after([str(FIXTURES / "image" / "small.gif")] * 50, output, overwrite=True)
    assert content(output) == before
    assert batch.write([PNG] * 50, output).kept == 50
    (folder / "rows").unlink()
    (folder / "rows").hardlink_to(output)
    assert batch.write([PNG] * 50, output).kept == 50
    assert not folder.exists()


def write_zeros(file: IO[bytes], size: int) -> None:
    file.seek(size // 3)
    file.write(bytes(5000))


def change_a_byte(file: IO[bytes], size: int) -> None:
    file.seek(size // 3)
    (byte,) = file.read(1)
    file.seek(size // 3)
    file.write(bytes([byte ^ 1]))


def zero_the_end(file: IO[bytes], size: int) -> None:
    file.truncate(size // 2)
    file.truncate(size)


def cut(file: IO[bytes], size: int) -> None:
    file.truncate(size // 2 + 1)


def empty(file: IO[bytes], size: int) -> None:
    file.truncate(0)


def append_garbage(file: IO[bytes], size: int) -> None:
    file.seek(size)
    file.write(random.Random(1).randbytes(1000))


def write_brackets(file: IO[bytes], size: int) -> None:
    file.seek(size // 3)
    file.write(b"\n" + b"[" * 100_000 + b"\n")


def append_small_numbers(file: IO[bytes], size: int) -> None:
    file.seek(size)
    file.write(bytes(8) + b"\x0c" + bytes(7))


DAMAGES: dict[tuple[str, str], list[Callable[[IO[bytes], int], None]]] = {
    ("rows.jsonl", "rows"): [write_zeros, zero_the_end, cut, append_garbage, write_brackets],
    ("rows.jsonl", "job.json"): [cut, empty, zero_the_end, append_garbage],
    ("rows.parquet", "rows"): [change_a_byte, write_zeros, zero_the_end, cut, empty],
    ("rows.parquet", "ends"): [cut, append_garbage, append_small_numbers, zero_the_end],
}


@pytest.mark.parametrize(
    ("name", "file_name", "damage"),
    [(*file, damage) for file, damages in DAMAGES.items() for damage in damages],
)
def test_output_after_damage_to_the_job_folder_is_that_of_an_undisturbed_run(
    name: str,
    file_name: str,
    damage: Callable[[IO[bytes], int], None],
    large: Files,
    tmp_path: Path,
) -> None:
    damaged = interrupt_after(large.paths[:60], tmp_path / name) / file_name
    with damaged.open("r+b") as file:
        damage(file, damaged.stat().st_size)

    if file_name == "job.json":
        for overwrite in (False, True):
            with pytest.raises(FileExistsError, match="not made here"):
                batch.write(large.paths, tmp_path / name, overwrite=overwrite)
        shutil.rmtree(damaged.parent)
    batch.write(large.paths, tmp_path / name, workers=1)
    assert content(tmp_path / name) == large.clean[name]


@pytest.mark.parametrize("overwrite", [False, True])
def test_pipe_as_output_is_refused_without_waiting(overwrite: bool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rows.jsonl")

    with pytest.raises(FileExistsError, match="not a regular file"):
        batch.write([PNG], tmp_path / "rows.jsonl", overwrite=overwrite)
    assert (tmp_path / "rows.jsonl").is_fifo()


# Callers that stop early, or raise errors.


class CallerError(OSError):
    """An error of the caller with an error number but no file name, such as a network error."""


def endless() -> Iterator[str]:
    return itertools.repeat(PNG)


def test_error_of_the_caller_is_raised_unchanged(tmp_path: Path) -> None:
    before = children_of(os.getpid())
    error = CallerError(errno.ECONNRESET, "ours")

    def failing() -> Iterator[str]:
        yield from [PNG] * 300
        raise error

    def report(summary: batch.Summary) -> None:
        if summary.rows:
            raise error

    for job in (
        lambda: list(batch.encode(failing())),
        lambda: batch.write(failing(), tmp_path / "a.jsonl"),
        lambda: batch.write(failing(), tmp_path / "a.parquet"),
        lambda: batch.write(endless(), tmp_path / "b.jsonl", report=report),
        lambda: batch.write(endless(), tmp_path / "b.parquet", report=report),
        lambda: batch.write_lines(endless(), io.BytesIO(), report=report),
    ):
        with pytest.raises(CallerError) as caught:
            job()
        assert caught.value is error
        assert caught.value.filename is None
        assert children_of(os.getpid()) == before


@formats
def test_impossible_path_is_an_error_row(name: str, tmp_path: Path) -> None:
    paths = ["\ud800", "\0", "", "x" * 100_000, "\udcff", PNG]
    summary = batch.write(paths, tmp_path / name)

    assert summary == batch.Summary(6, 5, 0)
    assert batch.write(paths, tmp_path / name) == batch.Summary(6, 5, 6)


def test_loop_may_be_left_early_in_any_way() -> None:
    for row in batch.encode(endless()):
        assert row.error is None
        break
    with pytest.raises(CallerError):
        for _ in batch.encode(endless()):
            raise CallerError
    rows = batch.encode(endless())
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    rows = batch.encode(endless())
    next(rows)
    del rows
    batch.encode(endless())
    assert len(list(itertools.islice(batch.encode(endless()), 2000))) == 2000


@ways
def test_unfinished_rows_end_with_the_interpreter(way: str) -> None:
    for _ in range(3):
        assert output_of_job("is_left", way, PNG) == [None]


def test_unfinished_rows_may_be_garbage_collected_anywhere() -> None:
    assert output_of_job("is_collected_anywhere", "forked", PNG) == [[1, 0]] * 15


def test_several_loops_run_at_the_same_time(large: Files) -> None:
    paths = large.paths[:20]
    rows = list(batch.encode(paths))
    assert [row.error for row in rows] == [None] * 20

    def encodes_rotated(shift: int) -> bool:
        rotated = paths[shift:] + paths[:shift]
        return list(batch.encode(rotated, workers=2)) == rows[shift:] + rows[:shift]

    assert asyncio.run(asyncio.to_thread(encodes_rotated, 0))
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(encodes_rotated, range(4)))
    pairs = list(zip(batch.encode(paths), batch.encode(paths[::-1]), strict=True))
    assert pairs == list(zip(rows, rows[::-1], strict=True))


def test_rows_do_not_wait_for_slow_paths(tmp_path: Path) -> None:
    tiny = tmp_path / "tiny.txt"
    tiny.write_text("text")
    taken = []

    def slow() -> Iterator[Path]:
        for number in range(1000):
            taken.append(number)
            time.sleep(0.02)
            yield tiny

    rows = zip(range(20), batch.encode(slow()), strict=False)
    paths_ahead = [len(taken) - number for number, _ in rows]
    assert len(paths_ahead) == 20
    assert max(paths_ahead[10:]) < 500


def test_first_row_does_not_wait_for_a_path_for_each_worker() -> None:
    taken = itertools.count()

    def slow() -> Iterator[str]:
        for _ in range(20):
            next(taken)
            time.sleep(0.4)
            yield PNG

    assert next(batch.encode(slow(), workers=10)).error is None
    assert next(taken) < 10


# Rows of all sizes.


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_rows_larger_than_all_buffers_are_in_order(workers: int, tmp_path: Path) -> None:
    huge = tmp_path / "huge.pdf"
    huge.write_bytes(PDF_HEAD + bytes(8_000_000))
    kinds = {"huge": str(huge), "tiny": PNG, "bad": str(tmp_path / "none")}
    orders = [
        [kinds["huge"]] * 3 + [PNG] * 100,
        [PNG] * 100 + [kinds["huge"]] * 3,
        [*[kinds["bad"]] * 40, *[kinds["huge"], PNG, kinds["bad"]] * 3, *[PNG] * 40],
    ]
    for paths in orders:
        seen = []
        for row in batch.encode(paths, workers=workers):
            seen.append((row.path, row.error is not None))
            if row.path == str(huge):
                assert row.size == 8_000_009
                time.sleep(0.05)  # the other workers must wait with their rows
        assert seen == [(path, path == kinds["bad"]) for path in paths]


@pytest.mark.parametrize("has_poll", [True, False])
def test_rows_of_long_paths_are_in_order(has_poll: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not has_poll:  # as on Windows
        monkeypatch.delattr(select, "poll")
    paths = [str(number) * 30_000 for number in range(400)]

    rows = list(batch.encode(paths, workers=3))
    assert [row.path for row in rows] == paths
    assert all(row.error for row in rows)


def test_rows_are_the_same_on_a_system_without_poll(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(select, "poll")
    assert clean(files.paths, tmp_path / "rows.jsonl") == files.clean["rows.jsonl"]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_no_path_one_path_and_only_missing_paths_give_their_rows(
    workers: int, tmp_path: Path
) -> None:
    missing = str(tmp_path / "none")

    assert list(batch.encode([], workers=workers)) == []
    assert [row.error for row in batch.encode([PNG], workers=workers)] == [None]
    rows = list(batch.encode([missing] * 3000, workers=workers))
    assert rows == [(missing, None, None, None, "No such file or directory")] * 3000


# Open files, processes, and memory.


@ways
def test_job_closes_its_files_and_ends_its_processes(
    way: str, large: Files, tmp_path: Path
) -> None:
    for name, files, processes in output_of_job("counts", way, large.listed, tmp_path):
        assert (name, files, processes) == (name, 0, 0)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with lists of 1,000 and of 10,000 files of 2 to 8 KiB."""
    folder = tmp_path_factory.mktemp("many")
    models = [folder / f"{number}.txt" for number in range(16)]
    for number, model in enumerate(models):
        model.write_text(f"{number:3} " * (512 + 96 * number))
    paths = []
    for number in range(10_000):
        path = folder / f"{number:05}.txt"
        os.link(models[number % 16], path)
        paths.append(f"{path}\n")
    for count in (1000, 10_000):
        (folder / str(count)).write_text("".join(paths[:count]))
    return folder


@formats
def test_memory_does_not_grow_with_the_number_of_files(
    name: str, many: Path, tmp_path: Path
) -> None:
    def peak(count: int, turn: int) -> int:
        output = tmp_path / f"{turn}-{count}-{name}"
        return sum(output_of_job("peaks", "forked", many / str(count), output)[0])

    few = statistics.median(peak(1000, turn) for turn in range(3))
    ten_times = peak(10_000, 0)  # which varies little
    assert ten_times < 1.1 * few


def test_memory_is_bounded_in_a_slow_loop(tmp_path: Path) -> None:
    medium = tmp_path / "medium.pdf"
    medium.write_bytes(PDF_HEAD + bytes(2_000_000))
    small = tmp_path / "small.txt"
    small.write_text("text")

    (peak,) = output_of_job("takes_its_time", "forked", small, medium)
    assert peak < 130_000  # KiB; Python alone takes 40,000
