"""The official Gradio clients, each in an environment of its own, and what they send to a server.

`call_all` lets one of them make many calls in one process. Between it and the server stands a
`recorder`, so that the JSON and the files of each call are known as they went over the wire.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase, BytesIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from .servers import (
    INSTALL_SECONDS,
    REQUEST_SECONDS,
    Release,
    _cache,
    _offline,
    _tail,
    environment,
)

SCRIPTS = Path(__file__).parent / "scripts"
CALL_SECONDS = 120


@dataclass(frozen=True)
class PythonClient(Release):
    """A release of `gradio_client`."""

    @property
    def pins(self) -> tuple[str, ...]:
        """The arguments of `pip install`."""
        return (f"gradio_client=={self.version}", *self.constraints.split())

    @property
    def command(self) -> tuple[list[str], Path]:
        """What makes the calls, and the folder to run it in."""
        return [str(environment(self)), "-I", str(SCRIPTS / "call.py")], SCRIPTS


@dataclass(frozen=True)
class NodeClient:
    """A release of `@gradio/client`, for Node."""

    version: str

    @property
    def command(self) -> tuple[list[str], Path]:
        """What makes the calls, and the folder to run it in."""
        return ["node", str(SCRIPTS / "call.mjs")], node_modules(self.version)


# For Python those that the servers' own releases install. For Node the newest, which refuses
# Gradio 3, and the last that sends files as Gradio 3 wants them.
PYTHON = {
    "3": PythonClient("0.6.1"),
    "4": PythonClient("1.3.0"),
    "5": PythonClient("1.13.3"),
    "6": PythonClient("2.7.2"),
}
NODE = {
    "3": NodeClient("0.6.0"),
    **dict.fromkeys(("4", "5", "6"), NodeClient("2.7.0")),
}


@dataclass(frozen=True)
class Call:
    """A call to make.

    Attributes:
        name: which tells it from others; letters that a URL can have.
        endpoint: such as "/image".
        inputs: as JSON, in which `{"$file": path}` stands for a file.
    """

    name: str
    endpoint: str
    inputs: list[Any]


@dataclass(frozen=True)
class Sent:
    """A file that was uploaded: its name in the request, and its content."""

    name: str
    data: bytes


@dataclass
class Recorded:
    """What went over the wire during one call.

    Attributes:
        bodies: the JSON of each request to call the endpoint.
        uploads: the files that went up, by the paths that the server gave them.
    """

    bodies: list[dict[str, Any]] = field(default_factory=list)
    uploads: dict[str, Sent] = field(default_factory=dict)


class ClientError(Exception):
    """What a client raised, with its own text."""


@dataclass(frozen=True)
class Outcome:
    """How a call ended.

    Attributes:
        recorded: what went over the wire.
        error: what the client raised; None if it raised nothing.
    """

    recorded: Recorded
    error: str | None
    _outputs: list[Any]

    @property
    def sent(self) -> list[Any]:
        """The inputs as they went over the wire.

        Raises:
            ClientError: nothing went over the wire.
        """
        if not self.recorded.bodies:
            raise ClientError(self.error)
        (body,) = self.recorded.bodies
        sent: list[Any] = body["data"]
        return sent

    @property
    def outputs(self) -> list[Any]:
        """What the client made of the answer, files in it marked as in `Call.inputs`.

        Raises:
            ClientError: it made nothing of it.
        """
        if self.error is not None:
            raise ClientError(self.error)
        return self._outputs


def call_all(
    client: PythonClient | NodeClient, url: str, calls: Sequence[Call], folder: Path
) -> dict[str, Outcome]:
    """Let a client make all the calls to the server at `url`; return how each ended.

    Args:
        client: which.
        url: the server's.
        calls: what to call.
        folder: an empty one for the files that the client downloads.

    Raises:
        RuntimeError: the client cannot be installed, or could not even start.
    """
    try:
        return _call_all(client, url, calls, folder / "first")
    except subprocess.TimeoutExpired:  # the official client for Node hangs once in many runs
        return _call_all(client, url, calls, folder / "second")


def _call_all(
    client: PythonClient | NodeClient, url: str, calls: Sequence[Call], folder: Path
) -> dict[str, Outcome]:
    command, place = client.command
    request, response = folder / "request.json", folder / "response.json"
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    with recorder(url) as (proxy, records):
        wanted = {"url": proxy, "folder": str(downloads), "calls": [vars(call) for call in calls]}
        request.write_text(json.dumps(wanted), "utf-8")
        _run([*command, str(request), str(response)], place, folder)
    answers: dict[str, dict[str, Any]] = json.loads(response.read_text("utf-8"))
    return {
        name: Outcome(records[name], answer.get("error"), answer.get("outputs", []))
        for name, answer in answers.items()
    }


def _run(command: list[str], place: Path, scratch: Path) -> None:
    finished = subprocess.run(
        command,
        cwd=place,
        env={**_offline(scratch), "HF_HUB_DISABLE_TELEMETRY": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=CALL_SECONDS,
    )
    if finished.returncode:
        raise RuntimeError(f"{' '.join(command)} failed\n{_tail(finished.stdout)}")


def node_modules(version: str) -> Path:
    """The folder into which npm has installed this release, now unless it was there already."""
    folder = _cache() / f"gradio-client-node-{version}"
    marker = folder / "complete"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            _npm_install(f"@gradio/client@{version}", folder, lock.fileno())
            marker.touch()
    return folder


def _npm_install(package: str, folder: Path, lock: int) -> None:
    # Without a package.json in it, npm would install into the next folder above that has one.
    (folder / "package.json").write_text('{"private": true}')
    finished = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", package],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INSTALL_SECONDS,
        pass_fds=(lock,),
    )
    if finished.returncode:
        raise RuntimeError(f"npm install {package} failed\n{_tail(finished.stdout)}")


def has_node() -> bool:
    """Tell whether Node and npm are installed."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


