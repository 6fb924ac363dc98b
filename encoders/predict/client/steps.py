"""What a call does, as values: requests to send, locks to take, and readers of what comes back.

A call is a generator, `Steps`: it yields a `Request` and is sent what its reader made of the
answer, or yields a `Turn` and is sent whether it has the lock. `http` drives it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar

from encoders.limits import Limits

if TYPE_CHECKING:
    from encoders.predict.client.websocket import SocketQueue

T = TypeVar("T")


class Reader(Protocol):
    """Takes a body piece by piece."""

    def feed(self, chunk: bytes) -> bool | None:
        """Take a piece; return True if no more is wanted."""

    def close(self) -> Any:
        """Return what was read."""


@dataclass(slots=True)
class Request:
    """One HTTP request.

    Attributes:
        reader: what takes the answer's body.
        endpoint: for error messages.
        body: JSON text.
        form: fields of a form.
        files: to upload, as ``(field, (name, file, media type))``.
        follow_up: says, after each piece of the answer, what to send while the answer goes on.
        socket: speaks with the server once it has agreed to; ``reader`` gets nothing then.
    """

    method: str
    url: str
    reader: Reader
    endpoint: str | None = None
    body: bytes | None = None
    form: dict[str, str] | None = None
    files: list[tuple[str, tuple[str, BinaryIO, str]]] | None = None
    follow_up: Callable[[], Request | None] | None = None
    socket: SocketQueue | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A wait for a lock. The answer says whether the call has it now, and so has to release it.

    Attributes:
        endpoint: for error messages.
        is_needed: whether the call cannot go on without it. A lock that is not needed is not waited
            for where its holder may need this thread to go on.
    """

    lock: threading.Lock
    endpoint: str | None = None
    is_needed: bool = True


Steps = Generator[Request | Turn, Any, T]


@dataclass(slots=True)
class BytesReader:
    """Reads a body whole, up to a bound."""

    limits: Limits
    data: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> None:
        size = len(self.data) + len(chunk)
        self.limits.check("max_body_bytes", size, "bytes of a fetched file so far")
        self.limits.check("max_bytes", size, "bytes of a fetched file so far")
        self.data += chunk

    def close(self) -> bytes:
        return bytes(self.data)
