"""The guarantees of the sound codec, tested on real files."""

from __future__ import annotations

import base64
import io
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encoders import audio, file
from encoders.errors import CorruptMediaError, EncodersError, LimitError, MediaTypeError
from encoders.limits import Limits
from tests.paths import FIXTURES

SOUNDS = sorted(path.name for path in (FIXTURES / "audio").iterdir())
LABELS = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".mp4": "audio/mp4",
    ".webm": "audio/webm",
}
HOSTILE = sorted(
    path.name
    for path in (FIXTURES / "hostile").iterdir()
    if path.suffix in LABELS and path.name != "webm-named.wav"
)
# dB, for two sines at 44.1 kHz; the fixed delay of each codec is taken out by its decoder.
SNR_FLOORS = {"ogg": 30.0, "opus": 30.0, "mp3": 30.0}


def labelled(path: Path, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(path.read_bytes()).decode()}"


def sines(rate: int = 48000) -> np.ndarray[Any, np.dtype[np.float64]]:
    time = np.arange(rate) / rate
    return np.stack([np.sin(2764.6 * time), np.sin(2073.5 * time)], axis=1) / 2


def snr(wanted: np.ndarray[Any, Any], found: np.ndarray[Any, Any]) -> float:
    noise = float(np.square(wanted - found).sum())
    return 10 * float(np.log10(np.square(wanted).sum() / noise))


@pytest.mark.parametrize("name", SOUNDS)
def test_every_source_kind_gives_the_files_own_bytes(
    name: str, fixtures: Path, way: Callable[[Path], Any]
) -> None:
    path = fixtures / "audio" / name
    url = audio.encode(way(path))
    assert base64.b64decode(url.partition(",")[2]) == path.read_bytes()


@pytest.mark.parametrize("name", SOUNDS)
def test_a_data_url_passes_through_unchanged(name: str, fixtures: Path) -> None:
    url = audio.encode(fixtures / "audio" / name)
    assert audio.encode(url) == url


@pytest.mark.parametrize("format", audio.FORMATS)
def test_every_source_kind_converts_to_the_same_sound(
    format: audio.Format, fixtures: Path, way: Callable[[Path], Any]
) -> None:
    path = fixtures / "audio" / "stereo.wav"
    _, wanted = audio.decode(audio.encode(path, format=format))
    _, found = audio.decode(audio.encode(way(path), format=format))
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("name", SOUNDS)
def test_decoded_samples_can_be_written_to(name: str, fixtures: Path) -> None:
    rate, samples = audio.decode(audio.encode(fixtures / "audio" / name))
    assert rate > 0
    assert samples.dtype == np.int16
    assert len(samples) > 0
    assert samples.flags.writeable


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_wav_is_the_same_as_from_the_standard_library(channels: int) -> None:
    samples = np.arange(-300, 300, dtype=np.int16).reshape(-1, channels)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as wanted:
        wanted.setparams((channels, 2, 8000, len(samples), "NONE", ""))
        wanted.writeframes(samples.astype("<i2").tobytes())

    url = audio.encode((8000, samples[:, 0] if channels == 1 else samples))

    assert base64.b64decode(url.partition(",")[2]) == buffer.getvalue()


@pytest.mark.parametrize("name", ["stereo.wav", "tone.flac", "tone.ogg", "tone.opus", "tone.mp3"])
@pytest.mark.parametrize("format", audio.FORMATS)
def test_file_of_the_requested_format_is_encoded_unchanged(
    name: str, format: audio.Format, fixtures: Path
) -> None:
    path = fixtures / "audio" / name
    passed = base64.b64decode(audio.encode(path, format=format).partition(",")[2])
    assert (passed == path.read_bytes()) == (path.suffix == "." + format)


@pytest.mark.parametrize("format", ["ogg", "opus", "mp3"])
def test_better_quality_takes_more_bytes(format: audio.Format) -> None:
    noise = (48000, np.random.default_rng(0).integers(-9999, 9999, (48000, 2), np.int16))
    worse, better = (audio.encode(noise, format=format, quality=q) for q in (20, 80))
    assert len(worse) * 1.2 < len(better)


@pytest.mark.parametrize(
    "options",
    [
        {"format": "mp4"},
        {"subtype": "PCM_8"},
        {"format": "flac", "subtype": "FLOAT"},
        {"format": "ogg", "subtype": "PCM_16"},
        {"quality": 50},
        {"format": "flac", "quality": 50},
        {"format": "mp3", "quality": 0},
        {"format": "mp3", "quality": 101},
        {"format": "opus", "quality": 0.5},
    ],
)
def test_an_impossible_option_is_the_callers_error(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="=") as caught:
        audio.encode((8000, np.zeros(4, np.int16)), **options)
    assert not isinstance(caught.value, EncodersError)


