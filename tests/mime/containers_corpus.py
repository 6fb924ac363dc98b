"""Some 300 small files over containers, codecs and ways to write them, made by FFmpeg.

``python -m tests.mime.containers_corpus FOLDER`` writes them all. Each lasts a second or two.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RATE = 25
PICTURE = "testsrc=s=96x72:r=25:d=1.2"
SOUND = "sine=f=440:r={rate}:d=1.2"


@dataclass(frozen=True)
class Made:
    """How one file is made.

    Attributes:
        name: of the file.
        inputs: FFmpeg's inputs.
        options: its options for the output.
        is_piped: it is written into a pipe, so that nothing can be filled in at the front.
    """

    name: str
    inputs: tuple[str, ...]
    options: tuple[str, ...]
    is_piped: bool = False


_BOTH = ("-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND.format(rate=44100))
_PICTURE = _BOTH[:4]
# Frames at uneven times: every third is dropped, then there is a pause.
_UNEVEN = (
    *("-f", "lavfi", "-i", f"{PICTURE},select='mod(n\\,3)*(lt(n\\,10)+gt(n\\,18))'"),
    *("-fps_mode", "vfr"),
)


def _sound(rate: int, channels: int = 1) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", SOUND.format(rate=rate), "-ac", str(channels))


H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10", "-bf", "2")
H264_LOW = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10", "-bf", "0")
HEVC = ("-c:v", "libx265", "-pix_fmt", "yuv420p", "-x265-params", "log-level=error")
MPEG4 = ("-c:v", "mpeg4", "-g", "10")
MPEG2 = ("-c:v", "mpeg2video", "-g", "10", "-bf", "2")
MPEG1 = ("-c:v", "mpeg1video", "-g", "10")
MJPEG = ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
VP8 = ("-c:v", "libvpx", "-g", "10", "-deadline", "realtime", "-cpu-used", "8")
VP9 = ("-c:v", "libvpx-vp9", "-g", "10", "-deadline", "realtime", "-cpu-used", "8")
AV1 = ("-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "lp=1")
AAC = ("-c:a", "aac")
MP3 = ("-c:a", "libmp3lame")
OPUS = ("-c:a", "libopus")
VORBIS = ("-c:a", "libvorbis")
THEORA = ("-c:v", "libtheora", "-q:v", "7")
PCM = ("-c:a", "pcm_s16le")

# Container, the name's extension, and codecs that it holds.
_VIDEOS: tuple[tuple[str, str, tuple[tuple[str, ...], ...]], ...] = (
    ("mp4", "mp4", (H264 + AAC, H264_LOW + AAC, HEVC + AAC, MPEG4 + AAC, AV1 + AAC, VP9 + OPUS)),
    ("mov", "mov", (H264 + AAC, MJPEG + PCM, MPEG4 + MP3, ("-c:v", "prores") + PCM,
                    ("-c:v", "png") + PCM, ("-c:v", "qtrle") + PCM)),
    ("ipod", "m4v", (H264 + AAC,)),
    ("3gp", "3gp", (H264_LOW + AAC, MPEG4 + AAC)),
    ("3g2", "3g2", (H264_LOW + AAC, MPEG4 + AAC)),
    ("matroska", "mkv", (H264 + AAC, HEVC + MP3, VP9 + OPUS, VP8 + VORBIS, MPEG4 + MP3,
                         AV1 + OPUS, ("-c:v", "ffv1") + ("-c:a", "flac"), MJPEG + PCM)),
    ("webm", "webm", (VP8 + VORBIS, VP9 + OPUS, AV1 + OPUS)),
    ("avi", "avi", (MPEG4 + MP3, H264 + MP3, MJPEG + PCM, ("-c:v", "rawvideo") + PCM,
                    ("-c:v", "huffyuv") + PCM)),
    ("ogg", "ogv", (THEORA + VORBIS, THEORA + OPUS, THEORA + ("-c:a", "flac"))),
    ("mpegts", "ts", (H264 + AAC, MPEG2 + ("-c:a", "mp2"), HEVC + AAC, H264 + ("-c:a", "ac3"))),
    ("vob", "mpg", (MPEG2 + ("-c:a", "mp2"), MPEG2 + ("-c:a", "ac3"))),
    ("mpeg", "mpg", (MPEG1 + ("-c:a", "mp2"),)),
    ("flv", "flv", (H264 + AAC, ("-c:v", "flv") + MP3)),
    ("asf", "wmv", (("-c:v", "wmv2", "-c:a", "wmav2"), ("-c:v", "wmv1", "-c:a", "wmav1"),
                    ("-c:v", "msmpeg4v3") + MP3, MPEG4 + MP3)),
)  # fmt: skip
_SOUNDS: tuple[tuple[str, str, tuple[tuple[str, ...], ...]], ...] = (
    ("ipod", "m4a", (AAC, ("-c:a", "alac"))),
    ("mp4", "mp4", (AAC, OPUS, MP3)),
    ("mov", "mov", (AAC, PCM)),
    ("matroska", "mka", (AAC, OPUS, VORBIS, ("-c:a", "flac"), MP3, PCM)),
    ("webm", "webm", (OPUS, VORBIS)),
    ("ogg", "ogg", (OPUS, VORBIS, ("-c:a", "flac"), ("-c:a", "libspeex"))),
    ("flac", "flac", (("-c:a", "flac"),)),
    ("adts", "aac", (AAC,)),
    ("mp3", "mp3", (MP3, MP3 + ("-q:a", "2"))),
    ("mp2", "mp2", (("-c:a", "mp2"),)),
    ("wav", "wav", (PCM, ("-c:a", "pcm_s24le"), ("-c:a", "pcm_f32le"), ("-c:a", "pcm_u8"),
                    ("-c:a", "pcm_alaw"), ("-c:a", "adpcm_ms"), ("-c:a", "adpcm_ima_wav"),
                    ("-c:a", "g726"), AAC, MP3)),
    ("w64", "w64", (PCM,)),
    ("aiff", "aiff", (("-c:a", "pcm_s16be"), ("-c:a", "pcm_s24be"), ("-c:a", "adpcm_ima_qt"))),
    ("au", "au", (("-c:a", "pcm_s16be"), ("-c:a", "pcm_mulaw"))),
    ("caf", "caf", (PCM, AAC, ("-c:a", "alac"))),
    ("asf", "wma", (("-c:a", "wmav2"), ("-c:a", "wmav1"))),
    ("flv", "flv", (AAC, MP3)),
    ("mpegts", "ts", (AAC, ("-c:a", "mp2"))),
    ("avi", "avi", (MP3, PCM)),
)  # fmt: skip
_EIGHT_KHZ = ("g726", "libspeex")
# Ways to write MP4 and its relatives.
_FRAGMENTED = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof")
_ISO_WAYS: dict[str, tuple[str, ...]] = {
    "faststart": ("-movflags", "+faststart"),
    "fragmented": _FRAGMENTED,
    "every frame a fragment": ("-movflags", "+frag_every_frame+empty_moov"),
    "global sidx": (*_FRAGMENTED[:1], f"{_FRAGMENTED[1]}+global_sidx"),
    "no edit list": ("-use_editlist", "0"),
    "negative offsets": ("-movflags", "+negative_cts_offsets"),
}
_PIPED = ("matroska", "webm", "avi", "ogg", "mpegts", "vob", "mpeg", "flv", "asf", "flac", "adts",
          "mp3", "mp2", "wav", "w64", "aiff", "au", "caf")  # fmt: skip


def kinds() -> Iterator[Made]:
    """Yield how each file is made, the same in every run."""
    for number, (form, suffix, codecs) in enumerate(_VIDEOS):
        for index, codec in enumerate(codecs):
            start = f"v{number}{index}"
            silent = tuple(codec[: codec.index("-c:a")]) + ("-an",)
            wanted = ("-f", form)
            yield Made(f"{start}.{suffix}", _BOTH, codec + wanted)
            yield Made(f"{start}-silent.{suffix}", _PICTURE, silent + wanted)
            yield Made(f"{start}-uneven.{suffix}", _UNEVEN, silent + wanted)
            yield Made(f"{start}-late.{suffix}", _BOTH, ("-ss", "0.3", *codec, *wanted))
            if form in _PIPED:
                yield Made(f"{start}-piped.{suffix}", _BOTH, codec + wanted, is_piped=True)
            if form in ("mp4", "mov", "ipod", "3gp", "3g2") and index < 2:
                for way, options in _ISO_WAYS.items():
                    name = f"{start}-{way.replace(' ', '-')}.{suffix}"
                    yield Made(name, _BOTH, codec + options + wanted)
                yield Made(
                    f"{start}-piped.{suffix}", _BOTH, codec + _FRAGMENTED + wanted, is_piped=True
                )
    for number, (form, suffix, codecs) in enumerate(_SOUNDS):
        for index, codec in enumerate(codecs):
            rate = 8000 if codec[1] in _EIGHT_KHZ else 48000 if codec == OPUS else 44100
            start = f"s{number}{index}"
            wanted = ("-f", form)
            yield Made(f"{start}.{suffix}", _sound(rate), codec + wanted)
            if rate != 8000:
                yield Made(f"{start}-stereo.{suffix}", _sound(rate, 2), codec + wanted)
            if form in _PIPED:
                yield Made(f"{start}-piped.{suffix}", _sound(rate), codec + wanted, is_piped=True)


def make(made: Made, folder: Path) -> Path | None:
    """Write a file; None where this FFmpeg cannot."""
    import imageio_ffmpeg

    path = folder / made.name
    output = "pipe:1" if made.is_piped else str(path)
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-nostdin",
        *made.inputs,
        "-t",
        "1.2",
    ]
    command += ["-strict", "-2", "-threads", "1", *made.options, "-y", output]
    done = subprocess.run(command, capture_output=True, check=False)
    if made.is_piped and not done.returncode:
        path.write_bytes(done.stdout)
    if done.returncode or not path.is_file() or not path.stat().st_size:
        path.unlink(missing_ok=True)
        return None
    return path


def complaint(path: Path) -> str:
    """Return what FFmpeg says of a file that it reads to its end: nothing, if all is well."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-i", str(path)]
    done = subprocess.run([*command, "-f", "null", "-"], capture_output=True, check=False)
    return done.stderr.decode("utf-8", "replace").strip() or ("failed" * bool(done.returncode))


if __name__ == "__main__":
    _folder = Path(sys.argv[1])
    _folder.mkdir(exist_ok=True)
    for _kind in kinds():
        if not make(_kind, _folder):
            print(f"cannot be made: {_kind.name}")
