"""Every mode in every format: content that a format does not support is refused, not dropped."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from encoders import image
from encoders.errors import MediaTypeError
from tests.pillow import AVIF, known

LOSSLESS: dict[str, dict[str, Any]] = {"png": {}, "tiff": {}, "webp": {"lossless": True}}
HEIGHT, WIDTH = 12, 16
GREY = np.add.outer(np.arange(HEIGHT) * 9, np.arange(WIDTH) * 7).astype(np.uint8)
DEEP = np.add.outer(np.arange(HEIGHT) * 4000, np.arange(WIDTH) * 1200).astype(np.uint16)
SOFT = np.tile((np.arange(WIDTH) * 17).astype(np.uint8), (HEIGHT, 1))
SHADE = (3, 4)  # the pixel whose colour is marked as transparent


def rgb() -> Image.Image:
    return Image.fromarray(np.dstack([GREY, GREY[::-1], 255 - GREY]))


def palette() -> Image.Image:
    return rgb().quantize(64)


def grey_alpha() -> Image.Image:
    return Image.merge("LA", (Image.fromarray(GREY), Image.fromarray(SOFT)))


def rgba() -> Image.Image:
    return Image.fromarray(np.dstack([np.asarray(rgb()), SOFT]))


def marked(picture: Image.Image, transparency: Any = None) -> Image.Image:
    """Return a picture that was opened from a PNG file with a tRNS chunk."""
    if transparency is None:
        transparency = picture.getpixel(SHADE)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=transparency)
    return Image.open(io.BytesIO(buffer.getvalue()))


MODES: dict[str, Callable[[], Image.Image]] = {
    "1": lambda: Image.fromarray(GREY > 90),
    "1, one transparent": lambda: marked(Image.fromarray(GREY > 90)),
    "L": lambda: Image.fromarray(GREY),
    "L, one transparent": lambda: marked(Image.fromarray(GREY)),
    "LA": grey_alpha,
    "La": lambda: grey_alpha().convert("La"),
    "P": palette,
    "P, one transparent": lambda: marked(palette()),
    "P, each with its alpha": lambda: marked(palette(), bytes(range(0, 256, 4))),
    "PA": lambda: palette().convert("PA"),
    "RGB": rgb,
    "RGB, one transparent": lambda: marked(rgb()),
    "RGBA": rgba,
    "RGBa": lambda: rgba().convert("RGBa"),
    "RGBX": lambda: rgb().convert("RGBX"),
    "CMYK": lambda: rgb().convert("CMYK"),
    "YCbCr": lambda: rgb().convert("YCbCr"),
    "HSV": lambda: rgb().convert("HSV"),
    "LAB": lambda: Image.merge("LAB", rgb().split()),
    "I;16, one transparent": lambda: marked(Image.fromarray(DEEP)),
}
DEEP_MODES: dict[str, Callable[[], Image.Image]] = {
    "I;16": lambda: Image.fromarray(DEEP),
    "I;16, one transparent": lambda: marked(Image.fromarray(DEEP)),
    "I;16B": lambda: Image.frombytes("I;16B", (WIDTH, HEIGHT), DEEP.astype(">u2").tobytes()),
    "I": lambda: Image.fromarray(DEEP.astype(np.int32)),
}


def as_rgba(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the visible colours, computed by Pillow alone."""
    if picture.mode == "I;16":  # grey with a transparent shade
        seen = np.asarray(picture) != picture.info.get("transparency")
        grey = ((np.asarray(picture) + 128.0) / 257).astype(np.uint8)
        return np.dstack([grey, grey, grey, seen.astype(np.uint8) * 255])
    if picture.mode in ("LAB", "La"):
        picture = picture.convert({"LAB": "RGB", "La": "LA"}[picture.mode])
    return np.asarray(picture.convert("RGBA"))


@pytest.mark.parametrize("format", LOSSLESS)
@pytest.mark.parametrize("mode", MODES)
def test_lossless_formats_keep_colour_and_alpha_of_every_mode(mode: str, format: Any) -> None:
    picture = MODES[mode]()

    written = image.decode(image.encode(picture, format=format, **LOSSLESS[format]))

    assert np.array_equal(as_rgba(written), as_rgba(MODES[mode]()))


