"""The bounds that several formats share: on a picture's size, and on the parts of a file."""

from __future__ import annotations

from collections.abc import Iterator

from encoders.errors import CorruptMediaError
from encoders.limits import Limits

_MAX_PARTS = 200_000  # extents of items, units of AV1 or markers of JPEG 2000 read in one file


def check_size(size: tuple[int, ...], limits: Limits) -> None:
    """Check ``max_pixels`` for a width and a height."""
    limits.check("max_pixels", size[0] * size[1], "pixels in a picture")


class PartBudget:
    """How many parts of one file may still be read."""

    def __init__(self) -> None:
        self._left: Iterator[int] = iter(range(_MAX_PARTS))

    def spend(self) -> None:
        """Count one part.

        Raises:
            CorruptMediaError: there were too many.
        """
        if next(self._left, None) is None:
            raise CorruptMediaError(f"the picture has more than {_MAX_PARTS:,} parts")
