"""Conversations: text, with files between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain
from os import PathLike
from typing import Any

from encoders import codecs
from encoders.data_url import DataURL
from encoders.predict.components import file as files
from encoders.predict.components.shared.checking import check_files
from encoders.predict.components.shared.component_type import ComponentType, TextReader, read_media
from encoders.predict.components.shared.forms import Field, file_field, text_field
from encoders.predict.components.shared.json_values import plain, with_text
from encoders.predict.components.shared.options import (
    Options,
    example_file,
    file_types,
    schema_types,
)
from encoders.predict.components.structure import decode_json
from encoders.predict.eras import Version, at
from encoders.predict.values import File, Json, Reference
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.file_shapes import file_object
from encoders.predict.wire.schemas import (
    NOTHING,
    OPTIONAL_TEXT,
    TEXT,
    Schema,
    SchemaContext,
    any_of,
    list_of,
    object_of,
    tuple_of,
)

_ROLES = ("user", "assistant")  # of the two sides of a pair
_PAIRS, _MESSAGES, _PARTS = "pairs", "messages", "messages with a list of parts"
# From 4.38 to 5.x the option ``type`` decides.
_SHAPES: dict[Version, str] = {(2, 0): _PAIRS, (4, 38): _MESSAGES, (6, 0): _PARTS}
_ALT_TEXT_IN_FILE: dict[Version, bool] = {(2, 0): True, (4, 0): False}  # in pairs


def encode_chat(value: Any, context: EncodeContext) -> Json:
    """Encode messages with ``role`` and ``content``, or ``(user, bot)`` pairs.

    Each becomes the other where the era wants that; a side of None is no message. Content is text,
    a file, ``(file, alt text)``, or a list of these.
    """
    context.expect(isinstance(value, list | tuple), "a list of messages", value)
    shape = _shape(context)
    found = context.each(value, lambda item: _messages(item, shape, context))
    messages = list(chain.from_iterable(found))
    return _pairs(messages) if shape == _PAIRS else messages


def _shape(context: EncodeContext | SchemaContext) -> str:
    shape = at(_SHAPES, context.version)
    is_paired = shape == _MESSAGES and context.options.get("type", "messages") == "tuples"
    return _PAIRS if is_paired else shape


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


def check_multimodal(sent: Json, context: EncodeContext) -> None:
    with context.within("files"):
        files.check_file_count(sent["files"], context)
        check_files(sent["files"], context)


def decode_multimodal(value: Json, context: DecodeContext) -> Any:
    """Return a dict of text and files, each a `File`."""
    context.expect(isinstance(value, dict) and "text" in value, "text and files", value)
    with context.within("files"):
        decoded = files.decode_file(value.get("files") or [], context)
    return {"text": with_text(value["text"], context), "files": decoded}


def _messages(item: Any, shape: str, context: EncodeContext) -> list[dict[str, Json]]:
    """Return the messages in one message or pair, with their content in the era's shape."""
    if isinstance(item, Mapping):
        context.expect("role" in item and "content" in item, "role and content", item)
        with context.within("content"):
            message = {"role": item["role"], "content": _content(item["content"], shape, context)}
        if shape == _PAIRS:
            context.expect(item["role"] in _ROLES, "user or assistant in this era", item["role"])
            return [message]
        extras = {key: item[key] for key in ("metadata", "options") if item.get(key)}
        return [message | plain(extras, context)]
    messages = []
    sides = context.pair(item, "a message, or (user, bot)")
    for index, (role, side) in enumerate(zip(_ROLES, sides, strict=True)):
        if side is not None or shape == _PAIRS:
            with context.within(index):
                messages.append({"role": role, "content": _content(side, shape, context)})
    return messages


def _content(content: Any, shape: str, context: EncodeContext) -> Json:
    """Return what one message says: for pairs a list, of which each part is a side of a pair."""
    given = _listed(content)
    if shape == _PAIRS:
        return [None if part is None else _in_pair(_part(part, context), context) for part in given]
    parts = [_part(part, context) for part in given]
    if shape == _PARTS:
        return parts
    if len(parts) != 1:
        context.fail(f"a message of {context.gradio} holds one thing, found {len(parts)}")
    return _bare(parts[0])


