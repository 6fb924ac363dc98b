"""Headers without a length, as programs leave them that write into a pipe, or that crashed."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import encoders
from encoders import audio, file
from encoders.errors import CorruptMediaError
from encoders.mime.containers import flac
from encoders.source import Memory
from tests.audio import sound_corpus
from tests.paths import FIXTURES

EDGE = FIXTURES / "edge"
SAMPLES = np.arange(-2000, 2000, 2, dtype=np.int16).reshape(-1, 2)
SUBTYPES = ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "MS_ADPCM"]
LIST = b"LIST\x0a\0\0\0INFOISFT\0\0"


def wav(subtype: str, format: str = "WAV", endian: str = "FILE") -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, SAMPLES, 8000, format=format, subtype=subtype, endian=endian)
    return buffer.getvalue()


def with_sizes(data: bytes, samples: int, whole: int | None) -> bytes:
    """Return a WAV file with other stated sizes, which ends with its samples."""
    at = data.index(b"data") + 8
    size = int.from_bytes(data[at - 4 : at], "little")
    out = bytearray(data[: at + size])
    out[at - 4 : at] = samples.to_bytes(4, "little")
    if whole is not None:
        out[4:8] = whole.to_bytes(4, "little")
    return bytes(out)


def frames(data: bytes) -> np.ndarray[Any, Any]:
    return audio.decode(file.encode(data), dtype="float64")[1]


@pytest.mark.parametrize("whole", [None, 0, 36, 0xFFFFFFFF])
@pytest.mark.parametrize("samples", [0, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize("subtype", SUBTYPES)
def test_wav_without_a_size_is_read_to_the_end(
    subtype: str, samples: int, whole: int | None
) -> None:
    data = wav(subtype)
    open_ended = with_sizes(data, samples, whole)

    np.testing.assert_array_equal(frames(open_ended), frames(data))
    found, wanted = encoders.inspect(open_ended).details, encoders.inspect(data).details
    assert found == pytest.approx(wanted)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_silence_without_a_stated_size_is_not_taken_for_chunks(subtype: str) -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, SAMPLES * 0, 8000, format="WAV", subtype=subtype)
    assert frames(with_sizes(buffer.getvalue(), 0, 0)).shape == SAMPLES.shape


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_wav_with_chunks_and_no_samples_is_empty(subtype: str) -> None:
    data = with_sizes(wav(subtype), 0, None)
    empty = data[: data.index(b"data") + 8]

    assert len(frames(empty + LIST)) == 0
    assert len(frames(empty + LIST + b"id3 \x03\0\0\0abc\0")) == 0
    assert len(frames(empty)) == 0


def test_big_endian_wav_without_a_size_is_read_to_the_end() -> None:
    data = wav("PCM_16", endian="BIG")
    at = data.index(b"data") + 4
    np.testing.assert_array_equal(frames(data[:at] + bytes(4) + data[at + 4 :]), frames(data))


@pytest.mark.parametrize("size", [0, 2**64 - 1])
@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_rf64_without_a_size_is_read_to_the_end(subtype: str, size: int) -> None:
    data = wav(subtype, "RF64")
    at = data.index(b"ds64") + 16
    open_ended = data[:at] + size.to_bytes(8, "little") + data[at + 8 :]

    np.testing.assert_array_equal(frames(open_ended), frames(data))


@pytest.mark.parametrize("size", [0, 2**63 - 1, 2**64 - 1])
def test_wave64_without_a_size_is_read_to_the_end(size: int) -> None:
    data = wav("PCM_16", "W64")
    at = data.index(b"data") + 16
    whole = b"\xff" * 8 if size else data[16:24]
    open_ended = data[:16] + whole + data[24:at] + size.to_bytes(8, "little") + data[at + 8 :]

    np.testing.assert_array_equal(frames(open_ended), frames(data))


def test_caf_without_a_size_is_read_to_the_end() -> None:
    path = EDGE / "piped.caf"
    np.testing.assert_array_equal(frames(path.read_bytes()), sound_corpus.decoded(path, 1)[:, 0])


@pytest.mark.parametrize("missing", [1, 100])
def test_caf_that_was_cut_off_is_corrupt(missing: int) -> None:
    data = wav("PCM_16", "CAF")
    frames(data)
    with pytest.raises(CorruptMediaError, match="cut off"):
        frames(data[:-missing])
    with pytest.raises(CorruptMediaError, match="cut off"):
        encoders.inspect(data[:-missing])


def piped() -> bytes:
    return (EDGE / "piped.flac").read_bytes()


def longer() -> bytes:
    """Return FLAC of more frames than a number of one byte counts."""
    noise = np.random.default_rng(0).integers(-99, 99, 4096 * 200 + 33, dtype=np.int16)
    data = bytearray(file.decode(audio.encode((48_000, noise), format="flac")))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    return bytes(data)


def test_flac_without_a_length_has_all_its_samples() -> None:
    found = frames(piped())

    np.testing.assert_array_equal(found, sound_corpus.decoded(EDGE / "piped.flac", 2))
    details = encoders.inspect(piped()).details
    assert details == {"sample_rate": 48_000, "channels": 2, "duration": 0.3}
    assert len(frames(longer())) == 4096 * 200 + 33
    assert encoders.inspect(longer()).details["duration"] == (4096 * 200 + 33) / 48_000


def test_flac_without_a_length_can_be_read_from_anywhere() -> None:
    whole = frames(piped())
    _, found = audio.decode(file.encode(piped()), dtype="float64", start=0.1, stop=0.2)
    np.testing.assert_array_equal(found, whole[4800:9600])


def test_tags_around_flac_do_no_harm() -> None:
    tagged = b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + piped() + b"TAG" + bytes(125)
    np.testing.assert_array_equal(frames(tagged), frames(piped()))


@pytest.mark.parametrize("make", [piped, longer])
@pytest.mark.parametrize("missing", [1, 2, 50, 3000])
def test_flac_without_a_length_that_was_cut_off_is_corrupt(
    make: Callable[[], bytes], missing: int
) -> None:
    cut = make()[:-missing]
    with pytest.raises(CorruptMediaError, match="cut off"):
        frames(cut)
    with pytest.raises(CorruptMediaError, match="cut off"):
        encoders.inspect(cut)


def test_a_stated_length_of_flac_is_left_alone() -> None:
    source = Memory((FIXTURES / "audio" / "tone.flac").read_bytes(), None)
    assert flac.with_length(source) is source


CRASHED = [
    (format, endian, subtype)
    for format in ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF")
    for endian in ("FILE", "LITTLE", "BIG")
    for subtype in ("PCM_16", "PCM_24", "FLOAT", "ULAW")
    if soundfile.check_format(format, subtype, endian)
]


@pytest.mark.parametrize(("format", "endian", "subtype"), CRASHED)
def test_recording_that_was_cut_by_a_crash_is_read(
    format: str, endian: str, subtype: str, tmp_path: Path
) -> None:
    path = tmp_path / "sound"
    with soundfile.SoundFile(path, "w", 8000, 2, subtype, endian, format) as recorder:
        recorder.write(SAMPLES)
        crashed = path.read_bytes()
    whole = path.read_bytes()
    (tmp_path / "crashed").write_bytes(crashed)

    np.testing.assert_array_equal(frames(crashed), frames(whole)[: len(SAMPLES)])
    found = encoders.inspect(tmp_path / "crashed").details
    assert found == pytest.approx(encoders.inspect(whole).details)


@pytest.mark.parametrize("format", ["AU", "AIFF", "CAF"])
def test_a_file_with_no_samples_is_empty(format: str) -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, SAMPLES[:0], 8000, format=format, subtype="PCM_16")
    assert len(frames(buffer.getvalue())) == 0


@pytest.mark.parametrize("size", [1 << 40, 1 << 62, (1 << 64) - 2])
def test_a_chunk_of_any_size_in_a_file_on_disk_is_cut_off(size: int, tmp_path: Path) -> None:
    data = wav("PCM_16", "CAF")
    data += bytes(-len(data) % 4096 + 65536)
    at = data.index(b"data") + 4
    (tmp_path / "a.caf").write_bytes(data[:at] + size.to_bytes(8, "big") + data[at + 8 :])

    with pytest.raises(CorruptMediaError, match="cut off"):
        encoders.inspect(tmp_path / "a.caf")
