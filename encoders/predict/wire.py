"""How a file travels in each era, both ways, and where in the JSON a coder stands.

Everything that holds bytes comes through here: bare data URLs (Gradio 2.x), ``name`` and ``data``
(2.x, 3.x), and references to files on the server (3.x ``is_file``, from 4.0 on ``FileData``).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from os import PathLike, fspath
from typing import Any, BinaryIO, NoReturn, TypeGuard
from urllib.parse import unquote

from encoders import mime
from encoders.atomic import safe_name
from encoders.data_url import DataURL, parse
from encoders.errors import (
    DataURLError,
    EncodersError,
    PayloadError,
    bounded,
    clip,
    clip_value,
)
from encoders.errors.text import shortened
from encoders.limits import DEFAULT, Limits
from encoders.predict.eras import Era, Version, at, era_of, in_range
from encoders.source import Source, SourceLike, is_data_url, open_source

Json = Any

META = {"_type": "gradio.FileData"}


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """A file with its name: what comes in for a file, and for media that no codec decodes.

    Attributes:
        data: its bytes.
        name: a safe base name, or None if there was none.
        media_type: what the content is.
    """

    data: bytes = field(repr=False)
    name: str | None = None
    media_type: str = ""

    def __post_init__(self) -> None:
        if not self.media_type:
            with open_source(self.data, self.name) as source:
                object.__setattr__(self, "media_type", mime.detect(source))

    @property
    def data_url(self) -> DataURL:
        """The file as a data URL; its bytes are not copied."""
        return DataURL(self.media_type, self.data)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, File):
            return NotImplemented
        return (self.name, self.data) == (other.name, other.data)

    def __hash__(self) -> int:
        return hash((self.name, self.data))


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that lies on a server: an answer names it, but does not hold it.

    As an input it travels as it is: a server knows the files that it made.

    Attributes:
        path: where the server says that it lies. Nothing here opens it.
        url: where the server says that it can be had, if it does.
        name: a safe base name.
        size: in bytes, if the server says so.
        media_type: as the server says, if it does.
    """

    path: str
    url: str | None = None
    name: str | None = None
    size: int | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """A value that is in a component's JSON already: it goes into a payload as it is."""

    json: Json


@dataclass(slots=True)
class Upload:
    """A file that has to be on the server before the payload that refers to it.

    Attributes:
        name: a safe base name with an extension.
        media_type: what the content is.
        source: the bytes, or where they are.
        place: the object in the payload that refers to the file.
        key: under which ``place`` holds the path on the server.
    """

    name: str
    media_type: str
    source: SourceLike
    place: dict[str, Json]
    key: str

    def open(self) -> BinaryIO:
        """Return the bytes as a file to read; a path is opened now, and is the caller's."""
        if _is_path(self.source):
            return open(self.source, "rb")
        with open_source(self.source) as source:
            return io.BytesIO(source.read())

    def set_server_path(self, path: str) -> None:
        """Put the path that the server gave the file into the payload."""
        self.place[self.key] = path


@dataclass(frozen=True, slots=True)
class Streamed:
    """A data URL that is made when it is written: in place of its text in the JSON."""

    path: str
    media_type: str


@dataclass
class Spot:
    """Where in a payload a coder stands, for what its errors say."""

    index: int = 0
    component: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = DEFAULT
    steps: list[str | int] = field(default_factory=list)

    @property
    def path(self) -> str:
        steps = (
            f".{bounded(step, 40)}" if isinstance(step, str) else f"[{step}]" for step in self.steps
        )
        return f"data[{self.index}]{shortened(''.join(steps), 300)}"

    @property
    def label(self) -> str:
        return f"{self.path} ({bounded(self.component, 40)})" if self.component else self.path

    def within(self, step: str | int) -> _Step:
        """Stand one step deeper in a ``with`` block: under a key, or at an index."""
        return _Step(self, step)

    def blame(self, error: EncodersError) -> None:
        """Tell an error where it arose, unless it knows that more exactly already."""
        if getattr(error, "_at", None):
            return
        error._at = self.path  # type: ignore[attr-defined]
        error.source = f"{self.label}: {error.source}" if error.source else self.label

    def fail(self, message: str) -> NoReturn:
        """Raise a `PayloadError` about this place."""
        raise PayloadError(message, self.path, self.component)


class _Step:
    """One step deeper. An error that leaves it is told the whole path."""

    __slots__ = ("spot", "step")

    def __init__(self, spot: Spot, step: str | int) -> None:
        self.spot = spot
        self.step = step

    def __enter__(self) -> None:
        steps = self.spot.steps
        steps.append(self.step)
        self.spot.limits.check("max_depth", len(steps), "levels of lists and objects")

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, EncodersError):
            self.spot.blame(error)
        self.spot.steps.pop()


