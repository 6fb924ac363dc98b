"""Waiting, and bounds on processor time that hold on a slow or busy machine as well."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PAUSE = 0.01  # seconds
_USUAL = 0.07  # seconds of `_count`, on a machine that does nothing else


def wait_until(true: Callable[[], bool], seconds: float = 5) -> float:
    """Wait, and return how many seconds it took; fail after some."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds
        time.sleep(_PAUSE)
    return time.monotonic() - start


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block takes more processor time, longer where this machine is slower.

    How slow it is, is measured before the block and after it: what runs beside may slow it by 2.
    """
    before = _count()
    began = time.process_time()
    yield
    taken = time.process_time() - began
    bound = seconds * max(before / _USUAL, _count() / _USUAL, 1)
    assert taken < bound, f"took {taken:.2f} s, expected {bound:.2f} s at most"


def _count() -> float:
    began = time.process_time()
    sum(number * number for number in range(1_000_000))
    return time.process_time() - began
