"""Files of any kind: one or several, and models in three dimensions."""

from __future__ import annotations

from os import PathLike
from typing import Any

from encoders.predict.wire import File, Incoming, Json, Outgoing, summary
from encoders.video import Video


def encode_file(value: Any, out: Outgoing) -> Json:
    """One file or a list of them, as the component's ``file_count`` has it if that is known."""
    count = out.options.get("file_count")
    if not isinstance(value, list | tuple):
        alone = out.file(_source(value))
        return [alone] if count in ("multiple", "directory") else alone
    if count == "single":
        if len(value) != 1:
            out.fail(f"expected one file, found {len(value)}")
        return out.file(_source(value[0]))
    return encode_files(value, out)


def encode_files(value: list[Any] | tuple[Any, ...], out: Outgoing) -> list[Json]:
    """A list of files, whatever ``file_count`` says."""
    files = []
    for index, item in enumerate(value):
        with out.within(index):
            files.append(out.file(_source(item)))
    return files


def decode_file(value: Json, got: Incoming) -> Any:
    """Return a `File` or a list of them; a `Reference` in place of what was not fetched."""
    if not isinstance(value, list):
        return got.file(value)
    got.limits.check("max_files", len(value), "files in one output")
    files = []
    for index, item in enumerate(value):
        with got.within(index):
            files.append(got.file(item))
    return files


def encode_model(value: Any, out: Outgoing) -> Json:
    if isinstance(value, list | tuple):
        out.fail(f"expected one file, found {summary(list(value))}")
    return out.file(_source(value))


def _source(value: Any) -> Any:
    return File(value.data, None, value.media_type) if isinstance(value, Video) else value


def names_files(value: Any) -> bool:
    """Tell whether every one of a list is bytes, or a path that is marked as one."""
    kinds = (bytes, bytearray, memoryview, PathLike, File)
    return (
        isinstance(value, list | tuple) and bool(value) and all(isinstance(v, kinds) for v in value)
    )
