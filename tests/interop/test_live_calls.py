"""Live calls on many versions of Gradio: outputs as they come, progress, places, cancelled calls.

By default the tests run on one version; with ENCODERS_ALL_ERAS=1, on all of `servers.VERSIONS`. A
test is skipped on versions that do not have its feature.
"""

from __future__ import annotations

import asyncio
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from encoders import Interface, PredictError
from encoders.errors import CallCancelledError
from encoders.predict import Call, Response, Status
from tests.pace import wait_until
from tests.predict.ways import ways

from .apps.constants import CHANGES, COUNT, ERROR_TEXT, FILES
from .servers import Versions, serve

pytestmark = pytest.mark.interop

TESTED = Versions().installable() if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("6.31.0",)
# The versions that have a feature. Before 3.1 there are no generators and no queue that tells how
# far a call is.
GENERATORS = Versions("3.1")
BLOCKS = Versions("3.0")
ENDS_ASYNC_FUNCTIONS = Versions("4.31")
# A queue that comes to a cancelled call waits some seconds for its inputs.
WAITS_FOR_CANCELLED_CALLS = Versions("4.0", "4.9")
# The server looks for new outputs in a loop, and sends none in between.
SERVER_LOOKS_EACH = {"3.1": 0.0, "4.0": 0.05}

CALL_SECONDS = 20
LATEST = 0.05  # seconds from an output to the client, beside what the server takes
MOST_TRIES = 3  # on a machine that does other things too
ENDS_WITHIN = 1.0  # seconds from `cancel` to the end of the server's function

INTERRUPTED = """
import sys
from encoders import Interface
app = Interface(sys.argv[1])
match sys.argv[4]:
    case "predict":
        app.predict(sys.argv[3], api_name=sys.argv[2])
    case "submit":
        for output in app.submit(sys.argv[3], api_name=sys.argv[2]):
            pass
"""


