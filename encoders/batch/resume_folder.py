"""The hidden folder in which a job's rows gather, and how a run tells that an earlier one made it.

An archive or a clone may bring a folder of that name, with links or with forged rows in it. So an
earlier run's folder counts only if this user owns it, if nothing in it is a link, and if
``job.json`` states when the empty file ``mark`` was last changed. That time is the system's own:
unpacking an archive cannot set it. Any other folder is left as it is, and the job is refused.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from contextlib import suppress
from io import FileIO
from pathlib import Path

from encoders.errors import OutputExistsError, Remedy

ROWS, ENDS = "rows", "ends"
ANOTHER_NAME = Remedy("do", value="choose another output")
_JOB, _MARK = "job.json", "mark"
_LONGEST_JOB = 1 << 20  # bytes
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def acquire(folder: Path, task: str, target: Path, *, overwrite: bool) -> FileIO:
    """Make the folder where it is missing, and lock it for one task.

    Closing the file that is returned ends the lock.

    Args:
        folder: the hidden folder.
        task: what the job does, as text. It is kept in ``job.json``.
        target: the job's output, which errors name.
        overwrite: begin anew if a run with another task was broken off.

    Raises:
        OutputExistsError: this user's earlier runs did not make the folder, or a run with another
            task was broken off and ``overwrite`` is false.
        BlockingIOError: another process holds the folder.
        OSError: the folder cannot be made. The error names the output.
    """
    if not os.path.lexists(folder):
        _make(folder, task, target)
    elif recorded_task(folder) is None:
        raise OutputExistsError(
            "it exists already, and was not made here by an earlier run of this job",
            str(folder),
            (Remedy("do", value="look at it, and move it away"), ANOTHER_NAME),
        )
    file = open_own(folder / _JOB)
    try:
        _lock(file, folder / _JOB, target)
        _begin(folder, task, target, overwrite)
    except BaseException:
        file.close()
        raise
    return file


def _begin(folder: Path, task: str, target: Path, overwrite: bool) -> None:
    """Clear rows away that are not this task's, and record the task."""
    if _has_rows_of(folder, target):
        clear(folder)  # These rows are the output by now, and may not change any more.
    if recorded_task(folder) == task:
        return
    if os.path.lexists(folder / ROWS) and not overwrite:
        raise OutputExistsError(
            "it was begun with other options",
            str(target),
            (
                Remedy("do", value="pass the same options"),
                Remedy("pass", "overwrite", "True"),
            ),
        )
    clear(folder)
    _record(folder, task)


def recorded_task(folder: Path) -> str | None:
    """Return the task of the run that left the folder; None unless a run of this user did, here."""
    try:
        own, mark, job = (os.lstat(path) for path in (folder, folder / _MARK, folder / _JOB))
        if not stat.S_ISDIR(own.st_mode) or not all(map(_is_plain, (mark, job))):
            return None
        owners = {status.st_uid for status in (own, mark, job)}
        if hasattr(os, "geteuid") and owners != {os.geteuid()}:
            return None
        with FileIO(os.open(folder / _JOB, os.O_RDONLY | _SAFELY)) as file:
            record = json.loads(file.read(_LONGEST_JOB))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or record.get("mark") != mark.st_ctime_ns:
        return None
    task = record.get("task")
    return task if isinstance(task, str) else None


def is_left_over(folder: Path, target: Path) -> bool:
    """Tell whether a run of this user that has finished its output left the folder."""
    is_done = _has_rows_of(folder, target) or not os.path.lexists(folder / ROWS)
    return is_done and recorded_task(folder) is not None


def open_own(path: Path) -> FileIO:
    """Open a file of the folder to be read and written; make it where it is missing.

    Raises:
        OutputExistsError: it is a link or no regular file, or has another name elsewhere.
    """
    try:
        file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | _SAFELY, 0o666), "r+")
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise
    else:
        if _is_plain(os.fstat(file.fileno())):
            return file
        file.close()
    raise OutputExistsError("it exists already, and was not made by this job", str(path))


def clear(folder: Path) -> None:
    """Remove the rows that have gathered; keep the record of the task."""
    for name in (ROWS, ENDS):
        (folder / name).unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """Remove the folder and what a job keeps in it. What others put there stays."""
    with suppress(OSError):
        # In one step: without its record the next run would not take it for a job's folder.
        folder = folder.rename(_other_name(folder))
        for name in (ROWS, ENDS, _JOB, _MARK):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def _has_rows_of(folder: Path, target: Path) -> bool:
    """Tell whether the output is also in the folder, as a kill between two steps leaves it."""
    try:
        return os.path.samestat(os.lstat(folder / ROWS), os.lstat(target))
    except OSError:
        return False


def _make(folder: Path, task: str, target: Path) -> None:
    """Make the folder and its record in one step, unless another process was first."""
    made = _other_name(folder)
    try:
        made.mkdir(0o700)
        (made / _MARK).touch(exist_ok=False)
        _record(made, task)
        made.rename(folder)
    except OSError as error:
        remove(made)
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise OSError(error.errno, error.strerror, str(target)) from error


def _other_name(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-{os.urandom(8).hex()}")


def _record(folder: Path, task: str) -> None:
    record = {"mark": (folder / _MARK).stat().st_ctime_ns, "task": task}
    (folder / _JOB).write_text(json.dumps(record) + "\n")


def _is_plain(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _lock(file: FileIO, path: Path, target: Path) -> None:
    """Keep other processes out, where the system can; a lock ends with its process."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = os.path.samestat(os.fstat(file.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        is_there = False
    if not is_there:
        raise BlockingIOError(errno.EAGAIN, "another process is at work on it", str(target))
