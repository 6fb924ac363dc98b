"""Checks of files whose first bytes alone do not tell the type.

Each takes the first 2 KiB of a file and the file, and tells whether it is of one type.
"""

from __future__ import annotations

import re
import struct

from encoders.mime.containers import mpeg_audio
from encoders.source import Source

ADTS = (b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9")  # begins a frame of AAC
PNG = b"\x89PNG\r\n\x1a\n"
_BITMAP_HEADERS = {bytes((size, 0, 0, 0)) for size in (12, 16, 40, 52, 56, 64, 108, 124)}
_TGA_KINDS = tuple(bytes([kind]) for kind in (0, 1, 2, 3, 9, 10, 11, 32, 33))
_PACKET = 188  # bytes of a transport stream (ISO 13818-1, section 2.4.3.2)
_SYNC_BYTE = b"G"  # the first of each packet
_TIME_CODE = 4  # bytes before each packet, in files of Blu-ray discs


def is_bitmap(head: bytes, source: Source) -> bool:
    """Tell BMP by its four reserved bytes."""
    return head[6:10] == b"\0\0\0\0"


def is_icon(head: bytes, source: Source) -> bool:
    """Tell ICO: each of its entries points at a picture after the entries.

    An entry has 16 bytes: width, height, colours, a spare byte, planes, depth (bits a pixel), size
    and place.
    """
    count = int.from_bytes(head[4:6], "little")
    entries = source.at(6, 16 * min(count, 256))
    if not count or len(entries) < 16:
        return False
    entries = entries[: len(entries) // 16 * 16]
    for spare, planes, depth, size, place in struct.iter_unpack("<3xBHHII", entries):
        if spare not in (0, 255) or planes > 1 or depth > 32:
            return False
        if place < 6 + 16 * count or size < 12:
            return False
        picture = source.at(place, 8)
        if len(picture) == 8 and picture != PNG and picture[:4] not in _BITMAP_HEADERS:
            return False
    return True


def is_aac(head: bytes, source: Source) -> bool:
    """Tell AAC by a frame header, and by what follows the frame (ISO 14496-3, table 1.A.7)."""
    if not head.startswith(ADTS) or len(head) < 3 or head[2] >> 2 & 15 > 12:
        return False
    if len(head) < 7:
        return True
    following = source.at(int.from_bytes(head[3:6], "big") >> 5 & 0x1FFF, 64)
    is_frame = following[:2] == head[:2]
    return len(following) < 2 or is_frame or mpeg_audio.tag_size(following) > 0


def is_transport_stream(head: bytes, source: Source) -> bool:
    """Tell an MPEG transport stream by its packets."""
    return _are_packets(head[: _PACKET * 5 : _PACKET])


def is_timed_transport_stream(head: bytes, source: Source) -> bool:
    """Tell a transport stream with a time code before each packet."""
    size = _PACKET + _TIME_CODE
    return _are_packets(head[_TIME_CODE : size * 5 : size])


def _are_packets(first_bytes: bytes) -> bool:
    return len(first_bytes) > 2 and not first_bytes.strip(_SYNC_BYTE)


def is_cut_transport_stream(head: bytes, source: Source) -> bool:
    """Tell a transport stream that begins within a packet."""
    places = range(1, min(_PACKET, len(head) - 8 * _PACKET))
    return any(
        head[at] == _SYNC_BYTE[0] and not head[at::_PACKET].strip(_SYNC_BYTE) for at in places
    )


def is_arrow_stream(head: bytes, source: Source) -> bool:
    """Tell an Arrow stream by a length and a table of offsets, as Flatbuffers begin."""
    length, root = int.from_bytes(head[4:8], "little"), int.from_bytes(head[8:12], "little")
    valid = 0 < length < source.size and length % 8 == 0 and 0 < root < min(length, 256)
    return valid and root % 4 == 0


def is_orc(head: bytes, source: Source) -> bool:
    """Tell ORC, which ends as it begins."""
    return source.size > 4 and source.at(source.size - 4, 3) == b"ORC"


def is_pickle(head: bytes, source: Source) -> bool:
    """Tell a pickle by a known protocol, and the opcode that ends every pickle."""
    return 2 <= min(head[1:2] or b"\0") <= 5 and source.at(source.size - 1, 1) == b"."


def is_windows_program(head: bytes, source: Source) -> bool:
    """Tell a program for Windows or OS/2, to which a DOS program points."""
    mark = source.at(int.from_bytes(head[60:64], "little"), 2) if len(head) > 63 else b""
    return mark in (b"PE", b"NE", b"LE", b"LX")


def is_safetensors(head: bytes, source: Source) -> bool:
    """Tell safetensors by a length, and JSON of that length."""
    length = int.from_bytes(head[:8], "little")
    if head[8:9] != b"{" or not 1 < length <= min(source.size - 8, 100_000_000):
        return False
    return source.at(7 + length, 1) in (b"}", b" ")


def is_old_tar(head: bytes, source: Source) -> bool:
    """Tell a tar file without a magic number by its checksum (POSIX.1-1988, section 10.1.1)."""
    stated = head[148:156].strip(b"\0 ")
    if len(head) < 512 or not re.fullmatch(rb"[0-7]{1,7}", stated):
        return False
    return sum(head[:148]) + 8 * 32 + sum(head[156:512]) == int(stated, 8)


def has_tga_footer(head: bytes, source: Source) -> bool:
    """Tell TGA of version 2 by its footer, if it begins as a TGA may begin."""
    if head[1:2] not in (b"\0", b"\1") or head[2:3] not in _TGA_KINDS:
        return False
    return source.at(max(source.size - 18, 0), 18) == b"TRUEVISION-XFILE.\0"


def is_binary_stl(head: bytes, source: Source) -> bool:
    """Tell STL by the size of a file of so many triangles, the first without colour."""
    count = int.from_bytes(head[80:84], "little")
    is_plain = head[132:134] == b"\0\0"
    return is_plain and count > 0 and source.size == 84 + 50 * count


def is_onnx(head: bytes, source: Source) -> bool:
    """Tell ONNX by the fields in front of a model's graph (onnx.proto, ModelProto)."""
    at = 0
    for field in range(10):
        tag = head[at : at + 1]
        value, at = leb128(head, at + 1)
        if field == 0:
            if tag != b"\x08" or not 0 < value < 100:  # the version of the format
                return False
        elif tag == b":":
            return head[at : at + 1] == b"\n"
        elif tag in (b"\x12", b"\x1a", b'"', b"2", b"B"):
            at += value
        elif tag != b"(":
            return False
    return False


def leb128(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, the low ones first (LEB128), and where it ends."""
    value = shift = 0
    for byte in data[at : at + 10]:
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value, at
