"""Animations keep their frames."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from encoders import image
from tests.image.pictures import IMAGES, opened


@pytest.mark.parametrize("name", ["animated.gif", "animated.png", "animated.webp"])
def test_animation_keeps_its_frames(name: str) -> None:
    expected = [
        np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(opened(IMAGES / name))
    ]

    picture = image.decode(image.encode(IMAGES / name))
    frames = list(image.decode_frames(image.encode(IMAGES / name)))

    assert getattr(picture, "n_frames", 1) == len(expected) > 1
    assert all(
        np.array_equal(np.asarray(f.convert("RGBA")), e)
        for f, e in zip(frames, expected, strict=True)
    )
    assert [frame.info["duration"] for frame in frames] == [100, 200, 50, 300, 150]


ANIMATED = ("gif", "png", "webp")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("before", ANIMATED)
@pytest.mark.parametrize("after", ANIMATED)
def test_animation_keeps_its_frames_in_another_format(before: str, after: Any, mode: str) -> None:
    levels, durations = [0, 80, 160, 255], [40, 50, 60, 70]
    frames = [Image.new("L", (8, 8), level).convert(mode) for level in levels]
    buffer = io.BytesIO()
    settings = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 3}
    frames[0].save(buffer, before, **settings, lossless=True)

    url = image.encode(buffer.getvalue(), format=after)

    assert image.decode(url).info["loop"] == 3
    found = list(image.decode_frames(url))
    assert [frame.info["duration"] for frame in found] == durations
    greys = [np.asarray(frame.convert("L")).mean() for frame in found]
    expected = [np.asarray(frame.convert("L")).mean() for frame in frames]
    assert np.allclose(greys, expected, atol=3)