@pytest.fixture(scope="module", params=TESTED)
def version(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    return version


@pytest.fixture(scope="module")
def old(version: str) -> Iterator[Interface]:
    """A server before 3.1, whose calls have one output."""
    if version in GENERATORS:
        pytest.skip(f"Gradio {version} has generators")
    app = "live" if version in BLOCKS else "interface"
    with serve(version, app) as server, Interface(server.url, timeout=CALL_SECONDS) as interface:
        yield interface


@pytest.fixture(scope="module")
def app(version: str) -> Iterator[Interface]:
    if version not in GENERATORS:
        pytest.skip(f"Gradio {version} has no generators")
    with serve(version, "live") as server, Interface(server.url, timeout=CALL_SECONDS) as interface:
        yield interface


def outputs_of(way: str, app: Interface, text: str, **options: Any) -> list[tuple[float, Response]]:
    """Return the outputs of a call, each with the time when it came."""
    if way == "sync":
        return [(time.time(), output) for output in app.submit(text, **options)]

    async def collect() -> list[tuple[float, Response]]:
        return [(time.time(), output) async for output in app.submit(text, **options)]

    return asyncio.run(collect())


def statuses(call: Call) -> list[Status]:
    """Return all that a call says of how far it is, up to its end."""
    found = [call.status]
    while not call.done():
        if call.status != found[-1]:
            found.append(call.status)
        time.sleep(0.005)
    return found


# Outputs.


@ways
def test_calls_before_generators_have_one_output(old: Interface, way: str) -> None:
    inputs = [None] * (len(old.endpoint().inputs) - 1)
    call = old.submit(*inputs, "hi")

    outputs = list(call) if way == "sync" else asyncio.run(_collected(call))

    assert [output.json["data"] for output in outputs] == [call.result().json["data"]]
    assert call.status == Status("done")


async def _collected(call: Call) -> list[Response]:
    return [output async for output in call]


@ways
def test_generator_gives_each_value_when_it_comes(app: Interface, version: str, way: str) -> None:
    app.predict("hi", api_name="echo")  # the configuration is there, and so are the modules
    looks_each = SERVER_LOOKS_EACH["4.0" if version in Versions("4.0") else "3.1"]
    best = [math.inf] * COUNT
    for _ in range(MOST_TRIES):
        found = outputs_of(way, app, "hi", api_name="moments")
        assert len({output[0] for _, output in found}) == COUNT
        delays = [came - float(output[0].split()[-1]) for came, output in found]
        best = list(map(min, best, delays))
        if max(best) < looks_each + LATEST:
            return
    pytest.fail(f"outputs came late: {best}")


@ways
def test_outputs_that_are_sent_as_differences_are_whole(app: Interface, way: str) -> None:
    found = outputs_of(way, app, "the same", api_name="changes")

    assert [output.json["data"] for _, output in found] == [
        [value, value if isinstance(value, list) else [value], "the same"] for value in CHANGES
    ]


def test_two_outputs_are_given_together(app: Interface) -> None:
    call = app.submit("x", api_name="count_many")

    outputs = [output.data[:] for output in call]

    text = "x"
    for number, (value, counted) in enumerate(outputs):
        text += str(number)
        items = [{"number": each} for each in range(number + 1)]
        assert (value, counted) == ({"items": items, "text": text}, str(number))
    assert len(outputs) == COUNT
    assert call.result().data[:] == outputs[-1]


def test_files_of_each_output_are_fetched(app: Interface) -> None:
    found = outputs_of("sync", app, "hi", api_name="files", fetch=True)

    assert [output[0].data for _, output in found] == list(FILES)
    assert [[file.data for file in output[1]] for _, output in found] == [
        list(FILES[: number + 1]) for number in range(len(FILES))
    ]


@ways
def test_error_comes_after_the_outputs_before_it(app: Interface, way: str) -> None:
    call = app.submit("hi", api_name="fail_late")
    found = []

    async def collect() -> None:
        async for output in call:
            found.append(output[0])

    with pytest.raises(PredictError, match=ERROR_TEXT):
        if way == "async":
            asyncio.run(collect())
        for output in call:
            found.append(output[0])

    assert found == ["hi 0", "hi 1", "hi 2"]
    assert call.status == Status("failed")


def test_calls_at_the_same_time_do_not_mix_their_outputs(app: Interface) -> None:
    calls = [app.submit(name, api_name="count") for name in "ab"]
    outputs: list[list[str]] = [[], []]
    for pair in zip(*calls, strict=True):
        for mine, output in zip(outputs, pair, strict=True):
            mine.append(output[0])

    for name, mine in zip("ab", outputs, strict=True):
        counted = [" ".join([name, *map(str, range(last + 1))]) for last in range(COUNT)]
        assert mine == counted


def test_calls_with_state_go_on_where_the_one_before_ended(app: Interface) -> None:
    assert app.url
    with Interface(app.url, timeout=CALL_SECONDS) as own:
        calls = [own.submit(name, api_name="count_on") for name in "ab"]
        outputs = sorted(([output[0] for output in call] for call in calls), key=_last_number)

    numbers = [[int(text.split()[1]) for text in each] for each in outputs]
    assert numbers == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]
    assert all(len({text[0] for text in each}) == 1 for each in outputs)


def _last_number(texts: list[str]) -> int:
    return int(texts[-1].split()[1])


# How far a call is.


def test_progress_of_the_function_is_seen(app: Interface) -> None:
    call = app.submit("hi", api_name="steps")

    bars = [status.progress[0] for status in statuses(call) if status.progress]

    counting = [bar for bar in bars if bar.text.startswith("step")]
    numbers = [int(bar.text[5:]) for bar in counting]
    assert len(set(numbers)) > 3  # the server sends some of them only
    assert numbers == sorted(numbers)
    assert {(bar.length, bar.unit) for bar in counting} == {(10, "rounds")}
    assert [bar.index for bar in counting] == [number + 1 for number in numbers]
    assert call.result()[0] == "hi"


def test_place_in_the_queue_is_seen(app: Interface) -> None:
    app.predict("first", api_name="echo_slowly")  # so that the server knows how long it takes
    calls = [app.submit(f"{number}", api_name="echo_slowly") for number in range(4)]
    wait_until(lambda: all(call.status != Status() for call in calls), 10)
    calls.append(app.submit("4", api_name="echo_slowly"))
    last = statuses(calls[-1])

    places = [status.place for status in last if status.place is not None]
    assert places == sorted(places, reverse=True)
    assert max(places) > 1
    assert any(status.eta for status in last if status.state == "waiting")
    assert [call.result()[0] for call in calls] == [f"{number}" for number in range(5)]


