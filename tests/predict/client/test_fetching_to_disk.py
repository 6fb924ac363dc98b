"""Fetched files go to a folder piece by piece, appear whole or not at all, and under free names."""

from __future__ import annotations

import asyncio
import errno
import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from encoders import Interface, LimitError, Limits, PredictError
from encoders.predict import Reference
from encoders.predict.client.files import metering
from tests.paths import FIXTURES
from tests.predict.client.calls import FILE, OUT, PLACES, reference, referring
from tests.predict.http_server import Exchange, Json, gradio, http_server, raw, say
from tests.predict.ways import predict, ways

MIB = 1024**2
BIG = (2048 if os.environ.get("ENCODERS_FULL") else 64) * MIB
PNG = FIXTURES / "image" / "small.png"
HALF = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"half")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@ways
@pytest.mark.parametrize("era", ["3", "6"])
def test_an_answer_gives_the_paths_of_its_files(era: str, way: str, tmp_path: Path) -> None:
    with (
        http_server(referring(era, OUT, "/tmp/b/other.txt")) as server,
        Interface(server.url) as app,
    ):
        found = predict(way, app, "hi", fetch_to=tmp_path / "new")[0]

    assert found == [tmp_path / "new" / "out.bin", tmp_path / "new" / "other.txt"]
    assert [path.read_bytes() for path in found] == [b"its content"] * 2


@pytest.mark.parametrize("component", ["image", "audio", "video", "file", "gallery", "json"])
def test_any_component_gives_the_path(component: str, tmp_path: Path) -> None:
    value: Json = reference("6", "/tmp/small.png")
    value = [{"image": value, "caption": "a cat"}] if component == "gallery" else value
    plays = gradio("6", lambda _: [value], outputs=[component])
    with (
        http_server({**plays, "/gradio_api/file=*": say(PNG.read_bytes())}) as server,
        Interface(server.url) as app,
    ):
        answer = app.predict("hi", fetch_to=tmp_path)
        saved = answer.save(tmp_path / "saved")

    if component == "json":
        assert answer[0] == value
        return
    found = answer[0][0][0] if component == "gallery" else answer[0]
    assert found == tmp_path / "small.png"
    assert [path.name for path in saved] == ["small.png", "response.json"]
    assert saved[0].read_bytes() == found.read_bytes() == PNG.read_bytes()


