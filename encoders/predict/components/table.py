"""Tables: headers and rows."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from encoders.data_url.notebook import html_of
from encoders.errors import MissingDependencyError
from encoders.errors.reprs import brief
from encoders.predict.components.shared.component_type import JSON, ComponentType, TextReader
from encoders.predict.components.shared.forms import Field
from encoders.predict.components.shared.json_values import plain, with_text
from encoders.predict.components.shared.options import Options, is_count, is_number, listed
from encoders.predict.eras import Version, at
from encoders.predict.values import Json, summary
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.schemas import TEXT, Schema, SchemaContext, any_of, list_of

_MOST_TYPED = 10_000  # columns of a DataFrame whose types pandas finds
_MOST_COLUMNS, _MOST_ROWS = 50, 10  # of an example
_MOST_NAMED = 100  # columns whose headers and types a form has
_MOST_SHOWN = 1000  # rows or columns that a form shows from the start
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ROWS, _BOTH, _NEVER_EMPTY = "rows alone", "headers and data", "headers and at least one row"
_SHAPES: dict[Version, str] = {(2, 0): _ROWS, (3, 0, 25): _BOTH, (4, 0): _NEVER_EMPTY}


class Table(NamedTuple):
    """A table: column names (or None) and rows of as many cells.

    >>> Table(["a", "b"], [[1, 2], [3, 4]]).rows[1]
    [3, 4]
    """

    headers: list[str] | None
    rows: list[list[Any]]

    def __repr__(self) -> str:
        return brief(self)

    def _repr_html_(self) -> str:
        return html_of(self)

    def to_pandas(self) -> Any:
        """Return the table as a pandas DataFrame.

        Cells of a table with more than 10,000 columns stay objects.

        Raises:
            MissingDependencyError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise MissingDependencyError("a DataFrame", "pandas") from error
        width = len(self.rows[0]) if self.rows else 0
        try:
            cells = _objects(self.rows, width) if width > _MOST_TYPED else self.rows
            return pandas.DataFrame(cells, columns=self.headers)
        except (OverflowError, UnicodeError):
            # pandas before 3.1 fails on an integer beyond the largest float, and some versions fail
            # on a lone surrogate. As objects the cells stay unchanged.
            columns = self.headers and [
                name.encode("utf-8", "replace").decode() for name in self.headers
            ]
            return pandas.DataFrame(self.rows, columns=columns, dtype=object)


def _objects(rows: list[list[Any]], width: int) -> Any:
    """Return cells as one array of objects: pandas takes 8 µs to find the type of a column."""
    import numpy as np

    array = np.empty((len(rows), width), object)
    for index, row in enumerate(rows):
        array[index] = np.fromiter(row, object, width)
    return array


def encode_table(value: Any, context: EncodeContext) -> Json:
    """Encode a DataFrame, a `Table`, ``(headers, rows)``, rows, dicts, or a 2-D array."""
    headers, rows = _split(value, context)
    width = len(headers) if headers is not None else len(rows[0]) if rows else 0
    for index, row in enumerate(rows):
        if len(row) != width:
            context.fail(f"row {index} has {len(row)} cells, expected {width}")
    shape = at(_SHAPES, context.version)
    if shape == _ROWS:
        return rows
    headers = [str(number + 1) for number in range(width)] if headers is None else headers
    return {"headers": headers, "data": rows or ([[]] if shape == _NEVER_EMPTY else [])}


def empty_table(context: EncodeContext) -> Json:
    """Return the JSON for None: servers from 3.0.25 on cannot read ``null`` as a table."""
    return [] if at(_SHAPES, context.version) == _ROWS else {"headers": [], "data": []}


def encode_series(value: Any, context: EncodeContext) -> Json:
    """Encode a table with its headers, in every era."""
    headers, rows = _split(value, context)
    return {"data": rows, "headers": headers}


def check_table(sent: Json, context: EncodeContext) -> None:
    """Refuse another number of rows or columns than a fixed one.

    Servers before 3.0.25 are sent no headers, and use their own.
    """
    rows = sent if isinstance(sent, list) else sent["data"]
    headers = sent["headers"] if isinstance(sent, dict) else rows[0] if rows else []
    found = {"rows": len(rows) if rows != [[]] else 0, "columns": len(headers)}
    wanted = dict(_fixed_sizes(context.options))
    if isinstance(sent, list) and rows and isinstance(own := context.options.get("headers"), list):
        wanted["columns"] = len(own) or len(headers)
    for things, number in wanted.items():
        if found[things] != number:
            context.refuse(f"expected exactly {number} {things}, found {found[things]:,}")