@dataclass
class Outgoing(Spot):
    """What an encoder of a component needs to know of the payload around it.

    Attributes:
        version: of the Gradio that shall read it.
        by_upload: whether files are uploaded first and referred to; None for what the era does,
            by the file's size.
        streams: whether a big file may stay where it is until the payload is written.
        uploads: the files that have to go up.
    """

    version: Version = (2, 0)
    by_upload: bool | None = False
    streams: bool = False
    uploads: list[Upload] = field(default_factory=list)

    @property
    def era(self) -> Era:
        return era_of(self.version)

    def file(
        self,
        source: SourceLike | File | Reference,
        name: str | None = None,
        *,
        stored: bool = False,
    ) -> Json:
        """Return the JSON of one file, passed on byte for byte.

        Args:
            source: the file.
            name: a file name in place of its own.
            stored: it has to be on the server first, though the era would take data elsewhere.
        """
        self.check_text(source)
        if isinstance(source, Reference):
            return at(_REFERRED, self.version)(source)
        if isinstance(source, File):
            name = name or source.name
            source = source.data
        with open_source(source, name) as opened:
            media_type = mime.detect(opened)
            name = file_name(opened.name, media_type)
            if stored or self._goes_up(opened.size):
                return self._stored(source, opened, name, media_type)
            url: Json = self._streamed(source, opened.size, media_type)
            url = url or opened.data_url(media_type)
            return at(_INLINE, self.version)(name, url, opened.size)

    def check_text(self, value: object) -> None:
        """Refuse text where a file is wanted, unless it is a data URL.

        The server says which component an input has. So text that a caller meant as text must
        never open a file, whatever the component has become.

        Raises:
            PayloadError: it is text, which may be a path. The message says how to pass one.
        """
        if not isinstance(value, str) or is_data_url(value):
            return
        if len(value) > _LONGEST_NAME:
            self.fail(
                f"{clip(value)} is text, and no data URL: put data:;base64, before bare base64, "
                "and pass a file as a pathlib.Path"
            )
        self.fail(
            f"expected a file, found the text {clip(value)}: text is never taken for a path; "
            f"pass Path({_in_double_quotes(value)}) for a file"
        )

    def described(self, url: str, name: str) -> dict[str, Json]:
        """Return the JSON of a picture that Gradio 5 and later take as a data URL in ``url``."""
        media_type = url[5 : url.index(";")]
        name = file_name(name, media_type)
        return {"url": url, "orig_name": name, "mime_type": media_type, "meta": dict(META)}

    def _goes_up(self, size: int) -> bool:
        if self.by_upload is None:
            return size >= self.era.upload_size
        return self.by_upload or self.era.needs_uploads

    def _stored(self, source: SourceLike, opened: Source, name: str, media_type: str) -> Json:
        place, key = at(_STORED, self.version)(name, opened.size, media_type)
        held = source
        if hasattr(source, "read"):  # a file of the caller's, which may be closed by then
            held = bytes(opened.read())
        self.uploads.append(Upload(name, media_type, held, place, key))
        return place

    def _streamed(self, source: SourceLike, size: int, media_type: str) -> Streamed | None:
        if self.streams and _is_path(source) and size > _BIG:
            return Streamed(fspath(source), media_type)
        return None


_BIG = 1024 * 1024
_LONGEST_NAME = 255  # bytes of a file's name on usual disks


def _in_double_quotes(text: str) -> str:
    literal = clip(text)
    return literal if '"' in literal else f'"{literal[1:-1]}"'


def file_name(name: str | None, media_type: str) -> str:
    """Return a safe base name for a file on its way out, with an extension."""
    name = safe_name(name or mime.kind(media_type), mime.suffix(media_type))
    stem, dot, extension = name.rpartition(".")
    # Gradio 3.x keeps letters and digits only, and serves no file that begins with a dot.
    return name if any(map(str.isalnum, stem or extension)) else f"file{dot}{extension}"


def _inline_2(name: str, url: Json, size: int) -> Json:
    return {"name": name, "data": url}


def _inline_3(name: str, url: Json, size: int) -> Json:
    return {"name": name, "data": url, "is_file": False, "orig_name": name, "size": size}


def _stored_3(name: str, size: int, media_type: str) -> tuple[dict[str, Json], str]:
    place = {"name": None, "data": None, "is_file": True, "orig_name": name, "size": size}
    return place, "name"


def _stored_4(name: str, size: int, media_type: str) -> tuple[dict[str, Json], str]:
    place = {
        "path": None,
        "orig_name": name,
        "size": size,
        "mime_type": media_type,
        "meta": dict(META),
    }
    return place, "path"


def _referred_3(file: Reference) -> Json:
    return {"name": file.path, "data": None, "is_file": True, "orig_name": file.name}


def _referred_4(file: Reference) -> Json:
    return {
        "path": file.path,
        "url": file.url,
        "orig_name": file.name,
        "size": file.size,
        "mime_type": file.media_type,
        "meta": dict(META),
    }


