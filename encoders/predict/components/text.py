"""Text of all kinds: plain, Markdown, HTML, code, colours, dates and times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, tzinfo
from typing import Any

from encoders.data_url import DataURL
from encoders.errors import Remedy
from encoders.mime.table import essence
from encoders.predict.components.choice import example_number
from encoders.predict.components.shared import component_type
from encoders.predict.components.shared.checking import check_count
from encoders.predict.components.shared.component_type import ComponentType
from encoders.predict.components.shared.forms import Field, text_field
from encoders.predict.components.shared.json_values import number, plain
from encoders.predict.components.shared.options import Options, is_count, is_number
from encoders.predict.components.structure import decode_json
from encoders.predict.eras import Version, at
from encoders.predict.values import Json, summary
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.file_shapes import is_url
from encoders.predict.wire.schemas import NUMBER, TEXT, Schema, SchemaContext, any_of

_LINES = 3  # of a field for text that is longer as a rule
_DAY = "%Y-%m-%d"
_MOMENT = "%Y-%m-%d %H:%M:%S"  # as Gradio 4 to 6 write and read it
_DAY_OR_MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
_ANSWERS_NUMBERS: dict[Version, bool] = {(2, 0): True, (3, 0): False}
_IN_SERVER_TIME = Remedy(
    "in Python", value="pass a datetime without a time zone, in the server's own time"
)


def encode_text(value: Any, context: EncodeContext) -> Json:
    if isinstance(value, str):
        return value
    if isinstance(value, DataURL):
        return str(value)
    found = number(value, context, "text")
    return found if _holds_number(context.options) else str(found)


def decode_text(value: Json, context: DecodeContext) -> Any:
    text = str(value) if isinstance(value, DataURL) else value
    return context.expect(isinstance(text, str | int | float), "text", text)


def check_textbox(sent: Json, context: EncodeContext) -> None:
    """Refuse text that is too long."""
    if isinstance(sent, str):
        check_count(len(sent), context.options.get("max_length"), "characters", context)


def _holds_number(options: Options) -> bool:
    """Tell whether a textbox of Gradio 2.x holds a number."""
    return options.get("type") == "number"


def _schema_textbox(context: SchemaContext) -> Schema:
    if _holds_number(context.options):
        return NUMBER
    if context.is_output and at(_ANSWERS_NUMBERS, context.version):
        return any_of(TEXT, NUMBER)
    longest = None if context.is_output else context.options.get("max_length")
    return {**TEXT, "maxLength": longest} if is_count(longest) else TEXT


def encode_colour(value: Any, context: EncodeContext) -> Json:
    """Encode a CSS colour as text, or red, green and blue from 0 to 255."""
    if isinstance(value, str):
        return value
    try:
        numbers = [int(part) for part in value]
    except (TypeError, ValueError, OverflowError):
        numbers = []
    is_colour = len(numbers) == 3 and all(0 <= part <= 255 for part in numbers)
    context.expect(is_colour, "a colour such as '#ff8800' or (255, 136, 0)", value)
    return "#" + "".join(f"{part:02x}" for part in numbers)


def encode_datetime(value: Any, context: EncodeContext) -> Json:
    """Encode a naive `datetime`, in the server's own time, or text such as ``now - 5m``."""
    if isinstance(value, str):
        return value
    context.expect(isinstance(value, date), "a datetime or text", value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        zone = context.options.get("timezone")
        if not zone:
            context.fail(
                "this datetime has a time zone, but the component has none",
                remedy=(_IN_SERVER_TIME,),
            )
        try:
            value = value.astimezone(_zone(zone, context))
        except OverflowError:
            context.fail(f"{value} is outside the years 1 to 9999 in the component's time zone")
    with_time = context.options.get("include_time", True)
    return value.strftime(_MOMENT if with_time else _DAY)


def _zone(name: Any, context: EncodeContext) -> tzinfo:
    """Return the time zone that a server names; the name never leads to a file elsewhere."""
    from zoneinfo import ZoneInfo, available_timezones

    if not isinstance(name, str) or name not in available_timezones():
        context.fail(
            f"the component's time zone is {summary(name)}, which is not known here",
            remedy=(_IN_SERVER_TIME,),
        )
    return ZoneInfo(name)


def decode_datetime(value: Json, context: DecodeContext) -> Any:
    """Return a `datetime`, or other text as it is."""
    if isinstance(value, str) and _DAY_OR_MOMENT.fullmatch(value):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    return decode_text(value, context)


def _most_characters(options: Options) -> Iterator[str]:
    longest = options.get("max_length")
    if is_number(longest):
        yield f"at most {longest} characters"


def _without_time(options: Options) -> Iterator[str]:
    if options.get("include_time") is False:
        yield "a date without a time"


def _example_textbox(options: Options, start: Any) -> Any:
    if _holds_number(options):
        return example_number(options, start)
    return start if isinstance(start, str) else "Hello"


def _example_datetime(options: Options, start: Any) -> Any:
    has_time = options.get("include_time") is not False
    text = "2026-01-31 12:00:00" if has_time else "2026-01-31"
    return start if isinstance(start, str) else text


_TEXT: dict[str, Any] = {
    "takes": "str",
    "reader": component_type.TEXT,
    "has_files": False,
    "asked": lambda options: text_field(options, _LINES),
}
_PLAIN_TEXT: dict[str, Any] = {"encode": encode_text, "decode": decode_text, **_TEXT}
_TEXT_SCHEMA: dict[str, Any] = {"schema": lambda _: TEXT}
COMPONENTS = {
    "textbox": ComponentType(
        **{**_PLAIN_TEXT, "asked": text_field},
        aliases=("text", "textarea"),
        infers=lambda value: isinstance(value, str) and not is_url(value),
        check=check_textbox,
        constraints=_most_characters,
        schema=_schema_textbox,
        example=_example_textbox,
        shown="text",
    ),
    "html": ComponentType(
        **_TEXT,
        encode=plain,
        decode=decode_json,
        gives="JSON value",
        schema=lambda _: {"contentMediaType": essence("html")},
        example="<b>Hello</b>",
        shown="html",
    ),
    "markdown": ComponentType(
        **_PLAIN_TEXT,
        since=(3, 0),
        schema=lambda _: {**TEXT, "contentMediaType": essence("md")},
        example="**Hello**",
        shown="markdown",
    ),
    "code": ComponentType(
        **_PLAIN_TEXT, **_TEXT_SCHEMA, since=(3, 21), example="print('Hello')", shown="code"
    ),
    "button": ComponentType(
        **_PLAIN_TEXT, **_TEXT_SCHEMA, since=(3, 0), example="Run", shown="text"
    ),
    "colorpicker": ComponentType(
        encode=encode_colour,
        decode=decode_text,
        takes="'#rrggbb' or (r, g, b)",
        gives="str",
        aliases=("colourpicker",),
        since=(3, 0, 25),
        reader=component_type.TEXT,
        has_files=False,
        schema=lambda _: {**TEXT, "description": "a CSS colour, such as #ff8800"},
        example="#ff8800",
        asked=lambda _: Field("colour"),
        shown="colour",
    ),
    "datetime": ComponentType(
        encode=encode_datetime,
        decode=decode_datetime,
        takes="naive datetime, or text",
        gives="datetime",
        since=(4, 38),
        infers=lambda value: isinstance(value, date),
        reader=component_type.TEXT,
        has_files=False,
        constraints=_without_time,
        schema=lambda _: {**TEXT, "description": "such as 2026-01-31 12:00:00, or now - 5m"},
        example=_example_datetime,
        asked=lambda options: Field("date", {"has_time": options.get("include_time") is not False}),
        shown="text",
    ),
}
