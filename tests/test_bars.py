"""The shape of the package: small files, small folders, and each fact in one place."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
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


@cache
def strings(path: Path) -> list[tuple[str, str]]:
    """Return the strings in a file, without docstrings, and their roles: key, compared or plain."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    roles = {id(string): role for node in nodes for string, role in roles_in(node)}
    return [
        (node.value, roles.get(id(node), "plain"))
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def roles_in(node: ast.AST) -> Iterator[tuple[ast.AST | None, str]]:
    """Yield keys, as in ``{key: …}``, ``x[key]``, ``x.get(key)``, ``key in x``, and comparisons."""
    match node:
        case ast.Dict():
            yield from ((key, "key") for key in node.keys)
        case ast.Subscript():
            yield from ((each, "key") for each in ast.walk(node.slice))
        case ast.Call(func=ast.Attribute(attr="get" | "pop" | "within")):
            yield from ((each, "key") for each in node.args[:1])
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            yield node.left, "key"
            yield from ((each, "compared") for each in ast.walk(node.comparators[0]))
        case ast.Compare():
            yield from ((each, "compared") for each in (node.left, *node.comparators))


def places(names: set[str], *roles: str, under: tuple[str, ...] = ("",)) -> dict[str, set[str]]:
    """Return the files in which each of the names is a string in one of the roles."""
    found = defaultdict(set)
    for path in FILES:
        if inside(path).startswith(under):
            for text, role in strings(path):
                if text in names and role in roles:
                    found[text].add(inside(path))
    return found


def in_more_files(found: dict[str, set[str]], most: int) -> dict[str, set[str]]:
    return {name: files for name, files in found.items() if len(files) > most}


def test_each_component_is_named_in_one_file() -> None:
    """Names that are also codecs, or words in JSON or JSON Schema, may appear if not compared."""
    ambiguous = {*CODECS, *KINDS, "label", "number"}
    rooms = ("predict/", "cli/")  # no other may know components

    names = {*COMPONENTS} - ambiguous
    assert in_more_files(places(names, "plain", "compared", under=rooms), 1) == {}
    assert in_more_files(places({*COMPONENTS} & ambiguous, "compared", under=rooms[:1]), 1) == {}


def test_each_media_type_is_named_in_two_files_at_most() -> None:
    names = {name for row in ROWS for name in (row.essence, *row.aliases)}

    assert in_more_files(places(names, "key", "plain", "compared"), 2) == {}