_INLINE: dict[Version, Callable[[str, Json, int], Json]] = {(2, 0): _inline_2, (3, 0): _inline_3}
_STORED: dict[Version, Callable[[str, int, str], tuple[dict[str, Json], str]]] = {
    (2, 0): _stored_3,
    (4, 0): _stored_4,
}
_REFERRED: dict[Version, Callable[[Reference], Json]] = {(2, 0): _referred_3, (4, 0): _referred_4}


@dataclass
class Incoming(Spot):
    """What a decoder of a component needs to know of the response around it.

    Attributes:
        version: of the Gradio that wrote it, if it is known.
        files: those that were fetched, by what refers to them.
        has_urls: whether `DataURL` objects stand in the JSON in place of their text.
        found: how many files there were so far.
    """

    version: Version | None = None
    files: Mapping[Reference, File] = field(default_factory=dict)
    has_urls: bool = False
    found: int = 0

    def may_be_before(self, version: Version) -> bool:
        """Tell whether an older version may have written the response."""
        return self.version is None or not in_range(self.version, since=version)

    def file(self, value: Json) -> File | Reference:
        """Return the file that ``value`` holds or refers to, in whatever era's shape.

        Raises:
            PayloadError: it is none of them.
            DataURLError: what should be a data URL is none.
        """
        held = self.held(value)
        return held if isinstance(held, Reference) else self.loaded(*held)

    def loaded(self, url: DataURL, name: str | None) -> File:
        """Return the file that `held` found."""
        data = url.data
        with open_source(url, name) as source:
            return File(data, name and safe_name(name), mime.detect(source))

    def held(self, value: Json) -> tuple[DataURL, str | None] | Reference:
        """Return the data URL and the name in ``value``, or what it refers to, if not fetched."""
        self.found += 1
        self.limits.check("max_files", self.found, "files in one output so far")
        if isinstance(value, str | DataURL):
            return self._parse(value), None
        file = file_object(value)
        if file is None:
            self.fail(f"expected a data URL or a file, found {summary(value)}")
        if isinstance(file, Reference):
            known = self.files.get(file)
            return (known.data_url, known.name) if known else file
        return self._parse(file[0]), file[1]

    def _parse(self, value: str | DataURL) -> DataURL:
        return parse(value, max_bytes=self.limits.max_bytes)


def file_object(value: Json) -> tuple[str | DataURL, str | None] | Reference | None:
    """Return what an object says of a file: its data URL and name, or a `Reference`.

    None if it is no era's file object.
    """
    if not isinstance(value, dict):
        return None
    data: Json = value.get("data")
    url: Json = value.get("url")
    path: Json = value.get("path")
    name = _text(value.get("orig_name")) or _text(value.get("name"))
    if is_url(url):
        return url, _text(value.get("orig_name"))  # ImageData, which needs no path
    if isinstance(path, str) and path:
        return _reference(value, path, url)
    if is_url(data) and ("name" in value or "orig_name" in value):
        return data, name
    if isinstance(value.get("name"), str) and data is None and value.get("is_file"):
        return _reference(value, value["name"], None)
    return None


def is_url(value: Json) -> bool:
    """Tell whether a JSON value is a data URL, as far as its first letters tell."""
    return isinstance(value, DataURL) or (isinstance(value, str) and is_data_url(value))


def _reference(value: dict[str, Json], path: str, url: Json) -> Reference:
    size = value.get("size")
    last = unquote(path.partition("?")[0]) if "://" in path else path
    name = _text(value.get("orig_name")) or last
    return Reference(
        path,
        _text(url),
        safe_name(name),
        size if isinstance(size, int) and not isinstance(size, bool) else None,
        _text(value.get("mime_type")) or _text(value.get("mime")),
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_path(source: SourceLike) -> TypeGuard[str | PathLike[str]]:
    return isinstance(source, PathLike) or (isinstance(source, str) and not is_data_url(source))


def summary(value: Any) -> str:
    """Return a few words on a value, for a message: its type, and no more of it than fits.

    >>> summary(None), summary([1, 2]), summary("hello")
    ('null', 'a list of 2', "the text 'hello'")
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"the text {clip(value)}"
    if isinstance(value, DataURL):
        return "a data URL"
    if isinstance(value, bool | int | float):
        return f"{type(value).__name__} {clip_value(value)}"
    if isinstance(value, dict):
        keys = ", ".join(bounded(str(key), 41) for key in islice(value, 6))
        return f"an object with {clip(keys)}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return bounded(f"a {type(value).__name__}")


def bare_base64(text: str, limits: Limits) -> DataURL | None:
    """Return what bare base64 stands for, as some clients send it, or None if it is none."""
    try:
        url = parse(f"data:;base64,{text}", max_bytes=limits.max_bytes)
        return url if url.data else None
    except DataURLError:
        return None