@pytest.mark.parametrize("format", ["png", "tiff"])
@pytest.mark.parametrize("mode", DEEP_MODES)
def test_16_bit_grey_keeps_its_depth_or_its_alpha(mode: str, format: Any) -> None:
    written = image.decode(image.encode(DEEP_MODES[mode](), format=format))

    if "transparent" in mode and format == "tiff":
        assert as_rgba(written)[..., 3].min() == 0
    else:
        assert np.array_equal(np.asarray(written), DEEP)


@pytest.mark.parametrize("format", ["jpeg", "bmp"])
@pytest.mark.parametrize("mode", MODES)
def test_formats_without_alpha_show_the_background(mode: str, format: Any) -> None:
    expected = Image.new("RGBA", (WIDTH, HEIGHT), "lime")
    expected.alpha_composite(Image.fromarray(as_rgba(MODES[mode]())))
    options: dict[str, Any] = {"quality": 100} if format == "jpeg" else {}

    url = image.encode(MODES[mode](), format=format, background="lime", **options)

    found = image.decode_array(url, mode="RGB").astype(int)
    assert np.abs(found - np.asarray(expected.convert("RGB"))).mean() < (12 if options else 1)


def test_gif_keeps_a_palette_with_a_transparent_colour() -> None:
    picture = marked(palette())

    written = image.decode(image.encode(picture, format="gif"))

    assert np.array_equal(as_rgba(written), as_rgba(marked(palette())))


@pytest.mark.parametrize("mode", [mode for mode in MODES if "one transparent" in mode])
def test_a_transparent_colour_does_not_bleed_when_shrunk(mode: str) -> None:
    shade = MODES[mode]()
    small = image.decode(image.encode(shade, max_size=WIDTH // 2))

    assert small.mode in ("LA", "RGBA")
    alpha = np.asarray(small.getchannel("A"))
    expected = Image.fromarray(as_rgba(MODES[mode]())).getchannel("A").resize(small.size)
    assert abs(float(alpha.mean()) - float(np.asarray(expected).mean())) < 12


@pytest.mark.parametrize("mode", ["F", "I"])
def test_modes_without_a_range_are_kept_by_tiff_and_refused_by_others(mode: str) -> None:
    values = DEEP.astype(np.float32 if mode == "F" else np.int32) - 1000
    formats: tuple[Any, ...] = ("png", "jpeg", "webp", "gif", "bmp", "avif")
    picture = Image.fromarray(values)

    assert np.array_equal(image.decode_array(image.encode(picture, format="tiff")), values)
    for format in formats:
        with pytest.raises(MediaTypeError, match="no fixed range"):
            image.encode(picture, format=format)


@pytest.mark.parametrize("mode", [*MODES, *DEEP_MODES, "F"])
def test_every_array_that_decoding_gives_can_be_encoded_again(mode: str) -> None:
    if mode == "F":
        picture = Image.fromarray(np.zeros((HEIGHT, WIDTH), np.float32))
    else:
        picture = {**MODES, **DEEP_MODES}[mode]()
    array = image.decode_array(image.encode(picture, format="tiff" if mode == "F" else "png"))

    again = image.decode_array(image.encode(array))

    assert np.array_equal(again, array)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.bool_, np.float32, np.float64])
