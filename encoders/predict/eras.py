"""Gradio's versions, and tables that say from which one on something holds.

An era is a major version, "2" to "6", or any version of one. A table of eras is a dict from the
first version on to what holds from there, oldest first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from encoders.errors import clip_value

Version = tuple[int, ...]  # as many numbers as are told: of two, the longer is the later
T = TypeVar("T")

FIRST: Version = (2, 7)  # older ones are other programs, with other paths and other JSON
OLDEST, NEWEST = FIRST[0], 6
ERAS = tuple(str(major) for major in range(OLDEST, NEWEST + 1))

_UNKNOWN = f"is none of {', '.join(ERAS)}, nor a Gradio version such as 3.50.2"

# Where a function is called that answers at once; from `QUEUES` on, calls can go into a queue too.
CALL_PATHS: dict[Version, str] = {(2, 0): "/api/{name}/", (3, 9): "/run/{name}"}
QUEUES: Version = (4, 20)

_VERSION = re.compile(
    r"\s*v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?:[.\-+a-z]\S*)?\s*",
    re.IGNORECASE | re.ASCII,
)
_LATEST = 10**6  # "3" means the newest 3.x, and "3.0" the newest 3.0.x


def version(era: str) -> Version:
    """Return the version that ``era`` names; a bare "3" is the newest 3.x.

    Raises:
        TypeError: it is no text.
        ValueError: it is no version of an era, or one before 2.7.

    >>> version("3.50.2"), version("2") > version("2.9.4")
    ((3, 50, 2), True)
    """
    found = server_version(era)
    if found[0] > NEWEST:
        raise ValueError(f"era={clip_value(era)} is newer than {NEWEST}: it {_UNKNOWN}")
    return found


def server_version(text: str) -> Version:
    """Return what `version` does for what a server states, which may be newer than all eras.

    It is served as the newest era.
    """
    if not isinstance(text, str):
        raise TypeError(f"era={clip_value(text)}: expected a text such as '3' or '3.50.2'")
    found = _VERSION.fullmatch(text)
    if not found or int(found[1]) < OLDEST:
        raise ValueError(f"era={clip_value(text)} {_UNKNOWN}")
    numbers = tuple(int(number) if number else _LATEST for number in found.groups())
    if numbers < FIRST:
        raise ValueError(
            f"era={clip_value(text)} is too old: expected Gradio {said(FIRST)} or newer"
        )
    return numbers


def at(table: Mapping[Version, T], wanted: Version) -> T:
    """Return the row of ``table`` that holds at a version: the last that starts no later.

    >>> at({(2, 0): "list of rows", (3, 0): "headers and data"}, (3, 50))
    'headers and data'
    """
    rows = iter(table.items())
    _, held = next(rows)
    for first, row in rows:
        if first > wanted:
            break
        held = row
    return held


def said(numbers: Version) -> str:
    """Return a version as text.

    >>> said((3, 50))
    '3.50'
    """
    return ".".join(map(str, numbers))
