"""Boxes of ISO media files, such as MP4, QuickTime, 3GPP, AVIF and HEIC (ISO 14496-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from encoders.source import Source

_SIZE_AND_KIND = struct.Struct(">I4s").unpack_from
_MOST_BOXES = 2000  # that are looked at in search of the tracks
_TRACK_HOLDERS = (b"moov", b"trak", b"mdia")


class Box(NamedTuple):
    """A box: its kind, where it and its content start, and where it ends, in bytes."""

    kind: bytes
    start: int
    content: int
    end: int


def boxes(source: Source, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places."""
    while start < end and len(header := source.at(start, 16)) >= 8:
        kind, content, box_end = _bounds(header, start, end)
        if box_end < content:
            return
        yield Box(kind, start, content, box_end)
        start = box_end


def _bounds(header: bytes, start: int, end: int) -> tuple[bytes, int, int]:
    """Return a box's kind, and the bounds of its content (section 4.2)."""
    size, kind = _SIZE_AND_KIND(header)
    if size > 1:
        return kind, start + 8, start + size
    if size == 0:  # up to the end
        return kind, start + 8, end
    return kind, start + 16, start + int.from_bytes(header[8:16], "big")


def is_sound_alone(source: Source) -> bool:
    """Tell whether a file has sound and no video, by the handlers of its tracks (section 8.4.3)."""
    at, end, has_sound = 0, source.size, False
    for _ in range(_MOST_BOXES):
        header = source.at(at, 24) if at < end else b""
        if len(header) < 8:
            break
        kind, content, box_end = _bounds(header, at, end)
        if box_end < content:
            break
        at = box_end
        if kind == b"hdlr":
            handler = header[16:20]
            if handler == b"vide":
                return False
            has_sound = has_sound or handler == b"soun"
        elif kind in _TRACK_HOLDERS:
            at = content
            if kind == b"moov":  # nothing after it matters
                end = min(box_end, end)
    return has_sound


def stated_end(source: Source) -> int:
    """Return where the last box of the file ends, by its own statement."""
    end = 0
    for box in boxes(source, 0, source.size):
        if not box.kind.isalnum():
            break
        end = box.end
    return end
