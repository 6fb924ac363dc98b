"""The layers of the package: each module imports only from those above its own.

A folder without layers of its own in `INSIDE` may import among its modules as it likes. This writes
the figure of the layers into docs/architecture.md::

    python -m tests.layers
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT

Layers = tuple[tuple[str, ...], ...]

LAYERS: Layers = (
    ("errors",),
    ("limits",),
    ("atomic",),
    ("data_url",),
    ("source",),
    ("mime",),
    ("image", "audio", "file"),
    ("video",),
    ("codecs",),
    ("predict", "batch"),
    ("view",),
    ("cli",),
    ("__main__",),
)
INSIDE: dict[str, Layers] = {
    "atomic": (("names", "targets"), ("new_files", "nameless")),
    "data_url": (("media_type", "forgiving_base64", "notebook"), ("value",), ("parsing",)),
    "predict": (
        ("eras", "body", "address"),
        ("values",),
        ("wire", "samples"),
        ("components",),
        ("events", "saving"),
        ("payloads", "responses", "endpoints"),
        ("configuration", "plans"),
        ("pages",),
        ("client",),
    ),
}

DOCUMENT = ROOT / "docs" / "architecture.md"
_PACKAGE = ROOT / "encoders"
_FIGURE = re.compile(r"(?<=<!-- layers -->\n```\n).*?(?=```\n)", re.DOTALL)


def figure() -> str:
    """Return the layers as text, each module with the first sentence of its docstring."""
    return "".join(f"{line}\n" for line in _lines(LAYERS, _PACKAGE, ""))


def written_figure() -> str:
    """Return the figure that the document has."""
    found = _FIGURE.search(DOCUMENT.read_text("utf-8"))
    return found[0] if found else ""


def _lines(layers: Layers, folder: Path, indent: str) -> Iterator[str]:
    for number, layer in enumerate(layers, 1):
        for name in layer:
            start = f"{number:2}  " if name == layer[0] else "    "
            yield f"{indent}{start}{name:<{24 - len(indent)}}{_summary(folder / name)}".rstrip()
            if name in INSIDE and not indent:
                yield from _lines(INSIDE[name], folder / name, "      ")


def _summary(module: Path) -> str:
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) if path.is_file() else None
    return re.split(r"[:;.] |\n|\.$", docstring or "")[0].rstrip(".")


if __name__ == "__main__":
    text = DOCUMENT.read_text("utf-8")
    DOCUMENT.write_text(_FIGURE.sub(lambda _: figure(), text), "utf-8")
