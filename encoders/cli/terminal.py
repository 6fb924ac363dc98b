"""What commands share: what they print, progress, where they read and write.

All text for people goes through `print_text` and `print_message`, or stands beside a progress bar,
which is shown here too: nothing that a file or a server says can steer the terminal.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NoReturn, TextIO, cast

from encoders import mime
from encoders.atomic import Input, NamedFile, check_output, name_in_errors, output_file
from encoders.batch.jobs import Report, Summary, progress_bar
from encoders.codecs import Inspection, facts, inspect
from encoders.errors import EncodersError, bounded
from encoders.errors.text import one_line, size_text, visible
from encoders.predict.client.files import metering
from encoders.source import open_source

_LONGEST_MESSAGE = 2000
STDIN, STDOUT = 0, 1  # descriptors
_LONGEST_TASK = 60  # characters beside a progress bar
_TIME, _BAR_AND_TIME = (
    "{desc} {elapsed}",
    "{desc} {percentage:3.0f}%|{bar:10}| {elapsed}",
)  # for tqdm
RESUMES = "the same command goes on from here"


def print_text(text: str) -> None:
    """Print text on standard output, visible in each of its lines."""
    _print("\n".join(map(visible, text.split("\n"))), sys.stdout)


def print_message(text: str) -> None:
    """Print a message on standard error, in one line of bounded length; none where that is full."""
    try:
        _print(f"encoders: {one_line(text, _LONGEST_MESSAGE)}", sys.stderr)
    except OSError:
        discard(sys.stderr)


@contextmanager
def print_log() -> Iterator[None]:
    """Print what the package logs in the block, each as a message."""
    import logging

    class Printer(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            print_message(record.getMessage())

    logger, printer = logging.getLogger("encoders"), Printer()
    logger.addHandler(printer)
    try:
        yield
    finally:
        logger.removeHandler(printer)


def discard(stream: TextIO) -> None:
    """Keep the interpreter from trying again at exit to write to a stream, and from saying so."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def standard_input() -> BinaryIO:
    """Return standard input.

    Raises:
        OSError: it is closed.
    """
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed", "standard input")
    return sys.stdin.buffer


def _is_standard_output(stream: TextIO) -> bool:
    try:
        return stream.fileno() == STDOUT
    except OSError:
        return False


@contextmanager
def checked_stdout() -> Iterator[None]:
    """Name standard output in its errors, and raise at the end what could not be written."""
    own = sys.stdout
    if isinstance(own, io.TextIOWrapper) and _is_standard_output(own):
        raw = NamedFile(STDOUT, "wb", Path("standard output"), closefd=False)
        buffer = io.BufferedWriter(raw)
        lines = own.line_buffering
        sys.stdout = io.TextIOWrapper(buffer, own.encoding, own.errors, "", lines)
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError:
        discard(sys.stdout)
        raise
    finally:
        sys.stdout = own


def _print(text: str, stream: TextIO) -> None:
    """Print text above progress bars, with escapes for what the stream's encoding does not have."""
    encoding = stream.encoding or "utf-8"
    with _above_bars(stream):
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)


@contextmanager
def _above_bars(stream: TextIO) -> Iterator[None]:
    """Clear progress bars from the terminal for as long as the block writes there."""
    if "tqdm" not in sys.modules or not (sys.stderr.isatty() and stream.isatty()):
        yield
        return
    from tqdm import tqdm

    with tqdm.external_write_mode(stream):
        yield
        stream.flush()


def print_saved(path: Path, declared: str | None = None) -> None:
    """Print what a saved file is."""
    print_text(describe_saved(path, declared))


def describe_saved(path: Path, declared: str | None = None) -> str:
    """Return a line on a saved file; a broken picture is still a file of some type and size."""
    try:
        found = inspect(path)
    except EncodersError:
        with open_source(path) as source:
            found = Inspection(str(path), mime.detect(source), None, source.size)
    return describe(replace(found, name=str(path), declared=declared))


