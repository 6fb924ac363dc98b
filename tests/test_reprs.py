"""The `repr` of each public value is one short line, whatever the value holds."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import encoders
from encoders import (
    DataURL,
    Inspection,
    Interface,
    Limits,
    audio,
    batch,
    file,
    image,
    video,
)
from encoders.data_url import Header
from encoders.errors import Remedy
from encoders.errors.reprs import brief
from encoders.predict import (
    Component,
    File,
    Payload,
    Plan,
    PlannedUpload,
    Plot,
    Progress,
    Raw,
    Reference,
    Status,
    Table,
)
from encoders.predict.endpoints import Description, Endpoint, Parameter
from tests.errors.test_errors import ERRORS
from tests.pace import at_most
from tests.paths import FIXTURES
from tests.predict.http_server import gradio, http_server
from tests.public_names import public_callables

LONGEST = 1000  # characters
LONG = "\x1b[2J\u202e\n'<é" * 100_000
MANY = [{LONG: LONG, "b": [LONG] * 100, "c": 10**5000}] * 1000
DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]
HUGE = 10**1000

PHOTO = FIXTURES / "image" / "photo.jpg"
PARAMETER = Parameter(Component(LONG, {"choices": MANY}), LONG, LONG, MANY)
ENDPOINT = Endpoint(LONG, HUGE, (PARAMETER,) * 1000, (PARAMETER,) * 1000, description=LONG)


def called() -> Any:
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        call = app.submit(LONG)
        call.result()
        return call


# The public classes but the errors, and what is in their values.
VALUES: dict[str, Callable[[], Any]] = {
    "audio.Info": lambda: audio.Info(LONG, HUGE, HUGE, 0.5),
    "batch.Mapper": lambda: batch.Mapper("image", format="png"),
    "batch.Row": lambda: batch.Row(LONG, LONG, HUGE, LONG, LONG),
    "batch.Summary": lambda: batch.Summary(10**12, 10**12, 10**12),
    "data_url.DataURL": lambda: DataURL("text/plain", LONG.encode(), (("name", "a" * 50_000),)),
    "data_url.Header": lambda: Header(LONG, ((LONG, LONG),) * 1000, True),
    "errors.Remedy": lambda: Remedy("do", LONG, LONG, LONG, LONG),
    "file.Info": lambda: file.Info(LONG),
    "image.Info": lambda: image.Info(LONG, HUGE, HUGE, LONG, HUGE),
    "predict.Call": called,
    "predict.Component": lambda: Component(LONG, {"choices": MANY, LONG: DEEP}),
    "predict.File": lambda: File(LONG.encode(), LONG, LONG),
    "predict.Interface": lambda: Interface("http://127.0.0.1/" + "a" * 5000),
    "predict.Payload": lambda: encoders.payload(PHOTO, LONG, MANY[0]),
    "predict.Plan": lambda: Plan(ENDPOINT, Payload(data=MANY), 10**12, ()),
    "predict.PlannedUpload": lambda: PlannedUpload(LONG, LONG, HUGE, HUGE),
    "predict.Plot": lambda: Plot(LONG, MANY, LONG),
    "predict.Progress": lambda: Progress(HUGE, HUGE, LONG, 0.5, LONG),
    "predict.Raw": lambda: Raw([np.zeros((1000, 1000)), DEEP, MANY]),
    "predict.Reference": lambda: Reference(LONG, LONG, LONG, HUGE, LONG),
    "predict.Response": lambda: encoders.response({"data": MANY, LONG: MANY}),
    "predict.Status": lambda: Status("running", HUGE, HUGE, 0.5, (Progress(text=LONG),) * 1000),
    "predict.Table": lambda: Table([LONG] * 1000, [[LONG] * 1000] * 1000),
    "video.Info": lambda: video.Info(LONG, HUGE, HUGE, 0.5, 0.5, HUGE, True),
    "video.Video": lambda: video.Video(LONG, HUGE, HUGE, 0.5, 0.5, HUGE, True, LONG.encode()),
    "Inspection": lambda: Inspection(LONG, LONG, LONG, HUGE, {LONG: MANY}),
    "Limits": lambda: Limits(**dict.fromkeys(Limits.__dataclass_fields__, HUGE)),
}
PARTS: dict[str, Callable[[], Any]] = {
    "Outputs": lambda: encoders.response({"data": MANY}).data,
    "UndecodedOutput": lambda: encoders.response({"data": MANY}).data.undecoded()[0],
    "Parameter": lambda: PARAMETER,
    "Endpoint": lambda: ENDPOINT,
    "Description": lambda: Description(LONG, LONG, endpoints=(ENDPOINT,) * 1000, title=LONG),
    "DataURL.body": lambda: encoders.data_url.parse("data:," + "a" * 10**6).body,
}


def test_every_public_class_is_tried() -> None:
    names = {name for name, each in public_callables().items() if inspect.isclass(each)}
    assert set(VALUES) == names


@pytest.mark.parametrize("name", [*VALUES, *PARTS])
def test_the_repr_of_a_large_value_is_one_short_line(name: str) -> None:
    value = {**VALUES, **PARTS}[name]()
    with at_most(0.5):
        text = repr(value)

    assert len(text) < LONGEST
    assert text.isprintable()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_the_repr_of_an_error_is_short(error: Any) -> None:
    changed = copy.copy(error)
    changed.args = (LONG,)
    if isinstance(error, OSError):
        changed.strerror = changed.filename = LONG

    assert repr(error).startswith(f"{type(error).__name__}(")
    assert len(repr(error)) < LONGEST and len(repr(changed)) < LONGEST
    assert repr(changed).isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.tuples(inner)
        | st.builds(Table, st.lists(st.text()), st.lists(st.lists(inner)))
        | st.builds(Raw, inner)
    ),
    max_leaves=100,
)


@given(JSON, st.integers(20, 500))
def test_any_value_is_bounded(value: Any, room: int) -> None:
    text = brief(value, room)

    assert len(text) <= 2 * room
    assert text.isprintable()


@given(
    st.recursive(
        st.none()
        | st.integers()
        | st.sets(st.integers(), max_size=3)
        | st.frozensets(st.booleans()),
        lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.tuples(),
    )
)
def test_a_small_value_is_whole(value: Any) -> None:
    assert brief(value, 10_000) == repr(value)


def test_json_is_written_as_json() -> None:
    value = {"a": [None, True, 1.5, "Grüße"], "b": "x" * 100}
    text = brief(value, literal=lambda each: json.dumps(each, ensure_ascii=False))

    assert text == (
        '{"a": [null, true, 1.5, "Grüße"], "b": "xxxxxxxxxxxxxxxxxxxxxxxxxxxx…'
        'xxxxxxxxxxxxxxxxxxxxxxxxxxxxx" (100 characters)}'
    )


def test_few_items_share_the_room_evenly() -> None:
    text = brief([list(range(1000)), "a", list(range(1000))])
    assert text == (
        "[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 988 more], 'a', "
        "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 988 more]]"
    )


def test_outputs_are_counted() -> None:
    names = [["a", "b"], ["a"], []]
    texts = [repr(encoders.response({"data": data})) for data in names]

    assert texts == [
        "<Response with <2 outputs: output, output_2>>",
        "<Response with <1 output: output>>",
        "<Response with <0 outputs>>",
    ]


def test_a_payload_is_still_a_dict(tmp_path: Path) -> None:
    made = encoders.payload(PHOTO)

    assert repr(made) == (
        "{'data': ['data:image/jpeg;base64,/9j/4…+aDSoFMBNSJUtA9JAIoH/ACFVo//Z' "
        "(391,899 characters)]}"
    )
    assert json.loads(json.dumps(made)) == made == dict(made)
    assert len(json.dumps(made)) > 391_899
