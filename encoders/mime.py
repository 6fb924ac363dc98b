"""Media types: told from content, settled by name where content cannot tell.

Essences are IANA's where it has one. Where practice differs, practice that browsers and Gradio
understand wins: ``audio/wav`` (IANA: audio/vnd.wave), ``image/x-icon`` (image/vnd.microsoft.icon),
``image/bmp``, ``audio/flac``, ``audio/aac``, ``video/x-msvideo``, ``application/gzip``. Matroska is
``video/matroska`` or ``audio/matroska`` (RFC 9559). Sound alone in an MP4, WebM, Matroska or Ogg
container is ``audio/…``, as browsers' recorders mean it. Empty content is
``application/octet-stream`` unless its name says that it is text.

Common formats are told by their first bytes here, containers are looked into, text is told from
binary by its characters; libmagic, or puremagic where there is no libmagic, names the rest.
"""

from __future__ import annotations

import functools
import json
import re
import zipfile
from collections.abc import Callable
from typing import Literal, cast, get_args

from encoders.errors import MediaTypeError
from encoders.source import Memory, Source, SourceLike, open_source, require_seekable

Kind = Literal["image", "audio", "video", "text", "model3d", "file"]
KINDS: tuple[str, ...] = get_args(Kind)

OCTET_STREAM = "application/octet-stream"
PLAIN = "text/plain"
JSON = "application/json"
JSON_LINES = "application/jsonl"
HEAD = 2048

# Essence → suffixes, the usual one first. The first essence of a suffix is what a name means.
_SUFFIXES = {
    "image/png": ".png .apng",
    "image/jpeg": ".jpg .jpeg .jpe .jfif",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/heic": ".heic .heif",
    "image/bmp": ".bmp .dib",
    "image/tiff": ".tiff .tif",
    "image/x-icon": ".ico",
    "image/svg+xml": ".svg",
    "image/jp2": ".jp2",
    "image/jxl": ".jxl",
    "image/vnd.adobe.photoshop": ".psd",
    "image/x-portable-anymap": ".pnm .ppm .pgm .pbm",
    "image/qoi": ".qoi",
    "audio/wav": ".wav .wave",
    "audio/mpeg": ".mp3 .mp2",
    "audio/flac": ".flac",
    "audio/ogg": ".ogg .oga .opus",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/aiff": ".aiff .aif .aifc",
    "audio/webm": ".weba",
    "audio/matroska": ".mka",
    "audio/midi": ".mid .midi",
    "audio/amr": ".amr",
    "audio/basic": ".au .snd",
    "audio/x-caf": ".caf",
    "video/mp4": ".mp4 .m4v",
    "video/webm": ".webm",
    "video/quicktime": ".mov .qt",
    "video/matroska": ".mkv",
    "video/x-msvideo": ".avi",
    "video/ogg": ".ogv",
    "video/mpeg": ".mpg .mpeg",
    "video/mp2t": ".m2ts",
    "video/x-flv": ".flv",
    "video/x-ms-asf": ".asf .wmv .wma",
    "video/3gpp": ".3gp",
    "model/gltf-binary": ".glb",
    "model/gltf+json": ".gltf",
    "model/obj": ".obj",
    "model/stl": ".stl",
    "model/ply": ".ply",
    "text/plain": ".txt .text .log .xyz .ini .cfg .toml",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "text/markdown": ".md .markdown",
    "text/html": ".html .htm",
    "text/css": ".css",
    "text/javascript": ".js .mjs",
    "text/x-python": ".py",
    "text/x-c": ".c .h",
    "text/x-c++": ".cpp .hpp .cc",
    "text/x-java": ".java",
    "text/x-typescript": ".ts",
    "text/x-shellscript": ".sh",
    "text/x-rust": ".rs",
    "text/x-go": ".go",
    "text/xml": "",
    "text/vtt": ".vtt",
    "application/x-subrip": ".srt",
    "application/json": ".json",
    "application/jsonl": ".jsonl .ndjson",
    "application/xml": ".xml",
    "application/yaml": ".yaml .yml",
    "application/rtf": ".rtf",
    "application/pdf": ".pdf",
    "application/postscript": ".ps .eps",
    "application/zip": ".zip",
    "application/gzip": ".gz .tgz",
    "application/x-xz": ".xz",
    "application/x-bzip2": ".bz2",
    "application/zstd": ".zst",
    "application/x-7z-compressed": ".7z",
    "application/vnd.rar": ".rar",
    "application/x-tar": ".tar",
    "application/vnd.sqlite3": ".sqlite .db",
    "application/vnd.apache.parquet": ".parquet",
    "application/x-npy": ".npy",
    "application/x-npz": ".npz",
    "application/x-hdf5": ".h5 .hdf5",
    "application/wasm": ".wasm",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "font/ttf": ".ttf",
    "font/otf": ".otf",
    "font/woff": ".woff",
    "font/woff2": ".woff2",
    "application/octet-stream": ".bin",
}
_BY_SUFFIX: dict[str, str] = {}
for _essence, _suffixes in _SUFFIXES.items():
    for _suffix in _suffixes.split():
        _BY_SUFFIX.setdefault(_suffix, _essence)

