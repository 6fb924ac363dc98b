"""Objects and lists: any JSON, state, labels with confidences, labelled pieces of text, pairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from encoders.errors import clip_value
from encoders.predict.components.shared.component_type import ComponentType
from encoders.predict.components.shared.json_values import number, plain, with_text
from encoders.predict.eras import Version, at
from encoders.predict.values import Json, summary
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.schemas import (
    NOTHING,
    NUMBER,
    TEXT,
    Schema,
    SchemaContext,
    any_of,
    list_of,
    tuple_of,
)

FALLBACK = "json"  # the component of values that no other one takes
_WRAPS_TEXT: dict[Version, bool] = {(2, 0): True, (3, 16): False}
_LABELS_BY_KEYS: dict[Version, bool] = {(2, 0): False, (4, 0): True}


def decode_json(value: Json, context: DecodeContext) -> Any:
    r"""Return the object. Gradio before 3.16 encodes text twice: ``"\"a\""`` is the text "a"."""
    may_be_wrapped = context.version is None or at(_WRAPS_TEXT, context.version)
    if may_be_wrapped and isinstance(value, str) and value[:1] == value[-1:] == '"':
        with suppress(ValueError):
            return json.loads(value)
    return with_text(value, context)


def encode_state(value: Any, context: EncodeContext) -> Json:
    context.fail(f"state stays on the server: expected None, found {summary(value)}")


def encode_label(value: Any, context: EncodeContext) -> Json:
    """Encode a dict from label to confidence, or the one label alone."""
    if not isinstance(value, Mapping):
        is_label = isinstance(value, str | int | float) and not isinstance(value, bool)
        context.expect(is_label, "a label, or a dict of confidences", value)
        return {"label": value if isinstance(value, str) else str(value)}
    confidences: list[dict[str, Any]] = []
    for label, confidence in value.items():
        expected = f"a number as the confidence of {clip_value(label)}"
        try:
            share = float(number(confidence, context, expected))
        except OverflowError:
            context.fail(f"expected {expected}, found one too large for a float")
        confidences.append({"label": str(label), "confidence": share})
    confidences.sort(key=lambda entry: entry["confidence"], reverse=True)
    return {"label": confidences[0]["label"], "confidences": confidences} if confidences else {}


def decode_label(value: Json, context: DecodeContext) -> Any:
    """Return ``{label: confidence}``, best first, or the label where there are no confidences."""
    context.expect(isinstance(value, dict), "an object with a label", value)
    label, confidences = value.get("label"), value.get("confidences")
    if confidences is None or (label is None and not confidences):
        return label
    try:
        return {str(entry["label"]): float(entry["confidence"]) for entry in confidences}
    except (TypeError, KeyError, ValueError, OverflowError):
        context.fail("expected label and confidence in each of the confidences")


def encode_highlighted(value: Any, context: EncodeContext) -> Json:
    """Encode ``(text, label)`` pairs, or a dict of text and entities with start, end, entity."""
    pairs = _from_entities(value, context) if isinstance(value, Mapping) else value
    context.expect(isinstance(pairs, Iterable), "a list of (text, label)", pairs)
    by_keys = at(_LABELS_BY_KEYS, context.version)

    def piece(pair: Any) -> Json:
        text, label = context.pair(pair, "(text, label)")
        context.expect(isinstance(text, str), "(text, label)", pair)
        label = plain(label, context)
        return {"token": text, "class_or_confidence": label} if by_keys else [text, label]

    return context.each(pairs, piece)


def decode_highlighted(value: Json, context: DecodeContext) -> Any:
    """Return ``[(text, label), ...]``, the label text, a number or None."""
    context.expect(isinstance(value, list), "a list of labelled pieces", value)
    return context.each(value, lambda piece: _labelled(piece, context))


def _labelled(piece: Json, context: DecodeContext) -> tuple[Any, Any]:
    if isinstance(piece, dict) and "token" in piece:
        return piece["token"], piece.get("class_or_confidence")
    return context.pair(piece, "a piece of text and its label")


def _from_entities(value: Mapping[str, Any], context: EncodeContext) -> list[tuple[str, Any]]:
    pieces: list[tuple[str, Any]] = []
    position = 0
    try:
        text = value["text"]
        for entity in sorted(value["entities"], key=lambda entity: entity["start"]):
            start, end = entity["start"], entity["end"]
            label = entity["entity"] if "entity" in entity else entity["entity_group"]
            if start > position:
                pieces.append((text[position:start], None))
            pieces.append((text[start:end], label))
            position = end
        return [*pieces, (text[position:], None)] if position < len(text) else pieces
    except (KeyError, TypeError):
        context.fail("expected text, and entities with start, end and entity")


def decode_pairs(value: Json, context: DecodeContext) -> Any:
    """Return the key values of Gradio 2.x as pairs."""
    are_pairs = isinstance(value, list) and all(isinstance(p, list) and len(p) == 2 for p in value)
    context.expect(are_pairs, "a list of pairs", value)
    return list(map(tuple, value))


def _schema_label(context: SchemaContext) -> Schema:
    share = context.object("Confidence", {"label": _LABEL, "confidence": any_of(NUMBER, NOTHING)})
    return context.object("Label", {}, label=_LABEL, confidences=any_of(list_of(share), NOTHING))


def _schema_highlighted(context: SchemaContext) -> Schema:
    if at(_LABELS_BY_KEYS, context.version):
        return list_of(context.object("Token", {"token": TEXT, "class_or_confidence": _LABEL}))
    return list_of(tuple_of(TEXT, _LABEL))


_LABEL = any_of(TEXT, NUMBER, NOTHING)
COMPONENTS = {
    FALLBACK: ComponentType(
        encode=plain,
        decode=decode_json,
        takes="what JSON can hold",
        gives="JSON value",
        has_files=False,
        fails_in_events=((4, 31, 3), (4, 43)),
        example=lambda _, start: {"answer": 42} if start is None else start,
        shown="json",
    ),
    "state": ComponentType(
        encode=encode_state,
        decode=with_text,
        takes="None",
        gives="JSON value",
        aliases=("variable",),
        has_files=False,
        is_state=True,
        schema=lambda _: {**NOTHING, "description": "state stays on the server"},
        example=lambda *_: None,
        shown="json",
    ),
    "label": ComponentType(
        encode=encode_label,
        decode=decode_label,
        takes="dict of label: confidence, or str",
        schema=_schema_label,
        example={"cat": 0.9, "dog": 0.1},
        shown="label",
    ),
    "highlightedtext": ComponentType(
        encode=encode_highlighted,
        decode=decode_highlighted,
        takes="list of (text, label)",
        schema=_schema_highlighted,
        example=[("Paris", "place"), (" is far", None)],
        shown="highlighted",
    ),
    "keyvalues": ComponentType(
        encode=plain,
        decode=decode_pairs,
        takes="list of pairs",
        schema=lambda _: list_of(tuple_of({}, {})),
        until=(3, 0),
        example=[["answer", 42]],
        shown="pairs",
    ),
}
