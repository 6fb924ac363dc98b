"""The command and the method that serve the page: how they begin, and how they end."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import httpx
import pytest
from PIL import Image

from encoders.view.live import serving
from tests.pace import wait_until
from tests.pillow import needs_avif
from tests.predict.client.live_servers import Server
from tests.predict.http_server import gradio, http_server
from tests.view.live.conftest import browser, form

DEMO = (sys.executable, "-m", "encoders", "demo", "--no-browser")
METHOD = "import sys; from encoders import Interface; Interface(sys.argv[1]).demo(browser=False)"
ENDS = 6  # of a server
CLIENTS = 6
IN_A_LOOP = """
import asyncio, sys
from encoders import Interface

async def cell():
    Interface(sys.argv[1]).demo(browser=False)

try:
    asyncio.run(cell())
except KeyboardInterrupt:
    pass
"""


@contextmanager
def started(
    temporary: Path, *command: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a process that serves the page, and give the page's URL with it."""
    more = {"TMPDIR": str(temporary), "PYTHONWARNINGS": "error", **environment}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **more},
    ) as process:
        try:
            yield process, read_line(process.stdout)
        finally:
            process.kill()


def read_line(stream: IO[str] | None) -> str:
    assert stream
    return stream.readline().strip()


def end(process: subprocess.Popen[str], *signals: signal.Signals) -> tuple[int, str, str]:
    """Send signals, and return the exit status and what was printed."""
    for each in signals:
        process.send_signal(each)
    output, errors = process.communicate(timeout=15)
    return process.returncode, output, errors


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Return the folder for temporary folders."""
    path = tmp_path / "temporary"
    path.mkdir()
    return path


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command_and_deletes_the_files(
    temporary: Path, stop: signal.Signals
) -> None:
    with (
        http_server(gradio("6")) as server,
        started(temporary, *DEMO, server.url) as (process, url),
    ):
        with browser(url) as page:
            page.uploaded(b"text", "a.txt")
            assert page.run("hi")[-1]["done"]
        assert [*temporary.iterdir()]

        assert end(process, stop) == (0, "", "")

    assert [*temporary.iterdir()] == []


def test_ctrl_c_twice_is_as_once(temporary: Path) -> None:
    with started(temporary, *DEMO) as (process, url):
        with browser(url) as page:
            page.uploaded(b"text", "a.txt")
        process.send_signal(signal.SIGINT)

        status, _, errors = end(process, signal.SIGINT)

    assert status in (0, 130)
    assert "Traceback" not in errors
    assert [*temporary.iterdir()] == []


def test_ctrl_c_cancels_what_runs(temporary: Path) -> None:
    queue = Server("sse_v3")
    with (
        http_server(queue.plays()) as server,
        started(temporary, *DEMO, server.url) as (process, url),
        browser(url) as page,
        page.stream("POST", "run", json=form("hi")) as answer,
    ):
        lines = answer.iter_lines()
        queue.say(msg="process_starts")
        while "running" not in next(lines):
            pass

        assert end(process, signal.SIGINT) == (0, "", "")

        assert "/gradio_api/cancel" in server.paths


@needs_avif
def test_ctrl_c_does_not_wait_for_a_conversion(temporary: Path, tmp_path: Path) -> None:
    noise = tmp_path / "noise.bmp"
    Image.frombytes("L", (3000, 3000), random.Random(0).randbytes(9_000_000)).save(noise)
    with started(temporary, *DEMO) as (process, url), browser(url) as page:
        id = page.uploaded(noise.read_bytes(), noise.name)["id"]
        slow = {"id": id, "format": "avif", "quality": 99}
        with ThreadPoolExecutor(1) as thread:
            conversion = thread.submit(page.post, "convert", json=slow)
            with suppress(TimeoutError):  # it takes longer
                conversion.result(timeout=1)

            assert end(process, signal.SIGINT) == (0, "", "")

            assert isinstance(conversion.exception(), httpx.HTTPError)
    assert [*temporary.iterdir()] == []


@pytest.mark.parametrize("script", [METHOD, IN_A_LOOP], ids=["script", "event loop"])
def test_the_method_serves_until_ctrl_c(temporary: Path, script: str) -> None:
    """A notebook runs its cells in an event loop."""
    with (
        http_server(gradio("6")) as server,
        started(temporary, sys.executable, "-c", script, server.url) as (process, url),
    ):
        with browser(url) as page:
            assert page.run("hi")[-1]["done"]

        assert end(process, signal.SIGINT) == (0, "", "")


def test_the_page_is_opened_in_the_browser(temporary: Path, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    command = (
        f"{sys.executable} -c \"import sys; open({str(opened)!r}, 'w').write(sys.argv[1])\" %s"
    )

    with started(temporary, *DEMO[:-1], BROWSER=command) as (process, url):
        wait_until(lambda: opened.exists() and opened.read_text() != "", 15)

        assert opened.read_text() == url
        end(process, signal.SIGINT)


def test_the_page_is_at_the_port_that_is_asked_for(temporary: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    with started(temporary, *DEMO, "--port", str(port)) as (process, url):
        assert url.startswith(f"http://127.0.0.1:{port}/")
        end(process, signal.SIGINT)


def failed(*arguments: str) -> str:
    """Return the one line on standard error of a command that fails."""
    done = subprocess.run([*DEMO, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    return line


def test_a_port_that_cannot_be_is_told() -> None:
    assert failed("--port", "65536") == "encoders: port=65536: expected 0 to 65535"


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert failed("--port", str(port)) == (
            f"encoders: 127.0.0.1:{port}: Address already in use"
        )


def test_a_server_that_cannot_be_reached_is_told_before_the_page_is_there() -> None:
    assert "127.0.0.1:9" in failed("http://127.0.0.1:9")


def test_without_the_extra_the_command_says_how_to_get_it(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "starlette.py").write_text("raise ModuleNotFoundError('starlette')")
    environment = {**os.environ, "PYTHONPATH": str(hidden)}

    done = subprocess.run(DEMO, capture_output=True, text=True, check=False, env=environment)

    assert done.returncode == 2
    assert done.stderr == (
        "encoders: the live page needs an extra; pip install 'predict-encoders[demo]'\n"
    )


def test_the_end_is_silent_while_requests_come(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(ENDS):
        with ThreadPoolExecutor(CLIENTS) as pool, serving(None) as (url, _):
            for _ in range(CLIENTS):
                pool.submit(read_until_the_end, url)
            time.sleep(0.1)

    assert caplog.messages == []


def read_until_the_end(url: str) -> None:
    """Have JSON shown, again and again, until the server has ended."""
    with browser(url) as client, suppress(httpx.TransportError):
        while True:
            client.post("read", content="{}")
