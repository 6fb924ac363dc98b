"""The public names, the order of imports and the cost of `import encoders`."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import encoders

PACKAGE = Path(encoders.__file__).parent
HEAVY = ["PIL", "numpy", "soundfile", "soxr", "av", "magic", "puremagic", "isal", "tqdm"]
HEAVY += ["pillow_heif", "httpx", "pandas", "pyarrow", "fsspec", "ray"]
LAYERS = [
    ["visible"],
    ["errors", "versions"],
    ["limits", "media_type", "forgiving_base64", "mime_names", "png"],
    ["safe_file"],
    ["outputs"],
    ["data_url"],
    ["source"],
    ["ebml", "iff", "iso_media", "mpeg_audio", "channels"],
    ["signatures", "ogg", "flac", "caf", "aiff", "au", "samples"],
    ["wav"],
    ["mime", "whole", "pyav", "heads", "heic", "sound_codec"],
    ["sound_track"],
    ["sound_reader"],
    ["picture_bounds"],
    ["image", "audio", "file"],
    ["video"],
    ["codecs"],
    ["inspection", "picture_head", "jpeg_turn"],
    ["terminal"],
    ["predict"],
    ["batch"],
    ["cli_predict", "cli_batch"],
    ["cli"],
    ["__main__"],
]
PREDICT_LAYERS = [
    ["era", "body", "address"],
    ["wire"],
    ["components"],
    ["events"],
    ["payload", "response", "interface", "arguments"],
    ["deadline", "examples", "websocket"],
    ["exchange"],
    ["calls"],
    ["snippets"],
    ["constraints"],
    ["page"],
    ["client"],
]
BATCH_LAYERS = [
    ["row", "segment", "part_folder"],
    ["folder", "worker", "arrow"],
    ["process", "mapper"],
    ["workers"],
    ["rows", "json_lines", "parquet"],
    ["output"],
]
ROOMS = {"predict": PREDICT_LAYERS, "batch": BATCH_LAYERS}
MODULES = {path.stem for path in PACKAGE.rglob("*.py")} | {"predict", "components", "batch"}


def imports(path: Path, package: str = "encoders") -> set[str]:
    """Return the modules of ``package`` that a file imports from."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = str(node.module)
        if module == package:
            found |= {alias.name for alias in node.names if alias.name in MODULES}
        elif module.startswith(f"{package}."):
            found.add(module[len(package) + 1 :].split(".")[0])
    return found


def test_names_are_sorted_and_all_there() -> None:
    assert encoders.__all__ == sorted(encoders.__all__)
    assert all(getattr(encoders, name) is not None for name in encoders.__all__)
    assert dir(encoders) == encoders.__all__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = encoders.nothing


@pytest.mark.parametrize("module", [name for layer in LAYERS for name in layer])
def test_no_module_imports_from_its_right(module: str) -> None:
    at = next(i for i, layer in enumerate(LAYERS) if module in layer)
    left = {name for layer in LAYERS[:at] for name in layer}
    inside = sorted((PACKAGE / module).rglob("*.py"))

    for path in inside or [PACKAGE / f"{module}.py"]:
        assert imports(path) - ({module} if inside else set()) <= left, path


@pytest.mark.parametrize(
    ("room", "module"),
    [(room, name) for room, layers in ROOMS.items() for layer in layers for name in layer],
)
def test_no_module_of_a_room_imports_from_its_right(room: str, module: str) -> None:
    layers = ROOMS[room]
    at = next(i for i, layer in enumerate(layers) if module in layer)
    left = {name for layer in layers[:at] for name in layer}
    folder = PACKAGE / room
    inside = sorted((folder / module).rglob("*.py"))

    for path in inside or [folder / f"{module}.py"]:
        assert imports(path, f"encoders.{room}") - ({module} if inside else set()) <= left, path


def test_every_module_has_a_layer() -> None:
    named = {name for layer in LAYERS for name in layer}
    assert {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"} == named - ROOMS.keys()
    for room, layers in ROOMS.items():
        inside = {name for layer in layers for name in layer}
        found = {path.stem for path in (PACKAGE / room).iterdir()} - {"__init__", "__pycache__"}
        assert found == inside


@pytest.mark.parametrize("statement", ["import encoders", "import encoders.codecs, encoders.cli"])
def test_import_loads_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
