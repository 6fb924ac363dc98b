"""Sound files to samples: through libsndfile, and through PyAV what libsndfile cannot read.

A chained Ogg file is read as one sound, and lengths that a head leaves open are filled in first.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from encoders.atomic.safe_file import BytesLike
from encoders.audio import sound_codec, sound_track, wav
from encoders.audio.channels import from_vorbis
from encoders.audio.samples import BLOCK, Gathered, Wanted, check_length
from encoders.errors import (
    CorruptMediaError,
    LimitError,
    MediaTypeError,
    MissingDependencyError,
    as_corrupt,
)
from encoders.limits import Limits
from encoders.mime.containers import au, caf, flac, mpeg_audio, ogg, riff
from encoders.mime.whole import check_whole
from encoders.pyav import DEMUXERS
from encoders.source import Memory, Section, Source

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BY_LIBSNDFILE = (
    "audio/wav",
    "audio/flac",
    "audio/ogg",
    "audio/mpeg",
    "audio/aiff",
    "audio/basic",
    "audio/x-caf",
    "audio/x-w64",
)
_EXACT = tuple(known for known in BY_LIBSNDFILE if known not in ("audio/ogg", "audio/mpeg"))
# Where libsndfile seeks to the right frame. Of MP3 and ADPCM a frame needs those before it, a wrong
# one is found near the end of Vorbis, and none in GSM and G.721.
_SOUGHT = ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")
# What fills in a length that the head leaves open, for each type that may leave it open.
_COMPLETE: dict[str, Callable[[Source], Source]] = {
    "audio/wav": riff.with_wav_size,
    "audio/x-w64": riff.with_wave64_size,
    "audio/flac": flac.with_length,
    "audio/x-caf": caf.with_size,
    "audio/aiff": riff.with_aiff_size,
    "audio/basic": au.with_size,
}


@dataclass(frozen=True, slots=True)
class Info:
    """What a sound's head tells: rate in Hz, duration in seconds."""

    media_type: str
    sample_rate: int
    channels: int
    duration: float


def describe(source: Source, media_type: str, limits: Limits) -> Info:
    """Return what a sound's head tells. Errors are those of `audio.describe`."""
    check_whole(source, media_type)
    stated = mpeg_audio.stated_stream(source.read()) if media_type == "audio/mpeg" else None
    whole = [_Part(source, stream=stated)] if stated else _parts(source, media_type)
    parts = _described(whole, media_type, limits)
    rate, channels = _common(parts)
    seconds = sum(part.duration for part in parts)
    return Info(media_type, rate, channels, seconds if len(parts) == 1 else round(seconds, 9))


def read(
    data: BytesLike, media_type: str, wanted: Wanted, limits: Limits
) -> tuple[int, npt.NDArray[Any]]:
    """Return the rate in Hz and the samples that are wanted of a sound file.

    Raises:
        CorruptMediaError: it cannot be decoded, or its end is missing.
        MediaTypeError: it has no sound, or a codec that nothing here decodes.
        LimitError: it is larger than ``limits`` allow.
        MissingDependencyError: that needs PyAV.
    """
    with as_corrupt("sound"):
        source = Memory(data, None)
        check_whole(source, media_type)
        exact = wav.view(data, limits) if media_type == "audio/wav" else None
        gathered = Gathered(wanted, limits)
        if exact is not None:
            return _converted(exact, gathered)
        parts = _parts(source, media_type)
        if len(parts) == 1:
            _read_part(parts[0], media_type, gathered, 0.0)
        else:
            _read_chain(parts, media_type, gathered)
        return gathered.result()


