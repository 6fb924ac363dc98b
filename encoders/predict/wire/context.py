"""What a component's encoder and decoder know of the payload or response around their value."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NoReturn, TypeGuard, TypeVar, cast

from encoders import mime
from encoders.atomic import safe_name
from encoders.data_url import DataURL, parse
from encoders.errors import (
    EncodersError,
    PayloadError,
    Remedies,
    Remedy,
    ResponseError,
    bounded,
    clip,
)
from encoders.errors.text import shortened
from encoders.limits import DEFAULT, Limits
from encoders.predict.body import as_deep_as_python, check_depth
from encoders.predict.eras import Era, Version, era_of
from encoders.predict.values import File, Json, Reference, UndecodedFile, summary
from encoders.predict.wire import file_shapes
from encoders.source import Source, SourceLike, is_data_url, open_source

T = TypeVar("T")

_STREAMED_FROM = 1024 * 1024  # bytes
_LONGEST_NAME = 255  # bytes of a file's name on usual disks


@dataclass(slots=True)
class Upload:
    """A file that has to be on the server before the payload that refers to it.

    Attributes:
        name: a safe base name with an extension.
        media_type: what the content is.
        source: the bytes, or where they are.
        place: the object in the payload that refers to the file.
        key: the key in ``place`` for the path on the server.
        index: of the input that it belongs to.
    """

    name: str
    media_type: str
    source: SourceLike
    place: dict[str, Json]
    key: str
    index: int = 0

    def open(self) -> BinaryIO:
        """Return the bytes as a file to read; the caller closes it."""
        if _is_path(self.source):
            return open(self.source, "rb")
        with open_source(self.source) as source:
            return io.BytesIO(source.read())


@dataclass(frozen=True, slots=True)
class Streamed:
    """A placeholder in the JSON for a data URL that is made when the payload is written."""

    path: str
    media_type: str


@dataclass
class _Context:
    """The place in a payload or response that is worked on, for error messages.

    Attributes:
        index: of the input or output.
        component: its component's name, if it is known.
        options: of the component.
        limits: bounds on what is decoded on the way.
        steps: keys and indices that lead from the value of the component to the current part.
    """

    index: int = 0
    component: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = DEFAULT
    steps: list[str | int] = field(default_factory=list)

    _error: ClassVar[type[PayloadError] | type[ResponseError]]

    @property
    def path(self) -> str:
        """The place, such as ``data[1].name``."""
        steps = (
            f".{bounded(step, 40)}" if isinstance(step, str) else f"[{step}]" for step in self.steps
        )
        return f"data[{self.index}]{shortened(''.join(steps), 300)}"

    @property
    def label(self) -> str:
        """The place, the component's name, and what the server calls it if that is more."""
        if not self.component:
            return self.path
        given = self.options.get("label")
        label = given if isinstance(given, str) else ""
        more = f" {clip(label)}" if label.strip().lower() not in ("", self.component) else ""
        return f"{self.path} ({bounded(self.component, 40)}{more})"

    def within(self, step: str | int) -> _Step:
        """Return a context manager that goes one step deeper: under a key, or at an index."""
        return _Step(self, step)

    def each(self, items: Iterable[Any], function: Callable[[Any], T]) -> list[T]:
        """Return what ``function`` returns for each item, called one step deeper, at its index."""
        results = []
        for index, item in enumerate(items):
            with self.within(index):
                results.append(function(item))
        return results

    def each_value(self, items: Mapping[str, Any], function: Callable[[Any], T]) -> dict[str, T]:
        """Return what ``function`` returns for each value, called one step deeper, at its key."""
        results = {}
        for key, item in items.items():
            with self.within(key):
                results[key] = function(item)
        return results

    def pair(self, value: Any, expected: str) -> tuple[Any, Any]:
        """Return the two items of a list or tuple; anything else is an error."""
        self.expect(isinstance(value, tuple | list) and len(value) == 2, expected, value)
        first, second = value
        return first, second

    def attach_location(self, error: EncodersError) -> None:
        """Tell an error where it arose, unless it knows a more exact place already."""
        if error.location is None:
            error.location = self.path
            error.source = f"{self.label}: {error.source}" if error.source else self.label

    def expect(self, is_right: bool, expected: str, found: T) -> T:
        """Return what was found, or raise the error that it is not what is ``expected``."""
        if not is_right:
            self.fail(f"expected {expected}, found {summary(found)}")
        return found

    def fail(self, message: str, *, remedy: Remedies = ()) -> NoReturn:
        """Raise a `PayloadError` or `ResponseError` about this place."""
        raise self._error(message, self.path, self.component, remedy=remedy)


