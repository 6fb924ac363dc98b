"""Code with a caller's values runs beside the files, and real servers receive these."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders import Interface

from .servers import serve
from .test_snippets import LANGUAGES, digest, run

pytestmark = pytest.mark.interop

NAME = 'it\'s "quoted" $(id) ;type=x, \\ `id`.png'
LONG_TEXT = 'it\'s "long" ' * 20_000  # longer than an argument of a command may be
PIXELS = np.random.default_rng(1).integers(0, 256, (300, 500, 3), np.uint8)


@pytest.fixture(scope="module", params=["3", "6"])
def app(request: pytest.FixtureRequest) -> Iterator[Interface]:
    with serve(request.param, "blocks") as server, Interface(server.url) as interface:
        yield interface


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    Image.fromarray(PIXELS).save(path, "png")
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_server_receives_the_files_and_values(
    app: Interface, language: str, picture: Path, subtests: pytest.Subtests
) -> None:
    if shutil.which(LANGUAGES[language][0]) is None:
        pytest.skip(f"needs {LANGUAGES[language][0]}")
    text = "it's short" if language == "python" else LONG_TEXT
    calls: dict[str, tuple[list[Any], list[str]]] = {
        "/two_in": ([text, picture], ["it's", digest(PIXELS.tobytes())]),
        "/file": ([picture], [digest(picture.read_bytes())]),
        "/file_multiple": ([[picture, picture]], [digest(picture.read_bytes())]),
        "/dropdown_multi": ([["b"]], ["b"]),
    }

    for name, (values, expected) in calls.items():
        with subtests.test(endpoint=name):
            code = app.snippets(name, values)[language]
            done = run(code, language, picture.parent)
            assert (done.returncode, done.stderr) == (0, "")
            printed = done.stdout.replace('\\"', '"').replace('\\\\"', '"')
            assert [text for text in expected if text not in printed] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_fails_without_the_file(app: Interface, language: str, picture: Path) -> None:
    if shutil.which(LANGUAGES[language][0]) is None:
        pytest.skip(f"needs {LANGUAGES[language][0]}")
    code = app.snippets("/two_in", ["Hello", picture])[language]
    picture.unlink()

    done = run(code, language, picture.parent)

    assert done.returncode not in (0, None)
    assert done.stderr
