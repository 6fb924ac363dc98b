"""Numbers, yes or no, and choices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from encoders.errors import clip, clip_value
from encoders.predict.components.shared.checking import (
    check_count,
    check_range,
    refuse_choice,
)
from encoders.predict.components.shared.component_type import ComponentType, TextReader
from encoders.predict.components.shared.forms import MOST_CHOICES, Field, number_field
from encoders.predict.components.shared.json_values import number, unboxed, with_text
from encoders.predict.components.shared.options import (
    Options,
    initial_value,
    is_count,
    is_number,
    listed,
)
from encoders.predict.values import Json, summary
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.schemas import (
    NUMBER,
    TEXT,
    WHOLE_NUMBER,
    YES_OR_NO,
    Schema,
    SchemaContext,
    any_of,
    list_of,
)

_PAIRS = (list, tuple)
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def decode_number(value: Json, context: DecodeContext) -> Any:
    return context.expect(_is_number(value), "a number", value)


def _slider_start(context: EncodeContext) -> Json:
    start = initial_value(context.options)
    return context.options.get("minimum", 0) if start is None else start


def encode_bool(value: Any, context: EncodeContext) -> Json:
    value = unboxed(value)
    return context.expect(isinstance(value, bool), "True or False", value)


def decode_bool(value: Json, context: DecodeContext) -> Any:
    return context.expect(isinstance(value, bool), "true or false", value)


def encode_choice(value: Any, context: EncodeContext) -> Json:
    """Encode one choice, or a list of them where the component takes several."""
    if _is_list(value):
        return encode_choices(value, context)
    choice = _choice(value, context)
    return [choice] if context.options.get("multiselect") else choice


def decode_choice(value: Json, context: DecodeContext) -> Any:
    if isinstance(value, list):
        return decode_choices(value, context)
    context.expect(not isinstance(value, dict), "a choice", value)
    return with_text(value, context)


def encode_choices(value: Any, context: EncodeContext) -> Json:
    context.expect(_is_list(value), "a list of choices", value)
    return context.each(value, lambda item: _choice(item, context))


def decode_choices(value: Json, context: DecodeContext) -> Any:
    is_flat = isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)
    context.expect(is_flat, "a list of choices", value)
    return with_text(value, context)


def check_number(sent: Json, context: EncodeContext) -> None:
    """Refuse a number out of range, or one that the server would round."""
    options = context.options
    low, high = options.get("minimum"), options.get("maximum")
    check_range(sent, low, high, next(_range(options), ""), context)
    if options.get("precision") == 0 and sent % 1:
        context.refuse(f"expected a whole number, found {clip_value(sent)}")


def check_one_choice(sent: Json, context: EncodeContext) -> None:
    options = context.options
    takes_several = options.get("multiselect") or isinstance(initial_value(options), list)
    if isinstance(sent, list) and not takes_several:
        context.refuse(f"expected one choice, found {summary(sent)}")
    check_choices(sent if isinstance(sent, list) else [sent], context)


def check_choices(sent: Json, context: EncodeContext) -> None:
    """Refuse too many choices, or one that is not offered, unless any value may be entered."""
    check_count(len(sent), context.options.get("max_choices"), "choices", context)
    if context.options.get("allow_custom_value"):
        return
    for value in sent:
        if not _is_offered(value, context.options) and (known := _offered(context.options)):
            refuse_choice(value, known, context)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | Mapping)


def _choice(value: Any, context: EncodeContext) -> Json:
    value = unboxed(value)
    if isinstance(value, str | bool):
        return value
    return number(value, context, "a choice as text or number")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_number(text: str, options: Options) -> Any:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _read_bool(text: str, options: Options) -> Any:
    word = text.lower()
    if word not in (*_TRUE, *_FALSE):
        raise ValueError(f"{clip(text)} is neither true nor false")
    return word in _TRUE


def _read_choice(text: str, options: Options) -> Any:
    """Return the one of the component's choices that is written so, which may be a number."""
    return next((value for value in _known_choices(options) if str(value) == text), text)


def _range(options: Options) -> Iterator[str]:
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


def _one_of(options: Options) -> Iterator[str]:
    offered = _offered(options)
    if offered:
        values = [value for _, value in offered]
        labels = {value: label for label, value in reversed(offered)}
        yield f"{'any' if options.get('multiselect') else 'one'} of {listed(values, labels)}"
        if options.get("allow_custom_value"):
            yield "or another value"
    most = options.get("max_choices")
    if is_number(most):
        yield f"at most {most} of them"


def _schema_number(context: SchemaContext) -> Schema:
    options = {} if context.is_output else context.options
    bounds = {key: options.get(key) for key in ("minimum", "maximum")}
    kind = WHOLE_NUMBER if options.get("precision") == 0 else NUMBER
    return {**kind, **{key: bound for key, bound in bounds.items() if is_number(bound)}}


def _schema_choice(context: SchemaContext) -> Schema:
    """Return the schema of one choice, of a list, or of either."""
    if context.options.get("multiselect") and not context.is_output:
        return _schema_choices(context)
    may_be_list = context.is_output or isinstance(initial_value(context.options), list)
    return any_of(_schema_one(context), *([_schema_choices(context)] if may_be_list else []))


def _schema_choices(context: SchemaContext) -> Schema:
    most = None if context.is_output else context.options.get("max_choices")
    return list_of(_schema_one(context), **({"maxItems": most} if is_count(most) else {}))


