"""Real Gradio servers for the tests: one environment per release, one process per server.

`serve("2")` and `serve("3.16.2")` each yield a running server. The first use of a release installs
it into the user's cache folder, which takes a minute or less; every later use, in this run or
another, finds it there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

if sys.platform == "win32":
    pytest.skip("the servers need POSIX file locks", allow_module_level=True)

import fcntl

APPS = Path(__file__).parent / "apps"
INSTALL_SECONDS = 900
START_SECONDS = 60
STOP_SECONDS = 5
REQUEST_SECONDS = 30

# Nothing listens on the discard port, so whatever a server sends through this proxy is refused at
# once. Gradio asks for messages, its newest version and its public address, analytics or not.
DEAD_PROXY = "http://127.0.0.1:9"

# A server is on this machine, whatever proxy the environment names for the rest of the world.
_OPENER = build_opener(ProxyHandler({}))


PLOTS = ("matplotlib", "plotly<6", "bokeh", "altair<5.5")


@dataclass(frozen=True)
class Release:
    """A Gradio release and the newest dependencies that it still works with on CPython 3.11."""

    version: str
    constraints: str = ""

    @property
    def pins(self) -> tuple[str, ...]:
        """The arguments of `pip install`; the last are what plots are drawn with."""
        return (f"gradio=={self.version}", *self.constraints.split(), *PLOTS)


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
_OLD_TOOLS = "setuptools<70"

# The newest of each era, by era; and those between, where something changes, by version.
RELEASES = {
    "2": Release("2.9.4", _ERA_2),
    "3": Release("3.50.2", _ERA_3),
    "4": Release("4.44.1", _ERA_3.replace("websockets<12", "websockets<13")),
    "5": Release("5.49.1"),
    "6": Release("6.31.0"),
}
BETWEEN = {
    release.version: release
    for release in (
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
        Release("4.37.2", f"{_ERA_3.replace('websockets<12', 'websockets<13')} {_OLD_TOOLS}"),
        Release(
            "5.0.2",
            f"huggingface_hub<1 pydantic<2.11 fastapi<0.116 starlette<0.47 numpy<2.3 {_OLD_TOOLS}",
        ),
    )
}

VERSIONS = {release.version: release for release in (*RELEASES.values(), *BETWEEN.values())}


@dataclass(frozen=True)
class Versions:
    """The versions from one on, up to another that is not among them."""

    first: str = "2.0"
    end: str = "7.0"

    def __contains__(self, version: str) -> bool:
        return _numbers(self.first) <= _numbers(version) < _numbers(self.end)

    def tried(self) -> tuple[str, ...]:
        """Those of `VERSIONS` that are among them, oldest first."""
        return tuple(sorted((known for known in VERSIONS if known in self), key=_numbers))


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
        """The JSON answered to `body` sent as JSON; a status other than 2xx is an `HTTPError`."""
        headers = {"Content-Type": "application/json"}
        return self._json(Request(self.url + path, json.dumps(body).encode(), headers))

    def _json(self, request: Request) -> Any:
        with _OPENER.open(request, timeout=REQUEST_SECONDS) as response:
            return json.load(response)


@contextmanager
def serve(era: str, app: str = "blocks", path: str = "") -> Iterator[Server]:
    """Run an app with a Gradio release of its own for as long as the block lasts.

    Args:
        era: A key of `RELEASES` or `VERSIONS`. The apps of 2.x are in `apps/era2.py`, all others in
            `apps/since3.py`.
        app: Which of them, as its command line says.
        path: Where it is below the server's root.

    Yields:
        The server, once it answers.

    Raises:
        RuntimeError: The release cannot be installed, or the server does not start; the message
            ends with the last lines of the log.
    """
    python = environment({**RELEASES, **VERSIONS}[era])
    script = APPS / ("era2.py" if era.startswith("2") else "since3.py")
    port = _free_port()
    # The servers never delete what they receive; in a folder of their own the block's end does.
    with tempfile.TemporaryDirectory(prefix="gradio-", ignore_cleanup_errors=True) as scratch:
        # -I would also hide the modules beside the app.
        isolated = [str(python), "-E", "-s", "-u"]
        command = [*isolated, str(script), str(port), app]
        with _process(command, Path(scratch)) as (process, log):
            server = Server(f"http://127.0.0.1:{port}{path}")
            _wait_until_it_answers(server, process, log)
            yield server


@contextmanager
def _process(command: list[str], scratch: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run `command` in `scratch`, writing to the log; end it when the block ends."""
    log = scratch / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            # The app ends when this pipe does, so a killed test run leaves no server behind.
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=scratch,
            env=_offline(scratch),
        )
    with process:
        try:
            yield process, log
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _offline(scratch: Path) -> dict[str, str]:
    """This process's variables, less the ones that steer Gradio, plus those that keep it local."""
    ours = {k: v for k, v in os.environ.items() if not k.upper().startswith("GRADIO_")}
    dead = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), DEAD_PROXY)
    proxies = {**dead, "no_proxy": "127.0.0.1,localhost"}
    shouted = {name.upper(): value for name, value in proxies.items()}
    analytics = {"GRADIO_ANALYTICS_ENABLED": "False"}
    return {**ours, **proxies, **shouted, **analytics, "TMPDIR": str(scratch)}


