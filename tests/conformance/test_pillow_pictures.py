"""Pillow's own test pictures decode to the same as with Pillow, or raise an `EncodersError`.

Some of the pictures were made to crash decoders, so all are checked in one process of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import PIL
import pytest

from tests.conformance import pillow_pictures
from tests.conformance.pillow_pictures import CHECKS, Result
from tests.paths import ROOT

pytestmark = pytest.mark.skipif(
    int(PIL.__version__.partition(".")[0]) < 12,
    reason="some of the pictures show bugs of older Pillow versions",
)

# The number of refused pictures, by Pillow's format; the PPM are of floats. The formats that only
# some versions of libmagic detect are not counted, nor is EPS, which needs Ghostscript.
NOT_ACCEPTED = {
    **{"SGI": 7, "BLP": 5, "FLI": 3, "CUR": 3, "FITS": 3, "XPM": 3, "PCX": 3},
    **{"FTEX": 2, "IM": 2, "PPM": 2, "SUN": 2, "XBM": 2, "IMT": 1, "DIB": 1, "MCIDAS": 1},
    **{"GBR": 1, "DCX": 1, "MSP": 1, "XVThumb": 1, "PCD": 1, "PIXAR": 1, "SPIDER": 1},
}
BOMB = "decompression_bomb_extents.gif"  # Pillow decodes only its first frame
NOT_COUNTED = ("DDS", "TGA", "ICNS", "EPS")

RANGE, SIZES = "no fixed range", "needs one size"
# Pictures that `decode` accepts and other functions refuse.
REFUSED = {
    "decode_frames": {"10ct_32bit_128.tiff": RANGE, "no_rows_per_strip.tif": RANGE},
    "encode to PNG": {
        "10ct_32bit_128.tiff": RANGE,
        "no_rows_per_strip.tif": RANGE,
        "multipage-mmap.tiff": SIZES,
        "multipage.tiff": SIZES,
        "multipage_out_of_order.tiff": SIZES,
        "test_extents.gif": SIZES,
        "test_extents_transparency.gif": SIZES,
        "tiff_strip_planar_raw_with_overviews.tif": SIZES,
    },
}


@pytest.fixture(scope="module")
def results() -> list[Result]:
    """The results of all pictures."""
    expected = [pillow_pictures.name_of(path) for path in pillow_pictures.pictures()]
    command = [sys.executable, "-W", "error", "-m", pillow_pictures.__name__]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    results = [Result(**json.loads(line)) for line in finished.stdout.splitlines()]
    if finished.returncode:
        raise RuntimeError(
            f"{expected[len(results)]}: {finished.returncode}\n{finished.stderr[-3000:]}"
        )
    assert [result.name for result in results] == expected
    return results


def decoded(results: list[Result]) -> list[Result]:
    """Return the pictures whose frames Pillow decodes, and that `decode` accepts."""
    return [result for result in results if result.frames and "decode" not in result.refusals]


@pytest.mark.parametrize("check", [*CHECKS, "warnings"])
def test_every_picture_decodes_as_with_pillow_or_raises_our_error(
    check: str, results: list[Result]
) -> None:
    assert {result.name: result.faults[check] for result in results if check in result.faults} == {}


def test_pictures_are_refused_only_for_their_format_or_as_a_bomb(results: list[Result]) -> None:
    refused = [result for result in results if result.format and "decode" in result.refusals]
    bombs = [result for result in refused if result.refusals["decode"].startswith("LimitError")]
    refused = [result for result in refused if result not in bombs]

    assert [result.name for result in bombs] == [BOMB]
    assert {result.refusals["decode"].partition(":")[0] for result in refused} == {"MediaTypeError"}
    counts = Counter(result.format for result in refused if result.format not in NOT_COUNTED)
    assert counts == NOT_ACCEPTED


@pytest.mark.parametrize("check", CHECKS)
def test_decoded_pictures_are_refused_elsewhere_only_for_known_reasons(
    check: str, results: list[Result]
) -> None:
    messages = {result.name: result.refusals.get(check, "") for result in decoded(results)}

    known = {
        name: next((reason for reason in (RANGE, SIZES) if reason in message), message)
        for name, message in messages.items()
        if message
    }
    assert known == REFUSED.get(check, {})


def test_most_pictures_are_decoded(results: list[Result]) -> None:
    assert len(results) > 1000
    assert len(decoded(results)) > 700
