"""Python values to show: which template shows each, and the files in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from encoders import audio, image
from encoders.batch import Row, Summary
from encoders.codecs import Inspection
from encoders.data_url import DataURL, parse
from encoders.errors import EncodersError, LimitError, bounded
from encoders.limits import Limits
from encoders.predict.body import as_deep_as_python, check_depth
from encoders.predict.client.interface import Interface
from encoders.predict.components.plot import Plot
from encoders.predict.components.table import Table
from encoders.predict.payloads import Payload
from encoders.predict.plans import Plan
from encoders.predict.responses import Outputs, Response, UndecodedOutput, response
from encoders.predict.values import File, Json, Reference, UndecodedFile
from encoders.predict.wire.file_shapes import file_object, is_url
from encoders.video import Video

_LONGEST_STEP = 40  # characters of a key in a place
_LONGEST_NAME = 400  # characters of the path of a row
_PLAIN = frozenset((int, float, bool, type(None)))  # types that contain no file
# Of values that are no files: which template shows them.
_KINDS: dict[type, str] = {Table: "table", Plot: "plot", EncodersError: "anything"}


@dataclass(frozen=True)
class Section:
    """A part of a page: a value with the name of the template that shows it.

    Attributes:
        kind: a key of `encoders.view.shapes.SHAPES`.
        value: with an `UndecodedFile` in place of each file, or an error.
        name: its heading, or "" for none.
        place: in the value that is shown.
        json: as it came, where that is JSON.
        options: of its component.
    """

    kind: str
    value: Any
    name: str = ""
    place: str = ""
    json: Json = None
    options: Mapping[str, Any] = field(default_factory=dict)


def sections(value: Any, place: str, limits: Limits) -> Iterator[Section]:
    """Yield the parts of any value.

    Raises:
        EncodersError: it is JSON that is deeper than ``limits`` allow.
    """
    if isinstance(value, Interface):
        return  # which the page itself shows
    if isinstance(value, Payload):
        value = _as_answer(value, value.components, limits)
    elif isinstance(value, Mapping) and isinstance(value.get("data"), list) and not place:
        value = _as_answer(value, None, limits)
    if isinstance(value, Response):
        yield from map(of_output, value.data.undecoded())
        more = {key: item for key, item in value.json.items() if key != "data"}
        if more:
            yield Section("json", more, "More of the answer")
    elif isinstance(value, Outputs):
        yield from map(of_output, value.undecoded())
    else:
        yield _section(value, place, limits)


def _section(value: Any, place: str, limits: Limits) -> Section:
    """Return the part of a page that shows a value which is no answer."""
    if isinstance(value, Row):
        return of_row(value, place)
    if isinstance(value, Inspection | Summary):
        return Section("pairs", _facts_of(value), place=place)
    if isinstance(value, Plan):
        return Section("code", str(value), place=place)
    if _is_data_frame(value):
        value = _table_of(value)
    kind = next((kind for known, kind in _KINDS.items() if isinstance(value, known)), None)
    if kind:
        return Section(kind, value, place=place)
    check_depth(value, limits)
    with as_deep_as_python(limits):
        return Section("anything", with_files(value, place, limits), place=place)


def of_output(output: UndecodedOutput) -> Section:
    """Return an output of an answer as a part of a page."""
    component = output.component
    kind = component.type.shown if component else "anything"
    options = component.options if component else {}
    return Section(kind, output.value, output.name, output.place, output.json, options)


def of_row(row: Row, place: str) -> Section:
    """Return a row of a batch as a part of a page."""
    name = bounded(str(row.path), _LONGEST_NAME)
    if not is_url(row.data_url):
        return Section("text", f"Error: {row.error}", name, place)
    try:
        file = UndecodedFile("", parse(row.data_url or "", max_bytes=None), name)
    except EncodersError as error:
        return Section("anything", error, name, place)
    return Section("anything", file, name, place)


def with_files(value: Any, place: str, limits: Limits) -> Any:
    """Return a value with an `UndecodedFile` in place of each file, data URL and medium in it."""
    found = _file_of(value, place, limits)
    if found is not None:
        return found
    if isinstance(value, Mapping):
        return {key: with_files(value[key], _step(place, key), limits) for key in value}
    if isinstance(value, list | tuple):
        if _PLAIN.issuperset(map(type, value)):  # such as a million numbers
            return value
        return [with_files(item, f"{place}[{n}]", limits) for n, item in enumerate(value)]
    if is_dataclass(value) and not isinstance(value, type | UndecodedFile | Reference):
        inside = {each.name: getattr(value, each.name) for each in fields(value)}
        return {key: with_files(inside[key], _step(place, key), limits) for key in inside}
    return value


def _step(place: str, key: Any) -> str:
    step = bounded(str(key), _LONGEST_STEP)
    return f"{place}.{step}" if place else step


def _file_of(value: Any, place: str, limits: Limits) -> UndecodedFile | None:
    """Return the file that a value is, if it is one."""
    try:
        if isinstance(value, dict):
            found = file_object(value)
            if found is None or isinstance(found, Reference):
                return None if found is None else UndecodedFile(place, found, found.name)
            return UndecodedFile(place, parse(found[0], max_bytes=limits.max_bytes), found[1])
        if isinstance(value, File | Path):
            content = value if isinstance(value, Path) else value.data_url
            return UndecodedFile(place, content, value.name)
        url = _url_of(value, limits)
    except EncodersError:
        return None
    return None if url is None else UndecodedFile(place, url)


def _url_of(value: Any, limits: Limits) -> DataURL | None:
    """Return a data URL, bytes or a medium in memory as a `DataURL`; None for another value."""
    if is_url(value):
        return parse(value, max_bytes=limits.max_bytes)
    if isinstance(value, Video):
        return DataURL(value.media_type, value.data)
    if isinstance(value, bytes | bytearray | memoryview):
        return File(bytes(value)).data_url
    codec = next((codec for codec in (audio, image) if codec.accepts(value)), None)
    return parse(codec.encode(value, limits=limits)) if codec else None


def _as_answer(
    json: Mapping[str, Json], components: tuple[str, ...] | None, limits: Limits
) -> Response | dict[str, Json]:
    """Return a payload or an answer, which have the same form; other JSON as it is."""
    try:
        return response(json, components or None, limits=limits)
    except LimitError:
        raise
    except (EncodersError, TypeError, ValueError):
        return dict(json)


def _facts_of(value: Inspection | Summary) -> list[tuple[str, Any]]:
    pairs = [(each.name, getattr(value, each.name)) for each in fields(value)]
    details = dict(pairs).pop("details", {})
    return [*[pair for pair in pairs if pair[0] != "details"], *details.items()]


def _is_data_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_dict") and hasattr(value, "values")


def _table_of(frame: Any) -> Table:
    return Table([str(name) for name in frame.columns], frame.values.tolist())
