"""What the page of the converter asks for: cards, conversions, what is in a text, data URLs."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from itertools import count, islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from encoders import mime
from encoders.data_url import DataURL, encode_pieces
from encoders.view.environment import templates
from encoders.view.live.converter.conversion import convert, convertible, data_url_size
from encoders.view.live.faults import FAULTS, fault_text
from encoders.view.live.storage import Storage, Stored, StoredLinks
from encoders.view.live.web.bodies import whole_body
from encoders.view.media import Media, media
from encoders.view.outputs import render_value
from encoders.view.pasted import read_pasted

T = TypeVar("T")

_MOST_OPTIONS = 10_000  # bytes of JSON that ask for a conversion
_MOST_SHOWN = 8  # pasted texts whose files can be saved
_SHORT, _START = 2000, 300  # characters of a data URL that is shown whole, and of others
_AT_ONCE = 2  # conversions
_OPTIONS = {"format": str, "quality": int, "max_size": int}


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as a card shows it.

    Attributes:
        stored: the file.
        media: how it is shown, and what is known of its content.
        url_size: characters of its data URL.
        url_start: the start of its data URL; of a short one, all of it.
        url_href: where its whole data URL is.
        is_text: whether it may hold data URLs or JSON.
    """

    stored: Stored
    media: Media
    url_size: int
    url_start: str
    url_href: str
    is_text: bool


@dataclass(slots=True)
class _Work:
    """The conversions of one file: one at a time, of which the newest counts."""

    turn: anyio.Lock = field(default_factory=anyio.Lock)
    newest: int = 0
    result: str = ""  # the id of what came of the last one


