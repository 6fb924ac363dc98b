"""A new file that gets its name last, once its content is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from encoders.atomic.names import numbered
from encoders.atomic.targets import NamedFile, hidden_name, made_folder, take_name
from encoders.errors import OutputExistsError


@contextmanager
def nameless_file(folder: str | PathLike[str]) -> Iterator[NamelessFile]:
    """Yield a new file in ``folder``; it is gone after the block unless it has got a name.

    ``folder`` is made if it is missing, but not its parents. A killed process may leave a hidden
    ``.….part`` file there, which does no harm.

    Raises:
        OSError: the file cannot be written. The error names the folder.
    """
    home = made_folder(folder)
    hidden = hidden_name(home / "file")
    try:
        with NamedFile(hidden, "x+", home) as file:
            yield NamelessFile(file, hidden)
    finally:
        with suppress(OSError):
            hidden.unlink()


class NamelessFile:
    """A file under a hidden name.

    Attributes:
        file: to write to.
        path: the hidden name.
    """

    def __init__(self, file: NamedFile, path: Path) -> None:
        self.file = file
        self.path = path

    def take_free_name(self, name: str) -> Path:
        """Close the file and give it ``name``, or if that is taken the next free one with a number.

        Others may do the same in the same folder at the same time.
        """
        self.file.close()
        for free in numbered(name):
            target = self.path.with_name(free)
            with suppress(OutputExistsError):
                take_name(self.path, target)
                break
        return target
