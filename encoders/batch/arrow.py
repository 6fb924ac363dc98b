"""Rows as Arrow's columns, of one schema whatever they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from encoders.batch.one_file import Row
from encoders.errors import MissingDependencyError


def load(task: str, extra: str) -> Any:
    """Return pyarrow.

    Raises:
        MissingDependencyError: it is not installed; the message says what for, and which extra.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise MissingDependencyError(task, extra) from error
    return pyarrow


def schema_of(arrow: Any) -> Any:
    """Return what all rows have in common, be they errors or not."""
    text = arrow.string()
    return arrow.schema(
        {
            "path": text,
            "media_type": text,
            "size": arrow.int64(),
            "data_url": arrow.large_string(),
            "error": text,
        }
    )


def to_batch(arrow: Any, rows: Iterable[Row]) -> Any:
    """Return rows as a record batch."""
    return arrow.record_batch(list(zip(*rows, strict=True)), schema_of(arrow))
