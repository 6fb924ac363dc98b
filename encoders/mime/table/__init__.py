"""The table of media types: one row each, and a file for each group of them.

The order of rows matters among types that are told by the members of a ZIP archive or the streams
of a compound file: the first that fits is taken.
"""

from __future__ import annotations

from encoders.mime.media_type import MediaType, kind
from encoders.mime.table import archives, data, documents, pictures, sounds, texts, videos

ROWS: tuple[MediaType, ...] = (
    *(*pictures.ROWS, *sounds.ROWS, *videos.ROWS, *texts.ROWS),
    *(*documents.ROWS, *archives.ROWS, *data.ROWS),
)
BY_ESSENCE = {row.essence: row for row in ROWS}
_BY_NAME = {**{alias: row for row in ROWS for alias in row.aliases}, **BY_ESSENCE}
_BY_SUFFIX = {suffix: row for row in ROWS for suffix in row.suffixes}


def find(media_type: str) -> MediaType | None:
    """Return the row of a media type, by its essence or an alias, or None.

    >>> find("audio/x-wav").essence
    'audio/wav'
    """
    return _BY_NAME.get(media_type)


def essence(suffix: str) -> str:
    """Return the media type that a suffix without its dot stands for, which has to be known.

    >>> essence("png")
    'image/png'
    """
    return _BY_SUFFIX[f".{suffix}"].essence


def canonical(media_type: str) -> str:
    """Return the essence that this package uses for ``media_type``.

    >>> canonical("audio/x-wav")
    'audio/wav'
    """
    row = _BY_NAME.get(media_type)
    return row.essence if row else media_type


def suffix(media_type: str) -> str:
    """Return the usual extension of a media type, with its dot; ``.bin`` for unknown ones.

    >>> suffix("image/jpeg"), suffix("audio/mpeg"), suffix("application/x-unheard-of")
    ('.jpg', '.mp3', '.bin')
    """
    row = _BY_NAME.get(media_type)
    if row and row.suffixes:
        return row.suffixes[0]
    return ".txt" if kind(media_type) == "text" else ".bin"


def from_name(name: str) -> str | None:
    """Return the media type that a file name's extension means, or None.

    >>> from_name("a.JPG"), from_name("README")
    ('image/jpeg', None)
    """
    _, dot, extension = name.rpartition(".")
    row = _BY_SUFFIX.get(f".{extension.lower()}") if dot else None
    return row.essence if row else None
