"""Opening what a caller passes in: a path, bytes, a binary file or a data URL."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property, partial
from itertools import chain
from os import PathLike
from pathlib import PurePath
from typing import BinaryIO

from encoders.atomic import BytesLike
from encoders.data_url import DataURL, parse
from encoders.data_url.forgiving_base64 import ENCODE_CHUNK, encode_after
from encoders.data_url.parsing import UNLABELLED
from encoders.data_url.value import relabel
from encoders.errors import DataURLError, MediaTypeError, Remedy, clip
from encoders.source.base import Memory, Source

SourceLike = str | PathLike[str] | BytesLike | BinaryIO | DataURL

_HEAD = ENCODE_CHUNK  # usually enough to detect a type; whole groups of three bytes for base64
_TOO_FAR = 1 << 40  # an offset that hardly any file has
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_AT_ONCE = _READ_ONLY | getattr(os, "O_NONBLOCK", 0)  # do not wait for the other end of a pipe


def open_source(
    source: SourceLike | Source, name: str | None = None
) -> AbstractContextManager[Source]:
    """Return ``source`` as a `Source`; a file at a path is open inside the ``with`` block only.

    Args:
        source: a path (``str`` or ``PathLike``), bytes-like, a binary file (from its position to
            its end), a data URL (``str`` or `DataURL`), or a `Source`, which is returned as it is.
        name: a file name to use instead of the one that comes with the source.

    Raises:
        TypeError: ``source`` is of none of these types.
        DataURLError: it starts with ``data:`` but is not a data URL.
        OSError: the file cannot be opened or read (`FileNotFoundError` and the like).
    """
    if isinstance(source, Source):
        return nullcontext(source)
    if isinstance(source, DataURL) or (isinstance(source, str) and is_data_url(source)):
        return _Encoded(parse(source, max_bytes=None), name)
    if isinstance(source, str | PathLike):
        return open_path(os.fspath(source), name)
    if isinstance(source, bytes | bytearray | memoryview):
        return Memory(source, name)
    if hasattr(source, "read"):
        return _from_file(source, name)
    raise TypeError(
        f"cannot read {type(source).__name__}: expected a path, bytes, a binary file or a data URL"
    )


def open_path(path: str, name: str | None = None, *, regular: bool = False) -> Source:
    """Return the file at a path as a `Source`, even if the path looks like a data URL.

    Args:
        path: the file's path.
        name: as in `open_source`.
        regular: refuse a device or pipe, which may have no end, or block before the first byte.

    Raises:
        MediaTypeError: ``regular``, and the file is not a regular one.
        OSError: it cannot be opened or read.
    """
    opened = _from_path(path, name, regular)
    opened.path = path
    return opened


def is_data_url(text: str) -> bool:
    """Tell whether ``text`` is read as a data URL and not as a path."""
    return text[:64].lstrip()[:5].lower() == "data:"


def declared_name(url: DataURL) -> str | None:
    """Return the file name among a data URL's parameters, without decoding it, or None."""
    parameters = dict(url.parameters)
    return parameters.get("name") or parameters.get("filename")


def require_seekable(source: object) -> None:
    """Refuse a stream that cannot be moved back to its position."""
    seekable = getattr(source, "seekable", None)
    if seekable and not seekable():
        raise MediaTypeError(
            "cannot inspect a stream that cannot seek",
            remedy=(Remedy("in Python", value="pass its bytes"),),
        )


class _File(Source):
    """A caller's file that can seek, from its position to its end; `close` restores it."""

    def __init__(self, file: BinaryIO, name: str | None) -> None:
        self.file = file
        self.name = name
        self.start = file.tell()
        self.head = file.read(_HEAD)

    def close(self) -> None:
        self.file.seek(self.start)

    @property
    def size(self) -> int:
        return max(self.file.seek(0, io.SEEK_END) - self.start, 0)

    def at(self, offset: int, length: int) -> bytes:
        if offset + length <= len(self.head):
            return self.head[offset : offset + length]
        if offset >= _TOO_FAR and offset >= self.size:  # seeking there would fail
            return b""
        self.file.seek(self.start + offset)
        return self.file.read(length)

    def read(self) -> BytesLike:
        self.file.seek(self.start)
        return self.file.read()

    def data_url(self, media_type: str) -> str:
        self.file.seek(self.start + len(self.head))
        rest = iter(partial(self.file.read, ENCODE_CHUNK), b"")
        return encode_after(f"data:{media_type};base64,", chain((self.head,), rest))


