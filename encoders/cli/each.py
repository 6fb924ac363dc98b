"""A call for each of many files: ``predict --each``."""

from __future__ import annotations

import asyncio
import errno
import glob
import hashlib
import json
import os
import shutil
from argparse import Namespace
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from io import FileIO
from itertools import count
from pathlib import Path
from typing import Any

from encoders.atomic import made_folder, numbered, remove_hidden_files, safe_name, write_all
from encoders.batch import Summary, resume_folder
from encoders.batch.jobs import Report
from encoders.cli.arguments import from_bytes, values_of
from encoders.cli.calling import (
    call_options,
    fetched_files,
    print_lines,
    saved_lines,
    sent_files,
    value_lines,
)
from encoders.cli.error_text import error_text
from encoders.cli.terminal import print_message, print_summary, show_progress
from encoders.errors import EncodersError, PayloadError
from encoders.errors.text import visible
from encoders.predict.client.interface import Interface
from encoders.predict.endpoints import Endpoint
from encoders.predict.payloads import files_in
from encoders.predict.responses import Response

_FOLDER, _ANSWER = ".calls", "response.json"
_FAULTS = (EncodersError, OSError, ValueError, TypeError)  # of a file or its call

Stamp = list[int] | None  # a file's size and time of its last change
Outcome = list[str] | Exception  # lines to print


def call_each(interface: Interface, endpoint: Endpoint, options: Namespace) -> int:
    """Make a call for each file, print or save the answers in order; return the exit status.

    Raises:
        FileNotFoundError: no file fits the pattern.
        PayloadError: an input that all calls share does not fit, or there is one too many or few.
        OutputExistsError: another command has written to the output.
        BlockingIOError: another process writes to it.
    """
    files = _files(options.each, options.output)
    calls = _Calls(interface, endpoint, options)
    with ExitStack() as stack:
        if options.output is not None:
            calls.answers = stack.enter_context(
                Answers(Path(options.output), calls.identity, overwrite=options.overwrite)
            )
        calls.report = stack.enter_context(show_progress(lambda: len(files), "calls"))
        asyncio.run(calls.run(files))
    print_summary(calls.done, "calls")
    return 1 if calls.done.failed else 0


def _files(pattern: str, output: str | None) -> list[str]:
    """Return the files that fit a pattern, sorted, without those in the output's folder."""
    pattern = os.path.expanduser(pattern)  # noqa: PTH111 - the shell leaves what is quoted
    found = [pattern] if os.path.isfile(pattern) else glob.glob(pattern, recursive=True)  # noqa: PTH113, PTH207
    own = Path(output).resolve() if output is not None else None
    files = sorted(
        path
        for path in found
        if os.path.isfile(path)  # noqa: PTH113
        and not (own and Path(path).resolve().is_relative_to(own))
    )
    if not files:
        raise FileNotFoundError(errno.ENOENT, "no file fits this pattern", pattern)
    return files


class _Calls:
    """The calls of one command.

    Attributes:
        answers: where they are saved, if they are.
        report: is told how far they are.
        done: how far they are.
    """

    def __init__(self, interface: Interface, endpoint: Endpoint, options: Namespace) -> None:
        components = [parameter.component for parameter in endpoint.visible_inputs]
        takes_files = [component.reader.read_bytes is not None for component in components]
        self._place = takes_files.index(True) if any(takes_files) else 0
        self._takes_file = any(takes_files)
        self._component = components[self._place] if components else None
        others = [*components[: self._place], *components[self._place + 1 :]]
        known = [*others, *[None] * len(options.inputs)][: len(options.inputs)]
        places = (place for place in count() if place != self._place)
        self._others = values_of(options.inputs, known, places)
        try:
            endpoint.arguments(self._inputs(None), {})  # not an error of each call
        except PayloadError as error:
            if len(options.inputs) >= len(components):
                error.add_note("a pattern for --each has to be quoted, or the shell expands it")
            raise
        self._interface = interface
        self._endpoint = endpoint
        self._options = options
        self.answers: Answers | None = None
        self.report: Report | None = None
        self.done = Summary()

    @property
    def identity(self) -> dict[str, Any]:
        """What tells this command from another: all that an answer depends on beside the file."""
        stamps = [_stamp(path) for path in files_in(self._others)]
        inputs = hashlib.sha256(json.dumps([self._others, stamps], default=repr).encode())
        url, endpoint = self._interface.url, self._endpoint.label
        return {"url": url, "endpoint": endpoint, "inputs": inputs.hexdigest()}

    async def run(self, files: list[str]) -> None:
        """Make the calls, some at a time."""
        slots = asyncio.Semaphore(self._options.at_once)
        begun: deque[tuple[str, asyncio.Task[Outcome]]] = deque()
        for path in files:
            if self.answers and self.answers.has(path):
                self._count(kept=1)
                continue
            await slots.acquire()
            task = asyncio.create_task(self._outcome(path))
            task.add_done_callback(lambda _: slots.release())
            begun.append((path, task))
            while begun and begun[0][1].done():
                self._print(*begun.popleft())
        while begun:
            await asyncio.wait([begun[0][1]])
            self._print(*begun.popleft())

    async def _outcome(self, path: str) -> Outcome:
        try:
            options = {**call_options(self._options), "api_name": self._endpoint.index}
            folder = self.answers.folder_for(path) if self.answers else None
            inputs = self._inputs(path)
            record = self.answers.record if self.answers else None
            with fetched_files(record) as fetched:
                options["fetch_to"] = fetched
                answer = await self._interface.predict_async(*inputs, **options)
                lines = await asyncio.to_thread(self._lines, answer, folder, path)
        except _FAULTS as error:
            self._count(failed=1)
            return error
        self._count()
        return lines

    def _inputs(self, path: str | None) -> list[Any]:
        """Return the inputs of the call for a file."""
        value: Any = path
        if path is not None:
            value = Path(path)
            if not self._takes_file:
                value = from_bytes(value.read_bytes(), self._component)
        return [*self._others[: self._place], value, *self._others[self._place :]]

    def _lines(self, answer: Response, folder: Path | None, path: str) -> list[str]:
        if folder is None:
            return [*value_lines(answer.json["data"])]
        inputs = [path, *sent_files(self._options.inputs, self._others)]
        return [*saved_lines(answer.save(folder, overwrite=True, inputs=inputs, move=True))]

    def _print(self, path: str, task: asyncio.Task[Outcome]) -> None:
        outcome = task.result()
        if isinstance(outcome, Exception):
            text = error_text(outcome, self._options.parser, self._options)
            print_message(f"{path}: {text.removeprefix(f'{path}: ')}")
        else:
            print_lines(f"{visible(path)}  {line}" for line in outcome)

    def _count(self, kept: int = 0, failed: int = 0) -> None:
        done = self.done
        self.done = replace(
            done, rows=done.rows + 1, kept=done.kept + kept, failed=done.failed + failed
        )
        if self.report:
            self.report(self.done)


