"""What binary content starts with, and what has to be looked at further on, for each media type."""

from __future__ import annotations

import functools
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from typing import Literal

from encoders.mime.containers import ebml, mpeg_audio
from encoders.mime.table import BY_ESSENCE
from encoders.source import Source

_Look = Callable[[bytes, Source], str | None]
_Answer = str | _Look

# Essence → how its files begin; where one beginning is part of another, the longer one is first.
_SIGNATURES: dict[_Answer, tuple[bytes, ...]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jls": (b"\xff\xd8\xff\xf7",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    # Two byte orders, and BigTIFF in both.
    "image/tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "image/jxr": (b"II\xbc\1",),
    "image/j2c": (b"\xff\x4f\xff\x51",),
    "image/jxl": (b"\0\0\0\x0cJXL \r\n\x87\n", b"\xff\x0a"),
    "image/vnd.adobe.photoshop": (b"8BPS\0\1", b"8BPS\0\2"),
    "image/qoi": (b"qoif\0",),
    "image/x-icns": (b"icns\0",),
    "image/vnd.ms-dds": (b"DDS |\0\0\0",),
    "image/vnd.radiance": (b"#?RADIANCE\n", b"#?RGBE\n"),
    "image/x-exr": (b"v/1\1",),
    "image/x-dpx": (b"SDPX\0", b"XPDS"),
    "image/fits": (b"SIMPLE  =",),
    "image/x-sun-raster": (b"Y\xa6j\x95",),
    "image/x-xpixmap": (b"/* XPM */",),
    "image/ktx": (b"\xabKTX 11\xbb\r\n\x1a\n",),
    "image/ktx2": (b"\xabKTX 20\xbb\r\n\x1a\n",),
    "image/wmf": (b"\xd7\xcd\xc6\x9a\0\0", b"\1\0\t\0\0\3"),
    "audio/flac": (b"fLaC",),
    "audio/midi": (b"MThd\0\0\0\6",),
    "audio/amr": (b"#!AMR\n",),
    "audio/amr-wb": (b"#!AMR-WB\n",),
    "audio/x-caf": (b"caff\0\1",),
    "audio/x-w64": (b"riff.\x91\xcf\x11",),
    "audio/x-voc": (b"Creative Voice File\x1a",),
    "audio/x-wavpack": (b"wvpk",),
    "audio/x-tta": (b"TTA1\1\0",),
    "video/x-flv": (b"FLV\1",),
    # A sequence's parameters, with which both streams begin.
    "video/h264": (b"\0\0\0\1\x67", b"\0\0\0\1\x27"),
    "video/h265": (b"\0\0\0\1\x40\1",),
    "video/x-ivf": (b"DKIF\0\0",),
    "application/mxf": (b"\6\x0e+4\2\5\1\1\r\1\2",),
    "application/vnd.rn-realmedia": (b".RMF\0\0\0",),
    "model/gltf-binary": (b"glTF\2\0\0\0",),
    "model/ply": (b"ply\n", b"ply\r\n"),
    "model/step": (b"ISO-10303-21;",),
    "model/vrml": (b"#VRML V",),
    "application/pdf": (b"%PDF-", b"\n%PDF-", b"\r\n%PDF-", b"\xef\xbb\xbf%PDF-"),
    # Bare, and behind a preview.
    "application/postscript": (b"%!PS", b"\xc5\xd0\xd3\xc6"),
    "application/rtf": (b"{\\rtf",),
    "application/x-xz": (b"\xfd7zXZ\0",),
    "application/zstd": (b"\x28\xb5\x2f\xfd",),
    "application/x-lz4": (b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18"),
    "application/x-lzop": (b"\x89LZO\0\r\n\x1a\n",),
    "application/x-lzip": (b"LZIP\1",),
    "application/x-7z-compressed": (b"7z\xbc\xaf\x27\x1c",),
    "application/vnd.rar": (b"Rar!\x1a\7",),
    "application/vnd.ms-cab-compressed": (b"MSCF\0\0\0\0",),
    "application/vnd.debian.binary-package": (b"!<arch>\ndebian-binary",),
    "application/x-archive": (b"!<arch>\n",),
    "application/x-rpm": (b"\xed\xab\xee\xdb",),
    "application/x-xar": (b"xar!\0",),
    "application/warc": (b"WARC/1.",),
    "application/vnd.squashfs": (b"hsqs",),
    "application/x-mach-binary": (
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
    ),
    "application/x-llvm": (b"BC\xc0\xde",),
    "application/wasm": (b"\0asm",),
    "application/vnd.sqlite3": (b"SQLite format 3\0",),
    "application/vnd.apache.parquet": (b"PAR1\x15",),
    "application/vnd.apache.arrow.file": (b"ARROW1\0\0",),
    "application/x-feather": (b"FEA1\0",),
    "application/avro": (b"Obj\1",),
    "application/x-npy": (b"\x93NUMPY",),
    "application/x-hdf5": (b"\x89HDF\r\n\x1a\n",),
    "application/x-netcdf": (b"CDF\1", b"CDF\2"),
    "application/x-matlab-data": (b"MATLAB 5.0 MAT-file",),
    "application/x-stata-dta": (
        b"<stata_dta><header>",
        *(bytes((version, order, 1, 0)) for version in range(105, 116) for order in (1, 2)),
    ),
    "application/x-gguf": (b"GGUF\1\0\0\0", b"GGUF\2\0\0\0", b"GGUF\3\0\0\0"),
    "application/vnd.tcpdump.pcap": (
        b"\xd4\xc3\xb2\xa1",
        b"\xa1\xb2\xc3\xd4",
        b"\x4d\x3c\xb2\xa1",
        b"\xa1\xb2\x3c\x4d",
    ),
    "application/x-pcapng": (b"\n\r\r\n",),
    "application/x-bplist": (b"bplist00",),
    "application/tzif": (b"TZif",),
    "application/x-gettext-translation": (b"\xde\x12\4\x95\0\0", b"\x95\4\x12\xde\0\0"),
    "application/cbor": (b"\xd9\xd9\xf7",),
    "font/ttf": (b"\0\1\0\0\0", b"true\0"),
    "font/otf": (b"OTTO\0",),
    "font/collection": (b"ttcf\0",),
    "font/woff": (b"wOFF",),
    "font/woff2": (b"wOF2",),
    "text/vtt": (b"WEBVTT",),
    "text/calendar": (b"BEGIN:VCALENDAR",),
    "text/vcard": (b"BEGIN:VCARD",),
    "application/vnd.apple.mpegurl": (b"#EXTM3U",),
}
# Signatures of few bytes, and what has to follow them.
_PATTERNS: tuple[tuple[str, bytes, bytes], ...] = (
    ("application/gzip", b"\x1f\x8b\x08", rb"[\0-\x1f]"),  # deflate, and flags: RFC 1952
    ("application/x-compress", b"\x1f\x9d", rb"[\x09-\x10\x89-\x90]"),  # 9 to 16 bits a code
    # The kind of file in the mode, and a name of sensible length.
    (
        "application/x-cpio",
        b"\xc7q",
        rb".{4}.[\x10\x20\x40\x60\x80\xa0\xc0-\xc1\x41-\x4f\x81-\x8f\xa1-\xaf].{12}.[\0-\x0f]",
    ),
    # A pack header of MPEG 1 or 2, a sequence header with a known shape and frame rate.
    ("video/mpeg", b"\0\0\1\xba", rb"[\x21-\x2f\x44-\x7f]"),
    ("video/mpeg", b"\0\0\1\xb3", rb"(?!\0\0).{3}[\x11-\x18\x21-\x28\x31-\x38\x41-\x48]"),
    ("image/x-win-bitmap", b"\0\0\2\0", rb"(?!\0\0).{5}\0"),  # how many, and a spare byte
    ("application/x-bzip2", b"BZh", rb".(?:1A|\x17r)"),
    ("image/x-portable-anymap", b"P", rb"[1-6]\s+(?:#[^\n]*\n\s*)*\d+\s+\d+\s"),
    ("image/x-portable-floatmap", b"P", rb"[Ff]\s+\d+\s+\d+\s+-?[\d.]+\s"),
    ("image/x-portable-arbitrarymap", b"P7\n", rb"(?:#|WIDTH )"),
    ("image/x-xbitmap", b"#define ", rb"\w*width \d+\s+#define \w*height \d+\s"),
    ("image/vnd.zbrush.pcx", b"\n", rb"[\0-\5]\x01[\1\2\4\x08].{60}\0"),
    ("image/x-sgi", b"\1\xda", rb"[\0\1][\1\2]\0[\1-\3]"),
    ("audio/ac3", b"\x0bw", rb"...[\0-\x57]"),  # the version: ETSI TS 102 366, 4.3 and E.1
    ("audio/eac3", b"\x0bw", rb"...[\x58-\x87]"),
    ("audio/basic", b".snd", rb"\0\0(?:[\1-\xff].|\0[\x18-\xff])"),  # the header's length
    ("audio/basic", b"dns.", rb"(?:[\x18-\xff]\0|.[\1-\xff])\0\0"),
    ("application/vnd.adobe.flash.movie", b"FWS", rb"[\1-\x3f]...\0"),
    ("application/vnd.adobe.flash.movie", b"CWS", rb"[\1-\x3f]...\0"),
    ("application/vnd.adobe.flash.movie", b"ZWS", rb"[\1-\x3f]...\0"),
    ("application/x-lzma", b"]\0\0", rb"(?!\0\0)..(?:\xff{8}|.{5}\0{3})"),  # sizes
    ("application/x-cpio", b"0707", rb"(?:07[0-7]{70}|0[12][0-9A-Fa-f]{104})"),
    ("application/x-bittorrent", b"d", rb"\d+:(?:announce|comment|creat(?:ed by|ion date)|info)"),
)
# Behind the first bytes, where no text has them: ``by_place`` asks for these.
_PLACES: tuple[tuple[int, bytes, str], ...] = (
    (257, b"ustar", "application/x-tar"),
    (128, b"DICM", "application/dicom"),
    (36, b"acsp", "application/vnd.iccprofile"),
    (40, b" EMF", "image/emf"),
    (4, b"TFL3", "application/x-tflite"),
    (1, b"*M\x18", "application/zstd"),  # a frame to be skipped
    (60, b"BOOKMOBI", "application/x-mobipocket-ebook"),
    (512, b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),  # behind a user block
    (1024, b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
)
# Where no byte is always the same.
_SHAPES = (
    # Bytecode: a number, a line end that text mode would break, flags of Python 3.6 or newer.
    (re.compile(rb".[\x0c-\x0e]\r\n[\0-\3]\0\0\0", re.S), "application/x-python-code"),
    (
        re.compile(
            rb".(?:\0[\2\3\x0a\x0b]\0{5}|\x01[\1\x09].{5}).{4}"  # colour map, kind
            rb"(?!\0\0)..(?!\0\0)..[\x08\x0f\x10\x18\x20][\0-\x3f]",  # size, depth
            re.S,
        ),
        "image/x-tga",
    ),
)
_RIFF = {
    b"WAVE": "audio/wav",
    b"WEBP": "image/webp",
    b"AVI ": "video/x-msvideo",
    b"RMID": "audio/midi",
}
_FORM = {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff"}
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis"), "image/heic"),
    **dict.fromkeys((b"hevc", b"hevx", b"hevm", b"hevs"), "image/heic"),
    b"crx ": "image/x-canon-cr3",
    b"qt  ": "video/quicktime",
    **{b"3g%c%c" % (kind, n): "video/3gpp" for kind in b"pregs" for n in b"4567"},
    **{b"3g2%c" % n: "video/3gpp2" for n in b"abc"},
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), "audio/mp4"),
}
_STILLS = (b"avif", b"avis", b"heic", b"heix", b"hevc")
# What a file starts with, and what it is where no brand says so.
_ISO_BOXES = {
    **dict.fromkeys((b"ftyp", b"styp", b"sidx", b"moof"), "video/mp4"),
    **dict.fromkeys((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"), "video/quicktime"),
}
_JPEG_2000 = {
    b"jpx ": "image/jpx",
    b"jpm ": "image/jpm",
    b"mjp2": "video/mj2",
}
_OGG_VIDEO = (b"\x80theora", b"OVP80", b"BBCD\0", b"\1video\0\0\0")
_ASF_STREAM = bytes.fromhex("9107dcb7b7a9cf118ee600c00c205365")
_ASF_AUDIO = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
_ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "3D/": "model/3mf",
}
# Members by which other zips are told, the most telling first.
_MEMBERS = {
    "AndroidManifest.xml": "application/vnd.android.package-archive",
    "META-INF/MANIFEST.MF": "application/java-archive",
    "doc.kml": "application/vnd.google-earth.kmz",
}
# Streams and storages in the root of OLE compound files.
_STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
    "__properties_version1.0": "application/vnd.ms-outlook",
    "__nameid_version1.0": "application/vnd.ms-outlook",
    "VisioDocument": "application/vnd.visio",
}
_PACKET = 188  # bytes of a transport stream
_PNG = b"\x89PNG\r\n\x1a\n"
_BITMAP_HEADERS = {bytes((size, 0, 0, 0)) for size in (12, 16, 40, 52, 56, 64, 108, 124)}
_TGA_KINDS = tuple(bytes([kind]) for kind in (0, 1, 2, 3, 9, 10, 11, 32, 33))
_INSTALLER = bytes.fromhex("84100c0000000000c000000000000046")
_ELF = {
    1: "application/x-object",
    2: "application/x-executable",
    3: "application/x-sharedlib",
    4: "application/x-coredump",
}


