"""What callers hand in: a path, bytes, a binary file or a data URL, all read through one face.

The only room that opens a caller's file. Nothing is read before it is asked for, and a big file is
never held whole unless a codec needs it so.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import PurePath
from typing import BinaryIO, Protocol, cast

from encoders.data_url import DataURL, parse, relabel
from encoders.errors import DataURLError, MediaTypeError, clip
from encoders.forgiving_base64 import ENCODE_CHUNK, BytesLike, concatenate, encode

SourceLike = str | PathLike[str] | BytesLike | BinaryIO | DataURL


class Source(Protocol):
    """Bytes from anywhere.

    Attributes:
        name: the base name that came with them, if any.
        declared: the media type that a data URL declares for them, if any.
        size: how many they are.
    """

    name: str | None
    declared: str | None

    @property
    def size(self) -> int: ...

    def at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset`` on."""

    def read(self) -> BytesLike:
        """Return all the bytes."""

    def data_url(self, media_type: str) -> str:
        """Return the bytes as a base64 data URL with no parameters."""


@contextmanager
def open_source(source: SourceLike | Source, name: str | None = None) -> Iterator[Source]:
    """Give ``source`` as a `Source`; a path is open inside the ``with`` block only.

    Args:
        source: a path (``str`` or ``PathLike``), bytes-like, a binary file (from where it stands to
            its end), a data URL (``str`` or `DataURL`), or a `Source`, given back as it is.
        name: a file name to use instead of the one that comes with the source.

    Raises:
        TypeError: ``source`` is of none of these types.
        DataURLError: it starts with ``data:`` but is no data URL.
        OSError: the file cannot be opened or read (`FileNotFoundError` and the like).
    """
    if isinstance(source, _Memory | _File | _Encoded):
        yield source
    elif isinstance(source, bytes | bytearray | memoryview):
        yield _Memory(source, name)
    elif isinstance(source, DataURL) or (isinstance(source, str) and is_data_url(source)):
        yield _Encoded(parse(source, max_bytes=None), name)
    elif isinstance(source, str | PathLike):
        with _open_path(source) as file:
            yield _File(file, name or os.path.basename(os.fspath(source)), 0, ours=True)
    elif hasattr(source, "read"):
        yield _from_file(cast(BinaryIO, source), name)
    else:
        raise TypeError(
            f"cannot read {type(source).__name__}: expected a path, bytes, a binary file "
            "or a data URL"
        )


def to_data_url(data: BytesLike, media_type: str) -> str:
    """Return ``data`` as a base64 data URL with no parameters."""
    return _Memory(data, None).data_url(media_type)


def is_data_url(text: str) -> bool:
    """Tell whether ``text`` is to be read as a data URL and not as a path."""
    return text[:64].lstrip()[:5].lower() == "data:"


class _Memory:
    """Bytes at hand."""

    def __init__(self, data: BytesLike, name: str | None, declared: str | None = None) -> None:
        if isinstance(data, memoryview):
            data = data.cast("B") if data.contiguous else memoryview(data.tobytes())
        self.data = data
        self.name = name
        self.declared = declared
        self.size = len(data)

    def at(self, offset: int, length: int) -> bytes:
        return bytes(self.data[offset : offset + length])

    def read(self) -> BytesLike:
        return self.data

    def data_url(self, media_type: str) -> str:
        view = memoryview(self.data)
        chunks = (view[i : i + ENCODE_CHUNK] for i in range(0, len(view), ENCODE_CHUNK))
        return concatenate(f"data:{media_type};base64,", encode(chunks))


class _File:
    """A file that can seek, from where it stands to its end."""

    def __init__(self, file: BinaryIO, name: str | None, start: int, *, ours: bool) -> None:
        self.file = file
        self.name = name
        self.declared: str | None = None
        self.start = start
        self.ours = ours

    @property
    def size(self) -> int:
        size = max(self.file.seek(0, io.SEEK_END) - self.start, 0)
        self.file.seek(self.start)
        return size

    def at(self, offset: int, length: int) -> bytes:
        self.file.seek(self.start + offset)
        data = self.file.read(length)
        if not self.ours:
            self.file.seek(self.start)
        return data

    def read(self) -> BytesLike:
        self.file.seek(self.start)
        return self.file.read()

    def data_url(self, media_type: str) -> str:
        self.file.seek(self.start)
        chunks = iter(lambda: self.file.read(ENCODE_CHUNK), b"")
        return concatenate(f"data:{media_type};base64,", encode(chunks))


class _Encoded:
    """A data URL, decoded only as far as is looked at."""

    def __init__(self, url: DataURL, name: str | None) -> None:
        self.url = url
        self.name = name or declared_name(url)
        self.declared: str | None = url.media_type

    @property
    def size(self) -> int:
        return self.url.size

    def at(self, offset: int, length: int) -> bytes:
        found, position = bytearray(), 0
        for chunk in self.url.chunks():
            found += chunk[max(offset - position, 0) : max(offset + length - position, 0)]
            position += len(chunk)
            if position >= offset + length:
                break
        return bytes(found)

    def read(self) -> BytesLike:
        return self.url.data

    def data_url(self, media_type: str) -> str:
        return relabel(self.url, media_type)


def declared_name(url: DataURL) -> str | None:
    """Return the file name among a data URL's parameters, as it stands there, or None."""
    parameters = dict(url.parameters)
    return parameters.get("name") or parameters.get("filename")


def _open_path(path: str | PathLike[str]) -> BinaryIO:
    try:
        return open(path, "rb", buffering=0)
    except (OSError, ValueError) as error:
        # A long base64 text is no path, and NUL cannot be in one.
        if isinstance(error, ValueError) or error.errno == errno.ENAMETOOLONG:
            text = os.fspath(path)
            raise DataURLError(
                "not a data URL",
                f"{clip(text)} is neither a path nor a data URL; "
                "put data:;base64, before bare base64",
            ) from None
        raise


def _from_file(file: BinaryIO, name: str | None) -> Source:
    own = getattr(file, "name", None)
    name = name or (PurePath(own).name if isinstance(own, str) else None)
    if isinstance(file, io.TextIOBase):
        raise TypeError("the file is open as text: open it in binary mode ('rb')")
    if file.seekable():
        return _File(file, name, file.tell(), ours=False)
    return _Memory(file.read(), name)


def require_seekable(source: object) -> None:
    """Refuse a stream that cannot be put back where it stood."""
    seekable = getattr(source, "seekable", None)
    if seekable and not seekable():
        raise MediaTypeError("cannot look into a stream that cannot seek: pass its bytes instead")
