"""How a function is called: directly, or by one of Gradio's queues, of which there were three.

In 3.x a WebSocket asks for the call and answers it. In 4.0 to 4.8 a stream of server-sent events
asks for the call, which is sent in a request of its own. From 4.9 on the call is sent first, and a
stream answers all calls of its session.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from encoders.errors import EncodersError, PredictError
from encoders.limits import Limits
from encoders.predict.body import BodyReader, Parsed
from encoders.predict.client.queues.messages import Messages, Watch
from encoders.predict.client.queues.status import Status
from encoders.predict.client.steps import BytesReader, Cancelled, Pause, Request, Steps, T
from encoders.predict.events import EventReader
from encoders.predict.payloads import batch_of_one, pieces
from encoders.predict.values import Json, summary

_CANCEL_PAUSE = 0.3  # seconds
_CANCEL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call as any queue takes it.

    Attributes:
        root: the URL below which the server's API lies.
        label: the endpoint, for error messages.
        body: the payload, with ``fn_index`` and ``session_hash``.
        limits: bounds on the answer.
        protocol: of the queue.
        cancel_path: where the server is asked to end a call; empty where it cannot be.
        watch: what is told how far the call is, and of its outputs.
    """

    root: str
    label: str
    body: dict[str, Json]
    limits: Limits
    protocol: str
    cancel_path: str
    watch: Watch | None

    def text(self, **more: Json) -> bytes:
        """Return the body as JSON, with ``more`` keys."""
        return "".join(pieces({**self.body, **more})).encode("ascii")

    @property
    def identity(self) -> dict[str, Any]:
        """Which function is called, and in which session."""
        return {key: self.body[key] for key in ("fn_index", "session_hash")}

    @property
    def messages(self) -> Messages:
        """A reader of the messages of the queue."""
        return Messages(self.protocol, self.watch)

    def cancellable(self, steps: Steps[T], event_id: Callable[[], str | None]) -> Steps[T]:
        """Take ``steps``, and end the call on the server too if it is cancelled meanwhile.

        The end of a stream ends a generator at its next value. Until then, the request to cancel
        would leave the generator to the garbage collector of Gradio 4, so it comes a little later.
        """
        try:
            return (yield from steps)
        except (Cancelled, KeyboardInterrupt):
            if self.cancel_path:
                body = {**self.identity, "event_id": event_id()}
                with suppress(EncodersError):  # the first error says more
                    yield Pause(_CANCEL_PAUSE, "the call was cancelled")
                    yield Request(
                        "POST",
                        f"{self.root}{self.cancel_path}",
                        BytesReader(self.limits),
                        self.label,
                        json.dumps(body).encode("ascii"),
                        end=time.monotonic() + _CANCEL_SECONDS,
                    )
            raise


def call_directly(call: Invocation, url: str, batched: bool, event_id: str | None) -> Steps[Parsed]:
    """Call a function that answers at once.

    A generator gives one value a call: it is called until it ends, and its last value is returned.
    The server keeps it from call to call under the ``event_id``, beside the session. A function
    that is ``batched`` takes a list for each input.
    """
    more: dict[str, Json] = batch_of_one(call.body["data"]) if batched else {}
    text = call.text(**more, event_id=event_id) if event_id else call.text(**more)
    return (yield from call.cancellable(_values(call, url, text, batched), lambda: event_id))


def _values(call: Invocation, url: str, text: bytes, batched: bool) -> Steps[Parsed]:
    last = None
    if call.watch:
        call.watch.set_status(Status("running"))
    while True:
        parsed: Parsed = yield Request("POST", url, BodyReader(call.limits), call.label, text)
        is_generating = isinstance(parsed.value, dict) and parsed.value.get("is_generating")
        if last and not is_generating:
            return last
        parsed = _answer_of_batch(parsed) if batched else parsed
        if not is_generating:
            return parsed
        if call.watch:
            call.watch.add_output(parsed, False)
        last = parsed


def _answer_of_batch(parsed: Parsed) -> Parsed:
    """Return the answer for the one call of a batch."""
    outputs = parsed.value.get("data") if isinstance(parsed.value, dict) else None
    if not isinstance(outputs, list) or not all(
        isinstance(output, list) and len(output) == 1 for output in outputs
    ):
        raise PredictError(f"expected the answer for a batch of one, found {summary(parsed.value)}")
    return parsed._replace(value={**parsed.value, "data": [output[0] for output in outputs]})


