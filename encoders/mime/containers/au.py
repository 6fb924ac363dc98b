"""Where the samples of an AU file are (audio(5) of SunOS: 24 bytes of header or more)."""

from __future__ import annotations

from typing import Literal

from encoders.source import Patched, Source

_OPEN = 0xFFFFFFFF  # the samples go on to the end of the file
_SIZE_AT = 8


def stated_end(source: Source) -> int:
    """Return where the samples end by the header, or 0 where it leaves their size open."""
    start, size = _number(source, 4), _number(source, _SIZE_AT)
    return 0 if size == _OPEN else start + size


def with_size(source: Source) -> Source:
    """Return a source whose header leaves the size open, where a recorder has left it at 0."""
    if _number(source, _SIZE_AT) == 0 and source.size > _number(source, 4):
        return Patched(source, _SIZE_AT, _OPEN.to_bytes(4))
    return source


def _number(source: Source, at: int) -> int:
    order: Literal["big", "little"] = "little" if source.at(0, 4) == b"dns." else "big"
    return int.from_bytes(source.at(at, 4), order)
