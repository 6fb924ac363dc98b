"""A notebook made of the code in a document, executed by Jupyter."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

from tests.paths import FIXTURES

_CODE = re.compile(r"^```python\n(?!>>>)(.*?)\n```$", re.DOTALL | re.MULTILINE)
_SECONDS = 120


def cells_of(document: Path) -> list[str]:
    """Return the code blocks of a document in Markdown, without those of a console."""
    return _CODE.findall(document.read_text("utf-8"))


def executed(cells: list[str], folder: Path, form: Literal["notebook", "html"]) -> str:
    """Return a notebook of these cells with their outputs: its JSON, or a page.

    Its own files, such as a history, go into the folder; ``fixtures`` leads to the project's.
    """
    (folder / "fixtures").symlink_to(FIXTURES)
    path = folder / "notebook.ipynb"
    path.write_text(json.dumps(_notebook(cells)), "utf-8")
    own = {name: str(folder / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR")}
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to", form, "--stdout", str(path)],
        env={**os.environ, **own},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def _notebook(cells: list[str]) -> dict[str, object]:
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "execution_count": None,
                "outputs": [],
            }
            for number, source in enumerate(cells)
        ],
    }
