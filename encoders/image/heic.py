"""HEIC pictures, as phones take them, with pillow-heif.

Its reader is used without registering it with Pillow, so that importing this package, or decoding
here, changes nothing for others who open pictures in the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, cast

from encoders.errors import MediaTypeError, MissingDependencyError

if TYPE_CHECKING:
    from PIL import Image

PLUGIN = "HEIF"  # the format's name in Pillow
QUALITY = 95  # of the JPEG that takes its place


def open_picture(file: BinaryIO) -> Image.Image:
    """Return the picture in a HEIC file, its pixels not loaded yet.

    libheif turns it as the file's ``irot`` and ``imir`` say and marks its EXIF as upright, so that
    nothing turns it twice. Of several pictures the primary one is in front. More than 8 bits a
    channel become 8, save in grey. A frame that is larger than the ``ispe`` box says is refused by
    libheif when it is loaded.

    Raises:
        MissingDependencyError: pillow-heif is not installed.
        MediaTypeError: it is a sequence, with no still picture in it.
    """
    try:
        import pillow_heif
    except ImportError:
        raise MissingDependencyError("HEIC", "heic") from None
    reader: Any = pillow_heif.HeifImageFile
    try:
        return cast("Image.Image", reader(file, ""))
    except SyntaxError as error:
        file.seek(0)
        if b"meta" not in file.read():
            raise MediaTypeError(
                "this HEIC holds a sequence alone: expected one with a still picture"
            ) from error
        raise
