"""Every limit of `Limits`: a call at it works, one above it is a `LimitError`, None removes it.

`TAKES` says which bounds each public function has. Fields and functions are derived: a new one
without a case fails here.
"""

from __future__ import annotations

import inspect as signatures
from typing import Any

import pytest

import encoders
from encoders import (
    LimitError,
    Limits,
    file,
    image,
)
from encoders.predict import Payload
from tests.limits_cases import CASES, FIELDS, TAKES, Case, fixture, url, within
from tests.paths import FIXTURES
from tests.public_names import public_callables


def _takes(function: object) -> bool:
    """Tell whether a callable takes bounds, or passes its options on."""
    if not callable(function) or function in (Limits, Payload):  # a dict has no signature
        return False
    parameters = signatures.signature(function).parameters
    if {"limits", "max_bytes"} & parameters.keys():
        return True
    passed_on = parameters.get("options")
    return passed_on is not None and passed_on.kind is passed_on.VAR_KEYWORD


def test_every_public_function_that_takes_bounds_is_listed() -> None:
    assert {name for name, each in public_callables().items() if _takes(each)} == set(TAKES)


def test_every_limit_of_a_function_has_a_case() -> None:
    listed = {(entry, limit) for entry, limits in TAKES.items() for limit in limits.split()}

    assert {(case.entry, case.limit) for case in CASES} == listed
    assert {limit for _, limit in listed} == set(FIELDS)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_call_works_at_its_bound(case: Case) -> None:
    case.use(within(case.limit, case.amount))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_error_for_a_call_over_its_limit_names_how_to_raise_it(case: Case) -> None:
    below = case.amount - case.less
    pattern = (
        rf"(^|: )\d[\d,.e-]* [^:]* is over the limit {case.limit}={below:,}; if you trust the "
    )
    pattern += rf"data, pass a higher {case.limit}, or {case.limit}=None for no limit$"

    with pytest.raises(LimitError, match=pattern) as caught:
        case.use(within(case.limit, below))
    assert (caught.value.limit, caught.value.value) == (case.limit, below)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_none_is_no_bound(case: Case) -> None:
    case.use(within(case.limit, None))


@pytest.mark.parametrize("bound", [-1, float("nan"), float("inf")])
@pytest.mark.parametrize("limit", FIELDS)
def test_an_impossible_bound_is_refused(limit: str, bound: float) -> None:
    with pytest.raises(ValueError, match=f"{limit}=.*None for no limit") as caught:
        within(limit, bound)
    assert not isinstance(caught.value, LimitError)


@pytest.mark.parametrize("bound", [True, "1000", (1,)])
def test_a_bound_that_is_not_a_number_is_a_type_error(bound: Any) -> None:
    with pytest.raises(TypeError, match=r"max_pixels=.*expected a number"):
        Limits(max_pixels=bound)


def test_a_bound_of_0_allows_nothing() -> None:
    assert file.decode("data:,", limits=Limits(max_bytes=0)) == b""
    with pytest.raises(LimitError, match=r"1 bytes.*max_bytes=0"):
        file.decode("data:,a", limits=Limits(max_bytes=0))


def test_a_drawing_has_no_pixels() -> None:
    drawing = fixture("image/drawing.svg")
    none = Limits(max_pixels=0, max_frames=0)

    assert encoders.decode(url(drawing), limits=none) == drawing
    assert encoders.inspect(drawing, limits=none).details == {}
    assert image.encode(drawing, limits=none).startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize(
    "name", ["image/small.png", "audio/stereo.wav", "video/clip.mp4", "file/report.pdf"]
)
def test_a_file_that_passes_through_is_not_decoded(name: str) -> None:
    nothing = Limits(*[0] * len(FIELDS))

    assert encoders.encode(FIXTURES / name, limits=nothing) == encoders.encode(FIXTURES / name)