def by_signature(head: bytes, source: Source) -> str | None:
    """Return the type of content that its first bytes give away, and what they lead to."""
    four = head[:4]
    look = _CONTAINERS.get(four)
    if look:
        return look(head, source)
    if head[4:8] in _ISO_BOXES and min(four) < 9:  # a length, and not text
        return _iso_media(head, source)
    for magic, essence in _INDEX.get(four) or _INDEX.get(head[:1], ()):
        if head.startswith(magic):
            found = essence if isinstance(essence, str) else essence(head, source)
            if found:
                return found
    return None


def _matching(magic: bytes, rest: bytes, essence: str) -> _Look:
    """Return what asks for a pattern behind a signature."""

    @functools.cache
    def pattern() -> re.Pattern[bytes]:  # on first use: this is a part of the import time
        return re.compile(re.escape(magic) + rest, re.S)

    return lambda head, source: essence if pattern().match(head) else None


def _bitmap(head: bytes, source: Source) -> str | None:
    return "image/bmp" if head[6:10] == b"\0\0\0\0" else None


def _icon(head: bytes, source: Source) -> str | None:
    """Check that the entries of an icon point behind themselves, at a picture.

    Each has 16 bytes: width, height, colours, a spare byte, planes, depth (bits a pixel), size and
    place.
    """
    count = int.from_bytes(head[4:6], "little")
    entries = source.at(6, 16 * min(count, 256))
    if not count or len(entries) < 16:
        return None
    for at in range(0, len(entries) - 15, 16):
        spare, planes, depth, size, place = struct.unpack_from("<xBHHII", entries, at + 2)
        picture = source.at(place, 8)
        is_picture = picture == _PNG or picture[:4] in _BITMAP_HEADERS
        if spare not in (0, 255) or planes > 1 or depth > 32:
            return None
        if place < 6 + 16 * count or size < 12:
            return None
        if len(picture) == 8 and not is_picture:
            return None
    return "image/x-icon"


