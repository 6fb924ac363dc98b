"""Print what this package's work costs beside its peers', as one table.

    python -m tests.benchmarks                  # all of it, in eight minutes or so
    python -m tests.benchmarks urls pictures    # these groups alone

Behind a peer's figure stands its ratio to ours. measure.py says how it is measured.
"""

from __future__ import annotations

import argparse
from importlib import import_module

from tests.benchmarks.measure import COLUMNS, OURS, Row, machine

GROUPS = {
    "urls": "time, random bytes",
    "memory": "peak memory, beside what was there before",
    "pictures": "time, 1024×1024 RGB",
    "sounds": "time, stereo sound",
    "payloads": "time, JSON",
    "pages": "time, HTML",
    "media_types": "time to tell the media type of",
    "imports": "time, beside Python's own start",
    "batch": "time, many files",
    "calls": "time, calls of a server",
}
_HEADER = ("what", OURS, *COLUMNS, "others")
_RULE = "|---|--:|--:|--:|--:|---|"
_WIDTHS = (46, 8, 18, 18, 18, 18)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Print what this package's work costs beside its peers', as one table.",
    )
    parser.add_argument("groups", nargs="*", metavar="group", help=", ".join(GROUPS))
    chosen = parser.parse_args().groups
    if unknown := set(chosen) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    print(f"{machine()}\n\n{_line(_HEADER)}\n{_RULE}", flush=True)
    for name, title in GROUPS.items():
        if name in (chosen or GROUPS):
            print(_line((f"**{title}**", *[""] * (len(_HEADER) - 1))), flush=True)
            for row in import_module(f"tests.benchmarks.{name}").rows():
                print(_line(cells(row)), flush=True)


def cells(row: Row) -> tuple[str, ...]:
    """Return a row's cells. A peer without a column stands in the last one, with its name."""
    others = [f"{name} {text}" for name, text in row.peers.items() if name not in COLUMNS]
    columns = [row.peers.get(name, "") for name in COLUMNS]
    return row.what, row.ours, *columns, ", ".join(others)


def _line(texts: tuple[str, ...]) -> str:
    padded = [text.ljust(width) for text, width in zip(texts, _WIDTHS, strict=True)]
    return f"| {' | '.join(padded)} |"


if __name__ == "__main__":
    main()
