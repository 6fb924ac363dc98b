"""Pictures of less than 1 MiB that cost as much time or memory as such a file can.

``python -m tests.image.hostile_pictures FOLDER`` writes them.
"""

from __future__ import annotations

import io
import random
import struct
import sys
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

SIDE = 9459  # about the square root of the default of ``max_pixels``
MOST = 1 << 20


def saved(picture: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def flat(mode: str, side: int = SIDE) -> Image.Image:
    return Image.new(
        mode,
        (side, side),
        {"RGB": (9, 99, 199), "RGBA": (9, 99, 199, 9), "LA": (9, 99)}.get(mode, 1),
    )


def moving(format: str, side: int, count: int, **options: Any) -> bytes:
    pages = [Image.new("RGB", (side, side), (number * 5 % 256, 0, 0)) for number in range(count)]
    return saved(pages[0], format, save_all=True, append_images=pages[1:], duration=50, **options)


def gif_of_many_frames(side: int = 4000, count: int = 300) -> bytes:
    """A large canvas on which each frame changes one pixel."""
    start = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + bytes(3) + b"\xff" * 3
    frame = b"\x2c" + struct.pack("<4H", 0, 0, 1, 1) + b"\0" + b"\2\2\x44\1\0"
    return start + (b"\x21\xf9\4\4\5\0\0\0" + frame) * count + b"\x3b"


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_head(width: int, height: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


def apng_of_many_frames(side: int = 4000, count: int = 300) -> bytes:
    pixels = zlib.compress(bytes(side * (side + 1)), 9)
    parts = [b"\x89PNG\r\n\x1a\n", png_head(side, side)]
    parts += [chunk(b"acTL", struct.pack(">II", count, 0))]
    number = 0
    for index in range(count):
        size = side if index == 0 else 1
        control = struct.pack(">IIIIIHHBB", number, size, size, 0, 0, 1, 20, 0, 0)
        parts.append(chunk(b"fcTL", control))
        number += 1
        data = pixels if index == 0 else zlib.compress(b"\0\1")
        parts.append(
            chunk(b"IDAT", data) if index == 0 else chunk(b"fdAT", struct.pack(">I", number) + data)
        )
        number += index > 0
    return b"".join((*parts, chunk(b"IEND", b"")))


def tiff(pages: int, entries: list[tuple[int, int, int, int]], tail: bytes = b"") -> bytes:
    """Pages that all have the same tags, and so the same pixels."""
    size = 2 + 12 * len(entries) + 4
    start = 8 + len(tail)
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    body = b""
    for page in range(pages):
        link = start + (page + 1) * size if page + 1 < pages else 0
        body += struct.pack("<H", len(entries)) + packed + struct.pack("<I", link)
    return b"II*\0" + struct.pack("<I", start) + tail + body


def tiff_of_shared_pages(pages: int = 100, side: int = SIDE) -> bytes:
    strip = b"\x00" * 16
    entries = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (259, 3, 1, 32773)]
    entries += [(262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, side), (279, 4, 1, 16)]
    return tiff(pages, entries, strip)


def tiff_of_many_tags(pages: int = 12, tags: int = 6000) -> bytes:
    entries = [(256, 4, 1, 9), (257, 4, 1, 9)]
    entries += [(1000 + number, 1, 1, 0) for number in range(tags)]
    return tiff(pages, entries)


def tiff_that_shares_tags(pages: int = 9990, tags: int = 60_000) -> bytes:
    """Directories that overlap: each starts two bytes into the table of the one before."""
    table = struct.pack("<H", tags) * (pages + 6 * tags)
    return b"II*\0" + struct.pack("<I", 8) + table[: MOST - 100]


def bitmap_in_runs(side: int = SIDE) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, 900, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 2000, 0, 0, 14 + 40 + 1024) + head + bytes(1024) + b"\1\1"


