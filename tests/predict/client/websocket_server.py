"""A server whose queue uses a WebSocket, like that of Gradio 3.x."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage
from wsproto.utilities import generate_accept_token

from tests.predict.http_server import Exchange, Json, Play, config, say

Talk = Callable[["Peer"], None]


class Peer:
    """The server's side of a WebSocket."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._frames = Connection(ConnectionType.SERVER)

    def open(self, accept: str | None = None) -> None:
        key = self.exchange.headers["Sec-WebSocket-Key"].encode()
        answer = generate_accept_token(key).decode() if accept is None else accept
        self.write(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + f"Sec-WebSocket-Accept: {answer}\r\n\r\n".encode()
        )

    def write(self, data: bytes) -> None:
        self.exchange.close_connection = True
        self.exchange.wfile.write(data)

    def send(self, event: Any) -> None:
        self.write(self._frames.send(event))

    def say(self, **message: Json) -> None:
        self.send(TextMessage(json.dumps(message)))

    def hear(self) -> Any:
        """Return the next message, or the event that is none."""
        while True:
            for found in self._frames.events():
                return json.loads(found.data) if isinstance(found, TextMessage) else found
            self._frames.receive_data(self.exchange.connection.recv(65536) or None)


def gradio_3(
    talk: Talk, status: int = 404, version: str = "3.50.2", **options: Json
) -> dict[str, Play]:
    """Return what a server of Gradio 3.x does whose function is called by its queue alone."""
    configuration = {
        **config("3", ["textbox"], ["textbox"]),
        "enable_queue": True,
        "version": version,
    }
    configuration["dependencies"][0] |= options

    def join(exchange: Exchange) -> None:
        peer = Peer(exchange)
        peer.open()
        talk(peer)

    return {
        "/config": say(configuration),
        "/info": say({}),
        "/run/predict": say({"detail": "Not authorized to skip the queue"}, status),
        "/queue/join": join,
    }


def asked(peer: Peer) -> Json:
    """Ask for the call, as Gradio 3.x does, and return it."""
    peer.say(msg="send_hash")
    names = peer.hear()
    peer.say(msg="estimation", rank=0, queue_size=1)
    peer.say(msg="send_data")
    body = peer.hear()
    assert {key: body[key] for key in names} == names
    peer.say(msg="process_starts")
    return body


def completed(peer: Peer, output: Json, success: bool = True) -> None:
    peer.say(msg="process_completed", output=output, success=success)


def echo(peer: Peer) -> None:
    completed(peer, {"data": asked(peer)["data"], "duration": 0.5})
