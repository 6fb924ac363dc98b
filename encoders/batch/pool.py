"""Processes that encode files, and the blocks that they make, in the order of the files.

A pool of our own. concurrent.futures (Python 3.11), loky 3.7 and pebble 5.2 share one pipe for the
results of all processes, and a process that is killed while it sends leaves half a result there:
with concurrent.futures and loky the job then waits for ever, with pebble its next task does. Here
each process has its own pipe, which ends with it. What else they cost, for 20,000 small files:

- concurrent.futures: 1.3 times the processor time (and 1.7 times the time), as results are pickled
  and copied once more. One death ends all processes and is not told apart; a killed parent leaves
  its processes. Where none can be forked, the user's script needs a ``__main__`` guard.
- pebble: 1.3 times (1.6 to 2.0). It polls for deaths every 0.1 s; the guard is needed, too.
- loky: 2.5 times (4.7), as it never forks. It needs no guard; a process of its own stays.
"""

from __future__ import annotations

import atexit
import os
import pickle
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from io import FileIO
from itertools import islice
from typing import TYPE_CHECKING

from encoders.atomic import write_all
from encoders.batch.blocks import Block, Render, to_block
from encoders.batch.one_file import Row, Task
from encoders.batch.worker import HEADER, work_in_fork

if TYPE_CHECKING:
    import subprocess

_AHEAD = 4 << 20  # bytes of blocks that wait for their turn, past which no process goes ahead
_SECONDS = 0.01  # for a chunk: long beside the time that handing it over takes
_MOST_FILES = 512  # in a chunk
_PIPE = 1 << 20  # bytes that a pipe holds, where the system allows


def in_order(
    paths: Iterable[str], task: Task, render: Render, count: int | None
) -> Iterator[Block]:
    """Yield the rows of files as blocks, in the order of the paths.

    A file that ends the process that reads it, by a fault in a library or for want of memory,
    becomes an error row. Memory holds a few MiB of blocks, and a few of the largest files for each
    process, however many files there are.

    Args:
        paths: are taken in this thread, not far ahead of what is yielded.
        task: what to do with each.
        render: what turns rows into bytes: a function of a module, with the rows as its argument.
        count: the number of processes; None for one for each core that we may use.

    Raises:
        ChildProcessError: a process does not even start.
    """
    pool = _Pool(task, render)
    try:
        pool.start(count or _core_count())
        yield from pool.run(iter(paths))
    finally:
        pool.stop()


def _core_count() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(eq=False, slots=True)
class _Chunk:
    """Paths that go to one process together, and their blocks.

    Attributes:
        is_retry: the process that read the path has died once.
        is_given: a process has it, or had it.
        is_done: no more blocks will come.
        encoded: the number of paths whose rows have come.
        blocks: those that have come and were not yielded.
    """

    paths: list[str]
    is_retry: bool = False
    is_given: bool = False
    is_done: bool = False
    encoded: int = 0
    blocks: deque[Block] = field(default_factory=deque)


class _Pool:
    """Hands chunks to processes that have none, and reads their blocks, all in one thread."""

    def __init__(self, task: Task, render: Render) -> None:
        self._render = render
        self._start = pickle.dumps((task, render))
        self._processes: list[_Process] = []
        self._pending: deque[_Chunk] = deque()  # in order: the first is the one to be yielded
        self._chunk_size = 16
        self._waiting = 0

    def start(self, count: int) -> None:
        atexit.register(self.stop)  # while Python is whole: a generator in a global goes later
        with _signals_blocked():
            for _ in range(count):
                self._processes.append(_Process(self._start))

    def run(self, paths: Iterator[str]) -> Iterator[Block]:
        while (has_given := self._give_chunk(paths)) or self._pending:
            first = self._pending[0]
            self._receive(must_wait=not (has_given or first.blocks or first.is_done))
            if first.blocks:
                block = first.blocks.popleft()
                self._waiting -= block.size
                yield block
            elif first.is_done:
                self._pending.popleft()

    def _give_chunk(self, paths: Iterator[str]) -> bool:
        """Give a process that has less than two chunks another, if there is one.

        The earliest chunk that no process has goes first, so that the first of all is never left.
        """
        process = min(self._processes, key=lambda each: len(each.chunks))
        if len(process.chunks) == 2:
            return False
        chunk = next((chunk for chunk in self._pending if not chunk.is_given), None)
        if chunk is None and self._waiting < _AHEAD:
            chunk = self._next_chunk(paths)
        if chunk is None:
            return False
        process.give(chunk)
        return True

    def _next_chunk(self, paths: Iterator[str]) -> _Chunk | None:
        """Take paths, fewer where they come slowly."""
        taken: list[str] = []
        end = time.perf_counter() + _SECONDS
        for path in islice(paths, self._chunk_size):
            taken.append(path)
            if time.perf_counter() > end:
                break
        if not taken:
            return None
        self._pending.append(_Chunk(taken))
        return self._pending[-1]

    def _receive(self, must_wait: bool) -> None:
        """Read what processes have sent; but for the first chunk's, only while there is room."""
        if not hasattr(select, "poll"):  # Windows: only whose turn it is; the others wait
            if must_wait:
                self._read(self._first_process())
            return
        poll = select.poll()
        senders = {}
        for process in self._processes:
            if self._waiting < _AHEAD or self._pending[0] in process.chunks:
                senders[process.frames.fileno()] = process
                poll.register(process.frames, select.POLLIN)
        for descriptor, _ in poll.poll(None if must_wait else 0):
            self._read(senders[descriptor])

    def _first_process(self) -> _Process:
        """Return the process that has the earliest chunk of those that processes have."""
        at_work = (process for process in self._processes if process.chunks)
        return min(at_work, key=lambda process: self._pending.index(process.chunks[0]))

    def _read(self, process: _Process) -> None:
        try:
            frame = process.read_frame()
        except EOFError:
            self._replace(process)
            return
        if isinstance(frame, Block):
            self._add(process.chunks[0], frame)
        elif frame is not None:
            chunk = process.chunks.popleft()
            chunk.is_done = True
            fitting = round(_SECONDS * len(chunk.paths) / max(frame, 1e-9))
            self._chunk_size = max(1, min(fitting, _MOST_FILES))

    def _add(self, chunk: _Chunk, block: Block) -> None:
        chunk.blocks.append(block)
        chunk.encoded += block.rows
        self._waiting += block.size

    def _replace(self, process: _Process) -> None:
        """Start a process in place of one that has died; its paths are tried again one by one."""
        ending = process.wait()
        process.close()
        chunk, *others = process.chunks or (None,)
        if not process.is_up and (chunk is None or chunk.is_retry):
            raise ChildProcessError(f"a process for encoding ended at once, {ending}")
        for other in others:
            other.is_given = False
        if chunk:
            left = chunk.paths[chunk.encoded :]
            chunk.is_done = True
            if chunk.is_retry and left:
                row = Row(left[0], None, None, None, f"the process that read it ended, {ending}")
                self._add(chunk, to_block([row], self._render))
            else:
                place = self._pending.index(chunk) + 1
                for path in reversed(left):
                    self._pending.insert(place, _Chunk([path], is_retry=True))
        with _signals_blocked():
            self._processes[self._processes.index(process)] = _Process(self._start)

    def stop(self) -> None:
        """End the processes, which leave nothing behind."""
        atexit.unregister(self.stop)
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.close()


