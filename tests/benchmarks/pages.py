"""Pages of values beside what reads the JSON, decodes each picture and joins the elements."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.benchmarks.measure import (
    COLUMNS,
    OURS,
    TURNS,
    Call,
    Row,
    Sides,
    compared,
    in_turns,
    temporary_folder,
)
from tests.paths import FIXTURES

_, _STANDARD, _COPY = COLUMNS
PICTURES = 100


def rows(turns: int = TURNS, part: int = 1) -> Iterator[Row]:
    count = PICTURES // part
    with temporary_folder() as folder:
        path = answer(folder, count)
        yield compared(f"page of an answer with {count} photos", in_turns(PAGES, path, turns))


def answer(folder: Path, count: int) -> Path:
    """Write an answer with as many photos."""
    import encoders

    photo = encoders.encode(FIXTURES / "image" / "photo.jpg")
    path = folder / "answer.json"
    path.write_text(json.dumps({"data": [photo] * count}))
    return path


def page(path: Path) -> Call:
    import encoders

    return partial(encoders.to_html, path)


def page_standard(path: Path) -> Call:
    def joined() -> str:
        return "".join(map(_element, json.loads(path.read_text())["data"]))

    return joined


def _element(url: str) -> str:
    size = len(base64.b64decode(url.partition(",")[2]))
    return f'<img src="{html.escape(url)}">{size}'


def copy(path: Path) -> Call:
    return path.read_bytes


PAGES: Sides = {OURS: page, _STANDARD: page_standard, _COPY: copy}
