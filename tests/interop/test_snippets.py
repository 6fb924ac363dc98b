"""The code snippets of the page run unchanged, and real servers receive their example values.

By default the tests call some endpoints of two eras; with ENCODERS_ALL_ERAS=1, all endpoints of all
five eras.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encoders import Interface, audio, image
from encoders.predict.endpoints import Description, Endpoint
from encoders.predict.pages.examples import example
from encoders.predict.pages.snippets import snippets
from encoders.predict.samples import sample
from tests import forks
from tests.paths import ROOT

from .apps.constants import ERROR_TEXT, LOGIN
from .conftest import LANGUAGES
from .servers import Server, serve

pytestmark = pytest.mark.interop

IS_FULL = os.environ.get("ENCODERS_ALL_ERAS") == "1"
ERAS = ("2", "3", "4", "5", "6") if IS_FULL else ("3", "6")
SECONDS = 60

# Endpoints that fail or take long by design, or that need special texts or files.
EXCLUDED = ("fail", "crash", "slow", "big", "highlightedtext_out", "gallery_mixed")
REPRESENTATIVE = (
    *("textbox", "dropdown_multi", "image", "audio", "video", "file_multiple", "dataframe"),
    *("gallery_out", "defaults", "labels", "state", "nothing_in", "sketch", "multimodaltextbox"),
)


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


PNG, WAV, MP4 = (sample(f"example.{suffix}").data for suffix in ("png", "wav", "mp4"))
TEXT, MODEL = sample("example.txt"), sample("example.obj")
PIXELS = digest(image.decode_array(image.encode(PNG)).tobytes())
PIXELS_RGBA = digest(image.decode_array(image.encode(PNG), mode="RGBA").tobytes())
SAMPLES = digest(np.asarray(audio.decode(audio.encode(WAV))[1]).tobytes())
FILE, CLIP, PICTURE = digest(TEXT.data), digest(MP4), digest(PNG)

# Texts that the last output must contain, in lower case. Most endpoints report what the server
# received. An endpoint that is not in this table returns the example itself.
REPORTS: dict[str, tuple[str, ...]] = {
    "predict": ("hello", PIXELS, PIXELS_RGBA, SAMPLES, CLIP, FILE, digest(MODEL.data)),
    "image": ("[8, 8, 3]", PIXELS),
    "image_pil": ("rgb", PIXELS),
    "image_rgba": ("rgba", PIXELS_RGBA),
    "image_filepath": ("sha256",),
    "sketch": (PIXELS, "mask"),
    "imagemask": (PIXELS, "mask"),
    "sketchpad": ("[28, 28]",),
    "paint": (PIXELS,),
    "gallery_out": (PIXELS,),
    "annotatedimage": (PIXELS,),
    "annotatedimage_in": (PICTURE, "left"),
    "imageeditor": ("[8, 8, 4]", PIXELS_RGBA),
    "imageeditor_pil": ("rgba", PIXELS_RGBA),
    "imageeditor_filepath": ("sha256",),
    "imageslider": ("[8, 8, 3]", PIXELS),
    "imageslider_filepath": (PICTURE,),
    "gallery": (PIXELS,),
    "gallery_pil": (PIXELS,),
    "gallery_filepath": (PICTURE,),
    "plot_in": ("matplotlib", "data:image/png;base64"),
    "audio": ("8000", SAMPLES),
    "audio_filepath": ("sha256",),
    "video": (CLIP,),
    "video_subtitles": (CLIP,),
    "model3d": (digest(MODEL.data),),
    **dict.fromkeys(("file", "file_multiple", "file_binary", "downloadbutton"), (FILE,)),
    **dict.fromkeys(("uploadbutton", "uploadbutton_multiple"), (FILE,)),
    **dict.fromkeys(("chatbot_media", "chatbot_media_tuples"), (FILE,)),
    **dict.fromkeys(("chatbot", "chatbot_tuples", "chatbot_messages"), ("what can i do?",)),
    **dict.fromkeys(("multimodaltextbox", "multimodaltextbox_single"), ("hello", PICTURE)),
    "dataframe": ("a1", "c2"),
    "dataframe_numpy": ("[2, 3]",),
    "dataframe_array": ("a1", "c2"),
    "timeseries": ("t", "y", "[[0, 1], [1, 3]]"),
    "highlightedtext": ("paris", "place"),
    "datetime": ("17698",),
    "datetime_datetime": ("2026-01-31t12:00:00",),
    "dialogue": ("[a] hello",),
    "dialogue_text": ("[a] hello",),
    "two_in": ("hello", PIXELS),
    "defaults": ("hello", PIXELS),
    "labels": ("hello",),
    "stream": ("hello",),
    "update": ("hello",),
    "none_out": ("null",),
    "nothing_out": ("[]",),
    "nothing_in": ("nothing",),
    "state": ("1",),
}
# Endpoints whose report differs in one era.
REPORTS_IN_ERA = {
    ("3", "label"): ("42",),
    **{(era, "sketchpad"): ("[8, 8, 4]", PIXELS_RGBA) for era in "456"},
    **{(era, "paint"): ("[8, 8, 4]", PIXELS_RGBA) for era in "456"},
    **{(era, "imagemask"): ("[8, 8, 4]", PIXELS_RGBA) for era in "456"},
}


@dataclass(frozen=True)
class Running:
    """A server of one era, with its description."""

    era: str
    server: Server
    description: Description

    @property
    def endpoints(self) -> list[Endpoint]:
        """The endpoints that the tests call."""
        return [
            endpoint
            for endpoint in self.description.endpoints
            if endpoint.documented and is_called(name_of(endpoint))
        ]


def is_called(name: str) -> bool:
    return name not in EXCLUDED and (IS_FULL or name in REPRESENTATIVE)


@pytest.fixture(scope="module", params=ERAS)
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    era: str = request.param
    with serve(era, "all" if era == "2" else "blocks") as server:
        with Interface(server.url) as interface:
            description = interface.description
        yield Running(era, server, description)


@pytest.fixture(scope="module", params=ERAS if IS_FULL else ERAS[-1:])
def app_with_login(request: pytest.FixtureRequest) -> Iterator[Interface]:
    with (
        serve(request.param, "auth") as server,
        Interface(server.url, auth=LOGIN, token="t0ken") as interface,
    ):
        yield interface


def test_server_receives_the_examples(
    running: Running, language: str, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    # Not at once: a server writes the files of calls with the same picture to the same path.
    results = []
    for endpoint in running.endpoints:
        code = snippets(running.description, endpoint, running.server.url)[language]
        results.append((endpoint, run(code, language, tmp_path / name_of(endpoint))))

    assert len(results) >= (1 if running.era == "2" else 10)
    for endpoint, result in results:
        with subtests.test(endpoint=endpoint.name):
            assert (result.returncode, result.stderr) == (0, "")
            check(endpoint, running.era, language, result.stdout)


def test_code_fails_if_the_server_reports_an_error(
    running: Running, language: str, tmp_path: Path
) -> None:
    if running.era == "2":
        pytest.skip("its only endpoint fails only for certain inputs")
    endpoint = running.description.endpoint("fail")
    code = snippets(running.description, endpoint, running.server.url)[language]

    result = run(code, language, tmp_path / "fail")

    assert result.returncode not in (0, None)
    if running.era in ("3", "6"):  # in 4 and 5, `/call` does not send the message
        assert ERROR_TEXT in result.stdout + result.stderr


def test_code_fails_if_there_is_no_server(running: Running, language: str, tmp_path: Path) -> None:
    endpoint = running.endpoints[0]
    code = snippets(running.description, endpoint, "http://127.0.0.1:9")[language]

    result = run(code, language, tmp_path / "missing")

    assert result.returncode not in (0, None)
    assert result.stderr


@pytest.mark.parametrize("password", [LOGIN[1], "wrong"])
def test_code_logs_in_with_the_right_password_only(
    app_with_login: Interface, language: str, password: str, tmp_path: Path
) -> None:
    code = app_with_login.snippets()[language]
    secrets = {"USER": LOGIN[0], "PASSWORD": password, "ENCODERS_TOKEN": "t0ken"}

    result = run(code, language, tmp_path / "login", **secrets)

    is_right = password == LOGIN[1]
    assert (result.returncode == 0) == is_right, result.stderr
    assert ("Hello" in result.stdout) == is_right


@pytest.mark.parametrize("name", ["image", "video", "labels"])
def test_code_for_4_19_needs_no_second_request(
    running: Running, language: str, name: str, tmp_path: Path
) -> None:
    if running.era != "4":
        pytest.skip("for Gradio 4 only: 4.44 still has the path of 4.19")
    description = replace(running.description, version="4.19.2")
    endpoint = description.endpoint(name)
    code = snippets(description, endpoint, running.server.url)[language]

    result = run(code, language, tmp_path / name)

    assert (result.returncode, result.stderr) == (0, "")
    assert language == "python" or "/run/" in code
    check(endpoint, "4", language, result.stdout)


def run(
    code: str, language: str, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run code in a folder, which is made if it is missing."""
    folder.mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    env = {**inherited, "PYTHONPATH": str(ROOT), **environment}
    if language == "python":
        done = forks.run("-c", code, env=env, folder=folder)
        texts = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, *texts)
    (folder / "code").write_text(code, "utf-8")
    return subprocess.run(
        [*LANGUAGES[language], "code"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
    )


def check(endpoint: Endpoint, era: str, language: str, printed: str) -> None:
    """Check that the last of the printed outputs reports the example."""
    name = name_of(endpoint)
    expected = REPORTS_IN_ERA.get((era, name)) or REPORTS.get(name)
    if language == "python":
        expected = expected or (_lower_case_with_null(str(first_example(endpoint))),)
        missing = [text for text in expected if text not in _lower_case_with_null(printed)]
        assert name == "nothing_out" or missing == []
        return
    answer = json.loads(printed)
    outputs = answer["data"] if isinstance(answer, dict) else answer
    assert len(outputs) == len(endpoint.outputs)
    if expected is None:
        assert outputs[-1] == first_example(endpoint)
        return
    report = json.dumps(outputs[-1:], ensure_ascii=False).lower()
    assert [text for text in expected if text not in report] == []


def _lower_case_with_null(printed: str) -> str:
    return printed.lower().replace("none", "null")


def first_example(endpoint: Endpoint) -> Any:
    """Return the example of the first input; for a button, which callers do not send, its text."""
    parameter = endpoint.inputs[0]
    return parameter.component.options["value"] if parameter.hidden else example(parameter)


def name_of(endpoint: Endpoint) -> str:
    return (endpoint.name or "").lstrip("/")
