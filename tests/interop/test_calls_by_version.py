"""Calls on many versions of Gradio: queues, generators, batches, logins, mounted apps, chats.

By default the tests run on one version; with ENCODERS_ALL_ERAS=1, on all of `servers.VERSIONS`. A
test is skipped on versions that do not have its feature.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from encoders import Interface, PredictError
from encoders.predict import File, Response
from tests.paths import FIXTURES
from tests.predict.ways import predict, ways

from .apps.constants import ERROR_TEXT, LOGIN, MOUNT_PATH
from .reports import array_report, file_report
from .servers import Versions, serve

pytestmark = pytest.mark.interop

TESTED = Versions().installable() if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("4.0.2",)
# The versions that have a feature.
QUEUE = Versions("3.1")
GENERATORS = Versions("3.1")
BATCHES = Versions("3.9")
MANDATORY_QUEUE = Versions("3.16")
MOUNTING = Versions("3.9")
MOUNTING_WITH_ROOT_PATH = Versions("4.20")
CHAT = Versions("3.41")
CHAT_NAMED_AFTER_FUNCTION = Versions("6.0")
CHAT_WITH_FILES = Versions("4.20")
# The versions whose queue stops when it comes to a batch function.
BATCHES_STOP_THE_QUEUE = Versions("4.0", "4.11")

PNG = FIXTURES / "image" / "small.png"
PDF = FIXTURES / "file" / "report.pdf"
CSV = FIXTURES / "file" / "table.csv"

LOSSY_DIFFERENCE = 6.0  # servers since 4.0 write arrays as lossy WebP
CALL_SECONDS = 30


@pytest.fixture(scope="module", params=TESTED)
def version(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    return version


@contextmanager
def running(version: str, app: str, versions: Versions, path: str = "") -> Iterator[Interface]:
    """Start an app, and connect to it; skip the test unless the version is one of `versions`."""
    skip_unless(version, versions)
    with (
        serve(version, app, path) as server,
        Interface(server.url, timeout=CALL_SECONDS) as interface,
    ):
        yield interface


def skip_unless(version: str, versions: Versions) -> None:
    if version not in versions:
        pytest.skip(f"Gradio {version} does not have this feature")


@pytest.fixture(scope="module", params=["queued", "closed"])
def queued(version: str, request: pytest.FixtureRequest) -> Iterator[Interface]:
    """The app with a queue that calls may use ("queued") or must use ("closed")."""
    versions = {"queued": QUEUE, "closed": MANDATORY_QUEUE}
    with running(version, request.param, versions[request.param]) as app:
        yield app


@pytest.fixture(scope="module", params=["mounted", "mounted_root"])
def mounted(version: str, request: pytest.FixtureRequest) -> Iterator[Interface]:
    """The app below a path of another app, with and without the option root_path."""
    versions = {"mounted": MOUNTING, "mounted_root": MOUNTING_WITH_ROOT_PATH}
    with running(version, request.param, versions[request.param], MOUNT_PATH) as app:
        yield app


@pytest.fixture(scope="module")
def url_with_login(version: str) -> Iterator[str]:
    with serve(version, "auth") as server:
        yield server.url


@pytest.fixture(scope="module")
def chat(version: str) -> Iterator[Interface]:
    with running(version, "chat", CHAT) as app:
        yield app


@pytest.fixture(scope="module", params=["chat_files", "chat_many_files"])
def chat_with_files(version: str, request: pytest.FixtureRequest) -> Iterator[Interface]:
    """The chat whose messages may have one file, according to its description, or several."""
    with running(version, request.param, CHAT_WITH_FILES) as app:
        yield app


def check_picture(answer: Response) -> None:
    """Check that the server received and returned the picture."""
    returned, report = answer.data[:]
    expected = array_report(png_pixels())
    assert (report["shape"], report["sha256"]) == (expected["shape"], expected["sha256"])
    check_returned_picture(returned)


def check_returned_picture(returned: Image.Image) -> None:
    difference = np.asarray(returned.convert("RGB"), int) - png_pixels().astype(int)
    assert np.abs(difference).mean() <= LOSSY_DIFFERENCE


def png_pixels() -> npt.NDArray[np.uint8]:
    with Image.open(PNG) as image:
        return np.asarray(image.convert("RGB"))


def check_file(answer: Response) -> None:
    """Check that the server received and returned the file."""
    returned, report = answer.data[:]
    assert report["sha256"] == file_report(PDF)["sha256"]
    assert isinstance(returned, File)
    assert returned.data == PDF.read_bytes()


# Apps with a queue.


@ways
def test_text_is_sent_and_returned(queued: Interface, way: str) -> None:
    assert predict(way, queued, "Grüße", api_name="textbox").data[:] == ["Grüße", "Grüße"]


def test_picture_is_sent_and_returned(queued: Interface) -> None:
    check_picture(queued.predict(PNG, api_name="image", fetch=True))


def test_file_is_sent_and_returned(queued: Interface) -> None:
    check_file(queued.predict(PDF, api_name="file", fetch=True))


@ways
def test_generator_returns_its_last_value(queued: Interface, version: str, way: str) -> None:
    skip_unless(version, GENERATORS)
    for text in ("hi", "hello"):
        assert predict(way, queued, text, api_name="stream").data[:] == [f"{text} 3"]


@ways
@pytest.mark.parametrize(("endpoint", "error_text"), [("fail", ERROR_TEXT), ("crash", "boom")])
def test_error_has_the_text_of_the_server_and_the_next_call_works(
    queued: Interface, endpoint: str, error_text: str, way: str
) -> None:
    for text in ("hi", "hello"):
        with pytest.raises(PredictError) as caught:
            predict(way, queued, text, api_name=endpoint)
        assert caught.value.endpoint == f"/{endpoint}"
        assert error_text in str(caught.value)
        assert predict(way, queued, text, api_name="textbox").data[0] == text


def test_each_interface_keeps_its_own_state_between_calls(queued: Interface) -> None:
    assert queued.url
    with Interface(queued.url) as first, Interface(queued.url) as second:
        counts = [one.predict("x", api_name="state").data[-1] for one in (first, first, second)]

    assert counts == [1, 2, 1]


def test_calls_with_state_work_at_the_same_time(queued: Interface) -> None:
    assert queued.url
    with Interface(queued.url) as app, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(app.predict, "x", api_name="state") for _ in range(4)]
        counts = [call.result().data[-1] for call in calls]

    assert sorted(counts) == [1, 2, 3, 4]


def test_next_call_works_after_a_timeout(queued: Interface) -> None:
    with pytest.raises(PredictError, match=r"in 0\.3 s; pass a higher timeout"):
        queued.predict(1, api_name="slow", timeout=0.3)

    assert queued.predict(0.1, api_name="slow").data[:] == [0.1]


def test_batch_function_with_one_input_is_called(batches: Interface) -> None:
    assert batches.predict("up", api_name="batch_one").data[:] == ["UP"]


def test_batch_function_with_two_inputs_is_called(batches: Interface) -> None:
    assert batches.predict("up", 4, api_name="batch_two").data[:] == ["UP", 5]


@pytest.fixture
def batches(queued: Interface, version: str, request: pytest.FixtureRequest) -> Interface:
    """The app with a queue, on versions that can run its batch functions."""
    skip_unless(version, BATCHES)
    if request.node.callspec.params["queued"] == "closed" and version in BATCHES_STOP_THE_QUEUE:
        with pytest.raises(PredictError, match=r"stops the queue of Gradio 4\."):
            queued.predict("up", api_name="batch_one")
        assert queued.predict("hi", api_name="textbox").data[0] == "hi"
        pytest.skip("a batch function stops the queue of this version")
    return queued


# Apps with a login.


@ways
def test_call_with_login_is_answered(url_with_login: str, way: str) -> None:
    with Interface(url_with_login, auth=LOGIN) as app:
        returned, label = predict(way, app, PNG, "cat", fetch=True).data[:]

    assert label == {"cat": 0.75, "else": 0.25}
    check_returned_picture(returned)


def test_wrong_password_is_reported_as_the_cause(url_with_login: str) -> None:
    with (
        Interface(url_with_login, auth=("user", "hunter2")) as app,
        pytest.raises(PredictError, match="does not accept this user and password"),
    ):
        app.predict(None, "cat")


def test_missing_login_is_reported_as_the_cause(url_with_login: str) -> None:
    with Interface(url_with_login) as app, pytest.raises(PredictError, match="pass auth="):
        app.predict(None, "cat")


# Apps mounted below a path of another app.


def test_mounted_app_is_called(mounted: Interface) -> None:
    assert mounted.predict("hi", api_name="textbox").data[:] == ["hi", "hi"]


def test_mounted_app_receives_and_returns_files(mounted: Interface) -> None:
    check_picture(mounted.predict(PNG, api_name="image", fetch=True))
    check_file(mounted.predict(PDF, api_name="file", fetch=True))


def test_generator_of_a_mounted_app_returns_its_last_value(mounted: Interface) -> None:
    assert mounted.predict("hi", api_name="stream").data[:] == ["hi 3"]


# Chats.


def received_message(answer: Response) -> Any:
    """Return the chat's report on the message that it received."""
    text = answer.data[0]
    return json.loads(text["text"] if isinstance(text, dict) else text)["message"]


