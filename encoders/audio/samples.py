"""Arrays of samples: whether they are a sound, their scale, and the order of their channels.

Scale and order are those of `encoders.audio`. Ogg Vorbis and Opus have an order of their own: that
of Vorbis I, section 4.3.9, which RFC 7845, section 5.1.1.2, uses for channel mapping family 1. Both
define up to eight channels; beyond eight there is no order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encoders.errors import CorruptMediaError, MediaTypeError, Remedy, clip_value

if TYPE_CHECKING:
    import numpy.typing as npt

    Sound = tuple[int, npt.NDArray[Any]]  # the rate in Hz, and samples

MAX_CHANNELS = 1024  # as in libsndfile; some thousands crash soxr
_FULL_SCALE = {"int16": 2.0**15, "int32": 2.0**31}
# By number of channels: where each of WAV's channels is in Vorbis order.
_VORBIS_ORDER = {
    3: (0, 2, 1),
    5: (0, 2, 1, 3, 4),
    6: (0, 2, 1, 5, 3, 4),
    7: (0, 2, 1, 6, 5, 3, 4),
    8: (0, 2, 1, 7, 5, 6, 3, 4),
}

# By number of channels: the speakers of WAV's channels, as Vorbis and FFmpeg define them.
_SPEAKERS = {
    1: ("FC",),
    2: ("FL", "FR"),
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LF", "BL", "BR"),
    7: ("FL", "FR", "FC", "LF", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LF", "BL", "BR", "SL", "SR"),
}
# The speakers that replace a missing one.
_REPLACEMENTS = {"FC": ("FL", "FR"), "BL": ("SL",), "BR": ("SR",), "BC": ("BL", "BR")}


def check_sound(sample_rate: int, samples: npt.NDArray[Any], *, clip: bool = False) -> Sound:
    """Return a sound from a caller as an encoder may write it, as ``frames×channels``.

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
    if samples.ndim == 1:
        samples = samples[:, np.newaxis]
    if samples.ndim != 2 or not 1 <= samples.shape[1] <= MAX_CHANNELS:
        raise MediaTypeError(
            f"samples of shape {samples.shape}: expected frames, or frames×channels"
        )
    if samples.dtype.kind == "f" and samples.dtype.itemsize in (4, 8):
        if not np.isfinite(samples).all():
            raise MediaTypeError("the samples hold NaN or infinity: expected finite numbers")
        peak = float(np.abs(samples).max(initial=0))
        if peak > 1 and not clip:
            raise MediaTypeError(
                f"the samples reach {peak:g}, beyond full scale (±1.0)",
                remedy=(Remedy("do", value="scale them down"), Remedy("pass", "clip", "True")),
            )
        samples = samples.clip(-1.0, 1.0)
    elif samples.dtype not in (np.int16, np.int32, np.uint8):
        raise MediaTypeError(
            f"samples of dtype {samples.dtype}: expected int16, int32, uint8, float32 or float64"
        )
    return int(sample_rate), samples


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


def add_channels(samples: npt.NDArray[Any], channels: int) -> npt.NDArray[Any] | None:
    """Return ``frames×channels`` in WAV's order, each sound at its own speaker among more.

    Return None where a speaker has no place among them, or no order is defined.
    """
    import numpy as np

    given, wanted = _SPEAKERS.get(samples.shape[1], ()), _SPEAKERS.get(channels, ())
    targets = [(name,) if name in wanted else _REPLACEMENTS.get(name, ()) for name in given]
    places = [wanted.index(name) for names in targets for name in names if name in wanted]
    if not all(targets) or not places or len(set(places)) < max(len(places), len(given)):
        return None
    silence = 128 if samples.dtype == np.uint8 else 0
    wide = np.full((len(samples), channels), silence, samples.dtype)
    for index, names in enumerate(targets):
        for name in names:
            wide[:, wanted.index(name)] = samples[:, index]
    return wide


def from_vorbis_order(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``frames×channels`` in Vorbis order as an array in WAV's order."""
    order = _VORBIS_ORDER.get(samples.shape[1])
    return samples[:, order] if order else samples


def to_vorbis_order(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``frames×channels`` in WAV's order as an array in Vorbis order."""
    order = _VORBIS_ORDER.get(samples.shape[1], ())
    return samples[:, sorted(range(len(order)), key=order.__getitem__)] if order else samples
