"""Each component is one row in one file, and no two rows claim the same name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from encoders.codecs import CODECS
from encoders.mime.media_type import KINDS
from encoders.predict.components import COMPONENTS
from tests.paths import ROOT

PACKAGE = ROOT / "encoders"
# Names that also mean something else in the code.
OTHER_MEANINGS = {
    *(*CODECS, *KINDS),
    *("html", "json"),  # formats of text, by which `mime` recognises it
    *("code", "label"),  # keys of what a page shows, and of an answer's JSON
    "files",  # a field of forms and of messages
    *("gallery", "markdown", "plot"),  # ways in which outputs are shown
    "state",  # of a call
    *("list", "number"),  # words for Python values, and a type of a table's cells
}


def strings(path: Path) -> set[str]:
    """Return the strings in a file's code, without docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in statements
    }


def test_a_component_is_named_in_its_familys_file_only() -> None:
    names = {name for known, row in COMPONENTS.items() for name in (known, *row.aliases)}
    files = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        for name in strings(path) & names - OTHER_MEANINGS:
            files[name].add(path.relative_to(PACKAGE).as_posix())

    assert files.keys() == names - OTHER_MEANINGS
    assert {name: found for name, found in files.items() if len(found) > 1} == {}


def test_a_name_belongs_to_one_component() -> None:
    aliases = [alias for row in COMPONENTS.values() for alias in row.aliases]

    assert len({*COMPONENTS, *aliases}) == len(COMPONENTS) + len(aliases)


@pytest.mark.parametrize("codec", CODECS)
def test_a_codec_has_a_component_of_its_name(codec: str) -> None:
    assert codec in COMPONENTS
