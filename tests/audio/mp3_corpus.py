"""MP3s of many kinds, made by FFmpeg: constant and variable bit rate, with and without a header.

What is written into a pipe has no Xing header, as with many streams and recorders.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile


@dataclass(frozen=True)
class Kind:
    """How one MP3 is made.

    Attributes:
        options: FFmpeg's, for the bit rate.
        channels: 1 or 2.
        rate: in Hz.
        seconds: its length.
        has_header: with a Xing or Info header in front.
    """

    options: tuple[str, ...]
    channels: int
    rate: int
    seconds: float
    has_header: bool

    def __str__(self) -> str:
        header = "header" if self.has_header else "none"
        return f"{''.join(self.options)} {self.channels}ch {self.rate} {self.seconds} {header}"


def kinds() -> Iterator[Kind]:
    """Yield 78 kinds."""
    for channels in (1, 2):
        for has_header in (True, False):
            for rate in (32, 48, 64, 96, 128, 192, 256, 320):
                yield Kind(("-b:a", f"{rate}k"), channels, 44100, 60, has_header)
            for quality in (0, 2, 4, 6, 9):
                yield Kind(("-q:a", str(quality)), channels, 44100, 60, has_header)
            for quality in (2, 9):
                yield Kind(("-q:a", str(quality)), channels, 48000, 90, has_header)
            for rate, bits in ((16000, 8), (22050, 32), (24000, 64), (8000, 8)):
                yield Kind(("-b:a", f"{bits}k"), channels, rate, 60, has_header)
    for seconds in (0.02, 0.5, 75):
        for has_header in (True, False):
            yield Kind(("-b:a", "32k"), 2, 32000, seconds, has_header)
            yield Kind(("-abr", "1", "-b:a", "56k"), 1, 44100, seconds, has_header)


def music(channels: int, rate: int, seconds: float) -> npt.NDArray[np.int16]:
    """Return sound with soft, loud, tonal and noisy parts, so that a variable bit rate varies."""
    noise = np.random.default_rng(1)
    times = np.arange(round(rate * seconds)) / rate
    part = (times * 2).astype(int) % 5
    notes = 220 * 2 ** ((times * 4).astype(int) * 7 % 12 / 12)
    tone = sum(np.sin(2 * np.pi * notes * harmonic * times) / harmonic for harmonic in (1, 2, 3, 5))
    hiss = noise.standard_normal(len(times))
    sweep = np.sin(2 * np.pi * times * (100 + 400 * (times % 8)))
    mono = np.choose(part, [0.3 * tone, 0.02 * tone, 0.3 * sweep, 0.2 * hiss, np.zeros_like(times)])
    sides = [mono, 0.7 * mono + 0.1 * np.sin(2 * np.pi * 330 * times)][:channels]
    samples = np.stack(sides, axis=1).clip(-1, 1) * 32767
    return samples.astype(np.int16)


def make(kind: Kind, folder: str) -> bytes:
    """Return an MP3 of a kind."""
    wav = io.BytesIO()
    soundfile.write(wav, music(kind.channels, kind.rate, kind.seconds), kind.rate, format="WAV")
    output = f"{folder}/made.mp3" if kind.has_header else "pipe:1"
    encoder = ["-c:a", "libmp3lame", *kind.options, "-f", "mp3", "-id3v2_version", "0"]
    made = ffmpeg("-f", "wav", "-i", "pipe:0", *encoder, "-y", output, given=wav.getvalue())
    if not kind.has_header:
        return made
    with open(output, "rb") as file:
        return file.read()


def layer_2() -> bytes:
    """Return a second of layer II."""
    return ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "mp2", "-f", "mp2", "pipe:1")


def decoded(data: bytes, channels: int) -> npt.NDArray[np.int16]:
    """Return what FFmpeg decodes, as 16-bit frames×channels."""
    raw = ffmpeg("-f", "mp3", "-i", "pipe:0", "-f", "s16le", "pipe:1", given=data)
    return np.frombuffer(raw, "<i2").reshape(-1, channels)


def ffmpeg(*arguments: str, given: bytes = b"") -> bytes:
    """Run FFmpeg with bytes on its standard input, and return its standard output."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-fflags", "+bitexact", *arguments]
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout
