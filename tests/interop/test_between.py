"""Calls of every kind on every version: queues, generators, batches, logins, mounted apps, chats.

By default one version between the eras is tried; with ENCODERS_ALL_ERAS=1, all of
`servers.VERSIONS`. What a version does not have is skipped there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders import Interface, PredictError
from encoders.predict import File, Response
from tests.paths import FIXTURES
from tests.predict.ways import predict, ways

from .servers import Versions, serve
from .test_matrix import file_report

pytestmark = pytest.mark.interop

TESTED = Versions().tried() if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("4.0.2",)
SINCE_BLOCKS = Versions("3.0")
QUEUES = Versions("3.1")
GENERATORS = Versions("3.1")
BATCHES = Versions("3.9")
BREAKS = Versions("4.0", "4.11")
CLOSES = Versions("3.16")
MOUNTS = Versions("3.9")
MOUNTS_WITH_ROOT_PATH = Versions("4.20")
CHATS = Versions("3.41")
NAMED_AFTER_FUNCTIONS = Versions("6.0")
CHATS_WITH_FILES = Versions("4.20")

PNG = FIXTURES / "image" / "small.png"
PDF = FIXTURES / "file" / "report.pdf"
CSV = FIXTURES / "file" / "table.csv"

USER = ("user", "pass word")
WORDS = "the server's own words"
PATH = "/sub/app"
LOSSY = 6.0  # of arrays, which the servers write as lossy WebP since 4.0
SECONDS = 30  # for a call


@pytest.fixture(scope="module", params=TESTED)
def version(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    return version


@contextmanager
def running(version: str, app: str, having: Versions, path: str = "") -> Iterator[Interface]:
    """Start an app on a version that has what it is about, and talk to it."""
    if version not in having:
        pytest.skip(f"Gradio {version} has no such app")
    with serve(version, app, path) as server, Interface(server.url, timeout=SECONDS) as interface:
        yield interface


@pytest.fixture(scope="module", params=["queued", "closed"])
def waiting(version: str, request: pytest.FixtureRequest) -> Iterator[Interface]:
    """The app with a queue, which calls may pass by or not."""
    having = {"queued": QUEUES, "closed": CLOSES}
    with running(version, request.param, having[request.param]) as app:
        yield app


@pytest.fixture(scope="module", params=["mounted", "mounted_root"])
def mounted(version: str, request: pytest.FixtureRequest) -> Iterator[Interface]:
    """The app below a path, which it is told or not."""
    having = {"mounted": MOUNTS, "mounted_root": MOUNTS_WITH_ROOT_PATH}
    with running(version, request.param, having[request.param], PATH) as app:
        yield app


@pytest.fixture(scope="module")
def auth(version: str) -> Iterator[str]:
    with serve(version, "auth") as server:
        yield server.url


@pytest.fixture(scope="module")
def chat(version: str) -> Iterator[Interface]:
    with running(version, "chat", CHATS) as app:
        yield app


@pytest.fixture(scope="module", params=["chat_files", "chat_many_files"])
def chat_with_files(version: str, request: pytest.FixtureRequest) -> Iterator[Interface]:
    """The chat that takes one file in a message by what it says, or several."""
    with running(version, request.param, CHATS_WITH_FILES) as app:
        yield app


def needs(version: str, having: Versions) -> None:
    if version not in having:
        pytest.skip(f"Gradio {version} has nothing of the kind")


def check_picture(answer: Response) -> None:
    """Check that the server saw the picture, and that it came back."""
    back, report = answer.data[:]
    with Image.open(PNG) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert report["shape"] == list(pixels.shape)
    assert report["sha256"] == hashlib.sha256(pixels.tobytes()).hexdigest()
    assert np.abs(np.asarray(back.convert("RGB"), int) - pixels.astype(int)).mean() <= LOSSY


def check_file(answer: Response) -> None:
    """Check that the server saw the file, and that it came back."""
    back, report = answer.data[:]
    assert report["sha256"] == file_report(PDF)["sha256"]
    assert isinstance(back, File)
    assert back.data == PDF.read_bytes()


# With a queue that calls may pass by, and with one that they have to wait in.


@ways
def test_text_arrives_and_comes_back(waiting: Interface, way: str) -> None:
    assert predict(way, waiting, "Grüße", api_name="textbox").data[:] == ["Grüße", "Grüße"]


def test_a_picture_arrives_and_comes_back(waiting: Interface) -> None:
    check_picture(waiting.predict(PNG, api_name="image", fetch=True))


def test_a_file_arrives_and_comes_back(waiting: Interface) -> None:
    check_file(waiting.predict(PDF, api_name="file", fetch=True))


@ways
def test_a_generator_gives_its_last_value(waiting: Interface, version: str, way: str) -> None:
    needs(version, GENERATORS)
    for text in ("hi", "hello"):
        assert predict(way, waiting, text, api_name="stream").data[:] == [f"{text} 3"]


@ways
@pytest.mark.parametrize(("endpoint", "words"), [("fail", WORDS), ("crash", "boom")])
def test_a_failure_is_told_and_the_next_call_works(
    waiting: Interface, endpoint: str, words: str, way: str
) -> None:
    for text in ("hi", "hello"):
        with pytest.raises(PredictError) as caught:
            predict(way, waiting, text, api_name=endpoint)
        assert caught.value.endpoint == f"/{endpoint}"
        assert words in str(caught.value)
        assert predict(way, waiting, text, api_name="textbox").data[0] == text


def test_state_lasts_from_call_to_call_and_is_each_interfaces_own(waiting: Interface) -> None:
    assert waiting.url
    with Interface(waiting.url) as first, Interface(waiting.url) as second:
        counts = [one.predict("x", api_name="state").data[-1] for one in (first, first, second)]

    assert counts == [1, 2, 1]


def test_calls_with_state_may_be_made_at_once(waiting: Interface) -> None:
    assert waiting.url
    with Interface(waiting.url) as app, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(app.predict, "x", api_name="state") for _ in range(4)]
        counts = [call.result().data[-1] for call in calls]

    assert sorted(counts) == [1, 2, 3, 4]


def test_a_call_that_takes_too_long_is_an_error_and_the_next_is_not(waiting: Interface) -> None:
    with pytest.raises(PredictError, match=r"in 0\.3 s; pass a higher timeout"):
        waiting.predict(1, api_name="slow", timeout=0.3)

    assert waiting.predict(0.1, api_name="slow").data[:] == [0.1]


def test_a_batch_function_of_one_input_is_called(batches: Interface) -> None:
    assert batches.predict("up", api_name="batch_one").data[:] == ["UP"]


def test_a_batch_function_of_two_inputs_is_called(batches: Interface) -> None:
    assert batches.predict("up", 4, api_name="batch_two").data[:] == ["UP", 5]


@pytest.fixture
def batches(waiting: Interface, version: str, request: pytest.FixtureRequest) -> Interface:
    """The app, if its functions that take lists can be called."""
    needs(version, BATCHES)
    if request.node.callspec.params["waiting"] == "closed" and version in BREAKS:
        with pytest.raises(PredictError, match=r"stops the queue of Gradio 4\."):
            waiting.predict("up", api_name="batch_one")
        assert waiting.predict("hi", api_name="textbox").data[0] == "hi"
        pytest.skip("the queue of this version ends when such a function comes to it")
    return waiting


# Behind a login.


@ways
def test_who_logs_in_gets_an_answer(auth: str, way: str) -> None:
    with Interface(auth, auth=USER) as app:
        back, label = predict(way, app, PNG, "cat", fetch=True).data[:]

    assert label == {"cat": 0.75, "else": 0.25}
    with Image.open(PNG) as image:
        pixels = np.asarray(image.convert("RGB"), int)
    assert np.abs(np.asarray(back.convert("RGB"), int) - pixels).mean() <= LOSSY


def test_a_wrong_password_is_called_one(auth: str) -> None:
    with (
        Interface(auth, auth=("user", "hunter2")) as app,
        pytest.raises(PredictError, match="does not accept this user and password"),
    ):
        app.predict(None, "cat")


def test_a_missing_login_is_asked_for(auth: str) -> None:
    with Interface(auth) as app, pytest.raises(PredictError, match="pass auth="):
        app.predict(None, "cat")


# Below a path of another app.


def test_a_mounted_app_is_called(mounted: Interface) -> None:
    assert mounted.predict("hi", api_name="textbox").data[:] == ["hi", "hi"]


def test_a_mounted_app_takes_and_gives_files(mounted: Interface) -> None:
    check_picture(mounted.predict(PNG, api_name="image", fetch=True))
    check_file(mounted.predict(PDF, api_name="file", fetch=True))


def test_a_generator_of_a_mounted_app_gives_its_last_value(mounted: Interface) -> None:
    assert mounted.predict("hi", api_name="stream").data[:] == ["hi 3"]


# Chats, which answer with the report on what they were told.


def told(answer: Response) -> Any:
    text = answer.data[0]
    return json.loads(text["text"] if isinstance(text, dict) else text)["message"]


def test_a_chat_is_told_a_text(chat: Interface, version: str) -> None:
    name = "/described" if version in NAMED_AFTER_FUNCTIONS else "/chat"
    assert chat.endpoint().name == name
    assert told(chat.predict("Grüße")) == "Grüße"
    assert told(chat.predict("again", api_name=name)) == "again"


def test_a_chat_remembers_what_was_said(chat: Interface) -> None:
    assert chat.url
    with Interface(chat.url) as app:
        before = [json.loads(app.predict("hi").data[0])["before"] for _ in range(2)]

    assert before[0] == 0
    assert before[1] in (1, 2)  # pairs, or messages


def test_a_chat_is_told_a_text_without_files(chat_with_files: Interface) -> None:
    for message in ("hi", {"text": "hi", "files": []}):
        assert told(chat_with_files.predict(message)) == {"text": "hi", "files": []}


@pytest.mark.parametrize("files", [[PDF], [PDF, CSV]])
def test_a_chat_is_told_files(chat_with_files: Interface, files: list[Path]) -> None:
    message = told(chat_with_files.predict({"text": "hi", "files": files}))

    assert message["text"] == "hi"
    assert message["files"] == [file_report(path) for path in files]
