"""Conversations: text, with files between."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from encoders.data_url import DataURL
from encoders.errors import clip_value
from encoders.predict.components import file as files
from encoders.predict.components.text import plain, take
from encoders.predict.eras import Version, at
from encoders.predict.wire import File, Incoming, Json, Outgoing, Reference, file_object, summary

_PAIRS, _MESSAGES, _PARTS = "pairs", "messages", "messages with a list of parts"
# From 4.38 to 5.x the option ``type`` decides.
_SHAPES: dict[Version, str] = {(2, 0): _PAIRS, (4, 38): _MESSAGES, (6, 0): _PARTS}


def encode_chat(value: Any, out: Outgoing) -> Json:
    """Messages with ``role`` and ``content``, or ``(user, bot)`` pairs; each becomes the other.

    Content is text, a file, ``(file, alt text)``, or a list of these.
    """
    if not isinstance(value, list | tuple):
        out.fail(f"expected a list of messages, found {summary(value)}")
    shape = at(_SHAPES, out.version)
    if shape == _MESSAGES and out.options.get("type", "messages") == "tuples":
        shape = _PAIRS
    messages = [entry for index, item in enumerate(value) for entry in _entries(item, index, out)]
    if shape != _PAIRS:
        return [_message(entry, index, shape, out) for index, entry in enumerate(messages)]
    return _pairs(messages, out)


def decode_chat(value: Json, got: Incoming) -> Any:
    """Return messages as dicts with role and content, or the pairs of the older form."""
    if not isinstance(value, list):
        got.fail(f"expected a list of messages, found {summary(value)}")
    decoded = []
    for index, item in enumerate(value):
        with got.within(index):
            decoded.append(_decoded(item, got))
    return decoded


def encode_multimodal(value: Any, out: Outgoing) -> Json:
    """A dict of text and files, or text alone."""
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, Mapping) or not set(value) <= {"text", "files"}:
        out.fail(f"expected a dict of text and files, found {summary(value)}")
    with out.within("files"):
        held = files.encode_files(list(value.get("files") or ()), out)
    return {"text": value.get("text") or "", "files": held}


def decode_multimodal(value: Json, got: Incoming) -> Any:
    """Return a dict of text and files, each a `File`."""
    if not isinstance(value, dict) or "text" not in value:
        got.fail(f"expected text and files, found {summary(value)}")
    with got.within("files"):
        held = files.decode_file(value.get("files") or [], got)
    return {"text": take(value["text"], got), "files": held}


def _entries(item: Any, index: int, out: Outgoing) -> list[dict[str, Any]]:
    """Return the messages in one message or pair."""
    if isinstance(item, Mapping):
        if "role" not in item or "content" not in item:
            with out.within(index):
                out.fail(f"expected role and content, found {summary(dict(item))}")
        return [dict(item)]
    if not isinstance(item, tuple | list) or len(item) != 2:
        with out.within(index):
            out.fail(f"expected a message, or (user, bot), found {summary(item)}")
    roles = ("user", "assistant")
    return [{"role": role, "content": part} for role, part in zip(roles, item, strict=True)]


def _message(entry: dict[str, Any], index: int, shape: str, out: Outgoing) -> Json:
    extras = {key: plain(entry[key], out) for key in ("metadata", "options") if entry.get(key)}
    with out.within(index), out.within("content"):
        parts = [_part(part, out) for part in _content(entry["content"])]
        if shape == _PARTS:
            content: Json = parts
        elif len(parts) == 1:
            content = _bare(parts[0])
        else:
            out.fail(f"a message of Gradio {out.version[0]} holds one thing, found {len(parts)}")
    return {"role": entry["role"], "content": content, **extras}


def _pairs(messages: list[dict[str, Any]], out: Outgoing) -> list[list[Json]]:
    pairs: list[list[Json]] = []
    for index, entry in enumerate(messages):
        if entry["role"] not in ("user", "assistant"):
            with out.within(index):
                out.fail(
                    f"expected user or assistant in this era, found {clip_value(entry['role'])}"
                )
        side = 0 if entry["role"] == "user" else 1
        with out.within(index):
            for part in _content(entry["content"]):
                shown = None if part is None else _in_pair(_part(part, out), out)
                if side == 0 or not pairs or pairs[-1][1] is not None:
                    pairs.append([None, None])
                pairs[-1][side] = shown
    return pairs


def _content(content: Any) -> list[Any]:
    return list(content) if isinstance(content, list) else [content]


def _part(part: Any, out: Outgoing) -> Json:
    """Return one piece of a message as Gradio 6 has it."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, Mapping) and part.get("type") == "text":
        return {"type": "text", "text": str(part["text"])}
    if isinstance(part, Mapping):
        return plain(part, out)
    media, alt_text = part if isinstance(part, tuple) and len(part) == 2 else (part, None)
    out.check_text(media)
    if not isinstance(media, File | Reference | PathLike | bytes | DataURL | str):
        from encoders import codecs

        media = codecs.encode(media)
    # Gradio 3.x takes a path on the server here, and no data.
    return {"type": "file", "file": out.file(media, stored=True), "alt_text": alt_text}


def _bare(part: Json) -> Json:
    if part.get("type") == "text":
        return part["text"]
    return {key: item for key, item in part.items() if key != "type"}


def _in_pair(part: Json, out: Outgoing) -> Json:
    bare = _bare(part)
    if out.version < (4, 0) and isinstance(bare, dict) and "file" in bare:
        bare["file"]["alt_text"] = bare["alt_text"]  # in the object that the upload will fill in
        return bare["file"]
    return bare


def _decoded(item: Json, got: Incoming) -> Any:
    if isinstance(item, list):
        if len(item) != 2:
            got.fail(f"expected what the user and the bot said, found {summary(item)}")
        return tuple(_shown(part, got) for part in item)
    if not isinstance(item, dict) or "content" not in item:
        got.fail(f"expected a message with role and content, found {summary(item)}")
    content = item["content"]
    with got.within("content"):
        shown = [_shown(part, got) for part in _content(content)]
    message = {"role": item.get("role"), "content": shown[0] if len(shown) == 1 else shown}
    metadata = item.get("metadata")
    if isinstance(metadata, dict):
        metadata = {key: value for key, value in metadata.items() if value is not None}
    if metadata:
        message["metadata"] = take(metadata, got)
    if item.get("options"):
        message["options"] = take(item["options"], got)
    return message


def _shown(part: Json, got: Incoming) -> Any:
    """Return text, a `File`, or ``(file, alt text)``."""
    if part is None or isinstance(part, str):
        return part
    if isinstance(part, DataURL):
        return str(part)
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return part["text"]
    if isinstance(part, dict) and isinstance(part.get("file"), dict):
        return _with_alt(got.file(part["file"]), part)
    if file_object(part) is not None:
        return _with_alt(got.file(part), part)
    return take(part, got)  # a component inside the chat


def _with_alt(file: Any, part: dict[str, Json]) -> Any:
    return (file, part["alt_text"]) if part.get("alt_text") else file
