"""Helpers for the tests of pictures."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from encoders.data_url import DataURL
from tests.paths import FIXTURES

IMAGES = FIXTURES / "image"


def psnr(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    error = float(np.mean((one.astype(float) - other.astype(float)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def opened(path: Path) -> Image.Image:
    return opened_bytes(path.read_bytes())


def opened_bytes(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def labelled(path: Path, media_type: str) -> str:
    return str(DataURL(media_type, path.read_bytes()))


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def pages_of(*sizes: tuple[int, int]) -> bytes:
    pages = [Image.new("RGB", size) for size in sizes]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()
