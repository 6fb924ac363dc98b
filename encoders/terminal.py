"""What commands share: rows about files, sizes, progress; where they read and write; a bound."""

from __future__ import annotations

import io
import os
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from encoders import mime
from encoders.errors import EncodersError
from encoders.inspection import Inspection, inspect
from encoders.limits import DEFAULT, Limits
from encoders.safe_file import output_file
from encoders.source import open_source


def add_max_bytes(parser: ArgumentParser, what: str) -> None:
    """Add the option that bounds a size in bytes."""
    parser.add_argument(
        "--max-bytes",
        type=int,
        default=DEFAULT.max_bytes,
        metavar="N",
        help=f"{what}; 0 for no limit (default: %(default)s)",
    )


def limits_of(options: Namespace) -> Limits:
    """Return the bounds that `add_max_bytes` has asked for."""
    return Limits(max_bytes=options.max_bytes or None)


def look(path: Path) -> Inspection:
    """Return what a saved file is; a broken picture is still a file of some type and size."""
    try:
        return inspect(path)
    except EncodersError:
        with open_source(path) as source:
            return Inspection(str(path), mime.detect(source), None, source.size)


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: what is no visible sign stands as its escape."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def row(found: Inspection) -> str:
    """Return a line on a file: its name, media type, size, and what else is known."""
    columns = [found.name or "-", found.media_type, _size(found.size), *_details(found.details)]
    if found.declared not in (None, found.media_type):
        columns.append(f"(declared {found.declared or 'nothing'})")
    return "  ".join(columns)


def _details(details: dict[str, object]) -> Iterator[str]:
    if "width" in details:
        yield f"{details['width']}×{details['height']}"
    if "mode" in details:
        yield str(details["mode"])
    if cast(int, details.get("frames", 1)) > 1:
        yield f"{details['frames']} frames"
    if "duration" in details:
        yield f"{details['duration']:.2f} s"
    if "fps" in details:
        yield f"{details['fps']:g} fps"
    if "sample_rate" in details:
        yield f"{details['sample_rate']} Hz"
        yield f"{details['channels']} ch"
    if "has_audio" in details:
        yield "with sound" if details["has_audio"] else "no sound"


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.3g} {unit}" if unit != "B" else f"{count} B"
        amount /= 1000
    return f"{amount:.3g} GB"


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Give a file that can seek, with a progress bar on a terminal once a second has passed."""
    with nullcontext(sys.stdin.buffer) if path == "-" else open(path, "rb") as source:
        if not source.seekable():
            yield io.BytesIO(source.read())
            return
        if path == "-" or not sys.stderr.isatty():
            yield source
            return
        from tqdm import tqdm

        size = os.fstat(source.fileno()).st_size
        bar = tqdm.wrapattr(source, "read", total=size, desc=path, delay=1, leave=False)
        with bar as wrapped:
            yield cast(BinaryIO, wrapped)


@contextmanager
def stopwatch(task: str) -> Iterator[None]:
    """Show on a terminal how long something takes, once a second has passed."""
    if not sys.stderr.isatty():
        yield
        return
    from tqdm import tqdm

    done = threading.Event()

    def show() -> None:
        if done.wait(1):
            return
        with tqdm(desc=task, bar_format="{desc} {elapsed}", leave=False) as line:
            while not done.wait(0.5):
                line.refresh()

    thread = threading.Thread(target=show)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def text_sink(path: str | None) -> Iterator[TextIO]:
    """Give standard output, or a file that appears whole when the block ends well."""
    if path is None:
        with _whole_stdout() as text:
            yield text
        return
    with output_file(path) as raw:
        text = io.TextIOWrapper(io.BufferedWriter(raw), "ascii", newline="")
        yield text
        text.flush()
        text.detach().detach()


def _whole_stdout() -> AbstractContextManager[TextIO]:
    """Give standard output with a buffer: without one (``python -u``) a full disk cuts text off."""
    if isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        return open(sys.stdout.fileno(), "w", encoding="ascii", newline="", closefd=False)
    return nullcontext(sys.stdout)
