"""What a picture's head tells, with no pixel decoded.

Of WebP, AVIF and HEIC it is read here, since Pillow would read the whole file; but where a file is
out of the ordinary, Pillow reads that too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from encoders.errors import CorruptMediaError
from encoders.image import bounds
from encoders.image.opening import PictureFile, frame_count
from encoders.image.orientation import upright_size
from encoders.limits import DEFAULT, Limits
from encoders.mime.containers import iso, riff
from encoders.source import Memory, Source, SourceLike, open_source

_Part = TypeVar("_Part")
_Head = tuple[int, int, str, int]  # the upright width and height, Pillow's mode, and frames

_MAX_META = 1024 * 1024  # bytes of a meta box
_MAX_PARTS = 50_000  # boxes or chunks: a file with more is left to Pillow
_FRAMES, _EXIF, _XMP, _ALPHA = 2, 8, 4, 16  # flags of VP8X


@dataclass(frozen=True, slots=True)
class Info:
    """What a picture's head tells; width and height are upright, ``mode`` is Pillow's."""

    media_type: str
    width: int
    height: int
    mode: str
    frames: int


def describe(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Info:
    """Return what a picture's head tells, without decoding its pixels.

    Raises:
        MediaTypeError: ``source`` is no picture, or a vector drawing.
        CorruptMediaError: its head cannot be read.
        LimitError: it is larger than ``limits`` allow.
    """
    with open_source(source) as opened:
        return describe_file(PictureFile(opened, limits))


def describe_file(file: PictureFile) -> Info:
    """Return what `describe` returns, of a file that is open already."""
    file.check_is_picture()
    head = _read(file)
    if head:
        width, height, _, frames = head
        bounds.check_size((width, height), file.limits)
        file.limits.check("max_frames", frames, "frames in a picture")
        return Info(file.media_type, *head)
    picture = file.head()
    return Info(file.media_type, *upright_size(picture), picture.mode, frame_count(picture))


def _read(file: PictureFile) -> _Head | None:
    """Return what the head tells, or None where only Pillow can tell.

    Raises:
        CorruptMediaError: the file is cut off.
    """
    reader = _READERS.get(file.plugin)
    try:
        head = reader(file.source) if reader else None
    except (struct.error, IndexError, KeyError, ZeroDivisionError):
        return None
    return head if head and head[0] and head[1] else None


def _webp(source: Source) -> _Head | None:
    """Read the chunks of RFC 9649, section 2."""
    head = source.at(0, 30)
    end = 8 + int.from_bytes(head[4:8], "little")
    if end > source.size:
        raise CorruptMediaError(f"the picture states {end} bytes, but has {source.size}")
    if head[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF, "RGB", 1
    if head[12:16] == b"VP8L":
        (bits,) = struct.unpack("<I", head[21:25])
        mode = "RGBA" if bits >> 28 & 1 else "RGB"
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, mode, 1
    flags = head[20]
    if head[12:16] != b"VP8X" or flags & (_EXIF | _XMP):  # EXIF and XMP may turn it
        return None
    width, height = (1 + int.from_bytes(head[at : at + 3], "little") for at in (24, 27))
    inside = takewhile(lambda chunk: chunk[1] <= end, _bounded(riff.chunks(source)))
    frames = sum(kind == b"ANMF" for kind, _, _ in inside) if flags & _FRAMES else 1
    return (width, height, "RGBA" if flags & _ALPHA else "RGB", frames) if frames else None


def _heif(source: Source) -> _Head | None:
    """Read the meta box of HEIC and AVIF (ISO 23008-12, ISO 14496-12 section 8.11)."""
    meta = b""
    for kind, _, start, end in _bounded(iso.boxes(source, 0, source.size)):
        if end > source.size:
            raise CorruptMediaError(f"a box ends at {end}, but the picture has {source.size} bytes")
        if kind == b"moov":  # it also holds a sequence
            return None
        if kind == b"meta" and end - start <= _MAX_META:
            meta = source.at(start + 4, end - start - 4)
    return _primary(dict(_parts(meta))) if meta else None


def _primary(meta: dict[bytes, bytes]) -> _Head | None:
    """Return what the properties of the primary item tell, if it is the only visible picture."""
    wide = meta[b"pitm"][0] > 0
    primary = int.from_bytes(meta[b"pitm"][4 : 8 if wide else 6], "big")
    properties = dict(_parts(meta[b"iprp"]))
    indexes = _property_indexes(properties[b"ipma"])
    listed = list(_parts(properties[b"ipco"]))
    own = dict(listed[index - 1] for index in indexes[primary] if index)
    auxiliary = _auxiliary_items(meta.get(b"iref", b""), primary)
    if any(item not in {primary, *auxiliary} for item in _visible_items(meta)):
        return None
    auxiliary_properties = (listed[n - 1] for item in auxiliary for n in indexes.get(item, ()))
    has_alpha = any(
        kind == b"auxC" and (b"alpha" in content or b":auxid:1" in content)
        for kind, content in auxiliary_properties
    )
    width, height = struct.unpack(">II", own[b"ispe"][4:12])
    if b"clap" in own:
        across, across_by, down, down_by = struct.unpack(">4I", own[b"clap"][:16])
        width, height = across // across_by, down // down_by
    if b"irot" in own and own[b"irot"][0] & 1:
        width, height = height, width
    return width, height, "RGBA" if has_alpha else _grey(own) or "RGB", 1


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


def _parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each box."""
    for box in _bounded(iso.boxes(Memory(data, None), 0, len(data))):
        yield box.kind, data[box.content : box.end]


def _bounded(parts: Iterator[_Part]) -> Iterator[_Part]:
    """Yield the parts of a file. A file with too many is left to Pillow."""
    for count, part in enumerate(parts):
        if count == _MAX_PARTS:
            raise IndexError("too many parts")
        yield part


_READERS: dict[str, Callable[[Source], _Head | None]] = {
    "WEBP": _webp,
    "AVIF": _heif,
    "HEIF": _heif,
}
