"""File → data URL and back, of random bytes, from 1 KiB to 1 GiB."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.measure import (
    COLUMNS,
    OURS,
    TURNS,
    Call,
    Row,
    Sides,
    compared,
    in_turns,
    random_file,
    size_name,
    temporary_folder,
)

SIZES = (1 << 10, 1 << 16, 1 << 20, 1 << 26, 1 << 30)

_GRADIO, _STANDARD, _COPY = COLUMNS
_CHUNK = 192 << 10  # bytes, whole groups of three


def rows(sizes: Sequence[int] = SIZES, turns: int = TURNS) -> Iterator[Row]:
    with temporary_folder() as folder:
        paths = {size: with_url(random_file(folder, size)) for size in sizes}
        for what, sides in WAYS.items():
            for size, path in paths.items():
                yield compared(f"{what}, {size_name(size)}", in_turns(sides, path, turns))


def with_url(path: Path) -> Path:
    """Write a file's data URL beside it, for the sides that decode, and return the file's path."""
    from encoders import data_url

    with _url_path(path).open("w") as sink:
        data_url.encode_to(path, sink)
    return path


def _url_path(path: Path) -> Path:
    return path.with_suffix(".url")


def _url(path: Path) -> str:
    return _url_path(path).read_text("ascii")


def encode(path: Path) -> Call:
    from encoders import file

    return partial(file.encode, path)


def encode_gradio(path: Path) -> Callable[[], str]:
    from gradio_client import utils

    return partial(utils.encode_file_to_base64, path)


def encode_standard(path: Path) -> Callable[[], str]:
    return lambda: "data:;base64," + base64.b64encode(path.read_bytes()).decode()


def encode_pybase64(path: Path) -> Call:
    from pybase64 import b64encode_as_string

    return lambda: "data:;base64," + b64encode_as_string(path.read_bytes())


def copy(path: Path) -> Call:
    return partial(bytes, memoryview(path.read_bytes()))


def decode(path: Path) -> Call:
    from encoders import Limits, file

    return partial(file.decode, _url(path), limits=Limits(max_bytes=None))


def decode_gradio(path: Path) -> Call:
    from gradio_client import utils

    url = _url(path)
    return lambda: utils.decode_base64_to_binary(url)[0]


def decode_standard(path: Path) -> Callable[[], bytes]:
    url = _url(path)
    return lambda: base64.b64decode(url.partition(",")[2])


def decode_pybase64(path: Path) -> Call:
    from pybase64 import b64decode

    url = _url(path)
    return lambda: b64decode(url.partition(",")[2], validate=True)


def stream(path: Path) -> Call:
    from encoders import data_url

    target = path.with_suffix(".streamed")

    def write() -> Path:
        with target.open("w") as sink:
            data_url.encode_to(path, sink)
        return target

    return write


def stream_gradio(path: Path) -> Call:
    return _to_file(encode_gradio(path), path)


def stream_standard(path: Path) -> Call:
    target = path.with_suffix(".streamed")

    def write() -> Path:
        with path.open("rb") as source, target.open("wb") as sink:
            sink.write(b"data:;base64,")
            while chunk := source.read(_CHUNK):
                sink.write(base64.b64encode(chunk))
        return target

    return write


def save(path: Path) -> Call:
    from encoders import Limits, file

    url, limits = _url(path), Limits(max_bytes=None)
    return lambda: file.save(url, path.parent, f"{path.stem}.saved", limits=limits)


def save_gradio(path: Path) -> Call:
    from gradio_client import utils

    url = _url(path)

    def write() -> Path:
        with utils.decode_base64_to_file(url, dir=path.parent) as saved:
            return Path(saved.name)

    return write


def save_standard(path: Path) -> Call:
    return _to_file(decode_standard(path), path)


def write_alone(path: Path) -> Call:
    data = path.read_bytes()
    return _to_file(lambda: data, path)


def _to_file(make: Callable[[], str | bytes], path: Path) -> Call:
    target = path.with_suffix(".written")

    def write() -> Path:
        made = make()
        with target.open("wb") as sink:
            sink.write(made.encode("ascii") if isinstance(made, str) else made)
        return target

    return write


ENCODE: Sides = {
    OURS: encode,
    _GRADIO: encode_gradio,
    _STANDARD: encode_standard,
    _COPY: copy,
    "pybase64": encode_pybase64,
}
DECODE: Sides = {
    OURS: decode,
    _GRADIO: decode_gradio,
    _STANDARD: decode_standard,
    _COPY: copy,
    "pybase64": decode_pybase64,
}
STREAM: Sides = {OURS: stream, _GRADIO: stream_gradio, _STANDARD: stream_standard}
SAVE: Sides = {
    OURS: save,
    _GRADIO: save_gradio,
    _STANDARD: save_standard,
    "write alone": write_alone,
}
WAYS: Mapping[str, Sides] = {
    "file → data URL": ENCODE,
    "data URL → bytes": DECODE,
    "file → data URL in a file": STREAM,
    "data URL → file": SAVE,
}