@pytest.mark.parametrize("has_links", [True, False])
def test_fetched_files_are_moved_where_that_is_wanted(
    has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(referring("6", OUT, OUT + ".txt")) as server, Interface(server.url) as app:
        answer = app.predict("hi", fetch_to=tmp_path / "first")
        if not has_links:
            monkeypatch.setattr(os, "link", refuse)
        with pytest.raises(FileNotFoundError):
            answer.save(tmp_path / "missing" / "folder", move=True)
        assert names(tmp_path / "first") == ["out.bin", "out.bin.txt"]
        saved = answer.save(tmp_path / "second", move=True)

    assert names(tmp_path / "first") == []
    assert [path.read_bytes() for path in saved[:2]] == [b"its content"] * 2
    assert names(tmp_path / "second") == ["out.bin", "out.bin.txt", "response.json"]


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(errno.EPERM, "this disk has no hard links")


def test_names_are_safe_and_free(tmp_path: Path) -> None:
    (tmp_path / "out.bin").write_bytes(b"mine")
    paths = [OUT, "/a/out.bin", "/b/con.txt", "/c/\x1b[2J.txt", "/d/picture"]
    plays = {**referring("6", *paths), "/gradio_api/file=/d/picture": say(PNG.read_bytes())}
    with http_server(plays) as server, Interface(server.url) as app:
        app.predict("hi", fetch_to=tmp_path)

    expected = ["[2J.txt", "_con.txt", "out-2.bin", "out-3.bin", "out.bin", "picture.png"]
    assert names(tmp_path) == sorted(expected)
    assert (tmp_path / "out.bin").read_bytes() == b"mine"


def test_many_calls_may_fetch_files_of_one_name_into_one_folder(tmp_path: Path) -> None:
    with (
        http_server(referring("6", OUT)) as server,
        Interface(server.url) as app,
        ThreadPoolExecutor(8) as pool,
    ):
        paths = list(pool.map(lambda _: app.predict("hi", fetch_to=tmp_path)[0], range(40)))

    assert len(set(paths)) == 40
    assert names(tmp_path) == sorted(path.name for path in paths)


@ways
@pytest.mark.parametrize("name", ["file", "file-3"])
def test_a_file_that_breaks_off_for_good_leaves_nothing(
    name: str, way: str, tmp_path: Path
) -> None:
    place = PLACES[name]
    with (
        http_server(place.plays(HALF)) as server,
        Interface(server.url) as app,
        pytest.raises(PredictError, match="broke") as caught,
    ):
        predict(way, app, b"x", upload=True, fetch_to=tmp_path)

    assert names(tmp_path) == []
    assert isinstance(caught.value.answer[0], Reference)


def test_files_that_came_before_a_fault_are_kept(tmp_path: Path) -> None:
    plays = {**referring("6", "/a/first.txt", OUT), FILE["6"] + OUT: say("gone", 404)}
    with (
        http_server(plays) as server,
        Interface(server.url) as app,
        pytest.raises(PredictError, match="404") as caught,
    ):
        app.predict("hi", fetch_to=tmp_path)

    assert names(tmp_path) == ["first.txt"]
    first, second = caught.value.answer[0]
    assert first == tmp_path / "first.txt"
    assert isinstance(second, Reference)


def test_a_file_over_the_limit_leaves_nothing(tmp_path: Path) -> None:
    endless = raw(b"HTTP/1.1 200 OK\r\n\r\n", *[bytes(100_000)] * 20)
    with (
        http_server({**referring("6", OUT), FILE["6"] + OUT: endless}) as server,
        Interface(server.url, limits=Limits(max_bytes=MIB)) as app,
        pytest.raises(LimitError),
    ):
        app.fetch_to(Reference(OUT), tmp_path)

    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_is_an_error_before_the_call(tmp_path: Path) -> None:
    with http_server(referring("6", OUT)) as server, Interface(server.url) as app:
        with pytest.raises(FileNotFoundError, match="no such folder"):
            app.predict("hi", fetch_to=tmp_path / "missing" / "folder")

        assert server.paths == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_a_full_disk_is_an_error_with_the_answer_and_leaves_nothing(tmp_path: Path) -> None:
    import resource
    import signal

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    plays = {**referring("6", OUT), FILE["6"] + OUT: say(bytes(MIB))}
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with http_server(plays) as server, Interface(server.url) as app:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
            with pytest.raises(OSError, match="File too large") as caught:
                app.predict("hi", fetch_to=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)

    assert caught.value.filename == str(tmp_path)
    assert isinstance(caught.value.answer[0], Reference)  # type: ignore[attr-defined]
    assert names(tmp_path) == []


def test_a_call_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    def slow(exchange: Exchange) -> None:
        exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        exchange.wait(20)

    async def cancelled(app: Interface) -> None:
        task = asyncio.create_task(app.predict_async("hi", fetch_to=tmp_path))
        while FILE["6"] + OUT not in server.paths:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert len(names(tmp_path)) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    plays = {**referring("6", OUT), FILE["6"] + OUT: slow}
    with http_server(plays) as server, Interface(server.url) as app:
        asyncio.run(cancelled(app))
    assert names(tmp_path) == []


class Big:
    """A file of zeros that takes no place, and a server of it that counts what it gets."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size, self.received = path, size, 0
        with open(path, "wb") as file:
            file.truncate(size)

    def give(self, exchange: Exchange) -> None:
        exchange.send_response(200)
        exchange.send_header("Content-Length", str(self.size))
        exchange.end_headers()
        with open(self.path, "rb") as file:
            exchange.connection.sendfile(file)

    def take(self, exchange: Exchange) -> None:
        left = int(exchange.headers["Content-Length"])
        buffer = bytearray(MIB)
        while left and (count := exchange.rfile.readinto(memoryview(buffer)[:left])):
            left -= count
            self.received += count
        say(["/tmp/gradio/up/big.bin"])(exchange)


@ways
def test_big_files_go_both_ways_in_little_memory(way: str, tmp_path: Path) -> None:
    big = Big(tmp_path / "big.bin", BIG)
    plays = {**referring("6", OUT), FILE["6"] + OUT: big.give, "/gradio_api/upload": big.take}
    plays |= {"/config": gradio("6", inputs=["file"], outputs=["file"])["/config"]}
    told: dict[str, list[tuple[int, int | None]]] = {}

    def watch(name: str, done: int, total: int | None) -> None:
        told.setdefault(name, []).append((done, total))

    with http_server(plays) as server, Interface(server.url) as app:
        server.unread.add("/gradio_api/upload")
        tracemalloc.start()
        try:
            with metering(watch):
                limits = Limits(max_bytes=None, max_body_bytes=None)
                path = predict(way, app, big.path, fetch_to=tmp_path / "out", limits=limits)[0]
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert path.stat().st_size == big.size <= big.received
    assert {name: pieces[-1] for name, pieces in told.items()} == {
        "big.bin": (big.size, big.size),
        "out.bin": (big.size, big.size),
    }
    assert peak < 32 * MIB


def test_the_shell_fetches_to_the_disk(tmp_path: Path) -> None:
    from encoders.cli.main import main

    big = Big(tmp_path / "big.bin", 64 * MIB)
    with http_server({**referring("6", OUT), FILE["6"] + OUT: big.give}) as server:
        tracemalloc.start()
        try:
            assert main(["predict", server.url, "hi", "-o", str(tmp_path / "out")]) == 0
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert names(tmp_path) == ["big.bin", "out"]
    assert names(tmp_path / "out") == ["out.bin", "response.json"]
    assert (tmp_path / "out" / "out.bin").stat().st_size == big.size
    assert peak < 32 * MIB
