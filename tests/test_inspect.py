"""What `inspect` returns for files and data URLs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import encoders
from encoders.data_url import DataURL
from encoders.errors import CorruptMediaError, LimitError
from encoders.limits import Limits
from tests.paths import FIXTURES

DETAILS: dict[str, dict[str, Any]] = {
    "image/animated.gif": {"width": 64, "height": 48, "mode": "P", "frames": 5},
    "image/exif6.jpg": {"width": 240, "height": 180, "mode": "RGB", "frames": 1},
    "audio/stereo.wav": {"sample_rate": 44100, "channels": 2, "duration": 0.5},
    "audio/browser.webm": {"sample_rate": 48000, "channels": 1, "duration": 0.5},
    "video/clip.mp4": {
        "width": 160,
        "height": 120,
        "duration": 1.0,
        "fps": 25.0,
        "frame_count": 25,
        "has_audio": True,
    },
    "file/report.pdf": {},
    "image/drawing.svg": {},
}


@pytest.mark.parametrize("name", DETAILS)
def test_details_by_media_type(name: str, way: Callable[[Path], Any]) -> None:
    path = FIXTURES / name
    found = encoders.inspect(way(path))

    assert found.details == pytest.approx(DETAILS[name], abs=0.03)
    assert found.media_type == encoders.mime.detect(path)
    assert (found.size, found.declared) == (path.stat().st_size, None)


def test_the_name_and_the_declared_type_are_returned() -> None:
    path = FIXTURES / "image" / "small.png"
    labelled = DataURL("audio/wav", path.read_bytes(), (("name", "a.wav"),))

    assert encoders.inspect(path).name == "small.png"
    assert encoders.inspect(path.read_bytes()).name is None
    found = encoders.inspect(labelled)
    assert (found.name, found.declared, found.media_type) == ("a.wav", "audio/wav", "image/png")


def test_unreadable_content_is_an_encoders_error() -> None:
    with pytest.raises(CorruptMediaError, match=r"header-only\.png"):
        encoders.inspect(FIXTURES / "hostile" / "header-only.png")
    with pytest.raises(LimitError, match=r"bomb\.gif"):
        encoders.inspect(FIXTURES / "hostile" / "bomb.gif")
    unbound = Limits(max_pixels=None)
    found = encoders.inspect(FIXTURES / "hostile" / "bomb.gif", limits=unbound)
    assert found.details["width"] == 60000
