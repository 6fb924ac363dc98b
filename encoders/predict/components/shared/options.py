"""A component's options: which values they allow, in words, and examples of these.

Options come from a server's configuration, so they may be of any type and size.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeGuard

from encoders.errors import bounded
from encoders.errors.text import json_text, visible
from encoders.predict.samples import sample, sample_of_type
from encoders.predict.values import File

Options = Mapping[str, Any]
_MOST_LISTED = 20
_LONGEST_ITEM = 40  # characters
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,9}){1,2}")


def initial_value(options: Options) -> Any:
    """Return the value that a component starts with, which Gradio 2.x calls its default."""
    return options.get("value", options.get("default"))


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether this is a number, and small enough to calculate with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e100


def file_types(options: Options) -> Iterator[str]:
    """Yield which types of files are allowed."""
    types = options.get("file_types")
    if isinstance(types, list | tuple) and types:
        yield f"files of type {listed(types)}"


def example_file(options: Options) -> File:
    """Return a file of a type that ``file_types`` allows, if possible with fitting content."""
    allowed = options.get("file_types")
    all_types = allowed if isinstance(allowed, list | tuple) else [allowed]
    types = [each.lower() for each in all_types if isinstance(each, str)]
    fitting = next((known for known in map(sample_of_type, types) if known), None)
    text = sample("example.txt")
    if fitting or not types:
        return fitting or text
    return replace(text, name=f"example{types[0]}") if _SUFFIX.fullmatch(types[0]) else text


def listed(items: Sequence[Any]) -> str:
    """Return the first items as JSON, and the number of the others."""
    shown = ", ".join(_item(item) for item in islice(items, _MOST_LISTED))
    left = len(items) - _MOST_LISTED
    return f"{shown} and {left:,} more" if left > 0 else shown


def _item(item: Any) -> str:
    if isinstance(item, str):
        return json_text(bounded(item, _LONGEST_ITEM))
    if item is None or isinstance(item, bool) or is_number(item):
        return json.dumps(item)
    return bounded(visible(f"a {type(item).__name__}"), _LONGEST_ITEM)
