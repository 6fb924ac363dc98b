"""The client's side of a WebSocket (RFC 6455), without the connection that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from encoders.errors import PredictError, clip
from encoders.limits import Limits
from encoders.predict.body import BodyReader, Parsed

if TYPE_CHECKING:
    from wsproto.connection import Connection


@dataclass
class WebSocket:
    """Takes the server's bytes and returns what to send, message by message, up to an answer.

    Attributes:
        limits: bounds on each message.
        answer: the answer, once a message has brought it.
    """

    limits: Limits
    answer: Parsed | None = field(default=None, init=False)
    _message: BodyReader | None = field(default=None, init=False)

    def take_message(self, message: Parsed) -> bytes | None:
        """Take a message, which is JSON; return what to reply, or keep the answer."""
        raise NotImplementedError

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers of the request that opens the WebSocket (section 4.1)."""
        from wsproto.utilities import generate_nonce

        return {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Key": generate_nonce().decode(),
            "Sec-WebSocket-Version": "13",
        }

    @cached_property
    def _frames(self) -> Connection:
        from wsproto.connection import Connection, ConnectionType

        return Connection(ConnectionType.CLIENT)

    def check_accept(self, headers: Mapping[str, str]) -> None:
        """Check the headers with which the server opens the WebSocket.

        Raises:
            PredictError: they answer another request than this one.
        """
        from wsproto.utilities import generate_accept_token

        expected = generate_accept_token(self.headers["Sec-WebSocket-Key"].encode())
        if headers.get("Sec-WebSocket-Accept") != expected.decode():
            raise PredictError("the server opens a WebSocket that was not asked for")

    def receive(self, data: bytes) -> bytes:
        """Take what the server sent, and return what to send.

        Raises:
            PredictError: the server closed the WebSocket, or a message says that the call failed.
            ResponseError: a message is not JSON.
            LimitError: a message is too large.
        """
        from wsproto import events

        replies = b""
        self._frames.receive_data(data or None)  # None says that the connection has ended
        for event in self._frames.events():
            if isinstance(event, events.CloseConnection):
                raise PredictError(
                    "the server closed its queue before the answer was complete, "
                    f"with code {event.code}{f': {clip(event.reason)}' if event.reason else ''}"
                )
            if isinstance(event, events.Ping):
                replies += self._frames.send(event.response())
            elif isinstance(event, events.TextMessage):
                replies += self._take_part(event)
            if self.answer is not None:
                return replies + self._frames.send(events.CloseConnection(code=1000))
        return replies

    def _take_part(self, part: Any) -> bytes:
        from wsproto.events import TextMessage

        self._message = self._message or BodyReader(self.limits)
        self._message.feed(part.data.encode())
        if not part.message_finished:
            return b""
        message, self._message = self._message, None
        reply = self.take_message(message.close())
        return b"" if reply is None else self._frames.send(TextMessage(reply.decode()))
