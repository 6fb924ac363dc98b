"""One server: the steps to ask what it is, to upload, and to fetch files."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Concatenate, ParamSpec, cast

from encoders import mime
from encoders.atomic import nameless_file, safe_name
from encoders.errors import EncodersError, PredictError, Remedy, ResponseError, bounded
from encoders.errors.text import one_line
from encoders.limits import Limits
from encoders.predict import eras
from encoders.predict.address import (
    brief,
    check_redirection,
    redirected,
)
from encoders.predict.body import BodyReader, Parsed
from encoders.predict.client import files
from encoders.predict.client.network.login import Login
from encoders.predict.client.spaces import Space
from encoders.predict.client.steps import Request, Steps, T, Turn, repeated
from encoders.predict.configuration import describe
from encoders.predict.endpoints import Description
from encoders.predict.eras import Era
from encoders.predict.values import File, Json, Reference, summary

_MOST_REDIRECTIONS = 5
_NO_CONFIG = (404, 405, 501)

P = ParamSpec("P")
Method = Callable[Concatenate["Server", P], Steps[T]]


def _renews_login(method: Method[P, T]) -> Method[P, T]:
    """Let the steps that a method of `Server` returns log in again where the login ran out."""

    @wraps(method)
    def renewing(self: Server, /, *args: P.args, **options: P.kwargs) -> Steps[T]:
        return self.renewed(method(self, *args, **options))

    return renewing


class Server:
    """What is known of a server, and the steps to get more from it.

    The arguments are those of `Interface`. Nothing can be sent without a ``url``. Until a ``space``
    is located, it is the URL of its page.

    Attributes:
        login: that of a user, if there is one.
    """

    def __init__(
        self,
        url: str | None,
        headers: dict[str, str],
        auth: tuple[str, str] | None,
        limits: Limits,
        era: str | None,
        source: Mapping[str, Json] | None,
        space: Space | None = None,
    ) -> None:
        if era is not None:
            eras.version(era)  # refuse one that does not exist
        self.url = url
        self.headers = headers
        self.login = Login(auth, limits, lambda: self._base) if auth else None
        self.limits = limits
        self.asked_era = era
        self.space = space
        self._asking_lock = threading.Lock()
        self.description: Description | None = None
        if source is not None:
            self._keep(describe(source))
        # /info says neither the version nor the functions' indices: a server is asked for both.
        is_whole = source is not None and ("named_endpoints" not in source or not url)
        self._is_complete = is_whole and space is None

    @_renews_login
    def describe(self) -> Steps[Description]:
        """Return what the server says of itself, asked for once."""
        if not self._is_complete:
            yield Turn(self._asking_lock, "/config")
            try:
                if not self._is_complete:  # another thread may have asked meanwhile
                    yield from self._ask()
            finally:
                self._asking_lock.release()
        return self._described

    @_renews_login
    def fetch(self, reference: Reference, limits: Limits) -> Steps[File]:
        """Return a file that an answer refers to."""
        file = io.BytesIO()
        yield from self._download(reference, file, limits)
        return File(file.getvalue(), reference.name and safe_name(reference.name))

    @_renews_login
    def fetch_to(
        self, reference: Reference, folder: str | PathLike[str], limits: Limits
    ) -> Steps[Path]:
        """Put a file that an answer refers to into a folder, under a free name."""
        with nameless_file(folder) as target:
            yield from self._download(reference, cast(BinaryIO, target.file), limits)
            media_type = mime.detect(target.path, reference.name)
            return target.take_free_name(safe_name(reference.name, mime.suffix(media_type)))

    def _download(self, reference: Reference, file: BinaryIO, limits: Limits) -> Steps[None]:
        yield from self.describe()
        file_path = f"{self._described.prefix}{self.era.file_path}"
        url = files.address(self._base, file_path, reference)
        download = files.Download(reference.name or reference.path, file, limits)
        yield from repeated(lambda: download.request(url))

    @_renews_login
    def upload(self, given: list[tuple[str, BinaryIO, str]]) -> Steps[list[str]]:
        """Put files, each with a name and a media type, on the server; return their paths there."""
        yield from self.describe()
        if not self.era.takes_uploads:
            raise PredictError(
                f"Gradio {bounded(self.version, 40)} takes no uploads",
                remedy=(Remedy("leave out", "upload"),),
            )
        return (yield from files.upload(f"{self.root}/upload", given, self.limits))

    def renewed(self, steps: Steps[T]) -> Steps[T]:
        """Take ``steps``, and log in again where a login ran out meanwhile."""
        return self.login.renewed(steps) if self.login else steps

    @property
    def version(self) -> str:
        """The Gradio version that the server says, or the era that was asked for."""
        return self.asked_era or self._described.version

    @property
    def gradio(self) -> eras.Version:
        """That version as numbers."""
        return eras.server_version(self.version)

    @property
    def era(self) -> Era:
        """What differs from version to version."""
        return eras.era_of(self.gradio)

    @property
    def root(self) -> str:
        """The URL below which the server's API lies."""
        return f"{self._base}{self._described.prefix}"

    @property
    def _described(self) -> Description:
        assert self.description
        return self.description

    @property
    def _base(self) -> str:
        if not self.url:
            raise PredictError(
                "this interface has no server", remedy=(Remedy("pass", "url", '"http://..."'),)
            )
        return self.url

    def _keep(self, description: Description) -> None:
        self.description = description.as_version(self.asked_era or description.version)
        if self.asked_era is None and eras.is_newer(eras.server_version(description.version)):
            warnings.warn(
                f"the server has Gradio {one_line(description.version, 40)}, which is newer than "
                f"{eras.NEWEST.major}: it is called as if it were {eras.NEWEST.major}",
                eras.NewerServerWarning,
                stacklevel=2,
            )

    def _ask(self) -> Steps[None]:
        if self.space:
            self.url = yield from self.space.locate(self.limits)
        if self.login:
            yield from self.login.log_in()
        try:
            config, found = yield from self._config()
            if eras.era_of(eras.server_version(found.version)).has_info:
                found = yield from self._with_info(config, found)
            self._keep(found)
        except ResponseError as error:
            error.source = error.source or f"{self._base}/config"
            raise
        self._is_complete = True

    def _config(self) -> Steps[tuple[Mapping[str, Json], Description]]:
        """Ask for the configuration, and follow redirections to it."""
        base, slash = self._base, ""
        for _ in range(_MOST_REDIRECTIONS):
            url = f"{base}/config{slash}"
            try:
                answer = yield from self._get(url, "/config")
            except (ResponseError, PredictError) as error:
                if isinstance(error, ResponseError) or error.status in _NO_CONFIG:
                    raise PredictError(
                        f"{brief(base)} is no Gradio server, or the server is at another path: "
                        f"{error.message}",
                        status=getattr(error, "status", None),
                        endpoint="/config",
                    ) from error
                if error.redirect is None:
                    raise
                target = redirected(url, error.redirect)
                slash = "/" if target == f"{base}/config/" else ""
                check_redirection(self._base, target, bool(self.headers or self.login))
                base = target.rstrip("/").removesuffix("/config").rstrip("/")
            else:
                config = _json_object(answer, url)
                if slash and "input_components" in config and "version" not in config:
                    first = eras.version_text(eras.OLDEST.since)
                    raise PredictError(
                        f"{brief(base)} is a Gradio before {first}: expected {first} or newer",
                        endpoint="/config",
                    )
                found = describe(config)  # before `base` is kept, which may have led to no server
                self.url = base
                return config, found
        raise PredictError(f"too many redirects from {brief(self._base)}", endpoint="/config")

    def _with_info(self, config: Mapping[str, Json], found: Description) -> Steps[Description]:
        """Return ``found`` with what ``/info`` adds: it helps, but nothing depends on it."""
        url = f"{self._base}{found.prefix}/info"
        try:
            answer = yield from self._get(url, "/info")
            return describe(config, _json_object(answer, url))
        except EncodersError:
            return found

    def _get(self, url: str, endpoint: str) -> Steps[Parsed]:
        """Ask for JSON."""
        return repeated(lambda: Request("GET", url, BodyReader(self.limits), endpoint))


def _json_object(answer: Parsed, url: str) -> Mapping[str, Json]:
    if not isinstance(answer.value, dict):
        raise PredictError(f"{brief(url)} answered {summary(answer.value)}: expected a JSON object")
    return answer.value
