"""An HTTP server for tests that sends given answers and records the requests.

What it does at a path is a `Play`: a function that writes an answer. `gradio` makes the plays of a
well-behaved server of any era; a test replaces one of them with what it is about.
"""

from __future__ import annotations

import json
import secrets
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = Any
Part = str | tuple[str, Mapping[str, Json]]

VERSIONS = {"2": "2.9.4", "3": "3.50.2", "4": "4.44.1", "5": "5.49.1", "6": "6.31.0"}
PREFIXES = {"2": "", "3": "", "4": "", "5": "/gradio_api", "6": "/gradio_api"}


@dataclass(frozen=True)
class Seen:
    """A request that came in.

    Attributes:
        method, path: as they came, the query with them.
        headers: of the request.
        body: its bytes.
    """

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.body)


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: HTTPServer
    seen: Seen

    def play(self) -> None:
        body = b"" if self.path in self.server.unread else self._body()
        self.seen = Seen(self.command, self.path, self.headers, body)
        self.server.seen.append(self.seen)
        self.server.play_for(self.path)(self)

    do_GET = do_POST = play  # noqa: N815 - the names that the standard library looks for

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def write(self, pieces: Iterable[bytes], pause: float = 0) -> None:
        """Send pieces as they are, a pause before each but the first, and close."""
        self.close_connection = True
        for index, piece in enumerate(pieces):
            if index and self.wait(pause):
                return
            self.wfile.write(piece)

    def wait(self, seconds: float) -> bool:
        """Wait; return True as soon as the server shall end."""
        return self.server.ending.wait(seconds) if seconds else False

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if "Transfer-Encoding" not in self.headers:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


Play = Callable[[Exchange], None]


def say(body: Json, status: int = 200, **headers: str) -> Play:
    """Answer with bytes or text as they are, and with anything else as JSON."""
    if isinstance(body, str):
        body = body.encode()
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda exchange: exchange.answer(data, status, **headers)


def raw(*pieces: bytes, pause: float = 0) -> Play:
    """Write bytes on the connection, its status line among them, and close it."""
    return lambda exchange: exchange.write(pieces, pause)


def stream(*pieces: bytes, pause: float = 0, type: str = "text/event-stream") -> Play:
    """Answer 200 with a body in pieces, which ends with the connection."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nConnection: close\r\n\r\n".encode()
    return lambda exchange: exchange.write((head, *pieces), pause)


def endless(piece: bytes, pause: float, type: str = "text/event-stream") -> Play:
    """As `stream`, the same piece again and again."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nConnection: close\r\n\r\n".encode()

    def pieces() -> Iterator[bytes]:
        yield head
        while True:
            yield piece

    return lambda exchange: exchange.write(pieces(), pause)


def silent(exchange: Exchange) -> None:
    """Take the request, and answer nothing until the server ends."""
    exchange.close_connection = True
    exchange.wait(60)


def redirect(url: str, status: int = 307) -> Play:
    """Send the client on to another place."""
    return say(b"", status, Location=url)


def event(**message: Json) -> bytes:
    """Return a message of the queue as it goes over the wire."""
    return f"data: {json.dumps(message)}\n\n".encode()


class HTTPServer(ThreadingHTTPServer):
    """A server that is running.

    Attributes:
        plays: what it does, by path; a path that ends with ``*`` stands for all that start so.
        seen: the requests that came in.
        unread: paths of which the requests' bodies are left on the way.
        ending: set when it shall end.
    """

    request_queue_size = 128

    def __init__(self, plays: Mapping[str, Play]) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.plays = dict(plays)
        self.seen: list[Seen] = []
        self.unread: set[str] = set()
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        """The paths of the requests that came in."""
        return [seen.path for seen in self.seen]

    def play_for(self, path: str) -> Play:
        plain = path.partition("?")[0]
        if plain in self.plays:
            return self.plays[plain]
        found = (p for p in self.plays if p.endswith("*") and plain.startswith(p[:-1]))
        return self.plays.get(next(found, ""), say({"detail": "Not Found"}, 404))

    def serve(self) -> None:
        """Answer requests until `end`, without looking every now and then whether it was called."""
        while not self.ending.is_set():
            self.handle_request()

    def end(self) -> None:
        """End `serve`, which wakes for a connection."""
        self.ending.set()
        socket.create_connection(self.server_address).close()  # type: ignore[arg-type]

    def verify_request(self, *_: object) -> bool:
        return not self.ending.is_set()

    def server_bind(self) -> None:
        """Take a port, and look no name up."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that go away are part of the tests."""


