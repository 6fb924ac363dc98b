"""Files made of chunks: RIFF (WAV, AVI, WebP), IFF (AIFF, "EA IFF 85") and Sony's Wave64.

A recorder that writes into a pipe, or that crashed, leaves the sizes in the header at 0 or at about
the largest number. The samples then go on to the end of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from encoders.source import Patched, Source

_FIRST_CHUNK = 12
_BIG_ENDIAN = (b"FORM", b"RIFX")
_UNKNOWN_SIZE = 0xFFFFFFFF
_WAV_OPEN, _RF64_OPEN = 0x7FFF0000, 1 << 63
_AIFF_OPEN = 0xFFFF0000
_BEFORE_AIFF_SAMPLES = 8  # bytes of a chunk SSND that are an offset and a block size
_WAVE64_FIRST_CHUNK, _WAVE64_HEADER, _WAVE64_OPEN = 40, 24, (1 << 63) - 1
_EXTENSIBLE = b"\xfe\xff"


def byte_order(source: Source) -> Literal["big", "little"]:
    """Return the order of the bytes in the file's numbers."""
    return "big" if source.at(0, 4) in _BIG_ENDIAN else "little"


def chunks(source: Source, at: int = _FIRST_CHUNK) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, the start and the size of each chunk, from ``at`` on."""
    order = byte_order(source)
    while len(header := source.at(at, 8)) == 8:
        size = int.from_bytes(header[4:], order)
        yield header[:4], at + 8, size
        at += 8 + size + size % 2


class Wav(NamedTuple):
    """What the chunks of a WAV file say.

    Attributes:
        form: the body of the chunk ``fmt ``, of which 40 bytes at most.
        start: where the samples begin.
        size: how many bytes of samples the header states, or that are there if it states none.
        open_field: the place and width of the field whose size the header leaves open, in bytes.
    """

    form: bytes
    start: int
    size: int
    open_field: tuple[int, int] | None


def wav(source: Source) -> Wav | None:
    """Return what the chunks of a WAV file say, or None where there are no samples.

    RF64 states sizes beyond 4 GiB in a chunk of its own (EBU Tech 3306).
    """
    form, long_field, long_size = b"", None, 0
    for kind, start, size in chunks(source):
        if kind == b"fmt ":
            form = source.at(start, min(size, 40))
        elif kind == b"ds64":
            long_field, long_size = start + 8, int.from_bytes(source.at(start + 8, 8), "little")
        elif kind == b"data":
            field, least_open = (start - 4, 4), _WAV_OPEN
            if long_field and size >= _WAV_OPEN:
                size, field, least_open = long_size, (long_field, 8), _RF64_OPEN
            is_open = size >= least_open and start + size > source.size
            if is_open or _is_left_open(source, start, size, 0):
                return Wav(form, start, source.size - start, field)
            return Wav(form, start, size, None)
    return None


def _is_left_open(source: Source, start: int, size: int, most: int) -> bool:
    """Tell whether a writer left a size at up to ``most`` bytes, and samples are there."""
    return size <= most and start + most < source.size and not _are_chunks(source, start + size)


def _are_chunks(source: Source, at: int) -> bool:
    """Tell whether chunks are all that follows; samples never look like that."""
    end = at
    for kind, start, size in chunks(source, at):
        if not all(32 <= byte < 127 for byte in kind):
            return False
        end = start + size
    return source.size in (end, end + 1)


def wav_end(source: Source) -> int:
    """Return where the samples of a WAV file end; one byte after the end if it has none."""
    found = wav(source)
    return source.size + 1 if found is None else found.start + found.size


def with_wav_size(source: Source) -> Source:
    """Return a WAV file whose header states the size of the samples that are there."""
    found = wav(source)
    if found is None or found.open_field is None:
        return source
    at, width = found.open_field
    size = found.size if width == 8 else min(found.size, 2**32 - 1)
    return Patched(source, at, size.to_bytes(width, byte_order(source)))


def wave64_end(source: Source) -> int:
    """Return the stated size of a Wave64; writers into a pipe state the largest number."""
    size = int.from_bytes(source.at(16, 8), "little")
    return size if size < 1 << 63 else 0


def with_wave64_size(source: Source) -> Source:
    """Return a Wave64 whose header states the size of the samples that are there."""
    at = _WAVE64_FIRST_CHUNK
    while len(header := source.at(at, _WAVE64_HEADER)) == _WAVE64_HEADER:
        size = int.from_bytes(header[16:], "little")
        if header[:4] == b"data" and (size <= _WAVE64_HEADER or size >= _WAVE64_OPEN):
            return Patched(source, at + 16, (source.size - at).to_bytes(8, "little"))
        at += max(size + -size % 8, _WAVE64_HEADER)
    return source


def is_extensible_wave64(source: Source) -> bool:
    """Tell whether a Wave64 names its codec by a GUID, which libsndfile takes for PCM."""
    at = _WAVE64_FIRST_CHUNK
    head = source.at(at, _WAVE64_HEADER + 2)
    return head[:4] == b"fmt " and head[_WAVE64_HEADER:] == _EXTENSIBLE


def aiff_end(source: Source) -> int:
    """Return where an AIFF file ends by its own statement, or 0 where it leaves that open."""
    size = int.from_bytes(source.at(4, 4), "big")
    return 0 if size >= _AIFF_OPEN else 8 + size


def with_aiff_size(source: Source) -> Source:
    """Return an AIFF file whose header states the size of the samples that are there."""
    for kind, start, size in chunks(source):
        if kind == b"SSND" and _is_left_open(source, start, size, _BEFORE_AIFF_SAMPLES):
            return Patched(source, start - 4, (source.size - start).to_bytes(4))
    return source


def avi_end(source: Source) -> int:
    """Return where the last RIFF chunk ends; AVIs beyond 1 GiB have several (OpenDML 1.02)."""
    end = 0
    for kind, start, size in chunks(source, 0):
        if kind != b"RIFF" or source.at(start, 4) not in (b"AVI ", b"AVIX"):
            break
        if size in (0, _UNKNOWN_SIZE):  # written into a pipe
            return 0
        end = start + size + size % 2
    return end
