"""Names and writes that strangers cannot turn against the folder they end up in."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from os import PathLike
from pathlib import Path
from urllib.parse import unquote

from encoders.forgiving_base64 import BytesLike

LONGEST_NAME = 200

_UNSAFE = re.compile(r'[<>:"|?*]')
_EXTENSION = re.compile(r"\.[\w+-]{1,16}\Z")
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
    text = unicodedata.normalize("NFC", unquote(name or ""))
    text = re.split(r"[/\\]", text)[-1]
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C")
    text = _UNSAFE.sub("_", text).lstrip(". ").rstrip(". ") or "file"
    if _RESERVED.match(text):
        text = "_" + text
    extension = _EXTENSION.search(text)
    stem, last = (text[: extension.start()], extension[0]) if extension else (text, suffix)
    room = LONGEST_NAME - len(last.encode())
    return (stem.encode()[:room].decode(errors="ignore").rstrip(". ") or "file") + last


@contextmanager
def new_file(
    folder: str | PathLike[str], name: str, *, overwrite: bool = False
) -> Iterator[FileIO]:
    """Give a file to write to that appears as ``folder/name`` whole, or not at all.

    The bytes go to a temporary file beside the target, which takes the name in one step when the
    block ends well. A symbolic link of that name is never followed: it counts as a file in the way,
    or is replaced. ``folder`` is made where it is missing.

    Raises:
        FileExistsError: ``name`` is there already and ``overwrite`` is false.
    """
    target = Path(folder, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not overwrite and os.path.lexists(target):
        raise _in_the_way(target)
    temporary = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb", buffering=0) as file:
            yield file
        if overwrite:
            temporary.replace(target)
        else:
            _take_name(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


class NewFiles:
    """Files on their way into a folder, all of which appear at the end, or none.

    Attributes:
        names: of those that were opened, in their order.
    """

    def __init__(self, folder: Path, staged: Path) -> None:
        self.names: list[str] = []
        self._folder = folder
        self._staged = staged

    def free_name(self, name: str) -> str:
        """Return ``name``, with a number before its extension if it was given already."""
        taken = {known.casefold() for known in (*self.names, "response.json")}
        stem, dot, extension = name.rpartition(".")
        stem, extension = (stem, dot + extension) if stem else (name, "")
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}{extension}"
        return name

    def open(self, name: str) -> FileIO:
        """Return a new file to write to, for a ``with`` block."""
        self.names.append(name)
        return open(self._staged / name, "xb", buffering=0)

    def appear(self, overwrite: bool) -> None:
        """Give the files their names, in the order in which they were opened."""
        done: list[Path] = []
        try:
            for name in self.names:
                target = self._folder / name
                if overwrite:
                    (self._staged / name).replace(target)
                else:
                    _take_name(self._staged / name, target)
                    done.append(target)
        except OSError:
            for target in done:
                target.unlink(missing_ok=True)
            raise


@contextmanager
def new_files(folder: str | PathLike[str], *, overwrite: bool = False) -> Iterator[NewFiles]:
    """Give a way to write several files that appear in ``folder`` when the block ends well.

    As `new_file`, for many: on an error in the block none appears. ``folder`` is made where it is
    missing.

    Raises:
        FileExistsError: a name is there already and ``overwrite`` is false.
    """
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    staged = home / f".{secrets.token_hex(8)}.part"
    staged.mkdir()
    try:
        files = NewFiles(home, staged)
        yield files
        files.appear(overwrite)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def write_all(file: FileIO, chunk: BytesLike) -> None:
    """Write every byte of ``chunk``: one call of an unbuffered file may write less."""
    view = memoryview(chunk)
    while view:
        view = view[file.write(view) :]


def _take_name(temporary: Path, target: Path) -> None:
    """Give the file its name unless that is taken, even by somebody at this very moment."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise _in_the_way(target) from None
    except OSError as error:
        # A file system without hard links: hold the name with an empty file, then fill it.
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
            raise
        try:
            open(target, "xb").close()
        except FileExistsError:
            raise _in_the_way(target) from None
        temporary.replace(target)


def _in_the_way(target: Path) -> FileExistsError:
    return FileExistsError(
        errno.EEXIST, "there already; pass overwrite=True or another name", str(target)
    )