def _listed(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [content]


def _pairs(messages: list[dict[str, Json]]) -> list[list[Json]]:
    pairs: list[list[Json]] = []
    for message in messages:
        side = _ROLES.index(message["role"])
        for part in message["content"]:
            if side == 0 or not pairs or pairs[-1][1] is not None:
                pairs.append([None, None])
            pairs[-1][side] = part
    return pairs


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
        content = codecs.encode(content)
    # Gradio 3.x takes a path on the server here, and no data.
    file = context.encode_file(content, must_upload=True)
    return {"type": "file", "file": file, "alt_text": alt_text}


def _bare(part: Json) -> Json:
    if part.get("type") == "text":
        return part["text"]
    return {key: item for key, item in part.items() if key != "type"}


def _in_pair(part: Json, context: EncodeContext) -> Json:
    bare = _bare(part)
    if at(_ALT_TEXT_IN_FILE, context.version) and isinstance(bare, dict) and "file" in bare:
        bare["file"]["alt_text"] = bare["alt_text"]  # in the object that the upload will fill in
        return bare["file"]
    return bare


def _decoded(item: Json, context: DecodeContext) -> Any:
    if isinstance(item, list):
        return tuple(_shown(part, context) for part in context.pair(item, "a pair of user and bot"))
    is_message = isinstance(item, dict) and "content" in item
    context.expect(is_message, "a message with role and content", item)
    with context.within("content"):
        shown = [_shown(part, context) for part in _listed(item["content"])]
    message = {"role": item.get("role"), "content": shown[0] if len(shown) == 1 else shown}
    metadata = item.get("metadata")
    if isinstance(metadata, dict):
        metadata = {key: value for key, value in metadata.items() if value is not None}
    extras = {"metadata": metadata, "options": item.get("options")}
    return message | {key: with_text(extra, context) for key, extra in extras.items() if extra}


def _shown(part: Json, context: DecodeContext) -> Any:
    """Return text, a `File`, or ``(file, alt text)``."""
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return part["text"]
    inner = part.get("file") if isinstance(part, dict) else None
    file = inner if isinstance(inner, dict) else part
    if file is part and file_object(part) is None:
        return with_text(part, context)  # text, or a component inside the chat
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


def _schema_chat(context: SchemaContext) -> Schema:
    file = context.file()
    is_bare = at(_ALT_TEXT_IN_FILE, context.version)
    shown = file if is_bare else context.object("ChatFile", {"file": file}, alt_text=OPTIONAL_TEXT)
    component = context.object("ChatComponent", {"component": TEXT})
    shape = _shape(context)
    if shape == _PAIRS:
        side = any_of(TEXT, NOTHING, shown, *([] if is_bare else [component]))
        return list_of(tuple_of(side, side))
    if shape == _MESSAGES:
        part = any_of(TEXT, shown, component)
        content = any_of(part, list_of(part))
    else:
        content = list_of(any_of(context.object("ChatText", {"text": TEXT}), shown, component))
    metadata, options = any_of(object_of({}), NOTHING), any_of(list_of({}), NOTHING)
    message = {"role": TEXT, "content": content}
    return list_of(context.object("ChatMessage", message, metadata=metadata, options=options))


def _schema_multimodal(context: SchemaContext) -> Schema:
    types = () if context.is_output else schema_types(context.options)
    listed = list_of(context.file(*types), **files.most_files(context))
    more = any_of(listed, NOTHING) if context.is_output else listed
    return context.object("TextWithFiles", {"text": TEXT}, files=more)


def _schema_dialogue(context: SchemaContext) -> Schema:
    return any_of(TEXT, list_of(context.object("DialogueLine", {"speaker": TEXT, "text": TEXT})))


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
        schema=_schema_chat,
        example=[
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hello, what can I do?"},
        ],
        asked=lambda _: Field("messages"),
        shown="chat",
    ),
    "multimodaltextbox": ComponentType(
        encode=encode_multimodal,
        decode=decode_multimodal,
        takes="dict of text and files, or str",
        gives="dict of text and files",
        since=(4, 22),
        infers=lambda value: isinstance(value, Mapping) and set(value) == {"text", "files"},
        reader=_MESSAGE,
        check=check_multimodal,
        constraints=file_types,
        schema=_schema_multimodal,
        example=_example_multimodal,
        asked=lambda options: file_field(options, "message"),
    ),
    "dialogue": ComponentType(
        encode=plain,
        decode=decode_json,
        takes="str, or list of speaker and text",
        gives="JSON value",
        since=(5, 40),
        none=lambda context: "",
        schema=_schema_dialogue,
        reader=_MESSAGE,
        example=_example_dialogue,
        asked=lambda options: text_field(options, 4),
    ),
}
