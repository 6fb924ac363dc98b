"""Responses: what a predict endpoint answers to Python values, or to files on the disk."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

from encoders.atomic import Input
from encoders.data_url.notebook import ShownInNotebook
from encoders.errors import EncodersError, ResponseError, bounded, clip
from encoders.errors.reprs import ShortRepr
from encoders.errors.text import shortened, visible
from encoders.limits import DEFAULT, Limits
from encoders.predict.body import BodyReader, Parsed, as_deep_as_python, check_depth, parse, utf8
from encoders.predict.components import Component, as_components, decode
from encoders.predict.eras import Version
from encoders.predict.events import EventReader, failed, is_event_stream, only_called
from encoders.predict.saving import save
from encoders.predict.values import File, Json, Reference, summary
from encoders.predict.wire.context import DecodeContext
from encoders.predict.wire.file_shapes import file_object, find_files

_CHUNK = 1024 * 1024
_START = 256  # bytes of a body that show whether it is a stream of events
JsonText = Mapping[str, Any] | Sequence[Any] | str | bytes | PathLike[str] | BinaryIO


@dataclass(frozen=True, slots=True, repr=False)
class UndecodedOutput(ShortRepr):
    """An output in which files are as they came.

    Attributes:
        place: in the answer, such as ``data[1]``.
        name: as in `Outputs.names`.
        component: None if it is not known.
        json: as it came.
        value: what the component gives, with an `UndecodedFile` in place of each file; or the
            error, where the JSON is not what the component gives.
    """

    place: str
    name: str
    component: Component | None
    json: Json
    value: Any


class Outputs(Sequence[Any], ShownInNotebook):
    """The outputs, each decoded when it is first asked for: by index, slice, or name.

    A name is the label that an interface gives an output, else its component's name; the second
    one of the same name is "image_2".

    Attributes:
        names: of the outputs, each once.
    """

    def __init__(
        self,
        values: Sequence[Json],
        components: Sequence[Component | None],
        names: Sequence[str],
        context: DecodeContext,
    ) -> None:
        self.names = _unique(names)
        self._values = values
        self._components = components
        self._context = context
        self._decoded: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(f"no output {clip(key)}: there are {_listed(self.names)}")
            key = self.names.index(key)
        if isinstance(key, slice):
            return [self[i] for i in range(*key.indices(len(self)))]
        if not -len(self) <= key < len(self):
            raise IndexError(f"output {key} of {len(self)}")
        index = key % len(self)
        if index not in self._decoded:  # the first of several threads decides
            self._decoded.setdefault(index, self._decode(index))
        return self._decoded[index]

    def __repr__(self) -> str:
        names = f": {_listed(self.names)}" if self.names else ""
        return f"<{len(self)} output{'s'[: len(self) != 1]}{names}>"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.names)

    def undecoded(self) -> list[UndecodedOutput]:
        """Return each output with its files as they came."""
        return [self._undecoded(index) for index in range(len(self))]

    def _undecoded(self, index: int) -> UndecodedOutput:
        json, component = self._values[index], self._components[index]
        context = replace(self._context_at(index), keeps_files=True)
        place, value = context.path, json
        try:
            with context.examining(json):
                value = decode(json, component, context)
        except EncodersError as error:
            value = error
        return UndecodedOutput(place, self.names[index], component, json, value)

    def _parts(self) -> list[tuple[Json, DecodeContext, bool]]:
        """Return each output's JSON, a context at it, and whether files can be in it."""
        return [
            (value, self._context_at(index), component is None or component.type.has_files)
            for index, (value, component) in enumerate(
                zip(self._values, self._components, strict=True)
            )
        ]

    def _context_at(self, index: int) -> DecodeContext:
        component = self._components[index]
        return replace(
            self._context, index=index, component=component.name if component else None, steps=[]
        )

    def _decode(self, index: int) -> Any:
        value, context = self._values[index], self._context_at(index)
        with context.examining(value):
            return decode(value, self._components[index], context)


