"""Forgiving base64, in pieces that stay in the processor's cache.

Follows the WHATWG Infra standard's "forgiving-base64 decode"
(https://infra.spec.whatwg.org/#forgiving-base64-decode) and RFC 4648 sections 4 and 5.

Allocating large blocks of memory costs more than base64 itself, so nothing here does it: callers
join the pieces into the one string, buffer or file that they need.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeVar
from urllib.parse import unquote_to_bytes

import pybase64

from encoders.atomic import BytesLike
from encoders.errors import DataURLError, Remedies, Remedy, clip

_Text = TypeVar("_Text", str, memoryview)

ENCODE_CHUNK = 72 * 1024
DECODE_CHUNK = 256 * 1024

_TAIL = 4096
_WHITESPACE = "\t\n\f\r "
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_FOREIGN = re.compile("[^A-Za-z0-9+/=]+")


def encode(chunks: Iterable[BytesLike]) -> Iterator[str]:
    """Yield the base64 text of ``chunks``, which may be of any length, piece by piece."""
    carry = b""
    chunk: BytesLike
    for chunk in chunks:
        if carry or len(chunk) % 3:
            joined = b"".join((carry, chunk))
            cut = len(joined) - len(joined) % 3
            chunk, carry = memoryview(joined)[:cut], joined[cut:]
        text = pybase64.b64encode_as_string(chunk)
        del chunk  # so that the next one can take its place in the cache
        yield text
        del text
    if carry:
        yield pybase64.b64encode_as_string(carry)


def encode_after(prefix: str, chunks: Iterable[BytesLike]) -> str:
    """Return ``prefix`` and the base64 text of ``chunks`` as one string."""
    rest = iter(chunks)
    first, second = next(rest, b""), next(rest, None)
    if second is None:  # not an empty chunk, after which more may follow
        return prefix + pybase64.b64encode_as_string(first)
    return concatenate(prefix, encode(chain((first, second), rest)))


def concatenate(prefix: str, pieces: Iterable[str]) -> str:
    """Return ``prefix`` and all ``pieces`` as one string, in little more memory than its size.

    CPython appends to a string in place if the C library can grow its block; else it copies the
    string. Appending a sixteenth of its length at a time bounds the total size of the copies.
    """
    text, pending = prefix, ""
    for piece in pieces:
        if pending:
            pending += piece
        elif len(piece) * 16 < len(text):
            pending = piece
        else:
            text += piece
            del piece
            continue
        if len(pending) * 16 >= len(text):
            text += pending
            pending = ""
    text += pending
    return text


def slices(text: _Text, start: int, end: int, step: int = DECODE_CHUNK) -> Iterator[_Text]:
    """Yield ``text[start:end]`` in pieces of ``step`` characters, or bytes."""
    for position in range(start, end, step):
        yield text[position : min(position + step, end)]


def scan(
    pieces: Iterable[str], *, url_safe: bool = False, strict: bool = False
) -> Iterator[tuple[str, bytes]]:
    """Yield canonical base64 text and the bytes that it encodes, piece by piece.

    Args:
        pieces: base64 as in a URL: percent-escapes are decoded, and a fragment ends it. White space
            is ignored, and padding may be missing.
        url_safe: also accept ``-`` and ``_``.
        strict: accept only what RFC 4648 section 4 would write.

    Raises:
        DataURLError: reason "bad base64".
    """
    rest = iter(pieces)
    for piece in rest:
        following = next(rest, "") if piece.endswith("=") else ""
        data = None if following else _decode_canonical(piece)
        if data is None:
            # Padding inside, white space or other characters: now look at every character.
            remaining = chain((piece, following), rest)
            raw = (
                (text.encode("utf-8", "replace") for text in remaining)
                if strict
                else _clean(remaining, url_safe)
            )
            yield from _scan_cleaned(raw, strict)
            return
        yield piece, data


def is_plain(text: str, start: int, end: int) -> bool:
    """Tell whether every four characters of ``text[start:end]`` encode three bytes."""
    return all(text.find(sign, start, end) < 0 for sign in _WHITESPACE + "%#")


def decoded_size(text: str, start: int, end: int) -> int:
    """Return how many bytes ``text[start:end]`` encodes if it is valid, without decoding it."""
    if text.find("%", start, end) < 0 and text.find("#", start, end) < 0:
        # A search that finds nothing takes a tenth of the time of a count.
        found = [sign for sign in _WHITESPACE if text.find(sign, start, end) >= 0]
        length = end - start - sum(text.count(sign, start, end) for sign in found)
        padding = _padding(text, start, end)
    else:
        length, tail = 0, ""
        for raw in _clean(slices(text, start, end), url_safe=False):
            length += len(raw)
            tail = (tail + raw.decode("latin-1"))[-2:]
        padding = _padding(tail, 0, len(tail))
    return (length - padding if length % 4 == 0 else length) * 3 // 4


def unescape(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield the bytes of a URL's body: escapes decoded, no tabs, line ends or fragment.

    See https://url.spec.whatwg.org/#percent-decode and the URL parser's first steps there.
    """
    unfinished, half = b"", ""  # of an escape, of a surrogate pair
    for piece in pieces:
        text = half + piece
        half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        body, fragment, _ = text.removesuffix(half).partition("#")
        raw = unfinished + utf8(body).translate(None, b"\t\n\r")
        unfinished = b""
        if b"%" in raw[-2:]:
            cut = raw.rindex(b"%")
            raw, unfinished = raw[:cut], raw[cut:]
        yield unquote_to_bytes(raw) if b"%" in raw else raw
        if fragment:
            half = ""
            break
    yield unfinished + utf8(half)


