"""The processes of Gradio servers, which the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .servers import processes_are_kept


@pytest.fixture(scope="package", autouse=True)
def kept_processes() -> Iterator[None]:
    """Keep processes until the last test of this folder."""
    with processes_are_kept():
        yield
