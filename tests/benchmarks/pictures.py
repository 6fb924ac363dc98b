"""Array of 1024×1024 RGB → PNG data URL, against Pillow's default."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.benchmarks.measure import (
    OURS,
    TURNS,
    Row,
    compared,
    in_turns,
)
from tests.paths import FIXTURES

PICTURES = {
    "photograph": FIXTURES / "image" / "photo.jpg",
    "page of text": FIXTURES / "image" / "page.png",
    "flat art": FIXTURES / "image" / "flat.png",
}


def rows(turns: int = TURNS) -> Iterator[Row]:
    for label, path in PICTURES.items():
        yield compared(f"array → PNG data URL, {label}", in_turns(PNG, path, turns))
        lengths = {name: len(side(path)()) for name, side in PNG.items()}
        yield compared("…, its length", lengths, _kilobytes)


def _kilobytes(length: float) -> str:
    return f"{length / 1000:,.0f} kB"


def encode(path: Path) -> Callable[[], str]:
    from encoders import image

    return partial(image.encode, pixels(path))


def encode_pillow(path: Path) -> Callable[[], str]:
    array = pixels(path)

    def write() -> str:
        buffer = io.BytesIO()
        Image.fromarray(array).save(buffer, "png")
        return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()

    return write


def pixels(path: Path) -> npt.NDArray[Any]:
    with Image.open(path) as picture:
        return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:1024, :1024])


PNG: Mapping[str, Callable[[Path], Callable[[], str]]] = {OURS: encode, "Pillow": encode_pillow}
