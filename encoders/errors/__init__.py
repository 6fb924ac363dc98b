"""Every error that the package raises on bad input.

    EncodersError                 the root; never raised itself
    ├── DataURLError              the text is not a data URL; ``reason`` is one of a few
    ├── MediaTypeError            the content is of another type than expected
    ├── CorruptMediaError         the bytes are not what they claim to be
    ├── LimitError                a bound of `encoders.Limits` would be exceeded
    ├── PayloadError              an input does not fit its component; ``path`` is its place
    ├── ResponseError             an answer or a configuration is malformed; ``path``
    ├── UnknownEndpointError      a server has no such endpoint; ``endpoint``
    ├── PredictError              the server, or the way to it, failed; ``status``, ``endpoint``
    │   ├── CallCancelledError    the call was cancelled before it was done
    │   └── QuotaError            the GPU time that a Space gives is used up; ``seconds``
    ├── OutOfMemoryError          the process may take no more memory
    └── MissingDependencyError    an optional package is not installed, or Pillow is too old

All but the last four are also `ValueError`; the last two are also `MemoryError` and `ImportError`.
An output that exists already is an `OutputExistsError`, which is a `FileExistsError`. As usual in
Python, a missing file is a `FileNotFoundError`, and an argument of the wrong type or an unknown
option a `TypeError` or `ValueError`.

Each error keeps the fault and the remedy apart: ``message`` says what is wrong, and ``remedy``
lists what a caller can do, as values. ``str`` gives both in the words of Python; the command line
gives the remedy in its own.
"""

from __future__ import annotations

import errno
import re
import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from encoders.errors.reprs import ROOM, ShortRepr, quoted
from encoders.errors.text import shortened, visible

__all__ = [
    "CallCancelledError",
    "CorruptMediaError",
    "DataURLError",
    "EncodersError",
    "LimitError",
    "MediaTypeError",
    "MissingDependencyError",
    "OutOfMemoryError",
    "OutputExistsError",
    "PayloadError",
    "PredictError",
    "QuotaError",
    "Remedy",
    "ResponseError",
    "UnknownEndpointError",
]

Reason = Literal[
    "not a data URL", "no comma", "bad base64", "bad media type", "bad parameter", "not strict"
]

# An upper bound, in case a message does not limit what it quotes.
_LONGEST_MESSAGE, _LONGEST_SOURCE = 2100, 600


@dataclass(frozen=True, slots=True, repr=False)
class Remedy(ShortRepr):
    """One thing that a caller can do about an error.

    Attributes:
        action: "pass" the option ``option`` with ``value``; "raise" the number that it holds;
            "leave out" the option; "do" what ``value`` says, which is not about an option; or
            "in Python" what it says, which the shell cannot do.
        option: a keyword of the function that failed, such as ``max_bytes``.
        value: for "pass" what to pass, as Python code; for "raise" what lifts a bound of `Limits`,
            else nothing; for "leave out" what happens then; for "do" and "in Python" a text.
        shell: for "in Python", what to do in the shell instead, if anything.
        purpose: for "pass", what that does, if the error does not say so.
    """

    action: Literal["pass", "raise", "leave out", "do", "in Python"]
    option: str = ""
    value: str = ""
    shell: str = ""
    purpose: str = ""

    def __str__(self) -> str:
        """Return the remedy in Python's words."""
        return self.text(self.option, f"{self.option}={self.value}")

    def text(self, option: str, setting: str) -> str:
        """Return the remedy as a text, with the option and its setting as they are written."""
        match self.action:
            case "pass":
                return f"pass {setting} {self.purpose}".rstrip()
            case "raise" if self.value:
                higher = f"pass a higher {option}"
                return f"if you trust the data, {higher}, or {setting} for no limit"
            case "raise":
                return f"pass a higher {option}"
            case "leave out":
                return f"leave out {option} {self.value}".rstrip()
            case "do" | "in Python":
                return self.value


