"""Small files that cost as much as possible take at most 10 seconds and 1 GiB.

`tests.image.hostile_pictures` makes them. The ordinary run takes some; all with ENCODERS_FULL=1.
"""

from __future__ import annotations

import functools
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encoders import (
    CorruptMediaError,
    EncodersError,
    LimitError,
    Limits,
    MediaTypeError,
    file,
    image,
    inspect,
)
from encoders.errors import OutOfMemoryError, as_corrupt
from encoders.image.bounds import check_claims
from encoders.image.codestreams import av1_ranges
from encoders.source import Memory
from tests.image.hostile_pictures import MADE, MOST, chunk, png_head, saved, tiff_of_many_tags
from tests.pace import at_most
from tests.paths import ROOT
from tests.pillow import known, needs_avif

CHOSEN = list(MADE) if os.environ.get("ENCODERS_FULL") else [
    "gif of many frames", "tiff of shared pages", "tiff that shares tags", "bitmap in runs",
    "jpeg of many scans", "icon with a second head", "jp2 of small blocks", "plain pgm of comments",
    *(pytest.param(name, marks=pytest.mark.long) for name in ("flat webp", "flat jp2")),
]  # fmt: skip
# The formats that are written; the others cost less.
WRITTEN = image.FORMATS if os.environ.get("ENCODERS_FULL") else ("png", "webp", "avif")
CODE = """
import sys, warnings
import encoders
from encoders import image, file
from tests.pace import at_most

warnings.simplefilter("ignore")
data = open(sys.argv[1], "rb").read()

def formats(data):
    for format in sys.argv[3:]:
        for options in ({}, {"max_size": 64}, *([{"lossless": True}] if format == "webp" else [])):
            yield lambda: image.encode(data, format=format, **options)

def entries(data):
    url = file.encode(data)
    yield lambda: encoders.inspect(data)
    yield lambda: image.decode(url)
    yield lambda: image.decode_array(url)
    yield lambda: image.decode(url, mode="RGB")
    yield lambda: image.decode_array(url, mode="L")
    yield lambda: image.encode(data, mode="RGBA")
    yield lambda: [None for _ in image.decode_frames(url)]
    yield lambda: encoders.payload(data, components=["image"])
    yield from formats(data)

def memory(key):
    return int(open("/proc/self/status").read().partition(key + ":")[2].split()[0]) * 1024

small = open(sys.argv[2], "rb").read()
for entry in entries(small):
    entry()
for number, entry in enumerate(entries(data)):
    open("/proc/self/clear_refs", "w").write("5")
    before = memory("VmRSS")
    with at_most(10):
        try:
            entry()
        except encoders.EncodersError as error:
            assert str(error).strip()
    added_memory = memory("VmHWM") - before
    assert added_memory < 1100 << 20, f"{number}: {added_memory >> 20} MiB"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")
@pytest.mark.parametrize("name", CHOSEN)
def test_small_hostile_picture_takes_at_most_10_seconds_and_1_gib(
    name: str, fixtures: Path, tmp_path: Path
) -> None:
    data = MADE[name]()
    if len(data) > MOST:
        pytest.skip("larger than what is promised for")
    path = tmp_path / "picture"
    path.write_bytes(data)
    small = str(fixtures / "image" / "small.png")
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(path), small, *known(*WRITTEN)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-500:]


# What is checked before decoding.


def of(data: bytes, limits: Limits) -> dict[str, Callable[[], object]]:
    url = file.encode(data)
    return {
        "decode": lambda: image.decode(url, limits=limits),
        "array": lambda: image.decode_array(url, limits=limits),
        "encode": lambda: image.encode(data, format="png", limits=limits),
    }


@functools.cache
def made(name: str) -> bytes:
    return MADE[name]()


@pytest.mark.parametrize("use", ["decode", "array", "encode"])
@pytest.mark.parametrize(
    "name", [pytest.param("avif that lies", marks=needs_avif), "icon with a second head"]
)
def test_pixel_limit_applies_to_the_decoded_size(name: str, use: str) -> None:
    with pytest.raises(LimitError, match="max_pixels"):
        of(made(name), Limits(max_pixels=10_000))[use]()


def test_scans_with_arithmetic_coding_are_counted_too() -> None:
    data = MADE["jpeg of many scans"]().replace(b"\xff\xc2", b"\xff\xca", 1)
    with pytest.raises(LimitError, match="a tenth of those in all scans"):
        image.decode(file.encode(data))


@needs_avif
def test_padding_does_not_hide_the_size_of_an_avif(fixtures: Path) -> None:
    data = (fixtures / "image" / "small.avif").read_bytes()
    ((start, end), *_) = av1_ranges(Memory(data, None))
    padding = bytes([15 << 3 | 2]) + b"\x88\x27" + bytes(5000)
    item = data[start:end]
    item = item[:2] + padding + item[2:] if item[:1] == b"\x12" else padding + item
    place = struct.pack(">II", start, end - start)
    assert data.count(place) == 1
    made = data.replace(place, struct.pack(">II", len(data), len(item))) + item
    assert image.decode(file.encode(made)).size == (240, 180)
    lies = made.replace(struct.pack(">II", 240, 180), struct.pack(">II", 16, 16))
    with pytest.raises(LimitError, match="max_pixels"):
        image.decode(file.encode(lies), limits=Limits(max_pixels=1000))


def avif_of_items(fixtures: Path, sizes: int, items: bytes, count: int) -> bytes:
    """Return the start of an AVIF whose table has ``count`` items with fields of these sizes."""
    head = (fixtures / "image" / "small.avif").read_bytes()[:32]
    table = bytes(4) + struct.pack(">HH", sizes, count) + items
    location = struct.pack(">I", len(table) + 8) + b"iloc" + table
    return head + struct.pack(">I", len(location) + 12) + b"meta" + bytes(4) + location


@needs_avif
def test_extents_are_bounded(fixtures: Path) -> None:
    items = (struct.pack(">HHH", 1, 0, 65_535) + bytes(65_535)) * 4
    with at_most(10), pytest.raises(CorruptMediaError, match="200,000 parts"):
        image.decode(file.encode(avif_of_items(fixtures, 0x1000, items, 4)))


@pytest.mark.parametrize(("sizes", "extents"), [(0, 3), (0x4400, 6)], ids=["no bytes", "8 bytes"])
def test_a_small_file_does_not_claim_many_extents(fixtures: Path, sizes: int, extents: int) -> None:
    items = struct.pack(">HHH", 1, 0, 65_535) * 3 + bytes(40)
    data = avif_of_items(fixtures, sizes, items, 3)
    assert len([*av1_ranges(Memory(data, None))]) == extents


@needs_avif
def test_honest_avif_is_decoded_at_its_exact_limit(fixtures: Path) -> None:
    url = file.encode(fixtures / "image" / "small.avif")
    assert image.decode(url, limits=Limits(max_pixels=240 * 180)).size == (240, 180)
    with pytest.raises(LimitError):
        image.decode(url, limits=Limits(max_pixels=240 * 180 - 1))


def test_all_frames_together_are_bounded() -> None:
    pages = [Image.new("L", (10, 10), shade) for shade in range(0, 200, 10)]
    for format in known("GIF", "PNG", "WEBP", "TIFF", "AVIF"):
        moving = saved(pages[0], format, save_all=True, append_images=pages[1:])
        url = file.encode(moving)
        assert len(list(image.decode_frames(url, limits=Limits(max_pixels=500)))) == 20
        for limit in (100, 499):
            with pytest.raises(LimitError, match="max_pixels"):
                list(image.decode_frames(url, limits=Limits(max_pixels=limit)))
        with pytest.raises(LimitError, match=r"^500 pixels, a fourth .* max_pixels=499"):
            image.encode(moving, format="webp", max_size=2, limits=Limits(max_pixels=499))


def test_valid_bitmap_in_rle_is_decoded() -> None:
    head = struct.pack("<IiiHHIIiiII", 40, 4, 1, 1, 8, 1, 4, 0, 0, 256, 0)
    palette = bytes((0, 0, 255, 0)) * 256
    start = b"BM" + struct.pack("<IHHI", 1100, 0, 0, 14 + 40 + 1024)
    assert image.decode(file.encode(start + head + palette + b"\4\1\0\1")).getpixel((0, 0)) == 1


def test_dds_too_short_for_its_pixels_is_refused_at_once() -> None:
    form = struct.pack("<II4xI4I", 32, 0x41, 32, 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    data = b"DDS " + struct.pack("<IIII56x", 124, 0x1007, 9000, 9000) + form + bytes(20 + 3000)
    refused = "9000×9000 pixels, which 3,128 bytes"
    with at_most(1), pytest.raises(CorruptMediaError, match=refused):
        image.decode(file.encode(data))


def test_tiff_pages_that_share_tags_are_refused_at_once() -> None:
    with pytest.raises(CorruptMediaError, match="tags"):
        inspect(MADE["tiff that shares tags"]())
    with pytest.raises(EncodersError):
        inspect(tiff_of_many_tags())


def test_progressive_photo_is_decoded(fixtures: Path) -> None:
    data = (fixtures / "image" / "progressive.jpg").read_bytes()
    assert image.decode(file.encode(data), limits=Limits(max_pixels=240 * 180)).mode == "RGB"


def test_memory_for_writing_is_checked_before_decoding() -> None:
    head = b"\x89PNG\r\n\x1a\n" + png_head(1000, 1000)
    cut = head + chunk(b"IDAT", b"no pixels")  # decoding would be a CorruptMediaError
    with pytest.raises(LimitError, match="max_held_pixels"):
        image.encode(cut, format="avif", limits=Limits(max_held_pixels=2_000_000))
    with pytest.raises(CorruptMediaError):
        image.encode(cut, format="avif")


def test_large_array_comes_back_exactly() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (3000, 1100, 3), np.uint8)
    array = image.decode_array(image.encode(noise))
    assert np.array_equal(array, noise)
    array[0, 0] = 0  # it can be written to


@pytest.mark.parametrize(
    "size", [(1000, 10), (10, 1000), (999, 998), (4032, 3024), (3, 2), (1, 999)]
)
@pytest.mark.parametrize("box", [(64, 64), (100, 7), (1, 1), (640, 481)])
def test_a_picture_shrinks_to_the_size_of_pillows_thumbnail(
    size: tuple[int, int], box: tuple[int, int]
) -> None:
    picture = Image.new("L", size)
    made = image.decode(image.encode(picture, max_size=box))
    picture.thumbnail(box)
    assert made.size == picture.size


def test_lack_of_memory_is_an_encoders_error() -> None:
    with (
        pytest.raises(OutOfMemoryError, match="needs more memory than this process"),
        as_corrupt("picture"),
    ):
        raise MemoryError


def test_memory_for_a_narrow_picture_is_counted_by_rows() -> None:
    data = saved(Image.new("L", (1, 30_000_000)), "PNG")
    for options in ({"mode": "RGBA"}, {"max_size": 64}):
        with pytest.raises(LimitError, match="held"):
            image.encode(data, **options)
    with pytest.raises(LimitError, match="held"):
        image.decode(file.encode(data), mode="RGB")


@pytest.mark.parametrize(
    ("format", "side", "effort"),
    [
        ("webp", 3000, {"method": 2}),
        pytest.param("avif", 2200, {"speed": 9}, marks=needs_avif),
    ],
)
def test_large_noise_is_written_with_less_effort(
    format: image.Format, side: int, effort: dict[str, int]
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)
    quality = {"webp": 90, "avif": 85}[format]
    expected = saved(Image.fromarray(noise), format, quality=quality, **effort)
    assert file.decode(image.encode(noise, format=format)) == expected


def test_a_tiff_of_too_many_pages_is_refused() -> None:
    pages = [Image.new("RGB", (2, 2), (n % 256, n // 256, 0)) for n in range(3001)]
    data = saved(pages[0], "GIF", save_all=True, append_images=pages[1:], duration=20)
    with pytest.raises(MediaTypeError, match="at most 3,000"):
        image.encode(data, format="tiff")


def codestream(rest: bytes) -> bytes:
    """Return a codestream of JPEG 2000 of 16×16 pixels with ``rest`` after its sizes."""
    sizes = struct.pack(">HHIIIIIIIIHBBB", 41, 0, 16, 16, 0, 0, 16, 16, 0, 0, 1, 7, 1, 1)
    return b"\xff\x4f\xff\x51" + sizes + rest


@pytest.mark.parametrize("length", [0, 1, 8, 12, 13, 14, 20])
def test_jpeg_2000_tile_that_points_backwards_is_ignored(length: int) -> None:
    tile = struct.pack(">HHHIBB", 0xFF90, 10, 0, length, 0, 1) + b"\xff\x93" + bytes(20)
    with at_most(1):
        check_claims(Memory(codestream(tile), None), "JPEG2000", Limits())


def test_jpeg_2000_markers_that_are_read_repeatedly_are_bounded() -> None:
    heads = b"\xff\x4f\xff\x51" * 120_000
    markers = b"\xff\x64\0\2" * 120_000
    with at_most(5), pytest.raises(CorruptMediaError, match="200,000 parts"):
        check_claims(Memory(heads + markers, None), "JPEG2000", Limits(max_held_pixels=None))
