"""Print the README's table: each row a ratio to a peer, both sides in this run, page cache warm."""

from __future__ import annotations

import base64
import io
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import magic
import numpy as np
import numpy.typing as npt
import pybase64
import soundfile
from gradio_client import utils as gradio
from PIL import Image
from scipy.io import wavfile

import encoders
from encoders import audio, data_url, file, image, mime

FIXTURES = Path(__file__).parents[2] / "fixtures"
SIZES = {
    "1 KiB": 1 << 10,
    "64 KiB": 1 << 16,
    "1 MiB": 1 << 20,
    "64 MiB": 1 << 26,
    "256 MiB": 1 << 28,
}
Row = tuple[str, ...]


def seconds(call: Callable[..., object], *arguments: object, budget: float = 1.0) -> float:
    """Return the median time of a call, run for about ``budget`` seconds, five times at least."""
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < 5 or (time.perf_counter() - began < budget and len(times) < 500):
        start = time.perf_counter()
        result = call(*arguments)
        times.append(time.perf_counter() - start)
        del result
    return statistics.median(times)


def peak(prepare: str, code: str, *arguments: object) -> float:
    """Return the MiB that ``code`` adds at its peak, run after ``prepare`` in a new process."""
    program = (
        "import os, re, sys\n"
        "from pathlib import Path\n"
        "from encoders import data_url, file, mime\n"
        "from gradio_client import utils as gradio\n"
        # Not ru_maxrss, which a new process inherits from the one that started it.
        "status = Path('/proc/self/status')\n"
        "def high(): return int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1]) / 1024\n"
        "mime.detect(b'a'); file.encode(b'a'); file.decode('data:,a')\n"
        f"{prepare}\n"
        "Path('/proc/self/clear_refs').write_text('5')  # the peak so far is forgotten\n"
        "before = high()\n"
        f"{code}\n"
        "print(high() - before)\n"
    )
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def times(peer: float, ours: float) -> str:
    return f"{peer / ours:.1f} ×"


def files(folder: Path) -> Iterator[Row]:
    """File → data URL and back."""
    for label, size in SIZES.items():
        path = folder / "random.bin"
        path.write_bytes(np.random.default_rng(0).bytes(size))
        url = file.encode(path)
        ours = seconds(file.encode, path)
        theirs = encoded = seconds(gradio.encode_file_to_base64, path)
        plain = seconds(plain_encode, path)
        copy = seconds(read_and_copy, path)
        yield (
            f"file → data URL, {label}",
            f"{ours * 1e3:.3g} ms",
            f"gradio_client {times(theirs, ours)}, base64 {times(plain, ours)}, "
            f"read and copy {times(copy, ours)}",
        )
        streamed = seconds(stream, path, folder / "url.txt")
        unwritten = seconds(stream, path, Path(os.devnull))
        ours = seconds(save, url, folder)
        theirs = seconds(gradio_save, url, folder)
        to_bytes = seconds(file.decode, url)
        plain = seconds(plain_decode, url)
        yield (
            f"data URL → file, {label}",
            f"{ours * 1e3:.3g} ms",
            f"gradio_client {times(theirs, ours)}",
        )
        yield (
            f"data URL → bytes, {label}",
            f"{to_bytes * 1e3:.3g} ms",
            f"base64 {times(plain, to_bytes)}",
        )
        if size >= 1 << 20:
            written = seconds(gradio_stream, path, folder / "url.txt")
            yield (
                f"file → data URL in a file, {label}",
                f"{streamed * 1e3:.3g} ms",
                f"gradio_client {times(written, streamed)}; with neither writing it, "
                f"gradio_client {times(encoded, unwritten)}",
            )


def plain_encode(path: Path) -> str:
    return "data:;base64," + base64.b64encode(path.read_bytes()).decode()


def plain_decode(url: str) -> bytes:
    return base64.b64decode(url.partition(",")[2])


def read_and_copy(path: Path) -> bytearray:
    return bytearray(path.read_bytes())


def stream(path: Path, target: Path) -> None:
    with target.open("w") as sink:
        data_url.encode_to(path, sink)


def gradio_stream(path: Path, target: Path) -> None:
    target.write_text(gradio.encode_file_to_base64(path))


def save(url: str, folder: Path) -> None:
    file.save(url, folder, "saved.bin").unlink()


def gradio_save(url: str, folder: Path) -> None:
    temporary = gradio.decode_base64_to_file(url, dir=str(folder))
    temporary.close()
    Path(temporary.name).unlink()


