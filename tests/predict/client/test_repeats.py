"""What a server may get twice is sent again after a fault on the way; a call never is."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from encoders import Interface, LimitError, Limits, PredictError
from encoders.predict import File, Reference
from tests.predict.client.calls import CALL, FILE, OUT, PLACES, lasting, refusal
from tests.predict.http_server import Exchange, Play, gradio, http_server, raw, say, silent
from tests.predict.ways import predict, ways

CONTENT = bytes(range(256)) * 4000


def at_first(fault: Play, then: Play, times: int = 1) -> Play:
    """Do something else the first times."""
    left = [fault] * times

    def play(exchange: Exchange) -> None:
        (left.pop() if left else then)(exchange)

    return play


def reset(exchange: Exchange) -> None:
    """Close the connection as a process does that is killed while data waits for it."""
    exchange.close_connection = True
    linger = struct.pack("ii", 1, 0)
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    exchange.connection.close()


FAULTS: dict[str, Play] = {
    "closed": raw(),
    "reset": reset,
    "half a head": raw(b"HTTP/1.1 20"),
    "half a body": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n["),
    "502": say("Bad Gateway", 502),
    "503": say("Service Unavailable", 503, Connection="close"),
    "504": say({"detail": "no"}, 504),
}
REPEATED = ("config", "login", "upload", "file", "upload-3", "file-3")
CALLED = ("join", "data", "call-3", "call-2")


@ways
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", REPEATED)
def test_a_request_that_may_be_repeated_survives_a_fault(name: str, fault: str, way: str) -> None:
    place = PLACES[name]
    good = place.plays()[place.path]
    with http_server(place.plays(at_first(FAULTS[fault], good))) as server:
        assert place.call(server.url, way).data == b"its content"

        assert server.paths.count(place.path) == 2


@ways
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", CALLED)
def test_a_call_is_never_repeated_after_a_fault(name: str, fault: str, way: str) -> None:
    place = PLACES[name]
    good = place.plays()[place.path]

    def fresh(exchange: Exchange) -> None:
        FAULTS[fault](exchange)
        exchange.close_connection = True

    plays = place.plays(at_first(fresh, good))
    # Its connection is a new one, so that nobody can have closed it before.
    closing = {path: closed(play) for path, play in plays.items() if path != place.path}
    with http_server({**plays, **closing}) as server:
        error = place.refusal(server.url, way)

        assert [path.partition("?")[0] for path in server.paths].count(place.path) == 1
    assert isinstance(error, PredictError)


def closed(play: Play) -> Play:
    """Answer with the announcement that the connection closes, and close it."""

    def played(exchange: Exchange) -> None:
        send = exchange.send_response

        def send_response(code: int, message: str | None = None) -> None:
            send(code, message)
            exchange.send_header("Connection", "close")

        exchange.send_response = send_response  # type: ignore[method-assign]
        play(exchange)
        exchange.close_connection = True

    return played


def test_a_call_that_died_after_it_was_taken_is_not_repeated_on_a_kept_connection() -> None:
    """A server that closes later than at once has taken the call."""
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(times_that_a_dying_call_is_sent, ("sync", "async"))) == [1, 1]


def times_that_a_dying_call_is_sent(way: str) -> int:
    def dies(exchange: Exchange) -> None:
        exchange.wait(1.5)
        exchange.close_connection = True

    with http_server(gradio("3")) as server, Interface(server.url) as app:
        predict(way, app, "hi")
        server.plays[CALL["3"]] = dies
        with pytest.raises(PredictError, match="broke") as caught:
            predict(way, app, "hi")

        assert caught.value.broke
        return server.paths.count(CALL["3"]) - 1


@ways
@pytest.mark.usefixtures("usual_pauses")
def test_repeats_end_with_the_timeout(way: str) -> None:
    with http_server({"/config": say("Bad Gateway", 502)}) as server:
        start = time.monotonic()
        error = refusal(server.url, way=way, timeout=0.3)

    assert time.monotonic() - start < 1
    assert isinstance(error, PredictError)
    assert error.status == 502


@pytest.mark.usefixtures("usual_pauses")
def test_a_fault_that_stays_for_a_second_is_the_error_after_four_tries() -> None:
    with http_server({"/config": say("Bad Gateway", 502)}) as server:
        error, seconds = lasting(lambda: refusal(server.url))

        assert seconds > 1
        assert len(server.paths) == 4
    assert "HTTP 502" in str(error)


class Ranges:
    """Gives `CONTENT`, but breaks off now and then; afterwards it gives what is asked for.

    Attributes:
        asked: the ranges that were asked for.
    """

    def __init__(self, tags: list[str], breaks: int = 1, changed: bool = False) -> None:
        self.asked: list[str | None] = []
        self._tags = tags
        self._breaks = breaks
        self._changed = changed

    def __call__(self, exchange: Exchange) -> None:
        given = exchange.seen.headers.get("Range")
        self.asked.append(given)
        tag = self._tags[min(len(self.asked), len(self._tags)) - 1]
        is_same = exchange.seen.headers.get("If-Range") == tag and not self._changed
        start = int(given.removeprefix("bytes=").rstrip("-")) if given and is_same else 0
        part = CONTENT[start:]
        status = "206 Partial Content" if start else "200 OK"
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(part)}\r\nETag: {tag}\r\n"
        if start:
            head += f"Content-Range: bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}\r\n"
        broken = len(self.asked) <= self._breaks
        raw(head.encode("latin-1") + b"\r\n", part[: 300_000 if broken else None])(exchange)


FETCHES: dict[str, Callable[[Interface, Path], bytes]] = {
    "memory": lambda app, folder: app.fetch(Reference(OUT)).data,
    "disk": lambda app, folder: app.fetch_to(Reference(OUT), folder).read_bytes(),
}
fetches = pytest.mark.parametrize("where", FETCHES)


@fetches
@pytest.mark.parametrize(
    ("ranges", "asked"),
    [
        (Ranges(['"a"']), [None, "bytes=300000-"]),
        (Ranges(['"a"'], breaks=3), [None, "bytes=300000-", "bytes=600000-", "bytes=900000-"]),
        (Ranges(['W/"a"']), [None, None]),
        (Ranges(["a"]), [None, None]),
        (Ranges(['"ü"']), [None, None]),
        (Ranges([f'"{"a" * 5000}"']), [None, None]),
        (Ranges(['"a"', '"b"']), [None, "bytes=300000-"]),
        (Ranges(['"a"'], changed=True), [None, "bytes=300000-"]),
    ],
    ids=[
        "goes on",
        "goes on thrice",
        "weak tag",
        "no tag",
        "no ASCII",
        "a long tag",
        "changed",
        "gives all",
    ],
)
def test_a_file_that_breaks_off_goes_on_where_it_is_the_same(
    ranges: Ranges, asked: list[str | None], where: str, tmp_path: Path
) -> None:
    ranges.asked.clear()
    with (
        http_server({**gradio("6"), FILE["6"] + OUT: ranges}) as server,
        Interface(server.url) as app,
    ):
        assert FETCHES[where](app, tmp_path) == CONTENT
    assert ranges.asked == asked


@fetches
def test_another_part_than_was_asked_for_is_not_taken(where: str, tmp_path: Path) -> None:
    first = b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: "a"\r\n\r\n'
    other = b'HTTP/1.1 206 X\r\nContent-Length: 10\r\nETag: "a"\r\nContent-Range: bytes 5-14/15\r\n'
    play = at_first(raw(first, b"x" * 100), at_first(raw(other + b"\r\n", b"y" * 10), say(CONTENT)))
    with (
        http_server({**gradio("6"), FILE["6"] + OUT: play}) as server,
        Interface(server.url) as app,
    ):
        assert FETCHES[where](app, tmp_path) == CONTENT


@ways
@pytest.mark.parametrize("era", ["3", "6"])
def test_an_upload_that_breaks_in_the_middle_is_sent_whole_again(era: str, way: str) -> None:
    def cut(exchange: Exchange) -> None:
        exchange.rfile.read(500_000)
        reset(exchange)

    place = PLACES["upload" if era == "6" else "upload-3"]
    plays = place.plays()
    good = plays[place.path]
    received: list[bytes] = []

    def play(exchange: Exchange) -> None:
        if not received:
            received.append(b"")
            return cut(exchange)
        received.append(exchange._body())
        return good(exchange)

    with http_server({**plays, place.path: play}) as server, Interface(server.url) as app:
        server.unread.add(place.path)
        file = File(CONTENT * 3, "a.bin")
        assert predict(way, app, file, upload=True, fetch=True)[0].data == b"its content"

    assert received[1].count(CONTENT * 3) == 1


@ways
@pytest.mark.parametrize("fault", ["reset", "closed"])
def test_a_stream_of_events_that_breaks_is_a_clear_error(fault: str, way: str) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )

    def play(exchange: Exchange) -> None:
        exchange.wfile.write(head + b"a\r\n: waiting\n\r\n")
        exchange.wfile.flush()
        FAULTS[fault](exchange)

    place = PLACES["data"]
    with http_server(place.plays(play)) as server:
        error = place.refusal(server.url, way, timeout=5)

    assert "broke" in str(error)


@ways
def test_a_server_that_stops_in_the_middle_of_a_file_ends_with_the_timeout(
    way: str, tmp_path: Path
) -> None:
    def stalled(exchange: Exchange) -> None:
        exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        silent(exchange)

    place = PLACES["file"]
    with http_server(place.plays(stalled)) as server, Interface(server.url, timeout=0.5) as app:
        start = time.monotonic()
        with pytest.raises(PredictError, match="no complete answer"):
            predict(way, app, b"x", upload=True, fetch_to=tmp_path)

    assert time.monotonic() - start < 3
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_stated_size_is_over_the_limit_is_not_begun() -> None:
    plays = {**gradio("6"), FILE["6"] + OUT: say(CONTENT)}
    with http_server(plays) as server, Interface(server.url, limits=Limits(max_bytes=10)) as app:
        with pytest.raises(LimitError, match="1,024,000 bytes"):
            app.fetch(Reference(OUT))

        assert server.paths.count(FILE["6"] + OUT) == 1
