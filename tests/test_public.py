"""The public names, the order of imports and the cost of `import encoders`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from inspect import isfunction, ismodule, signature
from pathlib import Path
from types import ModuleType

import pytest

import encoders
from tests.layers import INSIDE, LAYERS, figure, written_figure

PACKAGE = Path(encoders.__file__).parent
HEAVY = ["PIL", "numpy", "soundfile", "soxr", "av", "magic", "puremagic", "isal", "tqdm"]
HEAVY += ["asyncio", "pillow_heif", "httpx", "jinja2", "pandas", "pyarrow", "fsspec", "ray"]
HEAVY += ["starlette", "uvicorn", "markdown_it", "nh3"]


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
    """Yield each folder that has layers, "" for the package, with each name in them."""
    for folder, layers in {"": LAYERS, **INSIDE}.items():
        yield from ((folder, name) for layer in layers for name in layer)


MODULES = [
    encoders,
    *(value for value in (getattr(encoders, n) for n in encoders.__all__) if ismodule(value)),
]
named = pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.__name__))


@named
def test_a_public_module_offers_its_public_names(module: ModuleType) -> None:
    assert sorted(module.__all__) == sorted(set(module.__all__))
    assert all(getattr(module, name) is not None for name in module.__all__)
    assert dir(module) == sorted(module.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = module.nothing


@named
def test_signatures_are_short_enough_to_read(module: ModuleType) -> None:
    for function in vars(module).values():
        if isfunction(function) and function.__name__ in module.__all__:
            defaults = [each.default for each in signature(function).parameters.values()]
            assert all(len(repr(default)) < 40 for default in defaults), function


def test_the_top_has_few_names() -> None:
    assert len(encoders.__all__) <= 27


def test_the_version_is_that_of_the_package() -> None:
    assert encoders.__version__ == version("predict-encoders")


def test_payload_and_response_are_functions_after_any_import() -> None:
    import encoders.predict.payloads
    import encoders.predict.responses

    assert encoders.predict.payload is encoders.predict.payloads.payload is encoders.payload
    assert encoders.predict.response is encoders.predict.responses.response is encoders.response


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


def test_the_figure_of_the_layers_is_that_of_the_code() -> None:
    """If not, ``python -m tests.layers`` writes it anew."""
    assert written_figure() == figure()


@pytest.mark.parametrize(
    "statement",
    ["import encoders", "import encoders.predict", "import encoders.codecs, encoders.cli.main"],
)
def test_import_loads_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
