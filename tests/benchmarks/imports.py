"""What an import adds to the start of Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.benchmarks.measure import COLUMNS, OURS, Row, compared

_GRADIO, _STANDARD, _ = COLUMNS
_NOTHING = "nothing"
_PROGRAMS = {
    _NOTHING: "",
    OURS: "import encoders",
    _GRADIO: "import gradio_client",
    _STANDARD: "import base64",
}


def rows(turns: int = 15) -> Iterator[Row]:
    taken: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    for _ in range(turns):
        for name, program in _PROGRAMS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            taken[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(found) for name, found in taken.items()}
    bare = medians.pop(_NOTHING)
    yield compared("import", {name: found - bare for name, found in medians.items()})
