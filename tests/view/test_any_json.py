"""Whatever JSON a server answers for a component, it is shown, and nothing in it runs."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from encoders.predict import Component, response
from encoders.predict.components import COMPONENTS
from encoders.predict.values import Json
from encoders.view.media import Embedded
from encoders.view.outputs import render_outputs, render_value

from .values import ATTACK, URL, check_harmless

WORDS = (
    *("data", "headers", "columns", "mark", "line", "bar", "x", "y", "color", "type", "plot"),
    *("plotly", "altair", "encoding", "field", "values", "dtype", "bdata", "f8", "AAAAAAAA8D8="),
    *("role", "content", "metadata", "title", "options", "label", "confidences", "confidence"),
    *("image", "annotations", "video", "subtitles", "caption", "text", "files", "file", "name"),
    *("path", "url", "is_file", "orig_name", "background", "layers", "composite", "token"),
    *("class_or_confidence", "component", "alt_text", "value", "__type__", "update", ATTACK, URL),
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([1e308, -1e308, 5e-324, 10**400])
LEAVES = st.none() | st.booleans() | NUMBERS | st.sampled_from(WORDS) | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inside, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from([*COMPONENTS]), options=VALUES, json=VALUES)
def test_any_answer_of_a_component_is_shown(name: str, options: Json, json: Json) -> None:
    component = Component(name, options if isinstance(options, dict) else {})
    outputs = response({"data": [json]}, [component]).data.undecoded()

    check_harmless(render_outputs(outputs, Embedded()))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(json=VALUES)
def test_any_json_is_shown(json: Json) -> None:
    check_harmless(render_value(json, Embedded()))
