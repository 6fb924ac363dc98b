"""Sound to and from data URLs, with soundfile, and with PyAV what libsndfile cannot read.

One scale everywhere, never a peak-normalised one: full scale is ±1.0 in floats, ±2^15 in int16,
±2^31 in int32, and 128 ± 128 in uint8. A float becomes an integer by multiplying and rounding; +1.0
itself becomes the largest integer. WAV follows the RIFF layout of Microsoft's "Multiple Channel
Audio Data and WAVE Files".

The channels of an array are in WAV's order, whatever order the file has: front left, front right,
front center, low frequency, back left, back right, back center, side left, side right, of which a
sound has some. AIFF, AU and CAF define no order, or one that few writers keep: theirs is the file's
own.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from encoders import mime
from encoders.atomic.safe_file import BytesLike
from encoders.audio import sound_reader
from encoders.audio.channels import to_vorbis
from encoders.audio.samples import MOST_CHANNELS, Wanted, as_dtype
from encoders.audio.sound_reader import BY_LIBSNDFILE
from encoders.audio.sound_reader import Info as Info
from encoders.data_url import DataURL, parse
from encoders.data_url.forgiving_base64 import ENCODE_CHUNK, encode_after
from encoders.errors import MediaTypeError, as_corrupt, clip_value
from encoders.limits import DEFAULT, Limits
from encoders.mime.containers import ogg
from encoders.mime.label import check_label
from encoders.pyav import DEMUXERS
from encoders.source import Source, SourceLike, open_source, to_data_url

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Format = Literal["wav", "flac", "ogg", "opus", "mp3"]
Subtype = Literal["PCM_16", "PCM_24", "FLOAT"]
DType = Literal["int16", "int32", "float32", "float64"]


@dataclass(frozen=True, slots=True)
class _Writer:
    """What libsndfile needs to know to write one format, and whether it can hold no samples."""

    media_type: str
    format: str
    subtype: str
    can_be_empty: bool = False


_WRITERS = {
    "wav": _Writer("audio/wav", "WAV", "PCM_16", can_be_empty=True),
    "flac": _Writer("audio/flac", "FLAC", "PCM_16"),
    "ogg": _Writer("audio/ogg", "OGG", "VORBIS", can_be_empty=True),
    "opus": _Writer("audio/ogg", "OGG", "OPUS"),
    "mp3": _Writer("audio/mpeg", "MP3", "MPEG_LAYER_III"),
}
FORMATS = tuple(_WRITERS)
SUBTYPES = ("PCM_16", "PCM_24", "FLOAT")

_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
# Beyond these libvorbis brings down the process.
_VORBIS_RATE, _VORBIS_CHANNELS = 200_000, 255
_FRAMES_AT_ONCE = 1 << 14  # written; libvorbis needs room on the stack for all of them
_MOST_COMPRESSION = 0.99  # libsndfile refuses 1.0 for MP3, against its own documentation
MEDIA_TYPES = tuple(
    dict.fromkeys((*BY_LIBSNDFILE, *(known for known in DEMUXERS if known.startswith("audio/"))))
)


def encode(
    source: SourceLike | tuple[int, npt.NDArray[Any]],
    *,
    format: Format | None = None,
    subtype: Subtype | None = None,
    quality: float | None = None,
    clip: bool = False,
    name: str | None = None,
    limits: Limits = DEFAULT,
) -> str:
    """Return a sound as a base64 data URL.

    A sound file passes through byte for byte where ``format`` is None or its own. A video gives its
    sound track.

    Args:
        source: a path, bytes, a binary file, a data URL, or ``(sample_rate, samples)`` with the
            rate in Hz and samples of shape ``frames`` or ``frames×channels``: int16, int32, uint8,
            float32 or float64, on the scale that this module's docstring gives.
        format: one of `FORMATS`; by default the file's own, or WAV. Opus takes 8, 12, 16, 24 and
            48 kHz; other rates are resampled to 48 kHz.
        subtype: PCM_16 (default), PCM_24 or FLOAT for WAV, the first two for FLAC.
        quality: 0 (small) to 1 (good), for Ogg and MP3.
        clip: cut off floats beyond ±1.0, in an array or a file, instead of refusing them.
        name: a file name that overrides the source's own.
        limits: bounds on what is decoded on the way.

    Raises:
        MediaTypeError: ``source`` is no sound, or samples of another shape or dtype, or floats that
            are NaN, infinite or beyond ±1.0 and have to be written, or no samples for FLAC, Opus or
            MP3, which must hold some.
        CorruptMediaError: it has to be decoded and cannot be.
        MissingDependencyError: it has to be decoded and that needs PyAV.

    >>> import numpy as np
    >>> encode((8000, np.zeros(2, np.int16)))
    'data:audio/wav;base64,UklGRigAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQQAAAAAAAAA'
    """
    writer = _writer(format or "wav", subtype, quality)
    if isinstance(source, tuple):
        if len(source) != 2:
            raise TypeError(f"a tuple of {len(source)}: expected (sample_rate, samples)")
        sample_rate, samples = checked(*source, clip=clip)
        return _write(sample_rate, samples, writer, subtype, quality, limits)
    with open_source(source, name) as opened:
        media_type = _sound_type(opened)
        if _passes(opened, media_type, format, subtype, quality):
            return opened.data_url(media_type)
        opened.check(limits)
        found = sound_reader.read(opened.read(), media_type, Wanted("float64", counted=8), limits)
        # What a lossy codec gives back may pass full scale a little, through no fault of its own.
        sample_rate, samples = checked(
            *found, clip=clip or not sound_reader.is_exact(opened, media_type)
        )
        return _write(sample_rate, samples, writer, subtype, quality, limits)


def decode(
    url: str | DataURL,
    *,
    dtype: DType = "int16",
    mono: bool = False,
    sample_rate: int | None = None,
    start: float | None = None,
    stop: float | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT,
) -> tuple[int, npt.NDArray[Any]]:
    """Return the sound in a data URL as ``(sample_rate, samples)``.

    Files that were joined, as Ogg and MP3 can be, give all their parts. The padding that an MP3's
    header frame states is left out; without such a frame the encoder's delay, some 50 ms of
    silence, stands in front.

    Args:
        url: a data URL; its content decides, not its label. A video gives its sound track.
        dtype: int16 (default, Gradio's own), int32, float32 or float64. Floats beyond ±1.0 become
            the largest and smallest integer.
        mono: average the channels.
        sample_rate: resample to this many Hz (soxr, high quality).
        start: seconds to begin at. The samples are those of the whole sound from there on.
        stop: seconds to end before.
        strict: refuse a label that is not the content's type, and what `data_url.parse` forgives.
        limits: bounds (``max_bytes``, ``max_seconds``, ``max_samples``).

    Returns:
        The rate in Hz, and an array that can be written to: ``frames`` for one channel,
        ``frames×channels`` for more, in WAV's order. Files that were joined are one sound, at the
        highest rate and with the most channels that a part of them has: a part with fewer sounds
        from those of its own speakers.

    Raises:
        DataURLError: ``url`` is no data URL.
        MediaTypeError: the content is no sound, or becomes one of more channels within a part.
        CorruptMediaError: the sound cannot be decoded, or has NaN or infinity for an integer.
        LimitError: it is larger than ``limits`` allow.
        MissingDependencyError: AAC, WebM, a video or a rare codec needs PyAV.

    >>> import numpy as np
    >>> decode(encode((8000, np.array([1, -2, 3], np.int16))))
    (8000, array([ 1, -2,  3], dtype=int16))
    """
    if dtype not in ("int16", "int32", "float32", "float64"):
        raise ValueError(f"dtype={clip_value(dtype)} is not int16, int32, float32 or float64")
    wanted = Wanted(dtype, mono, sample_rate, start, stop)
    parsed = parse(url, strict=strict, max_bytes=limits.max_bytes)
    with open_source(parsed) as source:
        media_type = _sound_type(source)
    if strict:
        check_label(parsed.media_type, media_type)
    data = bytearray()
    for chunk in parsed.chunks():
        data += chunk
    return sound_reader.read(data, media_type, wanted, limits)


def describe(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Info:
    """Return what a sound's head tells, without decoding all of it.

    Raises:
        MediaTypeError: ``source`` is no sound.
        CorruptMediaError: its head cannot be read.
        LimitError: its head does not say how long it is, and it is longer than ``limits`` allow.
    """
    with open_source(source) as opened, as_corrupt("sound"):
        media_type = _sound_type(opened)
        return sound_reader.describe(opened, media_type, limits)


def accepts(value: object) -> bool:
    """Tell whether ``value`` is a ``(sample_rate, samples)`` pair.

    >>> accepts((8000, [0, 1])), accepts(("a", "b"))
    (True, False)
    """
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    return hasattr(value[0], "__index__") or hasattr(value[1], "dtype")


def _writer(format: str, subtype: str | None, quality: float | None) -> _Writer:
    writer = _WRITERS.get(format)
    if writer is None:
        raise ValueError(f"format={clip_value(format)} is not one of {', '.join(FORMATS)}")
    allowed = {"wav": SUBTYPES, "flac": SUBTYPES[:2]}.get(format, ())
    if subtype is not None and subtype not in allowed:
        raise ValueError(
            f"subtype={clip_value(subtype)} is not one that {format} has "
            f"({', '.join(allowed) or 'none'})"
        )
    if quality is not None and (format in ("wav", "flac") or not 0 <= quality <= 1):
        raise ValueError(f"quality={quality} is for ogg, opus and mp3, from 0 to 1")
    return writer


def _sound_type(source: Source) -> str:
    media_type = mime.detect(source)
    if mime.kind(media_type) not in ("audio", "video"):
        raise MediaTypeError(
            f"this is {media_type}, not sound: expected {', '.join(FORMATS)}, m4a, aac, webm "
            "or a video with sound"
        )
    return media_type


def _passes(
    source: Source, media_type: str, format: str | None, subtype: str | None, quality: float | None
) -> bool:
    if mime.kind(media_type) != "audio" or subtype is not None or quality is not None:
        return False
    if format is None:
        return True
    if _WRITERS[format].media_type != media_type:
        return False
    codec = {"ogg": "vorbis", "opus": "opus"}.get(format)
    return codec is None or all(link.codec == codec for link in ogg.links(source))


def checked(
    sample_rate: int, samples: npt.NDArray[Any], *, clip: bool = False
) -> tuple[int, npt.NDArray[Any]]:
    """Return ``samples`` as they may be written, or say what is wrong with them."""
    import numpy as np

    if isinstance(sample_rate, bool) or not isinstance(sample_rate, int | np.integer):
        raise TypeError(
            f"the sample rate must be a whole number of Hz, found {clip_value(sample_rate)}"
        )
    if not 1 <= sample_rate <= 2**31 - 1:
        raise MediaTypeError(f"the sample rate is {sample_rate} Hz: expected at least 1")
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or (
        samples.ndim == 2 and not 1 <= samples.shape[1] <= MOST_CHANNELS
    ):
        raise MediaTypeError(
            f"samples of shape {samples.shape}: expected frames, or frames×channels"
        )
    if samples.dtype.kind == "f" and samples.dtype.itemsize in (4, 8):
        if not np.isfinite(samples).all():
            raise MediaTypeError("the samples hold NaN or infinity: expected finite numbers")
        peak = float(np.abs(samples).max(initial=0))
        if peak > 1 and not clip:
            raise MediaTypeError(
                f"the samples reach {peak:g}, beyond full scale (±1.0): scale them down, "
                "or pass clip=True"
            )
        samples = _within(samples)
    elif samples.dtype not in (np.int16, np.int32, np.uint8):
        raise MediaTypeError(
            f"samples of dtype {samples.dtype}: expected int16, int32, uint8, float32 or float64"
        )
    return int(sample_rate), samples


def _within(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return samples.clip(-1.0, 1.0)


def _write(
    sample_rate: int,
    samples: npt.NDArray[Any],
    writer: _Writer,
    subtype: str | None,
    quality: float | None,
    limits: Limits,
) -> str:
    import numpy as np
    import soundfile

    if writer.format == "WAV" and subtype in (None, "PCM_16"):
        return _write_wav(sample_rate, as_dtype(samples, "int16"))
    if not len(samples) and not writer.can_be_empty:
        named = ", ".join(name for name, each in _WRITERS.items() if each.can_be_empty)
        raise MediaTypeError(
            f"there are no samples, and {writer.media_type} must hold some: expected one sample or "
            f"more, or one of the formats {named}"
        )
    if writer.subtype == "OPUS" and sample_rate not in _OPUS_RATES:
        samples = as_dtype(samples, "float64")
        sample_rate, samples = 48000, _within(_resampled(samples, sample_rate, 48000, limits))
    channels = samples.shape[1] if samples.ndim == 2 else 1
    if writer.subtype == "VORBIS" and (sample_rate > _VORBIS_RATE or channels > _VORBIS_CHANNELS):
        raise MediaTypeError(
            f"{channels} channels at {sample_rate} Hz: Ogg Vorbis holds at most "
            f"{_VORBIS_CHANNELS} at {_VORBIS_RATE} Hz; resample it, or take another format"
        )
    if writer.format == "OGG" and samples.ndim == 2:
        samples = to_vorbis(samples)
    kind = subtype or writer.subtype
    as_written = {"PCM_16": "int16", "PCM_24": "int32", "FLOAT": "float32"}.get(kind, "float32")
    compression = None if quality is None else min(1 - quality, _MOST_COMPRESSION)
    buffer = io.BytesIO()
    try:
        with soundfile.SoundFile(
            buffer,
            "w",
            sample_rate,
            channels,
            subtype=kind,
            format=writer.format,
            compression_level=compression,
        ) as file:
            for start in range(0, len(samples), _FRAMES_AT_ONCE):
                block = as_dtype(samples[start : start + _FRAMES_AT_ONCE], as_written)
                file.write(np.ascontiguousarray(block))
    except (soundfile.LibsndfileError, ValueError) as error:
        raise MediaTypeError(
            f"{writer.format} cannot hold {channels} channels at {sample_rate} Hz; take another "
            f"format: {getattr(error, 'error_string', error)}"
        ) from error
    return to_data_url(buffer.getbuffer(), writer.media_type)


def _write_wav(sample_rate: int, samples: npt.NDArray[np.int16]) -> str:
    """Return 16-bit WAV with no copy of the samples: a header, then the array's own memory."""
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
    first = ENCODE_CHUNK - len(header)
    return encode_after("data:audio/wav;base64,", _wav_chunks(header, body, first))


def _wav_chunks(header: bytes, body: BytesLike, first: int) -> Iterator[BytesLike]:
    """Yield chunks that are all whole multiples of three bytes but the last."""
    yield b"".join((header, body[:first]))
    for start in range(first, len(body), ENCODE_CHUNK):
        yield body[start : start + ENCODE_CHUNK]


def _resampled(
    samples: npt.NDArray[Any], rate: int, wanted: int, limits: Limits
) -> npt.NDArray[Any]:
    import soxr

    if wanted < 1:
        raise ValueError(f"sample_rate={wanted} Hz: expected at least 1")
    limits.check("max_samples", samples.size * wanted // rate, "resampled samples")
    return cast("npt.NDArray[Any]", soxr.resample(samples, rate, wanted))
