"""Checks of a value, as it is sent, against what the options of its component allow.

They refuse what a server of some version refuses, or its page does not let anybody enter.
"""

from __future__ import annotations

import difflib
import mimetypes
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NoReturn

from encoders import mime
from encoders.errors import bounded, clip, clip_value
from encoders.predict.components.shared.options import LONGEST_ITEM, SUFFIX, is_number, listed
from encoders.predict.eras import Version, at
from encoders.predict.values import Json
from encoders.predict.wire.context import EncodeContext
from encoders.predict.wire.file_shapes import name_and_type

_MOST_COMPARED = 5000  # choices
_LEAST_LIKENESS = 0.4  # as difflib counts it: 1 for the same text
_KINDS = ("image", "video", "audio", "text")
_ANY = "file"
# Servers of 5.0 and later go by a file's name, and the pages of older ones by either.
_NAME_DECIDES: dict[Version, bool] = {(2, 0): False, (5, 0): True}


def check_range(
    number: float, low: Any, high: Any, expected: str, context: EncodeContext, unit: str = ""
) -> None:
    """Refuse a number that is outside; bounds that are no numbers do not count."""
    if (is_number(low) and number < low) or (is_number(high) and number > high):
        context.refuse(f"expected {expected}, found {clip_value(number)}{unit}")


def check_count(count: int, most: Any, things: str, context: EncodeContext) -> None:
    """Refuse more things than ``most``, if that is a number."""
    if is_number(most) and count > most:
        context.refuse(f"expected at most {most} {things}, found {count:,}")


def refuse_choice(
    value: Json, offered: Sequence[tuple[Any, Any]], context: EncodeContext
) -> NoReturn:
    """Refuse a value that is none of those ``offered``, each of which has its label before it."""
    choices = listed(_nearest_first(value, offered), {one: label for label, one in offered})
    context.refuse(f"expected one of {choices}, found {listed([value])}")


def check_files(files: Iterable[Json], context: EncodeContext) -> None:
    """Refuse a file of a type that ``file_types`` does not list; each file is as it is sent."""
    given = context.options.get("file_types")
    types = given if isinstance(given, list | tuple) else [given]
    wanted = [each.lower().removesuffix("/*") for each in types if isinstance(each, str)]
    if not wanted or len(wanted) < len(types) or not all(map(_is_understood, wanted)):
        return
    for file in files:
        name, content = name_and_type(file)
        of_name = {mime.from_name(name), mimetypes.guess_type(name)[0]}
        found = of_name if at(_NAME_DECIDES, context.version) else {*of_name, content}
        if not any(_fits(each, name.lower(), found) for each in wanted):
            told = f" ({bounded(content)})" if content else ""
            context.refuse(f"expected a file of type {listed(types)}, found {clip(name)}{told}")


def _is_understood(wanted: str) -> bool:
    is_type = wanted.partition("/")[0] in (*_KINDS, "application", "model", "font")
    return is_type or wanted == _ANY or bool(SUFFIX.fullmatch(wanted))


def _fits(wanted: str, name: str, found: Iterable[str | None]) -> bool:
    if wanted.startswith("."):
        return name.endswith(wanted) and name != wanted
    return wanted == _ANY or any(f"{one}/".startswith(f"{wanted}/") for one in found if one)


def _nearest_first(value: Json, offered: Sequence[tuple[Any, Any]]) -> list[Any]:
    """Return the values of choices, those first that are written or labelled most like another."""
    by_text: dict[str, Any] = {}
    for pair in islice(offered, _MOST_COMPARED):
        for text in map(_folded, pair):
            by_text.setdefault(text, pair[1])
    close = difflib.get_close_matches(_folded(value), by_text, 20, _LEAST_LIKENESS)
    return list(dict.fromkeys([*(by_text[text] for text in close), *(one for _, one in offered)]))


def _folded(value: Any) -> str:
    text = value if isinstance(value, str) else clip_value(value)
    return text[:LONGEST_ITEM].casefold()