@pytest.mark.parametrize("format", known(*image.FORMATS))
def test_grey_and_alpha_arrays_become_every_format(dtype: Any, format: Any) -> None:
    top = {np.uint8: 255, np.uint16: 65535}.get(dtype, 1)
    array = np.zeros((HEIGHT, WIDTH, 2), dtype)
    array[:, WIDTH // 2 :, 1] = top  # black, and seen on the right

    found = image.decode_array(image.encode(array, format=format), mode="RGB")

    assert found[:, WIDTH // 2 + 1 :].max() < 16
    assert found[:, : WIDTH // 2 - 1].min() > 240


def test_int32_is_32_bit_grey() -> None:
    values = DEEP.astype(np.int32)
    deeper = values * 1000

    assert np.array_equal(image.decode_array(image.encode(values)), DEEP)
    assert np.array_equal(image.decode_array(image.encode(deeper, format="tiff")), deeper)
    with pytest.raises(MediaTypeError, match="no fixed range"):
        image.encode(deeper)


def test_cmyk_is_not_decoded_as_an_array_of_rgba() -> None:
    url = image.encode(rgb().convert("CMYK"), format="tiff")

    assert image.decode(url).mode == "CMYK"
    assert np.array_equal(image.decode_array(url), np.asarray(rgb()))
    assert image.decode_array(url, mode="CMYK").shape == (HEIGHT, WIDTH, 4)


@pytest.mark.parametrize("mode", [mode for mode in MODES if "I;16" not in mode])
def test_arrays_have_alpha_where_the_picture_has(mode: str) -> None:
    array = image.decode_array(image.encode(MODES[mode]()))
    expected = as_rgba(MODES[mode]())

    assert (array.shape[2:] in ((2,), (4,))) == (expected[..., 3].min() < 255 or mode == "PA")
    if array.shape[2:] in ((2,), (4,)):
        assert np.array_equal(array[..., -1], expected[..., 3])


def test_lab_becomes_opaque_in_rgba() -> None:
    url = image.encode(rgb())
    lab = image.decode(url, mode="LAB")

    assert image.decode_array(image.encode(lab, mode="RGBA"))[..., 3].min() == 255


@functools.cache  # it holds the time at which it was made
def profile(space: bytes) -> bytes:
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:16] + space + made[20:]


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "tiff", AVIF])
@pytest.mark.parametrize(
    ("mode", "space", "native"),
    [
        ("RGB", b"RGB ", {"png", "jpeg", "webp", "tiff", "avif"}),
        ("L", b"GRAY", {"png", "jpeg", "tiff", "avif"}),
        ("CMYK", b"CMYK", {"jpeg", "tiff"}),
    ],
)
def test_icc_profile_is_kept_in_its_own_colour_space(
    mode: str, space: bytes, native: set[str], format: Any
) -> None:
    picture = Image.new(mode, (8, 8))
    picture.info["icc_profile"] = profile(space)

    written = image.decode(image.encode(picture, format=format))

    assert written.info.get("icc_profile") == (profile(space) if format in native else None)


def animation(format: str, **options: Any) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, format, save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["png", "webp"])
def test_animation_that_plays_once_still_plays_once(format: Any) -> None:
    once = image.decode(image.encode(animation("GIF", duration=50), format=format))

    assert once.info["loop"] == 1
    back = image.decode(image.encode(image.encode(once, format=format), format="gif"))
    assert "loop" not in back.info


def test_gif_keeps_the_duration_of_the_whole_animation() -> None:
    source = animation("PNG", duration=33)

    frames = image.decode_frames(image.encode(source, format="gif"))

    assert [frame.info["duration"] for frame in frames] == [30, 40, 30]


def test_pages_of_a_tiff_keep_their_modes() -> None:
    pages = [Image.fromarray(DEEP), Image.fromarray(GREY > 90), rgb().convert("CMYK")]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])

    written = image.decode(image.encode(Image.open(buffer), format="tiff"))

    for index, page in enumerate(pages):
        written.seek(index)
        assert written.mode == page.mode
        assert np.array_equal(np.asarray(written), np.asarray(page))


@pytest.mark.parametrize("format", ["png", "webp", "tiff"])
def test_frames_with_and_without_alpha_keep_both(format: Any) -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 255))
    clear.paste((0, 0, 0, 0), (0, 0, 4, 8))
    frames = [Image.new("RGBA", (8, 8), "lime"), clear, Image.new("RGBA", (8, 8), "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:], duration=50)

    url = image.encode(buffer.getvalue(), format=format, **_lossless(format))

    found = [np.asarray(frame.convert("RGBA")) for frame in image.decode_frames(url)]
    for array, frame in zip(found, frames, strict=True):
        expected = np.asarray(frame)
        assert np.array_equal(array[..., 3], expected[..., 3])
        assert np.array_equal(array[expected[..., 3] > 0], expected[expected[..., 3] > 0])


def _lossless(format: str) -> dict[str, Any]:
    return {"lossless": True} if format == "webp" else {}
