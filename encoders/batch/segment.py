"""What an output can be cut behind: a line of JSON, a row group of Parquet."""

from __future__ import annotations

from typing import NamedTuple


class Segment(NamedTuple):
    """Rows that stay or go together.

    Attributes:
        paths: of their files, as the output has them.
        failed: how many of them are errors.
        end: where they end, in bytes from the output's start.
    """

    paths: list[str]
    failed: int
    end: int
