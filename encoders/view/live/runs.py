"""Calls that the live page makes: each gives lines of JSON, which say how far it is and what came.

The first line is ``{"call": id}``. Then come ``{"status": …}`` and ``{"output": HTML}``, and in the
end one of ``{"done": …}``, ``{"error": …}`` and ``{"cancelled": true}``.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar

import anyio.to_thread

from encoders.errors import CallCancelledError
from encoders.predict.client.call import Call
from encoders.predict.client.interface import Interface
from encoders.predict.client.queues.status import Status
from encoders.predict.endpoints import Endpoint
from encoders.predict.responses import Response
from encoders.predict.values import Json
from encoders.view.live.faults import fault_text, field_of
from encoders.view.live.forms import good_values
from encoders.view.live.storage import Storage, StoredLinks
from encoders.view.outputs import render_json, render_outputs

T = TypeVar("T")
Line = dict[str, Json]

_MOST_KEPT = 30  # runs whose files can still be seen and saved
_MOST_PARTIAL = 2  # outputs before the last whose files can still be seen


class Runs:
    """The calls that run, and the files of those that have ended last."""

    def __init__(self, interface: Interface, storage: Storage) -> None:
        self._interface = interface
        self._storage = storage
        self._running: dict[str, Run] = {}
        self._kept: deque[Run] = deque()

    def cancel(self, id: str) -> bool:
        """Cancel a call, and tell whether it was running."""
        run = self._running.get(id)
        if run:
            run.cancel()
        return run is not None

    def cancel_all(self) -> None:
        """Cancel all calls."""
        for run in [*self._running.values()]:
            run.cancel()

    async def run(self, endpoint: Endpoint, values: Sequence[Any]) -> AsyncGenerator[Line, None]:
        """Call an endpoint, and yield lines until the call has ended.

        When nobody asks for more lines, the call is cancelled.
        """
        id = secrets.token_urlsafe(12)
        run = self._running[id] = Run(self._interface, self._storage, endpoint, values)
        try:
            yield {"call": id}
            async with aclosing(run.lines()) as lines:
                async for line in lines:
                    yield line
        finally:
            del self._running[id]
            run.cancel()
            self._keep(run)

    def _keep(self, run: Run) -> None:
        """Keep the files of a run that has ended; delete those of the oldest ones over a bound."""
        self._kept.append(run)
        while len(self._kept) > 1 and self._is_over_bounds():
            self._kept.popleft().forget()

    def _is_over_bounds(self) -> bool:
        size = sum(run.size for run in self._kept)
        return len(self._kept) > _MOST_KEPT or size > self._storage.most_bytes


class Run:
    """A call, and what came of it as HTML."""

    def __init__(
        self, interface: Interface, storage: Storage, endpoint: Endpoint, values: Sequence[Any]
    ) -> None:
        self._interface = interface
        self._storage = storage
        self._endpoint = endpoint
        self._values = values
        self._call: Call | None = None
        self._is_cancelled = False
        self._payload: Json = None
        self._links = StoredLinks(storage)
        self._partial: deque[StoredLinks] = deque()
        self._began = time.monotonic()

    async def lines(self) -> AsyncGenerator[Line, None]:
        """Make the call; yield how far it is, its outputs as they come, and how it has ended."""
        try:
            call = await in_thread(self._begin)
            seen = call.status
            while change := await call._change(seen):
                if isinstance(change, Status):
                    seen = change
                    yield {"status": _status_json(seen), "seconds": self._seconds}
                else:
                    yield {"output": await in_thread(self._partial_html, change)}
            yield {"done": await in_thread(self._done, await call, self._seconds)}
        except CallCancelledError:
            yield {"cancelled": True}
        except Exception as error:  # or the page would wait for a last line
            yield {"error": await in_thread(self._failure, error)}
        finally:
            self._values, self._payload = (), None

    def cancel(self) -> None:
        """Cancel the call, at once or as soon as it begins."""
        self._is_cancelled = True
        if self._call:
            self._call.cancel()

    @property
    def size(self) -> int:
        """How many bytes of files have come, and can still be seen."""
        return sum(links.size for links in (*self._partial, self._links))

    def forget(self) -> None:
        """Delete the files that came."""
        for links in (*self._partial, self._links):
            links.forget()

    @property
    def _seconds(self) -> float:
        return round(time.monotonic() - self._began, 3)

    def _begin(self) -> Call:
        values, note = good_values(self._values), self._note_payload
        given = {"api_name": self._endpoint.index, "fetch_to": self._links.folder}
        self._call = self._interface._submit(values, given, is_watched=True, note_payload=note)
        if self._is_cancelled:
            self._call.cancel()
        return self._call

    def _note_payload(self, payload: Json) -> None:
        self._payload = payload

    def _partial_html(self, output: Response) -> str:
        self._partial.append(StoredLinks(self._storage))
        if len(self._partial) > _MOST_PARTIAL:
            self._partial.popleft().forget()
        return self._html(output, self._partial[-1])

    def _html(self, output: Response, links: StoredLinks) -> str:
        return render_outputs(output.data.undecoded(), links, self._interface.limits)

    def _done(self, answer: Response, seconds: float) -> Json:
        return {
            "output": self._html(answer, self._links),
            "seconds": seconds,
            "durations": answer.durations,
            "avg_durations": answer.avg_durations,
            "payload": render_json(self._payload, self._links),
            "answer": render_json(answer.json, self._links),
            "snippets": code_of(self._interface, self._endpoint, self._values),
        }

    def _failure(self, error: Exception) -> Json:
        """Return an error, with the answer if only a file of it could not be fetched."""
        answer = getattr(error, "answer", None)
        field = field_of(error, self._endpoint) if self._payload is None else None
        return {
            "message": fault_text(error, has_source=field is None),
            "field": field,
            "answer": "" if answer is None else self._html(answer, self._links),
        }


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Call a function in a thread, so that the event loop does not wait for it."""
    return await anyio.to_thread.run_sync(partial(function, *args))


def code_of(interface: Interface, endpoint: Endpoint, values: Sequence[Any]) -> dict[str, str]:
    """Return code that calls an endpoint with values."""
    return interface.snippets(endpoint.index, good_values(values))


def _status_json(status: Status) -> Line:
    bars = [
        {
            "desc": bar.text,
            "index": bar.index,
            "length": bar.length,
            "unit": bar.unit,
            "fraction": bar.fraction,
        }
        for bar in status.progress
    ]
    return {
        "state": status.state,
        "place": status.place,
        "size": status.size,
        "eta": status.eta,
        "progress": bars,
    }
