"""What goes into a payload and comes out of a response, beside plain Python values and media."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from encoders import mime
from encoders.data_url import DataURL
from encoders.data_url.notebook import ShownInNotebook
from encoders.errors import bounded, clip, clip_value
from encoders.errors.reprs import ShortRepr
from encoders.source import open_source

Json = Any


@dataclass(frozen=True, slots=True, repr=False)
class File(ShortRepr, ShownInNotebook):
    """A file with its name: the value of a file output, and of media that no codec decodes.

    Attributes:
        data: its bytes.
        name: a safe base name, or None if there was none.
        media_type: what the content is.
    """

    data: bytes = field(repr=False)
    name: str | None = None
    media_type: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.media_type:
            with open_source(self.data, self.name) as source:
                object.__setattr__(self, "media_type", mime.detect(source))

    @property
    def data_url(self) -> DataURL:
        """The file as a data URL; its bytes are not copied."""
        return DataURL(self.media_type, self.data)


@dataclass(frozen=True, slots=True, repr=False)
class Reference(ShortRepr, ShownInNotebook):
    """A file on a server: an answer names it, but does not hold it.

    As an input it is sent as it is: a server knows the files that it made.

    Attributes:
        path: its path on the server. Nothing here opens it.
        url: where it can be fetched, if the server says so.
        name: a safe base name.
        size: in bytes, if the server says so.
        media_type: if the server says so.
    """

    path: str
    url: str | None = None
    name: str | None = None
    size: int | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class UndecodedFile(ShortRepr):
    """A file of an answer as it came.

    Attributes:
        place: in the answer, such as ``data[1].name``.
        content: its content, where it is on the disk, or what the answer says of it.
        name: as the answer has it; anybody may have chosen it.
    """

    place: str
    content: DataURL | Path | Reference
    name: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Raw(ShortRepr):
    """A value that is in a component's JSON already: it goes into a payload as it is."""

    json: Json


def summary(value: Any) -> str:
    """Return a few words about a value, for a message: its type, and no more of it than fits.

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
    if isinstance(value, Mapping):
        keys = ", ".join(bounded(str(key), 41) for key in islice(value, 6))
        return f"an object with {clip(keys)}" if value else "an empty object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return bounded(f"a {type(value).__name__}")
