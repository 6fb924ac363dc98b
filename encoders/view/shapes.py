"""What each kind of output needs to be shown: the data of its template.

A function here takes what a component's decode gives, with an `UndecodedFile` in place of each
file, and returns the arguments of the macro of the same name in ``outputs.html.jinja``. It raises
`Unfit` where the value is of another shape, which is then shown as anything is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from encoders.data_url import DataURL
from encoders.errors import bounded
from encoders.limits import Limits
from encoders.predict.components.plot import Plot
from encoders.predict.components.table import Table
from encoders.predict.values import Json, Reference, UndecodedFile
from encoders.view import charts, markup
from encoders.view.folding import fold
from encoders.view.media import Links, Media, media

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_FILES = 1000  # of one output
_MOST_ROWS, _MOST_COLUMNS = 200, 50
_MOST_LABELS, _MOST_PIECES, _MOST_MESSAGES = 100, 5000, 1000
_LONGEST_TEXT, _LONGEST_CELL = 200_000, 500  # characters
_COLOURS = 8  # classes c0 to c7

Data = dict[str, Any]


class Unfit(Exception):  # noqa: N818 - it is no fault
    """A value is not of the shape that its template shows."""


@dataclass(frozen=True)
class Shown:
    """A value to show, and what is known around it.

    Attributes:
        value: what the component's decode gives.
        place: of the whole value.
        json: as it came, if there is JSON.
        options: of its component.
        links: where the files are.
        limits: bounds on what is read to describe a file.
    """

    value: Any
    place: str
    json: Json
    options: Mapping[str, Any]
    links: Links
    limits: Limits

    def media(self, file: UndecodedFile | Reference) -> Media:
        if isinstance(file, Reference):
            return media(file, None, "", self.links, self.limits)
        place = "" if file.place == self.place else file.place  # which is shown already
        return media(file.content, file.name, place, self.links, self.limits)

    def part(self, value: Any) -> Media | str | Markup | None:
        """Return a file, text or other part of a value for a template."""
        if value is None or isinstance(value, str):
            return None if value is None else _cut(value)
        if isinstance(value, UndecodedFile | Reference):
            return self.media(value)
        return fold(value, self.links)


def text(shown: Shown) -> Data:
    value = shown.value
    if isinstance(value, dict | list | tuple | UndecodedFile):
        raise Unfit
    return {"text": _cut(str(value))}


def choices(shown: Shown) -> Data:
    value = shown.value if isinstance(shown.value, list) else [shown.value]
    if any(isinstance(item, dict | list) for item in value):
        raise Unfit
    words = [_cut(str(item), _LONGEST_CELL) for item in value[:_MOST_PIECES]]
    return {"choices": words, "more": len(value) - len(words)}


def yes_or_no(shown: Shown) -> Data:
    if not isinstance(shown.value, bool):
        raise Unfit
    return {"is_yes": shown.value}


def markdown(shown: Shown) -> Data:
    source = _text(shown.value)
    return {"text": _cut(source), "rendered": markup.markdown(source)}


def html(shown: Shown) -> Data:
    source = _text(shown.value)
    document = markup.framed(source)
    # A document is no text for people: hidden characters in it stay.
    return {
        "frame": markup.escaped(document),
        "url": shown.links.frame(document),
        "source": _cut(source),
    }


def code(shown: Shown) -> Data:
    language = shown.options.get("language")
    language = bounded(language, 40) if isinstance(language, str) else ""
    return {"code": _cut(_text(shown.value)), "language": language}


def colour(shown: Shown) -> Data:
    source = _text(shown.value)
    return {"text": _cut(source, _LONGEST_CELL), "fill": markup.colour(source)}


def json_(shown: Shown) -> Data:
    return {"json": fold(shown.value, shown.links)}


def label(shown: Shown) -> Data:
    value = shown.value
    if not isinstance(value, dict):
        if isinstance(value, list):
            raise Unfit
        return {"best": _cut(str(value), _LONGEST_CELL), "bars": [], "more": 0}
    bars = [_bar(name, share) for name, share in list(value.items())[:_MOST_LABELS]]
    best = bars[0].name if bars else ""
    return {"best": best, "bars": bars, "more": len(value) - len(bars)}


@dataclass(frozen=True)
class Bar:
    """A label with its confidence; ``share`` is None where that is not from 0 to 1."""

    name: str
    share: float | None
    words: str


def _bar(name: Any, confidence: Any) -> Bar:
    is_number = isinstance(confidence, int | float) and not isinstance(confidence, bool)
    if is_number and math.isfinite(confidence) and 0 <= confidence <= 1:
        percent = f"{confidence * 100:.3g}"
        return Bar(_cut(str(name), _LONGEST_CELL), round(confidence, 6), f"{percent} %")
    return Bar(_cut(str(name), _LONGEST_CELL), None, bounded(str(confidence), 40))


@dataclass(frozen=True)
class Piece:
    """A piece of highlighted text, with the class of its label's colour."""

    text: str
    label: str = ""
    colour: str = ""


