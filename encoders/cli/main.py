"""The command line: parses, calls the library, prints."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TextIO

from encoders import codecs, data_url, file, mime
from encoders.atomic import check_output, new_files, safe_name, write_all
from encoders.cli import batch as cli_batch
from encoders.cli import predict as cli_predict
from encoders.cli.error_text import error_text
from encoders.cli.terminal import (
    STDOUT,
    add_max_bytes,
    add_overwrite,
    as_inputs,
    limits_of,
    look,
    named_stdout,
    opened,
    row,
    say,
    show,
    stopwatch,
    text_sink,
)
from encoders.cli.versions import library_versions, own_version
from encoders.codecs import inspect
from encoders.errors import EncodersError
from encoders.errors.text import one_line
from encoders.limits import Limits
from encoders.mime.claims import check_label
from encoders.source import declared_name, is_data_url

_EXAMPLES = """\
examples:
  encoders encode photo.jpg                        print a data URL
  encoders encode a.png b.wav -o urls.txt          one data URL a line
  encoders encode scan.tiff --as image --format jpeg | pbcopy
  cat song.flac | encoders encode - > song.txt
  encoders decode urls.txt -o out                  write the files, named by their content
  encoders decode song.txt > song.flac
  encoders inspect photo.jpg                       media type, size, dimensions, duration
  encoders encode photo.jpg | encoders inspect -

