"""Conversations: text, with files between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from typing import Any

from encoders.data_url import DataURL
from encoders.errors import clip_value
from encoders.predict.components import file as files
from encoders.predict.components.shared.component_type import (
    ComponentType,
    TextReader,
    read_media,
)
from encoders.predict.components.shared.json_values import plain, with_text
from encoders.predict.components.shared.options import Options, example_file, file_types
from encoders.predict.components.structure import decode_json
from encoders.predict.eras import Version, at
from encoders.predict.values import File, Json, Reference, summary
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.file_shapes import file_object

_ROLES = ("user", "assistant")  # of the two sides of a pair
_PAIRS, _MESSAGES, _PARTS = "pairs", "messages", "messages with a list of parts"
# From 4.38 to 5.x the option ``type`` decides.
_SHAPES: dict[Version, str] = {(2, 0): _PAIRS, (4, 38): _MESSAGES, (6, 0): _PARTS}
_ALT_TEXT_IN_FILE: dict[Version, bool] = {(2, 0): True, (4, 0): False}  # in pairs


def encode_chat(value: Any, context: EncodeContext) -> Json:
    """Encode messages with ``role`` and ``content``, or ``(user, bot)`` pairs.

    Each becomes the other where the era wants that. Content is text, a file,
    ``(file, alt text)``, or a list of these.
    """
    context.expect(isinstance(value, list | tuple), "a list of messages", value)
    shape = at(_SHAPES, context.version)
    if shape == _MESSAGES and context.options.get("type", "messages") == "tuples":
        shape = _PAIRS
    messages = [
        entry for index, item in enumerate(value) for entry in _entries(item, index, context)
    ]
    if shape != _PAIRS:
        return [_message(entry, index, shape, context) for index, entry in enumerate(messages)]
    return _pairs(messages, context)


def decode_chat(value: Json, context: DecodeContext) -> Any:
    """Return messages as dicts with role and content, or the pairs of the older form."""
    context.expect(isinstance(value, list), "a list of messages", value)
    return context.each(value, lambda item: _decoded(item, context))


def encode_multimodal(value: Any, context: EncodeContext) -> Json:
    """Encode a dict of text and files, or text alone."""
    if isinstance(value, str):
        value = {"text": value}
    is_right = isinstance(value, Mapping) and set(value) <= {"text", "files"}
    context.expect(is_right, "a dict of text and files", value)
    with context.within("files"):
        encoded = files.encode_files(list(value.get("files") or ()), context)
    return {"text": value.get("text") or "", "files": encoded}


def decode_multimodal(value: Json, context: DecodeContext) -> Any:
    """Return a dict of text and files, each a `File`."""
    context.expect(isinstance(value, dict) and "text" in value, "text and files", value)
    with context.within("files"):
        decoded = files.decode_file(value.get("files") or [], context)
    return {"text": with_text(value["text"], context), "files": decoded}


def _entries(item: Any, index: int, context: EncodeContext) -> list[dict[str, Any]]:
    """Return the messages in one message or pair."""
    if isinstance(item, Mapping):
        if "role" not in item or "content" not in item:
            with context.within(index):
                context.fail(f"expected role and content, found {summary(item)}")
        return [dict(item)]
    if not isinstance(item, tuple | list) or len(item) != 2:
        with context.within(index):
            context.fail(f"expected a message, or (user, bot), found {summary(item)}")
    return [{"role": role, "content": part} for role, part in zip(_ROLES, item, strict=True)]


def _message(entry: dict[str, Any], index: int, shape: str, context: EncodeContext) -> Json:
    extras = {key: plain(entry[key], context) for key in ("metadata", "options") if entry.get(key)}
    with context.within(index), context.within("content"):
        parts = [_part(part, context) for part in _content(entry["content"])]
        if shape == _PARTS:
            content: Json = parts
        elif len(parts) == 1:
            content = _bare(parts[0])
        else:
            context.fail(f"a message of {context.gradio} holds one thing, found {len(parts)}")
    return {"role": entry["role"], "content": content, **extras}


def _pairs(messages: list[dict[str, Any]], context: EncodeContext) -> list[list[Json]]:
    pairs: list[list[Json]] = []
    alt_in_file = at(_ALT_TEXT_IN_FILE, context.version)
    for index, entry in enumerate(messages):
        role = entry["role"]
        with context.within(index):
            if role not in _ROLES:
                context.fail(f"expected user or assistant in this era, found {clip_value(role)}")
            for part in _content(entry["content"]):
                shown = None if part is None else _in_pair(_part(part, context), alt_in_file)
                if role == "user" or not pairs or pairs[-1][1] is not None:
                    pairs.append([None, None])
                pairs[-1][_ROLES.index(role)] = shown
    return pairs


def _content(content: Any) -> list[Any]:
    return list(content) if isinstance(content, list) else [content]


def _part(part: Any, context: EncodeContext) -> Json:
    """Return one piece of a message as Gradio 6 has it."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, Mapping) and part.get("type") == "text":
        context.expect("text" in part, "a part with its text", part)
        return {"type": "text", "text": str(part["text"])}
    if isinstance(part, Mapping):
        return plain(part, context)
    content, alt_text = part if isinstance(part, tuple) and len(part) == 2 else (part, None)
    context.check_text(content)
    if not isinstance(content, File | Reference | PathLike | bytes | DataURL | str):
        from encoders import codecs

        content = codecs.encode(content)
    # Gradio 3.x takes a path on the server here, and no data.
    return {
        "type": "file",
        "file": context.encode_file(content, must_upload=True),
        "alt_text": alt_text,
    }