# Calls that are cancelled.


def ends_in_time(app: Interface, name: str) -> bool:
    """Tell whether the function of a call ends soon enough."""
    return wait_until(lambda: name in app.predict(api_name="ended")[0], 10) < ENDS_WITHIN


def has_begun(app: Interface, name: str) -> None:
    wait_until(lambda: name in app.predict(api_name="started")[0], 10)


@pytest.fixture(params=["long_generator", "long_wait"])
def long(version: str, request: pytest.FixtureRequest) -> str:
    """The endpoint of a function that takes a minute, and that the version can end."""
    name: str = request.param
    if name == "long_wait" and version not in ENDS_ASYNC_FUNCTIONS:
        pytest.skip(f"Gradio {version} ends no function but generators")
    return name


def test_cancelled_call_ends_on_the_server(app: Interface, long: str) -> None:
    call = app.submit(f"cancelled {long}", api_name=long)
    has_begun(app, f"cancelled {long}")

    call.cancel()

    with pytest.raises(CallCancelledError):
        call.result()
    assert call.status == Status("cancelled")
    assert ends_in_time(app, f"cancelled {long}")


@pytest.mark.parametrize("awaited", ["predict_async", "submit"])
def test_call_ends_on_the_server_with_the_task_that_awaits_it(
    app: Interface, long: str, awaited: str
) -> None:
    name = f"{awaited} {long}"

    async def cancelled() -> None:
        make: Callable[..., Any] = getattr(app, awaited)

        async def wait() -> Any:
            return await make(name, api_name=long)

        task = asyncio.create_task(wait())
        await asyncio.to_thread(has_begun, app, name)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert ends_in_time(app, name)


@pytest.mark.parametrize("manner", ["predict", "submit"])
def test_ctrl_c_ends_the_call_on_the_server(app: Interface, long: str, manner: str) -> None:
    name = f"interrupted {manner} {long}"
    command = [sys.executable, "-c", INTERRUPTED, str(app.url), long, name, manner]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        has_begun(app, name)
        process.send_signal(signal.SIGINT)
        assert ends_in_time(app, name)
        _, error = process.communicate(timeout=5)

    assert b"KeyboardInterrupt" in error


def test_call_that_is_cancelled_while_it_waits_never_starts(app: Interface) -> None:
    before = [app.submit(f"before {number}", api_name="echo_slowly") for number in range(3)]
    wait_until(lambda: all(each.status != Status() for each in before), 10)
    call = app.submit("never", api_name="echo_slowly")
    wait_until(lambda: call.status.place is not None, 10)

    call.cancel()

    assert [each.result()[0] for each in before] == [f"before {number}" for number in range(3)]
    assert app.submit("after", api_name="echo_slowly").result()[0] == "after"
    begun = app.predict(api_name="started")[0]
    assert "after" in begun
    assert "never" not in begun


def test_calls_that_are_cancelled_early_leave_the_queue_free(app: Interface, version: str) -> None:
    if version in WAITS_FOR_CANCELLED_CALLS:
        pytest.skip(f"the queue of Gradio {version} waits for cancelled calls")
    for number in range(10):
        call = app.submit(f"early {number}", api_name="long_generator")
        time.sleep(number * 0.002)
        call.cancel()
    later = app.submit("later", api_name="long_generator")

    assert next(later)[0] == "0"
    later.cancel()


def test_interface_is_usable_after_a_cancelled_call(app: Interface) -> None:
    call = app.submit("left", api_name="count")
    outputs = [next(call)[0], next(call)[0]]
    call.cancel()

    assert outputs == ["left 0", "left 0 1"]
    assert [output[0] for output in app.submit("hi", api_name="count")][-1].endswith(str(COUNT - 1))


def test_long_call_gives_its_outputs_until_it_is_cancelled(app: Interface) -> None:
    call = app.submit("read", api_name="long_generator")
    found = []
    for output in call:
        found.append(output[0])
        if len(found) == 5:
            break
    call.cancel()

    assert found == [str(number) for number in range(5)]
    assert ends_in_time(app, "read")
