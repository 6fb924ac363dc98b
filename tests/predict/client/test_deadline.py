"""One deadline applies to every wait of a call, also with a server that sends byte by byte."""

from __future__ import annotations

import ast
import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import encoders
from tests.predict.client.calls import CALL, DATA, Place, call, refusal
from tests.predict.client.websocket_server import Peer, gradio_3
from tests.predict.http_server import Exchange, Play, gradio, http_server, raw
from tests.predict.ways import ways

TIMEOUT = 0.15  # seconds
ENOUGH = 3.0  # seconds, within which a busy machine gets to it
PAUSE = TIMEOUT / 10
DROPS = [b" "] * int(2 * ENOUGH / PAUSE)  # so that a test without a deadline ends

CLIENT = Path(encoders.__file__).parent / "predict" / "client"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: "


def dripping(start: bytes) -> Play:
    """Send ``start``, and then a byte at a time, each sooner than the timeout."""
    return lambda exchange: exchange.write(itertools.chain((start,), DROPS), PAUSE)


def dripping_frame(exchange: Exchange) -> None:
    """Open a WebSocket, and send a frame a byte at a time."""
    peer = Peer(exchange)
    peer.open()
    frame = b"\x81\x7f" + (100_000).to_bytes(8, "big")  # RFC 6455, section 5.2: text, 64-bit length
    exchange.write(itertools.chain((frame,), DROPS), PAUSE)


SERVERS: dict[str, tuple[dict[str, Play], str, Play]] = {
    "head": (gradio("3"), CALL["3"], dripping(b"HTTP/1.1 200 OK\r\nX-A: ")),
    "body": (gradio("3"), CALL["3"], dripping(HEAD)),
    "configuration": (gradio("6"), "/config", dripping(HEAD)),
    "events": (gradio("6"), DATA["6"], dripping(EVENTS)),
    "WebSocket": (gradio_3(lambda peer: None), "/queue/join", dripping_frame),
}


@ways
@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_drips_bytes_ends_with_the_timeout(name: str, way: str) -> None:
    plays, path, play = SERVERS[name]
    with http_server({**plays, path: play}) as server:
        began = time.monotonic()
        error = refusal(server.url, way=way, timeout=TIMEOUT)
        took = time.monotonic() - began

    assert f"in {TIMEOUT:g} s; pass a higher timeout" in str(error)
    assert TIMEOUT <= took < ENOUGH


@ways
def test_a_file_that_drips_ends_with_the_timeout(way: str) -> None:
    place = Place("6", "/gradio_api/file=/tmp/gradio/out.bin")
    with http_server(place.plays(dripping(HEAD))) as server:
        began = time.monotonic()
        place.refusal(server.url, way, timeout=TIMEOUT)

    assert time.monotonic() - began < ENOUGH


@ways
def test_a_server_that_drips_and_then_answers_in_time_is_heard(way: str) -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{"data": ["slow"]}'
    play = raw(*(bytes([byte]) for byte in answer), pause=0.002)
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        assert call(server.url, way=way, timeout=20) == "slow"


@ways
def test_a_server_that_takes_a_request_slowly_ends_with_the_timeout(way: str) -> None:
    def taking(exchange: Exchange) -> None:
        while not exchange.wait(0.03) and exchange.rfile.read1(64 * 1024):
            pass

    with http_server({**gradio("3"), CALL["3"]: taking}) as server:
        server.unread.add(CALL["3"])
        began = time.monotonic()
        refusal(server.url, "x" * 20_000_000, way=way, timeout=0.5)  # which is taken in 9 seconds

    assert time.monotonic() - began < 0.5 + ENOUGH


def private_names(path: Path) -> Iterator[str]:
    """Yield the names with an underscore that a module takes from something other than itself."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) not in ("self", "cls"):
            yield node.attr
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)
            yield from (node.module or "").split(".")
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("attr"):
            yield from (
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )


@pytest.mark.parametrize("path", sorted(CLIENT.glob("*.py")), ids=lambda path: path.name)
def test_no_private_attribute_of_another_package_is_used(path: Path) -> None:
    names = {name for name in private_names(path) if re.match("_[^_]", name)}

    assert names == set()
