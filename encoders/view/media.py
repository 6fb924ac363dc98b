"""Files of a value as a page shows them: what each is, and where its bytes are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from encoders import audio, image, mime, video
from encoders.atomic import safe_name
from encoders.codecs import facts, inspect
from encoders.data_url import DataURL, parse
from encoders.errors import EncodersError, bounded
from encoders.errors.text import size_text
from encoders.limits import DEFAULT, Limits
from encoders.mime.table import essence
from encoders.predict.values import Reference
from encoders.source import Source, open_source

_PICTURE_QUALITY, _SOUND_QUALITY = 80, 40  # of smaller copies
_LONGEST_SOUND = 600.0  # seconds of a sound of which a smaller copy is made
_START = 4000  # bytes of a text file that are shown
_MOST_COPIED = 64 << 20  # bytes of a file of which a smaller copy is made

# What browsers show and play.
_SHOWN = frozenset(
    map(
        essence,
        (
            *("png", "jpg", "gif", "webp", "avif", "svg", "bmp", "ico"),
            *("wav", "mp3", "ogg", "flac", "m4a", "aac", "weba"),
            *("mp4", "webm", "ogv", "mov"),
        ),
    )
)


class Links(Protocol):
    """Where a page has the bytes of files."""

    def link(self, content: DataURL | Path, media_type: str, name: str) -> str | None:
        """Return the URL of a file, or None if it is over the bounds."""

    def frame(self, document: str) -> str | None:
        """Return the URL of a document for a frame, or None if the page itself has to hold it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a page that holds its own files may hold.

    Attributes:
        picture: bytes of a picture; a larger one is shown as a smaller copy.
        file: bytes of another file; of a larger sound there is a smaller copy, of a larger video
            the first picture, and of others the page says only what they are.
        total: characters of all files.
        side: pixels of a side of a smaller copy.
    """

    picture: int
    file: int
    total: int
    side: int


PAGE = Bounds(picture=8_000_000, file=32_000_000, total=256_000_000, side=1024)
NOTEBOOK = Bounds(picture=256_000, file=512_000, total=900_000, side=512)


class Embedded:
    """The files are in the page itself, as data URLs."""

    def __init__(self, bounds: Bounds = PAGE) -> None:
        self.bounds = bounds
        self._left = bounds.total

    def link(self, content: DataURL | Path, media_type: str, name: str) -> str | None:
        """Return the data URL of a file; None if it is over the bounds."""
        is_picture = mime.kind(media_type) == "image"
        most = self.bounds.picture if is_picture else self.bounds.file
        with open_source(content) as source:
            if source.size > min(most, self._left * 3 // 4):
                return None
            url = source.data_url(media_type)
        self._left -= len(url)
        return _as_markup(url)

    def frame(self, document: str) -> None:
        """Return None: the page holds its frames."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file as a template shows it.

    Attributes:
        place: in the value, such as ``data[1].name``.
        name: a safe base name.
        media_type: of the content; of a file that is elsewhere, what the server says.
        size: in bytes, if it is known.
        facts: such as "1536×1152" or "2.99 s, 16000 Hz, 1 ch".
        kind: "image", "audio", "video", "text" or "file": how it is shown.
        src: the URL of what is shown, or "".
        href: the URL of the file, or "".
        note: why it is not shown as it is.
        text: the start of a text file.
        width, height: in pixels, of the upright picture, if they are known.
    """

    place: str
    name: str
    media_type: str
    size: int | None
    facts: str = ""
    kind: str = "file"
    src: str = ""
    href: str = ""
    note: str = ""
    text: str = ""
    width: int | None = None
    height: int | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether the page itself holds the file."""
        return self.href.startswith("data:")

    @property
    def summary(self) -> str:
        """Media type, size and what else is known."""
        size = "" if self.size is None else size_text(self.size)
        return " · ".join(part for part in (self.media_type, size, self.facts) if part)


def media(
    content: DataURL | Path | Reference,
    name: str | None,
    place: str,
    links: Links,
    limits: Limits = DEFAULT,
) -> Media:
    """Return what a template needs to show a file.

    Of a picture, sound or video that browsers do not show, or that is too large for the page, a
    smaller copy or its first picture is shown. A file that cannot be read is a note.
    """
    if isinstance(content, Reference):
        return _elsewhere(content, name, place)
    try:
        with open_source(content, name) as source:
            found = _described(source, place, limits)
            return _linked(found, content, source, links, limits)
    except (EncodersError, OSError) as error:
        label = content.media_type if isinstance(content, DataURL) else ""
        note = f"It cannot be read: {_fault(error)}"
        return Media(place, safe_name(name or "file"), label, None, note=note)


