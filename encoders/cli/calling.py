"""One call: how far it is, its outputs as they come, and its answer as lines and files."""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from encoders.atomic import Input, made_folder
from encoders.cli.arguments import without_mark
from encoders.cli.options import as_inputs, limits_of
from encoders.cli.terminal import (
    describe_saved,
    print_message,
    print_text,
    show_elapsed,
    show_transfers,
)
from encoders.errors import EncodersError
from encoders.errors.text import visible
from encoders.limits import DEFAULT
from encoders.predict.body import as_deep_as_python
from encoders.predict.client.interface import Interface
from encoders.predict.payloads import files_in
from encoders.predict.responses import Response

if TYPE_CHECKING:
    from encoders.predict.client.queues.status import Progress, Status

_LONGEST_VALUE = 1000  # characters of an answer's text that are looked at, of which 200 are shown


def call_options(options: Namespace) -> dict[str, Any]:
    """Return the keywords of `Interface.predict` that the options of the command stand for."""
    return {"upload": options.upload, "check": options.check, "limits": limits_of(options)}


def call_once(
    interface: Interface, values: Sequence[Any], api_name: str | int | None, options: Namespace
) -> None:
    """Call an endpoint, and print or save its answer."""
    given = {**call_options(options), "api_name": api_name}
    label = interface.endpoint(api_name).label
    with fetched_files(options.output) as folder:
        given["fetch_to"] = folder
        with rescue_answer(), show_transfers():
            if sys.stderr.isatty():
                call = interface._submit(tuple(values), given, is_watched=True, keeps_outputs=False)
                with show_elapsed(f"calling {label}", lambda: progress_text(call.status)):
                    answer = call.result()
            else:
                answer = interface.predict(*values, **given)
        _print_or_save(answer, options.output, values, options)


def call_streaming(
    interface: Interface, values: Sequence[Any], api_name: str | int | None, options: Namespace
) -> None:
    """Call an endpoint, and print each output as it comes, or save it in a folder of its own."""
    given = {**call_options(options), "api_name": api_name}
    label = interface.endpoint(api_name).label
    folders = _new_folders(options.output, options.overwrite)
    count = 0
    with fetched_files(options.output) as folder, rescue_answer(), show_transfers():
        call = interface.submit(*values, **given, fetch_to=folder)
        with show_elapsed(f"calling {label}", lambda: progress_text(call.status)):
            for output in call:
                count += 1
                _print_or_save(output, next(folders), values, options)
    print_message(f"{count:,} output{'s' if count != 1 else ''}")


@contextmanager
def fetched_files(output: str | Path | None) -> Iterator[str | None]:
    """Give a hidden folder on the disk of ``output``, for files that are on their way into that."""
    if output is None:
        yield None
        return
    home = output if os.path.lexists(output) else Path(output).parent
    with tempfile.TemporaryDirectory(prefix=".", suffix=".part", dir=home) as folder:
        yield folder


def _new_folders(folder: str | None, overwrite: bool) -> Iterator[Path | None]:
    """Yield ``folder/0001`` and so on, without those that are there unless ``overwrite``."""
    if folder is None:
        yield from itertools.repeat(None)
    home = made_folder(str(folder))
    for number in itertools.count(1):
        path = home / f"{number:04}"
        with suppress(FileExistsError):
            path.mkdir(exist_ok=overwrite)
            yield path


def _print_or_save(
    answer: Response, folder: str | Path | None, values: Sequence[Any], options: Namespace
) -> None:
    with rescue_answer(answer):
        if folder is None:
            print_lines(value_lines(answer.json["data"]))
            return
        inputs = sent_files(options.inputs, values)
        paths = answer.save(folder, overwrite=options.overwrite, inputs=inputs, move=True)
    print_lines(saved_lines(paths))


def sent_files(texts: Sequence[str], values: Sequence[Any]) -> list[Input]:
    """Return the files that a call is made of, which its answer may not replace."""
    return [*as_inputs(map(without_mark, texts)), *files_in(list(values))]


def progress_text(status: Status) -> tuple[str, float | None]:
    """Return how far a call is in words, and how much of it is done, if that is known."""
    words: list[str] = [status.state]
    if status.place is not None:
        words.append(f"place {status.place}" + (f" of {status.size}" if status.size else ""))
    if status.eta and status.eta >= 1:
        words.append(f"about {status.eta:.0f} s")
    words += filter(None, map(_bar_text, status.progress))
    return ", ".join(words), next(map(_fraction, status.progress), None)


def _bar_text(bar: Progress) -> str:
    count = ""
    if bar.index is not None:
        length = "" if bar.length is None else f"/{bar.length:g}"
        count = f"{bar.index:g}{length} {bar.unit}"
    return " ".join(filter(None, (bar.text, count)))


def _fraction(bar: Progress) -> float | None:
    if bar.fraction is not None:
        return min(bar.fraction, 1.0)
    return min(bar.index / bar.length, 1.0) if bar.index is not None and bar.length else None


def print_lines(lines: Iterator[str]) -> None:
    """Print lines at once."""
    for line in lines:
        print_text(line)
    sys.stdout.flush()


def saved_lines(paths: Sequence[Path]) -> Iterator[str]:
    """Yield a line for each file of a saved answer and for each value that is no file."""
    for path in paths if paths[-1].name != "response.json" else paths[:-1]:
        yield describe_saved(path)
    saved = json.loads(paths[-1].read_text("utf-8"))["data"]
    yield from value_lines(saved, [path.name for path in paths[:-1]])


def value_lines(data: Sequence[Any], files: Sequence[str] = ()) -> Iterator[str]:
    """Yield a line for each value of an answer, but for those that name saved files."""
    for index, value in enumerate(data):
        is_file = isinstance(value, dict) and set(value) == {"file", "media_type"}
        if is_file and value["file"] in files:
            continue
        text = (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
        )
        line = visible(" ".join(text[:_LONGEST_VALUE].split()))
        yield f"data[{index}]  {line if len(line) <= 200 else line[:197] + '...'}"


@contextmanager
def rescue_answer(answer: Response | None = None) -> Iterator[None]:
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
