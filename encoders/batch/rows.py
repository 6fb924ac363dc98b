"""Rows, one after another, for a loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any

from encoders.batch.row import Row, Task, check_workers, make_task, to_paths
from encoders.batch.worker import pickled, rows_of
from encoders.batch.workers import in_order
from encoders.limits import DEFAULT, Limits


def encode(
    paths: Iterable[str | PathLike[str]],
    *,
    codec: str | None = None,
    workers: int | None = None,
    limits: Limits = DEFAULT,
    **options: Any,
) -> Iterator[Row]:
    """Yield a `Row` for each file, in the order of the paths, by several processes.

    A bad file is a row with an error. Paths are taken and rows are made not far ahead of the loop,
    so that memory stays the same however many there are: some ten MiB, and a few of the largest
    files for each process. Leaving the loop ends the processes.

    Args:
        paths: paths, or URLs that fsspec opens, such as `find` yields.
        codec: what all files must be, such as ``"image"``; by default what its content says.
        workers: how many processes; by default one for each core.
        limits: of each ``encode``. ``max_bytes`` bounds the size of a file, too.
        **options: keywords of the codec's ``encode``, such as ``format``.

    Raises:
        TypeError, ValueError: an option is wrong, or ``paths`` is one path.
        ChildProcessError: no process can be started.

    >>> for row in encode(["fixtures/image/small.gif", "fixtures/file/report.pdf", "nothing"]):
    ...     print(row.media_type, row.size, row.error)
    image/gif 23365 None
    application/pdf 598 None
    None None No such file or directory
    """
    check_workers(workers)
    return _rows(to_paths(paths), make_task(codec, limits, options), workers)


def _rows(paths: Iterator[str], task: Task, workers: int | None) -> Iterator[Row]:
    for block in in_order(paths, task, pickled, workers):
        yield from rows_of(block)
