"""The code blocks of JPEG 2000 (ISO 15444-1 annex A), each of which takes memory."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from encoders.atomic import BytesLike
from encoders.image.bounds.size import PartBudget
from encoders.limits import Limits
from encoders.source import Source

COPIES = 4.7  # pictures of four bytes a pixel that OpenJPEG holds
_PIXELS_PER_BLOCK = 50  # that OpenJPEG holds besides
_CODESTREAM = re.compile(rb"\xff\x4f\xff\x51")
_COD, _COC, _SOT, _SOD = 0x52, 0x53, 0x90, 0x93  # markers


class _CodingStyle(NamedTuple):
    levels: int
    block_size: bytes
    precinct_sizes: bytes


def check_codestreams(source: Source, limits: Limits) -> None:
    """Check ``max_held_pixels`` for the blocks of each codestream."""
    data = source.read()
    budget = PartBudget()
    for found in _CODESTREAM.finditer(data):
        at = found.start() + 2
        width, height = struct.unpack_from(">II", data, at + 6)
        (components,) = struct.unpack_from(">H", data, at + 38)
        blocks = max(
            (_block_count(width, height, style) for style in _coding_styles(data, at, budget)),
            default=0,
        )
        held = math.ceil(_PIXELS_PER_BLOCK * components * blocks + COPIES * width * height)
        limits.check("max_held_pixels", held, "pixels held while a picture is decoded")


def _coding_styles(data: BytesLike, at: int, budget: PartBudget) -> Iterator[_CodingStyle]:
    """Yield the coding style in each COD and COC, those of tiles too."""
    wide = struct.unpack_from(">H", data, at + 38)[0] > 256
    tile = tile_length = 0
    while at + 4 <= len(data):
        budget.spend()
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        start = {_COD: at + 4, _COC: at + 5 + wide}.get(kind)
        if data[at] != 0xFF or (kind == _SOD and not tile):
            return
        if kind == _SOT:
            tile, tile_length = at, int.from_bytes(data[at + 6 : at + 10], "big")
        if start is not None:
            has_precincts = data[start] & 1
            fields = start + (5 if kind == _COD else 1)
            levels = data[fields]
            sizes = bytes(data[fields + 5 : fields + 6 + levels]) if has_precincts else b""
            yield _CodingStyle(levels, bytes(data[fields + 1 : fields + 3]), sizes)
        if kind == _SOD:
            if tile + tile_length <= at:  # the last part states 0
                return
            at = tile + tile_length
        else:
            at += 2 + size


def _block_count(width: int, height: int, style: _CodingStyle) -> int:
    """Return how many blocks, and precincts, a component has at all resolutions."""
    levels, block, precincts = style
    total = 0
    for resolution in range(min(levels, 32) + 1):
        scale = levels - resolution
        across, down = -(-width >> scale) or 1, -(-height >> scale) or 1
        own = precincts[resolution] if resolution < len(precincts) else 0xFF
        half = 1 if resolution else 0  # a block lies in one of three parts of half the size
        cell = [
            min((block[0] & 15) + 2, max((own & 15) - half, 0)),
            min((block[1] & 15) + 2, max((own >> 4) - half, 0)),
        ]
        total += (-(-across >> cell[0]) + 1) * (-(-down >> cell[1]) + 1)
        total += (-(-across >> (own & 15)) + 1) * (-(-down >> (own >> 4)) + 1)
    return total
