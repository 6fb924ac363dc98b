"""Spaces of the Hugging Face hub by their names: where a Space is, and whether it runs.

The hub says both, at ``/api/spaces/OWNER/SPACE/host`` and ``…/runtime``
(https://huggingface.co/docs/hub/api). A hub other than huggingface.co is named by HF_ENDPOINT.

A token goes to the hub and to the Space, and nowhere else. The Space gets it in a header that the
hub's proxy takes out of each request, so the Space's own code does not see it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from encoders.errors import PredictError, Remedy, clip
from encoders.errors.text import one_line
from encoders.limits import Limits
from encoders.predict.address import brief, is_address, origin, redirected, server_address
from encoders.predict.body import BodyReader
from encoders.predict.client.steps import Pause, Request, Steps
from encoders.predict.values import Json, summary

TOKEN_HEADER = "X-HF-Authorization"

_HUB = "https://huggingface.co"
_SPACES = ".hf.space"  # the domain below which each Space has a host of its own
_NAME = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)
_HOST = re.compile(r"(?P<scheme>https?)://(?P<name>[\w.-]+)(?::\d{1,5})?/?", re.ASCII)
_LONGEST_TOKEN = 16 * 1024  # characters
_MOST_REDIRECTIONS = 5  # of a Space that was renamed
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0  # seconds between two questions for the stage
_UNKNOWN = (401, 403, 404)
_ON = ("1", "ON", "YES", "TRUE")

_RUNNING = ("RUNNING", "RUNNING_BUILDING", "RUNNING_APP_STARTING")
_WAITS = {
    "SLEEPING": "is asleep",
    "BUILDING": "is being built",
    "STARTING": "is starting",
    "APP_STARTING": "is starting",
}
_REPAIR = "ask its owner to repair it"
# What is the matter, and what can be done about it.
_FAILURES = {
    "PAUSED": ("is paused", "ask its owner to restart it"),
    "STOPPED": ("is stopped", "ask its owner to restart it"),
    "BUILD_ERROR": ("could not be built", _REPAIR),
    "CONFIG_ERROR": ("has a configuration that the hub does not accept", _REPAIR),
    "RUNTIME_ERROR": ("ended with an error", _REPAIR),
    "NO_APP_FILE": ("has no app", _REPAIR),
    "DELETING": ("is being deleted", "call another Space"),
}


def space_name(text: str) -> str | None:
    """Return the name of a Space that a text is, or that the address of its page has, else None.

    The name is ``OWNER/SPACE``. Text whose first part has a dot, or is "localhost", is an address.

    >>> space_name("owner/space"), space_name("https://huggingface.co/spaces/owner/space/tree/main")
    ('owner/space', 'owner/space')
    >>> space_name("host.tld/app"), space_name("https://owner-space.hf.space")
    (None, None)
    """
    if _NAME.fullmatch(text):
        return None if is_address(text) else text
    hubs = "|".join(re.escape(hub.partition("://")[2]) for hub in (_HUB, "://hf.co", _endpoint()))
    page = rf"(?:https?://)?(?:{hubs})/spaces/({_NAME.pattern})(?:[/?#].*)?"
    found = re.fullmatch(page, text, re.ASCII | re.IGNORECASE)
    return found and found[1]


def find_space(text: str, token: str | None) -> Space | None:
    """Return the Space that a text names, or None if it is another address.

    Args:
        text: what the caller gave as a server.
        token: by default the token that the hub's own tools have saved; "" for none.

    Raises:
        PredictError: HF_ENDPOINT is not a URL.
    """
    name = space_name(text)
    if name is None:
        return None
    token = saved_token() if token is None else token
    try:
        hub, headers = server_address(_endpoint(), None, token)
    except PredictError as error:
        error.source = "HF_ENDPOINT"
        raise
    return Space(name, hub, headers, {TOKEN_HEADER: f"Bearer {token}"} if token else {})


def saved_token() -> str | None:
    """Return the token that the hub's own tools would use: of the environment, or of their file."""
    if os.environ.get("HF_HUB_DISABLE_IMPLICIT_TOKEN", "").upper() in _ON:
        return None
    text = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN")
    if not text:
        caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        home = os.environ.get("HF_HOME") or f"{caches}/huggingface"
        path = os.path.expandvars(os.environ.get("HF_TOKEN_PATH") or f"{home}/token")
        with (
            suppress(OSError, ValueError, RuntimeError),  # RuntimeError: no home folder is known
            Path(path).expanduser().open(encoding="utf-8") as file,
        ):
            text = file.read(_LONGEST_TOKEN)
    return (text or "").strip() or None


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or _HUB).rstrip("/")


