"""Features of the installed Pillow; the tests also run with the oldest supported version."""

from __future__ import annotations

import pytest
from PIL import Image

Image.init()
HAS_AVIF = "AVIF" in Image.SAVE
needs_avif = pytest.mark.skipif(not HAS_AVIF, reason="Pillow before 11.3 has no AVIF")
AVIF = pytest.param("avif", marks=needs_avif)


def known(*formats: str) -> list[str]:
    """Return the formats that Pillow has, of those that are named."""
    return [format for format in formats if format.upper() in Image.SAVE]
