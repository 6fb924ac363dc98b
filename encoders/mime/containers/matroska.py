"""Matroska and WebM (RFC 9559), which are made of EBML elements (RFC 8794, sections 4 to 6)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from encoders.source import Source

MAGIC = b"\x1a\x45\xdf\xa3"
_SEGMENT, _CLUSTER, _TRACKS = 0x18538067, 0x1F43B675, 0x1654AE6B
_TRACK_ENTRY, _TRACK_TYPE = 0xAE, 0x83
_VIDEO = 1
_INFO, _TICK, _DURATION = 0x1549A966, 0x2AD7B1, 0x4489
_LONGEST = 1e9  # seconds; infinity and NaN are no times
_USUAL_TICK = 1_000_000  # nanoseconds
_MOST_TOP_ELEMENTS = 8
_MOST_IN_ENTRY = 100
_MOST_ELEMENTS = 1000  # of the segment, or of one element in it
_UNKNOWN = -1
_LONGEST_HEAD = 12  # bytes: an identifier of four and a size of eight


class _Element(NamedTuple):
    """An element's identifier, where its content starts, and its size in bytes or `_UNKNOWN`."""

    identifier: int
    start: int
    size: int


def is_webm(head: bytes, source: Source) -> bool:
    """Tell WebM from other Matroska by the document type in the head."""
    return b"webm" in head[:64]


def is_webm_sound(head: bytes, source: Source) -> bool:
    """Tell whether it is WebM that has sound and no pictures."""
    return is_webm(head, source) and _is_sound_alone(source)


def is_other_sound(head: bytes, source: Source) -> bool:
    """Tell whether it is Matroska and not WebM, and has sound and no pictures."""
    return not is_webm(head, source) and _is_sound_alone(source)


def _is_sound_alone(source: Source) -> bool:
    """Tell by the types of the tracks, which are in the element Tracks (RFC 9559, 5.1.4).

    A browser's recorder states no size of the segment.
    """
    tracks = _in_segment(source, _TRACKS)
    has_tracks = False
    for entry in _children(source, tracks) if tracks else ():
        if entry.identifier == _TRACK_ENTRY:
            kind = _first(_children(source, entry, _MOST_IN_ENTRY), _TRACK_TYPE)
            if kind and 0 < kind.size <= 8:
                if int.from_bytes(source.at(kind.start, kind.size), "big") == _VIDEO:
                    return False
                has_tracks = True
    return has_tracks


def stated_end(source: Source) -> int:
    """Return where the last element ends (RFC 8794, sections 4 and 5).

    A browser's recorder leaves the sizes of the segment and its clusters open: they are entered.
    """
    position = 0
    while element := _element_at(source, position):
        identifier, start, size = element
        is_open = size == _UNKNOWN
        if not is_open and start + size > source.size:
            return start + size
        entered = identifier == _SEGMENT or (identifier == _CLUSTER and is_open)
        if is_open and not entered:
            return position
        position = start if entered else start + size
    return position


def stated_seconds(source: Source) -> float:
    """Return when a segment ends by its own statement, or 0.0 (RFC 9559, section 5.1.2)."""
    info = _in_segment(source, _INFO)
    tick, ticks = _USUAL_TICK, 0.0
    for element in _children(source, info) if info else ():
        value = source.at(element.start, max(min(element.size, 8), 0))
        if element.identifier == _TICK and value:
            tick = int.from_bytes(value, "big")
        elif element.identifier == _DURATION and len(value) in (4, 8):
            (ticks,) = struct.unpack(">f" if len(value) == 4 else ">d", value)
    seconds = ticks * tick / 1e9
    return seconds if 0 < seconds < _LONGEST else 0.0


def _in_segment(source: Source, identifier: int) -> _Element | None:
    """Return the first element with an identifier in the segment, if there is one."""
    segment = _first(_elements(source, 0, source.size, _MOST_TOP_ELEMENTS), _SEGMENT)
    return _first(_children(source, segment), identifier) if segment else None


def _first(elements: Iterator[_Element], identifier: int) -> _Element | None:
    for element in elements:
        if element.identifier == identifier:
            return element
    return None


def _element_at(source: Source, at: int) -> _Element | None:
    """Return the element at a place, None where there is none."""
    head = source.at(at, _LONGEST_HEAD)
    identifier, width = _vint(head, 0, keep_marker=True)
    size, size_width = _vint(head, width)
    if not width or not size_width:
        return None
    return _Element(identifier, at + width + size_width, size)


def _elements(source: Source, start: int, end: int, most: int) -> Iterator[_Element]:
    """Yield up to ``most`` elements that follow one another.

    An element of unknown size is the last one: only its content says where it ends.
    """
    for _ in range(most):
        element = _element_at(source, start) if start < end else None
        if element is None:
            return
        yield element
        if element.size == _UNKNOWN:
            return
        start = element.start + element.size


def _children(source: Source, parent: _Element, most: int = _MOST_ELEMENTS) -> Iterator[_Element]:
    size = parent.size
    end = source.size if size == _UNKNOWN else parent.start + size
    return _elements(source, parent.start, end, most)


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
    return (_UNKNOWN if value == (1 << 7 * width) - 1 else value), width
