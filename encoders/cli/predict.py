"""The commands about predict endpoints: payload, response, api, predict."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from encoders.atomic import check_folder, check_output, output_file, write_all
from encoders.cli.arguments import values_of, without_mark
from encoders.cli.calling import call_once, call_streaming, print_lines, saved_lines
from encoders.cli.options import (
    add_command,
    add_max_bytes,
    add_output_file,
    add_output_folder,
    add_overwrite,
    as_inputs,
    limits_of,
    positive,
)
from encoders.cli.terminal import (
    RESUMES,
    name_source,
    open_input,
    open_output,
    print_log,
    print_message,
    print_text,
)
from encoders.errors import PayloadError, ResponseError, clip
from encoders.limits import DEFAULT
from encoders.predict.address import is_address
from encoders.predict.body import as_deep_as_python, parse
from encoders.predict.client.interface import TIMEOUT, Interface
from encoders.predict.client.spaces import space_name
from encoders.predict.components import as_components, infer
from encoders.predict.eras import ERAS
from encoders.predict.payloads import files_in, write_payload
from encoders.predict.responses import response
from encoders.predict.values import summary

_PAYLOAD_EXAMPLES = """\
examples:
  encoders payload 3 --component number --era 3
  encoders payload photo.jpg "a cat" | curl -s -d @- -H content-type:application/json $URL
                                                   Gradio 2 and 3: $URL ends in /api/predict/
                                                   or /run/predict
  encoders payload --era 6 photo.jpg "a cat" | curl -s -d @- -H content-type:application/json $URL
                                                   Gradio 4.20 to 6: $URL ends in /call/predict,
                                                   and the answer is the id of the call
  curl -sN $URL/EVENT_ID | encoders response -o out
"""
_RESPONSE_EXAMPLES = """\
examples:
  encoders response answer.json -o out             files, and response.json that names them
  curl -sN $URL/EVENT_ID | encoders response -o out
"""
_API_EXAMPLES = """\
examples:
  encoders api http://127.0.0.1:7860               what the endpoints take and give
  encoders api owner/space --html page.html        the same of a Space, as a page
  encoders api http://127.0.0.1:7860 --openapi > openapi.json
"""
_DEMO_EXAMPLES = """\
examples:
  encoders demo http://127.0.0.1:7860              a form for each endpoint
  encoders demo owner/space                        the same for a Space
  encoders demo                                    a converter: files to and from data URLs

The page's address is printed. It works on this machine only, and only with its random part.
Ctrl-C ends the command, and deletes what was uploaded.
"""
_PREDICT_EXAMPLES = """\
examples:
  encoders predict http://127.0.0.1:7860 photo.jpg -o out
  encoders predict http://127.0.0.1:7860 "a cat" 0.5 --api-name /draw -o out
  encoders predict owner/space "a cat" -o out      a Space of the Hugging Face hub
  encoders predict http://127.0.0.1:7860 "a story" --stream
  encoders predict http://127.0.0.1:7860 --each 'photos/*.jpg' -o out --at-once 4

