"""Calls to a running interface, in every era's own way, sync and async.

2.x and 3.x answer at once (``/api/predict/``, ``/run/…``), unless a function is to be called by its
queue alone (``queue(api_open=False)``); later ones take a call into a queue and answer by
server-sent events (``/queue/join``, ``/queue/data``); from 5.0 on all is under ``/gradio_api``. The
queue is also behind ``/call/…``, which in 4 and 5 loses the words of an error, state, and the time
that the function took.
"""

from __future__ import annotations

import io
import secrets
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TypeVar
from urllib.parse import quote

from encoders.atomic import safe_name
from encoders.data_url.media_type import OCTET_STREAM
from encoders.errors import EncodersError, PayloadError, PredictError, bounded
from encoders.limits import DEFAULT, Limits
from encoders.predict import eras
from encoders.predict.address import (
    below,
    brief,
    check_redirection,
    is_own_url,
    origin,
    quoted,
    redirected,
    server,
)
from encoders.predict.body import Parsed
from encoders.predict.client import calls, deadline
from encoders.predict.client.exchange import (
    Answer,
    BytesReader,
    JsonReader,
    Request,
    Steps,
    Turn,
    certificates,
    run,
    run_async,
)
from encoders.predict.endpoints import Description, Endpoint, describe
from encoders.predict.eras import era_of
from encoders.predict.payloads import Prepared, prepare
from encoders.predict.responses import Response, from_parsed
from encoders.predict.wire import File, Json, Reference, Upload, summary

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

TIMEOUT = 300.0  # seconds; models take their time

_MOST_REDIRECTIONS = 5
_MOST_KEPT = 20  # connections that wait for the next call

_NO_CONFIG = (404, 405, 501)
# What servers answer to a direct call of a function that is to be called by its queue alone.
_QUEUE_ONLY = (401, 404)


