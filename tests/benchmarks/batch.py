"""Many small files: `encoders.batch` beside the loops that a user would write."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tests.benchmarks.measure import OURS, Row, compared, mebibytes, temporary_folder
from tests.benchmarks.mixed_files import make
from tests.paths import FIXTURES

FEW, MANY = 2_000, 20_000
_TURNS = 7

_IMPORTS = """
import json, os, sys, time
from concurrent.futures import ProcessPoolExecutor
import encoders
from encoders import batch, image
import encoders.codecs
"""
_LOOP = """
with open(sys.argv[2], "w") as sink:
    for path in batch.find(sys.argv[1]):
        url = encoders.encode(path)
        row = {"path": path, "media_type": url[5:url.index(";")], "size": os.path.getsize(path)}
        sink.write(json.dumps({**row, "data_url": url, "error": None}) + "\\n")
"""
_POOL = """
paths = list(batch.find(sys.argv[1]))
with ProcessPoolExecutor() as pool, open(sys.argv[2], "w") as sink:
    for path, url in zip(paths, pool.map(encoders.encode, paths, chunksize=CHUNK)):
        row = {"path": path, "media_type": url[5:url.index(";")], "size": os.path.getsize(path)}
        sink.write(json.dumps({**row, "data_url": url, "error": None}) + "\\n")
"""
_OURS = """
batch.write(batch.find(sys.argv[1]), sys.argv[2])
"""
_ROWS = """
sum(len(row.data_url) for row in batch.encode(batch.find(sys.argv[1])))
"""
_ROWS_LOOP = """
sum(len(encoders.encode(path)) for path in batch.find(sys.argv[1]))
"""
_ROWS_POOL = """
with ProcessPoolExecutor() as pool:
    sum(map(len, pool.map(encoders.encode, batch.find(sys.argv[1]), chunksize=CHUNK)))
"""
_ONE_CORE = "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
_PHOTOS = """
photos = [sys.argv[1] + "/photo.jpg"] * 60
done = batch.write(photos, sys.argv[2], format="webp", max_size=512)
assert not done.failed
"""
_PHOTOS_LOOP = """
with open(sys.argv[2], "w") as sink:
    for path in [sys.argv[1] + "/photo.jpg"] * 60:
        url = image.encode(path, format="webp", max_size=512)
        sink.write(json.dumps({"path": path, "data_url": url}) + "\\n")
"""


def rows() -> Iterator[Row]:
    """Jobs in new processes, first file to last: modules are imported, no worker is started."""
    with temporary_folder() as folder:
        few, many = folder / "few", folder / "many"
        make(few, FEW)
        make(many, MANY)
        what = f"{MANY:,} small files"
        lines = folder / "rows.jsonl"
        yield compared(
            f"{what} → JSON Lines",
            jobs(
                {
                    OURS: _OURS,
                    "encoders on one core": _ONE_CORE + _OURS,
                    "a loop": _LOOP,
                    "ProcessPoolExecutor.map": _POOL.replace("CHUNK", "1"),
                    "the same, chunksize=100": _POOL.replace("CHUNK", "100"),
                },
                many,
                lines,
            ),
        )
        yield compared(
            f"{what} → rows in a loop",
            jobs(
                {
                    OURS: _ROWS,
                    "a loop": _ROWS_LOOP,
                    "ProcessPoolExecutor.map": _ROWS_POOL.replace("CHUNK", "1"),
                    "the same, chunksize=100": _ROWS_POOL.replace("CHUNK", "100"),
                },
                many,
                lines,
            ),
        )
        tables = {OURS: _OURS, "encoders on one core": _ONE_CORE + _OURS}
        yield compared(f"{what} → Parquet", jobs(tables, many, folder / "rows.parquet"))
        yield compared(
            "60 photos → WebP, JSON Lines",
            jobs(
                {
                    OURS: _PHOTOS,
                    "encoders on one core": _ONE_CORE + _PHOTOS,
                    "a loop": _PHOTOS_LOOP,
                },
                FIXTURES / "image",
                lines,
            ),
        )
        for target in (lines, folder / "rows.parquet"):
            peaks = [peak_of_all(_OURS, each, target) for each in (few, many)]
            yield Row(
                f"peak of all processes, {MANY:,} small files → {target.suffix}",
                mebibytes(peaks[1]),
                {f"{FEW:,} files": mebibytes(peaks[0])},
            )


def jobs(programs: Mapping[str, str], *arguments: Path) -> dict[str, float]:
    """Return the seconds of each job: the median of some turns."""
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(_TURNS):
        for name, program in programs.items():
            arguments[-1].unlink(missing_ok=True)  # otherwise its end would count for the next job
            with _started(program, *arguments) as process:
                output, _ = process.communicate()
            if process.returncode:
                raise RuntimeError(f"{name} ended with status {process.returncode}")
            taken[name].append(float(output))
    return {name: statistics.median(found) for name, found in taken.items()}


def peak_of_all(program: str, *arguments: Path) -> float:
    """Return the peaks of a program's processes in bytes, added up; shared pages count in each."""
    peaks: dict[str, int] = {}
    arguments[-1].unlink(missing_ok=True)
    with _started(program, *arguments) as process:
        while process.poll() is None:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            with suppress(OSError):
                for number in (str(process.pid), *children.read_text().split()):
                    status = Path(f"/proc/{number}/status").read_text()
                    if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                        peaks[number] = int(found[1]) * 1024
            time.sleep(0.002)
    return sum(peaks.values())


def _started(program: str, *arguments: Path) -> subprocess.Popen[bytes]:
    timed = f"{_IMPORTS}began = time.perf_counter()\n{program}\nprint(time.perf_counter() - began)"
    command = [sys.executable, "-c", timed, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)
