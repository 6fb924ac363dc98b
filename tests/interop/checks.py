"""Checks of what a server received and of what it returned, for the cases of `test_matrix.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

import encoders
from encoders.predict import File, Plot, Table
from encoders.video import Video

from .reports import array_report, bytes_report, file_report, picture_report

Check = Callable[[Any], None]
LOSSY_DIFFERENCE = 6.0  # Gradio 4 to 6 write arrays as lossy WebP


def equals(expected: Any) -> Check:
    def check(found: Any) -> None:
        assert found == expected

    return check


def includes(**expected: Any) -> Check:
    """Check some keys of an object for equality."""

    def check(found: Any) -> None:
        assert {key: found.get(key) for key in expected} == expected

    return check


def each(*checks: Check) -> Check:
    def check(found: Any) -> None:
        assert len(found) == len(checks)
        for check_item, item in zip(checks, found, strict=True):
            check_item(item)

    return check


def each_equals(*expected: Any) -> Check:
    return each(*map(equals, expected))


def each_value(**checks: Check) -> Check:
    """Check the keys of an object, and each value."""

    def check(found: Any) -> None:
        assert set(found) == set(checks)
        for name, check_value in checks.items():
            check_value(found[name])

    return check


def value_of(key: str, check: Check) -> Check:
    return lambda found: check(found[key])


def is_not_none(found: Any) -> None:
    assert found is not None


def reports_array(array: npt.NDArray[Any]) -> Check:
    return equals(array_report(array))


def reports_picture(picture: Image.Image) -> Check:
    return equals(picture_report(picture))


def reports_file(path: Path) -> Check:
    """Check the report on a file, including its name."""
    return equals(file_report(path))


def reports_content(path: Path) -> Check:
    """Check the report on a file, but not its name."""
    return includes(**bytes_report(path.read_bytes()))


def reports_pixels(picture: Image.Image) -> Check:
    """Check the report on the array of a picture."""
    return reports_array(np.asarray(picture))


def reports_rgb(path: Path) -> Check:
    return reports_pixels(rgb(path))


def rgb(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def is_picture(expected: Image.Image, max_difference: float = 0.0) -> Check:
    """Check a decoded picture; pixels may differ by ``max_difference`` on average."""

    def check(found: Any) -> None:
        assert isinstance(found, Image.Image)
        pairs = zip(_visible_and_alpha(found), _visible_and_alpha(expected), strict=True)
        for actual, wanted in pairs:
            assert actual.shape == wanted.shape
            assert np.abs(actual.astype(int) - wanted.astype(int)).mean() <= max_difference

    return check


def is_like(expected: Image.Image) -> Check:
    return is_picture(expected, LOSSY_DIFFERENCE)


def _visible_and_alpha(picture: Image.Image) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the picture on white, to ignore colours of transparent pixels, and its alpha."""
    rgba = picture.convert("RGBA")
    return np.asarray(_on_white(rgba)), np.asarray(rgba)[..., 3]


def on_white(path: Path) -> Image.Image:
    """Return the picture on a white background."""
    with Image.open(path) as image:
        return _on_white(image.convert("RGBA")).convert("RGB")


def _on_white(rgba: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)


def upright(path: Path) -> Image.Image:
    url = encoders.image.encode(path, format="png", mode="RGB")
    return encoders.image.decode(url)


def is_any_picture(found: Any) -> None:
    assert isinstance(found, Image.Image)


def is_sound(rate: int, samples: npt.NDArray[Any]) -> Check:
    def check(found: Any) -> None:
        assert found[0] == rate
        assert found[1].dtype == np.int16
        assert np.array_equal(found[1], samples)

    return check


def is_video(path: Path) -> Check:
    def check(found: Any) -> None:
        assert isinstance(found, Video)
        assert found.data == path.read_bytes()

    return check


def is_file(path: Path) -> Check:
    def check(found: Any) -> None:
        assert isinstance(found, File)
        assert found.data == path.read_bytes()

    return check


def is_subtitles(found: Any) -> None:
    assert isinstance(found, File)
    assert found.media_type == "text/vtt"


def is_table(headers: list[str] | None, rows: list[list[Any]]) -> Check:
    def check(found: Any) -> None:
        assert isinstance(found, Table)
        assert headers is None or found.headers == headers
        assert found.rows == rows

    return check


def is_plot(type: str) -> Check:
    def check(found: Any) -> None:
        assert isinstance(found, Plot)
        assert found.type == type
        assert isinstance(found.figure, dict)

    return check
