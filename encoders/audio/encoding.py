"""Samples to a data URL, in each format of sound that can be written: one table."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from encoders.audio.samples import to_dtype, to_vorbis_order
from encoders.data_url.forgiving_base64 import ENCODE_CHUNK, encode_after
from encoders.errors import MediaTypeError, Remedy, clip_value
from encoders.limits import Limits
from encoders.mime.table import essence
from encoders.source import to_data_url

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from encoders.audio.samples import Sound


@dataclass(frozen=True, slots=True)
class Writer:
    """What libsndfile needs to write one format, and what the format can hold.

    Attributes:
        container: libsndfile's name for it.
        subtypes: libsndfile's names for the codecs in it, the default first.
        is_lossy: it has a quality.
        can_be_empty: it can hold no samples.
        rates: the rates in Hz that it takes, the one to resample others to last; empty for all.
        most: the highest rate and number of channels; more crash libvorbis.
    """

    container: str
    subtypes: tuple[str, ...]
    is_lossy: bool = True
    can_be_empty: bool = False
    rates: tuple[int, ...] = ()
    most: tuple[int, int] | None = None

    @property
    def media_type(self) -> str:
        """What it becomes."""
        return essence(self.container.lower())


WRITERS = {
    "wav": Writer("WAV", ("PCM_16", "PCM_24", "FLOAT"), is_lossy=False, can_be_empty=True),
    "flac": Writer("FLAC", ("PCM_16", "PCM_24"), is_lossy=False),
    "ogg": Writer("OGG", ("VORBIS",), can_be_empty=True, most=(200_000, 255)),
    "opus": Writer("OGG", ("OPUS",), rates=(8000, 12000, 16000, 24000, 48000)),
    "mp3": Writer("MP3", ("MPEG_LAYER_III",)),
}
_OTHER_FORMAT = Remedy("do", value="choose another format")
_DTYPES = {"PCM_16": "int16", "PCM_24": "int32"}  # in which libsndfile takes samples; else float32
_BLOCK_FRAMES = 1 << 14  # libvorbis needs room on the stack for all frames of a block
_MAX_COMPRESSION = 0.99  # libsndfile refuses 1.0 for MP3, against its own documentation


def writer_for(format: str, subtype: str | None, quality: int | None) -> Writer:
    """Return the row of a format, after checking the options that go with it.

    Raises:
        ValueError: there is no such format, or it has no such option.
    """
    if format not in WRITERS:
        raise ValueError(f"format={clip_value(format)} is not one of {', '.join(WRITERS)}")
    writer = WRITERS[format]
    subtypes = () if writer.is_lossy else writer.subtypes
    if subtype is not None and subtype not in subtypes:
        raise ValueError(
            f"subtype={clip_value(subtype)} is not one that {format} has "
            f"({', '.join(subtypes) or 'none'})"
        )
    if quality is not None and not writer.is_lossy:
        raise ValueError(f"quality={quality} is for formats that lose something, not for {format}")
    if quality is not None and not 1 <= quality <= 100:
        raise ValueError(f"quality={quality} is not from 1 to 100")
    return writer


def write(
    sample_rate: int,
    samples: npt.NDArray[Any],
    writer: Writer,
    subtype: str | None,
    quality: int | None,
    limits: Limits,
) -> str:
    """Return samples that `check_sound` has let pass as a data URL."""
    subtype = subtype or writer.subtypes[0]
    if (writer.container, subtype) == ("WAV", "PCM_16"):
        return _write_wav(sample_rate, to_dtype(samples, "int16"), writer.media_type)
    sample_rate, samples = _fitted(sample_rate, samples, writer, limits)
    import soundfile

    channels = samples.shape[1]
    dtype = _DTYPES.get(subtype, "float32")
    compression = None if quality is None else min((100 - quality) / 99, _MAX_COMPRESSION)
    kind = {"subtype": subtype, "format": writer.container, "compression_level": compression}
    buffer = io.BytesIO()
    try:
        with soundfile.SoundFile(buffer, "w", sample_rate, channels, **kind) as file:
            for start in range(0, len(samples), _BLOCK_FRAMES):
                file.write(to_dtype(samples[start : start + _BLOCK_FRAMES], dtype))
    except (soundfile.LibsndfileError, ValueError) as error:
        raise MediaTypeError(
            f"{writer.container} cannot hold {channels} channels at {sample_rate} Hz: "
            f"{getattr(error, 'error_string', error)}",
            remedy=(_OTHER_FORMAT,),
        ) from error
    return to_data_url(buffer.getbuffer(), writer.media_type)


def _fitted(sample_rate: int, samples: npt.NDArray[Any], writer: Writer, limits: Limits) -> Sound:
    """Return a sound at a rate and with channels in the order that a format takes."""
    if not len(samples) and not writer.can_be_empty:
        others = ", ".join(name for name, each in WRITERS.items() if each.can_be_empty)
        raise MediaTypeError(
            f"there are no samples, and {writer.media_type} must hold some: expected one sample or "
            f"more, or one of the formats {others}"
        )
    if writer.rates and sample_rate not in writer.rates:
        import soxr

        rate = writer.rates[-1]
        limits.check("max_samples", samples.size * rate // sample_rate, "resampled samples")
        samples = soxr.resample(to_dtype(samples, "float64"), sample_rate, rate)
        sample_rate, samples = rate, samples.clip(-1.0, 1.0)
    channels = samples.shape[1]
    if writer.most and (sample_rate > writer.most[0] or channels > writer.most[1]):
        raise MediaTypeError(
            f"{channels} channels at {sample_rate} Hz: {writer.media_type} holds at most "
            f"{writer.most[1]} at {writer.most[0]} Hz",
            remedy=(Remedy("do", value="resample it"), _OTHER_FORMAT),
        )
    return sample_rate, to_vorbis_order(samples) if writer.container == "OGG" else samples


def _write_wav(sample_rate: int, samples: npt.NDArray[np.int16], media_type: str) -> str:
    """Return 16-bit WAV without a copy of the samples: a header, then the array's own memory."""
    import numpy as np

    channels = samples.shape[1]
    body = np.ascontiguousarray(samples, "<i2").reshape(-1).view(np.uint8).data
    size = len(body)
    if size > 2**32 - 37:
        raise MediaTypeError(f"{size:,} bytes of samples are more than a WAV file can hold")
    rate = (sample_rate * channels * 2) & 0xFFFFFFFF
    form = struct.pack("<HHIIHH", 1, channels, sample_rate, rate, channels * 2 & 0xFFFF, 16)
    header = struct.pack(
        "<4sI4s4sI16s4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, form, b"data", size
    )
    first = -len(header) % 3  # a chunk of a multiple of three bytes is encoded without a copy
    chunks = (body[at : at + ENCODE_CHUNK] for at in range(first, size, ENCODE_CHUNK))
    return encode_after(f"data:{media_type};base64,", chain((header + body[:first],), chunks))