class _Process:
    """A process that runs `work`.

    It is forked where that is safe, which takes some milliseconds, and started anew otherwise,
    which takes a tenth of a second. It sees the end of its pipe when this process is killed.

    Attributes:
        frames: what comes back.
        chunks: what it encodes, and what it will encode then.
        is_up: it has understood its task.

    Raises:
        ChildProcessError: the system has none to give.
    """

    def __init__(self, start: bytes) -> None:
        self.chunks: deque[_Chunk] = deque()
        self.is_up = False
        self._pieces: list[bytes] = []
        try:
            self._begin()
        except OSError as error:
            raise ChildProcessError(f"no process for encoding can be started: {error}") from error
        self._send(start)

    def _begin(self) -> None:
        with ExitStack() as ours, ExitStack() as its:
            lists, to_lists = os.pipe()
            its.callback(os.close, lists)
            self._lists = ours.enter_context(FileIO(to_lists, "w"))
            from_frames, frames = os.pipe()
            its.callback(os.close, frames)
            self.frames = ours.enter_context(FileIO(from_frames))
            self._child = _Fork(lists, frames) if _can_fork() else _spawn(lists, frames)
            ours.pop_all()
        with suppress(ImportError, AttributeError, OSError):  # so that it waits less, on Linux
            import fcntl

            fcntl.fcntl(from_frames, fcntl.F_SETPIPE_SZ, _PIPE)

    def give(self, chunk: _Chunk) -> None:
        self.chunks.append(chunk)
        chunk.is_given = True
        self._send(pickle.dumps(chunk.paths))

    def _send(self, data: bytes) -> None:
        with suppress(OSError):  # it has died, as reading will tell
            write_all(self._lists, data)

    def read_frame(self) -> Block | float | None:
        """Return the block that a frame ends; at the end of a chunk, the seconds that it took.

        Raises:
            EOFError: the process has ended.
        """
        size, rows, failed, seconds = HEADER.unpack(_read(self.frames, HEADER.size))
        if not size:
            was_up, self.is_up = self.is_up, True
            return float(seconds) if was_up else None
        self._pieces.append(_read(self.frames, size))
        if not rows:
            return None
        pieces, self._pieces = self._pieces, []
        return Block(pieces, rows, failed)

    def kill(self) -> None:
        """End it at once: it does nothing that could be left unfinished."""
        self._child.kill()

    def wait(self) -> str:
        """Wait until it has ended, and return how."""
        status = self._child.wait()
        names = {each.value: each.name for each in signal.Signals}
        by = names.get(-status, f"signal {-status}")
        return f"killed by {by}" if status < 0 else f"with status {status}"

    def close(self) -> None:
        """End it, and let go of what belongs to it."""
        self.kill()
        self._child.wait()
        self._lists.close()
        self.frames.close()


def _read(frames: FileIO, size: int) -> bytes:
    """Return some bytes, which come in one piece as a rule; joining one piece copies nothing."""
    pieces = []
    while size:
        pieces.append(frames.read(size))
        size -= len(pieces[-1])
        if not pieces[-1]:
            raise EOFError
    return b"".join(pieces)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block signals, such as Ctrl-C, in this thread while it starts a process and notes it.

    In a fork that does not run `work` yet, a signal would run the caller's handlers.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows, which cannot fork
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
    """A fork of this process that runs `work` only; its methods are those of a `Popen`."""

    def __init__(self, lists: int, frames: int) -> None:
        self._status: int | None = None
        self._pid = os.fork()
        if not self._pid:
            work_in_fork(lists, frames)

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


def _spawn(lists: int, frames: int) -> subprocess.Popen[bytes]:
    import subprocess

    path = [entry for entry in sys.path if isinstance(entry, str)]  # as imports do
    code = f"import sys; sys.path[:] = {path!r}; from encoders.batch.worker import work; work()"
    return subprocess.Popen(
        [sys.executable or "", "-c", code],
        stdin=lists,
        stdout=frames,
        start_new_session=True,  # so that a Ctrl-C before it is up does not reach it
    )
