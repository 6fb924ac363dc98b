"""Many calls of one interface: so many at a time, in the order of the inputs, in bounded memory."""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from encoders import Interface
from encoders.errors import PayloadError, PredictError
from tests.predict.client.calls import ERAS
from tests.predict.http_server import HTTPServer, Json, gradio, http_server, raw


class Busy:
    """A function that counts how many of its calls run at a time.

    Attributes:
        most: so many ran at a time.
        seen: the inputs that came.
    """

    def __init__(self, seconds: float = 0.01) -> None:
        self.most = 0
        self.seen: list[Json] = []
        self._seconds = seconds
        self._running = 0
        self._lock = threading.Lock()

    def __call__(self, text: Json) -> Sequence[Json]:
        with self._lock:
            self.seen.append(text)
            self._running += 1
            self.most = max(self.most, self._running)
        time.sleep(self._seconds)
        with self._lock:
            self._running -= 1
        return (f"got {text}",)


@contextmanager
def serving(function: Busy, era: str = "6") -> Iterator[tuple[HTTPServer, Interface]]:
    with http_server(gradio(era, function)) as server, Interface(server.url, timeout=30) as app:
        yield server, app


@pytest.mark.parametrize("era", ERAS)
def test_each_input_gets_its_own_call_in_order(era: str) -> None:
    busy = Busy()
    with serving(busy, era) as (_, app):
        answers = [call.result()[0] for call in app.map(map(str, range(25)), at_once=5)]

    assert answers == [f"got {number}" for number in range(25)]
    assert 2 <= busy.most <= 5


def test_a_tuple_is_the_inputs_of_one_call() -> None:
    plays = gradio("6", lambda a, b: (f"{a}+{b}",), inputs=("textbox", "textbox"))
    with http_server(plays) as server, Interface(server.url) as app:
        calls = list(app.map([("a", "b"), ("c", "d")], api_name="/predict"))

    assert [call.result()[0] for call in calls] == ["a+b", "c+d"]


def test_an_error_stays_in_its_call() -> None:
    with serving(Busy()) as (_, app):
        first, second, third = app.map(["a", ("too", "many"), "b"])

        assert (first.result()[0], third.result()[0]) == ("got a", "got b")
        assert [call.status.state for call in (first, second, third)] == ["done", "failed", "done"]
        with pytest.raises(PayloadError):
            second.result()


def test_all_calls_fail_where_there_is_no_server() -> None:
    with http_server({"/config": raw()}) as server, Interface(server.url, timeout=5) as app:
        calls = list(app.map(["a", "b"], at_once=1))

    for call in calls:
        with pytest.raises(PredictError):
            call.result()


def test_endless_inputs_are_taken_a_few_ahead() -> None:
    taken = itertools.count()
    with serving(Busy(0)) as (_, app):
        calls = app.map(map(str, taken), at_once=3)
        answers = [next(calls).result()[0] for _ in range(20)]
        time.sleep(0.3)

        assert answers == [f"got {number}" for number in range(20)]
        assert 20 <= next(taken) <= 20 + 4 * 3


def test_leaving_the_loop_cancels_the_calls_that_run() -> None:
    busy = Busy(0.3)
    with serving(busy) as (_, app):
        for call in app.map(map(str, itertools.count()), at_once=2):
            assert call.done()
            break
        gc.collect()
        time.sleep(0.1)
        begun = len(busy.seen)
        time.sleep(0.4)

        assert len(busy.seen) == begun <= 4


def test_calls_are_not_begun_after_close() -> None:
    with serving(Busy()) as (_, app):
        calls = app.map(["a", "b", "c"], at_once=1)
        next(calls)
        calls.close()

        assert list(calls) == []


def test_an_error_of_the_inputs_is_raised_and_cancels_the_rest() -> None:
    def inputs() -> Iterator[str]:
        yield "a"
        raise OSError("no more")

    with serving(Busy()) as (_, app), pytest.raises(OSError, match="no more"):
        list(app.map(inputs()))


def test_a_loop_of_asyncio_gets_the_same() -> None:
    busy = Busy()

    async def main(app: Interface) -> list[str]:
        return [(await call)[0] async for call in app.map(map(str, range(20)), at_once=4)]

    with serving(busy) as (_, app):
        assert asyncio.run(main(app)) == [f"got {number}" for number in range(20)]
    assert busy.most <= 4


def test_leaving_a_loop_of_asyncio_cancels_the_calls_that_run() -> None:
    busy = Busy(0.3)

    async def main(app: Interface) -> int:
        async for _ in app.map(map(str, itertools.count()), at_once=2):
            break
        await asyncio.sleep(0.1)
        begun = len(busy.seen)
        await asyncio.sleep(0.4)
        return len(busy.seen) - begun

    with serving(busy) as (_, app):
        assert asyncio.run(main(app)) == 0


@pytest.mark.parametrize("one", ["photo.jpg", b"bytes", {"a": 1}])
def test_one_input_is_refused_where_many_are_expected(one: Any) -> None:
    with serving(Busy()) as (_, app), pytest.raises(TypeError, match=r"found one: .*pass a list"):
        app.map(one)


def test_no_call_at_a_time_is_refused() -> None:
    with serving(Busy()) as (_, app), pytest.raises(ValueError, match="at_once=0: expected 1"):
        app.map([], at_once=0)