class _Path(_File):
    """A big file that this package opened, and closes at the end of the ``with`` block."""

    def __init__(self, file: BinaryIO, name: str | None, head: bytes) -> None:
        self.file = file
        self.name = name
        self.start = 0
        self.head = head

    def close(self) -> None:
        self.file.close()


class _Encoded(Source):
    """A data URL, of which only the parts that are read are decoded."""

    def __init__(self, url: DataURL, name: str | None) -> None:
        self.url = url
        self.name = name or declared_name(url)
        self.declared = url.media_type
        is_default = (url.media_type, url.parameters) == UNLABELLED
        self.label = None if is_default else url.media_type

        # Another name may change the type, so the URL does not remember it then.
        self._detected = url._detected if name is None else None
        self._remembers = name is None

    @property
    def detected(self) -> str | None:
        return self._detected

    @detected.setter
    def detected(self, media_type: str | None) -> None:
        self._detected = media_type
        if self._remembers:
            object.__setattr__(self.url, "_detected", media_type)

    @cached_property
    def size(self) -> int:
        return self.url.size

    def at(self, offset: int, length: int) -> bytes:
        if offset + length <= len(self._head):
            return self._head[offset : offset + length]
        return self._read(offset, length)

    @cached_property
    def _head(self) -> bytes:
        return bytes(next(iter(self.url.chunks()), b""))

    @cached_property
    def _read(self) -> Callable[[int, int], bytes]:
        return self.url.reader()

    def read(self) -> BytesLike:
        return self.url.data

    def data_url(self, media_type: str) -> str:
        return relabel(self.url, media_type)


def _from_path(path: str, name: str | None, regular: bool) -> Source:
    name = name or os.path.basename(path)
    descriptor = _open(path, _AT_ONCE if regular else _READ_ONLY)
    try:
        status = os.fstat(descriptor)
        if regular:
            _check_regular(status.st_mode)
        head = os.read(descriptor, _HEAD)
    except OSError as error:  # for example a folder
        os.close(descriptor)
        raise OSError(error.errno, error.strerror, path) from None
    except MediaTypeError:
        os.close(descriptor)
        raise
    size = status.st_size
    if size == len(head):
        os.close(descriptor)
        return Memory(head, name)
    file = io.FileIO(descriptor)
    if size > len(head) and file.seekable():
        return _Path(file, name, head)
    with file:  # a pipe, or a file in /proc, whose size is stated as 0
        return Memory(head + file.readall(), name)


def _check_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        found = "a folder" if stat.S_ISDIR(mode) else "a device, pipe or socket"
        raise MediaTypeError(f"expected a file, found {found}")


def _open(path: str, flags: int) -> int:
    try:
        return os.open(path, flags)
    except (OSError, ValueError) as error:
        # A long base64 text is not a path, and a path cannot contain NUL.
        if isinstance(error, ValueError) or error.errno == errno.ENAMETOOLONG:
            raise DataURLError(
                "not a data URL",
                f"{clip(path)} is neither a path nor a data URL",
                remedy=(Remedy("do", value="put data:;base64, before bare base64"),),
            ) from None
        raise


def _from_file(file: BinaryIO, name: str | None) -> Source:
    if isinstance(file, io.TextIOBase):
        raise TypeError("the file is open as text: open it in binary mode ('rb')")
    path = getattr(file, "name", None)  # an int, where a descriptor was opened
    path = path if isinstance(path, str) else None
    name = name or (PurePath(path).name if path else None)
    opened = _File(file, name) if file.seekable() else Memory(file.read(), name)
    opened.path = path
    return opened
