"""What a picture's head tells, with no pixel decoded."""

from __future__ import annotations

from dataclasses import dataclass

from encoders.image import bounds, heads
from encoders.image.opening import PictureFile, frame_count
from encoders.image.orientation import upright_size
from encoders.limits import DEFAULT, Limits
from encoders.source import Source, SourceLike, open_source


@dataclass(frozen=True, slots=True)
class Info:
    """What a picture's head tells; width and height are upright, ``mode`` is Pillow's."""

    media_type: str
    width: int
    height: int
    mode: str
    frames: int


def describe(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Info:
    """Return what a picture's head tells, without decoding its pixels.

    Raises:
        MediaTypeError: ``source`` is no picture, or a vector drawing.
        CorruptMediaError: its head cannot be read.
        LimitError: it is larger than ``limits`` allow.
    """
    with open_source(source) as opened:
        return describe_file(PictureFile(opened, limits))


def describe_file(file: PictureFile) -> Info:
    """Return what `describe` returns, of a file that is open already."""
    file.check_is_picture()
    head = heads.read(file.source, file.media_type)
    if head:
        bounds.check_size((head.width, head.height), file.limits)
        file.limits.check("max_frames", head.frames, "frames in a picture")
        return Info(file.media_type, *head)
    picture = file.head()
    width, height = upright_size(picture)
    return Info(file.media_type, width, height, picture.mode, frame_count(picture))