class Response(ShownInNotebook):
    """What a server answered: the sequence of its outputs, by index or by name.

    Attributes:
        data: the outputs, decoded when they are asked for; ``answer["cat"]`` and ``answer[0]`` are
            short for ``answer.data["cat"]`` and ``answer.data[0]``.
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

    def __getitem__(self, key: Any) -> Any:
        return self.data[key]

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data)

    def __repr__(self) -> str:
        return f"<Response with {self.data!r}>"

    @property
    def references(self) -> list[Reference]:
        """The files on the server that the answer names but does not hold."""
        media = [value for value, _, has_files in self.data._parts() if has_files]
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
        move: bool = False,
    ) -> list[Path]:
        """Write every media output as a file into ``folder``, and ``response.json`` beside them.

        That file holds the answer, with ``{"file": name, "media_type": …}`` for each file written.
        All is written under hidden names first, then each file is renamed, ``response.json``
        last. After an error or Ctrl-C, no new file is left, and replaced files are there again.
        Only base64 is decoded, and nothing outside ``folder`` is changed.

        A process that is killed may leave hidden ``.….part`` files. If that happens while the files
        are renamed, or if two processes overwrite each other's answers, each file is whole, but
        with ``overwrite`` an old ``response.json`` may be left beside newer files.

        Args:
            folder: created if it is missing, but not the folders above it.
            overwrite: replace files of the same names.
            free_names: give a file whose name is taken, or that ``overwrite`` cannot replace, the
                next free name, such as ``image-2.png`` or ``response-2.json``. With False such a
                name is an error.
            inputs: files that are never replaced, such as those that were sent.
            move: move files that ``fetch_to`` has put on the disk instead of copying them.

        Returns:
            The paths, that of ``response.json`` last.

        Raises:
            OutputExistsError: ``free_names`` is false and a name is taken, or it is the name of one
                of the ``inputs``, a device or a pipe.
            FileNotFoundError: the folder that ``folder`` is to be in is missing.
            OSError: a file cannot be written. The error names it.
            EncodersError: a file in the answer cannot be decoded.
        """
        return save(
            self.json,
            self.data._parts(),
            folder,
            overwrite=overwrite,
            free_names=free_names,
            inputs=tuple(inputs),
            move=move,
            limits=self._limits,
        )


def response(
    answer: JsonText,
    components: Sequence[str | Component] | None = None,
    *,
    files: Mapping[Reference, File | Path] | None = None,
    limits: Limits = DEFAULT,
) -> Response:
    """Return the answer of a predict endpoint, of any era.

    Nothing is fetched, and no path in the answer is opened: a file that the server only refers to
    stays a `Reference`.

    Args:
        answer: the JSON: parsed, as text (``str`` or bytes), a ``PathLike`` to it, or a binary file
            to read it from. Of the last two, data URLs are decoded as they are read, so that a big
            one costs no more memory than its content. Text, a path and a file may also hold the
            events of Gradio 4 to 6 (``event: complete`` …), of which the one that ends the call
            counts.
        components: the outputs' names, or `Component` objects. By default content decides.
        files: what was fetched of the references before, or where it is on the disk.
        limits: bounds on the whole and on each part.

    Raises:
        PredictError: the answer is an error of the server; the message quotes it.
        ResponseError: this is not JSON, not a response, or has another number of outputs.
        TypeError, ValueError: ``components`` is not a list, or has a name that no component has.
        LimitError: it is larger, or has more outputs, than ``limits`` allow. An output that is
            deeper raises it when it is asked for.

    >>> answer = response('{"data": [{"label": "cat"}, "data:,hi"], "durations": [0.5]}')
    >>> answer[0], answer[1].data, answer.durations
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
        if is_event_stream(utf8(answer[:_START])):
            return _last_event([utf8(answer)], limits)
        return parse(answer, limits)
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
    """Return the data of the event that ends a call; the stream may lack its last empty line.

    Raises:
        PredictError: the call failed, or the stream ends before such an event.
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
    files: Mapping[Reference, File | Path] | None = None,
    limits: Limits = DEFAULT,
) -> Response:
    """Return a `Response` of a body that has been read."""
    answer = _answer(parsed.value)
    data = answer["data"]
    limits.check("max_outputs", len(data), "outputs in a response")
    known = as_components(components, len(data))
    if len(known) != len(data):
        raise ResponseError(
            f"the response has {len(data)} outputs for {len(known)} components", "data"
        )
    for key, value in answer.items():
        if key != "data":  # an output is checked when it is asked for
            check_depth(value, limits)
    context = DecodeContext(
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
    raise ResponseError(f"expected an object with a list of data, found {summary(value)}")


def _seconds(answer: Mapping[str, Json], many: str, one: str) -> list[float] | None:
    found = answer.get(many, answer.get(one))
    found = found if isinstance(found, list) else [found]
    numbers = [n for n in found if isinstance(n, int | float) and not isinstance(n, bool)]
    return [float(n) for n in numbers if abs(n) <= sys.float_info.max] or None


def _listed(names: Sequence[str]) -> str:
    return shortened(", ".join(bounded(visible(name), 40) for name in names), 400)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names, with a number behind each that is there already."""
    taken, unique = set(names), dict[str, None]()
    counts: dict[str, int] = {}
    for name in names:
        free = name
        while free in unique or (free != name and free in taken):
            counts[name] = counts.get(name, 1) + 1
            free = f"{name}_{counts[name]}"
        unique[free] = None
    return tuple(unique)
