"""The fields of the live page's forms, as HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest

from encoders import Interface
from encoders.predict.components import COMPONENTS, Component
from encoders.view.live.pages import live_page
from tests.predict.http_server import PREFIXES, Part, gradio, http_server, say
from tests.predict.pages.descriptions import HOSTILE_TEXT
from tests.predict.pages.html_reader import HtmlReader

ERA = "6"
Example = tuple[str, dict[str, Any]]
ONE_OF_EACH: dict[str, Example] = {
    **{Component(name).type.asked({}).kind: (name, {}) for name in COMPONENTS},
    "dropdown of several": ("dropdown", {"multiselect": True, "choices": ["a"]}),
    "files": ("file", {"file_count": "multiple"}),
}


def form(*inputs: Part, defaults: Mapping[int, Any] | None = None) -> str:
    """Return the live page of a server that takes some inputs, of which some have a default."""
    plays = gradio(ERA, inputs=inputs)
    if defaults is not None:
        parameters = [
            {
                "parameter_name": f"p{index}",
                "parameter_has_default": index in defaults,
                "parameter_default": defaults.get(index),
            }
            for index in range(len(inputs))
        ]
        said = {"named_endpoints": {"/predict": {"parameters": parameters}}}
        plays[f"{PREFIXES[ERA]}/info"] = say(said)
    with http_server(plays) as server, Interface(server.url) as app:
        return live_page(app)


def fields(page: str) -> list[dict[str, str | None]]:
    return [one for one in HtmlReader(page).attributes_of("div") if one.get("class") == "field"]


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_each_kind_has_a_field(kind: str) -> None:
    page = form(ONE_OF_EACH[kind])

    assert [one["data-kind"] for one in fields(page)] == [kind.split()[0]]


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_each_control_has_a_name(kind: str) -> None:
    name, options = ONE_OF_EACH[kind]
    reader = HtmlReader(form((name, {**options, "label": "What it is"})))

    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {one["for"] for one in reader.attributes_of("label") if "for" in one}
    assert labelled <= set(ids)
    groups = [one for one in reader.attributes_of("div") if one.get("role") == "group"]
    named = [one["aria-labelledby"] for one in groups]
    assert set(named) <= set(ids)
    for tag in ("input", "select", "textarea"):
        for one in reader.attributes_of(tag):
            is_in_label = one.get("type") in ("checkbox", "radio")
            assert is_in_label or "aria-label" in one or one["id"] in labelled


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_each_field_has_a_place_for_what_is_wrong(kind: str) -> None:
    reader = HtmlReader(form(ONE_OF_EACH[kind]))

    (place,) = (one for one in reader.attributes_of("p") if one.get("class") == "error")
    assert place["role"] == "alert"
    described = [one.get("aria-describedby") or "" for _, one in reader.elements]
    assert any(str(place["id"]) in ids.split() for ids in described)


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_hostile_text_stays_text(kind: str) -> None:
    name, options = ONE_OF_EACH[kind]
    texts = dict.fromkeys(("label", "info", "placeholder", "value"), HOSTILE_TEXT)
    lists: dict[str, Any] = {"headers": [HOSTILE_TEXT], "datatype": [HOSTILE_TEXT]}
    lists |= {"sources": [HOSTILE_TEXT], "file_types": [f"image/{HOSTILE_TEXT}"]}
    choices = {"choices": [[HOSTILE_TEXT, HOSTILE_TEXT], [HOSTILE_TEXT, 1]]}
    given = (name, {**options, **texts, **lists, **choices})

    plain, reader = HtmlReader(form((name, options))), HtmlReader(form(given))

    known = {tag for tag, _ in plain.elements} | {"option", "label", "input", "button", "span"}
    assert {tag for tag, _ in reader.elements} <= known | {"bdi", "div", "p", "b"}
    assert reader.open == []
    for tag, attributes in reader.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert tag != "script" or str(attributes["src"]).startswith("static/")
    assert "\u202e" not in reader.text
    assert "\x1b" not in reader.text


def test_hostile_choice_is_sent_as_it_is() -> None:
    reader = HtmlReader(form(("dropdown", {"choices": [["label", HOSTILE_TEXT]]})))

    values = [str(one["value"]) for one in reader.attributes_of("option") if one["value"]]
    assert [json.loads(value) for value in values] == [HOSTILE_TEXT]


def test_starting_value_is_filled_in_as_it_is() -> None:
    value = {"b": [1, 2.5, None, True], "a": HOSTILE_TEXT}
    (field,) = fields(form(("json", {"value": value})))

    assert json.loads(str(field["data-start"])) == value
    assert [*json.loads(str(field["data-start"]))] == ["b", "a"]


def test_required_is_said_in_words() -> None:
    page = form(("textbox", {}), ("textbox", {}), defaults={1: "Hello"})

    first, second = fields(page)
    assert "data-required" in first
    assert "data-required" not in second
    assert page.count('<span class="required">required</span>') == 1
    assert json.loads(str(second["data-start"])) == "Hello"


def test_default_file_is_named() -> None:
    cat = {"path": "/tmp/cat.png", "orig_name": "cat.png", "meta": {"_type": "gradio.FileData"}}
    page = form(("image", {}), defaults={0: cat})

    (field,) = fields(page)
    assert "data-keeps-default" in field
    assert "data-start" not in field
    assert "cat.png" in HtmlReader(page).text


def test_no_files_are_a_value() -> None:
    (field,) = fields(form(("gallery", {}), defaults={0: []}))

    assert "data-keeps-default" not in field
    assert field["data-start"] == "[]"


def test_server_may_have_no_default_but_null() -> None:
    (field,) = fields(form(("image", {}), defaults={0: None}))

    assert "data-required" not in field
    assert "data-keeps-default" not in field


@pytest.mark.parametrize("options", [{}, {"multiselect": True}])
def test_page_does_not_grow_with_five_thousand_choices(options: dict[str, Any]) -> None:
    choices = [[f"Choice {number}", number] for number in range(5000)]
    page = form(("dropdown", {"choices": choices, **options}))

    assert page.count("Choice 999<") == 1
    assert "Choice 1000<" not in page
    assert len(page) < 250_000


def test_choices_that_are_not_listed_can_be_entered() -> None:
    few, many = (
        HtmlReader(form(("dropdown", {"choices": [str(number) for number in range(count)]})))
        for count in (3, 5000)
    )

    assert not [one for one in few.attributes_of("input") if "data-other" in one]
    assert [one for one in many.attributes_of("input") if "data-other" in one]


def test_long_label_of_a_choice_is_cut() -> None:
    page = form(("radio", {"choices": [["x" * 5000, 1]]}))

    assert "x" * 190 in page
    assert "x" * 201 not in page


def test_choices_are_not_listed_twice() -> None:
    page = form(("radio", {"choices": ["small", "large"]}))
    info = unescape(page).partition('class="info"')[2].partition("</p>")[0]

    assert "small" not in info


def test_number_has_its_bounds() -> None:
    reader = HtmlReader(form(("slider", {"minimum": 1, "maximum": 9, "step": 0.5})))

    found = {
        one["type"]: (one["min"], one["max"], one["step"])
        for one in reader.attributes_of("input")
        if "min" in one
    }
    assert found == {"range": ("1", "9", "0.5"), "number": ("1", "9", "0.5")}


def test_file_field_offers_what_the_component_takes() -> None:
    reader = HtmlReader(form(("file", {"file_types": [".pdf"], "file_count": "multiple"})))

    (field,) = (one for one in reader.attributes_of("input") if one["type"] == "file")
    assert field["accept"] == ".pdf"
    assert "multiple" in field
