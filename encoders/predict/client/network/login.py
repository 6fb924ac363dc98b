"""The login of a user, which a server may forget."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from encoders.errors import PredictError
from encoders.limits import Limits
from encoders.predict.client.steps import (
    BytesReader,
    Cancelled,
    Request,
    Step,
    Steps,
    T,
    Turn,
    repeated,
)

_FIELDS = ("username", "password")
_REFUSED = (400, 401, 403)
_NOT_LOGGED_IN = 401
_SOCKET_NOT_LOGGED_IN = 403  # of a WebSocket, which 3.x does not open then


class Login:
    """A user's login, of which the server keeps a token in a cookie.

    A server that was started again knows no token of before.

    Args:
        auth: user name and password.
        limits: bounds on answers.
        base: returns the URL of the server, which redirections may change.

    Raises:
        TypeError: ``auth`` is something else, such as one text.
    """

    def __init__(self, auth: tuple[str, str], limits: Limits, base: Callable[[], str]) -> None:
        if not isinstance(auth, tuple | list) or list(map(type, auth)) != [str, str]:
            raise TypeError("auth: expected (user, password), two texts")
        self._auth = auth
        self._limits = limits
        self._base = base
        self._lock = threading.Lock()
        self._count = 0  # of the times that the user has logged in

    def log_in(self) -> Steps[None]:
        """Log in.

        Raises:
            PredictError: it does not accept the user and password.
        """
        url, form = f"{self._base()}/login", dict(zip(_FIELDS, self._auth, strict=True))
        try:
            yield from repeated(
                lambda: Request("POST", url, BytesReader(self._limits), "/login", form=form)
            )
        except PredictError as error:
            if error.status in _REFUSED:
                raise PredictError(
                    f"HTTP {error.status}: the server does not accept this user and password",
                    status=error.status,
                    endpoint="/login",
                ) from error
            raise
        self._count += 1

    def renewed(self, steps: Steps[T]) -> Steps[T]:
        """Take ``steps``, and where one is refused, log in again and take it a second time.

        A request that is refused has done nothing. Many that are refused at once share a login.
        """
        answer: Any = None
        error: BaseException | None = None
        try:
            while True:
                step = steps.throw(error) if error else steps.send(answer)
                error, count = None, self._count
                try:
                    try:
                        answer = yield step
                    except PredictError as refusal:
                        if not _is_login_missing(refusal, step):
                            raise
                        yield from self._log_in_again(count)
                        answer = yield step
                except (Exception, KeyboardInterrupt, Cancelled) as raised:
                    error = raised
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        finally:
            steps.close()

    def _log_in_again(self, count: int) -> Steps[None]:
        """Log in, unless another call has done so since ``count`` was read."""
        yield Turn(self._lock, "/login")
        try:
            if self._count == count:
                yield from self.log_in()
        finally:
            self._lock.release()


def _is_login_missing(refusal: PredictError, step: Step) -> bool:
    """Tell whether a request was refused for want of a login, and can be sent once more."""
    if not isinstance(step, Request) or step.form is not None:
        return False
    if step.is_renewed or not step.can_repeat:
        return False
    step.is_renewed = refusal.status == (_SOCKET_NOT_LOGGED_IN if step.socket else _NOT_LOGGED_IN)
    return step.is_renewed
