"""Chunks of files in the shape of IFF (Electronic Arts, "EA IFF 85"), such as WAV and AIFF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from encoders.source import Source

_CHUNKS_START = 12
_BIG_ENDIAN = (b"FORM", b"RIFX")


def byte_order(source: Source) -> Literal["big", "little"]:
    """Return the order of the bytes in the file's numbers."""
    return "big" if source.at(0, 4) in _BIG_ENDIAN else "little"


def chunks(source: Source, at: int = _CHUNKS_START) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, the start and the size of each chunk, from ``at`` on."""
    order = byte_order(source)
    while len(header := source.at(at, 8)) == 8:
        size = int.from_bytes(header[4:], order)
        yield header[:4], at + 8, size
        at += 8 + size + size % 2


def are_chunks(source: Source, at: int) -> bool:
    """Tell whether all from ``at`` on is chunks: no samples look like that."""
    end = at
    for kind, start, size in chunks(source, at):
        if not all(32 <= byte < 127 for byte in kind):
            return False
        end = start + size
    return source.size in (end, end + 1)
