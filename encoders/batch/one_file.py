"""One file of many: what becomes of it, be it a data URL or an error."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, NamedTuple

from encoders import mime
from encoders.atomic import BytesLike
from encoders.codecs import CODECS, codec_for
from encoders.data_url.notebook import html_of
from encoders.errors import (
    EncodersError,
    LimitError,
    MediaTypeError,
    MissingDependencyError,
    clip,
    clip_value,
    in_python,
)
from encoders.errors.reprs import brief
from encoders.limits import DEFAULT, Limits
from encoders.source import Memory, Source, open_path

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # two letters at least: not a drive
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Row(NamedTuple):
    """What became of one file.

    Attributes:
        path: as it was given.
        media_type: of the data URL; of an error's file, as far as it was told, or None.
        size: of the file in bytes, or None where it could not be opened.
        data_url: or None.
        error: why there is no data URL, or None. It names no options that would help, so that it
            reads the same from Python and from the shell.
    """

    path: str
    media_type: str | None
    size: int | None
    data_url: str | None
    error: str | None

    def __repr__(self) -> str:
        return brief(self)

    def _repr_html_(self) -> str:
        return html_of(self)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with each file.

    Attributes:
        codec: the one that all files are for, or None for each by its content.
        options: keywords of its ``encode``, such as ``format``.
        limits: bounds of each ``encode``; ``max_bytes`` holds for files as well.
    """

    codec: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = DEFAULT


def to_paths(paths: Iterable[str | PathLike[str]]) -> Iterator[str]:
    """Return paths as texts, one at a time.

    Raises:
        TypeError: it is one path; a folder's files are what `find` yields.
    """
    if isinstance(paths, str | bytes | PathLike):
        raise TypeError(
            f"expected paths, found one: {clip(str(paths))}; "
            "pass a list, or batch.find(folder) for all files in a folder"
        )
    return (os.fsdecode(path) for path in paths)


def check_workers(count: int | None) -> None:
    """Refuse a number of processes that does no work."""
    if count is not None and count < 1:
        raise ValueError(f"workers={count}: expected 1 or more")


def make_task(codec: str | None, limits: Limits, options: Mapping[str, Any]) -> Task:
    """Return a task, once it is sure that it can be done.

    Raises:
        ValueError: there is no such codec.
        TypeError: an option is not the codec's, or no codec's.
    """
    if codec is not None and codec not in CODECS:
        raise ValueError(f"codec={clip_value(codec)}: expected one of {', '.join(CODECS)}")
    taken = CODECS.values() if codec is None else [CODECS[codec]]
    known = {name for each in taken for name in inspect.signature(each.encode).parameters}
    for name in options:
        if name not in known - {"source", "name", "limits", "fps"}:
            whose = f"the codec {clip_value(codec)}" if codec else "any codec"
            raise TypeError(f"{clip_value(name)} is no option of {whose} for files")
    formats = [name for each in taken for name in getattr(each, "FORMATS", ())]
    if options.get("format") not in (None, *formats):
        raise ValueError(
            f"format={clip_value(options['format'])} is not one of {', '.join(formats)}"
        )
    return Task(codec, dict(options), limits)


def encode_file(path: str, task: Task) -> Row:
    """Return what becomes of the file at a path, or at a URL for fsspec."""
    if is_remote(path):
        return _encode(path, lambda: _fetch(path, task.limits), task)
    return _encode(path, lambda: open_path(path, regular=True), task)


def encode_bytes(path: str, data: BytesLike, task: Task) -> Row:
    """Return what becomes of a file that was read before."""
    return _encode(path, lambda: Memory(data, os.path.basename(path)), task)


def in_groups(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield rows in lists, each the shortest with ``size`` characters of data URLs, or the last."""
    group: list[Row] = []
    length = 0
    for row in rows:
        group.append(row)
        length += len(row.data_url or row.error or "")
        if length >= size:
            yield group
            group, length = [], 0
    if group:
        yield group


def is_remote(path: str) -> bool:
    """Tell whether a path is a URL, such as ``s3://bucket/photo.jpg``, which fsspec opens."""
    return "://" in path and _SCHEME.match(path) is not None


def _encode(path: str, opened: Callable[[], Source], task: Task) -> Row:
    media_type: str | None = None
    size: int | None = None
    try:
        with opened() as source:
            size = source.size
            task.limits.check("max_bytes", size, "bytes in a file")
            media_type = mime.detect(source)
            codec = CODECS[task.codec or codec_for(media_type, task.options.get("format"))]
            url = codec.encode(source, limits=task.limits, **task.options)
    except Exception as error:
        return Row(path, media_type, size, None, _reason(error))
    return Row(path, url[len("data:") : url.index(";")], size, url, None)


def _fetch(url: str, limits: Limits) -> Source:
    """Read a file by one request, where the store has such a thing."""
    if "::" in url:
        raise MediaTypeError(
            "expected the URL of one file, found '::', which chains URLs in fsspec"
        )
    system, path = open_store(url)
    bound = {} if limits.max_bytes is None else {"start": 0, "end": int(limits.max_bytes) + 1}
    try:
        data = system.cat_file(path, **bound)
    except Exception:
        if system.info(path).get("size") != 0 or not system.isfile(path):
            raise
        data = b""  # of which a store cannot give a part
    if limits.max_bytes is not None and len(data) > limits.max_bytes:
        raise LimitError("max_bytes", limits.max_bytes, "more in a file")
    return Memory(data, os.path.basename(url))


def open_store(url: str) -> tuple[Any, str]:
    """Return the file system of fsspec that a URL names, and the path in it."""
    try:
        import fsspec
    except ImportError as error:
        raise MissingDependencyError(f"opening {clip(url)}", "remote") from error
    system, path = fsspec.core.url_to_fs(url)
    return system, path


def _reason(error: Exception) -> str:
    """Return an error's text without the path, which the row has, and the same in every run.

    The remedies that are about options are left out: they have other names in the shell, and rows
    are the same from there.
    """
    if isinstance(error, EncodersError):
        remedy = tuple(each for each in error.remedy if each.action == "do")
        text = "; ".join([error.message, *in_python(remedy)])
    elif isinstance(error, OSError) and error.strerror:
        text = error.strerror
    else:
        text = f"{type(error).__name__}: {error}"
    return _ADDRESS.sub("", text)
