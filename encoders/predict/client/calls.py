"""Calls of a server's functions.

2.x and 3.x answer at once (``/api/predict/``, ``/run/…``), unless a function can be called by its
queue only (``queue(api_open=False)``), or the call is watched. Later ones take a call into a queue
and answer by server-sent events (``/queue/join``, ``/queue/data``). The queue is also behind
``/call/…``, which in 4 and 5 loses the text of an error, state, and how long the function took.
"""

from __future__ import annotations

import inspect
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote

from encoders.atomic import check_folder
from encoders.errors import EncodersError, PredictError, Remedy, ResponseError, bounded
from encoders.limits import Limits
from encoders.predict.address import below
from encoders.predict.body import Parsed
from encoders.predict.client.queues import calling
from encoders.predict.client.queues.messages import Watch
from encoders.predict.client.server import Server
from encoders.predict.client.steps import Steps, Turn, Work
from encoders.predict.endpoints import Endpoint
from encoders.predict.payloads import Prepared, prepare
from encoders.predict.responses import Response, from_parsed
from encoders.predict.values import File, Reference

# What servers answer to a direct call of a function that can be called by its queue only.
_QUEUE_ONLY = (401, 404)
_SHORT_TEXT = 4096  # characters


P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class CallOptions:
    """What a call is to do; the attributes are the arguments of `Interface.submit`."""

    api_name: str | int | None = None
    fetch: bool = False
    fetch_to: str | PathLike[str] | None = None
    upload: bool | None = None
    check: bool = True
    timeout: float | None = None
    limits: Limits | None = None

    @property
    def fetches(self) -> bool:
        """Whether files are fetched."""
        return self.fetch or self.fetch_to is not None

    @classmethod
    def split(cls, given: Mapping[str, Any]) -> tuple[CallOptions, dict[str, Any]]:
        """Return the options among the named arguments of a call, and its named inputs."""
        known = {field.name for field in fields(cls)}
        options = {name: value for name, value in given.items() if name in known}
        return cls(**options), {name: given[name] for name in given if name not in known}


