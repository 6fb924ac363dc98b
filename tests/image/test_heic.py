"""HEIC from phones is decoded, converted and described; that takes the extra ``heic``."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import encoders
from encoders import batch, codecs, image, inspect, mime
from encoders.data_url import DataURL
from encoders.errors import CorruptMediaError, EncodersError, LimitError, MediaTypeError
from encoders.limits import Limits
from tests.paths import FIXTURES
from tests.pillow import known

pillow_heif = pytest.importorskip("pillow_heif")
PHONE = FIXTURES / "edge" / "phone.heic"
BROKEN = FIXTURES / "broken"
EDGE = ("phone", "alpha", "grey", "several")


def url(path: Path, label: str = "image/heic") -> str:
    return str(DataURL(label, path.read_bytes()))


def photo() -> np.ndarray[Any, Any]:
    small = Image.open(FIXTURES / "image" / "small.jpg").convert("RGB")
    return np.asarray(small.resize((128, 96))).astype(int)


def difference(picture: Image.Image) -> float:
    return float(np.abs(np.asarray(picture.convert("RGB")).astype(int) - photo()).mean())


def test_phone_photo_is_decoded_upright() -> None:
    picture = encoders.decode(url(PHONE))

    assert picture.size == (128, 96)
    assert picture.getexif().get(0x0112, 1) == 1
    assert difference(picture) < 4


@pytest.mark.parametrize("label", ["image/heic", "image/heif", "image/heic-sequence"])
def test_every_label_of_heic_is_accepted_when_strict(label: str) -> None:
    assert image.decode(url(PHONE, label), strict=True).format == "HEIF"


@pytest.mark.parametrize("format", known(*image.FORMATS))
def test_phone_photo_becomes_every_format_upright(format: Any) -> None:
    written = image.decode(image.encode(PHONE, format=format))

    assert written.size == (128, 96)
    assert difference(written) < (12 if format == "gif" else 5)
    has_place = format not in ("gif", "bmp")
    assert ("icc_profile" in written.info) == has_place


def test_heic_becomes_jpeg_and_with_alpha_png() -> None:
    assert mime.detect(PHONE.read_bytes()) == "image/heic"
    assert codecs.codec_for("image/heic") == "image"
    assert encoders.encode(PHONE).startswith("data:image/jpeg;base64,")
    made = encoders.encode(FIXTURES / "edge" / "alpha.heic")
    assert made.startswith("data:image/png;base64,")
    assert image.decode_array(made)[..., 3].min() < 10


def test_primary_picture_of_several_is_decoded() -> None:
    several = FIXTURES / "edge" / "several.heic"

    assert difference(image.decode(url(several))) < 4
    assert difference(image.decode(image.encode(several))) < 4
    assert inspect(several).details["frames"] == 2


@pytest.mark.parametrize("name", EDGE)
def test_description_matches_the_decoded_picture(name: str) -> None:
    path = FIXTURES / "edge" / f"{name}.heic"
    picture = image.decode(url(path))

    details = inspect(path).details

    assert (details["width"], details["height"]) == picture.size
    assert details["mode"] == picture.mode


def test_batch_converts_heic() -> None:
    (row,) = batch.encode([PHONE])

    assert row.error is None
    assert str(row.data_url).startswith("data:image/jpeg;base64,")


def test_pixel_limit_is_checked_before_decoding() -> None:
    with pytest.raises(LimitError, match="max_pixels"):
        image.decode(url(PHONE), limits=Limits(max_pixels=128 * 96 - 1))
    with pytest.raises(LimitError, match="max_pixels"):
        inspect(PHONE, limits=Limits(max_pixels=100))


@pytest.mark.skipif(
    tuple(map(int, pillow_heif.__version__.split(".")[:2])) < (1, 4),
    reason="libheif decodes it before pillow-heif 1.4",
)
def test_frame_larger_than_its_head_states_is_refused() -> None:
    with pytest.raises(EncodersError):
        image.decode(url(BROKEN / "lying-size.heic"), limits=Limits(max_pixels=10_000))


def test_truncated_heic_is_corrupt_media() -> None:
    for use in (inspect, image.encode, lambda path: image.decode(url(path))):
        with pytest.raises(CorruptMediaError):
            use(BROKEN / "truncated.heic")


def test_heic_sequence_without_a_still_picture_is_refused() -> None:
    with pytest.raises(MediaTypeError, match="sequence"):
        image.decode(url(BROKEN / "sequence-alone.heic"))


def test_every_truncated_heic_is_an_encoders_error() -> None:
    data = PHONE.read_bytes()
    for end in range(16, len(data), 97):
        with suppress(EncodersError):
            inspect(data[:end])
        with pytest.raises(EncodersError):
            image.decode(str(DataURL("image/heic", data[:end])))


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "use",
    [
        f"image.encode({str(PHONE)!r}, format='jpeg')",
        f"encoders.decode(encoders.file.encode({str(PHONE)!r}))",
        f"encoders.payload(encoders.file.encode({str(PHONE)!r}), components=['image'])",
    ],
)
def test_error_without_the_extra_names_the_install_command(use: str) -> None:
    output = run(
        "import sys; sys.modules['pillow_heif'] = None; "
        f"import encoders; from encoders import image; {use}"
    )

    assert "MissingDependencyError" in output
    assert "pip install 'predict-encoders[heic]'" in output


def test_without_the_extra_heic_is_still_inspected() -> None:
    output = run(
        "import sys; sys.modules['pillow_heif'] = None; import encoders; "
        f"print(encoders.inspect({str(PHONE)!r}).details)"
    )

    assert output.strip() == "{'width': 128, 'height': 96, 'mode': 'RGB', 'frames': 1}"


def test_decoding_registers_nothing_with_pillow() -> None:
    output = run(
        "import sys, encoders; from PIL import Image; Image.init(); "
        f"before = dict(Image.OPEN), dict(Image.EXTENSION); encoders.encode({str(PHONE)!r}); "
        "print(before == (Image.OPEN, Image.EXTENSION), 'HEIF' in Image.OPEN)"
    )

    assert output.strip() == "True False"