def _jpeg_2000(head: bytes, source: Source) -> str | None:
    """Return JP2 for what says that any reader of JP2 can read it (ISO 15444-1 section I.5.2)."""
    found = _JPEG_2000.get(head[20:24])
    compatible = head[28 : 12 + min(int.from_bytes(head[12:16], "big"), 256)] if found else b""
    return found if found and b"jp2 " not in compatible else "image/jp2"


def _id3(head: bytes, source: Source) -> str | None:
    """Look behind the tags (ID3v2.4 section 3.1), which some put before FLAC and AAC as well."""
    behind = source.at(mpeg_audio.behind_tags(source), 4)
    if behind[:1] == b"\xff" and behind[1:2] and behind[1] & 0xF6 == 0xF0:
        return "audio/aac"
    return "audio/flac" if behind == b"fLaC" else "audio/mpeg"


def _mpeg_audio(head: bytes, source: Source) -> str | None:
    """Return the type of a frame header (ISO 11172-3 section 2.4.2.3, ISO 13818-7 ADTS)."""
    if len(head) < 3 or head[:2] == b"\xff\xfe":
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac" if head[2] >> 2 & 15 < 13 and _is_aac_followed(head, source) else None
    return "audio/mpeg" if mpeg_audio.begins(source) else None


def _is_aac_followed(head: bytes, source: Source) -> bool:
    """Tell whether another frame, a tag or the end follows a frame (ISO 14496-3, table 1.A.7)."""
    if len(head) < 7:
        return True
    following = source.at(int.from_bytes(head[3:6], "big") >> 5 & 0x1FFF, 64)
    is_frame = following[:2] == head[:2]
    return len(following) < 2 or is_frame or mpeg_audio.tag_size(following) > 0


