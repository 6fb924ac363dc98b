"""Fuzz one target in this process. libFuzzer's own arguments follow the target's name."""

from __future__ import annotations

import sys


def main() -> None:
    import atheris

    target = sys.argv.pop(1)
    with atheris.instrument_imports(include=["encoders", "PIL", "zipfile"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup(sys.argv, TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
