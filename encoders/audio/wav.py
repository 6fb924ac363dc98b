"""16-bit samples of a WAV file in memory, without a copy."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from encoders.audio.collector import check_length
from encoders.limits import Limits
from encoders.mime.containers import riff
from encoders.source import Memory

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from encoders.atomic import BytesLike

_PCM = 1


def view(data: BytesLike, limits: Limits) -> tuple[int, npt.NDArray[np.int16]] | None:
    """Return 16-bit samples as a view of ``data``, or None for another kind of WAV."""
    import numpy as np

    wav = riff.wav(Memory(data, None)) if data[:4] == b"RIFF" else None
    if wav is None or len(wav.form) < 16:
        return None
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", wav.form)
    if kind != _PCM or bits != 16 or not channels or not rate:
        return None
    count = min(wav.size, len(data) - wav.start) // (2 * channels) * channels
    check_length(count / channels, channels, rate, limits)
    samples = np.frombuffer(data, "<i2", count, wav.start).astype(np.int16, copy=False)
    return rate, samples.reshape(-1, channels) if channels > 1 else samples
