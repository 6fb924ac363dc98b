"""Whether a media file is all there, by the lengths that it states itself.

libsndfile and FFmpeg read what is left of a file that was cut off as if that were all. MP3 without
a Xing header and ADTS are bare frames that state no length: there at most a part of one frame, some
hundredths of a second, goes unnoticed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Literal

from encoders import caf, ogg, wav
from encoders.errors import CorruptMediaError
from encoders.source import Source

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_UNKNOWN = -1
_TABLE_HOLDERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf")


def check_whole(source: Source, media_type: str) -> None:
    """Refuse a file whose end is missing.

    Raises:
        CorruptMediaError: a part of the file ends, by its own stated length, behind the file's end.
    """
    stated_end = _STATED_END.get(media_type)
    if stated_end and stated_end(source) > source.size:
        raise CorruptMediaError(
            f"the {media_type} was cut off: it has {source.size:,} bytes, and its last part says "
            "that it is longer; send the whole file"
        )
    if stated_end is _iso_media:
        _check_tables(source, media_type)


def _check_tables(source: Source, media_type: str) -> None:
    """Refuse more samples than there are bytes, for each of which FFmpeg would reserve memory."""
    claimed = _claimed_bytes(source, 0, source.size)
    if claimed > source.size:
        raise CorruptMediaError(
            f"the {media_type} has {source.size:,} bytes, and claims {claimed:,} bytes of samples"
        )


def _iso_media(source: Source) -> int:
    """Return where the last top-level box ends."""
    end = 0
    for header, start, size in _boxes(source, 0, source.size):
        if not header[4:8].isalnum():
            break
        end = start + size
    return end


def _claimed_bytes(source: Source, start: int, end: int, depth: int = 0) -> int:
    """Return the least that the samples in the tables take (ISO 14496-12 sections 8.7.3, 8.8.8)."""
    claimed = 0
    for header, at, size in _boxes(source, start, end):
        kind = header[4:8]
        if kind in _TABLE_HOLDERS and depth < len(_TABLE_HOLDERS):
            claimed += _claimed_bytes(source, at + 8, min(at + size, end), depth + 1)
        elif kind == b"stsz":
            each, count = struct.unpack(">II", header[12:20].ljust(8, b"\0"))
            claimed += max(each, 1) * count
        elif kind == b"trun":
            claimed += int.from_bytes(header[12:16], "big")
    return claimed


def _boxes(source: Source, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the first 20 bytes, the place and the size of each box (ISO 14496-12 section 4.2)."""
    while start < end and len(header := source.at(start, 20)) >= 8:
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        if size < 8:
            break
        yield header, start, size
        start += size


def _matroska(source: Source) -> int:
    """Return where the last element ends (RFC 8794 sections 4 and 5, RFC 9559).

    A browser's recorder leaves the sizes of the segment and its clusters open: they are entered.
    """
    position = 0
    while True:
        header = source.at(position, 12)
        identifier, width = _vint(header, 0, keep_marker=True)
        size, size_width = _vint(header, width)
        if not width or not size_width:
            return position
        start = position + width + size_width
        if size != _UNKNOWN and start + size > source.size:
            return start + size
        entered = identifier == _SEGMENT or (identifier == _CLUSTER and size == _UNKNOWN)
        if size == _UNKNOWN and not entered:
            return position
        position = start if entered else start + size


def _vint(data: bytes, at: int, *, keep_marker: bool = False) -> tuple[int, int]:
    """Return a variable-size integer and its width, which is 0 where there is none."""
    if at >= len(data) or not data[at]:
        return 0, 0
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big")
    if keep_marker:
        return value, width
    value -= 1 << 7 * width
    return (_UNKNOWN if value == (1 << 7 * width) - 1 else value), width


def _mpeg_audio(source: Source) -> int:
    """Return the length that a Xing or Info header states."""
    head = source.at(0, 8192)
    at = max(head.find(b"Xing"), head.find(b"Info"))
    if at < 0 or head[at + 7 : at + 8] not in (b"\3", b"\7", b"\x0b", b"\x0f"):
        return 0
    return int.from_bytes(head[at + 12 : at + 16], "big")


def _wav(source: Source) -> int:
    found = wav.read(source)
    return source.size + 1 if found is None else found.start + found.size


def _w64(source: Source) -> int:
    """Return the stated size; what writes into a pipe states the largest number."""
    size = int.from_bytes(source.at(16, 8), "little")
    return size if size < 1 << 63 else 0


def _aiff(source: Source) -> int:
    return 8 + int.from_bytes(source.at(4, 4), "big")


def _au(source: Source) -> int:
    start, size = source.at(4, 4), source.at(8, 4)
    if size == b"\xff\xff\xff\xff":
        return 0
    order: Literal["big", "little"] = "little" if source.at(0, 4) == b"dns." else "big"
    return int.from_bytes(start, order) + int.from_bytes(size, order)


_STATED_END: dict[str, Callable[[Source], int]] = {
    "audio/mp4": _iso_media,
    "video/mp4": _iso_media,
    "video/quicktime": _iso_media,
    "video/3gpp": _iso_media,
    "audio/webm": _matroska,
    "video/webm": _matroska,
    "audio/matroska": _matroska,
    "video/matroska": _matroska,
    "audio/ogg": ogg.stated_end,
    "audio/mpeg": _mpeg_audio,
    "audio/wav": _wav,
    "audio/x-w64": _w64,
    "audio/x-caf": caf.stated_end,
    "audio/aiff": _aiff,
    "audio/basic": _au,
}
