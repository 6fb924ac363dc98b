"""Writing pictures as files, and those as data URLs."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Iterable
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from encoders.errors import MediaTypeError, Remedy
from encoders.image import png
from encoders.image.formats import Options, Writer, load_plugin
from encoders.image.orientation import TRANSPOSED, orientation, upright
from encoders.image.pixels import converted, fitted
from encoders.limits import Limits
from encoders.source import to_data_url

if TYPE_CHECKING:
    from PIL import Image

# Pictures in memory for each frame of an animation: Pillow's writers keep all frames, and what they
# make of them.
_FRAME_COPIES = 2.25
# The colour spaces of the ICC profiles for a mode. Those for RGB do no harm to grey, whose three
# channels are alike.
_RGB = dict.fromkeys(("P", "PA", "RGB", "RGBA"), (b"RGB ",))
_SPACES: dict[str, tuple[bytes, ...]] = {"CMYK": (b"CMYK",), "LAB": (b"Lab ",), **_RGB}
JPEG_MODES = ("L", "RGB")
_FINE_QUALITY = 95
# Orientations that count pixels from the far edge: the right one, the lower one.
_FROM_RIGHT, _FROM_BELOW = (2, 3, 7, 8), (3, 4, 6, 7)
# Pixels of a group of blocks under Pillow's subsamplings: 4:4:4, 4:2:2, 4:2:0.
_GRIDS = {0: (8, 8), 1: (16, 8), 2: (16, 16)}
_FULL = 0


def write(
    pages: Iterable[Image.Image],
    writer: Writer,
    options: Options,
    limits: Limits,
    original: Image.Image | None = None,
) -> str:
    """Return upright pictures, written as one file, as a data URL.

    Saving changes a picture, so that a copy of ``original``, a caller's, is saved.

    Raises:
        MediaTypeError: the format cannot hold them.
        LimitError: all of them take more than the ``max_held_pixels`` of ``limits``.
    """
    ready: list[Image.Image] = []
    held = 0.0
    for page in pages:
        whole = converted(page, options.mode, options.background) if options.mode else page
        ready.append(fitted(whole, writer, options))
        if writer.max_pages and len(ready) > writer.max_pages:
            raise MediaTypeError(
                f"too many pages for {writer.media_type}: expected at most {writer.max_pages:,}",
                remedy=(Remedy("do", value="write fewer, or an animation in another format"),),
            )
        held += _FRAME_COPIES * ready[-1].width * ready[-1].height
        limits.check("max_held_pixels", math.ceil(held), "pixels held of the frames so far")
    if writer.name == "png" and len(ready) == 1 and options.compress == "fast":
        extras = {"icc_profile", "transparency"} & ready[0].info.keys()
        if not extras and ready[0].mode in ("L", "LA", "RGB", "RGBA", "I;16"):
            import numpy as np

            return to_data_url(png.write(np.asarray(ready[0])), writer.media_type)
    settings = _settings(ready, writer, options)
    if len(ready) > 1:
        _check_same_size(ready, writer)
        settings |= {"save_all": True, "append_images": ready[1:]}
    if ready[0] is original:
        ready[0] = ready[0].copy()
    file = _saved(ready[0], writer, settings)
    if writer.name == "webp" and len(ready) > 1:
        _mark_alpha(file, ready)
    return to_data_url(file.getbuffer(), writer.media_type)


def _saved(picture: Image.Image, writer: Writer, settings: dict[str, Any]) -> io.BytesIO:
    load_plugin(writer.name.upper())
    file = io.BytesIO()
    try:
        picture.save(file, writer.name, **settings)
    except MemoryError:
        raise
    except Exception as error:
        raise MediaTypeError(
            f"a picture of {picture.width}×{picture.height} in mode {picture.mode} cannot be "
            f"written as {writer.name} ({error})",
            remedy=(Remedy("do", value="make it smaller or choose another format"),),
        ) from error
    return file


def _mark_alpha(webp: io.BytesIO, pages: list[Image.Image]) -> None:
    """Set the flag for alpha in an animation's VP8X chunk (RFC 9649, section 2.7.1).

    Readers go by it, and libwebp leaves it out where only the disposal of frames makes pixels
    transparent.
    """
    if any(page.has_transparency_data for page in pages):
        with webp.getbuffer() as data:
            if bytes(data[12:16]) == b"VP8X":
                data[20] |= 0x10


def _check_same_size(pages: list[Image.Image], writer: Writer) -> None:
    first = pages[0].size
    for index, page in enumerate(pages if writer.name != "tiff" else ()):
        if page.size != first:
            raise MediaTypeError(
                f"frame {index} is {page.width}×{page.height}, the first {first[0]}×{first[1]}: "
                f"{writer.media_type} needs one size",
                remedy=(Remedy("pass", "format", "'tiff'"),),
            )


def _settings(pages: list[Image.Image], writer: Writer, options: Options) -> dict[str, Any]:
    """Return what Pillow's ``save`` gets."""
    settings: dict[str, Any] = {"icc_profile": fitting_profile(pages[0])}
    if writer.quality is not None:
        settings["quality"] = options.quality or writer.quality
    if writer.name == "webp" and options.lossless:
        settings |= {"lossless": True, "exact": True}  # exact: colours under alpha 0 too
    if writer.name == "png":
        settings["optimize"] = options.compress == "small"
    if sum(page.width * page.height for page in pages) > writer.large:
        settings |= writer.large_settings
    if len(pages) > 1:
        durations = [page.info.get("duration", 100) for page in pages]
        loop = pages[0].info.get("loop", 0)
        if writer.name == "gif":
            durations = _in_hundredths(durations)
            loop = None if loop == 1 else loop  # a GIF that plays once has no loop extension
        settings |= {"duration": durations, "loop": loop, "disposal": 2}
    return settings


