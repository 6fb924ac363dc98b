"""The official Gradio clients, each in an environment of its own, and what they send to a server.

`call_all` makes many calls with one client in one process. The calls go through `recorder`, a proxy
that records the JSON and the files of each call.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase, BytesIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from .environments import INSTALL_SECONDS, cache_folder, install_once, run
from .servers import REQUEST_SECONDS, Release, installed_python, offline_environment

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
        """The command that makes the calls, and the folder to run it in."""
        return [str(installed_python(self)), "-I", str(SCRIPTS / "call.py")], SCRIPTS


@dataclass(frozen=True)
class NodeClient:
    """A release of `@gradio/client`, for Node."""

    version: str

    @property
    def command(self) -> tuple[list[str], Path]:
        """The command that makes the calls, and the folder to run it in."""
        return ["node", str(SCRIPTS / "call.mjs")], node_modules(self.version)


# For Python, the releases that Gradio's own releases depend on. For Node, the newest release, which
# refuses Gradio 3, and the last release that sends files in the form of Gradio 3.
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
        name: a unique name that needs no escaping in a URL.
        endpoint: the endpoint's name, such as "/image".
        inputs: the inputs as JSON, in which `{"$file": path}` stands for a file.
    """

    name: str
    endpoint: str
    inputs: list[Any]


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its name in the request, and its content."""

    name: str
    data: bytes


@dataclass
class Recorded:
    """The requests that a client sent for one call.

    Attributes:
        bodies: the JSON of each request that calls the endpoint.
        uploads: the uploaded files, by the paths that the server gave them.
    """

    bodies: list[dict[str, Any]] = field(default_factory=list)
    uploads: dict[str, Upload] = field(default_factory=dict)


class ClientError(Exception):
    """An error of a client, with the text of the original."""


@dataclass(frozen=True)
class Outcome:
    """The result of a call.

    Attributes:
        recorded: the client's requests.
        error: the text of the client's error; None if there was no error.
    """

    recorded: Recorded
    error: str | None
    _outputs: list[Any]

    @property
    def sent(self) -> list[Any]:
        """The inputs in the JSON that the client sent.

        Raises:
            ClientError: the client sent nothing.
        """
        if not self.recorded.bodies:
            raise ClientError(self.error)
        (body,) = self.recorded.bodies
        sent: list[Any] = body["data"]
        return sent

    @property
    def outputs(self) -> list[Any]:
        """The outputs that the client returned, with files marked as in `Call.inputs`.

        Raises:
            ClientError: the client raised an error.
        """
        if self.error is not None:
            raise ClientError(self.error)
        return self._outputs


def call_all(
    client: PythonClient | NodeClient, url: str, calls: Sequence[Call], folder: Path
) -> dict[str, Outcome]:
    """Make all calls to the server at `url` with one client; return the outcomes by name.

    Args:
        client: the client to use.
        url: the URL of the server.
        calls: the calls to make.
        folder: an empty folder for the files that the client downloads.

    Raises:
        RuntimeError: the client cannot be installed or does not start.
    """
    try:
        return _call_all(client, url, calls, folder / "first")
    except subprocess.TimeoutExpired:  # the official client for Node hangs once in many runs
        return _call_all(client, url, calls, folder / "second")


def _call_all(
    client: PythonClient | NodeClient, url: str, calls: Sequence[Call], folder: Path
) -> dict[str, Outcome]:
    command, working_folder = client.command
    request, response = folder / "request.json", folder / "response.json"
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    with recorder(url) as (proxy, records):
        task = {"url": proxy, "folder": str(downloads), "calls": [vars(call) for call in calls]}
        request.write_text(json.dumps(task), "utf-8")
        run(
            [*command, str(request), str(response)],
            timeout=CALL_SECONDS,
            cwd=working_folder,
            env={**offline_environment(folder), "HF_HUB_DISABLE_TELEMETRY": "1"},
        )
    answers: dict[str, dict[str, Any]] = json.loads(response.read_text("utf-8"))
    return {
        name: Outcome(records[name], answer.get("error"), answer.get("outputs", []))
        for name, answer in answers.items()
    }


def node_modules(version: str) -> Path:
    """Return the folder that has this release of `@gradio/client`, installed on first use."""
    folder = cache_folder() / f"gradio-client-node-{version}"
    install_once(folder, partial(_npm_install, f"@gradio/client@{version}"))
    return folder


def _npm_install(package: str, folder: Path, lock: int) -> None:
    folder.mkdir()
    # Without a package.json here, npm installs into the nearest parent folder that has one.
    (folder / "package.json").write_text('{"private": true}')
    run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", package],
        timeout=INSTALL_SECONDS,
        cwd=folder,
        pass_fds=(lock,),
    )


def has_node() -> bool:
    """Tell whether Node and npm are installed."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


