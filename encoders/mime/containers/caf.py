"""Where the samples of a CAF file end (Apple Core Audio Format Specification 1.0).

The header may leave their size open. A recorder that crashed leaves it at 0, or at the four bytes
in front of the samples.
"""

from __future__ import annotations

from collections.abc import Iterator

from encoders.source import Patched, Source

_CHUNKS_START, _CHUNK_HEADER = 8, 12
_EDIT_COUNT = 4  # bytes in front of the samples that belong to their chunk
_OPEN = (1 << 64) - 1  # the samples go on to the end of the file


def stated_end(source: Source) -> int:
    """Return where the last chunk ends; one byte after the end if there are no samples."""
    end, has_samples = 0, False
    for kind, start, size in _chunks(source):
        if kind == b"data":
            has_samples = True
            if _is_open(source, start, size):
                return source.size
        elif not kind.strip(b"\0"):  # padding after the last chunk
            break
        end = start + size
    return end if has_samples else source.size + 1


def with_size(source: Source) -> Source:
    """Return a source whose header states the size of the samples that are there."""
    for kind, start, size in _chunks(source):
        if kind == b"data" and _is_open(source, start, size):
            return Patched(source, start - 8, (source.size - start).to_bytes(8, "big"))
    return source


def _is_open(source: Source, start: int, size: int) -> bool:
    """Tell whether a stated size means that the writer did not know it."""
    if size == _OPEN:
        return True
    behind = start + size
    return size <= _EDIT_COUNT and behind < source.size and not _are_chunks(source, behind)


def _are_chunks(source: Source, at: int) -> bool:
    """Tell whether chunks, and padding, are all that follows; samples never look like that."""
    end = at
    for kind, start, size in _chunks(source, at):
        if not kind.strip(b"\0"):
            return not any(source.at(start, source.size - start))
        if not all(32 <= byte < 127 for byte in kind):
            return False
        end = start + size
    return end == source.size


def _chunks(source: Source, at: int = _CHUNKS_START) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, the start and the size of each chunk, from ``at`` on."""
    while len(header := source.at(at, _CHUNK_HEADER)) == _CHUNK_HEADER:
        size = int.from_bytes(header[4:], "big")
        yield header[:4], at + _CHUNK_HEADER, size
        at += _CHUNK_HEADER + size
