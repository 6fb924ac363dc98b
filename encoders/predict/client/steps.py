"""What a call does, as values: requests to send, locks to take, and readers of what comes back.

A call is a generator, `Steps`: it yields a `Request` and is sent what its reader made of the
answer, or yields a `Turn` to wait for a lock, a `Pause`, or `Work` and is sent its result. `http`
drives it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar

from encoders.errors import PredictError
from encoders.limits import Limits

if TYPE_CHECKING:
    from encoders.predict.client.queues.websocket import SocketQueue

T = TypeVar("T")

_MAY_PASS = (502, 503, 504)  # HTTP statuses of a proxy that does not reach the server
_PAUSES = (0.1, 0.3, 0.9)  # seconds


class Cancelled(BaseException):
    """Raised in the steps of a call that is cancelled. No ``except Exception`` catches it."""


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
        headers: sent in place of the interface's own, which are for its server alone.
        more_headers: sent beside them.
        begin: gets the status and the headers of a good answer before ``reader`` gets its body.
        is_renewed: whether the server has refused it before, and the user has logged in again.
        end: when it ends if the call does not end before, by `time.monotonic`.
        patience: seconds that it may still take when the call is cancelled.
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
    headers: Mapping[str, str] | None = None
    more_headers: Mapping[str, str] = field(default_factory=dict)
    begin: Callable[[int, Mapping[str, str]], None] | None = None
    is_renewed: bool = False
    end: float = math.inf
    patience: float = 0

    @property
    def can_repeat(self) -> bool:
        """Whether all of it can be sent again: not files that cannot seek."""
        return all(file.seekable() for _, (_, file, _) in self.files or ())


@dataclass(frozen=True, slots=True)
class Turn:
    """A wait for a lock, which the call has to release then.

    Attributes:
        endpoint: for error messages.
    """

    lock: threading.Lock
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """Work for the processor, which no event loop should wait for. The answer is its result."""

    function: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait of some seconds.

    Attributes:
        reason: what is waited for, for the error if no time is left.
    """

    seconds: float
    reason: str


Step = Request | Turn | Work | Pause
Steps = Generator[Step, Any, T]


def repeated(make: Callable[[], Request]) -> Steps[Any]:
    """Send a request, again if the connection breaks, or a proxy does not reach the server.

    Args:
        make: returns a request that has not been sent yet, and that a server may get twice.
    """
    for seconds in _PAUSES:
        request = make()
        try:
            return (yield request)
        except PredictError as error:
            if not (error.broke or error.status in _MAY_PASS) or not request.can_repeat:
                raise
            failure = error
        try:
            yield Pause(seconds, "the connection was broken")
        except PredictError:  # no time is left
            raise failure from None
    return (yield make())


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
