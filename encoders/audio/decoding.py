"""Sound files to samples: through libsndfile, and through PyAV what libsndfile cannot read.

Files that were joined are read as one sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from encoders.atomic import BytesLike
from encoders.audio import pyav_track
from encoders.audio.collector import BLOCK, DecodeOptions, SampleCollector, check_length
from encoders.audio.formats import Part, format_of, split
from encoders.audio.pyav import DEMUXERS
from encoders.audio.samples import from_vorbis_order
from encoders.errors import (
    CorruptMediaError,
    LimitError,
    MediaTypeError,
    MissingDependencyError,
    Remedy,
    as_corrupt,
)
from encoders.errors.reprs import ShortRepr
from encoders.limits import Limits
from encoders.mime.claims import check_whole
from encoders.mime.table import find
from encoders.source import Memory, Source

if TYPE_CHECKING:
    import numpy.typing as npt

    from encoders.audio.samples import Sound

# Codecs in which libsndfile seeks to the right frame. In MP3 and ADPCM a frame needs those before
# it; near the end of Vorbis libsndfile finds a wrong one, and in GSM and G.721 none.
_SEEKABLE = ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")
_CONVERT = (Remedy("do", value="convert it to WAV with the program that made it"),)


@dataclass(frozen=True, slots=True, repr=False)
class Info(ShortRepr):
    """What the head of a sound file tells; ``sample_rate`` is in Hz, ``duration`` in seconds."""

    media_type: str
    sample_rate: int
    channels: int
    duration: float


def describe(source: Source, media_type: str, limits: Limits) -> Info:
    """Return what a sound's head tells. Errors are those of `audio.describe`."""
    check_whole(source, media_type)
    stated = format_of(media_type).stated_part(source)
    return _describe([stated] if stated else split(source, media_type), media_type, limits)[0]


def read(data: BytesLike, media_type: str, options: DecodeOptions, limits: Limits) -> Sound:
    """Return the rate in Hz and the samples of a sound file, as ``options`` want them.

    Raises:
        CorruptMediaError: it cannot be decoded, or its end is missing.
        MediaTypeError: it has no sound, or a codec that nothing here decodes.
        LimitError: it is larger than ``limits`` allow.
        MissingDependencyError: that needs PyAV.
    """
    with as_corrupt("sound"):
        source = Memory(data, None)
        check_whole(source, media_type)
        collector = SampleCollector(options, limits)
        if view := format_of(media_type).view(data, limits):
            return _convert(*view, collector)
        parts = split(source, media_type)
        if len(parts) == 1:
            _read_part(parts[0], media_type, collector, 0.0)
        else:
            _read_joined(parts, media_type, collector)
        return collector.result()


def is_lossless(source: Source, media_type: str) -> bool:
    """Tell whether what is decoded is what was encoded, so that full scale is the writer's own."""
    if not format_of(media_type).is_lossless:
        return False
    with _open_libsndfile(Part(source), media_type) as (file, _):
        return file is not None


def _describe(parts: list[Part], media_type: str, limits: Limits) -> tuple[Info, list[Info]]:
    """Return what the heads of all parts together tell, and of each.

    The whole has the highest rate and the most channels, so that no part loses anything.
    """
    infos = [_describe_part(part, media_type, limits) for part in parts]
    rate = max(info.sample_rate for info in infos)
    channels = max(info.channels for info in infos)
    seconds = sum(info.duration for info in infos)
    seconds = round(seconds, 9) if len(infos) > 1 else seconds
    return Info(media_type, rate, channels, seconds), infos


def _describe_part(part: Part, media_type: str, limits: Limits) -> Info:
    with _open_libsndfile(part, media_type) as (file, refusal):
        if file:
            seconds = part.length(file) / file.samplerate
            return Info(media_type, file.samplerate, file.channels, seconds)
    with _name_codec(part.source, media_type, refusal):
        return Info(media_type, *pyav_track.describe(part.source, media_type, limits))


