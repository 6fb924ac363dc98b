"""Pictures come back as they went in."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageSequence

from encoders import data_url, image, inspect, mime
from encoders.data_url import DataURL
from encoders.errors import (
    CorruptMediaError,
    EncodersError,
    LimitError,
    MediaTypeError,
    MissingDependencyError,
)
from encoders.image.writing import png
from encoders.limits import Limits
from tests.paths import FIXTURES
from tests.pillow import AVIF, known

IMAGES = FIXTURES / "image"
ACCEPTED = ["small.png", "small.jpg", "small.webp", "small.gif", "small.bmp", "small.tiff"]
ACCEPTED += ["small.avif", "animated.gif", "animated.png", "animated.webp", "drawing.svg"]
LOSSY_FLOOR_DB = {"jpeg": 30.0, "webp": 30.0, "avif": 30.0, "gif": 24.0}
SHAPES = st.tuples(st.integers(1, 20), st.integers(1, 20)).flatmap(
    lambda size: st.sampled_from([size, (*size, 1), (*size, 3), (*size, 4)])
)


def psnr(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    error = float(np.mean((one.astype(float) - other.astype(float)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def opened(path: Path) -> Image.Image:
    return opened_bytes(path.read_bytes())


def opened_bytes(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def labelled(path: Path, media_type: str) -> str:
    return str(DataURL(media_type, path.read_bytes()))


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
def test_lossy_formats_stay_above_their_floor(format: Any, way: Callable[[Path], Any]) -> None:
    expected = np.asarray(opened(IMAGES / "small.png").convert("RGB"))

    found = image.decode_array(image.encode(way(IMAGES / "small.png"), format=format), mode="RGB")

    assert psnr(found, expected) >= LOSSY_FLOOR_DB[format]


def test_lossless_webp_keeps_every_pixel() -> None:
    expected = np.asarray(opened(IMAGES / "rgba.png"))

    found = image.decode_array(image.encode(IMAGES / "rgba.png", format="webp", lossless=True))

    visible = expected[..., 3] > 0
    assert np.array_equal(found[visible], expected[visible])


@settings(max_examples=60, deadline=None)
@given(arrays(st.sampled_from([np.uint8, np.bool_]), SHAPES))
def test_array_comes_back_exactly(array: npt.NDArray[Any]) -> None:
    found = image.decode_array(image.encode(array))

    expected = array[:, :, 0] if array.shape[2:] == (1,) else array
    if array.dtype == bool and expected.ndim == 3:
        expected = expected.astype(np.uint8) * 255
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


@settings(max_examples=30, deadline=None)
@given(arrays(np.uint16, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_deep_grey_array_comes_back_exactly(array: npt.NDArray[np.uint16]) -> None:
    found = image.decode_array(image.encode(array))

    assert found.dtype == np.uint16
    assert np.array_equal(found, array)


def test_deep_grey_comes_in_the_machines_byte_order() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.array([[0, 300, 65535]], ">u2")).save(buffer, "TIFF")

    found = image.decode_array(image.encode(buffer.getvalue()))

    assert found.dtype == np.uint16
    assert found.tolist() == [[0, 300, 65535]]


def test_the_transparent_shade_of_deep_grey_is_not_seen() -> None:
    buffer = io.BytesIO()
    grey = Image.fromarray(np.array([[0, 300, 65535]], np.uint16))
    grey.save(buffer, "PNG", transparency=300)
    url = image.encode(buffer.getvalue())

    (frame,) = image.decode_frames(url)
    assert np.asarray(frame.getchannel("A")).tolist() == [[255, 0, 255]]
    laid = image.decode_array(url, mode="RGB", background="red")
    assert laid.tolist() == [[[0, 0, 0], [255, 0, 0], [255, 255, 255]]]


def test_floats_are_scaled_by_255() -> None:
    assert image.decode_array(image.encode(np.array([[0.0, 0.5, 1.0]]))).tolist() == [[0, 128, 255]]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 2), np.int64),
        np.zeros((2, 2, 5), np.uint8),
        np.zeros((0, 2), np.uint8),
        np.zeros(3, np.uint8),
        np.array([[1.5]]),
        np.array([[np.nan]]),
        np.array([[-0.1]]),
    ],
    ids=["int64", "five-channels", "empty", "one-dimension", "over-1", "nan", "negative"],
)
def test_ambiguous_array_is_refused(array: npt.NDArray[Any]) -> None:
    with pytest.raises(MediaTypeError):
        image.encode(array)


@pytest.mark.parametrize("filter", [0, 1, 2])
@pytest.mark.parametrize("shape", [(1100, 700), (700, 500, 3), (3, 200_000, 4), (1, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_filter_gives_every_pixel_back_across_blocks(
    filter: int, shape: tuple[int, ...], dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(png, "_best_filter", lambda *_: filter)
    array = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)

    found = np.asarray(opened_bytes(png.write(array)))

    expected = array >> 8 if dtype is np.uint16 and len(shape) == 3 else array
    np.testing.assert_array_equal(found, expected)


def test_best_filter_suits_the_picture() -> None:
    luck = np.random.default_rng(0)
    walk, grain = luck.integers(-9, 9, 300).cumsum(), luck.integers(0, 4, (300, 300))
    columns = (walk + np.arange(300)[:, None] + grain).astype(np.uint8)
    drawn = luck.choice(np.array([0, 7, 255], np.uint8), (300, 300))

    for array, filter in ((columns, 2), (columns.T, 1), (drawn, 0)):
        assert png._best_filter(np.ascontiguousarray(array), 1) == filter
        np.testing.assert_array_equal(image.decode_array(image.encode(array)), array)


def test_strided_array_is_written_right() -> None:
    array = np.arange(600, dtype=np.uint8).reshape(10, 20, 3)[::-1, ::2]

    assert np.array_equal(image.decode_array(image.encode(array)), array)


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


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_every_orientation_comes_out_upright(orientation: int, format: str) -> None:
    stored = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    buffer = io.BytesIO()
    Image.fromarray(stored).save(buffer, format, exif=turned(orientation))
    expected = UPRIGHT[orientation](stored)

    info = image.describe(buffer.getvalue())
    assert (info.height, info.width) == expected.shape[:2]
    for url in (image.encode(buffer.getvalue()), image.encode(buffer.getvalue(), format="bmp")):
        np.testing.assert_array_equal(image.decode_array(url), expected)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_an_animation_stands_upright(format: str) -> None:
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


def test_a_preview_behind_a_photo_is_no_frame() -> None:
    url = str(DataURL("image/jpeg", photo_with_preview()))

    assert image.decode(url).size == (4, 6)
    assert image.describe(url) == image.Info("image/jpeg", 4, 6, "RGB", 1)
    assert [frame.size for frame in image.decode_frames(url)] == [(4, 6)]


@pytest.mark.parametrize("format", known(*image.FORMATS))
def test_a_photo_with_a_preview_becomes_every_format(format: Any) -> None:
    url = image.encode(opened_bytes(photo_with_preview()), format=format)

    assert image.describe(url).frames == 1
    assert image.decode(url).size == (4, 6)


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


def test_transparency_is_laid_over_the_background_asked_for() -> None:
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


@pytest.mark.parametrize("name", ["animated.gif", "animated.png", "animated.webp"])
def test_animation_keeps_its_frames(name: str) -> None:
    expected = [
        np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(opened(IMAGES / name))
    ]

    picture = image.decode(image.encode(IMAGES / name))
    frames = list(image.decode_frames(image.encode(IMAGES / name)))

    assert getattr(picture, "n_frames", 1) == len(expected) > 1
    assert all(
        np.array_equal(np.asarray(f.convert("RGBA")), e)
        for f, e in zip(frames, expected, strict=True)
    )
    assert [frame.info["duration"] for frame in frames] == [100, 200, 50, 300, 150]


ANIMATED = ("gif", "png", "webp")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("before", ANIMATED)
@pytest.mark.parametrize("after", ANIMATED)
def test_animation_keeps_its_frames_in_another_format(before: str, after: Any, mode: str) -> None:
    levels, durations = [0, 80, 160, 255], [40, 50, 60, 70]
    frames = [Image.new("L", (8, 8), level).convert(mode) for level in levels]
    buffer = io.BytesIO()
    settings = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 3}
    frames[0].save(buffer, before, **settings, lossless=True)

    url = image.encode(buffer.getvalue(), format=after)

    assert image.decode(url).info["loop"] == 3
    found = list(image.decode_frames(url))
    assert [frame.info["duration"] for frame in found] == durations
    greys = [np.asarray(frame.convert("L")).mean() for frame in found]
    expected = [np.asarray(frame.convert("L")).mean() for frame in frames]
    assert np.allclose(greys, expected, atol=3)


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


def test_avif_that_pillow_lacks_passes_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_deep_integers_become_16_bits_or_are_refused() -> None:
    grey = Image.fromarray(np.array([[0, 300, 65535]], np.int32))
    deep = Image.fromarray(np.array([[65536]], np.int32))

    assert image.decode_array(image.encode(grey)).tolist() == [[0, 300, 65535]]
    assert image.decode_array(image.encode(grey, format="jpeg"), mode="L")[0, 2] > 250
    with pytest.raises(MediaTypeError, match="no fixed range"):
        image.encode(deep)
    assert image.decode_array(image.encode(deep, format="tiff")).tolist() == [[65536]]


def test_modes_widen_by_the_full_range() -> None:
    url = image.encode(np.array([[0, 1, 255]], np.uint8))

    assert np.asarray(image.decode(url, mode="I;16")).tolist() == [[0, 257, 65535]]
    assert image.decode(image.encode(IMAGES / "gray-alpha.png", compress="small")).mode == "LA"


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "La"]
)
def test_every_mode_shrinks_far(mode: str) -> None:
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


def test_svg_passes_through_and_says_that_it_is_vector() -> None:
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
    ("options", "words"),
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
def test_impossible_option_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        image.encode(IMAGES / "small.png", **options)


def test_impossible_mode_is_no_fault_of_the_picture() -> None:
    url = image.encode(IMAGES / "gray.png")

    with pytest.raises(ValueError, match="mode='RGBX16'"):
        image.decode(url, mode="RGBX16")
    with pytest.raises(MediaTypeError, match="mode L cannot become La"):
        image.decode(url, mode="La")


@pytest.mark.parametrize(("format", "width"), [("webp", 16384), ("jpeg", 65501), ("gif", 65536)])
def test_picture_too_wide_for_its_format_is_our_error(format: Any, width: int) -> None:
    with pytest.raises(MediaTypeError, match=rf"{width}×1 .* {format}"):
        image.encode(np.zeros((1, width, 3), np.uint8), format=format)


def test_pages_of_several_sizes_stay_tiff() -> None:
    url = image.encode(pages_of((8, 8), (30, 40)))

    with pytest.raises(MediaTypeError, match=r"frame 1 is 30×40.*8×8"):
        image.encode(url, format="webp")
    rewritten = image.encode(url, format="tiff", compress="small")
    assert [page.size for page in image.decode_frames(rewritten)] == [(8, 8), (30, 40)]


def test_lying_label_is_read_by_content_and_refused_when_strict() -> None:
    url = labelled(FIXTURES / "hostile" / "gif-named.png", "image/png")

    assert image.decode(url).format == "GIF"
    assert data_url.parse(url).media_type == "image/png"
    with pytest.raises(MediaTypeError, match="image/gif"):
        image.decode(url, strict=True)


@pytest.mark.parametrize("label", ["@file/pdf", ""])
def test_gradios_broken_labels_are_read_by_content(label: str) -> None:
    body = image.encode(IMAGES / "small.png").partition(",")[2]

    assert image.decode(f"data:{label};base64,{body}").format == "PNG"


@pytest.mark.parametrize(
    "name",
    sorted(
        path.name
        for path in (FIXTURES / "hostile").iterdir()
        if path.suffix in {".png", ".jpg", ".gif", ".webp", ".tiff", ".bmp", ".avif"}
        and path.name not in {"png-named.jpg", "gif-named.png", "trailing.png"}
    ),
)
def test_hostile_picture_raises_our_error(name: str) -> None:
    media_type = {"jpg": "jpeg"}.get(name[-3:], name.rpartition(".")[2])
    with pytest.raises(EncodersError):
        image.decode(labelled(FIXTURES / "hostile" / name, f"image/{media_type}"))


@pytest.mark.parametrize("name", ["png-named.jpg", "gif-named.png", "trailing.png"])
def test_wrong_extension_alone_is_no_error(name: str) -> None:
    assert image.decode(image.encode(FIXTURES / "hostile" / name)).width > 0


def pages_of(*sizes: tuple[int, int]) -> bytes:
    pages = [Image.new("RGB", size) for size in sizes]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()


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
def test_pixel_limit_holds_for_what_the_head_does_not_show(data: bytes) -> None:
    url = str(DataURL("image/x", data))

    with pytest.raises(LimitError, match=r"10,100 pixels .* max_pixels=10,000"):
        list(image.decode_frames(url, limits=Limits(max_pixels=10_000)))


@pytest.mark.parametrize("big", [False, True])
def test_frame_limit_holds_for_the_pages_of_a_tiff(big: bool) -> None:
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


def test_truncated_picture_object_raises_our_error() -> None:
    broken = Image.open(io.BytesIO((FIXTURES / "hostile" / "truncated.png").read_bytes()))

    with pytest.raises(CorruptMediaError):
        image.encode(broken, format="jpeg")


@pytest.mark.parametrize("use", [image.decode, image.decode_array, inspect])
def test_a_gif_does_not_grow_past_the_limit(use: Callable[..., object]) -> None:
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
def test_a_picture_of_the_callers_that_was_cut_off_is_our_error(
    name: str, format: image.Format
) -> None:
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
