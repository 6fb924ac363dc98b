"""Fuzz by structure: change the nodes of answers and the options of configurations.

Each call of ``python -m tests.fuzz.structure_answers --calls 100000`` takes what a component
answers in an era, or a configuration, and replaces, removes or doubles some nodes. Then it reads
the result in every way. The calls are the same in every run. A finding is an exception that is no
`EncodersError`, more than 2 seconds of processor time, or more than 200 MiB of memory.
"""

from __future__ import annotations

import argparse
import copy
import json
import pickle
import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import encoders
from encoders import EncodersError
from encoders.predict import Component
from encoders.predict.components import COMPONENTS
from encoders.predict.configuration import describe
from encoders.predict.endpoints import Endpoint, Parameter
from encoders.predict.eras import ERAS, server_version, version
from encoders.predict.pages.examples import example, example_output
from encoders.predict.pages.openapi import describe_openapi
from encoders.predict.pages.page import describe_page
from encoders.predict.pages.rendering import render_html, render_text
from encoders.predict.payloads import prepare
from tests.paths import FIXTURES

MOST_SECONDS = 2.0
MOST_MEMORY = 200 << 20
_EVERY = 50  # one call in so many is measured for memory, which is slow
_GIF = "data:image/gif;base64,R0lGODdhAQABAPAAAP8AAAAAACwAAAAAAQABAAACAkQBADs="

