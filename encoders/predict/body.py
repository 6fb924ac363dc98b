"""JSON with files in it, read as it arrives.

`json.loads` holds a big data URL as text beside its bytes. Here one is decoded while it goes by, so
that a body costs its files' own size and little more. What comes out is what `json.loads` would
give, but with a `DataURL` in place of each long data URL, whose ``str`` is the text that stood
there, letter for letter; one that is not canonical base64 stays text.
"""

from __future__ import annotations

import io
import json
import re
import secrets
from typing import Any, NamedTuple

from encoders import data_url, forgiving_base64
from encoders.data_url import DataURL
from encoders.errors import DataURLError, LimitError, PayloadError, clip
from encoders.forgiving_base64 import DECODE_CHUNK
from encoders.limits import Limits

_START = b'"data:'
_SHORTEST = 64 * 1024  # below it, text beside bytes costs nothing that matters
_LONGEST_HEADER = 256
_OVERLAP = 64
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETS = b"[]{}"
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
_SIGNS_OF_FILES = (b'"path"', b'"is_file"', b"data:", b"/file")


class Parsed(NamedTuple):
    """A JSON value, and whether files may be anywhere in it."""

    value: Any
    may_hold_files: bool


class BodyReader:
    """Takes a body's bytes piece by piece and gives the value at its end."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._size = 0
        self._kept: list[bytes] = []
        self._rest = b""
        self._decoding: _Decoding | None = None
        self._found: list[DataURL] = []
        # JSON text that no server can guess stands in for what was taken out.
        self._mark = f"\\u0000{secrets.token_hex(8)}:"

    def feed(self, chunk: bytes) -> None:
        """Take the next piece.

        Raises:
            LimitError: the body, or a data URL in it, is too large.
        """
        self._size += len(chunk)
        self._limits.check("max_body_bytes", self._size, "bytes of JSON")
        position = self._decode_on(chunk, 0) if self._decoding else 0
        while position < len(chunk) and not self._decoding:
            position = self._look(chunk, position)

    def close(self) -> Parsed:
        """Return the value.

        Raises:
            PayloadError: the body is not JSON.
            LimitError: lists and objects stand too deep inside each other.
        """
        if self._decoding:
            self._give_up()
        self._kept.append(self._rest)
        text = b"".join(self._kept)
        self._kept.clear()
        value = _loads(text, self._limits)
        files = bool(self._found) or any(sign in text for sign in _SIGNS_OF_FILES)
        return Parsed(self._put_back(value) if self._found else value, files)

    def _look(self, chunk: bytes, position: int) -> int:
        """Keep ``chunk`` up to a long data URL; return where reading goes on."""
        text = self._rest + chunk[position:] if self._rest or position else chunk
        self._rest = b""
        start = -1
        while (start := text.find(_START, start + 1)) >= 0:
            end = text.find(b'"', start + len(_START))
            if 0 <= end < start + _SHORTEST:
                continue
            comma = text.find(b",", start, start + _LONGEST_HEADER)
            if comma < 0 and end < 0 and len(text) - start < _LONGEST_HEADER:
                self._keep(text, start)  # the header's end is still to come
                return len(chunk)
            decoding = _Decoding.of(text[start + 1 : comma + 1], self._limits)
            if decoding and not _is_escaped(text, start):
                self._kept.append(text[:start])
                self._decoding = decoding
                return self._decode_on(text, comma + 1) - len(text) + len(chunk)
        self._keep(text, max(len(text) - _OVERLAP, 0))
        return len(chunk)

    def _keep(self, text: bytes, end: int) -> None:
        self._kept.append(text[:end])
        self._rest = text[end:]

    def _decode_on(self, text: bytes, position: int) -> int:
        """Decode up to the closing quote; return where reading goes on."""
        assert self._decoding
        end = text.find(b'"', position)
        stop = end if end >= 0 else len(text)
        while position < stop:
            piece = text[position : min(position + DECODE_CHUNK, stop)]
            position += len(piece)
            if not self._decoding.feed(piece):
                self._give_up()
                return position
        if end >= 0:
            self._finish()
            return end + 1
        return stop

    def _finish(self) -> None:
        assert self._decoding
        url = self._decoding.finish()
        if url is None:
            self._give_up()
            self._kept.append(b'"')
        else:
            self._kept.append(f'"{self._mark}{len(self._found)}"'.encode())
            self._found.append(url)
            self._decoding = None

    def _give_up(self) -> None:
        """Put back as text what turned out to be no canonical data URL."""
        assert self._decoding
        self._kept.append(b'"' + self._decoding.text())
        self._decoding = None

    def _put_back(self, value: Any) -> Any:
        mark, left = json.loads(f'"{self._mark}"'), len(self._found)

        def replaced(item: Any) -> Any:
            nonlocal left
            if isinstance(item, str) and item.startswith(mark):
                left -= 1
                return self._found[int(item[len(mark) :])]
            _replace_in(item)
            return item

        def _replace_in(item: Any) -> None:
            if isinstance(item, dict):
                for key in item:
                    item[key] = replaced(item[key])
            elif isinstance(item, list):
                item[:] = [replaced(part) for part in item]

        value = replaced(value)
        if left:
            raise PayloadError(
                "a data URL stands as the key of an object, or under a key that is given twice: "
                "expected it as a value"
            )
        return value


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
        """Return one for a header that a `DataURL` would write in the same letters, else None."""
        if not header.endswith(b";base64,"):
            return None
        try:
            url = data_url.parse(header.decode("ascii"), strict=True)
        except (UnicodeDecodeError, DataURLError):
            return None
        same = not url.parameters and str(url).encode() == header
        return cls(header, url.media_type, limits) if same else None

    def feed(self, text: bytes) -> bool:
        """Decode more text; return False if it is no base64."""
        text = self._carry + text if self._carry else text
        cut = max(len(text) - 1, 0) & ~3  # the last four may be padded: hold them back
        data = forgiving_base64.decode_quads(text[:cut])
        if data is None:
            self._carry = text
            return False
        self._carry = text[cut:]
        self._limits.check("max_bytes", self._data.tell() + len(data), "bytes in a data URL so far")
        self._data.write(data)
        return True

    def finish(self) -> DataURL | None:
        """Return the whole, or None if its end is not canonical."""
        try:
            _, data = forgiving_base64.decode_last(self._carry, strict=True)
        except DataURLError:
            return None
        self._data.write(data)
        return DataURL(self._media_type, self._data.getvalue())

    def text(self) -> bytes:
        """Return the text so far."""
        pieces = forgiving_base64.encode([self._data.getbuffer()])
        return b"".join((self._header, *(piece.encode() for piece in pieces), self._carry))


def _is_escaped(text: bytes, quote: int) -> bool:
    before = text[max(quote - _OVERLAP, 0) : quote]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1


def _loads(text: bytes, limits: Limits) -> Any:
    try:
        _check_depth(text, limits)
        return json.loads(text)
    except RecursionError:
        depth = limits.max_depth or 0
        raise LimitError("max_depth", depth, "the depth of the JSON") from None
    except ValueError as error:
        if isinstance(error, LimitError):
            raise
        start = clip(text[:80].decode("utf-8", "replace"))
        raise PayloadError(f"expected JSON, found {start}: {error}") from error


def _check_depth(text: bytes, limits: Limits) -> None:
    """Hold the bound on depth before anything is built: peel pairs of brackets off, inside out."""
    depth = limits.max_depth
    if depth is None or text.count(b"[") + text.count(b"{") <= depth:
        return
    brackets = _STRINGS.sub(b"", text).translate(None, _ALL_BUT_BRACKETS)
    for _ in range(depth):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if not brackets:
            return
    if brackets.count(b"[") + brackets.count(b"{") == brackets.count(b"]") + brackets.count(b"}"):
        raise LimitError("max_depth", depth, f"more than {depth:,} levels of JSON")
