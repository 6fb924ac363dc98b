"""The two ways to make a call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from encoders import Interface
from encoders.predict import Response

ways = pytest.mark.parametrize("way", ["sync", "async"])


def predict(way: str, app: Interface, *values: Any, **options: Any) -> Response:
    """Make a call in one of the two ways."""
    if way == "sync":
        return app.predict(*values, **options)
    return asyncio.run(app.predict_async(*values, **options))
