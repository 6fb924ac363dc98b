"""MPEG transport and program streams, which have no index, and sound alone in video containers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

import encoders
from encoders import CorruptMediaError, audio, file, video

Make = Callable[..., bytes]
PACKET = 188  # bytes of a transport stream
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "40")
HEVC = ("-c:v", "libx265", "-x265-params", "log-level=error:keyint=40", "-pix_fmt", "yuv420p")
STREAMS = [(H264, "vob"), (HEVC, "vob"), (("-c:v", "mpeg2video", "-g", "10"), "vob"),
           (H264, "mpegts"), (H264 + ("-bf", "0"), "vob")]  # fmt: skip


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return a function that makes FFmpeg write some seconds of video, sound or both."""
    folder = tmp_path_factory.mktemp("streams")
    made: dict[object, bytes] = {}

    def written(
        form: str, *codecs: str, picture: bool = True, sound: int = 0, seconds: int = 2
    ) -> bytes:
        key = (form, codecs, picture, sound, seconds)
        if key not in made:
            pictures = ("-f", "lavfi", "-i", f"testsrc=s=96x72:r=25:d={seconds}")
            tone = ("-f", "lavfi", "-i", f"sine=f={sound}:d={seconds}")
            inputs = (*(pictures if picture else ()), *(tone if sound else ()))
            command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *inputs, *codecs]
            subprocess.run([*command, "-f", form, folder / "made"], check=True)
            made[key] = (folder / "made").read_bytes()
        return made[key]

    return written


def opened(data: bytes) -> video.Video:
    return video.decode(file.encode(data))


def without_packet(data: bytes, at: int) -> bytes:
    return data[: at * PACKET] + data[(at + 1) * PACKET :]


@pytest.mark.parametrize(("codec", "form"), STREAMS)
def test_a_thumbnail_is_the_frame_shown_at_its_time(
    codec: tuple[str, ...], form: str, make: Make
) -> None:
    shown = opened(make(form, *codec, seconds=8))
    frames = list(shown.frames())

    assert len(frames) == 200
    assert shown.duration == pytest.approx(8, abs=0.1)
    for index in (0, 1, 12, 39, 40, 41, 77, 120, 198, 199):
        np.testing.assert_array_equal(
            np.asarray(shown.thumbnail(index / 25 + 0.01)), frames[index], err_msg=str(index)
        )


@pytest.mark.parametrize(
    ("form", "codecs"),
    [("mpegts", (*H264, "-c:a", "aac")), ("vob", ("-c:v", "mpeg2video", "-c:a", "mp2"))],
)
def test_joined_files_are_one_video(form: str, codecs: tuple[str, ...], make: Make) -> None:
    parts = [make(form, *codecs, sound=pitch) for pitch in (300, 500, 700)]
    lengths = [len(opened(part).audio()[1]) for part in parts]
    joined = opened(b"".join(parts))
    frames = list(joined.frames())

    assert (joined.frame_count, len(frames)) == (150, 150)
    assert joined.duration == pytest.approx(6, abs=0.1)
    assert len(joined.audio()[1]) == pytest.approx(sum(lengths), abs=2 * 1152)
    for index in (10, 49, 60, 130):
        np.testing.assert_array_equal(
            np.asarray(joined.thumbnail(index / 25 + 0.01)), frames[index]
        )


@pytest.mark.parametrize("codec", ["aac", "mp2"])
def test_joined_sound_is_as_long_as_its_parts(codec: str, make: Make) -> None:
    parts = [make("mpegts", "-c:a", codec, picture=False, sound=pitch) for pitch in (300, 500)]
    data = b"".join(parts)
    rate, samples = audio.decode(file.encode(data))

    assert len(samples) == sum(len(audio.decode(file.encode(part))[1]) for part in parts)
    assert encoders.inspect(data).details["duration"] == pytest.approx(
        len(samples) / rate, abs=0.01
    )


def test_a_missing_packet_in_the_middle_does_not_end_the_video(make: Make) -> None:
    data = make("mpegts", *H264)
    middle = len(data) // PACKET // 2
    for at in range(middle, middle + 5):
        shown = opened(without_packet(data, at))
        assert shown.frame_count >= 48
        assert shown.duration == pytest.approx(2, abs=0.05)


def test_an_incomplete_last_packet_is_detected(make: Make) -> None:
    data = make("mpegts", "-c:a", "aac", picture=False, sound=440)
    last = data.rindex(b"\x47\x01\x00"[:2], 0, len(data) - 2 * PACKET)
    refused = 0
    for missing in range(1, 12):
        try:
            audio.decode(file.encode(data[: last // PACKET * PACKET - missing * PACKET]))
        except CorruptMediaError:
            refused += 1
    assert refused


@pytest.mark.parametrize("form", ["avi", "mpegts", "flv", "vob"])
def test_sound_alone_is_treated_as_sound_everywhere(form: str, make: Make, tmp_path: Path) -> None:
    codec = "mp2" if form == "vob" else "libmp3lame"
    path = tmp_path / "sound"
    path.write_bytes(make(form, "-c:a", codec, picture=False, sound=440))
    rate, samples = audio.decode(file.encode(path))

    assert encoders.payload(path).components == ("audio",)
    assert encoders.decode(encoders.encode(path, format="wav"))[1].shape == samples.shape
    answered = encoders.response({"data": [file.encode(path)]}).data[0]
    assert answered[0] == rate
    np.testing.assert_array_equal(answered[1], samples)


def test_a_format_of_sound_takes_the_sound_track(make: Make) -> None:
    data = make("mpegts", *H264, "-c:a", "aac", sound=440)
    _, samples = encoders.decode(encoders.encode(data, format="flac"))
    np.testing.assert_array_equal(samples, opened(data).audio()[1])
    with pytest.raises(encoders.MediaTypeError, match="no sound track"):
        encoders.encode(make("mpegts", *H264), format="flac")
