"""Names and writes that strangers cannot turn against the folder they end up in."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO, RawIOBase
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from encoders.errors.text import without_hidden

LONGEST_NAME = 200

BytesLike = bytes | bytearray | memoryview

Input = str | PathLike[str] | int  # a path, or a descriptor that is open

_UNSAFE = re.compile(r'[<>:"|?*]')
_SPACE = re.compile(r"\s")
_EXTENSION = re.compile(r"\.[\w+-]{1,16}\Z")
_NO_HARD_LINKS = (errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|\Z)", re.IGNORECASE
)


def safe_name(name: str | None, suffix: str = "") -> str:
    r"""Return a base name that is safe on every system, made of ``name``.

    No separators, drive, ``..``, leading dot, control or invisible characters, no name that Windows
    reserves, at most `LONGEST_NAME` bytes of UTF-8. An extension (a dot and up to 16 letters,
    digits, ``_``, ``+`` or ``-``) is kept.

    Args:
        name: any text, percent-encoded or not; None and what has nothing usable give ``file``.
        suffix: the extension, with its dot, for a name that has none.

    >>> safe_name("../../etc/passwd", ".txt"), safe_name("C:\\\\con.png"), safe_name("a%20b.pdf")
    ('passwd.txt', '_con.png', 'a b.pdf')
    """
    text = re.split(r"[/\\]", unquote(name or ""))[-1]
    text = unicodedata.normalize("NFC", without_hidden(text))
    text = _SPACE.sub(" ", text)
    text = _UNSAFE.sub("_", text).lstrip(". ").rstrip(". ") or "file"
    if _RESERVED.match(text):
        text = "_" + text
    extension = _EXTENSION.search(text)
    stem, last = (text[: extension.start()], extension[0]) if extension else (text, suffix)
    room = LONGEST_NAME - len(last.encode())
    return (stem.encode()[:room].decode(errors="ignore").rstrip(". ") or "file") + last


@contextmanager
def new_file(
    folder: str | PathLike[str],
    name: str,
    *,
    overwrite: bool = False,
    inputs: Iterable[Input] = (),
) -> Iterator[FileIO]:
    """Give a file to write to that appears as ``folder/name`` whole, or not at all.

    As `new_files`, for one.
    """
    with new_files(folder, overwrite=overwrite, inputs=inputs) as files, files.open(name) as file:
        yield file


def make_folder(home: Path) -> None:
    """Make a folder where it is missing; a missing folder above it is more likely a typing error.

    Raises:
        OSError: as in `require_folder`, and where it cannot be made.
    """
    if not home.is_dir():
        require_folder(home.parent)
        if os.path.lexists(home):
            require_folder(home)
        home.mkdir(exist_ok=True)


def require_folder(folder: Path) -> None:
    """Say which folder is missing, or is none.

    Raises:
        FileNotFoundError: it, or the first folder on the way to it that is named, is missing.
        NotADirectoryError: it, or what is named on the way to it, is no folder.
    """
    for place in (*reversed(folder.parents), folder):
        try:
            mode = place.stat().st_mode
        except FileNotFoundError:
            raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(place)) from None
        if not stat.S_ISDIR(mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place))


def refuse_input(
    target: Input, name: str | PathLike[str], inputs: Collection[tuple[int, int]]
) -> None:
    """Refuse a regular file that is one of the `identities`, whatever name or link it goes by."""
    if not inputs:
        return
    try:
        there = os.stat(target)  # noqa: PTH116 - which may be a descriptor
    except (OSError, ValueError):
        return
    if stat.S_ISREG(there.st_mode) and _identity(there) in inputs:
        raise FileExistsError(
            errno.EEXIST, "it is one of the inputs; take another name", os.fspath(name)
        )


def identities(inputs: Iterable[Input]) -> set[tuple[int, int]]:
    """Return device and inode of each input that is there: paths, or open descriptors."""
    found = set()
    for given in inputs:
        with suppress(OSError, ValueError):
            found.add(_identity(os.stat(given)))  # noqa: PTH116
    return found


def check_way(target: Path, overwrite: bool) -> None:
    """Refuse a name that a file cannot be given, as far as can be told beforehand.

    Raises:
        FileExistsError, IsADirectoryError: as in `new_files`.
    """
    try:
        mode = os.lstat(target).st_mode
    except OSError:
        return  # Nothing there; or else what writes there says what is wrong.
    if not overwrite:
        raise _in_the_way(target)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise FileExistsError(
            errno.EEXIST, "there already, and no regular file; pass another name", str(target)
        )


def give_name(file: Path, target: Path, *, overwrite: bool) -> None:
    """Move a whole file to its name on the same disk, in one step.

    Raises:
        FileExistsError, IsADirectoryError, OSError: as in `new_files`.
    """
    check_way(target, overwrite)
    with _about(target):
        if overwrite:
            file.replace(target)
        else:
            _take_name(file, target)
            file.unlink(missing_ok=True)


class NewFiles:
    """Files on their way into a folder, all of which appear at the end, or none.

    Attributes:
        names: of those that were opened, in their order.
    """

    def __init__(
        self,
        folder: Path,
        overwrite: bool,
        inputs: Collection[tuple[int, int]] = (),
        free_names: bool = False,
    ) -> None:
        self.names: list[str] = []
        self._folder = folder
        self._overwrite = overwrite
        self._inputs = inputs
        self._free_names = free_names
        self._given: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._parts: list[_Part] = []
        self._done = False

    def free_name(self, name: str) -> str:
        """Return ``name``, with a number before its extension if it is taken, and keep it.

        Raises:
            FileExistsError, IsADirectoryError: as in `new_files`, before a file is written.
        """
        stem, dot, extension = name.rpartition(".")
        stem, extension = (stem, dot + extension) if stem else (name, "")
        known = name.casefold()
        number = self._numbers.get(known, 1)
        while self._is_taken(name):
            number += 1
            name = f"{stem}-{number}{extension}"
        self._numbers[known] = number
        self._given.add(name.casefold())
        self._check(self._folder / name)
        return name

    def _is_taken(self, name: str) -> bool:
        if name.casefold() in self._given:
            return True
        try:
            if self._free_names:
                self._check(self._folder / name)
        except OSError:
            return True
        return False

    def _check(self, target: Path) -> None:
        refuse_input(target, target, self._inputs)
        check_way(target, self._overwrite)

    def open(self, name: str) -> FileIO:
        """Return a new file to write to, for a ``with`` block."""
        target = self._folder / name
        self._check(target)
        part = _Part(target, self._overwrite)
        self._given.add(name.casefold())
        self.names.append(name)
        self._parts.append(part)
        return part.open()

    def appear(self) -> None:
        """Give the files their names, in the order in which they were opened."""
        for part in self._parts:
            if self._overwrite and part is not self._parts[-1]:
                part.keep_old()
            part.take_name()
        self._done = True

    def close(self) -> None:
        """Take back what has appeared, unless that is everything, and remove what is hidden.

        Goes by what is on the disk, and can be called again when Ctrl-C breaks it off.
        """
        if not self._done and not (self._parts and self._parts[-1].has_its_name()):
            for part in reversed(self._parts):
                part.give_back()
        for part in self._parts:
            part.tidy()


@contextmanager
def new_files(
    folder: str | PathLike[str],
    *,
    overwrite: bool = False,
    free_names: bool = False,
    inputs: Iterable[Input] = (),
) -> Iterator[NewFiles]:
    """Give a way to write several files that appear in ``folder`` when the block ends well.

    On an error, and on Ctrl-C, none appears and what was there stays. The bytes go to hidden files
    in ``folder``, which then take their names one by one, each in one step. A killed process may
    leave hidden ``.….part`` files, which are in nobody's way, and between two of those steps some
    of the new files, each of them whole. Nothing is flushed to the disk: after a power cut the
    newest files may be missing, empty or cut off.

    A symbolic link of a file's name is never followed: it is in the way, or is replaced. ``folder``
    is made where it is missing, but not the folders above it. It is trusted: it may be a link
    itself, and nobody else must be able to put another in its place. Where the file system has no
    hard links, what was replaced cannot come back, and a process that is killed may leave an empty
    file.

    Args:
        folder: where the files are to be.
        overwrite: replace files of the same names.
        free_names: let `NewFiles.free_name` pass over names that a file in ``folder`` has, or with
            ``overwrite`` over those that cannot be replaced.
        inputs: what the files are made of. None of them is replaced.

    Raises:
        FileExistsError: a name is there already and ``overwrite`` is false, or a device or pipe is,
            or one of the inputs.
        FileNotFoundError: the folder that ``folder`` is to be in is missing.
        IsADirectoryError: a name is a folder's.
        OSError: a file cannot be written. It names the file.
    """
    home = Path(folder)
    make_folder(home)
    files = NewFiles(home, overwrite, identities(inputs), free_names)
    try:
        yield files
        files.appear()
    finally:
        try:
            files.close()
        except KeyboardInterrupt:
            files.close()
            raise


def write_all(file: FileIO | BinaryIO, chunk: BytesLike) -> None:
    """Write every byte of ``chunk``: one call of an unbuffered file may write less, or nothing.

    A file of the caller's own making that does not say how much it took has taken all.
    """
    rest = memoryview(chunk)
    while rest:
        written: int | None = file.write(rest)
        if written is None and not isinstance(file, RawIOBase):
            return
        rest = rest[written or 0 :]


class _Part:
    """A new file under a hidden name in the folder where it is to have another."""

    def __init__(self, target: Path, overwrite: bool) -> None:
        self._target = target
        self._hidden = _hidden_name(target)
        self._old: Path | None = None
        self._overwrite = overwrite
        self._is_fresh = not overwrite
        self._identity: tuple[int, int] | None = None

    def open(self) -> FileIO:
        with _about(self._target):
            file = NamedFile(self._hidden, "x", self._target)
        self._identity = _identity(os.fstat(file.fileno()))
        return file

    def keep_old(self) -> None:
        """Give what is going to be replaced a second, hidden name."""
        self._old = _hidden_name(self._target)
        try:
            os.link(self._target, self._old, follow_symlinks=False)
        except FileNotFoundError:
            self._is_fresh = True
        except (OSError, NotImplementedError):
            pass  # It can be replaced all the same, if not be brought back.

    def take_name(self) -> None:
        with _about(self._target):
            if self._overwrite:
                self._hidden.replace(self._target)
            else:
                _take_name(self._hidden, self._target)

    def has_its_name(self) -> bool:
        return self._is_at(self._target)

    def give_back(self) -> None:
        """Undo `take_name`, unless somebody else has replaced the file since then."""
        with suppress(OSError):
            if not self._is_at(self._target):
                return
            if self._old and os.path.lexists(self._old):
                self._old.replace(self._target)
            elif self._is_fresh:
                self._take_away()

    def tidy(self) -> None:
        for path in filter(None, (self._hidden, self._old)):
            with suppress(OSError):
                path.unlink()

    def _take_away(self) -> None:
        # Looking and unlinking would be two steps, between which another process may put its own
        # file there. So whatever has the name is moved first and looked at then.
        self._hidden.unlink(missing_ok=True)
        self._target.rename(self._hidden)
        if not self._is_at(self._hidden):
            _take_name(self._hidden, self._target)

    def _is_at(self, path: Path) -> bool:
        try:
            return self._identity == _identity(os.lstat(path))
        except OSError:
            return False


class NamedFile(FileIO):
    """A file whose errors name it as its user does, not by a hidden name or descriptor."""

    def __init__(
        self, opened: Path | int, mode: str, target: Path, *, closefd: bool = True
    ) -> None:
        self._target = target
        super().__init__(opened, mode, closefd)

    def write(self, data: Any, /) -> int:
        with _about(self._target):
            return super().write(data)

    def close(self) -> None:
        with _about(self._target):
            super().close()


def _hidden_name(target: Path) -> Path:
    return target.with_name(f".{os.urandom(8).hex()}.part")


def _take_name(temporary: Path, target: Path) -> None:
    """Give the file its name unless that is taken, even by somebody at this very moment."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise _in_the_way(target) from None
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _take_name_held(temporary, target)


def _take_name_held(temporary: Path, target: Path) -> None:
    """Do so where there are no hard links: hold the name with an empty file, then fill it."""
    try:
        open(target, "xb").close()
    except FileExistsError:
        raise _in_the_way(target) from None
    try:
        temporary.replace(target)
    except BaseException:
        target.unlink()
        raise


def _in_the_way(target: Path) -> FileExistsError:
    return FileExistsError(
        errno.EEXIST, "there already; pass overwrite=True or another name", str(target)
    )


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


@contextmanager
def _about(target: Path) -> Iterator[None]:
    """Name ``target`` in an error of the system, which knows only hidden names, or none."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
