"""How many pages and tags a TIFF claims to have (TIFF 6.0 section 2, BigTIFF)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from encoders.errors import CorruptMediaError
from encoders.limits import Limits
from encoders.source import Source

_MAX_TAGS = 500_000  # in all directories, of which Pillow reads 250,000 a second
_MAX_TAG_BYTES = 64 << 20  # of the values that all those tags point to
# Bytes of one value of each type.
_TYPE_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)


class _Directory(NamedTuple):
    """One page's table of tags: byte order, BigTIFF or not, offset and number of its entries."""

    order: str
    is_big: bool
    start: int
    entries: int


def check_pages(source: Source, limits: Limits) -> None:
    """Check the number of pages, and the tags in all of them.

    Pillow counts pages in a time that grows with the square of their number.
    """
    pages = tags = size = 0
    for directory in _directories(source, limits.max_frames):
        pages += 1
        tags += directory.entries
        if tags <= _MAX_TAGS:
            size += _tag_bytes(source, directory)
        if tags > _MAX_TAGS or size > _MAX_TAG_BYTES:
            raise CorruptMediaError(
                f"the picture has {tags:,} tags with {size:,} bytes in {pages:,} pages: expected "
                f"at most {_MAX_TAGS:,} with {_MAX_TAG_BYTES:,}"
            )
    limits.check("max_frames", pages, "pages or more in a TIFF")


def _directories(source: Source, max_pages: int | None) -> Iterator[_Directory]:
    head = source.at(0, 4)
    order = "<" if head[:2] == b"II" else ">"
    is_big = head[2:] in (b"+\0", b"\0+")
    count, link = (struct.Struct(order + form) for form in ("QQ" if is_big else "HI"))
    seen: set[int] = set()
    (position,) = link.unpack(source.at(link.size, link.size))
    while position and position not in seen and (max_pages is None or len(seen) <= max_pages):
        seen.add(position)
        (entries,) = count.unpack(source.at(position, count.size))
        yield _Directory(order, is_big, position + count.size, entries)
        position += count.size + entries * (20 if is_big else 12)
        (position,) = link.unpack(source.at(position, link.size))


def _tag_bytes(source: Source, directory: _Directory) -> int:
    form = struct.Struct(directory.order + ("2xHQ8x" if directory.is_big else "2xHI4x"))
    table = source.at(directory.start, directory.entries * form.size)
    return sum(
        count * (_TYPE_SIZES[kind] if kind < len(_TYPE_SIZES) else 1)
        for kind, count in form.iter_unpack(table[: len(table) // form.size * form.size])
    )
