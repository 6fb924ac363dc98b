"""JSON as a page shows it: long texts cut, data URLs folded, files by their places."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from encoders.data_url import DataURL
from encoders.errors import EncodersError, bounded
from encoders.errors.text import size_text
from encoders.predict.pages.quoting import pretty_json
from encoders.predict.values import Reference, UndecodedFile
from encoders.source import is_data_url
from encoders.view.environment import templates
from encoders.view.media import Embedded, Links, media

if TYPE_CHECKING:
    from markupsafe import Markup

_WIDTH = 88  # characters of a line
_LONGEST_URL = 120  # characters of a data URL that is not folded
_LONGEST_TEXT = 4000  # characters of other text
_MOST_CHARACTERS = 400_000  # of all texts; beyond, each is cut to
_SHORT_TEXT = 60
_START = 40  # characters of a folded data URL
_MOST_VALUES = 5000
_DEEPEST = 60


def fold(value: Any, links: Links) -> Markup:
    """Return JSON as HTML. Values that are not JSON are shown as text."""
    from markupsafe import Markup, escape

    folder = _Folder(links)
    text = pretty_json(folder.folded(value, 0), _WIDTH)
    pieces = re.split(f'"{folder.mark}(\\d+)"', text)
    parts = [
        folder.marked[int(piece)] if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    ]
    return Markup("").join(parts)


class _Folder:
    """Makes JSON small enough to read.

    Attributes:
        mark: text that nobody can guess, in place of what is not shown as JSON.
        marked: what is shown there.
    """

    def __init__(self, links: Links) -> None:
        self.mark = secrets.token_hex(8)
        self.marked: list[Markup] = []
        self._links = links
        self._left = _MOST_VALUES
        self._room = _MOST_CHARACTERS

    def folded(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if isinstance(value, str | DataURL):
            return self._text(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, UndecodedFile | Reference):
            return self._file(value)
        if isinstance(value, Mapping):
            return self._object(value, depth)
        if isinstance(value, list | tuple):
            return self._list(value, depth)
        if isinstance(value, date):
            return value.isoformat()
        return self._word(bounded(repr(value), 200))

    def _object(self, value: Mapping[Any, Any], depth: int) -> Any:
        if depth >= _DEEPEST:
            return self._word("…")
        found: dict[str, Any] = {}
        for key, item in value.items():
            if self._left <= 0:
                found["…"] = self._word(f"{len(value) - len(found):,} more")
                break
            found[bounded(str(key), 200)] = self.folded(item, depth + 1)
        return found

    def _list(self, value: list[Any] | tuple[Any, ...], depth: int) -> Any:
        if depth >= _DEEPEST:
            return self._word("…")
        found: list[Any] = []
        for item in value:
            if self._left <= 0:
                found.append(self._word(f"{len(value) - len(found):,} more"))
                break
            found.append(self.folded(item, depth + 1))
        return found

    def _text(self, value: str | DataURL) -> Any:
        if isinstance(value, str) and not is_data_url(value):
            longest = _LONGEST_TEXT if self._room > 0 else _SHORT_TEXT
            self._room -= min(len(value), longest)
            if len(value) <= longest:
                return value
            return f"{value[:longest]}… ({len(value):,} characters)"
        text = value if isinstance(value, str) else ""
        if text and len(text) <= _LONGEST_URL:
            return text
        return self._data_url(value)

    def _data_url(self, value: str | DataURL) -> str:
        from encoders.data_url import parse

        try:
            url = parse(value, max_bytes=None)
            size = size_text(url.size)
        except EncodersError:
            return bounded(str(value), _LONGEST_TEXT)
        start = value[:_START] if isinstance(value, str) else f"data:{url.media_type};base64,"
        found = None
        if not isinstance(self._links, Embedded):
            found = media(url, None, "", self._links)
        return self._marked(templates().get_template("folds.html.jinja").module, start, size, found)

    def _marked(self, module: Any, start: str, size: str, found: Any) -> str:
        self.marked.append(module.data_url(start, size, found))
        return f"{self.mark}{len(self.marked) - 1}"

    def _file(self, value: UndecodedFile | Reference) -> str:
        place = value.place if isinstance(value, UndecodedFile) else ""
        return self._word(f"file {place}".strip() if place else f"file {value.name or ''}".strip())

    def _word(self, text: str) -> str:
        """Return a mark for words that are not JSON."""
        module: Any = templates().get_template("folds.html.jinja").module
        self.marked.append(module.word(text))
        return f"{self.mark}{len(self.marked) - 1}"
