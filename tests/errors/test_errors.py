"""Errors say what is wrong and what to do, and survive copying and pickling."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from encoders import errors
from encoders.errors import EncodersError, Remedy

OVERWRITE = (Remedy("pass", "overwrite", "True"), Remedy("do", value="choose another name"))
ERRORS: list[Any] = [
    errors.DataURLError("bad base64", "text", remedy=OVERWRITE),
    errors.MediaTypeError("text", remedy=OVERWRITE),
    errors.CorruptMediaError("text"),
    errors.LimitError("max_bytes", 5, "6 bytes"),
    errors.PayloadError("text", "data[0]", "image", remedy=OVERWRITE),
    errors.ResponseError("text", "data[0]", "image"),
    errors.UnknownEndpointError("text", "/predict"),
    errors.PredictError("text", status=500, endpoint="/predict", redirect="http://a"),
    errors.CallCancelledError("text"),
    errors.QuotaError("text", seconds=60, requested=60, left=0, status=429),
    errors.OutOfMemoryError("text"),
    errors.MissingDependencyError("video", "video"),
    errors.MissingDependencyError("AVIF", newer="Pillow 11.3"),
    errors.OutputExistsError("it exists already", "a.txt", OVERWRITE),
]


def test_every_error_is_tried() -> None:
    classes = {getattr(errors, name) for name in errors.__all__}
    raised = {each for each in classes if isinstance(each, type) and issubclass(each, Exception)}
    assert {type(error) for error in ERRORS} == raised - {EncodersError}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_copied_error_has_the_same_text(copied: Callable[[Any], Any], error: Any) -> None:
    if isinstance(error, EncodersError):
        error.source = "a.png"
    other = copied(error)

    assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))
    assert other.remedy == error.remedy


@pytest.mark.parametrize(
    ("remedy", "text"),
    [
        (Remedy("pass", "overwrite", "True"), "pass overwrite=True"),
        (Remedy("raise", "timeout"), "pass a higher timeout"),
        (
            Remedy("raise", "max_bytes", "None"),
            "if you trust the data, pass a higher max_bytes, or max_bytes=None for no limit",
        ),
        (Remedy("leave out", "strict"), "leave out strict"),
        (Remedy("leave out", "strict", "to go by the content"), "leave out strict to go by the "),
        (Remedy("do", value="percent-encode it"), "percent-encode it"),
    ],
)
def test_remedy_is_written_as_python_code(remedy: Remedy, text: str) -> None:
    assert str(remedy).startswith(text)


def test_fault_and_remedy_are_kept_apart() -> None:
    error = errors.MediaTypeError("this is text", remedy=OVERWRITE)
    output = errors.OutputExistsError("it exists already", "a.txt", OVERWRITE)

    assert error.message == "this is text"
    assert str(error) == "this is text; pass overwrite=True or choose another name"
    assert output.strerror == "it exists already"
    assert str(output).endswith("'a.txt'; pass overwrite=True or choose another name")
