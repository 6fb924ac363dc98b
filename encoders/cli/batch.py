"""The command for many files: batch."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from encoders import batch
from encoders.atomic import Input, check_output, file_ids
from encoders.cli.options import (
    add_codec,
    add_command,
    add_max_bytes,
    add_overwrite,
    as_inputs,
    limits_of,
    positive,
)
from encoders.cli.terminal import (
    RESUMES,
    STDOUT,
    print_message,
    print_summary,
    show_progress,
    standard_input,
)

_EXAMPLES = """\
examples:
  encoders batch photos -o photos.jsonl            a row for each file in the folder
  encoders batch photos scans -o rows.parquet --as image --format jpeg
  find . -name '*.wav' | encoders batch - -o sounds.jsonl
  encoders batch photos | jq -r .error             rows as they are made

A row holds path, media_type, size (bytes), data_url and error. Broken off by Ctrl-C or a kill, the
same command goes on where it stopped. Hidden files are left out.

exit status: 0 when all went well, 1 when some files failed, 2 when nothing could be done.
"""


def add_commands(commands: Any) -> None:
    """Add the command to the command line's own."""
    parser = add_command(
        commands, "batch", _batch, "turn folders of files into rows of data URLs", _EXAMPLES
    )
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="FOLDER|FILE",
        help="all files in it, or - for a list of paths, one a line, on standard input",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help=f"a file, in a folder that is there: {', '.join(batch.FORMATS)} "
        "(default: lines of JSON to standard output)",
    )
    add_codec(parser, "what all are", "jpeg, flac, mp4")
    parser.add_argument(
        "--workers", type=positive, metavar="N", help="processes (default: one for each core)"
    )
    add_overwrite(parser, "OUT, or begin it anew")
    add_max_bytes(parser, "size allowed per file")


def _batch(options: Namespace) -> int:
    given: dict[str, Any] = {"codec": options.codec, "workers": options.workers}
    given["limits"] = limits_of(options)
    if options.format:
        given["format"] = options.format
    with (
        _paths(options) as paths,
        show_progress(lambda: sum(1 for _ in paths()), "files") as report,
    ):
        if options.output is None:
            done = batch.write_lines(paths(), sys.stdout.buffer, report=report, **given)
        else:
            try:
                done = batch.write(
                    paths(), options.output, overwrite=options.overwrite, report=report, **given
                )
            except KeyboardInterrupt:
                print_message(f"stopped; {RESUMES}")
                raise
    print_summary(done, "rows")
    return 1 if done.failed else 0


@contextmanager
def _paths(options: Namespace) -> Iterator[Callable[[], Iterator[str]]]:
    """Give a way to go over the paths, more than once, without the output.

    Raises:
        OutputExistsError: the output is one of the files that were named, or one of those in the
            folders that holds no rows of an earlier run.
    """
    output: Input = options.output or STDOUT
    named = [source for source in options.sources if not Path(source).is_dir()]
    check_output(output, overwrite=True, inputs=as_inputs(named))
    own = file_ids([output]) if os.path.isfile(output) else set()  # noqa: PTH113 - or a descriptor
    with TemporaryFile() as listed:
        if "-" in options.sources:
            listed.writelines(standard_input())

        def found() -> Iterator[str]:
            return chain(*[_find(source, listed) for source in options.sources])

        def paths() -> Iterator[str]:
            return (path for path in found() if own.isdisjoint(file_ids([path])))

        if options.output and own and options.overwrite and not _holds_rows(options.output):
            check_output(output, overwrite=True, inputs=found())
        yield paths if own else found


def _holds_rows(output: str) -> bool:
    """Tell whether a file is what an earlier run made."""
    path = Path(output)
    format = batch.FORMATS.get(path.suffix.lower())
    if format is None or not path.is_file():
        return False
    return path.stat().st_size == 0 or any(format.segments(path))


def _find(source: str, listed: BinaryIO) -> Iterator[str]:
    if source != "-":
        return batch.find(source)
    listed.seek(0)
    return (os.fsdecode(line.rstrip(b"\r\n")) for line in listed if line.strip())
