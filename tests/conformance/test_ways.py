"""All functions that read data URLs read the same from them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import pytest

from encoders import data_url, file
from encoders.data_url import parse
from encoders.data_url.value import relabel
from encoders.errors import DataURLError
from encoders.source import open_source

from .data_urls import BY_HAND, long_ones, many

Read = tuple[str, tuple[tuple[str, str], ...], bytes]
Answer = TypeVar("Answer")
SURROGATE = re.compile("[\ud800-\udfff]")


class Dripping(io.StringIO):
    """A text file of which each read gives a few characters only."""

    def __init__(self, text: str, step: int) -> None:
        super().__init__(text, newline="")
        self.step = step

    def read(self, size: int | None = -1, /) -> str:
        return super().read(self.step if size is None or size < 0 else min(size, self.step))


@cache
def expected() -> dict[str, Read | None]:
    """Return thousands of data URLs, each with what `parse` finds in it; None where it refuses."""
    return {url: attempt(contents, url) for url in [*many(5000), *long_ones()]}


def readable() -> dict[str, Read | None]:
    return {url: answer for url, answer in expected().items() if answer}


def contents(url: str, *, strict: bool = False, url_safe: bool = False) -> Read:
    found = parse(url, strict=strict, url_safe=url_safe)
    return found.media_type, found.parameters, found.data


def attempt(read: Callable[[str], Answer], url: str) -> Answer | None:
    try:
        return read(url)
    except DataURLError:
        return None


def streamed(url: str, *, strict: bool = False, step: int | None = None) -> Read:
    sink = io.BytesIO()
    source = Dripping(url, step) if step else io.StringIO(url, newline="")
    header = data_url.decode_to(source, sink, strict=strict)
    return header.media_type, header.parameters, sink.getvalue()


def read_in_places(url: str) -> bytes:
    found = parse(url)
    read = found.reader()
    steps = [0, 1, 2, 5, 6, 7, 100]
    places = zip(steps, [*steps[1:], found.size], strict=True)
    return b"".join(read(start, max(0, end - start)) for start, end in places)


def read_as_a_source(url: str) -> bytes:
    with open_source(parse(url)) as source:
        data = bytes(source.read())
        assert source.size == len(data)
        assert source.at(1, 4) == data[1:5]
        return data


WAYS: dict[str, Callable[[str], bytes]] = {
    "chunks": lambda url: b"".join(parse(url).chunks()),
    "source": read_as_a_source,
    "file codec": file.decode,
    "relabelled": lambda url: parse(relabel(parse(url), "a/b"), strict=True).data,
}


def wrong(
    read: Callable[[str], Answer], right: Mapping[str, Answer | None]
) -> list[tuple[str, str, str]]:
    """Return the URLs that ``read`` reads otherwise, with both answers, all clipped."""
    pairs = ((url, attempt(read, url), answer) for url, answer in right.items())
    different = (pair for pair in pairs if pair[1] != pair[2])
    return [(url[:99], str(ours)[:99], str(answer)[:99]) for url, ours, answer in different]


def bytes_only(answers: dict[str, Read | None]) -> dict[str, bytes | None]:
    return {url: answer and answer[2] for url, answer in answers.items()}


def test_some_thousands_can_be_read_and_some_cannot() -> None:
    assert len(expected()) > 10_000
    assert len(expected()) / 5 < len(readable()) < len(expected()) * 4 / 5


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_the_same_bytes_or_refuses(way: str) -> None:
    assert wrong(WAYS[way], bytes_only(expected())) == []


def test_size_is_known_before_decoding() -> None:
    sizes = {url: len(data) for url, data in bytes_only(readable()).items() if data is not None}

    assert wrong(lambda url: parse(url).size, sizes) == []


def test_bytes_read_in_parts_equal_the_bytes_read_at_once() -> None:
    assert wrong(read_in_places, bytes_only(readable())) == []


def test_a_stream_is_read_as_a_text_is() -> None:
    assert wrong(streamed, expected()) == []


@pytest.mark.parametrize("step", [1, 2, 3, 5])
def test_stream_may_arrive_byte_by_byte(step: int) -> None:
    short = {url: answer for url, answer in expected().items() if len(url) < 500}

    assert wrong(partial(streamed, step=step), short) == []


def test_stream_may_read_from_a_file(tmp_path: Path) -> None:
    def read(url: str) -> Read:
        (tmp_path / "url").write_text(url, encoding="utf-8", newline="")
        sink = io.BytesIO()
        header = data_url.decode_to(tmp_path / "url", sink)
        return header.media_type, header.parameters, sink.getvalue()

    by_hand = {url: expected()[url] for urls in BY_HAND.values() for url in urls}
    writable = {url: answer for url, answer in by_hand.items() if not SURROGATE.search(url)}

    assert wrong(read, writable) == []


def test_the_url_safe_alphabet_changes_nothing_else() -> None:
    assert wrong(partial(contents, url_safe=True), readable()) == []


def test_strict_and_lenient_parsing_agree_on_valid_urls() -> None:
    taken = {url: attempt(partial(contents, strict=True), url) for url in expected()}
    strictly = {url: answer for url, answer in taken.items() if answer}

    assert len(strictly) > 100
    assert strictly == {url: expected()[url] for url in strictly}
    assert wrong(partial(streamed, strict=True), taken) == []


@pytest.mark.parametrize("read", [contents, streamed])
def test_dots_are_searched_up_to_a_limit(read: Callable[[str], Read]) -> None:
    longest = "data:/a,x/../b,".ljust(64 * 1024, "x")

    assert read(longest)[2] == b"x" * (64 * 1024 - 15)
    assert read(longest + "x")[2].startswith(b"x/../b,xx")


def test_a_data_url_is_text() -> None:
    with pytest.raises(TypeError, match="a data URL is a str, not bytes"):
        parse(b"data:,x")  # type: ignore[arg-type]
