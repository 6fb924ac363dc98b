"""JSON reports on the values that functions of the apps receive; runs with every Gradio release."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image


def report(value: Any, paths: bool = False) -> Any:
    """Return the content of a value as JSON, with hashes for long content.

    Args:
        value: The value that a component made of the client's input.
        paths: Whether to report the file if text, or the `path` of an object, is the path of an
            existing file. If false, text is reported as text.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such numbers
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return file_report(value) if paths and _is_file(value) else str(value)
    if isinstance(value, Mapping):
        if paths and isinstance(value.get("path"), str):
            return report(value["path"], paths)
        return {str(key): report(item, paths) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [report(item, paths) for item in value]
    return _object_report(value, paths)


def _object_report(value: Any, paths: bool) -> Any:
    if isinstance(value, np.generic):
        return report(value.item(), paths)
    if isinstance(value, np.ndarray):
        return array_report(value)
    if isinstance(value, Image.Image):
        return {"size": list(value.size), "mode": value.mode, "sha256": _sha256(value.tobytes())}
    if isinstance(value, bytes):
        return {"size": len(value), "sha256": _sha256(value)}
    if isinstance(value, pd.DataFrame):
        # Depending on the column, pandas has None, NaN, NaT or NA for missing values.
        rows = value.astype(object).where(value.notna(), None).to_numpy().tolist()
        return {"columns": report(list(value.columns)), "rows": report(rows)}
    if isinstance(value, datetime.date):
        return value.isoformat()
    return _fields_report(value, paths)


def _fields_report(value: Any, paths: bool) -> Any:
    """Report the fields of a model or a data class, or the content of a temporary file."""
    if hasattr(value, "model_dump"):
        return report(value.model_dump(), paths)
    if dataclasses.is_dataclass(value):
        return report(vars(value), paths)
    if hasattr(value, "name"):
        return file_report(value.name)
    return repr(value)


def array_report(array: Any) -> dict[str, Any]:
    """Report shape, dtype, and a hash of the content; for an array of objects, its values."""
    shape_and_dtype = {"shape": list(np.shape(array)), "dtype": str(array.dtype)}
    if array.dtype.hasobject:
        return {**shape_and_dtype, "values": report(array.tolist())}
    return {**shape_and_dtype, "sha256": _sha256(array.tobytes())}


def file_report(path: str) -> dict[str, Any]:
    """Report name, size, and a hash of the content."""
    data = Path(path).read_bytes()
    return {"name": Path(path).name, "size": len(data), "sha256": _sha256(data)}


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_absolute() and Path(text).is_file()
    except (OSError, ValueError):  # the name is too long, or contains a NUL
        return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
