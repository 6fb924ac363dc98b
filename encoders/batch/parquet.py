"""Rows as Parquet: one file, which grows by row groups that outlive the process.

A Parquet file is of use only once its footer stands, at its end, where all row groups are listed by
their offsets (https://parquet.apache.org/docs/file-format/). So what an interrupted run leaves is a
sequence of Parquet files of one row group each, their offsets counted from the start of the first,
and where each ends. A footer with all those row groups makes them one file, and nothing is written
twice. The footers between are dead bytes, 2 kB for 8 MiB.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from encoders.batch.arrow import load, schema_of, to_batch
from encoders.batch.blocks import Block, Segment, pickled, rows_of
from encoders.batch.one_file import Row
from encoders.batch.resume_folder import ENDS, ROWS, open_own

_GROUP = 8 << 20  # bytes of blocks in a row group
_END = struct.Struct("<Q")
_MAGIC = b"PAR1"

# What base64 adds, zstd takes back: a quarter. No dictionary or bounds of data URLs.
_SETTINGS = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": ["media_type"],
    "write_statistics": ["path", "media_type", "size"],
    "write_page_checksum": True,  # or else zeros in a data URL, after a power cut, read as text
}

render = pickled


def require() -> None:
    """Raise `MissingDependencyError` if pyarrow is not installed."""
    _load()


def segments(path: Path) -> Iterator[Segment]:
    """Yield the row groups of a file; nothing if it is not one of ours."""
    arrow, parquet = _load()
    try:
        with parquet.ParquetFile(path) as file:
            if file.schema_arrow.names != list(Row._fields):
                return
            for index in range(file.num_row_groups):
                is_last = index == file.num_row_groups - 1
                end = path.stat().st_size if is_last else 0
                yield _segment(file.read_row_group(index, columns=["path", "error"]), end)
    except (arrow.ArrowException, OSError):
        return


def as_text(text: str) -> str:
    r"""Return a path as Parquet can hold it: bytes that are not UTF-8 stand as ``\xNN``."""
    try:
        return os.fsencode(text).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # no file system has such a name
        return text.encode("utf-8", "backslashreplace").decode()


def _segment(table: Any, end: int) -> Segment:
    errors = table.column("error")
    return Segment(table.column("path").to_pylist(), len(errors) - errors.null_count, end)


class Part:
    """Row groups on their way into a file."""

    def __init__(self, folder: Path) -> None:
        self._arrow, self._parquet = _load()
        self._schema = schema_of(self._arrow)
        self._path, self._ends_path = folder / ROWS, folder / ENDS
        for path in (self._path, self._ends_path):
            open_own(path).close()
        self._batches: list[Any] = []
        self._size = 0  # of the batches

    def segments(self) -> Iterator[Segment]:
        """Yield what an earlier run has left, up to the first incomplete row group."""
        size = self._path.stat().st_size
        start = 0
        for end in self._ends():
            if not start < end <= size:
                return
            try:
                with self._parquet.ParquetFile(
                    self._path, metadata=self._footer(end), page_checksum_verification=True
                ) as file:
                    segment = _segment(file.read_row_group(0), end)  # of all columns, to check them
            except (self._arrow.ArrowException, OSError):
                return
            yield segment
            self._release_memory()
            start = end

    def _release_memory(self) -> None:
        self._arrow.default_memory_pool().release_unused()  # or else it keeps tens of MiB for good

    def cut(self, end: int) -> None:
        """Remove all rows past the offset ``end``."""
        kept = self._ends().index(end) + 1 if end else 0
        os.truncate(self._path, end)
        os.truncate(self._ends_path, kept * _END.size)

    def append(self, block: Block) -> None:
        """Add rows that `render` has rendered."""
        rows = (row._replace(path=as_text(row.path)) for row in rows_of(block))
        self._batches.append(to_batch(self._arrow, rows))
        self._size += block.size
        if self._size >= _GROUP:
            self._write_group()

    def _write_group(self) -> None:
        table = self._arrow.Table.from_batches(self._batches)
        start = self._path.stat().st_size
        with self._arrow.OSFile(str(self._path), "ab") as file:
            # A writer refuses a file that does not seem to be empty. What it writes goes to the end
            # all the same, and from there it counts the offsets that it notes.
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            with self._parquet.ParquetWriter(file, self._schema, **_SETTINGS) as writer:
                writer.write_table(table, row_group_size=len(table))
        if writer.writer.metadata.row_group(0).column(0).data_page_offset <= start:
            raise NotImplementedError(
                "this version of pyarrow does not count offsets from the start"
            )
        with self._ends_path.open("ab") as ends:
            ends.write(_END.pack(self._path.stat().st_size))
        self._batches, self._size = [], 0
        del table
        self._release_memory()

    def finish(self) -> Path:
        """Write what is left and the footer; return the file that is to have the output's name."""
        if self._batches:
            self._write_group()
        ends = self._ends()
        if not ends:
            self._parquet.write_table(self._schema.empty_table(), self._path)
            return self._path
        footer = self._footer(ends[0])
        for end in ends[1:]:
            footer.append_row_groups(self._footer(end))
        buffer = io.BytesIO()
        footer.write_metadata_file(buffer)
        with self._path.open("ab") as file:
            file.write(buffer.getbuffer()[len(_MAGIC) :])
        return self._path

    def close(self) -> None:
        """Do nothing: all full row groups are on disk, for the next run."""

    def _ends(self) -> list[int]:
        packed = self._ends_path.read_bytes()
        whole = len(packed) // _END.size * _END.size
        return [end for (end,) in _END.iter_unpack(packed[:whole])]

    def _footer(self, end: int) -> Any:
        """Return the metadata of the row group that ends at an offset."""
        tail = 4 + len(_MAGIC)
        with self._path.open("rb") as file:
            file.seek(end - tail)
            length = int.from_bytes(file.read(4), "little")
            file.seek(end - tail - length)
            return self._parquet.read_metadata(io.BytesIO(_MAGIC + file.read(length + tail)))


def _load() -> tuple[Any, Any]:
    arrow = load("writing Parquet", "parquet")
    import pyarrow.parquet

    return arrow, pyarrow.parquet
