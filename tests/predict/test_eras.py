"""What differs between versions is one row of `eras`, and only `eras` compares versions."""

from __future__ import annotations

import ast
import asyncio
import itertools
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import encoders
from encoders import Interface
from encoders.predict import eras
from encoders.predict.configuration import describe
from tests.cli.test_cli import run
from tests.predict.http_server import config, gradio, http_server

PACKAGE = Path(encoders.__file__).parent
MODULES = [*(PACKAGE / "predict").rglob("*.py"), *(PACKAGE / "cli").rglob("*.py")]
# Names whose values are versions.
VERSIONS = re.compile(r"(^|[._])(version|era|since|until|major)([\[(].*)?$", re.IGNORECASE)
NEWEST = eras.ERAS[-1]
NEXT = str(int(NEWEST) + 1)
NEWER_CONFIG = {**config("6", ["textbox"], ["textbox"]), "version": f"{NEXT}.0"}
NEWER = (
    f"the server has Gradio {NEXT}.0, which is newer than {NEWEST}: "
    f"it is called as if it were {NEWEST}"
)


def compared_versions(path: Path) -> Iterator[str]:
    """Yield the comparisons of a module in which a version stands, or a tuple of numbers."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Compare):
            continue
        if all(isinstance(way, ast.Is | ast.IsNot | ast.In | ast.NotIn) for way in node.ops):
            continue
        for part in (node.left, *node.comparators):
            numbers = part.elts if isinstance(part, ast.Tuple) else ()
            is_tuple = bool(numbers) and all(
                isinstance(number, ast.Constant) and isinstance(number.value, int)
                for number in numbers
            )
            if is_tuple or VERSIONS.search(ast.unparse(part)):
                yield ast.unparse(node)


def test_only_one_module_compares_versions() -> None:
    found = {path: list(compared_versions(path)) for path in MODULES}

    assert [path.name for path, comparisons in found.items() if comparisons] == ["eras.py"]


def test_rows_are_in_order_and_each_changes_something() -> None:
    rows = eras.ROWS

    assert [row.since for row in rows] == sorted({row.since for row in rows})
    for before, after in itertools.pairwise(rows):
        assert any(
            getattr(before, column) != getattr(after, column)
            for column in eras.Era.__dataclass_fields__
            if column != "since"
        )


@pytest.mark.parametrize("row", eras.ROWS, ids=lambda row: eras.version_text(row.since))
def test_row_applies_from_its_version_on(row: eras.Era) -> None:
    assert eras.era_of(row.since) is row
    assert eras.era_of((*row.since, 1)) is row
    if row is not eras.OLDEST:
        assert eras.era_of((*row.since[:-1], row.since[-1] - 1, 10**6)) is not row


@pytest.mark.parametrize("era", [NEXT, "99", f"{NEXT}.0.1", "100.1"])
def test_an_era_that_does_not_exist_yet_is_refused(era: str) -> None:
    for ask in (
        lambda: encoders.payload("hi", era=era),
        lambda: Interface("http://127.0.0.1:1", era=era),
        lambda: Interface(config("6", ["textbox"], ["textbox"]), era=era),
    ):
        with pytest.raises(ValueError, match=f"is none of {', '.join(eras.ERAS)}"):
            ask()


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_server_that_is_newer_is_called_as_the_newest_with_one_warning(way: str) -> None:
    with (
        http_server(gradio("6", version=f"{NEXT}.0")) as server,
        Interface(server.url) as app,
        pytest.warns(eras.NewerServerWarning) as caught,
    ):
        for text in ("a", "b"):
            answer = app.predict(text) if way == "sync" else asyncio.run(app.predict_async(text))
            assert answer.data[0] == text
        assert app.era == f"{NEXT}.0"

    assert [str(warning.message) for warning in caught] == [NEWER]


def test_a_known_configuration_of_a_newer_server_warns_once() -> None:
    with pytest.warns(eras.NewerServerWarning) as caught:
        app = Interface(NEWER_CONFIG)
    assert len(caught) == 1
    assert app.endpoint().name == "/predict"
    assert describe(NEWER_CONFIG).version == f"{NEXT}.0"


def test_requested_era_gives_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Interface(NEWER_CONFIG, era="6")


def test_the_shell_warns_in_one_line() -> None:
    with http_server(gradio("6", version=f"{NEXT}.0")) as server:
        done = run("predict", server.url, "hi")

    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == [f"encoders: {NEWER}"]
