"""Answers that are deeper, or have larger numbers, than Python can hold."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

from encoders import (
    DataURL,
    EncodersError,
    LimitError,
    Limits,
    PredictError,
    response,
)
from tests.limits_cases import LONG, url


@pytest.mark.parametrize("depth", [400, 900, 5000])
@pytest.mark.parametrize("inner", ["1", json.dumps(str(url(LONG)))])
@pytest.mark.parametrize("text", ['{"data":[%s]}', '{"data":[],"x":%s}', '{"error":%s}'])
def test_an_answer_too_deep_for_python_is_an_encoders_error(
    text: str, inner: str, depth: int, tmp_path: Path
) -> None:
    text = text.replace("%s", '{"a":[' * (depth // 2) + inner + "]}" * (depth // 2))

    with suppress(LimitError, PredictError):
        answer = response(text, limits=Limits(max_depth=None))
        assert answer.references == []
        list(answer.data)
        answer.save(tmp_path)


def test_data_urls_are_kept_at_any_depth() -> None:
    text = "[" * 500 + json.dumps(str(DataURL("a/b", LONG))) + "]" * 500

    value = response(f'{{"data":[{text}]}}', limits=Limits(max_depth=None)).json["data"]
    for _ in range(501):
        (value,) = value
    assert value.data == LONG


NUMBERS = ["1" * 400, "-" + "1" * 4300, "1" * 4301, "1e999", "NaN", "-Infinity"]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number[:4]} of {len(number)}")
@pytest.mark.parametrize(
    ("text", "component"),
    [
        ('{"data":[%s]}', "number"),
        ('{"data":[[[%s]]]}', "dataframe"),
        ('{"data":[{"label":"a","confidences":[{"label":"a","confidence":%s}]}]}', "label"),
        ('{"data":[1],"duration":%s,"average_duration":%s}', "number"),
        ('{"data":[{"path":"a","size":%s}]}', "file"),
        ('{"error":%s}', None),
    ],
)
def test_number_too_large_for_python_is_an_encoders_error_or_a_value(
    text: str, component: str | None, number: str, tmp_path: Path
) -> None:
    text = text.replace("%s", number)

    with suppress(EncodersError):
        answer = response(text, [component] if component else None)
        answer.save(tmp_path)
        assert answer.data[0] is not None