def decode_table(value: Json, context: DecodeContext) -> Table:
    """Return a `Table`."""
    headers, rows = _headers_and_rows(value, context)
    rows = [] if rows == [[]] else rows
    width = len(headers) if headers is not None else None
    for index, row in enumerate(rows):
        if not isinstance(row, list) or width not in (None, len(row)):
            context.fail(f"row {index} is {summary(row)}: expected a list of {width} cells")
    return Table(headers, rows)


def _headers_and_rows(value: Json, context: DecodeContext) -> tuple[list[str] | None, list[Any]]:
    if isinstance(value, list):
        return None, with_text(value, context)
    has_data = isinstance(value, dict) and isinstance(value.get("data"), list)
    context.expect(has_data, "headers and data", value)
    headers = value.get("headers", value.get("columns"))
    context.expect(headers is None or isinstance(headers, list), "a list of headers", headers)
    rows = with_text(value["data"], context)
    width = max((len(row) for row in rows if isinstance(row, list)), default=0)
    return None if not headers and width else [str(name) for name in headers or []], rows


def _split(value: Any, context: EncodeContext) -> tuple[list[str] | None, list[list[Json]]]:
    if _is_data_frame(value):
        cells = value.astype(object).where(value.notna(), None)  # None for what is missing
        headers, rows = value.columns, cells.to_numpy()
    elif isinstance(value, Mapping) and "data" in value:
        headers, rows = value.get("headers"), value["data"]
    elif isinstance(value, Mapping) and all(map(_is_column, value.values())):
        headers, rows = value, _rows_of_columns(value, context)
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        headers, rows = value[0], _rows_of_records(value, context)
    elif isinstance(value, tuple) and len(value) == 2:
        headers, rows = value
    else:
        headers, rows = None, value.tolist() if hasattr(value, "tolist") else value
        is_list = isinstance(rows, Sequence) and not isinstance(rows, str | bytes)
        expected = "a DataFrame, (headers, rows), a list of rows or dicts, or an array"
        context.expect(is_list, expected, rows)
    return None if headers is None else [str(name) for name in headers], _rows(rows, context)


def _rows_of_columns(columns: Mapping[str, Any], context: EncodeContext) -> list[list[Any]]:
    cells = [list(column) for column in columns.values()]
    if len({len(column) for column in cells}) > 1:
        context.fail("expected columns of one length")
    return [list(row) for row in zip(*cells, strict=True)]


def _rows_of_records(records: list[Mapping[str, Any]], context: EncodeContext) -> list[list[Any]]:
    first = records[0]
    for index, record in enumerate(records):
        with context.within(index):
            has_same_keys = record.keys() == first.keys()
            context.expect(has_same_keys, "the keys of the first row", record)
    return [[record[key] for key in first] for record in records]


def _is_column(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str | bytes | Mapping)


def _rows(rows: Any, context: EncodeContext) -> list[list[Json]]:
    rows = rows.tolist() if hasattr(rows, "tolist") else rows
    context.expect(_is_column(rows), "a list of rows", rows)
    cells = []
    for index, row in enumerate(rows):
        if isinstance(row, Mapping):
            with context.within(index):
                context.fail(f"expected a list of cells, found {summary(row)}")
        cells.append([_cell(cell, context) for cell in (row if _is_column(row) else [row])])
    return cells


def _cell(value: Any, context: EncodeContext) -> Json:
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, float) and value != value:
        return None
    return plain(value, context)


def _is_data_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_dict")


def _read_table(text: str) -> Any:
    """Return a table in CSV, or in JSON."""
    if text.lstrip()[:1] in ("[", "{"):
        with suppress(ValueError):
            return json.loads(text)
    rows = [list(map(_read_cell, row)) for row in csv.reader(io.StringIO(text))]
    return Table([str(name) for name in rows[0]], rows[1:]) if rows else Table(None, [])


def _read_cell(text: str) -> Any:
    """Return a number for what JSON would read as one, so that 007 and 1_0 stay what they are."""
    if not _NUMBER.fullmatch(text):
        return text
    try:
        return int(text)
    except ValueError:
        value = float(text)
        return value if math.isfinite(value) else text


def _columns_and_size(options: Options) -> Iterator[str]:
    headers = options.get("headers")
    if isinstance(headers, list) and headers:
        yield f"columns {listed(headers)}"
    for things, number in _fixed_sizes(options):
        yield f"{number} {things} exactly"


def _fixed_sizes(options: Options) -> Iterator[tuple[str, float]]:
    """Yield how many rows and columns there have to be, where that is fixed."""
    for things, key, newer in (("rows", "row_count", ""), ("columns", "col_count", "column_count")):
        match options.get(newer, options.get(key)):
            case [number, "fixed"] if is_number(number):
                yield things, number