@contextmanager
def http_server(
    plays: Mapping[str, Play], tls: ssl.SSLContext | None = None
) -> Iterator[HTTPServer]:
    """Run a server for as long as the block lasts."""
    with HTTPServer(plays) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            server.end()
            thread.join()


Function = Callable[..., Sequence[Json]]


def echo(*values: Json) -> Sequence[Json]:
    """Return the values."""
    return values


def gradio(
    era: str,
    function: Function = echo,
    *,
    inputs: Sequence[Part] = ("textbox",),
    outputs: Sequence[Part] = ("textbox",),
    **more: Json,
) -> dict[str, Play]:
    """Return what a server of one endpoint does.

    Args:
        era: "2" to "6".
        function: takes the data of a call and returns that of its answer.
        inputs: the components, each a name, or a name and options.
        outputs: likewise.
        **more: what its configuration says beside that.
    """
    configuration = {**config(era, inputs, outputs), **more}
    prefix = PREFIXES[era]
    plays: dict[str, Play] = {"/config": say(configuration), "/login": say({"success": True})}
    if era in "23":
        path = "/api/predict/" if era == "2" else "/run/predict"
        plays[path] = partial(_at_once, function)
    else:
        plays |= {prefix + path: play for path, play in queue(function).items()}
    if era != "2":
        plays[f"{prefix}/info"] = say({"named_endpoints": {}, "unnamed_endpoints": {}})
        plays[f"{prefix}/upload"] = say(["/tmp/gradio/up/file.bin"])
    return plays


def config(era: str, inputs: Sequence[Part], outputs: Sequence[Part]) -> dict[str, Json]:
    """Return the configuration of a server of one endpoint."""
    parts = [_part(part) for part in (*inputs, *outputs)]
    if era == "2":
        flat = [{"name": name, **options} for name, options in parts]
        return {
            "version": VERSIONS[era],
            "input_components": flat[: len(inputs)],
            "output_components": flat[len(inputs) :],
        }
    components = [
        {"id": index, "type": name, "props": {"name": name, **options}}
        for index, (name, options) in enumerate(parts)
    ]
    ids = list(range(len(parts)))
    function = {"api_name": "predict", "inputs": ids[: len(inputs)], "outputs": ids[len(inputs) :]}
    configuration = {"version": VERSIONS[era], "components": components, "dependencies": [function]}
    if era == "3":
        return configuration
    return configuration | {"protocol": "sse_v3", "api_prefix": PREFIXES[era]}


def _part(part: Part) -> tuple[str, Mapping[str, Json]]:
    return (part, {}) if isinstance(part, str) else part


def _at_once(function: Function, exchange: Exchange) -> None:
    data = list(function(*exchange.seen.json["data"]))
    exchange.answer(json.dumps({"data": data, "duration": 0.5}).encode())


def queue(function: Function) -> dict[str, Play]:
    """Return what the queue of Gradio 4 and later does."""
    waiting: dict[str, tuple[str, Json]] = {}

    def join(exchange: Exchange) -> None:
        body = exchange.seen.json
        name = secrets.token_hex(8)
        waiting[body["session_hash"]] = (name, body["data"])
        exchange.answer(json.dumps({"event_id": name}).encode())

    def data(exchange: Exchange) -> None:
        session = parse_qs(urlsplit(exchange.seen.path).query)["session_hash"][0]
        name, given = waiting.pop(session)
        about = {"event_id": name}
        stream(
            event(msg="estimation", rank=0, queue_size=1, **about),
            event(msg="process_starts", eta=None, **about),
            completed({"data": list(function(*given)), "duration": 0.5}, name),
            event(msg="close_stream", event_id=None),
        )(exchange)

    return {"/queue/join": join, "/queue/data": data}


def completed(output: Json, event_id: str | None = None, *, success: bool = True) -> bytes:
    """Return the message that ends a call."""
    return event(msg="process_completed", event_id=event_id, output=output, success=success)
