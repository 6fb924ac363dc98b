"""Sound to and from data URLs, with soundfile, and with PyAV what libsndfile cannot read.

One scale everywhere, never a peak-normalised one: full scale is ±1.0 in floats, ±2^15 in int16,
±2^31 in int32, and 128 ± 128 in uint8. A float becomes an integer by multiplying and rounding; +1.0
itself becomes the largest integer. WAV follows the RIFF layout of Microsoft's "Multiple Channel
Audio Data and WAVE Files".
"""

from __future__ import annotations

import functools
import io
import math
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

from encoders import mime, mpeg_audio
from encoders.data_url import DataURL, parse
from encoders.errors import CorruptMediaError, MediaTypeError, as_corrupt, clip_value
from encoders.forgiving_base64 import ENCODE_CHUNK, BytesLike, encode_after
from encoders.limits import DEFAULT, Limits
from encoders.pyav import DEMUXERS, demuxed, load, stated_seconds
from encoders.source import Memory, Source, SourceLike, open_source, to_data_url
from encoders.whole import check_whole

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
_MOST_CHANNELS = 1024  # as in libsndfile; some thousands bring soxr down
# Beyond these libvorbis brings down the process.
_VORBIS_RATE, _VORBIS_CHANNELS = 200_000, 255
_MOST_COMPRESSION = 0.99  # libsndfile refuses 1.0 for MP3, against its own documentation
_FULL_SCALE = {"int16": 2.0**15, "int32": 2.0**31}
_BLOCK = 1 << 18
_BY_LIBSNDFILE = (
    "audio/wav",
    "audio/flac",
    "audio/ogg",
    "audio/mpeg",
    "audio/aiff",
    "audio/basic",
    "audio/x-caf",
    "audio/x-w64",
)
_EXACT = tuple(known for known in _BY_LIBSNDFILE if known not in ("audio/ogg", "audio/mpeg"))
MEDIA_TYPES = (*_BY_LIBSNDFILE, *(known for known in DEMUXERS if known.startswith("audio/")))


