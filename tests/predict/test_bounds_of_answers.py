"""The memory that a small answer or configuration takes is limited."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from encoders import Limits, ResponseError, response
from encoders.errors import LimitError
from encoders.predict.body import BodyReader, parse
from encoders.predict.configuration import describe
from encoders.predict.pages.page import describe_page
from encoders.predict.pages.rendering import render_html, render_text
from tests.pace import at_most

SMALL = Limits(max_body_bytes=10_000_000, max_outputs=None)
SWELLING = {
    "lists": "[],",
    "objects": "{},",
    "lists in lists": "[[[]]],",
    "objects with a key": '{"":0},',
    "objects with a list": '{"a":[]},',
    "floats": "1.5,",
    "texts": '"ab",',
}


def body(item: str, size: int) -> str:
    return '{"data": [' + item * (size // len(item)) + "0]}"


# However it is given, it is text when it is counted.
@pytest.mark.parametrize(
    ("name", "way"), [*((name, "text") for name in SWELLING), ("lists", "bytes"), ("lists", "file")]
)
def test_limit_counts_the_memory_that_lists_and_objects_take(name: str, way: str) -> None:
    written = body(SWELLING[name], 9_000_000)
    given: Any = {"text": written, "bytes": written.encode(), "file": io.BytesIO(written.encode())}

    with pytest.raises(LimitError, match="bytes of JSON in memory is over the limit"):
        response(given[way], limits=SMALL)


def test_limit_counts_the_width_of_the_widest_character() -> None:
    limits = Limits(max_body_bytes=40_000_000)
    written = '{"data": ["' + "x" * 39_000_000 + '%s"]}'
    assert response(written % "y", limits=limits).data[0].endswith("y")
    for sign in ("\u0416", "\U0001f600"):
        with pytest.raises(LimitError, match="bytes of JSON in memory"):
            response(written % sign, limits=limits)


def test_limit_applies_to_a_body_in_pieces() -> None:
    reader = BodyReader(SMALL)
    reader.feed(body("[],", 9_000_000).encode())
    with pytest.raises(LimitError, match="in memory"):
        reader.close()


@pytest.mark.parametrize(
    "item", ['"' + "[{,:" * 100 + '",', '"' + '\\\\[\\"[,{' * 100 + '",', '"' + "x" * 1000 + '",']
)
def test_brackets_in_strings_do_not_count(item: str) -> None:
    written = body(item, 8_000_000)
    assert parse(written, SMALL).value == json.loads(written)


def test_a_low_limit_applies_to_the_text_only() -> None:
    written = '{"data": [' + "[]," * 100 + "0]}"
    limits = Limits(max_body_bytes=len(written))
    assert len(response(written, limits=limits).data) == 101


def test_usual_answers_are_within_the_limits() -> None:
    for value in ([1] * 1_000_000, [0.5] * 200_000, [{"a": 1, "b": "text"}] * 50_000):
        written = json.dumps({"data": [value]})
        assert response(written, limits=Limits()).json["data"][0] == value


def test_nested_long_keys_take_no_time() -> None:
    value: Any = {"path": "/tmp/a.png", "url": "http://127.0.0.1/a"}
    for number in range(90):
        value = {"k" * 100_000 + str(number): value}
    with at_most(0.5):
        assert len(response({"data": [value]}).references) == 1


def config(options: dict[str, Any], uses: int, endpoints: int = 1) -> dict[str, Any]:
    part = {"id": 1, "type": "dropdown", "props": {"label": "a", **options}}
    call = {"inputs": [1] * uses, "outputs": [1], "backend_fn": True}
    return {
        "version": "6.31.0",
        "components": [part],
        "dependencies": [{"id": n, "api_name": f"f{n}", **call} for n in range(endpoints)],
    }


def test_a_component_that_is_used_too_often_is_refused() -> None:
    with pytest.raises(ResponseError, match="names 200,001 inputs and outputs"):
        describe(config({}, 200_000))
    with pytest.raises(ResponseError, match="expected at most 20,000"):
        describe(config({"choices": ["a"] * 100_000}, 1, 600))
    with pytest.raises(ResponseError, match="each 20,000 characters of one counted too"):
        describe(config({"choices": ["a" * 900] * 500}, 20, 900))
    assert len(describe(config({}, 1000)).endpoints[0].inputs) == 1000


LONG = "x" * 19_000


@pytest.mark.parametrize(
    ("component", "options"),
    [
        ("dropdown", {"choices": [LONG]}),
        ("dropdown", {"choices": [LONG], "multiselect": True}),
        ("radio", {"choices": [LONG]}),
        ("checkboxgroup", {"choices": [LONG]}),
        ("dataframe", {"headers": [LONG]}),
        ("dataframe", {"headers": ["x" * 380] * 50}),
        ("dialogue", {"speakers": [LONG]}),
        (LONG, {}),
    ],
)
def test_long_options_do_not_make_a_page_long(component: str, options: dict[str, Any]) -> None:
    configuration = config(options, 20, 10)
    configuration["components"][0]["type"] = component
    made = describe_page(describe(configuration), "http://127.0.0.1:7860")
    assert len(render_text(made)) + len(render_html(made)) < 1_500_000


def test_many_short_choices_count_too() -> None:
    with pytest.raises(ResponseError, match="each thousand choices"):
        describe(config({"choices": ["a"] * 2_700}, 20, 900))


@pytest.mark.parametrize("option", ["label", "value", "info", "placeholder"])
def test_long_texts_do_not_make_a_page_long(option: str) -> None:
    made = describe_page(describe(config({option: "x" * 600_000}, 1, 60)), "http://127.0.0.1:7860")
    assert len(render_text(made)) + len(render_html(made)) < 3_000_000


def test_ten_thousand_files_of_one_name_are_saved_in_seconds(tmp_path: Path) -> None:
    url = "data:text/plain;base64,aGk="
    with at_most(15):
        paths = response({"data": [[url] * 9_990]}).save(tmp_path)
        assert len(paths) == 9_991


def test_a_table_of_a_million_columns_takes_seconds() -> None:
    with at_most(8):
        found = response({"data": [[list(range(1_000_000))]]}, ["dataframe"]).data[0]
        assert found.to_pandas().shape == (1, 1_000_000)


@pytest.mark.parametrize("cell", [10**400, -(10**400), "\ud800", [1, [2]], {"a": 10**400}, None])
@pytest.mark.parametrize("headers", [["a", "b"], ["\ud800", "b"], None, ["a", "a"]])
def test_any_cell_and_header_makes_a_table(cell: Any, headers: list[str] | None) -> None:
    table = {"headers": headers, "data": [[cell, 1.5], ["x", cell]]}
    found = response({"data": [table]}, ["dataframe"]).data[0]

    assert found.rows[0][0] == cell
    frame = found.to_pandas()
    assert repr(frame)
    assert frame.to_numpy().tolist()[0][0] == cell or cell is None
