"""What formats of sound need in addition to their rows in the table of media types.

A format that libsndfile reads needs no row here: its row in `encoders.mime.table` is enough.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from encoders.atomic import BytesLike
from encoders.audio.collector import check_length
from encoders.limits import Limits
from encoders.mime.containers import au, caf, flac, mpeg_audio, ogg, riff
from encoders.source import Memory, Section, Source

if TYPE_CHECKING:
    from encoders.audio.samples import Sound

# By their numbers in a WAV file (RFC 2361, and mmreg.h of the Windows SDK).
_WAV_FORMATS = {
    0x0020: "Yamaha ADPCM",
    0x0022: "TrueSpeech",
    0x0028: "G.722",
    0x0042: "G.723.1",
    0x0045: "G.726",
    0x0050: "MPEG audio layer II",
    0x0055: "MP3",
    0x0064: "G.726",
    0x00FF: "AAC",
    0x0160: "Windows Media Audio 1",
    0x0161: "Windows Media Audio 2",
    0x0162: "Windows Media Audio Pro",
    0x0163: "Windows Media Audio Lossless",
    0x0270: "ATRAC3",
    0x1600: "AAC",
    0x1602: "AAC",
    0x2000: "AC-3",
    0x2001: "DTS",
    0x5346: "Shockwave Flash ADPCM",
    0x704F: "Opus",
    0xA109: "Speex",
    0xF1AC: "FLAC",
}
_MP3_IN_WAV = 0x0055
_PCM, _EXTENSIBLE = 1, 0xFFFE
_OGG_CODECS = {"flac": "FLAC", "speex": "Speex"}
# What libsndfile itself reads: PCM, MS ADPCM, floats, A-law, µ-law, IMA ADPCM, GSM, G.721.
_READ_IN_WAV = (0, 1, 2, 3, 6, 7, 0x11, 0x31, 0x40)
_READ_IN_CAF = (b"lpcm", b"alaw", b"ulaw")
_EXTRA_FRAMES = 8  # of the largest size: libsndfile's guess of the length is then never too small


@dataclass(frozen=True, slots=True)
class Part:
    """One of the files that a joined file consists of, or a whole file.

    Attributes:
        source: the file, as libsndfile is to read it.
        has_vorbis_order: its channels are in the order of Vorbis.
        stream: the frames of an MP3.
    """

    source: Source
    has_vorbis_order: bool = False
    stream: mpeg_audio.Stream | None = None

    def open(self) -> BinaryIO:
        """Return the file as libsndfile is to read it."""
        stream = self.stream
        return (_mp3_file(self.source.read(), stream) if stream else self.source).open()

    def length(self, file: Any) -> int:
        """Return how many frames libsndfile reads, which it only guesses for some MP3s."""
        return file.frames if self.stream is None or self.stream.is_stated else self.stream.samples

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
        view: returns the rate and ``frames×channels`` of 16 bits without a copy; None for others.
        codec_name: names a codec in it that libsndfile cannot read, or gives the number or code
            that the file has for it.
        is_refused: tells that libsndfile opens the file, but reads it wrongly.
    """

    is_lossless: bool = True
    with_length: Callable[[Source], Source] = lambda source: source
    parts: Callable[[Source], list[Part]] = lambda _: []
    stated_part: Callable[[Source], Part | None] = lambda _: None
    view: Callable[[BytesLike, Limits], Sound | None] = lambda *_: None
    codec_name: Callable[[Source], str | None] = lambda _: None
    is_refused: Callable[[Source], bool] = lambda _: False


def format_of(media_type: str) -> Format:
    """Return the row of a format."""
    return _FORMATS.get(media_type, _ORDINARY)


def split(source: Source, media_type: str) -> list[Part]:
    """Return the parts of a sound file, their lengths filled in."""
    format = format_of(media_type)
    return format.parts(source) or [Part(format.with_length(source))]


def _wav_view(data: BytesLike, limits: Limits) -> Sound | None:
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
    return rate, samples.reshape(-1, channels)


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


