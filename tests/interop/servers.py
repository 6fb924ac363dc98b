"""Real Gradio servers for the tests: one environment and one process per release.

`serve("2")` and `serve("3.16.2")` each yield a running server. The first use of a release installs
it into the user's cache folder, which takes a minute or less; all later uses find it there.

Most of the start of a server is the import of Gradio. So the servers of a release share a process,
and while `processes_are_kept`, the process waits for the next server of its release.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from .environments import cache_folder, install_once, install_packages, last_lines, python311

APPS = Path(__file__).parent / "apps"
START_SECONDS = 180  # a busy machine needs more than a minute
STOP_SECONDS = 5
REQUEST_SECONDS = 30
MOST_KEPT = 4  # processes without a server, each of some 200 MB

# Nothing listens on the discard port, so every request of a server through this proxy is refused at
# once. Even with analytics off, Gradio requests messages, its newest version and its own address.
DEAD_PROXY = "http://127.0.0.1:9"

# The servers are on this machine: ignore the proxies that the environment names.
_OPENER = build_opener(ProxyHandler({}))

PLOT_LIBRARIES = ("matplotlib", "plotly<6", "bokeh", "altair<5.5")


@dataclass(frozen=True)
class Release:
    """A Gradio release, with upper bounds for the dependencies that it works with."""

    version: str
    constraints: str = ""

    @property
    def pins(self) -> tuple[str, ...]:
        """The arguments of `pip install`."""
        return (f"gradio=={self.version}", *self.constraints.split(), *PLOT_LIBRARIES)


# The newest dependencies that the releases work with on CPython 3.11.
_ERA_2 = (
    "numpy<2 pydantic<2 fastapi<0.90 starlette<0.23 jinja2<3.1 markupsafe<2.1 pandas<2.1 pillow<10"
    " httpx<0.24 anyio<4 matplotlib<3.8 uvicorn<0.20 markdown-it-py<3"
)
_EARLY_3 = f"{_ERA_2} websockets<11 altair<5 huggingface_hub<0.20"
_ERA_3 = (
    "numpy<2 huggingface_hub<0.26 pydantic<2.11 fastapi<0.112 starlette<0.38 jinja2<3.2"
    " websockets<12"
)
_EARLY_4 = f"{_ERA_3} httpx<0.28"
_LATE_4 = _ERA_3.replace("websockets<12", "websockets<13")
_OLD_TOOLS = "setuptools<70"

# The newest release of each era.
RELEASES = {
    "2": Release("2.9.4", _ERA_2),
    "3": Release("3.50.2", _ERA_3),
    "4": Release("4.44.1", _LATE_4),
    "5": Release("5.49.1"),
    "6": Release("6.31.0"),
}
# Earlier releases of each era, one for each set of features and forms of JSON.
_EARLIER = (
    Release("2.8.14", f"{_ERA_2} {_OLD_TOOLS}"),
    Release("3.0.20", f"{_EARLY_3} {_OLD_TOOLS}"),
    Release("3.16.2", f"{_EARLY_3} {_OLD_TOOLS}"),
    Release(
        "3.28.3",
        "numpy<2 huggingface_hub<0.26 pydantic<2 fastapi<0.100 starlette<0.28 jinja2<3.2"
        " websockets<12 pillow<10 matplotlib<3.8 altair<5 pandas<2.1 httpx<0.25"
        f" gradio_client==0.1.4 {_OLD_TOOLS}",
    ),
    Release("3.41.2", f"{_ERA_3} {_OLD_TOOLS}"),
    Release("4.0.2", f"{_EARLY_4} {_OLD_TOOLS}"),
    Release("4.12.0", f"{_EARLY_4} {_OLD_TOOLS}"),
    Release("4.37.2", f"{_LATE_4} {_OLD_TOOLS}"),
    Release(
        "5.0.2",
        f"huggingface_hub<1 pydantic<2.11 fastapi<0.116 starlette<0.47 numpy<2.3 {_OLD_TOOLS}",
    ),
)

VERSIONS = {release.version: release for release in (*RELEASES.values(), *_EARLIER)}


@dataclass(frozen=True)
class Versions:
    """A range of versions, `first` included and `end` excluded."""

    first: str = "2.0"
    end: str = "7.0"

    def __contains__(self, version: str) -> bool:
        return _numbers(self.first) <= _numbers(version) < _numbers(self.end)

    def installable(self) -> tuple[str, ...]:
        """The versions of `VERSIONS` that are in the range, oldest first."""
        return tuple(sorted((version for version in VERSIONS if version in self), key=_numbers))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@dataclass(frozen=True)
class Server:
    """A running server, addressed by its base URL."""

    url: str

    def get(self, path: str) -> Any:
        """The JSON at `path`; a status other than 2xx is an `HTTPError`."""
        return self._json(Request(self.url + path))

    def post(self, path: str, body: object) -> Any:
        """The JSON answer to a JSON `body`; a status other than 2xx is an `HTTPError`."""
        headers = {"Content-Type": "application/json"}
        return self._json(Request(self.url + path, json.dumps(body).encode(), headers))

    def _json(self, request: Request) -> Any:
        with _OPENER.open(request, timeout=REQUEST_SECONDS) as response:
            return json.load(response)


@contextmanager
def serve(era: str, app: str = "blocks", path: str = "") -> Iterator[Server]:
    """Run an app on a Gradio release until the block ends.

    Args:
        era: A key of `RELEASES` or `VERSIONS`. The apps of 2.x are in `apps/era2.py`, all others in
            `apps/since3.py`.
        app: The name of an app in that file.
        path: The path of the app below the server's root.

    Yields:
        The server, ready for requests.

    Raises:
        RuntimeError: The release cannot be installed, or the server does not start; the message
            ends with the last lines of the log.
    """
    release = {**RELEASES, **VERSIONS}[era]
    with _PROCESSES.of(release) as process, process.running(app, path) as server:
        yield server


@contextmanager
def processes_are_kept() -> Iterator[None]:
    """Keep the processes of the last few releases for their next servers until the block ends."""
    _PROCESSES.keep(MOST_KEPT)
    try:
        yield
    finally:
        _PROCESSES.keep(0)


class _Processes:
    """The running processes of releases, the one that was used last at the end."""

    def __init__(self) -> None:
        self._running: dict[Release, _Process] = {}
        self._most_idle = 0

    @contextmanager
    def of(self, release: Release) -> Iterator[_Process]:
        """Yield the process of a release; start it if it does not run."""
        self.keep(self._most_idle)  # without one that has ended since
        process = self._running.pop(release, None) or _Process(release)
        self._running[release] = process
        process.users += 1
        try:
            yield process
        finally:
            process.users -= 1
            self.keep(self._most_idle)

    def keep(self, most: int) -> None:
        """End the processes without a server, except those of them that were used last."""
        self._most_idle = most
        idle = [release for release, process in self._running.items() if not process.users]
        too_many = idle[: len(idle) - most] if len(idle) > most else []
        for release in idle:
            if release in too_many or self._running[release].has_ended:
                self._running.pop(release).end()


class _Process:
    """A process that runs apps of a release, any number of them at once."""

    def __init__(self, release: Release) -> None:
        self.users = 0
        script = APPS / ("era2.py" if release.version.startswith("2") else "since3.py")
        # -I would also hide the modules beside the app.
        command = [str(installed_python(release)), "-E", "-s", "-u", str(script)]
        # The apps never delete what they receive, so they write to a folder that is deleted here.
        self._scratch = tempfile.TemporaryDirectory(prefix="gradio-", ignore_cleanup_errors=True)
        scratch = Path(self._scratch.name)
        self._log = scratch / "server.log"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                # The process ends when this pipe does, so a killed test run leaves none behind.
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=scratch,
                env=offline_environment(scratch),
                bufsize=0,
            )

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @contextmanager
    def running(self, app: str, path: str) -> Iterator[Server]:
        """Run an app until the block ends."""
        port = _free_port()
        server = Server(f"http://127.0.0.1:{port}{path}")
        self._tell(f"{port} {app}")
        try:
            self._wait_until_ready(server)
        except RuntimeError:
            self._process.kill()  # it may hang, and is not to be used again
            raise
        try:
            yield server
        finally:
            self._tell(f"{port}")

    def _tell(self, line: str) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):  # it has ended
            self._process.stdin.write(f"{line}\n".encode())

    def _wait_until_ready(self, server: Server) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.has_ended:
            if _is_ready(server):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"no answer from {server.url} in {START_SECONDS} s\n{_end_of(self._log)}"
                )
            time.sleep(0.05)
        raise RuntimeError(
            f"the server ended with {self._process.returncode}\n{_end_of(self._log)}"
        )

    def end(self) -> None:
        with self._scratch, self._process:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()


_PROCESSES = _Processes()


def offline_environment(scratch: Path) -> dict[str, str]:
    """Return the variables of a process that reaches only this machine and writes to `scratch`."""
    inherited = {k: v for k, v in os.environ.items() if not k.upper().startswith("GRADIO_")}
    dead = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), DEAD_PROXY)
    proxies = {**dead, "no_proxy": "127.0.0.1,localhost"}
    upper_case = {name.upper(): value for name, value in proxies.items()}
    analytics = {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000",  # calls, of which each has a summary else
    }
    folders = {
        "TMPDIR": str(scratch),
        "SSL_CERT_DIR": str(scratch),  # no certificates, which would be read again and again
    }
    return {**inherited, **proxies, **upper_case, **analytics, **folders}


def _is_ready(server: Server) -> bool:
    try:
        server.get("/config")
    except HTTPError as error:
        with error:
            return error.code == HTTPStatus.UNAUTHORIZED  # the app requires a login
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def installed_python(release: Release) -> Path:
    """Return the Python of the environment that has `release`, installed on first use."""
    _, identity = python311()
    key = hashlib.sha256("\n".join((identity, *release.pins)).encode()).hexdigest()[:12]
    folder = cache_folder() / f"gradio-{release.version}" / key
    install_once(folder, partial(install_packages, release.pins))
    return folder / "bin" / "python"


def _end_of(log: Path) -> str:
    return last_lines(log.read_text("utf-8", "replace"))
