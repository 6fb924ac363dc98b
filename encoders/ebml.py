"""EBML elements (RFC 8794 sections 4 to 6), of which Matroska and WebM are made (RFC 9559)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from encoders.source import Source

SEGMENT, CLUSTER, TRACKS = 0x18538067, 0x1F43B675, 0x1654AE6B
TRACK_ENTRY, TRACK_TYPE = 0xAE, 0x83
VIDEO, AUDIO = 1, 2
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