class _Step:
    """One step deeper. An error that leaves it gets the whole path."""

    __slots__ = ("context", "step")

    def __init__(self, context: _Context, step: str | int) -> None:
        self.context = context
        self.step = step

    def __enter__(self) -> None:
        steps = self.context.steps
        steps.append(self.step)
        self.context.limits.check("max_depth", len(steps), "levels of lists and objects")

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, EncodersError):
            self.context.attach_location(error)
        self.context.steps.pop()


@dataclass
class EncodeContext(_Context):
    """What an encoder of a component needs to know of the payload around it.

    Attributes:
        version: of the Gradio that will read the payload.
        by_upload: whether files are uploaded first and referred to; None for what the era does,
            by the file's size.
        streams: whether a big file may stay where it is until the payload is written.
        leaves_files: whether files that are given by their paths stay where they are, unread and
            unchanged, whatever their size; a `Streamed` is in the place of each.
        uploads: the files that have to be uploaded.
        checks: whether values are checked against the options of their components.
        max_upload: the most bytes of an upload that the server takes, if that is checked.
    """

    version: Version = (2, 0)
    by_upload: bool | None = False
    streams: bool = False
    leaves_files: bool = False
    uploads: list[Upload] = field(default_factory=list)
    checks: bool = False
    max_upload: int | None = None

    _error = PayloadError

    @property
    def era(self) -> Era:
        return era_of(self.version)

    @property
    def gradio(self) -> str:
        """The version in words, such as "Gradio 4"."""
        return f"Gradio {self.version[0]}"

    def encode_file(
        self,
        source: SourceLike | File | Reference,
        name: str | None = None,
        *,
        must_upload: bool = False,
    ) -> Json:
        """Return the JSON of one file, whose bytes are sent unchanged.

        Args:
            source: the file.
            name: a file name in place of its own.
            must_upload: it has to be on the server first, even where the era takes data URLs.
        """
        if isinstance(source, Reference):
            return file_shapes.referred(self.version, source)
        data, own_name = self.unpacked(source)
        with open_source(data, name or own_name) as opened:
            media_type = mime.detect(opened)
            name = file_shapes.file_name(opened.name, media_type)
            if must_upload or self._is_uploaded(opened.size):
                return self._add_upload(data, opened, name, media_type)
            url: Json = self.left(data, media_type)
            if url is None and self.streams and _is_path(data) and opened.size > _STREAMED_FROM:
                url = Streamed(fspath(data), media_type)
            url = url or opened.data_url(media_type)
            return file_shapes.inline(self.version, name, url, opened.size)

    def left(self, source: SourceLike, media_type: str) -> Streamed | None:
        """Return what is in the place of a file that stays where it is; None for others."""
        if self.leaves_files and _is_path(source):
            return Streamed(fspath(source), media_type)
        return None

    def refuse(self, message: str) -> NoReturn:
        """Raise the error for a value that the server's configuration does not allow."""
        self.fail(message, remedy=_SEND_IT)

    def unpacked(self, value: Any) -> tuple[Any, str | None]:
        """Return the content and name of a `File`; other values, but no text, without a name."""
        self.check_text(value)
        return (value.data, value.name) if isinstance(value, File) else (value, None)

    def check_text(self, value: object) -> None:
        """Refuse text where a file is wanted, unless it is a data URL.

        The server decides which component an input has. Text that a caller meant as text must not
        open a file if the server changes the component.

        Raises:
            PayloadError: it is text, which may be a path.
        """
        if not isinstance(value, str) or is_data_url(value):
            return
        if len(value) > _LONGEST_NAME:
            self.fail(f"{clip(value)} is text, but not a data URL", remedy=_FOR_LONG_TEXT)
        text = clip(value)
        literal = text if '"' in text else f'"{text[1:-1]}"'
        self.fail(
            f"expected a file, found the text {text}: text is never taken for a path",
            remedy=(Remedy("in Python", value=f"pass Path({literal}) for a file"),),
        )

    def _is_uploaded(self, size: int) -> bool:
        if self.by_upload is None:
            return size >= self.era.upload_size
        return self.by_upload or self.era.needs_uploads

    def _add_upload(self, source: SourceLike, opened: Source, name: str, media_type: str) -> Json:
        if self.max_upload is not None and opened.size > self.max_upload:
            size = f"{clip(name)} has {opened.size:,} bytes"
            self.refuse(f"{size}: the server takes uploads of up to {self.max_upload:,}")
        place, key = file_shapes.uploaded(self.version, name, opened.size, media_type)
        if hasattr(source, "read"):  # a file of the caller's, which may be closed by then
            source = bytes(opened.read())
        self.uploads.append(Upload(name, media_type, source, place, key, self.index))
        return place


