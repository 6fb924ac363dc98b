"""Calls to a running server: this package's client and the official one, in turns.

The server is a real one (tests/interop/servers.py), of which the first run installs the release.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import (
    COLUMNS,
    OURS,
    TURNS,
    Call,
    Row,
    Sides,
    apart,
    compared,
    in_turns,
    random_file,
    temporary_folder,
)

SIZE = 10 << 20  # bytes
_GRADIO = COLUMNS[0]
_URL = "server.url"  # a file beside the one that is sent


def rows(eras: Sequence[str] = ("6",), turns: int = TURNS) -> Iterator[Row]:
    from tests.interop.servers import RELEASES, serve

    for era in eras:
        with temporary_folder() as folder, serve(era, "live") as server:
            path = random_file(folder, SIZE)
            (folder / _URL).write_text(server.url)
            to = f"Gradio {RELEASES[era].version}"
            for what, sides in WAYS.items():
                yield compared(f"{what}, {to}", in_turns(sides, path, turns))
            yield compared(f"a generator's output, {to}", delays(path, turns))


def _url(path: Path) -> str:
    return path.with_name(_URL).read_text()


def _interface(path: Path) -> Any:
    from encoders import Interface

    app = Interface(_url(path))
    app.predict("hi", api_name="echo")  # imports, and asks for the configuration
    return app


def _client(path: Path) -> Any:
    from gradio_client import Client

    folder = str(path.parent)
    return Client(_url(path), download_files=folder, verbose=False, analytics_enabled=False)


def first(path: Path) -> Call:
    from encoders import Interface

    def call() -> object:
        with Interface(_url(path)) as app:
            return app.predict("hi", api_name="echo")[0]

    call()
    return call


def first_gradio(path: Path) -> Call:
    _client(path)
    return lambda: _client(path).predict("hi", api_name="/echo")


def small(path: Path) -> Call:
    app = _interface(path)
    return lambda: app.predict("hi", api_name="echo")[0]


def small_gradio(path: Path) -> Call:
    return partial(_client(path).predict, "hi", api_name="/echo")


def submitted(path: Path) -> Call:
    app = _interface(path)
    return lambda: app.submit("hi", api_name="echo").result()[0]


def submitted_gradio(path: Path) -> Call:
    client = _client(path)
    return lambda: client.submit("hi", api_name="/echo").result()


def up(path: Path) -> Call:
    app = _interface(path)
    return lambda: app.predict(path, api_name="receive")[0]


def up_gradio(path: Path) -> Call:
    from gradio_client import handle_file

    return partial(_client(path).predict, handle_file(str(path)), api_name="/receive")


def down(path: Path) -> Callable[[], Path]:
    app = _interface(path)
    return lambda: app.predict(SIZE, api_name="big", fetch_to=path.parent)[0]


def down_gradio(path: Path) -> Callable[[], Path]:
    client = _client(path)
    return lambda: Path(client.predict(SIZE, api_name="/big"))


WAYS: dict[str, Sides] = {
    "first call of a client": {OURS: first, _GRADIO: first_gradio},
    "later call, predict": {OURS: small, _GRADIO: small_gradio},
    "later call, submit": {OURS: submitted, _GRADIO: submitted_gradio},
    "10 MiB up": {OURS: up, _GRADIO: up_gradio},
    "10 MiB down": {OURS: down, _GRADIO: down_gradio},
}


def outputs(path: Path) -> Callable[[], Iterator[str]]:
    app = _interface(path)
    return lambda: (output[0] for output in app.submit("hi", api_name="moments"))


def outputs_gradio(path: Path) -> Callable[[], Iterator[str]]:
    client = _client(path)
    return lambda: iter(client.submit("hi", api_name="/moments"))


OUTPUTS = {OURS: outputs, _GRADIO: outputs_gradio}


def delays(path: Path, turns: int = TURNS) -> dict[str, float]:
    """Return the median seconds from the server's yield of an output to the client's."""
    taken: dict[str, list[float]] = {name: [] for name in OUTPUTS}
    for _ in range(turns):
        for name, side in OUTPUTS.items():
            taken[name] += apart(delays_of_one, side, path)
    return {name: statistics.median(found) for name, found in taken.items()}


def delays_of_one(side: Callable[[Path], Callable[[], Iterator[str]]], path: Path) -> list[float]:
    """Return the seconds from the yield to the client for each output of a call."""
    call = side(path)
    with suppress(StopIteration):
        next(call())  # imports, and asks for the configuration
    return [time.time() - float(text.split()[-1]) for text in call()]
