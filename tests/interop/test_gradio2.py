"""A real Gradio 2.9.4 server receives what the codecs encode, and they decode its answer."""

from __future__ import annotations

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

from .reports import array_report, bytes_report
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


def test_png_is_returned_with_the_same_pixels(answer: dict[str, Any]) -> None:
    assert np.array_equal(np.asarray(encoders.image.decode(answer["data"][0])), pixels())


def test_rgb_array_is_returned_with_the_same_pixels(server: Server) -> None:
    array = np.random.default_rng(0).integers(0, 256, (31, 17, 3), np.uint8)

    image, *_ = predict(server, encoders.image.encode(array))["data"]

    assert np.array_equal(np.asarray(encoders.image.decode(image)), array)


def test_wav_is_returned_with_the_same_samples(answer: dict[str, Any]) -> None:
    sample_rate, samples = encoders.audio.decode(answer["data"][1], dtype="int16")

    expected, expected_rate = soundfile.read(WAV, dtype="int16")
    assert sample_rate == expected_rate
    assert samples.dtype == np.int16
    assert np.array_equal(samples, expected)


def test_mp4_is_returned_with_the_same_bytes(answer: dict[str, Any]) -> None:
    video = encoders.video.decode(answer["data"][2]["data"])

    assert video.media_type == "video/mp4"
    assert video.data == MP4.read_bytes()


def test_pdf_is_returned_with_the_same_bytes(answer: dict[str, Any]) -> None:
    assert encoders.file.decode(answer["data"][3]["data"]) == PDF.read_bytes()


def test_server_receives_the_pixels_of_the_png(answer: dict[str, Any]) -> None:
    assert report(answer)["image"] == array_report(pixels())


def test_server_receives_the_samples_of_the_wav(answer: dict[str, Any]) -> None:
    samples, sample_rate = soundfile.read(WAV, dtype="int16")

    assert report(answer)["audio"] == {"sample_rate": sample_rate, **array_report(samples)}


@pytest.mark.parametrize(("name", "path"), [("video", MP4), ("file", PDF)])
def test_server_receives_the_bytes_of_the_file(
    answer: dict[str, Any], name: str, path: Path
) -> None:
    assert report(answer)[name] == bytes_report(path.read_bytes())


def test_answer_has_the_duration_of_the_function(answer: dict[str, Any]) -> None:
    (duration,) = answer["durations"]
    (average,) = answer["avg_durations"]

    assert duration > 0
    assert average > 0


def test_media_type_parameter_makes_the_server_fail(server: Server) -> None:
    # This is why `encode` writes no parameters by default: 2.9.4 splits the data URL at the first
    # semicolon.
    plain = encoders.image.encode(PNG)
    with_parameter = plain.replace(";base64,", ";charset=x;base64,", 1)

    with pytest.raises(HTTPError) as caught:
        predict(server, with_parameter)

    with caught.value as response:
        assert response.status == 500
        assert json.load(response) == {"error": "list index out of range"}


def predict(server: Server, image: str) -> dict[str, Any]:
    """Call the server with a picture and the fixtures' sound, video and file."""
    inputs = [
        image,
        {"name": WAV.name, "data": encoders.audio.encode(WAV)},
        {"name": MP4.name, "data": encoders.video.encode(MP4)},
        [{"name": PDF.name, "data": encoders.file.encode(PDF)}],
    ]
    answer: dict[str, Any] = server.post("/api/predict/", {"data": inputs})
    return answer


def pixels() -> npt.NDArray[np.uint8]:
    """Return the pixels of the PNG as RGB, to which the server converts every picture."""
    with Image.open(PNG) as image:
        return np.asarray(image.convert("RGB"))


def report(answer: dict[str, Any]) -> Any:
    """Return the server's report on its inputs."""
    return answer["data"][4]