def describe(found: Inspection) -> str:
    """Return a line on a file: its name, media type, size, and what else is known."""
    columns = [found.name or "-", found.media_type, size_text(found.size), *facts(found.details)]
    if found.declared not in (None, found.media_type):
        columns.append(f"(declared {bounded(found.declared or 'nothing')})")
    return "  ".join(columns)


@contextmanager
def open_input(path: str) -> Iterator[BinaryIO]:
    """Give a file that can seek, with a progress bar on a terminal once a second has passed."""
    with (
        nullcontext(standard_input()) if path == "-" else open(path, "rb") as source,
        name_in_errors("standard input" if path == "-" else path),
        name_source(path),
    ):
        if not source.seekable():
            yield io.BytesIO(source.read())
            return
        if path == "-" or not sys.stderr.isatty():
            yield source
            return
        from tqdm import tqdm

        size = os.fstat(source.fileno()).st_size
        bar = tqdm.wrapattr(
            source, "read", total=size, desc=one_line(path, _LONGEST_TASK), delay=1, leave=False
        )
        with bar as wrapped:
            yield cast(BinaryIO, wrapped)


@contextmanager
def name_source(source: str) -> Iterator[None]:
    """Name a source in an error of ours, before the part of an answer that the error is about."""
    try:
        yield
    except EncodersError as error:
        error.source = f"{source}: {error.source}" if error.location else source
        raise


@contextmanager
def show_elapsed(
    task: str, progress: Callable[[], tuple[str, float | None]] = lambda: ("", None)
) -> Iterator[None]:
    """Show on a terminal how long something takes, once a second has passed.

    Args:
        task: what it is.
        progress: returns how far it is in words, and how much of it is done, 0 to 1, if that is
            known.
    """
    if not sys.stderr.isatty():
        yield
        return
    from tqdm import tqdm

    begun, done = time.time(), threading.Event()

    def refresh() -> None:
        if done.wait(1):
            return
        with tqdm(total=1, bar_format=_TIME, leave=False) as line:
            line.start_t = begun
            while True:
                text, fraction = progress()
                line.bar_format = _TIME if fraction is None else _BAR_AND_TIME
                line.n = fraction or 0
                line.set_description_str(one_line(f"{task} {text}", _LONGEST_TASK))
                if done.wait(0.25):
                    return

    thread = threading.Thread(target=refresh)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def show_progress(total: Callable[[], int], unit: str) -> Iterator[Report | None]:
    """Give what shows on a terminal how far a job is."""
    if not sys.stderr.isatty():
        yield None
        return
    with progress_bar(total(), unit, delay=0.5, leave=False) as report:
        yield report


def print_summary(done: Summary, unit: str) -> None:
    """Print how a job went, of which a unit is such as "rows"."""
    kept = f", {done.kept:,} of them by an earlier run" if done.kept else ""
    print_message(f"{done.rows:,} {unit}{kept}; {done.failed:,} failed")


@contextmanager
def show_transfers() -> Iterator[None]:
    """Show on a terminal how far each file is on its way, if it takes more than a second."""
    if not sys.stderr.isatty():
        yield
        return
    from tqdm import tqdm

    bars: dict[str, tqdm[NoReturn]] = {}

    def watch(name: str, done: int, total: int | None) -> None:
        if name not in bars:
            task = one_line(name, _LONGEST_TASK)
            bars[name] = tqdm(desc=task, unit="B", unit_scale=True, delay=1, leave=False)
        bar = bars[name]
        bar.total = total
        bar.update(done - bar.n)
        if done == total:
            bars.pop(name).close()

    try:
        with metering(watch):
            yield
    finally:
        for bar in bars.values():
            bar.close()


@contextmanager
def open_output(path: str | None, overwrite: bool, inputs: Sequence[Input]) -> Iterator[TextIO]:
    """Give standard output, or a file that appears whole when the block ends well."""
    if path is None:
        check_output(STDOUT, inputs=inputs)
        yield sys.stdout
        return
    with output_file(path, overwrite=overwrite, inputs=inputs) as raw:
        text = io.TextIOWrapper(io.BufferedWriter(raw), "ascii", newline="")
        yield text
        text.flush()
        text.detach().detach()
