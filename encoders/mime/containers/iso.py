"""Boxes of ISO media files (ISO 14496-12 section 4.2), such as MP4, QuickTime and 3GPP.

FFmpeg makes an index of all samples when it opens a file, and believes what the tables claim. So
their claims are compared with the file's size before.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from encoders.errors import CorruptMediaError
from encoders.source import Memory, Source

# All whose content FFmpeg reads as boxes, whatever the standard puts into them.
_HOLDERS = (
    *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"edts"),
    *(b"dinf", b"mvex", b"tref", b"udta", b"ilst", b"sinf", b"schi", b"wave"),
    b"meta",
)
_DEPTH = 12
_LONGEST_BRANDS = 256  # bytes in which brands are looked for
_MOST_LOOKED_AT = 2000  # boxes in front of and among the tracks, where a type is detected
_LARGEST_MOVIE = 1 << 24  # bytes of an index that was compressed, as QuickTime 3 to 6 could do it
_MOST_BOXES = 200_000
_PER_ENTRY = 1024  # samples of one size that FFmpeg takes for one entry of its index
# Entries of FFmpeg's index, 24 bytes each, that edits may make of the samples.
_MOST_EDITED = 20_000_000
_FEW_EDITS = 16
_SLACK = 100_000


class Box(NamedTuple):
    """A box: its kind, where it and its content start, and where it ends, in bytes."""

    kind: bytes
    start: int
    content: int
    end: int


def boxes(source: Source, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places. A box of size 0 reaches to the end."""
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


def is_sound_alone(source: Source) -> bool:
    """Tell whether a file has sound and no pictures, by its tracks' handlers (section 8.4.3)."""
    handlers = set(_handlers(source, 0, source.size, 0, iter(range(_MOST_LOOKED_AT))))
    return b"soun" in handlers and b"vide" not in handlers


def _handlers(
    source: Source, start: int, end: int, depth: int, budget: Iterator[int]
) -> Iterator[bytes]:
    for box in boxes(source, start, end):
        if next(budget, None) is None:
            return
        if box.kind == b"hdlr":
            yield source.at(box.content + 8, 4)
        elif box.kind in (b"moov", b"trak", b"mdia") and depth < 3:
            yield from _handlers(source, box.content, min(box.end, end), depth + 1, budget)
            if box.kind == b"moov":
                return


def brands(source: Source) -> list[bytes]:
    """Return the brands of the first box, the major brand first (section 4.3)."""
    box = next(boxes(source, 0, source.size), None)
    if box is None or box.kind != b"ftyp":
        return []
    content = source.at(box.content, min(box.end, _LONGEST_BRANDS) - box.content)
    found = [content[at : at + 4] for at in range(0, len(content), 4)]
    return found[:1] + found[2:]  # without the version


def stated_end(source: Source) -> int:
    """Return where the last box of the file ends, by its own statement."""
    end = 0
    for box in boxes(source, 0, source.size):
        if not box.kind.isalnum():
            break
        end = box.end
    return end