def end_without(signs: str, text: str, start: int, end: int) -> int:
    """Return where ``text[start:end]`` ends without the ``signs`` at its end."""
    while end > start and text[end - 1] in signs:
        block = text[max(start, end - _TAIL) : end]
        end -= len(block) - len(block.rstrip(signs))
    return end


def utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # A lone surrogate becomes U+FFFD, as in the standard's scalar value strings.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _clean(pieces: Iterable[str], url_safe: bool) -> Iterator[bytes]:
    table = _URL_SAFE if url_safe else None
    for raw in unescape(pieces):
        yield raw.translate(table, _WHITESPACE.encode())


def _scan_cleaned(pieces: Iterable[bytes], strict: bool) -> Iterator[tuple[str, bytes]]:
    carry = b""
    for piece in pieces:
        text = carry + piece
        cut = max(len(text) - 1, 0) & ~3  # keep the last group back: it may be padded
        data = decode_groups(text[:cut])
        if data is None:
            raise _bad_base64(text)
        carry = text[cut:]
        yield text[:cut].decode("ascii"), data
    if carry:
        yield decode_last(carry, strict)


def decode_last(text: bytes, strict: bool) -> tuple[str, bytes]:
    """Return the last one to four characters in canonical form, and the bytes that they encode.

    Raises:
        DataURLError: reason "bad base64".
    """
    bare = text.removesuffix(b"=").removesuffix(b"=") if len(text) == 4 else text
    try:
        if b"=" in bare:
            raise _bad_base64(text)
        data = pybase64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _bad_base64(text) from None
    canonical = pybase64.b64encode_as_string(data)
    if strict and canonical.encode() != text:
        raise _bad_base64(text)
    return canonical, data


def decode_groups(text: str | bytes) -> bytes | None:
    """Return the bytes of whole groups of four without padding, or None for any other text."""
    try:
        data = pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if len(data) * 4 == len(text) * 3 else None


def _decode_canonical(text: str) -> bytes | None:
    """Return the bytes of whole groups of four, with or without padding, or None for other text."""
    if not text.endswith("="):
        return decode_groups(text)
    body = decode_groups(text[:-4])
    try:
        return None if body is None else body + decode_last(utf8(text[-4:]), strict=True)[1]
    except DataURLError:
        return None


def _padding(text: str, start: int, end: int) -> int:
    count = 0
    end = end_without(_WHITESPACE, text, start, end)
    while count < 2 and end > start and text[end - 1] == "=":
        count += 1
        end = end_without(_WHITESPACE, text, start, end - 1)
    return count


def _bad_base64(text: bytes) -> DataURLError:
    foreign = _FOREIGN.search(text.decode("utf-8", "replace"))
    remedy: Remedies = ()
    if not foreign:
        padding = text.find(b"=")
        near = text[max(padding - 4, 0) :][:8] if padding >= 0 else text[-4:]
        wrong = f"its length or padding is wrong near {clip(near.decode())}"
    elif "-" in foreign[0] or "_" in foreign[0]:
        wrong = f"it has {clip(foreign[0])} of the URL-safe alphabet"
        remedy = (Remedy("pass", "url_safe", "True to data_url.parse"),)
    else:
        wrong = f"it has {clip(foreign[0])}, expected letters, digits, + and /"
    return DataURLError("bad base64", f"the body is not base64: {wrong}", remedy=remedy)
