"""Rows as Ray Data wants them: a callable for ``Dataset.map_batches``.

Ray (https://docs.ray.io/en/latest/data/data.html) hands out the paths to the processes of a
cluster, does again what a lost one had not finished, and keeps the order. So nothing here knows of
Ray, and nothing is kept between two calls.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from encoders.batch.arrow import load, to_batch
from encoders.batch.one_file import (
    Row,
    Task,
    encode_bytes,
    encode_file,
    in_groups,
    is_remote,
    make_task,
)
from encoders.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_PIECE = 16 << 20  # characters of data URLs in one table
_AT_ONCE = 32  # URLs: a store takes its time to answer, for which a core would be idle


class Mapper:
    """Turns a batch of paths into the rows of `encoders.batch.encode`, as Arrow tables.

    Pass one to ``map_batches``, best with ``batch_format="pyarrow"``, which copies the least. A
    batch has a column ``path`` of paths, or of URLs that fsspec opens, 32 at once, in the process
    that is given the batch. If it has a column ``bytes`` too, as from
    ``ray.data.read_binary_files(..., include_paths=True)``, these are the files, and nothing is
    opened (Ray unpacks what is named ``.gz`` and the like). Other columns come through, after ours.

    The rows come in the order of the batch, in tables of some 16 MiB. Their schema is the same
    whether any or all of them are errors: ``size`` is int64, ``data_url`` large_string, the others
    string. A file that cannot be encoded is a row with an error; so is one for which the process
    lacks a package.

    Args:
        codec: what all files must be, such as ``"image"``; by default what its content says.
        limits: of each ``encode``. ``max_bytes`` bounds the size of a file, too.
        **options: keywords of the codec's ``encode``, such as ``format``.

    Raises:
        TypeError, ValueError: an option is wrong; or, in a call, there is no column ``path``.

    >>> import numpy as np
    >>> batch = {"path": np.array(["fixtures/image/small.gif", "nothing"]), "id": np.array([7, 8])}
    >>> for table in Mapper()(batch):
    ...     print(table.select(["path", "size", "error", "id"]).to_pylist())
    [{'path': 'fixtures/image/small.gif', 'size': 23365, 'error': None, 'id': 7},
     {'path': 'nothing', 'size': None, 'error': 'No such file or directory', 'id': 8}]
    """

    def __init__(
        self, codec: str | None = None, *, limits: Limits = DEFAULT, **options: Any
    ) -> None:
        self._task = make_task(codec, limits, options)

    def __call__(self, batch: Any) -> Iterator[Any]:
        arrow = load("batch.Mapper", "ray")
        given = arrow.table(dict(batch)) if isinstance(batch, Mapping) else batch
        names = given.column_names
        if "path" not in names:
            raise ValueError(f"expected a column 'path', found {', '.join(map(repr, names))}")
        others = given.select([name for name in names if name not in {*Row._fields, "bytes"}])
        paths = given.column("path").cast(arrow.string()).fill_null("").to_pylist()
        data = given.column("bytes") if "bytes" in names else None
        start = 0
        for rows in in_groups(_rows(paths, data, self._task), _PIECE):
            table = arrow.Table.from_batches([to_batch(arrow, rows)])
            for field, column in zip(others.schema, others.columns, strict=True):
                table = table.append_column(field, column.slice(start, len(rows)))
            yield table
            start += len(rows)


def _rows(paths: list[str], data: Iterable[Any] | None, task: Task) -> Iterator[Row]:
    if data is not None:
        return (_row_of(path, each, task) for path, each in zip(paths, data, strict=True))
    if any(map(is_remote, paths)):
        return _at_once(paths, task)
    return (encode_file(path, task) for path in paths)


def _row_of(path: str, data: Any, task: Task) -> Row:
    """Encode the bytes of an Arrow scalar, where they are."""
    buffer = data.as_buffer()
    if buffer is None:  # such as a download by Ray that failed
        return Row(path, None, None, None, "no bytes")
    return encode_bytes(path, memoryview(buffer), task)


def _at_once(paths: list[str], task: Task) -> Iterator[Row]:
    """Encode files by threads, in order, and no further ahead than there are threads."""
    pending: deque[Future[Row]] = deque()
    for path in paths:
        pending.append(_threads().submit(encode_file, path, task))
        if len(pending) == _AT_ONCE:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """Return the threads of this process: fsspec holds connections for each of them, for good."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(_AT_ONCE, "encoders.batch")
