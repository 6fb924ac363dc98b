"""Where the samples of an AIFF or AIFF-C file are (Apple, "Audio Interchange File Format" 1.3).

A recorder that writes into a pipe, or that crashed, leaves the sizes in the header at 0 or at about
the largest number. The samples then go on to the end of the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from encoders.source import Patched, Source

_CHUNKS_START = 12
_OPEN = 0xFFFF0000
_BEFORE_SAMPLES = 8  # bytes of a chunk SSND that are an offset and a block size


def stated_end(source: Source) -> int:
    """Return where the file ends by its own statement, or 0 where it leaves that open."""
    size = int.from_bytes(source.at(4, 4), "big")
    return 0 if size >= _OPEN else 8 + size


def with_size(source: Source) -> Source:
    """Return a source whose header states the size of the samples that are there."""
    for kind, start, size in _chunks(source, _CHUNKS_START):
        behind = start + _BEFORE_SAMPLES
        is_open = size <= _BEFORE_SAMPLES and behind < source.size
        if kind == b"SSND" and is_open and not _are_chunks(source, start + size):
            return Patched(source, start - 4, (source.size - start).to_bytes(4))
    return source


def _are_chunks(source: Source, at: int) -> bool:
    """Tell whether all from ``at`` on is chunks: no samples look like that."""
    end = at
    for kind, start, size in _chunks(source, at):
        if not all(32 <= byte < 127 for byte in kind):
            return False
        end = start + size
    return source.size in (end, end + 1)


def _chunks(source: Source, at: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, the start and the size of each chunk, from ``at`` on."""
    while len(header := source.at(at, 8)) == 8:
        size = int.from_bytes(header[4:], "big")
        yield header[:4], at + 8, size
        at += 8 + size + size % 2
