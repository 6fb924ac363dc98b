"""Print how much faster two threads are than one, which shows where the GIL is released.

    python -m tests.benchmarks.threads

A turn counts only if its threads hardly waited for a core; a row with too few of them has a dash.
A virtual machine may also share its cores with others, which no process sees. So calls with a known
answer come first: 2 without a lock, and 1 under a lock or the GIL. Where these do not come out,
nothing else is measured. Codecs with threads of their own are left out: one call takes both cores.
"""

from __future__ import annotations

import io
import os
import statistics
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
from PIL import Image

import encoders
from encoders import audio, data_url, file, image, mime
from tests.paths import FIXTURES

Row = tuple[str, ...]
Call = Callable[[], object]

_TURN = 0.01  # seconds at least: longer ones are seldom left alone
_TRIES, _ENOUGH = 150, 8
_MOST_WAITING = 0.04  # of a turn, without a core
_MOST_WRONG = 0.2  # above what is known, and twice that below: handing a lock over costs, too


def rows() -> Iterator[Row]:
    """The work of two threads relative to one, if this machine can measure it now."""
    for label, (truth, call) in _yardsticks().items():
        _, gain, turns = speed_up(call)
        yield _row(f"{label}, known to be {truth}", gain, f"{turns} turns")
        if gain is None or gain > truth + _MOST_WRONG or gain < truth * (1 - 2 * _MOST_WRONG):
            yield ("two threads, all else", "–", "not measured: the machine is not quiet")
            return
    for name, call in {**_urls(), **_pictures(), **_sounds(), **_types()}.items():
        once, gain, turns = speed_up(call)
        yield _row(name, gain, f"{once * 1e3:.3g} ms a call, {turns} turns")


def _row(label: str, gain: float | None, measured: str) -> Row:
    return (f"two threads, {label}", f"{gain:.2f} × one" if gain else "–", measured)


