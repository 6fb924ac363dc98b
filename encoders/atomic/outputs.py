"""Output files at a path that the user chose: checked before the work, and written whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from os import PathLike
from pathlib import Path

from encoders.atomic.new_files import new_file
from encoders.atomic.targets import Input, check_target, file_ids, refuse_input, require_folder
from encoders.atomic.writing import NamedFile

_PROBE = 4096  # bytes; a full disk has no room for them


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
    refuse_input(path, "standard output" if isinstance(path, int) else path, file_ids(inputs))
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
