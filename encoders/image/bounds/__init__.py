"""Bounds on what decoding a picture may cost, checked before Pillow decodes it.

A file of some kilobytes can claim a picture that takes minutes or gigabytes. What its head and its
tables claim is compared with the limits, and with what the file can hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from encoders.image.bounds import av1, jpeg, jpeg_2000, raster, tiff
from encoders.image.bounds.size import check_size
from encoders.limits import Limits
from encoders.source import Source

__all__ = ["area", "check_claims", "check_decoding", "check_frames", "check_size"]

FRAMES_FACTOR = 4  # all frames of an animation may have this many times ``max_pixels``
# How many pictures of four bytes a pixel a reader of Pillow holds; the others hold one at most.
_COPIES = {"WEBP": 4.0, "JPEG2000": jpeg_2000.COPIES}
_ROW_OVERHEAD = 4  # pixels


def check_claims(source: Source, plugin: str, limits: Limits) -> None:
    """Refuse what a file's own tables claim beyond the limits, or beyond what it can hold.

    Args:
        source: the file.
        plugin: Pillow's name of the format.
        limits: the bounds.

    Raises:
        LimitError: it claims more than ``limits`` allow.
        CorruptMediaError: it claims more than it can hold.
    """
    for check in _CHECKS.get(plugin, ()):
        check(source, limits)


def check_decoding(source: Source, plugin: str, size: tuple[int, int], limits: Limits) -> None:
    """Check what decoding the pixels takes: the memory of the reader, and a JPEG's scans.

    Errors are those of `check_claims`.
    """
    held = math.ceil(_COPIES.get(plugin, 1) * area(size))
    limits.check("max_held_pixels", held, "pixels held while a picture is decoded")
    if plugin == "JPEG":
        jpeg.check_scans(source, limits)


def check_frames(pixels: int, limits: Limits) -> None:
    """Check the pixels of all frames that are decoded one after the other."""
    if limits.max_pixels is not None and pixels > FRAMES_FACTOR * limits.max_pixels:
        part = math.ceil(pixels / FRAMES_FACTOR)
        limits.check("max_pixels", part, "pixels, a fourth of those in all frames,")


def area(size: tuple[int, int]) -> int:
    """Return how many pixels a picture takes in memory: each row has a pointer, and is rounded."""
    return (size[0] + _ROW_OVERHEAD) * size[1]


_CHECKS: dict[str, tuple[Callable[[Source, Limits], None], ...]] = {
    "ICO": (raster.check_embedded, raster.check_icon),
    "ICNS": (raster.check_embedded, jpeg_2000.check_codestreams),
    "GIF": (raster.check_gif,),
    "TIFF": (tiff.check_pages,),
    "BMP": (raster.check_bitmap,),
    "DDS": (raster.check_surface,),
    "AVIF": (av1.check_frame_sizes,),
    "PPM": (raster.check_comments,),
    "JPEG2000": (jpeg_2000.check_codestreams,),
}
