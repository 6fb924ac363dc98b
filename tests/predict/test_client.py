"""Calls give the answer, or an error that says where and what; whatever a server does.

The servers are small ones of our own that play what each test is about; `tests/interop` has real
ones.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import io
import json
import subprocess
import sys
import threading
import time
import traceback
import warnings
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from encoders import (
    CorruptMediaError,
    EncodersError,
    Interface,
    LimitError,
    Limits,
    PayloadError,
    PredictError,
    ResponseError,
)
from encoders.errors import UnknownEndpointError
from encoders.predict import File, Reference
from encoders.predict.address import check_redirection
from encoders.predict.client.queue import SessionReader
from tests.predict.ways import predict, ways

from .http_server import (
    PREFIXES,
    VERSIONS,
    Exchange,
    HTTPServer,
    Json,
    Play,
    completed,
    config,
    endless,
    event,
    gradio,
    http_server,
    raw,
    redirect,
    say,
    silent,
    stream,
)

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


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers are on this machine, whatever proxy leads to the rest of the world."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


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


@ways
@eras
def test_a_call_gives_its_answer_in_every_era(era: str, way: str) -> None:
    with http_server(gradio(era)) as server:
        assert call(server.url, "Grüße", way=way) == "Grüße"


@ways
@pytest.mark.parametrize("era", ["3", "6"])
def test_a_file_goes_up_and_another_comes_down(era: str, way: str) -> None:
    place = Place(era, "/config")
    with http_server(place.plays()) as server:
        assert place.call(server.url, way).data == b"its content"


@ways
@pytest.mark.parametrize(("size", "goes_up"), [(1000, False), (300_000, True)])
def test_a_big_file_goes_up_by_itself_where_the_server_lets_one_choose(
    size: int, goes_up: bool, way: str
) -> None:
    plays = gradio("3", lambda _: ["done"], inputs=["file"])
    with http_server(plays) as server:
        assert call(server.url, bytes(size), way=way) == "done"

    assert ("/upload" in server.paths) == goes_up
    assert server.seen[-1].json["data"][0]["is_file"] == goes_up


@pytest.mark.parametrize("version", ["2.9.4", "3.18.0"])
def test_a_server_that_takes_no_uploads_gets_big_files_in_the_payload(version: str) -> None:
    era = version[0]
    plays = gradio(era, lambda _: ["done"], inputs=["file"], version=version)
    with http_server(plays) as server:
        assert call(server.url, bytes(300_000)) == "done"

    assert "/upload" not in server.paths


@pytest.mark.parametrize("upload", [True, False])
def test_who_says_how_files_travel_is_obeyed(upload: bool) -> None:
    plays = gradio("3", lambda _: ["done"], inputs=["file"])
    with http_server(plays) as server, Interface(server.url) as app:
        for size in (1000, 300_000):
            app.predict(bytes(size), upload=upload)

    assert server.paths.count("/upload") == (2 if upload else 0)


# Servers that are not there, or are none.


@ways
@pytest.mark.parametrize("url", ["", "ftp://host/", "file:///etc/passwd", "//host", "a cat"])
def test_what_is_no_url_of_a_server_is_refused_at_once(url: str, way: str) -> None:
    assert repr(url) in str(refusal(url, way=way))


@ways
@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///x",
        "http://127.0.0.1:9",
        "https://127.0.0.1:9",
        "http://nowhere.invalid",
        "http://127.0.0.1:port",
        "http://[::1]:9",
        "http://127.0.0.1:9/a b",
    ],
)
def test_a_server_that_is_not_there_is_a_predict_error(url: str, way: str) -> None:
    error = refusal(url, way=way)

    assert isinstance(error, PredictError)
    assert url.removeprefix("http://").replace(" ", "%20") in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://xn--/",
        "http://a..b",
        "http://.",
        "http://" + "a" * 80 + ".com",
    ],
)
def test_a_url_that_can_be_of_no_server_is_a_predict_error(url: str) -> None:
    assert isinstance(refusal(url), PredictError)


def test_a_port_beyond_65535_is_a_predict_error_async_too() -> None:
    assert isinstance(refusal("http://127.0.0.1:99999", way="async"), PredictError)


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_proxy_of_the_environment_is_used(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plays = {f"http://gradio.invalid{path}": play for path, play in gradio("3").items()}
    with http_server(plays) as server:
        monkeypatch.setenv("http_proxy", server.url)
        assert call("http://gradio.invalid", way=way) == "hi"

        assert server.paths[0] == "http://gradio.invalid/config"


def test_a_user_that_is_no_unicode_is_a_predict_error() -> None:
    assert isinstance(refusal("http://\ud800:x@127.0.0.1:9"), PredictError)


def test_port_0_is_no_other_port() -> None:
    assert "127.0.0.1:0" in str(refusal("http://127.0.0.1:0"))


@ways
def test_https_spoken_to_plain_http_is_a_predict_error(way: str) -> None:
    with http_server(gradio("3")) as server:
        url = server.url.replace("http:", "https:")
        error = refusal(url, way=way)

    assert isinstance(error, PredictError)
    assert url in str(error)


BROKEN: dict[str, Play] = {
    "closed at once": raw(),
    "closed in the head": raw(b"HTTP/1.1 200 OK\r\nContent-"),
    "closed in the body": raw(HEAD, b'{"data": ["'),
    "closed in a chunk": raw(CHUNKED, b"100\r\n{"),
    "closed between chunks": raw(CHUNKED, b"2\r\n{}\r\n"),
    "not HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a bad chunk": raw(CHUNKED, b"zzz\r\n{}\r\n0\r\n\r\n"),
    "a header of 200 kB": raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"),
    "bad gzip": say(b'{"data": []}', Content_Encoding="gzip"),
}


@ways
@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("name", ["call-3", "data"])
def test_a_connection_that_breaks_is_a_predict_error(name: str, fault: str, way: str) -> None:
    place = PLACES[name]
    with http_server(place.plays(BROKEN[fault])) as server:
        error = place.refusal(server.url, way)

    assert isinstance(error, PredictError)
    assert "broke" in str(error)


@pytest.mark.parametrize("fault", ["closed at once", "closed in the body"])
@places
def test_a_connection_may_break_anywhere(place: Place, fault: str) -> None:
    with http_server(place.plays(BROKEN[fault])) as server:
        error = place.refusal(server.url)

    assert isinstance(error, PredictError)
    assert "broke" in str(error)


@ways
def test_a_big_upload_that_is_refused_unread_says_why(way: str) -> None:
    with http_server({**gradio("6", inputs=["file"])}) as server:
        server.plays["/gradio_api/upload"] = say({"detail": "too big"}, 413, Connection="close")
        server.unread.add("/gradio_api/upload")
        error = refusal(server.url, bytes(8_000_000), way=way)

    assert "/upload" in str(error)


# Time.


def lasting(do: Callable[[], EncodersError]) -> tuple[EncodersError, float]:
    start = time.monotonic()
    return do(), time.monotonic() - start


def slowly(text: bytes, pause: float, most: float) -> Play:
    """Write so much of a text, byte by byte, as takes a server some seconds at most."""
    pieces = [text[i : i + 1] for i in range(min(len(text), int(most / pause)))]
    return raw(*pieces, pause=pause)


LATE: dict[str, Play] = {
    "silence": silent,
    "silence after the head": raw(HEAD, b"", pause=60),
    "a body that drips": raw(HEAD, *[b" "] * 100, pause=0.05),
}


@ways
@pytest.mark.parametrize("fault", LATE)
@pytest.mark.parametrize("name", ["call-3", "data"])
def test_no_call_takes_longer_than_its_timeout(name: str, fault: str, way: str) -> None:
    place = PLACES[name]
    with http_server(place.plays(LATE[fault])) as server:
        error, seconds = lasting(lambda: place.refusal(server.url, way, timeout=0.1))

    assert "in 0.1 s; pass a higher timeout" in str(error)
    assert seconds < 1


@places
def test_silence_anywhere_ends_with_the_timeout(place: Place) -> None:
    with http_server(place.plays(silent)) as server:
        error, seconds = lasting(lambda: place.refusal(server.url, timeout=0.1))

    assert "in 0.1 s; pass a higher timeout" in str(error)
    assert seconds < 1


@ways
def test_an_upload_that_nobody_reads_ends_with_the_timeout(way: str) -> None:
    with http_server({**gradio("6", inputs=["file"]), "/gradio_api/upload": silent}) as server:
        server.unread.add("/gradio_api/upload")
        error, seconds = lasting(
            lambda: refusal(server.url, bytes(30_000_000), way=way, timeout=0.3)
        )

    assert "in 0.3 s" in str(error)
    assert seconds < 1


@ways
@pytest.mark.parametrize("play", [endless(b": ping\n\n", 0.02), endless(b"data: {}\n\n", 0)])
def test_heartbeats_do_not_hold_a_call_beyond_its_timeout(play: Play, way: str) -> None:
    with http_server({**gradio("6"), DATA["6"]: play}) as server:
        error, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.1))

    assert "in 0.1 s" in str(error)
    assert seconds < 1


@ways
def test_a_generator_without_end_does_not_hold_a_call_beyond_its_timeout(way: str) -> None:
    play = say({"data": ["x"], "is_generating": True})
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        error, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.1))

    assert "in 0.1 s" in str(error)
    assert seconds < 1


@ways
def test_a_head_that_drips_does_not_hold_a_call_beyond_its_timeout(way: str) -> None:
    with http_server({**gradio("3"), CALL["3"]: slowly(HEAD, 0.05, 1)}) as server:
        _, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.1))

    assert seconds < 0.6


@ways
def test_a_pause_late_in_a_body_does_not_hold_a_call_beyond_its_timeout(way: str) -> None:
    play = raw(HEAD, b" ", b" ", pause=0.5)
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        _, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.6))

    assert seconds < 0.85


@ways
def test_a_timeout_covers_all_the_requests_of_a_call(way: str) -> None:
    def late(play: Play) -> Play:
        def played(exchange: Exchange) -> None:
            exchange.wait(0.1)
            play(exchange)

        return played

    plays = {path: late(play) for path, play in gradio("6").items()}
    with http_server(plays) as server:
        error, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.25))

    assert "in 0.25 s" in str(error)
    assert seconds < 1


@ways
def test_a_timeout_of_a_call_may_not_be_0(way: str) -> None:
    with (
        http_server(gradio("3")) as server,
        Interface(server.url) as app,
        pytest.raises(ValueError, match="timeout=0"),
    ):
        predict(way, app, "hi", timeout=0)


@pytest.mark.parametrize("timeout", [float("inf"), 1e12])
def test_a_timeout_may_be_as_long_as_one_likes(timeout: float) -> None:
    with http_server(gradio("3")) as server:
        assert call(server.url, timeout=timeout) == "hi"


# Statuses.

STATUSES = (400, 401, 403, 404, 413, 422, 429, 500, 502, 503)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", ["config", "call-3", "data", "file"])
def test_a_status_is_told_and_its_place_and_the_servers_words(name: str, status: int) -> None:
    place = PLACES[name]
    with http_server(place.plays(say({"detail": "its own words"}, status))) as server:
        error = place.refusal(server.url)

    assert isinstance(error, PredictError)
    assert error.status == status
    assert f"HTTP {status}" in str(error)
    assert "its own words" in str(error) or "login" in str(error)


@places
def test_a_status_may_come_from_anywhere(place: Place) -> None:
    with http_server(place.plays(say({"detail": "its own words"}, 503))) as server:
        error = place.refusal(server.url)

    assert isinstance(error, PredictError)
    assert error.status == 503
    assert "its own words" in str(error)


BODIES: dict[str, tuple[bytes, str]] = {
    "an error": (b'{"error": "boom"}', "the server says: boom"),
    "an error that is null": (b'{"error": null}', "show_error is off"),
    "an error that is an object": (b'{"error": {"a": [1]}}', '{"a": [1]}'),
    "a detail that is a list": (b'{"detail": [{"loc": ["body"]}]}', "body"),
    "another object": (b'{"message": "boom"}', "message"),
    "a list": (b"[1, 2]", "[1, 2]"),
    "truncated JSON": (b'{"error": "bo', "bo"),
    "HTML": (b"<!doctype html>\n<title>Bad Gateway</title>", "<!doctype html>"),
    "plain text": (b"Internal Server Error", "Internal Server Error"),
    "no UTF-8": (b"\xff\xfe\x00", "\ufffd"),
    "nothing": (b"", "HTTP"),
    "10 MB": (b"x" * 10_000_000, "xxx..."),
    "10 MB of JSON": (b'{"error": "' + b"x" * 10_000_000, "xxx"),
    "deep JSON": (b"[" * 60_000, "[["),
    "a long number": (b"1" * 60_000, "111"),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", ["call-3", "data"])
def test_a_refusal_is_quoted_in_brief_whatever_its_body(name: str, body: str) -> None:
    place = PLACES[name]
    sent, words = BODIES[body]
    with http_server(place.plays(say(sent, 500))) as server:
        error = place.refusal(server.url)

    assert isinstance(error, PredictError)
    assert error.status == 500
    assert words in str(error)
    assert len(str(error)) < 3000


REDIRECTIONS = (301, 302, 303, 307, 308)
FOLLOWS_NONE = [name for name in PLACES if name not in ("config", "login")]


@pytest.mark.parametrize(
    ("name", "status"),
    [*((name, 307) for name in FOLLOWS_NONE), *(("call-3", status) for status in REDIRECTIONS)],
)
def test_no_redirection_but_of_the_configuration_is_followed(name: str, status: int) -> None:
    place = PLACES[name]
    with http_server({"/elsewhere": say({})}) as other:
        there = f"{other.url}/elsewhere"
        with http_server(place.plays(redirect(there, status))) as server:
            error = place.refusal(server.url)
        assert other.seen == []

    assert isinstance(error, PredictError)
    assert error.status == status
    assert there in str(error)


@ways
@pytest.mark.parametrize("status", REDIRECTIONS)
def test_a_configuration_may_be_at_another_host_where_calls_go_then(status: int, way: str) -> None:
    with (
        http_server(gradio("6")) as there,
        http_server({"/config": redirect(f"{there.url}/config", status)}) as here,
    ):
        assert call(here.url, way=way) == "hi"

        assert here.paths == ["/config"]
        assert [path.partition("?")[0] for path in there.paths][-2:] == [JOIN["6"], DATA["6"]]


@ways
@pytest.mark.parametrize(
    "target",
    [
        "/spaces/mine/config",
        "spaces/mine/config?x=1",
        "/spaces/mine/config/",
        "/spaces/mine/config#x",
    ],
)
def test_a_configuration_may_be_elsewhere_on_the_server(target: str, way: str) -> None:
    plays = {f"/spaces/mine{path}": play for path, play in gradio("6").items()}
    plays["/spaces/mine/config/"] = plays["/spaces/mine/config"]
    with http_server({**plays, "/config": redirect(target)}) as server:
        assert call(server.url, way=way, token=SECRET) == "hi"

        assert set(sent(server, "Authorization")) == {f"Bearer {SECRET}"}


@ways
@pytest.mark.parametrize(
    "target",
    [
        "http://[",
        "http://[::1",
        "http://127.0.0.1:99999/config",
        "ftp://127.0.0.1/config",
        "//",
        "",
        "?",
    ],
)
def test_a_redirection_to_no_url_is_a_predict_error(target: str, way: str) -> None:
    with http_server({"/config": redirect(target)}) as server:
        assert isinstance(refusal(server.url, way=way), PredictError)


@ways
def test_a_redirection_that_led_nowhere_is_forgotten(way: str) -> None:
    with http_server({**gradio("3"), "/login-page": say("<html>")}) as server:
        configuration = server.plays["/config"]
        with Interface(server.url) as app:
            server.plays["/config"] = redirect("/login-page")
            with pytest.raises(EncodersError):
                predict(way, app, "hi")
            server.plays["/config"] = configuration
            assert predict(way, app, "hi").data[0] == "hi"


@pytest.mark.parametrize("status", [401, 403, 503])
def test_only_a_redirection_leads_on(status: int) -> None:
    play = say({"detail": "no"}, status, Location="/elsewhere/config")
    with http_server({"/config": play}) as server:
        error = refusal(server.url)

        assert server.paths == ["/config"]
    assert isinstance(error, PredictError)
    assert error.status == status


@ways
def test_redirections_in_a_circle_are_an_error(way: str) -> None:
    with http_server({"/config": redirect("/config")}) as server:
        assert server.url in str(refusal(server.url, way=way))


# Answers that are none.

NO_JSON: dict[str, bytes] = {
    "HTML": b"<!doctype html><title>Hello</title>",
    "nothing": b"",
    "truncated": b'{"data": ["x"',
    "invalid UTF-8": b'{"data": ["\xff"]}',
    "UTF-16": '{"data": []}'.encode("utf-16"),
    "two values": b"{} {}",
    "too deep": b"[" * 5000,
    "a long number": b"1" * 10_000,
}


@pytest.mark.parametrize(
    ("name", "body"),
    [*((name, "HTML") for name in TAKES_JSON), *(("call-3", body) for body in NO_JSON)],
)
def test_what_is_no_json_is_an_error(name: str, body: str) -> None:
    place = PLACES[name]
    with http_server(place.plays(say(NO_JSON[body]))) as server:
        error = place.error(server.url)

    if name == "config":
        assert (
            f"{server.url} is no Gradio server, or the server is at another path: expected JSON"
            in str(error)
        )
    else:
        assert isinstance(error, ResponseError | LimitError | PayloadError)


@pytest.mark.parametrize("name", TAKES_JSON)
def test_an_error_about_json_names_its_place(name: str) -> None:
    place = PLACES[name]
    with http_server(place.plays(say("<html>"))) as server:
        place.refusal(server.url)


SHAPES: dict[str, Json] = {
    "null": None,
    "a number": 5,
    "a text": "text",
    "a list": [],
    "an empty object": {},
    "data that is null": {"data": None},
    "data that is text": {"data": "x"},
    "data that is an object": {"data": {"0": "x"}},
    "too few outputs": {"data": []},
    "too many outputs": {"data": ["x", "y"]},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("era", ["2", "3", "6"])
def test_an_answer_of_another_shape_is_a_response_error(era: str, shape: str) -> None:
    play = say(SHAPES[shape]) if era in CALL else stream(completed(SHAPES[shape]))
    with http_server({**gradio(era), CALL.get(era) or DATA[era]: play}) as server:
        assert isinstance(refusal(server.url), ResponseError)


@pytest.mark.parametrize("shape", ["null", "data that is text", "too few outputs"])
def test_an_error_about_an_answers_shape_names_the_endpoint(shape: str) -> None:
    with http_server({**gradio("3"), CALL["3"]: say(SHAPES[shape])}) as server:
        assert "/predict" in str(refusal(server.url))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_configuration_of_another_shape_is_an_error(shape: str) -> None:
    with http_server({"/config": say(SHAPES[shape])}) as server:
        assert isinstance(refusal(server.url), ResponseError | PredictError)


def test_an_error_about_a_configuration_names_the_server() -> None:
    with http_server({"/config": say({"hello": "world"})}) as server:
        assert server.url in str(refusal(server.url))


@pytest.mark.parametrize("shape", [None, 5, "text", [], {}, {"event_id": None}, {"event_id": 5}])
def test_a_queue_that_gives_no_event_is_a_predict_error(shape: Json) -> None:
    with http_server({**gradio("6"), JOIN["6"]: say(json.dumps(shape))}) as server:
        error = refusal(server.url)

    assert isinstance(error, PredictError)
    assert JOIN["6"] in str(error) or "/predict" in str(error) or "event_id" in str(error)


def test_nan_is_a_number() -> None:
    plays = gradio("3", outputs=["number"])
    with http_server({**plays, CALL["3"]: say(b'{"data": [NaN]}')}) as server:
        assert str(call(server.url)) == "nan"


@pytest.mark.parametrize("error", ["{url}", {"image": "{url}"}])
def test_an_error_may_hold_a_data_url(error: Json) -> None:
    url = "data:image/png;base64," + "AAAA" * 30_000
    text = json.dumps({"error": error}).replace("{url}", url)
    with http_server({**gradio("3"), CALL["3"]: say(text)}) as server:
        assert len(str(refusal(server.url))) < 3000


# Sizes.


def bomb(size: int) -> bytes:
    """Return so many MiB of zeros, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * size