def highlighted(shown: Shown) -> Data:
    if not isinstance(shown.value, list):
        raise Unfit
    colours: dict[str, str] = {}
    pieces = [_piece(pair, colours) for pair in shown.value[:_MOST_PIECES]]
    return {"pieces": pieces, "more": len(shown.value) - len(pieces)}


def _piece(pair: Any, colours: dict[str, str]) -> Piece:
    words, name = pair
    words = words if isinstance(words, str) else json.dumps(words, default=str)
    if name is None or name == "":
        return Piece(_cut(words))
    number = name if isinstance(name, float) else None
    name = bounded(f"{number:.3g}" if number is not None else str(name), 200)
    key = ("+" if number > 0 else "-") if number is not None else name
    return Piece(_cut(words), name, colours.setdefault(key, f"c{len(colours) % _COLOURS}"))


def pairs(shown: Shown) -> Data:
    if not isinstance(shown.value, list):
        raise Unfit
    found = [(_cell(key), _cell(value)) for key, value in shown.value[:_MOST_ROWS]]
    return {"pairs": found, "more": len(shown.value) - len(found)}


def table(shown: Shown) -> Data:
    if not isinstance(shown.value, Table):
        raise Unfit
    headers, rows = shown.value
    width = max(len(headers or ()), *(len(row) for row in rows[:_MOST_ROWS]), 0)
    names = headers or [str(number + 1) for number in range(width)]
    count = min(width, _MOST_COLUMNS) * min(len(rows) + 1, _MOST_ROWS)
    longest = min(_LONGEST_TEXT // max(count, 1), _LONGEST_CELL)
    return {
        "headers": [_cell(name, longest) for name in names[:_MOST_COLUMNS]],
        "rows": [
            [_cell(cell, longest) for cell in row[:_MOST_COLUMNS]] for row in rows[:_MOST_ROWS]
        ],
        "size": f"{_count(len(rows), 'row')}, {_count(width, 'column')}",
        "more_rows": max(len(rows) - _MOST_ROWS, 0),
        "more_columns": max(width - _MOST_COLUMNS, 0),
    }


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _cell(value: Any, longest: int = _LONGEST_CELL) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _cut(value, longest)
    if isinstance(value, UndecodedFile):
        return f"file {value.place}"
    plain = isinstance(value, bool | int | float | dict | list)
    try:
        words = json.dumps(value, ensure_ascii=False, default=str) if plain else str(value)
    except (ValueError, RecursionError):
        words = "…"
    return _cut(words, longest)


@dataclass(frozen=True)
class Message:
    """A message of a chat: parts are text, files, or folded JSON."""

    role: str
    parts: list[Any]
    title: str = ""
    options: tuple[str, ...] = ()


def chat(shown: Shown) -> Data:
    if not isinstance(shown.value, list):
        raise Unfit
    messages: list[Message] = []
    for item in shown.value[:_MOST_MESSAGES]:
        messages += _messages(item, shown)
    return {"messages": messages, "more": max(len(shown.value) - _MOST_MESSAGES, 0)}


def _messages(item: Any, shown: Shown) -> Iterator[Message]:
    if isinstance(item, tuple) and len(item) == 2:
        for role, side in zip(("user", "assistant"), item, strict=True):
            if side is not None:
                yield Message(role, _parts(side, shown))
        return
    if not isinstance(item, dict):
        raise Unfit
    extras = item.get("metadata")
    title = extras.get("title") if isinstance(extras, dict) else None
    options = item.get("options")
    offered = [one.get("label") or one.get("value") for one in _objects(options)]
    yield Message(
        bounded(str(item.get("role") or "message"), 40),
        _parts(item.get("content"), shown),
        bounded(title, 200) if isinstance(title, str) else "",
        tuple(bounded(str(one), 200) for one in offered[:20]),
    )


def _parts(content: Any, shown: Shown) -> list[Any]:
    """Return the parts of a message; Markdown where it can be rendered."""
    found = []
    for part in content if isinstance(content, list) else [content]:
        is_file = isinstance(part, tuple) and len(part) == 2  # with its alt text
        part = shown.part(part[0] if is_file else part)
        rendered = markup.markdown(part) if type(part) is str else None
        found.append(part if rendered is None else rendered)
    return found


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    yield from (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))


