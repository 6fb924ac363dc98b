"""What a picture's head tells, with no pixel decoded.

For WebP, AVIF and HEIC it is read here, since Pillow would read the whole file. Unusual files of
these types are left to Pillow.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from encoders.errors import CorruptMediaError
from encoders.errors.reprs import ShortRepr
from encoders.image import bounds
from encoders.image.codestreams import has_three_components
from encoders.image.opening import PictureFile, frame_count
from encoders.image.orientation import OLD_EXIF, orientation, upright_size
from encoders.image.pixels import DEEP
from encoders.limits import DEFAULT, Limits
from encoders.mime.containers import iso, riff
from encoders.source import Memory, Source, SourceLike, open_source

_Head = tuple[int, int, str, int]  # the upright width and height, Pillow's mode, and frames

_MAX_META = 1024 * 1024  # bytes of a meta box
_MAX_PARTS = 50_000  # boxes or chunks: a file with more is left to Pillow
_FRAMES, _EXIF, _XMP, _ALPHA = 2, 8, 4, 16  # flags of VP8X
_FIRST, _HEAD = 2048, 64 * 1024  # bytes that are read: at first, and if those do not tell
_TURN = b"tiff:Orientation"  # in XMP


@dataclass(frozen=True, slots=True, repr=False)
class Info(ShortRepr):
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


def is_read_unchanged(
    file: PictureFile, *, alpha: bool, palette: bool = True, turns: bool = False
) -> bool:
    """Tell whether a server's reader sees the picture as it is.

    Servers ignore the EXIF orientation, cut alpha off, and read deep grey as white. Most files have
    none of these, and for them the first bytes tell it in a microsecond.

    Args:
        file: a picture file. Pillow opens it if its first bytes do not tell.
        alpha: whether the reader keeps alpha.
        palette: whether the reader looks colours up in a palette instead of using their indices.
        turns: whether the reader turns pictures upright.

    Raises:
        CorruptMediaError, LimitError: as in `image.describe`.
    """
    if _is_usual(file, _FIRST, palette) or _is_usual(file, _HEAD, palette):
        return True
    picture = file.head()
    if picture.mode in DEEP or (orientation(picture) != 1 and not turns):
        return False
    if picture.mode in ("P", "PA") and not palette:
        return False
    return alpha or not picture.has_transparency_data


def is_rgb(file: PictureFile) -> bool:
    """Tell whether a file certainly holds 8-bit RGB."""
    head = file.source.at(0, _HEAD)
    if file.plugin == "PNG":
        return head[24:26] == b"\x08\x02"
    return file.plugin == "JPEG" and has_three_components(head)


def _is_usual(file: PictureFile, length: int, palette: bool) -> bool:
    """Tell whether the first bytes show a picture with nothing that servers lose."""
    head = file.source.at(0, length)
    if file.plugin == "JPEG":  # told by the segments before the scan (ITU-T T.81 section B.2.1)
        before, scan, _ = head.partition(b"\xff\xda")
        return bool(scan) and b"Exif\0\0" not in before and _TURN not in before
    if file.plugin == "PNG":  # told by the chunks before the pixels (PNG, section 5.6)
        before, pixels, _ = head.partition(b"IDAT")
        colour = before[25:26]
        known = colour == b"\2" or (colour == b"\3" and palette) or before[24:26] == b"\x08\0"
        marked = b"tRNS" in before or b"eXIf" in before or _TURN in before or OLD_EXIF in before
        return bool(pixels) and known and not marked
    # The simple lossy form of WebP has no alpha (RFC 9649, section 2.5).
    return file.plugin == "WEBP" and head[12:16] == b"VP8 "


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
    mode, frames = "RGBA" if flags & _ALPHA else "RGB", 1
    if flags & _FRAMES:
        chunks = list(islice(riff.chunks(source), _MAX_PARTS))
        frames = sum(kind == b"ANMF" and start <= end for kind, start, _ in chunks)
        if not frames or len(chunks) == _MAX_PARTS:
            return None
    return width, height, mode, frames


def _heif(source: Source) -> _Head | None:
    """Read the meta box of HEIC and AVIF (ISO 23008-12, ISO 14496-12 section 8.11)."""
    meta = b""
    for count, (kind, _, start, end) in enumerate(iso.boxes(source, 0, source.size)):
        if end > source.size:
            raise CorruptMediaError(f"a box ends at {end}, but the picture has {source.size} bytes")
        if kind == b"moov" or count == _MAX_PARTS:  # it also holds a sequence, or is odd
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
    width = 4 if ipma[0] else 2
    step, mask = (2, 0x7FFF) if ipma[3] & 1 else (1, 0x7F)
    (count,) = struct.unpack(">I", ipma[4:8])
    indexes: dict[int, list[int]] = {}
    end = 8
    for _ in range(count):
        item, start = int.from_bytes(ipma[end : end + width], "big"), end + width + 1
        end = start + ipma[start - 1] * step
        indexes[item] = [
            int.from_bytes(ipma[at : at + step], "big") & mask for at in range(start, end, step)
        ]
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
    for box in iso.boxes(Memory(data, None), 0, len(data)):
        yield box.kind, data[box.content : box.end]


_READERS: dict[str, Callable[[Source], _Head | None]] = {
    "WEBP": _webp,
    "AVIF": _heif,
    "HEIF": _heif,
}
