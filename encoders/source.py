"""Sources: a path, bytes, a binary file or a data URL, all read through one class.

Only this module opens a caller's file. Nothing is read before it is needed, and a big file is never
held in memory as a whole unless a codec needs it so.
"""

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
from typing import Any, BinaryIO

from pybase64 import b64encode_as_string

from encoders.atomic import BytesLike
from encoders.data_url import DataURL, parse
from encoders.data_url.forgiving_base64 import ENCODE_CHUNK, encode_after, slices
from encoders.data_url.parsing import UNLABELLED
from encoders.data_url.value import relabel
from encoders.errors import DataURLError, EncodersError, MediaTypeError, Remedy, clip
from encoders.limits import Limits

SourceLike = str | PathLike[str] | BytesLike | BinaryIO | DataURL

_HEAD = ENCODE_CHUNK  # usually enough to detect a type; whole groups of three bytes for base64
_TOO_FAR = 1 << 40  # an offset that hardly any file has
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_AT_ONCE = _READ_ONLY | getattr(os, "O_NONBLOCK", 0)  # do not wait for the other end of a pipe


class Source:
    """Bytes from anywhere, to be used in a ``with`` block.

    It is not an abstract base class: those make `isinstance` slow, which every call uses.

    An `EncodersError` that leaves the block gets the path or name of the source.

    Attributes:
        name: the base name that came with the bytes, if any.
        path: the path of the file, if there is one.
        declared: the media type that a data URL declares, if any.
        label: the same, but None for a URL without a valid media type, which declares a default.
        detected: the media type of the content, once it was detected.
        size: the number of bytes.
    """

    name: str | None
    path: str | None = None
    declared: str | None = None
    label: str | None = None
    detected: str | None = None

    def __enter__(self) -> Source:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self.close()
        if isinstance(error, EncodersError) and error.source is None:
            error.source = self.path or (clip(self.name) if self.name else None)

    def close(self) -> None:
        """Close a file that this package opened, or restore the position of a caller's file."""

    @property
    def size(self) -> int:
        raise NotImplementedError

    def check(self, limits: Limits) -> None:
        """Check ``max_bytes`` for a data URL, before all of it is decoded."""
        if self.declared is not None:
            limits.check("max_bytes", self.size, "bytes in a data URL")

    def at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset`` onwards."""
        raise NotImplementedError

    def read(self) -> BytesLike:
        """Return all the bytes."""
        raise NotImplementedError

    def open(self) -> BinaryIO:
        """Return the bytes as a file, of which only the parts that are read are loaded."""
        return io.BufferedReader(_Reader(self))

    def data_url(self, media_type: str) -> str:
        """Return the bytes as a base64 data URL with no parameters."""
        raise NotImplementedError


class Memory(Source):
    """Bytes in memory."""

    def __init__(self, data: BytesLike, name: str | None) -> None:
        if isinstance(data, memoryview):
            data = data.cast("B") if data.contiguous else memoryview(data.tobytes())
        self.data = data
        self.name = name

    @property
    def size(self) -> int:
        return len(self.data)

    def at(self, offset: int, length: int) -> bytes:
        return bytes(self.data[offset : offset + length])

    def read(self) -> BytesLike:
        return self.data

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)

    def data_url(self, media_type: str) -> str:
        if len(self.data) <= ENCODE_CHUNK:
            return f"data:{media_type};base64,{b64encode_as_string(self.data)}"
        chunks = slices(memoryview(self.data), 0, len(self.data), ENCODE_CHUNK)
        return encode_after(f"data:{media_type};base64,", chunks)


class Patched(Source):
    """Another source with ``data`` at ``offset``, in place of as many bytes or inserted."""

    def __init__(self, source: Source, offset: int, data: bytes, inserted: bool = False) -> None:
        self.source = source
        self.name = source.name
        self.offset = offset
        self.data = data
        self.growth = len(data) if inserted else 0

    @property
    def size(self) -> int:
        return self.source.size + self.growth

    def at(self, offset: int, length: int) -> bytes:
        start, stop = self.offset, self.offset + len(self.data)  # of the data
        end = offset + length
        if end <= start:
            return self.source.at(offset, length)
        if offset >= stop:
            return self.source.at(offset - self.growth, length)
        before = self.source.at(offset, start - offset) if offset < start else b""
        after = self.source.at(stop - self.growth, end - stop) if end > stop else b""
        return before + self.data[max(offset - start, 0) : end - start] + after


class Section(Source):
    """The bytes of another source from ``start`` to before ``end``."""

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.name = source.name
        self.start = start
        self.end = min(end, source.size)

    @property
    def size(self) -> int:
        return self.end - self.start

    def at(self, offset: int, length: int) -> bytes:
        begin = self.start + offset
        return self.source.at(begin, max(min(length, self.end - begin), 0))


class _Reader(io.RawIOBase):
    """A `Source` as a file that can seek."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self.position, self.source.size)[whence]
        if base + offset < 0:
            raise OSError("seek before the start")
        self.position = base + offset
        return self.position

    def readinto(self, buffer: Any) -> int:
        data = self.source.at(self.position, len(buffer))
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


