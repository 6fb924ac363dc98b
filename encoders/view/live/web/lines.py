"""An answer of lines of JSON, which ends as soon as the browser goes away."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING

import anyio

from encoders.predict.values import Json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send


class LinesResponse:
    """Sends each value as a line of JSON when it is there.

    When the client goes away, the generator is closed where it waits.
    """

    def __init__(self, values: AsyncGenerator[Json, None]) -> None:
        self._values = values

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = [(b"content-type", b"application/x-ndjson")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with anyio.create_task_group() as group:
            group.start_soon(self._end_with_client, receive, group.cancel_scope)
            async with aclosing(self._values) as values:
                async for value in values:
                    line = json.dumps(value).encode() + b"\n"
                    await send({"type": "http.response.body", "body": line, "more_body": True})
            group.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _end_with_client(self, receive: Receive, scope: anyio.CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        scope.cancel()
