"""The connections that an interface holds: those of its threads, and those of its background."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from encoders.predict.client.http import run
from encoders.predict.client.network.options import NetworkOptions
from encoders.predict.client.steps import Steps, T

if TYPE_CHECKING:
    from encoders.predict.client.background import Background
    from encoders.predict.client.connections import Connections


class HeldConnections:
    """Connections that are made on first use, and closed by `close` or once nobody refers to this.

    Attributes:
        lock: held while one of them is made or let go of.
    """

    def __init__(self, headers: Mapping[str, str], network: NetworkOptions) -> None:
        from http.cookiejar import CookieJar

        self.lock = threading.Lock()
        self._headers = headers
        self._network = network
        self._cookies = CookieJar()  # of all clients, so that one login serves them
        self._connections: Connections | None = None
        self._background: Background | None = None
        self._ends: list[weakref.finalize[..., HeldConnections]] = []

    def run(self, steps: Steps[T], timeout: float) -> T:
        """Take steps in this thread, and return their result."""
        with self.lock:
            if self._connections is None or not self._connections.is_own:
                self._connections = self._connect(is_async=False)
                self._ends.append(weakref.finalize(self, self._connections.close))
            connections = self._connections
        return run(steps, connections, timeout)

    def background(self) -> Background:
        """Return where calls run; the caller holds the lock."""
        from encoders.predict.client.background import Background

        if self._background is None or not self._background.is_alive:
            self._background = Background(partial(self._connect, is_async=True))
            self._ends.append(weakref.finalize(self, self._background.close))
        return self._background

    def close(self) -> None:
        """Cancel the calls in the background, and close all connections."""
        with self.lock:
            self._connections = self._background = None
            ends, self._ends = self._ends, []
        for end in ends:
            end()

    def _connect(self, *, is_async: bool) -> Connections:
        from encoders.predict.client.connections import Connections

        return Connections(self._headers, self._cookies, self._network, is_async=is_async)
