"""Arrays have their channels in the order of WAV, for every order in the file."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from encoders import audio, file
from tests.audio import sound_corpus
from tests.paths import FIXTURES

EDGE = FIXTURES / "edge"
LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
LOW = 3  # the channel for low frequencies, from 5.1 on
OPUS = "-c:a libopus -mapping_family 1 -b:a 512k"
WRITTEN = {
    "a.ogg": "-c:a libvorbis",
    "a.opus": OPUS,
    "a.oga": "-c:a flac",
    "a.flac": "",
    "a.wav": "",
    "a.w64": "",
    "a.aiff": "",
    "vorbis.mka": "-c:a libvorbis",
    "opus.webm": OPUS,
    "opus.mp4": OPUS,
    "a.m4a": "-c:a aac",
    "ac3.mka": "-c:a ac3",
}
Array = np.ndarray[Any, np.dtype[np.float64]]


def pitches(channels: int) -> list[int]:
    found = [300 + 100 * channel for channel in range(channels)]
    if channels > 5:
        found[LOW] = 60
    return found


def tones(channels: int) -> Array:
    time = np.arange(24_000) / 48_000
    waves = [np.sin(2 * np.pi * pitch * time) * 0.3 for pitch in pitches(channels)]
    return np.stack(waves, axis=1)


def heard(samples: Array) -> list[int]:
    """Return the loudest pitch of each channel."""
    inside = samples[4800:19_200]
    spectrum = np.abs(np.fft.rfft(inside * np.hanning(len(inside))[:, None], axis=0))
    return [round(float(peak) * 48_000 / len(inside)) for peak in spectrum.argmax(axis=0)]


def as_wav(channels: int) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, tones(channels), 48_000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


@pytest.mark.parametrize("channels", LAYOUTS)
@pytest.mark.parametrize("name", WRITTEN)
def test_a_decoded_sound_has_wav_order(name: str, channels: int, tmp_path: Path) -> None:
    path = tmp_path / name
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
    command += ["-channel_layout", LAYOUTS[channels], "-i", "-"]
    command += [*WRITTEN[name].split(), str(path)]
    if subprocess.run(command, input=as_wav(channels), capture_output=True, check=False).returncode:
        pytest.skip("the format has no such layout")

    _, samples = audio.decode(file.encode(path), dtype="float64")

    samples = samples.reshape(len(samples), -1)
    wanted = heard(sound_corpus.decoded(path, samples.shape[1]))
    assert heard(samples) == pytest.approx(wanted, abs=4)
    if samples.shape[1] == channels and not (name == "a.m4a" and channels == 7):
        # AAC has no 6.1 with side channels: FFmpeg's writer takes another layout.
        assert heard(samples) == pytest.approx(pitches(channels), abs=4)


@pytest.mark.parametrize("channels", LAYOUTS)
@pytest.mark.parametrize("format", ["ogg", "opus", "flac", "wav"])
def test_an_encoded_array_has_the_order_of_its_format(
    format: audio.Format, channels: int, tmp_path: Path
) -> None:
    url = audio.encode((48_000, tones(channels)), format=format)
    path = tmp_path / f"a.{format}"
    path.write_bytes(bytes(file.decode(url)))

    assert heard(sound_corpus.decoded(path, channels)) == pytest.approx(pitches(channels), abs=4)
    _, again = audio.decode(url, dtype="float64")
    assert heard(again.reshape(len(again), -1)) == pytest.approx(pitches(channels), abs=4)


@pytest.mark.parametrize("name", ["surround.ogg", "surround.opus"])
def test_surround_sound_decodes_as_with_ffmpeg(name: str) -> None:
    path = EDGE / name
    _, samples = audio.decode(file.encode(path), dtype="float64")
    wanted = sound_corpus.decoded(path, 6)
    # FFmpeg leaves out the last samples of Vorbis.
    np.testing.assert_allclose(samples[: len(wanted)], wanted, rtol=0, atol=1e-3)
    assert len(samples) == 14_400


def test_more_channels_than_an_order_is_defined_for_stay_as_they_are() -> None:
    samples = np.stack([tones(1)[:, 0] * (channel + 1) / 9 for channel in range(9)], axis=1)
    for format in ("ogg", "opus"):
        url = audio.encode((48_000, samples), format=format)
        _, found = audio.decode(url, dtype="float64")
        loudness = np.sqrt(np.square(found[4800:19_200]).mean(axis=0))
        assert loudness.tolist() == sorted(loudness)
