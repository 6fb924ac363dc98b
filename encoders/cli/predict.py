"""The commands about predict endpoints: payload, response, api, predict."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from encoders.atomic import check_folder, check_output, output_file, write_all
from encoders.cli.arguments import from_bytes, from_text, without_mark
from encoders.cli.options import (
    add_command,
    add_max_bytes,
    add_output_file,
    add_output_folder,
    add_overwrite,
    as_inputs,
    limits_of,
)
from encoders.cli.terminal import (
    name_source,
    open_input,
    open_output,
    print_message,
    print_saved,
    print_text,
    show_elapsed,
    standard_input,
)
from encoders.errors import EncodersError, PayloadError, ResponseError, clip
from encoders.errors.text import visible
from encoders.limits import DEFAULT
from encoders.predict.address import is_address
from encoders.predict.body import as_deep_as_python, parse
from encoders.predict.client.interface import TIMEOUT, Interface
from encoders.predict.components import Component, as_components, infer
from encoders.predict.eras import ERAS
from encoders.predict.payloads import files_in, write_payload
from encoders.predict.responses import Response, response
from encoders.predict.values import summary

_EXAMPLES = """\
examples:
  encoders payload 3 --component number --era 3
  encoders payload photo.jpg "a cat" | curl -s -d @- -H content-type:application/json $URL
                                                   Gradio 2 and 3: $URL ends in /api/predict/
                                                   or /run/predict
  encoders payload --era 6 photo.jpg "a cat" | curl -s -d @- -H content-type:application/json $URL
                                                   Gradio 4.20 to 6: $URL ends in /call/predict,
                                                   and the answer is the id of the call
  curl -sN $URL/EVENT_ID | encoders response -o out
  encoders response answer.json -o out             files, and response.json that names them
  encoders api http://127.0.0.1:7860               what the endpoints take and give
  encoders predict http://127.0.0.1:7860 photo.jpg -o out
  encoders predict http://127.0.0.1:7860 "a cat" 0.5 --api-name /draw -o out
"""


_INPUT = (
    "a file's name where a component takes files, else text; JSON or a table can be read from a "
    "file by @NAME, and - is standard input"
)
_MAX_BYTES = "decoded bytes allowed per file"
_LONGEST_VALUE = 1000  # characters of an answer's text that are looked at, of which 200 are shown


def add_commands(commands: Any) -> None:
    """Add the commands to the command line's own."""
    payload = add_command(
        commands, "payload", _payload, "print the JSON that an endpoint takes", _EXAMPLES
    )
    payload.add_argument("inputs", nargs="+", metavar="FILE|TEXT", help=_INPUT)
    payload.add_argument(
        "--component",
        action="append",
        metavar="NAME",
        help="what an input is, such as image or number; once for each (default: by content)",
    )
    payload.add_argument(
        "--era",
        default="2",
        help=f"the server's version of Gradio, {ERAS[0]} to {ERAS[-1]} or such as 4.44.1 "
        f"(default: 2, which servers of 2.x and 3.x take; those of 4 to {ERAS[-1]} need theirs)",
    )
    add_output_file(payload, "a file")

    answer = add_command(
        commands, "response", _response, "turn an endpoint's answer into files", _EXAMPLES
    )
    answer.add_argument("file", nargs="?", default="-", metavar="FILE", help="default: -")
    add_output_folder(answer, required=True)
    answer.add_argument("--component", action="append", metavar="NAME", help="once for each output")
    add_max_bytes(answer, _MAX_BYTES)

    api = add_command(
        commands, "api", _api, "show what a server's endpoints take and give", _EXAMPLES
    )
    api.add_argument("source", metavar="URL|FILE", help="a server, or its /config or /info as JSON")
    api.add_argument("--html", metavar="PAGE", help="write a page that needs nothing else")
    add_overwrite(api, "PAGE if it is there")
    _add_server(api)

    predict = add_command(
        commands, "predict", _predict, "call a server and decode its answer", _EXAMPLES
    )
    predict.add_argument("url", metavar="URL")
    predict.add_argument("inputs", nargs="*", metavar="FILE|TEXT", help=_INPUT)
    predict.add_argument("--api-name", metavar="NAME", help="such as /predict (default: the main)")
    add_output_folder(predict, "; a file whose name is taken gets a number, as in image-2.png")
    upload = predict.add_mutually_exclusive_group()
    upload.add_argument("--upload", action="store_const", const=True, help="send files ahead")
    upload.add_argument(
        "--no-upload", dest="upload", action="store_const", const=False, help="send data URLs"
    )
    add_max_bytes(predict, _MAX_BYTES)
    _add_server(predict)


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--user",
        dest="auth",
        type=_login,
        metavar="NAME:PASSWORD",
        help="for a server with a login",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get("ENCODERS_TOKEN"),
        help="for a private Space (default: $ENCODERS_TOKEN)",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT,
        metavar="S",
        help="seconds (default: %(default)g)",
    )


def _login(text: str) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError("expected NAME:PASSWORD")
    return user, password


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if (seconds := float(text)) > 0:
            return seconds
    raise argparse.ArgumentTypeError(f"{text}: expected a number above 0")


