"""What a call adds to the memory of its process at the peak."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.benchmarks import urls
from tests.benchmarks.measure import (
    COLUMNS,
    OURS,
    Call,
    Row,
    Sides,
    apart,
    compared,
    mebibytes,
    peak,
    random_file,
    size_name,
    temporary_folder,
)
from tests.paths import FIXTURES

_GRADIO, _STANDARD, _ = COLUMNS
_SMALL = 1 << 10


def rows(size: int = 1 << 26, large: int = 1 << 28) -> Iterator[Row]:
    """Yield the peaks of files, in bytes, that become data URLs and of large ones inside JSON."""
    with temporary_folder() as folder:
        path, small = (urls.with_url(random_file(folder, each)) for each in (size, _SMALL))
        for what, sides in urls.WAYS.items():
            yield compared(f"{what}, {size_name(size)}", peaks(sides, path, small), mebibytes)
        path, small = (movie(folder / f"{each}.mp4", each) for each in (large, 0))
        what = f"payload with a video, {size_name(large)}"
        yield compared(what, peaks(PAYLOAD, path, small), mebibytes)
        path, small = (answer(random_file(folder, each)) for each in (large, _SMALL))
        what = f"response with a file, {size_name(large)}"
        yield compared(what, peaks(RESPONSE, path, small), mebibytes)


def peaks(sides: Sides, path: Path, small: Path) -> dict[str, float]:
    return {name: apart(peak, side, path, small) for name, side in sides.items()}


def movie(path: Path, size: int) -> Path:
    """Write a video with zeros behind it, up to a size, and return its path."""
    with path.open("wb") as file:
        file.write((FIXTURES / "video" / "clip.mp4").read_bytes())
        file.truncate(max(size, file.tell()))
    return path


def answer(path: Path) -> Path:
    """Write a server's answer with the data URL of a file, and return the answer's path."""
    from encoders import data_url

    target = path.with_suffix(".json")
    with target.open("w") as sink:
        sink.write('{"data": ["')
        data_url.encode_to(path, sink)
        sink.write('"]}')
    return target


def payload(path: Path) -> Call:
    import encoders

    return partial(encoders.predict.write_payload, [path], os.devnull, era="3")


def payload_gradio(path: Path) -> Call:
    from gradio_client import utils

    def write() -> None:
        value = {"name": path.name, "data": utils.encode_file_to_base64(path)}
        with open(os.devnull, "w") as sink:
            json.dump({"data": [value]}, sink)

    return write


def response(path: Path) -> Call:
    import encoders

    return lambda: [each.data for each in encoders.response(path, ["file"]).data]


def response_standard(path: Path) -> Call:
    def read() -> list[bytes]:
        with path.open("rb") as file:
            urls = json.load(file)["data"]
        return [base64.b64decode(url.partition(",")[2]) for url in urls]

    return read


PAYLOAD: Sides = {OURS: payload, _GRADIO: payload_gradio}
RESPONSE: Sides = {OURS: response, _STANDARD: response_standard}
