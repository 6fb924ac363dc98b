"""Laws that every codec keeps, and the choice among codecs."""

from __future__ import annotations

import inspect as signatures
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from PIL import Image

import encoders
from encoders.codecs import CODECS
from encoders.data_url import DataURL
from encoders.errors import DataURLError, EncodersError, MediaTypeError
from encoders.mime.detection import by_signature
from tests.paths import FIXTURES

SAMPLE = {
    "image": FIXTURES / "image" / "small.png",
    "audio": FIXTURES / "audio" / "tone.mp3",
    "video": FIXTURES / "video" / "clip.mp4",
    "file": FIXTURES / "file" / "report.pdf",
}


@pytest.mark.parametrize("codec", CODECS)
def test_every_kind_of_source_gives_the_same_string(codec: str, way: Callable[[Path], Any]) -> None:
    url = CODECS[codec].encode(SAMPLE[codec])

    assert CODECS[codec].encode(way(SAMPLE[codec])) == url
    assert CODECS[codec].encode(url) is url
    assert CODECS[codec].encode(encoders.data_url.parse(url)) == url
    assert encoders.encode(way(SAMPLE[codec])) == url


@pytest.mark.parametrize("codec", CODECS)
def test_options_mean_the_same_everywhere(codec: str) -> None:
    encode = signatures.signature(CODECS[codec].encode).parameters
    decode = signatures.signature(CODECS[codec].decode).parameters

    assert {"format", "name", "limits"} <= set(encode)
    assert {"strict", "limits"} <= set(decode)
    assert all(p.kind is p.KEYWORD_ONLY for p in list(encode.values())[1:])


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("url", ["", "hello", "data:;base64,*", "data:image/png;base64,iVBOR*"])
def test_bad_data_url_is_a_data_url_error(codec: str, url: str) -> None:
    with pytest.raises(DataURLError):
        CODECS[codec].decode(url)


@pytest.mark.parametrize("codec", ["image", "audio", "video"])
@pytest.mark.parametrize("data", [b"", b"hello", b"\0" * 100, b"\xff" * 100])
def test_other_content_is_an_encoders_error(codec: str, data: bytes) -> None:
    with pytest.raises(EncodersError):
        CODECS[codec].decode(DataURL(f"{codec}/x", data))


@pytest.mark.parametrize(
    ("codec", "name", "options"),
    [
        ("image", "truncated.png", {"format": "jpeg"}),
        ("image", "truncated.wav", {}),
        ("audio", "truncated.wav", {"format": "flac"}),
        ("audio", "truncated.png", {}),
        ("video", "truncated.mp4", {"format": "webm"}),
        ("video", "truncated.png", {}),
    ],
)
def test_errors_name_their_source(codec: str, name: str, options: dict[str, Any]) -> None:
    path = FIXTURES / "hostile" / name
    data = path.read_bytes()
    with path.open("rb") as file:
        for source, label in ((path, str(path)), (file, str(path)), (data, None)):
            with pytest.raises(EncodersError) as caught:
                CODECS[codec].encode(source, **options)
            assert caught.value.source == label
            assert str(caught.value).startswith(f"{label}: " if label else caught.value.message)
    with pytest.raises(EncodersError, match=r"^'given\.bin': ") as caught:
        CODECS[codec].encode(data, name="given.bin", **options)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("codec", CODECS)
def test_a_missing_file_is_a_file_not_found_error(codec: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        CODECS[codec].encode(tmp_path / "missing")


@pytest.mark.parametrize("codec", CODECS)
def test_an_object_that_is_no_source_is_a_type_error(codec: str) -> None:
    with pytest.raises(TypeError):
        CODECS[codec].encode(42)


def test_codec_is_chosen_by_type_and_content() -> None:
    frames = np.zeros((2, 16, 16, 3), np.uint8)

    assert encoders.encode(Image.new("L", (1, 1))).startswith("data:image/png")
    assert encoders.encode(np.zeros((2, 2), np.uint8)).startswith("data:image/png")
    assert encoders.encode((8000, np.zeros(2, np.int16))).startswith("data:audio/wav")
    assert encoders.encode(frames, fps=5).startswith("data:video/mp4")
    for codec, kind in (("image", Image.Image), ("audio", tuple), ("video", encoders.video.Video)):
        assert isinstance(encoders.decode(encoders.encode(SAMPLE[codec])), kind)
    assert encoders.decode(encoders.encode(SAMPLE["file"])) == SAMPLE["file"].read_bytes()
    assert encoders.decode(encoders.encode(FIXTURES / "image" / "bare.svg")).startswith(b"<svg")


@pytest.mark.parametrize(
    ("pair", "fault"),
    [
        (("44100", np.zeros(3)), "whole number of Hz, found '44100'"),
        ((np.zeros(3), 8000), "whole number of Hz"),
        ((8000, np.zeros(3), "a"), "a tuple of 3"),
    ],
    ids=["rate as text", "swapped", "too long"],
)
def test_a_tuple_is_a_sound_and_its_fault_is_named(pair: Any, fault: str) -> None:
    with pytest.raises(TypeError, match=fault):
        encoders.encode(pair)


def test_decode_opens_no_path() -> None:
    with pytest.raises(DataURLError):
        encoders.decode(str(SAMPLE["image"]))


def test_frames_without_fps_are_a_media_type_error() -> None:
    with pytest.raises(MediaTypeError, match="no picture"):
        encoders.encode(np.zeros((2, 16, 16, 3), np.uint8))


def test_error_for_a_missing_extra_names_the_install_command() -> None:
    code = (
        "import sys; sys.modules['av'] = None; import encoders; "
        f"encoders.video.decode(encoders.encode({str(SAMPLE['video'])!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingDependencyError" in done.stderr
    assert "pip install 'predict-encoders[video]'" in done.stderr


_DECODE = """
import re, sys
from pathlib import Path
from types import FrameType
import encoders, numpy, PIL.Image, soundfile, av
from encoders.codecs import CODECS
from encoders.data_url import DataURL
high = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
url = str(DataURL("a/b", Path(sys.argv[2]).read_bytes()))
before = high()
try:
    CODECS[sys.argv[1]].decode(url)
except encoders.EncodersError:
    print((high() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("image", "bomb.png"),
        ("image", "bomb.gif"),
        ("image", "bomb-frames.gif"),
        ("image", "claims-100mb.png"),
        ("image", "claims-100mb.bmp"),
        ("audio", "bomb.flac"),
        ("audio", "claims-100mb.wav"),
        ("audio", "claims-100mb.flac"),
        ("video", "truncated.mp4"),
    ],
)
def test_bomb_costs_under_200_mib_and_leaves_nothing(codec: str, name: str, tmp_path: Path) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _DECODE, codec, str(FIXTURES / "hostile" / name)],
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    assert int(done.stdout) < 200
    assert time.monotonic() - began < 10
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("codec", CODECS)
def test_decode_detects_the_media_type_once(codec: str) -> None:
    url = encoders.encode(SAMPLE[codec])
    detections = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal detections
        detections += event == "call" and frame.f_code is by_signature.__code__

    sys.setprofile(count)
    try:
        encoders.decode(url, strict=True)
    finally:
        sys.setprofile(None)
    assert detections == 1