def _payload(options: argparse.Namespace) -> None:
    names: list[str] | None = options.component
    if names and len(names) != len(options.inputs):
        raise PayloadError(
            f"{len(options.inputs)} inputs for {len(names)} --component: expected one for each"
        )
    known = as_components(names, len(options.inputs))
    values = _values(options.inputs, known)
    if not names:
        names = [infer(value) for value in values]
        pairs = zip(options.inputs, names, strict=True)
        taken = ", ".join(f"{clip(text)} as {name}" for text, name in pairs)
        print_message(f"took {taken}; --component says otherwise")
    inputs = [*as_inputs(map(without_mark, options.inputs)), *files_in(values)]
    with open_output(options.output, options.overwrite, inputs) as sink:
        write_payload(values, sink, components=names, era=options.era)
        sink.write("\n")


def _values(texts: Sequence[str], components: Sequence[Component | None]) -> list[Any]:
    if texts.count("-") > 1:
        raise ValueError("- stands for standard input, which can be one input only")
    return [
        from_bytes(standard_input().read(), component)
        if text == "-"
        else from_text(text, component)
        for text, component in zip(texts, components, strict=True)
    ]


def _response(options: argparse.Namespace) -> None:
    with open_input(options.file) as source:
        answer = response(source, options.component, limits=limits_of(options))
        inputs = as_inputs([options.file])
        paths = answer.save(
            options.output, overwrite=options.overwrite, free_names=False, inputs=inputs
        )
        _print_saved(paths)


def _api(options: argparse.Namespace) -> None:
    given: dict[str, Any] = {"overwrite": options.overwrite, "inputs": [options.source]}
    if options.html is not None:
        check_output(options.html, **given)
    with _interface(options, options.source) as interface:
        if options.html is None:
            print_text(interface.text())
            return
        page = interface.html().encode("utf-8", "backslashreplace")
        with output_file(options.html, **given) as file:
            write_all(file, page)


def _predict(options: argparse.Namespace) -> None:
    if options.output is not None:
        check_folder(options.output)  # after the call it would be too late
    with _interface(options, options.url) as interface:
        api_name: str | int | None = options.api_name
        if isinstance(api_name, str) and api_name.isascii() and api_name.isdigit():
            api_name = int(api_name)
        endpoint = interface.endpoint(api_name)
        wanted = [parameter.component for parameter in endpoint.visible_inputs]
        known = [*wanted, *[None] * len(options.inputs)][: len(options.inputs)]
        values = _values(options.inputs, known)
        with show_elapsed(f"calling {endpoint.label}"), _rescue_answer():
            answer = interface.predict(
                *values,
                api_name=api_name,
                fetch=options.output is not None,
                upload=options.upload,
                limits=limits_of(options),
            )
        if options.output is None:
            with _rescue_answer(answer):
                _print_values(answer.json["data"])
                sys.stdout.flush()
            return
        inputs = [*as_inputs(map(without_mark, options.inputs)), *files_in(values)]
        with _rescue_answer(answer):
            paths = answer.save(options.output, overwrite=options.overwrite, inputs=inputs)
        _print_saved(paths)


@contextmanager
def _rescue_answer(answer: Response | None = None) -> Iterator[None]:
    """Keep an answer elsewhere when its files cannot be fetched or saved.

    The call may have taken long, and the server may not give the same answer again.
    """
    try:
        yield
    except (EncodersError, OSError) as error:
        answer = getattr(error, "answer", None) if answer is None else answer
        if answer is not None:
            error.add_note(f"the answer is kept {_kept_place(answer)}")
        raise


def _kept_place(answer: Response) -> str:
    """Write an answer to a temporary folder, or to standard output, and return where it is."""
    with as_deep_as_python(DEFAULT):
        text = json.dumps(answer.json, default=str)
    try:
        folder = Path(tempfile.mkdtemp(prefix="encoders-"))
        with suppress(EncodersError):  # an output that cannot be decoded
            answer.save(folder)
            return f"in {folder}"
        path = folder / "answer.json"
        path.write_text(text)
    except OSError:
        sys.stdout.write(text + "\n")
        return "on standard output, as JSON: encoders response makes files of it"
    return f"in {path}: encoders response makes files of it"


def _interface(options: argparse.Namespace, source: str) -> Interface:
    given = {"auth": options.auth, "token": options.token, "timeout": options.timeout}
    if options.run is _predict or not _is_file(source):
        return Interface(source, **given)
    with name_source(source):
        return Interface(_read_description(source), **given)


def _is_file(source: str) -> bool:
    is_bare = "/" not in source and ":" not in source and source != "localhost"
    return not is_address(source) or is_bare or source.endswith(".json") or Path(source).exists()


def _read_description(path: str) -> Mapping[str, Any]:
    value = parse(Path(path).read_bytes(), DEFAULT).value
    if not isinstance(value, dict):
        raise ResponseError(f"found {summary(value)}: expected the JSON of /config or /info")
    return value


def _print_saved(paths: Sequence[Path]) -> None:
    for path in paths if paths[-1].name != "response.json" else paths[:-1]:
        print_saved(path)
    saved = json.loads(paths[-1].read_text("utf-8"))["data"]
    _print_values(saved, [path.name for path in paths[:-1]])


def _print_values(data: Sequence[Any], files: Sequence[str] = ()) -> None:
    """Print the values of an answer, but for those that name saved files."""
    for index, value in enumerate(data):
        is_file = isinstance(value, dict) and set(value) == {"file", "media_type"}
        if is_file and value["file"] in files:
            continue
        text = (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
        )
        line = visible(" ".join(text[:_LONGEST_VALUE].split()))
        print_text(f"data[{index}]  {line if len(line) <= 200 else line[:197] + '...'}")
