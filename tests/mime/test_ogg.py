"""Ogg files with several streams, one after another or in parallel."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

import encoders
from encoders import audio, file
from encoders.errors import CorruptMediaError, LimitError, MediaTypeError
from encoders.limits import Limits
from encoders.mime.claims import check_whole
from encoders.mime.containers import ogg
from encoders.source import Memory
from tests.paths import FIXTURES

EDGE = FIXTURES / "edge"
Array = np.ndarray[Any, np.dtype[np.float64]]


def one(channels: int = 2, rate: int = 48_000, frames: int = 9600, codec: str = "OPUS") -> bytes:
    time = np.arange(frames) / rate
    pitches = [300 + 100 * channel for channel in range(channels)]
    samples = np.stack([np.sin(2 * np.pi * pitch * time) * 0.3 for pitch in pitches], axis=1)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="OGG", subtype=codec)
    return buffer.getvalue()


def alone(data: bytes) -> Array:
    samples: Array = soundfile.read(io.BytesIO(data), always_2d=True)[0]
    return samples


def decoded(data: bytes, **options: Any) -> Array:
    _, samples = audio.decode(file.encode(data), dtype="float64", **options)
    return samples if samples.ndim == 2 else samples[:, None]


@pytest.mark.parametrize("codecs", ["VV", "OO", "VO", "OVO"])
def test_a_chain_gives_every_link(codecs: str) -> None:
    names = {"V": "VORBIS", "O": "OPUS"}
    links = [one(frames=4800 + 960 * i, codec=names[key]) for i, key in enumerate(codecs)]

    found = decoded(b"".join(links))

    np.testing.assert_array_equal(found, np.concatenate([alone(link) for link in links]))


def test_a_chain_of_flac_gives_every_link() -> None:
    data = (EDGE / "chained.oga").read_bytes()
    first, second = ogg.links(Memory(data, None))

    parts = [decoded(data[link.start : link.end]) for link in (first, second)]

    assert [len(part) for part in parts] == [14_400, 14_400]
    np.testing.assert_array_equal(decoded(data), np.concatenate(parts))


@pytest.mark.parametrize(("start", "stop"), [(0, 0.1), (0.1, 0.3), (0.25, None), (0.2, 0.2)])
def test_start_and_stop_may_lie_in_different_links(start: float, stop: float | None) -> None:
    data = one() + one(frames=4800) + one()
    whole = decoded(data)

    found = decoded(data, start=start, stop=stop)

    end = None if stop is None else round(stop * 48_000)
    np.testing.assert_array_equal(found, whole[round(start * 48_000) : end])


def test_links_of_several_rates_and_channels_become_one_sound() -> None:
    found = decoded((EDGE / "chained.ogg").read_bytes())
    details = encoders.inspect(EDGE / "chained.ogg").details

    assert found.shape == (38_400, 2)
    assert details == {"sample_rate": 48_000, "channels": 2, "duration": pytest.approx(0.8)}
    middle = found[14_400 + 1000 : 14_400 + 8000]  # mono at 44.1 kHz
    np.testing.assert_array_equal(middle[:, 0], middle[:, 1])
    spectrum = np.abs(np.fft.rfft(middle[:, 0] * np.hanning(len(middle))))
    assert np.argmax(spectrum) * 48_000 / len(middle) == pytest.approx(300, abs=10)


@pytest.mark.parametrize("codec", ["OPUS", "VORBIS"])
def test_a_link_with_fewer_channels_keeps_its_speakers(codec: str) -> None:
    links = [one(1, codec=codec), one(2, codec=codec), one(6, codec=codec)]
    mono, stereo, surround = map(decoded, links)

    for order in ((0, 1, 2), (2, 1, 0)):
        found = decoded(b"".join(links[index] for index in order))
        assert found.shape == (3 * 9600, 6)
        parts = np.split(found, 3)
        alone = {index: parts[place] for place, index in enumerate(order)}
        np.testing.assert_array_equal(alone[0][:, 2], mono[:, 0])
        np.testing.assert_array_equal(alone[1][:, :2], stereo)
        np.testing.assert_array_equal(alone[2], surround)
        assert not alone[0][:, [0, 1, 3, 4, 5]].any() and not alone[1][:, 2:].any()


def test_links_that_do_not_fit_are_refused() -> None:
    with pytest.raises(MediaTypeError, match="from 4 channels to 3"):
        decoded(one(3, codec="VORBIS") + one(4, codec="VORBIS"))


def test_the_whole_chain_counts_for_limits() -> None:
    data = one() * 3
    decoded(data, limits=Limits(max_seconds=0.6))
    with pytest.raises(LimitError, match="max_seconds"):
        decoded(data, limits=Limits(max_seconds=0.59))


@pytest.mark.parametrize("missing", [1, 200])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_link_without_its_end_is_corrupt_media(at: int, missing: int) -> None:
    links = [one(codec="VORBIS"), one(), one(codec="VORBIS")]
    links[at] = links[at][:-missing]
    data = b"".join(links)

    with pytest.raises(CorruptMediaError, match=r"cut off|damaged"):
        audio.decode(file.encode(data))
    with pytest.raises(CorruptMediaError, match=r"cut off|damaged"):
        encoders.inspect(data)


def test_a_link_without_its_last_page_is_corrupt() -> None:
    link = one()
    last = link.rindex(b"OggS")
    with pytest.raises(CorruptMediaError, match="cut off"):
        audio.decode(file.encode(link[:last] + one()))


def test_bytes_after_the_last_page_are_ignored() -> None:
    np.testing.assert_array_equal(decoded(one() + b"\0" * 99), alone(one()))


@pytest.mark.parametrize("codecs", ["libvorbis libopus", "libopus libvorbis", "flac libvorbis"])
def test_of_parallel_streams_the_first_is_decoded(codecs: str, tmp_path: Path) -> None:
    first, second = codecs.split()
    path = tmp_path / "two.ogg"
    sines = [part for f in (440, 880) for part in ("-f", "lavfi", "-i", f"sine={f}:r=48000:d=0.5")]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *sines, "-map", "0", "-map", "1"]
        + ["-c:a:0", first, "-c:a:1", second, str(path)],
        check=True,
    )

    found = decoded(path.read_bytes())[:, 0]

    assert len(found) == 24_000
    spectrum = np.abs(np.fft.rfft(found * np.hanning(len(found))))
    assert np.argmax(spectrum) * 2 == pytest.approx(440, abs=4)
    with pytest.raises(CorruptMediaError):
        check_whole(Memory(path.read_bytes()[:-1], None), "audio/ogg")


@pytest.mark.parametrize(
    ("name", "format", "passes"),
    [
        ("chained.opus", "opus", True),
        ("chained.ogg", "ogg", False),
        ("chained.oga", "ogg", False),
        ("speex.spx", "ogg", False),
    ],
)
def test_only_the_requested_codec_is_accepted(
    name: str, format: audio.Format, passes: bool
) -> None:
    url = audio.encode(EDGE / name, format=format)
    assert (file.decode(url) == (EDGE / name).read_bytes()) == passes
