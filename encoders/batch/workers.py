"""A team of processes that encode files, and their blocks in the order of the files."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from encoders.batch.process import EndedError, Process, signals_held
from encoders.batch.row import Row, Task
from encoders.batch.worker import Block, Render, to_block

_HELD = 4 << 20  # bytes of blocks whose turn has not come, past which no process goes ahead
_SECONDS = 0.01  # that a chunk shall take: little beside it is the cost of handing it over
_MOST_FILES = 512  # in a chunk


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
    team = _Team(task, render, count or _core_count())
    try:
        team.start()
        yield from team.run(iter(paths))
    finally:
        team.stop()


def _core_count() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(eq=False, slots=True)
class _Chunk:
    """Paths that go to one process at once, and their blocks.

    Attributes:
        blocks: that have come and were not yielded.
        is_done: no more will come.
    """

    paths: list[str]
    blocks: deque[Block] = field(default_factory=deque)
    is_done: bool = False


class _Team:
    """One thread for each process, which hands it chunks and takes its blocks."""

    def __init__(self, task: Task, render: Render, count: int) -> None:
        self._task = task
        self._render = render
        self._chunk_size = 16
        self._held = 0
        self._is_stopped = False
        self._failure: BaseException | None = None
        self._pending: deque[_Chunk] = deque()  # in order: the first is the one to be yielded
        self._waiting: deque[_Chunk] = deque()  # those of them that no process has
        # It may be taken twice: where the collector of garbage finds that the rows were dropped, it
        # stops the team in whatever thread it runs in, be it one of ours, in here.
        lock = threading.RLock()
        self._given = threading.Condition(lock)  # a chunk, to a process
        self._room = threading.Condition(lock)  # for blocks
        self._news = threading.Condition(lock)  # for the one who wants the blocks
        self._count = count
        self._processes: list[Process] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        atexit.register(self.stop)  # while threads still run: a generator in a global goes later
        with signals_held():
            # All at once, since none can be forked once there are threads.
            while len(self._processes) < self._count:
                self._processes.append(Process(self._task, self._render))
            for index in range(self._count):
                thread = threading.Thread(target=self._serve, args=(index,), daemon=True)
                thread.start()
                self._threads.append(thread)

    def run(self, paths: Iterator[str]) -> Iterator[Block]:
        is_all = False
        while self._pending or not is_all:
            if not is_all and self._wants_more():
                is_all = self._give(paths)
            block = self._next_block(may_give=not is_all)
            if block:
                yield block

    def _wants_more(self) -> bool:
        return len(self._waiting) < self._count and self._held < _HELD

    def _give(self, paths: Iterator[str]) -> bool:
        """Take paths, fewer where they come slowly, and tell whether these were the last."""
        count, end = self._chunk_size, time.perf_counter() + _SECONDS
        chunk = _Chunk([])
        for path in islice(paths, count):
            chunk.paths.append(path)
            if time.perf_counter() > end:
                count = len(chunk.paths)
                break
        if chunk.paths:
            with self._given:
                self._pending.append(chunk)
                self._waiting.append(chunk)
                self._given.notify()
        return len(chunk.paths) < count

    def _next_block(self, may_give: bool) -> Block | None:
        """Return the next block; None if there is none yet, and something else to do."""
        with self._news:
            while self._pending:
                self._news.wait_for(lambda: self._has_news() or (may_give and self._wants_more()))
                if self._failure:
                    raise self._failure
                first = self._pending[0]
                if first.blocks:
                    block = first.blocks.popleft()
                    self._held -= block.size
                    self._room.notify_all()
                    return block
                if not first.is_done:
                    break
                self._pending.popleft()
                self._room.notify_all()
        return None

    def _has_news(self) -> bool:
        first = self._pending[0]
        return bool(self._failure or first.blocks or first.is_done)

    def _serve(self, index: int) -> None:
        try:
            while chunk := self._next_chunk():
                began, waited = time.perf_counter(), 0.0
                for block in self._encode(index, chunk.paths):
                    waited += self._put(chunk, block)
                self._finish(chunk, time.perf_counter() - began - waited)
        except _StoppedError:
            pass
        except BaseException as error:
            with self._news:
                self._failure = error
                self._news.notify()
        finally:
            self._processes[index].close()

    def _next_chunk(self) -> _Chunk | None:
        with self._given:
            self._given.wait_for(lambda: self._waiting or self._is_stopped)
            if self._is_stopped:
                return None
            chunk = self._waiting.popleft()
            self._news.notify()
            return chunk

    def _put(self, chunk: _Chunk, block: Block) -> float:
        """Hand a block over, and return the seconds for which there was no room."""
        began = time.perf_counter()
        with self._room:
            self._room.wait_for(
                lambda: self._is_stopped or self._held < _HELD or self._is_wanted(chunk)
            )
            if self._is_stopped:
                raise _StoppedError
            waited = time.perf_counter() - began
            chunk.blocks.append(block)
            self._held += block.size
            if chunk is self._pending[0]:
                self._news.notify()
        return waited

    def _is_wanted(self, chunk: _Chunk) -> bool:
        return chunk is self._pending[0] and not chunk.blocks

    def _finish(self, chunk: _Chunk, seconds: float) -> None:
        with self._news:
            chunk.is_done = True
            fitting = round(_SECONDS * len(chunk.paths) / max(seconds, 1e-9))
            self._chunk_size = max(1, min(fitting, _MOST_FILES))
            self._news.notify()

    def _encode(self, index: int, paths: list[str]) -> Iterator[Block]:
        """Yield the blocks of paths; where the process ends, those left go one by one."""
        done, _ = yield from self._run(index, paths)
        for path in paths[done:]:
            done, error = yield from self._run(index, [path])
            if error and not error.was_up:
                raise ChildProcessError(f"a process for encoding ended at once, {error}")
            if not done:
                row = Row(path, None, None, None, f"the process that read it ended, {error}")
                yield to_block([row], self._render)

    def _run(
        self, index: int, paths: list[str]
    ) -> Generator[Block, None, tuple[int, EndedError | None]]:
        """Yield the blocks of paths; return how many rows they had, and how the process ended."""
        done = 0
        try:
            for block in self._processes[index].run(paths):
                done += block.rows
                yield block
        except EndedError as error:
            self._replace(index)
            return done, error
        return done, None

    def _replace(self, index: int) -> None:
        with self._given:
            if self._is_stopped:
                raise _StoppedError
            self._processes[index].close()
            self._processes[index] = Process(self._task, self._render)

    def stop(self) -> None:
        """End the processes, which leave nothing behind, and the threads."""
        atexit.unregister(self.stop)
        with self._given:
            self._is_stopped = True
            self._given.notify_all()
            self._room.notify_all()
            for process in self._processes:
                process.kill()
        if threading.current_thread() in self._threads:
            return  # it was the collector of garbage; each thread closes its process
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.close()


class _StoppedError(Exception):
    """The rows are not wanted any more."""