@dataclass(frozen=True, slots=True)
class Space:
    """A Space of a hub.

    Attributes:
        name: such as ``owner/space``.
        hub: the hub's URL.
        hub_headers: for requests to the hub.
        headers: for requests to the Space.
    """

    name: str
    hub: str
    hub_headers: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def page(self) -> str:
        """The URL of the Space's page on the hub."""
        return f"{self.hub}/spaces/{self.name}"

    def locate(self, limits: Limits) -> Steps[str]:
        """Return the URL of the Space's server, once it runs.

        A Space that is asleep is woken by a request to it. A wait is logged, under "encoders".
        """
        url, last, pause = "", "", _FIRST_PAUSE
        while True:
            stage = self._stage((yield from self._ask("runtime", limits)))
            url = url or self._checked((yield from self._ask("host", limits)).get("host"))
            if stage in _RUNNING:
                return url
            reason = f"the Space {self.name} {_WAITS[stage]}"
            if stage != last:
                _log(f"{reason}: waiting for it")
                last = stage
            if stage == "SLEEPING":
                end = time.monotonic() + _LONGEST_PAUSE
                with suppress(PredictError):  # it need not answer before it runs
                    yield Request("GET", url, _Nothing(), self.name, end=end)
            yield Pause(pause, f"{reason}, still")
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _ask(self, about: str, limits: Limits) -> Steps[Mapping[str, Json]]:
        """Return what the hub says of the Space, also where it was renamed."""
        label = f"/api/spaces/{self.name}/{about}"
        url = f"{self.hub}{label}"
        for _ in range(_MOST_REDIRECTIONS):
            reader = BodyReader(limits)
            try:
                answer = yield Request("GET", url, reader, label, headers=self.hub_headers)
            except PredictError as error:
                if error.status in _UNKNOWN:
                    raise self._unknown(error.status) from error
                if error.redirect is None:
                    raise
                url = redirected(url, error.redirect)
                if origin(url) != origin(self.hub):
                    raise PredictError(
                        f"the hub redirects to {brief(url)}, which is another server"
                    ) from error
            else:
                if not isinstance(answer.value, dict):
                    raise PredictError(
                        f"{label}: the hub answered {summary(answer.value)}: expected a JSON object"
                    )
                return answer.value
        raise PredictError(f"too many redirects from {brief(self.hub)}")

    def _unknown(self, status: int | None) -> PredictError:
        if status == 401 and self.headers:
            fault = "the hub does not accept the token"
            remedy = Remedy(
                "in Python", value='pass token="" for none', shell="pass --token '' for none"
            )
        else:
            access = "the token may not see it" if self.headers else "no token was sent"
            fault = f"the hub has no Space {self.name}, or it is private and {access}"
            remedy = Remedy("do", value="correct the name")
        return PredictError(
            f"HTTP {status}: {fault}",
            status=status,
            remedy=(Remedy("pass", "token", '"hf_..."'), remedy),
        )

    def _checked(self, host: Json) -> str:
        """Return the URL of the Space's server, which may get the token.

        It is below hf.space and encrypted, or on the hub's own host and encrypted as the hub is.

        Raises:
            PredictError: it is elsewhere.
        """
        text = host if isinstance(host, str) else ""
        found, hub = _HOST.fullmatch(text), urlsplit(self.hub)
        if found:
            scheme, name, own = found["scheme"], found["name"].lower(), hub.hostname or ""
            if (scheme == "https" and name.endswith(_SPACES)) or (
                scheme in ("https", hub.scheme) and f".{name}".endswith(f".{own}")
            ):
                return text.rstrip("/")
        shown = clip(text) if text else summary(host)
        raise PredictError(
            f"the hub says that the Space {self.name} is at {shown}: expected a host of the hub, "
            f"such as https://owner-space{_SPACES}",
            remedy=(Remedy("do", value="make an Interface of that URL if that is meant"),),
        )

    def _stage(self, runtime: Mapping[str, Json]) -> str:
        """Return the stage of a Space that runs or will run.

        Raises:
            PredictError: it does not, and will not.
        """
        stage, text = runtime.get("stage"), runtime.get("errorMessage")
        if isinstance(stage, str) and (stage in _RUNNING or stage in _WAITS):
            return stage
        known = _FAILURES.get(stage) if isinstance(stage, str) else None
        fault, remedy = known or (
            f"is in a stage that is not known, {clip(stage)}"
            if isinstance(stage, str)
            else f"has no stage: found {summary(stage)}",
            "look what is the matter",
        )
        reason = f": {one_line(text, 200)}" if isinstance(text, str) and text.strip() else ""
        code = f" ({stage})" if known else ""
        raise PredictError(
            f"the Space {self.name} {fault}{code}{reason}",
            remedy=(Remedy("do", value=f"{remedy}, at {self.page}"),),
        )


def _log(text: str) -> None:
    """Log a text for the user, which Python prints unless the program decides otherwise."""
    import logging

    logging.getLogger("encoders").warning("%s", text)


class _Nothing:
    """Reads no more than the first piece of a body."""

    def feed(self, chunk: bytes) -> bool:
        return True

    def close(self) -> Any:
        return None
