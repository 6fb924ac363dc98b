"""How a function is called: directly, or by one of Gradio's queues, of which there were three.

In 3.x a WebSocket asks for the call and answers it. In 4.0 to 4.8 a stream of server-sent events
asks for the call, which is sent in a request of its own. From 4.9 on the call is sent first, and a
stream answers all calls of its session.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from encoders.errors import PredictError
from encoders.limits import Limits
from encoders.predict.body import BodyReader, Parsed
from encoders.predict.client.steps import Request, Steps
from encoders.predict.events import EventReader, queue_answer
from encoders.predict.payloads import batch_of_one, pieces
from encoders.predict.values import Json, summary


@dataclass(frozen=True, slots=True)
class Call:
    """A call as any queue takes it.

    Attributes:
        root: the URL below which the server's API lies.
        label: the endpoint, for error messages.
        body: the payload, with ``fn_index`` and ``session_hash``.
        limits: bounds on the answer.
    """

    root: str
    label: str
    body: dict[str, Json]
    limits: Limits

    def text(self, **more: Json) -> bytes:
        """Return the body as JSON, with ``more`` keys."""
        return "".join(pieces({**self.body, **more})).encode("ascii")

    @property
    def identity(self) -> dict[str, Any]:
        """Which function is called, and in which session."""
        return {key: self.body[key] for key in ("fn_index", "session_hash")}


def call_directly(call: Call, url: str, batched: bool, event_id: str | None) -> Steps[Parsed]:
    """Call a function that answers at once.

    A generator gives one value a call: it is called until it ends, and its last value is returned.
    The server keeps it from call to call under the ``event_id``, beside the session. A function
    that is ``batched`` takes a list for each input.
    """
    more: dict[str, Json] = batch_of_one(call.body["data"]) if batched else {}
    text = call.text(**more, event_id=event_id) if event_id else call.text(**more)
    last = None
    while True:
        parsed: Parsed = yield Request("POST", url, BodyReader(call.limits), call.label, text)
        is_generating = isinstance(parsed.value, dict) and parsed.value.get("is_generating")
        if not is_generating:
            return _answer_of_batch(last or parsed) if batched else last or parsed
        last = parsed


def _answer_of_batch(parsed: Parsed) -> Parsed:
    """Return the answer for the one call of a batch."""
    outputs = parsed.value.get("data") if isinstance(parsed.value, dict) else None
    if not isinstance(outputs, list) or not all(
        isinstance(output, list) and len(output) == 1 for output in outputs
    ):
        raise PredictError(f"expected the answer for a batch of one, found {summary(parsed.value)}")
    return Parsed({**parsed.value, "data": [output[0] for output in outputs]}, parsed.has_urls)


def call_by_websocket(call: Call) -> Steps[Parsed]:
    """Call by the queue of Gradio 3.x."""
    from encoders.predict.client.websocket import SocketQueue

    identity = json.dumps(call.identity).encode("ascii")
    socket = SocketQueue(call.limits, {"send_hash": lambda: identity, "send_data": call.text})
    reader = BodyReader(call.limits)
    answer = yield Request("GET", f"{call.root}/queue/join", reader, call.label, socket=socket)
    if socket.answer is None:
        raise PredictError(f"the server's queue answers {summary(answer.value)}")
    return socket.answer


def call_by_stream(call: Call) -> Steps[Parsed]:
    """Call by the queue of Gradio 4.0 to 4.8."""
    reader = _StreamReader(call.limits, call)
    query = "&".join(f"{key}={value}" for key, value in call.identity.items())
    url = f"{call.root}/queue/join?{query}"
    answer: Parsed = yield Request("GET", url, reader, call.label, follow_up=reader.follow_up)
    return answer


def call_by_session(call: Call) -> Steps[Parsed]:
    """Call by the queue of Gradio 4.9 and later."""
    url = f"{call.root}/queue/join"
    joined = (yield Request("POST", url, BodyReader(call.limits), call.label, call.text())).value
    event_id = joined.get("event_id") if isinstance(joined, dict) else None
    if not isinstance(event_id, str):
        raise PredictError(f"expected an event_id, found {summary(joined)}", endpoint=call.label)
    url = f"{call.root}/queue/data?session_hash={call.body['session_hash']}"
    reader = SessionReader(call.limits, event_id)
    answer: Parsed = yield Request("GET", url, reader, call.label)
    return answer


Queue = Callable[[Call], Steps[Parsed]]


def queue_of(protocol: str) -> Queue:
    """Return how to call by a queue of this protocol, as in a server's configuration."""
    if protocol == "sse":
        return call_by_stream
    return call_by_session if protocol.startswith("sse_") else call_by_websocket


@dataclass(slots=True)
class _StreamReader(EventReader):
    """Reads the messages of one call, and sends the call when it is asked for."""

    call: Call
    _next: Request | None = field(default=None, init=False)

    def read_event(self, name: str, message: Parsed) -> None:
        value = message.value
        if isinstance(value, dict) and value.get("msg") == "send_data":
            body = self.call.text(event_id=value.get("event_id"))
            url, reader = f"{self.call.root}/queue/data", BodyReader(self.limits)
            self._next = Request("POST", url, reader, self.call.label, body)
        else:
            self.answer = queue_answer(message)

    def follow_up(self) -> Request | None:
        request, self._next = self._next, None
        return request


@dataclass(slots=True)
class SessionReader(EventReader):
    """Reads the messages of a session up to the one that ends the call ``event_id``."""

    event_id: str

    def read_event(self, name: str, message: Parsed) -> None:
        value = message.value
        if isinstance(value, dict) and value.get("event_id") in (None, self.event_id):
            self.answer = queue_answer(message)
