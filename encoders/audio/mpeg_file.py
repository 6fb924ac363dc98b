"""The frames of an MP3 as a file from which libsndfile reads all of them."""

from __future__ import annotations

import io
from typing import Any

from encoders.atomic import BytesLike
from encoders.mime.containers.mpeg_audio import Stream

_EXTRA_FRAMES = 8  # of the largest size: libsndfile's guess of the length is then never too small


def open_stream(data: BytesLike, stream: Stream) -> io.RawIOBase:
    """Return the frames of a stream in ``data`` as a file.

    libsndfile reads no more frames than a header frame states. Where none does, or a wrong one, it
    guesses by the file's length and the size of the first frames. So the header frame is left out
    then, and frames of silence make the file long enough.
    """
    view = memoryview(data)
    parts = list(stream.parts)
    if stream.is_stated and stream.front:
        start, end = stream.front
        if end == parts[0][0]:
            parts[0] = (start, parts[0][1])
        else:
            parts.insert(0, stream.front)
    pieces = [view[start:end] for start, end in parts]
    joined = pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))
    first = stream.parts[0][0]
    silence = _silence(bytes(view[first : first + 4]), stream.header.size)
    filled = (stream.frames + _EXTRA_FRAMES) * stream.largest
    return _PaddedFile(joined, silence, len(joined) if stream.is_stated else filled)


def _silence(head: bytes, size: int) -> bytes:
    """Return a frame without sound: a header that announces no checksum, and nothing else."""
    return bytes((head[0], head[1] | 1, *head[2:])).ljust(size, b"\0")


class _PaddedFile(io.RawIOBase):
    """Bytes as a file that can seek, with a filling repeated behind them up to a length."""

    def __init__(self, data: memoryview, filling: bytes, length: int) -> None:
        self._data = data
        self._filling = filling
        self._length = max(len(data), length)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = (0, self._at, self._length)[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        piece = self._data[self._at : self._at + len(target)] or self._filled(len(target))
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _filled(self, count: int) -> bytes:
        first = (self._at - len(self._data)) % len(self._filling)
        return self._filling[first : first + min(count, self._length - self._at)]
