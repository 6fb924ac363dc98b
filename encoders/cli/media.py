"""The commands about files and data URLs: encode, decode, inspect, view."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from encoders import codecs, data_url, file, mime
from encoders.atomic import check_output, new_files, output_file, safe_name, write_all
from encoders.cli.options import (
    add_codec,
    add_command,
    add_max_bytes,
    add_output_file,
    add_output_folder,
    as_inputs,
    limits_of,
)
from encoders.cli.terminal import (
    STDOUT,
    describe,
    name_source,
    open_input,
    open_output,
    print_saved,
    print_text,
    show_elapsed,
)
from encoders.codecs import inspect
from encoders.errors.text import one_line
from encoders.limits import Limits
from encoders.mime.claims import check_label
from encoders.source import declared_name, is_data_url

EXAMPLES = """\
examples:
  encoders encode photo.jpg                        print a data URL
  encoders encode a.png b.wav -o urls.txt          one data URL a line
  encoders encode scan.tiff --as image --format jpeg | pbcopy
  cat song.flac | encoders encode - > song.txt
  encoders decode urls.txt -o out                  write the files, named by their content
  encoders decode song.txt > song.flac
  encoders inspect photo.jpg                       media type, size, dimensions, duration
  encoders encode photo.jpg | encoders inspect -
  encoders view answer.json -o page.html           a page that shows every file in it

exit status: 0 when all went well, 2 on bad input (one line on standard error says what).
"""

_VIEW_EXAMPLES = """\
examples:
  encoders view answer.json -o page.html           an answer, with every file in it
  encoders payload photo.jpg "a cat" | encoders view -o page.html
  encoders view photos.jsonl -o photos.html        the rows of encoders batch
"""

_LONGEST_NAME = 1000  # characters of a file's name in a line
_FILE = "a path, or - for standard input"


def add_commands(commands: Any) -> None:
    """Add the commands to the command line's own."""
    encode = add_command(commands, "encode", _encode, "print files as data URLs", EXAMPLES)
    encode.add_argument("files", nargs="+", metavar="FILE", help=_FILE)
    add_codec(encode, "what it must be", "png, jpeg, wav, mp4")
    add_output_file(encode, "a text file")

    decode = add_command(commands, "decode", _decode, "turn data URLs into files", EXAMPLES)
    decode.add_argument("file", nargs="?", default="-", metavar="FILE", help="default: -")
    add_output_folder(decode)
    decode.add_argument("--strict", action="store_true", help="refuse wrong labels and bad syntax")
    add_max_bytes(decode, "decoded bytes allowed per data URL")

    inspect = add_command(
        commands, "inspect", _inspect, "say what files or data URLs hold", EXAMPLES
    )
    inspect.add_argument("files", nargs="+", metavar="FILE", help=_FILE)

    view = add_command(
        commands, "view", _view, "write a page that shows a value and its files", _VIEW_EXAMPLES
    )
    view.add_argument(
        "file",
        nargs="?",
        default="-",
        metavar="FILE",
        help="JSON (a payload, an answer or other), data URLs, rows of batch, or any file; "
        "default: -, for standard input",
    )
    add_output_file(view, "a page that needs nothing else")
    add_max_bytes(view, "decoded bytes allowed per data URL")


def _encode(options: argparse.Namespace) -> None:
    with open_output(options.output, options.overwrite, as_inputs(options.files)) as sink:
        for path in options.files:
            with open_input(path) as source:
                _encode_one(source, sink, options.codec, options.format)
            sink.write("\n")


def _encode_one(source: BinaryIO, sink: TextIO, codec: str | None, format: str | None) -> None:
    media_type = mime.detect(source)
    codec = codec or codecs.codec_for(media_type, format)
    fits = codec in (codecs.codec_for(media_type), codecs.FALLBACK)
    if format is None and fits and codec in codecs.VERBATIM:
        data_url.encode_to(source, sink, media_type=media_type)
    else:
        options: dict[str, Any] = {"format": format} if format else {}
        with show_elapsed("converting"):
            sink.write(codecs.CODECS[codec].encode(source, **options))


def _decode(options: argparse.Namespace) -> None:
    limits = limits_of(options)
    with open_input(options.file) as source:
        urls = _split(source.read().decode("utf-8", "replace"))
    if options.output is not None:
        _decode_to_folder(urls, options, limits)
        return
    if len(urls) > 1:
        raise ValueError(f"{len(urls)} data URLs found: give a folder with -o")
    check_output(STDOUT, inputs=as_inputs([options.file]))
    with name_source(options.file):
        _decode_to_stdout(urls[0], options.strict, limits)


def _decode_to_folder(urls: list[str], options: argparse.Namespace, limits: Limits) -> None:
    """Write all the files, or none; what stands in the way is found before the first."""
    wheres = [f"{options.file}, data URL {number}" for number in range(1, len(urls) + 1)]
    wheres = wheres if len(urls) > 1 else [options.file]
    inputs = as_inputs([options.file])
    with new_files(options.output, overwrite=options.overwrite, inputs=inputs) as files:
        found = []
        for where, url in zip(wheres, urls, strict=True):
            with name_source(where):
                found.append(_named(url, options.strict, limits))
        names = [files.free_name(name) for _, name in found]
        for where, (parsed, _), name in zip(wheres, found, names, strict=True):
            with name_source(where), files.open(name) as target:
                for chunk in parsed.chunks():
                    write_all(target, chunk)
    for (parsed, _), name in zip(found, names, strict=True):
        print_saved(Path(options.output, name), declared=parsed.media_type)


def _named(url: str, strict: bool, limits: Limits) -> tuple[data_url.DataURL, str]:
    """Return a data URL with the name for its file: the one in its header, or its kind."""
    parsed = data_url.parse(url, strict=strict, max_bytes=limits.max_bytes)
    media_type = mime.detect(parsed)
    if strict:
        check_label(parsed.media_type, media_type)
    name = declared_name(parsed) or mime.kind(media_type)
    return parsed, safe_name(name, mime.suffix(media_type))


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
        with open_input(path) as source:
            head = source.read(64)
            source.seek(0)
            if is_data_url(head.decode("latin-1")):
                text = source.read().decode("utf-8", "replace")
                found = inspect(data_url.parse(text, max_bytes=None))
            else:
                found = inspect(source)
        print_text(describe(replace(found, name=one_line(path, _LONGEST_NAME))))


def _view(options: argparse.Namespace) -> None:
    from encoders.view import to_html  # it takes some time

    given: dict[str, Any] = {"overwrite": options.overwrite, "inputs": as_inputs([options.file])}
    if options.output is None and sys.stdout.isatty():
        raise ValueError("a page is not for a terminal: give a file with -o, or a pipe")
    check_output(STDOUT if options.output is None else options.output, **given)
    with open_input(options.file) as source, show_elapsed("reading"):
        value = source if options.file == "-" else Path(options.file)
        page = to_html(value, limits=limits_of(options)).encode("utf-8", "backslashreplace")
    if options.output is None:
        write_all(sys.stdout.buffer, page)
        return
    with output_file(options.output, **given) as file:
        write_all(file, page)
