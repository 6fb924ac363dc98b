"""60 s of stereo int16 → WAV data URL and back."""

from __future__ import annotations

import base64
import io
import struct
import wave
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.measure import (
    COLUMNS,
    OURS,
    TURNS,
    Call,
    Row,
    Sides,
    compared,
    in_turns,
    temporary_folder,
)

RATE = 44100  # Hz

_, _STANDARD, _COPY = COLUMNS


def rows(turns: int = TURNS, seconds: int = 60) -> Iterator[Row]:
    with temporary_folder() as folder:
        path = noise(folder / "noise.npy", seconds)
        yield compared(f"int16 array → WAV data URL, {seconds} s", in_turns(ENCODE, path, turns))
        yield compared(f"WAV data URL → int16 array, {seconds} s", in_turns(DECODE, path, turns))


def noise(path: Path, seconds: int) -> Path:
    """Write a sound's samples, of shape ``(frames, 2)``, and return the path."""
    np.save(path, np.random.default_rng(0).integers(-9999, 9999, (seconds * RATE, 2), np.int16))
    return path


def encode(path: Path) -> Callable[[], str]:
    from encoders import audio

    return partial(audio.encode, (RATE, _samples(path)))


def encode_standard(path: Path) -> Callable[[], str]:
    samples = _samples(path)

    def write(buffer: io.BytesIO) -> None:
        with wave.open(buffer, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.data)

    return partial(_to_url, write)


def encode_scipy(path: Path) -> Callable[[], str]:
    from scipy.io import wavfile

    samples = _samples(path)
    return partial(_to_url, lambda buffer: wavfile.write(buffer, RATE, samples))


def encode_soundfile(path: Path) -> Callable[[], str]:
    import soundfile

    samples = _samples(path)
    return partial(_to_url, lambda buffer: soundfile.write(buffer, samples, RATE, format="WAV"))


def _to_url(write: Callable[[io.BytesIO], object]) -> str:
    buffer = io.BytesIO()
    write(buffer)
    return "data:audio/wav;base64," + base64.b64encode(buffer.getbuffer()).decode()


def encode_pybase64(path: Path) -> Callable[[], str]:
    """Put a header before the samples by hand, and encode both at once."""
    from pybase64 import b64encode_as_string

    samples = _samples(path)
    size = samples.nbytes
    form = (b"fmt ", 16, 1, 2, RATE, 4 * RATE, 4, 16)
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", *form, b"data", size)
    return lambda: "data:audio/wav;base64," + b64encode_as_string(b"".join((header, samples.data)))


def copy(path: Path) -> Call:
    return partial(bytes, _samples(path).data)


def decode(path: Path) -> Callable[[], tuple[int, npt.NDArray[Any]]]:
    from encoders import audio

    return partial(audio.decode, audio.encode((RATE, _samples(path))))


def decode_standard(path: Path) -> Callable[[], tuple[int, npt.NDArray[Any]]]:
    url = encode(path)()

    def read() -> tuple[int, npt.NDArray[Any]]:
        data = base64.b64decode(url.partition(",")[2])
        with wave.open(io.BytesIO(data), "rb") as file:
            frames = file.readframes(file.getnframes())
            return file.getframerate(), np.frombuffer(frames, np.int16).reshape(-1, 2)

    return read


def decode_scipy(path: Path) -> Callable[[], tuple[int, npt.NDArray[Any]]]:
    from scipy.io import wavfile

    url = encode(path)()
    return lambda: wavfile.read(io.BytesIO(base64.b64decode(url.partition(",")[2])))


def decode_soundfile(path: Path) -> Callable[[], tuple[int, npt.NDArray[Any]]]:
    import soundfile

    url = encode(path)()

    def read() -> tuple[int, npt.NDArray[Any]]:
        data = base64.b64decode(url.partition(",")[2])
        samples, rate = soundfile.read(io.BytesIO(data), dtype="int16")
        return rate, samples

    return read


def _samples(path: Path) -> npt.NDArray[np.int16]:
    samples: npt.NDArray[np.int16] = np.load(path)
    return samples


ENCODE: Sides = {
    OURS: encode,
    _STANDARD: encode_standard,
    _COPY: copy,
    "header and pybase64": encode_pybase64,
    "scipy and base64": encode_scipy,
    "soundfile and base64": encode_soundfile,
}
DECODE: Sides = {
    OURS: decode,
    _STANDARD: decode_standard,
    _COPY: copy,
    "scipy and base64": decode_scipy,
    "soundfile and base64": decode_soundfile,
}