def _wait_until_it_answers(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        if _answers(server):
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"no answer from {server.url} in {START_SECONDS} s\n{_end_of(log)}")
        time.sleep(0.1)
    raise RuntimeError(f"the server ended with {process.returncode}\n{_end_of(log)}")


def _answers(server: Server) -> bool:
    try:
        server.get("/config")
    except HTTPError as error:
        with error:
            # The app wants a login, so it is there.
            return error.code == HTTPStatus.UNAUTHORIZED
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment(release: Release) -> Path:
    """The Python of the environment that holds `release`, which is made on first use.

    Runs that start at once wait for the one that installs. A run killed while installing leaves a
    folder without its marker, which the next one replaces.
    """
    python, identity = _python311()
    key = hashlib.sha256("\n".join((identity, *release.pins)).encode()).hexdigest()[:12]
    folder = _cache() / f"gradio-{release.version}" / key
    marker = folder / "complete"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _install(python, folder, release.pins, lock.fileno())
            marker.touch()
    return folder / "bin" / "python"


def _install(python: str, folder: Path, pins: tuple[str, ...], lock: int) -> None:
    inside = str(folder / "bin" / "python")
    for command in (
        [python, "-I", "-m", "venv", str(folder)],
        [*_installer(inside), *pins],
    ):
        finished = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_SECONDS,
            # With a copy of the lock's descriptor, an installer that outlives a killed run still
            # keeps the next one from writing into the same folder.
            pass_fds=(lock,),
        )
        if finished.returncode:
            raise RuntimeError(f"{' '.join(command)} failed\n{_tail(finished.stdout)}")


def _installer(python: str) -> list[str]:
    """The command that installs into the environment of `python`: uv's, which takes seconds."""
    uv = Path(sys.executable).with_name("uv")
    if uv.exists():
        return [str(uv), "pip", "install", "--python", python]
    return [python, "-I", "-m", "pip", "install", "--disable-pip-version-check"]


def _python311() -> tuple[str, str]:
    """A CPython 3.11 and what tells it from others; without one, the test is skipped."""
    probe = "import sys; print(sys.implementation.name, *sys.version_info[:3], sys.base_prefix)"
    for python in (sys.executable, shutil.which("python3.11")):
        if python is None:
            continue
        answer = subprocess.run([python, "-I", "-c", probe], capture_output=True, text=True)
        if answer.stdout.startswith("cpython 3 11 "):
            return python, answer.stdout.strip()
    pytest.skip("needs CPython 3.11: the tests do not run on it and no python3.11 is on PATH")


def _cache() -> Path:
    # An empty or relative value means the default, says the XDG Base Directory Specification.
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".cache"
    return base / "predict-encoders"


def _end_of(log: Path) -> str:
    return _tail(log.read_text("utf-8", "replace"))


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-30:])
