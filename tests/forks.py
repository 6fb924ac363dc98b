"""Python programs in forks of one process that has imported already what they need.

To start Python and to import takes a command a fifth of a second; a fork, some milliseconds. All
else is that of a new process: streams, folder, environment, signals, and how the interpreter ends.
Variables that Python reads as it starts, such as PYTHONUNBUFFERED, do nothing here.

``python -m tests.forks DESCRIPTOR`` is the process that forks; it ends with the socket.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from tests.paths import ROOT

_IMPORTED = (
    "PIL.Image",
    "encoders.cli.main",
    "encoders.predict.client.background",
    "encoders.predict.client.call",
    "encoders.predict.client.connections",
    "encodings.idna",
    "anyio._backends._asyncio",
    "httpcore",
    "httpx",
    "jinja2",
    "tests.predict.client.calls",
    "tqdm",
)
_LARGEST = 1 << 17  # bytes of a request
_SECONDS = 60  # that a process may take


class Fork:
    """A process that runs a program.

    Attributes:
        pid: of the process, which is the first of its session.
        returncode: as of a `subprocess.Popen`, once it has ended.
    """

    def __init__(self, reports: IO[bytes]) -> None:
        self._reports = reports
        self.pid = int(reports.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it has ended; None while it runs."""
        has_ended = self.returncode is not None or select.select([self._reports], [], [], 0)[0]
        return self.wait() if has_ended else None

    def wait(self) -> int:
        """Wait until it has ended, and return how; kill it if it hangs."""
        if self.returncode is None:
            hangs = not select.select([self._reports], [], [], _SECONDS)[0]
            if hangs:
                self.send_signal(signal.SIGKILL)
            self.returncode = int(self._reports.readline())
            assert not hangs, f"hangs for {_SECONDS} seconds"
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to it and to those that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


@contextmanager
def forked(
    *arguments: str | Path,
    streams: tuple[int, int, int],
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Fork | subprocess.Popen[bytes]]:
    """Run Python up to its end, with these descriptors as standard streams, here or in a folder.

    Its arguments are ``-m``, a module, and the module's; or ``-c``, a program, and the program's.
    """
    if sys.platform != "linux":
        stdin, stdout, stderr = streams
        command = [sys.executable, *map(str, arguments)]
        with subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=stderr, env=env, cwd=folder
        ) as new:
            yield new
        return
    read, write = os.pipe()
    request = {
        "arguments": list(map(str, arguments)),
        "folder": str(folder or Path.cwd()),
        "environment": dict(os.environ if env is None else env),
    }
    with open(read, "rb", buffering=0) as reports:
        try:
            socket.send_fds(_forker(), [json.dumps(request).encode()], [*streams, write])
        finally:
            os.close(write)
        fork = Fork(reports)
        try:
            yield fork
        except BaseException:
            fork.send_signal(signal.SIGKILL)
            raise
        finally:
            fork.wait()


def run(
    *arguments: str | Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run Python as `forked` does, with pipes as standard streams."""
    given, printed, messages = (os.pipe() for _ in range(3))
    streams = (given[0], printed[1], messages[1])
    with ExitStack() as ours, ThreadPoolExecutor(3) as pool:
        sink = ours.enter_context(open(given[1], "wb", buffering=0))
        out, err = (ours.enter_context(open(pipe[0], "rb")) for pipe in (printed, messages))
        try:
            fork = ours.enter_context(forked(*arguments, streams=streams, env=env, folder=folder))
        finally:
            for stream in streams:
                os.close(stream)
        pool.submit(_send, sink, stdin)
        texts = pool.submit(out.read), pool.submit(err.read)
        status = fork.wait()
        return subprocess.CompletedProcess(arguments, status, *(text.result() for text in texts))


def _send(pipe: IO[bytes], data: bytes) -> None:
    with suppress(BrokenPipeError), pipe:
        while data:
            data = data[pipe.write(data) :]


@cache
def _forker() -> socket.socket:
    """Start the process that forks; it ends with this one."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.forks", str(its.fileno())],
            pass_fds=[its.fileno()],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# The process that forks.


def serve(descriptor: int) -> None:
    """Fork for each request; return in the fork, once it has run the program."""
    for name in _IMPORTED:
        import_module(name)
    gc.freeze()
    running: dict[int, tuple[int, int]] = {}  # by what becomes readable as the process ends
    with socket.socket(fileno=descriptor) as requests:
        while True:
            for ready in select.select([descriptor, *running], [], [])[0]:
                if ready != descriptor:
                    _report_end(ready, *running.pop(ready))
                    continue
                message, descriptors, *_ = socket.recv_fds(requests, _LARGEST, 4)
                if not message:
                    return
                *streams, report = descriptors
                pid = os.fork()
                if not pid:
                    requests.close()
                    _become(json.loads(message), streams)
                    return
                for stream in streams:
                    os.close(stream)
                os.write(report, b"%d\n" % pid)
                running[os.pidfd_open(pid)] = pid, report


def _report_end(descriptor: int, pid: int, report: int) -> None:
    os.close(descriptor)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(BrokenPipeError):
        os.write(report, b"%d\n" % status)
    os.close(report)


def _become(request: Mapping[str, Any], streams: list[int]) -> None:
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    _open_streams()
    way, program, *arguments = request["arguments"]
    sys.argv[:] = [way, *arguments]
    if way == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        exec(program, {"__name__": "__main__"})


def _open_streams() -> None:
    """Open the standard streams as the interpreter does when it starts."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        before = getattr(sys, name)
        stream = open(  # noqa: SIM115
            number,
            "r" if name == "stdin" else "w",
            buffering=1 if name == "stderr" else -1,
            encoding=before.encoding,
            errors=before.errors,
            closefd=False,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
