"""Where an output may go, what may be replaced, how a file gets its name and all its bytes."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO, RawIOBase
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

from encoders.errors import OutputExistsError, Remedy

BytesLike = bytes | bytearray | memoryview
Input = str | PathLike[str] | int  # a path, or an open descriptor
FileId = tuple[int, int]  # device and inode

_NO_HARD_LINKS = (errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)
_ANOTHER_NAME = Remedy("do", value="choose another name")


def require_folder(folder: Path) -> None:
    """Raise an error that names the first part of a path which is missing or is not a folder.

    Raises:
        FileNotFoundError: the folder or one of its parents is missing.
        NotADirectoryError: the folder or one of its parents is not a folder.
    """
    for place in (*reversed(folder.parents), folder):
        try:
            mode = place.stat().st_mode
        except FileNotFoundError:
            raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(place)) from None
        if not stat.S_ISDIR(mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place))


def made_folder(folder: str | PathLike[str]) -> Path:
    """Return a folder, made if it is missing, but not its parents: that is probably a typo.

    Raises:
        FileNotFoundError, NotADirectoryError: as in `require_folder`.
    """
    home = Path(folder)
    if not home.is_dir():
        require_folder(home if os.path.lexists(home) else home.parent)
        home.mkdir(exist_ok=True)
    return home


def refuse_input(target: Input, inputs: Collection[FileId]) -> None:
    """Refuse a regular file that is one of the ``inputs``, whatever its name or links.

    Raises:
        OutputExistsError: it is one of them.
    """
    if not inputs:
        return
    try:
        there = os.stat(target)  # noqa: PTH116 - which may be a descriptor
    except (OSError, ValueError):
        return
    if stat.S_ISREG(there.st_mode) and file_id(there) in inputs:
        name = "standard output" if isinstance(target, int) else os.fspath(target)
        raise OutputExistsError("it is one of the inputs", name, (_ANOTHER_NAME,))


def file_ids(inputs: Iterable[Input]) -> set[FileId]:
    """Return device and inode of each input that exists: paths, or open descriptors."""
    found = set()
    for given in inputs:
        with suppress(OSError, ValueError):
            found.add(file_id(os.stat(given)))  # noqa: PTH116
    return found


def file_id(status: os.stat_result) -> FileId:
    return status.st_dev, status.st_ino


def check_target(target: Path, overwrite: bool) -> None:
    """Refuse a name that cannot be given to a file, as far as this can be known in advance.

    Raises:
        OutputExistsError, IsADirectoryError: as in `new_files`.
    """
    try:
        mode = os.lstat(target).st_mode
    except OSError:
        return  # Nothing is there, or writing will report what is wrong.
    if not overwrite:
        raise _exists(target)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OutputExistsError("not a regular file", str(target), (_ANOTHER_NAME,))


def move_into_place(file: Path, target: Path, *, overwrite: bool) -> None:
    """Move a whole file to its name on the same disk, in one step.

    Raises:
        OutputExistsError, IsADirectoryError, OSError: as in `new_files`.
    """
    check_target(target, overwrite)
    take_name(file, target, overwrite=overwrite)
    file.unlink(missing_ok=True)


def take_name(temporary: Path, target: Path, *, overwrite: bool = False) -> None:
    """Give a file the name ``target`` in one step; it may keep its temporary name as well.

    Without ``overwrite``, not even a file that appears at this moment is replaced.
    """
    with errors_about(target):
        if overwrite:
            temporary.replace(target)
            return
        try:
            os.link(temporary, target)
        except FileExistsError:
            raise _exists(target) from None
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            _take_name_without_links(temporary, target)


def _take_name_without_links(temporary: Path, target: Path) -> None:
    """Do the same without hard links: reserve the name with an empty file, then replace that."""
    try:
        open(target, "xb").close()
    except FileExistsError:
        raise _exists(target) from None
    try:
        temporary.replace(target)
    except BaseException:
        target.unlink()
        raise


def _exists(target: Path) -> OutputExistsError:
    remedy = (Remedy("pass", "overwrite", "True"), _ANOTHER_NAME)
    return OutputExistsError("it exists already", str(target), remedy)


def hidden_name(target: Path) -> Path:
    return target.with_name(f".{os.urandom(8).hex()}.part")


def remove_hidden_files(folder: Path) -> None:
    """Remove the hidden files that a killed process has left in a folder.

    Nobody may be writing there. What cannot be removed stays.
    """
    for left in folder.glob(f".{'[0-9a-f]' * 16}.part"):
        with suppress(OSError):
            left.unlink()


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
