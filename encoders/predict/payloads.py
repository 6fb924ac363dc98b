"""Payloads: Python values to the JSON that a predict endpoint takes."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from os import PathLike
from pathlib import PurePath
from typing import Any, BinaryIO, TextIO

from encoders import codecs, data_url
from encoders.atomic import Input, check_output, output_file
from encoders.data_url.notebook import ShownInNotebook
from encoders.errors import EncodersError, PayloadError, Remedy
from encoders.errors.reprs import brief
from encoders.limits import DEFAULT, Limits
from encoders.predict import eras
from encoders.predict.components import Component, as_component, as_components, encode, infer
from encoders.predict.components.anything import component_of_codec
from encoders.predict.eras import Version
from encoders.predict.values import File, Json, summary
from encoders.predict.wire.context import EncodeContext, Streamed, Upload
from encoders.source import open_source

Uploader = Callable[[str, BinaryIO], str]


class Payload(dict[str, Json], ShownInNotebook):
    """A JSON-ready ``{"data": [...]}`` that knows what it was made for.

    Attributes:
        components: the name of each input's component, as given or inferred.
    """

    components: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return brief(self)


@dataclass(slots=True)
class Prepared:
    """A payload whose files may still have to be uploaded."""

    payload: Payload
    uploads: list[Upload] = field(default_factory=list)


def payload(
    *inputs: Any,
    components: Sequence[str | Component] | None = None,
    era: str = "2",
    upload: Uploader | None = None,
    limits: Limits = DEFAULT,
) -> Payload:
    """Return ``{"data": [...]}`` with each input as its component sends it in ``era``.

    Args:
        *inputs: Python values. `encoders.predict.components.COMPONENTS` lists what each component
            takes; all take None.
        components: their names, or `Component` objects with options. By default each is inferred
            from its value, and ``components`` of the result names them. Text is never taken for
            a path, whatever the component: a file is a `pathlib.Path`, or a data URL.
        era: "2" to "6", or a Gradio version such as "3.50.2". The default is the base64 form, which
            2.x takes and 3.x takes too.
        upload: takes a name and a binary file, puts it on the server and returns its path there.
            With it files travel by reference, without it as data URLs, in the eras that let one
            choose (3.x, and pictures from 5.0 on); from 4.0 on all others need it.
        limits: bounds on what is decoded on the way.

    Raises:
        PayloadError: an input does not fit its component, or needs ``upload``.
        EncodersError: a file is not what its component takes. The message says which input.
        TypeError, ValueError: ``components`` is not a list, or has a name that no component has, or
            there is no such ``era``.

    >>> made = payload("Hello", b"%PDF-1.7")
    >>> made.components, made
    (('textbox', 'file'),
     {'data': ['Hello', {'name': 'file.pdf', 'data': 'data:application/pdf;base64,JVBERi0xLjc='}]})
    """
    return _uploaded(inputs, components, era, upload, limits)


def write_payload(
    inputs: Sequence[Any],
    file: str | PathLike[str] | TextIO,
    *,
    components: Sequence[str | Component] | None = None,
    era: str = "2",
    upload: Uploader | None = None,
    overwrite: bool = False,
    limits: Limits = DEFAULT,
) -> None:
    """Write the JSON of `payload` to ``file``, big files piece by piece.

    A file given by its path costs a few MiB of memory, whatever its size. The file that is written
    appears whole or not at all; a device or a pipe, such as ``/dev/stdout``, is written to piece by
    piece.

    Args:
        inputs: as in `payload`.
        file: a path, or a text file.
        components: as in `payload`.
        era: as in `payload`.
        upload: as in `payload`.
        overwrite: replace a file that is there. One that is among the inputs is never replaced.
        limits: as in `payload`.

    Raises:
        EncodersError: as in `payload`.
        OutputExistsError: the file exists and ``overwrite`` is false, or it is one of the inputs.
            Nothing has been encoded or uploaded then.
        FileNotFoundError: the folder that it is to be in is missing.
        OSError: the file cannot be written. It names the file, which is as it was.
    """
    sources = files_in(inputs)
    if isinstance(file, str | PathLike):
        check_output(file, overwrite=overwrite, inputs=sources)
    made = _uploaded(inputs, components, era, upload, limits, streams=True)
    if not isinstance(file, str | PathLike):
        file.writelines(pieces(made))
        return
    with output_file(file, overwrite=overwrite, inputs=sources) as raw:
        text = io.TextIOWrapper(io.BufferedWriter(raw), "ascii", newline="")
        text.writelines(pieces(made))
        text.flush()
        text.detach().detach()


def batch_of_one(data: Sequence[Json]) -> dict[str, Json]:
    """Return the body for a function with ``batch=True``, for a call that no queue batches.

    >>> batch_of_one(["a cat", 4])
    {'data': [['a cat'], [4]], 'batched': True}
    """
    return {"data": [[value] for value in data], "batched": True}


def files_in(value: Any) -> list[Input]:
    """Return the files in a Python value, however deep in lists and dicts.

    Those that are given by a path are paths, those that are open are descriptors.
    """
    found: list[Input] = []
    left, seen = [value], set()
    while left:
        part = left.pop()
        if isinstance(part, PathLike):
            found.append(os.fsdecode(part))
        elif isinstance(part, Mapping | list | tuple) and id(part) not in seen:
            seen.add(id(part))
            left += part.values() if isinstance(part, Mapping) else part
        elif isinstance(part, File):
            left.append(part.data)
        elif hasattr(part, "fileno"):
            with suppress(OSError, ValueError):  # not every file is the system's
                found.append(part.fileno())
        elif isinstance(name := getattr(part, "filename", None), str | PathLike):
            found.append(os.fsdecode(name))  # of a picture that Pillow has opened, or a memmap
    return found


def prepare(
    inputs: Sequence[Any],
    components: Sequence[str | Component] | None,
    version: Version,
    *,
    by_upload: bool | None,
    streams: bool = False,
    leaves_files: bool = False,
    checks: bool = False,
    max_upload: int | None = None,
    limits: Limits = DEFAULT,
) -> Prepared:
    """Return the payload with a gap in place of the path of each file that has to be uploaded.

    The options are those of `EncodeContext`.
    """
    known = as_components(components, len(inputs))
    if len(known) != len(inputs):
        raise PayloadError(
            f"{len(inputs)} inputs for {len(known)} components: expected one for each"
        )
    context = EncodeContext(
        limits=limits,
        version=version,
        by_upload=by_upload,
        streams=streams,
        leaves_files=leaves_files,
        checks=checks,
        max_upload=max_upload if checks else None,
    )
    data, names = [], []
    for index, value in enumerate(inputs):
        context.index, context.component = index, None
        try:
            component = known[index]
            if component is None:
                name, made = _inferred(value, context)
            else:
                name, made = component.name, encode(value, component, context)
        except EncodersError as error:
            context.attach_location(error)
            raise
        except (OSError, TypeError, ValueError) as error:
            error.add_note(f"in {context.label}")
            raise
        data.append(made)
        names.append(name)
    ready = Payload(data=data)
    ready.components = tuple(names)
    return Prepared(ready, context.uploads)


def _inferred(value: Any, context: EncodeContext) -> tuple[str, Json]:
    """Return the component that takes ``value``, and its JSON; a file is opened once for both."""
    if isinstance(value, bytes | PurePath):
        with open_source(value) as opened:
            name = component_of_codec(codecs.codec_of(opened))
            keeps_source = context.by_upload or context.streams or context.era.needs_uploads
            source = value if keeps_source else opened
            return name, encode(source, as_component(name), context)
    name = infer(value)
    return name, encode(value, as_component(name), context)


def _uploaded(
    inputs: Sequence[Any],
    components: Sequence[str | Component] | None,
    era: str,
    upload: Uploader | None,
    limits: Limits,
    streams: bool = False,
) -> Payload:
    """Return a payload whose files are on the server where they have to be."""
    version = eras.version(era)
    by_upload = upload is not None
    prepared = prepare(
        inputs, components, version, by_upload=by_upload, streams=streams, limits=limits
    )
    for file in prepared.uploads:
        if upload is None:
            place = f"data[{file.index}]"
            component = prepared.payload.components[file.index]
            names = ", ".join(sorted({repr(file.name) for file in prepared.uploads})[:3])
            raise PayloadError(
                f"{place} ({component}): Gradio {version[0]} takes {names} by reference only",
                place,
                component,
                remedy=_FOR_UPLOADS,
            )
        with file.open() as data:
            path = upload(file.name, data)
        if not isinstance(path, str):
            raise TypeError(f"upload returned {summary(path)}: expected the path on the server")
        file.place[file.key] = path
    return prepared.payload


_FOR_UPLOADS = (
    Remedy("pass", "upload", "a function that puts a file on the server and returns its path"),
    Remedy(
        "in Python",
        value="call the server with Interface.predict, which does that",
        shell="call the server with encoders predict, which does that",
    ),
)


def pieces(made: Json) -> Iterator[str]:
    """Yield a payload's JSON text, big files in it read as they are reached."""
    streamed: list[Streamed] = []
    mark = secrets.token_hex(8)

    def stand_in(item: object) -> str:
        if not isinstance(item, Streamed):
            raise TypeError(f"cannot write {summary(item)} as JSON")
        streamed.append(item)
        return mark

    text = json.dumps(made, default=stand_in, allow_nan=False)
    parts = re.split(f'"{mark}"', text)
    for part, item in zip(parts, [*streamed, None], strict=True):
        yield part
        if item:
            yield '"'
            yield from data_url.encode_pieces(item.path, media_type=item.media_type)
            yield '"'