encoders api URL shows what a server takes. exit status: 0 when all went well, 1 when some calls of
--each failed, 2 on an error (one line on standard error says what), 130 after Ctrl-C.
"""


_INPUT = (
    "a file's name where a component takes files, else text; JSON or a table can be read from a "
    "file by @NAME, and - is standard input"
)
_MAX_BYTES = "decoded bytes allowed per file"


def add_commands(commands: Any) -> None:
    """Add the commands to the command line's own."""
    payload = add_command(
        commands, "payload", _payload, "print the JSON that an endpoint takes", _PAYLOAD_EXAMPLES
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
        commands, "response", _response, "turn an endpoint's answer into files", _RESPONSE_EXAMPLES
    )
    answer.add_argument("file", nargs="?", default="-", metavar="FILE", help="default: -")
    add_output_folder(answer, required=True)
    answer.add_argument("--component", action="append", metavar="NAME", help="once for each output")
    add_max_bytes(answer, _MAX_BYTES)

    api = add_command(
        commands, "api", _api, "show what a server's endpoints take and give", _API_EXAMPLES
    )
    api.add_argument(
        "source", metavar="URL|SPACE|FILE", help="a server, or its /config or /info as JSON"
    )
    form = api.add_mutually_exclusive_group()
    form.add_argument("--html", metavar="PAGE", help="write a page that needs nothing else")
    form.add_argument("--json", action="store_true", help="print JSON, with JSON Schemas")
    form.add_argument("--openapi", action="store_true", help="print an OpenAPI 3.1 document")
    add_overwrite(api, "PAGE if it is there")
    _add_server(api)

    demo = add_command(
        commands, "demo", _demo, "try a server out on a page in the browser", _DEMO_EXAMPLES
    )
    demo.add_argument("url", nargs="?", metavar="URL|SPACE", help="default: the converter alone")
    demo.add_argument("--port", type=positive, metavar="N", help="default: one that is free")
    demo.add_argument(
        "--no-browser", dest="browser", action="store_false", help="do not open the page"
    )
    _add_server(demo)

    predict = add_command(
        commands, "predict", _predict, "call a server and decode its answer", _PREDICT_EXAMPLES
    )
    predict.add_argument(
        "url",
        metavar="URL|SPACE",
        help="a server, such as http://127.0.0.1:7860, or owner/space for a Space of the Hugging "
        "Face hub",
    )
    predict.add_argument("inputs", nargs="*", metavar="FILE|TEXT", help=_INPUT)
    predict.add_argument(
        "--api-name", metavar="NAME", help="the endpoint, such as /predict (default: the main one)"
    )
    add_output_folder(
        predict,
        "; a file whose name is taken gets a number, as in image-2.png (default: print values, "
        "long ones cut, and fetch no files)",
    )
    way = predict.add_mutually_exclusive_group()
    way.add_argument(
        "--dry-run", action="store_true", help="print what would be sent, and send nothing"
    )
    way.add_argument(
        "--stream",
        action="store_true",
        help="print each output as it comes; with -o, save each in a folder DIR/0001, DIR/0002 …",
    )
    way.add_argument(
        "--each",
        metavar="PATTERN",
        help="make a call for each file that fits, such as 'photos/*.jpg' ('photos/**/*.jpg': in "
        "all folders below too). The file is the first input that takes files, or else the content "
        "of the first input; the other inputs are the same for all. With -o, answers are saved in "
        "DIR/NAME, and the same command goes on where it stopped",
    )
    predict.add_argument(
        "--at-once",
        type=positive,
        default=8,
        metavar="N",
        help="calls of --each at a time (default: %(default)s)",
    )
    upload = predict.add_mutually_exclusive_group()
    upload.add_argument(
        "--upload",
        action="store_const",
        const=True,
        help="upload files before the call (default: where that is faster, or needed)",
    )
    upload.add_argument(
        "--no-upload",
        dest="upload",
        action="store_const",
        const=False,
        help="send files as data URLs inside the call",
    )
    predict.add_argument(
        "--no-check",
        dest="check",
        action="store_false",
        help="send values that the server's components do not allow, such as another choice",
    )
    add_max_bytes(predict, _MAX_BYTES)
    _add_server(predict)
    predict.set_defaults(parser=predict)