def _schema_one(context: SchemaContext) -> Schema:
    """Return the schema of one choice. A server does not check the choices that it answers."""
    offered = _offered(context.options)
    any_choice = any_of(TEXT, NUMBER, YES_OR_NO)
    is_whole = bool(offered) and len(offered) == len(context.options["choices"])
    if context.is_output or not is_whole or not context.room.fits(offered):
        return any_choice
    # True is another value than 1, but 1.0 is the same.
    once = {(isinstance(value, bool), value): (label, value) for label, value in offered}
    if context.options.get("allow_custom_value"):
        return {**any_choice, "examples": [value for _, value in once.values()]}
    if all(label == value for label, value in once.values()):
        return {"enum": [value for _, value in once.values()]}
    return {"oneOf": [{"const": value, "title": str(label)} for label, value in once.values()]}


def example_number(options: Options, start: Any) -> Any:
    """Return the number that a component starts with, or 1, within its range."""
    low, high = options.get("minimum"), options.get("maximum")
    value = _clamped(start if is_number(start) else 1, low, high)
    whole = math.ceil(value)
    return whole if options.get("precision") == 0 and _clamped(whole, low, high) == whole else value


def _example_slider(options: Options, start: Any) -> Any:
    least, most = options.get("minimum"), options.get("maximum")
    low = least if is_number(least) else 0
    high = most if is_number(most) else max(100, low)
    if is_number(start):
        return _clamped(start, low, high)
    return _middle(low, high, options.get("step"))


def _middle(low: float, high: float, step: Any) -> float:
    """Return the step nearest to the middle, or the middle where the step has no use."""
    half = (high - low) / 2
    on_step = is_number(step) and step > 0 and half / step < 2**53
    value = low + step * round(half / step) if on_step else low + half
    return round(value) if value == round(value) else round(value, 9)


def _clamped(value: float, low: Any, high: Any) -> float:
    value = min(value, high) if is_number(high) else value
    return max(value, low) if is_number(low) else value


def _example_choice(options: Options, start: Any) -> Any:
    if options.get("multiselect") or isinstance(start, list):
        return _example_choices(options, start)
    return _example_choices(options, [start])[0]


def _example_choices(options: Options, start: Any) -> Any:
    known = _known_choices(options)
    fits = known.__contains__ if known else _is_choice
    if isinstance(start, list) and all(map(fits, start)):
        return list(start)
    return [known[0] if known else "a"]


def _known_choices(options: Options) -> list[Any]:
    return [value for _, value in _offered(options)]


def _offered(options: Options) -> list[tuple[Any, Any]]:
    """Return labels and values: in 2.x and early 3.x a value is its own label."""
    choices = options.get("choices")
    given = choices if isinstance(choices, list | tuple) else ()
    pairs = (choice if isinstance(choice, list | tuple) else (choice,) for choice in given)
    return [(pair[0], pair[-1]) for pair in pairs if pair and _is_choice(pair[-1])]


def _is_offered(value: Json, options: Options) -> bool:
    """Tell as fast as there may be many choices whether a value is one of them."""
    choices = options.get("choices")
    given = choices if isinstance(choices, list | tuple) else ()
    return any(value == (one[-1] if type(one) in _PAIRS and one else one) for one in given)


def _is_choice(value: Any) -> bool:
    return isinstance(value, str | bool) or is_number(value)


def _choice_field(options: Options, kind: str = "dropdown") -> Field:
    """Return a field of choices: labels and values, whether several or others may be given."""
    offered = _offered(options)
    are_all_shown = 0 < len(offered) <= MOST_CHOICES
    settings = {
        "choices": offered[:MOST_CHOICES],
        "several": bool(options.get("multiselect")) or isinstance(initial_value(options), list),
        "takes_others": bool(options.get("allow_custom_value")) or not are_all_shown,
    }
    return Field(kind, settings)


_ONE_CHOICE: dict[str, Any] = {
    "encode": encode_choice,
    "decode": decode_choice,
    "takes": "str or number, or a list of them",
    "reader": TextReader(_read_choice),
    "has_choices": True,
    "check": check_one_choice,
    "constraints": _one_of,
    "schema": _schema_choice,
    "example": _example_choice,
    "shown": "choices",
}
_ONE_NUMBER: dict[str, Any] = {
    "encode": number,
    "decode": decode_number,
    "takes": "int or float",
    "reader": TextReader(_read_number),
    "check": check_number,
    "constraints": _range,
    "schema": _schema_number,
    "shown": "text",
}
COMPONENTS = {
    "number": ComponentType(
        **_ONE_NUMBER, infers=_is_number, example=example_number, asked=number_field
    ),
    # Gradio 5 and 6 do not take null here: None becomes the value that the slider starts with.
    "slider": ComponentType(
        **_ONE_NUMBER,
        none=_slider_start,
        example=_example_slider,
        asked=lambda options: number_field(options, "slider"),
    ),
    "checkbox": ComponentType(
        encode=encode_bool,
        decode=decode_bool,
        takes="bool",
        infers=lambda value: isinstance(value, bool),
        reader=TextReader(_read_bool),
        schema=lambda _: YES_OR_NO,
        example=True,
        asked=lambda _: Field("checkbox"),
        shown="yes_or_no",
    ),
    "checkboxgroup": ComponentType(
        encode=encode_choices,
        decode=decode_choices,
        takes="list of str or numbers",
        gives="list",
        none=lambda context: [],
        has_choices=True,
        check=check_choices,
        constraints=lambda options: _one_of({**options, "multiselect": True}),
        schema=_schema_choices,
        example=_example_choices,
        asked=lambda options: _choice_field({**options, "multiselect": True}, "checkboxes"),
        shown="choices",
    ),
    "radio": ComponentType(**_ONE_CHOICE, asked=lambda options: _choice_field(options, "radio")),
    "dropdown": ComponentType(**_ONE_CHOICE, asked=_choice_field),
}
