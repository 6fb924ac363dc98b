"""Calls to servers that play the case of a test, and the steps of a call."""

from __future__ import annotations

import gc
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from encoders import (
    EncodersError,
    Interface,
)
from tests.predict.http_server import (
    PREFIXES,
    HTTPServer,
    Json,
    Play,
    gradio,
    say,
)
from tests.predict.ways import predict

ERAS = ("2", "3", "4", "5", "6")


CALL = {"2": "/api/predict/", "3": "/run/predict"}


DATA = {era: f"{PREFIXES[era]}/queue/data" for era in "456"}


JOIN = {era: f"{PREFIXES[era]}/queue/join" for era in "456"}


FILE = {"3": "/file=", "4": "/file=", "5": "/gradio_api/file=", "6": "/gradio_api/file="}


OUT = "/tmp/gradio/out.bin"


SECRET = "hunter2-and-more"


PLENTY = 30.0


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextmanager
def nothing_left_open() -> Iterator[None]:
    """Fail if the block leaves a connection or an event loop open, which a collection finds."""
    gc.collect()  # what others have left
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert "\n".join(str(warning.message) for warning in caught) == ""


def call(url: str, *values: Any, way: str = "sync", fetch: bool = False, **options: Any) -> Any:
    """Return what a call of the main endpoint gives."""
    with Interface(url, **{"timeout": PLENTY, **options}) as app:
        return predict(way, app, *(values or ("hi",)), fetch=fetch).data[0]


def refusal(*arguments: Any, **options: Any) -> EncodersError:
    """Return the error that a call ends with."""
    with pytest.raises(EncodersError) as caught:
        call(*arguments, **options)
    return caught.value


def reference(era: str, path: str) -> Json:
    """Return how an era refers to a file on the server."""
    if era == "3":
        return {"name": path, "data": None, "is_file": True}
    return {"path": path, "url": None, "meta": {"_type": "gradio.FileData"}}


def referring(era: str, *paths: str) -> dict[str, Play]:
    """Return the plays of a server whose answer refers to files."""

    def function(*_: Json) -> list[Json]:
        files = [reference(era, path) for path in paths]
        return [files if len(files) > 1 else files[0]]

    return {**gradio(era, function, outputs=["file"]), f"{FILE[era]}*": say(b"its content")}


eras = pytest.mark.parametrize("era", ERAS)


# What a call goes through, from its first request to its last.
class Place:
    """One of the requests that a call makes."""

    def __init__(self, era: str, path: str) -> None:
        self.era = era
        self.path = path

    def plays(self, play: Play | None = None) -> dict[str, Play]:
        """Return the plays of a server that takes and gives a file, with ``play`` here."""
        changed = {self.path: play} if play else {}
        if self.era == "2":
            return {**gradio("2"), **changed}

        def function(*_: Json) -> list[Json]:
            return [reference(self.era, OUT)]

        good = gradio(self.era, function, inputs=["file"], outputs=["file"])
        return {**good, FILE[self.era] + OUT: say(b"its content"), **changed}

    def call(self, url: str, way: str = "sync", **options: Any) -> Any:
        """Make a call that comes by here."""
        options = {"auth": ("me", SECRET), "timeout": PLENTY, **options}
        with Interface(url, **options) as app:
            if self.era == "2":
                return predict(way, app, "hi").data[0]
            return predict(way, app, b"some bytes", upload=True, fetch=True).data[0]

    def error(self, url: str, way: str = "sync", **options: Any) -> EncodersError:
        """Return the error that a call ends with here."""
        with pytest.raises(EncodersError) as caught:
            self.call(url, way, **options)
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        return caught.value

    def refusal(self, url: str, way: str = "sync", **options: Any) -> EncodersError:
        """Return the error that a call ends with here, which says where."""
        error = self.error(url, way, **options)
        route = self.path.removeprefix(PREFIXES[self.era]).removesuffix(OUT).rstrip("/=")
        assert any(name in str(error) for name in (url, route, "/predict")), str(error)
        return error


PLACES = {
    "config": Place("6", "/config"),
    "login": Place("6", "/login"),
    "upload": Place("6", "/gradio_api/upload"),
    "join": Place("6", JOIN["6"]),
    "data": Place("6", DATA["6"]),
    "file": Place("6", FILE["6"] + OUT),
    "upload-3": Place("3", "/upload"),
    "call-3": Place("3", CALL["3"]),
    "file-3": Place("3", FILE["3"] + OUT),
    "call-2": Place("2", CALL["2"]),
}


TAKES_JSON = ("config", "upload", "join", "upload-3", "call-3", "call-2")


places = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)


REDIRECTIONS = (301, 302, 303, 307, 308)


RIGHT = {"data": ["right"]}


def lasting(do: Callable[[], EncodersError]) -> tuple[EncodersError, float]:
    start = time.monotonic()
    return do(), time.monotonic() - start


def sent(server: HTTPServer, header: str) -> list[str | None]:
    return [seen.headers.get(header) for seen in server.seen]
