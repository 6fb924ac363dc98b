"""16-bit WAV in memory, read and written without a copy of the samples."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from encoders.audio.collector import check_length
from encoders.data_url.forgiving_base64 import ENCODE_CHUNK, encode_after
from encoders.errors import MediaTypeError
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


def write(sample_rate: int, samples: npt.NDArray[np.int16], media_type: str) -> str:
    """Return 16-bit WAV without a copy of the samples: a header, then the array's own memory."""
    import numpy as np

    channels = samples.shape[1] if samples.ndim == 2 else 1
    body = np.ascontiguousarray(samples, "<i2").reshape(-1).view(np.uint8).data
    size = len(body)
    if size > 2**32 - 37:
        raise MediaTypeError(f"{size:,} bytes of samples are more than a WAV file can hold")
    rate = (sample_rate * channels * 2) & 0xFFFFFFFF
    form = struct.pack("<HHIIHH", 1, channels, sample_rate, rate, channels * 2 & 0xFFFF, 16)
    header = struct.pack(
        "<4sI4s4sI16s4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, form, b"data", size
    )
    return encode_after(f"data:{media_type};base64,", _chunks(header, body))


def _chunks(header: bytes, body: BytesLike) -> Iterator[BytesLike]:
    """Yield chunks whose sizes are multiples of three bytes, but for the last."""
    first = ENCODE_CHUNK - len(header)
    yield b"".join((header, body[:first]))
    for start in range(first, len(body), ENCODE_CHUNK):
        yield body[start : start + ENCODE_CHUNK]
