"""The queue of Gradio 3.x over a WebSocket (RFC 6455), without the connection that carries it.

Import this module on first use: wsproto takes some time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Ping, TextMessage
from wsproto.utilities import generate_accept_token, generate_nonce

from encoders.errors import PredictError, clip
from encoders.limits import Limits
from encoders.predict.body import BodyReader, Parsed
from encoders.predict.client.queues.messages import Messages


@dataclass(slots=True)
class SocketQueue:
    """Takes the server's bytes and returns what to send, message by message, up to an answer.

    Attributes:
        limits: bounds on each message.
        replies: what to send, by the ``msg`` that asks for it.
        messages: reads all other messages.
        answer: the answer, once a message has brought it.
    """

    limits: Limits
    replies: Mapping[str, Callable[[], bytes]]
    messages: Messages
    answer: Parsed | None = field(default=None, init=False)
    _key: bytes = field(default_factory=generate_nonce, init=False)
    _frames: Connection = field(
        default_factory=lambda: Connection(ConnectionType.CLIENT), init=False
    )
    _message: BodyReader | None = field(default=None, init=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request that opens the WebSocket (section 4.1)."""
        return {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Key": self._key.decode(),
            "Sec-WebSocket-Version": "13",
        }

    def check_accept(self, headers: Mapping[str, str]) -> None:
        """Check the headers with which the server opens the WebSocket.

        Raises:
            PredictError: they answer another request than this one.
        """
        if headers.get("Sec-WebSocket-Accept") != generate_accept_token(self._key).decode():
            raise PredictError("the server opens a WebSocket that was not asked for")

    def receive(self, data: bytes) -> bytes:
        """Take what the server sent, and return what to send.

        Raises:
            PredictError: the server closed the WebSocket, or a message says that the call failed.
            ResponseError: a message is not JSON.
            LimitError: a message is too large.
        """
        replies = bytearray()
        self._frames.receive_data(data or None)  # None says that the connection has ended
        for event in self._frames.events():
            if isinstance(event, CloseConnection):
                raise PredictError(
                    "the server closed its queue before the answer was complete, "
                    f"with code {event.code}{f': {clip(event.reason)}' if event.reason else ''}"
                )
            if isinstance(event, Ping):
                replies += self._frames.send(event.response())
            elif isinstance(event, TextMessage):
                replies += self._take_part(event)
            if self.answer is not None:
                replies += self._frames.send(CloseConnection(code=1000))
                break
        return bytes(replies)

    def _take_part(self, part: TextMessage) -> bytes:
        self._message = self._message or BodyReader(self.limits)
        self._message.feed(part.data.encode())
        if not part.message_finished:
            return b""
        message, self._message = self._message.close(), None
        kind = message.value.get("msg") if isinstance(message.value, dict) else None
        if isinstance(kind, str) and kind in self.replies:
            return self._frames.send(TextMessage(self.replies[kind]().decode()))
        self.answer = self.messages.read(message)
        return b""
