"""Encoded arrays decode to the same arrays."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from encoders import file, image
from encoders.errors import MediaTypeError
from tests.image.pictures import opened_bytes

SHAPES = st.tuples(st.integers(1, 20), st.integers(1, 20)).flatmap(
    lambda size: st.sampled_from([size, (*size, 1), (*size, 3), (*size, 4)])
)


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
def test_16_bit_grey_array_comes_back_exactly(array: npt.NDArray[np.uint16]) -> None:
    found = image.decode_array(image.encode(array))

    assert found.dtype == np.uint16
    assert np.array_equal(found, array)


def test_16_bit_grey_decodes_to_native_byte_order() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.array([[0, 300, 65535]], ">u2")).save(buffer, "TIFF")

    found = image.decode_array(image.encode(buffer.getvalue()))

    assert found.dtype == np.uint16
    assert found.tolist() == [[0, 300, 65535]]


def test_transparent_shade_of_16_bit_grey_decodes_as_transparent() -> None:
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


NONE, SUB, UP = 0, 1, 2  # filters of PNG, section 9.2


def suited_to(filter: int, shape: tuple[int, ...], dtype: Any) -> npt.NDArray[Any]:
    """Return pixels that deflate best under one filter."""
    random = np.random.default_rng(0)
    if filter == NONE:
        return random.choice(np.array([0, 7, 255], dtype), shape)
    along, across = shape[:2] if filter == SUB else shape[1::-1]
    walk = random.integers(-9, 9, (along, 1, *shape[2:])).cumsum(0)
    grain = random.integers(0, 4, (along, across, *shape[2:]))
    slope = np.arange(across).reshape(-1, *[1] * len(shape[2:]))
    pixels = (walk + slope + grain).astype(dtype)
    return pixels if filter == SUB else np.ascontiguousarray(pixels.swapaxes(0, 1))


def filter_of(url: str) -> int:
    """Return the filter of the first row of a PNG that was written from an array."""
    data = file.decode(url)
    assert data[37:41] == b"IDAT"
    return zlib.decompress(data[41:-16])[0]


@pytest.mark.parametrize("filter", [NONE, SUB, UP])
@pytest.mark.parametrize("shape", [(1100, 700), (700, 500, 3), (200, 20_000, 4), (1, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_png_filter_suits_the_pixels_and_keeps_them(
    filter: int, shape: tuple[int, ...], dtype: Any
) -> None:
    array = suited_to(filter, shape, dtype)

    url = image.encode(array)

    assert shape == (1, 1) or filter_of(url) == filter
    expected = array >> 8 if dtype is np.uint16 and len(shape) == 3 else array
    np.testing.assert_array_equal(opened_bytes(file.decode(url)), expected)


def test_strided_array_comes_back_exactly() -> None:
    array = np.arange(600, dtype=np.uint8).reshape(10, 20, 3)[::-1, ::2]

    assert np.array_equal(image.decode_array(image.encode(array)), array)


def test_32_bit_integers_become_16_bits_or_are_refused() -> None:
    grey = Image.fromarray(np.array([[0, 300, 65535]], np.int32))
    deep = Image.fromarray(np.array([[65536]], np.int32))

    assert image.decode_array(image.encode(grey)).tolist() == [[0, 300, 65535]]
    assert image.decode_array(image.encode(grey, format="jpeg"), mode="L")[0, 2] > 250
    with pytest.raises(MediaTypeError, match="no fixed range"):
        image.encode(deep)
    assert image.decode_array(image.encode(deep, format="tiff")).tolist() == [[65536]]