def speed_up(call: Call) -> tuple[float, float | None, int]:
    """Return the seconds of a call, the work of two threads over one's, and the turns that counted.

    Turns of one thread and of two alternate; medians are compared.
    """
    call()
    count = 2
    while (alone := in_threads(1, call, count)[0]) < _TURN:
        count = 2 * max(count, min(round(count * _TURN / alone / 2), 50 * count))
    taken: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(_TRIES):
        for threads, found in taken.items():
            seconds, is_quiet = in_threads(threads, call, count // threads)
            if is_quiet:
                found.append(seconds)
        if min(map(len, taken.values())) >= 3 * _ENOUGH:
            break
    turns = min(map(len, taken.values()))
    if turns < _ENOUGH:
        return alone / count, None, turns
    one, two = (statistics.median(found) for found in taken.values())
    return one / count, one / two, turns


def in_threads(threads: int, call: Call, count: int) -> tuple[float, bool]:
    """Return the seconds that threads take for ``count`` calls each, and whether that was quiet.

    One thread is started as two are, since the main thread uses another part of the heap.
    """
    barrier = threading.Barrier(threads + 1)
    waited: list[float] = []

    def run() -> None:
        barrier.wait()
        before = _without_a_core()
        for _ in range(count):
            call()
        waited.append(_without_a_core() - before)

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    start = time.perf_counter()
    for worker in workers:
        worker.join()
    taken = time.perf_counter() - start
    return taken, max(waited) < _MOST_WAITING * taken


def _without_a_core() -> float:
    """Return the seconds for which this thread could have run and had no core.

    It is not subtracted from anything: the core may have run the other thread. 0 where the system
    does not say.
    """
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def _yardsticks() -> dict[str, tuple[int, Call]]:
    noise = np.random.default_rng(0).integers(0, 9, 1 << 16, np.uint8).tobytes()
    lock = threading.Lock()

    def locked(data: bytes) -> None:
        with lock:
            zlib.compress(data)

    calls: dict[str, tuple[int, Call]] = {"Python alone": (1, partial(sum, range(20_000)))}
    for size in (1 << 16, 1 << 11):  # short calls too, at which a wrong measure fails first
        data = noise[:size]
        calls[f"zlib, {size >> 10} KiB"] = (2, partial(zlib.compress, data))
        calls[f"zlib, {size >> 10} KiB, under a lock"] = (1, partial(locked, data))
    return calls


def _urls() -> dict[str, Call]:
    data = np.random.default_rng(0).bytes(8 << 20)
    url = file.encode(data)
    with_spaces = url.replace("A", "A ", 1000)
    return {
        "bytes → data URL, 8 MiB": partial(file.encode, data),
        "data URL → bytes, 8 MiB": partial(file.decode, url),
        "data URL with white space → bytes, 8 MiB": partial(file.decode, with_spaces),
        "bytes → data URL in a file, 8 MiB": partial(_written, data),
        "bytes → data URL, 4 KiB": partial(file.encode, data[:4096]),
    }


def _written(data: bytes) -> None:
    with open(os.devnull, "w") as sink:
        data_url.encode_to(io.BytesIO(data), sink)


def _pictures() -> dict[str, Call]:
    with Image.open(FIXTURES / "image" / "photo.jpg") as photo:
        array = np.ascontiguousarray(np.asarray(photo.convert("RGB"))[:512, :512])
    small = array[:128, :128]
    jpeg = image.encode(array, format="jpeg")
    calls: dict[str, Call] = {
        "array → PNG data URL": partial(image.encode, array),
        "PNG data URL → array": partial(image.decode_array, image.encode(array)),
        "array → PNG data URL by Pillow": partial(image.encode, small, compress="small"),
        "JPEG data URL, shrunk": partial(image.encode, jpeg, max_size=256),
    }
    for format in get_args(image.Format):
        if format not in ("png", "bmp", "avif"):
            pixels = small if format in ("gif", "webp") else array
            url = image.encode(pixels, format=format)
            calls[f"array → {format.upper()} data URL"] = partial(
                image.encode, pixels, format=format
            )
            calls[f"{format.upper()} data URL → array"] = partial(image.decode_array, url)
    return calls


def _sounds() -> dict[str, Call]:
    times = np.arange(44100) / 44100
    wave = (9999 * np.sin(2 * np.pi * (220 + 20 * times) * times)).astype(np.int16)
    stereo = np.stack([wave, wave[::-1]], axis=1)
    calls: dict[str, Call] = {}
    for format in get_args(audio.Format):
        sound = (
            48000 if format == "opus" else 44100,
            stereo,
        )  # otherwise most of the time would be resampling
        url = audio.encode(sound, format=format)
        calls[f"array → {format} data URL"] = partial(audio.encode, sound, format=format)
        calls[f"{format} data URL → array"] = partial(audio.decode, url)
    wav, m4a = audio.encode((44100, stereo)), file.encode(FIXTURES / "audio" / "tone.m4a")
    calls["wav data URL → array, resampled"] = partial(audio.decode, wav, sample_rate=16000)
    calls["m4a data URL → array"] = partial(audio.decode, m4a)
    return calls


def _types() -> dict[str, Call]:
    png = (FIXTURES / "image" / "small.png").read_bytes()
    foreign = b"QFI\xfb\0\0\0\2" + bytes(2000)  # a disk image, which is left to libmagic
    picture = FIXTURES / "image" / "photo.jpg"
    answer = '{"data": [' + ", ".join([f'"{image.encode(picture)}"'] * 4) + "]}"
    return {
        "mime.detect, a picture": partial(mime.detect, png),
        "mime.detect by libmagic": partial(mime.detect, foreign),
        "payload of a picture": partial(encoders.payload, picture, components=["image"]),
        "response with four pictures": partial(_outputs, answer),
    }


def _outputs(answer: str) -> list[object]:
    return list(encoders.response(answer, ["image"] * 4).data)


def main() -> None:
    print("| what | work done | measured |\n|---|---|---|")
    for row in rows():
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
