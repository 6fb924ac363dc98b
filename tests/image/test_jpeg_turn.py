"""A photo that has to be turned for a server stays a JPEG of the same size and quality."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms, ImageOps, JpegImagePlugin

import encoders
from encoders.predict.components import Component
from tests.pace import at_most
from tests.paths import FIXTURES

PHOTO = FIXTURES / "image" / "photo.jpg"
TURNS = range(2, 9)


def jpeg(size: tuple[int, int], turn: int, mode: str = "RGB", **settings: Any) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = turn
    picture = Image.open(PHOTO).convert(mode).crop((0, 0, *size))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif.tobytes(), **settings)
    return buffer.getvalue()


def sent(data: bytes, component: str | Component = "image", era: str = "3.0") -> bytes:
    """Return the file in a payload."""
    made = encoders.payload(data, components=[component], era=era)
    url = made["data"][0]
    return encoders.file.decode(url if isinstance(url, str) else url["url"])


def upright(data: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))


def psnr(data: bytes, other: bytes) -> float:
    one, two = upright(data).astype(float), upright(other).astype(float)
    error = float(np.mean((one - two) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


@pytest.mark.parametrize("settings", [{}, {"quality": 92}, {"subsampling": 0}, {"subsampling": 1}])
@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_photo_stays_a_jpeg_of_its_size(turn: int, settings: dict[str, Any]) -> None:
    data = jpeg((640, 480), turn, **settings)

    made = sent(data)

    assert made[:3] == b"\xff\xd8\xff"
    assert Image.open(io.BytesIO(made)).getexif().get(0x0112, 1) == 1
    # Pillow cannot write 4:2:2 on its side, so that its colours are written in full.
    assert psnr(data, made) > (48 if settings.get("subsampling") == 1 else 50)
    assert len(made) < 1.1 * len(data)


@pytest.mark.parametrize("size", [(633, 475), (640, 475), (633, 480), (648, 488), (7, 5)])
@pytest.mark.parametrize("turn", TURNS)
def test_a_photo_off_the_grid_of_blocks_keeps_its_quality(size: tuple[int, int], turn: int) -> None:
    data = jpeg(size, turn, quality=85)

    made = sent(data)

    assert psnr(data, made) > 42
    assert len(made) < 2.2 * len(data)


@pytest.mark.parametrize("era", ["2", "3.0", "3.10.1"])
def test_every_era_that_ignores_exif_gets_the_jpeg(era: str) -> None:
    data = jpeg((320, 240), 6)

    assert psnr(data, sent(data, era=era)) > 50


def test_a_turned_photo_is_turned_again_without_further_loss() -> None:
    once = sent(jpeg((640, 480), 6))
    again = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 8
    Image.open(io.BytesIO(once)).save(again, "JPEG", quality="keep", exif=exif.tobytes())

    assert psnr(again.getvalue(), sent(again.getvalue())) > 50


def test_icc_profile_is_kept() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = sent(jpeg((64, 48), 6, icc_profile=profile))

    assert Image.open(io.BytesIO(made)).info["icc_profile"] == profile


@pytest.mark.parametrize("subsampling", [0, 2])
def test_subsampling_and_tables_are_kept(subsampling: int) -> None:
    data = jpeg((640, 480), 6, quality=80, subsampling=subsampling)
    before: Any = Image.open(io.BytesIO(data))
    after: Any = Image.open(io.BytesIO(sent(data)))

    assert JpegImagePlugin.get_sampling(after) == subsampling
    table = np.reshape(before.quantization[0], (8, 8))
    assert np.array_equal(np.reshape(after.quantization[0], (8, 8)), table.T)


def test_a_grey_photo_stays_grey() -> None:
    data = jpeg((320, 240), 6, "L")
    made = sent(data)

    assert Image.open(io.BytesIO(made)).mode == "L"
    assert psnr(data, made) > 50


def test_a_grey_photo_becomes_a_jpeg_in_colour_where_the_server_converts_nothing() -> None:
    data = jpeg((320, 240), 1, "L")
    made = sent(data, Component("image", {"image_mode": "RGB"}), "5")

    assert Image.open(io.BytesIO(made)).format == "JPEG"
    assert Image.open(io.BytesIO(made)).mode == "RGB"
    grey = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert np.abs(upright(made) - grey).mean() < 1


def test_cmyk_jpeg_is_turned_too() -> None:
    data = jpeg((320, 240), 6, "CMYK")
    made = sent(data)

    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    assert np.abs(upright(made).astype(int) - np.asarray(expected)).mean() < 2


def test_truncated_photo_is_corrupt_media() -> None:
    data = jpeg((640, 480), 6)
    with pytest.raises(encoders.CorruptMediaError):
        sent(data[: len(data) // 2])


@pytest.mark.parametrize("era", ["2", "3", "4", "5"])
def test_a_heic_is_sent_as_a_jpeg(era: str) -> None:
    pytest.importorskip("pillow_heif")
    uploads: list[tuple[str, bytes]] = []

    def keep(name: str, file: Any) -> str:
        uploads.append((name, file.read()))
        return "/up"

    made = encoders.payload(
        FIXTURES / "edge" / "phone.heic", components=["image"], era=era, upload=keep
    )
    data = uploads[0][1] if uploads else encoders.file.decode(made["data"][0])

    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.size) == ("JPEG", (128, 96))
    assert all(name == "phone.jpg" for name, _ in uploads)


def test_a_photo_of_12_megapixels_is_turned_within_two_seconds() -> None:
    picture = Image.open(PHOTO).resize((4032, 3024))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92, exif=exif.tobytes())
    with at_most(2):
        made = sent(buffer.getvalue())
    assert len(made) < 1.05 * len(buffer.getvalue())
