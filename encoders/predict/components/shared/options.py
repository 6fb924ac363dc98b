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

from encoders import mime
from encoders.errors import bounded
from encoders.errors.text import json_text, visible
from encoders.predict.samples import sample, sample_of_type
from encoders.predict.values import File

Options = Mapping[str, Any]
_MOST_LISTED = 20
LONGEST_ITEM = 40  # characters
SUFFIX = re.compile(r"(\.[a-z0-9_+-]{1,16}){1,2}")


def initial_value(options: Options) -> Any:
    """Return the value that a component starts with, which Gradio 2.x calls its default."""
    return options.get("value", options.get("default"))


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether this is a number, and small enough to calculate with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e100


def is_count(value: Any) -> TypeGuard[int]:
    """Tell whether this is a number of things."""
    return isinstance(value, int) and is_number(value) and value >= 0


def file_types(options: Options) -> Iterator[str]:
    """Yield which types of files are allowed."""
    types = options.get("file_types")
    if isinstance(types, list | tuple) and types:
        yield f"files of type {listed(types)}"


def schema_types(options: Options) -> list[str]:
    """Return which types of files are allowed, for a JSON Schema."""
    types = options.get("file_types")
    known = islice(types, _MOST_LISTED) if isinstance(types, list | tuple) else ()
    return [bounded(each, LONGEST_ITEM) for each in known if isinstance(each, str)]


def example_file(options: Options) -> File:
    """Return a file of a type that ``file_types`` allows, if possible with fitting content."""
    allowed = options.get("file_types")
    all_types = allowed if isinstance(allowed, list | tuple) else [allowed]
    types = [each.lower() for each in all_types if isinstance(each, str)]
    fitting = next((known for known in map(sample_of_type, types) if known), None)
    text = sample("example.txt")
    if fitting or not types:
        return fitting or text
    is_media_type = "/" in types[0][1:] and types[0][0] != "."
    suffix = mime.suffix(types[0]) if is_media_type else types[0]
    return replace(text, name=f"example{suffix}") if SUFFIX.fullmatch(suffix) else text


def listed(items: Sequence[Any], labels: Mapping[Any, Any] | None = None) -> str:
    """Return the first items as JSON, those with another label with it, and how many more are."""
    first = [*islice(items, _MOST_LISTED)]
    shown = ", ".join(_labelled(item, labels[item]) if labels else _item(item) for item in first)
    left = len(items) - _MOST_LISTED
    return f"{shown} and {left:,} more" if left > 0 else shown


def _labelled(item: Any, label: Any) -> str:
    return _item(item) if str(label) == str(item) else f"{_item(item)} ({_item(label)})"


def _item(item: Any) -> str:
    if isinstance(item, str):
        return json_text(bounded(item, LONGEST_ITEM))
    if item is None or isinstance(item, bool) or is_number(item):
        return json.dumps(item)
    return bounded(visible(f"a {type(item).__name__}"), LONGEST_ITEM)
