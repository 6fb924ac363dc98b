"""The picture formats: which of Pillow's plugins read them, how they are written, the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from encoders.errors import MissingDependencyError, clip_value
from encoders.mime.table import ROWS, essence

if TYPE_CHECKING:
    from PIL import Image

Format = Literal["png", "jpeg", "webp", "gif", "bmp", "tiff", "avif"]
Colour = str | tuple[int, int, int]
SVG = essence("svg")


@dataclass(frozen=True, slots=True)
class Writer:
    """How one format is written.

    Attributes:
        name: the format's name, in capitals Pillow's.
        modes: Pillow's modes that the format has.
        animated: whether it holds several frames or pages.
        lossless: whether it always keeps every pixel.
        quality: the default, if it has such a setting.
        copies: how many pictures of four bytes a pixel are in memory while one is written.
        alpha_copies: how many more for a picture with alpha.
        lossless_copies: how many in all while WebP is written without loss.
        large: from how many pixels in all frames on ``large_settings`` apply.
        large_settings: make it fast, at the cost of some bytes.
        max_pages: how many are written: for each page of a TIFF, Pillow goes through all before it.
    """

    name: Format
    modes: tuple[str, ...]
    animated: bool = False
    lossless: bool = False
    quality: int | None = None
    copies: float = 3.0
    alpha_copies: float = 2.0
    lossless_copies: float = 0.0
    large: int = 0
    large_settings: Mapping[str, int] = field(default_factory=dict)
    max_pages: int | None = None

    @property
    def media_type(self) -> str:
        return essence(self.name)

    def keeps_alpha_of(self, picture: Image.Image) -> bool:
        """Tell whether the format keeps a picture's transparency in the picture's own mode."""
        return not picture.has_transparency_data or self.name == "png"


WRITERS: dict[str, Writer] = {
    writer.name: writer
    for writer in (
        Writer("png", ("1", "P", "L", "LA", "RGB", "RGBA", "I;16"), True, True, copies=4.0),
        Writer("jpeg", ("L", "RGB", "CMYK"), quality=90, copies=1.2, alpha_copies=4.0),
        Writer(
            *("webp", ("RGB", "RGBA"), True),
            quality=90,
            copies=4.5,  # in memory 2.6, but noise takes a second for each 7 megapixels
            alpha_copies=1.6,
            lossless_copies=8.4,
            large=8_000_000,
            large_settings={"method": 2},
        ),
        Writer("gif", ("1", "P", "L", "RGB", "RGBA"), True),
        Writer("bmp", ("1", "P", "L", "RGB"), lossless=True),
        Writer(
            *("tiff", ("1", "P", "L", "LA", "RGB", "RGBA", "CMYK", "I;16", "I", "F"), True, True),
            max_pages=3000,
        ),
        Writer(
            *("avif", ("L", "RGB", "RGBA"), True),
            quality=85,
            copies=7.2,
            alpha_copies=0.8,
            large=4_000_000,
            large_settings={"speed": 9},
        ),
    )
}
FORMATS = tuple(WRITERS)
FORMAT_OF = {writer.media_type: name for name, writer in WRITERS.items()}

# Only the plugin of the detected type ever sees the bytes.
PLUGINS = {row.essence: row.pillow for row in ROWS if row.pillow}
MEDIA_TYPES = tuple(PLUGINS)


def load_plugin(plugin: str) -> None:
    """Load Pillow's plugin for a format, and wait for another thread that is loading it.

    A plugin is registered before it is complete, so that finding it registered is not enough.

    Raises:
        MissingDependencyError: Pillow is too old for AVIF.
    """
    load_numpy_first()
    from PIL import Image

    Image.preinit()
    if plugin not in ("BMP", "GIF", "JPEG", "PNG", "PPM"):
        Image.init()
    if plugin == "AVIF" and plugin not in Image.SAVE:
        raise MissingDependencyError("AVIF", newer="Pillow 11.3")


def load_numpy_first() -> None:
    """Load numpy before a Pillow that loads numpy.typing, which breaks numpy in another thread."""
    from PIL import __version__

    if int(__version__.partition(".")[0]) < 12:
        import numpy  # noqa: F401


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
        check_conversion(self.mode, self.background)

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

    def writer(self, format: str) -> Writer:
        """Return the writer of ``format``, if that can do what is asked."""
        writer = WRITERS.get(format)
        if writer is None:
            raise ValueError(f"format={clip_value(format)} is not one of {', '.join(FORMATS)}")
        if self.lossless and not (writer.lossless or writer.lossless_copies):
            raise ValueError(f"{format} cannot be lossless; png, webp, tiff and bmp can")
        return writer


def check_conversion(mode: str | None, background: Colour) -> None:
    """Refuse a mode that Pillow does not have, and a background that is no colour."""
    if mode is not None:
        from PIL import ImageMode

        try:
            ImageMode.getmode(mode)
        except KeyError:
            raise ValueError(
                f"mode={clip_value(mode)} is not one of Pillow's, such as RGB or L"
            ) from None
    if background == "white":  # the default, which needs no Pillow
        return
    try:
        numbers = rgb(background)
        valid = len(numbers) == 3 and all(number in range(256) for number in numbers)
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise ValueError(
            f"background={clip_value(background)} is neither a colour nor three numbers from 0 to "
            "255"
        )


def rgb(colour: Colour) -> tuple[int, ...]:
    """Return the red, green and blue of a colour."""
    load_numpy_first()
    from PIL import ImageColor

    return ImageColor.getrgb(colour) if isinstance(colour, str) else colour
