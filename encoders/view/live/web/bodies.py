"""Bodies of requests: whole in memory, or read to their end for an answer to be seen."""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import ClientDisconnect, Request

from encoders.limits import Limits


async def whole_body(request: Request, limits: Limits, what: str) -> bytes:
    """Return the body of a request; ``what`` says in an error what it is.

    Raises:
        LimitError: it has more than ``max_body_bytes``.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        limits.check("max_body_bytes", len(body), f"bytes of {what} so far")
    return bytes(body)


async def read_to_end(request: Request) -> None:
    """Read what is left of a body: a browser reads no answer before it has sent all."""
    with suppress(ClientDisconnect, RuntimeError):  # RuntimeError: nothing is left
        async for _ in request.stream():
            pass
