"""Where the samples of a CAF file end (Apple Core Audio Format Specification 1.0)."""

from __future__ import annotations

from collections.abc import Iterator

from encoders.source import Patched, Source

_CHUNKS_START, _CHUNK_HEADER = 8, 12
_OPEN = (1 << 64) - 1  # the samples go on to the end of the file


def stated_end(source: Source) -> int:
    """Return where the last chunk ends; one byte behind the end where there are no samples."""
    end, has_samples = 0, False
    for kind, start, size in _chunks(source):
        if kind == b"data":
            has_samples = True
            if size == _OPEN:
                return source.size
        elif not kind.strip(b"\0"):  # padding behind the last chunk
            break
        end = start + size
    return end if has_samples else source.size + 1


def with_size(source: Source) -> Source:
    """Return a source whose header states the size of the samples that are there."""
    for kind, start, size in _chunks(source):
        if kind == b"data" and size == _OPEN:
            return Patched(source, start - 8, (source.size - start).to_bytes(8, "big"))
    return source


def _chunks(source: Source) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, the start and the size of each chunk."""
    at = _CHUNKS_START
    while len(header := source.at(at, _CHUNK_HEADER)) == _CHUNK_HEADER:
        size = int.from_bytes(header[4:], "big")
        yield header[:4], at + _CHUNK_HEADER, size
        at += _CHUNK_HEADER + size
