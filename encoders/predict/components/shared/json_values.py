"""Python values to what JSON can hold, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from encoders.data_url import DataURL
from encoders.errors import clip_value
from encoders.predict.values import Json, summary
from encoders.predict.wire.context import DecodeContext, EncodeContext


def plain(value: Any, context: EncodeContext) -> Json:
    """Return a value as JSON can hold it: numpy's numbers and arrays, tuples and sets unpacked."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return number(value, context)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return plain(value.tolist(), context)
    if isinstance(value, Mapping):
        return {_key(key, context): _inside(key, item, context) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_inside(index, item, context) for index, item in enumerate(value)]
    if not isinstance(value, DataURL):
        context.fail(f"expected what JSON can hold, found a {type(value).__name__}")
    return str(value)


def with_text(value: Json, context: DecodeContext) -> Any:
    """Return JSON with the text of each `DataURL` in its place, and else as it is."""
    return _with_text(value) if context.has_urls else value


def number(value: Any, context: EncodeContext, expected: str = "a number") -> int | float:
    """Return Python's own number for a number; anything else is an error that says ``expected``."""
    found = unboxed(value)
    if isinstance(found, bool) or not isinstance(found, int | float):
        context.fail(f"expected {expected}, found {summary(value)}")
    if isinstance(found, int):
        return int(found)
    if not math.isfinite(found):
        context.fail(f"JSON has no {found}: expected a finite number")
    return float(found)


def unboxed(value: Any) -> Any:
    """Return the Python number in a scalar of numpy's; other values as they are."""
    is_scalar = hasattr(value, "dtype") and getattr(value, "ndim", None) == 0
    return value.item() if is_scalar else value


def _with_text(value: Json) -> Any:
    if isinstance(value, DataURL):
        return str(value)
    if isinstance(value, dict):
        return {key: _with_text(item) for key, item in value.items()}
    return list(map(_with_text, value)) if isinstance(value, list) else value


def _key(key: Any, context: EncodeContext) -> str:
    if not isinstance(key, str):
        context.fail(f"expected text as keys, found {clip_value(key)}: JSON has no others")
    return key


def _inside(step: Any, value: Any, context: EncodeContext) -> Json:
    if value is None or isinstance(value, str):
        return value
    with context.within(step):
        return plain(value, context)
