"""A body read in pieces is the same as from `json.loads`, with long data URLs decoded."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders import DataURL, LimitError, Limits, ResponseError
from encoders.predict.body import BodyReader, Parsed, check_depth, parse
from tests import forks
from tests.fuzz.targets import with_text

LONG = bytes(range(256)) * 400


def read(text: bytes, step: int | None = None, limits: Limits | None = None) -> Parsed:
    reader = BodyReader(limits or Limits())
    for start in range(0, len(text), step or len(text) or 1):
        reader.feed(text[start : start + (step or len(text))])
    return reader.close()


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


URL = str(DataURL("image/png", LONG))
BODIES = {
    "a data URL": [URL],
    "two": {"data": [URL, 1, URL], "duration": 0.5},
    "short ones": ["data:,x", "data:image/png;base64,AAAA", {"data:": "data:"}],
    "quotes before": ['say "data:image/png;base64,' + "A" * 100_000],
    "backslashes": ["\\", "\\\\", '\\"data:', URL],
    "white space in base64": ["data:image/png;base64," + "AAAA " * 30_000],
    "URL-safe base64": ["data:image/png;base64," + "-_AA" * 30_000],
    "padding amid base64": ["data:image/png;base64," + "AA==" * 30_000],
    "a parameter": ["data:image/png;name=x;base64," + "AAAA" * 30_000],
    "an upper-case type": ["data:Image/PNG;base64," + "AAAA" * 30_000],
    "bad base64 late": ["data:image/png;base64," + "AAAA" * 70_000 + "*"],
    "missing padding": ["data:image/png;base64," + "AAAA" * 30_000 + "AA"],
    "not canonical": ["data:image/png;base64," + "AAAA" * 30_000 + "AB=="],
    "one byte over": [str(DataURL("a/b", LONG + b"x"))],
    "two bytes over": [str(DataURL("a/b", LONG + b"xy"))],
    "empty type": ["data:;base64," + "AAAA" * 30_000],
    "not base64": ["data:text/plain," + "x" * 100_000],
    "an escape": ["data:image/png;base64," + "AAAA" * 30_000 + "\\u0041"],
    "a long header": ["data:" + "x" * 400 + ";base64," + "AAAA" * 30_000],
    "no comma": ["data:" + "x" * 100_000],
    "text that is none": ["data", "data:", 'x"data:', None, True, {"a": {}}],
}


@pytest.mark.parametrize("step", [None, 1 << 20, 4096, 1000, 7])
@pytest.mark.parametrize("name", BODIES)
def test_value_is_that_of_json(name: str, step: int | None) -> None:
    text = json.dumps(BODIES[name]).encode()

    assert with_text(read(text, step).value) == json.loads(text)


@pytest.mark.parametrize("name", ["a data URL", "backslashes", "short ones"])
def test_every_place_to_cut_gives_the_same(name: str) -> None:
    text = json.dumps(["\\", BODIES[name]]).encode()
    ends = [*range(1, 120), *range(len(text) - 120, len(text))]

    for cut in ends:
        reader = BodyReader(Limits())
        reader.feed(text[:cut])
        reader.feed(text[cut:])
        assert with_text(reader.close().value) == json.loads(text)


def test_long_data_url_is_decoded() -> None:
    (url,) = read(json.dumps([URL]).encode(), 1000).value

    assert isinstance(url, DataURL)
    assert (url.media_type, url.data) == ("image/png", LONG)


def test_slashes_that_json_escapes_stay_right() -> None:
    text = json.dumps([URL]).replace("/", "\\/").encode()

    assert read(text, 5000).value == [URL]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), st.lists, max_leaves=20
    )
)
@settings(max_examples=200, deadline=None)
def test_any_value_is_that_of_json(value: Any) -> None:
    text = json.dumps([value, "data:;base64,AAAA", URL]).encode()

    assert with_text(read(text, 999).value) == json.loads(text)


@pytest.mark.parametrize("text", [b"", b"x", b'{"data": [', b'["a"data:x"]', b"\xff", b'"data:'])
def test_text_that_is_not_json_is_a_response_error(text: bytes) -> None:
    with pytest.raises(ResponseError, match="expected JSON"):
        read(text)


def test_closing_quote_is_no_opening_one() -> None:
    long = json.dumps(URL).encode()

    with pytest.raises(ResponseError, match="expected JSON"):
        read(b'["x' + long + b"]")


@pytest.mark.parametrize("text", [f'{{"{URL}": 1}}', f'{{"a": "{URL}", "a": 1}}'])
def test_data_url_as_a_key_is_a_response_error(text: str) -> None:
    with pytest.raises(ResponseError, match="key"):
        read(text.encode())


@pytest.mark.parametrize("value", [nested(20), '[{"a":' * 10 + "1" + "}]" * 10])
def test_depth_at_the_limit_passes_and_one_past_does_not(value: str) -> None:
    parsed = json.loads(value)

    check_depth(parsed, Limits(max_depth=20))
    check_depth([1, [parsed, 2]], Limits(max_depth=None))
    with pytest.raises(LimitError, match="max_depth=20"):
        check_depth([parsed], Limits(max_depth=20))


@pytest.mark.parametrize("depth", [100_000, 1_000_000])
@pytest.mark.parametrize("limits", [Limits(), Limits(max_depth=None)])
def test_json_too_deep_for_python_is_a_limit_error(depth: int, limits: Limits) -> None:
    with pytest.raises(LimitError, match="max_depth"):
        read(nested(depth).encode(), limits=limits)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    check_depth([[[], {}]] * 10_000, Limits(max_depth=3))


def test_size_at_the_limit_passes_and_one_past_does_not() -> None:
    text = json.dumps([URL]).encode()

    read(text, limits=Limits(max_body_bytes=len(text)))
    read(text, limits=Limits(max_bytes=len(LONG)))
    with pytest.raises(LimitError, match="max_body_bytes"):
        read(text, limits=Limits(max_body_bytes=len(text) - 1))
    with pytest.raises(LimitError, match="max_bytes"):
        read(text, limits=Limits(max_bytes=len(LONG) - 1))


def test_body_reports_whether_it_contains_data_urls() -> None:
    assert not read(b'["data:,x", {"path": "x"}]').has_urls
    assert read(json.dumps([URL]).encode()).has_urls


@pytest.mark.parametrize("name", BODIES)
def test_text_and_bytes_parse_to_the_same(name: str) -> None:
    text = json.dumps(BODIES[name])

    assert with_text(parse(text, Limits()).value) == json.loads(text)
    assert with_text(parse(text.encode(), Limits()).value) == json.loads(text)


_MEMORY = """
import re, sys
from pathlib import Path
import encoders
from encoders import response
status = Path('/proc/self/status')
high = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1]) * 1024
response('{"data": ["data:,x"]}').data[0]
Path('/proc/self/clear_refs').write_text('5')
before = high()
answer = response(Path(sys.argv[1]), ["file"])
found = answer.data[0]
print((high() - before) / len(found.data))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_big_data_url_costs_little_more_than_its_content(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    url = str(DataURL("application/octet-stream", bytes(32 << 20)))
    path.write_text(json.dumps({"data": [{"name": "a.bin", "data": url}]}))

    done = forks.run("-c", _MEMORY, path)

    assert done.stderr == b""
    assert float(done.stdout) < 1.3