@contextmanager
def recorder(url: str) -> Iterator[tuple[str, dict[str, Recorded]]]:
    """Record the requests to the server at `url` until the block ends.

    Yields:
        The URL of a proxy for the server, and the recorded requests by name. A GET request for
        `/recorder/<name>` starts the record of that name.
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
    # A client's heartbeat stream stays open until the server ends.
    daemon_threads = True
    block_on_close = False

    def __init__(self, url: str, records: dict[str, Recorded]) -> None:
        self.upstream = urlsplit(url).netloc
        self.records = records
        self.current = Recorded()
        super().__init__(("127.0.0.1", 0), _Handler)

    def start_record(self, name: str) -> None:
        self.current = self.records[name] = Recorded()


class _Handler(BaseHTTPRequestHandler):
    server: _Proxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/recorder/"):
            self.server.start_record(self.path.removeprefix("/recorder/"))
            self._send_head(204, [])
            return
        self._forward(None)

    def do_POST(self) -> None:
        self._forward(self.rfile.read(int(self.headers["Content-Length"])))

    def _forward(self, body: bytes | None) -> None:
        """Forward a request, and its answer; with the Host header, URLs of the server lead here."""
        upstream = HTTPConnection(self.server.upstream, timeout=REQUEST_SECONDS)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
            upstream.request(self.command, self.path, body, headers)
            with upstream.getresponse() as response:
                answer: BufferedIOBase = response  # of a GET: events are forwarded as they arrive
                if body is not None:
                    answer = BytesIO(response.read())
                    self._record(body, answer.getvalue())
                kept = [(k, v) for k, v in response.getheaders() if k.lower() not in _HOP_BY_HOP]
                self._send_head(response.status, kept)
                while piece := answer.read1(64 * 1024):
                    self.wfile.write(piece)
        except (OSError, HTTPException):
            self.close_connection = True
        finally:
            upstream.close()

    def _record(self, body: bytes, answer: bytes) -> None:
        current, content_type = self.server.current, self.headers["Content-Type"] or ""
        if self.path.partition("?")[0].endswith("/upload"):
            files = _files_in(content_type, body)
            current.uploads.update(zip(json.loads(answer), files, strict=True))
        else:
            sent = json.loads(body)
            if "data" in sent and "fn_index" in sent:
                current.bodies.append(sent)

    def _send_head(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        self.send_response_only(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Connection", "close")
        self.end_headers()


_HOP_BY_HOP = frozenset(("connection", "keep-alive", "transfer-encoding", "upgrade", "te"))


def _files_in(content_type: str, body: bytes) -> Iterator[Upload]:
    """The files in a request of type `multipart/form-data`."""
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    _, *parts, _ = (b"\r\n" + body).split(b"\r\n--" + boundary)
    for part in parts:
        head, _, data = part.partition(b"\r\n\r\n")
        name = re.search(rb'filename="([^"]*)"', head)
        yield Upload(name[1].decode() if name else "", data)
