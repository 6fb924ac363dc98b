"""Writing bytes to a file: all of them, with errors that name the file as the user knows it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

BytesLike = bytes | bytearray | memoryview


def write_all(file: FileIO | BinaryIO, chunk: BytesLike) -> None:
    """Write every byte of ``chunk``: one call to an unbuffered file may write only some of them.

    If ``write`` of a custom file class returns None, it is taken to have written everything.
    """
    rest = memoryview(chunk)
    while rest:
        written: int | None = file.write(rest)
        if written is None and not isinstance(file, RawIOBase):
            return
        rest = rest[written or 0 :]


class NamedFile(FileIO):
    """A file whose errors name ``target``, not a hidden name or a descriptor."""

    def __init__(
        self, opened: Path | int, mode: str, target: Path, *, closefd: bool = True
    ) -> None:
        self._target = target
        super().__init__(opened, mode, closefd)

    def write(self, data: Any, /) -> int:
        with errors_about(self._target):
            return super().write(data)

    def close(self) -> None:
        with errors_about(self._target):
            super().close()


@contextmanager
def errors_about(target: Path) -> Iterator[None]:
    """Make system errors name ``target`` in place of a hidden name or no name."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error


@contextmanager
def name_in_errors(path: str | Path) -> Iterator[None]:
    """Name a file in a system error that names none, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno and error.filename is None:
            error.strerror = os.strerror(error.errno)  # Arrow has a text of its own
            error.filename = str(path)
        raise
