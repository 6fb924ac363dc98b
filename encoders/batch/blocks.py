"""Rows as bytes for an output, in blocks, and rows that an output has already, in segments."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import NamedTuple

from encoders.batch.one_file import Row

Render = Callable[[list[Row]], Iterator[bytes]]


class Block(NamedTuple):
    """Rows, as bytes of some format.

    Attributes:
        pieces: the bytes, to be joined.
        rows: the number of rows.
        failed: how many of them are errors.
    """

    pieces: list[bytes]
    rows: int
    failed: int

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))


class Segment(NamedTuple):
    """Rows that an output keeps or loses together: a line of JSON, a row group of Parquet.

    Attributes:
        paths: of their files, as the output has them.
        failed: how many of them are errors.
        end: where they end, in bytes from the output's start.
    """

    paths: list[str]
    failed: int
    end: int


def to_block(rows: list[Row], render: Render) -> Block:
    """Return rows as a block."""
    return Block(list(render(rows)), len(rows), sum(row.error is not None for row in rows))


def pickled(rows: list[Row]) -> Iterator[bytes]:
    """Render rows for `rows_of`."""
    yield pickle.dumps([tuple(row) for row in rows], pickle.HIGHEST_PROTOCOL)


def rows_of(block: Block) -> Iterator[Row]:
    """Return the rows of a block that `pickled` rendered."""
    return map(Row._make, pickle.loads(b"".join(block.pieces)))
