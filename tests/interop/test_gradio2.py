"""What the codecs make is what a real Gradio 2.9.4 server sees, and its answer decodes to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from PIL import Image

import encoders
from tests.paths import FIXTURES

from .servers import Server, serve

pytestmark = pytest.mark.interop

PNG = FIXTURES / "image" / "small.png"
WAV = FIXTURES / "audio" / "stereo.wav"
MP4 = FIXTURES / "video" / "clip.mp4"
PDF = FIXTURES / "file" / "report.pdf"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("2") as server:
        yield server


@pytest.fixture(scope="module")
def answer(server: Server) -> dict[str, Any]:
    return predict(server, encoders.image.encode(PNG))


def test_png_comes_back_with_the_same_pixels(answer: dict[str, Any]) -> None:
    assert np.array_equal(np.asarray(encoders.image.decode(answer["data"][0])), pixels())


def test_rgb_array_comes_back_with_the_same_pixels(server: Server) -> None:
    array = np.random.default_rng(0).integers(0, 256, (31, 17, 3), np.uint8)

    image, *_ = predict(server, encoders.image.encode(array))["data"]

    assert np.array_equal(np.asarray(encoders.image.decode(image)), array)


def test_wav_comes_back_with_the_same_samples(answer: dict[str, Any]) -> None:
    sample_rate, samples = encoders.audio.decode(answer["data"][1], dtype="int16")

    expected, expected_rate = soundfile.read(WAV, dtype="int16")
    assert sample_rate == expected_rate
    assert samples.dtype == np.int16
    assert np.array_equal(samples, expected)


def test_mp4_comes_back_with_the_same_bytes(answer: dict[str, Any]) -> None:
    video = encoders.video.decode(answer["data"][2]["data"])

    assert video.media_type == "video/mp4"
    assert video.data == MP4.read_bytes()


def test_pdf_comes_back_with_the_same_bytes(answer: dict[str, Any]) -> None:
    assert encoders.file.decode(answer["data"][3]["data"]) == PDF.read_bytes()


def test_server_saw_the_pixels_of_the_png(answer: dict[str, Any]) -> None:
    assert report(answer)["image"] == array_report(pixels())


def test_server_saw_the_samples_of_the_wav(answer: dict[str, Any]) -> None:
    samples, sample_rate = soundfile.read(WAV, dtype="int16")

    assert report(answer)["audio"] == {"sample_rate": sample_rate, **array_report(samples)}


@pytest.mark.parametrize(("name", "path"), [("video", MP4), ("file", PDF)])
def test_server_saw_the_bytes_of_the_file(answer: dict[str, Any], name: str, path: Path) -> None:
    assert report(answer)[name] == file_report(path)


def test_answer_says_how_long_the_function_took(answer: dict[str, Any]) -> None:
    (duration,) = answer["durations"]
    (average,) = answer["avg_durations"]

    assert duration > 0
    assert average > 0


def test_media_type_parameter_makes_the_server_fail(server: Server) -> None:
    # Why `encode` writes none by default: 2.9.4 takes the first semicolon for the one before
    # `base64`, so an image that it reads without a parameter is an error 500 with one.
    plain = encoders.image.encode(PNG)
    with_parameter = plain.replace(";base64,", ";charset=x;base64,", 1)

    with pytest.raises(HTTPError) as caught:
        predict(server, with_parameter)

    with caught.value as response:
        assert response.status == 500
        assert json.load(response) == {"error": "list index out of range"}


def predict(server: Server, image: str) -> dict[str, Any]:
    """The answer to `image` beside the sound, the video and the file of the fixtures."""
    wire = [
        image,
        {"name": WAV.name, "data": encoders.audio.encode(WAV)},
        {"name": MP4.name, "data": encoders.video.encode(MP4)},
        [{"name": PDF.name, "data": encoders.file.encode(PDF)}],
    ]
    answer: dict[str, Any] = server.post("/api/predict/", {"data": wire})
    return answer


def pixels() -> npt.NDArray[np.uint8]:
    """What is in the PNG; the server makes every image RGB."""
    with Image.open(PNG) as image:
        return np.asarray(image.convert("RGB"))


def report(answer: dict[str, Any]) -> Any:
    """What the server says that it saw."""
    return answer["data"][4]


def array_report(array: npt.NDArray[Any]) -> dict[str, Any]:
    """The server's report on `array` if it sees the same values."""
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
    }


def file_report(path: Path) -> dict[str, Any]:
    """The server's report on the file at `path` if it sees the same bytes."""
    data = path.read_bytes()
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
