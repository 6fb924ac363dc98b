"""Whole files of every container are read, and files that were cut off are refused.

`tests.mime.containers_corpus` makes the files. The ordinary run takes a part of them; all with
ENCODERS_FULL=1.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest

import encoders
from encoders import CorruptMediaError, EncodersError, audio, file, inspect, mime, video
from tests.mime import containers_corpus
from tests.mime.containers_corpus import Made

ALL = list(containers_corpus.kinds())
CHOSEN = ALL if os.environ.get("ENCODERS_FULL") else ALL[::4]
# Containers that mark their end or state their length, even when they are written to a pipe.
STATED = [made for made in ALL if made.name.rpartition(".")[2] not in
          ("ts", "mpg", "aac", "mp2", "mp3", "flac", "caf", "wav", "w64", "au", "aiff")
          and not made.is_piped and "-" not in made.name]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("containers")


@cache
def written(made: Made, folder: Path) -> Path:
    path = containers_corpus.make(made, folder)
    if path is None:
        pytest.skip("this FFmpeg cannot write it")
    return path


def frames_of_ffmpeg(path: Path) -> int:
    """Return how many frames FFmpeg decodes."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-i", str(path)]
    command += ["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framehash", "-"]
    lines = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()
    return sum(not line.startswith(b"#") for line in lines)


@pytest.mark.parametrize("made", CHOSEN, ids=lambda made: made.name)
def test_files_that_ffmpeg_reads_without_errors_are_read(made: Made, folder: Path) -> None:
    path = written(made, folder)
    if containers_corpus.complaint(path):
        return
    details = inspect(path).details

    if "fps" in details:
        clip = video.decode(file.encode(path))
        count = sum(1 for _ in clip.frames())
        assert count == clip.frame_count == frames_of_ffmpeg(path)
        assert 0.7 < clip.duration < 1.7
        assert details["has_audio"] == (clip.has_audio and audio_seconds(path) > 0.6)
    else:
        assert details["duration"] == pytest.approx(audio_seconds(path), abs=0.3)
        assert 1.1 < audio_seconds(path) < 1.4


def audio_seconds(path: Path) -> float:
    rate, samples = audio.decode(file.encode(path))
    return len(samples) / rate


@pytest.mark.parametrize(
    "made", [made for made in CHOSEN if made.name.startswith("v")], ids=lambda made: made.name
)
def test_a_thumbnail_is_the_frame_that_is_shown(made: Made, folder: Path) -> None:
    path = written(made, folder)
    if containers_corpus.complaint(path):
        return
    if made.name.endswith("-uneven.avi") and "libx264" in made.options:
        pytest.skip("AVI does not say when frames are shown that stand in another order")
    clip = video.decode(file.encode(path))
    times, frames = shown(path)

    for at in (0.0, 0.03, 0.21, 0.5, 0.77, 1.0, times[-1], clip.duration, clip.duration + 5):
        index = max(sum(time <= at + 1e-6 for time in times) - 1, 0)
        assert np.array_equal(np.asarray(clip.thumbnail(at)), frames[index]), at


def shown(path: Path) -> tuple[list[float], list[npt.NDArray[np.uint8]]]:
    """Return all frames in their order, and when each is shown, in seconds from the start."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        # FFmpeg does not know in which order the frames of an AVI are shown.
        times = sorted(frame.time or 0 for frame in container.decode(stream))
    times = [time - times[0] for time in times]
    return times, list(video.decode(file.encode(path)).frames())


@pytest.mark.parametrize("made", STATED, ids=lambda made: made.name)
def test_a_file_that_was_cut_off_is_an_error(made: Made, folder: Path) -> None:
    path = written(made, folder)
    if containers_corpus.complaint(path):
        return
    data = path.read_bytes()
    is_video = "fps" in inspect(data).details

    for length in (len(data) // 4, len(data) // 2, len(data) * 9 // 10, len(data) - 100):
        cut = data[:length]
        with pytest.raises(EncodersError):
            inspect(cut)
        with pytest.raises(EncodersError):
            encoders.decode(file.encode(cut)) if is_video else audio.decode(file.encode(cut))


@pytest.mark.parametrize("suffix", ["3g2", "wmv", "flv", "ogv", "avi", "wma"])
def test_a_few_missing_bytes_are_detected(suffix: str, folder: Path) -> None:
    made = next(made for made in STATED if made.name.endswith(f".{suffix}"))
    data = written(made, folder).read_bytes()

    for missing in (1, 20, 300):
        with pytest.raises(CorruptMediaError, match="cut off"):
            inspect(data[:-missing])
    assert inspect(data + bytes(3)).media_type == mime.detect(data)
