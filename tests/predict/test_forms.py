"""How a form asks for the value of each component."""

from __future__ import annotations

from typing import Any

import pytest

from encoders.predict.components import COMPONENTS, Component


def asked(name: str, **options: Any) -> dict[str, Any]:
    return dict(Component(name, options).type.asked(options).settings)


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, [[]], [{}], float("nan"), 1e400])
def test_a_field_is_made_whatever_a_server_says(name: str, wrong: Any) -> None:
    keys = "choices value minimum maximum step lines max_length placeholder type headers datatype"
    more = "file_types sources source multiselect precision file_count include_time default"
    options = dict.fromkeys(f"{keys} {more}".split(), wrong)

    field = COMPONENTS[name].asked(options)

    assert field.kind
    assert all(len(value) < 2000 for value in field.settings.values() if hasattr(value, "__len__"))


def test_a_dropdown_asks_by_labels_and_values() -> None:
    found = asked("dropdown", choices=[["Small", 1], ["Large", 2]], multiselect=True)

    assert found == {
        "choices": [("Small", 1), ("Large", 2)],
        "several": True,
        "takes_others": False,
    }


def test_a_form_shows_no_more_than_a_thousand_choices() -> None:
    assert len(asked("radio", choices=[str(number) for number in range(5000)])["choices"]) == 1000


def test_a_slider_asks_within_its_range() -> None:
    found = asked("slider", minimum=0, maximum=10, step=0.5)

    assert found == {"minimum": 0, "maximum": 10, "step": 0.5}


def test_a_file_field_accepts_what_the_component_takes() -> None:
    assert asked("file", file_types=["image", ".pdf", "audio/wav"])["accept"] == (
        "image/*,.pdf,audio/wav"
    )
    assert asked("image", sources=["upload", "webcam"])["sources"] == ["upload", "webcam"]
    assert asked("audio", source="microphone")["sources"] == ["microphone"]
    assert (
        Component("file", {"file_count": "multiple"}).type.asked({"file_count": "multiple"}).kind
        == "files"
    )


def test_a_textbox_asks_for_as_many_lines_as_the_server_says() -> None:
    found = asked("textbox", lines=4, max_length=10, type="password", placeholder="Say")

    assert found == {"lines": 4, "longest": 10, "type": "password", "placeholder": "Say"}


def test_a_table_field_has_the_columns_of_the_component() -> None:
    found = asked("dataframe", headers=["a", "b"], datatype=["str", "number"])

    assert found == {"headers": ["a", "b"], "types": ["str", "number"]}


def test_a_table_field_has_the_size_that_is_fixed() -> None:
    found = asked("dataframe", row_count=[3, "fixed"], col_count=[2, "dynamic"])

    assert found == {"headers": [], "types": [], "rows": 3}


def test_a_table_field_does_not_start_with_a_million_rows() -> None:
    assert "rows" not in asked("dataframe", row_count=[1_000_000, "fixed"])
