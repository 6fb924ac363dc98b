"""Decoded blocks of samples, put together into the array that a caller wants."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from encoders.audio.samples import MAX_CHANNELS, add_channels, decoded_to_dtype
from encoders.errors import CorruptMediaError, MediaTypeError, Remedy
from encoders.limits import Limits

if TYPE_CHECKING:
    import numpy.typing as npt

    from encoders.audio.samples import Sound

BLOCK = 1 << 18  # samples that are converted at once
_RESAMPLER_REACH = 1000  # frames of the lower rate that can influence a resampled sample
_ENDLESS = sys.maxsize  # frames, for a span up to the end


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """The options of `audio.decode`, by the same names.

    ``counted_bytes`` is how many bytes count as one sample for ``max_samples``.
    """

    dtype: str
    mono: bool = False
    sample_rate: int | None = None
    start: float | None = None
    stop: float | None = None
    counted_bytes: int = 2

    def __post_init__(self) -> None:
        first = 0.0 if self.start is None else self.start
        last = first if self.stop is None else self.stop
        if not 0 <= first <= last < math.inf:
            raise ValueError(f"start={self.start} and stop={self.stop} are no span of seconds")
        if self.sample_rate is not None and self.sample_rate < 1:
            raise ValueError(f"sample_rate={self.sample_rate} Hz: expected at least 1")

    def span(self, rate: int, offset: float = 0.0) -> tuple[int, int]:
        """Return the first frame and the one to end before, in a part that begins at ``offset``."""
        first = max(round(((self.start or 0) - offset) * rate), 0)
        if self.stop is None:
            return first, _ENDLESS
        return first, max(round((self.stop - offset) * rate), 0)


class SampleCollector:
    """Collects decoded blocks in the caller's dtype, channels and rate.

    Each block is converted at once, so that no more than the result and one block is in memory.
    """

    def __init__(self, options: DecodeOptions, limits: Limits) -> None:
        self.options = options
        self.limits = limits
        self._rate = self._channels = self._result_channels = 0
        self._data = bytearray()
        self._decoded_samples = 0
        self._resampled_samples = 0.0
        self._resampler: Any = None
        self._resampler_rate = 0
        self._cut: tuple[int, int] | None = None  # the span to cut out after resampling
        self._resampled_frames = 0  # of which only those of the cut are kept
        # For averages and resampling.
        self._float_dtype = "float32" if options.dtype in ("int16", "float32") else "float64"

    def begin(self, rate: int, channels: int, *, is_resampled: bool = False) -> None:
        """Set the rate and channels of the result; later calls change nothing.

        Blocks that are added may have fewer channels, and with ``is_resampled`` another rate.
        """
        if self._rate:
            return
        self._rate = self.options.sample_rate or rate
        self._channels = channels
        self._result_channels = 1 if self.options.mono else channels
        if is_resampled or self._rate != rate:
            self._cut = self.options.span(self._rate)

    def span(self, rate: int, offset: float = 0.0) -> tuple[int, int]:
        """Return the first frame to add and the one to end before; call `begin` first.

        A resampled sample depends on those around it. So for a span that is resampled, everything
        is added until some time after it, and the rest is cut off here.
        """
        if self._cut is None:
            return self.options.span(rate, offset)
        reach = _RESAMPLER_REACH / min(rate, self._rate)
        return 0, self.options.span(rate, offset - reach)[1]

    def add(self, block: npt.NDArray[Any], rate: int) -> None:
        """Take ``frames×channels`` of any dtype.

        Raises:
            LimitError: there are too many samples, or they take too much memory.
            MediaTypeError: the number of channels changes within the sound.
            CorruptMediaError: there is NaN or infinity, and the caller wants integers.
        """
        import numpy as np

        self.begin(rate, block.shape[1])
        if block.shape[1] != self._channels:
            wide = add_channels(block, self._channels)
            if wide is None:
                raise MediaTypeError(
                    f"the sound changes from {self._channels} channels to {block.shape[1]}",
                    remedy=(Remedy("do", value="cut it into parts that have the same channels"),),
                )
            block = wide
        self._decoded_samples += block.size
        self.limits.check("max_samples", self._decoded_samples, "samples of sound")
        if rate != self._rate or self.options.mono:
            block = decoded_to_dtype(block, self._float_dtype)
        if self.options.mono and self._channels > 1:
            with np.errstate(over="ignore", invalid="ignore"):
                block = block.mean(axis=1, keepdims=True)
        if rate != self._resampler_rate:
            self._end_resampling()
        if rate == self._rate:
            self._store(block)
        else:
            self._resample(block, rate)

    def result(self) -> Sound:
        """Return the rate and the samples, which can be written to."""
        import numpy as np

        self._end_resampling()
        samples = np.frombuffer(self._data, self.options.dtype)
        channels = self._result_channels
        return self._rate, samples.reshape(-1, channels) if channels > 1 else samples

    def _resample(self, block: npt.NDArray[Any], rate: int) -> None:
        import numpy as np
        import soxr

        channels = block.shape[1]
        if self._resampler is None:
            self._resampler = soxr.ResampleStream(rate, self._rate, channels, self._float_dtype)
            self._resampler_rate = rate
        self._resampled_samples += block.size * self._rate / rate
        self.limits.check("max_samples", math.floor(self._resampled_samples), "resampled samples")
        # soxr keeps the whole result of a chunk in memory, which may be far longer than the chunk.
        longest = max(BLOCK // channels * rate // max(self._rate, rate), 1)
        for start in range(0, len(block), longest):
            chunk = np.ascontiguousarray(block[start : start + longest])
            self._store(self._resampler.resample_chunk(chunk))

    def _end_resampling(self) -> None:
        if self._resampler is None:
            return
        import numpy as np

        empty = np.zeros((0, self._result_channels), self._float_dtype)
        self._store(self._resampler.resample_chunk(empty, last=True))
        self._resampler, self._resampler_rate = None, 0

    def _store(self, block: npt.NDArray[Any]) -> None:
        if self._cut is not None:
            first, end = self._cut
            position = self._resampled_frames
            self._resampled_frames += len(block)
            block = block[max(first - position, 0) : max(end - position, 0)]
        block = decoded_to_dtype(block, self.options.dtype)
        width = self.options.counted_bytes
        count = (len(self._data) + block.nbytes) // width
        self.limits.check("max_samples", count, f"samples of {8 * width} bits")
        self._data += block.tobytes()


def check_length(frames: float, channels: int, rate: int, limits: Limits) -> None:
    """Refuse a sound that is longer than ``limits`` allow, or has too many channels."""
    if channels > MAX_CHANNELS:
        raise CorruptMediaError(f"{channels} channels: expected at most {MAX_CHANNELS}")
    limits.check("max_seconds", frames / rate, "seconds of sound")
    limits.check("max_samples", frames * channels, "samples of sound")
