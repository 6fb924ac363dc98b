"""Where the fixtures are, and the ways in which a source can be handed in."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parent.parent / "fixtures"

_WAYS: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "str": str,
    "bytes": lambda path: path.read_bytes(),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "file": lambda path: io.BytesIO(path.read_bytes()),
}


@pytest.fixture
def fixtures() -> Path:
    return FIXTURES


@pytest.fixture(params=_WAYS)
def way(request: pytest.FixtureRequest) -> Callable[[Path], Any]:
    """Return a function that turns a path into one kind of source."""
    return _WAYS[request.param]