def _bare(part: Json) -> Json:
    if part.get("type") == "text":
        return part["text"]
    return {key: item for key, item in part.items() if key != "type"}


def _in_pair(part: Json, alt_in_file: bool) -> Json:
    bare = _bare(part)
    if alt_in_file and isinstance(bare, dict) and "file" in bare:
        bare["file"]["alt_text"] = bare["alt_text"]  # in the object that the upload will fill in
        return bare["file"]
    return bare


def _decoded(item: Json, context: DecodeContext) -> Any:
    if isinstance(item, list):
        context.expect(len(item) == 2, "a pair of user and bot", item)
        return tuple(_shown(part, context) for part in item)
    is_message = isinstance(item, dict) and "content" in item
    context.expect(is_message, "a message with role and content", item)
    content = item["content"]
    with context.within("content"):
        shown = [_shown(part, context) for part in _content(content)]
    message = {"role": item.get("role"), "content": shown[0] if len(shown) == 1 else shown}
    metadata = item.get("metadata")
    if isinstance(metadata, dict):
        metadata = {key: value for key, value in metadata.items() if value is not None}
    if metadata:
        message["metadata"] = with_text(metadata, context)
    if item.get("options"):
        message["options"] = with_text(item["options"], context)
    return message


def _shown(part: Json, context: DecodeContext) -> Any:
    """Return text, a `File`, or ``(file, alt text)``."""
    if part is None or isinstance(part, str):
        return part
    if isinstance(part, DataURL):
        return str(part)
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return part["text"]
    inner = part.get("file") if isinstance(part, dict) else None
    file = inner if isinstance(inner, dict) else part
    if file is part and file_object(part) is None:
        return with_text(part, context)  # a component inside the chat
    shown = context.decode_file(file)
    return (shown, part["alt_text"]) if part.get("alt_text") else shown


def _is_conversation(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, Mapping) and {"role", "content"} <= set(item) for item in value)
    )


def _read_message(text: str, options: Options) -> Any:
    """Return text as it is, or a JSON object of text and names of files as a message."""
    if not text.startswith("{"):
        return text
    value = json.loads(text)
    names = value.get("files", [])
    if not isinstance(names, list):
        raise ValueError(f"files is {type(names).__name__}: expected a list")
    return {**value, "files": [read_media(str(name)) for name in names]}


def _example_multimodal(options: Options, start: Any) -> Any:
    types = options.get("file_types") or ["image"]
    return {"text": "Hello", "files": [example_file({"file_types": types})]}


def _example_dialogue(options: Options, start: Any) -> Any:
    speakers = options.get("speakers")
    if isinstance(speakers, list) and speakers and isinstance(speakers[0], str):
        return [{"speaker": speakers[0], "text": "Hello"}]
    return "Hello"


_MESSAGE = TextReader(_read_message, str)
COMPONENTS = {
    "chatbot": ComponentType(
        encode=encode_chat,
        decode=decode_chat,
        takes="list of messages with role and content, or of (user, bot)",
        gives="list of messages, or of (user, bot)",
        infers=_is_conversation,
        example=[
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hello, what can I do?"},
        ],
    ),
    "multimodaltextbox": ComponentType(
        encode=encode_multimodal,
        decode=decode_multimodal,
        takes="dict of text and files, or str",
        gives="dict of text and files",
        since=(4, 22),
        infers=lambda value: isinstance(value, Mapping) and set(value) == {"text", "files"},
        reader=_MESSAGE,
        constraints=file_types,
        example=_example_multimodal,
    ),
    "dialogue": ComponentType(
        encode=plain,
        decode=decode_json,
        takes="str, or list of speaker and text",
        gives="JSON value",
        since=(5, 40),
        none=lambda context: "",
        reader=_MESSAGE,
        example=_example_dialogue,
    ),
}
