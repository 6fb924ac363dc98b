"""Errors as the live page tells them: the fault, what can be done, and the field it is about."""

from __future__ import annotations

import re

from encoders.errors import EncodersError
from encoders.errors.text import shortened, visible
from encoders.predict.endpoints import Endpoint

FAULTS = (EncodersError, OSError, TypeError, ValueError)  # of values, files and servers

_LONGEST = 4000  # characters
_INPUT = re.compile(r"data\[(\d+)\]")


def fault_text(error: BaseException, *, has_source: bool = True) -> str:
    """Return what is wrong, and what can be done about it on a page.

    ``has_source`` says whether the source is told, which for a value is its field.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if not isinstance(error, EncodersError):
        text = str(error) if str(error) and isinstance(error, FAULTS) else repr(error)
        return visible(shortened(text, _LONGEST))
    source = f"{visible(shortened(error.source, _LONGEST))}: " if error.source else ""
    doable = [one.value for one in error.remedy if one.action == "do"]
    text = "; ".join([error.message, *([" or ".join(doable)] if doable else [])])
    return f"{source}{text}" if has_source else text


def field_of(error: BaseException, endpoint: Endpoint) -> int | None:
    """Return the number of the field that an error about an input is about."""
    location = error.location if isinstance(error, EncodersError) else None
    found = _INPUT.match(location or "")
    visible_places = [at for at, one in enumerate(endpoint.inputs) if not one.hidden]
    place = int(found[1]) if found else None
    return visible_places.index(place) if place in visible_places else None
