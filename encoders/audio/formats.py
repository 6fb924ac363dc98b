"""What the formats of sound need beside what the table of media types says of them: one table.

A format that libsndfile reads needs no row here: its row in `encoders.mime.table` is enough.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from encoders.atomic import BytesLike
from encoders.audio import codec_names, wav
from encoders.audio.mpeg_file import open_stream
from encoders.limits import Limits
from encoders.mime.containers import au, caf, flac, mpeg_audio, ogg, riff
from encoders.mime.table import BY_ESSENCE
from encoders.source import Memory, Section, Source

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Part:
    """One of the files that a joined file consists of, or a whole file.

    Attributes:
        source: the file.
        has_vorbis_order: its channels are in the order of Vorbis.
        stream: where an MP3's frames are in it.
    """

    source: Source
    has_vorbis_order: bool = False
    stream: mpeg_audio.Stream | None = None

    def open(self) -> BinaryIO | io.RawIOBase:
        """Return the file as libsndfile is to read it."""
        if self.stream:
            return open_stream(self.source.read(), self.stream)
        return open_file(self.source)

    def length(self, file: Any) -> int:
        """Return how many frames libsndfile reads, which it only guesses for some MP3s."""
        is_guessed = self.stream and not self.stream.is_stated
        return self.stream.samples if self.stream and is_guessed else file.frames

    @property
    def missing_frames(self) -> int:
        """How many frames may be missing at the end: an MP3 may lack a little."""
        return mpeg_audio.MAY_BE_MISSING * self.stream.header.samples if self.stream else 0


@dataclass(frozen=True, slots=True)
class Format:
    """What has to be done for a format that libsndfile reads; nothing by default.

    Attributes:
        is_lossless: what is decoded is what was encoded, so full scale is the writer's own.
        with_length: fills in a length that the header leaves open.
        parts: finds the files that a joined file consists of; none of them for a single file.
        stated_part: finds the whole file as its header describes it, without reading the rest.
        view: returns 16-bit samples without a copy, or None for other samples.
        codec_name: names a codec in it that libsndfile cannot read.
        is_refused: tells that libsndfile opens the file, but reads it wrongly.
    """

    is_lossless: bool = True
    with_length: Callable[[Source], Source] | None = None
    parts: Callable[[Source], list[Part]] | None = None
    stated_part: Callable[[Source], Part | None] | None = None
    view: Callable[[BytesLike, Limits], tuple[int, npt.NDArray[np.int16]] | None] | None = None
    codec_name: Callable[[Source], str | None] | None = None
    is_refused: Callable[[Source], bool] | None = None


def format_of(media_type: str) -> Format | None:
    """Return the row of a format that libsndfile reads, else None."""
    row = BY_ESSENCE.get(media_type)
    return _FORMATS.get(media_type, Format()) if row and row.libsndfile else None


def split(source: Source, media_type: str) -> list[Part]:
    """Return the parts of a sound file, their lengths filled in."""
    format = format_of(media_type) or Format()
    if format.parts and (parts := format.parts(source)):
        return parts
    return [Part(format.with_length(source) if format.with_length else source)]


def open_file(source: Source) -> BinaryIO:
    """Return a source as a file, which is not copied where it is in memory."""
    return io.BytesIO(source.data) if isinstance(source, Memory) else source.open()


def _ogg_parts(source: Source) -> list[Part]:
    links = ogg.links(source)
    if len(links) < 2:
        return [Part(source, any(link.vorbis_order for link in links))]
    return [Part(Section(source, link.start, link.end), link.vorbis_order) for link in links]


def _mp3_parts(source: Source) -> list[Part]:
    return [Part(source, stream=stream) for stream in mpeg_audio.streams(source.read())]


def _stated_mp3(source: Source) -> Part | None:
    stream = mpeg_audio.stated_stream(source.read())
    return Part(source, stream=stream) if stream else None


_FORMATS = {
    "audio/wav": Format(
        with_length=riff.with_wav_size,
        view=wav.view,
        codec_name=codec_names.wav_codec,
        is_refused=codec_names.is_mp3_in_wav,
    ),
    "audio/x-w64": Format(with_length=riff.with_wave64_size, is_refused=riff.is_extensible_wave64),
    "audio/flac": Format(with_length=flac.with_length),
    "audio/ogg": Format(is_lossless=False, parts=_ogg_parts, codec_name=codec_names.ogg_codec),
    "audio/mpeg": Format(is_lossless=False, parts=_mp3_parts, stated_part=_stated_mp3),
    "audio/aiff": Format(with_length=riff.with_aiff_size, codec_name=codec_names.aiff_codec),
    "audio/basic": Format(with_length=au.with_size),
    "audio/x-caf": Format(with_length=caf.with_size, codec_name=codec_names.caf_codec),
}