class Interface:
    """A running server, or what its configuration says of one.

    Nothing is sent before something is asked for.

    Args:
        source: the server's URL; or the JSON of its ``/config`` (any era) or ``/info``. A URL
            without a scheme is http on this machine, in its network, or with a port; else https.
        url: the server's URL, where ``source`` is JSON and calls shall be made.
        era: in place of the version that the server says.
        auth: user name and password, as in ``launch(auth=…)``.
        token: sent as ``Authorization: Bearer …``, as private Spaces want it.
        headers: more of them.
        timeout: seconds for one call altogether.
        limits: bounds on answers and files.

    Raises:
        PayloadError: the JSON is neither of the two.

    Use it in a ``with`` block, or call `close`, to give its connections back at once.
    """

    def __init__(
        self,
        source: str | Mapping[str, Json],
        *,
        url: str | None = None,
        era: str | None = None,
        auth: tuple[str, str] | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
        limits: Limits = DEFAULT,
    ) -> None:
        found = source if isinstance(source, str) else url
        self.url: str | None = None
        self._headers: dict[str, str] = {}
        if found is not None:
            self.url, self._headers = server(found, headers, token, has_login=auth is not None)
        self.timeout = timeout
        self.limits = limits
        self._era = era
        self._auth = auth
        self._session = secrets.token_hex(6)
        self._in_session = threading.Lock()
        self._queue_only: set[int] = set()  # functions that the server does not let be called else
        self._client: httpx.Client | None = None
        from http.cookiejar import CookieJar

        self._cookies = CookieJar()  # of all clients, so that one login serves them
        self._opening = threading.Lock()
        self._asking = threading.Lock()
        self._known = None if isinstance(source, str) else describe(source)
        # /info says neither the version nor the functions' indices: a server is asked for both.
        self._is_told = self._known is not None and ("named_endpoints" not in source or not url)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "an Interface holds connections: it cannot be copied or sent to another process; "
            "make one there"
        )

    def __enter__(self) -> Interface:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server: not while another thread waits for an answer."""
        with self._opening:
            client, self._client = self._client, None
        if client:
            client.close()

    def __repr__(self) -> str:
        return f"<Interface {self.url or 'without a server'}>"

    @property
    def description(self) -> Description:
        """What the server says of itself, asked for once."""
        return self._known or self._run(self._describe(), None)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that can be called."""
        return self.description.endpoints

    @property
    def era(self) -> str:
        """The server's Gradio version."""
        return self._era or self.description.version

    def endpoint(self, api_name: str | int | None = None) -> Endpoint:
        """Return an endpoint by name or index; by default the main one."""
        return self.description.endpoint(api_name)

    def snippets(self, api_name: str | int | None = None) -> dict[str, str]:
        """Return code that calls an endpoint: under "python", "javascript" and "curl".

        Where this interface has a token or a login, the code takes it from its environment.
        """
        from encoders.predict.pages.snippets import snippets

        description, url, access = self._to_show()
        return snippets(description, description.endpoint(api_name), url, **access)

    def text(self, api_name: str | int | None = None) -> str:
        """Return the page on the server's API for a terminal.

        Args:
            api_name: the one endpoint that it is about; by default all that the server documents.
        """
        from encoders.predict.pages.page import describe_page
        from encoders.predict.pages.rendering import render_text

        description, url, access = self._to_show()
        return render_text(describe_page(description, url, api_name=api_name, **access))

    def html(self, api_name: str | int | None = None) -> str:
        """Return the page on the server's API as one HTML file; ``api_name`` as in `text`."""
        from encoders.predict.pages.page import describe_page
        from encoders.predict.pages.rendering import render_html

        description, url, access = self._to_show()
        return render_html(describe_page(description, url, api_name=api_name, **access))

    def predict(
        self,
        *inputs: Any,
        api_name: str | int | None = None,
        fetch: bool = False,
        upload: bool | None = None,
        timeout: float | None = None,
        limits: Limits | None = None,
        **named: Any,
    ) -> Response:
        """Call an endpoint and return its answer.

        Args:
            *inputs: a Python value for each input; state is left out. Text is text or a data URL;
                a file is a `pathlib.Path`.
            api_name: such as "/predict", or an endpoint's index; by default the main one.
            fetch: get the files that the answer refers to, from this server only.
            upload: send files by reference (True) or as data URLs (False) where the era lets one
                choose; by default what is faster from 3.19 on, and by reference from 4.0 on.
            timeout: seconds for all of it, in place of the interface's.
            limits: bounds on the answer, in place of the interface's.
            **named: inputs by the names of the server's parameters, where it says them.

        Raises:
            PredictError: the server cannot be reached, refuses, fails, or takes too long.
            PayloadError: an input does not fit.
            EncodersError: a file is not what its component takes. Where a file of the answer cannot
                be fetched, the error's ``answer`` is the `Response`.
        """
        steps = self._predict(inputs, named, api_name, fetch, upload, limits or self.limits)
        return self._run(steps, timeout)

    async def predict_async(
        self,
        *inputs: Any,
        api_name: str | int | None = None,
        fetch: bool = False,
        upload: bool | None = None,
        timeout: float | None = None,
        limits: Limits | None = None,
        **named: Any,
    ) -> Response:
        """As `predict`, without blocking the event loop while waiting for the server."""
        steps = self._predict(inputs, named, api_name, fetch, upload, limits or self.limits)
        import httpx

        async with httpx.AsyncClient(**self._connection()) as client:
            deadline.bind(client)
            return await run_async(steps, client, self.timeout if timeout is None else timeout)

    def fetch(self, reference: Reference, *, timeout: float | None = None) -> File:
        """Return a file that an answer refers to.

        Raises:
            PredictError: it is not on this server, or cannot be had.
            LimitError: it is larger than ``max_body_bytes``.
        """
        return self._run(self._fetch(reference, self.limits), timeout)

    def upload(self, name: str, file: BinaryIO) -> str:
        """Put a file on the server and return its path there: an ``upload`` for `payload`.

        What has been read of the file is left out.

        Raises:
            PredictError: the server takes no uploads, or not this one.
        """
        if file.seekable() and file.tell():
            file = io.BytesIO(file.read())  # httpx begins at the start
        place: dict[str, Json] = {}
        upload = Upload(name, OCTET_STREAM, b"", place, "path")
        self._run(self._send_files([(upload, file)]), None)
        return str(place["path"])

    def _connection(self) -> dict[str, Any]:
        import httpx

        return {
            "headers": self._headers,
            "cookies": self._cookies,
            "verify": certificates(),
            # A call in a queue may need two connections: with a bound, many calls would wait for
            # one another.
            "limits": httpx.Limits(max_connections=None, max_keepalive_connections=_MOST_KEPT),
        }

    def _to_show(self) -> tuple[Description, str, dict[str, bool]]:
        """Return what the server is, where it is, and how one gets in."""
        from encoders.predict.pages.examples import LOCAL

        description = replace(self.description, version=self.era)
        access = {"token": "Authorization" in self._headers, "login": self._auth is not None}
        return description, self.url or LOCAL, access

    def _run(self, steps: Steps[T], timeout: float | None) -> T:
        import httpx

        with self._opening:
            if self._client is None:
                self._client = httpx.Client(**self._connection())
                deadline.bind(self._client)
            client = self._client
        return run(steps, client, self.timeout if timeout is None else timeout)

    def _predict(
        self,
        inputs: tuple[Any, ...],
        named: Mapping[str, Any],
        api_name: str | int | None,
        fetch: bool,
        upload: bool | None,
        limits: Limits,
    ) -> Steps[Response]:
        endpoint = (yield from self._describe()).endpoint(api_name)
        version = eras.server_version(self.era)
        if upload is None and era_of(version).needs_uploads:
            upload = True
        values = endpoint.arguments(inputs, named)
        components = [parameter.component for parameter in endpoint.inputs]
        prepared = prepare(values, components, self.era, by_upload=upload, limits=limits)
        yield from self._upload(prepared)
        parsed = yield from self._call(endpoint, prepared, version, limits)
        return (yield from self._read(parsed, endpoint, version, fetch, limits))

    def _describe(self) -> Steps[Description]:
        if not (self._known and self._is_told):
            is_held = yield Turn(self._asking, "/config", is_needed=False)
            try:
                yield from self._ask()
            finally:
                if is_held:
                    self._asking.release()
        return self._described

    def _ask(self) -> Steps[None]:
        """Ask the server what it is, unless another thread has done so."""
        if self._known and self._is_told:
            return
        if self._auth:
            yield from self._log_in()
        info = None
        try:
            config, found = yield from self._config()
            if era_of(eras.server_version(found.version)).has_info:
                info = yield from self._info(found)
            self._known = _with_info(found, config, info) if info else found
        except PayloadError as error:
            error.source = error.source or f"{self._base}/config"
            raise
        self._is_told = True

    def _config(self) -> Steps[tuple[Mapping[str, Json], Description]]:
        """Ask for the configuration, also where the server sends us on to for it."""
        base, slash = self._base, ""
        for _ in range(_MOST_REDIRECTIONS):
            url = f"{base}/config{slash}"
            try:
                answer = yield Request("GET", url, JsonReader(self.limits), "/config")
            except PayloadError as error:
                raise _no_gradio(base, error) from error
            except PredictError as error:
                if error.status in _NO_CONFIG:
                    raise _no_gradio(base, error) from error
                if error.location is None:
                    raise
                target = redirected(url, error.location)
                slash = "/" if target == f"{base}/config/" else ""
                check_redirection(self._base, target, bool(self._headers or self._auth))
                base = target.rstrip("/").removesuffix("/config").rstrip("/")
            else:
                config = _json_object(answer)
                if slash and "input_components" in config and "version" not in config:
                    first = eras.version_text(eras.OLDEST.since)
                    raise PredictError(
                        f"{brief(base)} is a Gradio before {first}: expected {first} or newer",
                        endpoint="/config",
                    )
                found = describe(config)  # before `base` stays, which may have led to no server
                self.url = base
                return config, found
        raise PredictError(f"{brief(self._base)} sends us on and on", endpoint="/config")

    def _info(self, found: Description) -> Steps[Mapping[str, Json] | None]:
        url = f"{self._base}{found.prefix}/info"
        try:
            return _json_object((yield Request("GET", url, JsonReader(self.limits), "/info")))
        except EncodersError:
            return None  # names and defaults are a help, not a need

    def _log_in(self) -> Steps[None]:
        assert self._auth
        form = {"username": self._auth[0], "password": self._auth[1]}
        reader = BytesReader(self.limits)
        try:
            yield Request("POST", f"{self._base}/login", reader, "/login", form=form)
        except PredictError as error:
            if error.status in (400, 401, 403):
                raise PredictError(
                    f"HTTP {error.status}: the server does not accept this user and password",
                    status=error.status,
                    endpoint="/login",
                ) from error
            raise

    def _upload(self, prepared: Prepared) -> Steps[None]:
        if not prepared.uploads:
            return
        with ExitStack() as opened:
            yield from self._send_files(
                [(file, opened.enter_context(file.open())) for file in prepared.uploads]
            )

    def _send_files(self, files: list[tuple[Upload, BinaryIO]]) -> Steps[None]:
        description = yield from self._describe()
        if not era_of(eras.server_version(self.era)).takes_uploads:
            raise PredictError(
                f"Gradio {bounded(self.era, 40)} takes no uploads: leave out upload=True"
            )
        answer = yield Request(
            "POST",
            f"{self._base}{description.prefix}/upload",
            JsonReader(self.limits),
            "/upload",
            files=[("files", (file.name, data, file.media_type)) for file, data in files],
        )
        paths = answer.value.value
        is_right = isinstance(paths, list) and len(paths) == len(files)
        if not is_right or not all(isinstance(path, str) for path in paths):
            raise PredictError(
                f"{len(files)} files went up and the server answered {summary(paths)}",
                endpoint="/upload",
            )
        for (file, _), path in zip(files, paths, strict=True):
            file.set_server_path(path)

    def _call(
        self, endpoint: Endpoint, prepared: Prepared, version: eras.Version, limits: Limits
    ) -> Steps[Parsed]:
        """Call a function in a session that is of this call only, unless it keeps state.

        The session's messages are then those of the call, and no generator goes on with another's
        values. Calls with state are made one after the other.
        """
        if not endpoint.keeps_state:
            session = secrets.token_hex(6)
            return (yield from self._call_in(session, endpoint, prepared, version, limits))
        yield Turn(self._in_session, endpoint.label)
        try:
            return (yield from self._call_in(self._session, endpoint, prepared, version, limits))
        finally:
            self._in_session.release()

    def _call_in(
        self,
        session: str,
        endpoint: Endpoint,
        prepared: Prepared,
        version: eras.Version,
        limits: Limits,
    ) -> Steps[Parsed]:
        named = {"fn_index": endpoint.index, "session_hash": session}
        root = f"{self._base}{self._described.prefix}"
        call = calls.Call(root, endpoint.label, {**prepared.payload, **named}, limits)
        by_queue = calls.queue_of(self._described.protocol)
        waits = (
            by_queue is calls.by_session
            or (by_queue is calls.by_stream and endpoint.queued)
            or endpoint.index in self._queue_only
        )
        breaks = endpoint.batched and era_of(version).batch_stops_queue
        if waits and not breaks:
            return (yield from by_queue(call))
        name = quote((endpoint.name or "/predict").lstrip("/"), errors="replace")
        url = below(root, era_of(version).call_path.format(name=name))
        try:
            # Without it, a generator on 4.0 to 4.8 begins anew with each call.
            event = session if by_queue is not calls.by_websocket else None
            return (yield from calls.at_once(call, url, endpoint.batched, event))
        except PredictError as error:
            if not endpoint.queued or error.status not in _QUEUE_ONLY:
                raise
            if breaks:
                raise PredictError(
                    "the server wants calls to wait in its queue, and that of Gradio 4.0 to 4.10 "
                    "ends when a function with batch=True is called: ask for 4.11 or newer",
                    status=error.status,
                    endpoint=endpoint.label,
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
        self, parsed: Parsed, endpoint: Endpoint, version: eras.Version, fetch: bool, limits: Limits
    ) -> Steps[Response]:
        outputs = endpoint.outputs
        components = [parameter.component for parameter in outputs]
        names = [parameter.label for parameter in outputs]
        files: dict[Reference, File] = {}

        try:
            answer = from_parsed(
                parsed, components, names=names, version=version, files=files, limits=limits
            )
        except (PayloadError, PredictError) as error:
            error.source = error.source or endpoint.label
            raise
        if fetch:
            references = answer.references
            try:
                limits.check("max_files", len(references), "files to fetch")
                for reference in references:
                    files[reference] = yield from self._fetch(reference, limits)
            except EncodersError as error:
                error.answer = answer  # which the server may not give again
                raise
        return answer

    def _fetch(self, reference: Reference, limits: Limits) -> Steps[File]:
        url = self._address(reference)
        answer = yield Request("GET", url, BytesReader(limits), "/file")
        return File(answer.value, reference.name and safe_name(reference.name))

    def _address(self, reference: Reference) -> str:
        """Return the URL of a file on this server, and of no other.

        Raises:
            PredictError: it lies elsewhere.
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
        # Not reference.url, which Gradio 4.44 cuts and 5 leaves unescaped.
        where = era_of(eras.server_version(self.era)).file_path
        return f"{self._base}{self._described.prefix}{where}{quoted(reference.path)}"

    @property
    def _described(self) -> Description:
        assert self._known
        return self._known

    @property
    def _base(self) -> str:
        if not self.url:
            raise PredictError("this interface has no server: pass url= beside its configuration")
        return self.url


def _no_gradio(base: str, error: PayloadError | PredictError) -> PredictError:
    return PredictError(
        f"{brief(base)} is no Gradio server, or lies below another path: {error.message}",
        status=getattr(error, "status", None),
        endpoint="/config",
    )


def _json_object(answer: Answer) -> Mapping[str, Json]:
    value = answer.value.value
    if not isinstance(value, dict):
        raise PredictError(f"{brief(answer.url)} answered {summary(value)}: expected a JSON object")
    return value


def _with_info(
    found: Description, config: Mapping[str, Json], info: Mapping[str, Json]
) -> Description:
    """Return what both say, or ``found`` where ``info`` makes no sense."""
    try:
        return describe(config, info)
    except PayloadError:
        return found
