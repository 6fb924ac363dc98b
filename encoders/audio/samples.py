"""Samples as arrays: one scale for every dtype, and a place where decoded blocks gather.

Full scale is ±1.0 in floats, ±2^15 in int16, ±2^31 in int32, and 128 ± 128 in uint8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from encoders.audio.channels import spread
from encoders.errors import CorruptMediaError, MediaTypeError
from encoders.limits import Limits

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_CHANNELS = 1024  # as in libsndfile; some thousands bring soxr down
_AROUND = 1000  # frames of the lower rate by which a sample is changed at most
BLOCK = 1 << 18  # samples that are converted at once
_FULL_SCALE = {"int16": 2.0**15, "int32": 2.0**31}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants of a sound.

    Attributes:
        dtype: of the array.
        mono: average the channels.
        sample_rate: resample to this many Hz.
        start, stop: the span in seconds; None for the sound's own ends.
        counted: how many bytes count as one sample for ``max_samples``.
    """

    dtype: str
    mono: bool = False
    sample_rate: int | None = None
    start: float | None = None
    stop: float | None = None
    counted: int = 2

    def __post_init__(self) -> None:
        first = 0.0 if self.start is None else self.start
        last = first if self.stop is None else self.stop
        if not 0 <= first <= last < math.inf:
            raise ValueError(f"start={self.start} and stop={self.stop} are no span of seconds")
        if self.sample_rate is not None and self.sample_rate < 1:
            raise ValueError(f"sample_rate={self.sample_rate} Hz: expected at least 1")

    def span(self, rate: int, offset: float = 0.0) -> tuple[int, int | None]:
        """Return the first frame and the one to end before, in a part that begins at ``offset``."""
        first = max(round(((self.start or 0) - offset) * rate), 0)
        return first, None if self.stop is None else max(round((self.stop - offset) * rate), 0)