@dataclass(frozen=True)
class Item:
    """A picture or video of a gallery; ``file`` is None where a pair lacks one."""

    file: Media | None
    caption: str = ""


def gallery(shown: Shown) -> Data:
    if not isinstance(shown.value, list | tuple):
        raise Unfit
    items = [_item(item, shown) for item in shown.value[:MOST_FILES]]
    return {"items": items, "more": len(shown.value) - len(items)}


def _item(item: Any, shown: Shown) -> Item:
    file, caption = item if isinstance(item, tuple) and len(item) == 2 else (item, None)
    if file is None:
        return Item(None)
    if not isinstance(file, UndecodedFile | Reference):
        raise Unfit
    return Item(shown.media(file), "" if caption is None else _cut(str(caption), _LONGEST_CELL))


def annotated(shown: Shown) -> Data:
    if not isinstance(shown.value, tuple) or len(shown.value) != 2:
        raise Unfit
    picture, marks = shown.value
    if not isinstance(picture, UndecodedFile | Reference):
        raise Unfit
    masks = [_item((mask, name), shown) for mask, name in marks[:MOST_FILES]]
    return {"picture": shown.media(picture), "masks": masks, "more": len(marks) - len(masks)}


def plot(shown: Shown) -> Data:
    value = shown.value
    if isinstance(value, UndecodedFile | Reference):
        return {"picture": shown.media(value), "chart": None, "json": None, "drawn_by": ""}
    if isinstance(value, Plot):
        chart, source, drawn_by = charts.of_figure(value), value.figure, value.type
    elif isinstance(value, Table):
        chart, source, drawn_by = charts.of_native(shown.json, shown.options), shown.json, ""
    else:
        raise Unfit
    drawn = charts.draw(chart) if chart else None
    return {
        "picture": None,
        "chart": drawn,
        "json": fold(source, shown.links),
        "drawn_by": drawn_by,
    }


def anything(shown: Shown) -> Data:
    """Return the files in a value, and the whole as JSON if there is more than files in it."""
    if isinstance(shown.value, str):
        return {"files": [], "more": 0, "text": _cut(shown.value), "json": None}
    files = list(_files(shown.value))
    kept = [shown.media(file) for file in files[:MOST_FILES]]
    folded = fold(shown.value, shown.links) if _has_more(shown.value) else None
    return {"files": kept, "more": len(files) - len(kept), "text": None, "json": folded}


def _files(value: Any) -> Iterator[UndecodedFile | Reference]:
    if isinstance(value, UndecodedFile | Reference):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _files(item)


def _has_more(value: Any) -> bool:
    """Tell whether a value is more than a file or a list of files."""
    if isinstance(value, list | tuple):
        return not value or any(map(_has_more, value))
    return value is None or not isinstance(value, UndecodedFile | Reference)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | DataURL):
        raise Unfit
    return str(value)


def _cut(text: str, longest: int = _LONGEST_TEXT) -> str:
    kept = text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"
    return kept.replace("\r\n", "\n")


# The value of a component's `shown`, and so the name of a macro, for each function.
SHAPES: dict[str, Callable[[Shown], Data]] = {
    "text": text,
    "choices": choices,
    "yes_or_no": yes_or_no,
    "markdown": markdown,
    "html": html,
    "code": code,
    "colour": colour,
    "json": json_,
    "label": label,
    "highlighted": highlighted,
    "pairs": pairs,
    "table": table,
    "chat": chat,
    "gallery": gallery,
    "annotated": annotated,
    "plot": plot,
    "anything": anything,
}
