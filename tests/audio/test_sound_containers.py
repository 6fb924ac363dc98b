"""Every container and codec of sound decodes to the same samples as with FFmpeg."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import encoders
from encoders import audio, file, video
from encoders.errors import CorruptMediaError, MediaTypeError
from tests.audio import sound_corpus
from tests.paths import FIXTURES

EDGE = FIXTURES / "edge"
SOUND_ALONE = [name for name in sound_corpus.WRITTEN if name.endswith(("flv", "ts", "mpg", "avi"))]
FOREIGN = {"g726.wav": "G.726", "alac.caf": "'alac'", "chained.oga": "FLAC", "speex.spx": "Speex"}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sounds")


@pytest.mark.parametrize("name", sound_corpus.WRITTEN)
def test_samples_are_those_of_ffmpeg(name: str, folder: Path) -> None:
    path = sound_corpus.written(folder, name)

    _, samples = audio.decode(file.encode(path), dtype="float64")

    samples = samples.reshape(len(samples), -1)
    wanted = sound_corpus.decoded(path, samples.shape[1])
    assert samples.shape == wanted.shape
    np.testing.assert_allclose(samples, wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", sound_corpus.WRITTEN)
def test_inspect_agrees_with_decode(name: str, folder: Path) -> None:
    path = sound_corpus.written(folder, name)

    details = encoders.inspect(path).details
    rate, samples = encoders.decode(file.encode(path))

    channels = 1 if samples.ndim == 1 else samples.shape[1]
    assert (details["sample_rate"], details["channels"]) == (rate, channels)
    assert details["duration"] == pytest.approx(len(samples) / rate, abs=0.06)


@pytest.mark.parametrize("name", sound_corpus.WRITTEN)
def test_every_sound_can_be_written_again(name: str, folder: Path) -> None:
    path = sound_corpus.written(folder, name)

    again = audio.encode(path, format="flac", subtype="PCM_24")

    _, wanted = audio.decode(file.encode(path), dtype="float64")
    _, found = audio.decode(again, dtype="float64")
    np.testing.assert_allclose(found, np.clip(wanted, -1, 1), rtol=0, atol=2**-23)


@pytest.mark.parametrize("name", sound_corpus.WRITTEN)
def test_a_span_is_a_part_of_the_whole(name: str, folder: Path) -> None:
    url = file.encode(sound_corpus.written(folder, name))

    rate, whole = audio.decode(url)
    _, part = audio.decode(url, start=0.1, stop=0.3)

    np.testing.assert_allclose(part, whole[round(0.1 * rate) : round(0.3 * rate)], rtol=0, atol=1)


@pytest.mark.parametrize("name", SOUND_ALONE)
def test_a_video_without_a_picture_is_a_sound(name: str, folder: Path) -> None:
    path = sound_corpus.written(folder, name)

    assert encoders.mime.detect(path).startswith("video/")
    assert encoders.encode(path).startswith("data:video/")
    with pytest.raises(MediaTypeError, match="no video track"):
        video.decode(file.encode(path))


def missing_without_pyav(path: Path) -> str:
    """Return the error of `encoders.inspect` that names the missing dependency."""
    code = f"""
import sys
sys.modules["av"] = None
import encoders
try:
    encoders.inspect({str(path)!r})
except encoders.errors.MissingDependencyError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("name", FOREIGN)
def test_a_missing_extra_is_named_with_the_codec(name: str) -> None:
    error = missing_without_pyav(EDGE / name)
    assert FOREIGN[name] in error
    assert "pip install 'predict-encoders[video]'" in error


def test_a_missing_extra_is_named_for_a_wave64_that_libsndfile_reads_wrongly(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.w64"
    soundfile.write(path, np.zeros(8), 8000, format="W64", subtype="PCM_16")
    data = bytearray(path.read_bytes())
    at = data.index(b"fmt ") + 24
    data[at : at + 2] = b"\xfe\xff"  # WAVE_FORMAT_EXTENSIBLE
    path.write_bytes(data)

    assert "pip install 'predict-encoders[video]'" in missing_without_pyav(path)


def test_an_unknown_codec_is_named() -> None:
    data = bytearray((EDGE / "g726.wav").read_bytes())
    at = data.index(b"fmt ") + 8
    data[at : at + 2] = b"\x77\x77"

    with pytest.raises(MediaTypeError, match=r"WAV format 0x7777.*convert it"):
        audio.decode(file.encode(data))


def test_error_for_a_broken_header_does_not_name_the_codec() -> None:
    data = bytearray((FIXTURES / "audio" / "pcm24.wav").read_bytes())
    at = data.index(b"fmt ") + 10
    data[at : at + 2] = b"\0\0"

    for use in (encoders.inspect, lambda data: audio.decode(file.encode(data))):
        with pytest.raises(CorruptMediaError, match=r"[Cc]hannel"):
            use(data)


@pytest.mark.parametrize("name", ["g726.wav", "alac.caf", "mp3.wav", "speex.spx", "chained.oga"])
@pytest.mark.parametrize("part", [0.45, 0.9, 0.99])
def test_a_rare_codec_that_was_cut_off_is_corrupt(name: str, part: float) -> None:
    data = (EDGE / name).read_bytes()
    cut = data[: int(len(data) * part)]

    for use in (encoders.inspect, lambda data: audio.decode(file.encode(data))):
        with pytest.raises(CorruptMediaError):
            use(cut)


def test_a_lossy_codec_in_wav_may_be_a_little_beyond_full_scale(folder: Path) -> None:
    loud = folder / "loud.wav"
    square = "aevalsrc=0.999*sgn(sin(2764*t)):s=48000:d=0.3"
    sound_corpus.run("-f", "lavfi", "-i", square, "-c:a", "libmp3lame", "-b:a", "64k", str(loud))

    assert np.abs(audio.decode(file.encode(loud), dtype="float32")[1]).max() > 1
    assert audio.decode(audio.encode(loud, format="flac"))[1].max() == 32767


def test_a_custom_channel_order_does_not_crash(folder: Path) -> None:
    path = folder / "swapped.mov"
    sines = [part for pitch in (440, 880) for part in ("-f", "lavfi", "-i", f"sine={pitch}:d=0.2")]
    join = "[0][1]join=inputs=2:channel_layout=FR+FL[a]"
    sound_corpus.run(*sines, "-filter_complex", join, "-map", "[a]", "-c:a", "pcm_s16le", str(path))
    code = f"""
import encoders
from encoders import audio, file
for _ in range(20):
    print(encoders.inspect({str(path)!r}).details["channels"])
    print(audio.decode(file.encode({str(path)!r}))[1].shape)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout == "2\n(8820, 2)\n" * 20