class Answers:
    """A folder with a folder for each file's answer, and a record of which is whose.

    The record is kept as `resume_folder` does. A file's row in it is written before its call, and
    ``response.json`` after it, as the last file of its answer: with both of them, the call is done.

    Args:
        folder: is made if it is missing, but not its parents.
        identity: of the command whose answers these are.
        overwrite: begin anew where another command has written.

    Attributes:
        record: the hidden folder of the record.
    """

    def __init__(self, folder: Path, identity: dict[str, Any], *, overwrite: bool) -> None:
        self._folder = made_folder(folder)
        self._overwrite = overwrite
        self.record = folder / _FOLDER
        self._names: dict[str, tuple[str, Stamp]] = {}  # by path: the folder's, and the file's
        self._taken: set[str] = set()
        self._used: Counter[str] = Counter()  # how many files have had a name
        self._stack = ExitStack()
        with ExitStack() as stack:
            task = json.dumps(identity)
            stack.enter_context(
                resume_folder.acquire(self.record, task, folder, overwrite=overwrite)
            )
            self._rows = stack.enter_context(
                resume_folder.open_own(self.record / resume_folder.ROWS)
            )
            self._read_rows()
            self._remove_left()
            self._stack = stack.pop_all()

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _remove_left(self) -> None:
        """Remove what a run that was killed has left: files that were fetched, or half written."""
        for left in self.record.glob(".*.part"):
            shutil.rmtree(left, ignore_errors=True)
        for name, _ in self._names.values():
            remove_hidden_files(self._folder / name)

    def has(self, path: str) -> bool:
        """Tell whether the answer for a file is there, and the file has not changed since."""
        name, stamp = self._names.get(os.path.abspath(path), ("", None))  # noqa: PTH100
        return bool(
            name and stamp == _stamp(path) and os.path.lexists(self._folder / name / _ANSWER)
        )

    def folder_for(self, path: str) -> Path:
        """Return the folder for the answer of a file, which the file's name is the name of."""
        key, stamp = os.path.abspath(path), _stamp(path)  # noqa: PTH100
        name, known = self._names.get(key, ("", None))
        if not name or stamp != known:
            name = name or self._free_name(safe_name(path))
            (self._folder / name / _ANSWER).unlink(missing_ok=True)
            row = json.dumps({"path": key, "name": name, "stamp": stamp})
            write_all(self._rows, f"{row}\n".encode("ascii"))
            self._add(key, name, stamp)
        return self._folder / name

    def _free_name(self, name: str) -> str:
        used, self._used[name] = max(self._used[name], 1), self._used[name] + 1
        return next(filter(self._is_free, numbered(name, used)))

    def _is_free(self, name: str) -> bool:
        if name.casefold() in self._taken:
            return False
        place = self._folder / name
        return not os.path.lexists(place) or (self._overwrite and place.is_dir())

    def _add(self, path: str, name: str, stamp: Stamp) -> None:
        self._names[path] = name, stamp
        self._taken.add(name.casefold())

    def _read_rows(self) -> None:
        """Read the rows of earlier runs, and remove one that a kill has cut off."""
        end = 0
        for line in _lines(self._rows):
            try:
                row = json.loads(line)
                self._add(row["path"], row["name"], row["stamp"])
            except (ValueError, KeyError, TypeError):
                break
            end += len(line)
        self._rows.truncate(end)
        self._rows.seek(end)


def _lines(file: FileIO) -> Iterator[bytes]:
    with open(file.fileno(), "rb", closefd=False) as buffered:
        yield from (line for line in buffered if line.endswith(b"\n"))


def _stamp(path: Any) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]
