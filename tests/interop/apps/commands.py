"""The apps of a process, which start and end as its standard input says."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

End = Callable[[], None]


def serve_apps(start: Callable[[int, str], End]) -> None:
    """Start and end apps until standard input is closed.

    A line with a port and the name of an app starts the app there. A line with the port alone ends
    it: what it waits for then, such as a call that goes on, holds up no other app.

    Args:
        start: Starts the app of a name at a port, and returns what ends it.
    """
    ends: dict[str, End] = {}
    for line in sys.stdin:
        port, *name = line.split()
        if name:
            ends[port] = start(int(port), *name)
        else:
            threading.Thread(target=ends.pop(port), daemon=True).start()
