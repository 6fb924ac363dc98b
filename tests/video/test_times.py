"""Durations and times are read or counted from a file, never guessed by FFmpeg."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

import encoders
from encoders import audio, file, video

Make = Callable[[str, str], bytes]
PICTURE = "-f lavfi -i testsrc2=s=96x64:r=25:d=3"
SOUND = "-f lavfi -i sine=d=3:r=48000"
PICTURE_AND_SOUND = f"{PICTURE} {SOUND}"
STILL_PICTURE = "-loop 1 -framerate 1 -t 12 -i {pic}"
MATROSKA_WITHOUT_DURATION = [
    f"{PICTURE_AND_SOUND} -c:v mjpeg -pix_fmt yuvj420p -c:a libmp3lame -f matroska",
    f"{PICTURE_AND_SOUND} -c:v mpeg4 -c:a pcm_s16le -f matroska",
    f"{PICTURE_AND_SOUND} -c:v libvpx -c:a ac3 -f matroska",
]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A function that returns a file written by FFmpeg; with the name ``|``, through a pipe."""
    folder = tmp_path_factory.mktemp("times")
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    pic = folder / "pic.png"
    subprocess.run(
        [*ffmpeg, *["-f", "lavfi", "-i", "testsrc2=s=96x64", "-frames:v", "1"], pic], check=True
    )

    def write(options: str, name: str) -> bytes:
        command = [*ffmpeg, *options.format(pic=pic, folder=folder).split()]
        if name == "|":
            return subprocess.run([*command, "pipe:1"], check=True, capture_output=True).stdout
        path = folder / name
        if not path.exists():
            subprocess.run([*command, path], check=True)
        return path.read_bytes()

    return write


def clip(data: bytes) -> video.Video:
    return video.decode(file.encode(data))


def decoded_seconds(data: bytes) -> float:
    rate, samples = audio.decode(file.encode(data))
    return len(samples) / rate


def stated_seconds(data: bytes) -> float:
    duration = encoders.inspect(data).details["duration"]
    assert isinstance(duration, float)
    return duration


@pytest.mark.parametrize("options", MATROSKA_WITHOUT_DURATION)
def test_matroska_without_a_duration_is_as_long_as_its_content(options: str, make: Make) -> None:
    decoded = clip(make(options, "|"))
    assert decoded.duration == pytest.approx(3, abs=0.1)
    assert decoded.frame_count == 75


def test_matroska_sound_without_a_duration_is_as_long_as_its_samples(make: Make) -> None:
    data = make(f"{SOUND} -c:a libmp3lame -q:a 4 -f matroska", "|")
    assert stated_seconds(data) == pytest.approx(decoded_seconds(data), abs=0.05)


@pytest.mark.parametrize("suffix", ["mkv", "webm"])
def test_segment_that_starts_late_is_complete(suffix: str, make: Make) -> None:
    codecs = "-c:v libvpx -g 25 -c:a libopus"
    data = make(f"{PICTURE_AND_SOUND} {codecs} -output_ts_offset 5", f"late.{suffix}")
    decoded = clip(data)

    assert decoded.duration == pytest.approx(3, abs=0.1)
    assert len(decoded.audio()[1]) == pytest.approx(3 * 48_000, abs=2000)
    frames = list(decoded.frames())
    for index in (0, 30, 74):
        np.testing.assert_array_equal(
            np.asarray(decoded.thumbnail(index / 25 + 0.01)), frames[index]
        )
    with pytest.raises(encoders.CorruptMediaError):
        clip(data[: len(data) // 2])


def test_sound_that_starts_late_is_as_long_as_its_samples(make: Make) -> None:
    data = make(f"{SOUND} -c:a libopus -output_ts_offset 7", "late.mka")
    assert stated_seconds(data) == pytest.approx(decoded_seconds(data), abs=0.05)


def test_theora_without_motion_is_decoded(make: Make) -> None:
    still = clip(make("-f lavfi -i color=red:s=96x64:r=25:d=4 -c:v libtheora", "still.ogv"))
    assert still.duration == pytest.approx(4)
    assert len(list(still.frames())) == still.frame_count
    assert still.thumbnail(2).size == (96, 64)
    assert video.encode(still, format="mp4").startswith("data:video/mp4;base64,")

    with_sound = clip(
        make(f"{STILL_PICTURE} {SOUND} -c:v libtheora -c:a libvorbis", "still-sound.ogv")
    )
    assert with_sound.duration == pytest.approx(12, abs=0.1)


@pytest.mark.parametrize("codec", ["libopus", "flac", "aac -ac 6"])
def test_sound_after_an_empty_packet_is_decoded(codec: str, make: Make) -> None:
    data = make(f"{SOUND} -c:a {codec}", f"sound-{codec[:4]}.flv")
    assert decoded_seconds(data) == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize("suffix", ["mkv", "ts", "mpg", "wmv"])
def test_one_picture_with_a_long_sound_lasts_as_long_as_the_sound(suffix: str, make: Make) -> None:
    sound = "-f lavfi -i sine=d=12:r=48000"
    decoded = clip(make(f"-i {{pic}} {sound} -pix_fmt yuv420p", f"cover.{suffix}"))

    assert (decoded.frame_count, decoded.has_audio) == (1, True)
    assert decoded.duration == pytest.approx(12, abs=0.1)
    assert decoded.fps <= 25


@pytest.mark.parametrize("codec", ["mpeg1video", "mpeg2video"])
def test_video_without_a_container_is_decoded(codec: str, make: Make) -> None:
    decoded = clip(make(f"{PICTURE} -c:v {codec} -f {codec}", f"{codec}.bin"))
    frames = list(decoded.frames())

    assert (decoded.media_type, len(frames), decoded.frame_count) == ("video/mpeg", 75, 75)
    for index in (0, 3, 40, 74):
        np.testing.assert_array_equal(
            np.asarray(decoded.thumbnail(index / 25 + 0.01)), frames[index]
        )


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("libx264 -pix_fmt yuv420p -g 12 -bf 2", "avi"),
        ("mpeg4 -bf 2", "avi"),
        ("mpeg4 -bf 2", "wmv"),
        ("mjpeg -pix_fmt yuvj420p", "avi"),
    ],
)
def test_thumbnail_is_the_frame_at_its_time(codec: str, suffix: str, make: Make) -> None:
    decoded = clip(make(f"{PICTURE} -c:v {codec}", f"b{codec[:5]}.{suffix}"))
    frames = list(decoded.frames())

    assert decoded.duration == pytest.approx(3, abs=0.1)
    for index in range(0, 75, 4):
        np.testing.assert_array_equal(
            np.asarray(decoded.thumbnail(index / 25 + 0.01)), frames[index], err_msg=str(index)
        )