def _elsewhere(file: Reference, name: str | None, place: str) -> Media:
    name = safe_name(name or file.name or PurePosixPath(file.path).name or "file")
    note = "On the server; not fetched."
    return Media(place, name, bounded(file.media_type or ""), file.size, note=note)


def _described(source: Source, place: str, limits: Limits) -> Media:
    media_type = mime.detect(source)
    name = safe_name(source.name or mime.kind(media_type), mime.suffix(media_type))
    details: dict[str, Any] = {}
    note = ""
    try:
        details = inspect(source, limits=limits).details
    except EncodersError as error:
        note = f"{_fault(error)}."
    kind = mime.kind(media_type)
    return Media(
        place,
        name,
        media_type,
        source.size,
        ", ".join(facts(details)),
        kind if kind in ("image", "audio", "video", "text") else "file",
        note=note,
        width=details.get("width"),
        height=details.get("height"),
    )


def _linked(
    found: Media, content: DataURL | Path, source: Source, links: Links, limits: Limits
) -> Media:
    """Return a file with its URLs."""
    href = links.link(content, found.media_type, found.name) or ""
    if found.media_type in _SHOWN and href:
        return replace(found, src=href, href=href)
    found = replace(found, href=href)
    if found.kind in _COPIES:
        return _with_copy(found, source, links, limits)
    if found.kind == "text":
        start = source.at(0, _START + 1)
        text = start[:_START].decode("utf-8", "replace") + ("…" if len(start) > _START else "")
        return replace(found, text=text)
    return _as_line(found)


def _reason(found: Media) -> str:
    """Return why a file is not shown as it is, if there is a reason."""
    if not found.href:
        return "Too large for this page"
    words = {"image": "show", "audio": "play", "video": "play"}
    return f"Most browsers do not {words[found.kind]} it" if found.kind in words else ""


def _as_line(found: Media) -> Media:
    """Return a file of which the page only says what it is."""
    reason = _reason(found)
    return replace(found, kind="file", note=found.note or (f"{reason}." if reason else ""))


def _with_copy(found: Media, source: Source, links: Links, limits: Limits) -> Media:
    """Return a file with a smaller copy that browsers show or play; a line where there is none."""
    make, kind, suffix, words = _COPIES[found.kind]
    if source.size <= _MOST_COPIED:
        side = links.bounds.side if isinstance(links, Embedded) else PAGE.side
        with suppress(EncodersError):
            copy = parse(make(source, found, side, limits))
            src = links.link(copy, essence(suffix), f"{found.name}.{suffix}")
            if src:
                words = words if found.href else words.replace("a copy", "a smaller copy")
                return replace(found, kind=kind, src=src, note=f"{_reason(found)}: {words}.")
    return _as_line(found)


def _small_picture(source: Source, found: Media, side: int, limits: Limits) -> str:
    picture: Any = source
    if " frames" in found.facts:  # the first will do
        url = DataURL(found.media_type, bytes(source.read()))
        picture = image.decode(url, limits=limits).copy()
    return _written(picture, side, limits)


def _small_sound(source: Source, found: Media, side: int, limits: Limits) -> str:
    limits = replace(limits, max_seconds=_LONGEST_SOUND)
    return audio.encode(source.open(), format="mp3", quality=_SOUND_QUALITY, limits=limits)


def _first_picture(source: Source, found: Media, side: int, limits: Limits) -> str:
    url = DataURL(found.media_type, bytes(source.read()))
    return _written(video.decode(url, limits=limits).thumbnail(), side, limits)


def _written(picture: Any, side: int, limits: Limits) -> str:
    return image.encode(
        picture, format="webp", quality=_PICTURE_QUALITY, max_size=side, limits=limits
    )


# For each kind: what makes a smaller copy, what kind that is, its suffix, and words for it.
_COPIES: dict[str, tuple[Callable[[Source, Media, int, Limits], str], str, str, str]] = {
    "image": (_small_picture, "image", "webp", "a copy is shown"),
    "audio": (_small_sound, "audio", "mp3", "a copy is played"),
    "video": (_first_picture, "image", "webp", "its first picture is shown"),
}


def _fault(error: Exception) -> str:
    if isinstance(error, EncodersError):
        return error.message
    return getattr(error, "strerror", None) or "the file cannot be opened"


def _as_markup(url: str) -> str:
    """Return a URL that needs no escape in HTML as markup: to look for escapes takes long."""
    from markupsafe import Markup

    is_plain = url.isascii() and not any(character in url for character in "<>&\"'")
    return Markup(url) if is_plain else url
