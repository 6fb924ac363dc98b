"""Server-sent events of Gradio 4 to 6: how a stream of them is read up to the end of a call.

The events are those of the HTML standard, section 9.2, each with one line of JSON. There are two
kinds of streams: that of ``/call/NAME/EVENT_ID``, with ``event: complete`` and ``event: error``,
and that of the queue, ``/queue/data``, whose JSON says under ``msg`` what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from encoders.errors import PredictError, QuotaError, Remedy, ResponseError, clip
from encoders.limits import Limits
from encoders.predict.body import BodyReader, Parsed
from encoders.predict.values import Json, summary

_DEFAULT_EVENT = ("", "message")
_LONGEST_LINE = 64 * 1024  # bytes, of lines other than data
_MUST_BE_JSON = (*_DEFAULT_EVENT, "complete", "error")
# How a stream begins, unlike JSON or a data URL, which begins with "data:" too.
_STREAM = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:(?:event|id|retry)?:|data:\s*(?:[\[{\"]|null\b))")
_EVENT_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
# The repr of a Python text.
_LITERAL = re.compile(r"'(?:[^'\\]++|\\.)*+'" + r'|"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:(x[0-9a-f]{2}|u[0-9a-f]{4}|U000[0-9a-f]{5}|U0010[0-9a-f]{4})|(.))", re.DOTALL
)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
# What the package "spaces" of ZeroGPU says since 2024. Gradio sends no title before 5.
_QUOTA_TITLE = re.compile("ZeroGPU (?:quota|pending credits) exceeded")
_QUOTA = re.compile(
    r"exceeded your (?:\w{1,9} ){0,2}(?:Zero)?GPU (?:quota|runs limit)|reached its GPU limit"
)
_GPU_TIME = re.compile(r"(\d{1,9})s (requested|left)")
_TRY_AGAIN = re.compile(
    r"(?:try again|retry) in (?:(\d{1,5}) days?, )?(\d{1,5}):(\d\d):(\d\d)", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-z][^<>]*>")


def is_event_stream(start: bytes) -> bool:
    """Tell whether a body that starts like this is a stream of events, not JSON.

    >>> is_event_stream(b"event: complete"), is_event_stream(b'{"data": []}')
    (True, False)
    """
    return _STREAM.match(start) is not None


@dataclass(slots=True)
class EventReader:
    """Reads a stream of events piece by piece, up to the one that ends a call.

    Attributes:
        limits: bounds on each event.
        answer: the data of the event that ends the call, once it has come.
    """

    limits: Limits
    answer: Parsed | None = field(default=None, init=False)
    # The line so far; the first may begin with a byte-order mark.
    _line: bytes = field(default=b"\n", init=False)
    _data: BodyReader | None = field(default=None, init=False)
    _in_data: bool = field(default=False, init=False)
    _name: str = field(default="", init=False)
    _after_return: bool = field(default=False, init=False)

    def feed(self, chunk: bytes) -> bool:
        if self._after_return and chunk[:1] == b"\n":
            chunk = chunk[1:]
        self._after_return = chunk.endswith(b"\r")
        chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._take(line)
            self._end_line()
            if self.answer is not None:
                return True
        self._take(rest)
        return False

    def close(self) -> Parsed:
        if self.answer is None:
            raise PredictError("the server's messages ended before the answer was complete")
        return self.answer

    def _take(self, part: bytes) -> None:
        if self._data and self._in_data:
            self._data.feed(part)
            return
        self._line = (self._line + part).removeprefix(b"\n\xef\xbb\xbf")
        line = self._line.lstrip(b"\n")
        if line.startswith(b"data:"):
            self._in_data = True
            data = b"\n" + line[5:] if self._data else line[5:]
            self._data = self._data or BodyReader(self.limits)
            self._data.feed(data)
        elif len(line) > _LONGEST_LINE:
            raise PredictError("the server's messages are not those of Gradio's queue")

    def _end_line(self) -> None:
        line, self._line = self._line.lstrip(b"\n"), b""
        if self._in_data:
            self._in_data = False
        elif line.startswith(b"event:"):
            self._name = line[6:].strip().decode("utf-8", "replace")
        elif not line:
            self._end_event()

    def _end_event(self) -> None:
        data, name = self._data, self._name
        self._data, self._name = None, ""
        try:
            if data:
                self.read_event(name, data.close())
        except ResponseError:
            if name in _MUST_BE_JSON:  # a proxy's own messages need not be JSON
                raise

    def read_event(self, name: str, message: Parsed) -> None:
        """Take one event, and keep the answer if it has one.

        Its ``name`` is the text after ``event:``; empty, or "message", where there is none.

        Raises:
            PredictError: the event says that the call failed.
        """
        if name in _DEFAULT_EVENT:
            self.answer = queue_answer(message)
        elif name == "complete":
            self.answer = message
        elif name == "error":
            value = message.value
            raise failed(value if isinstance(value, dict) else {"error": value})


def queue_answer(message: Parsed) -> Parsed | None:
    """Return the answer in a message of the queue, in the form of a direct call's answer.

    Return None for a message that only says how far the call is.

    Raises:
        PredictError: the message says that the call failed.
    """
    value = message.value
    if not isinstance(value, dict):
        return None
    kind, output = value.get("msg"), value.get("output")
    if kind == "process_completed" and value.get("success") is not False:
        return message._replace(value=output)
    if kind == "process_completed":
        raise server_error(output if isinstance(output, dict) else {"error": output})
    if kind in ("unexpected_error", "server_stopped", "queue_full"):
        raise PredictError(error_text({"error": value.get("message") or kind}))
    return None


def only_called(event_id: Json) -> ResponseError:
    """Return the error for an answer that is only the id of the call, not its result."""
    known = isinstance(event_id, str) and _EVENT_ID.fullmatch(event_id)
    place = event_id if known else "EVENT_ID"
    found = clip(event_id) if isinstance(event_id, str) else summary(event_id)
    return ResponseError(
        f"the server has taken the call as {found}, and sends the result elsewhere",
        remedy=(
            Remedy(
                "in Python",
                value="call it with Interface.predict",
                shell="call it with encoders predict",
            ),
            Remedy(
                "do",
                value=f'get it with curl -sN "$URL/{place}" | encoders response -o out, '
                "where $URL is the URL that was called",
            ),
        ),
    )


def failed(answer: Mapping[str, Json]) -> PredictError:
    """Return the error for a failed call, whose payload may be of another era than the server."""
    text = error_text(answer)
    if answer.get("error", answer.get("detail")) is None:
        text += "; or the payload has the form of another era than the server's"
        return PredictError(text)
    return server_error(answer)


def server_error(answer: Mapping[str, Json], status: int | None = None) -> PredictError:
    """Return the error for what an answer says of an error: one of its own for a used up quota."""
    start, text, title = (
        f"HTTP {status}: " if status else "",
        error_text(answer),
        answer.get("title"),
    )
    is_quota = isinstance(title, str) and _QUOTA_TITLE.fullmatch(title)
    if not is_quota and not _QUOTA.search(text):
        return PredictError(start + text, status=status)
    text = _TAG.sub("", text)
    times = {name: int(seconds) for seconds, name in _GPU_TIME.findall(text)}
    if wait := _TRY_AGAIN.search(text):
        days, hours, minutes, seconds = (int(group or 0) for group in wait.groups())
        times["seconds"] = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return QuotaError(start + text, **times, status=status)


def error_text(answer: Mapping[str, Json]) -> str:
    """Return what an answer says of an error, in the server's own words."""
    error = answer.get("error", answer.get("detail"))
    if error is None:
        return "the server's function failed, and the server does not say why (show_error is off)"
    try:
        text = error if isinstance(error, str) else json.dumps(error, default=repr)
    except (RecursionError, ValueError):  # too deep, or a number of thousands of digits
        text = summary(error)
    if _LITERAL.fullmatch(text):  # so do Gradio 3 and 4 write it
        text = _ESCAPE.sub(_unescaped, text[1:-1])
    return f"the server says: {text[:2000]}"


def _unescaped(escape: re.Match[str]) -> str:
    code, sign = escape.groups()
    return chr(int(code[1:], 16)) if code else _CONTROLS.get(sign, sign)