@pytest.mark.parametrize("name", ["stereo.wav", "float.wav", "tone.flac", "tone.m4a"])
def test_limits_allow_their_value_and_refuse_one_more(name: str, fixtures: Path) -> None:
    url = audio.encode(fixtures / "audio" / name)
    rate, samples = audio.decode(url)

    audio.decode(url, limits=Limits(max_samples=samples.size, max_seconds=len(samples) / rate))
    with pytest.raises(LimitError, match="max_samples"):
        audio.decode(url, limits=Limits(max_samples=samples.size - 1))
    with pytest.raises(LimitError, match="max_seconds"):
        audio.decode(url, limits=Limits(max_seconds=(len(samples) - 1) / rate))


@pytest.mark.parametrize("format", ["ogg", "opus", "mp3"])
def test_a_lossy_file_beyond_full_scale_is_no_error(format: audio.Format) -> None:
    square = np.where(sines() > 0, 1.0, -1.0)
    url = audio.encode((48000, square), format=format)

    assert np.abs(audio.decode(url, dtype="float32")[1]).max() > 1
    assert audio.decode(audio.encode(url, format="wav"))[1].max() == 32767


@pytest.mark.parametrize("format", SNR_FLOORS)
def test_lossy_format_has_at_least_its_minimum_snr(format: audio.Format) -> None:
    samples = sines()
    _, found = audio.decode(audio.encode((48000, samples), format=format), dtype="float64")
    inside = slice(4800, 43200)
    assert snr(samples[inside], found[inside]) >= SNR_FLOORS[format]


def test_opus_resamples_unsupported_rates_to_48_khz() -> None:
    rate, found = audio.decode(audio.encode((44100, sines(44100)), format="opus"))
    assert (rate, found.shape) == (48000, (48000, 2))


@pytest.mark.parametrize(
    ("format", "rate", "channels"),
    [("ogg", 200_001, 1), ("ogg", 8000, 256), ("flac", 8000, 9), ("mp3", 8000, 3)],
)
def test_sound_too_large_for_a_format_is_an_encoders_error(
    format: audio.Format, rate: int, channels: int
) -> None:
    with pytest.raises(MediaTypeError, match=f"{channels} channels at {rate} Hz"):
        audio.encode((rate, np.zeros((100, channels), np.int16)), format=format)


def test_ogg_encodes_up_to_255_channels_at_200_khz() -> None:
    rate, samples = audio.decode(
        audio.encode((200_000, np.zeros((100, 255), np.int16)), format="ogg")
    )
    assert (rate, samples.shape) == (200_000, (100, 255))


@pytest.mark.parametrize("name", ["stereo.wav", "tone.flac", "tone.m4a", "browser.webm"])
def test_a_span_is_that_part_of_the_whole(name: str, fixtures: Path) -> None:
    url = audio.encode(fixtures / "audio" / name)
    rate, whole = audio.decode(url)
    _, part = audio.decode(url, start=0.1, stop=0.3)
    np.testing.assert_array_equal(part, whole[round(0.1 * rate) : round(0.3 * rate)])


def test_resampling_keeps_the_length_in_seconds(fixtures: Path) -> None:
    rate, samples = audio.decode(audio.encode(fixtures / "audio/stereo.wav"), sample_rate=16000)
    assert (rate, samples.shape) == (16000, (8000, 2))


def test_thousands_of_channels_are_refused() -> None:
    most = base64.b64decode(audio.encode((8000, np.zeros((2, 1024), np.int16))).partition(",")[2])
    more = most[:22] + struct.pack("<H", 1025) + most[24:]

    assert audio.decode(audio.encode(most), sample_rate=4000)[1].shape == (1, 1024)
    with pytest.raises(CorruptMediaError, match="1025 channels"):
        audio.decode(audio.encode(more), sample_rate=4000)


def test_resampling_stops_at_a_limit() -> None:
    url = audio.encode((1, np.zeros(1000, np.int16)))

    assert len(audio.decode(url, sample_rate=8, limits=Limits(max_samples=8000))[1]) == 8000
    with pytest.raises(LimitError, match=r"8,000 resampled samples.*max_samples=7,999"):
        audio.decode(url, sample_rate=8, limits=Limits(max_samples=7999))
    with pytest.raises(LimitError, match=r"48,000,000 resampled samples"):
        audio.encode(url, format="opus", limits=Limits(max_samples=47_999_999))


@pytest.mark.parametrize("name", ["clip.mp4", "clip.webm", "clip.mkv", "clip.mov", "clip.avi"])
def test_a_video_gives_its_sound_track_as_wav(name: str, fixtures: Path) -> None:
    url = audio.encode(fixtures / "video" / name)
    assert url.startswith("data:audio/wav;base64,")
    assert 0.9 < len(audio.decode(url)[1]) / 48000 < 1.1


