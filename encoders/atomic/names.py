"""File names that are safe on every system, whatever text they are made of."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from encoders.errors.text import without_hidden

LONGEST_NAME = 200

_UNSAFE = re.compile(r'[<>:"|?*]')
_SPACE = re.compile(r"\s")
_EXTENSION = re.compile(r"\.[\w+-]{1,16}\Z")
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|\Z)", re.IGNORECASE
)


def safe_name(name: str | None, suffix: str = "") -> str:
    r"""Return a base name that is safe on every system, made from ``name``.

    It has no separators, drive, ``..``, leading dot, control or invisible characters, is not a name
    that Windows reserves, and has at most `LONGEST_NAME` bytes of UTF-8. An extension (a dot and up
    to 16 letters, digits, ``_``, ``+`` or ``-``) is kept.

    Args:
        name: any text, percent-encoded or not. None, or a text with no usable character, gives
            ``file``.
        suffix: the extension, with its dot, for a name without one.

    >>> safe_name("../../etc/passwd", ".txt"), safe_name("C:\\\\con.png"), safe_name("a%20b.pdf")
    ('passwd.txt', '_con.png', 'a b.pdf')
    """
    text = re.split(r"[/\\]", unquote(name or ""))[-1]
    text = unicodedata.normalize("NFC", without_hidden(text))
    text = _SPACE.sub(" ", text)
    text = _UNSAFE.sub("_", text).lstrip(". ").rstrip(". ") or "file"
    if _RESERVED.match(text):
        text = "_" + text
    extension = _EXTENSION.search(text)
    stem, last = (text[: extension.start()], extension[0]) if extension else (text, suffix)
    room = LONGEST_NAME - len(last.encode())
    return (stem.encode()[:room].decode(errors="ignore").rstrip(". ") or "file") + last


def numbered(name: str, used: int = 1) -> Iterator[str]:
    """Yield a name, and then without end the same with numbers before its extension.

    Args:
        name: of a file.
        used: the last number that is known to be taken; the name itself counts as 1.

    >>> list(itertools.islice(numbered("image.png"), 3))
    ['image.png', 'image-2.png', 'image-3.png']
    """
    stem, dot, extension = name.rpartition(".")
    stem, extension = (stem, dot + extension) if stem else (name, "")
    yield name
    yield from (f"{stem}-{number}{extension}" for number in itertools.count(used + 1))
