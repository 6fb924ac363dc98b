"""Fuzz one target in this process, with libFuzzer's own arguments behind its name."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["encoders", "PIL", "zipfile"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    target = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
