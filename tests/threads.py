"""Calls made by many threads at once, and the inputs for them."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import encoders
from encoders import DataURL, data_url, file, image, video
from encoders.errors import EncodersError
from encoders.predict import Response
from encoders.video import Video
from tests.paths import FIXTURES
from tests.pillow import HAS_AVIF, known

THREADS, ROUNDS = 16, 4
PATIENCE = 60.0  # seconds that a thread waits for the others

PICTURES = tuple(
    f"image/{name}"
    for name in (
        *("small.png", "small.jpg", "small.gif", "small.webp", "small.bmp"),
        *(("small.avif",) if HAS_AVIF else ()),
        *("small.tiff", "small.jp2", "icon.ico", "exif6.jpg", "gray16.png", "cmyk.jpg"),
        *("palette-alpha.png", "animated.gif", "animated.webp", "pages.tiff"),
    )
)
SOUNDS = tuple(
    f"audio/{name}"
    for name in (
        *("tone.aac", "tone.aiff", "tone.flac", "tone.m4a", "tone.mka", "tone.mp3", "tone.ogg"),
        *("tone.opus", "browser.webm", "browser.mp4", "pcm8.wav", "pcm24.wav", "float.wav"),
    )
)
CLIPS = tuple(
    f"video/{name}"
    for name in ("clip.mp4", "clip.webm", "clip.mkv", "clip.ogv", "rotated.mp4", "odd.mp4")
)
FILES = (
    "file/report.pdf",
    "file/archive.zip",
    "file/table.csv",
    "file/data.json",
    "file/book.epub",
)
ALL = (*PICTURES, *SOUNDS, *CLIPS, *FILES)
FORMATS: list[Any] = known(*image.FORMATS)
ERAS = ("2", "3", "4", "5", "6")

# Starts of binaries that only libmagic detects.
FOREIGN = (
    b"BLENDER-v279" + bytes(60),
    b"gimp xcf file\0" + bytes(60),
    b"QFI\xfb\0\0\0\2" + bytes(80),
    b"\xce\x9a\x57\x13" + bytes(80),
    b"SIT!\0\1" + bytes(60),
    b"\x1bLuaS\0\x19\x93\r\n\x1a\n" + bytes(60),
)

Case = Callable[[int], Any]


def pick(number: int, names: tuple[str, ...]) -> Path:
    return FIXTURES / names[number % len(names)]


def url(number: int, names: tuple[str, ...]) -> str:
    return file.encode(pick(number, names))


def pixels(number: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(number).integers(0, 256, (16 + number, 24, 3), np.uint8)


def picture(number: int) -> Image.Image:
    return Image.fromarray(pixels(number))


def sound(number: int) -> tuple[int, npt.NDArray[np.int16]]:
    samples = np.random.default_rng(number).integers(-9999, 9999, (2400 + number, 2), np.int16)
    return 8000, samples


def frames(number: int) -> npt.NDArray[np.uint8]:
    """Return a few frames of one shade."""
    return np.full((2 + number % 3, 16 + 2 * number, 32, 3), 16 * number, np.uint8)


def shown(text: str) -> Any:
    """Return what a video of one shade looks like; its bytes may differ from run to run."""
    found = video.decode(text)
    shades = [round(float(frame.mean()) / 16) for frame in found.frames()]
    return shades, found.width, found.height, found.fps, found.has_audio


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(EncodersError) as caught:
        call()
    return str(caught.value)


@cache
def clip() -> Video:
    return video.decode(url(0, CLIPS))


@cache
def parsed(number: int) -> DataURL:
    return data_url.parse(url(number, PICTURES))


@cache
def answer() -> Response:
    """Return an answer that all threads share."""
    return encoders.response(answer_text(), COMPONENTS)


COMPONENTS = ("image", "audio", "label", "file", "dataframe", "plot")


@cache
def answer_text() -> str:
    values = [
        url(0, PICTURES),
        url(6, SOUNDS),
        {"label": "cat", "confidences": [{"label": "cat", "confidence": 0.5}]},
        {"name": "report.pdf", "data": url(0, FILES)},
        {"headers": ["a", "b"], "data": [[1, 2], [3, 4]]},
        {"type": "plotly", "plot": '{"data": [1]}'},
    ]
    return json.dumps({"data": values, "durations": [0.5]})


def saved(number: int) -> dict[str, bytes]:
    """Return the files that a response saves, by name."""
    with tempfile.TemporaryDirectory() as folder:
        return {path.name: path.read_bytes() for path in answer().save(folder)}


def on_disk(write: Callable[[Path], object]) -> dict[str, bytes]:
    """Return the files that a call writes to a new folder, by name."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def plain(value: Any) -> Any:
    """Return a result in a form that can be compared."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, Image.Image):
        return value.format, value.mode, value.size, value.tobytes()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "to_dict"):  # a pandas DataFrame
        return value.to_dict("list")
    if not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        return [plain(item) for item in value]
    return value


def in_threads(call: Case, rounds: int = ROUNDS) -> list[list[Any]]:
    """Return the results of a call in each thread, by round; they start each round together."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> list[Any]:
        found: list[Any] = []
        for _ in range(rounds):
            barrier.wait(PATIENCE)
            try:
                found.append(plain(call(number)))
            except Exception as error:  # raised here, the others would wait for this thread
                found.append(error)
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def check(call: Case, rounds: int = ROUNDS) -> None:
    """Compare the results of many threads with those of one, with a short message on failure."""
    alone = [plain(call(number)) for number in range(THREADS)]

    found = in_threads(call, rounds)

    wrong = [
        (number, result if isinstance(result, Exception) else "another result")
        for number, results in enumerate(found)
        for result in results
        if isinstance(result, Exception) or result != alone[number]
    ]
    assert wrong == []
