"""Calls to real servers: logins, errors, streams, state, file names, many calls at once."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders import Interface, LimitError, Limits, PayloadError, PredictError
from encoders.predict import File
from tests.paths import FIXTURES
from tests.predict.ways import predict, ways

from .apps.constants import ERROR_TEXT, LABELS, LOGIN
from .servers import serve

pytestmark = pytest.mark.interop

TESTED = ("3", "4", "5", "6") if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("3", "6")

PNG = FIXTURES / "image" / "small.png"
PDF = FIXTURES / "file" / "report.pdf"
WAV = FIXTURES / "audio" / "stereo.wav"

BIG_FILE_BYTES = 20_000_000
CONTENT = b"\x00content\xff"
SHOWN_LABELS = [*LABELS[:3], "textbox"]  # in place of an empty label, Gradio shows the component


@pytest.fixture(scope="module", params=TESTED)
def era(request: pytest.FixtureRequest) -> str:
    era: str = request.param
    return era


@pytest.fixture(scope="module")
def url(era: str) -> Iterator[str]:
    with serve(era, "calls") as server:
        yield server.url


@pytest.fixture(scope="module")
def url_with_login(era: str) -> Iterator[str]:
    """The URL of the app with one endpoint and a login, which hides the text of errors."""
    with serve(era, "auth") as server:
        yield server.url


@pytest.fixture
def app_with_login(url_with_login: str) -> Iterator[Interface]:
    with Interface(url_with_login, auth=LOGIN) as app:
        yield app


@pytest.fixture(scope="module")
def app(url: str) -> Iterator[Interface]:
    with Interface(url) as app:
        yield app


# Logins.


@ways
def test_call_with_login_is_answered(app_with_login: Interface, way: str) -> None:
    for _ in range(2):
        assert predict(way, app_with_login, None, "cat").data[1] == {"cat": 0.75, "else": 0.25}


def test_login_is_kept_between_sync_and_async_calls(app_with_login: Interface) -> None:
    for way in ("sync", "async", "sync"):
        assert predict(way, app_with_login, None, "cat").data[1] == {"cat": 0.75, "else": 0.25}


def test_wrong_password_is_reported_as_the_cause(url_with_login: str) -> None:
    with (
        Interface(url_with_login, auth=("user", "hunter2")) as app,
        pytest.raises(PredictError, match="does not accept this user and password") as caught,
    ):
        app.predict(None, "cat")

    assert "hunter2" not in str(caught.value)


def test_missing_login_is_reported_as_the_cause(url_with_login: str) -> None:
    with (
        Interface(url_with_login) as app,
        pytest.raises(PredictError, match="pass auth=") as caught,
    ):
        app.predict(None, "cat")

    assert caught.value.status == 401


# Errors.


@ways
@pytest.mark.parametrize(("endpoint", "error_text"), [("fail", ERROR_TEXT), ("crash", "boom")])
def test_error_has_the_text_of_the_server(
    app: Interface, endpoint: str, error_text: str, way: str
) -> None:
    with pytest.raises(PredictError) as caught:
        predict(way, app, "x", api_name=endpoint)

    assert caught.value.endpoint == f"/{endpoint}"
    assert error_text in str(caught.value)


def test_hidden_error_is_explained(app_with_login: Interface) -> None:
    with pytest.raises(PredictError, match="show_error is off") as caught:
        app_with_login.predict(None, "crash")

    assert "boom" not in str(caught.value)


def test_error_for_the_client_has_its_text_although_errors_are_hidden(
    app_with_login: Interface,
) -> None:
    with pytest.raises(PredictError, match=ERROR_TEXT):
        app_with_login.predict(None, "fail")


def test_interface_is_usable_after_an_error(app: Interface) -> None:
    with pytest.raises(PredictError):
        app.predict("x", api_name="crash")

    assert app.predict("hi", api_name="textbox").data[0] == "hi"


@ways
def test_next_call_works_after_a_timeout(app: Interface, way: str) -> None:
    with pytest.raises(PredictError, match=r"in 0\.2 s; pass a higher timeout"):
        predict(way, app, 0.5, api_name="slow", timeout=0.2)

    assert predict(way, app, "hi", api_name="textbox").data[0] == "hi"


# Values.


@ways
def test_generator_returns_its_last_value(app: Interface, way: str) -> None:
    assert predict(way, app, "hi", api_name="stream").data[0] == "hi 3"


def test_each_interface_keeps_its_own_state_between_calls(url: str) -> None:
    with Interface(url) as first, Interface(url) as second:
        counts = [one.predict("x", api_name="state").data[-1] for one in (first, first, second)]
        counts.append(first.predict("x", api_name="state").data[-1])

    assert counts == [1, 2, 1, 3]


def test_state_is_kept_between_sync_and_async_calls(url: str) -> None:
    with Interface(url) as app:
        counts = [predict(way, app, "x", api_name="state").data[-1] for way in ("sync", "async")]

    assert counts == [1, 2]


@pytest.mark.parametrize("era", [era for era in TESTED if era != "3"], scope="module")
def test_omitted_inputs_have_the_defaults_of_the_server(app: Interface) -> None:
    assert app.predict("hi", api_name="defaults").data[0] == {
        "text": "hi",
        "count": 7,
        "flag": True,
        "picture": None,
    }


@pytest.mark.parametrize("era", [era for era in TESTED if era != "3"], scope="module")
def test_inputs_may_be_given_by_parameter_name(app: Interface) -> None:
    report = app.predict("hi", picture=PNG, count=2, api_name="defaults").data[0]

    assert (report["count"], report["flag"]) == (2, True)
    assert report["picture"]["shape"] == list(np.asarray(Image.open(PNG)).shape)


@pytest.mark.parametrize("era", ["3"], scope="module")
def test_inputs_without_a_default_cannot_be_omitted(app: Interface) -> None:
    with pytest.raises(PayloadError, match="none for 'number'"):
        app.predict("hi", api_name="defaults")


def test_labels_of_the_server_are_unchanged(app: Interface) -> None:
    endpoint = app.endpoint("labels")

    for parameters in (endpoint.inputs, endpoint.outputs):
        assert [parameter.label for parameter in parameters] == SHOWN_LABELS


def test_outputs_are_found_by_their_labels(app: Interface) -> None:
    answer = app.predict("1", "2", "3", "4", api_name="labels")

    assert [answer[label] for label in SHOWN_LABELS] == ["1", "2", "3", "4"]


@ways
def test_endpoint_without_inputs_is_called(app: Interface, way: str) -> None:
    assert predict(way, app, api_name="nothing_in").data[:] == ["nothing"]


@ways
def test_endpoint_without_outputs_is_called(app: Interface, way: str) -> None:
    assert predict(way, app, "x", api_name="nothing_out").data[:] == []


def test_inputs_arrive_in_order(app: Interface) -> None:
    text, picture = json.loads(app.predict("hi", PNG, api_name="two_in").data[0])

    assert text == "hi"
    assert picture["shape"] == list(np.asarray(Image.open(PNG)).shape)


def test_response_has_the_duration_of_the_function(app: Interface) -> None:
    durations = app.predict(0.05, api_name="slow").durations

    assert durations is not None
    assert 0.05 <= durations[0] < 5


@ways
def test_big_file_is_downloaded_completely(app: Interface, way: str) -> None:
    file = predict(way, app, BIG_FILE_BYTES, api_name="big", fetch=True).data[0]

    expected = np.random.default_rng(BIG_FILE_BYTES).bytes(BIG_FILE_BYTES)
    assert hashlib.sha256(file.data).digest() == hashlib.sha256(expected).digest()


def test_file_above_the_size_limit_is_refused(app: Interface) -> None:
    with pytest.raises(LimitError, match="max_body_bytes=1,000,000"):
        app.predict(
            BIG_FILE_BYTES, api_name="big", fetch=True, limits=Limits(max_body_bytes=1_000_000)
        )


@pytest.mark.parametrize(
    ("endpoint", "value"),
    [("textbox", "Grüße"), ("image", PNG), ("audio", WAV), ("file", PDF), ("json", {"a": [1]})],
)
def test_sync_and_async_calls_return_the_same(app: Interface, endpoint: str, value: Any) -> None:
    by_sync, by_async = (
        predict(way, app, value, api_name=endpoint, fetch=True).data[-1]
        for way in ("sync", "async")
    )

    assert by_sync == by_async


@pytest.mark.parametrize("endpoint", ["image", "audio", "file", "video"])
@pytest.mark.parametrize("upload", [True, False])
def test_file_arrives_the_same_by_upload_and_in_the_request(
    app: Interface, era: str, endpoint: str, upload: bool
) -> None:
    if era == "4" or (era in "56" and endpoint != "image"):
        pytest.skip("this era accepts it only by upload")
    value = {
        "image": PNG,
        "audio": WAV,
        "file": PDF,
        "video": FIXTURES / "video" / "clip.mp4",
    }[endpoint]

    by_default = app.predict(value, api_name=endpoint).data[-1]

    assert app.predict(value, api_name=endpoint, upload=upload).data[-1] == by_default


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
def test_file_of_any_name_is_uploaded_and_downloaded(
    app: Interface, name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(CONTENT)

    returned, report = app.predict(path, api_name="file", fetch=True).data[:]

    assert isinstance(returned, File)
    assert returned.data == CONTENT
    assert report["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert not name.endswith(".bin") or report["name"].endswith(".bin")


@pytest.mark.parametrize("era", ["3"], scope="module")
def test_file_without_a_letter_in_its_name_is_downloaded(app: Interface, tmp_path: Path) -> None:
    path = tmp_path / "🙂.bin"
    path.write_bytes(CONTENT)

    assert app.predict(path, api_name="file", fetch=True).data[0].data == CONTENT


# Many calls at once.


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only the names are needed


def _resident_bytes() -> int:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_calls_from_many_threads_are_answered_and_leak_nothing(url: str, era: str) -> None:
    count = 100 if era == "3" else 30  # the queue of newer servers runs one call at a time

    def call_from_threads(first: int) -> None:
        with Interface(url) as app, ThreadPoolExecutor(8) as pool:

            def call(text: str) -> Any:
                return app.predict(text, api_name="textbox").data[0]

            numbers = [str(number) for number in range(first, first + count)]
            assert list(pool.map(call, numbers)) == numbers

    call_from_threads(0)
    gc.collect()
    files, memory = _open_files(), _resident_bytes()
    call_from_threads(count)
    gc.collect()

    assert _open_files() <= files
    assert _resident_bytes() - memory < 8 * 1024**2


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_async_calls_close_their_connections(app: Interface) -> None:
    async def call_at_once(count: int) -> list[Any]:
        async with Interface(app.url or "") as own:
            calls = [own.predict_async(str(n), api_name="textbox") for n in range(count)]
            return [answer.data[0] for answer in await asyncio.gather(*calls)]

    asyncio.run(call_at_once(2))
    before = _open_files()

    assert asyncio.run(call_at_once(20)) == [str(number) for number in range(20)]
    assert _open_files() <= before
