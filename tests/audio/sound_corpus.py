"""Sounds that FFmpeg writes, and what FFmpeg itself decodes from them, to compare with."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np

RATE = 48_000
SECONDS = 0.5
# Two tones, so that channels that are mixed up are noticed.
_STEREO = f"sine=440:r={RATE}:d={SECONDS}[a];sine=660:r={RATE}:d={SECONDS}[b];[a][b]amerge=inputs=2"
# By file name: what FFmpeg needs to write it. What ends in ``-piped`` goes through a pipe.
WRITTEN = {
    "flac.wav": "-c:a flac",
    "ac3.wav": "-c:a ac3",
    "mp2.wav": "-c:a mp2",
    "mp3.wav": "-c:a libmp3lame",
    "wma.wav": "-c:a wmav2",
    "yamaha.wav": "-c:a adpcm_yamaha",
    "swf.wav": "-c:a adpcm_swf -ar 44100",
    "g722.wav": "-c:a g722 -ac 1 -ar 16000",
    "g726.wav": "-c:a g726 -ac 1 -ar 8000",
    "ms.wav": "-c:a adpcm_ms",
    "ima.wav": "-c:a adpcm_ima_wav",
    "s24-piped.wav": "-c:a pcm_s24le -f wav",
    "float-piped.wav": "-c:a pcm_f32le -f wav",
    "ms-piped.wav": "-c:a adpcm_ms -f wav",
    "yamaha-piped.wav": "-c:a adpcm_yamaha -f wav",
    "alac.caf": "-c:a alac",
    "ima.caf": "-c:a adpcm_ima_qt",
    "flac.caf": "-c:a flac",
    "mp3.caf": "-c:a libmp3lame",
    "ac3.caf": "-c:a ac3",
    "s16-piped.caf": "-c:a pcm_s16be -f caf",
    "s24.aiff": "-c:a pcm_s24be",
    "float.aiff": "-c:a pcm_f32be",
    "alaw.aiff": "-c:a pcm_alaw",
    "s16.w64": "-c:a pcm_s16le",
    "s16-piped.au": "-c:a pcm_s16be -f au",
    "flac.oga": "-c:a flac",
    "flac-piped.oga": "-c:a flac -f ogg",
    "piped.flac": "-c:a flac -f flac",
    "s24-piped.flac": "-c:a flac -sample_fmt s32 -f flac",
    "s32.flac": "-c:a flac -sample_fmt s32 -bits_per_raw_sample 32 -strict experimental",
    "aac.m4a": "-c:a aac",
    "alac.m4a": "-c:a alac",
    "fragmented.m4a": "-c:a aac -movflags frag_keyframe+empty_moov -f mp4",
    "aac.flv": "-c:a aac",
    "mp3-piped.flv": "-c:a libmp3lame -f flv",
    "swf.flv": "-c:a adpcm_swf -ar 44100",
    "aac.ts": "-c:a aac",
    "mp2.ts": "-c:a mp2",
    "ac3-piped.ts": "-c:a ac3 -f mpegts",
    "opus.ts": "-c:a libopus",
    "mp2.m2ts": "-c:a mp2",
    "mp2.mpg": "-c:a mp2",
    "mp3.avi": "-c:a libmp3lame",
    "pcm.avi": "-c:a pcm_s16le",
    "ac3-piped.avi": "-c:a ac3 -f avi",
    "pcm.mov": "-c:a pcm_s16be",
    "aac.mov": "-c:a aac",
    "aac.3gp": "-c:a aac -ac 1",
    "vorbis.mkv": "-c:a libvorbis",
    "pcm-piped.mkv": "-c:a pcm_s16le -f matroska",
    "wma.asf": "-c:a wmav2",
    "wma-piped.wma": "-c:a wmav2 -f asf",
}


def run(*arguments: str, given: bytes = b"") -> bytes:
    """Return what FFmpeg writes to its standard output; any complaint of its is an error."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    done = subprocess.run(command, input=given, capture_output=True, check=True)
    assert not done.stderr, done.stderr
    return done.stdout


@cache
def written(folder: Path, name: str) -> Path:
    """Return the path of a file in ``folder``, which FFmpeg writes."""
    path = folder / name
    options = ["-filter_complex", f"{_STEREO}[out]", "-map", "[out]", *WRITTEN[name].split()]
    if "piped" in name:
        path.write_bytes(run(*options, "-"))
    else:
        run(*options, str(path))
    return path


def decoded(path: Path, channels: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return what FFmpeg decodes, ``frames×channels``."""
    raw = run("-i", str(path), "-map", "0:a:0", "-f", "f64le", "-c:a", "pcm_f64le", "-")
    return np.frombuffer(raw, "<f8").reshape(-1, channels)
