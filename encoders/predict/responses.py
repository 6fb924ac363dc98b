"""Responses: what a predict endpoint answers to Python values, or to files on the disk."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

from encoders import mime
from encoders.atomic import Input, NewFiles, new_files, safe_name, write_all
from encoders.data_url import DataURL
from encoders.errors import EncodersError, PayloadError, bounded, clip
from encoders.errors.text import shortened, visible
from encoders.limits import DEFAULT, Limits
from encoders.mime.media_type import KINDS
from encoders.predict.body import BodyReader, Parsed, as_deep_as_python, check_depth, parse
from encoders.predict.components import Component, as_components, decode
from encoders.predict.components.anything import find_files
from encoders.predict.eras import Version
from encoders.predict.events import EventReader, failed, is_event_stream, only_called
from encoders.predict.wire import File, Incoming, Json, Reference, file_object, is_url, summary

_CHUNK = 1024 * 1024
_START = 256  # bytes of a body that tell what it is
_MOST_TRIES = 20
_TEXTUAL = ("textbox", "html", "markdown", "code", "json", "dataframe", "state")
_NOT_A_LETTER = re.compile(r"\W+")
JsonText = Mapping[str, Any] | Sequence[Any] | str | bytes | PathLike[str] | BinaryIO


class Outputs(Sequence[Any]):
    """The outputs, each decoded when it is first asked for: by index, or by its name.

    A name is the component's ("image", the second one "image_2"), or the label that an interface
    gives it, as far as it can be written as an attribute.
    """

    def __init__(
        self,
        values: list[Json],
        components: Sequence[Component | None],
        names: Sequence[str],
        context: Incoming,
    ) -> None:
        self._values = values
        self._components = components
        self._names = _unique(names)
        self._context = context
        self._decoded: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"output {index} of {len(self)}")
        index %= len(self)
        if index not in self._decoded:  # the first of several threads decides
            self._decoded.setdefault(index, self._decode(index))
        return self._decoded[index]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked for while a copy has no names yet
            raise AttributeError(name)
        if name not in self._names:
            raise AttributeError(f"no output {clip(name)}: there are {_listed(self._names)}")
        return self[self._names.index(name)]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._names]

    def __repr__(self) -> str:
        return f"<{len(self)} outputs: {_listed(self._names)}>"

    def _decode(self, index: int) -> Any:
        known = self._context
        got = Incoming(
            index,
            limits=known.limits,
            version=known.version,
            files=known.files,
            has_urls=known.has_urls,
        )
        try:
            check_depth(self._values[index], known.limits)
            with as_deep_as_python(known.limits):
                return decode(self._values[index], self._components[index], got)
        except EncodersError as error:
            got.blame(error)
            raise


class Response:
    """What a server answered.

    Attributes:
        data: the outputs, decoded when they are asked for.
        durations: seconds that each function took (Gradio 2.x), or the one (3.x and later); None
            where the server does not say.
        avg_durations: the same, on average over all calls.
        extra: the answer's other keys, such as ``is_generating``.
        json: the answer as it came.
    """

    def __init__(self, answer: Mapping[str, Json], data: Outputs, limits: Limits) -> None:
        self.json = answer
        self.data = data
        self.durations = _seconds(answer, "durations", "duration")
        self.avg_durations = _seconds(answer, "avg_durations", "average_duration")
        known = ("data", "durations", "duration", "avg_durations", "average_duration")
        self.extra = {key: value for key, value in answer.items() if key not in known}
        self._limits = limits

    def __repr__(self) -> str:
        return f"<Response with {self.data!r}>"

    @property
    def references(self) -> list[Reference]:
        """The files on the server that the answer names, and does not hold."""
        outputs = self.data
        media = [
            value
            for value, component in zip(outputs._values, outputs._components, strict=True)
            if not (component and component.name in _TEXTUAL)
        ]
        with as_deep_as_python(self._limits):
            found = [file_object(value) for value in find_files(media)]
        return list(dict.fromkeys(file for file in found if isinstance(file, Reference)))

    def save(
        self,
        folder: str | PathLike[str],
        *,
        overwrite: bool = False,
        free_names: bool = True,
        inputs: Iterable[Input] = (),
    ) -> list[Path]:
        """Write every media output as a file into ``folder``, and ``response.json`` beside them.

        That file holds the answer, with ``{"file": name, "media_type": …}`` for each file written.
        All is written under hidden names first, then each file takes its own, ``response.json``
        last: on an error, or Ctrl-C, nothing is left, and what was to be replaced is there again.
        Nothing is decoded but base64, and nothing outside ``folder`` is touched.

        A process that is killed may leave hidden ``.….part`` files. If that happens while the files
        take their names, or if two processes overwrite each other's answers, each file is whole,
        but with ``overwrite`` an old ``response.json`` may stand beside newer files.

        Args:
            folder: made where it is missing, but not the folders above it.
            overwrite: replace files of the same names.
            free_names: give a file whose name is taken, or with ``overwrite`` cannot be replaced,
                the next free one, such as ``image-2.png`` or ``response-2.json``. With False such a
                name is an error.
            inputs: files that are never replaced, such as those that were sent.

        Returns:
            The paths, that of ``response.json`` last.

        Raises:
            FileExistsError: ``free_names`` is false and a name is taken, or one of the ``inputs``,
                a device or a pipe has it.
            FileNotFoundError: the folder that ``folder`` is to be in is missing.
            OSError: a file cannot be written. The error names it.
            EncodersError: a file in the answer cannot be decoded.
        """
        inputs = tuple(inputs)
        for _ in range(_MOST_TRIES if free_names and not overwrite else 0):
            # Another process may take a name between the look at it and its use.
            with suppress(FileExistsError):
                return self._save(folder, overwrite, free_names, inputs)
        return self._save(folder, overwrite, free_names, inputs)

    def _save(
        self,
        folder: str | PathLike[str],
        overwrite: bool,
        free_names: bool,
        inputs: Iterable[Input],
    ) -> list[Path]:
        with new_files(folder, overwrite=overwrite, free_names=free_names, inputs=inputs) as target:
            last = target.free_name("response.json")
            answer = {key: value for key, value in self.json.items() if key != "data"}
            data = [self._saved(index, target) for index in range(len(self.data))]
            with as_deep_as_python(self._limits):
                text = json.dumps(
                    {"data": data, **answer}, indent=1, ensure_ascii=False, default=str
                )
            with target.open(last) as file:
                write_all(file, text.encode("utf-8", "backslashreplace"))
        return [Path(folder, name) for name in target.names]

    def _saved(self, index: int, target: NewFiles) -> Json:
        outputs = self.data
        component = outputs._components[index]
        value = outputs._values[index]
        got = Incoming(
            index,
            component.name if component else None,
            limits=self._limits,
            files=outputs._context.files,
        )
        try:
            check_depth(value, self._limits)
            if component and component.name in _TEXTUAL:
                return value
            with as_deep_as_python(self._limits):
                return _with_files(value, component.name if component else None, got, target)
        except EncodersError as error:
            got.blame(error)
            raise


def response(
    answer: JsonText,
    components: Sequence[str | Component] | None = None,
    *,
    files: Mapping[Reference, File] | None = None,
    limits: Limits = DEFAULT,
) -> Response:
    """Return what a predict endpoint answered, of whatever era.

    Nothing is fetched, and no path that stands in the answer is opened: what the server only refers
    to stays a `Reference`.

    Args:
        answer: the JSON: parsed, as text (``str`` or bytes), a ``PathLike`` to it, or a binary file
            to read it from. Of the last two, data URLs are decoded as they are read, so that a big
            one costs no more memory than its content. Text, a path and a file may also hold the
            events of Gradio 4 to 6 (``event: complete`` …), of which the one that ends the call
            counts.
        components: the outputs' names, or `Component` objects. By default content decides.
        files: what was fetched of the references before.
        limits: bounds on the whole and on each part.

    Raises:
        PredictError: the server says that it failed; the message has its words.
        PayloadError: this is no JSON, no response, or has another number of outputs.
        TypeError, ValueError: ``components`` is no list, or has a name that no component has.
        LimitError: it is larger, or has more outputs, than ``limits`` allow. An output that is
            deeper raises it when it is asked for.

    >>> answer = response('{"data": [{"label": "cat"}, "data:,hi"], "durations": [0.5]}')
    >>> answer.data[0], answer.data[1].data, answer.durations
    ({'label': 'cat'}, b'hi', [0.5])
    """
    parsed = read(answer, limits)
    return from_parsed(parsed, components, files=files, limits=limits)


def read(answer: JsonText, limits: Limits) -> Parsed:
    """Return a JSON body, from wherever it comes."""
    if isinstance(answer, PathLike):
        with open(answer, "rb") as file:
            return read(file, limits)
    if isinstance(answer, bytearray | memoryview):
        answer = bytes(answer)
    if isinstance(answer, str | bytes):
        start = answer[:_START]
        start = start.encode("utf-8", "replace") if isinstance(start, str) else start
        if not is_event_stream(start):
            return parse(answer, limits)
        text = answer.encode("utf-8", "surrogatepass") if isinstance(answer, str) else answer
        return _last_event([text], limits)
    if hasattr(answer, "read"):
        chunks = iter(partial(answer.read, _CHUNK), b"")
        first = next(chunks, b"")
        if is_event_stream(first[:_START]):
            return _last_event(chain([first], chunks), limits)
        reader = BodyReader(limits)
        for chunk in chain([first], chunks):
            reader.feed(chunk)
        return reader.close()
    return Parsed(answer, True)


def _last_event(chunks: Iterable[bytes], limits: Limits) -> Parsed:
    """Return what the event that ends a call says, of a stream that may lack its last empty line.

    Raises:
        PredictError: the stream says that the call failed, or ends before.
    """
    reader = EventReader(limits)
    size = 0
    for chunk in chain(chunks, [b"\n\n"]):
        size += len(chunk)
        limits.check("max_body_bytes", size, "bytes of events so far")
        if reader.feed(chunk):
            break
    return reader.close()


def from_parsed(
    parsed: Parsed,
    components: Sequence[str | Component] | None,
    *,
    names: Sequence[str] = (),
    version: Version | None = None,
    files: Mapping[Reference, File] | None = None,
    limits: Limits = DEFAULT,
) -> Response:
    """Return a `Response` of a body that has been read."""
    answer = _answer(parsed.value)
    data = answer["data"]
    limits.check("max_outputs", len(data), "outputs in a response")
    known = as_components(components, len(data))
    if len(known) != len(data):
        raise PayloadError(
            f"the response has {len(data)} outputs for {len(known)} components", "data"
        )
    for key, value in answer.items():
        if key != "data":  # an output is checked when it is asked for
            check_depth(value, limits)
    context = Incoming(
        limits=limits,
        version=version,
        files={} if files is None else files,
        has_urls=parsed.has_urls,
    )
    names = names or [component.name if component else "output" for component in known]
    return Response(answer, Outputs(data, known, names, context), limits)


def _answer(value: Json) -> Mapping[str, Json]:
    if isinstance(value, list):  # what an event of /call carries
        return {"data": value}
    if isinstance(value, Mapping) and isinstance(value.get("data"), list):
        return value
    if isinstance(value, Mapping) and ("error" in value or "detail" in value):
        raise failed(value)
    if isinstance(value, Mapping) and "event_id" in value:
        raise only_called(value["event_id"])
    raise PayloadError(f"expected an object with a list of data, found {summary(value)}")


def _seconds(answer: Mapping[str, Json], many: str, one: str) -> list[float] | None:
    found = answer.get(many, answer.get(one))
    found = found if isinstance(found, list) else [found]
    numbers = [n for n in found if isinstance(n, int | float) and not isinstance(n, bool)]
    return [float(n) for n in numbers if abs(n) <= sys.float_info.max] or None


def _with_files(value: Json, component: str | None, got: Incoming, target: NewFiles) -> Json:
    """Return ``value`` with the name of a file that was written in place of each that it holds."""
    if is_url(value) or file_object(value) is not None:
        return _one_file(value, component, got, target)
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        changed: dict[Any, Json] = {}
        for key, item in items:
            if isinstance(item, dict | list | str | DataURL):
                with got.within(key):
                    changed[key] = _with_files(item, component, got, target)
            else:
                changed[key] = item
        return changed if isinstance(value, dict) else list(changed.values())
    return value


def _one_file(value: Json, component: str | None, got: Incoming, target: NewFiles) -> Json:
    held = got.held(value)
    if isinstance(held, Reference):
        return value
    url, name = held
    got.limits.check("max_files", len(target.names) + 1, "files in a response")
    media_type = mime.detect(url)
    fallback = component if component in KINDS else mime.kind(media_type)
    name = target.free_name(safe_name(name or fallback, mime.suffix(media_type)))
    with target.open(name) as file:
        for chunk in url.chunks():
            write_all(file, chunk)
    return {"file": name, "media_type": media_type}


def _listed(names: Sequence[str]) -> str:
    return shortened(", ".join(bounded(visible(name), 40) for name in names), 400)


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names as attributes, each once."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        plain = _NOT_A_LETTER.sub("_", name.strip().lower()).strip("_") or "output"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        seen[plain] = seen.get(plain, 0) + 1
        unique.append(plain if seen[plain] == 1 else f"{plain}_{seen[plain]}")
    return unique
