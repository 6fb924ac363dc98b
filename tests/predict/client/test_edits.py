"""Outputs that are sent as differences from the output before them."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders import Interface, LimitError, Limits, ResponseError
from encoders.data_url import DataURL
from encoders.predict.body import Parsed
from encoders.predict.client.queues.messages import Edits
from tests.predict.client.live_servers import generating, playing
from tests.predict.http_server import Json, completed, http_server

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)


def differences(old: Json, new: Json, path: tuple[str | int, ...] = ()) -> list[list[Json]]:
    """Return how Gradio says the difference of two values, with the right indices."""
    if type(old) is not type(new):
        return [["replace", [*path], new]]
    if json.dumps(old) == json.dumps(new):  # 0 equals False
        return []
    if isinstance(old, str) and new.startswith(old):
        return [["append", [*path], new[len(old) :]]]
    if isinstance(old, list):
        both = min(len(old), len(new))
        inside = [differences(old[i], new[i], (*path, i)) for i in range(both)]
        added = [["add", [*path, i], new[i]] for i in range(both, len(new))]
        deleted = [["delete", [*path, both], None] for _ in old[both:]]
        return [edit for edits in inside for edit in edits] + added + deleted
    if isinstance(old, dict):
        found: list[list[Json]] = []
        for key in old:
            if key in new:
                found += differences(old[key], new[key], (*path, key))
            else:
                found.append(["delete", [*path, key], None])
        return found + [["add", [*path, key], new[key]] for key in new if key not in old]
    return [["replace", [*path], new]]


def shifted(edits: list[list[Json]]) -> list[list[Json]]:
    """Return the edits with the indices of what is deleted as Gradio makes them of nested lists."""
    return [
        [action, [*path[:-1], path[-1] - number] if is_index(action, path) else path, value]
        for number, (action, path, value) in enumerate(edits)
    ]


def is_index(action: str, path: list[Json]) -> bool:
    return action == "delete" and isinstance(path[-1], int)


def sent(value: Json) -> Parsed:
    return Parsed({"data": [value]}, has_urls=False)


@pytest.mark.parametrize("is_shifted", [False, True])
@settings(max_examples=50)
@given(values=st.lists(json_values, min_size=2, max_size=5))
def test_edits_make_each_output_and_leave_those_before(
    values: list[Json], is_shifted: bool
) -> None:
    edits = Edits(Limits())
    outputs = [edits.output(sent(values[0]), is_edit=False)]
    for old, new in pairwise(values):
        made = differences(old, new)
        made = json.loads(json.dumps(shifted(made) if is_shifted else made))
        outputs.append(edits.output(sent(made), is_edit=True))

    expected = copy.deepcopy(values)
    found = [output.value["data"][0] for output in outputs]
    # As JSON, for 1 equals True.
    assert json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True)


@given(before=json_values, edits=st.lists(st.lists(json_values, max_size=4) | json_values))
def test_edits_of_any_form_are_applied_or_refused(before: Json, edits: list[Json]) -> None:
    kept = copy.deepcopy(before)
    reader = Edits(Limits())
    reader.output(sent(before), is_edit=False)
    with suppress(ResponseError):
        reader.output(sent(edits), is_edit=True)
    assert before == kept


ODD: dict[str, Json] = {
    "no list": {"a": 1},
    "text": "replace",
    "no edit": [None],
    "an edit too short": [["replace", []]],
    "an unknown action": [["swap", [], 1]],
    "an action that is no text": [[["replace"], [], 1]],
    "a path that is no list": [["replace", 5, 1]],
    "a path into text": [["replace", ["text", 0], "x"]],
    "a key that is missing": [["replace", ["other", 0], "x"]],
    "a key of a list": [["replace", ["items", "0"], "x"]],
    "an index that is huge": [["replace", ["items", 10**30], "x"]],
    "an index before the first": [["replace", ["items", -3], "x"]],
    "a deleted item that is not there": [["delete", ["items", 0], None]] * 3,
    "a deleted key that is not there": [["delete", ["other"], None]],
    "a deleted root": [["delete", [], None]],
    "a path that is deep": [["replace", [0] * 100_000, "x"]],
    "a list as a key": [["replace", [["text"]], "x"]],
    "an object as a key": [["add", [{}], "x"]],
    "a number as a key": [["add", [5], "x"]],
    "text appended with a number": [["append", ["text"], 5]],
    "a number appended to a list": [["append", ["items"], 5]],
}


@pytest.mark.parametrize("name", ODD)
def test_an_edit_that_does_not_fit_is_an_error_of_its_output_and_those_after_it(name: str) -> None:
    messages = [
        generating([{"text": "a", "items": [1, 2]}]),
        generating([ODD[name]]),
        generating([[["replace", [], "later"]]]),
        completed({"data": ["the end"]}, "mine"),
    ]
    with (
        http_server(playing(*messages)) as server,
        Interface(server.url) as app,
    ):
        call = app.submit("hi")
        assert next(call).json["data"] == [{"text": "a", "items": [1, 2]}]

        for _ in range(2):
            with pytest.raises(ResponseError, match="edit") as caught:
                next(call)
            assert len(str(caught.value)) < 500
        assert call.result()[0] == "the end"


@pytest.mark.parametrize("edits", [[], [[], []], [[["replace", [], 1]], []]])
def test_edits_of_another_number_of_outputs_are_refused(edits: Json) -> None:
    messages = [generating(["a"]), generating(edits), completed({"data": ["the end"]}, "mine")]
    with http_server(playing(*messages)) as server, Interface(server.url) as app:
        call = app.submit("hi")
        assert next(call)[0] == "a"

        with pytest.raises(ResponseError, match=f"edits of {len(edits)} outputs of 1"):
            next(call)


QUADRATIC: dict[str, tuple[Json, list[Any]]] = {
    "text": ("x" * 10_000, ["append", [], "x"]),
    "a list": ([0] * 10_000, ["append", [], [0]]),
    "text in a list": (["x" * 10_000], ["append", [0], "x"]),
    "items before others": ([0] * 10_000, ["add", [0], 0]),
}


@pytest.mark.parametrize("name", QUADRATIC)
def test_the_work_of_edits_is_bounded(name: str) -> None:
    before, edit = QUADRATIC[name]
    edits = Edits(Limits(max_body_bytes=1_000_000))
    edits.output(sent(before), is_edit=False)

    with pytest.raises(LimitError, match="bytes copied by edits"):
        edits.output(sent([edit] * 1000), is_edit=True)


def test_an_output_that_grows_by_edits_is_bounded() -> None:
    edits = Edits(Limits(max_body_bytes=1_000_000))
    output = edits.output(sent(["x" * 1000]), is_edit=False)
    with pytest.raises(LimitError):
        for _ in range(2000):
            output = edits.output(sent([["append", [0], "x" * 1000]]), is_edit=True)

    assert len(output.value["data"][0][0]) <= 1_000_000


def test_a_data_url_may_be_appended_to_text() -> None:
    edits = Edits(Limits())
    edits.output(sent("see "), is_edit=False)
    url = DataURL("text/plain", b"hi")

    assert edits.output(sent([["append", [], url]]), is_edit=True).value["data"] == [f"see {url}"]


def test_an_output_shares_what_has_not_changed_with_the_one_before() -> None:
    edits = Edits(Limits())
    first = edits.output(sent({"same": [1], "other": [2]}), is_edit=False).value["data"][0]
    second = edits.output(sent([["replace", ["other", 0], 3]]), is_edit=True).value["data"][0]

    assert second == {"same": [1], "other": [3]}
    assert second["same"] is first["same"]
    assert first == {"same": [1], "other": [2]}
