"""One process that encodes files, seen from outside."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BufferedReader, FileIO
from typing import TYPE_CHECKING, NoReturn

from encoders.atomic import write_all
from encoders.batch.row import Task
from encoders.batch.worker import Block, Render, main, read_blocks

if TYPE_CHECKING:
    import subprocess

_PIPE = 1 << 20  # bytes that a pipe shall hold


class EndedError(Exception):
    """A process is gone; the text says how.

    Attributes:
        was_up: it had come as far as to wait for files.
    """

    def __init__(self, status: int, was_up: bool) -> None:
        names = {each.value: each.name for each in signal.Signals}
        by = names.get(-status, f"signal {-status}")
        super().__init__(f"killed by {by}" if status < 0 else f"with status {status}")
        self.was_up = was_up


class Process:
    """A process that runs `worker.main`.

    It is forked where that is safe, which takes some milliseconds, and started anew otherwise,
    which takes fifty. Not by `multiprocessing`: that imports the user's script once more in each
    process, and when this one is killed, its processes stay; ours see the end of their pipe.

    Raises:
        ChildProcessError: the system has none to give.
    """

    def __init__(self, task: Task, render: Render) -> None:
        self._start = pickle.dumps((task, render))
        try:
            self._begin()
        except OSError as error:
            raise ChildProcessError(f"no process for encoding can be started: {error}") from error

    def _begin(self) -> None:
        with ExitStack() as ours, ExitStack() as its:
            lists, to_lists = os.pipe()
            its.callback(os.close, lists)
            self._lists = ours.enter_context(FileIO(to_lists, "w"))
            from_frames, frames = os.pipe()
            its.callback(os.close, frames)
            self._frames = ours.enter_context(BufferedReader(FileIO(from_frames)))
            self._child = _Fork(lists, frames) if _can_fork() else _spawn(lists, frames)
            ours.pop_all()
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


@contextmanager
def signals_held() -> Iterator[None]:
    """Let no signal, such as Ctrl-C, come in this thread between a start and the note of it.

    In a copy that is not one of ours yet, it would lead on into our caller's code.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


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
        if self._ask(os.WNOHANG) is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        return self._ask(0) or 0

    def _ask(self, options: int) -> int | None:
        """Return its exit status, or None while it runs."""
        if self._status is None:
            try:
                pid, status = os.waitpid(self._pid, options)
            except ChildProcessError:  # it has ended, and somebody else was told how
                return 0
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status


def _be_worker(lists: int, frames: int) -> NoReturn:
    status = 1
    try:
        gc.freeze()  # what lies around is the other process's to finalize
        _forget_signals()
        os.dup2(lists, 0)
        os.dup2(frames, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        main()
        status = 0
    finally:
        os._exit(status)


def _forget_signals() -> None:
    """Leave what signals do in the process that this is a copy of to that one."""
    signal.set_wakeup_fd(-1)
    for each in signal.valid_signals():
        if callable(signal.getsignal(each)):
            signal.signal(each, signal.SIG_DFL)


def _spawn(lists: int, frames: int) -> subprocess.Popen[bytes]:
    import subprocess

    path = [entry for entry in sys.path if isinstance(entry, str)]  # as imports do
    code = f"import sys; sys.path[:] = {path!r}; from encoders.batch.worker import main; main()"
    return subprocess.Popen(
        [sys.executable or "", "-c", code],
        stdin=lists,
        stdout=frames,
        start_new_session=True,  # Ctrl-C before it is up is not for it either
    )


def _widen(pipe: int) -> None:
    """Let a pipe hold more than the usual 64 KiB, where the system does: all wait less then."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