def memory(folder: Path) -> Iterator[Row]:
    """Peak extra memory at 64 MiB."""
    path = folder / "random.bin"
    path.write_bytes(np.random.default_rng(0).bytes(1 << 26))
    (folder / "url.txt").write_text(file.encode(path))
    string, data = (1 << 26) * 4 / 3 / 2**20, 64.0
    ours = peak("", "url = file.encode(sys.argv[1])", path)
    theirs = peak("", "url = gradio.encode_file_to_base64(sys.argv[1])", path)
    yield (
        "peak, file → data URL, 64 MiB",
        f"{ours / string:.2f} × the string",
        f"gradio_client {theirs / string:.2f} ×",
    )
    read = "url = Path(sys.argv[1]).read_text()"
    text = folder / "url.txt"
    ours = peak(read, "data = file.decode(url)", text)
    plain = peak(read, "import base64; data = base64.b64decode(url.partition(',')[2])", text)
    yield (
        "peak, data URL → bytes, 64 MiB",
        f"{ours / data:.2f} × the bytes",
        f"base64 {plain / data:.2f} ×",
    )
    ours = peak(read, "file.save(url, sys.argv[2])", text, folder / "saved")
    theirs = peak(read, "gradio.decode_base64_to_file(url, dir=sys.argv[2])", text, folder)
    yield (
        "peak, data URL → file, 64 MiB",
        f"{ours:.1f} MiB",
        f"gradio_client {theirs:.0f} MiB",
    )
    sink = "with open(os.devnull, 'w') as sink: data_url.encode_to(sys.argv[1], sink)"
    yield ("peak, streamed to a data URL", f"{peak('', sink, path):.1f} MiB", "")
    sink = "with open(os.devnull, 'wb') as sink: data_url.decode_to(sys.argv[1], sink)"
    yield ("peak, streamed to a file", f"{peak('', sink, text):.1f} MiB", "")


def pictures() -> Iterator[Row]:
    """Array of 1024×1024 RGB → PNG data URL, against Pillow's default."""
    for label, name in (
        ("photograph", "photo.jpg"),
        ("page of text", "page.png"),
        ("flat art", "flat.png"),
    ):
        with Image.open(FIXTURES / "image" / name) as picture:
            array = np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:1024, :1024])

        ours, theirs = seconds(image.encode, array), seconds(pillow, array)
        assert np.array_equal(image.decode_array(image.encode(array)), array)
        yield (
            f"array → PNG data URL, {label}",
            f"{ours * 1e3:.2f} ms",
            f"Pillow {times(theirs, ours)}; "
            f"bytes {len(image.encode(array)) / len(pillow(array)):.2f} of its",
        )


def pillow(array: npt.NDArray[Any]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def sounds() -> Iterator[Row]:
    """60 s of stereo int16 → WAV data URL and back."""
    samples = np.random.default_rng(0).integers(-9999, 9999, (60 * 44100, 2), np.int16)
    header = struct.pack("<44x")

    def joined() -> str:
        body = pybase64.b64encode_as_string(
            b"".join((header, samples.reshape(-1).view(np.uint8).data))
        )
        return "data:audio/wav;base64," + body

    def scipy() -> bytes:
        buffer = io.BytesIO()
        wavfile.write(buffer, 44100, samples)
        return base64.b64encode(buffer.getvalue())

    def sndfile() -> bytes:
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, 44100, format="WAV")
        return base64.b64encode(buffer.getvalue())

    ours = seconds(lambda: audio.encode((44100, samples)))
    yield (
        "int16 array → WAV data URL, 60 s",
        f"{ours * 1e3:.2f} ms",
        f"header, join and pybase64 {times(seconds(joined), ours)}, scipy and base64 "
        f"{times(seconds(scipy), ours)}, soundfile and base64 {times(seconds(sndfile), ours)}",
    )
    url = audio.encode((44100, samples))
    ours, plain = seconds(lambda: audio.decode(url)), seconds(lambda: file.decode(url))
    yield (
        "WAV data URL → int16 array, 60 s",
        f"{ours * 1e3:.2f} ms",
        f"bytes only {times(plain, ours)}",
    )


