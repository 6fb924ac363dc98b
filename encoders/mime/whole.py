"""Whether a media file is all there, by the lengths that it states itself.

libsndfile and FFmpeg read what is left of a file that was cut off as if that were all. MP3's frames
are counted in `encoders.mime.containers.mpeg_audio`. Without a Xing header they state no length,
and ADTS never does: there at most a part of one frame, some hundredths of a second, goes unnoticed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from encoders.audio import wav
from encoders.errors import CorruptMediaError
from encoders.mime.containers import aiff, au, caf, ebml, iso_media, ogg
from encoders.source import Source

_OPEN = 0xFFFFFFFF
_FILE_SIZE = re.compile(rb"\0\x08filesize\0([\x40\x41].{7})", re.DOTALL)  # a double of 2 or more
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")


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
    if stated_end is iso_media.stated_end:
        iso_media.check_tables(source, media_type)


def _matroska(source: Source) -> int:
    """Return where the last element ends (RFC 8794 sections 4 and 5, RFC 9559).

    A browser's recorder leaves the sizes of the segment and its clusters open: they are entered.
    """
    position = 0
    while element := ebml.element_at(source, position):
        identifier, start, size = element
        is_open = size == ebml.UNKNOWN
        if not is_open and start + size > source.size:
            return start + size
        entered = identifier == ebml.SEGMENT or (identifier == ebml.CLUSTER and is_open)
        if is_open and not entered:
            return position
        position = start if entered else start + size
    return position


def _wav(source: Source) -> int:
    found = wav.read(source)
    return source.size + 1 if found is None else found.start + found.size


def _w64(source: Source) -> int:
    """Return the stated size; what writes into a pipe states the largest number."""
    size = int.from_bytes(source.at(16, 8), "little")
    return size if size < 1 << 63 else 0


def _avi(source: Source) -> int:
    """Return where the last RIFF chunk ends; files beyond 1 GiB have several (OpenDML 1.02)."""
    end = 0
    while (header := source.at(end, 12))[:4] == b"RIFF" and header[8:] in (b"AVI ", b"AVIX"):
        size = int.from_bytes(header[4:8], "little")
        if size in (0, _OPEN):  # written into a pipe
            return 0
        end += 8 + size + size % 2
    return end - 1 if end > source.size and source.at(end - 9, 1) == b"" else end


def _flv(source: Source) -> int:
    """Return where the last tag ends, or the file by its own metadata (FLV 10.1, annex E)."""
    head = source.at(0, 2048)
    at = int.from_bytes(head[5:9], "big") + 4
    stated = _FILE_SIZE.search(head)
    while len(tag := source.at(at, 4)) == 4:
        at += 11 + int.from_bytes(tag[1:], "big") + 4
    # The size of the last tag stands behind it once more, which not all programs write.
    return max(at - 4, int(struct.unpack(">d", stated[1])[0]) if stated else 0)


def _asf(source: Source) -> int:
    """Return the size that the file properties state (ASF specification, section 3.2).

    What is sent out live states none.
    """
    at = 30
    for _ in range(200):
        found = source.at(at, 92)
        size = int.from_bytes(found[16:24], "little")
        if len(found) < 92 or size < 24:
            return 0
        if found[:16] == _ASF_PROPERTIES:
            is_live = found[88] & 1
            return 0 if is_live else int.from_bytes(found[40:48], "little")
        at += size
    return 0


_STATED_END: dict[str, Callable[[Source], int]] = {
    "audio/mp4": iso_media.stated_end,
    "video/mp4": iso_media.stated_end,
    "video/quicktime": iso_media.stated_end,
    "video/3gpp": iso_media.stated_end,
    "video/3gpp2": iso_media.stated_end,
    "video/x-msvideo": _avi,
    "video/x-flv": _flv,
    "video/x-ms-asf": _asf,
    "audio/x-ms-wma": _asf,
    "video/ogg": ogg.stated_end,
    "audio/webm": _matroska,
    "video/webm": _matroska,
    "audio/matroska": _matroska,
    "video/matroska": _matroska,
    "audio/ogg": ogg.stated_end,
    "audio/wav": _wav,
    "audio/x-w64": _w64,
    "audio/x-caf": caf.stated_end,
    "audio/aiff": aiff.stated_end,
    "audio/basic": au.stated_end,
}