def _field(options: Options) -> Field:
    """Return a field of a table: its ``headers``, and the ``types`` of its columns.

    Where the number of ``rows`` or ``columns`` is fixed, it is there too.
    """
    headers, types = options.get("headers"), options.get("datatype")
    names = map(str, headers[:_MOST_NAMED]) if isinstance(headers, list) else ()
    kinds = types[:_MOST_NAMED] if isinstance(types, list) else ()
    sizes = dict(_fixed_sizes(options))
    shown = {key: size for key, size in sizes.items() if is_count(size) and 0 < size <= _MOST_SHOWN}
    return Field("table", {"headers": list(names), "types": list(kinds), **shown})


def _schema_table(context: SchemaContext) -> Schema:
    fixed = {} if context.is_output else dict(_fixed_sizes(context.options))
    width, height = fixed.get("columns"), fixed.get("rows")
    columns = {"minItems": width, "maxItems": width} if is_count(width) else {}
    rows = list_of(list_of({}, **columns), **({"maxItems": height} if is_count(height) else {}))
    both = _headers_and(rows, context)
    if at(_SHAPES, context.version) != _ROWS:
        return both
    return any_of(rows, both) if context.is_output else rows


def _schema_series(context: SchemaContext) -> Schema:
    return _headers_and(list_of(list_of({})), context)


def _headers_and(rows: Schema, context: SchemaContext) -> Schema:
    if context.is_output:  # the columns of a DataFrame may have numbers as names
        return context.object("Table", {"data": rows}, headers=list_of({}))
    return context.object("Table", {"headers": list_of(TEXT), "data": rows})


def _example(options: Options, start: Any) -> Any:
    headers = options.get("headers") or (start.get("headers") if isinstance(start, dict) else None)
    width = _count(options.get("col_count"), 2)
    if not isinstance(headers, list) or not headers:
        headers = [_letter(column) for column in range(min(width, _MOST_COLUMNS))]
    types = options.get("datatype")
    kinds = types if isinstance(types, list) else [types] * len(headers)
    kinds = [*kinds, *["str"] * len(headers)][: len(headers)]
    is_fixed = isinstance(options.get("row_count"), list) and "fixed" in options["row_count"]
    height = min(_count(options.get("row_count"), 2), _MOST_ROWS) if is_fixed else 2
    rows = [[_example_cell(kind, i, row) for i, kind in enumerate(kinds)] for row in range(height)]
    return [str(header) for header in headers], rows


def _count(count: Any, default: int) -> int:
    """Return a count of rows or columns: a number, or one beside "fixed" or "dynamic"."""
    number = count[0] if isinstance(count, list | tuple) and count else count
    return number if isinstance(number, int) and number > 0 else default


def _letter(column: int) -> str:
    return chr(ord("a") + column % 26)


def _example_cell(kind: Any, column: int, row: int) -> Any:
    text = f"{_letter(column)}{row + 1}"
    cells = {"number": row + 1, "bool": row % 2 == 0, "date": f"2026-01-{row + 1:02}"}
    return cells.get(kind, text) if isinstance(kind, str) else text


def _example_series(options: Options, start: Any) -> Any:
    x, y = options.get("x"), options.get("y")
    ys = [name for name in (y if isinstance(y, list) else [y]) if isinstance(name, str)] or ["y"]
    headers = [x if isinstance(x, str) else "t", *ys[:_MOST_COLUMNS]]
    return headers, [[row] + [2 * row + 1] * (len(headers) - 1) for row in range(2)]


_TABLE: dict[str, Any] = {
    "decode": decode_table,
    "takes": "pandas DataFrame, Table, (headers, rows), list of rows or dicts, 2-D array",
    "gives": "Table",
    "reader": TextReader(JSON.read, _read_table, file_form="CSV or JSON"),
    "asked": _field,
    "shown": "table",
}
COMPONENTS = {
    "dataframe": ComponentType(
        **_TABLE,
        encode=encode_table,
        aliases=("list", "matrix", "numpy"),
        none=empty_table,
        infers=lambda value: isinstance(value, Table) or _is_data_frame(value),
        has_files=False,
        check=check_table,
        constraints=_columns_and_size,
        schema=_schema_table,
        example=_example,
        answer_shapes={
            (2, 0): lambda json, value: {"headers": value[0], "data": json},
            (3, 0): None,
            (3, 20): lambda json, _: {**json, "metadata": None},
        },
    ),
    "timeseries": ComponentType(
        **_TABLE,
        encode=encode_series,
        until=(4, 0),
        schema=_schema_series,
        example=_example_series,
    ),
}