Remedies = tuple[Remedy, ...]  # any one of them is enough
SEND_WHOLE: Remedies = (Remedy("do", value="send the whole file"),)


class EncodersError(Exception):
    """The root of the tree: catch it to catch everything below.

    The text has a bounded length. Characters that are invisible or control a terminal are escaped.

    Attributes:
        source: the path or name of the source that the error is about, if any. The text starts with
            it.
        remedy: what a caller can do: any one of these; empty if nothing is known to help.
        location: the part of a payload or response that it is about, such as ``data[1].name``.
        answer: the `Response` of a call whose files could not be fetched, else None.
    """

    source: str | None = None
    location: str | None = None
    remedy: Remedies = ()
    answer: Any = None

    def __init__(self, message: str = "", *, remedy: Remedies = ()) -> None:
        super().__init__(message)
        if remedy:
            self.remedy = remedy

    def __str__(self) -> str:
        text = "; ".join([self.message, *in_python(self.remedy)])
        return f"{_shown(self.source, _LONGEST_SOURCE)}: {text}" if self.source else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({quoted(super().__str__(), ROOM)})"

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy is made without calling the constructor, which has other arguments in each class.
        return Exception.__new__, (type(self), *self.args), vars(self)

    @property
    def message(self) -> str:
        """What is wrong, without the source and the remedy."""
        return _shown(super().__str__(), _LONGEST_MESSAGE)


def in_python(remedy: Remedies) -> list[str]:
    """Return the remedy as a list of one text in the words of Python, or as an empty list."""
    return [" or ".join(map(str, remedy))] if remedy else []