def _convert(rate: int, samples: npt.NDArray[Any], collector: SampleCollector) -> Sound:
    """Return 16-bit samples as the caller wants them: without a copy if nothing changes."""
    options = collector.options
    channels = samples.shape[1]
    collector.begin(rate, channels)
    first, end = collector.span(rate)
    samples = samples[first:end]
    if options.dtype == "int16" and not options.mono and options.sample_rate in (None, rate):
        return rate, samples if channels > 1 else samples[:, 0]
    step = max(BLOCK // channels, 1)
    for start in range(0, len(samples), step):
        collector.add(samples[start : start + step], rate)
    return collector.result()


def _read_joined(parts: list[Part], media_type: str, collector: SampleCollector) -> None:
    """Read the parts one after another, as one sound."""
    whole, infos = _describe(parts, media_type, collector.limits)
    rate = whole.sample_rate
    check_length(round(whole.duration * rate), whole.channels, rate, collector.limits)
    is_resampled = any(info.sample_rate != rate for info in infos)
    collector.begin(rate, whole.channels, is_resampled=is_resampled)
    offset = 0.0
    for part, info in zip(parts, infos, strict=True):
        first, end = collector.span(rate, offset)
        if end == 0 and offset:
            return
        if first < info.duration * rate:
            _read_part(part, media_type, collector, offset)
        offset += info.duration


def _read_part(part: Part, media_type: str, collector: SampleCollector, offset: float) -> None:
    with _open_libsndfile(part, media_type) as (file, refusal):
        if file:
            _read_libsndfile(file, part, collector, offset)
            return
    with _name_codec(part.source, media_type, refusal):
        pyav_track.read(part.source.open(), media_type, collector, offset)


@contextmanager
def _open_libsndfile(part: Part, media_type: str) -> Iterator[tuple[Any, str | None]]:
    """Yield the open file; or None and why libsndfile cannot read it, where PyAV may."""
    import soundfile

    row = find(media_type)
    if not (row and row.libsndfile) or format_of(media_type).is_refused(part.source):
        yield None, None
        return
    try:
        file = soundfile.SoundFile(part.open())
    except soundfile.LibsndfileError as error:
        file, refusal = None, error.error_string
        if media_type not in DEMUXERS:
            raise CorruptMediaError(f"the sound cannot be decoded: {refusal}") from error
    if file is None:
        yield None, refusal
        return
    with file:
        # Else soundfile seeks after each block that it reads. In an MP3 that loses what the next
        # frame needs of those before it.
        file.seekable = lambda: False
        yield file, None


@contextmanager
def _name_codec(source: Source, media_type: str, refusal: str | None) -> Iterator[None]:
    """Name the codec in the error where PyAV cannot read what libsndfile refused either."""
    try:
        yield
    except LimitError:
        raise
    except Exception as error:
        codec = format_of(media_type).codec_name(source)
        if codec is None and refusal is None:
            raise
        if codec is None:
            raise CorruptMediaError(f"the {media_type} cannot be decoded: {refusal}") from error
        if isinstance(error, MissingDependencyError):
            raise MissingDependencyError(f"{codec} in {media_type}", "video") from error
        fault = f"the {media_type} holds {codec}, which cannot be decoded"
        if isinstance(error, MediaTypeError):
            raise MediaTypeError(fault, remedy=_CONVERT) from error
        raise CorruptMediaError(
            f"{fault}: {getattr(error, 'message', error)}", remedy=_CONVERT
        ) from error


def _read_libsndfile(file: Any, part: Part, collector: SampleCollector, offset: float) -> None:
    """Decode in blocks, so that the mere claim of a header takes no memory."""
    rate, channels, length = file.samplerate, file.channels, part.length(file)
    check_length(length, channels, rate, collector.limits)
    collector.begin(rate, channels)
    first, end = collector.span(rate, offset)
    end = min(end, length)
    first = min(first, length)
    position = first if file.subtype in _SEEKABLE and file.format != "OGG" else 0
    if position:
        file.seek(position)
    dtype = collector.options.dtype if file.subtype.startswith("PCM") else "float64"
    step = max(BLOCK // channels, 1)
    while position < end:
        block = file.read(min(end - position, step), dtype=dtype, always_2d=True)
        if not len(block):
            missing = length - position
            if missing > part.missing_frames:
                raise CorruptMediaError(
                    f"the sound claims {length:,} frames and ends {missing:,} frames early"
                )
            return
        wanted = block[max(first - position, 0) :]
        collector.add(from_vorbis_order(wanted) if part.has_vorbis_order else wanted, rate)
        position += len(block)
