"""An answer as files: each media output, and ``response.json`` beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

from encoders import mime
from encoders.atomic import Input, NewFiles, new_files, safe_name, write_all
from encoders.data_url import DataURL
from encoders.limits import Limits
from encoders.mime.media_type import KINDS
from encoders.predict.body import as_deep_as_python
from encoders.predict.values import Json, Reference
from encoders.predict.wire.context import DecodeContext
from encoders.predict.wire.file_shapes import file_object, is_url

_MOST_TRIES = 20

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
    limits: Limits,
) -> list[Path]:
    """Write an answer's files into ``folder``, as `Response.save` says."""

    def write() -> list[Path]:
        with new_files(folder, overwrite=overwrite, free_names=free_names, inputs=inputs) as target:
            _write(answer, outputs, target, limits)
        return [Path(folder, name) for name in target.names]

    for _ in range(_MOST_TRIES if free_names and not overwrite else 0):
        # Another process may take a name after it was found free.
        with suppress(FileExistsError):
            return write()
    return write()


def _write(
    answer: Mapping[str, Json], outputs: Sequence[Part], target: NewFiles, limits: Limits
) -> None:
    last = target.free_name("response.json")
    others = {key: value for key, value in answer.items() if key != "data"}
    data: list[Json] = []
    for value, context, has_files in outputs:
        with context.examining(value):
            data.append(_write_files(value, context, target) if has_files else value)
    with as_deep_as_python(limits):
        text = json.dumps({"data": data, **others}, indent=1, ensure_ascii=False, default=str)
    with target.open(last) as file:
        write_all(file, text.encode("utf-8", "backslashreplace"))


def _write_files(value: Json, context: DecodeContext, target: NewFiles) -> Json:
    """Write each file in ``value``; return it with their names in place of them."""
    if is_url(value) or file_object(value) is not None:
        return _write_file(value, context, target)
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        changed: dict[Any, Json] = {}
        for key, item in items:
            if isinstance(item, dict | list | str | DataURL):
                with context.within(key):
                    changed[key] = _write_files(item, context, target)
            else:
                changed[key] = item
        return changed if isinstance(value, dict) else list(changed.values())
    return value


def _write_file(value: Json, context: DecodeContext, target: NewFiles) -> Json:
    content = context.file_content(value)
    if isinstance(content, Reference):
        return value
    url, name = content
    context.limits.check("max_files", len(target.names) + 1, "files in a response")
    media_type = mime.detect(url)
    component = context.component
    fallback = component if component in KINDS else mime.kind(media_type)
    name = target.free_name(safe_name(name or fallback, mime.suffix(media_type)))
    with target.open(name) as file:
        for chunk in url.chunks():
            write_all(file, chunk)
    return {"file": name, "media_type": media_type}
