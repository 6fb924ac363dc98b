"""Fuzz by structure: set the fields of the fixtures' containers to their extremes.

Each call of ``python -m tests.fuzz.structure_media --calls 100000`` sets one to three fields of a
fixture. Then it inspects, decodes and converts the result under the usual limits. The calls are the
same in every run. A finding is an exception that is no `EncodersError`, a process that dies, more
than 10 seconds of processor time, or more than 1 GiB of memory.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pkgutil
import random
import resource
import select
import struct
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import encoders
from encoders import EncodersError, audio, image, mime, video
from encoders.codecs import codec_for
from tests.paths import FIXTURES, ROOT

FOLDERS = ("image", "audio", "video", "file", "edge", "broken", "hostile")
MOST_SECONDS = 10.0
MOST_MEMORY = 1 << 30
_WAIT = 120  # seconds after which a call that has not returned is a finding
_LARGEST = 300_000  # bytes: larger fixtures are left out
_HEAD = 160  # bytes at the start in which each place may be a field
_SHOWN_FIELDS = 48  # bytes of a chunk or box that are taken as fields
_FRAMES = 30
_CHANGES = (1, 1, 1, 2, 3)  # how many fields are set at once


@dataclass(frozen=True)
class Field:
    """A place in a file that holds a number: its offset and its width, in bytes."""

    offset: int
    width: int


@dataclass(frozen=True)
class Call:
    """One fixture with some fields set to other values."""

    path: Path
    changes: tuple[tuple[int, bytes], ...]

    def __str__(self) -> str:
        changes = ", ".join(f"{value.hex()} at {offset}" for offset, value in self.changes)
        return f"{self.path.relative_to(FIXTURES)} with {changes}"

    def data(self) -> bytes:
        data = bytearray(self.path.read_bytes())
        for offset, value in self.changes:
            data[offset : offset + len(value)] = value
        return bytes(data)


# The fields of each container.


def boxes(data: bytes) -> Iterator[Field]:
    """Yield the fields of ISO boxes (ISO 14496-12 section 4.2), inner boxes too."""
    yield from _boxes(data, 0, len(data), 0)


_HOLDERS = (
    b"moov trak mdia minf stbl dinf edts moof traf mvex udta meta iprp ipco iref grpl mfra "
    b"stsd avc1 mp4a hvc1 hev1 av01 vp09 wave"
).split()
_EXTRA = {b"meta": 4, b"stsd": 8, b"mp4a": 28, b"iref": 4}
_EXTRA |= dict.fromkeys((b"avc1", b"hvc1", b"hev1", b"av01", b"vp09"), 78)


def _boxes(data: bytes, start: int, end: int, depth: int) -> Iterator[Field]:
    while start + 8 <= end and depth < 12:
        size = int.from_bytes(data[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        if size < 8 or start + size > end:
            size = end - start
        yield from (Field(start, 4), Field(start + 4, 4))
        body = start + 8
        yield from _words(body, min(start + size, body + _SHOWN_FIELDS))
        if kind in _HOLDERS:
            yield from _boxes(data, body + _EXTRA.get(kind, 0), start + size, depth + 1)
        start += size


def chunks(data: bytes) -> Iterator[Field]:
    """Yield the fields of RIFF, RIFX, FORM and PNG chunks, lists entered."""
    if data[:4] == b"\x89PNG":
        start = 8
        while start + 12 <= len(data):
            size = int.from_bytes(data[start : start + 4], "big")
            yield from (Field(start, 4), Field(start + 4, 4))
            yield from _words(start + 8, min(start + 8 + size, start + 8 + _SHOWN_FIELDS))
            start += 12 + size
        return
    order: Any = "little" if data[:4] == b"RIFF" else "big"
    yield Field(4, 4)
    yield from _chunks(data, 12, len(data), order, 0)


def _chunks(data: bytes, start: int, end: int, order: Any, depth: int) -> Iterator[Field]:
    while start + 8 <= end and depth < 5:
        size = int.from_bytes(data[start + 4 : start + 8], order)
        yield from (Field(start, 4), Field(start + 4, 4))
        stop = min(start + 8 + size, end)
        yield from _words(start + 8, min(stop, start + 8 + _SHOWN_FIELDS))
        if data[start : start + 4] == b"LIST":
            yield from _chunks(data, start + 12, stop, order, depth + 1)
        start += 8 + size + size % 2


def elements(data: bytes) -> Iterator[Field]:
    """Yield the fields of EBML elements (RFC 8794), inner elements too."""
    yield from _elements(data, 0, len(data), 0)


_MASTERS = {
    0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0xE1, 0x1F43B675, 0xA0, 0x1C53BB6B,
    0xBB, 0xB7, 0x114D9B74, 0x4DBB, 0x1254C367, 0x7373, 0x67C8, 0x6D80, 0x6240, 0x5034,
}  # fmt: skip


def _elements(data: bytes, start: int, end: int, depth: int) -> Iterator[Field]:
    while start + 2 <= end and depth < 8:
        width = 9 - data[start].bit_length() if data[start] else 8
        key = int.from_bytes(data[start : start + width], "big")
        at = start + width
        if at >= end:
            return
        size_width = 9 - data[at].bit_length() if data[at] else 8
        size = int.from_bytes(data[at : at + size_width], "big") & ((1 << 7 * size_width) - 1)
        body = at + size_width
        stop = min(body + size, end)
        yield from (Field(start, width), Field(at, size_width))
        if key in _MASTERS:
            yield from _elements(data, body, stop, depth + 1)
        elif stop > body:
            yield Field(body, min(stop - body, 8))
        start = stop


def pages(data: bytes) -> Iterator[Field]:
    """Yield the fields of Ogg pages (RFC 3533 section 6) and of the first packets in them."""
    start = 0
    for _ in range(12):
        start = data.find(b"OggS", start)
        if start < 0:
            return
        for offset, width in ((4, 1), (5, 1), (6, 8), (14, 4), (18, 4), (22, 4), (26, 1), (27, 1)):
            yield Field(start + offset, width)
        yield from _words(start + 28, min(start + 28 + _SHOWN_FIELDS, len(data)))
        start += 4


def tags(data: bytes) -> Iterator[Field]:
    """Yield the fields of TIFF directories (TIFF 6.0 section 2)."""
    order = "<" if data[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    for _ in range(4):
        if not 8 <= start <= len(data) - 2:
            return
        yield Field(start, 2)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        end = min(start + 2 + 12 * count, len(data) - 4)
        for at in range(start + 2, end - 11, 12):
            yield from (Field(at, 2), Field(at + 2, 2), Field(at + 4, 4), Field(at + 8, 4))
        yield Field(end, 4)
        (start,) = struct.unpack_from(f"{order}I", data, end)


def segments(data: bytes) -> Iterator[Field]:
    """Yield the fields of JPEG segments (ITU-T T.81 annex B)."""
    start = 2
    while start + 4 <= len(data) and data[start] == 0xFF:
        size = int.from_bytes(data[start + 2 : start + 4], "big")
        yield from (Field(start + 1, 1), Field(start + 2, 2))
        stop = min(start + 2 + size, len(data))
        yield from (Field(at, 1) for at in range(start + 4, min(stop, start + 24)))
        yield from _words(start + 4, min(stop, start + 4 + _SHOWN_FIELDS))
        start += 2 + size


def anywhere(data: bytes) -> Iterator[Field]:
    """Yield every place at the start of a file, for formats without chunks, and at its end."""
    for start, stop in ((0, min(_HEAD, len(data))), (max(len(data) - 64, 0), len(data))):
        for width in (1, 2, 4):
            yield from (Field(at, width) for at in range(start, stop - width + 1))


def _words(start: int, stop: int) -> Iterator[Field]:
    for width in (4, 2, 1):
        yield from (Field(at, width) for at in range(start, stop - width + 1, width))


READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Iterator[Field]]], ...] = (
    (lambda data: data[4:8] in (b"ftyp", b"moov", b"wide", b"mdat"), boxes),
    (lambda data: data[:4] in (b"RIFF", b"RIFX", b"FORM", b"\x89PNG"), chunks),
    (lambda data: data[:4] == b"\x1a\x45\xdf\xa3", elements),
    (lambda data: data[:4] == b"OggS", pages),
    (lambda data: data[:4] in (b"II*\0", b"MM\0*"), tags),
    (lambda data: data[:2] == b"\xff\xd8", segments),
)


def extremes(now: bytes) -> list[bytes]:
    """Return the values that a field is set to, without its current one."""
    width = len(now)
    top = 256**width
    numbers = {0, 1, top - 1, top // 2, top // 2 - 1, top - 2}
    found = set()
    for order in ("big", "little"):
        value = int.from_bytes(now, order)
        numbers |= {(value + 1) % top, (value - 1) % top, value * 2 % top}
        found |= {number.to_bytes(width, order) for number in numbers}
    return sorted(found - {now})


def fields(data: bytes) -> list[Field]:
    found = [field for knows, read in READERS if knows(data) for field in read(data)]
    places = dict.fromkeys([*found, *anywhere(data)])
    return [place for place in places if place.offset + place.width <= len(data)]


@cache
def sources() -> list[tuple[Path, bytes, list[Field]]]:
    """Return the fixtures whose media type is detected, with their fields."""
    paths = (path for name in FOLDERS for path in sorted((FIXTURES / name).glob("*")))
    found = []
    for path in paths:
        if path.is_file() and 0 < path.stat().st_size <= _LARGEST:
            data = path.read_bytes()
            found.append((path, data, fields(data)))
    return found


def calls(seed: int = 1) -> Iterator[Call]:
    """Yield calls without end, the same for a seed: each fixture in turn, its fields at random."""
    chance = random.Random(seed)
    while True:
        for path, data, places in sources():
            changes = []
            for field in chance.choices(places, k=chance.choice(_CHANGES)):
                now = data[field.offset : field.offset + field.width]
                if len(now) == field.width:
                    changes.append((field.offset, chance.choice(extremes(now))))
            if changes:
                yield Call(path, tuple(changes))


# What is done with each.


def use(data: bytes) -> None:
    """Use a file in each way that a user may; an `EncodersError` is no finding."""
    media_type = _allowed(lambda: mime.detect(data)) or ""
    _allowed(lambda: encoders.inspect(data))
    _allowed(lambda: encoders.decode(encoders.file.encode(data)))
    for task in _TASKS.get(codec_for(media_type), ()):
        _allowed(lambda task=task: task(data))  # type: ignore[misc]


def _allowed(task: Callable[[], Any]) -> Any:
    try:
        return task()
    except EncodersError as error:
        assert str(error).strip(), "the error says nothing"
        assert len(str(error)) < 1000, "the error says too much"
        return None


def _all_frames(data: bytes) -> None:
    for _ in image.decode_frames(encoders.file.encode(data)):
        pass


def _watched(data: bytes) -> None:
    clip = video.decode(encoders.file.encode(data))
    for _ in itertools.islice(clip.frames(), _FRAMES):
        pass
    _allowed(lambda: clip.thumbnail(at=0.5))
    _allowed(clip.audio)


_TASKS: dict[str, tuple[Callable[[bytes], Any], ...]] = {
    "image": (
        lambda data: image.decode_array(encoders.file.encode(data)),
        _all_frames,
        lambda data: image.encode(data, format="jpeg", max_size=64),
        lambda data: image.encode(data, format="webp"),
        lambda data: encoders.payload(data, components=["image"]),
    ),
    "audio": (
        lambda data: audio.decode(encoders.file.encode(data), start=0.1, dtype="float32"),
        lambda data: audio.encode(data, format="flac"),
    ),
    "video": (_watched, lambda data: audio.decode(encoders.file.encode(data))),
}


# One process makes the calls, and one watches it.


def work(task: str, start: int, stop: int, step: int, most_seconds: float) -> None:
    """Make every ``step``-th call from ``start`` on; print a line before each and each finding."""
    do = pkgutil.resolve_name(task)
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    for name in ("small.png", "small.webp", "small.avif"):
        use((FIXTURES / "image" / name).read_bytes())
    use((FIXTURES / "video" / "clip.mp4").read_bytes())
    for number in range(start, stop, step):
        print(json.dumps({"at": number}), flush=True)
        call = _call(number)
        _reset_peak()
        before, began = _memory("VmRSS"), time.process_time()
        reason = ""
        try:
            do(call.data())
        except BaseException as error:
            reason = f"{type(error).__name__}: {str(error)[:200]}"
        seconds, memory = time.process_time() - began, _memory("VmHWM") - before
        if seconds > most_seconds:
            reason = f"{seconds:.0f} s"
        if memory > MOST_MEMORY:
            reason = f"{memory >> 20} MiB"
        if reason:
            print(json.dumps({"call": str(call), "reason": reason}), flush=True)


_known: list[Call] = []
_stream = calls()


def _call(number: int) -> Call:
    while len(_known) <= number:
        _known.append(next(_stream))
    return _known[number]


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _memory(key: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{key}:")[2].split()[0]) * 1024


def watch(
    start: int,
    stop: int,
    step: int,
    task: str = "tests.fuzz.structure_media:use",
    most_seconds: float = MOST_SECONDS,
) -> Iterator[dict[str, str]]:
    """Yield the findings of a share of the calls. A process that dies or hangs is restarted.

    ``task`` names the function that takes the bytes of each call.
    """
    while start < stop:
        command = [sys.executable, "-m", "tests.fuzz.structure_media", "--work", task]
        with subprocess.Popen(
            [*command, str(start), str(stop), str(step), str(most_seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,  # What is buffered here, select would not see.
            cwd=ROOT,
        ) as process:
            assert process.stdout
            at, reason = start, "the process ended"
            while line := _line(process):
                message = json.loads(line)
                at = message.get("at", at)
                if "call" in message:
                    yield message
            if process.poll() is None:
                try:
                    process.wait(1)
                except subprocess.TimeoutExpired:
                    process.kill()
                    reason = f"no answer for {_WAIT} s"
        if process.returncode == 0:
            return
        yield {"call": str(_call(at)), "reason": f"{reason}, status {process.returncode}"}
        start = at + step


def _line(process: subprocess.Popen[bytes]) -> bytes:
    """Return the next line, or nothing where none comes in time."""
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], _WAIT)
    return process.stdout.readline() if ready else b""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.structure_media")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--share", default="0/1", help="K/N: the K-th of N shares")
    parser.add_argument("--work", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        task, *numbers, most_seconds = given.work
        start, stop, step = map(int, numbers)
        work(task, start, stop, step, float(most_seconds))
        return 0
    which, count = map(int, given.share.split("/"))
    found = 0
    for finding in watch(given.first + which, given.first + given.calls, count):
        found += 1
        print(f"{finding['call']}: {finding['reason']}", flush=True)
    print(f"{given.calls // count:,} calls, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
