"""`Source`: bytes from anywhere; bytes in memory, and parts or changed copies of other sources."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from pybase64 import b64encode_as_string

from encoders.atomic import BytesLike
from encoders.data_url.forgiving_base64 import ENCODE_CHUNK, encode_after
from encoders.errors import EncodersError, clip
from encoders.limits import Limits


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
        view = memoryview(self.data)
        chunks = (view[i : i + ENCODE_CHUNK] for i in range(0, len(view), ENCODE_CHUNK))
        return encode_after(f"data:{media_type};base64,", chunks)


class Patched(Source):
    """Another source with a few of its bytes replaced."""

    def __init__(self, source: Source, offset: int, data: bytes) -> None:
        self.source = source
        self.name = source.name
        self.offset = offset
        self.data = data

    @property
    def size(self) -> int:
        return self.source.size

    def at(self, offset: int, length: int) -> bytes:
        found = self.source.at(offset, length)
        begin = max(self.offset, offset)
        end = min(self.offset + len(self.data), offset + len(found))
        if begin >= end:
            return found
        changed = self.data[begin - self.offset : end - self.offset]
        return found[: begin - offset] + changed + found[end - offset :]


class Inserted(Source):
    """Another source with some bytes inserted."""

    def __init__(self, source: Source, offset: int, data: bytes) -> None:
        self.source = source
        self.name = source.name
        self.offset = offset
        self.data = data

    @property
    def size(self) -> int:
        return self.source.size + len(self.data)

    def at(self, offset: int, length: int) -> bytes:
        end, inserted = offset + length, len(self.data)
        before = self.source.at(offset, max(min(end, self.offset) - offset, 0))
        middle = self.data[max(offset - self.offset, 0) : max(end - self.offset, 0)]
        start = max(offset - inserted, self.offset)
        after = self.source.at(start, max(end - inserted - start, 0))
        return before + middle + after


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

    def tell(self) -> int:
        return self.position

    def readinto(self, buffer: Any) -> int:
        data = self.source.at(self.position, len(buffer))
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


def to_data_url(data: BytesLike, media_type: str) -> str:
    """Return ``data`` as a base64 data URL with no parameters."""
    return Memory(data, None).data_url(media_type)
