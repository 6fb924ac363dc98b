"""Payloads beside the codec alone, responses beside the JSON parser alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

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

_, _STANDARD, _ = COLUMNS
_COUNT = 100


def rows(turns: int = TURNS, part: int = 1) -> Iterator[Row]:
    with temporary_folder() as folder:
        pictures(folder)
        for what, sides in PAYLOADS.items():
            yield compared(f"payload of {_COUNT} pictures, {what}", in_turns(sides, folder, turns))
        for what, body in bodies(part).items():
            path = folder / "answer.json"
            path.write_text(json.dumps(body))
            yield compared(f"response, {what}", in_turns(RESPONSES, path, turns))


def pictures(folder: Path) -> None:
    """Write pictures of 64×64 noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (_COUNT, 64, 64, 3), np.uint8)
    for number, array in enumerate(pixels):
        Image.fromarray(array).save(folder / f"{number}.png")


def bodies(part: int = 1) -> dict[str, dict[str, list[Any]]]:
    """Return what servers answer, by what is in it; or the so manyth part of it."""
    numbers = np.random.default_rng(0).random((100_000 // part, 10))
    message = {"role": "user", "content": "hello " * 20}
    return {
        "1 million numbers": {"data": [numbers.tolist()]},
        "10 MB of text": {"data": ["hello wörld " * (700_000 // part)]},
        "20,000 messages": {"data": [[message] * (20_000 // part)]},
    }


def payload(folder: Path) -> Call:
    import encoders

    paths = sorted(folder.glob("*.png"))
    return partial(encoders.payload, *paths, components=["image"] * len(paths))


def payload_inferred(folder: Path) -> Call:
    import encoders

    return partial(encoders.payload, *sorted(folder.glob("*.png")))


def codec_alone(folder: Path) -> Call:
    from encoders import image

    paths = sorted(folder.glob("*.png"))
    return lambda: [image.encode(path) for path in paths]


def response(path: Path) -> Call:
    import encoders

    return partial(encoders.response, path.read_bytes())


def response_standard(path: Path) -> Call:
    return partial(json.loads, path.read_bytes())


PAYLOADS: dict[str, Sides] = {
    "as images": {OURS: payload, "image.encode": codec_alone},
    "as what they are": {OURS: payload_inferred, "image.encode": codec_alone},
}
RESPONSES: Sides = {OURS: response, _STANDARD: response_standard}
