"""The command line: parses, calls the library, prints."""

from __future__ import annotations

import argparse
import os
import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any, NoReturn

from encoders.cli import batch, media, predict
from encoders.cli.error_text import error_text
from encoders.cli.terminal import checked_stdout, print_message, print_text
from encoders.cli.versions import library_versions, own_version
from encoders.errors import EncodersError

_INPUT = re.compile(r"(?!-)|-$|-\d*\.?\d+$")  # no option


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    _fill_in_streams()
    parser, commands = _parsers()
    options = argparse.Namespace(command="")
    try:
        with checked_stdout():
            parser.parse_args(arguments, options)
            status: int | None = options.run(options)
    except BrokenPipeError:
        return 0  # Whoever read us has closed.
    except (EncodersError, OSError, ValueError, TypeError) as error:
        print_message(error_text(error, commands.get(options.command, parser), options))
        return 2
    except KeyboardInterrupt:
        return 130
    return status or 0


def run() -> int:
    """Run the command line of this process, which prints each warning as one line."""
    warnings.showwarning = lambda message, *_, **__: print_message(str(message))
    return main()


def _fill_in_streams() -> None:
    """Open those standard streams that whoever started us has closed, but for standard input."""
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)  # so that no other file becomes it
    for name, mode in (("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:  # what is written to the output is refused then, not lost
            setattr(sys, name, os.fdopen(os.open(os.devnull, mode), "w"))


class _Version(argparse.Action):
    """Prints versions, which are looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        lines = {"encoders": own_version(), **library_versions()}
        print_text("\n".join(f"{name} {version}" for name, version in lines.items()))
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else here does."""

    def parse_known_args(  # type: ignore[override]
        self, args: Any = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Take what stands behind an option for inputs, too; argparse stops at the option."""
        options, left = super().parse_known_args(args, namespace)
        if getattr(options, "inputs", None) is not None:
            end = left.index("--") if "--" in left else len(left)
            is_input = [bool(_INPUT.match(text)) for text in left[:end]]
            options.inputs += [*compress(left, is_input), *left[end + 1 :]]
            left = [text for text, known in zip(left, is_input, strict=False) if not known]
        return options, left

    def error(self, message: str) -> NoReturn:
        print_message(f"{message}; --help shows how")
        self.exit(2)


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser of the command line, and that of each command."""
    parser = _Parser(
        prog="encoders",
        description="Files to and from base64 data URLs.",
        epilog=media.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version",
        action=_Version,
        nargs=0,
        help="print the versions of this package and of the libraries that read files for it",
    )
    parser.set_defaults(run=lambda _: print_text(parser.format_help().rstrip()))
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")
    media.add_commands(commands)
    batch.add_commands(commands)
    predict.add_commands(commands)
    return parser, commands.choices
