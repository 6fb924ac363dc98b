"""Tables: headers and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from encoders.predict.components.text import plain, take
from encoders.predict.eras import Version, at
from encoders.predict.wire import Incoming, Json, Outgoing, summary

_MOST_TYPED = 10_000  # columns of a table, each of a type of its own
_ROWS, _BOTH = "rows alone", "headers and data"
_SHAPES: dict[Version, str] = {(2, 0): _ROWS, (3, 0, 25): _BOTH}


class Table(NamedTuple):
    """A table without pandas: column names (or None) and rows of as many cells."""

    headers: list[str] | None
    rows: list[list[Any]]


def encode_table(value: Any, out: Outgoing) -> Json:
    """A pandas DataFrame, a `Table`, ``(headers, rows)``, a list of rows or dicts, a 2-D array."""
    headers, rows = _split(value, out)
    width = len(headers) if headers is not None else len(rows[0]) if rows else 0
    for index, row in enumerate(rows):
        if len(row) != width:
            out.fail(f"row {index} has {len(row)} cells, expected {width}")
    if at(_SHAPES, out.version) == _ROWS:
        return rows
    headers = [str(number + 1) for number in range(width)] if headers is None else headers
    return {"headers": headers, "data": rows or [[]] if out.version >= (4, 0) else rows}


def empty_table(out: Outgoing) -> Json:
    """What stands for None: servers from 3.0.25 on cannot read ``null`` as a table."""
    if at(_SHAPES, out.version) == _ROWS:
        return []
    return {"headers": [], "data": []}


def encode_series(value: Any, out: Outgoing) -> Json:
    """A table whose headers always go along."""
    headers, rows = _split(value, out)
    return {"data": rows, "headers": headers}


def decode_table(value: Json, got: Incoming) -> Any:
    """Return a pandas DataFrame if pandas is installed, else a `Table`.

    Of very wide tables each column is of objects.
    """
    headers, rows = _headers_and_rows(value, got)
    rows = [] if rows == [[]] else rows
    width = len(headers) if headers is not None else None
    for index, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != (len(row) if width is None else width):
            got.fail(f"row {index} is {summary(row)}: expected a list of {width} cells")
    return _frame(headers, rows)


def _frame(headers: list[str] | None, rows: list[list[Any]]) -> Any:
    try:
        import pandas
    except ImportError:
        return Table(headers, rows)
    width = len(rows[0]) if rows else 0
    try:
        cells = _objects(rows, width) if width > _MOST_TYPED else rows
        return pandas.DataFrame(cells, columns=headers)
    except (OverflowError, UnicodeError):
        # pandas before 3.1 cannot look at an integer beyond the largest float, and some versions
        # cannot look at a lone surrogate. As objects the cells stay what they are.
        columns = headers and [name.encode("utf-8", "replace").decode() for name in headers]
        return pandas.DataFrame(rows, columns=columns, dtype=object)


def _objects(rows: list[list[Any]], width: int) -> Any:
    """Return cells as one array, for pandas takes 8 µs for each column that it finds a type of."""
    import numpy as np

    array = np.empty((len(rows), width), object)
    for index, row in enumerate(rows):
        array[index] = np.fromiter(row, object, width)
    return array


def _headers_and_rows(value: Json, got: Incoming) -> tuple[list[str] | None, list[Any]]:
    if isinstance(value, list):
        return None, take(value, got)
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        got.fail(f"expected headers and data, found {summary(value)}")
    headers = value.get("headers", value.get("columns"))
    if headers is not None and not isinstance(headers, list):
        got.fail(f"expected a list of headers, found {summary(headers)}")
    rows = take(value["data"], got)
    width = max((len(row) for row in rows if isinstance(row, list)), default=0)
    return None if not headers and width else [str(name) for name in headers or []], rows


def _split(value: Any, out: Outgoing) -> tuple[list[str] | None, list[list[Json]]]:
    if hasattr(value, "columns") and hasattr(value, "to_dict"):
        return [str(name) for name in value.columns], _cells(value, out)
    if isinstance(value, Mapping) and "data" in value:
        value = Table(value.get("headers"), value["data"])
    elif isinstance(value, Mapping) and all(map(_is_column, value.values())):
        value = Table(list(value), _turned(value, out))
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        value = Table(list(value[0]), _of_records(value, out))
    if isinstance(value, tuple) and len(value) == 2 and not isinstance(value, Table):
        value = Table(*value)
    if isinstance(value, Table):
        headers = None if value.headers is None else [str(name) for name in value.headers]
        return headers, _rows(value.rows, out)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        out.fail(
            "expected a DataFrame, (headers, rows), a list of rows or dicts, or an array, "
            f"found {summary(value)}"
        )
    return None, _rows(value, out)


def _turned(columns: Mapping[str, Any], out: Outgoing) -> list[list[Any]]:
    cells = [list(column) for column in columns.values()]
    if len({len(column) for column in cells}) > 1:
        out.fail("expected columns of one length")
    return [list(row) for row in zip(*cells, strict=True)]


def _of_records(records: list[Mapping[str, Any]], out: Outgoing) -> list[list[Any]]:
    first = records[0]
    for index, record in enumerate(records):
        if record.keys() != first.keys():
            with out.within(index):
                out.fail(f"expected the keys of the first row, found {summary(record)}")
    return [[record[key] for key in first] for record in records]


def _is_column(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str | bytes | Mapping)


def _rows(rows: Any, out: Outgoing) -> list[list[Json]]:
    rows = rows.tolist() if hasattr(rows, "tolist") else rows
    if not _is_column(rows):
        out.fail(f"expected a list of rows, found {summary(rows)}")
    found = []
    for index, row in enumerate(rows):
        if isinstance(row, Mapping):
            with out.within(index):
                out.fail(f"expected a list of cells, found {summary(row)}")
        found.append([_cell(cell, out) for cell in (row if _is_column(row) else [row])])
    return found


def _cells(frame: Any, out: Outgoing) -> list[list[Json]]:
    """Return a DataFrame's cells, with None for what is missing."""
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return [[_cell(cell, out) for cell in row] for row in rows]


def _cell(value: Any, out: Outgoing) -> Json:
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, float) and value != value:
        return None
    return plain(value, out)