def to_data_url(data: BytesLike, media_type: str) -> str:
    """Return ``data`` as a base64 data URL with no parameters."""
    return Memory(data, None).data_url(media_type)


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

    With ``regular`` a device or pipe is refused, which may have no end, or block before the first
    byte.

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
    """A file that can seek, from its position to its end; this package's own if ``head`` is given.

    `close` closes an own file, and restores the position of a caller's.
    """

    def __init__(self, file: BinaryIO, name: str | None, head: bytes | None = None) -> None:
        self.file = file
        self.name = name
        self.start = file.tell() if head is None else 0
        self.head = file.read(_HEAD) if head is None else head
        self.is_own = head is not None

    def close(self) -> None:
        if self.is_own:
            self.file.close()
        else:
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


class _Encoded(Source):
    """A data URL, of which only the parts that are read are decoded."""

    def __init__(self, url: DataURL, name: str | None) -> None:
        self.url = url
        self.name = name or declared_name(url)
        self.declared = url.media_type
        is_default = (url.media_type, url.parameters) == UNLABELLED
        self.label = None if is_default else url.media_type
        # Another name may change the type, so the URL does not remember it then.
        self.remembers = name is None
        self.detected = url._detected if self.remembers else None

    def close(self) -> None:
        if self.remembers and self.detected:
            object.__setattr__(self.url, "_detected", self.detected)

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
    try:
        descriptor = os.open(path, _AT_ONCE if regular else _READ_ONLY)
    except (OSError, ValueError) as error:
        # A long base64 text is not a path, and a path cannot contain NUL.
        if isinstance(error, ValueError) or error.errno == errno.ENAMETOOLONG:
            raise DataURLError(
                "not a data URL",
                f"{clip(path)} is neither a path nor a data URL",
                remedy=(Remedy("do", value="put data:;base64, before bare base64"),),
            ) from None
        raise
    try:
        status = os.fstat(descriptor)
        mode, size = status.st_mode, status.st_size
        if regular and not stat.S_ISREG(mode):
            found = "a folder" if stat.S_ISDIR(mode) else "a device, pipe or socket"
            raise MediaTypeError(f"expected a file, found {found}")
        head = os.read(descriptor, _HEAD)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, OSError):  # for example a folder
            raise OSError(error.errno, error.strerror, path) from None
        raise
    if size == len(head):
        os.close(descriptor)
        return Memory(head, name)
    file = io.FileIO(descriptor)
    if size > len(head) and file.seekable():
        return _File(file, name, head)
    with file:  # a pipe, or a file in /proc, whose size is stated as 0
        return Memory(head + file.readall(), name)


def _from_file(file: BinaryIO, name: str | None) -> Source:
    if isinstance(file, io.TextIOBase):
        raise TypeError("the file is open as text: open it in binary mode ('rb')")
    path = getattr(file, "name", None)  # an int, where a descriptor was opened
    path = path if isinstance(path, str) else None
    name = name or (PurePath(path).name if path else None)
    opened = _File(file, name) if file.seekable() else Memory(file.read(), name)
    opened.path = path
    return opened
