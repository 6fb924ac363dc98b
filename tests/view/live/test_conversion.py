"""Conversions of the converter: what is offered is what the codecs do."""

from __future__ import annotations

from pathlib import Path

import pytest

import encoders
from encoders import audio, file, image, mime, video
from encoders.errors import CorruptMediaError, EncodersError, LimitError
from encoders.limits import Limits
from encoders.view.live.converter.conversion import Choice, convert, convertible, data_url_size
from tests.paths import FIXTURES
from tests.pillow import HAS_AVIF

PHOTO = FIXTURES / "image" / "photo.jpg"


@pytest.mark.parametrize(
    ("name", "formats", "own"),
    [
        ("image/photo.jpg", image.FORMATS, "jpeg"),
        ("image/icon.ico", image.FORMATS, None),
        ("audio/tone.mp3", audio.FORMATS, "mp3"),
        ("audio/tone.ogg", audio.FORMATS, None),  # Vorbis and Opus have one media type
        ("audio/browser.webm", audio.FORMATS, None),
        ("video/clip.mp4", (*video.FORMATS, *audio.FORMATS), "mp4"),
        ("image/drawing.svg", (), None),
        ("file/report.pdf", (), None),
        ("hostile/empty.bin", (), None),
    ],
)
def test_the_formats_are_those_of_the_codec(
    name: str, formats: tuple[str, ...], own: str | None
) -> None:
    found = convertible(FIXTURES / name)
    assert tuple(choice.format for choice in found.choices) == formats
    assert found.own == own


def made_here(path: Path) -> list[Choice]:
    """Return what the file can become with the Pillow that is installed."""
    choices = convertible(path).choices
    return [choice for choice in choices if choice.format != "avif" or HAS_AVIF]


@pytest.mark.parametrize("name", ["image/small.png", "audio/stereo.wav", "video/clip.mp4"])
def test_each_choice_can_be_made(name: str) -> None:
    path = FIXTURES / name
    for choice in made_here(path):
        quality = 50 if choice.has_quality else None
        url = convert(path, format=choice.format, quality=quality)
        assert url.media_type == choice.media_type == mime.detect(url)


def test_a_format_without_quality_takes_none() -> None:
    path = FIXTURES / "audio" / "tone.flac"
    for choice in convertible(path).choices:
        if not choice.has_quality:
            with pytest.raises(ValueError, match="quality=50"):
                convert(path, format=choice.format, quality=50)


def test_the_usual_quality_is_that_of_the_codec() -> None:
    for choice in made_here(PHOTO):
        if choice.quality:
            given = convert(PHOTO, format=choice.format, quality=choice.quality, max_size=64)
            assert given == convert(PHOTO, format=choice.format, max_size=64)


def test_size_and_quality_change_a_picture() -> None:
    small = convert(PHOTO, max_size=100)
    assert max(encoders.inspect(small).details[side] for side in ("width", "height")) == 100
    assert convert(PHOTO, quality=10).size < convert(PHOTO, quality=80).size < PHOTO.stat().st_size


def test_without_options_a_file_stays_as_it_is() -> None:
    assert convert(PHOTO).data == PHOTO.read_bytes()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("image/photo.jpg", {"quality": 101}, "quality=101 is not from 1 to 100"),
        ("image/photo.jpg", {"max_size": 0}, "max_size=0 is less than one pixel"),
        ("image/photo.jpg", {"format": "mp3"}, "format='mp3' is not one of png"),
        ("audio/tone.mp3", {"max_size": 10}, "has no size in pixels"),
        ("video/clip.mp4", {"max_size": 10}, "has no size in pixels"),
        ("file/report.pdf", {"format": "png"}, "a file is sent as it is"),
        ("file/report.pdf", {"quality": 5}, "has no quality"),
    ],
)
def test_a_wrong_option_is_named(name: str, options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        convert(FIXTURES / name, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["truncated.jpg", "header-only.png", "bad-crc.png"])
def test_a_broken_picture_is_corrupt(name: str) -> None:
    with pytest.raises(CorruptMediaError):
        convert(FIXTURES / "hostile" / name, format="webp")


def test_limits_hold() -> None:
    with pytest.raises(LimitError):
        convert(PHOTO, format="webp", limits=Limits(max_pixels=100))
    with pytest.raises(LimitError):
        convert(FIXTURES / "hostile" / "bomb.png", format="webp")


def test_a_video_without_sound_has_no_sound_track() -> None:
    with pytest.raises(EncodersError, match="sound"):
        convert(FIXTURES / "video" / "silent.mp4", format="wav")


@pytest.mark.parametrize(
    "name", ["image/photo.jpg", "image/small.gif", "file/plain.txt", "hostile/empty.bin"]
)
def test_the_length_of_a_data_url_is_known_without_it(name: str) -> None:
    path = FIXTURES / name
    url = file.encode(path)
    assert data_url_size(mime.detect(path), path.stat().st_size) == len(url)