class OutputExistsError(FileExistsError):
    """An output cannot be written since a file of that name exists, or is one of the inputs.

    Attributes:
        remedy: what a caller can do, as in `EncodersError`.
    """

    def __init__(self, message: str, path: str, remedy: Remedies = ()) -> None:
        super().__init__(errno.EEXIST, message, path)
        self.remedy = remedy

    def __str__(self) -> str:
        return "; ".join([super().__str__(), *in_python(self.remedy)])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({quoted(super().__str__(), ROOM)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.strerror, self.filename, self.remedy)


class DataURLError(EncodersError, ValueError):
    """The text is not a data URL, or not one that can be decoded.

    Attributes:
        reason: which kind of fault it is.
    """

    def __init__(self, reason: Reason, message: str, *, remedy: Remedies = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.reason: Reason = reason


class MediaTypeError(EncodersError, ValueError):
    """The called function does not take the content's media type, or cannot detect it."""


class CorruptMediaError(EncodersError, ValueError):
    """The content starts like its media type, but cannot be decoded as such."""


class LimitError(EncodersError, ValueError):
    """Decoding would exceed a bound.

    Attributes:
        limit: the field of `encoders.Limits` that would be exceeded.
        value: that field's value in this call.
        found: what exceeds it, such as ``3 bytes``.
    """

    def __init__(self, limit: str, value: float, found: str) -> None:
        super().__init__(
            f"{found} is over the limit {limit}={value:,}", remedy=(Remedy("raise", limit, "None"),)
        )
        self.limit = limit
        self.value = value
        self.found = found


class _PlacedError(EncodersError, ValueError):
    def __init__(
        self, message: str, path: str = "", component: str | None = None, *, remedy: Remedies = ()
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.path = path
        self.component = component


class PayloadError(_PlacedError):
    """An input is not one that its component takes.

    Attributes:
        path: the place of the input, such as ``data[1].name``.
        component: the component's name, if it is known.
    """


class ResponseError(_PlacedError):
    """A server's answer or configuration is malformed; with the attributes of `PayloadError`."""


class UnknownEndpointError(EncodersError, ValueError):
    """A server has no endpoint of that name, or more than one and none was named.

    Attributes:
        endpoint: the name that was asked for, if one was.
    """

    def __init__(self, message: str, endpoint: str | None = None) -> None:
        super().__init__(message)
        self.endpoint = endpoint


class PredictError(EncodersError):
    """A server answered with an error, or not like a Gradio server, or not at all.

    Attributes:
        status: the HTTP status, if there was an answer.
        endpoint: the endpoint that was called, such as ``/predict``, if any.
        redirect: the target of a redirect, if there was one.
        broke: whether the connection broke, so that nobody knows what the server has done.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        endpoint: str | None = None,
        redirect: str | None = None,
        broke: bool = False,
        remedy: Remedies = (),
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.endpoint = endpoint
        self.redirect = redirect
        self.broke = broke


class CallCancelledError(PredictError):
    """A call was cancelled before it was done."""


class QuotaError(PredictError):
    """The GPU time that a Space gives to one user (ZeroGPU) is used up.

    Attributes:
        seconds: how long until the call can be made again, if the server says so.
        requested: the seconds of GPU time that the call would have needed, if it says so.
        left: the seconds that are left, if it says so.
    """

    def __init__(
        self,
        message: str,
        *,
        seconds: int | None = None,
        requested: int | None = None,
        left: int | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, status=status)
        self.seconds = seconds
        self.requested = requested
        self.left = left


class OutOfMemoryError(EncodersError, MemoryError):
    """Decoding needs more memory than this process may take."""


class MissingDependencyError(EncodersError, ImportError):
    """A package, or a newer version, is needed; the remedy is the ``pip install`` line."""

    def __init__(self, task: str, extra: str = "", newer: str = "") -> None:
        needed = f"{newer} or newer" if newer else "an extra"
        requirement = newer.lower().replace(" ", ">=") or f"predict-encoders[{extra}]"
        super().__init__(
            f"{task} needs {needed}", remedy=(Remedy("do", value=f"pip install '{requirement}'"),)
        )


@contextmanager
def enough_memory(what: str) -> Iterator[None]:
    """Turn a `MemoryError` into an `OutOfMemoryError` that names what was decoded."""
    try:
        yield
    except OutOfMemoryError:
        raise
    except MemoryError as error:
        raise OutOfMemoryError(
            f"the {what} needs more memory than this process may take",
            remedy=(Remedy("do", value="give it more memory, or pass lower limits"),),
        ) from error


@contextmanager
def as_corrupt(what: str) -> Iterator[None]:
    """Turn the exceptions of Pillow, soundfile and PyAV into `CorruptMediaError`."""
    try:
        with enough_memory(what):
            yield
    except EncodersError:
        raise
    except Exception as error:
        raise CorruptMediaError(
            f"the {what} cannot be decoded: {bounded(str(error) or type(error).__name__, 300)}"
        ) from error


def clip(text: str) -> str:
    """Return at most 40 characters of ``text`` in quotes, for a message."""
    return visible(repr(text if len(text) <= 40 else text[:37] + "..."))


def clip_value(value: object) -> str:
    """Return a value as Python code for a message, bounded as by `clip`.

    >>> clip_value(2.5), clip_value("x" * 50), clip_value(None)
    ('2.5', "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'", 'None')
    """
    if isinstance(value, str):
        return clip(value)
    try:
        text = reprlib.repr(value)
    except Exception:  # an integer of thousands of digits, or a broken class of the caller
        text = f"a {type(value).__name__}"
    return bounded(visible(text), 40)


def bounded(text: str, longest: int = 100) -> str:
    """Return at most ``longest`` characters of a text that is not quoted, such as a name."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _shown(text: str, longest: int) -> str:
    """Return a message with escapes for invisible and control characters; it keeps its lines."""
    parts = re.split(r"([\n\t])", shortened(text, longest))
    shown = "".join(part if part in ("\n", "\t") else visible(part) for part in parts)
    return shortened(shown, longest)


def __dir__() -> list[str]:
    return __all__