class Converter:
    """What the page of the converter asks for.

    Args:
        storage: the files.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._limits = storage.limits
        self._work: dict[str, _Work] = {}
        self._pasted: deque[StoredLinks] = deque()
        self._numbers = count()
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)

    def routes(self) -> list[Route]:
        """Return the routes, below the path of the page."""
        posts = {"/card": self._card, "/convert": self._convert, "/forget": self._forget}
        return [
            *(Route(path, answer, methods=["POST"]) for path, answer in posts.items()),
            Route("/read", self._read, methods=["POST"]),
            Route("/data-url/{id}/{name}", self._data_url),
        ]

    async def _card(self, request: Request) -> Response:
        """Answer with a card for a file that was uploaded."""
        stored = self._stored(await self._asked(request))
        return JSONResponse({"html": await self._in_thread(self._card_html, stored)})

    async def _convert(self, request: Request) -> Response:
        """Answer with what became of a file, unless a newer conversion of it was asked for."""
        asked = await self._asked(request)
        stored, options = self._stored(asked), _options(asked)
        async with self._turn(stored) as work:
            if work is None:
                raise HTTPException(HTTPStatus.CONFLICT, "a newer conversion was asked for")
            async with self._limiter:
                result = await self._in_thread(self._converted, stored, options)
            if self._storage.find(stored.id) is None:
                self._storage.forget(result.id)
            self._stored(asked)
            self._storage.forget(work.result)
            work.result = result.id
            return JSONResponse(await self._in_thread(self._result, result, stored))

    async def _forget(self, request: Request) -> Response:
        """Delete a file, and what became of it."""
        stored = self._stored(await self._asked(request))
        work = self._work.pop(stored.id, _Work())
        for id in (stored.id, work.result):
            self._storage.forget(id)
        return JSONResponse({})

    async def _read(self, request: Request) -> Response:
        """Answer with all that is in a text: the body, or the file whose id is given."""
        id = request.query_params.get("id")
        if id is None:
            source: bytes | Path = await whole_body(request, self._limits, "text")
        else:
            source = self._stored({"id": id}).path
        return JSONResponse({"html": await self._in_thread(self._read_html, source)})

    async def _data_url(self, request: Request) -> Response:
        """Answer with the data URL of a file, as a text to be saved or copied."""
        stored = self._stored(request.path_params)
        return StreamingResponse(
            encode_pieces(stored.path, media_type=stored.media_type),
            media_type="text/plain; charset=us-ascii",
            headers={
                "content-disposition": "attachment",
                "content-length": str(data_url_size(stored.media_type, stored.size)),
            },
        )

    async def _in_thread(self, work: Callable[..., T], *given: Any) -> T:
        """Return what ``work`` returns; its errors become answers."""
        call = partial(work, *given)
        try:
            return await anyio.to_thread.run_sync(call)
        except FAULTS as error:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            raise HTTPException(status, fault_text(error, has_source=False)) from error

    async def _asked(self, request: Request) -> dict[str, Any]:
        """Return the JSON object that a request has."""
        most = min(_MOST_OPTIONS, self._limits.max_body_bytes or _MOST_OPTIONS)
        limits = replace(self._limits, max_body_bytes=most)
        body = await whole_body(request, limits, "options")
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            raise HTTPException(HTTPStatus.BAD_REQUEST, "expected a JSON object")
        return asked

    def _stored(self, asked: dict[str, Any]) -> Stored:
        """Return the file whose id a request gives."""
        stored = self._storage.find(str(asked.get("id")))
        if stored is None or not stored.path.is_file():
            raise HTTPException(HTTPStatus.NOT_FOUND, "the file is no longer here: add it again")
        return stored

    @asynccontextmanager
    async def _turn(self, stored: Stored) -> AsyncIterator[_Work | None]:
        """Wait for the conversion of a file that runs; give None if a newer one waits by then."""
        self._forget_old_work()
        work = self._work.setdefault(stored.id, _Work())
        number = work.newest = next(self._numbers)
        async with work.turn:
            yield work if work.newest == number else None

    def _forget_old_work(self) -> None:
        """Delete what became of files that are no longer here."""
        for id in [id for id in self._work if self._storage.find(id) is None]:
            self._storage.forget(self._work.pop(id).result)

    def _card_html(self, stored: Stored) -> str:
        id = f"card-{next(self._numbers)}"
        return str(_macros().card(self._shown(stored), convertible(stored.path), id))

    def _converted(self, stored: Stored, options: dict[str, Any]) -> Stored:
        url = convert(stored.path, **options, limits=self._limits)
        path = self._storage.new_path(Path(stored.name).stem + mime.suffix(url.media_type))
        with path.open("wb") as file:
            file.writelines(url.chunks())
        return self._storage.add_upload(path)

    def _result(self, result: Stored, source: Stored) -> dict[str, Any]:
        after = self._shown(result)
        url_size = data_url_size(source.media_type, source.size)
        return {
            "id": result.id,
            "name": result.name,
            "media_type": result.media_type,
            "size": result.size,
            "facts": after.media.facts,
            "data_url_size": after.url_size,
            "html": str(_macros().version(after, source, url_size)),
        }

    def _shown(self, stored: Stored) -> Shown:
        media_type = stored.media_type
        with stored.path.open("rb") as file:
            start = "".join(islice(encode_pieces(file, media_type=media_type), 3))
        return Shown(
            stored,
            media(stored.path, stored.name, "", _OwnLinks(stored), self._limits),
            data_url_size(media_type, stored.size),
            start if len(start) <= _SHORT else start[:_START] + "…",
            f"data-url/{stored.id}/{quote(stored.name)}.txt",
            mime.kind(media_type) == "text" or "json" in media_type,
        )

    def _read_html(self, source: bytes | Path) -> str:
        if isinstance(source, Path):
            self._limits.check("max_body_bytes", source.stat().st_size, "bytes of text")
            source = source.read_bytes()
        value = read_pasted(source.decode("utf-8", "replace"), limits=self._limits)
        return render_value(value, self._new_links(), limits=self._limits)

    def _new_links(self) -> StoredLinks:
        """Return the links for a pasted text, and forget those of old ones."""
        self._pasted.append(StoredLinks(self._storage))
        while len(self._pasted) > _MOST_SHOWN:
            self._pasted.popleft().forget()
        return self._pasted[-1]


class _OwnLinks:
    """The links of one stored file: its own; a smaller copy of it is in the page itself."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def link(self, content: DataURL | Path, media_type: str, name: str) -> str:
        """Return the URL of the file, or of its smaller copy."""
        return str(content) if isinstance(content, DataURL) else self._stored.url

    def frame(self, document: str) -> None:
        """Return None: the page holds its frames."""


def _macros() -> Any:
    return templates().get_template("card.html.jinja").module


def _options(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a conversion that a request gives."""
    given = {name: asked[name] for name in _OPTIONS if asked.get(name) is not None}
    for name, value in given.items():
        if type(value) is not _OPTIONS[name]:
            expected = "a text" if _OPTIONS[name] is str else "a whole number"
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"{name}: expected {expected}")
    return given
