"""Jobs of many files in processes of their own, for the faults of `tests.batch.test_batch_faults`.

``python -m tests.faults.many JOB WAY [ARGUMENT...]`` runs one, in a process that can be forked, has
a second thread, or has numpy; prints what was seen, as JSON, one value a line.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from encoders import batch

left: Iterator[batch.Row] = iter(())


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started and that have not ended, or not quite."""
    return [each for each in _processes() if _status(each)[1:2] == [str(pid)]]


def is_running(pid: int) -> bool:
    return _status(pid)[:1] not in ([], ["Z"])


def holders_of(path: str, pids: list[int]) -> list[int]:
    """Return those of some processes that have a file open."""
    return [pid for pid in pids if path in _open_files(pid)]


def _processes() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208


def _status(pid: int) -> list[str]:
    """Return a process's state, its parent and more; nothing if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _open_files(pid: int) -> Iterator[str]:
    with suppress(OSError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield str(each.readlink())


def print_json(value: object) -> None:
    print(json.dumps(value), flush=True)


def endless(path: str) -> None:
    """Encode a file for ever, and print which processes do so once there is a row."""
    rows = batch.encode(itertools.repeat(path), workers=2)
    next(rows)
    print_json(children_of(os.getpid()))
    for _ in rows:
        pass


def loses_workers(listed: str, output: str) -> None:
    """Write rows, kill each of the processes once in mid-run, and print how many those were."""
    paths = Path(listed).read_text().splitlines()
    killed: list[int] = []

    def kill(done: batch.Summary) -> None:
        if not killed and done.rows > len(paths) // 3:
            killed.extend(children_of(os.getpid()))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    batch.write(paths, output, workers=2, report=kill)
    print_json(len(killed))


def is_left(path: str) -> None:
    """Take a row and leave the rest, up to the end of the interpreter and beyond."""
    global left
    left = batch.encode(itertools.repeat(path), workers=2)
    print_json(next(left).error)


def waits(listed: str, output: str) -> None:
    """Write rows, and wait for a line on standard input when half of the paths were taken."""
    paths = Path(listed).read_text().splitlines()

    def taken() -> Iterator[str]:
        for number, path in enumerate(paths):
            if number == len(paths) // 2:
                print_json("half")
                sys.stdin.readline()
            yield path

    print_json(batch.write(taken(), output).rows)


def counts(listed: str, folder: str) -> None:
    """Print how many files and processes are left open, beside those there were, after each job."""
    paths = Path(listed).read_text().splitlines()
    few = paths[:20]
    jobs: dict[str, Callable[[int], object]] = {
        "encode": lambda _: sum(1 for _ in batch.encode(few)),
        "left": lambda _: next(batch.encode(few)),
        "dropped": lambda _: _drop_in_a_circle(few),
        "lines": lambda number: batch.write(paths, f"{folder}/{number}.jsonl"),
        "table": lambda number: batch.write(paths, f"{folder}/{number}.parquet", workers=1),
        "lines again": lambda _: batch.write(paths, f"{folder}/0.jsonl"),
        "table again": lambda _: batch.write(paths, f"{folder}/0.parquet"),
        "refused": lambda _: _refused(paths[:5], f"{folder}/0.jsonl"),
        "failed": lambda _: _failed(few, f"{folder}/failed.jsonl"),
    }
    for name, job in jobs.items():
        job(0)  # which may open what stays, such as a library's own
        before = _open_count()
        job(1)
        print_json([name, _open_count() - before, len(children_of(os.getpid()))])


def _open_count() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _drop_in_a_circle(paths: list[str]) -> None:
    circle: list[object] = [batch.encode(paths, workers=1)]
    circle.append(circle)
    next(circle[0])  # type: ignore[call-overload]
    del circle
    gc.collect()


def _refused(paths: list[str], output: str) -> None:
    with suppress(FileExistsError):
        batch.write(paths, output)


def _failed(paths: list[str], output: str) -> None:
    def broken() -> Iterator[str]:
        yield from paths
        raise KeyError

    with suppress(KeyError):
        batch.write(broken(), output, workers=1, overwrite=True)


def is_collected_anywhere(path: str) -> None:
    """Drop rows in circles while the collector runs in all threads; print which threads stay."""
    gc.set_threshold(50, 2, 2)
    for _ in range(15):
        circle: list[object] = [batch.encode(itertools.repeat(path), workers=2)]
        circle.append(circle)
        next(circle[0])  # type: ignore[call-overload]
        del circle
        until = time.monotonic() + 20
        while (threading.active_count() > 1 or children_of(os.getpid())) and (
            time.monotonic() < until
        ):
            time.sleep(0.01)
            gc.collect()
        print_json([threading.active_count(), len(children_of(os.getpid()))])


def peaks(listed: str, output: str) -> None:
    """Write rows, and print the most memory of this process and of its two workers, in KiB."""
    others: dict[int, int] = {}

    def measure(done: batch.Summary) -> None:
        if done.rows:
            for pid in others or children_of(os.getpid()):
                others[pid] = peak_of(pid)

    with open(listed) as lines:
        batch.write((line.rstrip("\n") for line in lines), output, workers=2, report=measure)
    print_json([peak_of(os.getpid()), *others.values()])


def takes_its_time(small: str, large: str) -> None:
    """Loop slowly over large files, after many small ones, and print the most memory in KiB."""
    paths = itertools.chain([small] * 3000, itertools.repeat(large))
    for row in itertools.islice(batch.encode(paths), 3010):
        if row.path == large:
            time.sleep(0.1)
    print_json(peak_of(os.getpid()))


def peak_of(pid: int) -> int:
    """Return the most memory that a process had, in KiB; that of who started it does not count."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


JOBS: dict[str, Callable[..., None]] = {
    job.__name__: job
    for job in (
        endless,
        loses_workers,
        is_left,
        waits,
        counts,
        is_collected_anywhere,
        peaks,
        takes_its_time,
    )
}


def main(job: str, way: str, *arguments: str) -> None:
    if way == "threads":
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    elif way == "numpy":
        import numpy  # noqa: F401
    JOBS[job](*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
