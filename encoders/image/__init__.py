"""Pictures to and from data URLs, with Pillow.

Pictures come out upright, as their EXIF orientation says.
"""

from __future__ import annotations

from encoders.image.decoding import decode, decode_array, decode_frames
from encoders.image.describing import Info, describe
from encoders.image.encoding import accepts, encode
from encoders.image.formats import FORMATS, MEDIA_TYPES, Format

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "Format",
    "Info",
    "accepts",
    "decode",
    "decode_array",
    "decode_frames",
    "describe",
    "encode",
]


def __dir__() -> list[str]:
    return __all__
