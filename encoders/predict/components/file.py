"""Files of any kind: one or several, models in three dimensions, and files on the server."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from typing import Any

from encoders.predict.components.shared.checking import check_count, check_files
from encoders.predict.components.shared.component_type import MEDIA, MEDIA_LIST, ComponentType
from encoders.predict.components.shared.forms import file_field
from encoders.predict.components.shared.json_values import plain
from encoders.predict.components.shared.options import (
    Options,
    example_file,
    file_types,
    schema_types,
)
from encoders.predict.components.structure import decode_json
from encoders.predict.samples import sample
from encoders.predict.values import File, Json
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.schemas import TEXT, Schema, SchemaContext, any_of, list_of
from encoders.video import Video

_COUNTS = {"multiple": "several files", "directory": "the files of a folder"}


def encode_file(value: Any, context: EncodeContext) -> Json:
    """Encode one file or a list of them, as ``file_count`` says if it is known."""
    if not isinstance(value, list | tuple):
        alone = context.encode_file(_source(value))
        return [alone] if _takes_several(context.options) else alone
    if context.options.get("file_count") == "single":
        if len(value) != 1:
            context.fail(f"expected one file, found {len(value)}")
        return context.encode_file(_source(value[0]))
    return encode_files(value, context)


def encode_files(value: list[Any] | tuple[Any, ...], context: EncodeContext) -> list[Json]:
    """Encode a list of files, whatever ``file_count`` says."""
    return context.each(value, lambda item: context.encode_file(_source(item)))


def decode_file(value: Json, context: DecodeContext) -> Any:
    """Return a `File` or a list of them; a `Reference` in place of what was not fetched."""
    if not isinstance(value, list):
        return context.decode_file(value)
    context.limits.check("max_files", len(value), "files in one output")
    return context.each(value, context.decode_file)


def check_file(sent: Json, context: EncodeContext) -> None:
    check_files(sent if isinstance(sent, list) else [sent], context)


def check_file_count(sent: Json, context: EncodeContext) -> None:
    """Refuse several files where ``file_count`` says one."""
    if context.options.get("file_count") == "single" and isinstance(sent, list):
        check_count(len(sent), 1, "file", context)


def encode_one_file(value: Any, context: EncodeContext) -> Json:
    context.expect(not isinstance(value, list | tuple), "one file", value)
    return context.encode_file(_source(value))


def _source(value: Any) -> Any:
    return File(value.data, None, value.media_type) if isinstance(value, Video) else value


def _is_list_of_files(value: Any) -> bool:
    """Tell whether each item of a list is bytes, a `File`, or a path that is marked as one."""
    kinds = (bytes, bytearray, memoryview, PathLike, File)
    is_list = isinstance(value, list | tuple) and bool(value)
    return is_list and all(isinstance(item, kinds) for item in value)


def _takes_several(options: Options) -> bool:
    count = options.get("file_count")
    return isinstance(count, str) and count in _COUNTS


def _allowed_files(options: Options) -> Iterator[str]:
    if _takes_several(options):
        yield _COUNTS[options["file_count"]]
    yield from file_types(options)


def _schema(context: SchemaContext) -> Schema:
    """Return the schema of one file, of a list, or of either where the options do not say."""
    types = () if context.is_output else schema_types(context.options)
    one = context.file(*types)
    if context.is_output or "file_count" not in context.options:
        return any_of(one, list_of(one))
    return list_of(one) if _takes_several(context.options) else one


def _schema_explorer(context: SchemaContext) -> Schema:
    return list_of(list_of(TEXT), **most_files(context))


def most_files(context: SchemaContext) -> dict[str, int]:
    """Return what the schema of a list of files says where ``file_count`` is for one."""
    is_one = context.options.get("file_count") == "single" and not context.is_output
    return {"maxItems": 1} if is_one else {}


def _example(options: Options, start: Any) -> Any:
    file = example_file(options)
    return [file] if _takes_several(options) else file


def _with_size(json: Json, value: Any) -> Json:
    """Return the JSON of a file in an answer of Gradio 2.x."""
    if isinstance(json, list):
        return [_with_size(one, file) for one, file in zip(json, value, strict=True)]
    return {**json, "size": len(value.data)}


def _kind_of_field(options: Options) -> str:
    return "files" if options.get("file_count") in ("multiple", "directory") else "file"


_FILE = "Path, bytes, binary file, File"
_HELPER = "encoders.file.encode"
_FILES: dict[str, Any] = {
    "encode": encode_file,
    "decode": decode_file,
    "takes": f"{_FILE}; or a list",
    "gives": "File or list",
    "reader": MEDIA_LIST,
    "check": check_file,
    "constraints": _allowed_files,
    "schema": _schema,
    "example": _example,
    "helper": _HELPER,
    "asked": lambda options: file_field(options, _kind_of_field(options)),
}
_ONE_FILE: dict[str, Any] = {
    "encode": encode_one_file,
    "decode": decode_file,
    "takes": _FILE,
    "gives": "File",
    "reader": MEDIA,
    "schema": SchemaContext.file,
    "helper": _HELPER,
    "asked": lambda options: file_field(options, "file"),
}
COMPONENTS = {
    "file": ComponentType(
        **_FILES,
        aliases=("files",),
        infers=_is_list_of_files,
        answer_shapes={(2, 0): _with_size, (3, 0): None},
    ),
    "uploadbutton": ComponentType(**_FILES, since=(3, 11)),
    "downloadbutton": ComponentType(
        **_ONE_FILE, since=(4, 20), example=lambda *_: sample("example.txt")
    ),
    "model3d": ComponentType(
        **_ONE_FILE, aliases=("image3d",), since=(2, 9), example=lambda *_: sample("example.obj")
    ),
    "fileexplorer": ComponentType(
        encode=plain,
        decode=decode_json,
        takes="list of paths on the server, each a list of names",
        gives="JSON value",
        since=(3, 47),
        schema=_schema_explorer,
        check=check_file_count,
        example=[],  # only the server knows its files
        answer=[["folder", "file.txt"]],
    ),
}