def _asf(head: bytes, source: Source) -> str | None:
    """Look for the streams' types in the header's objects (ASF specification, section 3.3)."""
    kinds, at = set[bytes](), 30
    for _ in range(200):
        found = source.at(at, 40)
        size = int.from_bytes(found[16:24], "little")
        if len(found) < 40 or size < 24 or at >= int.from_bytes(head[16:24], "little"):
            break
        if found[:16] == _ASF_STREAM:
            kinds.add(found[24:40])
        at += size
    return "audio/x-ms-wma" if _ASF_AUDIO in kinds and _ASF_VIDEO not in kinds else "video/x-ms-asf"


def _transport_stream(head: bytes, source: Source) -> str | None:
    """Look for the byte that each packet of 188 starts with (ISO 13818-1 section 2.4.3.2)."""
    starts = head[: _PACKET * 5 : _PACKET]
    return "video/mp2t" if len(starts) > 2 and not starts.strip(b"G") else None


def _arrow_stream(head: bytes, source: Source) -> str | None:
    """Look behind the mark for a length, and a table of offsets as Flatbuffers start."""
    length, root = int.from_bytes(head[4:8], "little"), int.from_bytes(head[8:12], "little")
    valid = 0 < length < source.size and length % 8 == 0 and 0 < root < min(length, 256)
    return "application/vnd.apache.arrow.stream" if valid and root % 4 == 0 else None


