"""Values as a line of bounded length: their `repr`, or JSON.

The room for a value is divided among its items, so that each of a few is seen. What is not shown is
not looked at either.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import TypeVar

from encoders.errors.text import one_line, shortened, visible

T = TypeVar("T")
Literal = Callable[[object], str]  # writes a text, a number or None

ROOM = 450  # characters; the longest `repr` of a value has twice as many
_LONGEST_TEXT = 60  # of one text in a value
_SHORTEST_TEXT = 24  # to which one is cut
_MOST_ITEMS = 12  # of a list or an object
_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
_FOREIGN = reprlib.Repr()  # for values of other libraries
_FOREIGN.maxother = 100


class ShortRepr:
    """A dataclass, declared with ``repr=False``, whose `repr` is short whatever it holds."""

    __slots__ = ()

    def __repr__(self) -> str:
        return brief(self)


def brief(value: object, room: int = ROOM, literal: Literal = repr) -> str:
    """Return a value in a line of about ``room`` characters, and of twice as many at most.

    Of a long text the beginning and the end are left, and its length follows; of many items the
    first are left, and the number of the others follows.

    Args:
        value: anything.
        room: how many characters there are for it.
        literal: writes a text, a number or None: `json.dumps` does it for JSON.

    >>> print(brief({"data": ["a" * 1000, list(range(1000))]}))
    {'data': ['aaaaaaaaaaaaaaaaaaaaaaaaaaaa…aaaaaaaaaaaaaaaaaaaaaaaaaaaaa' (1,000 characters),
              [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 988 more]]}
    """

    def write(value: object, room: int) -> str:
        room = room * 7 // 8  # so that it ends, however deep the value is
        if isinstance(value, str | bytes | bytearray):
            return quoted(value, min(room, _LONGEST_TEXT), literal)
        if isinstance(value, dict):
            return f"{{{_items(value.items(), room, write_pair)}}}"
        if (named := _named(value)) is not None:
            return f"{type(value).__name__}({_items(named, room, write_named)})"
        if isinstance(value, Collection) and type(value) in _BRACKETS and value:
            start, end = _BRACKETS[type(value)]
            comma = "," if len(value) == 1 and start == "(" else ""
            return f"{start}{_items(value, room, write)}{comma}{end}"
        return _other(value, room, literal)

    def write_pair(pair: tuple[object, object], room: int) -> str:
        key = write(pair[0], room // 2)
        return f"{key}: {write(pair[1], room - len(key))}"

    def write_named(pair: tuple[str, object], room: int) -> str:
        return f"{pair[0]}={write(pair[1], room - len(pair[0]))}"

    return shortened(write(value, room), 2 * room)


def quoted(value: str | bytes | bytearray, room: int, literal: Literal = repr) -> str:
    """Return a text or bytes as a literal, and the length of what does not fit into the room."""
    room = max(room, _SHORTEST_TEXT)
    if len(value) <= room and len(whole := visible(literal(value))) <= room + 3:  # b''
        return whole
    if isinstance(value, str):
        part = shortened(visible(literal(shortened(value, room))), room)
        return f"{part} ({len(value):,} characters)"
    return f"{bytes(value[: room // 4])!r}… ({len(value):,} bytes)"


def _named(value: object) -> list[tuple[str, object]] | None:
    """Return the fields of a dataclass of ours, or of a named tuple."""
    if isinstance(value, ShortRepr) and is_dataclass(value):
        return [(each.name, getattr(value, each.name)) for each in fields(value) if each.repr]
    names = getattr(value, "_fields", None) if isinstance(value, tuple) else None
    return None if names is None else [(name, getattr(value, name)) for name in names]


def _items(values: Collection[T], room: int, write: Callable[[T, int], str]) -> str:
    """Return the first of some items, and how many more there are."""
    count = min(len(values), _MOST_ITEMS) if room > 0 else 0
    shown: list[str] = []
    for value in islice(values, count):
        text = write(value, room // (count - len(shown)))
        room -= len(text) + len(", ")
        if room < 0:
            break
        shown.append(text)
    if left := len(values) - len(shown):
        shown.append(f"… {left:,} more")
    return ", ".join(shown)


def _other(value: object, room: int, literal: Literal) -> str:
    is_plain = value is None or isinstance(value, int | float)
    try:
        text = literal(value) if is_plain else _FOREIGN.repr(value)
    except Exception:  # an integer of thousands of digits, or a broken class of the caller
        text = f"<{type(value).__name__}>"
    return one_line(text, max(room, _SHORTEST_TEXT))
