"""Calls to a running interface, in every era's own way, sync and async."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from encoders.data_url.media_type import OCTET_STREAM
from encoders.data_url.notebook import ShownInNotebook
from encoders.errors.reprs import ROOM
from encoders.errors.text import one_line
from encoders.limits import DEFAULT, Limits
from encoders.predict.address import server_address
from encoders.predict.client.calls import CallOptions, Calls, with_arguments_of
from encoders.predict.client.network.held import HeldConnections
from encoders.predict.client.network.options import Certificate, NetworkOptions, Verify
from encoders.predict.client.server import Server
from encoders.predict.client.spaces import TOKEN_HEADER, find_space
from encoders.predict.client.steps import Steps, T
from encoders.predict.endpoints import Description, Endpoint
from encoders.predict.responses import Response
from encoders.predict.values import File, Json, Reference

if TYPE_CHECKING:
    from encoders.predict.client.call import Call
    from encoders.predict.client.map import MappedCalls
    from encoders.predict.pages.site import Site
    from encoders.predict.plans import Plan

__all__ = ["TIMEOUT", "Interface"]

TIMEOUT = 300.0  # seconds; models take their time


class Interface(ShownInNotebook):
    """A running server, or what its configuration says of one.

    Nothing is sent before the first question or call.

    Args:
        source: the server's URL; the name of a Space, ``owner/space``, or the URL of its page; or
            the JSON of a server's ``/config`` (any era) or ``/info``. A URL without a scheme is
            http on this machine, in its network, or with a port; else https. A name whose first
            part has a dot is a URL.
        url: the server's URL or Space, where ``source`` is JSON and calls are to be made.
        era: used instead of the version that the server says.
        auth: user name and password, as in ``launch(auth=…)``.
        token: sent as ``Authorization: Bearer …``. For a Space by name it goes to the hub, and to
            the Space so that its own code does not see it; by default it is the one that
            huggingface_hub has saved, and "" sends none.
        headers: more HTTP headers for each request.
        timeout: seconds for one whole call.
        limits: bounds on answers and files.
        proxy: a proxy's URL, such as ``http://user:password@proxy:3128``, instead of those of the
            environment; for ``socks5://…``, ``httpcore[socks]`` has to be installed.
        verify: how a server has to prove who it is: True by a certificate of a usual authority, a
            path by one of an authority in that file or folder, an `ssl.SSLContext` as that says,
            and False not at all, so that anybody on the way can read and change everything.
        cert: a client's certificate: the path of a file with its key too, or a tuple of both files
            and maybe the key's password.
        httpx_options: those options of ``httpx.HTTPTransport`` that are about the connections:
            ``http1``, ``http2``, ``local_address``, ``retries``, ``socket_options``, ``trust_env``
            and ``uds``.

    Raises:
        ResponseError: the JSON is neither of the two.
        ValueError: there is no such ``era``, the proxy is no proxy's URL, or a file of certificates
            holds none.
        TypeError: there is no such option of httpx here, or ``auth`` is not two texts.
        FileNotFoundError: a file of certificates is missing.

    A server that is newer than all eras is called as the newest, with one `NewerServerWarning`.

    Use it in a ``with`` or ``async with`` block, or call `close` or `aclose`, to end its calls and
    give its connections back at once.
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
        proxy: str | None = None,
        verify: Verify = True,
        cert: Certificate | None = None,
        httpx_options: Mapping[str, Any] | None = None,
    ) -> None:
        address, config = (source, None) if isinstance(source, str) else (url, source)
        sent: dict[str, str] = {}
        space = None if address is None else find_space(address, token)
        if space:
            address, token, headers = space.page, None, {**space.headers, **(headers or {})}
        if address is not None:
            address, sent = server_address(address, headers, token, has_login=auth is not None)
        self.timeout = timeout
        self._server = Server(address, sent, auth, limits, era, config, space)
        self._calls = Calls(self._server)
        network = NetworkOptions(proxy, verify, cert, httpx_options)
        self._held = HeldConnections(self._server.headers, network)

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
        """Cancel the calls in the background, and close the connections to the server.

        No other thread may wait for an answer of `predict` meanwhile.
        """
        self._held.close()

    async def aclose(self) -> None:
        """As `close`, without blocking the event loop."""
        import anyio

        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.close)

    async def __aenter__(self) -> Interface:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<Interface {one_line(self.url or 'without a server', ROOM)}>"

    @property
    def description(self) -> Description:
        """What the server says of itself, asked for once."""
        return self._server.description or self._run(self._server.describe(), None)

    @property
    def url(self) -> str | None:
        """The server's URL, after redirections of its configuration.

        That of a Space is the one of its page until the first question.
        """
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

    def snippets(
        self, api_name: str | int | None = None, inputs: Sequence[Any] | None = None
    ) -> dict[str, str]:
        """Return code that calls an endpoint: under "python", "javascript" and "curl".

        It sends ``inputs``, as `predict` takes them, or else examples. It reads files by their base
        names; other media, such as arrays, have to be saved first as the files that it names, such
        as image.png. A data URL given as text stays text. Where this interface has a token or a
        login, the code takes it from its environment.
        """
        return self._site().snippets(api_name, inputs, self.limits)

    def text(self, api_name: str | int | None = None) -> str:
        """Return the page on the server's API for a terminal.

        Args:
            api_name: the one endpoint that it is about; by default all that the server documents.
        """
        return self._site().text(api_name)

    def html(self, api_name: str | int | None = None) -> str:
        """Return the page on the server's API as one HTML file; ``api_name`` as in `text`."""
        return self._site().html(api_name)

    def schema(self, api_name: str | int | None = None) -> dict[str, Json]:
        """Return what the endpoints are, each with the JSON Schemas of `Endpoint.schema`.

        They are under "endpoints". ``api_name`` as in `text`.
        """
        return self._site().schema(api_name)

    def openapi(self) -> dict[str, Json]:
        """Return the server's API as an OpenAPI 3.1 document."""
        return self._site().openapi()

    def predict(
        self,
        *inputs: Any,
        api_name: str | int | None = None,
        fetch: bool = False,
        fetch_to: str | PathLike[str] | None = None,
        upload: bool | None = None,
        check: bool = True,
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
            fetch_to: put them into this folder instead, under free names: the outputs have the path
                of each, whatever it holds, and no file is ever in memory.
            upload: send files by reference (True) or as data URLs (False), where the era takes
                both; by default what is faster from 3.19 on, and by reference from 4.0 on.
            check: refuse a value that the component's options do not allow, before anything is
                sent: another choice, a number out of range, a file of another type.
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
        options = CallOptions(api_name, fetch, fetch_to, upload, check, timeout, limits)
        return self._run(self._calls.predict(inputs, named, options), timeout)

    @with_arguments_of(predict)
    def submit(self, *inputs: Any, **given: Any) -> Call:
        """Begin a call and return at once; the arguments are those of `predict`.

        It runs in the background, up to 200 of an interface at a time. `Call` gives its outputs as
        they come, how far it is, and its result, and cancels it. Values that are passed must not be
        changed before it has ended. When the interface is closed, or the process ends, calls that
        have not ended are cancelled.
        """
        return self._submit(inputs, given, is_watched=True)

    @with_arguments_of(predict)
    async def predict_async(self, *inputs: Any, **given: Any) -> Response:
        """As `predict`, without blocking the event loop, of asyncio or trio.

        A task that is cancelled while it waits cancels the call.
        """
        return await self._submit(inputs, given, is_watched=False)

    def map(self, inputs: Iterable[Any], /, *, at_once: int = 8, **given: Any) -> MappedCalls:
        """Call an endpoint for each of many inputs; give each `Call` once it has ended, in order.

        An error stays in its call, whose `Call.result` raises it. Some inputs are taken ahead of
        the loop, and answers wait for it; they are bounded, so the inputs may be endless. Leaving
        the loop cancels the calls that run.

        Args:
            inputs: a tuple has the inputs of one call; any other value is the one input of a call.
            at_once: how many calls run at a time.
            **given: as in `predict`, for all calls.
        """
        from encoders.predict.client.map import MappedCalls

        submit = partial(self._submit, given=given, is_watched=False)
        return MappedCalls(inputs, at_once, lambda each, turns: submit(each, turns=turns))

    def check(
        self,
        *inputs: Any,
        api_name: str | int | None = None,
        upload: bool | None = None,
        check: bool = True,
        limits: Limits | None = None,
        **named: Any,
    ) -> Plan:
        """Return what `predict` would send, and send nothing.

        The server is asked for its configuration, if it is not known. The arguments and errors are
        those of `predict`; print the result to read it.
        """
        from encoders.predict.plans import plan

        options = CallOptions(api_name, upload=upload, check=check, limits=limits)
        endpoint, prepared = self._run(self._calls.prepare(inputs, named, options), None)
        return plan(endpoint, prepared)

    def fetch(self, reference: Reference, *, timeout: float | None = None) -> File:
        """Return a file that an answer refers to.

        Raises:
            PredictError: it is not on this server, or cannot be fetched.
            LimitError: it is larger than ``max_body_bytes``.
        """
        return self._run(self._server.fetch(reference, self.limits), timeout)

    def fetch_to(
        self,
        reference: Reference,
        folder: str | PathLike[str],
        *,
        timeout: float | None = None,
    ) -> Path:
        """Put a file that an answer refers to into a folder, and return its path there.

        The file appears whole or not at all, under the next free name if its own is taken. It goes
        to the disk piece by piece. The folder is made if it is missing, but not its parents.

        Raises:
            PredictError, LimitError: as in `fetch`.
            OSError: it cannot be written.
        """
        return self._run(self._server.fetch_to(reference, folder, self.limits), timeout)

    def upload(self, name: str, file: BinaryIO) -> str:
        """Put a file on the server and return its path there: an ``upload`` for `payload`.

        Only the rest of the file, which has not been read yet, is sent.

        Raises:
            PredictError: the server takes no uploads, or refuses this one.
        """
        return self._run(self._server.upload([(name, file, OCTET_STREAM)]), None)[0]

    def demo(self, *, port: int | None = None, browser: bool = True) -> None:
        """Serve a page on this machine to try the endpoints out, until Ctrl-C.

        Its URL is printed. It has a random part, without which nobody can use the page.

        Args:
            port: by default one that is free.
            browser: open the page in the user's browser.

        Raises:
            MissingDependencyError: the extra ``demo`` is not installed.
            PredictError: the server cannot be reached, or is no Gradio server.
            OSError: the port is taken.
        """
        # Looked up by its name, because it stands above this module.
        importlib.import_module("encoders.view.live").demo(self, port=port, browser=browser)

    def _site(self) -> Site:
        from encoders.predict.pages.examples import LOCAL
        from encoders.predict.pages.site import Site

        space = self._server.space
        return Site(
            replace(self.description, version=self.era),
            self.url or LOCAL,
            token=not {"Authorization", TOKEN_HEADER}.isdisjoint(self._server.headers),
            login=self._server.login is not None,
            space=space.name if space else None,
        )

    def _submit(self, inputs: tuple[Any, ...], given: Mapping[str, Any], **how: Any) -> Call:
        """Begin a call; ``how`` holds keywords of `Call`."""
        from encoders.predict.client.call import Call

        options, named = CallOptions.split(given)
        timeout = self.timeout if options.timeout is None else options.timeout
        with self._held.lock:  # so that what closes the interface cancels the call
            background = self._held.background()
            return Call(self, background, self._calls, inputs, named, options, timeout, **how)

    def _run(self, steps: Steps[T], timeout: float | None) -> T:
        return self._held.run(steps, self.timeout if timeout is None else timeout)