def _orc(head: bytes, source: Source) -> str | None:
    tail = source.at(max(source.size - 4, 0), 3)
    return "application/x-orc" if tail == b"ORC" and source.size > 4 else None


def _pickle(head: bytes, source: Source) -> str | None:
    """Ask for a known protocol, and the opcode that ends every pickle."""
    valid = 2 <= min(head[1:2] or b"\0") <= 5 and source.at(source.size - 1, 1) == b"."
    return "application/x-pickle" if valid else None


def _program(head: bytes, source: Source) -> str | None:
    """Follow a DOS program's pointer to the Windows or OS/2 program behind it."""
    mark = source.at(int.from_bytes(head[60:64], "little"), 2) if len(head) > 63 else b""
    behind = mark in (b"PE", b"NE", b"LE", b"LX")
    return "application/vnd.microsoft.portable-executable" if behind else None


def _elf(head: bytes, source: Source) -> str | None:
    order: Literal["little", "big"] = "big" if head[5:6] == b"\2" else "little"
    return _ELF.get(int.from_bytes(head[16:18], order), "application/x-executable")


def _class_or_universal(head: bytes, source: Source) -> str | None:
    """Tell Java from Mach-O, both 0xCAFEBABE: no class is older than version 45.0."""
    if len(head) < 8:
        return None
    count = int.from_bytes(head[4:8], "big")
    return "application/x-mach-binary" if 0 < count < 40 else "application/java-vm"


def _riff(head: bytes, source: Source) -> str | None:
    return _RIFF.get(head[8:12])


def _form(head: bytes, source: Source) -> str | None:
    return _FORM.get(head[8:12])


