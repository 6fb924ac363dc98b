"""Values for components, told by the text of a command line."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from encoders.errors import PayloadError, bounded, clip
from encoders.predict.components import Component
from encoders.predict.components.table import Table
from encoders.source import is_data_url, open_path

_Read = Callable[[str, Component], Any]
_FROM_FILE = "@"  # in front of a file's name, where text is wanted
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def from_text(text: str, component: Component | None) -> Any:
    """Return the value that ``text`` means for a component.

    Text components take it as it is, numbers and checkboxes read it, media take it for a path (or a
    data URL), lists of media for JSON with paths in it, and the others for JSON. These read a file
    where it begins with ``@``: ``@rows.csv`` for a table, ``@value.json`` for all of them. Empty
    text is None but for text components. Where no component is known, what is the path of a file is
    that file, and all else is text.

    Raises:
        PayloadError: it means none.

    >>> from_text("2.5", Component("number")), from_text("off", Component("checkbox"))
    (2.5, False)
    """
    if component is None:
        return _file_or_text(text)
    read = _READERS.get(component.name, _anything)
    if text == "" and read is not _text:
        return None
    try:
        return read(text, component)
    except (ValueError, RecursionError, csv.Error) as error:
        if isinstance(error, PayloadError):
            raise
        raise PayloadError(_no_value(text, component, read), component=component.name) from error


def _no_value(text: str, component: Component, read: _Read) -> str:
    name = bounded(without_mark(text))
    takes = component.format.takes
    if read not in (_json, _table):
        return f"{clip(text)} is no value of a {component.name}: expected {takes}"
    if text.startswith(_FROM_FILE):
        form = "JSON" if read is _json else "CSV or JSON"
        return f"{name} holds no value of a {component.name}: expected {takes}, as {form} in UTF-8"
    remedy = f"; to read it from the file, write @{name}" if _is_file(text) else ""
    return f"{clip(text)} is no value of a {component.name}: expected {takes}, as JSON{remedy}"


def without_mark(text: str) -> str:
    """Return the name of the file that ``@`` stands in front of, or ``text`` where it does not."""
    return text.removeprefix(_FROM_FILE)


def from_bytes(data: bytes, component: Component | None) -> Any:
    """Return the value that bytes from a pipe mean: a file's, or text as in `from_text`.

    Raises:
        PayloadError: they mean none.
    """
    read = _READERS.get(component.name, _anything) if component else _anything
    if component is None or read in (_media, _files, _gallery, _anything):
        return [data] if read is _gallery else data
    try:
        text = data.decode("utf-8-sig")
        return _PIPED.get(read, _line)(text, component)
    except (ValueError, RecursionError, csv.Error) as error:
        raise PayloadError(
            f"these bytes are no value of a {component.name}: "
            f"expected {component.format.takes}, as text",
            component=component.name,
        ) from error


def _line(text: str, component: Component) -> Any:
    return _READERS[component.name](text.strip(), component)


def _piped_table(text: str, component: Component) -> Any:
    if text.lstrip()[:1] in ("[", "{"):
        with suppress(ValueError):
            return json.loads(text)
    return _rows(io.StringIO(text))


def _piped_choice(text: str, component: Component) -> Any:
    is_list = component.options.get("multiselect")
    return json.loads(text) if is_list else _choice(text.strip(), component)


def _file_or_text(text: str) -> Any:
    return Path(text) if not is_data_url(text) and _is_file(text) else text


def _text(text: str, component: Component) -> Any:
    return text


def _number(text: str, component: Component) -> Any:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _bool(text: str, component: Component) -> Any:
    word = text.lower()
    if word not in (*_TRUE, *_FALSE):
        raise ValueError(f"{clip(text)} is neither true nor false")
    return word in _TRUE


def _choice(text: str, component: Component) -> Any:
    """Return the one of the component's choices that reads so, which may be a number."""
    if component.options.get("multiselect"):
        return _json(text, component)
    choices = component.options.get("choices")
    choices = choices if isinstance(choices, list) else []
    values = [choice[-1] if isinstance(choice, list) and choice else choice for choice in choices]
    return next((value for value in values if str(value) == text), text)


def _media(text: str, component: Component) -> Any:
    return text if is_data_url(text) else Path(text)


def _files(text: str, component: Component) -> Any:
    """Return one path, or the paths in a JSON list."""
    if text.startswith("["):
        return [_media(str(item), component) for item in json.loads(text)]
    return _media(text, component)


def _gallery(text: str, component: Component) -> Any:
    files = _files(text, component)
    return files if isinstance(files, list) else [files]


def _annotated(text: str, component: Component) -> Any:
    """Return a picture, or one with its masks, which are paths as well."""
    if not text.startswith("["):
        return _media(text, component)
    picture, pairs = json.loads(text)
    if not isinstance(pairs, list) or not all(isinstance(pair, list) for pair in pairs):
        raise ValueError("expected a list of masks, each with its label")
    masks = [(_media(str(mask), component), label) for mask, label in pairs]
    return _media(str(picture), component), masks


def _table(text: str, component: Component) -> Any:
    if not text.startswith(_FROM_FILE):
        return json.loads(text)
    return _piped_table(_content(text), component)


def _rows(file: Iterable[str]) -> Table:
    rows = [list(map(_cell, row)) for row in csv.reader(file)]
    return Table([str(name) for name in rows[0]], rows[1:]) if rows else Table(None, [])


def _cell(text: str) -> Any:
    """Return a number for what JSON would read as one, so that 007 and 1_0 stay what they are."""
    if not _NUMBER.fullmatch(text):
        return text
    try:
        return int(text)
    except ValueError:
        value = float(text)
        return value if math.isfinite(value) else text


def _json(text: str, component: Component) -> Any:
    return json.loads(_content(text) if text.startswith(_FROM_FILE) else text)


def _content(text: str) -> str:
    """Return the content of the file that is named behind ``@``."""
    with open_path(without_mark(text)) as opened:
        return bytes(opened.read()).decode("utf-8-sig")


def _message(text: str, component: Component) -> Any:
    if not text.startswith("{"):
        return text
    value = json.loads(text)
    files = value.get("files", [])
    if not isinstance(files, list):
        raise ValueError(f"files is {type(files).__name__}: expected a list")
    return {**value, "files": [_media(str(file), component) for file in files]}


def _anything(text: str, component: Component) -> Any:
    if _is_file(text):
        return Path(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or NUL in it
        return False


# What comes through a pipe is content, and names no file to read.
_PIPED: dict[_Read, _Read] = {
    _text: _text,
    _message: _text,
    _json: lambda text, _: json.loads(text),
    _table: _piped_table,
    _choice: _piped_choice,
}


def _named(read: _Read, names: Sequence[str]) -> dict[str, Any]:
    return dict.fromkeys(names, read)


_READERS: dict[str, _Read] = {
    **_named(_text, ("textbox", "markdown", "html", "code", "colorpicker", "datetime", "button")),
    **_named(_number, ("number", "slider")),
    **_named(_bool, ("checkbox",)),
    **_named(_choice, ("radio", "dropdown")),
    **_named(
        _media, ("image", "imageeditor", "audio", "video", "model3d", "downloadbutton", "plot")
    ),
    **_named(_files, ("file", "uploadbutton", "imageslider")),
    **_named(_gallery, ("gallery",)),
    **_named(_annotated, ("annotatedimage",)),
    **_named(_table, ("dataframe", "timeseries")),
    **_named(_message, ("multimodaltextbox", "dialogue")),
    **_named(
        _json,
        ("checkboxgroup", "json", "label", "highlightedtext", "chatbot", "fileexplorer", "state"),
    ),
}
