"""A picture is described by its head, correctly, and little of a large file is read."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from encoders import image, inspect
from encoders.errors import CorruptMediaError
from tests.paths import FIXTURES
from tests.pillow import HAS_AVIF, known, needs_avif

LARGE = 100 * 1024 * 1024
HEAD = 72 * 1024  # what telling the type reads


class Counting(io.FileIO):
    """A file that counts the bytes that are read."""

    count = 0

    def readinto(self, buffer: Any) -> int | None:
        read = super().readinto(buffer)
        self.count += read or 0
        return read


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


def png() -> tuple[bytes, bytes]:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 700, 500, 8, 2, 0, 0, 0))
    start = b"\x89PNG\r\n\x1a\n" + header + struct.pack(">I", LARGE) + b"IDAT"
    return start, bytes(4) + chunk(b"eXIf", turned()[6:]) + chunk(b"IEND", b"")


def written(format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (500, 700)).save(buffer, format, **options)
    return buffer.getvalue()


def webp() -> tuple[bytes, bytes]:
    body = written("WEBP")[12:] + b"more" + struct.pack("<I", LARGE)
    return b"RIFF" + struct.pack("<I", len(body) + LARGE + 4) + b"WEBP" + body, b""


def boxed(data: bytes) -> tuple[bytes, bytes]:
    return data + struct.pack(">I4s", LARGE + 8, b"free"), b""


STARTS: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "png": png,
    "jpeg": lambda: (written("JPEG"), b""),
    "webp": webp,
    "tiff": lambda: (written("TIFF"), b""),
    "heic": lambda: boxed((FIXTURES / "edge" / "phone.heic").read_bytes()),
}


if HAS_AVIF:
    STARTS["avif"] = lambda: boxed(written("AVIF"))


@pytest.mark.parametrize("format", STARTS)
def test_inspecting_a_large_picture_reads_little_of_it(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"large.{format}"
    start, end = STARTS[format]()
    with path.open("wb") as file:
        file.write(start)
        file.seek(LARGE, io.SEEK_CUR)
        file.write(end or bytes(1))

    counting = Counting(path)
    with io.BufferedReader(counting) as file:
        details = inspect(file).details

    size = {"png": (500, 700), "heic": (128, 96)}.get(format, (500, 700))
    assert (details["width"], details["height"]) == size
    assert counting.count < HEAD + 64 * 1024


def animated(format: str, mode: str, **options: Any) -> bytes:
    frames = [Image.new(mode, (16, 12), colour) for colour in ("red", "lime", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, format, save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


def picture(
    format: str, mode: str = "RGB", size: tuple[int, int] = (16, 12), **options: Any
) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (*size[::-1], 4)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(buffer, format, **options)
    return buffer.getvalue()


def texts(**texts: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_itxt(key.replace("_", ":").replace("-", "."), text)
    return info


XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'


def late(data: bytes) -> bytes:
    """Return a PNG with its EXIF data and texts moved after its pixels."""
    at, header, others = 8, b"", b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        one, kind = data[at : at + 12 + length], data[at + 4 : at + 8]
        if kind in (b"eXIf", b"iTXt", b"zTXt", b"tEXt"):
            others += one
        elif kind == b"IEND":
            return data[:8] + header + others + one
        else:
            header += one
        at += 12 + length
    raise AssertionError


def bad_last_crc(data: bytes) -> bytes:
    """Return a PNG with a wrong CRC in the chunk before the last."""
    return data[:-16] + bytes(byte ^ 255 for byte in data[-16:-12]) + data[-12:]


def old_exif() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(turned()):8}\n{turned().hex()}", zip=True)
    return info


PICTURES: dict[str, Callable[[], bytes]] = {
    **{
        f"{format} {mode}": partial(picture, format, mode)
        for format in known("WEBP", "AVIF", "PNG", "TIFF")
        for mode in ("L", "RGB", "RGBA")
    },
    "lossless WebP": lambda: picture("WEBP", lossless=True),
    "lossless WebP with alpha": lambda: picture("WEBP", "RGBA", lossless=True),
    "large WebP": lambda: picture("WEBP", size=(1500, 3)),
    "WebP with a turn": lambda: picture("WEBP", exif=turned()),
    "WebP with a turn in XMP": lambda: picture("WEBP", xmp=XMP.encode()),
    "animated WebP": lambda: animated("WEBP", "RGB"),
    "animated WebP with alpha": lambda: animated("WEBP", "RGBA", lossless=True),
    "PNG with a turn": lambda: picture("PNG", exif=turned()),
    "PNG with a turn behind": lambda: late(picture("PNG", exif=turned())),
    "PNG with an old turn": lambda: picture("PNG", pnginfo=old_exif()),
    "PNG with an old turn behind": lambda: late(picture("PNG", pnginfo=old_exif())),
    "PNG with a turn behind and a wrong CRC": lambda: bad_last_crc(
        late(picture("PNG", exif=turned()))
    ),
    "PNG with XMP": lambda: picture("PNG", pnginfo=texts(XML_com_adobe_xmp=XMP)),
    "PNG in grey and alpha": lambda: picture("PNG", "LA"),
    "PNG with a palette": lambda: picture("PNG", "P", transparency=0),
    "animated PNG": lambda: animated("PNG", "RGB"),
    "TIFF with a turn": lambda: picture("TIFF", exif=turned()),
    "TIFF with pages": lambda: animated("TIFF", "RGB"),
    "JPEG with a turn": lambda: picture("JPEG", exif=turned()),
    "GIF": lambda: animated("GIF", "RGB"),
}
if HAS_AVIF:
    PICTURES["AVIF with a turn"] = lambda: picture("AVIF", exif=turned())
    PICTURES["animated AVIF"] = lambda: animated("AVIF", "RGB")


@pytest.mark.parametrize("name", PICTURES)
def test_description_matches_the_decoded_picture(name: str) -> None:
    data = PICTURES[name]()
    decoded = Image.open(io.BytesIO(data))
    mode, frames = decoded.mode, getattr(decoded, "n_frames", 1)
    decoded.load()
    width, height = ImageOps.exif_transpose(decoded).size

    info = image.describe(data)

    assert (info.width, info.height, info.mode, info.frames) == (width, height, mode, frames)


@pytest.mark.parametrize(
    "name", ["WEBP RGB", pytest.param("AVIF RGB", marks=needs_avif), "animated WebP"]
)
def test_describing_a_truncated_picture_is_corrupt_media(name: str) -> None:
    data = PICTURES[name]()

    with pytest.raises(CorruptMediaError):
        image.describe(data[: len(data) - 9])