def _ogg(head: bytes, source: Source) -> str:
    """Look at the first page of each stream; all of them stand in front (RFC 3533 section 6)."""
    at = 0
    for _ in range(32):
        page = source.at(at, 27 + 255 + 16)
        if page[:4] != b"OggS" or len(page) < 28 or not page[5] & 2:
            break
        lengths = page[27 : 27 + page[26]]
        packet = page[27 + len(lengths) :]
        if packet.startswith(_OGG_VIDEO):
            return "video/ogg"
        at += 27 + len(lengths) + sum(lengths)
    return "audio/ogg"


def _ebml(head: bytes, source: Source) -> str:
    """Look for the types of the tracks, which stand in the element Tracks (RFC 9559 section 5.1.4).

    A browser's recorder states no size of the segment.
    """
    family = "webm" if b"webm" in head[:64] else "matroska"
    kinds = set(_track_types(source))
    return f"audio/{family}" if kinds and ebml.VIDEO not in kinds else f"video/{family}"


def _track_types(source: Source) -> Iterator[int]:
    budget = 1000
    for top in ebml.elements(source, 0, source.size, 8):
        if top.identifier != ebml.SEGMENT:
            continue
        for element in ebml.elements(source, top.start, _end(top, source), budget):
            if element.identifier != ebml.TRACKS:
                continue
            for entry in ebml.elements(source, element.start, _end(element, source), budget):
                if entry.identifier == ebml.TRACK_ENTRY:
                    yield from _track_type(source, entry)
            return


def _track_type(source: Source, entry: ebml.Element) -> Iterator[int]:
    for child in ebml.elements(source, entry.start, _end(entry, source), 100):
        if child.identifier == ebml.TRACK_TYPE and 0 < child.size <= 8:
            yield int.from_bytes(source.at(child.start, child.size), "big")


def _end(element: ebml.Element, source: Source) -> int:
    return source.size if element.size == ebml.UNKNOWN else element.start + element.size


def _iso_media(head: bytes, source: Source) -> str:
    """Hop from box to box to the tracks' handlers (ISO 14496-12 sections 4.2, 8.4.3)."""
    first = _ISO_BOXES[head[4:8]]
    brand = _BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None
    if brand and not brand.startswith("video/"):
        return brand
    if brand is None and head[4:8] == b"ftyp":
        length = min(int.from_bytes(head[:4], "big"), 256)
        compatible = {head[i : i + 4] for i in range(16, length, 4)}
        still = next((_BRANDS[known] for known in _STILLS if known in compatible), None)
        if still or head[8:12] in (b"mif1", b"msf1"):  # HEIF of some kind (ISO 23008-12)
            return still or "image/heic"
    handlers = set(_handlers(source, 0, source.size, 0, iter(range(2000))))
    if b"soun" in handlers and b"vide" not in handlers:
        return "audio/mp4"
    return brand or first


def _handlers(
    source: Source, start: int, end: int, depth: int, budget: Iterator[int]
) -> list[bytes]:
    found: list[bytes] = []
    for _ in budget:
        header = source.at(start, 24) if start < end else b""
        if len(header) < 8:
            break
        size, kind, skip = int.from_bytes(header[:4], "big"), header[4:8], 8
        if size == 1:
            size, skip = int.from_bytes(header[8:16], "big"), 16
        if size == 0:
            size = end - start
        if size < skip:
            break
        if kind == b"hdlr":
            found.append(header[16:20])
        elif kind in (b"moov", b"trak", b"mdia") and depth < 3:
            inner = min(start + size, end)
            found += _handlers(source, start + skip, inner, depth + 1, budget)
            if kind == b"moov":
                break
        start += size
    return found


def _zip(head: bytes, source: Source) -> str:
    """Office files say what they are by their members; ODF and EPUB by a first, stored member."""
    if head[30:38] == b"mimetype":
        length = int.from_bytes(head[18:22], "little")
        stated = head[38 : 38 + min(length, 100)].decode("latin-1").strip()
        return stated if stated in BY_ESSENCE else "application/zip"
    try:
        with zipfile.ZipFile(source.open()) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return "application/zip"
    if "[Content_Types].xml" in names:
        parts = (
            essence
            for folder, essence in _OFFICE.items()
            if any(n.startswith(folder) for n in names)
        )
        return next(parts, "application/zip")
    if names and all(name.endswith(".npy") for name in names):
        return "application/x-npz"
    if names and names[0].endswith((".usda", ".usdc", ".usd")):
        return "model/vnd.usdz+zip"
    told = (essence for member, essence in _MEMBERS.items() if member in names)
    return next(told, "application/zip")


