"""Bounds on the processor's time that hold on slow machines too."""

from __future__ import annotations

import time

_LOOPS = 1_000_000
_USUAL = 0.085  # seconds that they take where bounds on time were set, by CPython 3.11


def allowed(seconds: float) -> float:
    """Return the seconds that this machine may take, for those of the one where bounds were set.

    It is more where the machine is slower right now, and never less.
    """
    began = time.process_time()
    total = 0
    for number in range(_LOOPS):
        total += number
    return seconds * max(1.0, (time.process_time() - began) / _USUAL)