@dataclass(frozen=True, slots=True)
class Info:
    """What a sound's head tells: rate in Hz, duration in seconds."""

    media_type: str
    sample_rate: int
    channels: int
    duration: float


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
            MP3, which cannot hold none.
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
        found = _read(opened.read(), media_type, "float64", None, None, limits)
        # What a lossy codec gives back may pass full scale a little, through no fault of its own.
        sample_rate, samples = checked(*found, clip=clip or media_type not in _EXACT)
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

    MP3s that were joined give all their parts. The padding that an MP3's header frame states is
    left out; without such a frame the encoder's delay, some 50 ms of silence, stands in front.

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
        ``frames×channels`` for more.

    Raises:
        DataURLError: ``url`` is no data URL.
        MediaTypeError: the content is no sound.
        CorruptMediaError: the sound cannot be decoded, or has NaN or infinity for an integer.
        LimitError: it is larger than ``limits`` allow.
        MissingDependencyError: AAC, WebM or a video needs PyAV.

    >>> import numpy as np
    >>> decode(encode((8000, np.array([1, -2, 3], np.int16))))
    (8000, array([ 1, -2,  3], dtype=int16))
    """
    if dtype not in ("int16", "int32", "float32", "float64"):
        raise ValueError(f"dtype={clip_value(dtype)} is not int16, int32, float32 or float64")
    parsed = parse(url, strict=strict, max_bytes=limits.max_bytes)
    with open_source(parsed) as source:
        media_type = _sound_type(source)
    if strict:
        mime.check_label(parsed.media_type, media_type)
    data = bytearray()
    for chunk in parsed.chunks():
        data += chunk
    if not mono and sample_rate is None:
        return _read(data, media_type, dtype, start, stop, limits)
    precise = "float32" if dtype in ("int16", "float32") else "float64"
    rate, samples = _read(data, media_type, precise, start, stop, limits)
    if mono and samples.ndim == 2:
        samples = samples.mean(axis=1)
    if sample_rate is not None and sample_rate != rate:
        samples, rate = _resampled(samples, rate, sample_rate, limits), sample_rate
    return rate, _decoded(samples, dtype)


def describe(source: SourceLike | Source) -> Info:
    """Return what a sound's head tells, without decoding all of it.

    Raises:
        MediaTypeError: ``source`` is no sound.
        CorruptMediaError: its head cannot be read.
    """
    with open_source(source) as opened, as_corrupt("sound"):
        media_type = _sound_type(opened)
        check_whole(opened, media_type)
        if media_type == "audio/mpeg" and (streams := mpeg_audio.streams(opened.read())):
            return _describe_mpeg(opened.read(), streams)
        if media_type in _BY_LIBSNDFILE:
            with _sound_file(opened.open()) as file:
                seconds = file.frames / file.samplerate
                return Info(media_type, file.samplerate, file.channels, seconds)
        with demuxed(opened.open(), media_type, "audio", DEFAULT) as (container, stream):
            rate, channels = stream.rate, stream.codec_context.channels
            seconds = stated_seconds(container, stream) or _held_seconds(container, stream)
            if not rate:
                raise CorruptMediaError("the sound has no sample rate")
            return Info(media_type, rate, channels, seconds)


def _describe_mpeg(data: BytesLike, streams: list[mpeg_audio.Stream]) -> Info:
    rate, channels = _only_kind(streams)
    frames = sum(_stream_length(data, stream) for stream in streams)
    return Info("audio/mpeg", rate, channels, frames / rate)


def _stream_length(data: BytesLike, stream: mpeg_audio.Stream) -> int:
    """Return how many frames libsndfile reads: it leaves out the padding that is stated."""
    if not stream.is_stated:
        return stream.samples
    with _sound_file(stream.open(data)) as file:
        return cast(int, file.frames)


def _held_seconds(container: Any, stream: Any) -> float:
    """Return how long the packets last that there are, as a browser's recording does not say."""
    seconds = 0.0
    for packet in container.demux(stream):
        end = (packet.pts or 0) + (packet.duration or 0)
        seconds = max(seconds, float(end * packet.time_base))
    return seconds


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
    media_type = mime.detect_source(source)
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
    is_opus = media_type == "audio/ogg" and b"OpusHead" in source.at(0, 64)
    same = _WRITERS[format].media_type == media_type
    return same and (media_type != "audio/ogg" or is_opus == (format == "opus"))


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
        samples.ndim == 2 and not 1 <= samples.shape[1] <= _MOST_CHANNELS
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
            f"there are no samples, and {writer.subtype} cannot hold none: expected one sample or "
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
    kind = subtype or writer.subtype
    as_written = {"PCM_16": "int16", "PCM_24": "int32", "FLOAT": "float32"}.get(kind, "float32")
    buffer = io.BytesIO()
    try:
        soundfile.write(
            buffer,
            np.ascontiguousarray(as_dtype(samples, as_written)),
            sample_rate,
            format=writer.format,
            subtype=kind,
            compression_level=None if quality is None else min(1 - quality, _MOST_COMPRESSION),
        )
    except (soundfile.LibsndfileError, ValueError) as error:
        raise MediaTypeError(
            f"{writer.format} cannot hold {channels} channels at {sample_rate} Hz: {error}"
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
        return samples.astype(dtype)
    scale = _FULL_SCALE[dtype]
    return np.rint(samples.astype(np.float64) * scale).clip(-scale, scale - 1).astype(dtype)


def _decoded(samples: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    import numpy as np

    if samples.dtype.kind == "f" and dtype.startswith("int") and not np.isfinite(samples).all():
        raise CorruptMediaError(
            f"the sound holds NaN or infinity, which {dtype} cannot: decode it as float32"
        )
    return as_dtype(samples, dtype)


def _resampled(
    samples: npt.NDArray[Any], rate: int, wanted: int, limits: Limits
) -> npt.NDArray[Any]:
    import soxr

    if wanted < 1:
        raise ValueError(f"sample_rate={wanted} Hz: expected at least 1")
    limits.check("max_samples", samples.size * wanted // rate, "resampled samples")
    return cast("npt.NDArray[Any]", soxr.resample(samples, rate, wanted))


def _read(
    data: BytesLike,
    media_type: str,
    dtype: str,
    start: float | None,
    stop: float | None,
    limits: Limits,
) -> tuple[int, npt.NDArray[Any]]:
    _check_span(start, stop)
    with as_corrupt("sound"):
        check_whole(Memory(data, None), media_type)
        wav = _wav_view(data, limits) if data[:4] == b"RIFF" else None
        if wav is not None:
            rate, samples = wav
            return rate, as_dtype(_cut(samples, rate, start, stop), dtype)
        if media_type == "audio/mpeg":
            return _read_mpeg(data, dtype, start, stop, limits)
        if media_type in _BY_LIBSNDFILE:
            return _read_libsndfile(data, dtype, start, stop, limits)
        return _read_av(data, media_type, dtype, start, stop, limits)


def _check_span(start: float | None, stop: float | None) -> None:
    first = 0.0 if start is None else start
    last = first if stop is None else stop
    if not 0 <= first <= last < math.inf:
        raise ValueError(f"start={start} and stop={stop} are no span of seconds")


def _cut(
    samples: npt.NDArray[Any], rate: int, start: float | None, stop: float | None
) -> npt.NDArray[Any]:
    first = round((start or 0) * rate)
    return samples[first : None if stop is None else round(stop * rate)]


def _check_length(frames: float, channels: int, rate: int, limits: Limits) -> None:
    if channels > _MOST_CHANNELS:
        raise CorruptMediaError(f"{channels} channels: expected at most {_MOST_CHANNELS}")
    limits.check("max_seconds", frames / rate, "seconds of sound")
    limits.check("max_samples", frames * channels, "samples of sound")


def _wav_view(data: BytesLike, limits: Limits) -> tuple[int, npt.NDArray[np.int16]] | None:
    """Return 16-bit samples as a view of ``data``, or None for another kind of WAV."""
    import numpy as np

    form: tuple[int, ...] | None = None
    position = 12
    while position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, position)
        position += 8
        if kind == b"fmt ":
            form = struct.unpack_from("<HHIIHH", data, position)
        if kind == b"data":
            break
        position += size + size % 2
    if form is None or form[0] != 1 or form[5] != 16 or not form[1] or not form[2]:
        return None
    channels, rate = form[1], form[2]
    count = min(size, len(data) - position) // (2 * channels) * channels
    _check_length(count / channels, channels, rate, limits)
    samples = np.frombuffer(data, "<i2", count, position).astype(np.int16, copy=False)
    return rate, samples.reshape(-1, channels) if channels > 1 else samples


@contextmanager
def _sound_file(source: BinaryIO | io.RawIOBase) -> Iterator[Any]:
    with _sequential()(source) as file:
        yield file


@functools.cache
def _sequential() -> Any:
    """Return the class of sounds that are read in blocks, one behind the other.

    soundfile seeks after each block of what it takes to be seekable. In an MP3 that loses what the
    next frame needs of those before it.
    """
    import soundfile

    class Sequential(soundfile.SoundFile):  # type: ignore[misc]
        def seekable(self) -> bool:
            return False

    return Sequential


def _read_libsndfile(
    data: BytesLike, dtype: str, start: float | None, stop: float | None, limits: Limits
) -> tuple[int, npt.NDArray[Any]]:
    with _sound_file(io.BytesIO(data)) as file:
        rate, channels = file.samplerate, file.channels
        _check_length(file.frames, channels, rate, limits)
        end = file.frames if stop is None else min(round(stop * rate), file.frames)
        first = min(round((start or 0) * rate), file.frames)
        if first:
            file.seek(first)
        blocks = list(_blocks(file, dtype, end - first))
    left = end - first - sum(map(len, blocks))
    if left > 0:
        raise _ends_early(file.frames, left)
    return rate, _joined(blocks, channels, dtype)


def _read_mpeg(
    data: BytesLike, dtype: str, start: float | None, stop: float | None, limits: Limits
) -> tuple[int, npt.NDArray[Any]]:
    """Decode MPEG audio from its first frame on: a frame cannot be decoded without those before."""
    streams = mpeg_audio.streams(data)
    if not streams:
        return _read_libsndfile(data, dtype, start, stop, limits)
    rate, channels = _only_kind(streams)
    length = sum(_stream_length(data, stream) for stream in streams)
    _check_length(length, channels, rate, limits)
    first = round((start or 0) * rate)
    last = sys.maxsize if stop is None else round(stop * rate)
    kept, at = [], 0
    for block in chain.from_iterable(_stream_blocks(data, stream, dtype) for stream in streams):
        kept.append(block[max(first - at, 0) : max(last - at, 0)])
        at += len(block)
        if at >= last:
            break
    return rate, _joined(kept, channels, dtype)


def _only_kind(streams: list[mpeg_audio.Stream]) -> tuple[int, int]:
    """Return the sample rate and the number of channels that all streams have."""
    kinds = list(dict.fromkeys((stream.sample_rate, stream.channels) for stream in streams))
    if len(kinds) > 1:
        listed = " and ".join(f"{rate} Hz with {channels} channels" for rate, channels in kinds[:2])
        raise CorruptMediaError(f"the sound is joined of parts that differ: {listed}; split it")
    return kinds[0]


def _stream_blocks(
    data: BytesLike, stream: mpeg_audio.Stream, dtype: str
) -> Iterator[npt.NDArray[Any]]:
    left = length = _stream_length(data, stream)
    with _sound_file(stream.open(data)) as file:
        for block in _blocks(file, dtype, length):
            yield block
            left -= len(block)
    if left >= mpeg_audio.SPARED * stream.header.samples:
        raise _ends_early(length, left)


def _blocks(file: Any, dtype: str, frames: int) -> Iterator[npt.NDArray[Any]]:
    """Yield up to so many frames in blocks, so that a header's claim alone never costs memory."""
    as_read = dtype if file.subtype.startswith("PCM") else "float64"
    while frames > 0:
        block = file.read(min(frames, max(_BLOCK // file.channels, 1)), dtype=as_read)
        if not len(block):
            return
        # At once: what was read may be four times as large.
        yield _decoded(block, dtype)
        frames -= len(block)


def _ends_early(claimed: int, left: int) -> CorruptMediaError:
    return CorruptMediaError(f"the sound claims {claimed:,} frames and ends {left:,} frames early")


def _joined(blocks: list[npt.NDArray[Any]], channels: int, dtype: str) -> npt.NDArray[Any]:
    import numpy as np

    shape = (0,) if channels == 1 else (0, channels)
    return np.concatenate(blocks) if blocks else np.zeros(shape, dtype)


def _read_av(
    data: BytesLike,
    media_type: str,
    dtype: str,
    start: float | None,
    stop: float | None,
    limits: Limits,
) -> tuple[int, npt.NDArray[Any]]:
    import numpy as np

    with demuxed(io.BytesIO(data), media_type, "audio", limits) as (container, stream):
        rate, channels = stream.rate, stream.codec_context.channels
        # Floats of the codec's own layout and rate: only the sample format is settled here.
        resampler = load().AudioResampler(format="flt")
        blocks, frames = [], 0
        for packet in container.demux(stream):
            if packet.is_corrupt:
                raise CorruptMediaError(f"the {media_type} was cut off or damaged")
            for decoded in packet.decode():
                for frame in resampler.resample(decoded):
                    blocks.append(frame.to_ndarray().reshape(-1, channels))
                    frames += len(blocks[-1])
                    _check_length(frames, channels, rate, limits)
            if stop is not None and frames >= stop * rate:
                break
    if not blocks:
        raise CorruptMediaError(f"the {media_type} has a sound track with no sound in it")
    samples = np.concatenate(blocks)
    samples = _cut(samples[:, 0] if channels == 1 else samples, rate, start, stop)
    return rate, _decoded(samples, dtype)
