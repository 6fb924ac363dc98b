"""A JPEG photo written again as JPEG, upright, with next to nothing lost and no more bytes.

Pillow cannot turn the coefficients themselves. Where the turn keeps the grid of blocks (ITU-T T.81
section A.2.4) in place, the source's own quantisation tables, turned along, bring back the same
coefficients but for rounding. Elsewhere the tables are at least as fine as those of quality 95.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any

from encoders.image.opening import PictureFile
from encoders.image.orientation import TRANSPOSED, orientation, upright
from encoders.image.writing import fitting_profile

if TYPE_CHECKING:
    from PIL import Image

MODES = ("L", "RGB")
QUALITY = 95
# Orientations that count pixels from the far edge: the right one, the lower one.
_FROM_RIGHT, _FROM_BELOW = (2, 3, 7, 8), (3, 4, 6, 7)
_BLOCK = 8
_STEPS = {0: (1, 1), 1: (2, 1), 2: (2, 2)}  # Pillow's subsamplings: 4:4:4, 4:2:2, 4:2:0
_FULL = 0


def write(file: PictureFile, mode: str) -> bytes:
    """Return a JPEG file as an upright JPEG file, in mode "L" or "RGB".

    Raises:
        CorruptMediaError: it cannot be decoded.
    """
    picture = file.load()
    settings = _settings(picture)
    turned = upright(picture).convert(mode)
    buffer = io.BytesIO()
    turned.save(buffer, "JPEG", optimize=True, icc_profile=fitting_profile(turned), **settings)
    return buffer.getvalue()


def _settings(picture: Image.Image) -> dict[str, Any]:
    from PIL import JpegImagePlugin

    source: Any = picture  # a JpegImageFile
    sampling = JpegImagePlugin.get_sampling(source)
    if picture.mode not in MODES or source.info.get("adobe_transform") == 0:
        return {"quality": QUALITY, "subsampling": _FULL}
    turn = orientation(picture)
    tables = [source.quantization[component[3]] for component in source.layer]
    across, down = (1, 1) if len(tables) == 1 else _STEPS.get(sampling, (2, 2))
    is_off_grid = (turn in _FROM_RIGHT and picture.width % (_BLOCK * across)) or (
        turn in _FROM_BELOW and picture.height % (_BLOCK * down)
    )
    if is_off_grid:
        fine = _fine_tables()
        tables = [
            [min(pair) for pair in zip(table, fine[min(index, 1)], strict=True)]
            for index, table in enumerate(tables)
        ]
    if turn in TRANSPOSED:
        tables = [[table[8 * x + y] for y in range(8) for x in range(8)] for table in tables]
        sampling = sampling if sampling != 1 else _FULL  # Pillow cannot write 4:4:0
    return {"qtables": tables, "subsampling": sampling if sampling in _STEPS else _FULL}


@functools.cache
def _fine_tables() -> dict[int, list[int]]:
    """Return the tables of quality 95 for brightness (0) and colour (1)."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "JPEG", quality=QUALITY)
    tables: dict[int, list[int]] = Image.open(buffer).quantization  # type: ignore[attr-defined]
    return tables
