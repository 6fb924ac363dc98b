"""Boxes of ISO media files, such as MP4, QuickTime, 3GPP, AVIF and HEIC (ISO 14496-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from encoders.source import Source

_SIZE_AND_KIND = struct.Struct(">I4s").unpack_from
_LONGEST_BRANDS = 256  # bytes at the file's start in which brands are looked for
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
    while box := _box_at(source, start, end):
        yield box
        start = box.end


def _box_at(source: Source, start: int, end: int) -> Box | None:
    """Return the box at a place, if one is there (section 4.2). Size 0 means up to ``end``."""
    header = source.at(start, 16) if start < end else b""
    if len(header) < 8:
        return None
    size, kind = _SIZE_AND_KIND(header)
    content = start + 8
    if size == 1:
        size, content = int.from_bytes(header[8:], "big"), start + 16
    if size == 0:
        size = end - start
    return Box(kind, start, content, start + size) if size >= content - start else None


def brands(source: Source) -> list[bytes]:
    """Return the brands in the first box, the major brand first (section 4.3)."""
    box = next(boxes(source, 0, source.size), None)
    if box is None or box.kind != b"ftyp":
        return []
    content = source.at(box.content, min(box.end, _LONGEST_BRANDS) - box.content)
    found = [content[at : at + 4] for at in range(0, len(content), 4)]
    return found[:1] + found[2:]  # the second is the version


def is_sound_alone(source: Source) -> bool:
    """Tell whether a file has sound and no video, by the handlers of its tracks (section 8.4.3)."""
    at, end, has_sound = 0, source.size, False
    for _ in range(_MOST_BOXES):
        box = _box_at(source, at, end)
        if box is None:
            break
        kind, _, content, at = box
        if kind == b"hdlr":
            handler = source.at(content + 8, 4)
            if handler == b"vide":
                return False
            has_sound = has_sound or handler == b"soun"
        elif kind in _TRACK_HOLDERS:
            at = content
            if kind == b"moov":  # nothing after it matters
                end = min(box.end, end)
    return has_sound


def stated_end(source: Source) -> int:
    """Return where the last box of the file ends, by its own statement."""
    end = 0
    for box in boxes(source, 0, source.size):
        if not box.kind.isalnum():
            break
        end = box.end
    return end
