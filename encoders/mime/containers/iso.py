"""Boxes of ISO media files, such as MP4, QuickTime, 3GPP, AVIF and HEIC (ISO 14496-12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from encoders.source import Source

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
    """Yield the boxes between two places (section 4.2). A box of size 0 reaches to the end."""
    while start < end and len(header := source.at(start, 16)) >= 8:
        size, content = int.from_bytes(header[:4], "big"), start + 8
        if size == 1:
            size, content = int.from_bytes(header[8:16], "big"), start + 16
        if size == 0:
            size = end - start
        if size < content - start:
            return
        yield Box(header[4:8], start, content, start + size)
        start += size


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
    has_sound = False
    for handler in _handlers(source, 0, source.size, 0, iter(range(_MOST_BOXES))):
        if handler == b"vide":
            return False
        has_sound = has_sound or handler == b"soun"
    return has_sound


def _handlers(
    source: Source, start: int, end: int, depth: int, budget: Iterator[int]
) -> Iterator[bytes]:
    for box in boxes(source, start, end):
        if next(budget, None) is None:
            return
        if box.kind == b"hdlr":
            yield source.at(box.content + 8, 4)
        elif box.kind in _TRACK_HOLDERS and depth < len(_TRACK_HOLDERS):
            yield from _handlers(source, box.content, min(box.end, end), depth + 1, budget)
            if box.kind == b"moov":
                return


def stated_end(source: Source) -> int:
    """Return where the last box of the file ends, by its own statement."""
    end = 0
    for box in boxes(source, 0, source.size):
        if not box.kind.isalnum():
            break
        end = box.end
    return end
