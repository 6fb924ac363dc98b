"""The public names, the order of imports and the cost of `import encoders`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import encoders
from tests.layers import INSIDE, LAYERS

PACKAGE = Path(encoders.__file__).parent
HEAVY = ["PIL", "numpy", "soundfile", "soxr", "av", "magic", "puremagic", "isal", "tqdm"]
HEAVY += ["pillow_heif", "httpx", "jinja2", "pandas", "pyarrow", "fsspec", "ray"]


def imported(path: Path) -> set[str]:
    """Return the modules of the package that a file imports from, such as ``predict.eras``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "encoders":
            room = str(node.module)[len("encoders.") :]
            for alias in node.names:
                name = f"{room}.{alias.name}".strip(".")
                found.add(name if is_module(name) else room)
    return found - {""}


def is_module(name: str) -> bool:
    path = PACKAGE.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def level(layers: Sequence[Sequence[str]], name: str) -> int:
    return next(i for i, layer in enumerate(layers) if name in layer)


def layered() -> Iterator[tuple[str, str]]:
    """Give each folder that has layers, "" for the whole, with each name in them."""
    for folder, layers in {"": LAYERS, **INSIDE}.items():
        yield from ((folder, name) for layer in layers for name in layer)


def test_names_are_sorted_and_all_there() -> None:
    assert encoders.__all__ == sorted(encoders.__all__)
    assert all(getattr(encoders, name) is not None for name in encoders.__all__)
    assert dir(encoders) == encoders.__all__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = encoders.nothing


@pytest.mark.parametrize(("folder", "name"), list(layered()))
def test_no_module_imports_from_a_layer_below(folder: str, name: str) -> None:
    layers = INSIDE.get(folder, LAYERS)
    own = level(layers, name)
    place = PACKAGE / folder / name
    start = f"{folder}." if folder else ""

    for path in sorted(place.rglob("*.py")) or [place.with_suffix(".py")]:
        others = {
            module[len(start) :].split(".")[0]
            for module in imported(path)
            if module.startswith(start)
        } - {name}
        assert {other for other in others if level(layers, other) >= own} == set(), path


@pytest.mark.parametrize("folder", ["", *INSIDE])
def test_every_module_has_a_layer(folder: str) -> None:
    named = sorted(name for at, name in layered() if at == folder)
    found = {path.stem for path in (PACKAGE / folder).iterdir()}
    assert named == sorted(found - {"__init__", "__pycache__", "py"})


@pytest.mark.parametrize(
    "statement", ["import encoders", "import encoders.codecs, encoders.cli.main"]
)
def test_import_loads_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
