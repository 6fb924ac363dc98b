"""The processes of Gradio servers, which the tests of this folder share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

import pytest

from .servers import processes_are_kept

# What runs code of each language.
LANGUAGES = {"python": [sys.executable], "javascript": ["node"], "curl": ["sh"]}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(LANGUAGES[name][0]) is None:
        pytest.skip(f"needs {LANGUAGES[name][0]}")
    return name


@pytest.fixture(scope="package", autouse=True)
def kept_processes() -> Iterator[None]:
    """Keep processes until the last test of this folder."""
    with processes_are_kept():
        yield
