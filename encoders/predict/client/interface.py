"""Calls to a running interface, in every era's own way, sync and async."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from encoders.data_url.media_type import OCTET_STREAM
from encoders.limits import DEFAULT, Limits
from encoders.predict.address import server_address
from encoders.predict.client.http import run, run_async
from encoders.predict.client.server import Server
from encoders.predict.client.steps import Steps, T
from encoders.predict.endpoints import Description, Endpoint
from encoders.predict.responses import Response
from encoders.predict.values import File, Json, Reference

if TYPE_CHECKING:
    from encoders.predict.client.connections import Connections
    from encoders.predict.pages.page import Page

__all__ = ["TIMEOUT", "Interface"]

TIMEOUT = 300.0  # seconds; models take their time


class Interface:
    """A running server, or what its configuration says of one.

    Nothing is sent before the first question or call.

    Args:
        source: the server's URL; or the JSON of its ``/config`` (any era) or ``/info``. A URL
            without a scheme is http on this machine, in its network, or with a port; else https.
        url: the server's URL, where ``source`` is JSON and calls are to be made.
        era: used instead of the version that the server says.
        auth: user name and password, as in ``launch(auth=…)``.
        token: sent as ``Authorization: Bearer …``, for private Spaces.
        headers: more HTTP headers for each request.
        timeout: seconds for one whole call.
        limits: bounds on answers and files.

    Raises:
        ResponseError: the JSON is neither of the two.
        ValueError: there is no such ``era``.

    A server that is newer than all eras is called as the newest, with one `NewerServerWarning`.

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
        from http.cookiejar import CookieJar

        address, config = (source, None) if isinstance(source, str) else (url, source)
        sent: dict[str, str] = {}
        if address is not None:
            address, sent = server_address(address, headers, token, has_login=auth is not None)
        self.timeout = timeout
        self._server = Server(address, sent, auth, limits, era, config)
        self._cookies = CookieJar()  # of all clients, so that one login serves them
        self._connections: Connections | None = None
        self._connections_lock = threading.Lock()

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
        with self._connections_lock:
            connections, self._connections = self._connections, None
        if connections:
            connections.close()

    def __repr__(self) -> str:
        return f"<Interface {self.url or 'without a server'}>"

    @property
    def description(self) -> Description:
        """What the server says of itself, asked for once."""
        return self._server.description or self._run(self._server.describe(), None)

    @property
    def url(self) -> str | None:
        """The server's URL, after redirections of its configuration."""
        return self._server.url

    @property
    def limits(self) -> Limits:
        """The bounds on answers and files."""
        return self._server.limits

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that can be called."""
        return self.description.endpoints

    @property
    def era(self) -> str:
        """The server's Gradio version."""
        return self._server.asked_era or self.description.version

    def endpoint(self, api_name: str | int | None = None) -> Endpoint:
        """Return an endpoint by name or index; by default the main one."""
        return self.description.endpoint(api_name)

    def snippets(self, api_name: str | int | None = None) -> dict[str, str]:
        """Return code that calls an endpoint: under "python", "javascript" and "curl".

        Where this interface has a token or a login, the code takes it from its environment.
        """
        endpoint = self.endpoint(api_name)
        page = self._page(endpoint.index if endpoint.name is None else endpoint.name)
        return page.sections[0].snippets

    def text(self, api_name: str | int | None = None) -> str:
        """Return the page on the server's API for a terminal.

        Args:
            api_name: the one endpoint that it is about; by default all that the server documents.
        """
        from encoders.predict.pages.rendering import render_text

        return render_text(self._page(api_name))

    def html(self, api_name: str | int | None = None) -> str:
        """Return the page on the server's API as one HTML file; ``api_name`` as in `text`."""
        from encoders.predict.pages.rendering import render_html

        return render_html(self._page(api_name))

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
            upload: send files by reference (True) or as data URLs (False), where the era takes
                both; by default what is faster from 3.19 on, and by reference from 4.0 on.
            timeout: seconds for the whole call, instead of the interface's.
            limits: bounds on the answer, instead of the interface's.
            **named: inputs by the names of the server's parameters, where ``/info`` has them.

        Raises:
            PredictError: the server cannot be reached, refuses, fails, or takes too long.
            PayloadError: an input does not fit.
            UnknownEndpointError: the server has no such endpoint.
            ResponseError: the configuration or the answer is not what it should be.
            EncodersError: a file is not what its component takes. Where a file of the answer cannot
                be fetched, the error's ``answer`` is the `Response`.
        """
        steps = self._server.predict(inputs, named, api_name, fetch, upload, limits)
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
        steps = self._server.predict(inputs, named, api_name, fetch, upload, limits)
        async with aclosing(self._connect(is_async=True)) as connections:
            return await run_async(steps, connections, self.timeout if timeout is None else timeout)

    def fetch(self, reference: Reference, *, timeout: float | None = None) -> File:
        """Return a file that an answer refers to.

        Raises:
            PredictError: it is not on this server, or cannot be fetched.
            LimitError: it is larger than ``max_body_bytes``.
        """
        return self._run(self._server.fetch(reference, self.limits), timeout)

    def upload(self, name: str, file: BinaryIO) -> str:
        """Put a file on the server and return its path there: an ``upload`` for `payload`.

        Only the rest of the file, which has not been read yet, is sent.

        Raises:
            PredictError: the server takes no uploads, or refuses this one.
        """
        if file.seekable() and file.tell():
            file = io.BytesIO(file.read())  # httpx begins at the start
        return self._run(self._server.upload([(name, file, OCTET_STREAM)]), None)[0]

    def _page(self, api_name: str | int | None) -> Page:
        from encoders.predict.pages.examples import LOCAL
        from encoders.predict.pages.page import describe_page

        return describe_page(
            replace(self.description, version=self.era),
            self.url or LOCAL,
            api_name=api_name,
            token="Authorization" in self._server.headers,
            login=self._server.auth is not None,
        )

    def _run(self, steps: Steps[T], timeout: float | None) -> T:
        with self._connections_lock:
            connections = self._connections = self._connections or self._connect(is_async=False)
        return run(steps, connections, self.timeout if timeout is None else timeout)

    def _connect(self, *, is_async: bool) -> Connections:
        from encoders.predict.client.connections import Connections

        return Connections(self._server.headers, self._cookies, is_async=is_async)
