"""Commands, and options that several of them have."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable
from typing import Any

from encoders import codecs
from encoders.atomic import Input
from encoders.cli.terminal import STDIN
from encoders.limits import DEFAULT, Limits


def add_command(
    commands: Any, name: str, run: Callable[[Namespace], int | None], help: str, examples: str
) -> ArgumentParser:
    """Add a command, which ``run`` does, and return its parser; ``examples`` end its help."""
    parser: ArgumentParser = commands.add_parser(
        name, help=help, epilog=examples, formatter_class=RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=run)
    return parser


def add_codec(parser: ArgumentParser, what: str, formats: str) -> None:
    """Add the options that choose a codec and a format."""
    parser.add_argument(
        "--as", dest="codec", choices=codecs.CODECS, help=f"{what} (default: by content)"
    )
    parser.add_argument("--format", help=f"convert to this format, such as {formats}")


def add_output_file(parser: ArgumentParser, what: str) -> None:
    """Add the options for a file that is written instead of standard output."""
    parser.add_argument(
        "-o", "--output", metavar="OUT", help=f"{what}, in a folder that is there, to write"
    )
    add_overwrite(parser, "OUT if it is there")


def add_output_folder(parser: ArgumentParser, more: str = "", *, required: bool = False) -> None:
    """Add the options for a folder that files are written to."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        required=required,
        help=f"the folder for the files; made, but not its parents{more}",
    )
    add_overwrite(parser, "files of the same name")


def add_overwrite(parser: ArgumentParser, what: str) -> None:
    """Add the option that lets a command replace files that are there."""
    parser.add_argument(
        "--overwrite", action="store_true", help=f"replace {what}; never one of the inputs"
    )


def add_max_bytes(parser: ArgumentParser, what: str) -> None:
    """Add the option that bounds a size in bytes."""
    parser.add_argument(
        "--max-bytes",
        type=_bytes,
        default=DEFAULT.max_bytes,
        metavar="N",
        help=f"{what}; 0 for no limit (default: %(default)s)",
    )


def limits_of(options: Namespace) -> Limits:
    """Return the bounds that `add_max_bytes` has asked for; an answer may hold one such file."""
    most: int = options.max_bytes
    body = max(most, DEFAULT.max_body_bytes or 0) if most else None
    return Limits(max_bytes=most or None, max_body_bytes=body)


def _bytes(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    raise ArgumentTypeError(f"{text}: expected a number of bytes")


def positive(text: str) -> int:
    """Return a number of at least 1."""
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    raise ArgumentTypeError(f"{text}: expected 1 or more")


def as_inputs(paths: Iterable[str]) -> list[Input]:
    """Return what the arguments for files stand for: a path each, or standard input."""
    return [STDIN if path == "-" else path for path in paths]
