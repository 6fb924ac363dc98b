"""Measure calls side by side: in turns, and each turn in a new process.

Two things change such figures by a factor of two and more, and both depend on what a process did
before. glibc takes blocks over a bound from the system and returns them at once, which costs a page
fault for each 4 KiB; the bound is 128 KiB at first and grows up to 32 MiB with what was freed.
And memory that a peer has left changes where our blocks lie. So no two sides share a process, and
each process begins by freeing a block of 31 MiB, as a program that has read a big file: smaller
blocks then come from memory that the process already has, for every side alike.
"""

from __future__ import annotations

import math
import multiprocessing
import platform
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from os import cpu_count
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

OURS = "encoders"
COLUMNS = ("gradio_client", "standard library", "memory copy")  # the last is the limit

Call = Callable[[], object]
# Prepares the content of a path and returns the call that is measured. It is a module's function,
# which another process finds by name.
Side = Callable[[Path], Call]
Sides = Mapping[str, Side]

TURNS = 5
_PATIENCE = 10.0  # seconds: a row that took longer ends with its second turn
_TURN = 0.05  # seconds of calls in a turn, at least
_LONG = 1.0  # seconds of a call that needs no warming up
_MOST_CALLS = 5000
_FREED_FIRST = 31 << 20  # bytes: from 32 MiB on glibc's bound stays as it is

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Row(NamedTuple):
    """A line of the table, as text: what was measured, our figure, and each peer's."""

    what: str
    ours: str
    peers: Mapping[str, str]


def duration(seconds: float) -> str:
    """Return a time with three digits.

    >>> duration(0.0123456), duration(99.96e-6), duration(1.5)
    ('12.3 ms', '100 µs', '1.50 s')
    """
    for unit, factor in (("µs", 1e6), ("ms", 1e3)):
        if seconds * factor < 999.5:
            return f"{_digits(seconds * factor, 3)} {unit}"
    return f"{_digits(seconds, 3)} s"


def mebibytes(count: float) -> str:
    """Return a number of bytes in MiB, to a tenth at most: the kernel counts no finer.

    >>> mebibytes(3 << 19), mebibytes(12345), mebibytes(1 << 30)
    ('1.5 MiB', '0.0 MiB', '1024 MiB')
    """
    return f"{count / 2**20:.{0 if count >= 10 << 20 else 1}f} MiB"


def compared(
    what: str, figures: Mapping[str, float], text: Callable[[float], str] = duration
) -> Row:
    """Return a row of figures of which less is better, with the ratio of each peer to ours."""
    ours = figures[OURS]
    peers = {
        name: text(figure) + (f" ({_digits(figure / ours, 2)} ×)" if figure and ours else "")
        for name, figure in figures.items()
        if name != OURS
    }
    return Row(what, text(ours), peers)


def in_turns(sides: Sides, path: Path, turns: int = TURNS) -> dict[str, float]:
    """Return the seconds of each side's call: the median of some turns, each in a new process.

    Of two turns, which are enough where calls take long, it is the lower.
    """
    taken: dict[str, list[float]] = {name: [] for name in sides}
    began = time.perf_counter()
    for turn in range(turns):
        for name, side in sides.items():
            taken[name].append(apart(seconds, side, path))
        if turn and time.perf_counter() - began > _PATIENCE:
            break
    return {name: statistics.median_low(found) for name, found in taken.items()}


def apart(measure: Callable[_P, _T], *arguments: _P.args, **options: _P.kwargs) -> _T:
    """Return what a function returns in a new process."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(measure, *arguments, **options).result()


def seconds(side: Side, path: Path) -> float:
    """Return the median time of a side's call, in this process.

    Freeing what it returns, and deleting a file whose path it returns, is not timed. The first call
    is left out, for it may import and fill caches, unless it takes long.
    """
    bytes(_FREED_FIRST)
    call = side(path)
    first = _once(call)
    if first > _LONG:
        return first
    times: list[float] = []
    end = time.perf_counter() + _TURN
    while not times or (time.perf_counter() < end and len(times) < _MOST_CALLS):
        times.append(_once(call))
    return statistics.median(times)


def _once(call: Call) -> float:
    start = time.perf_counter()
    result = call()
    taken = time.perf_counter() - start
    _discard(result)
    return taken


def _discard(result: object) -> None:
    if isinstance(result, Path):
        result.unlink()


def peak(side: Side, path: Path, small: Path) -> float:
    """Return the bytes that a side's call adds to this process at its peak.

    Args:
        side: what it needs beforehand, such as the text that it decodes, is not counted.
        path: what it is measured on.
        small: what it is called on first, so that what it imports is not counted.
    """
    _once(side(small))
    call = side(path)
    # Not ru_maxrss, which a new process inherits from the one that started it.
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = _high_water()
    result = call()
    added = _high_water() - before
    _discard(result)
    return added


def _high_water() -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if not found:
        raise RuntimeError("/proc/self/status does not say how high the memory was")
    return int(found[1]) * 1024.0


def size_name(size: int) -> str:
    """Return a size that is a whole number of its unit.

    >>> size_name(1 << 10), size_name(1 << 26), size_name(1 << 30)
    ('1 KiB', '64 MiB', '1 GiB')
    """
    for power, unit in ((30, "GiB"), (20, "MiB")):
        if size >= 1 << power:
            return f"{size >> power} {unit}"
    return f"{size >> 10} KiB"


def _digits(number: float, digits: int) -> str:
    """Return a number with so many digits, or with those before its point.

    >>> _digits(0.0456, 2), _digits(9.96, 2), _digits(-345.6, 2)
    ('0.046', '10', '-346')
    """
    rounded = float(f"{number:.{digits}g}")
    after = digits - 1 - math.floor(math.log10(abs(rounded))) if rounded else 0
    return f"{number:.{max(after, 0)}f}"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder that is removed after the ``with`` block."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        yield Path(name)


def random_file(folder: Path, size: int) -> Path:
    """Return the path of a new file of so many bytes; beyond 1 MiB they repeat."""
    path = folder / f"{size}.bin"
    data = random.Random(0).randbytes(min(size, 1 << 20))
    with path.open("wb") as file:
        for written in range(0, size, len(data)):
            file.write(data[: size - written])
    return path


def machine() -> str:
    """Return what the figures were measured on."""
    model = ""
    info = Path("/proc/cpuinfo")
    if info.exists() and (found := re.search(r"model name\s*: (.*)", info.read_text())):
        model = f" ({found[1].strip()})"
    library = " ".join(platform.libc_ver())
    return (
        f"{cpu_count()} cores{model}, {platform.python_implementation()} "
        f"{platform.python_version()}, {library or platform.system()}"
    )
