"""Every seed of the fuzzer, and every former finding, keeps the promises of the targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

SEEDS = Path(__file__).parent / "seeds"


@pytest.mark.parametrize("target", TARGETS)
def test_every_seed_keeps_the_promises(target: str) -> None:
    seeds = sorted((SEEDS / target).iterdir())
    assert seeds
    for seed in seeds:
        try:
            TARGETS[target](seed.read_bytes())
        except Exception as error:
            error.add_note(f"the seed is {seed}")
            raise
