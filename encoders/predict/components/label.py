"""What a model says of a whole: labels with confidences, labelled pieces of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from encoders.errors import clip_value
from encoders.predict.components.text import plain
from encoders.predict.eras import Version, at
from encoders.predict.wire import Incoming, Json, Outgoing, summary

_PAIRS, _KEYS = "pairs", "objects"
_TEXT_SHAPES: dict[Version, str] = {(2, 0): _PAIRS, (4, 0): _KEYS}


def encode_label(value: Any, out: Outgoing) -> Json:
    """A dict from label to confidence, or the one label alone."""
    if not isinstance(value, Mapping):
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            out.fail(f"expected a label, or a dict of confidences, found {summary(value)}")
        return {"label": value if isinstance(value, str) else str(value)}
    confidences = []
    for label, confidence in value.items():
        number = plain(confidence, out)
        if isinstance(number, bool) or not isinstance(number, int | float):
            out.fail(
                f"the confidence of {clip_value(label)} is {summary(confidence)}: expected a number"
            )
        try:
            confidences.append({"label": str(label), "confidence": float(number)})
        except OverflowError:
            out.fail(
                f"the confidence of {clip_value(label)} is {summary(confidence)}: expected a "
                "number that a float can hold"
            )
    if not confidences:
        return {}
    confidences.sort(key=lambda entry: entry["confidence"], reverse=True)  # type: ignore[arg-type,return-value]
    return {"label": confidences[0]["label"], "confidences": confidences}


def decode_label(value: Json, got: Incoming) -> Any:
    """Return ``{label: confidence}``, best first, or the label where there are no confidences."""
    if not isinstance(value, dict):
        got.fail(f"expected an object with a label, found {summary(value)}")
    if not value or (value.get("label") is None and not value.get("confidences")):
        return None
    confidences = value.get("confidences")
    if confidences is None:
        return value["label"]
    try:
        return {str(entry["label"]): float(entry["confidence"]) for entry in confidences}
    except (TypeError, KeyError, ValueError, OverflowError):
        got.fail("expected label and confidence in each of the confidences")


def encode_highlighted(value: Any, out: Outgoing) -> Json:
    """``(text, label)`` pairs, or a dict of text and entities with start, end and entity."""
    pairs = _from_entities(value, out) if isinstance(value, Mapping) else value
    if not isinstance(pairs, Iterable):
        out.fail(f"expected a list of (text, label), found {summary(pairs)}")
    as_objects = at(_TEXT_SHAPES, out.version) == _KEYS
    found = []
    for index, pair in enumerate(pairs):
        with out.within(index):
            if not isinstance(pair, tuple | list) or len(pair) != 2 or not isinstance(pair[0], str):
                out.fail(f"expected (text, label), found {summary(pair)}")
            text, label = pair[0], plain(pair[1], out)
        found.append({"token": text, "class_or_confidence": label} if as_objects else [text, label])
    return found


def decode_highlighted(value: Json, got: Incoming) -> Any:
    """Return ``[(text, label), ...]``, the label text, a number or None."""
    if not isinstance(value, list):
        got.fail(f"expected a list of labelled pieces, found {summary(value)}")
    pieces = []
    for index, piece in enumerate(value):
        if isinstance(piece, dict) and "token" in piece:
            pieces.append((piece["token"], piece.get("class_or_confidence")))
        elif isinstance(piece, list) and len(piece) == 2:
            pieces.append((piece[0], piece[1]))
        else:
            with got.within(index):
                got.fail(f"expected a piece of text and its label, found {summary(piece)}")
    return pieces


def decode_pairs(value: Json, got: Incoming) -> Any:
    """Return the key values of Gradio 2.x as pairs."""
    if not isinstance(value, list) or not all(isinstance(p, list) and len(p) == 2 for p in value):
        got.fail(f"expected pairs in a list, found {summary(value)}")
    return [(key, item) for key, item in value]


def _from_entities(value: Mapping[str, Any], out: Outgoing) -> list[tuple[str, Any]]:
    try:
        text, entities = value["text"], sorted(value["entities"], key=lambda e: e["start"])
        spans = [
            (e["start"], e["end"], e["entity"] if "entity" in e else e["entity_group"])
            for e in entities
        ]
    except (KeyError, TypeError):
        out.fail("expected text, and entities with start, end and entity")
    pieces, position = [], 0
    for start, end, label in spans:
        if start > position:
            pieces.append((text[position:start], None))
        pieces.append((text[start:end], label))
        position = end
    return [*pieces, (text[position:], None)] if position < len(text) else pieces