def _in_hundredths(durations: list[float]) -> list[int]:
    """Return milliseconds rounded to hundredths of a second, as GIF has them.

    The duration of the whole animation stays the same.
    """
    ends = [10 * round(end / 10) for end in accumulate(durations)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def fitting_profile(picture: Image.Image) -> bytes | None:
    """Return a picture's ICC profile if it is for its colour space (ICC.1:2022, section 7.2.6).

    A profile for another space, as CMYK's is for RGB, would change the colours.
    """
    profile: bytes = picture.info.get("icc_profile") or b""
    return profile if profile[16:20] in _SPACES.get(picture.mode, (b"RGB ", b"GRAY")) else None


def turned_jpeg(picture: Image.Image, mode: str) -> bytes:
    """Return the picture in a JPEG file as an upright JPEG file, in one of `JPEG_MODES`.

    Next to nothing is lost, and the file has no more bytes. Pillow cannot turn the coefficients
    themselves. Where the turn keeps the grid of blocks (ITU-T T.81 section A.2.4) in place, the
    source's own quantisation tables, turned along, bring back the same coefficients but for
    rounding. Elsewhere the tables are at least as fine as those of quality 95.
    """
    settings = _jpeg_settings(picture)
    turned = upright(picture).convert(mode)
    buffer = io.BytesIO()
    turned.save(buffer, "JPEG", optimize=True, icc_profile=fitting_profile(turned), **settings)
    return buffer.getvalue()


def _jpeg_settings(picture: Image.Image) -> dict[str, Any]:
    from PIL import JpegImagePlugin

    source: Any = picture  # a JpegImageFile
    sampling = JpegImagePlugin.get_sampling(source)
    if picture.mode not in JPEG_MODES or source.info.get("adobe_transform") == 0:
        return {"quality": _FINE_QUALITY, "subsampling": _FULL}
    turn = orientation(picture)
    tables = [source.quantization[component[3]] for component in source.layer]
    across, down = (8, 8) if len(tables) == 1 else _GRIDS.get(sampling, (16, 16))
    width, height = picture.size
    if (turn in _FROM_RIGHT and width % across) or (turn in _FROM_BELOW and height % down):
        fine = _fine_tables()
        tables = [
            [min(pair) for pair in zip(table, fine[min(index, 1)], strict=True)]
            for index, table in enumerate(tables)
        ]
    if turn in TRANSPOSED:
        tables = [[table[8 * x + y] for y in range(8) for x in range(8)] for table in tables]
        sampling = sampling if sampling != 1 else _FULL  # Pillow cannot write 4:4:0
    return {"qtables": tables, "subsampling": sampling if sampling in _GRIDS else _FULL}


@functools.cache
def _fine_tables() -> dict[int, list[int]]:
    """Return the tables of quality 95 for brightness (0) and colour (1)."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "JPEG", quality=_FINE_QUALITY)
    tables: dict[int, list[int]] = Image.open(buffer).quantization  # type: ignore[attr-defined]
    return tables
