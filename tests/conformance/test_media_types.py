"""Each file of the corpus is detected, damaged or misnamed too, and no peer detects more."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Iterator

import pytest

from encoders import mime
from encoders.data_url.media_type import OCTET_STREAM
from encoders.source import Memory

pytest.importorskip("av", reason="FFmpeg writes a part of the corpus")

from tests.conformance.media_types import (
    PEERS,
    Entry,
    Score,
    ask_us,
    corpus,
    score,
    without_libmagic,
)

ESSENCE = re.compile(r"[a-z]+3?d?/[a-z0-9.+-]+")
# What is detected wrongly, as what, and why. Take off the list what is fixed.
KNOWN = {
    # It starts as any JPEG with an APP8 segment; one would have to walk the segments of each.
    "JPEG-LS": "image/jpeg",
}
NAMES = [entry.name for entry in corpus()]


@pytest.fixture
def entry(request: pytest.FixtureRequest) -> Entry:
    return next(entry for entry in corpus() if entry.name == request.param)


@pytest.fixture(scope="module")
def ours() -> Score:
    return score(ask_us)


class Watched(Memory):
    """Bytes that count how often they are read, and how many of them."""

    reads = 0
    seen = 0

    def at(self, offset: int, length: int) -> bytes:
        found = super().at(offset, length)
        self.reads += 1
        self.seen += len(found)
        return found


def test_the_corpus_has_many_formats_and_unique_names() -> None:
    assert len({entry.format for entry in corpus()}) > 200
    assert len({entry.label for entry in corpus()}) > 170
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("entry", NAMES, indirect=True)
def test_each_file_is_detected(entry: Entry) -> None:
    assert ask_us(entry) == KNOWN.get(entry.name, entry.label)


def test_known_misses_are_of_files_in_the_corpus() -> None:
    labels = {entry.name: entry.label for entry in corpus()}

    assert all(labels[name] != answer for name, answer in KNOWN.items())


@pytest.mark.parametrize("peer", PEERS)
def test_no_peer_detects_as_many(peer: str, ours: Score) -> None:
    try:
        ask = PEERS[peer]()
    except ImportError as error:
        pytest.skip(f"{peer}: {error}")

    theirs = score(ask)

    assert theirs.all < ours.all
    assert theirs.nameless < ours.nameless


def test_without_libmagic_at_most_two_percent_more_are_missed(ours: Score) -> None:
    assert without_libmagic().all >= ours.all - 0.02


@pytest.mark.parametrize("lie", ["lie.png", "lie.mp4", "lie.zip", "lie.exe"])
def test_a_name_of_a_binary_format_changes_no_result(lie: str) -> None:
    changed = {
        entry.name: found
        for entry in corpus()
        if not entry.file_name and (found := mime.detect(entry.data, lie)) != ask_us(entry)
    }

    assert changed == {}


@pytest.mark.parametrize("lie", ["lie.csv", "lie.py", "lie.json", "lie.obj"])
def test_a_name_of_a_text_format_turns_no_binary_into_text(lie: str) -> None:
    changed = {
        entry.name: found
        for entry in corpus()
        if _is_binary(entry) and (found := mime.detect(entry.data, lie)) != ask_us(entry)
    }

    assert changed == {}


def _is_binary(entry: Entry) -> bool:
    """Tell binary files, except those that only a name distinguishes from noise."""
    return 0 in entry.data and not entry.file_name and entry.label not in _NAMELESS


_NAMELESS = ("text/plain", "application/xml", OCTET_STREAM)


@pytest.mark.parametrize("entry", NAMES, indirect=True)
def test_a_damaged_file_is_detected_after_few_reads(entry: Entry) -> None:
    for data in _damaged(entry):
        source = Watched(data, entry.file_name)
        found = mime.detect(source)

        assert ESSENCE.fullmatch(found)
        assert mime.canonical(found) == found
        assert source.reads < 3000
        assert source.seen < 1 << 20


def _damaged(entry: Entry) -> Iterator[bytes]:
    """Cut a file at its first bytes and some others, and change single bytes."""
    chance = random.Random(entry.name)
    size = len(entry.data)
    for length in (*range(min(size, 64)), *(chance.randrange(size + 1) for _ in range(8))):
        yield entry.data[:length]
    for end in (min(size, 64),) * 16 + (min(size, 2048),) * 8 if size else ():
        at = chance.randrange(end)
        flipped = bytes([entry.data[at] ^ chance.randrange(1, 256)])
        yield entry.data[:at] + flipped + entry.data[at + 1 :]


def test_a_movie_with_a_million_tracks_takes_few_reads() -> None:
    tracks = struct.pack(">I4sI4s", 16, b"trak", 8, b"mdia") * 1_000_000
    movie = struct.pack(">I4s8x", 16, b"ftyp") + struct.pack(">I4s", len(tracks) + 8, b"moov")
    source = Watched(movie + tracks, None)

    assert mime.detect(source) == "video/mp4"
    assert source.reads < 3000


def test_a_circular_compound_file_takes_few_reads() -> None:
    file = next(entry.data for entry in corpus() if entry.name == "MSG")
    table = struct.pack("<III", 0xFFFFFFFD, 1, 1)  # the directory goes on where it starts
    entry = 1024 + 128 + 68
    own = struct.pack("<II", 1, 1)  # and an entry is its own neighbour
    data = file[:512] + table + file[524:entry] + own + file[entry + 8 :]
    source = Watched(data, None)

    assert mime.detect(source) == "application/vnd.ms-outlook"
    assert source.reads < 200
