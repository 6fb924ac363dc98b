"""What keeps the live page from other pages and other servers: a token, Host, Origin and headers.

A page of another site can send requests to any port of this machine, and by DNS rebinding read what
comes back as if it were its own. So each request has to know the token, to be addressed to this
machine, and not to come from another origin.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAME_SITE = (None, "same-origin", "none")  # of Sec-Fetch-Site
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# A file may show itself, and in a frame of the page, but runs nothing and loads nothing.
FILE_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": _NOTHING,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def page_policy(base: str, scripts: Iterable[str]) -> str:
    """Return the content security policy of a page, which runs nothing but these scripts.

    Args:
        base: the URL of the page's folder.
        scripts: the scripts' URLs, relative to ``base``.
    """
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(base + script for script in scripts),
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {values}" for name, values in rules.items())


class Guard:
    """Passes requests on that may be answered, without the token in their path.

    All others get an answer without content.

    Args:
        app: gets the requests.
        token: the first part of every path.
        port: where the server listens.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._start = f"/{token}/"
        names = ("127.0.0.1", "localhost")
        self._hosts = {f"{name}:{port}" for name in names} | {*(names if port == 80 else ())}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        sending = _with_headers(send)
        status = self._refusal(scope)
        if status:
            await sending({"type": "http.response.start", "status": status, "headers": []})
            await sending({"type": "http.response.body", "body": b""})
            return
        path = scope["path"][len(self._start) - 1 :]
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, sending)

    def _refusal(self, scope: Scope) -> int | None:
        """Return the status for a request that is not passed on."""
        hosts = [*_values(scope, b"host")]
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 403
        given = scope["path"][: len(self._start)]
        if not secrets.compare_digest(given.encode(), self._start.encode()):
            return 404
        origins = [*_values(scope, b"origin")]
        if origins and origins != [f"http://{hosts[0]}"]:
            return 403
        site = next(_values(scope, b"sec-fetch-site"), None)
        is_ours = bool(origins) or site in _SAME_SITE
        return None if is_ours or scope["method"] in ("GET", "HEAD") else 403


def _values(scope: Scope, name: bytes) -> Iterator[str]:
    yield from (value.decode("latin-1") for key, value in scope["headers"] if key == name)


def _with_headers(send: Send) -> Send:
    """Return what sends the headers that every answer has, beside those of its own."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower(): value for name, value in message["headers"]}
            more = {name.encode(): value.encode() for name, value in _HEADERS.items()}
            message = {**message, "headers": [*{**more, **own}.items()]}
        await send(message)

    return sending