@dataclass(slots=True)
class _Claims:
    """What a track's tables claim.

    Attributes:
        samples: in the table of sizes, or in fragments.
        bytes: that those samples take at least.
        entries: of FFmpeg's index, where all samples have one size.
        timed: samples in the tables of times.
        edits: in the edit list.
        runs: of chunks: the first chunk and how many samples each has.
        chunks: how many chunks there are.
        each: the size of all samples, 0 where they differ.
    """

    samples: int = 0
    bytes: int = 0
    timed: int = 0
    edits: int = 0
    chunks: int = 0
    each: int = 0
    runs: list[tuple[int, int]] = field(default_factory=list)

    @property
    def entries(self) -> int:
        total = 0
        for index, (first, samples) in enumerate(self.runs):
            after = self.runs[index + 1][0] if index + 1 < len(self.runs) else self.chunks + 1
            total += max(min(after, self.chunks + 1) - first, 0) * -(-samples // _PER_ENTRY)
        return total


def check_tables(source: Source, media_type: str) -> None:
    """Refuse tables that claim more than the file can hold, for FFmpeg would reserve memory for it.

    Raises:
        CorruptMediaError: a table claims too much.
    """
    budget = iter(range(_MOST_BOXES))
    tracks = list(_tracks(source, 0, source.size, 0, budget))
    held = sum(track.bytes for track in tracks)
    if held > source.size:
        raise CorruptMediaError(
            f"the {media_type} has {source.size:,} bytes, and claims {held:,} bytes of samples"
        )
    entries = sum(track.entries for track in tracks if track.each)
    if entries > source.size:
        raise CorruptMediaError(
            f"the {media_type} has {source.size:,} bytes, and claims {entries * _PER_ENTRY:,} "
            "samples in its chunks"
        )
    for track in tracks:
        if track.timed > 16 * track.samples + _SLACK and not track.each:
            raise CorruptMediaError(
                f"the {media_type} claims times of {track.timed:,} samples, and has "
                f"{track.samples:,}"
            )
    edited = sum(track.edits * track.samples for track in tracks if track.edits > _FEW_EDITS)
    if edited > _MOST_EDITED:
        raise CorruptMediaError(
            f"the {media_type} has more edits than can be followed: expected at most "
            f"{_MOST_EDITED:,} edits × samples, found {edited:,}; export it anew without edits"
        )


def _tracks(
    source: Source, start: int, end: int, depth: int, budget: Iterator[int]
) -> Iterator[_Claims]:
    """Yield the claims of each track, and of each track's part in a fragment."""
    for box in boxes(source, start, min(end, source.size)):
        if next(budget, None) is None:
            raise CorruptMediaError(f"the file has more than {_MOST_BOXES:,} boxes")
        if box.kind in (b"trak", b"traf"):
            track = _Claims()
            _gather(source, box.content, box.end, depth + 1, budget, track)
            yield track
        elif box.kind in _HOLDERS and depth < _DEPTH:
            yield from _tracks(source, _first_box(source, box), box.end, depth + 1, budget)
        elif box.kind == b"cmov" and depth < _DEPTH:
            movie = Memory(_uncompressed(source, box), None)
            yield from _tracks(movie, 0, movie.size, depth + 1, budget)
        elif depth and (box.kind in _READERS or box.kind == b"stsd"):  # in a holder of another kind
            track = _Claims()
            _read_table(source, box, track)
            yield track


def _gather(
    source: Source, start: int, end: int, depth: int, budget: Iterator[int], track: _Claims
) -> None:
    for box in boxes(source, start, min(end, source.size)):
        if next(budget, None) is None:
            raise CorruptMediaError(f"the file has more than {_MOST_BOXES:,} boxes")
        if box.kind in _HOLDERS and depth < _DEPTH:
            _gather(source, _first_box(source, box), box.end, depth + 1, budget, track)
        else:
            _read_table(source, box, track)


def _first_box(source: Source, holder: Box) -> int:
    """Return where the boxes in a holder begin: in ``meta``, FFmpeg looks for the first one."""
    if holder.kind != b"meta":
        return holder.content
    first = source.at(holder.content, holder.end - holder.content).find(b"hdlr")
    return holder.content + first - 4 if first >= 4 else holder.end


def _read_table(source: Source, box: Box, track: _Claims) -> None:
    """Read a table; FFmpeg would find one among the descriptions of samples, where none belongs."""
    if box.kind in _READERS:
        _READERS[box.kind](source, box, track)
    elif box.kind == b"stsd":
        held = source.at(box.content, min(box.end, source.size) - box.content)
        if found := _ANY_TABLE.search(held):
            raise CorruptMediaError(
                f"the descriptions of its samples claim to hold a table, {found[0].decode()}"
            )


def _uncompressed(source: Source, box: Box) -> bytes:
    """Return the movie in a ``cmov`` (QuickTime File Format, "Compressed movie resources")."""
    data = next(
        (each for each in boxes(source, box.content, box.end) if each.kind == b"cmvd"), None
    )
    if data is None:
        return b""
    try:
        packed = source.at(data.content + 4, min(data.end, source.size) - data.content)
        movie = zlib.decompressobj().decompress(packed, _LARGEST_MOVIE + 1)
    except zlib.error:
        return b""  # FFmpeg will say so.
    if len(movie) > _LARGEST_MOVIE:
        raise CorruptMediaError(f"its compressed index has more than {_LARGEST_MOVIE:,} bytes")
    return movie


def _numbers(source: Source, box: Box, skip: int, count: int) -> tuple[int, ...]:
    """Return 32-bit numbers behind the version and flags, zeros where the file ends."""
    data = source.at(box.content + 4 + skip, 4 * count)
    return struct.unpack(f">{count}I", data.ljust(4 * count, b"\0"))


def _sizes(source: Source, box: Box, track: _Claims) -> None:
    track.each, count = _numbers(source, box, 0, 2)
    track.samples += count
    if track.each == 0:
        track.bytes += 4 * count  # of the table
    else:  # QuickTime's packed sounds state a size of 1, and up to 64 samples for each byte
        track.bytes += track.each * count // (64 if track.each == 1 else 1)


def _short_sizes(source: Source, box: Box, track: _Claims) -> None:
    width, count = _numbers(source, box, 0, 2)
    track.samples += count
    track.bytes += count * max(width & 255, 4) // 8


def _run(source: Source, box: Box, track: _Claims) -> None:
    (count,) = _numbers(source, box, 0, 1)
    track.samples += count
    track.bytes += count


def _chunks(source: Source, box: Box, track: _Claims) -> None:
    (count,) = _numbers(source, box, 0, 1)
    table = source.at(box.content + 8, min(12 * count, box.end - box.content, source.size))
    track.runs = [
        (first, samples) for first, samples, _ in struct.iter_unpack(">III", _whole(table, 12))
    ]


def _places(source: Source, box: Box, track: _Claims) -> None:
    (track.chunks,) = _numbers(source, box, 0, 1)
    track.chunks = min(track.chunks, source.size)


def _times(source: Source, box: Box, track: _Claims) -> None:
    (count,) = _numbers(source, box, 0, 1)
    table = source.at(box.content + 8, min(8 * count, box.end - box.content, source.size))
    timed = sum(each for each, _ in struct.iter_unpack(">II", _whole(table, 8)))
    track.timed = max(track.timed, timed)


def _edits(source: Source, box: Box, track: _Claims) -> None:
    (count,) = _numbers(source, box, 0, 1)
    track.edits = min(count, (box.end - box.content) // 12)


def _whole(table: bytes, width: int) -> bytes:
    return table[: len(table) // width * width]


_READERS = {
    b"stsz": _sizes,
    b"stz2": _short_sizes,
    b"trun": _run,
    b"stsc": _chunks,
    b"stco": _places,
    b"co64": _places,
    b"stts": _times,
    b"ctts": _times,
    b"elst": _edits,
}
_ANY_TABLE = re.compile(b"|".join(_READERS))
