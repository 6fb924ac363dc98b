"""Gradio's versions: what differs between them, one row for each range of versions.

This is the only module that compares versions. What differs and is no component's JSON is a column
of `Era`; a component's own differences are tables, from the first version on, that `at` reads.

An era's name is a major version, "2" to "6", or any version of one, such as "3.50.2".
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from encoders.errors import clip_value

Version = tuple[int, ...]  # of one to three numbers; (3, 50) is before (3, 50, 0)
T = TypeVar("T")


class NewerServerWarning(UserWarning):
    """A server has a newer version than all eras: it is called as if it had the newest."""


@dataclass(frozen=True, slots=True)
class Era:
    """What holds from one version on, up to the next row.

    Attributes:
        since: the first version.
        call_path: where a function is called that answers at once.
        event_path: where a call is sent whose answer comes as events; empty where there is none.
        prefix: what the paths of the API begin with, where no configuration says it.
        queue: the protocol of the queue, where no configuration says it: "ws" is a WebSocket, "sse"
            the first server-sent events, "sse_v1" and later those of sessions; empty for no queue.
        upload_size: bytes from which on a file is uploaded before the call, and not sent inside the
            payload. 0 where files have to be uploaded, infinity where they cannot be.
        cancel_path: where the server is asked to end a call; empty where it cannot be.
        file_path: where files are downloaded.
        has_info: whether ``/info`` can be asked for.
        info_key: what ``/info`` says of an endpoint since this major version.
        batch_stops_queue: whether a function with ``batch=True`` stops the queue for everybody.
        example_times: what an answer that comes at once says beside its data.
    """

    since: Version
    call_path: str
    file_path: str
    example_times: Mapping[str, Any]
    event_path: str = ""
    prefix: str = ""
    queue: str = ""
    cancel_path: str = ""
    upload_size: float = math.inf
    has_info: bool = False
    info_key: str = ""
    batch_stops_queue: bool = False

    @property
    def major(self) -> str:
        return str(self.since[0])

    @property
    def takes_uploads(self) -> bool:
        return self.upload_size < math.inf

    @property
    def needs_uploads(self) -> bool:
        """Whether files travel by reference only."""
        return self.upload_size == 0


_TIMES_2 = {"durations": [0.1], "avg_durations": [0.1]}
_TIMES_3 = {"is_generating": False, "duration": 0.1, "average_duration": 0.1}

# Older versions are other programs, with other paths and other JSON.
_FIRST_ROW = Era((2, 7), call_path="/api/{name}/", file_path="/file/", example_times=_TIMES_2)
# Oldest first. A row repeats the row before it, except for the columns that it names.
_CHANGES: dict[Version, dict[str, Any]] = {
    (3, 0): {"queue": "ws", "cancel_path": "/reset", "example_times": _TIMES_3},
    (3, 2): {"file_path": "/file="},
    (3, 9): {"call_path": "/run/{name}"},
    # From this size on, an upload of its own is faster than base64.
    (3, 19): {"upload_size": 256 * 1024},
    (3, 26): {"has_info": True},
    (4, 0): {"queue": "sse", "upload_size": 0, "info_key": "show_api", "batch_stops_queue": True},
    (4, 9): {"queue": "sse_v1"},
    (4, 11): {"queue": "sse_v2", "batch_stops_queue": False},
    (4, 20): {"queue": "sse_v3", "event_path": "/call/{name}"},
    (4, 31): {"cancel_path": "/cancel"},
    (5, 0): {"prefix": "/gradio_api", "info_key": "description"},
    (6, 0): {"info_key": "api_visibility"},
}

ROWS: tuple[Era, ...] = (_FIRST_ROW,)
for _since, _changes in _CHANGES.items():
    ROWS = (*ROWS, replace(ROWS[-1], since=_since, **_changes))
_ROWS_BY_VERSION = {row.since: row for row in ROWS}
OLDEST, NEWEST = ROWS[0], ROWS[-1]
ERAS = tuple(dict.fromkeys(row.major for row in ROWS))  # their names

_VERSION = re.compile(
    r"\s*v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?:[.\-+a-z]\S*)?\s*",
    re.IGNORECASE | re.ASCII,
)
_NO_ERA = f"is none of {', '.join(ERAS)}, nor a Gradio version such as 3.50.2"
_LATEST = 10**6  # "3" means the newest 3.x, and "3.0" the newest 3.0.x


def version(era: str) -> Version:
    """Return the version that ``era`` names; a bare "3" is the newest 3.x.

    Raises:
        TypeError: it is not text.
        ValueError: there is no such era, or it is before 2.7.

    >>> version("3.50.2"), version("2") > version("2.9.4")
    ((3, 50, 2), True)
    """
    found = server_version(era)
    if is_newer(found):
        raise ValueError(f"era={clip_value(era)} {_NO_ERA}")
    return found


def server_version(text: str) -> Version:
    """Return what `version` does, for what a server says: it may be newer than all eras."""
    if not isinstance(text, str):
        raise TypeError(f"era={clip_value(text)}: expected a text such as '3' or '3.50.2'")
    found = _VERSION.fullmatch(text)
    if not found or int(found[1]) < OLDEST.since[0]:
        raise ValueError(f"era={clip_value(text)} {_NO_ERA}")
    numbers = tuple(int(number) if number else _LATEST for number in found.groups())
    if numbers < OLDEST.since:
        raise ValueError(
            f"era={clip_value(text)} is too old: "
            f"expected Gradio {version_text(OLDEST.since)} or newer"
        )
    return numbers


def era_of(wanted: Version) -> Era:
    """Return the row that holds at a version: the newest row for one that is newer than all.

    >>> era_of((3, 1)).file_path, era_of((3, 50, 2)).file_path
    ('/file/', '/file=')
    """
    return at(_ROWS_BY_VERSION, wanted)


def era_of_info(keys: Collection[str]) -> Era:
    """Return the newest era whose ``/info`` says one of these keys of an endpoint.

    ``/info`` does not say the version itself.

    >>> era_of_info(["parameters", "returns", "show_api"]).major
    '4'
    """
    marked = (row for row in reversed(ROWS) if row.info_key and row.info_key in keys)
    return next(marked, next(row for row in ROWS if row.has_info))


def at(table: Mapping[Version, T], wanted: Version) -> T:
    """Return the row of ``table`` that holds at a version.

    Its keys, oldest first, say from which version on a row holds. Before the first, its row holds.

    >>> at({(2, 0): "list of rows", (3, 0): "headers and data"}, (3, 50))
    'headers and data'
    """
    rows = iter(table.items())  # a loop, since every value of a payload comes here
    _, found = next(rows)
    for first, row in rows:
        if first > wanted:
            break
        found = row
    return found


def in_range(wanted: Version, since: Version, until: Version | None = None) -> bool:
    """Tell whether a version is ``since`` or newer, and older than ``until``.

    >>> in_range((3, 50), (3, 0)), in_range((4, 0), (3, 0), (4, 0))
    (True, False)
    """
    return since <= wanted and (until is None or wanted < until)


def is_newer(wanted: Version) -> bool:
    """Tell whether a version is newer than all eras."""
    return wanted[0] > NEWEST.since[0]


def version_text(numbers: Version) -> str:
    """Return a version as text.

    >>> version_text((3, 50))
    '3.50'
    """
    return ".".join(map(str, numbers))