def _add_server(parser: argparse.ArgumentParser) -> None:
    server = parser.add_argument_group("the server")
    server.add_argument(
        "--user",
        dest="auth",
        type=_login,
        metavar="NAME:PASSWORD",
        help="for a server with a login",
    )
    server.add_argument(
        "--token",
        default=os.environ.get("ENCODERS_TOKEN"),
        help="for a private Space, or another server that wants one (default: $ENCODERS_TOKEN, "
        "then for a Space by name what the hub's own tools have saved)",
    )
    server.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT,
        metavar="S",
        help="seconds for a whole call (default: %(default)g)",
    )
    server.add_argument(
        "--proxy",
        metavar="URL",
        help="such as http://user:password@proxy:3128 (default: that of the environment)",
    )
    verify = server.add_mutually_exclusive_group()
    verify.add_argument(
        "--cacert",
        dest="verify",
        default=True,
        metavar="FILE",
        help="the authority that has signed the server's certificate",
    )
    verify.add_argument(
        "--insecure",
        dest="verify",
        action="store_const",
        const=False,
        help="trust any server: all on the way can read and change what is sent",
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
    values = values_of(options.inputs, known)
    if not names:
        names = [infer(value) for value in values]
        pairs = zip(options.inputs, names, strict=True)
        taken = ", ".join(f"{clip(text)} as {name}" for text, name in pairs)
        print_message(f"took {taken}; --component says otherwise")
    inputs = [*as_inputs(map(without_mark, options.inputs)), *files_in(values)]
    with open_output(options.output, options.overwrite, inputs) as sink:
        write_payload(values, sink, components=names, era=options.era)
        sink.write("\n")


def _response(options: argparse.Namespace) -> None:
    with open_input(options.file) as source:
        answer = response(source, options.component, limits=limits_of(options))
        inputs = as_inputs([options.file])
        paths = answer.save(
            options.output, overwrite=options.overwrite, free_names=False, inputs=inputs
        )
        print_lines(saved_lines(paths))


def _api(options: argparse.Namespace) -> None:
    given: dict[str, Any] = {"overwrite": options.overwrite, "inputs": [options.source]}
    if options.html is not None:
        check_output(options.html, **given)
    with print_log(), _interface(options, options.source) as interface:
        if options.json or options.openapi:
            _print_json(interface.openapi() if options.openapi else interface.schema())
            return
        if options.html is None:
            print_text(interface.text())
            return
        page = interface.html().encode("utf-8", "backslashreplace")
        with output_file(options.html, **given) as file:
            write_all(file, page)


def _print_json(document: Mapping[str, Any]) -> None:
    with as_deep_as_python(DEFAULT):
        print_text(json.dumps(document, indent=2))


def _demo(options: argparse.Namespace) -> None:
    from encoders.view.live import demo

    given: dict[str, Any] = {"port": options.port, "browser": options.browser}
    if options.url is None:
        demo(None, **given)
        return
    with print_log(), _interface(options, options.url) as interface:
        demo(interface, **given)


def _predict(options: argparse.Namespace) -> int | None:
    if options.output is not None:
        check_folder(options.output)  # after the call it would be too late
    try:
        with print_log(), _interface(options, options.url) as interface:
            return _call(interface, options)
    except KeyboardInterrupt:
        resumes = options.each is not None and options.output is not None
        print_message(f"stopped; {RESUMES if resumes else 'what ran was cancelled'}")
        raise


def _call(interface: Interface, options: argparse.Namespace) -> int | None:
    api_name: str | int | None = options.api_name
    if isinstance(api_name, str) and api_name.isascii() and api_name.isdigit():
        api_name = int(api_name)
    endpoint = interface.endpoint(api_name)
    if options.each is not None:
        from encoders.cli.each import call_each  # asyncio takes some time

        return call_each(interface, endpoint, options)
    wanted = [parameter.component for parameter in endpoint.visible_inputs]
    known = [*wanted, *[None] * len(options.inputs)][: len(options.inputs)]
    values = values_of(options.inputs, known)
    if options.dry_run:
        given = {"upload": options.upload, "check": options.check}
        plan = interface.check(*values, api_name=api_name, limits=limits_of(options), **given)
        print_text(str(plan))
        return None
    call = call_streaming if options.stream else call_once
    call(interface, values, api_name, options)
    return None


def _interface(options: argparse.Namespace, source: str) -> Interface:
    names = ("auth", "token", "timeout", "proxy", "verify")
    given = {name: getattr(options, name) for name in names}
    if options.run is not _api or not _is_file(source):
        return Interface(source, **given)
    with name_source(source):
        return Interface(_read_description(source), **given)


def _is_file(source: str) -> bool:
    is_bare = "/" not in source and ":" not in source and source != "localhost"
    is_named = is_address(source) or space_name(source) is not None
    return not is_named or is_bare or source.endswith(".json") or Path(source).exists()


def _read_description(path: str) -> Mapping[str, Any]:
    value = parse(Path(path).read_bytes(), DEFAULT).value
    if not isinstance(value, dict):
        raise ResponseError(f"found {summary(value)}: expected the JSON of /config or /info")
    return value
