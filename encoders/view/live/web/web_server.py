"""uvicorn, as the live page uses it: without logs or signals of its own, and quick to end."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

_SECONDS_TO_END = 2
_SECONDS_TO_FINISH = 0.1  # for what has only to close its file
_ROUNDS = 10  # of the event loop, in which a connection that was just accepted becomes known


class WebServer(uvicorn.Server):
    """Serves an application until ``should_exit`` is set."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                _ending_quietly(app),
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_SECONDS_TO_END,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections, whatever runs on them."""
        for server in self.servers:
            server.close()
        for _ in range(_ROUNDS):
            for connection in [*self.server_state.connections]:
                connection.transport.abort()
            await asyncio.sleep(0)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_SECONDS_TO_FINISH)
        for task in [*self.server_state.tasks]:
            task.cancel()
        await super().shutdown(sockets)


def _ending_quietly(app: ASGIApp) -> ASGIApp:
    """Return the application, of which requests that the end of the server cancels are not told."""

    async def ending_quietly(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            # uvicorn tells of a request without an answer unless it knows that nobody waits for it.
            while (await receive())["type"] != "http.disconnect":
                pass

    return ending_quietly