def payloads(folder: Path) -> Iterator[Row]:
    """Payloads beside the codec alone, responses beside the parser alone."""
    pictures = []
    for number, array in enumerate(np.random.default_rng(0).integers(0, 256, (100, 64, 64, 3))):
        pictures.append(folder / f"{number}.png")
        Image.fromarray(array.astype(np.uint8)).save(pictures[-1])
    alone = partial(map_all, image.encode, pictures)
    named, inferred = [
        side_by_side(alone, partial(encoders.payload, *pictures, components=components))
        for components in (["image"] * 100, None)
    ]
    yield (
        "payload of 100 pictures, 64×64",
        f"{named[1] * 1e3:.2f} ms",
        f"image.encode alone {named[0] / named[1]:.2f} ×; "
        f"components inferred: {inferred[0] / inferred[1]:.2f} ×",
    )
    bodies = {
        "1 million numbers": {"data": [np.random.default_rng(0).random((100_000, 10)).tolist()]},
        "10 MB of text": {"data": ["hello wörld " * 700_000]},
        "20,000 messages": {"data": [[{"role": "user", "content": "hello " * 20}] * 20_000]},
    }
    for label, body in bodies.items():
        text = json.dumps(body).encode()
        found = side_by_side(partial(json.loads, text), partial(encoders.response, text), 9)
        yield (
            f"response, {label}",
            f"{found[1] * 1e3:.1f} ms",
            f"json.loads {found[0] / found[1]:.2f} ×",
        )
    big = folder / "big.mp4"
    with big.open("wb") as video:
        video.write((FIXTURES / "video" / "clip.mp4").read_bytes())
        video.truncate(1 << 30)
    code = "encoders.write_payload([Path(sys.argv[1])], sys.argv[2], era='3')"
    used = peak("import encoders; encoders.payload(b'a')", code, big, folder / "payload.json")
    yield ("peak, payload with a 1 GiB video, written", f"{used:.1f} MiB", "")
    answer = folder / "answer.json"
    with big.open("rb") as video, answer.open("w") as sink:
        sink.write('{"data": ["')
        data_url.encode_to(io.BytesIO(video.read(1 << 28)), sink)
        sink.write('"]}')
    code = "held = encoders.response(Path(sys.argv[1]), ['file']).data[0]"
    used = peak("import encoders; encoders.payload(b'a')", code, answer)
    yield ("peak, response with a 256 MiB data URL", f"{used / 256:.2f} × its content", "")


def map_all(call: Callable[[Any], object], values: list[Any]) -> list[object]:
    return [call(value) for value in values]


def side_by_side(
    peer: Callable[[], object], ours: Callable[[], object], rounds: int = 200
) -> tuple[float, float]:
    """Return the median times of two calls made in turn."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, found in zip((peer, ours), taken, strict=True):
            start = time.perf_counter()
            result = call()
            found.append(time.perf_counter() - start)
            del result
    return statistics.median(taken[0]), statistics.median(taken[1])


def media_types() -> Iterator[Row]:
    """`mime.detect` on the heads of all fixtures, against python-magic alone."""
    heads = {
        label: [path.read_bytes()[:2048] for path in sorted(FIXTURES.glob(pattern))]
        for label, pattern in (
            ("pictures", "image/*.*"),
            ("sounds", "audio/*.*"),
            ("videos", "video/*.*"),
            ("files", "file/*.*"),
        )
    }
    heads["a line of JSON"] = [json.dumps({"data": [1, "two", None]}).encode()]
    heads["noise"] = [np.random.default_rng(0).bytes(2048)]
    for label, samples in heads.items():
        ours = seconds(ask, mime.detect, samples) / len(samples)
        theirs = seconds(ask, partial(magic.from_buffer, mime=True), samples) / len(samples)
        yield (
            f"mime.detect, {label}",
            f"{ours * 1e6:.1f} µs",
            f"python-magic {times(theirs, ours)}",
        )


def ask(detect: Callable[[bytes], str], heads: list[bytes]) -> list[str]:
    return [detect(head) for head in heads]


def imports() -> Iterator[Row]:
    """Import time over bare Python."""

    def start(code: str) -> float:
        return seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True), budget=2)

    bare = start("")
    ours = start("import encoders") - bare
    theirs = start("import gradio_client") - bare
    yield ("import encoders", f"{ours * 1e3:.1f} ms", f"gradio_client {theirs * 1e3:.0f} ms")


def main() -> None:
    print("| what | time, or memory | peers, as multiples of ours |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in (
            files(folder),
            memory(folder),
            payloads(folder),
            pictures(),
            sounds(),
            media_types(),
            imports(),
        ):
            for row in rows:
                print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