def call_by_websocket(call: Invocation) -> Steps[Parsed]:
    """Call by the queue of Gradio 3.x."""
    from encoders.predict.client.queues.websocket import SocketQueue

    identity = json.dumps(call.identity).encode("ascii")
    replies = {"send_hash": lambda: identity, "send_data": call.text}
    socket = SocketQueue(call.limits, replies, call.messages)
    reader = BodyReader(call.limits)
    request = Request("GET", f"{call.root}/queue/join", reader, call.label, socket=socket)
    answer = yield from call.cancellable(_sent(request), lambda: None)
    if socket.answer is None:
        raise PredictError(f"the server's queue answers {summary(answer.value)}")
    return socket.answer


def call_by_stream(call: Invocation) -> Steps[Parsed]:
    """Call by the queue of Gradio 4.0 to 4.8."""
    reader = _StreamReader(call.limits, call.messages, call)
    query = "&".join(f"{key}={value}" for key, value in call.identity.items())
    url = f"{call.root}/queue/join?{query}"
    request = Request("GET", url, reader, call.label, follow_up=reader.follow_up)
    answer: Parsed = yield from call.cancellable(_sent(request), lambda: reader.event_id)
    return answer


def call_by_session(call: Invocation) -> Steps[Parsed]:
    """Call by the queue of Gradio 4.9 and later."""
    url = f"{call.root}/queue/join"
    join = Request("POST", url, BodyReader(call.limits), call.label, call.text())
    # Without the answer, the server cannot be asked to end the call.
    join.patience = _CANCEL_SECONDS
    joined = (yield join).value
    event_id = joined.get("event_id") if isinstance(joined, dict) else None
    if not isinstance(event_id, str):
        raise PredictError(f"expected an event_id, found {summary(joined)}", endpoint=call.label)
    url = f"{call.root}/queue/data?session_hash={call.body['session_hash']}"
    reader = SessionReader(call.limits, call.messages, event_id)
    request = Request("GET", url, reader, call.label)
    answer: Parsed = yield from call.cancellable(_sent(request), lambda: event_id)
    return answer


def _sent(request: Request) -> Steps[Any]:
    """Send a request whose answer ends the call on the server when its connection is closed.

    Servers see only that of an answer that has begun.
    """

    def begin(*_: object) -> None:
        request.patience = 0

    request.patience, request.begin = _CANCEL_PAUSE, begin
    return (yield request)


Queue = Callable[[Invocation], Steps[Parsed]]


def queue_of(protocol: str) -> Queue:
    """Return how to call by a queue of this protocol, as in a server's configuration."""
    if protocol == "sse":
        return call_by_stream
    return call_by_session if protocol.startswith("sse_") else call_by_websocket


@dataclass(slots=True)
class _StreamReader(EventReader):
    """Reads the messages of one call, and sends the call when it is asked for.

    Attributes:
        event_id: of the call, once it is asked for.
    """

    messages: Messages
    call: Invocation
    event_id: str | None = field(default=None, init=False)
    _next: Request | None = field(default=None, init=False)

    def read_event(self, name: str, message: Parsed) -> None:
        value = message.value
        if isinstance(value, dict) and value.get("msg") == "send_data":
            event_id = value.get("event_id")
            self.event_id = event_id if isinstance(event_id, str) else None
            body = self.call.text(event_id=event_id)
            url, reader = f"{self.call.root}/queue/data", BodyReader(self.limits)
            self._next = Request("POST", url, reader, self.call.label, body)
        else:
            self.answer = self.messages.read(message)

    def follow_up(self) -> Request | None:
        request, self._next = self._next, None
        return request


@dataclass(slots=True)
class SessionReader(EventReader):
    """Reads the messages of a session up to the one that ends the call ``event_id``."""

    messages: Messages
    event_id: str

    def read_event(self, name: str, message: Parsed) -> None:
        value = message.value
        if isinstance(value, dict) and value.get("event_id") in (None, self.event_id):
            self.answer = self.messages.read(message)
