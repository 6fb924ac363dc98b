"""Files that a user asks for by a path: looked at before the work, and written whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from os import PathLike
from pathlib import Path

from encoders.atomic.safe_file import (
    Input,
    NamedFile,
    check_way,
    identities,
    new_file,
    refuse_input,
    require_folder,
)

_PROBE = 4096  # bytes, which a full disk has no room for


@contextmanager
def output_file(
    path: str | PathLike[str], *, overwrite: bool = False, inputs: Iterable[Input] = ()
) -> Iterator[FileIO]:
    """Give a file to write to that appears, or is replaced, whole when the block ends well.

    For a path that the user chose. A device or a pipe there, such as ``/dev/stdout``, and whatever
    standard output goes to, is no file to be replaced: it is written to as the bytes come.

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
    """Refuse an output before the work for it is done; `output_file` looks once more.

    Args:
        path: of the file to be, or a descriptor that is open, such as that of standard output.
        overwrite: a file that is there may be replaced.
        inputs: what the output is made of, which it may not be, whatever its name or links.

    Raises:
        FileExistsError: a file is there and ``overwrite`` is false, or it is one of the inputs.
        FileNotFoundError: the folder that it is to be in is not there. The error names the folder.
        NotADirectoryError, IsADirectoryError: a file is in place of the folder, or the reverse.
    """
    refuse_input(path, "standard output" if isinstance(path, int) else path, identities(inputs))
    if isinstance(path, int):
        return
    target = Path(path)
    if _stream(target) is None:
        require_folder(target.parent)
        check_way(target, overwrite)


def check_folder(folder: str | PathLike[str]) -> None:
    """See that files can be written to a folder, or that it can be made, by writing one there.

    The file has no name where the system allows that, and is gone at once.

    Raises:
        OSError: they cannot. It names the folder, or the missing one in which it was to be.
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
    """Return what to open for a path that is to be written to as it is, None for any other."""
    try:
        there = path.stat()
        if os.path.samestat(there, os.fstat(1)):
            return 1
    except OSError:
        return None
    is_replaced = stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode)
    return None if is_replaced else path
