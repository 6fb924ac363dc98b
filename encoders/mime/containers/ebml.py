"""EBML elements (RFC 8794 sections 4 to 6), of which Matroska and WebM are made (RFC 9559)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from encoders.source import Source

SEGMENT, CLUSTER, TRACKS = 0x18538067, 0x1F43B675, 0x1654AE6B
TRACK_ENTRY, TRACK_TYPE = 0xAE, 0x83
VIDEO, AUDIO = 1, 2
_INFO, _TICK, _DURATION = 0x1549A966, 0x2AD7B1, 0x4489
_LONGEST = 1e9  # seconds; infinity and NaN are no times
_USUAL_TICK = 1_000_000  # nanoseconds
_MOST_ELEMENTS = 1000  # in front of the segment's first cluster
UNKNOWN = -1
_LONGEST_HEAD = 12  # bytes: an identifier of four and a size of eight


class Element(NamedTuple):
    """An element's identifier, where its content starts, and its size in bytes or `UNKNOWN`."""

    identifier: int
    start: int
    size: int


def element_at(source: Source, at: int) -> Element | None:
    """Return the element at a place, None where there is none."""
    head = source.at(at, _LONGEST_HEAD)
    identifier, width = _vint(head, 0, keep_marker=True)
    size, size_width = _vint(head, width)
    if not width or not size_width:
        return None
    return Element(identifier, at + width + size_width, size)


def elements(source: Source, start: int, end: int, most: int) -> Iterator[Element]:
    """Yield up to ``most`` elements that stand one behind the other.

    An element of unknown size is the last, for only its content tells where it ends.
    """
    for _ in range(most):
        element = element_at(source, start) if start < end else None
        if element is None:
            return
        yield element
        if element.size == UNKNOWN:
            return
        start = element.start + element.size


def stated_seconds(source: Source) -> float:
    """Return the time of the end of a segment, 0.0 if it does not say (RFC 9559, section 5.1.2)."""
    for segment in elements(source, 0, source.size, _MOST_ELEMENTS):
        if segment.identifier == SEGMENT:
            parts = elements(source, segment.start, source.size, _MOST_ELEMENTS)
            before = takewhile(lambda part: part.identifier != CLUSTER, parts)
            info = next((part for part in before if part.identifier == _INFO), None)
            return _duration(source, info) if info else 0.0
    return 0.0


def _duration(source: Source, info: Element) -> float:
    tick, ticks = _USUAL_TICK, 0.0
    for element in elements(source, info.start, info.start + info.size, _MOST_ELEMENTS):
        value = source.at(element.start, max(min(element.size, 8), 0))
        if element.identifier == _TICK and value:
            tick = int.from_bytes(value, "big")
        elif element.identifier == _DURATION and len(value) in (4, 8):
            (ticks,) = struct.unpack(">f" if len(value) == 4 else ">d", value)
    seconds = ticks * tick / 1e9
    return seconds if 0 < seconds < _LONGEST else 0.0


def _vint(data: bytes, at: int, *, keep_marker: bool = False) -> tuple[int, int]:
    """Return a variable-size integer and its width in bytes, which is 0 where there is none."""
    if at >= len(data) or not data[at]:
        return 0, 0
    width = 9 - data[at].bit_length()
    if at + width > len(data):
        return 0, 0
    value = int.from_bytes(data[at : at + width], "big")
    if keep_marker:
        return value, width
    value -= 1 << 7 * width
    return (UNKNOWN if value == (1 << 7 * width) - 1 else value), width
