"""What the tables in ISO media files claim (ISO 14496-12), compared with the file's size.

FFmpeg makes an index of all samples when it opens a file, and believes what the tables claim.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from encoders.errors import CorruptMediaError, Remedy
from encoders.mime.containers.iso import Box, boxes
from encoders.source import Memory, Source

# FFmpeg reads the content of all of these as boxes, whatever the standard puts into them.
_HOLDERS = (
    *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"edts"),
    *(b"dinf", b"mvex", b"tref", b"udta", b"ilst", b"sinf", b"schi", b"wave"),
    b"meta",
)
_DEPTH = 12
_LARGEST_MOVIE = 1 << 24  # bytes of a compressed index, as QuickTime 3 to 6 could write it
_MOST_BOXES = 200_000
_PER_ENTRY = 1024  # samples of one size that FFmpeg takes for one entry of its index
# Entries of FFmpeg's index, 24 bytes each, that edits may make of the samples.
_MOST_EDITED = 20_000_000
_FEW_EDITS = 16
_MOST_EXTRA_TIMES = 100_000  # times beyond 16 for each sample


def check_tables(source: Source, media_type: str) -> None:
    """Refuse tables that claim more than the file can hold: FFmpeg would reserve memory for it.

    Raises:
        CorruptMediaError: a table claims too much.
    """
    tracks = list(_tracks(source, 0, source.size, iter(range(_MOST_BOXES))))
    claimed = sum(track.bytes for track in tracks)
    if claimed > source.size:
        raise CorruptMediaError(
            f"the {media_type} has {source.size:,} bytes, and claims {claimed:,} bytes of samples"
        )
    entries = sum(track.entries for track in tracks if track.each)
    if entries > source.size:
        raise CorruptMediaError(
            f"the {media_type} has {source.size:,} bytes, and claims {entries * _PER_ENTRY:,} "
            "samples in its chunks"
        )
    for track in tracks:
        if track.timed > 16 * track.samples + _MOST_EXTRA_TIMES and not track.each:
            raise CorruptMediaError(
                f"the {media_type} claims times of {track.timed:,} samples, and has "
                f"{track.samples:,}"
            )
    edited = sum(track.edits * track.samples for track in tracks if track.edits > _FEW_EDITS)
    if edited > _MOST_EDITED:
        raise CorruptMediaError(
            f"the {media_type} has too many edits: expected at most {_MOST_EDITED:,} edits × "
            f"samples, found {edited:,}",
            remedy=(Remedy("do", value="export it again without edits"),),
        )


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
        end = self.chunks + 1
        ends = [*(min(first, end) for first, _ in self.runs[1:]), end]
        runs = zip(self.runs, ends, strict=False)  # without runs there is one end
        return sum(
            max(after - first, 0) * -(-samples // _PER_ENTRY) for (first, samples), after in runs
        )


def _tracks(
    source: Source,
    start: int,
    end: int,
    budget: Iterator[int],
    depth: int = 0,
    track: _Claims | None = None,
) -> Iterator[_Claims]:
    """Yield the claims of each track, of each track's part in a fragment, and of other tables.

    Tables in ``track`` are added to it instead.
    """
    for box in boxes(source, start, min(end, source.size)):
        if next(budget, None) is None:
            raise CorruptMediaError(f"the file has more than {_MOST_BOXES:,} boxes")
        own = track
        if box.kind in _HOLDERS and depth < _DEPTH:
            if box.kind in (b"trak", b"traf"):
                own = own or _Claims()
            first = _first_box(source, box)
            yield from _tracks(source, first, box.end, budget, depth + 1, own)
        elif box.kind == b"cmov" and depth < _DEPTH:
            movie = Memory(_uncompressed(source, box), None)
            yield from _tracks(movie, 0, movie.size, budget, depth + 1, own)
        elif depth:
            own = own or _Claims()
            _read_table(source, box, own)
        if own and not track:
            yield own


def _first_box(source: Source, holder: Box) -> int:
    """Return where the boxes in a holder begin: in ``meta``, FFmpeg looks for the first one."""
    if holder.kind != b"meta":
        return holder.content
    first = source.at(holder.content, holder.end - holder.content).find(b"hdlr")
    return holder.content + first - 4 if first >= 4 else holder.end


def _read_table(source: Source, box: Box, track: _Claims) -> None:
    """Read a table. FFmpeg would also find one among the descriptions of samples (``stsd``)."""
    if box.kind in _READERS:
        _READERS[box.kind](source, box, track)
    elif box.kind == b"stsd":
        content = source.at(box.content, min(box.end, source.size) - box.content)
        if found := _ANY_TABLE.search(content):
            raise CorruptMediaError(
                f"the descriptions of its samples claim to hold a table, {found[0].decode()}"
            )


def _uncompressed(source: Source, box: Box) -> bytes:
    """Return the movie in a ``cmov`` (QuickTime File Format, "Compressed movie resources")."""
    parts = boxes(source, box.content, box.end)
    data = next((part for part in parts if part.kind == b"cmvd"), None)
    if data is None:
        return b""
    try:
        packed = source.at(data.content + 4, min(data.end, source.size) - data.content)
        movie = zlib.decompressobj().decompress(packed, _LARGEST_MOVIE + 1)
    except zlib.error:
        return b""  # FFmpeg will raise the error
    if len(movie) > _LARGEST_MOVIE:
        raise CorruptMediaError(f"its compressed index has more than {_LARGEST_MOVIE:,} bytes")
    return movie


def _numbers(source: Source, box: Box, count: int) -> tuple[int, ...]:
    """Return 32-bit numbers after the version and flags, zeros where the file ends."""
    data = source.at(box.content + 4, 4 * count)
    return struct.unpack(f">{count}I", data.ljust(4 * count, b"\0"))


def _sizes(source: Source, box: Box, track: _Claims) -> None:
    track.each, count = _numbers(source, box, 2)
    track.samples += count
    if track.each == 0:
        track.bytes += 4 * count  # of the table
    else:  # QuickTime's packed sounds state a size of 1, and up to 64 samples for each byte
        track.bytes += track.each * count // (64 if track.each == 1 else 1)


def _short_sizes(source: Source, box: Box, track: _Claims) -> None:
    width, count = _numbers(source, box, 2)
    track.samples += count
    track.bytes += count * max(width & 255, 4) // 8


def _run(source: Source, box: Box, track: _Claims) -> None:
    (count,) = _numbers(source, box, 1)
    track.samples += count
    track.bytes += count


def _chunks(source: Source, box: Box, track: _Claims) -> None:
    track.runs = [(first, samples) for first, samples, _ in _entries(source, box, ">III")]


def _places(source: Source, box: Box, track: _Claims) -> None:
    (track.chunks,) = _numbers(source, box, 1)
    track.chunks = min(track.chunks, source.size)


def _times(source: Source, box: Box, track: _Claims) -> None:
    track.timed = max(track.timed, sum(each for each, _ in _entries(source, box, ">II")))


def _edits(source: Source, box: Box, track: _Claims) -> None:
    (count,) = _numbers(source, box, 1)
    track.edits = min(count, (box.end - box.content) // 12)


def _entries(source: Source, box: Box, form: str) -> Iterator[tuple[int, ...]]:
    """Return the entries that a table states and the file has, as `struct` reads them."""
    (count,) = _numbers(source, box, 1)
    width = struct.calcsize(form)
    table = source.at(box.content + 8, min(width * count, box.end - box.content, source.size))
    return struct.iter_unpack(form, table[: len(table) // width * width])


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