def is_exact(source: Source, media_type: str) -> bool:
    """Tell whether what is decoded is what went in, so that full scale is the writer's own."""
    with _by_libsndfile(_Part(source), media_type) as (file, _):
        return media_type in _EXACT and file is not None


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the files that a chained file consists of, or a whole file.

    Attributes:
        source: the file.
        is_in_vorbis_order: its channels are in the order of Vorbis.
        stream: where an MP3's frames are in it.
    """

    source: Source
    is_in_vorbis_order: bool = False
    stream: mpeg_audio.Stream | None = None

    def open(self) -> BinaryIO | io.RawIOBase:
        """Return the file as libsndfile is to read it."""
        return self.stream.open(self.source.read()) if self.stream else _file_of(self.source)

    def length(self, file: Any) -> int:
        """Return how many frames libsndfile reads, of which it only guesses some."""
        is_guessed = self.stream and not self.stream.is_stated
        return self.stream.samples if self.stream and is_guessed else file.frames


def _parts(source: Source, media_type: str) -> list[_Part]:
    complete = _COMPLETE.get(media_type)
    if complete:
        return [_Part(complete(source))]
    if media_type == "audio/mpeg" and (streams := mpeg_audio.streams(source.read())):
        return [_Part(source, stream=stream) for stream in streams]
    links = ogg.links(source) if media_type == "audio/ogg" else []
    if len(links) < 2:
        return [_Part(source, any(link.vorbis_order for link in links))]
    return [_Part(Section(source, link.start, link.end), link.vorbis_order) for link in links]


def _described(parts: list[_Part], media_type: str, limits: Limits) -> list[Info]:
    return [_describe_part(part, media_type, limits) for part in parts]


def _describe_part(part: _Part, media_type: str, limits: Limits) -> Info:
    with _by_libsndfile(part, media_type) as (file, refusal):
        if file:
            seconds = part.length(file) / file.samplerate
            return Info(media_type, file.samplerate, file.channels, seconds)
    with _second_try(part.source, media_type, refusal):
        return Info(media_type, *sound_track.describe(part.source, media_type, limits))


def _common(parts: list[Info]) -> tuple[int, int]:
    """Return the rate and the number of channels that no part loses anything with."""
    return max(part.sample_rate for part in parts), max(part.channels for part in parts)


def _converted(
    sound: tuple[int, npt.NDArray[np.int16]], gathered: Gathered
) -> tuple[int, npt.NDArray[Any]]:
    """Return samples of 16 bits as they are wanted; no copy where nothing has to change."""
    rate, samples = sound
    wanted = gathered.wanted
    channels = samples.shape[1] if samples.ndim == 2 else 1
    gathered.begin(rate, channels)
    first, end = gathered.span(rate)
    samples = samples[first:end]
    if wanted.dtype == "int16" and not wanted.mono and wanted.sample_rate in (None, rate):
        return rate, samples
    step = max(BLOCK // channels, 1)
    for start in range(0, len(samples), step):
        gathered.add(samples[start : start + step], rate)
    return gathered.result()


def _read_chain(parts: list[_Part], media_type: str, gathered: Gathered) -> None:
    """Read the links one after the other, at the highest rate and with the most channels of all."""
    told = _described(parts, media_type, gathered.limits)
    rate, channels = _common(told)
    seconds = sum(info.duration for info in told)
    check_length(round(seconds * rate), channels, rate, gathered.limits)
    gathered.begin(rate, channels, is_resampled=any(info.sample_rate != rate for info in told))
    offset = 0.0
    for part, info in zip(parts, told, strict=True):
        first, end = gathered.span(rate, offset)
        if end == 0 and offset:
            return
        if first < info.duration * rate:
            _read_part(part, media_type, gathered, offset)
        offset += info.duration


def _read_part(part: _Part, media_type: str, gathered: Gathered, offset: float) -> None:
    with _by_libsndfile(part, media_type) as (file, refusal):
        if file:
            _read_libsndfile(file, part, gathered, offset)
            return
    with _second_try(part.source, media_type, refusal):
        file = _file_of(part.source)
        sound_track.read(file, media_type, gathered, gathered.limits, offset)


@contextmanager
def _by_libsndfile(part: _Part, media_type: str) -> Iterator[tuple[Any, str | None]]:
    """Give the open file, or None and why libsndfile cannot read it, where PyAV may."""
    import soundfile

    is_foreign = sound_codec.is_mp3_in_wav(part.source, media_type) or (
        media_type == "audio/x-w64" and riff.is_extensible_wave64(part.source)
    )
    if media_type not in BY_LIBSNDFILE or is_foreign:
        yield None, None
        return
    try:
        file = _sequential()(part.open())
    except soundfile.LibsndfileError as error:
        file, refusal = None, error.error_string
        if media_type not in DEMUXERS:
            raise CorruptMediaError(f"the sound cannot be decoded: {refusal}") from error
    if file is None:
        yield None, refusal
        return
    with file:
        yield file, None


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


@contextmanager
def _second_try(source: Source, media_type: str, refusal: str | None) -> Iterator[None]:
    """Name the codec in the error where PyAV cannot read either what libsndfile has refused."""
    try:
        yield
    except LimitError:
        raise
    except Exception as error:
        if media_type not in BY_LIBSNDFILE:
            raise
        codec = sound_codec.foreign(source, media_type)
        if codec is None:
            raise CorruptMediaError(f"the {media_type} cannot be decoded: {refusal}") from error
        if isinstance(error, MissingDependencyError):
            raise MissingDependencyError(f"{codec} in {media_type}", "video") from error
        reason = f"the {media_type} holds {codec}, which cannot be decoded"
        remedy = "convert it to WAV with the program that made it"
        if isinstance(error, MediaTypeError):
            raise MediaTypeError(f"{reason}: {remedy}") from error
        raise CorruptMediaError(f"{reason}: {error}; {remedy}") from error


def _file_of(source: Source) -> BinaryIO:
    return io.BytesIO(source.data) if isinstance(source, Memory) else source.open()


def _read_libsndfile(file: Any, part: _Part, gathered: Gathered, offset: float) -> None:
    """Decode in blocks, so that a header's claim alone never costs memory."""
    rate, channels, length = file.samplerate, file.channels, part.length(file)
    check_length(length, channels, rate, gathered.limits)
    gathered.begin(rate, channels)
    first, end = gathered.span(rate, offset)
    end = length if end is None else min(end, length)
    first = min(first, length)
    at = first if file.subtype in _SOUGHT and file.format != "OGG" else 0
    if at:
        file.seek(at)
    as_read = gathered.wanted.dtype if file.subtype.startswith("PCM") else "float64"
    step = max(BLOCK // channels, 1)
    while at < end:
        block = file.read(min(end - at, step), dtype=as_read, always_2d=True)
        if not len(block):
            _check_end(part, length, length - at)
            return
        wanted = block[max(first - at, 0) :]
        gathered.add(from_vorbis(wanted) if part.is_in_vorbis_order else wanted, rate)
        at += len(block)


def _check_end(part: _Part, length: int, left: int) -> None:
    """Refuse a sound that ends before its length, but for the little that an MP3 may lack."""
    spared = mpeg_audio.SPARED * part.stream.header.samples if part.stream else 0
    if left > spared:
        raise CorruptMediaError(
            f"the sound claims {length:,} frames and ends {left:,} frames early"
        )
