"""An answer as files: each media output, and ``response.json`` beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from encoders import mime
from encoders.atomic import BytesLike, Input, NewFiles, new_files, safe_name, write_all
from encoders.data_url import DataURL
from encoders.limits import Limits
from encoders.mime.media_type import KINDS
from encoders.predict.body import as_deep_as_python
from encoders.predict.values import Json, Reference
from encoders.predict.wire.context import DecodeContext
from encoders.predict.wire.file_shapes import file_object, is_url

_MOST_TRIES = 20
_PIECE = 256 * 1024  # bytes

# An output's JSON, a context at it, and whether files can be in it.
Part = tuple[Json, DecodeContext, bool]


def save(
    answer: Mapping[str, Json],
    outputs: Sequence[Part],
    folder: str | PathLike[str],
    *,
    overwrite: bool,
    free_names: bool,
    inputs: Sequence[Input],
    move: bool,
    limits: Limits,
) -> list[Path]:
    """Write an answer's files into ``folder``, as `Response.save` says."""

    def write() -> list[Path]:
        moved: list[Path] = []
        with new_files(folder, overwrite=overwrite, free_names=free_names, inputs=inputs) as target:
            _write(answer, outputs, target, moved if move else None, limits)
        for path in moved:
            with suppress(OSError):  # a copy that stays does no harm
                path.unlink()
        return [Path(folder, name) for name in target.names]

    for _ in range(_MOST_TRIES if free_names and not overwrite else 0):
        # Another process may take a name after it was found free.
        with suppress(FileExistsError):
            return write()
    return write()


def _write(
    answer: Mapping[str, Json],
    outputs: Sequence[Part],
    target: NewFiles,
    moved: list[Path] | None,
    limits: Limits,
) -> None:
    last = target.free_name("response.json")
    others = {key: value for key, value in answer.items() if key != "data"}
    data: list[Json] = []
    for value, context, has_files in outputs:
        with context.examining(value):
            data.append(_write_files(value, context, target, moved) if has_files else value)
    with as_deep_as_python(limits):
        text = json.dumps({"data": data, **others}, indent=1, ensure_ascii=False, default=str)
    with target.open(last) as file:
        write_all(file, text.encode("utf-8", "backslashreplace"))


def _write_files(
    value: Json, context: DecodeContext, target: NewFiles, moved: list[Path] | None
) -> Json:
    """Write each file in ``value``; return it with their names in place of them.

    Those that are on the disk are copied, or noted in ``moved`` to be removed.
    """
    if is_url(value) or file_object(value) is not None:
        return _write_file(value, context, target, moved)
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        changed: dict[Any, Json] = {}
        for key, item in items:
            if isinstance(item, dict | list | str | DataURL):
                with context.within(key):
                    changed[key] = _write_files(item, context, target, moved)
            else:
                changed[key] = item
        return changed if isinstance(value, dict) else list(changed.values())
    return value


def _write_file(
    value: Json, context: DecodeContext, target: NewFiles, moved: list[Path] | None
) -> Json:
    content = context.file_content(value)
    if isinstance(content, Reference):
        return value
    context.limits.check("max_files", len(target.names) + 1, "files in a response")
    source, name = (content, None) if isinstance(content, Path) else content
    if isinstance(reference := file_object(value), Reference):
        name = reference.name
    media_type = mime.detect(source)
    component = context.component
    fallback = component if component in KINDS else mime.kind(media_type)
    name = target.free_name(safe_name(name or fallback, mime.suffix(media_type)))
    saved = {"file": name, "media_type": media_type}
    if isinstance(source, Path) and moved is not None:
        moved.append(source)
        if target.link(name, source):
            return saved
    with target.open(name) as file:
        for piece in _pieces(source):
            write_all(file, piece)
    return saved


def _pieces(source: DataURL | Path) -> Iterator[BytesLike]:
    if isinstance(source, DataURL):
        yield from source.chunks()
        return
    with open(source, "rb") as file:
        yield from iter(partial(file.read, _PIECE), b"")