def _mp3_file(data: BytesLike, stream: mpeg_audio.Stream) -> Source:
    """Return the frames of an MP3 as a file from which libsndfile reads all of them.

    libsndfile reads no more frames than a header frame states. Where none does, or a wrong one, it
    guesses by the file's length and the size of the first frames. So the header frame is left out
    then, and frames of silence make the file long enough.
    """
    view = memoryview(data)
    first = stream.parts[0][0]
    places = list(stream.parts)
    if stream.is_stated and stream.front:
        start, end = stream.front
        places[:1] = [(start, places[0][1])] if end == first else [(start, end), places[0]]
    pieces = [view[start:end] for start, end in places]
    joined = pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))
    head = bytes(view[first : first + 4])
    # A header that announces no checksum, and no sound after it.
    silence = bytes((head[0], head[1] | 1, *head[2:])).ljust(stream.header.size, b"\0")
    filled = (stream.frames + _EXTRA_FRAMES) * stream.largest
    return _Padded(joined, silence, len(joined) if stream.is_stated else filled)


class _Padded(Source):
    """Bytes with a filling repeated after them, up to a length."""

    def __init__(self, data: memoryview, filling: bytes, length: int) -> None:
        self.data = data
        self.filling = filling
        self.length = max(len(data), length)

    @property
    def size(self) -> int:
        return self.length

    def at(self, offset: int, length: int) -> bytes:
        if offset < len(self.data):
            return bytes(self.data[offset : offset + length])
        first = (offset - len(self.data)) % len(self.filling)
        return self.filling[first : first + max(min(length, self.length - offset), 0)]


def _wav_codec(source: Source) -> str | None:
    number = _wav_format(source)
    name = _WAV_FORMATS.get(number, f"WAV format 0x{number:04X}")
    return None if number in _READ_IN_WAV else name


def _caf_codec(source: Source) -> str | None:
    code = source.at(28, 4)
    is_read = len(code) < 4 or code in _READ_IN_CAF
    return None if is_read else f"CAF format {code.decode('latin-1')!r}"


def _aiff_codec(source: Source) -> str | None:
    starts = (start for kind, start, _ in riff.chunks(source) if kind == b"COMM")
    start = next(starts, None) if source.at(8, 4) == b"AIFC" else None
    code = b"" if start is None else source.at(start + 18, 4)
    return f"AIFF-C compression {code.decode('latin-1')!r}" if code else None


def _ogg_codec(source: Source) -> str | None:
    codecs = (link.codec for link in ogg.links(source) if link.codec)
    return _OGG_CODECS.get(next(codecs, ""))


def _is_mp3_in_wav(source: Source) -> bool:
    """Tell whether a WAV file holds MP3, whose length libsndfile only guesses."""
    return _wav_format(source) == _MP3_IN_WAV


def _wav_format(source: Source) -> int:
    found = riff.wav(source)
    form = found.form if found else b""
    order = riff.byte_order(source)
    number = int.from_bytes(form[:2], order)
    return int.from_bytes(form[24:26], order) if number == _EXTENSIBLE else number


_ORDINARY = Format()
_FORMATS = {
    "audio/wav": Format(
        with_length=riff.with_wav_size,
        view=_wav_view,
        codec_name=_wav_codec,
        is_refused=_is_mp3_in_wav,
    ),
    "audio/x-w64": Format(with_length=riff.with_wave64_size, is_refused=riff.is_extensible_wave64),
    "audio/flac": Format(with_length=flac.with_length),
    "audio/ogg": Format(is_lossless=False, parts=_ogg_parts, codec_name=_ogg_codec),
    "audio/mpeg": Format(is_lossless=False, parts=_mp3_parts, stated_part=_stated_mp3),
    "audio/aiff": Format(with_length=riff.with_aiff_size, codec_name=_aiff_codec),
    "audio/basic": Format(with_length=au.with_size),
    "audio/x-caf": Format(with_length=caf.with_size, codec_name=_caf_codec),
}
