"""Pictures decode upright."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from encoders import image
from encoders.data_url import DataURL
from tests.image.pictures import IMAGES, opened, opened_bytes, psnr, turned
from tests.pillow import known


def test_exif_orientation_is_applied_on_decode_and_on_rewrite() -> None:
    upright = np.asarray(opened(IMAGES / "small.jpg").convert("RGB"))

    decoded = image.decode(image.encode(IMAGES / "exif6.jpg"))
    rewritten = image.decode(image.encode(IMAGES / "exif6.jpg", format="png"))

    for picture in (decoded, rewritten):
        assert picture.size == upright.shape[1::-1]
        assert psnr(np.asarray(picture.convert("RGB")), upright) > 28


# What undoes each EXIF orientation (EXIF 2.32, section 4.6.4).
UPRIGHT: dict[int, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]] = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored.swapaxes(0, 1), 2),
    8: np.rot90,
    9: lambda stored: stored,
}


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_every_orientation_decodes_upright(orientation: int, format: str) -> None:
    stored = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    buffer = io.BytesIO()
    Image.fromarray(stored).save(buffer, format, exif=turned(orientation))
    expected = UPRIGHT[orientation](stored)

    info = image.describe(buffer.getvalue())
    assert (info.height, info.width) == expected.shape[:2]
    for url in (image.encode(buffer.getvalue()), image.encode(buffer.getvalue(), format="bmp")):
        np.testing.assert_array_equal(image.decode_array(url), expected)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_turned_animation_decodes_upright(format: str) -> None:
    frames = [Image.new("RGB", (3, 2), colour) for colour in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, format, save_all=True, append_images=frames[1:], exif=turned(6))
    url = str(DataURL("image/x", buffer.getvalue()))

    assert image.decode(url).size == (2, 3)
    assert image.describe(url).height == 3
    assert [frame.size for frame in image.decode_frames(url)] == [(2, 3), (2, 3)]


def photo_with_preview() -> bytes:
    photo, preview = Image.new("RGB", (6, 4), "red"), Image.new("RGB", (3, 2), "blue")
    buffer = io.BytesIO()
    photo.save(buffer, "MPO", save_all=True, append_images=[preview], exif=turned(6))
    return buffer.getvalue()


def test_preview_in_a_photo_is_not_counted_as_a_frame() -> None:
    url = str(DataURL("image/jpeg", photo_with_preview()))

    assert image.decode(url).size == (4, 6)
    assert image.describe(url) == image.Info("image/jpeg", 4, 6, "RGB", 1)
    assert [frame.size for frame in image.decode_frames(url)] == [(4, 6)]


@pytest.mark.parametrize("format", known(*image.FORMATS))
def test_a_photo_with_a_preview_becomes_every_format(format: Any) -> None:
    url = image.encode(opened_bytes(photo_with_preview()), format=format)

    assert image.describe(url).frames == 1
    assert image.decode(url).size == (4, 6)