class Calls:
    """The steps to call a server's functions, in one session where they keep state."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._session = secrets.token_hex(6)
        self._session_lock = threading.Lock()
        self._queue_only: set[int] = set()  # functions that the server takes by its queue only

    def predict(
        self,
        inputs: tuple[Any, ...],
        named: Mapping[str, Any],
        options: CallOptions,
        watch: Watch | None = None,
    ) -> Steps[Response]:
        """Call an endpoint and return its answer; ``watch`` is told what comes before it."""
        return self.server.renewed(self._predict(inputs, named, options, watch))

    def read(self, parsed: Parsed, options: CallOptions) -> Steps[Response]:
        """Return an output of a call, with its files fetched if that was asked for."""
        return self.server.renewed(self._read(parsed, options))

    def limits(self, options: CallOptions) -> Limits:
        """Return the bounds on the answer of a call."""
        return options.limits or self.server.limits

    def _predict(
        self,
        inputs: tuple[Any, ...],
        named: Mapping[str, Any],
        options: CallOptions,
        watch: Watch | None,
    ) -> Steps[Response]:
        if options.fetch_to is not None:
            check_folder(options.fetch_to)  # after the call it would be too late
        endpoint, prepared = yield from self.prepare(inputs, named, options)
        if prepared.uploads:
            with ExitStack() as opened:
                files = [
                    (file.name, opened.enter_context(file.open()), file.media_type)
                    for file in prepared.uploads
                ]
                paths = yield from self.server.upload(files)
            for file, path in zip(prepared.uploads, paths, strict=True):
                file.place[file.key] = path
        if watch:
            watch.note_payload(prepared.payload)
        parsed = yield from self._call(endpoint, prepared, self.limits(options), watch)
        return (yield from self._read(parsed, options))

    def prepare(
        self, inputs: tuple[Any, ...], named: Mapping[str, Any], options: CallOptions
    ) -> Steps[tuple[Endpoint, Prepared]]:
        """Return the endpoint, and what `predict` would send to it."""
        description = yield from self.server.describe()
        endpoint = description.endpoint(options.api_name)
        values = endpoint.arguments(inputs, named)
        make = partial(
            prepare,
            values,
            [parameter.component for parameter in endpoint.inputs],
            self.server.gradio,
            by_upload=options.upload,
            checks=options.check,
            max_upload=description.max_upload,
            limits=self.limits(options),
        )
        return endpoint, make() if all(map(_is_small, values)) else (yield Work(make))

    def _read(self, parsed: Parsed, options: CallOptions) -> Steps[Response]:
        limits = self.limits(options)
        endpoint = (yield from self.server.describe()).endpoint(options.api_name)
        components = [parameter.component for parameter in endpoint.outputs]
        names = [parameter.label for parameter in endpoint.outputs]
        fetched: dict[Reference, File | Path] = {}
        try:
            answer = from_parsed(
                parsed,
                components,
                names=names,
                version=self.server.gradio,
                files=fetched,
                limits=limits,
            )
        except (ResponseError, PredictError) as error:
            error.source = error.source or endpoint.label
            raise
        if options.fetches:
            references = answer.references
            try:
                limits.check("max_files", len(references), "files to fetch")
                for reference in references:
                    fetched[reference] = yield from self._fetch(reference, options, limits)
            except (EncodersError, OSError) as error:  # the server may not give the answer again
                error.answer = answer  # type: ignore[union-attr]
                raise
        return answer

    def _fetch(
        self, reference: Reference, options: CallOptions, limits: Limits
    ) -> Steps[File | Path]:
        if options.fetch_to is None:
            return (yield from self.server.fetch(reference, limits))
        return (yield from self.server.fetch_to(reference, options.fetch_to, limits))

    def _call(
        self, endpoint: Endpoint, prepared: Prepared, limits: Limits, watch: Watch | None
    ) -> Steps[Parsed]:
        """Call a function, in a session that is of this call only, unless it keeps state.

        The session's messages are then those of the call, and no generator continues with the
        values of another call. Calls with state are made one after the other.
        """
        if not endpoint.keeps_state:
            session = secrets.token_hex(6)
            return (yield from self._call_in(session, endpoint, prepared, limits, watch))
        yield Turn(self._session_lock, endpoint.label)
        try:
            session = f"{self._session}{os.getpid():x}"  # a forked process gets its own answers
            return (yield from self._call_in(session, endpoint, prepared, limits, watch))
        finally:
            self._session_lock.release()

    def _call_in(
        self,
        session: str,
        endpoint: Endpoint,
        prepared: Prepared,
        limits: Limits,
        watch: Watch | None,
    ) -> Steps[Parsed]:
        """Call a function by the queue or directly, or by the queue where it may not be direct.

        Only a queue says how far the call is: a call that is watched goes by it.
        """
        named = {"fn_index": endpoint.index, "session_hash": session}
        root = self.server.root
        protocol = (yield from self.server.describe()).protocol
        call = calling.Invocation(
            root,
            endpoint.label,
            {**prepared.payload, **named},
            limits,
            protocol,
            self.server.era.cancel_path,
            watch,
        )
        by_queue = calling.queue_of(protocol)
        stops_queue = endpoint.batched and self.server.era.batch_stops_queue
        has_to_queue = (
            by_queue is calling.call_by_session
            or (endpoint.queued and (watch or by_queue is calling.call_by_stream))
            or endpoint.index in self._queue_only
        )
        if has_to_queue and not stops_queue:
            return (yield from by_queue(call))
        name = quote((endpoint.name or "/predict").lstrip("/"), errors="replace")
        url = below(root, self.server.era.call_path.format(name=name))
        # Without an event, a generator on 4.0 to 4.8 starts again with each call.
        event_id = session if by_queue is not calling.call_by_websocket else None
        try:
            return (yield from calling.call_directly(call, url, endpoint.batched, event_id))
        except PredictError as error:
            if not endpoint.queued or error.status not in _QUEUE_ONLY:
                raise
            if stops_queue:
                raise PredictError(
                    "the server takes calls by its queue only, and a function with batch=True "
                    f"stops the queue of Gradio {bounded(self.server.version, 40)}",
                    status=error.status,
                    endpoint=endpoint.label,
                    remedy=(Remedy("do", value="call a server with a newer Gradio"),),
                ) from error
            refusal = error
        try:
            answer = yield from by_queue(call)
        except PredictError as error:
            if error.status:  # there is no queue either
                raise refusal from error
            raise
        self._queue_only.add(endpoint.index)
        return answer


def _is_small(value: Any) -> bool:
    """Tell whether a value is encoded in no time."""
    is_short = isinstance(value, str) and len(value) < _SHORT_TEXT
    return is_short or value is None or isinstance(value, bool | int | float)


def with_arguments_of(
    other: Callable[P, object],
) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """Give a method the signature of another, but for what it returns."""

    def decorate(method: Callable[..., R]) -> Callable[P, R]:
        signature = inspect.signature(other)
        returned = inspect.signature(method).return_annotation
        method.__signature__ = signature.replace(  # type: ignore[attr-defined]
            return_annotation=returned
        )
        return method

    return decorate
