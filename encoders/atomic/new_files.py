"""New files that appear whole: several of them all or none, or one at a path of the user's."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from os import PathLike
from pathlib import Path

from encoders.atomic.names import numbered
from encoders.atomic.targets import (
    FileId,
    Input,
    NamedFile,
    check_target,
    errors_about,
    file_id,
    file_ids,
    hidden_name,
    made_folder,
    refuse_input,
    require_folder,
    take_name,
)

_PROBE = 4096  # bytes; a full disk has no room for them


@contextmanager
def new_file(
    folder: str | PathLike[str], name: str, *, overwrite: bool = False, inputs: Iterable[Input] = ()
) -> Iterator[FileIO]:
    """Yield a file to write to that appears as ``folder/name`` whole, or not at all.

    This is `new_files` for one file.
    """
    with new_files(folder, overwrite=overwrite, inputs=inputs) as files, files.open(name) as file:
        yield file


@contextmanager
def new_files(
    folder: str | PathLike[str],
    *,
    overwrite: bool = False,
    free_names: bool = False,
    inputs: Iterable[Input] = (),
) -> Iterator[NewFiles]:
    """Yield `NewFiles`, to write several files that appear in ``folder`` if the block succeeds.

    On an error, or Ctrl-C, none appears, and files that existed stay as they were. The bytes go to
    hidden files in ``folder``, which are then renamed one by one, each in one step. A killed
    process may leave hidden ``.….part`` files, which do no harm, and some of the new files, each of
    them whole. Nothing is flushed to the disk: after a power cut the newest files may be missing,
    empty or cut off.

    A symbolic link at a file's name is never followed: it counts as an existing file, or is
    replaced. ``folder`` is made if it is missing, but not its parents. It is trusted: it may be a
    link itself, and nobody else must be able to replace it. On a file system without hard links,
    files that were replaced cannot be restored, and a killed process may leave an empty file.

    Args:
        folder: where the files appear.
        overwrite: replace files of the same names.
        free_names: let `NewFiles.free_name` skip names that exist in ``folder``, or with
            ``overwrite`` those that cannot be replaced.
        inputs: files that the new ones are made from. None of them is replaced.

    Raises:
        OutputExistsError: a name exists and ``overwrite`` is false, or it is the name of a device,
            a pipe or one of the inputs.
        FileNotFoundError: the parent of ``folder`` is missing.
        IsADirectoryError: a name is that of a folder.
        OSError: a file cannot be written. The error names the file.
    """
    files = NewFiles(made_folder(folder), overwrite, file_ids(inputs), free_names)
    try:
        yield files
        files.put_in_place()
    finally:
        try:
            files.close()
        except KeyboardInterrupt:
            files.close()
            raise


class NewFiles:
    """Files that are being written to a folder; at the end all of them appear, or none.

    Attributes:
        names: the names of the opened files, in order.
    """

    def __init__(
        self, folder: Path, overwrite: bool, inputs: Collection[FileId], free_names: bool
    ) -> None:
        self.names: list[str] = []
        self._folder = folder
        self._overwrite = overwrite
        self._inputs = inputs
        self._free_names = free_names
        self._given: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._files: list[_HiddenFile] = []
        self._is_done = False

    def free_name(self, name: str) -> str:
        """Return ``name``, with a number before its extension if it is taken, and reserve it.

        Raises:
            OutputExistsError, IsADirectoryError: as in `new_files`, before a file is written.
        """
        known = name.casefold()
        used = self._numbers.get(known, 1)
        numbers = enumerate(numbered(name, used), used)
        number, name = next(each for each in numbers if not self._is_taken(each[1]))
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
        refuse_input(target, self._inputs)
        check_target(target, self._overwrite)

    def open(self, name: str) -> FileIO:
        """Return a new file to write to, for a ``with`` block."""
        target = self._folder / name
        self._check(target)
        file = _HiddenFile(target, self._overwrite)
        self._given.add(name.casefold())
        self.names.append(name)
        self._files.append(file)
        return file.open()

    def link(self, name: str, path: Path) -> bool:
        """Let a file that is there get a second name as one of the new ones, if the disk can.

        Args:
            name: the new file's.
            path: the file.
        """
        target = self._folder / name
        self._check(target)
        file = _HiddenFile(target, self._overwrite)
        if is_linked := file.link(path):
            self._given.add(name.casefold())
            self.names.append(name)
            self._files.append(file)
        return is_linked

    def put_in_place(self) -> None:
        """Give the files their names, in the order in which they were opened."""
        for file in self._files:
            if self._overwrite and file is not self._files[-1]:
                file.back_up()
            file.rename()
        self._is_done = True

    def close(self) -> None:
        """Undo `put_in_place` unless it was finished, and remove hidden files.

        This looks at what is on the disk, so it can be called again after Ctrl-C interrupts it.
        """
        if not self._is_done and not (self._files and self._files[-1].is_in_place()):
            for file in reversed(self._files):
                file.restore()
        for file in self._files:
            file.remove_hidden()


class _HiddenFile:
    """A new file that has a hidden name, in the folder of the name that it will get."""

    def __init__(self, target: Path, overwrite: bool) -> None:
        self._target = target
        self._hidden = hidden_name(target)
        self._backup: Path | None = None
        self._overwrite = overwrite
        self._is_new = not overwrite
        self._identity: FileId | None = None

    def open(self) -> FileIO:
        with errors_about(self._target):
            file = NamedFile(self._hidden, "x", self._target)
        self._identity = file_id(os.fstat(file.fileno()))
        return file

    def link(self, path: Path) -> bool:
        try:
            os.link(path, self._hidden, follow_symlinks=False)
        except (OSError, NotImplementedError):
            return False
        self._identity = file_id(os.lstat(self._hidden))
        return True

    def back_up(self) -> None:
        """Give the file that will be replaced a second, hidden name."""
        self._backup = hidden_name(self._target)
        try:
            os.link(self._target, self._backup, follow_symlinks=False)
        except FileNotFoundError:
            self._is_new = True
        except (OSError, NotImplementedError):
            pass  # It can be replaced, but not restored.

    def rename(self) -> None:
        take_name(self._hidden, self._target, overwrite=self._overwrite)

    def is_in_place(self) -> bool:
        return self._is_at(self._target)

    def restore(self) -> None:
        """Undo `rename`, unless another process has replaced the file since."""
        with suppress(OSError):
            if not self._is_at(self._target):
                return
            if self._backup and os.path.lexists(self._backup):
                self._backup.replace(self._target)
            elif self._is_new:
                # Between a check and an unlink, another process could put its own file there. So
                # whatever has the name is moved first and checked then.
                self._hidden.unlink(missing_ok=True)
                self._target.rename(self._hidden)
                if not self._is_at(self._hidden):
                    take_name(self._hidden, self._target)

    def remove_hidden(self) -> None:
        for path in filter(None, (self._hidden, self._backup)):
            with suppress(OSError):
                path.unlink()

    def _is_at(self, path: Path) -> bool:
        try:
            return self._identity == file_id(os.lstat(path))
        except OSError:
            return False


@contextmanager
def output_file(
    path: str | PathLike[str], *, overwrite: bool = False, inputs: Iterable[Input] = ()
) -> Iterator[FileIO]:
    """Yield a file to write to that appears, or is replaced, whole if the block succeeds.

    A device, a pipe, or the target of standard output is not replaced: it is written to directly.

    Raises:
        OSError: as in `check_output`, and what `new_files` raises.
    """
    inputs = tuple(inputs)
    check_output(path, overwrite=overwrite, inputs=inputs)
    target = Path(path)
    stream = _stream(target)
    if stream is None:
        with new_file(target.parent, target.name, overwrite=overwrite, inputs=inputs) as file:
            yield file
    else:
        opened = os.dup(stream) if isinstance(stream, int) else stream
        with NamedFile(opened, "wb", target) as file:
            yield file


def check_output(
    path: str | PathLike[str] | int, *, overwrite: bool = False, inputs: Iterable[Input] = ()
) -> None:
    """Refuse an output before the work for it starts; `output_file` checks again.

    Args:
        path: the path of the output, or an open descriptor, such as that of standard output.
        overwrite: allow an existing file to be replaced.
        inputs: files that the output is made from. It may not be one of them.

    Raises:
        OutputExistsError: the file exists and ``overwrite`` is false, or it is one of the inputs.
        FileNotFoundError: its folder is missing. The error names the folder.
        NotADirectoryError, IsADirectoryError: its folder is a file, or it is itself a folder.
    """
    refuse_input(path, file_ids(inputs))
    if isinstance(path, int):
        return
    target = Path(path)
    if _stream(target) is None:
        require_folder(target.parent)
        check_target(target, overwrite)


def check_folder(folder: str | PathLike[str]) -> None:
    """Check that files can be written to a folder, or that it can be made, by writing one there.

    The file has no name if the system allows that, and is removed at once.

    Raises:
        OSError: files cannot be written. The error names the folder, or its missing parent.
    """
    from tempfile import TemporaryFile

    home = Path(folder)
    if not os.path.lexists(home):
        home = home.parent
    require_folder(home)
    try:
        with TemporaryFile(dir=home, buffering=0) as file:
            file.write(bytes(_PROBE))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(home)) from error


def _stream(path: Path) -> Path | int | None:
    """Return what to open for a path that is written to directly, or None for any other path."""
    try:
        there = path.stat()
        if os.path.samestat(there, os.fstat(1)):
            return 1
    except OSError:
        return None
    is_replaced = stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode)
    return None if is_replaced else path
