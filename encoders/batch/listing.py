"""The files in a folder, in an order that is the same in every run."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, islice
from os import PathLike
from pathlib import Path

from encoders.batch.one_file import is_remote, open_store

_MOST_IN_MEMORY = 100_000  # names of one folder that are sorted in memory

_Entry = tuple[bytes, bool]  # its name, and whether it is a folder


def find(folder: str | PathLike[str]) -> Iterator[str]:
    """Yield the path of every file in a folder and the folders in it, sorted by name in each.

    A link to a file is a file. Left out are hidden entries, whose names start with a dot, links to
    folders, which may lead in a circle, and what is neither a file nor a folder, such as a pipe or
    a link to nothing. A folder that cannot be listed is yielded itself, and so is an entry whose
    kind cannot be read, such as a link to itself: encoding it gives an error row, so that nothing
    is missing in silence. The names of a huge folder are sorted on disk, so that memory stays
    small; those of a remote store are all in memory.

    Args:
        folder: a folder, or a URL of one that fsspec opens (``s3://bucket/photos``); a file is
            yielded as it is.

    Raises:
        OSError: there is no such folder, or it cannot be listed.
        MissingDependencyError: a URL, and fsspec is not installed.

    >>> [path for path in find("fixtures/image") if "small.j" in path]
    ['fixtures/image/small.jp2', 'fixtures/image/small.jpg']
    """
    path = os.fspath(folder)
    if is_remote(path):
        return _find_remote(path)
    if not stat.S_ISDIR(Path(path).stat().st_mode):
        return iter((path,))
    return _find(path, _sorted(_entries(path)))


def _find(folder: str, entries: Iterator[_Entry]) -> Iterator[str]:
    open_folders = [(folder, entries)]
    while open_folders:
        folder, entries = open_folders[-1]
        try:
            entry = next(entries, None)
        except OSError:
            yield folder
            entry = None
        if entry is None:
            open_folders.pop()
            continue
        name, is_folder = entry
        path = os.path.join(folder, os.fsdecode(name))  # noqa: PTH118
        if not is_folder:
            yield path
            continue
        try:
            open_folders.append((path, _sorted(_entries(path))))
        except OSError:
            yield path


def _entries(folder: str) -> Iterator[_Entry]:
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith("."):
                continue
            is_folder = False
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                is_wanted = is_folder or entry.is_file()
            except OSError:  # Its kind cannot be read, as that of a link to itself.
                is_wanted = True
            if is_wanted:
                yield os.fsencode(entry.name), is_folder


def _sorted(entries: Iterator[_Entry]) -> Iterator[_Entry]:
    """Sort in memory, or in a database that SQLite keeps on disk and removes by itself."""
    first = list(islice(entries, _MOST_IN_MEMORY))
    if len(first) < _MOST_IN_MEMORY:
        return iter(sorted(first))
    return _sorted_on_disk(chain(first, entries))


def _sorted_on_disk(entries: Iterator[_Entry]) -> Iterator[_Entry]:
    import sqlite3

    with closing(sqlite3.connect("", check_same_thread=False)) as database:
        database.execute("CREATE TABLE entries (name BLOB, is_folder INTEGER)")
        database.executemany("INSERT INTO entries VALUES (?, ?)", entries)
        yield from database.execute("SELECT * FROM entries ORDER BY name")


def _find_remote(url: str) -> Iterator[str]:
    system, path = open_store(url)
    names = system.find(path)
    if not names and not system.exists(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), url)
    ordered = sorted(names, key=lambda name: name.split("/"))
    visible = (name for name in ordered if "/." not in name[len(path) :])
    return map(system.unstrip_protocol, visible)
