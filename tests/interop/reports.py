"""The reports that apps make of their inputs (`apps/report.py`), as the tests expect them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image


def file_report(path: Path) -> dict[str, Any]:
    return {"name": path.name, **bytes_report(path.read_bytes())}


def bytes_report(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def array_report(array: npt.NDArray[Any]) -> dict[str, Any]:
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "sha256": hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest(),
    }


def picture_report(picture: Image.Image) -> dict[str, Any]:
    return {
        "size": list(picture.size),
        "mode": picture.mode,
        "sha256": hashlib.sha256(picture.tobytes()).hexdigest(),
    }
