"""The forms of the live page: a field for each input of an endpoint, and the values in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from encoders.errors import PayloadError
from encoders.errors.text import one_line
from encoders.predict.components.shared.forms import Field
from encoders.predict.components.shared.options import initial_value
from encoders.predict.endpoints import MISSING, Endpoint, Parameter
from encoders.predict.pages.examples import example
from encoders.predict.values import Json, Raw, Reference
from encoders.predict.wire.file_shapes import file_object, find_files
from encoders.view.live.storage import Storage

_LONGEST_START = 10_000  # characters of JSON that a field starts with
_LONGEST_TEXT, _MOST_NAMES = 200, 20  # of a default in words
_UPLOAD, _DEFAULT = "upload", "default"  # keys of what stands for a file, and for a default
# Kinds of fields that start empty, whatever the server's default is.
_FILES = ("picture", "sound", "video", "file", "files", "pair", "gallery")
_JSON = ("json", "anything")  # kinds of fields of JSON


@dataclass(frozen=True, slots=True)
class LiveField:
    """A field of a form.

    Attributes:
        id: unique on the page.
        number: its place among the values.
        kind, settings: as in `Field`.
        label, info: what the server says of it.
        component: the component's name.
        takes: the Python types that it takes, in words.
        constraints: what its options say of the values that it takes.
        required: whether the server has no default.
        start: the JSON that it starts with.
        default: "value" where ``start`` is the server's default, "file" where that is a file, or
            too long to be shown; else empty.
        default_text: the default in a few words.
        example: of the JSON that a field of JSON takes.
    """

    id: str
    number: int
    kind: str
    settings: dict[str, Any]
    label: str
    info: str
    component: str
    takes: str
    constraints: tuple[str, ...]
    required: bool
    start: Json
    default: str
    default_text: str
    example: str


@dataclass(frozen=True, slots=True)
class LiveEndpoint:
    """An endpoint with its form.

    Attributes:
        id: unique on the page.
        index: its number among the server's functions.
        name: such as "/predict".
        description: what the server says of it.
        fields: of its form.
    """

    id: str
    index: int
    name: str
    description: str
    fields: tuple[LiveField, ...]


def live_endpoint(number: int, endpoint: Endpoint) -> LiveEndpoint:
    """Return the ``number``-th endpoint of a page with its form."""
    id = f"e{number}"
    fields = [_field(f"{id}-{at}", at, one) for at, one in enumerate(endpoint.visible_inputs)]
    return LiveEndpoint(id, endpoint.index, endpoint.label, endpoint.description, tuple(fields))


def _field(id: str, number: int, parameter: Parameter) -> LiveField:
    component = parameter.component
    asked: Field = component.type.asked(component.options)
    info = component.options.get("info")
    has_default = parameter.default is not MISSING
    start = parameter.default if has_default else initial_value(component.options)
    is_shown = (asked.kind not in _FILES or start == []) and _is_plain(start)
    default = ("value" if is_shown or start is None else "file") if has_default else ""
    return LiveField(
        id=id,
        number=number,
        kind=asked.kind,
        settings=dict(asked.settings),
        label=parameter.label,
        info=info if isinstance(info, str) else "",
        component=component.name,
        takes=parameter.takes,
        constraints=component.constraints,
        required=parameter.is_required,
        start=start if is_shown else None,
        default=default,
        default_text=_in_words(start) if has_default else "",
        example=_example(parameter) if asked.kind in _JSON else "",
    )


def _example(parameter: Parameter) -> str:
    """Return an example as JSON; empty where there is none without files."""
    made = example(parameter)
    try:
        return "" if made is None else json.dumps(made, ensure_ascii=False)
    except TypeError:  # of files
        return ""


def _is_plain(value: Json) -> bool:
    """Tell whether a field can start with a value: it is short, and there is no file in it."""
    try:
        is_short = len(json.dumps(value, allow_nan=False)) <= _LONGEST_START
    except (TypeError, ValueError, RecursionError):
        return False
    return is_short and not any(True for _ in find_files([value]))


def _in_words(value: Json) -> str:
    """Return a default as one line: of files their names."""
    try:
        names = [_file_name(file) for file in islice(find_files([value]), _MOST_NAMES)]
        text = ", ".join(names) or json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = "a value of the server"
    return one_line(text, _LONGEST_TEXT)


def _file_name(value: Json) -> str:
    file = file_object(value)
    name = file.name if isinstance(file, Reference) else file[1] if file else None
    return name or "a file"


def python_values(given: Json, endpoint: Endpoint, storage: Storage) -> list[Any | PayloadError]:
    """Return the Python value of each field, or the error that it has none.

    ``{"upload": id}`` stands for a file, and ``{"default": true}`` for the server's default.

    Raises:
        PayloadError: there is not one value for each visible input.
    """
    wanted = [(at, one) for at, one in enumerate(endpoint.inputs) if not one.hidden]
    if not isinstance(given, list) or len(given) != len(wanted):
        raise PayloadError(f"expected a list of {len(wanted)} values", "data")
    return [
        _python_value(value, parameter, storage, place)
        for value, (place, parameter) in zip(given, wanted, strict=True)
    ]


def good_values(values: Sequence[Any | PayloadError]) -> tuple[Any, ...]:
    """Return the values, or raise the first error that stands in place of one."""
    for value in values:
        if isinstance(value, PayloadError):
            raise value
    return tuple(values)


def _python_value(
    value: Json, parameter: Parameter, storage: Storage, place: int
) -> Any | PayloadError:
    if value == {_DEFAULT: True} and parameter.default is not MISSING:
        return Raw(parameter.default)
    try:
        return _with_files(value, storage)
    except PayloadError as error:
        error.location = f"data[{place}]"
        return error


def _with_files(value: Json, storage: Storage) -> Any:
    """Return JSON with the path of each file that was uploaded."""
    if isinstance(value, list):
        return [_with_files(item, storage) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {_UPLOAD} and isinstance(id := value[_UPLOAD], str):
        stored = storage.find(id)
        if stored is None:
            raise PayloadError("the file is no longer here: add it again")
        return stored.path
    return {key: _with_files(item, storage) for key, item in value.items()}
