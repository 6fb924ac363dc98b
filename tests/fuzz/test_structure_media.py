"""A short run of the fuzzer of media files, and proof that it finds things."""

from __future__ import annotations

import os
import sys
import time

import pytest

from encoders import EncodersError
from tests.fuzz import structure_media
from tests.fuzz.structure_media import Call, calls, watch
from tests.paths import FIXTURES

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc"),
    pytest.mark.long,
]

SHORT = 400


def test_a_short_run_finds_nothing() -> None:
    assert list(watch(0, SHORT, 1)) == []


def test_the_calls_are_the_same_in_every_run() -> None:
    first, again = ([str(call) for _, call in zip(range(300), calls(), strict=False)] for _ in "ab")
    assert first == again
    assert len(set(first)) > 250


def test_every_field_lies_inside_its_fixture() -> None:
    for _, data, fields in structure_media.sources():
        for field in fields:
            assert 0 <= field.offset < len(data)
            assert 1 <= field.width <= 8


def test_a_change_is_made_where_it_is_stated() -> None:
    path = FIXTURES / "image" / "small.png"
    data = path.read_bytes()
    changed = Call(path, ((16, b"\xff\xff\xff\xff"),)).data()
    assert changed == data[:16] + b"\xff" * 4 + data[20:]


def fails(data: bytes) -> None:
    raise KeyError("boxes")


def dies(data: bytes) -> None:
    os.abort()


def is_silent(data: bytes) -> None:
    structure_media._allowed(_refuse)


def _refuse() -> None:
    raise EncodersError


def hoards(data: bytes) -> None:
    bytearray(b"x") * (1200 << 20)


def dawdles(data: bytes) -> None:
    ends = time.process_time() + 0.8
    while time.process_time() < ends:
        pass


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (fails, "KeyError: 'boxes'"),
        (is_silent, "the error says nothing"),
        (dies, "the process ended"),
        (hoards, " MiB"),
        (dawdles, " s"),
    ],
)
def test_a_fault_is_a_finding(fault: object, reason: str) -> None:
    task = f"tests.fuzz.test_structure_media:{getattr(fault, '__name__', '')}"
    (finding,) = watch(0, 1, 1, task, most_seconds=0.5)
    assert reason in finding["reason"]
