"""uvicorn, as the live page uses it: without logs or signals of its own, and quick to end."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

_SECONDS_TO_END = 2


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
        for connection in [*self.server_state.connections]:
            connection.transport.abort()
        for task in [*self.server_state.tasks]:
            task.cancel()
        await super().shutdown(sockets)


def _ending_quietly(app: ASGIApp) -> ASGIApp:
    """Return the application, of which requests that the end of the server cancels are not told."""

    async def ending_quietly(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            return

    return ending_quietly
