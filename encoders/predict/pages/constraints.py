"""What values an input allows, in words: a dropdown's choices, a slider's range, files' types.

All of it is what a server's configuration says, so it may be of any type and size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from encoders.errors import bounded
from encoders.errors.text import visible
from encoders.predict.components import Component
from encoders.predict.pages.examples import is_number, known_choices
from encoders.predict.pages.quoting import one_line_json

_MOST_LISTED = 20
_LONGEST_ITEM = 40  # characters

Options = Mapping[str, Any]


def constraints(component: Component) -> tuple[str, ...]:
    """Return what values a component allows, a phrase each; none where it says nothing.

    >>> constraints(Component("Slider", {"minimum": 0, "maximum": 1, "step": 0.1}))
    ('0 to 1', 'step 0.1')
    >>> constraints(Component("Radio", {"choices": ["a", "b"]}))
    ('one of "a", "b"',)
    """
    say = _SAYERS.get(component.name)
    return tuple(say(component.options)) if say else ()


def _choices(options: Options) -> Iterator[str]:
    known = known_choices(options)
    if known:
        several = "any of" if options.get("multiselect") else "one of"
        yield f"{several} {_listed(known)}"
        if options.get("allow_custom_value"):
            yield "or another value"


def _choice_list(options: Options) -> Iterator[str]:
    return _choices({**options, "multiselect": True})


def _number(options: Options) -> Iterator[str]:
    low, high = options.get("minimum"), options.get("maximum")
    if is_number(low) and is_number(high):
        yield f"{low} to {high}"
    elif is_number(low):
        yield f"at least {low}"
    elif is_number(high):
        yield f"at most {high}"
    step = options.get("step")
    if is_number(step):
        yield f"step {step}"
    if options.get("precision") == 0:
        yield "whole numbers"


def _text(options: Options) -> Iterator[str]:
    longest = options.get("max_length")
    if is_number(longest):
        yield f"at most {longest} characters"


def _file(options: Options) -> Iterator[str]:
    count = {"multiple": "several files", "directory": "the files of a folder"}
    said = options.get("file_count")
    if isinstance(said, str) and said in count:
        yield count[said]
    yield from _file_types(options)


def _file_types(options: Options) -> Iterator[str]:
    types = options.get("file_types")
    if isinstance(types, list | tuple) and types:
        yield f"files of type {_listed(types)}"


def _sound(options: Options) -> Iterator[str]:
    for key, word in (("min_length", "at least"), ("max_length", "at most")):
        seconds = options.get(key)
        if is_number(seconds):
            yield f"{word} {seconds} s long"


def _table(options: Options) -> Iterator[str]:
    headers = options.get("headers")
    if isinstance(headers, list) and headers:
        yield f"columns {_listed(headers)}"
    for key, word in (("row_count", "rows"), ("col_count", "columns")):
        said = options.get(key)
        if isinstance(said, list) and len(said) == 2 and said[1] == "fixed" and is_number(said[0]):
            yield f"{said[0]} {word} exactly"


def _datetime(options: Options) -> Iterator[str]:
    if options.get("include_time") is False:
        yield "a date without a time"


def _listed(items: Sequence[Any]) -> str:
    shown = ", ".join(_item(item) for item in islice(items, _MOST_LISTED))
    left = len(items) - _MOST_LISTED
    return f"{shown} and {left:,} more" if left > 0 else shown


def _item(item: Any) -> str:
    """Return a value as JSON has it, cut off where it is long."""
    if isinstance(item, str):
        return one_line_json(bounded(item, _LONGEST_ITEM))
    if item is None or isinstance(item, bool) or is_number(item):
        return one_line_json(item)
    return bounded(visible(f"a {type(item).__name__}"), _LONGEST_ITEM)


_SAYERS: dict[str, Callable[[Options], Iterator[str]]] = {
    "radio": _choices,
    "dropdown": _choices,
    "checkboxgroup": _choice_list,
    "slider": _number,
    "number": _number,
    "textbox": _text,
    "file": _file,
    "uploadbutton": _file,
    "gallery": _file_types,
    "multimodaltextbox": _file_types,
    "audio": _sound,
    "video": _sound,
    "dataframe": _table,
    "datetime": _datetime,
}
