"""One server: the steps to ask what it is, to upload, to call its functions, and to fetch files.

2.x and 3.x answer at once (``/api/predict/``, ``/run/…``), unless a function can be called by its
queue only (``queue(api_open=False)``); later ones take a call into a queue and answer by
server-sent events (``/queue/join``, ``/queue/data``). The queue is also behind ``/call/…``, which
in 4 and 5 loses the text of an error, state, and the time that the function took.
"""

from __future__ import annotations

import secrets
import threading
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, BinaryIO
from urllib.parse import quote

from encoders.atomic import safe_name
from encoders.errors import EncodersError, PredictError, Remedy, ResponseError, bounded
from encoders.errors.text import one_line
from encoders.limits import Limits
from encoders.predict import eras
from encoders.predict.address import (
    below,
    brief,
    check_redirection,
    is_own_url,
    origin,
    quoted,
    redirected,
)
from encoders.predict.body import BodyReader, Parsed
from encoders.predict.client import queue
from encoders.predict.client.steps import BytesReader, Request, Steps, Turn
from encoders.predict.configuration import describe
from encoders.predict.endpoints import Description, Endpoint
from encoders.predict.eras import Era
from encoders.predict.payloads import Prepared, prepare
from encoders.predict.responses import Response, from_parsed
from encoders.predict.values import File, Json, Reference, summary

_MOST_REDIRECTIONS = 5
_NO_CONFIG = (404, 405, 501)
# What servers answer to a direct call of a function that can be called by its queue only.
_QUEUE_ONLY = (401, 404)


