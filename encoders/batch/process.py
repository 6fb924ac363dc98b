"""One process that encodes files, seen from outside."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader, FileIO
from typing import NoReturn

from encoders.batch.row import Task
from encoders.batch.worker import Block, Render, main, read_blocks
from encoders.safe_file import write_all

_PIPE = 1 << 20  # bytes that a pipe shall hold


class EndedError(Exception):
    """A process is gone; the text says how.

    Attributes:
        was_up: it had come as far as to wait for files.
    """

    def __init__(self, status: int, was_up: bool) -> None:
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        super().__init__(how)
        self.was_up = was_up


class Process:
    """A process that runs `worker.main`.

    It is forked where that is safe, which takes some milliseconds, and started anew otherwise,
    which takes fifty. Not by `multiprocessing`: that imports the user's script once more in each
    process, and when this one is killed, its processes stay; ours see the end of their pipe.
    """

    def __init__(self, task: Task, render: Render) -> None:
        lists, to_lists = os.pipe()
        from_frames, frames = os.pipe()
        self._child = _Fork(lists, frames) if _can_fork() else _spawn(lists, frames)
        os.close(lists)
        os.close(frames)
        self._lists = FileIO(to_lists, "w")
        self._frames = BufferedReader(FileIO(from_frames))
        self._start = pickle.dumps((task, render))
        _widen(from_frames)

    def run(self, paths: list[str]) -> Iterator[Block]:
        """Yield the blocks of paths.

        Raises:
            EndedError: there will be no more.
        """
        try:
            self._wait_until_up()
            write_all(self._lists, pickle.dumps(paths))
            yield from read_blocks(self._frames)
        except (EOFError, BrokenPipeError):
            raise EndedError(self._child.wait(), was_up=not self._start) from None

    def _wait_until_up(self) -> None:
        if self._start:
            write_all(self._lists, self._start)
            for _ in read_blocks(self._frames):
                pass
            self._start = b""

    def kill(self) -> None:
        """End it at once: nothing that it does can be left by halves."""
        self._child.kill()

    def close(self) -> None:
        """End it, and let go of what belongs to it."""
        self.kill()
        self._child.wait()
        self._lists.close()
        self._frames.close()


def _can_fork() -> bool:
    """Tell whether this process has one thread, also among those that Python knows nothing of."""
    try:
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208
    except OSError:
        return False


class _Fork:
    """A copy of this process that does nothing but `main`; kill and wait are as of a `Popen`."""

    def __init__(self, lists: int, frames: int) -> None:
        self._status: int | None = None
        self._pid = os.fork()
        if not self._pid:
            _be_worker(lists, frames)

    def kill(self) -> None:
        if self._status is None:
            os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status


def _be_worker(lists: int, frames: int) -> NoReturn:
    status = 1
    try:
        gc.freeze()  # what lies around is the other process's to finalize
        os.dup2(lists, 0)
        os.dup2(frames, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        main()
        status = 0
    finally:
        os._exit(status)


def _spawn(lists: int, frames: int) -> subprocess.Popen[bytes]:
    code = f"import sys; sys.path[:] = {sys.path!r}; from encoders.batch.worker import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=lists,
        stdout=frames,
        start_new_session=True,  # Ctrl-C before it is up is not for it either
    )


def _widen(pipe: int) -> None:
    """Let a pipe hold more than the usual 64 KiB, where the system does: all wait less then."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
