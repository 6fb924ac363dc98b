"""What a function of the apps was given, described in JSON; any of the releases can run this."""

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
    """What tells `value` from any other that it might have been.

    Args:
        value: What a component made of what the client sent.
        paths: Whether the name of an existing file, or an object with it as a path, stands for that
            file; otherwise it is a text.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # which JSON has no number for
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
        # What is missing is None, NaN, NaT or NA, as pandas has it in the column.
        rows = value.astype(object).where(value.notna(), None).to_numpy().tolist()
        return {"columns": report(list(value.columns)), "rows": report(rows)}
    if isinstance(value, datetime.date):
        return value.isoformat()
    return _fields_report(value, paths)


def _fields_report(value: Any, paths: bool) -> Any:
    """The report on an object by its fields: a temporary file, a data class or a model."""
    if hasattr(value, "model_dump"):
        return report(value.model_dump(), paths)
    if dataclasses.is_dataclass(value):
        return report(vars(value), paths)
    if hasattr(value, "name"):
        return file_report(value.name)
    return repr(value)


def array_report(array: Any) -> dict[str, Any]:
    """What tells one array from another; an array of objects is told by its values."""
    described = {"shape": list(np.shape(array)), "dtype": str(array.dtype)}
    if array.dtype.hasobject:
        return {**described, "values": report(array.tolist())}
    return {**described, "sha256": _sha256(array.tobytes())}


def file_report(path: str) -> dict[str, Any]:
    """What tells one file from another."""
    data = Path(path).read_bytes()
    return {"name": Path(path).name, "size": len(data), "sha256": _sha256(data)}


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_absolute() and Path(text).is_file()
    except (OSError, ValueError):  # too long a name, or a NUL in it
        return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