def test_a_video_without_sound_is_refused(fixtures: Path) -> None:
    with pytest.raises(MediaTypeError, match="no sound track"):
        audio.encode(fixtures / "video/silent.mp4")


def test_an_error_names_the_type_of_a_picture(fixtures: Path) -> None:
    with pytest.raises(MediaTypeError, match=r"bad-crc\.png.*image/png"):
        audio.encode(fixtures / "hostile/bad-crc.png")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sound_raises_an_encoders_error(name: str, fixtures: Path) -> None:
    path = fixtures / "hostile" / name
    with pytest.raises(EncodersError):
        audio.decode(labelled(path, LABELS[path.suffix]))


@pytest.mark.parametrize("limits", [Limits(), Limits(max_seconds=None, max_samples=10**6)])
def test_a_flac_bomb_stops_at_a_limit(limits: Limits, fixtures: Path) -> None:
    with pytest.raises(LimitError):
        audio.decode(labelled(fixtures / "hostile/bomb.flac", "audio/flac"), limits=limits)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("name", [name for name in SOUNDS if name != "tone.aac"])
def test_sound_that_was_cut_off_is_corrupt(name: str, part: float, fixtures: Path) -> None:
    data = (fixtures / "audio" / name).read_bytes()
    cut = data[: int(len(data) * part)]

    with pytest.raises(CorruptMediaError):
        audio.decode(file.encode(cut))
    if name != "tone.flac":  # which states no length in bytes
        with pytest.raises(CorruptMediaError):
            audio.describe(cut)


def test_content_decides_over_the_media_type(fixtures: Path) -> None:
    url = labelled(fixtures / "audio/browser.webm", "audio/wav")
    assert audio.decode(url)[1].shape == (24000,)


def test_strict_refuses_a_wrong_media_type(fixtures: Path) -> None:
    url = labelled(fixtures / "audio/browser.webm", "audio/wav")
    with pytest.raises(MediaTypeError, match="audio/webm"):
        audio.decode(url, strict=True)


def test_describe_states_rate_channels_and_seconds(fixtures: Path) -> None:
    wanted = audio.Info("audio/wav", 44100, 2, 0.5)
    assert audio.describe(fixtures / "audio/stereo.wav") == wanted


@pytest.mark.parametrize("name", SOUNDS)
def test_describe_agrees_with_decode(name: str, fixtures: Path) -> None:
    info = audio.describe(fixtures / "audio" / name)
    rate, samples = audio.decode(audio.encode(fixtures / "audio" / name))

    assert (info.sample_rate, info.channels) == (rate, 1 if samples.ndim == 1 else samples.shape[1])
    assert info.duration == pytest.approx(len(samples) / rate, abs=0.05)


@pytest.mark.parametrize("start", [float("nan"), float("inf"), -1.0])
def test_a_start_that_is_no_second_is_the_callers_error(start: float, fixtures: Path) -> None:
    with pytest.raises(ValueError, match="no span of seconds") as caught:
        audio.decode(audio.encode(fixtures / "audio/stereo.wav"), start=start)
    assert not isinstance(caught.value, EncodersError)


@pytest.mark.parametrize("format", ["ogg", "opus", "mp3"])
def test_the_lowest_and_the_highest_quality_are_taken(format: audio.Format) -> None:
    noise = np.random.default_rng(0).integers(-9999, 9999, 48000).astype(np.int16)
    small, good = (audio.encode((48000, noise), format=format, quality=q) for q in (1, 100))
    assert len(small) < len(good)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("format", ["ogg", "opus", "mp3", "flac"])
def test_a_long_sound_is_written_and_read_from_anywhere(
    format: audio.Format, channels: int
) -> None:
    frames, rate = 2_400_000, 48_000
    noise = np.random.default_rng(3).integers(-9000, 9000, (frames, channels), np.int16)
    url = audio.encode((rate, noise), format=format)

    _, whole = audio.decode(url)

    assert abs(len(whole) - frames) <= (1152 if format == "mp3" else 0)
    last = len(whole) / rate
    for start in (0.5, 25.3, last - 0.7, last - 0.25, last - 0.1, last - 0.01):
        _, part = audio.decode(url, start=start)
        np.testing.assert_array_equal(part, whole[round(start * rate) :])


def test_a_sound_that_nothing_decodes_is_named() -> None:
    midi = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0"
    with pytest.raises(MediaTypeError, match="audio/midi cannot be decoded; send one of"):
        audio.decode(file.encode(midi))


def test_the_module_offers_its_public_names_only() -> None:
    assert dir(audio) == sorted(audio.__all__)
    assert {"encode", "decode", "describe", "accepts"} <= set(audio.__all__)
