"""Rows as JSON Lines: an object a line, in ASCII (https://jsonlines.org)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from encoders.atomic import write_all
from encoders.batch.blocks import Block, Segment
from encoders.batch.one_file import Row
from encoders.batch.resume_folder import ROWS, open_own

_PIECE = 1 << 20  # characters of a data URL that are copied to bytes at once

_quoted = json.JSONEncoder().encode


def require() -> None:
    """Nothing else is needed."""


def render(rows: list[Row]) -> Iterator[bytes]:
    """Yield rows as lines, all at once, unless a data URL is large."""
    if len(rows) > 1 or len(rows[0].data_url or "") <= _PIECE:
        yield "".join(map(_line, rows)).encode("ascii")
        return
    url = str(rows[0].data_url)
    head, tail = _line(rows[0]._replace(data_url="")).split('"data_url": ""')
    yield f'{head}"data_url": "'.encode("ascii")
    for start in range(0, len(url), _PIECE):
        yield url[start : start + _PIECE].encode("ascii")
    yield f'"{tail}'.encode("ascii")


def _line(row: Row) -> str:
    path, media_type, size, url, error = row
    # Nothing in a data URL of ours, or in a media type, needs an escape.
    return (
        f'{{"path": {_quoted(path)}, '
        f'"media_type": {_text(media_type)}, '
        f'"size": {"null" if size is None else size}, '
        f'"data_url": {_text(url)}, '
        f'"error": {"null" if error is None else _quoted(error)}}}\n'
    )


def _text(text: str | None) -> str:
    return "null" if text is None else f'"{text}"'


def as_text(text: str) -> str:
    """Return a path as a row has it: as it is, for JSON can escape all that a name may hold."""
    return text


def segments(path: Path) -> Iterator[Segment]:
    """Yield the lines of a file as segments, up to one that is none."""
    end = 0
    with path.open("rb") as file:
        for line in file:
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                return
            is_row = isinstance(row, dict) and list(row) == list(Row._fields)
            if not (is_row and line.endswith(b"\n")):
                return
            end += len(line)
            yield Segment([row["path"]], int(row["error"] is not None), end)


class Part:
    """Lines on their way into a file: as they will stand there."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ROWS
        self._file = open_own(self._path)

    def segments(self) -> Iterator[Segment]:
        """Yield what an earlier run has left, up to the first incomplete line."""
        return segments(self._path)

    def cut(self, end: int) -> None:
        """Remove all rows past the offset ``end``."""
        self._file.truncate(end)
        self._file.seek(end)

    def append(self, block: Block) -> None:
        """Add rows that `render` has rendered."""
        for piece in block.pieces:
            write_all(self._file, piece)

    def finish(self) -> Path:
        """Return the file that is to have the output's name."""
        self.close()
        return self._path

    def close(self) -> None:
        self._file.close()
