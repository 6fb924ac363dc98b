"""Samples from one dtype to another, on the scale of `encoders.audio`; whether they are a sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoders.errors import CorruptMediaError, MediaTypeError, Remedy, clip_value

if TYPE_CHECKING:
    import numpy.typing as npt

MAX_CHANNELS = 1024  # as in libsndfile; some thousands crash soxr
_FULL_SCALE = {"int16": 2.0**15, "int32": 2.0**31}


def check_sound(
    sample_rate: int, samples: npt.NDArray[Any], *, clip: bool = False
) -> tuple[int, npt.NDArray[Any]]:
    """Return a sound from a caller as an encoder may write it.

    Raises:
        TypeError: the rate is not a whole number.
        MediaTypeError: shape, dtype or rate are no sound's, or floats are NaN, infinite, or beyond
            full scale without ``clip``.
    """
    import numpy as np

    if isinstance(sample_rate, bool) or not isinstance(sample_rate, int | np.integer):
        raise TypeError(
            f"the sample rate must be a whole number of Hz, found {clip_value(sample_rate)}"
        )
    if not 1 <= sample_rate <= 2**31 - 1:
        raise MediaTypeError(f"the sample rate is {sample_rate} Hz: expected at least 1")
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or (
        samples.ndim == 2 and not 1 <= samples.shape[1] <= MAX_CHANNELS
    ):
        raise MediaTypeError(
            f"samples of shape {samples.shape}: expected frames, or frames×channels"
        )
    if samples.dtype.kind == "f" and samples.dtype.itemsize in (4, 8):
        samples = _check_floats(samples, clip=clip)
    elif samples.dtype not in (np.int16, np.int32, np.uint8):
        raise MediaTypeError(
            f"samples of dtype {samples.dtype}: expected int16, int32, uint8, float32 or float64"
        )
    return int(sample_rate), samples


def _check_floats(samples: npt.NDArray[Any], *, clip: bool) -> npt.NDArray[Any]:
    import numpy as np

    if not np.isfinite(samples).all():
        raise MediaTypeError("the samples hold NaN or infinity: expected finite numbers")
    peak = float(np.abs(samples).max(initial=0))
    if peak > 1 and not clip:
        raise MediaTypeError(
            f"the samples reach {peak:g}, beyond full scale (±1.0)",
            remedy=(Remedy("do", value="scale them down"), Remedy("pass", "clip", "True")),
        )
    return samples.clip(-1.0, 1.0)


def to_dtype(samples: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    """Return ``samples`` on the scale of ``dtype``; integers saturate."""
    import numpy as np

    if samples.dtype == np.uint8:
        samples = (samples.astype(np.int16) - 128) << 8
    if samples.dtype == dtype:
        return samples
    if samples.dtype == np.int16 and dtype == "int32":
        return samples.astype(np.int32) << 16
    if samples.dtype.kind == "i":
        samples = samples / _FULL_SCALE[samples.dtype.name]
    if dtype.startswith("float"):
        with np.errstate(over="ignore"):
            return samples.astype(dtype, copy=False)
    scale = _FULL_SCALE[dtype]
    # float32 holds every int16 exactly, and takes half the time; it has no 2^31 - 1.
    is_enough = dtype == "int16" and samples.dtype == np.float32
    wide = np.float32 if is_enough else np.float64
    with np.errstate(over="ignore"):  # infinity becomes the largest integer too
        scaled: npt.NDArray[Any] = np.multiply(samples, scale, dtype=wide)
    np.rint(scaled, out=scaled)
    np.clip(scaled, -scale, scale - 1, out=scaled)
    return scaled.astype(dtype)


def decoded_to_dtype(samples: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    """Return what `to_dtype` returns, for samples of a file, which may hold NaN or infinity."""
    import numpy as np

    if samples.dtype.kind == "f" and dtype.startswith("int") and not np.isfinite(samples).all():
        raise CorruptMediaError(
            f"the sound holds NaN or infinity, which {dtype} cannot",
            remedy=(Remedy("pass", "dtype", "'float32'"),),
        )
    return to_dtype(samples, dtype)
