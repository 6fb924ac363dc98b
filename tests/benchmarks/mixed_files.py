"""Small files of many types, as in a folder that is to be sent to an API."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from PIL import Image

_IN_A_FOLDER = 1000


def make(folder: Path, count: int) -> None:
    """Make files of 2 to 7 KiB: PNG, JPEG, WAV, text and FLAC in turn, no two alike."""
    kinds = list(_KINDS.items())
    for number in range(count):
        suffix, content = kinds[number % len(kinds)]
        inner = folder / f"{number // _IN_A_FOLDER:03}"
        if number % _IN_A_FOLDER == 0:
            inner.mkdir(parents=True)
        (inner / f"{number:06}{suffix}").write_bytes(content(np.random.default_rng(number)))


def _png(noise: np.random.Generator) -> bytes:
    return _picture(noise.integers(0, 256, (40, 40, 3), np.uint8), "PNG")


def _jpeg(noise: np.random.Generator) -> bytes:
    return _picture(noise.integers(0, 256, (64, 64, 3), np.uint8), "JPEG")


def _picture(pixels: npt.NDArray[np.uint8], format: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format)
    return buffer.getvalue()


def _wav(noise: np.random.Generator) -> bytes:
    return _sound(noise, "WAV")


def _flac(noise: np.random.Generator) -> bytes:
    return _sound(noise, "FLAC")


def _sound(noise: np.random.Generator, format: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, noise.integers(-9999, 9999, 2000).astype(np.int16), 8000, format=format)
    return buffer.getvalue()


def _text(noise: np.random.Generator) -> bytes:
    words = ["hello", "wörld", "data", "and", "the", "rest\n"]
    return " ".join(noise.choice(words, int(noise.integers(400, 1200)))).encode()


_KINDS: dict[str, Callable[[np.random.Generator], bytes]] = {
    ".png": _png,
    ".jpg": _jpeg,
    ".wav": _wav,
    ".txt": _text,
    ".flac": _flac,
}
