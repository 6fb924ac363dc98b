"""What Python opens while a test runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

_lists: list[list[str]] = []


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """Return a list that gets the files that Python opens and the addresses that it connects to."""
    _add_hook()
    _lists.append([])
    yield _lists[-1]
    _lists.pop()


@cache
def _add_hook() -> None:
    """Add the one hook for all tests: it stays as long as the process, and slows all of it."""
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _lists and event in ("open", "socket.connect"):
        _lists[-1].append(str(arguments[event == "socket.connect"]))
