"""Text, numbers and choices: what JSON holds by itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from encoders.data_url import DataURL
from encoders.errors import clip_value
from encoders.predict.wire import Incoming, Json, Outgoing, summary

_PARSES_JSON = (3, 16)  # the first Gradio whose JSON component takes text for JSON
_DAY = "%Y-%m-%d"
_MOMENT = "%Y-%m-%d %H:%M:%S"  # as Gradio 4 to 6 write and read it
_SHAPES = {
    re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"): _MOMENT,
    re.compile(r"\d{4}-\d\d-\d\d"): _DAY,
}


def plain(value: Any, out: Outgoing) -> Json:
    """Return a value as JSON can hold it: numpy's numbers and arrays, tuples and sets unpacked."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _finite(value, out)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return plain(value.tolist(), out)
    if isinstance(value, Mapping):
        return {_key(key, out): _inside(key, item, out) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_inside(index, item, out) for index, item in enumerate(value)]
    if not isinstance(value, DataURL):
        out.fail(f"expected what JSON can hold, found a {type(value).__name__}")
    return str(value)


def take(value: Json, got: Incoming) -> Any:
    """Return JSON as it is, with the text of data URLs put back where they stand."""
    return _with_text(value) if got.has_urls else value


def _with_text(value: Json) -> Any:
    if isinstance(value, DataURL):
        return str(value)
    if isinstance(value, dict):
        return {key: _with_text(item) for key, item in value.items()}
    return list(map(_with_text, value)) if isinstance(value, list) else value


def encode_text(value: Any, out: Outgoing) -> Json:
    if isinstance(value, str):
        return value
    if isinstance(value, DataURL):
        return str(value)
    number = _number(value, out)
    if number is None:
        out.fail(f"expected text, found {summary(value)}")
    return number if out.options.get("type") == "number" else str(number)


def decode_text(value: Json, got: Incoming) -> Any:
    if isinstance(value, DataURL):
        return str(value)
    if not isinstance(value, str | int | float):  # Gradio 2.x has numbers in text boxes too
        got.fail(f"expected text, found {summary(value)}")
    return value


def encode_number(value: Any, out: Outgoing) -> Json:
    number = _number(value, out)
    if number is None:
        out.fail(f"expected a number, found {summary(value)}")
    return number


def decode_number(value: Json, got: Incoming) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        got.fail(f"expected a number, found {summary(value)}")
    return value


def own_value(out: Outgoing) -> Json:
    """Return the value that a slider starts with."""
    value = starting(out.options)
    return out.options.get("minimum", 0) if value is None else value


def starting(options: Mapping[str, Any]) -> Any:
    """Return the value that a component starts with, which Gradio 2.x calls its default."""
    return options.get("value", options.get("default"))


def encode_bool(value: Any, out: Outgoing) -> Json:
    value = _unboxed(value)
    if not isinstance(value, bool):
        out.fail(f"expected True or False, found {summary(value)}")
    return value


def decode_bool(value: Json, got: Incoming) -> Any:
    if not isinstance(value, bool):
        got.fail(f"expected true or false, found {summary(value)}")
    return value


def encode_choice(value: Any, out: Outgoing) -> Json:
    """One choice, or a list of them where the component takes several."""
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        return encode_choices(value, out)
    choice = _choice(value, out)
    return [choice] if out.options.get("multiselect") else choice


def encode_choices(value: Any, out: Outgoing) -> Json:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        out.fail(f"expected a list of choices, found {summary(value)}")
    choices = []
    for index, item in enumerate(value):
        with out.within(index):
            choices.append(_choice(item, out))
    return choices


def decode_choice(value: Json, got: Incoming) -> Any:
    if isinstance(value, list):
        return decode_choices(value, got)
    if isinstance(value, DataURL):
        return str(value)
    if isinstance(value, dict):
        got.fail(f"expected a choice, found {summary(value)}")
    return value


def decode_choices(value: Json, got: Incoming) -> Any:
    if not isinstance(value, list) or any(isinstance(item, dict | list) for item in value):
        got.fail(f"expected a list of choices, found {summary(value)}")
    return [str(item) if isinstance(item, DataURL) else item for item in value]


