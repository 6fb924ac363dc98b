"""Broken and oversized pictures raise only errors of this package."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from encoders import data_url, image, inspect
from encoders.data_url import DataURL
from encoders.errors import CorruptMediaError, EncodersError, LimitError
from encoders.limits import Limits
from tests.image.pictures import IMAGES, labelled, pages_of
from tests.paths import FIXTURES


@pytest.mark.parametrize(
    "name",
    sorted(
        path.name
        for path in (FIXTURES / "hostile").iterdir()
        if path.suffix in {".png", ".jpg", ".gif", ".webp", ".tiff", ".bmp", ".avif"}
        and path.name not in {"png-named.jpg", "gif-named.png", "trailing.png"}
    ),
)
def test_hostile_picture_is_an_encoders_error(name: str) -> None:
    media_type = {"jpg": "jpeg"}.get(name[-3:], name.rpartition(".")[2])
    with pytest.raises(EncodersError):
        image.decode(labelled(FIXTURES / "hostile" / name, f"image/{media_type}"))


@pytest.mark.parametrize("name", ["png-named.jpg", "gif-named.png", "trailing.png"])
def test_wrong_extension_alone_is_no_error(name: str) -> None:
    assert image.decode(image.encode(FIXTURES / "hostile" / name)).width > 0


def growing_gif(width: int, height: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    first = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return screen + first + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\2\0;"


def icon(head: bytes, width: int, height: int, tail: bytes = b"") -> bytes:
    picture = data_url.parse(image.encode(np.zeros((height, width), np.uint8))).data
    size = struct.pack("<I" if tail else ">I", len(picture) + (0 if tail else 8))
    whole = head + size + tail + picture
    return whole if tail else b"icns" + struct.pack(">I", len(whole) + 8) + whole


@pytest.mark.parametrize(
    "data",
    [
        pages_of((1, 1), (101, 100)),
        growing_gif(101, 100),
        icon(bytes.fromhex("000001000100101000000100 2000"), 101, 100, struct.pack("<I", 22)),
        icon(b"ic07", 101, 100),
    ],
    ids=["page 2 of a TIFF", "frame 2 of a GIF", "PNG in an ICO", "PNG in an ICNS"],
)
def test_pixel_limit_applies_to_later_frames_and_embedded_pictures(data: bytes) -> None:
    url = str(DataURL("image/x", data))

    with pytest.raises(LimitError, match=r"10,100 pixels .* max_pixels=10,000"):
        list(image.decode_frames(url, limits=Limits(max_pixels=10_000)))


@pytest.mark.parametrize("big", [False, True])
def test_frame_limit_applies_to_the_pages_of_a_tiff(big: bool) -> None:
    pages = [Image.new("L", (1, 1), level) for level in range(40)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], big_tiff=big)
    url = str(DataURL("image/tiff", buffer.getvalue()))

    assert len(list(image.decode_frames(url, limits=Limits(max_frames=40)))) == 40
    with pytest.raises(LimitError, match=r"40 pages or more.*max_frames=39"):
        image.decode(url, limits=Limits(max_frames=39))


def test_a_tiff_of_a_million_pages_is_refused_at_once() -> None:
    page = struct.pack("<HHHIII", 1, 256, 3, 1, 1, 0)[:-4]
    links = (8 + (len(page) + 4) * index for index in range(1, 1_000_000))
    data = b"II*\0\x08\0\0\0" + b"".join(page + struct.pack("<I", at) for at in links)

    with pytest.raises(LimitError, match="10,001 pages or more"):
        image.decode(str(DataURL("image/tiff", data)))


def test_truncated_pil_image_is_an_encoders_error() -> None:
    broken = Image.open(io.BytesIO((FIXTURES / "hostile" / "truncated.png").read_bytes()))

    with pytest.raises(CorruptMediaError):
        image.encode(broken, format="jpeg")


@pytest.mark.parametrize("use", [image.decode, image.decode_array, inspect])
def test_gif_frame_outside_the_canvas_counts_as_pixels(
    use: Callable[..., object],
) -> None:
    data = bytearray((IMAGES / "animated.gif").read_bytes())
    second = data.index(b"\0,", data.index(b"\0,") + 2) + 2
    data[second : second + 4] = struct.pack("<2H", 9000, 9000)  # where it stands
    url = str(DataURL("image/gif", bytes(data)))

    with pytest.raises(LimitError, match=r"8\d,\d{3},\d{3} pixels"):
        use(url, limits=Limits(max_pixels=10**6))
    with pytest.raises(CorruptMediaError):
        image.decode(str(DataURL("image/gif", bytes(data[:10]))))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ["animated.gif", "animated.png", "pages.tiff"])
@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_every_truncated_pil_image_is_an_encoders_error(name: str, format: image.Format) -> None:
    data = (IMAGES / name).read_bytes()
    seen = 0
    for end in range(20, len(data), len(data) // 40):
        try:
            picture = Image.open(io.BytesIO(data[:end]))
        except Exception:
            continue  # what Pillow says of it is not ours
        seen += 1
        with suppress(EncodersError):
            image.encode(picture, format=format)
    assert seen > 2
