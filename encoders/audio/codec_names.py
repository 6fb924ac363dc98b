"""The names of codecs that libsndfile cannot read, for the text of an error.

Each function returns the name of a file's codec, or its number or code in the file; None where
libsndfile reads the codec, or where none is found.
"""

from __future__ import annotations

from encoders.mime.containers import ogg, riff
from encoders.source import Source

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
_EXTENSIBLE = 0xFFFE
_OGG_CODECS = {"flac": "FLAC", "speex": "Speex"}
# What libsndfile itself reads: PCM, MS ADPCM, floats, A-law, µ-law, IMA ADPCM, GSM, G.721.
_READ_IN_WAV = (0, 1, 2, 3, 6, 7, 0x11, 0x31, 0x40)
_READ_IN_CAF = (b"lpcm", b"alaw", b"ulaw")


def wav_codec(source: Source) -> str | None:
    """Name the codec of a WAV file."""
    number = _wav_format(source)
    name = _WAV_FORMATS.get(number, f"WAV format 0x{number:04X}")
    return None if number in _READ_IN_WAV else name


def caf_codec(source: Source) -> str | None:
    """Name the codec of a CAF file."""
    code = source.at(28, 4)
    is_read = len(code) < 4 or code in _READ_IN_CAF
    return None if is_read else f"CAF format {code.decode('latin-1')!r}"


def aiff_codec(source: Source) -> str | None:
    """Name the codec of an AIFF-C file by its chunk COMM (AIFF-C draft of 1991, section 4)."""
    starts = (start for kind, start, _ in riff.chunks(source) if kind == b"COMM")
    start = next(starts, None) if source.at(8, 4) == b"AIFC" else None
    code = b"" if start is None else source.at(start + 18, 4)
    return f"AIFF-C compression {code.decode('latin-1')!r}" if code else None


def ogg_codec(source: Source) -> str | None:
    """Name the codec of an Ogg file."""
    codecs = (link.codec for link in ogg.links(source) if link.codec)
    return _OGG_CODECS.get(next(codecs, ""))


def is_mp3_in_wav(source: Source) -> bool:
    """Tell whether a WAV file holds MP3, whose length libsndfile only guesses."""
    return _wav_format(source) == _MP3_IN_WAV


def _wav_format(source: Source) -> int:
    found = riff.wav(source)
    form = found.form if found else b""
    order = riff.byte_order(source)
    number = int.from_bytes(form[:2], order)
    return int.from_bytes(form[24:26], order) if number == _EXTENSIBLE else number
