"""A process that encodes files for `encoders.batch.pool`.

What goes through the pipes: to the process a pickle of the task, then of one list of paths after
another; back come frames, each a header and some bytes. A frame that ends a block says how many
rows it holds, and an empty one ends the list. The very first is empty, too: the process is up.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import struct
import threading
import time
from contextlib import suppress
from io import BufferedReader, FileIO
from queue import SimpleQueue
from typing import NoReturn

from encoders.atomic import write_all
from encoders.batch.blocks import Render, to_block
from encoders.batch.one_file import Task, encode_file, in_groups

HEADER = struct.Struct("<QIId")  # bytes that follow; rows and failed of a block; seconds at the end
_BLOCK = 1 << 18  # characters of data URLs in a block: few enough for the allocator to reuse them


def work_in_fork(lists: int, frames: int) -> NoReturn:
    """Run `work` in a fork of the parent, with these descriptors, and end without any clean-up."""
    status = 1
    try:
        gc.freeze()  # the other process finalizes what is there
        signal.set_wakeup_fd(-1)
        for each in signal.valid_signals():
            if callable(signal.getsignal(each)):  # a handler of the other process
                signal.signal(each, signal.SIG_DFL)
        os.dup2(lists, 0)
        os.dup2(frames, 1)
        os.closerange(3, max(map(int, os.listdir("/proc/self/fd"))) + 1)  # noqa: PTH208
        work()
        status = 0
    finally:
        os._exit(status)


def work() -> None:
    """Encode files: read lists of paths from standard input, write frames to standard output.

    Libraries that print reach neither.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    lists = BufferedReader(FileIO(os.dup(0)))
    frames = FileIO(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    with suppress(EOFError, OSError):  # the parent is gone
        task, render = pickle.load(lists)
        frames.write(HEADER.pack(0, 0, 0, 0))
        os.dup2(nowhere, 2)  # where libraries print what they think of bad files
        received: SimpleQueue[list[str]] = SimpleQueue()
        threading.Thread(target=_receive, args=(lists, received), daemon=True).start()
        while True:
            _encode(received.get(), task, render, frames)


def _receive(lists: BufferedReader, received: SimpleQueue[list[str]]) -> None:
    """Read lists ahead, so that the parent never waits for us to take one; end with the parent."""
    try:
        while True:
            received.put(pickle.load(lists))
    finally:
        os._exit(0)


def _encode(paths: list[str], task: Task, render: Render, frames: FileIO) -> None:
    began, waited = time.perf_counter(), 0.0
    for rows in in_groups((encode_file(path, task) for path in paths), _BLOCK):
        pieces, *counts = to_block(rows, render)
        sending = time.perf_counter()
        for number, piece in enumerate(pieces, 1):
            is_last = number == len(pieces)
            write_all(frames, HEADER.pack(len(piece), *(counts if is_last else (0, 0)), 0))
            write_all(frames, piece)
        waited += time.perf_counter() - sending
    write_all(frames, HEADER.pack(0, 0, 0, time.perf_counter() - began - waited))
