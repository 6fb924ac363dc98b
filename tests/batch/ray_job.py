"""Run the README's recipe for Ray on a cluster of this machine, and kill a worker in a task.

    python tests/batch/ray_job.py FOLDER REPORT

The recipe reads from and writes to S3; so a server of moto's runs in this process, and the folder's
files are put there. What came out goes into the report, as JSON, for tests/batch/test_mapper.py.
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.paths import ROOT

README = ROOT / "README.md"
WORKERS = 4
RECIPE: dict[str, Any] = {"codec": "image", "format": "jpeg", "max_size": 512}  # as the README has

_FILES = 15  # in a block of Ray's: of the recipe's 1000 there would be one block
_TITLE = b"ray::MapBatches(Mapper)"  # the name that Ray gives to a process while it runs our task


def main(folder: str, report: str) -> None:
    """Run all, and write the report."""
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as own:  # sockets have short names
        store = Store(home=own)
        system().put(folder, "bucket/in", recursive=True)
        with cluster(own):
            with killer(store) as found:
                run_recipe()
            found["files fetched twice"] = fetched_twice(store.asked)
            found["rows"] = [row for file in written() for row in file.read().to_pylist()]
            found["schemas"] = sorted({str(file.schema_arrow) for file in written()})
            found["rows of bytes"] = rows_of_bytes()
    Path(report).write_text(json.dumps(found), encoding="utf-8")


class Store:
    """S3 for this machine alone.

    Attributes:
        asked: a line for each request, such as ``"GET /bucket/in/photo.jpg HTTP/1.1" 206``.
        answering: while it is clear, a file that is asked for does not come.
    """

    def __init__(self, home: str) -> None:
        from moto.server import ThreadedMotoServer

        self.asked: list[str] = []
        self.answering = threading.Event()
        self.answering.set()
        log = logging.getLogger("werkzeug")
        log.setLevel(logging.INFO)
        log.addFilter(self._before_answer)
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        os.environ |= {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": host,
            "HOME": home,  # Ray leaves a token in it, and somebody's settings for S3 may be there
        }
        system().mkdir("bucket")

    def _before_answer(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        self.asked.append(line)
        if "GET /bucket/in/" in line:
            self.answering.wait(30)
        return False  # not to be printed


def system() -> Any:
    """Return the store as fsspec knows it."""
    import fsspec

    return fsspec.filesystem("s3")


@contextmanager
def cluster(folder: str) -> Iterator[None]:
    """Run a cluster of several processes, with its files in a folder."""
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(
        num_cpus=WORKERS,  # the machine may have less
        object_store_memory=100 << 20,
        include_dashboard=False,
        log_to_driver=False,
        _temp_dir=folder,
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        yield
    finally:
        ray.shutdown()


def run_recipe() -> None:
    """Run the code in the README that has a `Mapper`, with smaller blocks."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (recipe,) = [block for block in blocks if "Mapper" in block]
    code = recipe.replace("// 1000", f"// {_FILES}")
    assert code != recipe
    exec(code, {})


@contextmanager
def killer(store: Store) -> Iterator[dict[str, Any]]:
    """Meanwhile, kill one worker, in a task, once some rows are written; tell about workers.

    What is told: how many were ``seen`` in a task of ours, and which was ``killed`` in one.
    """
    found: dict[str, Any] = {"killed": None}
    seen: set[int] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            seen.update(workers_in_task())
            if not found["killed"] and any("PUT /bucket/rows/" in line for line in store.asked):
                store.answering.clear()
                time.sleep(3)  # all workers come to where they wait for files
                seen.update(workers_in_task())
                found["killed"] = kill_one()
                store.answering.set()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
        found["seen"] = len(seen)


def kill_one() -> int | None:
    """Kill a worker that is in a task, and return its process id; None if there is none."""
    for pid in workers_in_task():
        os.kill(pid, signal.SIGSTOP)  # or the task could end between the check and the kill
        if is_in_task(pid):
            os.kill(pid, signal.SIGKILL)
            return pid
        os.kill(pid, signal.SIGCONT)
    return None


def workers_in_task() -> list[int]:
    """Return the process ids of the workers that run a task of ours."""
    return list(filter(is_in_task, descendants(os.getpid())))


def is_in_task(pid: int) -> bool:
    """Tell whether a process runs a task of ours."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(_TITLE)
    except OSError:
        return False


def descendants(pid: int) -> Iterator[int]:
    """Yield the ids of the processes that a process has started, and those that they have."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            started = children.read_text().split()
        except OSError:
            continue
        for child in map(int, started):
            yield child
            yield from descendants(child)


def fetched_twice(asked: list[str]) -> int:
    """Return how many files' contents were asked for more than once."""
    counts = Counter(re.findall(r"GET (/bucket/in/\S+) HTTP", "\n".join(asked)))
    return sum(count > 1 for count in counts.values())


def written() -> Iterator[Any]:
    """Yield the Parquet files in the bucket, in the order of their names."""
    from pyarrow import parquet

    for name in sorted(system().find("bucket/rows")):
        with system().open(name) as file:
            yield parquet.ParquetFile(file)


def rows_of_bytes() -> list[dict[str, Any]]:
    """Return the rows of files that Ray itself has read."""
    import ray

    from encoders import batch

    files = ray.data.read_binary_files("bucket/in/0", filesystem=system(), include_paths=True)
    rows = files.map_batches(batch.Mapper(**RECIPE), batch_format="pyarrow")
    taken: list[dict[str, Any]] = rows.take_all()
    return taken


if __name__ == "__main__":
    main(*sys.argv[1:])