@contextmanager
def recorder(url: str) -> Iterator[tuple[str, dict[str, Recorded]]]:
    """Record what goes to the server at `url` until the block ends.

    Yields:
        The URL to call in its place, and what it records, by the name that was last put into
        a request for `/recorder/<name>`.
    """
    records: dict[str, Recorded] = {}
    with _Proxy(url, records) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}", records
        finally:
            proxy.shutdown()
            thread.join()


class _Proxy(ThreadingHTTPServer):
    # A stream that shows that a client is alive ends when the server does, not before.
    daemon_threads = True
    block_on_close = False

    def __init__(self, url: str, records: dict[str, Recorded]) -> None:
        self.upstream = urlsplit(url).netloc
        self.records = records
        self.current = Recorded()
        super().__init__(("127.0.0.1", 0), _Handler)

    def begin(self, name: str) -> None:
        self.current = self.records[name] = Recorded()


class _Handler(BaseHTTPRequestHandler):
    server: _Proxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/recorder/"):
            self.server.begin(self.path.removeprefix("/recorder/"))
            self._start(204, [])
            return
        self._pass_on(None)

    def do_POST(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers["Content-Length"])))

    def _pass_on(self, body: bytes | None) -> None:
        """Forward a request to the server, with this proxy's own name, and return the answer."""
        upstream = HTTPConnection(self.server.upstream, timeout=REQUEST_SECONDS)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
            upstream.request(self.command, self.path, body, headers)
            with upstream.getresponse() as response:
                # Events are passed on as they come, what answers a call once it is recorded.
                recorded = None if body is None else self._recorded(body, response.read())
                answer: BufferedIOBase = response if recorded is None else BytesIO(recorded)
                kept = [(k, v) for k, v in response.getheaders() if k.lower() not in _HOP_BY_HOP]
                self._start(response.status, kept)
                while piece := answer.read1(64 * 1024):
                    self.wfile.write(piece)
        except (OSError, HTTPException):
            self.close_connection = True
        finally:
            upstream.close()

    def _recorded(self, body: bytes, answer: bytes) -> bytes:
        """Record a request; return an answer that lets the client continue."""
        current, content_type = self.server.current, self.headers["Content-Type"] or ""
        if self.path.partition("?")[0].endswith("/upload"):
            files = _files_in(content_type, body)
            current.uploads.update(zip(json.loads(answer), files, strict=True))
        else:
            said = json.loads(body)
            if "data" in said and "fn_index" in said:
                current.bodies.append(said)
        return answer

    def _start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        self.send_response_only(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Connection", "close")
        self.end_headers()


_HOP_BY_HOP = frozenset(("connection", "keep-alive", "transfer-encoding", "upgrade", "te"))


def _files_in(content_type: str, body: bytes) -> Iterator[Sent]:
    """The files in a request of type `multipart/form-data`."""
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    _, *parts, _ = (b"\r\n" + body).split(b"\r\n--" + boundary)
    for part in parts:
        head, _, data = part.partition(b"\r\n\r\n")
        name = re.search(rb'filename="([^"]*)"', head)
        yield Sent(name[1].decode() if name else "", data)
