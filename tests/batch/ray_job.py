"""Run the README's recipe for Ray on a cluster of this machine, and kill a worker in a task.

    python tests/batch/ray_job.py FOLDER REPORT

The recipe reads from S3 and writes to it, so this process runs a moto server with the folder's
files. The results are written to the report, as JSON, for tests/batch/test_mapper.py.
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
WORKERS = 2
RECIPE: dict[str, Any] = {"codec": "image", "format": "jpeg", "max_size": 512}  # as in the README

_BLOCK_FILES = 15  # files in a block of Ray; with the recipe's 1000 there would be one block
_TASK_TITLE = b"ray::MapBatches(Mapper)"  # the title of a process while it runs a task of `Mapper`


def main(folder: str, report: str) -> None:
    """Run the recipe, and write the report."""
    # In /tmp, because the paths of sockets must be short.
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as scratch:
        store = Store(home=scratch)
        file_system().put(folder, "bucket/in", recursive=True)
        with cluster(scratch):
            with kill_a_worker(store) as results:
                run_recipe()
            results["files fetched twice"] = count_fetched_twice(store.requests)
            results["rows"] = [row for file in output_files() for row in file.read().to_pylist()]
            results["schemas"] = sorted({str(file.schema_arrow) for file in output_files()})
            results["rows of bytes"] = rows_of_bytes()
    Path(report).write_text(json.dumps(results), encoding="utf-8")


class Store:
    """An S3 server on this machine.

    Attributes:
        requests: a line for each request, such as ``"GET /bucket/in/photo.jpg HTTP/1.1" 206``.
        answering: while it is not set, requests for files wait.
    """

    def __init__(self, home: str) -> None:
        from moto.server import ThreadedMotoServer

        self.requests: list[str] = []
        self.answering = threading.Event()
        self.answering.set()
        log = logging.getLogger("werkzeug")
        log.setLevel(logging.INFO)
        log.addFilter(self._record_request)
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        os.environ |= {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": host,
            "HOME": home,  # Ray writes a token into it, and the user's may have settings for S3
        }
        file_system().mkdir("bucket")

    def _record_request(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        self.requests.append(line)
        if "GET /bucket/in/" in line:
            self.answering.wait(30)
        return False  # do not print the line


def file_system() -> Any:
    """Return the store as a file system of fsspec."""
    import fsspec

    return fsspec.filesystem("s3")


@contextmanager
def cluster(folder: str) -> Iterator[None]:
    """Run a cluster of several processes that keeps its files in a folder."""
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(
        num_cpus=WORKERS,  # even if the machine has fewer
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
    """Run the README's code with a `Mapper`, with smaller blocks."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (recipe,) = [block for block in blocks if "Mapper" in block]
    code = recipe.replace("// 1000", f"// {_BLOCK_FILES}")
    assert code != recipe
    exec(code, {})


@contextmanager
def kill_a_worker(store: Store) -> Iterator[dict[str, Any]]:
    """During the block, kill one worker in a task, as soon as some rows are written.

    Yields:
        Results that are complete after the block: ``killed``, the process ID of the killed worker,
        and ``workers``, how many processes ran a task of the mapper when it was killed.
    """
    results: dict[str, Any] = {"killed": None, "workers": 0}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            if not results["killed"] and any(
                "PUT /bucket/rows/" in line for line in store.requests
            ):
                store.answering.clear()
                time.sleep(3)  # until all workers wait for files
                results["workers"] = len(workers_in_task())
                results["killed"] = kill_one()
                store.answering.set()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield results
    finally:
        ended.set()
        thread.join()


def kill_one() -> int | None:
    """Kill a worker that is in a task, and return its process ID; None if there is none."""
    for pid in workers_in_task():
        os.kill(pid, signal.SIGSTOP)  # so that the task cannot end between the check and the kill
        if is_in_task(pid):
            os.kill(pid, signal.SIGKILL)
            return pid
        os.kill(pid, signal.SIGCONT)
    return None


def workers_in_task() -> list[int]:
    """Return the process IDs of the workers that run a task of the mapper."""
    return list(filter(is_in_task, descendants(os.getpid())))


def is_in_task(pid: int) -> bool:
    """Tell whether a process runs a task of the mapper."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(_TASK_TITLE)
    except OSError:
        return False


def descendants(pid: int) -> Iterator[int]:
    """Yield the IDs of a process's child processes, their children, and so on."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            child_ids = children.read_text().split()
        except OSError:
            continue
        for child in map(int, child_ids):
            yield child
            yield from descendants(child)


def count_fetched_twice(requests: list[str]) -> int:
    """Return the number of files that were requested more than once."""
    counts = Counter(re.findall(r"GET (/bucket/in/\S+) HTTP", "\n".join(requests)))
    return sum(count > 1 for count in counts.values())


def output_files() -> Iterator[Any]:
    """Yield the Parquet files in the bucket, sorted by name."""
    from pyarrow import parquet

    for name in sorted(file_system().find("bucket/rows")):
        with file_system().open(name) as file:
            yield parquet.ParquetFile(file)


def rows_of_bytes() -> list[dict[str, Any]]:
    """Return the rows of files that are read by Ray."""
    import ray

    from encoders import batch

    files = ray.data.read_binary_files("bucket/in/0", filesystem=file_system(), include_paths=True)
    rows = files.map_batches(batch.Mapper(**RECIPE), batch_format="pyarrow")
    taken: list[dict[str, Any]] = rows.take_all()
    return taken


if __name__ == "__main__":
    main(*sys.argv[1:])
