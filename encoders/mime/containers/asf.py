"""Objects in the header of ASF files, such as WMV and WMA (ASF specification, section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from encoders.source import Source

MAGIC = b"0&\xb2u\x8ef\xcf\x11"
_FIRST_OBJECT, _OBJECT_HEADER = 30, 24
_MOST_OBJECTS = 200
_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_STREAM_PROPERTIES = bytes.fromhex("9107dcb7b7a9cf118ee600c00c205365")
_AUDIO = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")


def is_sound_alone(head: bytes, source: Source) -> bool:
    """Tell whether a file has sound and no pictures, by the types of its streams (section 3.3)."""
    types = {source.at(start, 16) for kind, start in _objects(source) if kind == _STREAM_PROPERTIES}
    return _AUDIO in types and _VIDEO not in types


def stated_end(source: Source) -> int:
    """Return the size that the file properties state (section 3.2). A live broadcast states 0."""
    for kind, start in _objects(source):
        if kind == _FILE_PROPERTIES:
            properties = source.at(start, 68)
            is_live = len(properties) < 68 or properties[64] & 1
            return 0 if is_live else int.from_bytes(properties[16:24], "little")
    return 0


def _objects(source: Source) -> Iterator[tuple[bytes, int]]:
    """Yield the identifier of each object of the header, and where its content starts."""
    at, end = _FIRST_OBJECT, int.from_bytes(source.at(16, 8), "little")
    for _ in range(_MOST_OBJECTS):
        header = source.at(at, _OBJECT_HEADER)
        size = int.from_bytes(header[16:], "little")
        if len(header) < _OBJECT_HEADER or size < _OBJECT_HEADER or at >= end:
            return
        yield header[:16], at + _OBJECT_HEADER
        at += size
