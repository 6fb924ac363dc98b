"""Conversions of a file: what it can become, and how it becomes that.

The formats, and which of them have a quality, are those of the codecs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from encoders import codecs, mime
from encoders.audio.encoding import WRITERS as SOUNDS
from encoders.data_url import DataURL, parse
from encoders.image.formats import WRITERS as PICTURES
from encoders.limits import DEFAULT, Limits
from encoders.mime.table import essence
from encoders.source import open_source
from encoders.video.writing import WRITERS as VIDEOS


@dataclass(frozen=True, slots=True)
class Choice:
    """A format that a file can be converted to.

    Attributes:
        format: its name, as the codecs' ``encode`` takes it.
        codec: the name of the codec that writes it.
        media_type: what the file becomes.
        has_quality: whether the codec takes a quality for it.
        quality: the one that it has without, if that is a number of the same scale.
    """

    format: str
    codec: str
    media_type: str
    has_quality: bool
    quality: int | None = None


_CHOICES = {
    "image": tuple(
        Choice(name, "image", writer.media_type, writer.quality is not None, writer.quality)
        for name, writer in PICTURES.items()
    ),
    "audio": tuple(
        Choice(name, "audio", writer.media_type, writer.is_lossy) for name, writer in SOUNDS.items()
    ),
    "video": tuple(Choice(name, "video", essence(name), True) for name in VIDEOS),
}
_TAKEN = {"image": ("image",), "audio": ("audio",), "video": ("video", "audio")}


@dataclass(frozen=True, slots=True)
class Convertible:
    """What a file can be converted to.

    Attributes:
        codec: the name of the file's codec.
        choices: the formats.
        own: the one of them that the file has already, if exactly one has its media type.
    """

    codec: str
    choices: tuple[Choice, ...]
    own: str | None


def convertible(path: Path) -> Convertible:
    """Return what a file can be converted to: nothing, if no codec writes files of its kind.

    >>> from pathlib import Path
    >>> convertible(Path("fixtures/image/photo.jpg")).own
    'jpeg'
    """
    with open_source(path) as source:
        media_type = mime.detect(source)
        codec = codecs.codec_of(source)
    choices = tuple(choice for name in _TAKEN.get(codec, ()) for choice in _CHOICES[name])
    own = [choice.format for choice in choices if choice.media_type == media_type]
    return Convertible(codec, choices, own[0] if len(own) == 1 else None)


def convert(
    path: Path,
    *,
    format: str | None = None,
    quality: int | None = None,
    max_size: int | None = None,
    limits: Limits = DEFAULT,
) -> DataURL:
    """Return the file in another format, quality or size.

    Args:
        path: of the file.
        format: as the codec's ``encode`` takes it, which the next two are for as well.
        quality: from 1 to 100; None for the format's own.
        max_size: of the longer side, in pixels; None for that of the file.
        limits: bounds on what is decoded on the way.

    Raises:
        EncodersError: it cannot be converted.
        ValueError: an option has no such value, or does not go with the format.
    """
    options = {"format": format, "quality": quality, "max_size": max_size}
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    try:
        url = codecs.encode(path, **given, limits=limits)
    except TypeError as error:  # the codec has no such option
        option = "quality" if max_size is None else "size in pixels"
        raise ValueError(f"a file of this kind has no {option}") from error
    return parse(url, max_bytes=None)


def data_url_size(media_type: str, size: int) -> int:
    """Return how many characters the data URL of a file has.

    >>> data_url_size("image/gif", 6), len("data:image/gif;base64,R0lGODdh")
    (30, 30)
    """
    return len(f"data:{media_type};base64,") + 4 * ((size + 2) // 3)
