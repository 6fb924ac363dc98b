"""Data URLs of any size, read from and written to files in little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from os import PathLike
from typing import BinaryIO, TextIO

from encoders.atomic import write_all
from encoders.data_url import forgiving_base64 as b64
from encoders.data_url import media_type as media_types
from encoders.data_url.media_type import OCTET_STREAM, Parameters
from encoders.data_url.parsing import (
    C0_OR_SPACE,
    LONGEST_HEADER,
    LONGEST_RESOLVED,
    NO_TABS_OR_LINE_ENDS,
    Header,
    before_comma,
    check_strict_body,
    parse_header,
    resolve,
)
from encoders.limits import DEFAULT, Limits


def encode_to(
    source: str | PathLike[str] | BinaryIO,
    sink: TextIO,
    *,
    media_type: str = OCTET_STREAM,
    parameters: Parameters = (),
) -> None:
    """Write ``source`` to ``sink`` as a base64 data URL, in less than 1 MiB of memory.

    Args:
        source: a path, or a binary file that is read from its position to its end.
        sink: a text file.
        media_type: the essence to declare; the content is not inspected.
        parameters: ``(name, value)`` pairs.
    """
    for piece in encode_pieces(source, media_type=media_type, parameters=parameters):
        sink.write(piece)


def encode_pieces(
    source: str | PathLike[str] | BinaryIO,
    *,
    media_type: str = OCTET_STREAM,
    parameters: Parameters = (),
) -> Iterator[str]:
    """Yield what `encode_to` writes. A file at a path stays open until the last piece is read."""
    media_types.check(media_type, parameters)
    if not hasattr(source, "read"):
        with open(source, "rb", buffering=0) as file:
            yield from encode_pieces(file, media_type=media_type, parameters=parameters)
        return
    yield f"data:{media_types.serialize(media_type, parameters)};base64,"
    yield from b64.encode(iter(lambda: source.read(b64.ENCODE_CHUNK), b""))


def decode_to(
    source: str | PathLike[str] | TextIO,
    sink: BinaryIO,
    *,
    strict: bool = False,
    url_safe: bool = False,
    max_bytes: int | None = DEFAULT.max_bytes,
) -> Header:
    """Write the bytes of the data URL in ``source`` to ``sink``, in less than 4 MiB of memory.

    A long run of spaces and controls takes more, until it is known whether the text ends there.

    Args:
        source: the path of a text file, or a text file that is read from its position to its end.
        sink: a binary file. After an error it holds the bytes before the fault.
        strict: as in `parse`.
        url_safe: as in `parse`.
        max_bytes: bound on the decoded size, checked before each write; None for no bound.

    Raises:
        DataURLError: ``source`` is not a data URL.
        LimitError: the body is larger than ``max_bytes``.
    """
    if not hasattr(source, "read"):
        with open(source, encoding="utf-8", errors="replace", newline="") as file:
            return decode_to(file, sink, strict=strict, url_safe=url_safe, max_bytes=max_bytes)
    text = _read(source.read, LONGEST_HEADER, ",")
    declared = before_comma(text, strict, max_bytes)
    if declared.startswith("/"):
        text = resolve(text + _read(source.read, LONGEST_RESOLVED + 1 - len(text)))
        declared = before_comma(text, strict, max_bytes)
    header = parse_header(declared)
    start = text.index(",") + 1
    first = text[start:] + source.read(b64.DECODE_CHUNK - len(text) + start)
    pieces: Iterator[str] = chain([first], iter(lambda: source.read(b64.DECODE_CHUNK), ""))
    if not strict:
        pieces = _strip_end(pieces)
    chunks: Iterator[bytes]
    if header.base64:
        chunks = (data for _, data in b64.scan(pieces, url_safe=url_safe, strict=strict))
    else:
        chunks = b64.unescape(_check_strict_pieces(pieces) if strict else pieces)
    size = 0
    for chunk in chunks:
        size += len(chunk)
        Limits(max_bytes=max_bytes).check("max_bytes", size, "bytes in a data URL so far")
        write_all(sink, chunk)
    return header


def _read(read: Callable[[int], str], length: int, wanted: str | None = None) -> str:
    """Return ``length`` characters, or fewer at the end of the file or once ``wanted`` is found.

    A single call to ``read`` may return fewer than requested.
    """
    text = ""
    while not (wanted and wanted in text) and (piece := read(length - len(text))):
        text += piece
    return text


def _strip_end(pieces: Iterable[str]) -> Iterator[str]:
    """Yield ``pieces`` without the spaces and controls at the end of the last one."""
    held = ""
    for piece in pieces:
        bare = piece.rstrip(C0_OR_SPACE)
        if bare:
            yield held + bare
            held = ""
        held += piece[len(bare) :].translate(NO_TABS_OR_LINE_ENDS)


def _check_strict_pieces(pieces: Iterable[str]) -> Iterator[str]:
    held = ""  # an escape that was cut
    for piece in pieces:
        text = held + piece
        cut = text.rfind("%", max(0, len(text) - 2))
        held = text[cut:] if cut >= 0 else ""
        yield check_strict_body(text.removesuffix(held))
    yield check_strict_body(held)
