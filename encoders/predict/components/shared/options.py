"""A component's options: the values that they allow, in words, and the one that they start with.

Options come from a server's configuration, so they may be of any type and size.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeGuard

from encoders.errors import bounded
from encoders.errors.text import json_text, visible

_MOST_LISTED = 20
_LONGEST_ITEM = 40  # characters


def initial_value(options: Mapping[str, Any]) -> Any:
    """Return the value that a component starts with, which Gradio 2.x calls its default."""
    return options.get("value", options.get("default"))


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether this is a number, and small enough to calculate with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e100


def file_types(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield which types of files are allowed."""
    types = options.get("file_types")
    if isinstance(types, list | tuple) and types:
        yield f"files of type {listed(types)}"


def listed(items: Sequence[Any]) -> str:
    """Return the first items as JSON, and the number of the others."""
    shown = ", ".join(_item(item) for item in islice(items, _MOST_LISTED))
    left = len(items) - _MOST_LISTED
    return f"{shown} and {left:,} more" if left > 0 else shown


def _item(item: Any) -> str:
    """Return a value as JSON, cut off where it is long."""
    if isinstance(item, str):
        return json_text(bounded(item, _LONGEST_ITEM))
    if item is None or isinstance(item, bool) or is_number(item):
        return json.dumps(item)
    return bounded(visible(f"a {type(item).__name__}"), _LONGEST_ITEM)
