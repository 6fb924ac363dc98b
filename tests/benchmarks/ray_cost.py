"""Print what a file costs on Ray Data, beside `batch.write`: both into Parquet, on this machine.

    python -m tests.benchmarks.ray_cost

A job's seconds are those of a job of two files, and what each further file adds: of each the least
of seven turns, the two sides in turn, since whatever else runs only adds. With moto and s3fs
installed, what a file on S3 costs comes last.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from encoders import batch, data_url, image

from .mixed_files import make

Job = Callable[[list[str], Path], object]

_TURNS = 7
_SMALL, _PICTURES = 20_000, 200  # files
_TO_JPEG = {"codec": "image", "format": "jpeg", "max_size": 512}


class Cost(NamedTuple):
    """What a job takes: seconds for two files, and those that each further one adds."""

    start: float
    file: float


def main() -> None:
    """Print all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "small", _SMALL)
        make_pictures(folder / "pictures", _PICTURES)
        start, first = start_ray()
        print(
            f"{cores()} workers on {cores()} cores. Ray starts in {start:.1f} s, and its first job,"
            f" of two files, takes {first:.1f} s more than the second.\n"
        )
        print("| files | `batch.write` | Ray Data | |\n|---|--:|--:|--:|")
        small = f"{_SMALL:,} of 2 to 7 KiB"
        print_costs(small, folder / "small", 1000, {})
        print_costs(small, folder / "small", 5000, {})
        print_costs(f"{_PICTURES} PNG of 1 MiB to JPEG", folder / "pictures", 10, _TO_JPEG)
        if find_spec("moto") and find_spec("s3fs"):
            print_store_cost(folder / "small" / "000")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def make_pictures(folder: Path, count: int) -> None:
    """Make pictures of 768×768 and about 1 MiB: a slope with noise, as a photograph has it."""
    folder.mkdir()
    slope = np.linspace(0, 200, 768)[:, None, None] + np.zeros((1, 768, 3))
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 24, slope.shape)
        url = data_url.parse(image.encode((slope + noise).astype(np.uint8)))
        (folder / f"{number:04}.png").write_bytes(url.data)


def start_ray() -> Cost:
    """Start a cluster; return the seconds that this took, and those of a first job over a next."""
    began = time.perf_counter()
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(
        num_cpus=cores(),
        include_dashboard=False,
        logging_level=logging.ERROR,
        # Workers have a low priority by default: any other program would run first.
        _system_config={"worker_niceness": 0},
    )
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True  # this and the next as in the README
    context.op_resource_reservation_enabled = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    start = time.perf_counter() - began
    job = partial(on_ray, 1, {})
    first, second = (seconds(job, [__file__] * 2) for _ in range(2))
    return Cost(start, first - second)


def here(options: dict[str, Any], paths: list[str], folder: Path) -> None:
    """Write the rows of files by the plain local run."""
    batch.write(paths, folder / "rows.parquet", **options)


def on_ray(in_task: int, options: dict[str, Any], paths: list[str], folder: Path) -> None:
    """Write the rows of files as the README does on Ray."""
    import ray

    items = [{"path": path} for path in paths]
    files = ray.data.from_items(items, override_num_blocks=-(-len(paths) // in_task))
    rows = files.map_batches(batch.Mapper(**options), batch_format="pyarrow")
    rows.write_parquet(str(folder), compression="zstd")


def print_costs(label: str, folder: Path, in_task: int, options: dict[str, Any]) -> None:
    """Print two lines of the table."""
    paths = list(batch.find(folder))
    ours, rays = costs([partial(here, options), partial(on_ray, in_task, options)], paths)
    ratio = f"{rays.file / ours.file:.2f} ×"
    print(f"| {label}, {in_task:,} a task: two files | {ours.start:.2f} s | {rays.start:.2f} s | |")
    print(
        f"| each further file | {ours.file * 1e6:,.0f} µs | {rays.file * 1e6:,.0f} µs | {ratio} |",
        flush=True,
    )


def costs(jobs: list[Job], paths: list[str]) -> list[Cost]:
    """Return what each job costs, on files that lie in the page cache."""
    few, many = (turns(jobs, some) for some in (paths[:2], paths))
    return [
        Cost(start, (whole - start) / (len(paths) - 2))
        for start, whole in zip(few, many, strict=True)
    ]


def turns(jobs: list[Job], paths: list[str]) -> list[float]:
    """Return the least seconds of each job."""
    taken = [[seconds(job, paths) for job in jobs] for _ in range(_TURNS)]
    return [min(each) for each in zip(*taken, strict=True)]


def seconds(job: Job, paths: list[str]) -> float:
    """Return the seconds of a job."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        job(paths, Path(folder))
        return time.perf_counter() - began


def print_store_cost(folder: Path) -> None:
    """Print for how long a file keeps a core of the client's busy, on S3 and on this disk."""
    import fsspec

    with store():
        system = fsspec.filesystem("s3")
        system.mkdir("bucket")
        system.put(str(folder), "bucket/in", recursive=True)
        far, near = (core_seconds(list(batch.find(each))) for each in ("s3://bucket/in", folder))
    print(
        f"\nOne process: a file of 2 to 7 KiB on S3 keeps a core busy for {far * 1e6:,.0f} µs, "
        f"the same on this disk for {near * 1e6:,.0f} µs."
    )


@contextmanager
def store() -> Iterator[None]:
    """Run a store, in a process of its own, so that its time is not taken for the client's."""
    command = [sys.executable, "-c", _STORE]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL) as process:
        assert process.stdin and process.stdout
        os.environ |= {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{process.stdout.readline().decode().strip()}",
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
        }
        try:
            yield
        finally:
            process.stdin.close()


_STORE = """
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


def core_seconds(paths: list[str]) -> float:
    """Return the seconds of a core that a file takes, by a `Mapper` in this process."""
    import pyarrow

    table = pyarrow.table({"path": paths})
    for _ in range(2):  # the first time there are connections to make
        began = time.process_time()
        for _ in batch.Mapper()(table):
            pass
        taken = time.process_time() - began
    return taken / len(paths)


if __name__ == "__main__":
    main()
