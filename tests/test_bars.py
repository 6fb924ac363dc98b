"""The shape of the package: small files, small folders, and each fact in one place."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import encoders
from encoders.codecs import CODECS
from encoders.mime.media_type import KINDS
from encoders.mime.table import ROWS
from encoders.predict.components import COMPONENTS

PACKAGE = Path(encoders.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted({PACKAGE, *(path.parent for path in FILES)})
LONGEST_FILE, MOST_FILES, MOST_AT_THE_TOP = 400, 12, 18  # lines, files, files and folders


def inside(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=inside)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("folder", FOLDERS, ids=inside)
def test_no_folder_has_many_files(folder: Path) -> None:
    assert len([path for path in folder.iterdir() if path.is_file()]) <= MOST_FILES


def test_the_top_is_small() -> None:
    assert len([path for path in PACKAGE.iterdir() if path.name != "__pycache__"]) <= (
        MOST_AT_THE_TOP
    )


def strings(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the strings in a file, without docstrings, and whether each is a key of JSON."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    keys = {id(key) for node in nodes for key in json_keys(node)}
    for node in nodes:
        value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and id(node) not in docstrings:
            yield value, id(node) in keys


def json_keys(node: ast.AST) -> Iterator[ast.AST | None]:
    """Yield what is a key in ``{key: …}``, ``x[key]``, ``x.get(key)`` or ``key in x``."""
    match node:
        case ast.Dict():
            yield from node.keys
        case ast.Subscript():
            yield from ast.walk(node.slice)
        case ast.Call(func=ast.Attribute(attr="get" | "pop")):
            yield from node.args[:1]
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            yield node.left


def places(names: set[str], *, keys: bool) -> dict[str, set[str]]:
    """Return the files in which each of the names is a string, with or without keys of JSON."""
    found = defaultdict(set)
    for path in FILES:
        for text, is_key in strings(path):
            if text in names and (keys or not is_key):
                found[text].add(inside(path))
    return found


def test_each_component_is_named_in_one_file() -> None:
    """Codecs and kinds of media types bear some of their names, so outside these do not count."""
    shared = {*CODECS, *KINDS}
    found = places({*COMPONENTS}, keys=False)
    for name, files in found.items():
        if name in shared:
            files -= {file for file in files if not file.startswith("predict/")}

    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_each_media_type_is_named_in_two_files_at_most() -> None:
    found = places({name for row in ROWS for name in (row.essence, *row.aliases)}, keys=True)

    assert {name: files for name, files in found.items() if len(files) > 2} == {}
