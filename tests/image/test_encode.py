"""Pictures are encoded unchanged, or converted as the options require."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders import data_url, image, inspect, mime
from encoders.errors import MediaTypeError, MissingDependencyError
from tests.image.pictures import IMAGES, labelled, opened, pages_of, psnr
from tests.paths import FIXTURES
from tests.pillow import AVIF, known

ACCEPTED = ["small.png", "small.jpg", "small.webp", "small.gif", "small.bmp", "small.tiff"]
ACCEPTED += ["small.avif", "animated.gif", "animated.png", "animated.webp", "drawing.svg"]
LOSSY_FLOOR_DB = {"jpeg": 30.0, "webp": 30.0, "avif": 30.0, "gif": 24.0}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_file_passes_through_byte_for_byte(name: str, way: Callable[[Path], Any]) -> None:
    url = image.encode(way(IMAGES / name))

    assert data_url.parse(url).data == (IMAGES / name).read_bytes()
    assert ";" not in url.partition(";base64,")[0]
    assert image.encode(url) is url


@pytest.mark.parametrize("format", ["png", "bmp", "tiff"])
def test_lossless_formats_keep_every_pixel(format: Any, way: Callable[[Path], Any]) -> None:
    expected = np.asarray(opened(IMAGES / "small.webp").convert("RGB"))

    url = image.encode(way(IMAGES / "small.webp"), format=format)

    assert np.array_equal(image.decode_array(url, mode="RGB"), expected)


@pytest.mark.parametrize("format", known(*LOSSY_FLOOR_DB))
def test_lossy_formats_stay_close_to_the_original(format: Any, way: Callable[[Path], Any]) -> None:
    expected = np.asarray(opened(IMAGES / "small.png").convert("RGB"))

    found = image.decode_array(image.encode(way(IMAGES / "small.png"), format=format), mode="RGB")

    assert psnr(found, expected) >= LOSSY_FLOOR_DB[format]


def test_lossless_webp_keeps_every_pixel() -> None:
    expected = np.asarray(opened(IMAGES / "rgba.png"))

    found = image.decode_array(image.encode(IMAGES / "rgba.png", format="webp", lossless=True))

    visible = expected[..., 3] > 0
    assert np.array_equal(found[visible], expected[visible])


@pytest.mark.parametrize("format", known(*image.FORMATS))
@pytest.mark.parametrize(
    "name",
    ["palette.png", "palette-alpha.png", "gray.png", "gray-alpha.png", "gray16.png"]
    + ["one-bit.png", "rgba.png", "cmyk.jpg"],
)
def test_every_colour_mode_becomes_every_format(name: str, format: Any) -> None:
    original = opened(IMAGES / name)
    reference = Image.new("RGBA", original.size, "white")
    if original.mode == "I;16":
        original = Image.fromarray((np.asarray(original) / 257).round().astype(np.uint8))
    reference.alpha_composite(original.convert("RGBA"))

    decoded = image.decode(image.encode(IMAGES / name, format=format), mode="RGB")

    assert psnr(np.asarray(decoded), np.asarray(reference.convert("RGB"))) > 20


def test_transparent_pixels_show_the_background() -> None:
    clear = np.zeros((4, 4, 4), np.uint8)

    assert image.decode_array(image.encode(clear, format="bmp", background="red"))[
        0, 0
    ].tolist() == [
        255,
        0,
        0,
    ]


def test_max_size_shrinks_keeping_the_aspect_and_never_enlarges() -> None:
    width, height = opened(IMAGES / "photo.jpg").size
    url = image.encode(IMAGES / "photo.jpg", max_size=100)

    assert image.decode(url).size == (100, round(100 * height / width))
    assert data_url.parse(url).media_type == "image/jpeg"
    assert image.encode(IMAGES / "small.jpg", max_size=5000) == image.encode(IMAGES / "small.jpg")


def test_icc_profile_is_not_lost() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = Image.new("RGB", (4, 4), "red")
    picture.info["icc_profile"] = profile

    assert image.decode(image.encode(picture)).info["icc_profile"] == profile


def test_small_compression_is_no_larger_than_fast() -> None:
    page = np.asarray(opened(IMAGES / "page.png"))

    small, fast = image.encode(page, compress="small"), image.encode(page)

    assert len(small) < len(fast)
    assert np.array_equal(image.decode_array(small), page)


@pytest.mark.parametrize("format", ["jpeg", "webp", AVIF])
def test_better_quality_takes_more_bytes(format: Any) -> None:
    worse, usual, better = (
        len(image.encode(IMAGES / "small.png", format=format, quality=quality))
        for quality in (20, None, 98)
    )
    assert worse * 1.5 < usual < better / 1.1


def test_avif_without_support_in_pillow_passes_through_and_is_inspected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(Image.SAVE, "AVIF", raising=False)
    path = IMAGES / "small.avif"

    assert mime.detect(path) == "image/avif"
    assert inspect(path).details == {"width": 240, "height": 180, "mode": "RGB", "frames": 1}
    url = image.encode(path)
    assert data_url.parse(url).data == path.read_bytes()
    for use in (
        lambda: image.decode(url),
        lambda: image.encode(path, format="png"),
        lambda: image.encode(IMAGES / "small.png", format="avif"),
    ):
        with pytest.raises(MissingDependencyError, match=r"Pillow 11\.3 .*'pillow>=11\.3'"):
            use()


def test_8_bit_grey_is_scaled_to_the_full_range_of_16_bits() -> None:
    url = image.encode(np.array([[0, 1, 255]], np.uint8))

    assert np.asarray(image.decode(url, mode="I;16")).tolist() == [[0, 257, 65535]]
    assert image.decode(image.encode(IMAGES / "gray-alpha.png", compress="small")).mode == "LA"


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "La"]
)
def test_every_mode_can_be_shrunk_a_lot(mode: str) -> None:
    grey = 20_000 if mode in ("I", "I;16") else 1 if mode == "1" else 90
    colour: Any = (grey,) * len(Image.new(mode, (1, 1)).getbands())
    large = Image.new(mode, (300, 200), colour if len(colour) > 1 else grey)

    small = image.decode(image.encode(large, max_size=15))

    assert small.size == (15, 10)
    if mode in ("I", "I;16"):
        assert set(np.asarray(small).flat) == {grey}
    assert image.decode(image.encode(large, max_size=15, format="jpeg")).size == (15, 10)


def test_a_palette_is_shrunk_in_full_colour() -> None:
    stripes = Image.new("P", (8, 8))
    stripes.putpalette([0, 0, 0, 255, 255, 255])
    stripes.putdata([x % 2 for x in range(64)])

    shrunk = image.decode_array(image.encode(stripes, max_size=2), mode="RGB")

    assert shrunk.shape == (2, 2, 3)
    assert 90 < shrunk.mean() < 165


def test_svg_passes_through_and_cannot_be_decoded() -> None:
    url = image.encode(IMAGES / "bare.svg")

    assert url.startswith("data:image/svg+xml;base64,")
    with pytest.raises(MediaTypeError, match="vector"):
        image.decode(url)
    with pytest.raises(MediaTypeError, match="drawing"):
        image.encode(IMAGES / "bare.svg", format="png")


def test_other_picture_files_become_png() -> None:
    assert image.encode(IMAGES / "icon.ico").startswith("data:image/png;base64,")
    assert image.encode(IMAGES / "small.jp2").startswith("data:image/png;base64,")


def test_sound_is_not_a_picture() -> None:
    with pytest.raises(MediaTypeError, match=r"stereo\.wav.*audio/wav"):
        image.encode(FIXTURES / "audio" / "stereo.wav")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "heic"}, "not one of"),
        ({"quality": 0}, "1 to 100"),
        ({"max_size": 0}, "max_size"),
        ({"format": "jpeg", "lossless": True}, "lossless"),
        ({"compress": "best"}, "compress"),
        ({"format": "jpeg", "background": "octarine"}, "octarine"),
        ({"format": "jpeg", "background": (0, 0, 256)}, "background"),
    ],
)
def test_impossible_option_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        image.encode(IMAGES / "small.png", **options)


def test_unknown_mode_is_a_value_error() -> None:
    url = image.encode(IMAGES / "gray.png")

    with pytest.raises(ValueError, match="mode='RGBX16'"):
        image.decode(url, mode="RGBX16")
    with pytest.raises(MediaTypeError, match="mode L cannot become La"):
        image.decode(url, mode="La")


@pytest.mark.parametrize(("format", "width"), [("webp", 16384), ("jpeg", 65501), ("gif", 65536)])
def test_picture_too_wide_for_its_format_is_an_encoders_error(format: Any, width: int) -> None:
    with pytest.raises(MediaTypeError, match=rf"{width}×1 .* {format}"):
        image.encode(np.zeros((1, width, 3), np.uint8), format=format)


def test_pages_of_several_sizes_need_tiff() -> None:
    url = image.encode(pages_of((8, 8), (30, 40)))

    with pytest.raises(MediaTypeError, match=r"frame 1 is 30×40.*8×8"):
        image.encode(url, format="webp")
    rewritten = image.encode(url, format="tiff", compress="small")
    assert [page.size for page in image.decode_frames(rewritten)] == [(8, 8), (30, 40)]


def test_wrong_label_is_ignored_unless_strict() -> None:
    url = labelled(FIXTURES / "hostile" / "gif-named.png", "image/png")

    assert image.decode(url).format == "GIF"
    assert data_url.parse(url).media_type == "image/png"
    with pytest.raises(MediaTypeError, match="image/gif"):
        image.decode(url, strict=True)


@pytest.mark.parametrize("label", ["@file/pdf", ""])
def test_broken_labels_of_gradio_are_ignored(label: str) -> None:
    body = image.encode(IMAGES / "small.png").partition(",")[2]

    assert image.decode(f"data:{label};base64,{body}").format == "PNG"