class Server:
    """What is known of a server, and the steps to get more from it.

    The arguments are those of `Interface`. Nothing can be sent without a ``url``.
    """

    def __init__(
        self,
        url: str | None,
        headers: dict[str, str],
        auth: tuple[str, str] | None,
        limits: Limits,
        era: str | None,
        source: Mapping[str, Json] | None,
    ) -> None:
        if era is not None:
            eras.version(era)  # refuse one that does not exist
        self.url = url
        self.headers = headers
        self.auth = auth
        self.limits = limits
        self.asked_era = era
        self._session = secrets.token_hex(6)
        self._session_lock = threading.Lock()
        self._asking_lock = threading.Lock()
        self._queue_only: set[int] = set()  # functions that the server takes by its queue only
        self.description: Description | None = None
        if source is not None:
            self._keep(describe(source))
        # /info says neither the version nor the functions' indices: a server is asked for both.
        self._is_complete = source is not None and ("named_endpoints" not in source or not url)

    def describe(self) -> Steps[Description]:
        """Return what the server says of itself, asked for once."""
        if not self._is_complete:
            has_lock = yield Turn(self._asking_lock, "/config", is_needed=False)
            try:
                if not self._is_complete:  # another thread may have asked meanwhile
                    yield from self._ask()
            finally:
                if has_lock:
                    self._asking_lock.release()
        return self._described

    def predict(
        self,
        inputs: tuple[Any, ...],
        named: Mapping[str, Any],
        api_name: str | int | None,
        fetch: bool,
        upload: bool | None,
        limits: Limits | None,
    ) -> Steps[Response]:
        """Call an endpoint and return its answer. The arguments are those of `Interface`."""
        limits = limits or self.limits
        endpoint = (yield from self.describe()).endpoint(api_name)
        values = endpoint.arguments(inputs, named)
        components = [parameter.component for parameter in endpoint.inputs]
        prepared = prepare(values, components, self._version, by_upload=upload, limits=limits)
        if prepared.uploads:
            with ExitStack() as opened:
                files = [
                    (file.name, opened.enter_context(file.open()), file.media_type)
                    for file in prepared.uploads
                ]
                paths = yield from self.upload(files)
            for file, path in zip(prepared.uploads, paths, strict=True):
                file.place[file.key] = path
        parsed = yield from self._call(endpoint, prepared, limits)
        return (yield from self._read(parsed, endpoint, fetch, limits))

    def fetch(self, reference: Reference, limits: Limits) -> Steps[File]:
        """Return a file that an answer refers to."""
        yield from self.describe()
        url = self._address(reference)
        data = yield Request("GET", url, BytesReader(limits), "/file")
        return File(data, reference.name and safe_name(reference.name))

    def upload(self, files: list[tuple[str, BinaryIO, str]]) -> Steps[list[str]]:
        """Put files, each with a name and a media type, on the server; return their paths there."""
        description = yield from self.describe()
        if not self._era.takes_uploads:
            raise PredictError(
                f"Gradio {bounded(self.version, 40)} takes no uploads",
                remedy=(Remedy("leave out", "upload"),),
            )
        answer = yield Request(
            "POST",
            f"{self._base}{description.prefix}/upload",
            BodyReader(self.limits),
            "/upload",
            files=[("files", file) for file in files],
        )
        paths = answer.value if isinstance(answer.value, list) else []
        if len(paths) != len(files) or not all(isinstance(path, str) for path in paths):
            raise PredictError(
                f"{len(files)} files were uploaded and the server answered {summary(answer.value)}",
                endpoint="/upload",
            )
        return paths

    @property
    def version(self) -> str:
        """The Gradio version that the server says, or the era that was asked for."""
        return self.asked_era or self._described.version

    @property
    def _version(self) -> eras.Version:
        return eras.server_version(self.version)

    @property
    def _era(self) -> Era:
        return eras.era_of(self._version)

    @property
    def _described(self) -> Description:
        assert self.description
        return self.description

    @property
    def _base(self) -> str:
        if not self.url:
            raise PredictError(
                "this interface has no server", remedy=(Remedy("pass", "url", '"http://..."'),)
            )
        return self.url

    def _keep(self, description: Description) -> None:
        self.description = description
        if self.asked_era is None and eras.is_newer(eras.server_version(description.version)):
            warnings.warn(
                f"the server has Gradio {one_line(description.version, 40)}, which is newer than "
                f"{eras.NEWEST.major}: it is called as if it were {eras.NEWEST.major}",
                eras.NewerServerWarning,
                stacklevel=2,
            )

    def _ask(self) -> Steps[None]:
        if self.auth:
            yield from self._log_in(self.auth)
        try:
            config, found = yield from self._config()
            if eras.era_of(eras.server_version(found.version)).has_info:
                found = yield from self._with_info(config, found)
            self._keep(found)
        except ResponseError as error:
            error.source = error.source or f"{self._base}/config"
            raise
        self._is_complete = True

    def _log_in(self, auth: tuple[str, str]) -> Steps[None]:
        url, form = f"{self._base}/login", {"username": auth[0], "password": auth[1]}
        try:
            yield Request("POST", url, BytesReader(self.limits), "/login", form=form)
        except PredictError as error:
            if error.status in (400, 401, 403):
                raise PredictError(
                    f"HTTP {error.status}: the server does not accept this user and password",
                    status=error.status,
                    endpoint="/login",
                ) from error
            raise

    def _config(self) -> Steps[tuple[Mapping[str, Json], Description]]:
        """Ask for the configuration, and follow redirections to it."""
        base, slash = self._base, ""
        for _ in range(_MOST_REDIRECTIONS):
            url = f"{base}/config{slash}"
            try:
                answer = yield Request("GET", url, BodyReader(self.limits), "/config")
            except (ResponseError, PredictError) as error:
                if isinstance(error, ResponseError) or error.status in _NO_CONFIG:
                    raise PredictError(
                        f"{brief(base)} is no Gradio server, or the server is at another path: "
                        f"{error.message}",
                        status=getattr(error, "status", None),
                        endpoint="/config",
                    ) from error
                if error.redirect is None:
                    raise
                target = redirected(url, error.redirect)
                slash = "/" if target == f"{base}/config/" else ""
                check_redirection(self._base, target, bool(self.headers or self.auth))
                base = target.rstrip("/").removesuffix("/config").rstrip("/")
            else:
                config = _json_object(answer, url)
                if slash and "input_components" in config and "version" not in config:
                    first = eras.version_text(eras.OLDEST.since)
                    raise PredictError(
                        f"{brief(base)} is a Gradio before {first}: expected {first} or newer",
                        endpoint="/config",
                    )
                found = describe(config)  # before `base` is kept, which may have led to no server
                self.url = base
                return config, found
        raise PredictError(f"too many redirects from {brief(self._base)}", endpoint="/config")

    def _with_info(self, config: Mapping[str, Json], found: Description) -> Steps[Description]:
        """Return ``found`` with what ``/info`` adds: it helps, but nothing depends on it."""
        url = f"{self._base}{found.prefix}/info"
        try:
            answer = yield Request("GET", url, BodyReader(self.limits), "/info")
            return describe(config, _json_object(answer, url))
        except EncodersError:
            return found

    def _call(self, endpoint: Endpoint, prepared: Prepared, limits: Limits) -> Steps[Parsed]:
        """Call a function, in a session that is of this call only, unless it keeps state.

        The session's messages are then those of the call, and no generator continues with the
        values of another call. Calls with state are made one after the other.
        """
        if not endpoint.keeps_state:
            session = secrets.token_hex(6)
            return (yield from self._call_in(session, endpoint, prepared, limits))
        yield Turn(self._session_lock, endpoint.label)
        try:
            return (yield from self._call_in(self._session, endpoint, prepared, limits))
        finally:
            self._session_lock.release()

    def _call_in(
        self, session: str, endpoint: Endpoint, prepared: Prepared, limits: Limits
    ) -> Steps[Parsed]:
        """Call a function by the queue or directly, or by the queue where it may not be direct."""
        named = {"fn_index": endpoint.index, "session_hash": session}
        root = f"{self._base}{self._described.prefix}"
        call = queue.Call(root, endpoint.label, {**prepared.payload, **named}, limits)
        by_queue = queue.queue_of(self._described.protocol)
        stops_queue = endpoint.batched and self._era.batch_stops_queue
        has_to_queue = (
            by_queue is queue.call_by_session
            or (by_queue is queue.call_by_stream and endpoint.queued)
            or endpoint.index in self._queue_only
        )
        if has_to_queue and not stops_queue:
            return (yield from by_queue(call))
        name = quote((endpoint.name or "/predict").lstrip("/"), errors="replace")
        url = below(root, self._era.call_path.format(name=name))
        # Without an event, a generator on 4.0 to 4.8 starts again with each call.
        event_id = session if by_queue is not queue.call_by_websocket else None
        try:
            return (yield from queue.call_directly(call, url, endpoint.batched, event_id))
        except PredictError as error:
            if not endpoint.queued or error.status not in _QUEUE_ONLY:
                raise
            if stops_queue:
                raise PredictError(
                    "the server takes calls by its queue only, and a function with batch=True "
                    f"stops the queue of Gradio {bounded(self.version, 40)}",
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

    def _read(
        self, parsed: Parsed, endpoint: Endpoint, fetch: bool, limits: Limits
    ) -> Steps[Response]:
        components = [parameter.component for parameter in endpoint.outputs]
        names = [parameter.label for parameter in endpoint.outputs]
        files: dict[Reference, File] = {}
        try:
            answer = from_parsed(
                parsed, components, names=names, version=self._version, files=files, limits=limits
            )
        except (ResponseError, PredictError) as error:
            error.source = error.source or endpoint.label
            raise
        if fetch:
            references = answer.references
            try:
                limits.check("max_files", len(references), "files to fetch")
                for reference in references:
                    files[reference] = yield from self.fetch(reference, limits)
            except EncodersError as error:
                error.answer = answer  # which the server may not give again
                raise
        return answer

    def _address(self, reference: Reference) -> str:
        """Return the URL of a file on this server, and of no other.

        Raises:
            PredictError: the file is elsewhere.
        """
        if "://" in reference.path:
            if is_own_url(self._base, reference.path):
                return reference.path
            where = (
                f"another path than {brief(self._base)}"
                if origin(reference.path) == origin(self._base)
                else "another server"
            )
            raise PredictError(
                f"the answer refers to a file on {where}, {brief(reference.path)}: "
                "only files of the server that was called are fetched"
            )
        # Not reference.url, which Gradio 4.44 truncates and 5 leaves unescaped.
        file_path = self._era.file_path
        return f"{self._base}{self._described.prefix}{file_path}{quoted(reference.path)}"


def _json_object(answer: Parsed, url: str) -> Mapping[str, Json]:
    if not isinstance(answer.value, dict):
        raise PredictError(f"{brief(url)} answered {summary(answer.value)}: expected a JSON object")
    return answer.value
