"""The length of a FLAC stream whose header leaves it open, as writers into a pipe do (RFC 9639).

The last frame states its position and ends with a checksum. So it tells how long the sound is, and
whether the end of the file is missing.
"""

from __future__ import annotations

import functools
import re
from itertools import islice
from typing import NamedTuple

from encoders.errors import SEND_WHOLE, CorruptMediaError
from encoders.mime.containers import mpeg_audio
from encoders.source import Patched, Source

_LONGEST_FRAME = 1 << 21  # 65,535 samples of eight channels in 32 bits
_TRIALS = 16  # places that look like a frame but are not; they are rare
_SYNC = re.compile(rb"\xff[\xf8\xf9](?=[^\0-\x0f])")
_ID3V1, _ID3V1_SIZE = b"TAG", 128
_POLYNOMIALS = {8: 0x07, 16: 0x8005}
_FRAME_SIZES = {1: 192, **{n: 576 << (n - 2) for n in range(2, 6)}}


class _Head(NamedTuple):
    """What the block STREAMINFO says of the length, and where the frames begin."""

    largest_block: int
    frames_start: int
    total_at: int
    total: int


def with_length(source: Source) -> Source:
    """Return a source whose header states how long the sound is.

    Raises:
        CorruptMediaError: the header leaves it open, and the last frame is not whole.
    """
    head = _head(source)
    if head is None or head.total or head.frames_start >= source.size:
        return source
    total = _last_sample(source, head)
    field = source.at(head.total_at, 1)[0] & 0xF0 | total >> 32 & 0x0F
    return Patched(source, head.total_at, bytes([field]) + (total & 0xFFFFFFFF).to_bytes(4, "big"))


def _head(source: Source) -> _Head | None:
    start = mpeg_audio.tags_end(source)
    info = source.at(start, 42)
    if info[:4] != b"fLaC" or len(info) < 42 or info[4] & 0x7F:
        return None
    at = start + 4
    while len(block := source.at(at, 4)) == 4:
        at += 4 + int.from_bytes(block[1:], "big")
        if block[0] & 0x80:
            break
    total = int.from_bytes(info[21:26], "big") & 0xFFFFFFFFF
    return _Head(int.from_bytes(info[10:12], "big"), at, start + 21, total)


def _last_sample(source: Source, head: _Head) -> int:
    """Return how many samples each channel has, by the last whole frame."""
    end = source.size
    if source.at(max(end - _ID3V1_SIZE, 0), 3) == _ID3V1:
        end -= _ID3V1_SIZE
    start = max(head.frames_start, end - _LONGEST_FRAME)
    tail = source.at(start, end - start)
    places = [match.start() for match in _SYNC.finditer(tail)]
    frames = ((place, _frame_end(tail, place, head.largest_block)) for place in reversed(places))
    likely = ((place, last) for place, last in frames if last is not None)
    for place, last in islice(likely, _TRIALS):
        if _crc(tail[place:], 16) == 0:
            return last
    raise CorruptMediaError(
        "the FLAC file was cut off: its last frame is not whole", remedy=SEND_WHOLE
    )


def _frame_end(data: bytes, at: int, largest_block: int) -> int | None:
    """Return the number of the sample after a frame, or None where no frame header is."""
    number, place = _coded_number(data, at + 4)
    if number is None or len(data) < place + 6:
        return None
    kind, rate = data[at + 2] >> 4, data[at + 2] & 15
    size = _FRAME_SIZES.get(kind, 1 << kind)
    if kind in (6, 7):
        size = int.from_bytes(data[place : place + kind - 5], "big") + 1
        place += kind - 5
    place += {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if _crc(data[at : place + 1], 8):
        return None
    is_variable = data[at + 1] & 1
    return (number if is_variable else number * largest_block) + size


def _coded_number(data: bytes, at: int) -> tuple[int | None, int]:
    """Return a number coded like a character in UTF-8, of up to 36 bits, and where it ends."""
    if at >= len(data):
        return None, at
    ones = 8 - (data[at] ^ 0xFF).bit_length()
    if not ones:
        return data[at], at + 1
    rest = data[at + 1 : at + ones]
    if ones == 1 or ones == 8 or len(rest) < ones - 1 or any(byte >> 6 != 2 for byte in rest):
        return None, at
    first = data[at] & (1 << 7 - ones) - 1
    return functools.reduce(lambda value, byte: value << 6 | byte & 63, rest, first), at + ones


def _crc(data: bytes, bits: int) -> int:
    """Return the checksum of a frame (16 bits) or of its header (8 bits)."""
    table, mask, shift, crc = _table(bits), (1 << bits) - 1, bits - 8, 0
    for byte in data:
        crc = (crc << 8 & mask) ^ table[crc >> shift ^ byte]
    return crc


@functools.cache
def _table(bits: int) -> tuple[int, ...]:
    top, mask, polynomial = 1 << bits - 1, (1 << bits) - 1, _POLYNOMIALS[bits]
    entries = []
    for byte in range(256):
        crc = byte << bits - 8
        for _ in range(8):
            crc = (crc << 1 ^ polynomial if crc & top else crc << 1) & mask
        entries.append(crc)
    return tuple(entries)
