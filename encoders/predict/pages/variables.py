"""Files in code: the variables that stand for them, and the names of those that code reads."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from encoders import codecs, mime
from encoders.atomic.names import numbered
from encoders.data_url import DataURL
from encoders.predict.samples import sample
from encoders.predict.values import File, Json, Raw
from encoders.predict.wire.context import Streamed, Upload

_LONGEST_INLINE = 64  # characters; a longer data URL gets a name
# It needs no escape in any of the languages.
_DATA_URL = re.compile(r"data:[a-z0-9.+-]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+=*")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that code reads when it runs."""

    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A file in a body, to which code gives a name.

    Attributes:
        name: such as "image".
        url: its data URL, if the code holds that.
        file: the file itself, if it is uploaded first, or read when the code runs.
        is_uploaded: whether the variable holds its path on the server, and not a data URL.
    """

    name: str
    url: str = ""
    file: File | LocalFile | None = None
    is_uploaded: bool = False

    @property
    def is_local(self) -> bool:
        return isinstance(self.file, LocalFile)


class Variables:
    """The variables for the files of a call: one for each content. Code holds all the files."""

    def __init__(self) -> None:
        self.variables: list[Variable] = []

    def put_into(self, value: Json) -> Json:
        """Return JSON with a variable in place of each long data URL."""
        if isinstance(value, str) and len(value) > _LONGEST_INLINE and _DATA_URL.fullmatch(value):
            return self.of_url(value)
        if isinstance(value, dict):
            return {key: self.put_into(item) for key, item in value.items()}
        return [self.put_into(item) for item in value] if isinstance(value, list) else value

    def of_url(self, url: str) -> Variable:
        """Return the variable for a data URL."""
        return self._add(_word(url), url)

    def of_upload(self, upload: Upload) -> Variable:
        """Return the variable for a file that is uploaded first."""
        with upload.open() as data:
            file = File(data.read(), upload.name, upload.media_type)
        return self._add(_word(str(file.data_url)), "", file, is_uploaded=True)

    def _add(
        self,
        word: str,
        url: str = "",
        file: File | LocalFile | None = None,
        *,
        is_uploaded: bool = False,
    ) -> Variable:
        """Return the variable that has all this, a new one if there is none yet."""
        count = sum(one.name.partition("_")[0] == word for one in self.variables)
        new = Variable(f"{word}_{count + 1}" if count else word, url, file, is_uploaded)
        for variable in self.variables:
            if variable == replace(new, name=variable.name):
                return variable
        self.variables.append(new)
        return new


class LocalVariables(Variables):
    """The variables for the files in a caller's values, which code reads.

    Code holds what was given as the text of a data URL, and what the caller did not give, such as
    an empty mask.
    """

    def __init__(self, values: Sequence[Any]) -> None:
        super().__init__()
        parts = [*_parts(values)]
        self._texts = {part for part in parts if isinstance(part, str)}
        self._has_media = any(map(is_media, parts))
        self._files = LocalFiles()

    def put_into(self, value: Json) -> Json:
        if isinstance(value, Streamed):
            return self._add_local(Path(value.path), value.media_type)
        return super().put_into(value)

    def of_url(self, url: str) -> Variable:
        is_held = url in self._texts or not self._has_media
        return super().of_url(url) if is_held else self._add_local(url, _type_of(url))

    def of_upload(self, upload: Upload) -> Variable:
        source = upload.source
        if isinstance(source, PathLike):
            content: Hashable = Path(os.fsdecode(source))
        elif isinstance(source, str) and source in self._texts:
            return super().of_upload(upload)
        else:
            with upload.open() as data:
                content = data.read()
        return self._add_local(content, upload.media_type, is_uploaded=True)

    def _add_local(
        self, content: Hashable, media_type: str, *, is_uploaded: bool = False
    ) -> Variable:
        file = self._files.of(content, media_type)
        return self._add(mime.kind(media_type), file=file, is_uploaded=is_uploaded)


class LocalFiles:
    """Names of files that code reads: their own, or for those without a path one by their kind."""

    def __init__(self) -> None:
        self._files: dict[Hashable, LocalFile] = {}

    def of(self, content: Hashable, media_type: str = "") -> LocalFile:
        """Return the file of a content, which is a path or anything that no other file has."""
        if content not in self._files:
            kind = f"{mime.kind(media_type)}{mime.suffix(media_type)}"
            name = content.name if isinstance(content, Path) else kind
            taken = {file.name for file in self._files.values()}
            free = next(name for name in numbered(_encodable(name)) if name not in taken)
            self._files[content] = LocalFile(free, media_type)
        return self._files[content]


def is_media(value: Any) -> bool:
    """Tell whether a value is a file or media, but no path and no text."""
    kinds = (bytes, bytearray, memoryview, File, DataURL)
    is_file = isinstance(value, kinds) or hasattr(value, "read")
    return is_file or codecs.codec_of_object(value) is not None


def _parts(value: Any) -> Iterator[Any]:
    """Yield what is in a value, however deep in lists and dicts."""
    if isinstance(value, Raw):
        yield from _parts(value.json)
    elif isinstance(value, Mapping | list | tuple) and not is_media(value):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _parts(item)
    else:
        yield value


def _word(url: str) -> str:
    is_mask = url.endswith(b64encode(sample("mask.png").data).decode())
    return "mask" if is_mask else mime.kind(_type_of(url))


def _type_of(url: str) -> str:
    return url[len("data:") : url.index(";")]


def _encodable(name: str) -> str:
    """Return a name without what UTF-8 cannot encode, such as bytes of no text."""
    return name.encode("utf-8", "replace").decode()
