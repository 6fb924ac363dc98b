"""What a page can be made of: values, files, text, and rows that are read one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, BinaryIO

from encoders import mime
from encoders.batch import Row
from encoders.batch.arrow import load
from encoders.data_url import DataURL
from encoders.errors import (
    CorruptMediaError,
    EncodersError,
    MissingDependencyError,
    ResponseError,
    bounded,
)
from encoders.limits import Limits
from encoders.mime.table import essence
from encoders.predict.body import parse
from encoders.predict.events import is_event_stream
from encoders.predict.responses import read
from encoders.source import Source, is_data_url, open_source
from encoders.view.pasted import read_pasted
from encoders.view.values import Section, of_row, sections

MOST_ITEMS = 500  # that a page shows
_JSON, _LINES, _PARQUET, _TEXT = map(essence, ("json", "jsonl", "parquet", "txt"))
_ROWS_AT_ONCE = 16
_HEAD = 256  # bytes that tell events and data URLs from other text


@dataclass
class Listing:
    """The items of a page.

    Attributes:
        items: taken one by one; those beyond `MOST_ITEMS` are counted only.
        show: makes the parts of the page of an item, counted from 0.
    """

    items: Iterator[Any]
    show: Callable[[int, Any], Iterable[Section]]


@contextmanager
def opened(value: Any, limits: Limits) -> Iterator[Listing]:
    """Give the items of anything that a page can be made of.

    Raises:
        EncodersError: text is none of these, or JSON is larger than ``limits`` allow.
        OSError: a file cannot be read.
    """
    if isinstance(value, Path) or hasattr(value, "read"):
        with open_source(value) as source:
            yield _of_file(source, value, limits)
        return
    if isinstance(value, str):
        value = read_pasted(value, limits=limits)
    yield _of_value(value, limits)


def _of_value(value: Any, limits: Limits) -> Listing:
    if isinstance(value, list) and value and all(map(_is_row, value)):
        value = iter(value)
    if isinstance(value, Iterator):
        return Listing(value, lambda index, item: _item(item, f"[{index}]", limits))
    return Listing(iter([value]), lambda _, item: sections(item, "", limits))


def _of_file(source: Source, given: Path | BinaryIO, limits: Limits) -> Listing:
    media_type, head = mime.detect(source), source.at(0, _HEAD)
    if media_type == _PARQUET and (rows := _parquet_rows(source)) is not None:
        return Listing(rows, lambda index, row: [of_row(row, f"row {index + 1}")])
    if media_type == _LINES:
        return _of_lines(source, limits)
    if is_event_stream(head):
        answer = read(source.open(), limits).value
        return _of_value({"data": answer} if isinstance(answer, list) else answer, limits)
    if media_type == _JSON or (media_type == _TEXT and head.lstrip()[:1] in (b"{", b"[")):
        try:
            return _of_value(read(source.open(), limits).value, limits)
        except ResponseError:
            if _is_line(source, limits):  # without a name, lines of JSON are taken for JSON
                return _of_lines(source, limits)
            if media_type == _JSON:
                raise
    if mime.kind(media_type) == "text" and is_data_url(head.decode("latin-1")):
        limits.check("max_body_bytes", source.size, "bytes of text")
        text = bytes(source.read()).decode("utf-8", "replace")
        return _of_value(read_pasted(text, limits=limits), limits)
    file: Any = given if isinstance(given, Path) else DataURL(media_type, bytes(source.read()))
    return _of_value(file, limits)


def _of_lines(source: Source, limits: Limits) -> Listing:
    """Return the lines of JSON Lines; one that is not JSON is an error in its place."""

    def show(index: int, line: bytes) -> Iterable[Section]:
        place = f"line {index + 1}"
        try:
            return _item(parse(line, limits).value, place, limits)
        except EncodersError as error:
            return [Section("anything", error, place=place)]

    lines = (line for line in _lines(source, limits) if line.strip())
    return Listing(lines, show)


def _lines(source: Source, limits: Limits) -> Iterator[bytes]:
    file, most = source.open(), limits.max_body_bytes
    while line := file.readline() if most is None else file.readline(most + 1):
        limits.check("max_body_bytes", len(line), "bytes in a line")
        yield line


def _is_line(source: Source, limits: Limits) -> bool:
    try:
        parse(next(_lines(source, limits)), limits)
    except EncodersError:
        return False
    return True


def _parquet_rows(source: Source) -> Iterator[Any] | None:
    """Return the rows of a batch, those that are only counted as None.

    None where the file holds no such rows, or pyarrow is not installed: it is a file like others.
    """
    try:
        arrow = load("reading Parquet", "parquet")
    except MissingDependencyError:
        return None
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(source.open())
    except arrow.ArrowException:
        return None
    if file.schema_arrow.names != list(Row._fields):
        return None
    more = repeat(None, max(file.metadata.num_rows - MOST_ITEMS, 0))
    return chain(islice(_rows_in(file, arrow), MOST_ITEMS), more)


def _rows_in(file: Any, arrow: Any) -> Iterator[Row]:
    try:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
            yield from (Row(**row) for row in batch.to_pylist())
    except arrow.ArrowException as error:
        raise CorruptMediaError(
            f"the Parquet file cannot be read: {bounded(str(error))}"
        ) from error


def _item(value: Any, place: str, limits: Limits) -> Iterable[Section]:
    if not _is_row(value):
        return sections(value, place, limits)
    return [of_row(value if isinstance(value, Row) else Row(**value), place)]


def _is_row(value: Any) -> bool:
    return isinstance(value, Row) or (isinstance(value, dict) and list(value) == list(Row._fields))
