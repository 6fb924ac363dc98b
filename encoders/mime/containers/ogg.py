"""What an Ogg file is made of: pages, logical streams and links of a chain (RFC 3533).

A chained file is several complete files one after the other, as radio servers and `cat` make them.
libsndfile and FFmpeg read the first link correctly, but not always the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from encoders.errors import SEND_WHOLE, CorruptMediaError
from encoders.source import Source

MAGIC = b"OggS"
_HEADER = 27
_BEGINS, _ENDS = 2, 4
_LONGEST_HEAD = _HEADER + 255 + 64
_SEARCHED_AT_ONCE = 1 << 16
# How the first packet of a stream begins, for each codec.
_CODECS = {b"\x01vorbis": "vorbis", b"OpusHead": "opus", b"\x7fFLAC": "flac", b"Speex   ": "speex"}
_VIDEO = (b"\x80theora", b"OVP80", b"BBCD\0", b"\1video\0\0\0")
_LONGEST_FRONT = 1 << 17  # bytes in which the first pages of all streams are


class _Page(NamedTuple):
    start: int
    end: int
    serial: bytes
    flags: int
    packet: bytes  # the beginning of what the page holds


class Link(NamedTuple):
    """One link of a chain.

    Attributes:
        start, end: its bytes are those from ``start`` to before ``end``.
        codec: that of its first stream of sound: vorbis, opus, flac, speex, or None.
        vorbis_order: whether its channels are in Vorbis order.
    """

    start: int
    end: int
    codec: str | None
    vorbis_order: bool


def has_video(head: bytes, source: Source) -> bool:
    """Tell whether there is video, by the first pages of all streams, which are in front."""
    page, at = head, 0
    while page[:4] == MAGIC and len(page) >= _HEADER and page[5] & _BEGINS and at < _LONGEST_FRONT:
        body = _HEADER + page[26]
        if page.startswith(_VIDEO, body):
            return True
        at += body + sum(page[_HEADER:body])
        page = source.at(at, _LONGEST_HEAD)
    return False


def stated_end(source: Source) -> int:
    """Return where the last page ends; one byte after the end if a stream lacks its last page.

    Raises:
        CorruptMediaError: the first page of a stream is missing.
    """
    begun: set[bytes] = set()
    running: set[bytes] = set()
    end = 0
    for page in _pages(source):
        end = page.end
        if page.flags & _BEGINS:
            begun.add(page.serial)
            running.add(page.serial)
        elif page.serial not in begun and end <= source.size:
            raise CorruptMediaError(
                "the Ogg file is damaged: a stream in it has no beginning", remedy=SEND_WHOLE
            )
        if page.flags & _ENDS:
            running.discard(page.serial)
    return max(end, source.size + 1) if running or not end else end


def links(source: Source) -> list[Link]:
    """Return the links of a file. Most files have one; a file without a first page has none."""
    found: list[list[_Page]] = []
    was_first = False
    end = 0
    for page in _pages(source):
        is_first = bool(page.flags & _BEGINS)
        if is_first and not was_first:
            found.append([])
        if is_first:
            found[-1].append(page)
        was_first, end = is_first, page.end
    bounds = [*(pages[0].start for pages in found), end]
    return [_link(pages, end) for pages, end in zip(found, bounds[1:], strict=True)]


def _link(firsts: list[_Page], end: int) -> Link:
    for page in firsts:
        for magic, codec in _CODECS.items():
            if page.packet.startswith(magic):
                family = page.packet[18:19]  # of Opus, where 1 is Vorbis order
                is_vorbis_order = codec == "vorbis" or (codec == "opus" and family == b"\1")
                return Link(firsts[0].start, end, codec, is_vorbis_order)
    return Link(firsts[0].start, end, None, False)


def _pages(source: Source) -> Iterator[_Page]:
    """Yield the pages. Bytes between them are skipped, as all readers do."""
    at = 0
    while at < source.size:
        page = _page_at(source, at)
        if page:
            yield page
        at = page.end if page else _next_page(source, at + 1)


def _page_at(source: Source, at: int) -> _Page | None:
    """Return the page at a place; one whose header is cut off ends after the file's end."""
    head = source.at(at, _LONGEST_HEAD)
    if head[:4] != MAGIC:
        return None
    if len(head) < _HEADER or len(head) < _HEADER + head[26]:
        return _Page(at, source.size + 1, b"", 0, b"")
    body = _HEADER + head[26]
    end = at + body + sum(head[_HEADER:body])
    return _Page(at, end, head[14:18], head[5], head[body : body + 64])


def _next_page(source: Source, at: int) -> int:
    """Return where the next page begins from ``at`` on, or the size of the source."""
    while at < source.size:
        found = source.at(at, _SEARCHED_AT_ONCE).find(MAGIC)
        if found >= 0:
            return at + found
        at += _SEARCHED_AT_ONCE - len(MAGIC) + 1
    return source.size
