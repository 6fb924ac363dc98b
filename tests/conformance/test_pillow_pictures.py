"""Pillow's own test pictures come out as Pillow has them, or as an error of ours.

All of them, from photographs to what was made to crash decoders, are looked at in one process that
may die of them without taking the tests along.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import PIL
import pytest

from tests.conformance import pillow_pictures
from tests.conformance.pillow_pictures import CHECKS, Found
from tests.paths import ROOT

pytestmark = pytest.mark.skipif(
    int(PIL.__version__.partition(".")[0]) < 12,
    reason="some of the pictures show what an older Pillow does wrong",
)

# As what Pillow decodes them, and how many there are; the PPM are of floats.
# Not counted are those that libmagic tells on some machines, and
# those for which Pillow needs Ghostscript.
NOT_ACCEPTED = {
    **{"SGI": 7, "BLP": 5, "FLI": 3, "CUR": 3, "FITS": 3, "XPM": 3, "PCX": 3},
    **{"FTEX": 2, "IM": 2, "PPM": 2, "SUN": 2, "XBM": 2, "IMT": 1, "DIB": 1, "MCIDAS": 1},
    **{"GBR": 1, "DCX": 1, "MSP": 1, "XVThumb": 1, "PCD": 1, "PIXAR": 1, "SPIDER": 1},
}
BOMB = "decompression_bomb_extents.gif"  # of which Pillow gives the first frame alone
NOT_COUNTED = ("DDS", "TGA", "ICNS", "EPS")

RANGE, SIZES = "no fixed range", "needs one size"
# What is decoded, and yet refused by the other functions.
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
def found() -> list[Found]:
    """What was found about each picture."""
    expected = [pillow_pictures.name_of(path) for path in pillow_pictures.pictures()]
    command = [sys.executable, "-W", "error", "-m", pillow_pictures.__name__]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    found = [Found(**json.loads(line)) for line in done.stdout.splitlines()]
    if done.returncode:
        raise RuntimeError(f"{expected[len(found)]}: {done.returncode}\n{done.stderr[-3000:]}")
    assert [each.name for each in found] == expected
    return found


def decoded(found: list[Found]) -> list[Found]:
    """Return those of which Pillow decodes all, and we the picture."""
    return [each for each in found if each.frames and "decode" not in each.refusals]


@pytest.mark.parametrize("check", [*CHECKS, "warnings"])
def test_every_picture_is_as_pillow_has_it_or_our_error(check: str, found: list[Found]) -> None:
    assert {each.name: each.faults[check] for each in found if check in each.faults} == {}


def test_no_picture_is_refused_but_for_its_format_or_a_bomb_in_it(found: list[Found]) -> None:
    refused = [each for each in found if each.format and "decode" in each.refusals]
    bombs = [each for each in refused if each.refusals["decode"].startswith("LimitError")]
    refused = [each for each in refused if each not in bombs]

    assert [each.name for each in bombs] == [BOMB]
    assert {each.refusals["decode"].partition(":")[0] for each in refused} == {"MediaTypeError"}
    counts = Counter(each.format for each in refused if each.format not in NOT_COUNTED)
    assert counts == NOT_ACCEPTED


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_decoded_is_refused_elsewhere_for_known_reasons(
    check: str, found: list[Found]
) -> None:
    messages = {each.name: each.refusals.get(check, "") for each in decoded(found)}

    known = {
        name: next((reason for reason in (RANGE, SIZES) if reason in message), message)
        for name, message in messages.items()
        if message
    }
    assert known == REFUSED.get(check, {})


def test_most_are_pictures(found: list[Found]) -> None:
    assert len(found) > 1000
    assert len(decoded(found)) > 700