# Other words for the same things.
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/apng": "image/png",
    "image/x-ms-bmp": "image/bmp",
    "image/x-bmp": "image/bmp",
    "image/vnd.microsoft.icon": "image/x-icon",
    "image/svg": "image/svg+xml",
    "image/heif": "image/heic",
    "image/x-portable-pixmap": "image/x-portable-anymap",
    "image/x-portable-greymap": "image/x-portable-anymap",
    "image/x-portable-graymap": "image/x-portable-anymap",
    "image/x-portable-bitmap": "image/x-portable-anymap",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/opus": "audio/ogg",
    "audio/vorbis": "audio/ogg",
    "audio/x-hx-aac-adts": "audio/aac",
    "audio/x-aac": "audio/aac",
    "audio/x-aiff": "audio/aiff",
    "audio/x-matroska": "audio/matroska",
    "application/ogg": "audio/ogg",
    "video/x-matroska": "video/matroska",
    "video/x-m4v": "video/mp4",
    "video/avi": "video/x-msvideo",
    "video/vnd.avi": "video/x-msvideo",
    "video/mov": "video/quicktime",
    "text/x-script.python": "text/x-python",
    "application/x-python": "text/x-python",
    "application/javascript": "text/javascript",
    "application/csv": "text/csv",
    "text/json": "application/json",
    "application/x-ndjson": "application/jsonl",
    "application/ndjson": "application/jsonl",
    "text/x-markdown": "text/markdown",
    "text/yaml": "application/yaml",
    "application/x-yaml": "application/yaml",
    "text/xml": "application/xml",
    "text/rtf": "application/rtf",
    "application/x-pdf": "application/pdf",
    "application/x-gzip": "application/gzip",
    "application/x-zip-compressed": "application/zip",
    "application/x-bzip": "application/x-bzip2",
    "application/x-zstd": "application/zstd",
    "application/x-rar": "application/vnd.rar",
    "application/x-sqlite3": "application/vnd.sqlite3",
    "font/sfnt": "font/ttf",
    "application/x-empty": OCTET_STREAM,
    "inode/x-empty": OCTET_STREAM,
}

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),  # BigTIFF
    (b"MM\0+", "image/tiff"),
    (b"\0\0\1\0", "image/x-icon"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"8BPS\0\1", "image/vnd.adobe.photoshop"),
    (b"qoif\0", "image/qoi"),
    (b"fLaC", "audio/flac"),
    (b"ID3\2", "audio/mpeg"),
    (b"ID3\3", "audio/mpeg"),
    (b"ID3\4", "audio/mpeg"),
    (b"MThd", "audio/midi"),
    (b"#!AMR", "audio/amr"),
    (b".snd", "audio/basic"),
    (b"caff\0\1", "audio/x-caf"),
    (b"FLV\1", "video/x-flv"),
    (b"0&\xb2u\x8ef\xcf\x11", "video/x-ms-asf"),
    (b"\0\0\1\xba", "video/mpeg"),
    (b"\0\0\1\xb3", "video/mpeg"),
    (b"glTF\2\0\0\0", "model/gltf-binary"),
    (b"ply\n", "model/ply"),
    (b"ply\r\n", "model/ply"),
    (b"%PDF-", "application/pdf"),
    (b"%!PS", "application/postscript"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x04\x22\x4d\x18", "application/x-lz4"),
    (b"\x89LZO\0\r\n\x1a\n", "application/x-lzop"),
    (b"LZIP\1", "application/x-lzip"),
    (b"\x1f\x9d", "application/x-compress"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\7", "application/vnd.rar"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"PAR1\x15", "application/vnd.apache.parquet"),
    (b"\x93NUMPY", "application/x-npy"),
    (b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
    (b"\0asm", "application/wasm"),
    (b"\0\1\0\0\0", "font/ttf"),
    (b"OTTO\0", "font/otf"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"WEBVTT", "text/vtt"),
)
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_FORM = {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff"}
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"qt  ": "video/quicktime",
    b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_STILLS = (b"avif", b"avis", b"heic", b"heix", b"hevc")
_ISO_BOXES = frozenset((b"ftyp", b"moov", b"mdat", b"wide", b"free"))
_OGG_VIDEO = (b"\x80theora", b"OVP80", b"BBCD\0")
_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_IN_TEXT = bytes([*b"\t\n\f\r\x1b\b", *range(32, 256)])
# What is text under another main type.
_TEXTUAL = frozenset(
    (
        "application/json",
        "application/jsonl",
        "application/xml",
        "application/yaml",
        "application/x-subrip",
        "model/gltf+json",
        "model/obj",
        "model/stl",
        "model/ply",
    )
)
# Binary types that no content gives away; any other that a name claims is looked up.
_SHAPELESS = ("model/stl", OCTET_STREAM)
# An object's first name and its value's first sign: no other text starts so.
_JSON_START = re.compile(rb'[\s\[]*\{\s*"[^"\\\n]*"\s*:\s*["{\[\d\-tfn]')
_ALL_BYTES = bytes(range(256))
_WORD = re.compile(rb"[A-Za-z0-9!<>]{4}")
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_SVG = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE\s+svg[^\[>]*(?:\[.*?\]\s*)?>\s*)*<svg\b",
    re.I | re.S,
)


def detect(source: SourceLike | Source, name: str | None = None) -> str:
    """Return the essence of what ``source`` holds, such as ``image/png``.

    Only the head of a big file is read, and a few bytes further on in containers. A file object is
    left where it stood.

    Args:
        source: a path, bytes, a binary file that can seek, a data URL or a `Source`.
        name: a file name; by default the source's own, or a data URL's label. It settles what
            content cannot (CSV, Markdown, source code, OBJ, STL …) and nothing else.

    Raises:
        MediaTypeError: a stream that cannot seek.
        DataURLError, OSError, TypeError: ``source`` cannot be read.

    >>> detect(b"GIF89a..."), detect(b"a,b", "table.csv"), detect(b"GIF89a...", "table.csv")
    ('image/gif', 'text/csv', 'image/gif')
    """
    if isinstance(source, bytes):
        return detect_source(Memory(source, name))
    require_seekable(source)
    with open_source(source, name) as opened:
        return detect_source(opened)


def detect_source(source: Source) -> str:
    """Return what `detect` returns, for a source that is open already."""
    if source.detected is None:
        head = source.at(0, HEAD)
        found = _by_signature(head, source) or _by_text(head, source) or _by_library(head)
        source.detected = found
    return source.detected


def kind(media_type: str) -> Kind:
    """Return the family of a media type.

    >>> kind("image/png"), kind("model/gltf-binary"), kind("application/pdf")
    ('image', 'model3d', 'file')
    """
    main = media_type.partition("/")[0]
    if main in ("image", "audio", "video", "text"):
        return cast(Kind, main)
    return "model3d" if main == "model" else "file"


def suffix(media_type: str) -> str:
    """Return the usual extension of a media type, with its dot; ``.bin`` for unknown ones.

    >>> suffix("image/jpeg"), suffix("audio/mpeg"), suffix("application/x-unheard-of")
    ('.jpg', '.mp3', '.bin')
    """
    suffixes = _SUFFIXES.get(canonical(media_type), "").split()
    return suffixes[0] if suffixes else ".txt" if kind(media_type) == "text" else ".bin"


def from_name(name: str) -> str | None:
    """Return the media type that a file name's extension means, or None.

    >>> from_name("a.JPG"), from_name("README")
    ('image/jpeg', None)
    """
    _, dot, extension = name.rpartition(".")
    return _BY_SUFFIX.get(f".{extension.lower()}") if dot else None


def canonical(media_type: str) -> str:
    """Return the essence that this package uses for ``media_type``.

    >>> canonical("audio/x-wav")
    'audio/wav'
    """
    return _ALIASES.get(media_type, media_type)


def check_label(declared: str, found: str) -> None:
    """Refuse a declared media type that is another than the one found in the content.

    Raises:
        MediaTypeError: they differ.
    """
    if canonical(declared) != found:
        raise MediaTypeError(
            f"the data URL is labelled {declared!r}, but its content is {found}; "
            "leave out strict to go by the content"
        )


def _by_signature(head: bytes, source: Source) -> str | None:
    look = _CONTAINERS.get(head[:4])
    if look:
        return look(head, source)
    if head[4:8] in _ISO_BOXES and min(head[:4]) < 9:  # a length, and not text
        return _iso_media(head, source)
    for magic, essence in _BY_FIRST_BYTE.get(head[:1], ()):
        if head.startswith(magic):
            return essence(head) if callable(essence) else essence
    return "application/x-tar" if head[257:262] == b"ustar" else None


def _bitmap(head: bytes) -> str | None:
    return "image/bmp" if head[6:10] == b"\0\0\0\0" else None


def _bzip2(head: bytes) -> str | None:
    return "application/x-bzip2" if head[4:6] in (b"1A", b"\x17r") else None


def _anymap(head: bytes) -> str | None:
    found = re.match(rb"P[1-6]\s+(?:#.*\n\s*)*\d+\s+\d+\s", head)
    return "image/x-portable-anymap" if found else None


def _mpeg_audio(head: bytes) -> str | None:
    """Return the type of a frame header (ISO 11172-3 section 2.4.2.3, ISO 13818-7 ADTS)."""
    if len(head) < 3 or head[:2] == b"\xff\xfe":
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    valid = head[1] & 0xE0 == 0xE0 and head[1] & 0x18 != 0x08 and head[1] & 0x06
    return "audio/mpeg" if valid and head[2] >> 4 != 15 and head[2] & 0x0C != 0x0C else None


def _transport_stream(head: bytes) -> str | None:
    """Look for the byte that each packet of 188 starts with (ISO 13818-1 section 2.4.3.2)."""
    starts = head[: 188 * 5 : 188]
    return "video/mp2t" if len(starts) > 2 and not starts.strip(b"G") else None


# Behind the signatures that share their first byte.
_Signature = tuple[bytes, str | Callable[[bytes], str | None]]
_LOOSE: tuple[_Signature, ...] = (
    (b"BM", _bitmap),
    (b"BZh", _bzip2),
    (b"P", _anymap),
    (b"\xff", _mpeg_audio),
    (b"G", _transport_stream),
)
# What those functions refuse, no library that knows only the first two bytes shall name again.
_LOOKED_FOR = frozenset(
    (
        "image/bmp",
        "application/x-bzip2",
        "image/x-portable-anymap",
        "audio/aac",
        "audio/mpeg",
        "video/mp2t",
    )
)
_BY_FIRST_BYTE: dict[bytes, list[_Signature]] = {}
for _entry in (*_SIGNATURES, *_LOOSE):
    _BY_FIRST_BYTE.setdefault(_entry[0][:1], []).append(_entry)


def _riff(head: bytes, source: Source) -> str | None:
    return _RIFF.get(head[8:12])


def _form(head: bytes, source: Source) -> str | None:
    return _FORM.get(head[8:12])


def _ogg(head: bytes, source: Source) -> str:
    return "video/ogg" if any(sign in head for sign in _OGG_VIDEO) else "audio/ogg"


def _ebml(head: bytes, source: Source) -> str:
    """Look for the tracks' types (RFC 9559, element TrackType 0x83) behind the DocType."""
    family = "webm" if b"webm" in head[:64] else "matroska"
    near = source.at(0, 65536)
    start = near.find(b"\x16\x54\xae\x6b")
    tracks = near[start:] if start >= 0 else b""
    audio, video = b"\x83\x81\x02" in tracks, b"\x83\x81\x01" in tracks
    return f"audio/{family}" if audio and not video else f"video/{family}"


def _iso_media(head: bytes, source: Source) -> str:
    """Hop from box to box to the tracks' handlers (ISO 14496-12 sections 4.2, 8.4.3)."""
    brand = _BRANDS.get(head[8:12] if head[4:8] == b"ftyp" else b"qt  ")
    if brand and not brand.startswith("video/"):
        return brand
    if brand is None and head[4:8] == b"ftyp":
        length = min(int.from_bytes(head[:4], "big"), 256)
        compatible = {head[i : i + 4] for i in range(16, length, 4)}
        still = next((_BRANDS[known] for known in _STILLS if known in compatible), None)
        if still or head[8:12] in (b"mif1", b"msf1"):  # HEIF of some kind (ISO 23008-12)
            return still or "image/heic"
    handlers = set(_handlers(source, 0, source.size, 0))
    if b"soun" in handlers and b"vide" not in handlers:
        return "audio/mp4"
    return brand or "video/mp4"


def _handlers(source: Source, start: int, end: int, depth: int) -> list[bytes]:
    found: list[bytes] = []
    for _ in range(1000):
        header = source.at(start, 24)
        if len(header) < 8 or start >= end:
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
            found += _handlers(source, start + skip, min(start + size, end), depth + 1)
            if kind == b"moov":
                break
        start += size
    return found


def _zip(head: bytes, source: Source) -> str:
    """Office files say what they are by their members; ODF and EPUB by a first, stored member."""
    if head[30:38] == b"mimetype":
        length = int.from_bytes(head[18:22], "little")
        stated = head[38 : 38 + min(length, 100)].decode("latin-1").strip()
        return stated if stated in _SUFFIXES else "application/zip"
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
    arrays = bool(names) and all(name.endswith(".npy") for name in names)
    return "application/x-npz" if arrays else "application/zip"


_CONTAINERS: dict[bytes, Callable[[bytes, Source], str | None]] = {
    b"RIFF": _riff,
    b"FORM": _form,
    b"OggS": _ogg,
    b"\x1a\x45\xdf\xa3": _ebml,
    b"PK\3\4": _zip,
    b"PK\5\6": _zip,
}


def _by_text(head: bytes, source: Source) -> str | None:
    """Return the type of text, or None for what is not text."""
    hint = _hint(source)
    if not head:
        return hint if hint and _is_textual(hint) else OCTET_STREAM
    if 0 in head and head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode()
    if 0 in head or head.translate(None, _IN_TEXT):
        return hint if hint in _SHAPELESS else None
    first = head.lstrip()[:1]
    markup = _markup(head) if first == b"<" else None
    if markup in ("image/svg+xml", "text/html"):
        return markup
    if hint and _is_textual(hint):
        return hint
    return markup or (_json(head) if first in (b"{", b"[") else None) or PLAIN


def _markup(head: bytes) -> str | None:
    if _SVG.match(head):
        return "image/svg+xml"
    if _HTML.match(head):
        return "text/html"
    return "application/xml" if head.lstrip().startswith(b"<?xml") else None


def _hint(source: Source) -> str | None:
    """Return what the name says, or else the label."""
    named = from_name(source.name) if source.name else None
    return named or (canonical(source.declared) if source.declared else None)


def _is_textual(media_type: str) -> bool:
    return kind(media_type) == "text" or media_type in _TEXTUAL


def _json(head: bytes) -> str | None:
    """Return the type of JSON or JSON Lines, whole or cut off at the head's end, or None."""
    whole = len(head) < HEAD
    if _JSON_START.match(head) and (not whole or head.rstrip().endswith((b"}", b"]"))):
        return JSON_LINES if head.find(b"}\n{") >= 0 else JSON
    text = head.decode("utf-8", "replace").strip()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError as error:
        cut = getattr(error, "pos", 0) >= len(text) - 16 or "Unterminated" in str(error)
        return JSON if cut and not whole else None
    except RecursionError:
        return JSON
    rest = text[end:].lstrip(" \t\r")
    if not rest:
        return JSON
    return JSON_LINES if re.match(r"\n\s*[{\[]", rest) else None


def _by_library(head: bytes) -> str:
    """Ask libmagic, or puremagic where there is none, about a binary that is no common format."""
    if _is_noise(head):
        return OCTET_STREAM
    found = canonical(_library()(head))
    if found in _LOOKED_FOR:
        return OCTET_STREAM
    return found if "/" in found and not found.startswith(("text/", "inode/")) else OCTET_STREAM


def _is_noise(head: bytes) -> bool:
    """Tell random bytes, of which libmagic takes one in eighty for a program or the like.

    256 of them lack 94 values on average; a format's head lacks more, or has a word in it.
    """
    absent = _ALL_BYTES.translate(None, head[:256])
    return len(absent) < 112 and not _WORD.search(head[:16])


@functools.cache
def _library() -> Callable[[bytes], str]:
    try:
        import magic

        return cast(Callable[[bytes], str], magic.Magic(mime=True).from_buffer)
    except (ImportError, OSError, AttributeError):
        return _pure


def _pure(head: bytes) -> str:
    import puremagic

    try:
        return str(puremagic.from_string(head, mime=True)) or OCTET_STREAM
    except (puremagic.PureError, ValueError):
        return OCTET_STREAM
