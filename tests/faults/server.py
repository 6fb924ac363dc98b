"""A server of Gradio 6 that stops in the middle of what it is asked for, to be killed then.

``python -m tests.faults.server PLACE`` prints its URL, and a line once it stands still there.
"""

from __future__ import annotations

import sys

from tests.predict.client.calls import CHUNKED, PLACES
from tests.predict.http_server import Exchange, Play, http_server

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"


def stand_still(exchange: Exchange) -> None:
    print("still", flush=True)
    exchange.close_connection = True
    exchange.wait(60)


def stream(exchange: Exchange) -> None:
    exchange.wfile.write(CHUNKED + b"a\r\n: waiting\n\r\n")
    stand_still(exchange)


def fetch(exchange: Exchange) -> None:
    exchange.wfile.write(HEAD + bytes(1_000_000))
    stand_still(exchange)


def upload(exchange: Exchange) -> None:
    exchange.rfile.read(1_000_000)
    stand_still(exchange)


FAULTS: dict[str, Play] = {
    "data": stream,
    "upload": upload,
    "file": fetch,
    "join": stand_still,
    "config": stand_still,
}


def main(name: str) -> None:
    place = PLACES[name]
    with http_server(place.plays(FAULTS[name])) as server:
        server.unread.update({PLACES["upload"].path} if name == "upload" else ())
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
