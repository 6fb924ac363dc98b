"""An endless answer ends at the timeout of its call."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest

from tests.predict.client.calls import DATA, refusal
from tests.predict.http_server import Exchange, Play, gradio, http_server
from tests.predict.ways import ways

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


MOST = 30.0  # seconds after which the server gives up


def without_end(start: bytes, pieces: Iterator[bytes]) -> Play:
    """Send pieces as fast as they are taken."""

    def play(exchange: Exchange) -> None:
        ends = time.monotonic() + MOST
        try:
            exchange.wfile.write(start)
            for piece in pieces:
                if time.monotonic() > ends or exchange.server.ending.is_set():
                    break
                exchange.wfile.write(piece)
        except OSError:
            pass
        exchange.close_connection = True

    return play


FLOODS = {
    "early hints": lambda: without_end(
        b"", itertools.repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    ),
    "continue": lambda: without_end(b"", itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")),
    "slow early hints": lambda: without_end(b"", slow(b"HTTP/1.1 103 Early Hints\r\n\r\n")),
    "headers": lambda: without_end(HEAD, slow(b"X-A: " + b"a" * 100 + b"\r\n")),
    "a chunk's extension": lambda: without_end(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;a=", slow(b"a" * 100)
    ),
    "trailers": lambda: without_end(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", slow(b"X-A: a\r\n")
    ),
    "white space": lambda: without_end(
        HEAD + b"Content-Length: 1000000000\r\n\r\n", slow(b" " * 100)
    ),
}


def slow(piece: bytes) -> Iterator[bytes]:
    while True:
        time.sleep(0.005)
        yield piece


@ways
@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("place", ["/config", DATA["6"]])
def test_an_answer_without_end_ends_with_the_timeout(place: str, flood: str, way: str) -> None:
    with http_server({**gradio("6"), place: FLOODS[flood]()}) as server:
        began = time.monotonic()
        refusal(server.url, way=way, timeout=0.1)
        assert time.monotonic() - began < 3
