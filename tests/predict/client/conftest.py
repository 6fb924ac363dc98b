"""The servers are on this machine, and faults on the way to them are over at once."""

from __future__ import annotations

import pytest

from encoders.predict.client import steps

_USUAL_PAUSES = steps._PAUSES


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers are on this machine, whatever proxy leads to the rest of the world."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send a request again after a hundredth of the usual pauses."""
    monkeypatch.setattr(steps, "_PAUSES", tuple(pause / 100 for pause in _USUAL_PAUSES))


@pytest.fixture
def usual_pauses(monkeypatch: pytest.MonkeyPatch, short_pauses: None) -> None:
    """Send a request again after the pauses of the product."""
    monkeypatch.setattr(steps, "_PAUSES", _USUAL_PAUSES)
