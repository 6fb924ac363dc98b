"""Every kind of source gives the same bytes, in whole and in part."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.data_url import DataURL, format
from encoders.errors import DataURLError
from encoders.source import Memory, Patched, open_source

DATA = bytes(range(256)) * 1200 + b"end"
PARTS = [(0, 10), (1, 1), (100_000, 7), (300_001, 50_000), (len(DATA) - 2, 9), (len(DATA), 1)]
TEXT = format(DataURL("a/b", DATA))
URLS = {
    "plain": TEXT,
    "folded": "\n".join(TEXT[i : i + 76] for i in range(0, len(TEXT), 76)),
    "escaped": TEXT.replace("A", "%41"),
    "unpadded": TEXT.rstrip("="),
    "fragment": TEXT + "#fragment",
    "percent": format(DataURL("a/b", DATA), base64=False),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


@pytest.mark.parametrize(("offset", "length"), PARTS)
def test_a_part_of_a_source(
    offset: int, length: int, path: Path, way: Callable[[Path], Any]
) -> None:
    with open_source(way(path)) as source:
        assert source.at(offset, length) == DATA[offset : offset + length]


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
@pytest.mark.parametrize(("offset", "length"), PARTS)
def test_a_part_of_a_data_url(offset: int, length: int, url: str) -> None:
    with open_source(url) as source:
        assert source.at(offset, length) == DATA[offset : offset + length]
        assert source.size == len(DATA)
        assert bytes(source.read()) == DATA


def test_all_sources_agree(path: Path, way: Callable[[Path], Any]) -> None:
    with open_source(way(path)) as source:
        assert source.size == len(DATA)
        assert bytes(source.read()) == DATA
        assert source.data_url("a/b") == TEXT
        with source.open() as file:
            file.seek(-3, os.SEEK_END)
            assert file.read() == b"end"


@given(st.binary(max_size=200), st.integers(0, 210), st.integers(0, 210))
def test_every_part_of_short_data(data: bytes, offset: int, length: int) -> None:
    for given_source in (
        data,
        memoryview(data),
        DataURL("a/b", data),
        format(DataURL("a/b", data)),
    ):
        with open_source(given_source) as source:
            assert source.at(offset, length) == data[offset : offset + length]
            assert source.open().read() == data


def test_a_file_is_read_from_its_position_which_is_restored() -> None:
    file = io.BytesIO(b"junk" + DATA)
    file.seek(4)

    with open_source(file) as source:
        assert source.size == len(DATA)
        assert source.at(10, 100_000) == DATA[10:100_010]
        assert bytes(source.read()) == DATA
        assert source.data_url("a/b") == TEXT
        with source.open() as opened, pytest.raises(OSError, match="before the start"):
            opened.seek(-len(DATA) - 1, os.SEEK_END)
    assert file.tell() == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(DATA,))
    writer.start()
    with open_source(pipe) as source:
        assert source.at(5, 5) == DATA[5:10]
        assert source.data_url("a/b") == TEXT
    writer.join()


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="no /proc here")
def test_a_file_of_unknown_size_is_read_to_its_end() -> None:
    with open_source("/proc/self/smaps") as source:
        assert source.size == len(source.read()) > 4096
        assert bytes(source.read()).endswith(b"\n")


def test_a_folder_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError if os.name == "posix" else OSError, match=tmp_path.name):
        open_source(tmp_path)


@pytest.mark.parametrize("view", [memoryview(b"abcdef")[::2], memoryview(b"abcd").cast("H")])
def test_a_memoryview_of_any_shape_is_its_bytes(view: memoryview) -> None:
    with open_source(view) as source:
        assert bytes(source.read()) == view.tobytes()
        assert source.size == view.nbytes


def test_argument_name_overrides_that_of_the_source(path: Path) -> None:
    named = DataURL("a/b", b"x", (("name", "own.png"),))
    for source in (path, str(path), io.BytesIO(DATA), named, b"x"):
        with open_source(source, "given.txt") as opened:
            assert opened.name == "given.txt"
    with open_source(named) as opened:
        assert (opened.name, opened.declared) == ("own.png", "a/b")
    with open_source(path) as opened:
        assert opened.name == "data.bin"


def test_error_for_bare_base64_names_the_missing_prefix() -> None:
    with pytest.raises(DataURLError, match="put data:;base64, before"):
        open_source("A" * 100_000)


@pytest.mark.parametrize("thing", [None, 5, ["a"], io.StringIO("text")])
def test_another_type_is_a_type_error(thing: Any) -> None:
    with pytest.raises(TypeError):
        open_source(thing)


def test_a_missing_file_is_a_file_not_found_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_source(tmp_path / "nothing.png")


def test_inserted_bytes_read_as_if_they_stood_in_the_file() -> None:
    whole = b"abcXYZdefgh"
    source = Patched(Memory(b"abcdefgh", None), 3, b"XYZ", inserted=True)

    assert source.size == len(whole)
    assert source.open().read() == whole
    for start in range(13):
        for length in range(13):
            assert source.at(start, length) == whole[start : start + length]
