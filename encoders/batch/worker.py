"""A process that encodes files: it reads lists of paths from its standard input, writes blocks.

What goes through the pipes: pickles of the task, then of one list of paths after another; back come
frames, each a header and that many bytes. A frame that ends a block says how many rows the block
holds, and an empty one ends the list of paths. The first of all is empty, too: the process is up,
and has understood its task.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BufferedReader, FileIO
from typing import BinaryIO, NamedTuple

from encoders.atomic import write_all
from encoders.batch.row import Row, Task, encode_file, in_groups

Render = Callable[[list[Row]], Iterator[bytes]]

_FRAME = struct.Struct("<QII")
_BLOCK = 1 << 18  # characters of data URLs: small enough to be reused by the allocator


class Block(NamedTuple):
    """Rows, as bytes of some format.

    Attributes:
        pieces: the bytes, to be joined.
        rows: how many they are.
        failed: how many of them are errors.
    """

    pieces: list[bytes]
    rows: int
    failed: int

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))


def to_block(rows: list[Row], render: Render) -> Block:
    """Return rows as a block."""
    return Block(list(render(rows)), len(rows), _failed(rows))


def pickled(rows: list[Row]) -> Iterator[bytes]:
    """Render rows for `rows_of`."""
    yield pickle.dumps([tuple(row) for row in rows], pickle.HIGHEST_PROTOCOL)


def rows_of(block: Block) -> Iterator[Row]:
    """Return the rows of a block that `pickled` rendered."""
    return map(Row._make, pickle.loads(b"".join(block.pieces)))


def main() -> None:
    """Serve on standard input and output, from which all else is kept away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    lists = BufferedReader(FileIO(os.dup(0)))
    frames = FileIO(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    with suppress(EOFError, BrokenPipeError):  # who started us is gone, or needs no more
        task, render = pickle.load(lists)
        frames.write(_FRAME.pack(0, 0, 0))
        os.dup2(nowhere, 2)  # libraries write there what they think of bad files
        _serve(lists, frames, task, render)


def _serve(lists: BinaryIO, frames: FileIO, task: Task, render: Render) -> None:
    while True:
        paths: list[str] = pickle.load(lists)
        for rows in in_groups((encode_file(path, task) for path in paths), _BLOCK):
            _write_block(frames, rows, render)
        frames.write(_FRAME.pack(0, 0, 0))


def _write_block(frames: FileIO, rows: list[Row], render: Render) -> None:
    *pieces, last = render(rows)
    for piece in pieces:
        _write(frames, piece, 0, 0)
    _write(frames, last, len(rows), _failed(rows))


def _write(frames: FileIO, piece: bytes, rows: int, failed: int) -> None:
    write_all(frames, _FRAME.pack(len(piece), rows, failed))
    write_all(frames, piece)


def _failed(rows: list[Row]) -> int:
    return sum(row.error is not None for row in rows)


def read_blocks(frames: BinaryIO) -> Iterator[Block]:
    """Yield the blocks up to the next empty frame.

    Raises:
        EOFError: the process has ended.
    """
    pieces: list[bytes] = []
    while True:
        length, rows, failed = _FRAME.unpack(_read(frames, _FRAME.size))
        if not length:
            return
        pieces.append(_read(frames, length))
        if rows:
            yield Block(pieces, rows, failed)
            pieces = []


def _read(frames: BinaryIO, length: int) -> bytes:
    data = frames.read(length)
    if len(data) < length:
        raise EOFError
    return data