exit status: 0 when all went well, 2 on bad input (one line on standard error says what).
"""

_LONGEST_NAME = 1000  # characters of a file's name in a row


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    _fill_in_streams()
    parser, commands = _parsers()
    options = argparse.Namespace(command="")
    try:
        with named_stdout():
            parser.parse_args(arguments, options)
            status: int | None = options.run(options)
    except BrokenPipeError:
        return 0  # Whoever read us has closed.
    except (EncodersError, OSError, ValueError, TypeError) as error:
        say(error_text(error, commands.get(options.command, parser), options))
        return 2
    except KeyboardInterrupt:
        return 130
    return status or 0


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
        show("\n".join(f"{name} {version}" for name, version in lines.items()))
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        say(f"{message}; --help shows how")
        self.exit(2)


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser of the command line, and that of each command."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = _Parser(
        prog="encoders",
        description="Files to and from base64 data URLs.",
        epilog=_EXAMPLES,
        formatter_class=layout,
    )
    parser.add_argument(
        "--version",
        action=_Version,
        nargs=0,
        help="print the versions of this package and of the libraries that read files for it",
    )
    parser.set_defaults(run=lambda _: show(parser.format_help().rstrip()))
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")

    encode = commands.add_parser(
        "encode", help="print files as data URLs", epilog=_EXAMPLES, formatter_class=layout
    )
    encode.add_argument("files", nargs="+", metavar="FILE", help="a path, or - for standard input")
    encode.add_argument(
        "--as", dest="codec", choices=codecs.CODECS, help="what it must be (default: by content)"
    )
    encode.add_argument("--format", help="convert to this format, such as png, jpeg, wav, mp4")
    encode.add_argument(
        "-o", "--output", metavar="OUT", help="a text file, in a folder that is there, to write"
    )
    add_overwrite(encode, "OUT if it is there")
    encode.set_defaults(run=_encode)

    decode = commands.add_parser(
        "decode", help="turn data URLs into files", epilog=_EXAMPLES, formatter_class=layout
    )
    decode.add_argument("file", nargs="?", default="-", metavar="FILE", help="default: -")
    decode.add_argument(
        "-o", "--output", metavar="DIR", help="the folder for the files; made, but not its parents"
    )
    add_overwrite(decode, "files of the same name")
    decode.add_argument("--strict", action="store_true", help="refuse wrong labels and bad syntax")
    add_max_bytes(decode, "decoded bytes allowed per data URL")
    decode.set_defaults(run=_decode)

    inspector = commands.add_parser(
        "inspect", help="say what files or data URLs hold", epilog=_EXAMPLES, formatter_class=layout
    )
    inspector.add_argument(
        "files", nargs="+", metavar="FILE", help="a path, or - for standard input"
    )
    inspector.set_defaults(run=_inspect)
    cli_batch.add_command(commands)
    cli_predict.add_commands(commands)
    return parser, commands.choices


def _encode(options: argparse.Namespace) -> None:
    with text_sink(options.output, options.overwrite, as_inputs(options.files)) as sink:
        for path in options.files:
            with opened(path) as source:
                _encode_one(source, sink, options.codec, options.format)
            sink.write("\n")


def _encode_one(source: BinaryIO, sink: TextIO, codec: str | None, format: str | None) -> None:
    media_type = mime.detect(source)
    codec = codec or codecs.codec_for(media_type, format)
    if format is None and codec in (codecs.codec_for(media_type), "file") and codec != "image":
        data_url.encode_to(source, sink, media_type=media_type)
    else:
        options: dict[str, Any] = {"format": format} if format else {}
        with stopwatch("converting"):
            sink.write(codecs.CODECS[codec].encode(source, **options))


def _decode(options: argparse.Namespace) -> None:
    limits = limits_of(options)
    with opened(options.file) as source:
        urls = _split(source.read().decode("utf-8", "replace"))
    if options.output is not None:
        _decode_to_folder(urls, options, limits)
        return
    if len(urls) > 1:
        raise ValueError(f"{len(urls)} data URLs found: give a folder with -o")
    check_output(STDOUT, inputs=as_inputs([options.file]))
    with _about(options.file):
        _decode_to_stdout(urls[0], options.strict, limits)


def _decode_to_folder(urls: list[str], options: argparse.Namespace, limits: Limits) -> None:
    """Write all the files, or none; what stands in the way is found before the first."""
    wheres = [f"{options.file}, data URL {number}" for number in range(1, len(urls) + 1)]
    wheres = wheres if len(urls) > 1 else [options.file]
    inputs = as_inputs([options.file])
    with new_files(options.output, overwrite=options.overwrite, inputs=inputs) as files:
        found = []
        for where, url in zip(wheres, urls, strict=True):
            with _about(where):
                found.append(_named(url, options.strict, limits))
        names = [files.free_name(name) for _, name in found]
        for where, (parsed, _), name in zip(wheres, found, names, strict=True):
            with _about(where), files.open(name) as target:
                for chunk in parsed.chunks():
                    write_all(target, chunk)
    for (parsed, _), name in zip(found, names, strict=True):
        path = Path(options.output, name)
        show(row(replace(look(path), name=str(path), declared=parsed.media_type)))


def _named(url: str, strict: bool, limits: Limits) -> tuple[data_url.DataURL, str]:
    """Return a data URL with the name for its file: the one in its header, or its kind."""
    parsed = data_url.parse(url, strict=strict, max_bytes=limits.max_bytes)
    media_type = mime.detect(parsed)
    if strict:
        check_label(parsed.media_type, media_type)
    name = declared_name(parsed) or mime.kind(media_type)
    return parsed, safe_name(name, mime.suffix(media_type))


@contextmanager
def _about(source: str) -> Iterator[None]:
    """Name the source in an error of ours."""
    try:
        yield
    except EncodersError as error:
        error.source = source
        raise


def _split(text: str) -> list[str]:
    """Return the data URLs, each of which starts a line and may be folded over more."""
    text = text.strip()
    starts, end = [0], text.find("\n")
    while end >= 0:
        if text[end + 1 : end + 6].lower() == "data:":
            starts.append(end + 1)
        end = text.find("\n", end + 1)
    return [
        text[start:stop].strip() for start, stop in zip(starts, [*starts[1:], None], strict=True)
    ]


def _decode_to_stdout(url: str, strict: bool, limits: Limits) -> None:
    data = file.decode(url, strict=strict, limits=limits)
    if sys.stdout.isatty() and mime.kind(mime.detect(data)) != "text":
        raise ValueError("these bytes are not for a terminal: give a folder with -o, or a pipe")
    write_all(sys.stdout.buffer, data)


def _inspect(options: argparse.Namespace) -> None:
    for path in options.files:
        with opened(path) as source:
            head = source.read(64)
            source.seek(0)
            if is_data_url(head.decode("latin-1")):
                text = source.read().decode("utf-8", "replace")
                found = inspect(data_url.parse(text, max_bytes=None))
            else:
                found = inspect(source)
        show(row(replace(found, name=one_line(path, _LONGEST_NAME))))


if __name__ == "__main__":
    sys.exit(main())