def bitmap_full_of_runs(side: int = 8000) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, 900, 0, 0, 256, 0)
    runs = (b"\xff\1" * (side // 255) + bytes((side % 255, 1)) + b"\0\0") * side
    start = b"BM" + struct.pack("<IHHI", 2000, 0, 0, 14 + 40 + 1024) + head + bytes(1024)
    return (start + runs)[:MOST]


def jpeg_of_many_scans(side: int = 4000, scans: int = 5000) -> bytes:
    """A progressive JPEG whose last scans change no block."""
    data = saved(flat("L", side), "JPEG", progressive=True, quality=20)
    last = data.rindex(b"\xff\xda")
    empty = b"\xff\xda\0\x08\1\1\0\x3f\x3f\x00"
    return data[:last] + data[last:-2][:400] + (empty + b"\xff\0" * 2) * scans + b"\xff\xd9"


def avif_that_lies() -> bytes:
    data = bytearray(saved(Image.new("RGB", (9000, 9000)), "AVIF", quality=10, speed=10))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", 16, 16)
    return bytes(data)


def icon_with_a_second_head() -> bytes:
    picture = b"\x89PNG\r\n\x1a\n" + png_head(16, 16) + png_head(20_000, 20_000)
    picture += chunk(b"IDAT", zlib.compress(bytes(400_020_000), 9)) + chunk(b"IEND", b"")
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), 22)
    return b"\0\0\1\0\1\0" + entry + picture


