"""Where the samples of an AIFF or AIFF-C file are (Apple, "Audio Interchange File Format" 1.3).

A recorder that writes into a pipe, or that crashed, leaves the sizes in the header at 0 or at about
the largest number. The samples then go on to the end of the file.
"""

from __future__ import annotations

from encoders.mime.containers import iff
from encoders.source import Patched, Source

_OPEN = 0xFFFF0000
_BEFORE_SAMPLES = 8  # bytes of a chunk SSND that are an offset and a block size


def stated_end(source: Source) -> int:
    """Return where the file ends by its own statement, or 0 where it leaves that open."""
    size = int.from_bytes(source.at(4, 4), "big")
    return 0 if size >= _OPEN else 8 + size


def with_size(source: Source) -> Source:
    """Return a source whose header states the size of the samples that are there."""
    for kind, start, size in iff.chunks(source):
        behind = start + _BEFORE_SAMPLES
        is_open = size <= _BEFORE_SAMPLES and behind < source.size
        if kind == b"SSND" and is_open and not iff.are_chunks(source, start + size):
            return Patched(source, start - 4, (source.size - start).to_bytes(4))
    return source
