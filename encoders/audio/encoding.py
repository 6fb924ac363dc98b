"""Samples to a data URL, in each format of sound that can be written: one table."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from encoders.audio import wav
from encoders.audio.channel_order import to_vorbis_order
from encoders.audio.sample_scale import clip_floats, to_dtype
from encoders.errors import MediaTypeError, Remedy, clip_value
from encoders.limits import Limits
from encoders.mime.table import essence
from encoders.source import to_data_url

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Writer:
    """What libsndfile needs to write one format, and what the format can hold.

    Attributes:
        media_type: what it becomes.
        format: libsndfile's name for the container.
        subtypes: libsndfile's names for the codecs in it, the default first.
        codec: the name in Ogg of the only codec that the format stands for.
        is_lossy: it has a quality.
        can_be_empty: it can hold no samples.
        rates: the rates in Hz that it takes, the one to resample others to last; empty for all.
        max_rate, max_channels: more than these crash libvorbis.
    """

    media_type: str
    format: str
    subtypes: tuple[str, ...]
    codec: str | None = None
    is_lossy: bool = False
    can_be_empty: bool = False
    rates: tuple[int, ...] = ()
    max_rate: int | None = None
    max_channels: int | None = None


WRITERS = {
    "wav": Writer(essence("wav"), "WAV", ("PCM_16", "PCM_24", "FLOAT"), can_be_empty=True),
    "flac": Writer(essence("flac"), "FLAC", ("PCM_16", "PCM_24")),
    "ogg": Writer(
        essence("ogg"),
        "OGG",
        ("VORBIS",),
        codec="vorbis",
        is_lossy=True,
        can_be_empty=True,
        max_rate=200_000,
        max_channels=255,
    ),
    "opus": Writer(
        essence("opus"),
        "OGG",
        ("OPUS",),
        codec="opus",
        is_lossy=True,
        rates=(8000, 12000, 16000, 24000, 48000),
    ),
    "mp3": Writer(essence("mp3"), "MP3", ("MPEG_LAYER_III",), is_lossy=True),
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
    writer = WRITERS.get(format)
    if writer is None:
        raise ValueError(f"format={clip_value(format)} is not one of {', '.join(WRITERS)}")
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
    if (writer.format, subtype) == ("WAV", "PCM_16"):
        return wav.write(sample_rate, to_dtype(samples, "int16"), writer.media_type)
    if not len(samples) and not writer.can_be_empty:
        others = ", ".join(name for name, each in WRITERS.items() if each.can_be_empty)
        raise MediaTypeError(
            f"there are no samples, and {writer.media_type} must hold some: expected one sample or "
            f"more, or one of the formats {others}"
        )
    if writer.rates and sample_rate not in writer.rates:
        rate = writer.rates[-1]
        samples = _resample(to_dtype(samples, "float64"), sample_rate, rate, limits)
        sample_rate, samples = rate, clip_floats(samples)
    channels = samples.shape[1] if samples.ndim == 2 else 1
    if (writer.max_rate and sample_rate > writer.max_rate) or (
        writer.max_channels and channels > writer.max_channels
    ):
        raise MediaTypeError(
            f"{channels} channels at {sample_rate} Hz: {writer.media_type} holds at most "
            f"{writer.max_channels} at {writer.max_rate} Hz",
            remedy=(Remedy("do", value="resample it"), _OTHER_FORMAT),
        )
    if writer.codec and samples.ndim == 2:
        samples = to_vorbis_order(samples)
    return _write_libsndfile(sample_rate, samples, channels, writer, subtype, quality)


def _write_libsndfile(
    sample_rate: int,
    samples: npt.NDArray[Any],
    channels: int,
    writer: Writer,
    subtype: str,
    quality: int | None,
) -> str:
    import numpy as np
    import soundfile

    dtype = _DTYPES.get(subtype, "float32")
    compression = None if quality is None else min((100 - quality) / 99, _MAX_COMPRESSION)
    buffer = io.BytesIO()
    try:
        with soundfile.SoundFile(
            buffer,
            "w",
            sample_rate,
            channels,
            subtype=subtype,
            format=writer.format,
            compression_level=compression,
        ) as file:
            for start in range(0, len(samples), _BLOCK_FRAMES):
                block = to_dtype(samples[start : start + _BLOCK_FRAMES], dtype)
                file.write(np.ascontiguousarray(block))
    except (soundfile.LibsndfileError, ValueError) as error:
        raise MediaTypeError(
            f"{writer.format} cannot hold {channels} channels at {sample_rate} Hz: "
            f"{getattr(error, 'error_string', error)}",
            remedy=(_OTHER_FORMAT,),
        ) from error
    return to_data_url(buffer.getbuffer(), writer.media_type)


def _resample(
    samples: npt.NDArray[Any], rate: int, new_rate: int, limits: Limits
) -> npt.NDArray[Any]:
    import soxr

    limits.check("max_samples", samples.size * new_rate // rate, "resampled samples")
    return cast("npt.NDArray[Any]", soxr.resample(samples, rate, new_rate))
