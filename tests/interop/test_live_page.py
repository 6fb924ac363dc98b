"""The live page on real servers: what a form sends arrives, and what comes back is shown.

By default the tests run on one version; with ENCODERS_ALL_ERAS=1, on the newest of each era from 3
on: in 2.x an app has one endpoint.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from encoders import Interface
from encoders.view.live import serving
from tests.pace import wait_until
from tests.paths import FIXTURES
from tests.view.live.conftest import Browser, form

from .apps.constants import COUNT, ERROR_TEXT, HEADERS, SIZES
from .servers import RELEASES, serve

pytestmark = pytest.mark.interop

TESTED = tuple(RELEASES)[1:] if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("6",)
MOST_MORE = 0.05  # seconds that a run takes more than `Interface.predict`
TURNS = 9
# Where other processes take the processor again and again, its own clock tells more.
CLOCKS = (time.perf_counter, time.perf_counter, time.process_time)

PHOTO = FIXTURES / "image" / "photo.jpg"
SOUND = FIXTURES / "audio" / "browser.webm"


class Page(Browser):
    """The live page of a studio.

    Attributes:
        app: the server.
    """

    app: Interface

    def call(self, name: str, *values: Any) -> list[dict[str, Any]]:
        """Call an endpoint by name, and return all lines."""
        return self.run(*values, endpoint=self.app.endpoint(name).index)

    def begin(self, name: str, text: str) -> Any:
        return self.stream("POST", "run", json=form(text, endpoint=self.app.endpoint(name).index))


@pytest.fixture(scope="module", params=TESTED)
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    with (
        serve(request.param, "studio") as server,
        Interface(server.url, timeout=30) as app,
        serving(app) as (url, _),
        Page(base_url=url, timeout=30, trust_env=False) as page,
    ):
        page.app = app
        yield page


def done(lines: list[dict[str, Any]]) -> dict[str, Any]:
    assert "done" in lines[-1], lines[-1]
    found: dict[str, Any] = lines[-1]["done"]
    return found


def source(html: str) -> str:
    """Return the URL of the first file that is shown."""
    return html.partition(' src="')[2].partition('"')[0]


def test_a_picture_comes_back(page: Page) -> None:
    id = page.uploaded(PHOTO.read_bytes(), "photo.jpg")["id"]

    found = done(page.call("picture", {"upload": id}))

    picture = page.get(source(found["output"]))
    assert picture.headers["content-type"].startswith("image/")
    assert len(picture.content) > 10_000
    assert found["durations"]
    for code in found["snippets"].values():
        assert "photo.jpg" in code


def test_a_recorded_sound_a_table_and_a_choice_come_back(page: Page) -> None:
    id = page.uploaded(SOUND.read_bytes(), "recording.webm", recorded="1")["id"]
    table = {"headers": [*HEADERS], "data": [["Ada", 1.5], ["Grace", 2]]}

    found = done(page.call("measure", {"upload": id}, table, SIZES[1]))

    sound = page.get(source(found["output"]), headers={"Range": "bytes=0-3"})
    assert (sound.status_code, sound.content) == (206, b"RIFF")
    for text in ("<audio", "Grace", "<meter", SIZES[1]):
        assert text in found["output"]


def test_a_wrong_choice_is_told_before_it_is_sent(page: Page) -> None:
    values = form(None, None, "huge", endpoint=page.app.endpoint("measure").index)

    (error,) = page.post("check", json=values).json()["errors"]

    assert error["field"] == 2
    assert error["message"].startswith("expected one of")


def test_an_error_is_in_the_words_of_the_server(page: Page) -> None:
    error = page.call("fail", "hi")[-1]["error"]

    assert ERROR_TEXT in error["message"]


def test_outputs_of_a_generator_come_one_after_the_other(page: Page) -> None:
    lines = page.call("count", "hi")

    outputs = [line["output"] for line in lines if "output" in line]
    assert len(outputs) > COUNT / 2  # one that a later one overtakes is left out
    assert len(set(outputs)) == len(outputs)
    assert f" {COUNT - 1}" in done(lines)["output"]


def beginning(answer: Any) -> Iterator[dict[str, Any]]:
    """Return the lines of a call, of which an output has come."""
    lines = map(json.loads, answer.iter_lines())
    call = next(lines)
    assert any("output" in line for line in lines)
    yield call
    yield from lines


def test_a_cancelled_call_ends(page: Page) -> None:
    with page.begin("long_generator", "cancelled") as answer:
        lines = beginning(answer)
        page.post("cancel", params={"call": next(lines)["call"]})

        assert [*lines][-1] == {"cancelled": True}


def test_a_call_ends_with_the_browser_that_made_it(page: Page) -> None:
    with page.begin("long_generator", "left") as answer:
        call = next(beginning(answer))["call"]

    def is_over() -> bool:
        running: bool = page.post("cancel", params={"call": call}).json()["cancelled"]
        return not running

    assert wait_until(is_over, 5) < 2


def test_a_run_takes_little_more_than_a_call(page: Page, request: pytest.FixtureRequest) -> None:
    picture = FIXTURES.parent / "encoders" / "predict" / "samples" / "example.png"
    id = page.uploaded(picture.read_bytes(), picture.name)["id"]
    folder = request.getfixturevalue("tmp_path")

    def seconds_more(clock: Callable[[], float]) -> float:
        calls, runs = [], []
        for _ in range(TURNS):
            began = clock()
            page.app.predict(picture, api_name="picture", fetch_to=folder)
            calls.append(clock() - began)
            began = clock()
            done(page.call("picture", {"upload": id}))
            runs.append(clock() - began)
        return min(runs) - min(calls)  # others slow down the rest

    assert any(seconds_more(clock) < MOST_MORE for clock in CLOCKS)