def tga_in_runs(side: int = SIDE) -> bytes:
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, side, side, 24, 0)
    return (head + b"\xff\1\2\3" * (side * side // 128 + 1))[:MOST]


def qoi_in_runs(side: int = SIDE) -> bytes:
    head = b"qoif" + struct.pack(">IIBB", side, side, 3, 0)
    return (head + b"\xfd" * (side * side // 62 + 1) + bytes(7) + b"\1")[: MOST - 100]


def psd_in_runs(side: int = 8000) -> bytes:
    head = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, side, side, 8, 3) + bytes(12)
    line = b"\x81\1" * (side // 128 + 1)
    counts = struct.pack(">H", len(line)) * (3 * side)
    return (head + b"\0\1" + counts + line * (3 * side))[:MOST]


def png_with_texts() -> bytes:
    bomb = zlib.compress(bytes(60_000_000), 9)
    texts = b"".join(chunk(b"zTXt", b"a\0\0" + bomb) for _ in range(10))
    pixels = chunk(b"IDAT", zlib.compress(bytes(272)))
    return b"\x89PNG\r\n\x1a\n" + png_head(16, 16) + texts + pixels + chunk(b"IEND", b"")


def noisy_png(kind: str, side: int = SIDE) -> bytes:
    """Noise that is repeated to the right and below, where deflate stores it in a few bytes."""
    colour, depth, channels = {"L": (0, 8, 1), "RGB": (2, 8, 3), "RGBA": (6, 8, 4)}.get(
        kind, (3, 8, 1) if kind == "P" else (0, 1, 1)
    )
    noise = random.Random(1)
    width = -(-side * channels * depth // 8)
    tile, every = (width, 1) if depth == 1 else (150 * channels, 12)
    packed, pixels = zlib.compressobj(9), b""
    rows = [noise.randbytes(width) for _ in range(16)]
    for line in range(side):
        if depth == 1:
            pixels += packed.compress(b"\0" + rows[(line * 7) % 16])
        elif line % every == 0:
            pixels += packed.compress(b"\0" + (noise.randbytes(tile) * (width // tile + 1))[:width])
        else:
            pixels += packed.compress(b"\2" + bytes(width))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, 0))
    palette = chunk(b"PLTE", noise.randbytes(768)) if kind == "P" else b""
    data = chunk(b"IDAT", pixels + packed.flush())
    return b"\x89PNG\r\n\x1a\n" + head + palette + data + chunk(b"IEND", b"")


def jp2_of_small_blocks(side: int = 7500) -> bytes:
    """A file that claims blocks of 4×4; writing a real one takes gigabytes."""
    data = saved(flat("L", side), "JPEG2000")
    sizes = data.index(b"\xff\x52") + 10
    return data[:sizes] + b"\0\0" + data[sizes + 2 :]


def turned_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(flat("RGB", 8000), "JPEG", quality=10, exif=exif)


MADE: dict[str, Callable[[], bytes]] = {
    "gif of many frames": gif_of_many_frames,
    "gif of small frames": lambda: gif_of_many_frames(1000, 9000),
    "gif of tiny frames": lambda: gif_of_many_frames(64, 9990),
    "apng of many frames": apng_of_many_frames,
    "webp of many frames": lambda: moving("WEBP", 3000, 100),
    "avif of many frames": lambda: moving("AVIF", 2000, 60, speed=10),
    "gif of whole frames": lambda: moving("GIF", 3000, 60),
    "tiff of shared pages": tiff_of_shared_pages,
    "tiff of small pages": lambda: tiff_of_shared_pages(5000, 100),
    "tiff of many tags": tiff_of_many_tags,
    "tiff that shares tags": tiff_that_shares_tags,
    "bitmap in runs": bitmap_in_runs,
    "bitmap full of runs": bitmap_full_of_runs,
    "jpeg of many scans": jpeg_of_many_scans,
    "avif that lies": avif_that_lies,
    "icon with a second head": icon_with_a_second_head,
    "tga in runs": tga_in_runs,
    "qoi in runs": qoi_in_runs,
    "psd in runs": psd_in_runs,
    "png with texts": png_with_texts,
    **{f"noisy {kind} png": partial(noisy_png, kind) for kind in ("1", "P", "RGB", "RGBA")},
    "noisy RGBA png of 44 megapixels": partial(noisy_png, "RGBA", 6650),
    "noisy P png of 32 megapixels": partial(noisy_png, "P", 5650),
    "flat grey of 16 bits": lambda: saved(flat("I;16"), "PNG"),
    "flat grey with alpha": lambda: saved(flat("LA"), "PNG"),
    "flat gif with a transparent colour": lambda: saved(flat("P"), "GIF", transparency=1),
    "flat tiff of integers": lambda: saved(flat("I"), "TIFF", compression="tiff_deflate"),
    "narrow grey of 16 bits": lambda: saved(Image.new("I;16", (1, 50_000_000)), "PNG"),
    "narrow png": lambda: saved(Image.new("RGB", (8, 7_500_000)), "PNG"),
    "turned jpeg": turned_jpeg,
    "jp2 of small blocks": jp2_of_small_blocks,
    "plain pgm of comments": lambda: b"P2\n4 4\n255\n" + b"#\n" * 524_000 + b"1 " * 16,
    "flat png": lambda: saved(flat("RGBA"), "PNG"),
    "flat grey png": lambda: saved(flat("L"), "PNG"),
    "flat bits": lambda: saved(flat("1"), "PNG"),
    "flat webp": lambda: saved(flat("RGB"), "WEBP", quality=10),
    "flat jpeg": lambda: saved(flat("L", 8000), "JPEG", quality=10),
    "flat jp2": lambda: saved(flat("RGB"), "JPEG2000", quality_mode="rates", quality_layers=[1000]),
    "flat gif": lambda: saved(flat("P"), "GIF"),
    "flat deflated tiff": lambda: saved(flat("RGBA"), "TIFF", compression="tiff_deflate"),
    "flat tiff of floats": lambda: saved(flat("F"), "TIFF", compression="tiff_deflate"),
    "flat fax": lambda: saved(flat("1"), "TIFF", compression="group4"),
    "flat avif": lambda: saved(flat("RGB", 8000), "AVIF", speed=10, quality=10),
}


if __name__ == "__main__":
    _folder = Path(sys.argv[1])
    _folder.mkdir(exist_ok=True)
    for _name, _make in MADE.items():
        _data = _make()
        (_folder / _name.replace(" ", "-")).write_bytes(_data)
        print(f"{_name}: {len(_data):,} bytes")
