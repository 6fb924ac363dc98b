"""Values to show: a small one of what each component takes, and the JSON that it answers."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeGuard
from urllib.parse import quote

from encoders.predict.components import Component, encode
from encoders.predict.components.plot import Plot
from encoders.predict.endpoints import MISSING, Parameter
from encoders.predict.eras import Version, at, in_range, server_version
from encoders.predict.samples import sample, sample_of_type
from encoders.predict.wire import File, Json, Outgoing, Reference

LOCAL = "http://127.0.0.1:7860"  # where a server of Gradio's listens by default

PNG, MASK = sample("example.png").data, sample("mask.png").data
WAV, MP4 = sample("example.wav").data, sample("example.mp4").data
TEXT, MODEL = sample("example.txt"), sample("example.obj")

_NAMES = {PNG: "example.png", MASK: "mask.png", WAV: "example.wav", MP4: "example.mp4"}
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,9}){1,2}")
_MOST_COLUMNS, _MOST_ROWS = 50, 10
# Characters of JSON: a longer default is no example, nor is what follows longer options.
_LONGEST, _LONGEST_EXAMPLE = 200, 1000

Options = Mapping[str, Any]


def example(parameter: Parameter) -> Any:
    """Return a small value that an input takes: its default, or one that its options allow.

    Media are bytes, or a `File` where its name counts. None stands for state, and for a component
    that is not known and has no default.

    >>> example(Parameter(Component("Slider", {"minimum": 10, "maximum": 20}), "size"))
    15
    """
    if parameter.hidden:
        return None
    start = starting_value(parameter)
    make = _MAKERS.get(parameter.component.name)
    if make is None:
        return start
    made = make(parameter.component.options, start)
    # A page repeats it: what a server says of its options may not swell it.
    return made if _is_short(_mapped(made, _named_only), _LONGEST_EXAMPLE) else make({}, None)


def example_output(parameter: Parameter, era: str, *, url: str = LOCAL) -> Json:
    """Return JSON such as a server of ``era`` answers for an output.

    Args:
        parameter: the output.
        era: "2" to "6", or a Gradio version.
        url: where the server's API is, with its prefix; in the addresses of files from 4.0 on.

    >>> example_output(Parameter(Component("Label"), "animal"), "3")["label"]
    'cat'
    """
    wanted = server_version(era)
    component = parameter.component
    if parameter.hidden or not exists(component, wanted):
        return None
    value = _ANSWERS[component.name] if component.name in _ANSWERS else example(parameter)
    if _refers(component, wanted):
        value = _referring(value, wanted, url)
    said = encode(value, component, Outgoing(version=wanted))
    return at(_DIFFERENCES.get(component.name, _AS_IT_GOES_IN), wanted)(said, value)


def exists(component: Component, wanted: Version) -> bool:
    """Tell whether a version of Gradio has a component."""
    form = component.format
    return in_range(wanted, form.since, form.until)


def with_names(value: Any) -> Any:
    """Return an example with a `File` in place of the bytes of each of its media."""
    return _mapped(value, lambda media: media if isinstance(media, File) else _named(media))


def _named_only(media: File | bytes) -> str | None:
    return media.name if isinstance(media, File) else None


def _named(data: bytes) -> File:
    return File(data, _NAMES[data])


def starting_value(parameter: Parameter) -> Any:
    """Return what the server starts the component with, if that says something and is short."""
    options = parameter.component.options
    for value in (parameter.default, options.get("value"), options.get("default")):
        if value is not MISSING and value not in (None, "", [], {}) and _is_short(value, _LONGEST):
            return value
    return None


def _is_short(value: Json, longest: int) -> bool:
    try:
        return len(json.dumps(value, allow_nan=False)) <= longest
    except (TypeError, ValueError, RecursionError):
        return False  # no JSON after all


def _text(word: str) -> Callable[[Options, Any], Any]:
    return lambda options, start: start if isinstance(start, str) else word


def _textbox(options: Options, start: Any) -> Any:
    if options.get("type") == "number":  # Gradio 2.x
        return _number(options, start)
    return start if isinstance(start, str) else "Hello"


def _number(options: Options, start: Any) -> Any:
    low, high = options.get("minimum"), options.get("maximum")
    value = _within(start if is_number(start) else 1, low, high)
    whole = math.ceil(value)
    return whole if options.get("precision") == 0 and _within(whole, low, high) == whole else value


def _slider(options: Options, start: Any) -> Any:
    least, most = options.get("minimum"), options.get("maximum")
    low = least if is_number(least) else 0
    high = most if is_number(most) else max(100, low)
    if is_number(start):
        return _within(start, low, high)
    return _middle(low, high, options.get("step"))


def _middle(low: float, high: float, step: Any) -> float:
    """Return a value on a step halfway up, or halfway where there is no step that counts."""
    half = (high - low) / 2
    on_step = is_number(step) and step > 0 and half / step < 2**53
    value = low + step * round(half / step) if on_step else low + half
    return round(value) if value == round(value) else round(value, 9)


def _within(value: float, low: Any, high: Any) -> float:
    value = min(value, high) if is_number(high) else value
    return max(value, low) if is_number(low) else value


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether this is a number, and of a size with which one can reckon."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e100


def _bool(options: Options, start: Any) -> bool:
    return start if isinstance(start, bool) else True


def _choice(options: Options, start: Any) -> Any:
    if options.get("multiselect") or isinstance(start, list):
        return _choices(options, start)
    known = known_choices(options)
    if start in known or (not known and _is_choice(start)):
        return start
    return known[0] if known else "a"


def _choices(options: Options, start: Any) -> list[Any]:
    known = known_choices(options)
    if isinstance(start, list) and all(
        choice in known or (not known and _is_choice(choice)) for choice in start
    ):
        return list(start)
    return [known[0] if known else "a"]


def known_choices(options: Options) -> list[Any]:
    """Return the values: plain ones in 2.x and early 3.x, each beside its label later."""
    listed = options.get("choices")
    values = [
        choice[1] if isinstance(choice, list | tuple) and len(choice) == 2 else choice
        for choice in (listed if isinstance(listed, list | tuple) else ())
    ]
    return [value for value in values if _is_choice(value)]


def _is_choice(value: Any) -> bool:
    return isinstance(value, str | bool) or is_number(value)


def _datetime(options: Options, start: Any) -> str:
    if isinstance(start, str):
        return start
    return "2026-01-31" if options.get("include_time") is False else "2026-01-31 12:00:00"


def _json(options: Options, start: Any) -> Any:
    return {"answer": 42} if start is None else start


def _image(options: Options, start: Any) -> Any:
    is_sketch = options.get("tool") == "sketch"  # Gradio 3.x
    if is_sketch and options.get("source", "upload") in ("upload", "webcam"):
        return {"image": PNG, "mask": MASK}
    return PNG


def _gallery(options: Options, start: Any) -> Any:
    return [MP4 if options.get("file_types") == ["video"] else PNG]


def _file(options: Options, start: Any) -> Any:
    file = _file_of(options.get("file_types"))
    return [file] if options.get("file_count") in ("multiple", "directory") else file


def _file_of(allowed: Any) -> File:
    """Return a file of a type that is allowed, best one whose content is of that type."""
    listed = allowed if isinstance(allowed, list | tuple) else [allowed]
    kinds = [kind.lower() for kind in listed if isinstance(kind, str)]
    if not kinds:
        return TEXT
    for kind in kinds:
        if known := sample_of_type(kind):
            return known
    return replace(TEXT, name=f"example{kinds[0]}") if _SUFFIX.fullmatch(kinds[0]) else TEXT


def _table(options: Options, start: Any) -> Any:
    headers = options.get("headers") or (start.get("headers") if isinstance(start, dict) else None)
    width = _count(options.get("col_count"), 2)
    if not isinstance(headers, list) or not headers:
        headers = [_letter(column) for column in range(min(width, _MOST_COLUMNS))]
    types = options.get("datatype")
    kinds = types if isinstance(types, list) else [types] * len(headers)
    kinds = [*kinds, *["str"] * len(headers)][: len(headers)]
    is_fixed = isinstance(options.get("row_count"), list) and "fixed" in options["row_count"]
    height = min(_count(options.get("row_count"), 2), _MOST_ROWS) if is_fixed else 2
    rows = [[_cell(kind, i, row) for i, kind in enumerate(kinds)] for row in range(height)]
    return [str(header) for header in headers], rows


def _count(said: Any, default: int) -> int:
    """Return a count of rows or columns, which is a number, or one beside "fixed" or "dynamic"."""
    number = said[0] if isinstance(said, list | tuple) and said else said
    return number if isinstance(number, int) and number > 0 else default


def _letter(column: int) -> str:
    return chr(ord("a") + column % 26)


def _cell(kind: Any, column: int, row: int) -> Any:
    text = f"{_letter(column)}{row + 1}"
    cells = {"number": row + 1, "bool": row % 2 == 0, "date": f"2026-01-{row + 1:02}"}
    return cells.get(kind, text) if isinstance(kind, str) else text


def _series(options: Options, start: Any) -> Any:
    x, y = options.get("x"), options.get("y")
    ys = [name for name in (y if isinstance(y, list) else [y]) if isinstance(name, str)] or ["y"]
    headers = [x if isinstance(x, str) else "t", *ys[:_MOST_COLUMNS]]
    return headers, [[row] + [2 * row + 1] * (len(headers) - 1) for row in range(2)]


def _messages(options: Options, start: Any) -> Any:
    answer = {"role": "assistant", "content": "Hello, what can I do?"}
    return [{"role": "user", "content": "Hello"}, answer]


def _multimodal(options: Options, start: Any) -> Any:
    return {"text": "Hello", "files": [_file_of(options.get("file_types") or ["image"])]}


def _dialogue(options: Options, start: Any) -> Any:
    speakers = options.get("speakers")
    if isinstance(speakers, list) and speakers and isinstance(speakers[0], str):
        return [{"speaker": speakers[0], "text": "Hello"}]
    return "Hello"


def _chart(options: Options, start: Any) -> Any:
    kinds = {"x": "quantitative", "y": "quantitative"}
    return {"columns": ["x", "y"], "data": [[0, 1], [1, 3]], "datatypes": kinds, "mark": "line"}


_MAKERS: dict[str, Callable[[Options, Any], Any]] = {
    "textbox": _textbox,
    "number": _number,
    "slider": _slider,
    "checkbox": _bool,
    "checkboxgroup": _choices,
    "radio": _choice,
    "dropdown": _choice,
    "colorpicker": _text("#ff8800"),
    "datetime": _datetime,
    "state": lambda *_: None,
    "json": _json,
    "html": _text("<b>Hello</b>"),
    "markdown": _text("**Hello**"),
    "code": _text("print('Hello')"),
    "button": _text("Run"),
    "keyvalues": lambda *_: [["answer", 42]],
    "image": _image,
    "imageeditor": lambda *_: PNG,
    "imageslider": lambda *_: (PNG, PNG),
    "annotatedimage": lambda *_: (PNG, [(MASK, "left")]),
    "gallery": _gallery,
    "carousel": lambda *_: [["Hello"]],
    "audio": lambda *_: WAV,
    "video": lambda *_: MP4,
    "file": _file,
    "uploadbutton": _file,
    "downloadbutton": lambda *_: TEXT,
    "model3d": lambda *_: MODEL,
    "fileexplorer": lambda *_: [],  # what is there, only the server knows
    "dataframe": _table,
    "timeseries": _series,
    "label": lambda *_: {"cat": 0.9, "dog": 0.1},
    "highlightedtext": lambda *_: [("Paris", "place"), (" is far", None)],
    "chatbot": _messages,
    "multimodaltextbox": _multimodal,
    "plot": lambda *_: PNG,
    "nativeplot": _chart,
    "dialogue": _dialogue,
}

# Outputs that say more than what the same component takes.
_ANSWERS: dict[str, Any] = {
    "plot": Plot("plotly", {"data": [{"type": "scatter", "x": [0, 1], "y": [1, 3]}]}),
    "fileexplorer": [["folder", "file.txt"]],
}

# From here on servers name files rather than send them; pictures alone only from 4.0 on.
_REFERS = (3, 20)


def _refers(component: Component, wanted: Version) -> bool:
    return in_range(wanted, (4, 0) if component.name == "image" else _REFERS)


def _referring(value: Any, wanted: Version, url: str) -> Any:
    """Return ``value`` with a file on a server in place of each of its media."""

    def refer(media: bytes | File) -> Reference:
        data = media.data if isinstance(media, File) else media
        name = media.name if isinstance(media, File) else _NAMES[media]
        if in_range(wanted, (4, 0)) and media in (PNG, MASK):
            name = "image.webp"  # what arrays and PIL images become there
        path = f"/tmp/gradio/{zlib.crc32(data):08x}/{name}"
        size = len(data) if isinstance(media, File) else None
        return Reference(path, f"{url}/file={quote(path)}", name, size)

    return _mapped(value, refer)


def _mapped(value: Any, change: Callable[[bytes | File], Any]) -> Any:
    if isinstance(value, bytes | File):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(item, change) for item in value)
    return value


def _as_it_goes_in(said: Json, value: Any) -> Json:
    return said


def _data_alone(said: Json, value: Any) -> Json:
    return said["data"]


def _with_size(said: Json, value: Any) -> Json:
    if isinstance(said, list):
        return [_with_size(one, file) for one, file in zip(said, value, strict=True)]
    return {**said, "size": len(value.data)}


def _with_headers(said: Json, value: Any) -> Json:
    return {"headers": value[0], "data": said}


def _with_metadata(said: Json, value: Any) -> Json:
    return {**said, "metadata": None}


def _with_subtitles(said: Json, value: Any) -> Json:
    return [said, None]


_AS_IT_GOES_IN: dict[Version, Callable[[Json, Any], Json]] = {(2, 0): _as_it_goes_in}

# How an output's JSON differs from an input's, from which version on.
_DIFFERENCES: dict[str, dict[Version, Callable[[Json, Any], Json]]] = {
    "audio": {(2, 0): _data_alone, (3, 20): _as_it_goes_in},
    "file": {(2, 0): _with_size, (3, 0): _as_it_goes_in},
    "dataframe": {(2, 0): _with_headers, (3, 0): _as_it_goes_in, (3, 20): _with_metadata},
    "video": {(2, 0): _as_it_goes_in, (3, 20): _with_subtitles, (4, 0): _as_it_goes_in},
}
