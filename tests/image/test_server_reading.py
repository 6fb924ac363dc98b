"""The head of a picture shows whether a server reads it unchanged, as Pillow confirms."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import encoders
from encoders import CorruptMediaError, image
from encoders.image import describing
from encoders.image.opening import PictureFile
from encoders.limits import Limits
from encoders.source import open_source
from tests.paths import FIXTURES
from tests.pillow import HAS_AVIF

IMAGES = FIXTURES / "image"
UNREAD = (".svg",) if HAS_AVIF else (".svg", ".avif")
RASTERS = sorted(path for path in IMAGES.iterdir() if path.suffix not in UNREAD)
DEEP = ("I", "F", "I;16", "I;16B")


def is_read_unchanged(source: Path | bytes, *, alpha: bool = False, palette: bool = True) -> bool:
    with open_source(source) as opened:
        file = PictureFile(opened, Limits())
        return describing.is_read_unchanged(file, alpha=alpha, palette=palette)


@pytest.mark.parametrize("path", RASTERS, ids=lambda path: path.name)
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("palette", [False, True])
def test_verdict_matches_what_pillow_reads(path: Path, alpha: bool, palette: bool) -> None:
    with Image.open(path) as picture:
        turned = picture.getexif().get(0x0112, 1) != 1
        lost = not alpha and picture.has_transparency_data
        indexed = not palette and picture.mode in ("P", "PA")
        expected = not (turned or lost or indexed or picture.mode in DEEP)

    assert is_read_unchanged(path, alpha=alpha, palette=palette) is expected


@pytest.mark.parametrize("path", RASTERS, ids=lambda path: path.name)
def test_is_rgb_is_true_only_for_rgb(path: Path) -> None:
    with open_source(path) as opened, Image.open(path) as picture:
        if describing.is_rgb(PictureFile(opened, Limits())):
            assert picture.mode == "RGB"
        elif path.suffix == ".jpg" or (path.suffix == ".png" and picture.mode == "RGB"):
            assert picture.mode != "RGB"


@pytest.mark.parametrize("path", RASTERS, ids=lambda path: path.name)
def test_animation_has_more_than_one_frame(path: Path) -> None:
    with open_source(path) as opened, Image.open(path) as picture:
        found = PictureFile(opened, Limits()).is_animated()

        assert found is (getattr(picture, "n_frames", 1) > 1)


def test_orientation_after_a_long_comment_is_found() -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (9, 5)).save(buffer, "jpeg", exif=exif)
    data = buffer.getvalue()
    comment = b"\xff\xfe\xff\xff" + bytes(0xFFFD)

    assert not is_read_unchanged(data)
    assert not is_read_unchanged(data[:2] + comment + data[2:])


def test_orientation_of_a_jpeg_in_xmp_is_found() -> None:
    buffer = io.BytesIO()
    xmp = b'<x:xmpmeta tiff:Orientation="6"/>'
    Image.new("RGB", (9, 5)).save(buffer, "jpeg", xmp=xmp)
    with Image.open(io.BytesIO(buffer.getvalue())) as picture:
        turns = picture.getexif().get(0x0112) == 6  # not before Pillow 11

    assert is_read_unchanged(buffer.getvalue()) is not turns


@pytest.mark.parametrize("key", ["XML:com.adobe.xmp", "Raw profile type exif"])
def test_orientation_of_a_png_in_text_is_found(key: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    block = exif.tobytes()
    old = f"\nexif\n{len(block)}\n{block.hex()}"
    text = PngInfo()
    text.add_itxt(key, '<x:xmpmeta tiff:Orientation="6"/>' if key.startswith("XML") else old)
    buffer = io.BytesIO()
    Image.new("RGB", (9, 5)).save(buffer, "png", pnginfo=text)

    with Image.open(io.BytesIO(buffer.getvalue())) as picture:
        turns = picture.getexif().get(0x0112) == 6  # of the old text not before Pillow 11

    assert turns or not key.startswith("XML")
    assert image.describe(buffer.getvalue()).height == (9 if turns else 5)
    assert is_read_unchanged(buffer.getvalue()) is not turns


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a"])
def test_truncated_head_is_corrupt_media(data: bytes) -> None:
    with pytest.raises(CorruptMediaError):
        is_read_unchanged(data)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("name", ["rgba.png", "gray16.png", "exif6.jpg", "palette.png"])
def test_picture_is_encoded_in_the_requested_mode(name: str, mode: str) -> None:
    url = encoders.image.encode(IMAGES / name, format="png", mode=mode)

    written = Image.open(io.BytesIO(encoders.file.decode(url)))
    expected = image.decode(encoders.file.encode(IMAGES / name), mode=mode)
    assert written.mode == mode
    assert np.array_equal(np.asarray(written), np.asarray(expected))


def test_mode_of_no_name_in_pillow_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="mode='XYZ'"):
        encoders.image.encode(IMAGES / "small.png", mode="XYZ")
    with pytest.raises(encoders.MediaTypeError, match="pass through"):
        encoders.image.encode(IMAGES / "drawing.svg", mode="RGB")
