"""A server that is killed in the middle of anything is a clear error at once, without leftovers."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from encoders import Interface, PredictError
from tests import forks
from tests.faults.server import FAULTS

pytestmark = pytest.mark.long

WAYS = ("sync", "async", "submit")
TIMEOUT = 30.0  # seconds, which no call may take here
BIG = bytes(20_000_000)


@contextmanager
def server_to_be_killed(place: str) -> Iterator[str]:
    """Run a server that is killed as soon as it stands still in the middle of something."""
    server_in, given = os.pipe()
    printed, server_out = os.pipe()
    streams = (server_in, server_out, 2)
    with (
        open(given, "wb"),
        open(printed, "rb") as lines,
        forks.forked("-m", "tests.faults.server", place, streams=streams) as process,
    ):
        os.close(server_in)
        os.close(server_out)

        def kill() -> None:
            lines.readline()
            time.sleep(0.1)  # for what was written to arrive
            process.send_signal(signal.SIGKILL)

        killer = threading.Thread(target=kill)
        try:
            url = lines.readline().decode().strip()
            killer.start()
            yield url
        finally:
            process.send_signal(signal.SIGKILL)
            killer.join()


def call(app: Interface, way: str, folder: Path) -> Any:
    given: dict[str, Any] = {"upload": True, "fetch_to": folder}
    if way == "sync":
        return app.predict(BIG, **given)
    if way == "submit":
        return app.submit(BIG, **given).result()
    return asyncio.run(app.predict_async(BIG, **given))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", FAULTS)
def test_a_killed_server_is_a_clear_error_at_once(place: str, way: str, tmp_path: Path) -> None:
    with server_to_be_killed(place) as url, Interface(url, timeout=TIMEOUT) as app:
        start = time.monotonic()
        with pytest.raises(PredictError, match=r"broke|no server can be reached") as caught:
            call(app, way, tmp_path)

        assert time.monotonic() - start < TIMEOUT / 2
        assert url in str(caught.value)
    assert list(tmp_path.iterdir()) == []
