"""Servers whose queues say what a test has them say, in the protocol of each era."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

from tests.predict.client.calls import DATA, JOIN
from tests.predict.client.websocket_server import Peer, gradio_3
from tests.predict.http_server import Exchange, Json, Play, config, event, gradio, say, stream

PROTOCOLS = ("ws", "sse", "sse_v3")
_ASKS = ("send_hash", "send_data")
_LONGEST_WAIT = 10  # seconds


class Server:
    """What the queue of one protocol says of one call.

    Attributes:
        gone: set when the client has closed the connection.
    """

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self.gone = threading.Event()
        self._messages: queue.Queue[Json] = queue.Queue()
        self._posted = threading.Event()

    def say(self, **message: Json) -> None:
        """Have the queue send a message."""
        self._messages.put(message)

    def begin(self) -> None:
        """Have the queue ask for what it asks for before a call."""
        for kind in {"ws": _ASKS, "sse": _ASKS[1:]}.get(self.protocol, ()):
            self.say(msg=kind, event_id="mine")

    def generate(self, *outputs: Json) -> None:
        """Have the queue send some outputs of a generator of one component, whole or as edits."""
        for number, output in enumerate(outputs):
            sent = output
            if number and self.protocol == "sse_v3":
                sent = [["replace", [], output]]
            self.say(msg="process_generating", output={"data": [sent]}, success=True)

    def complete(self, output: Json) -> None:
        """Have the queue send the message that ends the call."""
        self.say(msg="process_completed", output={"data": [output]}, success=True)

    def plays(self) -> dict[str, Play]:
        """Return what the server does."""
        if self.protocol == "ws":
            return gradio_3(self._talk)
        if self.protocol == "sse":
            configuration = {**config("4", ["textbox"], ["textbox"]), "version": "4.0.2"}
            return {
                "/config": say({**configuration, "protocol": "sse", "enable_queue": True}),
                "/info": say({}),
                "/queue/join": self._stream,
                "/queue/data": self._take,
                "/reset": say({}),
            }
        joined = {JOIN["6"]: say({"event_id": "mine"}), DATA["6"]: self._stream}
        return {**gradio("6"), **joined, "/gradio_api/cancel": say({})}

    def _talk(self, peer: Peer) -> None:
        for message in self._said():
            peer.say(**message)
            if message["msg"] in _ASKS:
                peer.hear()
        peer.hear()

    def _take(self, exchange: Exchange) -> None:
        self._posted.set()
        exchange.answer(b"null")

    def _stream(self, exchange: Exchange) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        try:
            exchange.write((head,))
            for message in self._said():
                exchange.write((event(**{"event_id": "mine", **message}),))
                if message["msg"] == "send_data":
                    assert self._posted.wait(_LONGEST_WAIT)
        except OSError:
            self.gone.set()

    def _said(self) -> Iterator[Json]:
        while True:
            message = self._messages.get(timeout=_LONGEST_WAIT)
            yield message
            if message["msg"] == "process_completed":
                return


def playing(*messages: bytes, pause: float = 0) -> dict[str, Play]:
    """Return the plays of a server of Gradio 6 whose queue sends these messages for "mine"."""
    joined = {JOIN["6"]: say({"event_id": "mine"}), DATA["6"]: stream(*messages, pause=pause)}
    return {**gradio("6"), **joined, "/gradio_api/cancel": say({})}


def generating(data: Json) -> bytes:
    """Return the message with an output of a generator."""
    return event(msg="process_generating", event_id="mine", output={"data": data}, success=True)
