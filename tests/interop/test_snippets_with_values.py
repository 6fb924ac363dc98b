"""Code with a caller's values runs beside the files, and real servers receive these.

As in `test_snippets`, ENCODERS_ALL_ERAS=1 tries all endpoints of all eras.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders import Interface
from encoders.predict import File, Raw
from encoders.predict.eras import server_version
from encoders.predict.pages.examples import example, with_names

from .servers import serve
from .test_snippets import ERAS, IS_FULL, check, digest, is_called, name_of, run

pytestmark = pytest.mark.interop

WITH_FILES = ("sketch", "video", "gallery_out", "multimodaltextbox", "dataframe", "state")
NAME = 'it\'s "quoted" $(id) ;type=x, \\ `id`.png'
LONG_TEXT = 'it\'s "long" ' * 20_000  # longer than an argument of a command may be
PIXELS = np.random.default_rng(1).integers(0, 256, (300, 500, 3), np.uint8)


@pytest.fixture(scope="module", params=ERAS)
def app(request: pytest.FixtureRequest) -> Iterator[Interface]:
    era: str = request.param
    with (
        serve(era, "all" if era == "2" else "blocks") as server,
        Interface(server.url) as interface,
    ):
        yield interface


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    Image.fromarray(PIXELS).save(path, "png")
    return path


def test_server_receives_the_files_and_values(
    app: Interface, language: str, picture: Path, subtests: pytest.Subtests
) -> None:
    if app.era.startswith("2."):
        pytest.skip("its only endpoint has no such inputs")
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


def test_code_fails_without_the_file(app: Interface, language: str, picture: Path) -> None:
    if app.era.startswith("2."):
        pytest.skip("its only endpoint has no such inputs")
    code = app.snippets("/two_in", ["Hello", picture])[language]
    picture.unlink()

    done = run(code, language, picture.parent)

    assert done.returncode not in (0, None)
    assert done.stderr


def test_server_receives_the_examples_from_files(
    app: Interface, language: str, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    called = [
        endpoint
        for endpoint in app.endpoints
        if endpoint.documented and is_called(name_of(endpoint))
        if IS_FULL or name_of(endpoint) in WITH_FILES
    ]

    assert called
    for endpoint in called:
        with subtests.test(endpoint=endpoint.name):
            folder = tmp_path / name_of(endpoint)
            folder.mkdir()
            values = [
                in_files(with_names(example(one)), folder)
                if one.component.exists_in(server_version(app.era))
                else Raw(None)
                for one in endpoint.visible_inputs
            ]
            done = run(app.snippets(endpoint.name, values)[language], language, folder)
            assert (done.returncode, done.stderr) == (0, "")
            check(endpoint, app.era[0], language, done.stdout)


def in_files(value: Any, folder: Path) -> Any:
    """Return a value with a path in place of each `File`, which is written into a folder."""
    if isinstance(value, File):
        path = folder / (value.name or "file")
        path.write_bytes(value.data)
        return path
    if isinstance(value, dict):
        return {key: in_files(item, folder) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(in_files(item, folder) for item in value)
    return value
