"""JSON with files in it, read as it arrives.

`json.loads` keeps a big data URL as text beside its bytes. Here it is decoded as it arrives, so
that a body costs little more than the size of its files. The result is that of `json.loads`, but
with a `DataURL` in place of each long data URL, whose ``str`` is exactly the text that was there. A
data URL that is not canonical base64 stays text.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from encoders import data_url
from encoders.data_url import DataURL, forgiving_base64
from encoders.data_url.forgiving_base64 import DECODE_CHUNK
from encoders.errors import DataURLError, LimitError, ResponseError, bounded, clip
from encoders.limits import Limits

_START = b'"data:'
_SHORTEST = 64 * 1024  # below it, text beside bytes costs nothing that matters
_LONGEST_HEADER = 256
_OVERLAP = 64
_STEP = 1024 * 1024
_HOLDERS = frozenset((dict, list))
# Bytes that CPython takes for: an empty list or dict, the rest of a dict with a few keys, a place
# in a list, a key in a dict, a number, a string without its characters.
_HOLDER, _FULL_OBJECT, _SLOT, _KEY, _VALUE, _TEXT = 64, 120, 8, 40, 24, 56
_SHORT = 4  # characters for each comma; with fewer, the values count as small integers
_ALWAYS = 64 << 20  # bytes in memory that are never refused
_MOST_A_CHARACTER = 50  # bytes in memory for a character of JSON, at most
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


class Parsed(NamedTuple):
    """A JSON value, whether it has `DataURL` objects in it, and the bytes it takes in memory."""

    value: Any
    has_urls: bool
    size: int = 0


def parse(text: str | bytes, limits: Limits) -> Parsed:
    """Return the value of a whole body. Errors are those of `BodyReader`."""
    limits.check("max_body_bytes", len(text), "bytes of JSON")
    if len(text) < _SHORTEST:  # it cannot hold a long data URL
        data = utf8(text)
        limits.check("max_body_bytes", len(data), "bytes of JSON")
        return Parsed(_loads(data, limits), False)
    reader = BodyReader(limits)
    for position in range(0, len(text), _STEP):
        reader.feed(utf8(text[position : position + _STEP]))
    return reader.close()


def utf8(text: str | bytes) -> bytes:
    """Return text as UTF-8, with lone surrogates as three bytes each."""
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text


def check_depth(value: Any, limits: Limits) -> None:
    """Check that lists and objects are not nested deeper than ``max_depth``, level by level."""
    level, depth = [value], 0
    while level := [holder for holder in level if type(holder) in _HOLDERS]:
        depth += 1
        limits.check("max_depth", depth, "levels of lists and objects, or more")
        inside = (item.values() if isinstance(item, dict) else item for item in level)
        level = [
            part for items in inside if not _HOLDERS.isdisjoint(map(type, items)) for part in items
        ]


@contextmanager
def as_deep_as_python(limits: Limits) -> Iterator[None]:
    """Raise a `LimitError` where JSON is deeper than Python can follow, with any ``max_depth``."""
    try:
        yield
    except RecursionError:
        depth = sys.getrecursionlimit()
        depth = depth if limits.max_depth is None else min(depth, limits.max_depth)
        raise LimitError("max_depth", depth, "JSON deeper than Python can follow") from None


class BodyReader:
    """Takes a body's bytes piece by piece and gives the value at its end.

    A body, or a data URL in it, that is too large raises a `LimitError` at once.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._size = 0
        self._kept: list[bytes] = []
        self._rest = b""
        self._decoding: _Decoding | None = None
        self._found: list[DataURL] = []
        # JSON text that no server can guess, in place of what was taken out.
        self._mark = f"\\u0000{secrets.token_hex(8)}:"

    def feed(self, chunk: bytes) -> None:
        self._size += len(chunk)
        self._limits.check("max_body_bytes", self._size, "bytes of JSON")
        position = self._decode_on(chunk, 0) if self._decoding else 0
        if not self._decoding:
            self._scan(self._rest + chunk[position:])

    def close(self) -> Parsed:
        """Return the value.

        Raises:
            ResponseError: the body is not JSON.
            LimitError: lists and objects are nested too deep for Python to read.
        """
        if self._decoding:
            self._keep_as_text()
        text = b"".join((*self._kept, self._rest))
        self._kept.clear()
        value = _loads(text, self._limits)
        value = self._put_back(value) if self._found else value
        memory = self._size + _memory_of(text, text.count(b'"') // 2)
        return Parsed(value, bool(self._found), memory)

    def _scan(self, text: bytes) -> None:
        """Keep ``text``, up to where it may be the start of a long string."""
        kept, position = 0, 0
        while (start := _long_data_url(text, position)) >= 0:
            comma = text.find(b",", start, start + _LONGEST_HEADER)
            decoding = _Decoding.of(text[start + 1 : comma + 1], self._limits)
            position = start + 1
            if decoding and not _is_escaped(text, start):
                self._kept.append(text[kept:start])
                self._decoding = decoding
                kept = position = self._decode_on(text, comma + 1)
        if self._decoding:
            self._rest = b""
            return
        last = text.rfind(b'"', max(kept, len(text) - _SHORTEST))
        cut = max(min(last if last >= 0 else len(text), len(text)) - _OVERLAP, kept)
        self._kept.append(text[kept:cut])
        self._rest = text[cut:]

    def _decode_on(self, text: bytes, position: int) -> int:
        """Decode up to the closing quote; return where reading goes on."""
        assert self._decoding
        end = text.find(b'"', position)
        stop = end if end >= 0 else len(text)
        while position < stop:
            piece = text[position : min(position + DECODE_CHUNK, stop)]
            position += len(piece)
            if not self._decoding.feed(piece):
                self._keep_as_text()
                return position
        if end < 0:
            return stop
        url = self._decoding.finish()
        if url is None:
            self._keep_as_text()
            self._kept.append(b'"')
        else:
            self._kept.append(f'"{self._mark}{len(self._found)}"'.encode())
            self._found.append(url)
            self._decoding = None
        return end + 1

    def _keep_as_text(self) -> None:
        """Keep as text what turned out not to be a canonical data URL."""
        assert self._decoding
        self._kept.append(b'"' + self._decoding.text())
        self._decoding = None

    def _put_back(self, value: Any) -> Any:
        """Put each `DataURL` in place of its mark, without a call for each level."""
        mark, left = json.loads(f'"{self._mark}"'), len(self._found)
        whole = [value]
        holders: list[Any] = [whole]
        while holders:
            holder = holders.pop()
            for key, item in holder.items() if isinstance(holder, dict) else enumerate(holder):
                if isinstance(item, str) and item.startswith(mark):
                    holder[key] = self._found[int(item[len(mark) :])]
                    left -= 1
                elif type(item) in _HOLDERS:
                    holders.append(item)
        if left:
            raise ResponseError(
                "a data URL is the key of an object, or the value of a key that is given twice: "
                "expected it as a value"
            )
        return whole[0]


class _Decoding:
    """A data URL of which a part has been decoded."""

    def __init__(self, header: bytes, media_type: str, limits: Limits) -> None:
        self._header = header
        self._media_type = media_type
        self._limits = limits
        self._data = io.BytesIO()
        self._carry = b""

    @classmethod
    def of(cls, header: bytes, limits: Limits) -> _Decoding | None:
        """Return one for a header that a `DataURL` would write exactly like this, else None."""
        if not header.endswith(b";base64,"):
            return None
        try:
            url = data_url.parse(header.decode("ascii"), strict=True)
        except (UnicodeDecodeError, DataURLError):
            return None
        same = not url.parameters and str(url).encode() == header
        return cls(header, url.media_type, limits) if same else None

    def feed(self, text: bytes) -> bool:
        """Decode more text; return False if it is not base64."""
        text = self._carry + text if self._carry else text
        cut = max(len(text) - 1, 0) & ~3  # the last four may be padded: hold them back
        data = forgiving_base64.decode_groups(text[:cut])
        if data is None:
            self._carry = text
            return False
        self._carry = text[cut:]
        self._write(data)
        return True

    def finish(self) -> DataURL | None:
        """Return the whole, or None if its end is not canonical."""
        try:
            _, data = forgiving_base64.decode_last(self._carry, strict=True)
        except DataURLError:
            return None
        self._write(data)
        return DataURL(self._media_type, self._data.getvalue())

    def _write(self, data: bytes) -> None:
        size = self._data.tell() + len(data)
        self._limits.check("max_bytes", size, "bytes in a data URL so far")
        self._data.write(data)

    def text(self) -> bytes:
        """Return the text so far."""
        pieces = forgiving_base64.encode([self._data.getbuffer()])
        return b"".join((self._header, *(piece.encode() for piece in pieces), self._carry))


def _long_data_url(text: bytes, position: int) -> int:
    """Return where the next `_START` is with `_SHORTEST` bytes and no quote after it, or -1.

    Searching backwards from the end of each window finds a quote at once in all usual JSON.
    """
    last = len(text) - _SHORTEST
    while 0 <= position < last:
        found = text.rfind(b'"', position, position + _SHORTEST)
        if found == position and text.startswith(_START, position):
            return position
        is_last = found in (-1, position)
        position = text.find(b'"', position + _SHORTEST) if is_last else found
    return -1


def _is_escaped(text: bytes, quote: int) -> bool:
    before = text[max(quote - _OVERLAP, 0) : quote]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1


def _check_memory(text: bytes, limits: Limits) -> None:
    """Check the memory that lists, objects, numbers and strings take against ``max_body_bytes``.

    ``[],`` is three bytes of JSON and some hundred in memory. Counting costs little, and short
    texts are not counted at all. Where the count is too high, it is done again without strings,
    unless the strings alone are too many.
    """
    if limits.max_body_bytes is None:
        return
    most = max(limits.max_body_bytes, _ALWAYS)
    if len(text) * _MOST_A_CHARACTER <= most:
        return
    wide = 2 * (_width(text) - 1) * len(text)  # once in the text, and once in its strings
    quotes = text.count(b'"')
    if wide + _memory_of(text, quotes // 2) <= most:
        return
    strings = (quotes - text.count(b'\\"')) // 2
    least = wide + (_SLOT + _TEXT) * max(strings - text.count(b":"), 0)
    if least > most:
        limits.check("max_body_bytes", least, "bytes of JSON in memory")
    needed = wide + _memory_of(*_STRING.subn(b"", text))
    if needed > most:
        limits.check("max_body_bytes", needed, "bytes of JSON in memory")


def _width(text: bytes) -> int:
    """Return the bytes that Python takes for a character of the widest string in JSON text."""
    if text.isascii():
        return 1
    return 4 if any(bytes([lead]) in text for lead in range(0xF0, 0xF5)) else 2


def _memory_of(text: bytes, strings: int) -> int:
    """Return about how many bytes Python takes for the values of JSON text.

    Args:
        text: with or without its strings, whose characters do not count.
        strings: how many strings there are.
    """
    lists, objects, keys, commas = map(text.count, (b"[", b"{", b":", b","))
    # Small integers, true, false and null exist once in memory; they are also short in the text.
    value = _VALUE if len(text) > _SHORT * (commas + 1) else 0
    return (
        _HOLDER * (lists + objects)
        + _FULL_OBJECT * min(objects, keys)
        + (_SLOT * (commas + 1) + value * commas + _KEY * keys)
        + _TEXT * max(strings - keys, 0)
    )


def _loads(text: bytes, limits: Limits) -> Any:
    try:
        _check_memory(text, limits)
        with as_deep_as_python(limits):
            return json.loads(text)
    except LimitError:
        raise
    except ValueError as error:
        start = clip(text[:80].decode("utf-8", "replace"))
        raise ResponseError(f"expected JSON, found {start}: {bounded(str(error))}") from error