class Gathered:
    """Samples from a decoder, in the caller's dtype, channels and rate.

    Each block is converted at once, so that no more than the result and one block is held.
    """

    def __init__(self, wanted: Wanted, limits: Limits) -> None:
        self.wanted = wanted
        self.limits = limits
        self.rate: int | None = None
        self._channels = 0
        self._held = bytearray()
        self._decoded = 0
        self._resampled = 0.0
        self._resampler: Any = None
        self._resampler_rate = 0
        self._cut: tuple[int, int | None] | None = None
        self._made = 0  # frames, of which only those of the cut are held
        # For averages and resampling.
        self._floats = "float32" if wanted.dtype in ("int16", "float32") else "float64"

    def begin(self, rate: int, channels: int, *, is_resampled: bool = False) -> None:
        """Say what the sound has, once; what is added may have another rate, and be mono.

        Args:
            rate: in Hz.
            channels: how many.
            is_resampled: a part of it has another rate.
        """
        if self.rate is not None:
            return
        self.rate = self.wanted.sample_rate or rate
        self._channels = channels
        if is_resampled or self.rate != rate:
            self._cut = self.wanted.span(self.rate)

    def span(self, rate: int, offset: float = 0.0) -> tuple[int, int | None]:
        """Return the first frame to add and the one to end before; `begin` has been called.

        What a resampler gives depends on what is around it: then all is added up to some time
        behind the span, and what is too much is cut off here.
        """
        if self._cut is None:
            return self.wanted.span(rate, offset)
        if self.wanted.stop is None:
            return 0, None
        behind = _AROUND / min(rate, self.rate or rate)
        return 0, max(round((self.wanted.stop + behind - offset) * rate), 0)

    def add(self, block: npt.NDArray[Any], rate: int) -> None:
        """Take ``frames`` or ``frames×channels`` of any dtype.

        Raises:
            LimitError: there are too many samples, or they take too much memory.
            MediaTypeError: the number of channels changes within the sound.
            CorruptMediaError: there is NaN or infinity, and the caller wants integers.
        """
        import numpy as np

        if block.ndim == 1:
            block = block[:, None]
        self.begin(rate, block.shape[1])
        block = self._of_all_channels(block)
        self._decoded += block.size
        self.limits.check("max_samples", self._decoded, "samples of sound")
        if rate != self.rate or self.wanted.mono:
            block = decoded(block, self._floats)
        if self.wanted.mono and self._channels > 1:
            with np.errstate(over="ignore", invalid="ignore"):
                block = block.mean(axis=1, keepdims=True)
        self._hold(self._at_rate(block, rate))

    def result(self) -> tuple[int, npt.NDArray[Any]]:
        """Return the rate and the samples, which can be written to."""
        import numpy as np

        self._end_resampling()
        samples = np.frombuffer(self._held, self.wanted.dtype)
        channels = 1 if self.wanted.mono else self._channels
        return self.rate or 0, samples.reshape(-1, channels) if channels > 1 else samples

    def _of_all_channels(self, block: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if block.shape[1] == self._channels:
            return block
        wide = spread(block, self._channels)
        if wide is None:
            raise MediaTypeError(
                f"the sound changes from {self._channels} channels to {block.shape[1]}: "
                "cut it into parts that have the same channels"
            )
        return wide

    def _at_rate(self, block: npt.NDArray[Any], rate: int) -> npt.NDArray[Any]:
        if rate != self._resampler_rate:
            self._end_resampling()
        if rate == self.rate or self.rate is None:
            return block
        import numpy as np
        import soxr

        if self._resampler is None:
            self._resampler = soxr.ResampleStream(rate, self.rate, block.shape[1], self._floats)
            self._resampler_rate = rate
        self._resampled += block.size * self.rate / rate
        self.limits.check("max_samples", math.floor(self._resampled), "resampled samples")
        # soxr itself holds what a chunk becomes, which may be far longer.
        most = max(BLOCK // block.shape[1] * rate // max(self.rate, rate), 1)
        parts = [block[i : i + most] for i in range(0, len(block), most)]
        for part in parts[:-1]:
            self._hold(self._resampler.resample_chunk(np.ascontiguousarray(part)))
        last = parts[-1] if parts else block
        return cast("npt.NDArray[Any]", self._resampler.resample_chunk(np.ascontiguousarray(last)))

    def _end_resampling(self) -> None:
        if self._resampler is None:
            return
        import numpy as np

        channels = 1 if self.wanted.mono else self._channels
        rest = self._resampler.resample_chunk(np.zeros((0, channels), self._floats), last=True)
        self._resampler, self._resampler_rate = None, 0
        self._hold(rest)

    def _hold(self, block: npt.NDArray[Any]) -> None:
        import numpy as np

        if self._cut is not None:
            block = self._within_cut(block)
        block = np.ascontiguousarray(decoded(block, self.wanted.dtype))
        taken = (len(self._held) + block.nbytes) // self.wanted.counted
        self.limits.check("max_samples", taken, f"samples of {8 * self.wanted.counted} bits")
        self._held += block.reshape(-1).view(np.uint8).data

    def _within_cut(self, block: npt.NDArray[Any]) -> npt.NDArray[Any]:
        first, end = self._cut or (0, None)
        at, self._made = self._made, self._made + len(block)
        return block[max(first - at, 0) : None if end is None else max(end - at, 0)]


def check_length(frames: float, channels: int, rate: int, limits: Limits) -> None:
    """Refuse a sound that is longer than ``limits`` allow, or has more channels than any has."""
    if channels > MOST_CHANNELS:
        raise CorruptMediaError(f"{channels} channels: expected at most {MOST_CHANNELS}")
    limits.check("max_seconds", frames / rate, "seconds of sound")
    limits.check("max_samples", frames * channels, "samples of sound")


def as_dtype(samples: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    """Return ``samples`` on the scale of ``dtype``; integers saturate."""
    import numpy as np

    if samples.dtype == dtype:
        return samples
    if samples.dtype == np.uint8:
        samples = (samples.astype(np.int16) - 128) << 8
    if samples.dtype.kind == "i" and dtype.startswith("int"):
        if samples.dtype == np.int16:
            return samples.astype(np.int32) << 16 if dtype == "int32" else samples
        return as_dtype(samples / _FULL_SCALE["int32"], dtype)
    if samples.dtype.kind == "i":
        return (samples / _FULL_SCALE[samples.dtype.name]).astype(dtype, copy=False)
    if dtype.startswith("float"):
        with np.errstate(over="ignore"):
            return samples.astype(dtype)
    scale = _FULL_SCALE[dtype]
    # float32 holds every int16 exactly, and takes half the time; it has no 2^31 - 1.
    is_enough = dtype == "int16" and samples.dtype == np.float32
    wide = np.float32 if is_enough else np.float64
    with np.errstate(over="ignore"):  # infinity becomes the largest integer too
        scaled: npt.NDArray[Any] = np.multiply(samples, scale, dtype=wide)
    np.rint(scaled, out=scaled)
    np.clip(scaled, -scale, scale - 1, out=scaled)
    return scaled.astype(dtype)


def decoded(samples: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    """Return what `as_dtype` does, for samples of a file, which may hold NaN or infinity."""
    import numpy as np

    if samples.dtype.kind == "f" and dtype.startswith("int") and not np.isfinite(samples).all():
        raise CorruptMediaError(
            f"the sound holds NaN or infinity, which {dtype} cannot: decode it as float32"
        )
    return as_dtype(samples, dtype)
