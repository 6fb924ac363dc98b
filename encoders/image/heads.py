"""The head of a WebP, AVIF or HEIC file, read without Pillow, which would read the whole file.

Where a file is out of the ordinary, `read` returns None, and Pillow has to read it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import NamedTuple, TypeVar

from encoders.errors import CorruptMediaError
from encoders.mime.containers import iso, riff
from encoders.mime.table import essence
from encoders.source import Memory, Source

_Part = TypeVar("_Part")

_MAX_META = 1024 * 1024  # bytes of a meta box
_MAX_PARTS = 50_000  # boxes or chunks: a file with more is left to Pillow
_FRAMES, _EXIF, _XMP, _ALPHA = 2, 8, 4, 16  # flags of VP8X


class Head(NamedTuple):
    """The upright size, Pillow's mode, and the number of frames."""

    width: int
    height: int
    mode: str
    frames: int


def read(source: Source, media_type: str) -> Head | None:
    """Return what the head tells, or None where only Pillow can tell.

    Raises:
        CorruptMediaError: the file is cut off.
    """
    reader = _READERS.get(media_type)
    try:
        head = reader(source) if reader else None
        return head if head and head.width and head.height else None
    except (struct.error, IndexError, KeyError, ZeroDivisionError):
        return None


def _webp(source: Source) -> Head | None:
    """Read the chunks of RFC 9649, section 2."""
    head = source.at(0, 30)
    end = 8 + int.from_bytes(head[4:8], "little")
    if end > source.size:
        raise CorruptMediaError(f"the picture states {end} bytes, but has {source.size}")
    if head[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return Head(width & 0x3FFF, height & 0x3FFF, "RGB", 1)
    if head[12:16] == b"VP8L":
        (bits,) = struct.unpack("<I", head[21:25])
        mode = "RGBA" if bits >> 28 & 1 else "RGB"
        return Head((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, mode, 1)
    flags = head[20]
    if head[12:16] != b"VP8X" or flags & (_EXIF | _XMP):  # EXIF and XMP may turn it
        return None
    width, height = (1 + int.from_bytes(head[at : at + 3], "little") for at in (24, 27))
    chunks = _at_most(_MAX_PARTS, riff.chunks(source))
    inside = takewhile(lambda chunk: chunk[1] <= end, chunks)
    frames = sum(kind == b"ANMF" for kind, _, _ in inside) if flags & _FRAMES else 1
    return Head(width, height, "RGBA" if flags & _ALPHA else "RGB", frames) if frames else None


def _heif(source: Source) -> Head | None:
    """Read the meta box of HEIC and AVIF (ISO 23008-12, ISO 14496-12 section 8.11)."""
    meta = b""
    for kind, _, start, end in _boxes(source):
        if end > source.size:
            raise CorruptMediaError(f"a box ends at {end}, but the picture has {source.size} bytes")
        if kind == b"moov":  # it also holds a sequence
            return None
        if kind == b"meta" and end - start <= _MAX_META:
            meta = source.at(start + 4, end - start - 4)
    return _primary(_children(meta)) if meta else None


def _primary(meta: dict[bytes, bytes]) -> Head | None:
    """Return what the properties of the primary item tell, if it is the only visible picture."""
    wide = meta[b"pitm"][0] > 0
    primary = int.from_bytes(meta[b"pitm"][4 : 8 if wide else 6], "big")
    properties = _children(meta[b"iprp"])
    indexes = _property_indexes(properties[b"ipma"])
    listed = list(_parts(properties[b"ipco"]))
    own = dict(listed[index - 1] for index in indexes[primary] if index)
    auxiliary = _auxiliary_items(meta.get(b"iref", b""), primary)
    if any(item not in {primary, *auxiliary} for item in _visible_items(meta)):
        return None
    kinds_of_auxiliary = [
        content
        for item in auxiliary
        for kind, content in (listed[index - 1] for index in indexes.get(item, ()))
        if kind == b"auxC"
    ]
    has_alpha = any(b"alpha" in kind or b":auxid:1" in kind for kind in kinds_of_auxiliary)
    width, height = struct.unpack(">II", own[b"ispe"][4:12])
    if b"clap" in own:
        across, across_by, down, down_by = struct.unpack(">4I", own[b"clap"][:16])
        width, height = across // across_by, down // down_by
    if b"irot" in own and own[b"irot"][0] & 1:
        width, height = height, width
    mode = "RGBA" if has_alpha else _grey(own) or "RGB"
    return Head(width, height, mode, 1)


def _grey(own: dict[bytes, bytes]) -> str | None:
    """Return Pillow's mode if the picture has one channel, else None."""
    if b"av1C" in own:
        return "L" if own[b"av1C"][2] & 0x10 else None
    if b"hvcC" in own:
        deep = own[b"hvcC"][17] & 7
        return None if own[b"hvcC"][16] & 3 else "I;16" if deep else "L"
    pixi = own.get(b"pixi", b"")
    return ("I;16" if pixi[5] > 8 else "L") if pixi[4:5] == b"\1" else None


def _property_indexes(ipma: bytes) -> dict[int, list[int]]:
    """Return the properties of each item, counted from 1 (ISO 23008-12 section 9.3)."""
    wide, long = ipma[0] > 0, ipma[3] & 1
    (count,) = struct.unpack(">I", ipma[4:8])
    indexes: dict[int, list[int]] = {}
    at = 8
    for _ in range(count):
        item = int.from_bytes(ipma[at : at + (4 if wide else 2)], "big")
        at += 4 if wide else 2
        length, at = ipma[at], at + 1
        step, mask = (2, 0x7FFF) if long else (1, 0x7F)
        indexes[item] = [
            int.from_bytes(ipma[offset : offset + step], "big") & mask
            for offset in range(at, at + length * step, step)
        ]
        at += length * step
    return indexes


def _auxiliary_items(iref: bytes, primary: int) -> list[int]:
    """Return the items that are auxiliary to the primary one, including its thumbnails."""
    if not iref:
        return []
    step = 4 if iref[0] else 2
    items = []
    for kind, part in _parts(iref[4:]):
        numbers = [int.from_bytes(part[at : at + step], "big") for at in (0, step + 2)]
        if kind in (b"auxl", b"thmb") and numbers[1] == primary:
            items.append(numbers[0])
    return items


def _visible_items(meta: dict[bytes, bytes]) -> Iterator[int]:
    """Yield the items that are pictures and not hidden (ISO 14496-12 section 8.11.6)."""
    for kind, part in _parts(meta[b"iinf"][6 if meta[b"iinf"][0] == 0 else 8 :]):
        if kind != b"infe" or part[0] < 2:
            continue
        step = 4 if part[0] > 2 else 2
        coded = part[6 + step : 10 + step] in (b"hvc1", b"av01", b"grid", b"iovl", b"iden")
        if coded and not part[3] & 1:
            yield int.from_bytes(part[4 : 4 + step], "big")


def _children(data: bytes) -> dict[bytes, bytes]:
    return dict(_parts(data))


def _parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each box."""
    for box in _boxes(Memory(data, None)):
        yield box.kind, data[box.content : box.end]


def _boxes(source: Source) -> Iterator[iso.Box]:
    return _at_most(_MAX_PARTS, iso.boxes(source, 0, source.size))


def _at_most(limit: int, parts: Iterator[_Part]) -> Iterator[_Part]:
    """Yield up to ``limit`` parts of a file. A file with more is left to Pillow."""
    for count, part in enumerate(parts):
        if count == limit:
            raise IndexError("too many parts")
        yield part


_READERS: dict[str, Callable[[Source], Head | None]] = {
    essence("webp"): _webp,
    essence("avif"): _heif,
    essence("heic"): _heif,
}