MEASURE = """\
import resource, sys
from encoders import Interface, LimitError, Limits
limits = Limits(max_body_bytes=1_000_000)
with Interface(sys.argv[1], limits=limits) as app:
    app.description
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        app.predict("hi")
    except LimitError:
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss counts KiB on Linux only")
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        pytest.param(bomb(1024), "gzip", id="gzip"),
        pytest.param(gzip.compress(bomb(1024)), "gzip, gzip", id="gzip twice"),
        pytest.param(b"[" + b"0," * 8_000_000 + b"0]", "identity", id="plain"),
    ],
)
def test_a_bomb_costs_no_more_memory_than_the_limit_allows(body: bytes, encoding: str) -> None:
    with http_server({**gradio("3"), CALL["3"]: say(body, Content_Encoding=encoding)}) as server:
        command = [sys.executable, "-c", MEASURE, server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert int(done.stdout) < 32


@pytest.mark.parametrize(
    ("name", "limit"), [("config", 500), ("upload", 500), ("call-3", 5000), ("file", 5000)]
)
def test_no_answer_is_larger_than_max_body_bytes(name: str, limit: int) -> None:
    place = PLACES[name]
    limits = Limits(max_body_bytes=1_000_000)
    with http_server(place.plays(say(b" " * 2_000_000))) as server:
        error = place.refusal(server.url, limits=limits)

    assert isinstance(error, LimitError)
    assert error.limit == "max_body_bytes"


@ways
def test_a_gzipped_answer_is_unpacked(way: str) -> None:
    packed = say(gzip.compress(b'{"data": ["packed"]}'), Content_Encoding="gzip")
    with http_server({**gradio("3"), CALL["3"]: packed}) as server:
        assert call(server.url, way=way) == "packed"


@ways
def test_what_comes_after_a_gzipped_answer_does_not_matter(way: str) -> None:
    packed = gzip.compress(b'{"data": ["packed"]}') + bytes(40_000_000)
    play = say(packed, Content_Encoding="gzip")
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        assert call(server.url, way=way, timeout=1) == "packed"


@pytest.mark.parametrize("status", [403, 500])
def test_an_empty_answer_may_be_called_gzipped(status: int) -> None:
    play = say(b"", status, Content_Encoding="gzip")
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        error = refusal(server.url)

    assert isinstance(error, PredictError)
    assert error.status == status


def nested_bomb() -> bytes:
    """Return gzip in gzip in gzip, whose GiB in the middle unpack to nothing at all."""
    nothing = b"\0\0\0\xff\xff" * (1 << 20)  # empty blocks of deflate
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(gzip.compress(b"")[:10]) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(nothing) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(nothing) + packer.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(head + block * 200)


@ways
def test_a_bomb_that_holds_nothing_does_not_hold_a_call_beyond_its_timeout(way: str) -> None:
    play = say(nested_bomb(), Content_Encoding="gzip, gzip, gzip")
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        _, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.3))

    assert seconds < 1


def test_a_gzipped_answer_that_is_cut_off_is_an_error() -> None:
    packed = gzip.compress(json.dumps({"data": ["packed"]}).encode() + b" " * 100_000)
    cut = say(packed[:-30], Content_Encoding="gzip")
    with http_server({**gradio("3"), CALL["3"]: cut}) as server:
        refusal(server.url)


def test_a_message_does_not_repeat_an_answer() -> None:
    bodies = [b"x" * 10**6, b'{"data": "' + b"x" * 10**6 + b'"}', b'{"' + b"x" * 10**6 + b'": 1}']
    for body in bodies:
        with http_server({**gradio("3"), CALL["3"]: say(body)}) as server:
            assert len(str(refusal(server.url))) < 500


# Messages of the queue.

RIGHT = {"data": ["right"]}


def messages(*pieces: bytes, pause: float = 0) -> dict[str, Play]:
    """Return the plays of a server whose queue says this of the event "mine"."""
    joined = {JOIN["6"]: say({"event_id": "mine"})}
    return {**gradio("6"), **joined, DATA["6"]: stream(*pieces, pause=pause)}


GOOD: dict[str, bytes] = {
    "an event of ours": completed(RIGHT, "mine"),
    "no event at all": event(msg="process_completed", output=RIGHT, success=True),
    "an event that is null": completed(RIGHT, None),
    "no word of success": event(msg="process_completed", output=RIGHT),
    "CRLF": completed(RIGHT, "mine").replace(b"\n", b"\r\n"),
    "no space after the colon": completed(RIGHT, "mine").replace(b"data: ", b"data:"),
    "comments": b": a\n:\n\n" + completed(RIGHT, "mine"),
    "other fields": b"event: x\nid: 1\nretry: 10\nnonsense\n" + completed(RIGHT, "mine"),
    "unknown messages": event(msg="news", event_id="mine") + completed(RIGHT, "mine"),
    "messages of no shape": b'data: 5\n\ndata: null\n\ndata: [{"msg": 1}]\n\n'
    + event(msg=["process_completed"])
    + completed(RIGHT),
    "another's answer first": completed({"data": ["wrong"]}, "theirs") + completed(RIGHT, "mine"),
    "another's error first": event(msg="unexpected_error", event_id="theirs", message="no")
    + completed(RIGHT, "mine"),
    "progress": event(msg="progress", event_id="mine", progress_data=[])
    + event(msg="process_generating", event_id="mine", output={"data": ["wrong"]})
    + completed(RIGHT, "mine"),
    "something after the end": completed(RIGHT, "mine") + b"data: {nonsense\n\n",
    "a long comment": b":" + b" " * 60_000 + b"\n" + completed(RIGHT, "mine"),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_answer_is_found_among_the_messages(name: str) -> None:
    with http_server(messages(GOOD[name])) as server:
        assert call(server.url) == "right"


@pytest.mark.parametrize("name", GOOD)
def test_messages_may_be_cut_anywhere(name: str) -> None:
    text = GOOD[name]
    for cut in range(0, len(text), 1 + len(text) // 500):
        reader = SessionReader(Limits(), "mine")
        if not reader.feed(text[:cut]):
            reader.feed(text[cut:])
        assert reader.close().value == RIGHT


@ways
def test_messages_may_come_byte_by_byte(way: str) -> None:
    text = GOOD["CRLF"]
    with http_server(messages(*[text[i : i + 1] for i in range(len(text))])) as server:
        assert call(server.url, way=way) == "right"


@ways
def test_a_call_ends_with_its_answer_and_not_with_the_stream(way: str) -> None:
    def stays(exchange: Exchange) -> None:
        stream(completed(RIGHT, "mine"))(exchange)
        silent(exchange)

    with http_server({**messages(), DATA["6"]: stays}) as server:
        assert call(server.url, way=way, timeout=5) == "right"


ODD: dict[str, bytes] = {
    "several lines of data": b'data: {"msg": "process_completed",\n'
    b'data: "output": {"data": ["right"]}}\n\n',
    "lines that end with CR": completed(RIGHT, "mine").replace(b"\n", b"\r"),
    "a byte order mark": b"\xef\xbb\xbf" + completed(RIGHT, "mine"),
    "another event, of no JSON": b"event: ping\ndata: 12:00\n\n" + completed(RIGHT, "mine"),
}


@pytest.mark.parametrize("name", ODD)
def test_messages_may_be_whatever_the_standard_allows(name: str) -> None:
    with http_server(messages(ODD[name])) as server:
        assert call(server.url) == "right"


def failed(output: Json) -> bytes:
    return completed(output, "mine", success=False)


HIDDEN = "show_error is off"
BAD: dict[str, tuple[bytes, str]] = {
    "an error that is null": (failed({"error": None}), HIDDEN),
    "an error that is text": (failed({"error": "boom"}), "the server says: boom"),
    "an error in quotes": (failed({"error": "'bo\\nom'"}), "the server says: bo\nom"),
    "an error that is an object": (failed({"error": {"a": 1}}), '{"a": 1}'),
    "an output that is null": (failed(None), HIDDEN),
    "an output that is text": (failed("boom"), "the server says: boom"),
    "an output that is a list": (failed(["boom"]), "boom"),
    "an unexpected error": (event(msg="unexpected_error", message="boom"), "boom"),
    "one without words": (event(msg="unexpected_error", message=None), "unexpected_error"),
    "a stop": (event(msg="server_stopped", message="boom"), "boom"),
    "a full queue": (event(msg="queue_full"), "queue_full"),
    "an early end": (event(msg="process_starts", event_id="mine"), "ended before"),
    "no message": (b"", "ended before"),
    "half a message": (completed(RIGHT, "mine")[:-20], "ended before"),
    "messages of others": (completed(RIGHT, "theirs"), "ended before"),
    "HTML": (b"<!doctype html>\n<title>Hello</title>\n", "ended before"),
    "a line without end": (b"x" * 100_000, "not those of Gradio's queue"),
}


@ways
@pytest.mark.parametrize("name", BAD)
def test_a_queue_that_gives_no_answer_is_a_predict_error(name: str, way: str) -> None:
    text, words = BAD[name]
    with http_server(messages(text)) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, PredictError)
    assert error.endpoint == "/predict"
    assert str(error).startswith("/predict: ")
    assert words in str(error)


@pytest.mark.parametrize("text", [b"data: hello\n\n", b"data:\n\n", b'data: {"msg": \n\n'])
def test_a_message_that_is_no_json_is_an_error_that_names_the_endpoint(text: bytes) -> None:
    with http_server(messages(text)) as server:
        assert "/predict" in str(refusal(server.url))


def test_no_message_is_larger_than_max_body_bytes() -> None:
    text = b"data: [" + b"0," * 2_000_000
    with http_server(messages(text)) as server:
        error = refusal(server.url, limits=Limits(max_body_bytes=1_000_000))

    assert isinstance(error, LimitError)
    assert "/predict" in str(error)


# Descriptions.

NO_INFO: dict[str, Play] = {
    "not there": say({"detail": "Not Found"}, 404),
    "forbidden": say("no", 403),
    "broken": say("Internal Server Error", 500),
    "closed": raw(),
    "HTML": say("<html>"),
    "truncated": say('{"named_endpoints": {"/pre'),
    "elsewhere": redirect("http://127.0.0.1:9/info"),
    "too large": say(b"[" + b"0," * 1_000_000 + b"0]"),
    "of another shape": say({"named_endpoints": {"/predict": {"parameters": 5}}}),
}


@pytest.mark.parametrize("name", NO_INFO)
def test_a_call_needs_no_info(name: str) -> None:
    with http_server({**gradio("6"), "/gradio_api/info": NO_INFO[name]}) as server:
        assert call(server.url, limits=Limits(max_body_bytes=100_000)) == "hi"


@pytest.mark.parametrize("info", [None, 5, [], {}, {"named_endpoints": None}])
def test_an_info_that_says_nothing_does_not_matter(info: Json) -> None:
    with http_server({**gradio("6"), "/gradio_api/info": say(json.dumps(info))}) as server:
        assert call(server.url) == "hi"


def test_a_server_without_endpoints_says_so() -> None:
    with http_server(gradio("6", dependencies=[])) as server:
        assert "the server has none" in str(refusal(server.url))


@pytest.mark.parametrize("wanted", ["/missing", 7, "predict/"])
def test_an_unknown_endpoint_is_an_error_that_lists_those_there_are(wanted: str | int) -> None:
    with (
        http_server(gradio("6")) as server,
        Interface(server.url) as app,
        pytest.raises(UnknownEndpointError) as caught,
    ):
        app.predict("hi", api_name=wanted)

    assert repr(wanted) in str(caught.value)
    assert "/predict" in str(caught.value)


@pytest.mark.parametrize("version", ["dev", "1.7", "", "4", "4.0.0b15", "6.31.0+local", None, 6])
def test_a_server_may_name_its_version_as_it_likes(version: Json) -> None:
    with http_server(gradio("6", version=version)) as server, suppress(EncodersError):
        call(server.url)


def test_a_function_that_names_an_unknown_component_is_an_error() -> None:
    function = {"api_name": "predict", "inputs": [99], "outputs": []}
    with http_server(gradio("6", dependencies=[function])) as server:
        assert "99" in str(refusal(server.url))


def test_a_huge_configuration_is_read_in_no_time() -> None:
    part = {"id": 0, "type": "textbox", "props": {"value": "x" * 1000}}
    function = {"api_name": "f", "inputs": [0], "outputs": [0]}
    components = [{**part, "id": index} for index in range(10_000)]
    more: dict[str, Any] = {"components": components, "dependencies": [function] * 5000}
    with http_server(gradio("4", **more)) as server, Interface(server.url) as app:
        start = time.monotonic()
        assert len(app.endpoints) == 5000

    assert time.monotonic() - start < 5


# What leads elsewhere.

ELSEWHERE = {
    "another server": "http://127.0.0.1:{other}/x",
    "another name of this one": "http://localhost:{own}/x",
    "another scheme": "https://127.0.0.1:{own}/x",
    "a file of ours": "file:///etc/passwd",
    "a user that looks like a server": "http://127.0.0.1:{own}@127.0.0.1:{other}/x",
    "a backslash": "http://127.0.0.1:{own}\\@127.0.0.1:{other}/x",
    "another port": "http://127.0.0.1:80/x",
    "no host": "http:///x",
    "a script": "javascript://127.0.0.1:{own}/%0aalert(1)",
    "ftp": "ftp://127.0.0.1:{own}/x",
}


@pytest.mark.parametrize(("era", "way"), [("3", "sync"), ("6", "sync"), ("6", "async")])
@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_file_elsewhere_is_not_fetched(name: str, era: str, way: str) -> None:
    with http_server({"/x": say(b"theirs")}) as other, http_server({}) as server:
        path = ELSEWHERE[name].format(own=server.server_port, other=other.server_port)
        server.plays.update({**referring(era, path), "/x": say(b"own")})
        error = refusal(server.url, way=way, fetch=True)

        assert other.seen == []
        assert not any("file=" in path or path == "/x" for path in server.paths)
    assert isinstance(error, PredictError)


NO_URLS = ["http://[::1", "http://127.0.0.1:99999/x", "http://127.0.0.1:port/x"]


@pytest.mark.parametrize("path", NO_URLS)
def test_a_file_under_no_url_is_a_predict_error(path: str) -> None:
    with http_server(referring("6", path)) as server:
        assert isinstance(refusal(server.url, fetch=True), PredictError)


HERE = {
    "/tmp/out.bin": "/tmp/out.bin",
    "//127.0.0.1:{other}/x": "//127.0.0.1%3A{other}/x",
    "\\\\evil\\x": "%5C%5Cevil%5Cx",
    "a b": "a%20b",
    "100%": "100%25",
    "%41": "%2541",
    "a#b?c=d&e": "a%23b%3Fc%3Dd%26e",
    "Grüße 日本": "Gr%C3%BC%C3%9Fe%20%E6%97%A5%E6%9C%AC",
    "C:\\tmp\\a.png": "C%3A%5Ctmp%5Ca.png",
    "a\x00b\r\nX: y": "a%00b%0D%0AX%3A%20y",
    "\"'<>|*": "%22%27%3C%3E%7C%2A",
    ".hidden": ".hidden",
    "x" * 5000: "x" * 5000,
}


@pytest.mark.parametrize("era", ["3", "6"])
@pytest.mark.parametrize("path", HERE)
def test_any_path_is_one_on_the_server_itself(path: str, era: str) -> None:
    with http_server({}) as other, http_server({}) as server:
        plain, quoted = (text.format(other=other.server_port) for text in (path, HERE[path]))
        server.plays.update(referring(era, plain))
        found = call(server.url, fetch=True)

        assert other.seen == []
        assert server.paths[-1] == FILE[era] + quoted
    assert found.data == b"its content"


@pytest.mark.parametrize("path", ["../../etc/passwd", "/../../../x", "..", "\\..\\..\\x"])
def test_no_path_leaves_the_server(path: str) -> None:
    with http_server(referring("6", path)) as server, suppress(PredictError):
        found = call(server.url, fetch=True)
        assert found.name in ("passwd", "x", "file")


@pytest.mark.parametrize("path", ["../../logout", "/tmp/../../../logout"])
def test_no_path_leaves_the_files_of_the_server(path: str) -> None:
    with http_server(referring("6", path)) as server:
        with suppress(EncodersError):
            call(server.url, fetch=True)
        assert all("/file=" in path for path in server.paths if "logout" in path)


def test_a_url_of_the_servers_own_is_fetched_as_it_is() -> None:
    with http_server({"/x": say(b"own")}) as server:
        server.plays.update(referring("6", f"{server.url}/x?y=%20z"))
        assert call(server.url, fetch=True).data == b"own"
        assert server.paths[-1] == "/x?y=%20z"


def test_a_path_that_is_no_unicode_is_a_predict_error() -> None:
    with http_server(referring("6", "\ud800")) as server:
        assert isinstance(refusal(server.url, fetch=True), EncodersError)


def test_a_long_path_is_quoted_in_brief() -> None:
    with http_server(referring("6", "x" * 100_000)) as server:
        assert len(str(refusal(server.url, fetch=True))) < 1000


@pytest.mark.parametrize("status", REDIRECTIONS)
@pytest.mark.parametrize("era", ["3", "6"])
def test_a_file_that_is_said_to_be_elsewhere_is_not_fetched(era: str, status: int) -> None:
    with http_server({"/x": say(b"theirs")}) as other:
        plays = {**referring(era, OUT), f"{FILE[era]}*": redirect(f"{other.url}/x", status)}
        with http_server(plays) as server:
            assert f"{other.url}/x" in str(refusal(server.url, fetch=True))
        assert other.seen == []


def test_an_endpoint_that_is_said_to_be_elsewhere_gets_nothing() -> None:
    with http_server({"/run/predict": say(RIGHT)}) as other:
        plays = {**gradio("3"), CALL["3"]: redirect(f"{other.url}/run/predict")}
        with http_server(plays) as server:
            refusal(server.url)
        assert other.seen == []


@pytest.mark.parametrize("prefix", ["@127.0.0.1:{other}", "@127.0.0.1:{other}/gradio_api"])
def test_a_configuration_cannot_name_another_server(prefix: str) -> None:
    with http_server({"*": say({"event_id": "x"})}) as other:
        plays = gradio("6", api_prefix=prefix.format(other=other.server_port))
        with http_server(plays) as server:
            refusal(server.url)
        assert other.seen == []


@pytest.mark.parametrize("era", ["3", "6"])
@pytest.mark.parametrize("path", [*ELSEWHERE.values(), "/tmp/out.bin", "../x", "\ud800"])
def test_nothing_is_fetched_unless_it_is_asked_for(path: str, era: str) -> None:
    with http_server({}) as other, http_server({}) as server:
        path = path.format(own=server.server_port, other=other.server_port)
        server.plays.update(referring(era, path))
        found = call(server.url)

        assert other.seen == []
        assert not any("file=" in path for path in server.paths)
    assert isinstance(found, Reference)
    assert found.path == path


def test_a_reference_to_no_url_stays_a_reference() -> None:
    with http_server(referring("6", "http://[::1")) as server:
        assert call(server.url) == Reference("http://[::1", name="[__1")


@pytest.mark.parametrize("era", ["3", "6"])
def test_no_file_is_larger_than_max_body_bytes(era: str) -> None:
    plays = {**referring(era, OUT), f"{FILE[era]}*": say(bytes(200_000))}
    with http_server(plays) as server:
        error = refusal(server.url, fetch=True, limits=Limits(max_body_bytes=100_000))

    assert isinstance(error, LimitError)
    assert "/file" in str(error)


def test_ten_thousand_files_are_the_most_that_are_fetched() -> None:
    with http_server(referring("6", *[f"/tmp/{number}" for number in range(10_001)])) as server:
        error = refusal(server.url, fetch=True)

        assert not any("file=" in path for path in server.paths)
    assert isinstance(error, LimitError)
    assert error.limit == "max_files"


def test_a_file_that_is_named_twice_is_fetched_once() -> None:
    with http_server(referring("6", OUT, OUT, OUT)) as server:
        found = call(server.url, fetch=True)

        assert server.paths.count(FILE["6"] + OUT) == 1
    assert [file.data for file in found] == [b"its content"] * 3


@pytest.mark.parametrize("component", ["json", "state", "textbox"])
def test_what_only_looks_like_a_file_is_not_fetched(component: str) -> None:
    value = {"path": "src/main.py", "size": 3}
    given = json.dumps(value) if component == "textbox" else value
    plays = gradio("6", lambda _: [given], outputs=[component])
    if component == "textbox":
        plays = gradio("6", lambda _: [value], outputs=["json"])
    with http_server(plays) as server:
        assert call(server.url, fetch=True) == value


def test_a_picture_that_is_none_is_a_corrupt_media_error() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)
    plays = gradio("6", lambda _: [reference("6", OUT)], outputs=["image"])
    with http_server({**plays, f"{FILE['6']}*": say(png)}) as server:
        error = refusal(server.url, fetch=True)

    assert isinstance(error, CorruptMediaError)
    assert "data[0] (image)" in str(error)


def test_deep_json_is_no_recursion_error() -> None:
    deep: Json = "x"
    for _ in range(900):
        deep = {"a": deep}
    with http_server(gradio("6", lambda _: [deep], outputs=["json"])) as server:
        assert isinstance(refusal(server.url, fetch=True), LimitError)


# Uploads.


@pytest.mark.parametrize(
    "answer", [None, 5, {}, {"detail": "x"}, [], ["a", "b"]], ids=lambda answer: json.dumps(answer)
)
@pytest.mark.parametrize("era", ["3", "6"])
def test_an_upload_that_gives_no_path_is_a_predict_error(era: str, answer: Json) -> None:
    place = Place(era, f"{PREFIXES[era]}/upload")
    with http_server(place.plays(say(json.dumps(answer)))) as server:
        error = place.error(server.url)

    assert isinstance(error, PredictError)
    assert "answered" in str(error)


@pytest.mark.parametrize("answer", [[None], [5], [{"path": "/tmp/x"}]])
def test_an_upload_that_gives_no_text_is_a_predict_error(answer: Json) -> None:
    place = PLACES["upload"]
    with http_server(place.plays(say(answer))) as server:
        assert isinstance(place.error(server.url), PredictError)
        assert not any("join" in path for path in server.paths)


def test_an_upload_that_gives_too_few_paths_is_a_predict_error() -> None:
    plays = gradio("6", inputs=[("file", {"file_count": "multiple"})])
    with http_server(plays) as server:
        error = refusal(server.url, [b"one", b"two"])

    assert "2 files were uploaded" in str(error)


@ways
@pytest.mark.parametrize("era", ["3", "6"])
def test_files_go_up_with_their_names_and_bytes_and_are_referred_to(era: str, way: str) -> None:
    with http_server(gradio(era, inputs=["file"])) as server, Interface(server.url) as app:
        with suppress(EncodersError):
            predict(way, app, File(b"its bytes", "näme.bin"), upload=True)
        up = next(seen for seen in server.seen if seen.path.endswith("/upload"))
        called = next(seen for seen in server.seen if seen.path in (JOIN["6"], CALL["3"]))

    assert b'name="files"' in up.body
    assert "näme.bin".encode() in up.body
    assert b"its bytes" in up.body
    key = "name" if era == "3" else "path"
    assert called.json["data"][0][key] == "/tmp/gradio/up/file.bin"


@ways
def test_nothing_goes_up_where_the_era_takes_no_uploads(way: str) -> None:
    with http_server(gradio("2", inputs=["file"])) as server, Interface(server.url) as app:
        with pytest.raises(PredictError, match=r"2\.9\.4 takes no uploads"):
            predict(way, app, b"its bytes", upload=True)

        assert server.paths == ["/config"]


def test_upload_and_fetch_are_there_by_themselves() -> None:
    plays = {**gradio("6"), f"{FILE['6']}*": say(b"its content")}
    with http_server(plays) as server, Interface(server.url) as app:
        path = app.upload("a.bin", io.BytesIO(b"its bytes"))
        found = app.fetch(Reference(path, name="a.bin"))

    assert path == "/tmp/gradio/up/file.bin"
    assert found == File(b"its content", "a.bin")


# Secrets.


def sent(server: HTTPServer, header: str) -> list[str | None]:
    return [seen.headers.get(header) for seen in server.seen]


@ways
def test_a_token_goes_to_every_path_of_the_server(way: str) -> None:
    place = PLACES["data"]
    plays = place.plays(silent)
    plays[DATA["6"]] = gradio("6")[DATA["6"]]
    with http_server(referring("6", OUT)) as server:
        call(server.url, way=way, fetch=True, token=SECRET, headers={"X-Key": "more"})

        assert len(server.seen) == 5
        assert set(sent(server, "Authorization")) == {f"Bearer {SECRET}"}
        assert set(sent(server, "X-Key")) == {"more"}


@ways
@pytest.mark.parametrize("header", ["Authorization", "X-Key"])
def test_a_token_goes_to_no_server_that_the_first_one_names(header: str, way: str) -> None:
    with (
        http_server(gradio("6")) as there,
        http_server({"/config": redirect(f"{there.url}/config")}) as here,
    ):
        with suppress(EncodersError):
            call(here.url, way=way, token=SECRET, headers={"X-Key": SECRET})

        assert set(sent(there, header)) <= {None}


@pytest.mark.parametrize(
    ("here", "there", "goes"),
    [
        ("http://host", "http://host/a/config", True),
        ("http://host", "http://HOST:80/config", True),
        ("http://host", "https://host/config", True),
        ("http://host:80", "https://host:443/config", True),
        ("https://host", "http://host/config", False),
        ("http://host", "https://host:444/config", False),
        ("http://host", "http://host:81/config", False),
        ("http://host", "http://host@evil.example/config", False),
        ("http://host", "http://host.evil.example/config", False),
        (
            "http://host:8080",
            "https://host:44380/config",
            False,
        ),
    ],
)
def test_secrets_go_on_to_the_same_server_only(here: str, there: str, goes: bool) -> None:
    if goes:
        check_redirection(here, there, True)
    else:
        with pytest.raises(PredictError):
            check_redirection(here, there, True)
    check_redirection(here, there, False)


SESSION: dict[str, Any] = {"Set_Cookie": "access-token=session; Path=/; HttpOnly"}


@eras
@ways
def test_a_session_that_a_login_begins_is_kept(era: str, way: str) -> None:
    plays = {**gradio(era), "/login": say({"success": True}, **SESSION)}
    with http_server(plays) as server:
        assert call(server.url, way=way, auth=("me", SECRET)) == "hi"

        assert server.seen[0].body == f"username=me&password={SECRET}".encode()
        assert set(sent(server, "Cookie")[1:]) == {"access-token=session"}
        assert all(SECRET.encode() not in seen.body for seen in server.seen[1:])


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("sync", "sync"),
        ("async", "async"),
        ("async", "sync"),
        ("sync", "async"),
        ("sync", "close"),
    ],
)
def test_a_session_is_kept_from_call_to_call(first: str, then: str) -> None:
    plays = {**gradio("6"), "/login": say({"success": True}, **SESSION)}
    with http_server(plays) as server, Interface(server.url, auth=("me", SECRET)) as app:
        predict(first, app, "hi")
        if then == "close":
            app.close()
        predict("async" if then == "async" else "sync", app, "hi")

        assert sent(server, "Cookie")[-1] == "access-token=session"


def test_a_login_is_not_sent_on_to_another_server() -> None:
    login = say({"success": True}, **SESSION)
    with http_server(gradio("6")) as there, http_server({"/login": login}) as here:
        url = there.url.replace("127.0.0.1", "localhost")
        here.plays["/config"] = redirect(f"{url}/config")
        assert "make an Interface of that URL" in str(refusal(here.url, auth=("me", SECRET)))

        assert there.seen == []


def test_a_server_may_set_a_cookie_for_several_paths() -> None:
    twice = b"Set-Cookie: a=1; Path=/\r\nSet-Cookie: a=2; Path=/run\r\n"
    login = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n", twice, b"\r\n{}")
    with http_server({**gradio("3"), "/login": login}) as server:
        assert call(server.url, way="async", auth=("me", SECRET)) == "hi"


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_wrong_password_is_called_one(status: int) -> None:
    plays = {**gradio("6"), "/login": say({"detail": "Incorrect credentials."}, status)}
    with http_server(plays) as server:
        error = refusal(server.url, auth=("me", SECRET))

    assert "does not accept this user and password" in str(error)


def test_a_login_is_asked_for_where_it_is_missing() -> None:
    with http_server({"/config": say({"detail": "Not authenticated"}, 401)}) as server:
        assert "pass auth=(user, password) or pass token=" in str(refusal(server.url))


TOKENS = [
    SECRET + "\n",
    SECRET + "\r\nX-More: yes",
    "ü" + SECRET,
    SECRET + "\x00",
    "\ud800" + SECRET,
]


@pytest.mark.parametrize("token", TOKENS)
@ways
def test_a_token_that_cannot_be_sent_is_not_told(token: str, way: str) -> None:
    with http_server(gradio("3")) as server:
        error = refusal(server.url, way=way, token=token)

    assert SECRET not in "".join(traceback.format_exception(error))


def test_a_password_in_a_url_is_not_told() -> None:
    error = refusal(f"http://me:{SECRET}@127.0.0.1:9")

    assert SECRET not in str(error)


def test_an_interface_does_not_show_its_secrets() -> None:
    app = Interface("http://127.0.0.1:9", auth=("me", SECRET), token=SECRET, headers={"X": SECRET})

    assert SECRET not in repr(app)


# Many at once.


@pytest.mark.parametrize("era", ["2", "3", "6"])
def test_threads_that_share_an_interface_get_their_own_answers(era: str) -> None:
    count = 16
    barrier = threading.Barrier(count)
    with http_server(gradio(era)) as server, Interface(server.url) as app:
        app.predict("first")

        def one(number: int) -> list[Any]:
            barrier.wait()
            return [app.predict(f"{number}-{turn}").data[0] for turn in range(5)]

        with ThreadPoolExecutor(count) as pool:
            found = list(pool.map(one, range(count)))

    assert found == [[f"{number}-{turn}" for turn in range(5)] for number in range(count)]


def test_threads_that_make_the_first_call_together_leave_no_connection_open() -> None:
    count = 16
    barrier = threading.Barrier(count)

    def calls(url: str) -> None:
        with Interface(url) as app, ThreadPoolExecutor(count) as pool:

            def one(number: int) -> Any:
                barrier.wait()
                return app.predict(str(number)).data[0]

            assert list(pool.map(one, range(count))) == [str(number) for number in range(count)]

    with http_server(gradio("3")) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        calls(server.url)
        gc.collect()

    assert [str(warning.message) for warning in caught] == []


@pytest.mark.parametrize("era", ["2", "3", "6"])
def test_calls_that_are_gathered_get_their_own_answers(era: str) -> None:
    async def gathered(app: Interface) -> list[Any]:
        calls = (app.predict_async(str(number)) for number in range(20))
        return [answer.data[0] for answer in await asyncio.gather(*calls)]

    with http_server(gradio(era)) as server, Interface(server.url) as app:
        assert asyncio.run(gathered(app)) == [str(number) for number in range(20)]


@pytest.mark.parametrize("era", ["3", "6"])
def test_a_call_that_is_cancelled_closes_its_connection(era: str) -> None:
    there, gone = threading.Event(), threading.Event()

    def until_gone(exchange: Exchange) -> None:
        there.set()
        endless(b": ping\n\n" if era == "6" else b" ", 0.005)(exchange)

    def watched(exchange: Exchange) -> None:
        try:
            until_gone(exchange)
        except OSError:
            gone.set()
            raise

    async def cancelled(app: Interface) -> None:
        task = asyncio.create_task(app.predict_async("hi"))
        while not there.is_set():
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    plays = {**gradio(era), CALL.get(era) or DATA[era]: watched}
    with http_server(plays) as server, Interface(server.url) as app:
        asyncio.run(cancelled(app))
        assert gone.wait(5)


def test_an_interface_can_be_called_after_a_call_was_cancelled() -> None:
    plays = gradio("6", inputs=["textbox", "state"], outputs=["textbox", "state"])

    async def cancelled(app: Interface) -> Any:
        await app.predict_async("first")
        server.plays[DATA["6"]] = silent
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(app.predict_async("second"), 0.1)
        server.plays[DATA["6"]] = stream(completed({"data": ["third", None]}))
        return (await app.predict_async("third")).data[0]

    with http_server(plays) as server, Interface(server.url) as app:
        assert asyncio.run(cancelled(app)) == "third"


async def longest_gap(task: asyncio.Future[Any]) -> float:
    """Return the longest time for which another coroutine could not run, while a task did."""
    gaps, last = [0.0], time.monotonic()
    while not task.done():
        await asyncio.sleep(0.005)
        gaps.append(time.monotonic() - last)
        last = time.monotonic()
    return max(gaps)


def test_others_run_while_many_calls_begin() -> None:
    async def gap(app: Interface) -> float:
        await app.predict_async("first")
        calls = asyncio.gather(*(app.predict_async("hi") for _ in range(20)))
        return await longest_gap(calls)

    with http_server(gradio("3")) as server, Interface(server.url) as app:
        # A busy machine makes a gap too, but not each time.
        assert min(asyncio.run(gap(app)) for _ in range(3)) < 0.15


@pytest.mark.parametrize("place", ["config", "join", "data", "call-3", "file"])
def test_others_run_while_a_call_waits_for_a_slow_server(place: str) -> None:
    def late(exchange: Exchange) -> None:
        exchange.wait(0.25)
        exchange.close_connection = True

    async def gap(app: Interface) -> float:
        start = time.monotonic()
        task = asyncio.create_task(app.predict_async(b"some bytes", upload=True, fetch=True))
        found = await longest_gap(task)
        with suppress(PredictError):
            task.result()
        assert time.monotonic() - start > 0.25
        return found

    with http_server(PLACES[place].plays(late)) as server, Interface(server.url) as app:
        assert min(asyncio.run(gap(app)) for _ in range(3)) < 0.2


@ways
def test_calls_to_a_function_with_state_are_made_one_after_the_other(way: str) -> None:
    """Those of threads and those of coroutines alike."""
    under_way, most = 0, 0
    counting = threading.Lock()

    def slow(text: str, _: Json) -> list[Json]:
        nonlocal under_way, most
        with counting:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.01)
        with counting:
            under_way -= 1
        return [text, None]

    async def gathered(app: Interface) -> list[Any]:
        answers = await asyncio.gather(*(app.predict_async(text) for text in "abcd"))
        return [answer.data[0] for answer in answers]

    parts = ["textbox", "state"]
    plays = gradio("6", slow, inputs=parts, outputs=parts)
    with http_server(plays) as server, Interface(server.url) as app, ThreadPoolExecutor(4) as pool:
        if way == "async":
            assert asyncio.run(gathered(app)) == list("abcd")
        else:
            assert [one.data[0] for one in pool.map(app.predict, "abcd")] == list("abcd")

    assert most == 1
    sessions = {seen.json["session_hash"] for seen in server.seen if seen.path == JOIN["6"]}
    assert len(sessions) == 1


@ways
def test_who_waits_for_a_turn_waits_no_longer_than_its_time(way: str) -> None:
    parts = ["textbox", "state"]
    plays = {**gradio("6", inputs=parts, outputs=parts), DATA["6"]: silent}
    with http_server(plays) as server, Interface(server.url) as app, ThreadPoolExecutor(1) as pool:
        first = pool.submit(app.predict, "first", timeout=2)
        while DATA["6"] not in [path.partition("?")[0] for path in server.paths]:
            time.sleep(0.005)
        with pytest.raises(PredictError, match=r"another call was still under way after 0\.2 s"):
            predict(way, app, "second", timeout=0.2)

        assert isinstance(first.exception(), PredictError)
        server.plays[DATA["6"]] = stream(completed({"data": ["third", None]}))
        assert predict(way, app, "third").data[0] == "third"


# Connections that end.


def closing(play: Play) -> Play:
    """Answer, and close the connection a little later without having said so."""

    def played(exchange: Exchange) -> None:
        play(exchange)
        exchange.close_connection = True
        exchange.wait(0.002)

    return played


@ways
@pytest.mark.parametrize("era", ["3", "6"])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_connection_on_which_the_server_failed_is_not_used_again(
    status: int, era: str, way: str
) -> None:
    prefix = PREFIXES[era]
    plays = {**gradio(era), f"{prefix}/info": closing(say("Internal Server Error", status))}
    for _ in range(30):
        with http_server(plays) as server, Interface(server.url) as app:
            assert predict(way, app, "hi").data[0] == "hi"


class Cuts:
    """Closes each connection when a second request comes on it, as a server may at any time."""

    def __init__(self) -> None:
        self.used: set[tuple[str, int]] = set()
        self.count = 0

    def of(self, play: Play) -> Play:
        def played(exchange: Exchange) -> None:
            if exchange.client_address in self.used:
                self.count += 1
                exchange.close_connection = True
                return
            self.used.add(exchange.client_address)
            play(exchange)

        return played


@ways
@pytest.mark.parametrize("era", ERAS)
def test_a_request_that_finds_its_connection_closed_is_sent_again(era: str, way: str) -> None:
    cuts = Cuts()
    plays = {path: cuts.of(play) for path, play in gradio(era).items()}
    with http_server(plays) as server, Interface(server.url) as app:
        for number in range(3):
            assert predict(way, app, str(number)).data[0] == str(number)

    assert cuts.count > 0


def test_a_file_that_goes_up_again_goes_up_whole() -> None:
    cuts = Cuts()
    plays = {path: cuts.of(play) for path, play in gradio("6").items()}
    data = bytes(range(256)) * 1000
    with http_server(plays) as server, Interface(server.url) as app:
        assert app.description.version == VERSIONS["6"]  # which opens the connection
        for _ in range(2):
            app.upload("a.bin", io.BytesIO(data))

    bodies = [seen.body for seen in server.seen if seen.path.endswith("/upload")]
    assert [body.count(data) for body in bodies] == [1] * 4
    assert cuts.count > 2


@ways
def test_a_new_connection_that_breaks_is_an_error(way: str) -> None:
    tries = 0

    def broken(exchange: Exchange) -> None:
        nonlocal tries
        tries += 1
        exchange.close_connection = True

    with http_server({"/config": broken}) as server:
        error = refusal(server.url, way=way)

    assert "broke" in str(error)
    assert tries == 1


@ways
def test_an_answer_that_has_begun_is_not_asked_for_again(way: str) -> None:
    plays = gradio("3")
    plays["/run/predict"] = raw(HEAD, b'{"data": [')
    with http_server(plays) as server:
        refusal(server.url, way=way)

    assert server.paths.count("/run/predict") == 1


@ways
def test_half_a_head_is_an_answer_that_has_begun(way: str) -> None:
    cuts = Cuts()
    plays = gradio("3")
    plays["/config"] = cuts.of(plays["/config"])  # which is what opens the connection

    def half(exchange: Exchange) -> None:
        raw(b"HTTP/1.1 20")(exchange)

    plays["/run/predict"] = half
    with http_server(plays) as server:
        refusal(server.url, way=way)

    assert server.paths.count("/run/predict") == 1


@ways
def test_a_function_that_kills_its_connection_is_called_three_times_at_most(way: str) -> None:
    def killed(exchange: Exchange) -> None:
        exchange.close_connection = True

    with http_server(gradio("3")) as server, Interface(server.url) as app:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(app.predict, "abcdefgh"))
        server.plays["/run/predict"] = killed
        before = server.paths.count("/run/predict")
        with pytest.raises(PredictError, match="broke"):
            predict(way, app, "hi")

    assert 1 <= server.paths.count("/run/predict") - before <= 3


def test_what_cannot_be_read_again_is_not_sent_again() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

        tell = seek

    cuts = Cuts()
    plays = {path: cuts.of(play) for path, play in gradio("6").items()}
    with http_server(plays) as server, Interface(server.url) as app:
        assert app.description
        with pytest.raises(PredictError, match="broke"):
            app.upload("a.bin", Pipe(b"its content"))


def test_what_was_read_of_a_file_does_not_go_up() -> None:
    file = io.BytesIO(b"its content")
    file.read(4)
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        app.upload("a.bin", file)

    assert b"\r\n\r\ncontent\r\n" in server.seen[-1].body


def test_threads_keep_their_connections_while_others_fail() -> None:
    """Each call is made once, and each good one is answered."""
    made: list[str] = []

    def function(text: str) -> list[Json]:
        made.append(text)
        if text.startswith("bad"):
            raise ValueError
        return [text]

    plays = gradio("3", function)
    answer = plays["/run/predict"]

    def play(exchange: Exchange) -> None:
        try:
            answer(exchange)
        except ValueError:
            exchange.answer(b'{"error": "bad"}', 500)

    plays["/run/predict"] = play
    texts = [f"{('bad', 'good')[number % 2]} {number}" for number in range(400)]

    def result(text: str) -> Any:
        try:
            return app.predict(text, timeout=PLENTY).data[0]
        except PredictError as error:
            return error.status

    with http_server(plays) as server, Interface(server.url) as app, ThreadPoolExecutor(16) as pool:
        found = list(pool.map(result, texts))

    assert found == [500 if text.startswith("bad") else text for text in texts]
    assert sorted(made) == sorted(texts)


# Calls in an event loop.


def test_an_event_loop_may_ask_what_a_server_is_while_a_call_does() -> None:
    async def both(app: Interface) -> Any:
        task = asyncio.create_task(app.predict_async("hi"))
        while not server.paths:
            await asyncio.sleep(0.005)
        assert app.endpoints
        return (await task).data[0]

    plays = gradio("3")
    quick = plays["/config"]
    asked = []

    def slow(exchange: Exchange) -> None:
        asked.append(exchange)
        exchange.wait(0.3 if len(asked) == 1 else 0)
        quick(exchange)

    plays["/config"] = slow
    with http_server(plays) as server, Interface(server.url, timeout=5) as app:
        assert asyncio.run(both(app)) == "hi"


def test_a_call_that_would_stop_its_own_event_loop_is_refused() -> None:
    async def both(app: Interface) -> Any:
        task = asyncio.create_task(app.predict_async("hi"))
        while DATA["6"] not in [path.partition("?")[0] for path in server.paths]:
            await asyncio.sleep(0.005)
        with pytest.raises(PredictError, match="another call of this event loop"):
            app.predict("hi")
        return (await task).data[0]

    parts = ["textbox", "state"]
    plays = gradio("6", inputs=parts, outputs=parts)
    answer = plays[DATA["6"]]
    plays[DATA["6"]] = lambda exchange: (exchange.wait(0.3), answer(exchange))[1]
    with http_server(plays) as server, Interface(server.url, timeout=5) as app:
        assert asyncio.run(both(app)) == "hi"


def test_a_function_that_gives_state_alone_shares_the_session() -> None:
    plays = gradio("6", outputs=["textbox", "state"], function=lambda text: [text, None])
    with http_server(plays) as server, Interface(server.url) as app:
        app.predict("a")
        app.predict("b")

    sessions = [seen.json["session_hash"] for seen in server.seen if seen.path == JOIN["6"]]
    assert len(set(sessions)) == 1


# Threads that begin together.


@pytest.mark.parametrize("era", ["2", "3", "6"])
def test_threads_ask_a_fresh_interface_what_it_is_once(era: str) -> None:
    for _ in range(20):
        texts = [str(number) for number in range(16)]
        with (
            http_server(gradio(era)) as server,
            Interface(server.url) as app,
            ThreadPoolExecutor(16) as pool,
        ):
            assert [answer.data[0] for answer in pool.map(app.predict, texts)] == texts
        assert server.paths.count("/config") == 1
        assert sum(path.endswith("/info") for path in server.paths) == (era != "2")


def test_a_server_that_failed_is_asked_again_what_it_is() -> None:
    plays = {**gradio("3"), "/config": say("Internal Server Error", 500)}
    with http_server(plays) as server, Interface(server.url) as app:
        with pytest.raises(PredictError):
            app.predict("hi")
        server.plays["/config"] = gradio("3")["/config"]

        assert app.predict("hi").data[0] == "hi"


# Addresses.


@ways
def test_a_server_on_this_machine_needs_no_scheme(way: str) -> None:
    with http_server(gradio("3")) as server:
        assert call(server.url.removeprefix("http://"), way=way) == "hi"


@pytest.mark.parametrize("body", ["<html>", {"a": 1}, [], None, 1])
def test_a_url_that_is_no_gradio_is_told_so(body: Json) -> None:
    with http_server({"/config": say(body)}) as server:
        error = refusal(server.url)

    assert server.url in str(error)
    assert "Gradio" in str(error) or "expected" in str(error)


def test_a_server_without_a_configuration_is_no_gradio() -> None:
    with http_server({}) as server:
        error = refusal(server.url)

    assert f"{server.url} is no Gradio server, or the server is at another path: HTTP 404" in str(
        error
    )


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("version", [None, "2.6.4"])
def test_a_gradio_that_is_too_old_is_told(version: str | None, status: int) -> None:
    said = {**config("2", ["textbox"], ["textbox"]), "version": version}
    said = {key: value for key, value in said.items() if value is not None}
    plays = {"/config": redirect("/config/", status), "/config/": say(said)}
    with http_server(plays) as server:
        error = refusal(server.url)

    assert "2.7 or newer" in str(error)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_proxy_may_add_a_slash(status: int) -> None:
    plays = gradio("3")
    plays["/config/"] = plays["/config"]
    plays["/config"] = redirect("/config/", status)
    with http_server(plays) as server:
        assert call(server.url) == "hi"


def test_a_site_that_adds_slashes_is_no_gradio() -> None:
    with http_server({"/config": redirect("/config/")}) as server:
        assert "is no Gradio server" in str(refusal(server.url))


def test_a_site_that_adds_slashes_without_end_is_left() -> None:
    plays = {"/config": redirect("/config/"), "/config/": redirect("/config")}
    with http_server(plays) as server:
        assert "too many redirects" in str(refusal(server.url))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("localhost", "http://localhost"),
        ("localhost:7860/app/", "http://localhost:7860/app"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("[::1]:7860", "http://[::1]:7860"),
        ("192.168.0.7", "http://192.168.0.7"),
        ("8.8.8.8", "https://8.8.8.8"),
        ("8.8.8.8:7860", "http://8.8.8.8:7860"),
        ("localhost:443", "https://localhost:443"),
        ("host:8443", "https://host:8443"),
        ("box:7860", "http://box:7860"),
        ("demo.example.com", "https://demo.example.com"),
        ("demo.example.com/a", "https://demo.example.com/a"),
    ],
)
def test_a_scheme_is_found_for_an_address(given: str, expected: str) -> None:
    assert Interface(given).url == expected


@pytest.mark.parametrize(
    "access", [{"token": "secret"}, {"auth": ("a", "b")}, {"headers": {"X": "y"}}]
)
def test_a_secret_goes_over_no_scheme_that_was_guessed(access: dict[str, Any]) -> None:
    with pytest.raises(PredictError, match="write https:// before it") as caught:
        Interface("demo.example.com:7860", **access)

    assert "secret" not in str(caught.value)
    assert Interface("127.0.0.1:7860", **access).url == "http://127.0.0.1:7860"
    assert Interface("demo.example.com", **access).url == "https://demo.example.com"
    assert Interface("http://demo.example.com:7860", **access).url


@pytest.mark.parametrize("url", ["[1.2.3]:80", "[::1", "host:99999999", "a b:80", "localhost:x"])
def test_an_address_that_is_none_is_an_error(url: str) -> None:
    with pytest.raises(PredictError, match="no URL of a server"):
        Interface(url)


@pytest.mark.parametrize("version", ["2.2.15", "2.6", "2.0", "1.7.7"])
def test_a_version_that_is_too_old_is_told(version: str) -> None:
    with http_server({**gradio("2", version=version)}) as server:
        assert "expected Gradio 2.7 or newer" in str(refusal(server.url))


# Inputs.


def with_info(**defaults: Json) -> dict[str, Play]:
    """Return the plays of a server whose function has named parameters, some with defaults."""
    names = ("text", "count", "flag")
    parameters = [
        {
            "label": f"The {name}",
            "parameter_name": name,
            "parameter_has_default": name in defaults,
            "parameter_default": defaults.get(name),
            "component": "Textbox",
        }
        for name in names
    ]
    info = {"named_endpoints": {"/predict": {"parameters": parameters, "returns": []}}}
    plays = gradio(
        "6",
        lambda *values: [list(values)],
        inputs=["textbox", "number", "state", "checkbox"],
        outputs=["json"],
    )
    return {**plays, "/gradio_api/info": say(info)}


@pytest.mark.parametrize(
    ("values", "named", "expected"),
    [
        (["a", 1, True], {}, ["a", 1, None, True]),
        (["a"], {}, ["a", 3, None, None]),
        (["a"], {"flag": True}, ["a", 3, None, True]),
        ([], {"flag": True, "text": "a", "count": 2}, ["a", 2, None, True]),
        (["a", None], {}, ["a", None, None, None]),
    ],
)
def test_inputs_are_given_by_place_or_by_name_or_left_to_the_server(
    values: list[Any], named: Mapping[str, Any], expected: list[Any]
) -> None:
    with (
        http_server(with_info(count=3, flag=None)) as server,
        Interface(server.url) as app,
    ):
        assert app.predict(*values, **named).data[0] == expected


@pytest.mark.parametrize(
    ("values", "named", "words"),
    [
        ([], {}, "found 0 inputs, none for 'The text'"),
        (["a", 1], {}, "found 2 inputs, none for"),
        (["a", 1, True, "more"], {}, "found 4 inputs"),
        (["a", 1, True], {"flag": True}, "two values for 'flag'"),
        (["a", 1], {"flags": True}, "takes no 'flags'"),
        (["a", 1], {"": True}, "takes no ''"),
    ],
)
def test_inputs_that_do_not_fit_are_an_error_that_lists_them_and_nothing_is_sent(
    values: list[Any], named: Mapping[str, Any], words: str
) -> None:
    with http_server(with_info()) as server, Interface(server.url) as app:
        with pytest.raises(PayloadError) as caught:
            app.predict(*values, **named)

        assert not any("queue" in path for path in server.paths)
    for word in ("/predict", "text (textbox), count (number), flag (checkbox)"):
        assert word in str(caught.value)
    if "'The text'" not in words and "none for" not in words:
        assert words in str(caught.value)


@pytest.mark.parametrize("era", ["3", "6"])
def test_a_function_without_a_name_is_called_by_its_index(era: str) -> None:
    said = config(era, ["textbox"], ["textbox"])
    named = said["dependencies"][0]
    functions = [named, {**named, "api_name": None}, {**named, "api_name": False}]
    with http_server(gradio(era, dependencies=functions)) as server, Interface(server.url) as app:
        assert app.predict("hi", api_name=2).data[0] == "hi"
        called = next(seen for seen in server.seen if seen.path in (JOIN["6"], CALL["3"]))

    assert called.json["fn_index"] == 2
    assert [endpoint.name for endpoint in app.endpoints] == ["/predict", None, None]


def test_a_function_is_called_by_its_name_with_or_without_the_slash() -> None:
    with http_server(gradio("3")) as server, Interface(server.url) as app:
        for name in ("/predict", "predict", 0, None):
            assert app.predict("hi", api_name=name).data[0] == "hi"


@pytest.mark.parametrize("name", ["näme", "a b", "a/b", "a?b#c", "%41"])
def test_a_name_of_any_letters_stands_in_the_path(name: str) -> None:
    function = {**config("3", ["textbox"], ["textbox"])["dependencies"][0], "api_name": name}
    with http_server({**gradio("3", dependencies=[function]), "/run/*": say(RIGHT)}) as server:
        assert call(server.url) == "right"
        assert server.paths[-1].isascii()


@pytest.mark.parametrize("hidden", [{"skip_api": True}, {}])
def test_state_is_neither_given_nor_counted(hidden: Mapping[str, Json]) -> None:
    plays = gradio("6", inputs=["state", "textbox"], outputs=["textbox", "state"])
    said = config("6", ["state", "textbox"], ["textbox", "state"])
    for part in said["components"]:
        if part["type"] == "state":
            part.update(hidden)
    plays["/config"] = say(said)
    with http_server(plays) as server, Interface(server.url) as app:
        answer = app.predict("hi")
        joined = next(seen for seen in server.seen if seen.path == JOIN["6"])

        assert [parameter.label for parameter in app.endpoint().visible_inputs] == ["textbox"]
    assert joined.json["data"] == [None, "hi"]
    assert answer.data[0] is None


@eras
def test_calls_of_one_interface_share_a_session_where_they_keep_state(era: str) -> None:
    plays = gradio(era, inputs=["textbox", "state"], outputs=["textbox", "state"])
    with http_server(plays) as server, Interface(server.url) as app:
        for _ in range(2):
            app.predict("hi")
        with Interface(server.url) as second:
            second.predict("hi")
        paths = (CALL.get(era), JOIN.get(era))
        sessions = [seen.json["session_hash"] for seen in server.seen if seen.path in paths]

    assert sessions[0] == sessions[1] != sessions[2]


def test_nothing_is_sent_before_something_is_asked_for() -> None:
    with http_server(gradio("6")) as server:
        with Interface(server.url) as app:
            repr(app)
        assert server.seen == []


def test_what_a_server_says_of_itself_is_asked_for_once() -> None:
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        assert app.endpoints and app.era == VERSIONS["6"] and app.description
        app.predict("hi")

        assert server.paths.count("/config") == 1


def test_a_known_configuration_is_not_asked_for() -> None:
    known = config("6", ["textbox"], ["textbox"])
    with http_server(gradio("6")) as server, Interface(known, url=server.url) as app:
        assert app.predict("hi").data[0] == "hi"
        assert "/config" not in server.paths


def test_a_known_configuration_without_a_server_cannot_be_called() -> None:
    app = Interface(config("6", ["textbox"], ["textbox"]))

    assert app.endpoint().name == "/predict"
    with pytest.raises(PredictError, match="pass url="):
        app.predict("hi")


@pytest.mark.parametrize("era", ["3", "6"])
def test_what_info_says_is_enough_to_call_the_right_function(era: str) -> None:
    function = config(era, ["textbox"], ["textbox"])["dependencies"][0]
    functions = [{**function, "api_name": "other"}, function]
    said = {"label": "Text", "component": "Textbox", "parameter_name": "text"}
    shown: Json = {"parameters": [said], "returns": [said]}
    if era == "6":
        shown["api_visibility"] = "public"
    info = {"named_endpoints": {"/predict": shown}, "unnamed_endpoints": {}}
    with (
        http_server(gradio(era, dependencies=functions)) as server,
        Interface(info, url=server.url) as app,
    ):
        app.predict("hi")
        called = next(seen for seen in server.seen if seen.path in (JOIN["6"], CALL["3"]))

    assert called.json.get("fn_index") in (1, None)


@pytest.mark.parametrize("more", ["/?__theme=dark", "/#tab", "?view=api"])
def test_a_url_may_be_the_one_that_the_browser_shows(more: str) -> None:
    with http_server(gradio("6")) as server:
        assert call(server.url + more) == "hi"


@pytest.mark.parametrize("era", ["3", "6"])
def test_a_server_may_be_under_a_path(era: str) -> None:
    plays = {f"/spaces/mine{path}": play for path, play in gradio(era).items()}
    with http_server(plays) as server:
        assert call(f"{server.url}/spaces/mine/") == "hi"
