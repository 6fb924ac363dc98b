"""Many files at once, through kills, Ctrl-C, full disks, lost workers and callers that walk away.

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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from encoders import batch
from tests.faults.many import children_of, holders_of, is_running
from tests.paths import FIXTURES, ROOT

PNG = str(FIXTURES / "image" / "small.png")
PDF_HEAD = b"%PDF-1.7\n"
LONG = 120  # seconds after which something hangs

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc"),
    pytest.mark.long,
]

formats = pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
ways = pytest.mark.parametrize("way", ["forked", "threads"])


@dataclass(frozen=True)
class Files:
    """Paths, in a file for a command to read, and what one undisturbed run makes of them."""

    paths: list[str]
    listed: Path
    clean: dict[str, Any]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Return 1,500 small files of all types, bad and missing ones among them, 40 MB in all."""
    folder = tmp_path_factory.mktemp("files")
    small = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file() and fits(path)]
    noise = random.Random(1)
    paths = []
    for number in range(1500):
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
    return known(folder, paths)


def fits(path: Path) -> bool:
    """Leave out what takes much longer than others: large files, and HEIC, which is converted."""
    return path.stat().st_size < 60_000 and path.suffix != ".heic"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Return few files that fill three row groups, of which the last is not full."""
    folder = tmp_path_factory.mktemp("large")
    paths = [folder / f"{number:02}.pdf" for number in range(70)]
    for number, path in enumerate(paths):
        path.write_bytes(PDF_HEAD + random.Random(number).randbytes(250_000))
    return known(folder, list(map(str, paths)))


def known(folder: Path, paths: list[str]) -> Files:
    listed = folder / "list"
    listed.write_text("\n".join(paths) + "\n")
    return Files(paths, listed, {name: clean(paths, folder / name) for name in NAMES})


NAMES = ("rows.jsonl", "rows.parquet")


def clean(paths: list[str], output: Path) -> Any:
    batch.write(paths, output)
    return content(output)


def content(output: Path) -> Any:
    """Return the bytes of JSON Lines, and the rows of Parquet, whose row groups may differ."""
    if output.suffix == ".jsonl":
        return output.read_bytes()
    import pyarrow.parquet as pq

    return pq.read_table(output).to_pylist()


@pytest.fixture(autouse=True, scope="module")
def heed_ctrl_c() -> Iterator[None]:
    """Undo what a shell does to a command in the background: its children ignore Ctrl-C, too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def leaves_nothing() -> Iterator[None]:
    """Stop a test that hangs; and see that no process and no thread is left of any."""
    threads = threading.active_count()
    processes = set(children_of(os.getpid()))
    gc.collect()

    def stop(*_: object) -> None:
        raise TimeoutError(f"hangs for {LONG} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONG)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    assert set(children_of(os.getpid())) <= processes
    assert threading.active_count() == threads


def start(files: Files, output: Path, *options: str, before: str = "") -> subprocess.Popen[str]:
    """Start the command, as a terminal does: as the first of a process group."""
    line = f'{before}\nexec "$0" "$@"'
    command = [sys.executable, "-m", "encoders", "batch", "-", "-o", str(output), *options]
    with files.listed.open() as listed:
        return subprocess.Popen(
            ["sh", "-c", line, *command],
            stdin=listed,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )


def program(job: str, way: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Start a job of `tests.faults.many`."""
    command = [sys.executable, "-W", "error", "-m", "tests.faults.many", job, way]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [*command, *map(str, arguments)], text=True, cwd=ROOT, **{**streams, **options}
    )


def output_of(job: str, way: str, *arguments: object) -> list[Any]:
    """Return what a job of `tests.faults.many` prints; it must end well."""
    with program(job, way, *arguments) as process:
        out, err = process.communicate(timeout=LONG)
    assert (process.returncode, err) == (0, "")
    return list(map(json.loads, out.splitlines()))


def wait_for(event: Callable[[], object]) -> None:
    """Wait until something is so; a test that waits for ever is stopped."""
    while not event():
        time.sleep(0.002)


def part(output: Path) -> Path:
    return output.with_name(f".{output.name}.part")


class BreakError(Exception):
    """What breaks a job off."""


def broken_off(paths: list[str], output: Path, **options: Any) -> Path:
    """Let a job be broken off when it has the rows of some paths; return the folder with them."""
    reports = [batch.Summary()]

    def some() -> Iterator[str]:
        yield from paths
        while reports[-1].rows < len(paths):
            yield "none"
        raise BreakError

    with pytest.raises(BreakError):
        batch.write(some(), output, workers=1, report=reports.append, **options)
    return part(output)


# Kills.


@formats
def test_ten_kills_and_a_restart_give_what_one_clean_run_gives(
    name: str, files: Files, tmp_path: Path
) -> None:
    output = tmp_path / name
    seconds = seconds_of_work(files, tmp_path / f"timed-{name}")
    hits = 0
    for _ in range(10):
        with start(files, output) as process:
            wait_for(lambda: is_at_work(process))
            time.sleep(random.uniform(0, seconds / 4))
            hits += process.poll() is None and part(output).exists()
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    assert hits >= 3
    with start(files, output) as process:
        _, err = process.communicate()
    kept = re.search(r"1,500 rows, ([\d,]+) of them by an earlier run; ", err)
    assert process.returncode == 1
    assert kept or name == "rows.parquet"
    assert content(output) == files.clean[name]
    assert not part(output).exists()


def seconds_of_work(files: Files, output: Path) -> float:
    with start(files, output) as process:
        wait_for(lambda: is_at_work(process))
        began = time.monotonic()
        process.communicate()
    return time.monotonic() - began


def is_at_work(process: subprocess.Popen[str]) -> bool:
    return process.poll() is not None or bool(children_of(process.pid))


@pytest.mark.parametrize("way", ["forked", "threads", "numpy"])
def test_a_killed_process_leaves_no_worker(way: str) -> None:
    with program("endless", way, PNG, stderr=None) as process:
        assert process.stdout
        workers = json.loads(process.stdout.readline())
        commands = {Path(f"/proc/{pid}/cmdline").read_bytes() for pid in workers}
        is_fork = commands == {Path(f"/proc/{process.pid}/cmdline").read_bytes()}
        assert len(workers) == 2
        assert is_fork == (way == "forked") or way == "numpy"  # which has threads by the core
        process.kill()
        wait_for(lambda: not any(map(is_running, workers)))


# Ctrl-C.


@formats
def test_ctrl_c_is_one_line_and_the_same_command_goes_on(
    name: str, files: Files, tmp_path: Path
) -> None:
    output = tmp_path / name
    with start(files, output) as process:
        wait_for(lambda: is_at_work(process))
        time.sleep(random.uniform(0, 0.1))
        workers = children_of(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate()

    assert (process.returncode, err) == (
        130,
        "encoders: stopped; the same command goes on from here\n",
    )
    wait_for(lambda: not any(map(is_running, workers)))
    assert part(output).is_dir()
    assert not output.exists()
    with start(files, output) as process:
        process.communicate()
    assert content(output) == files.clean[name]


def test_ctrl_c_again_and_again_leaves_no_process(files: Files, tmp_path: Path) -> None:
    with start(files, tmp_path / "rows.jsonl") as process:
        wait_for(lambda: is_at_work(process))
        workers = children_of(process.pid)
        while process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.001)
        process.communicate()
    wait_for(lambda: not any(map(is_running, workers)))


# Workers that are lost.


@ways
def test_workers_killed_in_mid_run_change_no_row(way: str, files: Files, tmp_path: Path) -> None:
    output = tmp_path / "rows.jsonl"

    assert output_of("loses_workers", way, files.listed, output) == [2]
    assert content(output) == files.clean["rows.jsonl"]


def test_a_file_that_ends_its_worker_each_time_is_an_error_row(tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    slow = tmp_path / "slow.png"
    pixels = np.random.default_rng(1).integers(0, 256, (2000, 2000, 3), np.uint8)
    Image.fromarray(pixels).save(slow, compress_level=1)
    paths = [PNG] * 5 + [str(slow)] + [PNG] * 200
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
    assert rows[:5] + rows[6:] == [good] * 205


@pytest.mark.parametrize("python", ["/bin/false", "/nowhere/python", "", None])
def test_a_worker_that_cannot_start_is_an_error(
    python: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python)
    with ThreadPoolExecutor() as pool:  # so that none can be forked
        for job in (
            lambda: list(batch.encode([PNG] * 1000)),
            lambda: batch.write([PNG] * 1000, tmp_path / "rows.jsonl"),
        ):
            with pytest.raises(ChildProcessError, match="process for encoding"):
                pool.submit(job).result()


def test_no_worker_is_left_where_others_could_not_start() -> None:
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
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",  # the system clears processes away itself
        "sys.path.append(pathlib.Path('/nowhere'))",
        "sys.path.append(pathlib.Path('/nowhere')); threading.Thread(target=over.wait).start()",
    ],
)
def test_a_process_with_settings_of_its_own_has_workers_all_the_same(before: str) -> None:
    script = (
        "import pathlib, signal, sys, threading\n"
        "from encoders import batch\n"
        f"over = threading.Event(); {before}\n"
        f"print([row.media_type for row in batch.encode([{PNG!r}] * 50)])\n"
        "over.set()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{['image/png'] * 50}\n", "")


def test_an_option_that_a_worker_cannot_load_is_an_error_once() -> None:
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
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "a process for encoding ended at once, with status 1\n"
    assert "Can't get attribute 'Format'" in done.stderr


# Full disks.


@formats
def test_full_disk_is_one_line_and_with_room_the_same_command_goes_on(
    name: str, files: Files, mounted: Callable[[str], Path]
) -> None:
    output = mounted("size=16m") / name
    with start(files, output) as process:
        _, err = process.communicate()
    assert (process.returncode, err) == (2, f"encoders: {output}: No space left on device\n")
    with pytest.raises(OSError, match="No space left") as caught:
        batch.write(files.paths, output)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(output))

    mounted("remount,size=200m")
    done = batch.write(files.paths, output)
    assert done.kept > 0
    assert content(output) == files.clean[name]
    assert [path.name for path in output.parent.iterdir()] == [name]


@formats
def test_file_over_the_systems_limit_is_one_line_and_without_it_the_same_command_goes_on(
    name: str, files: Files, tmp_path: Path
) -> None:
    output = tmp_path / name
    with start(files, output, before=f"ulimit -f {(16 << 20) // 512}") as process:
        _, err = process.communicate()
    assert (process.returncode, err) == (2, f"encoders: {output}: File too large\n")

    assert batch.write(files.paths, output).kept > 0
    assert content(output) == files.clean[name]


# Others at work.


@formats
def test_a_second_process_on_an_output_is_refused_and_the_first_unharmed(
    name: str, files: Files, tmp_path: Path
) -> None:
    output = tmp_path / name
    with program("waits", "forked", files.listed, output) as first:
        assert first.stdout
        assert json.loads(first.stdout.readline()) == "half"
        for overwrite in (False, True):
            with pytest.raises(BlockingIOError, match="another process") as caught:
                batch.write(files.paths, output, overwrite=overwrite)
            assert caught.value.filename == str(output)
        with start(files, output) as second:
            assert second.communicate()[1].endswith(f"{output}: another process is at work on it\n")
        assert second.returncode == 2
        out, err = first.communicate("go on\n")

    assert (json.loads(out), err) == (1500, "")
    assert content(output) == files.clean[name]


# Other files, other options, and damage, between the runs.


@formats
@pytest.mark.parametrize("change", ["added", "removed", "turned round", "cut off", "none"])
def test_files_that_change_between_runs_give_what_a_clean_run_over_them_gives(
    change: str, name: str, large: Files, tmp_path: Path
) -> None:
    old = large.paths
    new = {
        "added": [*old[:40], PNG, *old[40:]],
        "removed": old[:40] + old[41:],
        "turned round": old[::-1],
        "cut off": old[:40],
        "none": [],
    }[change]
    broken_off(old[:60], tmp_path / name)

    done = batch.write(new, tmp_path / name)
    assert content(tmp_path / name) == clean(new, tmp_path / f"clean-{name}")
    assert (done.kept > 0) == (change not in ("turned round", "none"))
    assert not part(tmp_path / name).exists()


@formats
def test_other_options_are_refused_until_the_job_may_begin_anew(name: str, tmp_path: Path) -> None:
    output = tmp_path / name
    broken_off([PNG] * 50, output, format="jpeg")
    before = (part(output) / "rows").read_bytes()

    with pytest.raises(FileExistsError, match="other options") as caught:
        batch.write([PNG] * 50, output)
    assert caught.value.filename == str(output)
    assert (part(output) / "rows").read_bytes() == before
    done = batch.write([PNG] * 50, output, overwrite=True)
    assert done == batch.Summary(50, 0, 0)
    assert content(output) == clean([PNG] * 50, tmp_path / f"clean-{name}")


@formats
def test_a_finished_output_stays_as_it_is(name: str, large: Files, tmp_path: Path) -> None:
    output = tmp_path / name
    batch.write(large.paths, output)
    before = identity(output)

    assert batch.write(large.paths, output) == batch.Summary(70, 0, 70)
    for others in ([*large.paths, PNG], large.paths[:-1], large.paths[::-1], []):
        with pytest.raises(FileExistsError, match="not with these files") as caught:
            batch.write(others, output)
        assert caught.value.filename == str(output)
    assert identity(output) == before
    assert [path.name for path in tmp_path.iterdir()] == [name]


def identity(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size, status.st_nlink


@formats
def test_a_finished_output_under_two_names_is_not_written_to(name: str, tmp_path: Path) -> None:
    output = tmp_path / name
    batch.write([PNG] * 50, tmp_path / f"clean-{name}")
    folder = broken_off([PNG] * 50, output)
    (tmp_path / f"clean-{name}").rename(output)
    (folder / "rows").unlink()  # as a kill leaves it between the two steps of giving a name
    (folder / "rows").hardlink_to(output)
    before = content(output)

    broken_off([str(FIXTURES / "image" / "small.gif")] * 50, output, overwrite=True)
    assert content(output) == before
    assert batch.write([PNG] * 50, output).kept == 50
    (folder / "rows").unlink()
    (folder / "rows").hardlink_to(output)
    assert batch.write([PNG] * 50, output).kept == 50
    assert not folder.exists()


def zeros(file: IO[bytes], size: int) -> None:
    file.seek(size // 3)
    file.write(bytes(5000))


def zeros_to_the_end(file: IO[bytes], size: int) -> None:
    file.truncate(size // 2)
    file.truncate(size)


def cut_off(file: IO[bytes], size: int) -> None:
    file.truncate(size // 2 + 1)


def emptied(file: IO[bytes], size: int) -> None:
    file.truncate(0)


def garbage(file: IO[bytes], size: int) -> None:
    file.seek(size)
    file.write(random.Random(1).randbytes(1000))


def brackets(file: IO[bytes], size: int) -> None:
    file.seek(size // 3)
    file.write(b"\n" + b"[" * 100_000 + b"\n")


def small_numbers(file: IO[bytes], size: int) -> None:
    file.seek(size)
    file.write(bytes(8) + b"\x0c" + bytes(7))


DAMAGES: dict[tuple[str, str], list[Callable[[IO[bytes], int], None]]] = {
    ("rows.jsonl", "rows"): [zeros, zeros_to_the_end, cut_off, garbage, brackets],
    ("rows.jsonl", "job.json"): [cut_off, emptied, zeros_to_the_end, garbage],
    ("rows.parquet", "rows"): [zeros, zeros_to_the_end, cut_off, emptied],
    ("rows.parquet", "ends"): [cut_off, garbage, small_numbers, zeros_to_the_end],
}


@pytest.mark.parametrize(
    ("name", "which", "damage"),
    [(*where, damage) for where, damages in DAMAGES.items() for damage in damages],
)
def test_a_damaged_part_gives_what_a_clean_run_gives(
    name: str, which: str, damage: Callable[[IO[bytes], int], None], large: Files, tmp_path: Path
) -> None:
    damaged = broken_off(large.paths[:60], tmp_path / name) / which
    with damaged.open("r+b") as file:
        damage(file, damaged.stat().st_size)

    if which == "job.json":
        for overwrite in (False, True):
            with pytest.raises(FileExistsError, match="not made here"):
                batch.write(large.paths, tmp_path / name, overwrite=overwrite)
        shutil.rmtree(damaged.parent)
    batch.write(large.paths, tmp_path / name)
    assert content(tmp_path / name) == large.clean[name]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_pipe_in_the_way_is_neither_waited_for_nor_replaced(
    overwrite: bool, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "rows.jsonl")

    with pytest.raises(FileExistsError, match="not a regular file"):
        batch.write([PNG], tmp_path / "rows.jsonl", overwrite=overwrite)
    assert (tmp_path / "rows.jsonl").is_fifo()


# Callers that walk away, or fail.


class OwnError(OSError):
    """An error of the caller's, which has a number and no name, as those of a network have."""


def endless() -> Iterator[str]:
    return itertools.repeat(PNG)


def test_an_error_of_the_callers_comes_out_as_it_is(tmp_path: Path) -> None:
    error = OwnError(errno.ECONNRESET, "ours")

    def failing() -> Iterator[str]:
        yield from [PNG] * 300
        raise error

    def report(done: batch.Summary) -> None:
        if done.rows:
            raise error

    for job in (
        lambda: list(batch.encode(failing())),
        lambda: batch.write(failing(), tmp_path / "a.jsonl"),
        lambda: batch.write(failing(), tmp_path / "a.parquet"),
        lambda: batch.write(endless(), tmp_path / "b.jsonl", report=report),
        lambda: batch.write(endless(), tmp_path / "b.parquet", report=report),
        lambda: batch.write_lines(endless(), io.BytesIO(), report=report),
    ):
        with pytest.raises(OwnError) as caught:
            job()
        assert caught.value is error
        assert caught.value.filename is None
        assert len(children_of(os.getpid())) == 0


@formats
def test_a_path_that_no_file_can_have_is_an_error_row(name: str, tmp_path: Path) -> None:
    paths = ["\ud800", "\0", "", "x" * 100_000, "\udcff", PNG]
    done = batch.write(paths, tmp_path / name)

    assert done == batch.Summary(6, 5, 0)
    assert batch.write(paths, tmp_path / name) == batch.Summary(6, 5, 6)


def test_a_loop_may_be_left_in_any_way() -> None:
    for row in batch.encode(endless()):
        assert row.error is None
        break
    with pytest.raises(OwnError):
        for _ in batch.encode(endless()):
            raise OwnError
    rows = batch.encode(endless())
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    rows = batch.encode(endless())
    next(rows)
    del rows
    batch.encode(endless())
    assert len(list(itertools.islice(batch.encode(endless()), 2000))) == 2000


@ways
def test_the_end_of_the_interpreter_ends_the_rows_that_are_left(way: str) -> None:
    for _ in range(3):
        assert output_of("is_left", way, PNG) == [None]


def test_rows_may_be_dropped_wherever_the_collector_of_garbage_finds_them() -> None:
    assert output_of("is_collected_anywhere", "forked", PNG) == [[1, 0]] * 15


def test_rows_come_in_threads_and_beside_each_other(large: Files) -> None:
    paths = large.paths[:20]
    rows = list(batch.encode(paths))
    assert [row.error for row in rows] == [None] * 20

    def encoded(shift: int) -> bool:
        turned = paths[shift:] + paths[:shift]
        return list(batch.encode(turned, workers=2)) == rows[shift:] + rows[:shift]

    assert asyncio.run(asyncio.to_thread(encoded, 0))
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(encoded, range(8)))
    pairs = list(zip(batch.encode(paths), batch.encode(paths[::-1]), strict=True))
    assert pairs == list(zip(rows, rows[::-1], strict=True))


def test_rows_do_not_wait_for_paths_that_come_slowly(tmp_path: Path) -> None:
    tiny = tmp_path / "tiny.txt"
    tiny.write_text("text")
    taken = []

    def slow() -> Iterator[Path]:
        for number in range(1000):
            taken.append(number)
            time.sleep(0.02)
            yield tiny

    seen = [len(taken) - number for number, _ in zip(range(20), batch.encode(slow()), strict=False)]
    assert len(seen) == 20
    assert max(seen[10:]) < 500


def test_the_first_row_does_not_wait_for_the_paths_of_all_processes() -> None:
    taken = itertools.count()

    def slow() -> Iterator[str]:
        for _ in range(40):
            next(taken)
            time.sleep(0.2)
            yield PNG

    assert next(batch.encode(slow(), workers=20)).error is None
    assert next(taken) < 20


# Rows of all sizes.


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_rows_larger_than_all_buffers_come_in_order(workers: int, tmp_path: Path) -> None:
    huge = tmp_path / "huge.pdf"
    huge.write_bytes(PDF_HEAD + bytes(12_000_000))
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
                assert row.size == 12_000_009
                time.sleep(0.05)  # so that the others wait with what they have
        assert seen == [(path, path == kinds["bad"]) for path in paths]


@pytest.mark.parametrize("has_poll", [True, False])
def test_lists_of_paths_larger_than_a_pipe_come_in_order(
    has_poll: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_poll:  # as on Windows
        monkeypatch.delattr(select, "poll")
    paths = [str(number) * 30_000 for number in range(400)]

    rows = list(batch.encode(paths, workers=3))
    assert [row.path for row in rows] == paths
    assert all(row.error for row in rows)


def test_a_system_without_poll_gives_the_same_rows(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(select, "poll")
    assert clean(files.paths, tmp_path / "rows.jsonl") == files.clean["rows.jsonl"]


@pytest.mark.parametrize("workers", range(1, 9))
def test_no_rows_one_row_and_nothing_but_errors_come(workers: int, tmp_path: Path) -> None:
    missing = str(tmp_path / "none")

    assert list(batch.encode([], workers=workers)) == []
    assert [row.error for row in batch.encode([PNG], workers=workers)] == [None]
    rows = list(batch.encode([missing] * 3000, workers=workers))
    assert rows == [(missing, None, None, None, "No such file or directory")] * 3000


# What is used.


@ways
def test_a_job_leaves_no_file_open_and_no_process(way: str, large: Files, tmp_path: Path) -> None:
    for name, files, processes in output_of("counts", way, large.listed, tmp_path):
        assert (name, files, processes) == (name, 0, 0)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with lists of 2,000 and of 20,000 files of 2 to 8 KiB."""
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
def test_memory_is_the_same_for_ten_times_as_many_files(
    name: str, many: Path, tmp_path: Path
) -> None:
    few, ten_times = (
        statistics.median(
            sum(
                output_of(
                    "peaks", "forked", many / str(count), tmp_path / f"{turn}-{count}-{name}"
                )[0]
            )
            for turn in range(3)
        )
        for count in (1000, 10_000)
    )
    assert ten_times < 1.1 * few


def test_memory_is_bounded_where_the_loop_is_slow(tmp_path: Path) -> None:
    medium = tmp_path / "medium.pdf"
    medium.write_bytes(PDF_HEAD + bytes(2_000_000))
    small = tmp_path / "small.txt"
    small.write_text("text")

    (peak,) = output_of("takes_its_time", "forked", small, medium)
    assert peak < 130_000  # KiB, of which Python takes 40,000
