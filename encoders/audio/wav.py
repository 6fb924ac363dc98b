"""Where the samples of a WAV file are, whatever its header says of their size.

A recorder that writes into a pipe, or that crashed, leaves the sizes in the header at 0 or at about
the largest number. The samples then go on to the end of the file. RF64 states sizes beyond 4 GiB in
a chunk of its own (EBU Tech 3306).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from encoders.audio.collector import check_length
from encoders.limits import Limits
from encoders.mime.containers import iff
from encoders.source import Memory, Patched, Source

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from encoders.atomic import BytesLike

_OPEN, _OPEN_LONG = 0x7FFF0000, 1 << 63
_W64_CHUNKS_START, _W64_HEADER, _W64_OPEN = 40, 24, (1 << 63) - 1
_PCM, _EXTENSIBLE = 1, b"\xfe\xff"


@dataclass(frozen=True, slots=True)
class Wav:
    """What is used of the chunks of a WAV file.

    Attributes:
        form: the body of the chunk ``fmt ``, of which 40 bytes at most.
        start: where the samples begin.
        size: how many bytes of samples the header states, or that are there if it states none.
        open_field: where the size stands that the header leaves open, and how long that field is.
    """

    form: bytes
    start: int
    size: int
    open_field: tuple[int, int] | None


def read(source: Source) -> Wav | None:
    """Return what the chunks tell, or None where there are no samples."""
    form, long_field, long_size = b"", None, 0
    for kind, start, size in iff.chunks(source):
        if kind == b"fmt ":
            form = source.at(start, min(size, 40))
        elif kind == b"ds64":
            long_field, long_size = start + 8, int.from_bytes(source.at(start + 8, 8), "little")
        elif kind == b"data":
            field, least_open = (start - 4, 4), _OPEN
            if long_field and size >= _OPEN:
                size, field, least_open = long_size, (long_field, 8), _OPEN_LONG
            if _is_open(source, start, size, least_open):
                return Wav(form, start, source.size - start, field)
            return Wav(form, start, size, None)
    return None


def with_size(source: Source) -> Source:
    """Return a source whose header states the size of the samples that are there."""
    wav = read(source)
    if wav is None or wav.open_field is None:
        return source
    at, width = wav.open_field
    size = wav.size if width == 8 else min(wav.size, 2**32 - 1)
    return Patched(source, at, size.to_bytes(width, iff.byte_order(source)))


def with_size_64(source: Source) -> Source:
    """Return what `with_size` does, for a file of Sony's Wave64."""
    at = _W64_CHUNKS_START
    while len(header := source.at(at, _W64_HEADER)) == _W64_HEADER:
        size = int.from_bytes(header[16:], "little")
        if header[:4] == b"data" and (size <= _W64_HEADER or size >= _W64_OPEN):
            return Patched(source, at + 16, (source.size - at).to_bytes(8, "little"))
        at += max(size + -size % 8, _W64_HEADER)
    return source


def is_extensible_64(source: Source) -> bool:
    """Tell whether a Wave64 names its codec by a GUID, which libsndfile takes for PCM."""
    at = _W64_CHUNKS_START
    head = source.at(at, _W64_HEADER + 2)
    return head[:4] == b"fmt " and head[_W64_HEADER:] == _EXTENSIBLE


def view(data: BytesLike, limits: Limits) -> tuple[int, npt.NDArray[np.int16]] | None:
    """Return 16-bit samples as a view of ``data``, or None for another kind of WAV."""
    import numpy as np

    wav = read(Memory(data, None)) if data[:4] == b"RIFF" else None
    if wav is None or len(wav.form) < 16:
        return None
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", wav.form)
    if kind != _PCM or bits != 16 or not channels or not rate:
        return None
    count = min(wav.size, len(data) - wav.start) // (2 * channels) * channels
    check_length(count / channels, channels, rate, limits)
    samples = np.frombuffer(data, "<i2", count, wav.start).astype(np.int16, copy=False)
    return rate, samples.reshape(-1, channels) if channels > 1 else samples


def _is_open(source: Source, start: int, size: int, least_open: int) -> bool:
    """Tell whether a stated size means that nobody knew it."""
    if size:
        return size >= least_open and start + size > source.size
    return start < source.size and not iff.are_chunks(source, start)
