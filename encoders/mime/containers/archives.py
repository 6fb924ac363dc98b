"""What ZIP archives and OLE compound files are, by the names of what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from encoders.source import Source

_MIMETYPE = b"mimetype"
_MOST_SECTORS = 64
_NO_SECTOR, _LARGEST_SECTOR = 0xFFFFFFFF, 0xFFFFFFF0
_ENTRY = 128  # bytes

_CONTENT_TYPES = "[Content_Types].xml"

Names = list[str]


def stated_type(head: bytes) -> str | None:
    """Return the media type in the first member of a ZIP archive, as in ODF and EPUB, or None."""
    if head[30:38] != _MIMETYPE:
        return None
    length = int.from_bytes(head[18:22], "little")
    return head[38 : 38 + min(length, 100)].decode("latin-1").strip()


def member_names(source: Source) -> Names:
    """Return the names of the members of a ZIP archive; none where its directory is damaged."""
    import zipfile  # it loads all compressors, which takes a millisecond

    try:
        with zipfile.ZipFile(source.open()) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return []


def office_folder(folder: str) -> Callable[[Names], bool]:
    """Tell Office Open XML with a folder (ISO 29500-2) by the names of an archive's members."""
    return lambda names: _CONTENT_TYPES in names and any(name.startswith(folder) for name in names)


def has_member(wanted: str) -> Callable[[Names], bool]:
    """Tell archives that have a certain member, and are no Office Open XML."""
    return lambda names: wanted in names and _CONTENT_TYPES not in names


def all_named(suffix: str) -> Callable[[Names], bool]:
    """Tell archives all of whose members have one suffix."""
    return lambda names: bool(names) and all(name.endswith(suffix) for name in names)


def first_named(*suffixes: str) -> Callable[[Names], bool]:
    """Tell archives whose first member has one of some suffixes."""
    return lambda names: bool(names) and names[0].endswith(suffixes) and _CONTENT_TYPES not in names


def root_names(head: bytes, source: Source) -> set[str]:
    """Return what is in the root of a compound file ([MS-CFB] sections 2.2, 2.3 and 2.6).

    The class of the root is among the names, in hexadecimal.
    """
    shift = int.from_bytes(head[30:32], "little")
    if len(head) < 512 or shift not in (9, 12):
        return set()
    directory = b"".join(_directory(head, source, 1 << shift))
    first = int.from_bytes(directory[76:80], "little")
    return {directory[80:96].hex(), *_siblings(directory, first)}


def _directory(head: bytes, source: Source, size: int) -> Iterator[bytes]:
    """Yield the sectors of the directory, as the table of sectors links them."""
    sector = int.from_bytes(head[48:52], "little")
    for _ in range(_MOST_SECTORS):
        start = (sector + 1) * size
        yield source.at(start, size) if start < source.size else b""
        listed = 76 + sector // (size // 4) * 4  # where the table that has this sector is
        table = int.from_bytes(head[listed : listed + 4], "little") if listed < 512 else _NO_SECTOR
        at = (table + 1) * size + sector % (size // 4) * 4
        sector = int.from_bytes(source.at(at, 4), "little") if at < source.size else _NO_SECTOR
        if sector > _LARGEST_SECTOR:
            return


def _siblings(directory: bytes, first: int) -> Iterator[str]:
    """Yield the names of an entry and of all that are in the same storage."""
    ahead, seen = [first], set[int]()
    while ahead:
        index = ahead.pop()
        entry = directory[index * _ENTRY : (index + 1) * _ENTRY]
        if len(entry) == _ENTRY and index not in seen:
            seen.add(index)
            length = max(int.from_bytes(entry[64:66], "little") - 2, 0)
            yield entry[: min(length, 64)].decode("utf-16-le", "replace")
            ahead += (int.from_bytes(entry[at : at + 4], "little") for at in (68, 72))
