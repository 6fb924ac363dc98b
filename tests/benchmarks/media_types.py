"""Media types of heads of files, beside libmagic."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.benchmarks.measure import (
    OURS,
    TURNS,
    Row,
    Sides,
    compared,
    in_turns,
    temporary_folder,
)
from tests.paths import FIXTURES

_HEAD = 2048  # bytes


def rows(turns: int = TURNS) -> Iterator[Row]:
    with temporary_folder() as folder:
        for what, path in samples(folder).items():
            count = len(_heads(path))
            taken = in_turns(DETECT, path, turns)
            yield compared(what, {name: each / count for name, each in taken.items()})


def samples(folder: Path) -> dict[str, Path]:
    """Return folders of files, by what is in them. Two are made here."""
    line, noise = folder / "line", folder / "noise"
    for made, data in (
        (line, json.dumps({"data": [1, "two", None]}).encode()),
        (noise, random.Random(0).randbytes(_HEAD)),
    ):
        made.mkdir()
        (made / "only").write_bytes(data)
    return {
        "a picture": FIXTURES / "image",
        "a sound": FIXTURES / "audio",
        "a video": FIXTURES / "video",
        "another file": FIXTURES / "file",
        "a line of JSON": line,
        "noise": noise,
    }


def _heads(folder: Path) -> list[bytes]:
    return [path.read_bytes()[:_HEAD] for path in sorted(folder.iterdir())]


def detect(folder: Path) -> Callable[[], list[str]]:
    from encoders import mime

    heads = _heads(folder)
    return lambda: [mime.detect(head) for head in heads]


def detect_magic(folder: Path) -> Callable[[], list[str]]:
    import magic

    heads = _heads(folder)
    ask = partial(magic.from_buffer, mime=True)
    return lambda: [ask(head) for head in heads]


DETECT: Sides = {OURS: detect, "python-magic": detect_magic}