_SEND_IT = (Remedy("pass", "check", "False", purpose="to send it all the same"),)
_FOR_LONG_TEXT = (
    Remedy("do", value="put data:;base64, before bare base64"),
    Remedy("in Python", value="pass a file as a pathlib.Path"),
)


def _is_path(source: SourceLike) -> TypeGuard[str | PathLike[str]]:
    return isinstance(source, PathLike) or (isinstance(source, str) and not is_data_url(source))


@dataclass
class DecodeContext(_Context):
    """What a decoder of a component needs to know of the response around it.

    Attributes:
        version: of the Gradio that wrote the response, if it is known.
        files: those that were fetched, by their references: in memory, or on the disk.
        has_urls: whether the JSON has `DataURL` objects in place of their text.
        keeps_files: whether each file is returned as it came, as an `UndecodedFile`.
        files_found: how many files there were so far.
    """

    version: Version | None = None
    files: Mapping[Reference, File | Path] = field(default_factory=dict)
    has_urls: bool = False
    keeps_files: bool = False
    files_found: int = 0

    _error = ResponseError

    @contextmanager
    def examining(self, value: Json) -> Iterator[None]:
        """Check how deep a whole output is, and attach its place to errors from the block."""
        try:
            check_depth(value, self.limits)
            with as_deep_as_python(self.limits):
                yield
        except EncodersError as error:
            self.attach_location(error)
            raise

    def decode_file(self, value: Json) -> File | Path | Reference:
        """Return the file that ``value`` contains or refers to, in the shape of any era.

        Raises:
            ResponseError: ``value`` is not a file in any era.
            DataURLError: what should be a data URL is not one.
        """
        return self.decode_content(value, self.make_file)

    def decode_content(
        self, value: Json, decode: Callable[[DataURL, str | None], T]
    ) -> T | Path | Reference:
        """Return what ``decode`` makes of a file's data URL and name, or the path or reference."""
        content = self.file_content(value)
        if self.keeps_files:
            kept = content if isinstance(content, tuple) else (content, None)
            return cast(T, UndecodedFile(self.path, *kept))
        return decode(*content) if isinstance(content, tuple) else content

    def make_file(self, url: DataURL, name: str | None) -> File:
        """Return a `File` of what `file_content` found."""
        data = url.data
        with open_source(url, name) as source:
            return File(data, name and safe_name(name), mime.detect(source))

    def file_content(self, value: Json) -> tuple[DataURL, str | None] | Path | Reference:
        """Return the data URL and the name in ``value``.

        Of a reference, they are those of the fetched file; or it is its path if it is on the disk,
        or the reference itself if it was not fetched.
        """
        self.files_found += 1
        self.limits.check("max_files", self.files_found, "files in one output so far")
        is_bare = isinstance(value, str | DataURL)
        file = (value, None) if is_bare else file_shapes.file_object(value)
        if file is None:
            self.fail(f"expected a data URL or a file, found {summary(value)}")
        if isinstance(file, Reference):
            fetched = self.files.get(file, file)
            return (fetched.data_url, fetched.name) if isinstance(fetched, File) else fetched
        url, name = file
        return parse(url, max_bytes=self.limits.max_bytes), name
