"""The scans of a progressive JPEG (ITU-T T.81 annexes B and G)."""

from __future__ import annotations

import math
import re

from encoders.atomic import BytesLike
from encoders.limits import Limits
from encoders.source import Source

SCANS_FACTOR = 10  # pixels × scans may be this many times ``max_pixels``
# A marker that a length follows; a stuffed byte is none.
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
_TABLES = (0xC4, 0xC8, 0xCC)  # those of SOF0 to SOF15 that start no frame (section B.1)
_FRAMES = tuple(bytes([code]) for code in range(0xC0, 0xD0) if code not in _TABLES)
_SCAN, _END = b"\xda", b"\xd9"


def check_scans(source: Source, limits: Limits) -> None:
    """Check the number of scans: the decoder goes over the whole picture for each."""
    if limits.max_pixels is None:
        return
    pixels, scans = _pixels_and_scans(source.read())
    if scans * pixels > SCANS_FACTOR * limits.max_pixels:
        tenth = math.ceil(scans * pixels / SCANS_FACTOR)
        limits.check("max_pixels", tenth, "pixels, a tenth of those in all scans,")


def _pixels_and_scans(data: BytesLike) -> tuple[int, int]:
    pixels = scans = 0
    at = 2
    while (marker := _MARKER.search(data, at)) and marker[1] != _END:
        at = marker.end()
        length = int.from_bytes(data[at : at + 2], "big")
        if marker[1] in _FRAMES:
            height, width = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (3, 5))
            pixels = max(pixels, width * height)
        scans += marker[1] == _SCAN
        at += max(length, 2)
    return pixels, scans
