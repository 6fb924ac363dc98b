"""The web application of the live page: its routes, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, partial
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from encoders import mime
from encoders.errors import EncodersError, LimitError, UnknownEndpointError
from encoders.limits import DEFAULT
from encoders.predict.client.interface import Interface
from encoders.predict.endpoints import Endpoint
from encoders.view.live import pages
from encoders.view.live.checks import Checks
from encoders.view.live.converter.routes import Converter
from encoders.view.live.faults import FAULTS, fault_text
from encoders.view.live.forms import python_values
from encoders.view.live.runs import Runs, code_of, in_thread
from encoders.view.live.storage import Storage
from encoders.view.live.uploads import described, take_upload
from encoders.view.live.web.bodies import read_to_end, whole_body
from encoders.view.live.web.guard import FILE_POLICY, Guard, page_policy
from encoders.view.live.web.lines import LinesResponse

_SHOWN = ("image", "audio", "video")  # kinds of files that a page shows
_BAD_FORM = "expected an object with the index of an endpoint, and a list of values"


class Form(NamedTuple):
    """What a form of the page sends: the values of an endpoint, or an error in place of one."""

    endpoint: Endpoint
    values: list[Any]


class LiveApp:
    """The live page of a server and the converter, or without a server the converter alone.

    Args:
        interface: the server, if there is one.
        token: the first part of every path.
        port: where the application is served.

    Attributes:
        asgi: the application.
    """

    def __init__(self, interface: Interface | None, token: str, port: int) -> None:
        self._base = f"/{token}/"
        self._storage = Storage(interface.limits if interface else DEFAULT)
        routes = [
            Route("/", self._page),
            Route("/converter", self._converter),
            *Converter(self._storage).routes(),
            Route("/static/{name}", self._static),
            Route("/files/{id}/{name}", self._file),
            Route("/upload", self._upload, methods=["POST"]),
        ]
        if interface:
            self._interface = interface
            self._checks = Checks(interface)
            self._runs = Runs(interface, self._storage)
            posts = {
                "/check": self._check,
                "/run": self._run,
                "/cancel": self._cancel,
                "/snippets": self._snippets,
            }
            routes += [Route(path, play, methods=["POST"]) for path, play in posts.items()]
            routes.append(Route("/parts/{endpoint:int}", self._parts))
            self._live_page = cache(partial(pages.live_page, interface))
        self._has_server = interface is not None
        handlers: Mapping[Any, Any] = {
            HTTPException: _refused,
            LimitError: _too_large,
            OSError: _no_room,
            ClientDisconnect: _gone,
        }
        self.asgi = Guard(Starlette(routes=routes, exception_handlers=handlers), token, port)

    def cancel_all(self) -> None:
        """Cancel the calls that run."""
        if self._has_server:
            self._runs.cancel_all()

    def close(self) -> None:
        """Cancel the calls that run, and delete all files."""
        self.cancel_all()
        self._storage.close()

    async def _page(self, request: Request) -> Response:
        if not self._has_server:
            return await self._converter(request)
        return self._html(request, await in_thread(self._live_page))

    async def _converter(self, request: Request) -> Response:
        return self._html(request, pages.converter_page(has_live=self._has_server))

    def _html(self, request: Request, page: str) -> Response:
        base = f"http://{request.headers['host']}{self._base}"
        policy = page_policy(base, [f"static/{name}" for name in pages.scripts()])
        data = page.encode("utf-8", "backslashreplace")
        return HTMLResponse(data, headers={"content-security-policy": policy})

    async def _static(self, request: Request) -> Response:
        found = pages.static_files().get(request.path_params["name"])
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        media_type, data = found
        return Response(data, media_type=media_type)

    async def _file(self, request: Request) -> Response:
        stored = self._storage.find(request.path_params["id"])
        if not stored or not stored.path.is_file():
            raise HTTPException(HTTPStatus.NOT_FOUND)
        is_shown = stored.is_frame or mime.kind(stored.media_type) in _SHOWN
        is_shown = is_shown and "download" not in request.query_params
        return FileResponse(
            stored.path,
            headers={"content-security-policy": FILE_POLICY},
            media_type=stored.media_type,
            filename=stored.name,
            content_disposition_type="inline" if is_shown else "attachment",
        )

    async def _upload(self, request: Request) -> Response:
        stored = await take_upload(
            request.stream(),
            request.query_params.get("name", ""),
            self._storage,
            is_recorded="recorded" in request.query_params,
        )
        return JSONResponse(await in_thread(described, stored, self._storage))

    async def _check(self, request: Request) -> Response:
        form = await self._form(request)
        faults = await in_thread(self._checks.faults, *form)
        errors = [{"field": number, "message": text} for number, text in faults]
        return JSONResponse({"errors": errors})

    async def _run(self, request: Request) -> LinesResponse:
        form = await self._form(request)
        return LinesResponse(self._runs.run(*form))

    async def _cancel(self, request: Request) -> Response:
        is_running = self._runs.cancel(request.query_params.get("call", ""))
        return JSONResponse({"cancelled": is_running})

    async def _snippets(self, request: Request) -> Response:
        form = await self._form(request)
        try:
            return JSONResponse(await in_thread(code_of, self._interface, *form))
        except FAULTS as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, fault_text(error)) from error

    async def _parts(self, request: Request) -> Response:
        index = request.path_params["endpoint"]
        try:
            return JSONResponse(await in_thread(pages.endpoint_parts, self._interface, index))
        except UnknownEndpointError as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, fault_text(error)) from error

    async def _form(self, request: Request) -> Form:
        """Return what a form has sent; values that are none are errors in it."""
        body = await whole_body(request, self._storage.limits, "a form")
        try:
            given = json.loads(body)
            endpoint = self._interface.endpoint(int(given["endpoint"]))
            return Form(endpoint, python_values(given["values"], endpoint, self._storage))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            fault = fault_text(error) if isinstance(error, EncodersError) else _BAD_FORM
            raise HTTPException(HTTPStatus.BAD_REQUEST, fault) from error


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _too_large(request: Request, error: Exception) -> Response:
    await read_to_end(request)
    return JSONResponse({"error": fault_text(error)}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


async def _no_room(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": fault_text(error)}, HTTPStatus.INSUFFICIENT_STORAGE)


async def _gone(*_: object) -> Response:
    return Response()  # which nobody reads