EXTREMES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e308, float("nan"), float("-inf"), 10**400, -(2**63)),
    *("", "x", "\ud800", "\0\x1b[2J\u202e", "x" * 100_000, "-1", "NaN", "2026-01-31 25:00:00"),
    *("../../etc/passwd", "/etc/passwd", "C:\\x", "http://127.0.0.1:1/file=a", "//x", "file:///x"),
    *(_GIF, "data:", "data:image/png;base64,!!!", "data:,", "data:audio/wav;base64,UklGRg=="),
    *([], {}, [[]], [{}], {"": None}, [None] * 100, {"__type__": "update"}, {"path": None}),
    *({"path": "/tmp/a.png"}, {"name": "a", "data": None, "is_file": True}, {"data": 5, "name": 5}),
    *("Europe/Berlin", "../x", "number", "multiple", "tuples", "RGBA", "I;16"),
)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each node."""
    yield path
    if not isinstance(value, dict | list):
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from nodes(item, (*path, key))


def changed(value: Any, chance: random.Random) -> Any:
    """Return a copy of JSON with some nodes changed."""
    whole = [copy.deepcopy(value)]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        *way, last = (0, *chance.choice(list(nodes(whole[0]))))
        holder: Any = whole
        for key in way:
            holder = holder[key]
        _change(holder, last, chance)
    return whole[0]


def _change(holder: Any, key: Any, chance: random.Random) -> None:
    kind = chance.random()
    if kind < 0.75 or len(holder) < 2:
        holder[key] = copy.deepcopy(chance.choice(EXTREMES))
    elif kind < 0.85:
        del holder[key]
    elif isinstance(holder, list):
        holder.insert(chance.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
    else:
        other = chance.choice(list(holder))
        holder[chance.choice((other, f"{key}x", str(key).upper()))] = holder.pop(key)


@cache
def answers() -> list[tuple[str, Any]]:
    """Return the names of components, and what each answers in each era that has it."""
    found = []
    for name in COMPONENTS:
        for era in ERAS:
            component = Component(name, {"choices": ["a", "b"], "minimum": 0, "maximum": 9})
            if component.exists_in(version(era)):
                found.append((name, example_output(Parameter(component, name), era)))
    return found


@cache
def configurations() -> list[tuple[Any, Any]]:
    """Return the ``/config`` and the ``/info`` of each era, short enough to be changed often."""
    found = []
    for era in ERAS:
        config, info = (FIXTURES / f"interface/era{era}-{part}.json" for part in ("config", "info"))
        more = json.loads(info.read_text()) if info.exists() else None
        found.append((json.loads(config.read_text()), more))
    return found


def read(name: str | None, answer: Any) -> None:
    """Read an answer in every way."""
    found = _allowed(
        lambda: encoders.response({"data": [answer], "duration": answer}, name and [name])
    )
    if found is None:
        return
    repr(found), found.durations, found.extra
    _allowed(lambda: found.references)
    for index in range(len(found.data)):
        repr(_allowed(partial(found.data.__getitem__, index)))
    with tempfile.TemporaryDirectory() as folder:
        _allowed(lambda: found.save(folder))
    _allowed(lambda: pickle.loads(pickle.dumps(found)))
    written = _allowed(lambda: json.dumps({"data": [answer]}))
    _allowed(lambda: encoders.response(written or "{}"))


def understand(config: Any, info: Any) -> None:
    """Read a configuration, show it, and prepare a call of each endpoint."""
    description = _allowed(lambda: describe(config, info))
    if description is None:
        return
    shown = _allowed(lambda: describe_page(description, "http://127.0.0.1:7860"))
    if shown is not None:
        render_text(shown), render_html(shown), json.dumps(shown.as_json())
        json.dumps(describe_openapi(description, "http://127.0.0.1:7860"), allow_nan=False)
    for endpoint in description.endpoints:
        _allowed(partial(_prepare, endpoint, description.version))


def _prepare(endpoint: Endpoint, era: str) -> None:
    values = endpoint.arguments([example(one) for one in endpoint.visible_inputs], {})
    prepare(values, [one.component for one in endpoint.inputs], server_version(era), by_upload=True)


def _allowed(task: Callable[[], Any]) -> Any:
    try:
        return task()
    except EncodersError as error:
        assert str(error).strip(), "the error says nothing"
        assert len(str(error)) < 3000, "the error says too much"
        return None


def calls(seed: int = 1) -> Iterator[Callable[[], None]]:
    """Yield calls without end; the same seed gives the same calls."""
    chance = random.Random(seed)
    while True:
        for name, answer in answers():
            given = changed(answer, chance)
            known = chance.choice((name, name, name, None))
            yield partial(_read, known, given)
        for config, info in configurations():
            for _ in range(10):
                which = chance.random() < 0.7 or info is None
                both = (changed(config, chance), info) if which else (config, changed(info, chance))
                yield partial(understand, *both)


def _read(name: str | None, answer: Any) -> None:
    read(name, answer)


def findings(first: int, last: int, step: int) -> Iterator[str]:
    """Make a share of the calls and yield the findings."""
    for number, call in enumerate(calls()):
        if number >= last:
            return
        if number < first or (number - first) % step:
            continue
        watched = number % _EVERY == 0
        reason, seconds, memory = _watched(call) if watched else _timed(call)
        if reason:
            yield f"call {number}: {reason}"
        if seconds > MOST_SECONDS * (10 if watched else 1):
            yield f"call {number}: {seconds:.1f} s"
        if memory > MOST_MEMORY:
            yield f"call {number}: {memory >> 20} MiB"


def _timed(call: Callable[[], None]) -> tuple[str, float, int]:
    """Return the fault, if any, the seconds that the call took, and no figure for memory."""
    began, reason = time.process_time(), ""
    try:
        call()
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error)[:200]}"
    return reason, time.process_time() - began, 0


def _watched(call: Callable[[], None]) -> tuple[str, float, int]:
    """Return the same with the peak of memory in bytes."""
    tracemalloc.start()
    try:
        reason, seconds, _ = _timed(call)
        return reason, seconds, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.structure_answers")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--share", default="0/1", help="K/N: the K-th of N shares")
    given = parser.parse_args()
    which, count = map(int, given.share.split("/"))
    found = 0
    for finding in findings(which, given.calls, count):
        found += 1
        print(finding, flush=True)
    print(f"{given.calls // count:,} calls, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
