"""The name of the codec in a sound file that libsndfile cannot read, for an error's text."""

from __future__ import annotations

from collections.abc import Callable

from encoders.mime.containers import ogg, riff
from encoders.source import Source

# By the number that a WAV file has for it (RFC 2361, and mmreg.h of the Windows SDK).
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
_EXTENSIBLE = 0xFFFE
_OGG_CODECS = {"flac": "FLAC", "speex": "Speex"}
# What libsndfile itself reads: PCM, MS ADPCM, floats, A-law, µ-law, IMA ADPCM, GSM, G.721.
_WAV_READ = (0, 1, 2, 3, 6, 7, 0x11, 0x31, 0x40)
_CAF_READ = (b"lpcm", b"alaw", b"ulaw")


def foreign(source: Source, media_type: str) -> str | None:
    """Return the name of a codec that libsndfile cannot read, or its number or code in the file.

    None stands for a codec that it reads, or none that could be found.
    """
    find = _FIND.get(media_type)
    return find(source) if find else None


def is_mp3_in_wav(source: Source, media_type: str) -> bool:
    """Tell whether it is MP3 in WAV, whose length libsndfile only guesses."""
    return media_type == "audio/wav" and _wav_format(source) == _MP3_IN_WAV


def _wav_format(source: Source) -> int:
    found = riff.wav(source)
    form = found.form if found else b""
    order = riff.byte_order(source)
    number = int.from_bytes(form[:2], order)
    return int.from_bytes(form[24:26], order) if number == _EXTENSIBLE else number


def _in_wav(source: Source) -> str | None:
    number = _wav_format(source)
    name = _WAV_FORMATS.get(number, f"WAV format 0x{number:04X}")
    return None if number in _WAV_READ else name


def _in_caf(source: Source) -> str | None:
    code = source.at(28, 4)
    return None if len(code) < 4 or code in _CAF_READ else f"CAF format {_text(code)}"


def _in_aiff(source: Source) -> str | None:
    code = _aiff_compression(source) if source.at(8, 4) == b"AIFC" else b""
    return f"AIFF-C compression {_text(code)}" if code else None


def _in_ogg(source: Source) -> str | None:
    codecs = (link.codec for link in ogg.links(source) if link.codec)
    return _OGG_CODECS.get(next(codecs, ""))


def _text(code: bytes) -> str:
    return repr(code.decode("latin-1"))


def _aiff_compression(source: Source) -> bytes:
    """Return the compression type of the chunk COMM (AIFF-C draft of 1991, section 4)."""
    starts = (start for kind, start, _ in riff.chunks(source) if kind == b"COMM")
    start = next(starts, None)
    return b"" if start is None else source.at(start + 18, 4)


_FIND: dict[str, Callable[[Source], str | None]] = {
    "audio/wav": _in_wav,
    "audio/x-caf": _in_caf,
    "audio/aiff": _in_aiff,
    "audio/ogg": _in_ogg,
}
