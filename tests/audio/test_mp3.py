"""MP3 files of every encoder decode completely and from any position, without PyAV."""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from encoders import CorruptMediaError, MediaTypeError, audio, file, inspect, mime
from encoders.mime.containers import mpeg_audio
from tests.audio import mp3_corpus
from tests.audio.mp3_corpus import Kind
from tests.paths import FIXTURES

ALL = list(mp3_corpus.kinds())
# Those that came out wrong in one way or another; all with ENCODERS_FULL=1.
SOME = [
    kind
    for number, kind in enumerate(ALL)
    if kind.seconds < 60 or (number % 5 == 2 and kind.seconds == 60)
]
CHOSEN = ALL if os.environ.get("ENCODERS_FULL") else SOME
ID3 = b"ID3\x04\0\0" + bytes([0, 0, 8, 0]) + b"\xff\xfb\x90\x00" * 256
ID3V1 = b"TAG" + bytes(125)
APE = b"APETAGEX" + (2000).to_bytes(4, "little") * 2 + bytes(16) + b"\xff\xfb" * 1000


@cache
def made(kind: Kind, folder: str) -> bytes:
    return mp3_corpus.make(kind, folder)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.getbasetemp())


def decode(data: bytes, **options: Any) -> npt.NDArray[Any]:
    """Return frames×channels."""
    samples = audio.decode(file.encode(data), **options)[1]
    return samples if samples.ndim == 2 else samples[:, None]


