"""What a check refuses, a real server refuses too; what a real server takes, a check lets pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from encoders import Interface, PayloadError, PredictError
from encoders.predict import File
from encoders.predict.pages.examples import example
from tests.paths import FIXTURES

from .servers import serve

pytestmark = pytest.mark.interop

PNG = FIXTURES / "image" / "small.png"
PDF = FIXTURES / "file" / "report.pdf"
TEXT = FIXTURES / "file" / "plain.txt"
WAV = FIXTURES / "audio" / "stereo.wav"
CLIP = FIXTURES / "video" / "clip.mp4"

# Values, from which of the two eras on a server refuses them; 9 for what it takes or rounds.
REFUSED: list[tuple[str, Any, int]] = [
    ("dropdown", 3, 6),
    ("dropdown", "Big", 6),
    ("dropdown_multi", [1, 3], 6),
    ("radio", "2", 6),
    ("checkboxgroup", [3], 6),
    ("slider", 11, 6),
    ("slider", 0, 6),
    ("number", 0, 4),
    ("number", 10.5, 4),
    ("number_whole", 2.5, 9),
    ("file", TEXT, 6),
    ("file", File(b"x" * 100_001, "big.pdf"), 4),
    ("uploadbutton", PNG, 6),
    ("message", {"text": "hi", "files": [PDF]}, 6),
    ("audio", WAV, 4),
    ("video", CLIP, 4),
]
TAKEN: list[tuple[str, Any]] = [
    ("dropdown", 2),
    ("dropdown", None),
    ("dropdown_multi", [1, 2]),
    ("dropdown_multi", []),
    ("dropdown_custom", "Medium"),
    ("radio", 1),
    ("checkboxgroup", [2, 1]),
    ("slider", 2),
    ("slider", 9.75),
    ("number", 10),
    ("number_whole", 2.0),
    ("file", PNG),
    ("file", PDF),
    ("file", File(PNG.read_bytes(), "no suffix")),
    ("uploadbutton", File(b"x", "a.PDF")),
    ("message", {"text": "hi", "files": [PNG]}),
    ("gallery", [PNG]),
]


@pytest.fixture(scope="module", params=["4", "6"])
def app(request: pytest.FixtureRequest) -> Iterator[Interface]:
    with serve(request.param, "bounded") as server, Interface(server.url) as app:
        yield app


def has(app: Interface, name: str) -> bool:
    return any(endpoint.name == f"/{name}" for endpoint in app.endpoints)


@pytest.mark.parametrize(("name", "value", "since"), REFUSED)
def test_server_refuses_what_the_check_refuses(
    app: Interface, name: str, value: Any, since: int
) -> None:
    if not has(app, name):
        pytest.skip("only older servers have bounds on sounds and videos")
    with pytest.raises(PayloadError, match="; pass check=False to send"):
        app.predict(value, api_name=name)
    if int(app.era[0]) < since:
        app.predict(value, api_name=name, check=False)
    else:
        with pytest.raises(PredictError):
            app.predict(value, api_name=name, check=False)


@pytest.mark.parametrize(("name", "value"), TAKEN)
def test_server_takes_what_the_check_lets_pass(app: Interface, name: str, value: Any) -> None:
    if has(app, name):
        app.predict(value, api_name=name)


def test_server_takes_the_examples(app: Interface) -> None:
    for endpoint in app.endpoints:
        if endpoint.name != "/video":
            values = [example(parameter) for parameter in endpoint.visible_inputs]
            app.predict(*values, api_name=endpoint.index)


def test_examples_for_all_components_pass_the_check() -> None:
    for era in ("2", "3", "6"):
        with serve(era) as server, Interface(server.url) as app:
            for endpoint in app.endpoints:
                values = [example(parameter) for parameter in endpoint.visible_inputs]
                app.check(*values, api_name=endpoint.index)
