"""A short run of the fuzzer of answers and configurations, and proof that it finds things."""

from __future__ import annotations

import pytest

from tests.fuzz import structure_answers
from tests.fuzz.structure_answers import answers, configurations, findings, nodes

SHORT = 2500


def test_a_short_run_finds_nothing() -> None:
    assert list(findings(0, SHORT, 1)) == []


def test_every_component_and_era_is_taken() -> None:
    assert len(answers()) > 150
    assert len(configurations()) == 5
    for _, answer in answers():
        assert list(nodes(answer))


def test_a_fault_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("label")

    monkeypatch.setattr(structure_answers, "read", broken)
    assert next(findings(0, 5, 1)) == "call 0: KeyError: 'label'"