@pytest.mark.parametrize(
    "options",
    [
        "-f lavfi -i aevalsrc=0:d=8:s=44100,apad=pad_dur=1 -f lavfi -i anoisesrc=d=8:r=44100 "
        "-filter_complex concat=n=2:v=0:a=1 -b:a 128k -f adts",
        "-f lavfi -i anoisesrc=d=0.7:r=48000 -ac 6 -c:a flac -f avi",
        "-f lavfi -i anoisesrc=d=1.23 -c:a flac -f wav",
        "-f lavfi -i anoisesrc=d=9 -c:a libvorbis -f avi",
    ],
)
def test_stated_duration_of_a_sound_is_that_of_its_samples(options: str, make: Make) -> None:
    data = make(options, f"s{len(options)}.bin")
    assert stated_seconds(data) == pytest.approx(decoded_seconds(data), abs=0.03)


def sound(samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]], **options: str) -> str:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 44_100, **options)
    return file.encode(buffer.getvalue())


NOISE = np.random.default_rng(4).integers(-9000, 9000, 3 * 44_100, np.int16)
SPANS = [(0.4, None), (1.0, 1.7), (0.0, 1.0), (2.9, None), (0.123, 0.5), (1.5, 1.5)]


@pytest.mark.parametrize("rate", [100, 8000, 16_000, 48_000])
@pytest.mark.parametrize(
    "format_and_subtype", [("WAV", "PCM_16"), ("FLAC", "PCM_24"), ("OGG", "VORBIS")]
)
def test_resampled_part_equals_that_part_of_the_resampled_sound(
    format_and_subtype: tuple[str, str], rate: int
) -> None:
    url = sound(NOISE, format=format_and_subtype[0], subtype=format_and_subtype[1])
    _, whole = audio.decode(url, sample_rate=rate)

    for start, stop in SPANS:
        _, part = audio.decode(url, sample_rate=rate, start=start, stop=stop)
        expected = whole[round(start * rate) : None if stop is None else round(stop * rate)]
        assert len(part) == len(expected)
        assert np.abs(part.astype(int) - expected).max(initial=0) <= 1


@pytest.mark.parametrize(
    "format_and_subtype",
    [("WAV", "GSM610"), ("AU", "G721_32"), ("AU", "G723_24"), ("WAV", "IMA_ADPCM"),
     ("WAV", "MS_ADPCM"), ("AIFF", "DWVW_16"), ("WAV", "NMS_ADPCM_16"), ("CAF", "ALAC_16")],
)  # fmt: skip
def test_sound_is_read_from_any_time_although_its_codec_cannot_seek(
    format_and_subtype: tuple[str, str],
) -> None:
    url = sound(NOISE, format=format_and_subtype[0], subtype=format_and_subtype[1])
    _, whole = audio.decode(url)
    _, part = audio.decode(url, start=0.3, stop=2)
    np.testing.assert_array_equal(part, whole[round(0.3 * 44_100) : 88_200])


@pytest.mark.parametrize("codec", ["pcm_f32le", "pcm_alaw", "pcm_mulaw", "pcm_s24le"])
def test_wave64_with_many_channels_decodes_as_with_ffmpeg(codec: str, make: Make) -> None:
    name = f"{codec}.w64"
    quad = "-f lavfi -i sine=d=0.2:r=48000 -af aformat=channel_layouts=quad"
    data = make(f"{quad} -c:a {codec}", name)
    expected = np.frombuffer(make(f"-i {{folder}}/{name} -f f64le", "|"), "<f8").reshape(-1, 4)

    _, samples = audio.decode(file.encode(data), dtype="float64")
    np.testing.assert_allclose(samples, expected, rtol=0, atol=1e-6)


def test_aiff_without_a_sample_count_decodes_completely(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, NOISE[:6000], 8000, format="AIFF", subtype="PCM_16")
    data = bytearray(buffer.getvalue())
    at = data.index(b"SSND") + 4
    data[at : at + 4] = (8).to_bytes(4, "big")
    for size in (46, 0):
        data[4:8] = size.to_bytes(4, "big")
        _, samples = audio.decode(file.encode(bytes(data)))
        np.testing.assert_array_equal(samples, NOISE[:6000])