def encode_json(value: Any, out: Outgoing) -> Json:
    return plain(value, out)


def decode_json(value: Json, got: Incoming) -> Any:
    r"""Return the object. Gradio before 3.16 wraps text twice: ``"\"a\""`` stands for "a"."""
    may_be_wrapped = got.may_be_before(_PARSES_JSON)
    if may_be_wrapped and isinstance(value, str) and value[:1] == value[-1:] == '"':
        import json

        try:
            return json.loads(value)
        except ValueError:
            return value
    return take(value, got)


def encode_state(value: Any, out: Outgoing) -> Json:
    out.fail(f"state stays on the server: expected None, found {summary(value)}")


def encode_colour(value: Any, out: Outgoing) -> Json:
    """A CSS colour as text, or red, green and blue from 0 to 255."""
    if isinstance(value, str):
        return value
    try:
        numbers = [int(number) for number in value]
    except (TypeError, ValueError, OverflowError):
        numbers = []
    if len(numbers) != 3 or not all(0 <= number <= 255 for number in numbers):
        out.fail(f"expected a colour such as '#ff8800' or (255, 136, 0), found {summary(value)}")
    return "#" + "".join(f"{number:02x}" for number in numbers)


def encode_datetime(value: Any, out: Outgoing) -> Json:
    """A naive `datetime`, in the server's own time, or text such as ``now - 5m``."""
    if isinstance(value, str):
        return value
    if not isinstance(value, date):
        out.fail(f"expected a datetime or text, found {summary(value)}")
    if isinstance(value, datetime) and value.tzinfo is not None:
        zone = out.options.get("timezone")
        if not zone:
            out.fail(
                "this datetime has a time zone, and the component has none: "
                "pass a naive one, in the server's own time"
            )
        try:
            value = value.astimezone(_zone(zone, out))
        except OverflowError:
            out.fail(f"{value} lies outside of the years 1 to 9999 in the component's time zone")
    with_time = out.options.get("include_time", True)
    return value.strftime(_MOMENT if with_time else _DAY)


def _zone(name: Any, out: Outgoing) -> tzinfo:
    """Return the time zone that a server names; the name never leads to a file elsewhere."""
    from zoneinfo import ZoneInfo, available_timezones

    if not isinstance(name, str) or name not in available_timezones():
        out.fail(
            f"the component's time zone is {summary(name)}, which is none that is known here: pass "
            "a datetime without a time zone, in the server's own time"
        )
    return ZoneInfo(name)


def decode_datetime(value: Json, got: Incoming) -> Any:
    """Return a `datetime`, or text that is none."""
    if not isinstance(value, str):
        return decode_text(value, got)
    for shape, form in _SHAPES.items():
        if shape.fullmatch(value):
            try:
                return datetime.strptime(value, form)
            except ValueError:
                break
    return value


def _unboxed(value: Any) -> Any:
    """Return a number of numpy's as Python's own."""
    is_scalar = hasattr(value, "dtype") and getattr(value, "ndim", None) == 0
    return value.item() if is_scalar else value


def _number(value: Any, out: Outgoing) -> int | float | None:
    value = _unboxed(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if isinstance(value, int) else _finite(value, out)


def _finite(value: float, out: Outgoing) -> float:
    if not math.isfinite(value):
        out.fail(f"{value} is no number that JSON has: expected a finite one")
    return float(value)


def _choice(value: Any, out: Outgoing) -> Json:
    value = _unboxed(value)
    if isinstance(value, str | bool):
        return value
    number = _number(value, out)
    if number is None:
        out.fail(f"expected a choice as text or number, found {summary(value)}")
    return number


def _key(key: Any, out: Outgoing) -> str:
    if not isinstance(key, str):
        out.fail(f"expected text as keys, found {clip_value(key)}: JSON has no others")
    return key


def _inside(step: Any, value: Any, out: Outgoing) -> Json:
    if value is None or isinstance(value, str):
        return value
    with out.within(step):
        return plain(value, out)