def test_chat_receives_text(chat: Interface, version: str) -> None:
    name = "/report_message" if version in CHAT_NAMED_AFTER_FUNCTION else "/chat"
    assert chat.endpoint().name == name
    assert received_message(chat.predict("Grüße")) == "Grüße"
    assert received_message(chat.predict("again", api_name=name)) == "again"


def test_chat_receives_the_history(chat: Interface) -> None:
    assert chat.url
    with Interface(chat.url) as app:
        before = [json.loads(app.predict("hi").data[0])["before"] for _ in range(2)]

    assert before[0] == 0
    assert before[1] in (1, 2)  # pairs, or messages


def test_chat_with_files_receives_text_alone(chat_with_files: Interface) -> None:
    for message in ("hi", {"text": "hi", "files": []}):
        assert received_message(chat_with_files.predict(message)) == {"text": "hi", "files": []}


@pytest.mark.parametrize("files", [[PDF], [PDF, CSV]])
def test_chat_receives_files(chat_with_files: Interface, files: list[Path]) -> None:
    # Servers take several files even where their page does not.
    answer = chat_with_files.predict({"text": "hi", "files": files}, check=len(files) == 1)
    message = received_message(answer)

    assert message["text"] == "hi"
    assert message["files"] == [file_report(path) for path in files]
