"""What a queue's messages say of a call: how far it is, its outputs as they come, and its end.

From 4.11 on, each output of a generator but the first is sent as edits of the output before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from encoders.data_url.value import DataURL
from encoders.errors import LimitError, ResponseError
from encoders.errors.text import one_line
from encoders.limits import Limits
from encoders.predict.body import Parsed
from encoders.predict.client.queues.status import Progress, Status
from encoders.predict.events import queue_answer
from encoders.predict.values import Json, summary

_WHOLE_OUTPUTS = ("ws", "sse", "sse_v1")  # protocols that send no edits
_MOST_BARS = 20  # of nested progress bars
_LONGEST_TEXT = 200  # characters


@dataclass(frozen=True, slots=True)
class Watch:
    """What takes what becomes known of a call before it ends.

    Attributes:
        set_status: takes how far the call is.
        add_output: takes an output, and whether it consists of edits of the output before it.
        note_payload: takes the payload, just before it is sent.
    """

    set_status: Callable[[Status], None]
    add_output: Callable[[Parsed, bool], None]
    note_payload: Callable[[Json], None] = lambda _: None


@dataclass(slots=True)
class Messages:
    """Reads the messages of one call.

    Attributes:
        protocol: of the queue.
        watch: what is told of all but the end, if anything is.
    """

    protocol: str
    watch: Watch | None
    _has_output: bool = field(default=False, init=False)

    def read(self, message: Parsed) -> Parsed | None:
        """Return the answer in a message, or None for one that does not end the call.

        Raises:
            PredictError: the message says that the call failed.
        """
        if self.watch is not None and isinstance(message.value, dict):
            self._report(message, self.watch)
        return queue_answer(message)

    def _report(self, message: Parsed, watch: Watch) -> None:
        value = message.value
        kind = value.get("msg")
        if kind == "process_generating":
            output = value.get("output")
            if isinstance(output, dict) and isinstance(output.get("data"), list):
                is_edit = self._has_output and self.protocol not in _WHOLE_OUTPUTS
                self._has_output = True
                watch.add_output(message._replace(value=output), is_edit)
        elif kind == "estimation":
            rank = _whole(value.get("rank"))
            watch.set_status(
                Status(
                    "waiting",
                    place=None if rank is None else rank + 1,
                    size=_whole(value.get("queue_size")),
                    eta=_number(value.get("rank_eta")),
                )
            )
        elif kind == "process_starts":
            watch.set_status(Status("running", eta=_number(value.get("eta"))))
        elif kind == "progress":
            watch.set_status(Status("running", progress=tuple(_bars(value.get("progress_data")))))


def _bars(value: Json) -> Iterator[Progress]:
    for item in value[:_MOST_BARS] if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield Progress(
                index=_number(item.get("index")),
                length=_number(item.get("length")),
                unit=_text(item.get("unit")) or "steps",
                fraction=_number(item.get("progress")),
                text=_text(item.get("desc")),
            )


def _number(value: Json) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and 0 <= value < math.inf else None


def _whole(value: Json) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _text(value: Json) -> str:
    return one_line(value, _LONGEST_TEXT) if isinstance(value, str) else ""


class Edits:
    """Applies edits to outputs. An output shares with the one before it what has not changed.

    An edit is ``[action, path, value]``; its actions are replace, append (to text or a list), add
    (an item or a key) and delete.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._last: list[Json] = []
        self._work = 0
        self._own: dict[int, Json] = {}

    def output(self, sent: Parsed, *, is_edit: bool) -> Parsed:
        """Return a whole output for one that was sent whole or as edits.

        Raises:
            ResponseError: the edits are not those of Gradio, or do not fit the output before them.
            LimitError: the edits copy more bytes than ``max_body_bytes``.
        """
        data = sent.value["data"]
        if is_edit:
            if len(data) != len(self._last):
                raise ResponseError(f"found edits of {len(data)} outputs of {len(self._last)}")
            self._work = 0
            self._own = {}
            data = [self._edited(old, edits) for old, edits in zip(self._last, data, strict=True)]
        self._last = data
        return sent._replace(value={**sent.value, "data": data}, has_urls=True)

    def _edited(self, value: Json, edits: Json) -> Json:
        if not isinstance(edits, list):
            raise ResponseError(f"found {summary(edits)}: expected a list of edits")
        for edit in edits:
            try:
                action, path, new = edit
                value = self._apply(value, action, list(path), new)
            except LimitError:
                raise
            except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
                raise ResponseError(
                    f"the server sent an edit that does not fit its output: {summary(edit)}"
                ) from error
        return value

    def _apply(self, root: Json, action: str, path: list[Any], new: Json) -> Json:
        if not path:
            return self._changed(root, action, new)
        root = holder = self._copied(root)
        *steps, last = path
        for step in steps:
            holder[step] = holder = self._copied(holder[step])
        if isinstance(holder, dict) and not isinstance(last, str):
            raise TypeError(type(last))  # no key of JSON
        if action == "delete" and isinstance(holder, list):
            holder.pop()  # always the last, although Gradio says another one where many go
        elif action == "delete":
            del holder[last]
        elif action == "add" and isinstance(holder, list):
            self._count(8 * max(len(holder) - last, 0))  # what moves
            holder.insert(last, new)
        elif action == "add":
            holder[last] = new
        else:
            holder[last] = self._changed(holder[last], action, new)
        return root

    def _changed(self, old: Json, action: str, new: Json) -> Json:
        if action == "replace":
            return new
        if action != "append":
            raise ValueError(action)
        if isinstance(old, list):
            return [*self._copied(old), *new]
        if not isinstance(new, str | DataURL):  # long text that is one was read as one
            raise TypeError(type(new))
        old = str(old)
        self._count(len(old))
        return old + str(new)

    def _copied(self, holder: Json) -> Any:
        """Return a list or object that may be changed: a copy, unless it is one already."""
        if id(holder) in self._own:
            return holder
        if not isinstance(holder, list | dict):
            raise TypeError(type(holder))
        self._count(8 * len(holder))
        copy = holder.copy()
        self._own[id(copy)] = copy
        return copy

    def _count(self, size: int) -> None:
        self._work += size
        self._limits.check("max_body_bytes", self._work, "bytes copied by edits of an output")
