"""Calls to real servers: logins, errors, streams, state, names, many at once."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders import Interface, LimitError, Limits, PayloadError, PredictError
from encoders.predict import File
from tests.paths import FIXTURES
from tests.predict.ways import predict, ways

from .servers import serve

pytestmark = pytest.mark.interop

TESTED = ("3", "4", "5", "6") if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("3", "6")
APPS = ("blocks", "auth")

PNG = FIXTURES / "image" / "small.png"
PDF = FIXTURES / "file" / "report.pdf"
WAV = FIXTURES / "audio" / "stereo.wav"

USER = ("user", "pass word")
WORDS = "the server's own words"
LABELS = ('It\'s "quoted" <b>ü</b>', "日本語 & more", "spaces  and\ttabs", "")
BIG = 20_000_000


class Servers:
    """The servers' URLs, by era and app. They are started together, which takes the time of one."""

    def __init__(self) -> None:
        self._running = ExitStack()
        wanted = [(era, app) for era in TESTED for app in APPS]
        with ThreadPoolExecutor(len(wanted)) as pool:
            started = list(pool.map(lambda one: self._start(*one), wanted))
        self._urls = dict(zip(wanted, started, strict=True))

    def _start(self, era: str, app: str) -> str:
        return self._running.enter_context(serve(era, app)).url

    def url(self, era: str, app: str = "blocks") -> str:
        return self._urls[era, app]

    def close(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


@pytest.fixture(scope="module", params=TESTED)
def era(request: pytest.FixtureRequest) -> str:
    era: str = request.param
    return era


@pytest.fixture
def small(servers: Servers, era: str) -> Iterator[Interface]:
    """The app of one endpoint, which keeps its errors to itself, behind its login."""
    with Interface(servers.url(era, "auth"), auth=USER) as app:
        yield app


@pytest.fixture(scope="module")
def app(servers: Servers, era: str) -> Iterator[Interface]:
    with Interface(servers.url(era)) as app:
        yield app


# Who may call.


@ways
def test_who_logs_in_gets_an_answer(small: Interface, way: str) -> None:
    for _ in range(2):
        assert predict(way, small, None, "cat").data[1] == {"cat": 0.75, "else": 0.25}


def test_who_has_logged_in_may_call_in_another_way(small: Interface) -> None:
    for way in ("sync", "async", "sync"):
        assert predict(way, small, None, "cat").data[1] == {"cat": 0.75, "else": 0.25}


def test_a_wrong_password_is_called_one(servers: Servers, era: str) -> None:
    with (
        Interface(servers.url(era, "auth"), auth=("user", "hunter2")) as app,
        pytest.raises(PredictError, match="does not accept this user and password") as caught,
    ):
        app.predict(None, "cat")

    assert "hunter2" not in str(caught.value)


def test_a_missing_login_is_asked_for(servers: Servers, era: str) -> None:
    with (
        Interface(servers.url(era, "auth")) as app,
        pytest.raises(PredictError, match="pass auth=") as caught,
    ):
        app.predict(None, "cat")

    assert caught.value.status == 401


# Errors.


@ways
@pytest.mark.parametrize(("endpoint", "words"), [("fail", WORDS), ("crash", "boom")])
def test_an_error_has_the_servers_words(
    app: Interface, endpoint: str, words: str, way: str
) -> None:
    with pytest.raises(PredictError) as caught:
        predict(way, app, "x", api_name=endpoint)

    assert caught.value.endpoint == f"/{endpoint}"
    assert words in str(caught.value)


def test_an_error_that_the_server_keeps_to_itself_is_said_to_be_one(small: Interface) -> None:
    with pytest.raises(PredictError, match="show_error is off") as caught:
        small.predict(None, "crash")

    assert "boom" not in str(caught.value)


def test_an_error_that_is_meant_for_the_client_is_told_all_the_same(small: Interface) -> None:
    with pytest.raises(PredictError, match=WORDS):
        small.predict(None, "fail")


def test_an_interface_goes_on_after_an_error(app: Interface) -> None:
    with pytest.raises(PredictError):
        app.predict("x", api_name="crash")

    assert app.predict("hi", api_name="textbox").data[0] == "hi"


@ways
def test_a_call_that_takes_too_long_is_an_error_and_the_next_is_not(
    app: Interface, way: str
) -> None:
    with pytest.raises(PredictError, match=r"in 0\.2 s; pass a higher timeout"):
        predict(way, app, 0.5, api_name="slow", timeout=0.2)

    assert predict(way, app, "hi", api_name="textbox").data[0] == "hi"


# Values.


@ways
def test_a_stream_gives_its_last_value(app: Interface, way: str) -> None:
    assert predict(way, app, "hi", api_name="stream").data[0] == "hi 3"


def test_state_lasts_from_call_to_call_and_is_each_interfaces_own(
    servers: Servers, era: str
) -> None:
    with Interface(servers.url(era)) as first, Interface(servers.url(era)) as second:
        counts = [one.predict("x", api_name="state").data[-1] for one in (first, first, second)]
        counts.append(first.predict("x", api_name="state").data[-1])

    assert counts == [1, 2, 1, 3]


def test_state_lasts_from_sync_to_async(servers: Servers, era: str) -> None:
    with Interface(servers.url(era)) as app:
        counts = [predict(way, app, "x", api_name="state").data[-1] for way in ("sync", "async")]

    assert counts == [1, 2]


@pytest.mark.parametrize("era", [era for era in TESTED if era != "3"], scope="module")
def test_what_is_left_out_has_the_servers_defaults(app: Interface) -> None:
    assert app.predict("hi", api_name="defaults").data[0] == {
        "text": "hi",
        "count": 7,
        "flag": True,
        "picture": None,
    }


@pytest.mark.parametrize("era", [era for era in TESTED if era != "3"], scope="module")
def test_inputs_may_be_given_by_the_names_of_the_servers_parameters(app: Interface) -> None:
    found = app.predict("hi", picture=PNG, count=2, api_name="defaults").data[0]

    assert (found["count"], found["flag"]) == (2, True)
    assert found["picture"]["shape"] == list(np.asarray(Image.open(PNG)).shape)


@pytest.mark.parametrize("era", ["3"], scope="module")
def test_nothing_is_left_out_where_the_server_says_no_defaults(app: Interface) -> None:
    with pytest.raises(PayloadError, match="none for 'number'"):
        app.predict("hi", api_name="defaults")


def test_labels_are_as_the_server_has_them(app: Interface) -> None:
    endpoint = app.endpoint("labels")

    for parameters in (endpoint.inputs, endpoint.outputs):
        assert [parameter.label for parameter in parameters] == [*LABELS[:3], "textbox"]


def test_outputs_are_found_by_their_labels(app: Interface) -> None:
    answer = app.predict("1", "2", "3", "4", api_name="labels")

    assert [answer[label] for label in (*LABELS[:3], "textbox")] == ["1", "2", "3", "4"]


@ways
def test_a_function_may_take_nothing(app: Interface, way: str) -> None:
    assert predict(way, app, api_name="nothing_in").data[:] == ["nothing"]


@ways
def test_a_function_may_give_nothing(app: Interface, way: str) -> None:
    assert predict(way, app, "x", api_name="nothing_out").data[:] == []


def test_several_inputs_arrive_in_their_order(app: Interface) -> None:
    text, picture = json.loads(app.predict("hi", PNG, api_name="two_in").data[0])

    assert text == "hi"
    assert picture["shape"] == list(np.asarray(Image.open(PNG)).shape)


def test_a_call_says_how_long_the_function_took(app: Interface) -> None:
    durations = app.predict(0.05, api_name="slow").durations

    assert durations is not None
    assert 0.05 <= durations[0] < 5


def some_bytes(size: int) -> bytes:
    return np.random.default_rng(size).bytes(size)


@ways
def test_a_big_file_comes_whole(app: Interface, way: str) -> None:
    found = predict(way, app, BIG, api_name="big", fetch=True).data[0]

    assert hashlib.sha256(found.data).digest() == hashlib.sha256(some_bytes(BIG)).digest()


def test_a_big_file_is_refused_where_a_limit_says_so(app: Interface) -> None:
    with pytest.raises(LimitError, match="max_body_bytes=1,000,000"):
        app.predict(BIG, api_name="big", fetch=True, limits=Limits(max_body_bytes=1_000_000))


@pytest.mark.parametrize(
    ("endpoint", "value"),
    [("textbox", "Grüße"), ("image", PNG), ("audio", WAV), ("file", PDF), ("json", {"a": [1]})],
)
def test_sync_and_async_give_the_same(app: Interface, endpoint: str, value: Any) -> None:
    seen = [
        predict(way, app, value, api_name=endpoint, fetch=True).data[-1]
        for way in ("sync", "async")
    ]

    assert seen[0] == seen[1]


@pytest.mark.parametrize("endpoint", ["image", "audio", "file", "video"])
@pytest.mark.parametrize("upload", [True, False])
def test_a_file_arrives_by_upload_and_as_a_data_url(
    app: Interface, era: str, endpoint: str, upload: bool
) -> None:
    if era == "4" or (era in "56" and endpoint != "image"):
        pytest.skip("this era takes it by upload only")
    value = {
        "image": PNG,
        "audio": WAV,
        "file": PDF,
        "video": FIXTURES / "video" / "clip.mp4",
    }[endpoint]

    usual = app.predict(value, api_name=endpoint).data[-1]

    assert app.predict(value, api_name=endpoint, upload=upload).data[-1] == usual


NAMES = [
    "a b.bin",
    "a#b?c&d=e.bin",
    "100%.bin",
    "%41%2F.bin",
    "quo\"te's.bin",
    "Grüße 日本.bin",
    ".hidden",
    "no extension",
    "two.dots.bin",
    "semi;colon,comma.bin",
    "(brackets) [and] {braces}.bin",
    "a" * 246 + ".bin",
    "ü" * 120 + ".bin",
    "-dash.bin",
    "back\\slash.bin",
    "new\nline.bin",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_goes_up_and_comes_back(
    app: Interface, name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x00its bytes\xff")

    back, report = app.predict(path, api_name="file", fetch=True).data[:]

    assert isinstance(back, File)
    assert back.data == b"\x00its bytes\xff"
    assert report["sha256"] == hashlib.sha256(b"\x00its bytes\xff").hexdigest()
    assert not name.endswith(".bin") or report["name"].endswith(".bin")


@pytest.mark.parametrize("era", ["3"], scope="module")
def test_a_file_with_no_letter_in_its_name_comes_back(app: Interface, tmp_path: Path) -> None:
    path = tmp_path / "🙂.bin"
    path.write_bytes(b"its bytes")

    assert app.predict(path, api_name="file", fetch=True).data[0].data == b"its bytes"


# Many.


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names only


def _memory() -> int:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_many_calls_by_many_threads_are_answered_and_leave_nothing_behind(
    servers: Servers, era: str
) -> None:
    count = 100 if era == "3" else 30  # one after the other in the queue of the newer ones

    def calls(first: int) -> None:
        with Interface(servers.url(era)) as shared, ThreadPoolExecutor(8) as pool:

            def call(text: str) -> Any:
                return shared.predict(text, api_name="textbox").data[0]

            numbers = [str(number) for number in range(first, first + count)]
            assert list(pool.map(call, numbers)) == numbers

    calls(0)
    gc.collect()
    files, memory = _open_files(), _memory()
    calls(count)
    gc.collect()

    assert _open_files() <= files
    assert _memory() - memory < 8 * 1024**2


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_async_calls_leave_no_connection_open(app: Interface) -> None:
    async def gathered(count: int) -> list[Any]:
        calls = [app.predict_async(str(n), api_name="textbox") for n in range(count)]
        return [answer.data[0] for answer in await asyncio.gather(*calls)]

    asyncio.run(gathered(2))
    before = _open_files()

    assert asyncio.run(gathered(20)) == [str(number) for number in range(20)]
    assert _open_files() <= before
