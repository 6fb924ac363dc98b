"""The options of `encode` and `decode`, checked before any file is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from encoders.errors import clip_value
from encoders.image.formats import FORMATS, WRITERS, Writer, load_numpy_first

Colour = str | tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `encode`, by the same names."""

    quality: int | None = None
    lossless: bool = False
    max_size: int | tuple[int, int] | None = None
    mode: str | None = None
    background: Colour = "white"
    compress: Literal["fast", "small"] = "fast"

    def __post_init__(self) -> None:
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise ValueError(f"quality={self.quality} is not from 1 to 100")
        if self.max_size is not None and min(self.box) < 1:
            raise ValueError(f"max_size={self.max_size} is less than one pixel")
        if self.compress not in ("fast", "small"):
            raise ValueError(f"compress={clip_value(self.compress)} is neither 'fast' nor 'small'")
        check_mode(self.mode)
        check_colour(self.background)

    @property
    def box(self) -> tuple[int, int]:
        """The largest width and height, 0 without ``max_size``."""
        size = self.max_size
        return size if isinstance(size, tuple) else (size or 0, size or 0)

    def shrinks(self, size: tuple[int, int]) -> bool:
        """Tell whether a picture of ``size`` does not fit ``max_size``."""
        return self.max_size is not None and (size[0] > self.box[0] or size[1] > self.box[1])

    @property
    def rewrites(self) -> bool:
        """Whether they ask for another file whatever the size."""
        asked = self.quality is not None or self.lossless or self.compress == "small"
        return asked or self.mode is not None

    @property
    def changes_pixels(self) -> bool:
        """Whether they ask for other pixels, or another file of the same pixels."""
        return self.rewrites or self.max_size is not None

    def writer(self, format: str) -> Writer:
        """Return the writer of ``format``, if that can do what is asked."""
        writer = WRITERS.get(format)
        if writer is None:
            raise ValueError(f"format={clip_value(format)} is not one of {', '.join(FORMATS)}")
        if self.lossless and not (writer.lossless or writer.lossless_copies):
            raise ValueError(f"{format} cannot be lossless; png, webp, tiff and bmp can")
        return writer


def check_mode(mode: str | None) -> None:
    """Refuse a mode that Pillow does not have."""
    if mode is None:
        return
    from PIL import ImageMode

    try:
        ImageMode.getmode(mode)
    except KeyError:
        raise ValueError(
            f"mode={clip_value(mode)} is not one of Pillow's, such as RGB or L"
        ) from None


def check_colour(colour: Colour) -> None:
    """Refuse a colour that is neither one of Pillow's names nor three numbers from 0 to 255."""
    if colour == "white":  # the default, which needs no Pillow
        return
    try:
        numbers = rgb(colour)
        valid = len(numbers) == 3 and all(number in range(256) for number in numbers)
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise ValueError(
            f"background={clip_value(colour)} is neither a colour nor three numbers from 0 to 255"
        )


def rgb(colour: Colour) -> tuple[int, ...]:
    """Return the red, green and blue of a colour."""
    load_numpy_first()
    from PIL import ImageColor

    return ImageColor.getrgb(colour) if isinstance(colour, str) else colour
