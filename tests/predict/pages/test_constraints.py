"""The page lists the values that an input allows, for every form in which servers state them."""

from __future__ import annotations

from typing import Any

import pytest

from encoders.errors.text import is_hidden
from encoders.predict.components import COMPONENTS
from encoders.predict.configuration import describe
from encoders.predict.pages.page import describe_page
from encoders.predict.pages.rendering import render_html, render_text
from tests.predict.http_server import config

from .descriptions import ERAS, URL
from .html_reader import HtmlReader

# A component, its options, and what the page says of them.
CONSTRAINTS: list[tuple[str, dict[str, Any], str]] = [
    ("dropdown", {"choices": ["a", "b"]}, 'one of "a", "b"'),
    (
        "dropdown",
        {"choices": [["A", "a"], ["B", 2], ["c", "c"]], "multiselect": True},
        'any of "a" ("A"), 2 ("B"), "c"',
    ),
    ("dropdown", {"choices": ["a"], "allow_custom_value": True}, 'one of "a"; or another value'),
    ("radio", {"choices": list(range(50))}, "18, 19 and 30 more"),
    ("checkboxgroup", {"choices": ["x" * 99]}, f'any of "{"x" * 39}…"'),
    ("slider", {"minimum": 0, "maximum": 1, "step": 0.1}, "0 to 1; step 0.1"),
    ("slider", {"minimum": 5}, "at least 5"),
    ("number", {"maximum": 5, "precision": 0}, "at most 5; whole numbers"),
    ("textbox", {"max_length": 80}, "at most 80 characters"),
    ("file", {"file_types": [".pdf", "image"]}, 'files of type ".pdf", "image"'),
    ("file", {"file_count": "multiple"}, "several files"),
    ("uploadbutton", {"file_count": "directory"}, "the files of a folder"),
    ("audio", {"min_length": 1, "max_length": 9.5}, "at least 1 s long; at most 9.5 s long"),
    (
        "dataframe",
        {"headers": ["n", "x"], "row_count": [3, "fixed"]},
        'columns "n", "x"; 3 rows exactly',
    ),
    ("datetime", {"include_time": False}, "a date without a time"),
]


@pytest.mark.parametrize(("name", "options", "text"), CONSTRAINTS)
def test_page_lists_what_an_input_allows(name: str, options: dict[str, Any], text: str) -> None:
    page = describe_page(describe(config("5", [(name, options)], ["textbox"])), URL)

    assert text in " ".join(render_text(page).split())
    assert text in HtmlReader(render_html(page)).text
    assert text in "; ".join(page.as_json()["endpoints"][0]["inputs"][0]["allowed"])


def test_long_list_of_choices_is_folded_on_the_page() -> None:
    options = {"choices": [f"choice {number}" for number in range(50)]}
    reader = HtmlReader(
        render_html(describe_page(describe(config("5", [("radio", options)], ["textbox"])), URL))
    )

    assert len(reader.attributes_of("details")) == 1
    assert len(reader.text_inside("span").partition("one of")[2]) < 120
    assert '"choice 19" and 30 more' in reader.text_inside("details")


@pytest.mark.parametrize("era", ERAS)
def test_page_shows_the_starting_value_of_a_slider(era: str) -> None:
    options = {"minimum": 0, "maximum": 9, "value": 4, "default": 4}
    text = render_text(
        describe_page(describe(config(era, [("slider", options)], ["textbox"])), URL)
    )

    assert "required, such as 4" in text
    assert "0 to 9" in text


@pytest.mark.parametrize("type", ["Dropdown", "Radio", "Checkboxgroup"])
def test_choices_from_info_are_on_the_page(type: str) -> None:
    choice = {"type": "string", "enum": ["a", "b"]}
    schema = {"type": "array", "items": choice} if type == "Checkboxgroup" else choice
    parameter = {"label": "x", "component": type, "type": schema}
    info = {"named_endpoints": {"/predict": {"parameters": [parameter], "returns": []}}}
    page = describe_page(describe(info), URL)

    assert f'{"any" if type == "Checkboxgroup" else "one"} of "a", "b"' in render_text(page)
    assert page.sections[0].payload["data"] == [["a"] if type == "Checkboxgroup" else "a"]


@pytest.mark.parametrize("schema", [None, 1, [], {}, {"enum": 1}, {"items": 1}, {"items": {}}])
def test_schema_without_choices_makes_a_page(schema: Any) -> None:
    parameter = {"label": "x", "component": "Dropdown", "type": schema}
    info = {"named_endpoints": {"/predict": {"parameters": [parameter], "returns": []}}}

    assert "dropdown" in render_text(describe_page(describe(info), URL))


ANY_OPTION: list[Any] = [None, [], {}, "x", 1e400, -1, True, [None], [[]], [{}], {"a": 1}]
ANY_OPTION.append(["\x1b\u3164"])


@pytest.mark.parametrize("value", ANY_OPTION, ids=repr)
@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_options_of_any_type_make_a_page(name: str, value: Any) -> None:
    keys = "choices minimum maximum step precision max_length min_length file_types file_count "
    keys += "headers row_count col_count multiselect allow_custom_value include_time value default"
    configuration = config("5", [(name, dict.fromkeys(keys.split(), value))], ["textbox"])
    page = describe_page(describe(configuration), URL)

    assert not [sign for line in render_text(page).split("\n") for sign in line if is_hidden(sign)]
    render_html(page).encode()


def test_long_lists_of_choices_make_a_short_page() -> None:
    choices = ["x" * 1000] * 100_000
    page = describe_page(
        describe(config("5", [("dropdown", {"choices": choices})], ["textbox"])), URL
    )

    assert "and 99,980 more" in " ".join(render_text(page).split())
    assert len(page.sections[0].inputs[0].component.constraints[0]) < 2000