def _compound(head: bytes, source: Source) -> str:
    """Name a compound file by what is in its root ([MS-CFB] sections 2.2, 2.3 and 2.6)."""
    shift = int.from_bytes(head[30:32], "little")
    if len(head) < 512 or shift not in (9, 12):
        return "application/x-ole-storage"
    size = 1 << shift
    sector = int.from_bytes(head[48:52], "little")
    directory = b""
    for _ in range(64):
        start = (sector + 1) * size
        directory += source.at(start, size) if start < source.size else b""
        listed = 76 + sector // (size // 4) * 4  # where the table that has this sector is
        table = int.from_bytes(head[listed : listed + 4], "little") if listed < 512 else _FREE
        at = (table + 1) * size + sector % (size // 4) * 4
        sector = int.from_bytes(source.at(at, 4), "little") if at < source.size else _FREE
        if sector > 0xFFFFFFF0:
            break
    if directory[80:96] == _INSTALLER:
        return "application/x-msi"
    names = set(_siblings(directory, int.from_bytes(directory[76:80], "little")))
    told = (essence for name, essence in _STREAMS.items() if name in names)
    return next(told, "application/x-ole-storage")


_FREE = 0xFFFFFFFF


def _siblings(directory: bytes, first: int) -> Iterator[str]:
    """Yield the names of an entry and of all that are in the same storage."""
    ahead, seen = [first], set[int]()
    while ahead:
        index = ahead.pop()
        entry = directory[index * 128 : index * 128 + 128]
        if len(entry) == 128 and index not in seen:
            seen.add(index)
            length = max(int.from_bytes(entry[64:66], "little") - 2, 0)
            yield entry[: min(length, 64)].decode("utf-16-le", "replace")
            ahead += (int.from_bytes(entry[i : i + 4], "little") for i in (68, 72))


_CONTAINERS: dict[bytes, _Look] = {
    b"RIFF": _riff,
    b"RIFX": _riff,
    b"RF64": _riff,
    b"BW64": _riff,
    b"FORM": _form,
    b"OggS": _ogg,
    b"\x1a\x45\xdf\xa3": _ebml,
    b"PK\3\4": _zip,
    b"PK\5\6": _zip,
    b"\xd0\xcf\x11\xe0": _compound,
}
# Signatures that say too little alone.
_CHECKED: dict[_Answer, tuple[bytes, ...]] = {
    _bitmap: (b"BM",),
    _icon: (b"\0\0\1\0",),
    _jpeg_2000: (b"\0\0\0\x0cjP  \r\n\x87\n",),
    _id3: (b"ID3\2", b"ID3\3", b"ID3\4"),
    _arrow_stream: (b"\xff\xff\xff\xff",),
    _mpeg_audio: (b"\xff",),
    _asf: (b"0&\xb2u\x8ef\xcf\x11",),
    _transport_stream: (b"G",),
    _orc: (b"ORC",),
    _pickle: (b"\x80",),
    _program: (b"MZ",),
    _elf: (b"\x7fELF",),
    _class_or_universal: (b"\xca\xfe\xba\xbe",),
}
# What those refuse, no library that knows only the first two bytes shall name again.
LOOKED_FOR = frozenset(
    (
        "image/bmp",
        "image/x-icon",
        "video/mpeg",
        "application/gzip",
        "application/x-compress",
        "application/x-cpio",
        "application/x-bzip2",
        "image/x-portable-anymap",
        "image/x-tga",
        "audio/aac",
        "audio/mpeg",
        "audio/ac3",
        "video/mp2t",
        "application/vnd.microsoft.portable-executable",
    )
)
# By the first four bytes, or by the first one where a signature has no four.
_INDEX: dict[bytes, tuple[tuple[bytes, _Answer], ...]] = {}
_answers = [(magic, answer) for answer, magics in _SIGNATURES.items() for magic in magics]
_answers += [(magic, answer) for answer, magics in _CHECKED.items() for magic in magics]
_answers += [(magic, _matching(magic, rest, answer)) for answer, magic, rest in _PATTERNS]
for _magic, _answer in _answers:
    _key = _magic[: 4 if len(_magic) > 3 else 1]
    _INDEX[_key] = (*_INDEX.get(_key, ()), (_magic, _answer))


def by_place(head: bytes, source: Source) -> str | None:
    """Return the type of a binary that is told from bytes further on."""
    for at, magic, essence in _PLACES:
        if head.startswith(magic, at):
            return essence
    for shape, essence in _SHAPES:
        if shape.match(head):
            return essence
    for look in (_blu_ray, _cut_in_front, _tensors, _old_tar, _footed, _solid, _disc, _onnx):
        found = look(head, source)
        if found:
            return found
    return None


def _blu_ray(head: bytes, source: Source) -> str | None:
    """Look for packets with four bytes of time before each."""
    starts = head[4 : 192 * 5 : 192]
    return "video/mp2t" if len(starts) > 2 and not starts.strip(b"G") else None


def _cut_in_front(head: bytes, source: Source) -> str | None:
    """Look for packets of a transport stream that begins within one."""
    for at in range(1, min(_PACKET, len(head) - 8 * _PACKET)):
        if head[at] == 0x47 and not head[at::_PACKET].strip(b"G"):
            return "video/mp2t"
    return None


def _tensors(head: bytes, source: Source) -> str | None:
    """Look for safetensors: a length, and JSON of that length."""
    length = int.from_bytes(head[:8], "little")
    if head[8:9] != b"{" or not 1 < length <= min(source.size - 8, 100_000_000):
        return None
    end = source.at(7 + length, 1)
    return "application/x-safetensors" if end in (b"}", b" ") else None


def _old_tar(head: bytes, source: Source) -> str | None:
    """Add up a header that has no magic number (POSIX.1-1988 section 10.1.1)."""
    stated = head[148:156].strip(b"\0 ")
    if len(head) < 512 or not re.fullmatch(rb"[0-7]{1,7}", stated):
        return None
    total = sum(head[:148]) + 8 * 32 + sum(head[156:512])
    return "application/x-tar" if total == int(stated, 8) else None


def _footed(head: bytes, source: Source) -> str | None:
    """Look for the footer of a TGA of version 2, if it starts with what one may start with."""
    if head[1:2] not in (b"\0", b"\1") or head[2:3] not in _TGA_KINDS:
        return None
    footer = source.at(max(source.size - 18, 0), 18)
    return "image/x-tga" if footer == b"TRUEVISION-XFILE.\0" else None


def _solid(head: bytes, source: Source) -> str | None:
    """Compare the size with a binary STL's of so many triangles, the first without colour."""
    count = int.from_bytes(head[80:84], "little")
    is_plain = head[132:134] == b"\0\0"
    return "model/stl" if is_plain and count and source.size == 84 + 50 * count else None


def _disc(head: bytes, source: Source) -> str | None:
    """Look where a disc's descriptors start (ECMA-119 section 8.1, ECMA-167 section 3/9.1)."""
    mark = source.at(32769, 5)
    if mark == b"CD001":
        return "application/x-iso9660-image"
    return "application/x-udf-image" if mark in (b"BEA01", b"NSR02", b"NSR03") else None


def _onnx(head: bytes, source: Source) -> str | None:
    """Walk from field to field to a model's graph (onnx.proto, ModelProto)."""
    at = 0
    for field in range(10):
        tag = head[at : at + 1]
        value, at = _variable(head, at + 1)
        if field == 0:
            if tag != b"\x08" or not 0 < value < 100:  # the version of the format
                return None
        elif tag == b":":
            return "application/x-onnx" if head[at : at + 1] == b"\n" else None
        elif tag in (b"\x12", b"\x1a", b'"', b"2", b"B"):
            at += value
        elif tag != b"(":
            return None
    return None


def _variable(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, the low ones first, and where it ends."""
    value = shift = 0
    for byte in data[at : at + 10]:
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value, at
