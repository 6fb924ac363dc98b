"""Every default limit applies: a call at the limit works, one above it is a `LimitError`."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile

import encoders
from encoders import (
    CorruptMediaError,
    LimitError,
    Limits,
    audio,
    file,
    response,
)
from tests.limits_cases import FIELDS, nested, url, within


def png_of(pixels: int) -> bytes:
    """Return a PNG without data that claims ``pixels`` pixels."""
    height = next(n for n in range(1, pixels) if pixels % n == 0 and pixels // n < 2**31)
    size = struct.pack(">IIBBBBB", pixels // height, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gif_of(frames: int, width: int = 1, height: int = 1) -> bytes:
    """Return a GIF whose frames are of one pixel each."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    each = b"!\xf9\x04\0\1\0\0\0," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return screen + each * frames + b";"


def flac_of(samples: int) -> bytes:
    """Return a FLAC that claims ``samples`` samples, and has few (RFC 9639 section 8.2)."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(5000, np.int16), 96_000, format="FLAC")
    data = bytearray(buffer.getvalue())
    (packed_fields,) = struct.unpack_from(">Q", data, 18)
    struct.pack_into(">Q", data, 18, packed_fields >> 36 << 36 | samples)
    return bytes(data)


def read_claim(data: bytes, limits: Limits) -> None:
    """Decode content that claims more than it has: without a bound this fails another way."""
    with pytest.raises(CorruptMediaError):
        audio.decode(url(data), limits=limits)


def silence(seconds: float) -> str:
    """Return silence at one sample a second."""
    return audio.encode((1, np.zeros(int(seconds), np.int16)), format="flac")


def one(output: Any, component: str, limits: Limits) -> Any:
    return response({"data": [output]}, [component], limits=limits).data[0]


DEFAULTS: dict[str, Callable[[Any, Limits], object]] = {
    # Pages of zeros that are not touched cost no memory.
    "max_bytes": lambda n, limits: file.decode(url(bytes(n)), limits=limits),
    "max_pixels": lambda n, limits: encoders.inspect(png_of(n), limits=limits),
    "max_frames": lambda n, limits: encoders.inspect(gif_of(n), limits=limits),
    "max_seconds": lambda n, limits: audio.decode(silence(n), limits=limits),
    "max_samples": lambda n, limits: read_claim(flac_of(n), limits),
    "max_outputs": lambda n, limits: response({"data": [1] * n}, limits=limits),
    "max_depth": lambda n, limits: one(nested(n), "json", limits),
    "max_files": lambda n, limits: one(["data:,a"] * n, "file", limits),
}


def test_every_default_has_a_case() -> None:
    # A gibibyte of frames is too much for a test.
    assert {*DEFAULTS, "max_body_bytes", "max_held_pixels"} == set(FIELDS)


@pytest.mark.parametrize("limit", DEFAULTS)
def test_default_limit_allows_its_value_and_refuses_one_more(limit: str) -> None:
    use, bound = DEFAULTS[limit], getattr(Limits(), limit)

    use(bound, Limits())
    with pytest.raises(LimitError, match=rf"\d .* is over the limit {limit}={bound:,};"):
        use(bound + 1, Limits())
    use(bound + 1, within(limit, None))


def test_a_body_of_over_1_gib_is_refused_by_default() -> None:
    with pytest.raises(LimitError, match=r"1,073,741,825 bytes of JSON .* max_body_bytes="):
        response(bytes(1024**3 + 1))


def test_an_endless_body_is_read_up_to_the_bound() -> None:
    class Endless(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size
            self.given += size
            return b" " * size

    source = Endless()
    with pytest.raises(LimitError, match=r"max_body_bytes=10,000,000"):
        response(source, limits=Limits(max_body_bytes=10_000_000))
    assert source.given < 12_000_000
