"""Pillow opens a picture file at most once, for its head and for its pixels."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile

import encoders
from encoders import image
from encoders.predict import Component
from tests.image.test_heads import late, turned
from tests.paths import FIXTURES
from tests.pillow import needs_avif

IMAGES = FIXTURES / "image"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets the name of each of Pillow's readers that opens a file."""
    names: list[str] = []
    open_file = ImageFile.ImageFile.__init__

    def counted(self: ImageFile.ImageFile, *arguments: Any) -> None:
        names.append(type(self).__name__)
        open_file(self, *arguments)

    monkeypatch.setattr(ImageFile.ImageFile, "__init__", counted)
    return names


def saved(mode: str, format: str, **options: Any) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 4)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(buffer, format, **options)
    return buffer.getvalue()


PICTURES: dict[str, Callable[[], bytes]] = {
    "PNG in RGB": lambda: saved("RGB", "PNG"),
    "PNG in RGBA": lambda: saved("RGBA", "PNG"),
    "PNG with a turn": lambda: saved("RGB", "PNG", exif=turned()),
    "PNG with a turn behind its pixels": lambda: late(saved("RGB", "PNG", exif=turned())),
    "JPEG": lambda: saved("RGB", "JPEG"),
    "JPEG with a turn": lambda: saved("RGB", "JPEG", exif=turned()),
    "WebP": lambda: saved("RGB", "WEBP"),
    "WebP in RGBA": lambda: saved("RGBA", "WEBP"),
    "WebP with a turn": lambda: saved("RGB", "WEBP", exif=turned()),
    "GIF": lambda: saved("P", "GIF"),
    "animated GIF": (IMAGES / "animated.gif").read_bytes,
    "TIFF": lambda: saved("RGB", "TIFF"),
    "TIFF with a turn": lambda: saved("RGB", "TIFF", exif=turned()),
    "BMP": lambda: saved("RGB", "BMP"),
    "AVIF": lambda: saved("RGB", "AVIF"),
    "HEIC": (FIXTURES / "edge" / "phone.heic").read_bytes,
    "JPEG 2000": lambda: saved("RGB", "JPEG2000"),
}
NAMES = [pytest.param(name, marks=needs_avif if name == "AVIF" else ()) for name in PICTURES]


@pytest.mark.parametrize("era", ["2", "3.0", "3.50", "4.0", "5"])
@pytest.mark.parametrize("name", NAMES)
def test_a_payload_opens_each_picture_once(name: str, era: str, opened: list[str]) -> None:
    if name == "HEIC":
        pytest.importorskip("pillow_heif")
    data = PICTURES[name]()
    opened.clear()

    for mode in ("RGB", "RGBA", "L"):
        component = Component("image", {"image_mode": mode})
        encoders.payload(data, components=[component], era=era, upload=lambda *_: "/up")
        assert len(opened) <= 1, (mode, opened)
        opened.clear()


@pytest.mark.parametrize("component", ["gallery", "imageeditor", "imageslider"])
def test_a_payload_of_several_pictures_opens_each_once(component: str, opened: list[str]) -> None:
    data = [PICTURES[name]() for name in ("PNG in RGBA", "JPEG with a turn")]
    opened.clear()
    value: Any = data
    if component == "imageeditor":
        value = {"background": data[0], "layers": [data[1]], "composite": None}

    encoders.payload(value, components=[component], era="5", upload=lambda *_: "/up")

    assert len(opened) <= 2


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"format": "png"},
        {"format": "webp"},
        {"max_size": 5000},
        {"max_size": 10},
        {"mode": "L"},
        {"format": "png", "mode": "RGBA", "max_size": (20, 30)},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", NAMES)
def test_encode_opens_a_picture_once(name: str, options: dict[str, Any], opened: list[str]) -> None:
    if name == "HEIC":
        pytest.importorskip("pillow_heif")
    data = PICTURES[name]()
    opened.clear()

    image.encode(data, **options)

    assert len(opened) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_decode_and_inspect_open_a_picture_once(name: str, opened: list[str]) -> None:
    if name == "HEIC":
        pytest.importorskip("pillow_heif")
    url = encoders.file.encode(PICTURES[name]())
    for use in (encoders.decode, image.decode_array, encoders.inspect):
        opened.clear()
        use(url)
        assert len(opened) <= 1, use
