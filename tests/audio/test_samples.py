"""The samples of arrays: accepted types, and the scale of decoded samples."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from encoders import audio
from encoders.errors import CorruptMediaError, MediaTypeError


@pytest.mark.parametrize("format", ["wav", "flac"])
@given(
    samples=hnp.arrays(
        np.int16, st.one_of(st.tuples(st.integers(1, 99)), st.tuples(st.just(9), st.integers(2, 8)))
    )
)
def test_int16_is_exact(format: audio.Format, samples: np.ndarray[Any, Any]) -> None:
    rate, found = audio.decode(audio.encode((44100, samples), format=format))
    assert rate == 44100
    np.testing.assert_array_equal(found, samples)


@pytest.mark.parametrize("format", ["wav", "flac"])
def test_24_bits_are_exact(format: audio.Format) -> None:
    samples = np.arange(-(2**23), 2**23, 9973).astype(np.int32) << 8
    _, found = audio.decode(
        audio.encode((8000, samples), format=format, subtype="PCM_24"), dtype="int32"
    )
    np.testing.assert_array_equal(found, samples)


def test_float_wav_is_exact() -> None:
    samples = np.linspace(-1, 1, 999, dtype=np.float32)
    _, found = audio.decode(audio.encode((8000, samples), subtype="FLOAT"), dtype="float32")
    np.testing.assert_array_equal(found, samples)


@pytest.mark.parametrize("dtype", ["int32", "float32", "float64"])
def test_every_int16_survives_another_dtype(dtype: audio.DType) -> None:
    samples = np.arange(-(2**15), 2**15).astype(np.int16)
    _, wide = audio.decode(audio.encode((8000, samples)), dtype=dtype)
    assert wide.dtype == dtype
    np.testing.assert_array_equal(audio.decode(audio.encode((8000, wide)))[1], samples)


@given(
    samples=hnp.arrays(
        st.sampled_from([np.float32, np.float64]),
        st.integers(1, 50),
        elements=st.floats(-1, 1, width=32),
    )
)
def test_floats_decode_within_half_a_quantization_step(samples: np.ndarray[Any, Any]) -> None:
    _, found = audio.decode(audio.encode((8000, samples)), dtype="float64")
    wanted = np.minimum(samples.astype(np.float64), 32767 / 32768)
    assert np.abs(found - wanted).max() <= 0.5 / 32768


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(1.0, 32767), (-1.0, -32768), (0.5 / 32768, 0), (1.5 / 32768, 2), (2.5 / 32768, 2)],
)
def test_float_scale_rounds_half_to_even_and_saturates(value: float, wanted: int) -> None:
    assert audio.decode(audio.encode((8000, np.array([value]))))[1].tolist() == [wanted]


@pytest.mark.parametrize(
    ("dtype", "values", "wanted"),
    [
        ("uint8", [0, 128, 255], [-32768, 0, 32512]),
        ("int32", [-(2**31), 65536, 2**31 - 1], [-32768, 1, 32767]),
    ],
)
def test_integer_scale(dtype: str, values: list[int], wanted: list[int]) -> None:
    assert audio.decode(audio.encode((8000, np.array(values, dtype))))[1].tolist() == wanted


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1.001, -2.0])
def test_floats_beyond_full_scale_nan_and_infinity_are_refused(value: float) -> None:
    with pytest.raises(MediaTypeError):
        audio.encode((8000, np.array([value])))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_clipping_does_not_hide_nan_or_infinity(value: float) -> None:
    with pytest.raises(MediaTypeError):
        audio.encode((8000, np.array([value])), clip=True)


def test_clip_limits_samples_to_full_scale() -> None:
    url = audio.encode((8000, np.array([1.5, -2.0])), clip=True)
    assert audio.decode(url)[1].tolist() == [32767, -32768]


def float_wav(*values: float) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.array(values, np.float32), 8000, format="WAV", subtype="FLOAT")
    return buffer.getvalue()


@pytest.mark.parametrize("format", [f for f in audio.FORMATS if f != "wav"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_file_of_nan_or_infinity_is_not_written_again(value: float, format: audio.Format) -> None:
    url = audio.encode(float_wav(0, value))

    with pytest.raises(MediaTypeError, match="NaN or infinity"):
        audio.encode(url, format=format)
    with pytest.raises(CorruptMediaError, match="NaN or infinity"):
        audio.decode(url)
    with pytest.raises(CorruptMediaError, match="NaN or infinity"):
        audio.decode(url, mono=True)
    np.testing.assert_array_equal(audio.decode(url, dtype="float32")[1], [0, value])


def test_a_file_beyond_full_scale_is_clipped_only_when_asked() -> None:
    url = audio.encode(float_wav(0, 1.5, -1.5))

    assert audio.decode(url, dtype="float32")[1].tolist() == [0, 1.5, -1.5]
    assert audio.decode(url)[1].tolist() == [0, 32767, -32768]
    with pytest.raises(MediaTypeError, match="clip=True"):
        audio.encode(url, format="flac")
    assert audio.decode(audio.encode(url, format="flac", clip=True))[1].tolist() == [
        0,
        32767,
        -32768,
    ]


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_below_one_is_refused(rate: int) -> None:
    with pytest.raises(MediaTypeError, match="sample rate"):
        audio.encode((rate, np.zeros(4, np.int16)))


@pytest.mark.parametrize("shape", [(), (4, 0), (2, 2, 2)])
def test_a_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MediaTypeError, match="shape"):
        audio.encode((8000, np.zeros(shape, np.int16)))


@pytest.mark.parametrize("dtype", ["int64", "uint16", "complex128", "bool"])
def test_another_dtype_is_refused(dtype: str) -> None:
    with pytest.raises(MediaTypeError, match="dtype"):
        audio.encode((8000, np.zeros(4, dtype)))


def test_mono_is_the_mean_of_the_channels() -> None:
    url = audio.encode((8000, np.array([[100, 300], [-2, 2]], np.int16)))
    assert audio.decode(url, mono=True)[1].tolist() == [200, 0]


@pytest.mark.parametrize("sound", [(8000,), (8000, np.zeros(1), 1)])
def test_a_tuple_of_another_length_is_a_type_error(sound: Any) -> None:
    with pytest.raises(TypeError, match=r"\(sample_rate, samples\)"):
        audio.encode(sound)


@pytest.mark.parametrize(
    ("value", "is_sound"),
    [
        ((8000, np.zeros(4)), True),
        ((np.int64(8000), np.zeros((4, 2))), True),
        ((8000, [0.5, -0.5]), True),
        ((8000.0, np.zeros(4)), True),  # of which `encode` says what is wrong
        ((1.5, [2.5]), False),
        ((np.zeros(4), np.zeros(4)), False),
        ((8000, "text"), False),
        (("a.wav", [0.5]), False),
        ((8000, np.zeros(4), 1), False),
        ([8000, np.zeros(4)], False),
        (b"RIFF", False),
    ],
)
def test_a_pair_of_rate_and_samples_is_accepted(value: object, is_sound: bool) -> None:
    assert audio.accepts(value) is is_sound