def difference(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> int:
    return int(np.abs(one.astype(int) - other).max(initial=0))


def short(**changes: Any) -> Kind:
    return Kind(**{
        "options": ("-q:a", "4"), "channels": 2, "rate": 44100, "seconds": 3, "has_header": False,
        **changes,
    })  # fmt: skip


@pytest.mark.parametrize("kind", CHOSEN, ids=str)
def test_every_sample_is_the_one_that_ffmpeg_decodes(kind: Kind, folder: str) -> None:
    data = made(kind, folder)
    expected = mp3_corpus.decoded(data, kind.channels)
    samples = decode(data)

    if kind.has_header:  # which states where the sound ends; read from a pipe, FFmpeg plays on
        assert len(samples) == round(kind.seconds * kind.rate) <= len(expected)
    else:
        assert len(samples) == len(expected)
    assert difference(samples, expected[: len(samples)]) <= 1
    assert inspect(data).details["duration"] == pytest.approx(len(samples) / kind.rate)
    for start in (0.01, kind.seconds / 3, max(kind.seconds - 0.1, 0.3)):
        part = decode(data, start=start, stop=start + 2)
        first, last = round(start * kind.rate), round((start + 2) * kind.rate)
        assert np.array_equal(part, samples[first:last]), start


@pytest.mark.parametrize("has_header", [True, False])
@pytest.mark.parametrize(
    ("front", "behind"),
    [(ID3, b""), (ID3 + ID3, ID3V1), (b"", APE), (ID3, APE + ID3V1), (b"", bytes(3000))],
)
def test_tags_change_no_sample(front: bytes, behind: bytes, has_header: bool, folder: str) -> None:
    data = made(short(has_header=has_header), folder)
    tagged = front + data + behind

    assert np.array_equal(decode(tagged), decode(data))
    assert inspect(tagged).details == inspect(data).details


@pytest.mark.parametrize("between", [b"", ID3, ID3V1 + ID3, APE, bytes(300)])
@pytest.mark.parametrize("headers", [(True, True), (False, False), (False, True)])
def test_joined_files_give_all_their_sound(
    headers: tuple[bool, bool], between: bytes, folder: str
) -> None:
    one, other = (made(short(has_header=has_header), folder) for has_header in headers)
    samples = decode(one + between + other)

    lengths = [len(decode(data)) for data in (one, other)]
    assert len(samples) == sum(lengths)
    assert difference(samples[-lengths[1] + 5000 :], decode(other)[5000:]) <= 1
    seconds = inspect(one + between + other).details["duration"]
    assert seconds == pytest.approx(len(samples) / 44100)


def test_joined_files_of_several_rates_and_channels_become_one_sound(folder: str) -> None:
    one, other = made(short(), folder), made(short(rate=22050, channels=1), folder)
    rate, samples = audio.decode(file.encode(other + one))

    assert (rate, samples.shape[1]) == (44100, 2)
    assert len(samples) == pytest.approx(2 * len(decode(other)) + len(decode(one)), abs=50)
    assert difference(samples[-100_000:], decode(one)[-100_000:]) <= 1


def test_a_file_without_its_start_gives_the_rest(folder: str) -> None:
    data = made(short(), folder)
    places = [at for at, _ in mpeg_audio._frames(data)]
    rest = data[places[20] :]

    assert len(decode(rest)) == len(decode(data)) - 20 * 1152
    assert difference(decode(rest)[5 * 1152 :], decode(data)[25 * 1152 :]) <= 1


@pytest.mark.parametrize("has_header", [True, False])
def test_a_gap_in_a_file_is_an_error(has_header: bool, folder: str) -> None:
    data = made(short(has_header=has_header, seconds=30), folder)
    half = len(data) // 2

    for damaged in (
        data[:half] + bytes(3000) + data[half:],
        data[:half] + bytes(3000) + data[half + 3000 :],
        data[:half] + bytes(half),
    ):
        with pytest.raises(CorruptMediaError, match=r"damaged|cut off"):
            decode(damaged)


def test_a_file_with_a_header_that_was_cut_off_is_an_error(folder: str) -> None:
    data = made(short(has_header=True), folder)

    for length in (len(data) // 4, len(data) // 2, len(data) - 1000, len(data) - 1):
        with pytest.raises(CorruptMediaError, match="cut off"):
            decode(data[:length])


def test_a_header_frame_that_states_too_little_cuts_nothing(folder: str) -> None:
    data = made(short(has_header=True), folder)
    at = data.index(b"Xing") + 8
    lying = data[:at] + (5).to_bytes(4, "big") + data[at + 4 :]

    assert len(decode(lying)) >= len(decode(data))


def test_a_file_full_of_sync_words_is_read_fast() -> None:
    for noise in (b"\xff\xfb\x10\xc4" * 200_000, b"\xff" * 800_000, b"\xff\xfb\x90" * 250_000):
        assert len(mpeg_audio.streams(noise)) <= 1


def test_layer_two_is_read(tmp_path: Path) -> None:
    wav = FIXTURES / "audio" / "stereo.wav"
    output = tmp_path / "made.mp2"
    mp3_corpus.ffmpeg("-i", str(wav), "-c:a", "mp2", "-b:a", "192k", "-f", "mp2", str(output))
    data = output.read_bytes()
    streams = mpeg_audio.streams(data)

    assert [stream.header.kind[:2] for stream in streams] == [(1, 2)]
    expected = mp3_corpus.decoded(data, 2)
    assert difference(decode(data), expected) <= 1


@pytest.mark.parametrize("format", ["flac", "opus", "mp3"])
@pytest.mark.parametrize("shape", [(0,), (0, 2)])
def test_formats_that_cannot_be_empty_refuse_no_samples(format: Any, shape: Any) -> None:
    with pytest.raises(MediaTypeError, match=r"no samples.*formats wav, ogg"):
        audio.encode((48000, np.zeros(shape, np.int16)), format=format)


@pytest.mark.parametrize("format", ["wav", "ogg"])
@pytest.mark.parametrize("shape", [(0,), (0, 2)])
def test_formats_that_can_be_empty_give_no_samples_back(format: Any, shape: Any) -> None:
    url = audio.encode((48000, np.zeros(shape, np.int16)), format=format)

    assert audio.decode(url)[1].shape == shape
    assert math.isclose(inspect(url).details["duration"], 0)


@pytest.mark.parametrize("title", ["Info about it", "Xing\0\0\0\x0f and more text"])
@pytest.mark.parametrize("cover", [0, 20_000])
def test_a_last_frame_that_was_cut_off_is_an_error(cover: int, title: str, folder: str) -> None:
    data = made(short(has_header=True), folder)
    length = cover + len(title)
    size = bytes(length >> shift & 127 for shift in (21, 14, 7, 0))
    tagged = b"ID3\x04\0\0" + size + title.encode() + bytes(cover) + data

    assert np.array_equal(decode(tagged), decode(data))
    for missing in (1, 100, 1000, len(data) // 2, len(data) - 500):
        with pytest.raises(CorruptMediaError, match="cut off"):
            decode(tagged[:-missing])
        with pytest.raises(CorruptMediaError, match="cut off"):
            inspect(tagged[:-missing])


def test_tag_text_that_looks_like_a_header_frame_is_ignored(folder: str) -> None:
    data = made(short(), folder)
    text = b"Info\0\0\0\x0f\x7f\xff\xff\xff\x7f\xff\xff\xff"
    tagged = b"ID3\x04\0\0" + bytes([0, 0, 0, len(text)]) + text + data

    assert np.array_equal(decode(tagged), decode(data))
    assert inspect(tagged).details == inspect(data).details


@pytest.mark.parametrize("layer", [3, 2])
def test_mp3_is_detected_at_any_offset_of_its_frames(layer: int, folder: str) -> None:
    data = made(short(seconds=1), folder) if layer == 3 else mp3_corpus.layer_2()
    first = next(at for at, _ in mpeg_audio._frames(data))
    frames = data[first:]
    junk = np.random.default_rng(5).bytes(900)
    for front in (APE, APE + ID3, bytes(3), bytes(5000), bytes(60_000), junk, junk[:37]):
        assert mime.detect(front + frames) == "audio/mpeg", front[:8]
        assert len(decode(front + frames)) == len(decode(frames))
    # By chance, a cut frame begins as another format does whose signature has two bytes.
    types = [mime.detect(frames[start:]) for start in range(1, 1500)]
    assert types.count("audio/mpeg") > 1495


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<i4", ">i4", "i1"])
def test_quiet_samples_are_not_taken_for_frames(dtype: str) -> None:
    random = np.random.default_rng(7)
    for spread in (3, 300):
        waves = [
            (random.normal(0, spread, 10_000) + 30 * np.sin(np.arange(10_000) / 30)).astype(dtype)
            for _ in range(200)
        ]
        types = [mime.detect(wave.tobytes()) for wave in waves]
        assert types.count("audio/mpeg") <= 1
        packed = [wave.astype(">i4").view("u1").reshape(-1, 4)[:, 1:].tobytes() for wave in waves]
        assert [mime.detect(wave) for wave in packed].count("audio/mpeg") <= 1


def test_frames_of_free_format_are_detected() -> None:
    frame = b"\xff\xfb\x00\x00" + bytes(range(1, 200)) + bytes(97)
    padded = b"\xff\xfb\x02\x00" + frame[4:] + b"\0"
    assert mime.detect(frame * 30) == "audio/mpeg"
    assert mime.detect((frame + padded) * 15) == "audio/mpeg"


def test_random_bytes_are_not_taken_for_frames() -> None:
    random = np.random.default_rng(6)
    header = b"\xff\xfb\x90\x00"
    for _ in range(300):
        noise = random.bytes(8000)
        assert mime.detect(noise) != "audio/mpeg"
        assert mime.detect(noise[:500] + header + noise[500:]) != "audio/mpeg"
    assert mime.detect(bytes(70_000)) != "audio/mpeg"
    assert mime.detect(b"\xff" * 70_000) != "audio/mpeg"
