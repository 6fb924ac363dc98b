"""What users can call: functions and classes of the public modules, and their methods."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache, cached_property
from types import ModuleType
from typing import Any

import encoders


@cache
def public_callables() -> dict[str, Any]:
    """Return functions, classes, methods and properties, by names such as ``image.encode``.

    What the top offers too has the name that it has in its module. Errors are left out.
    """
    found: dict[int, tuple[str, Any]] = {}
    for home, module in [*_modules(), ("", encoders)]:
        for name in module.__all__:
            value = getattr(module, name)
            is_error = inspect.isclass(value) and issubclass(value, Exception)
            if (inspect.isclass(value) or _is_function(value)) and not is_error:
                found.setdefault(id(value), (f"{home}.{name}".strip("."), value))
    return {key: each for name, value in found.values() for key, each in _with_members(name, value)}


def _modules() -> Iterator[tuple[str, ModuleType]]:
    for name in encoders.__all__:
        value = getattr(encoders, name)
        if inspect.ismodule(value):
            yield name, value


def _with_members(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield name, value
    for key, member in vars(value).items() if inspect.isclass(value) else ():
        if key[0] != "_" and (
            _is_function(member) or isinstance(member, property | cached_property)
        ):
            yield f"{name}.{key}", member


def _is_function(value: object) -> bool:
    return callable(value) and inspect.isfunction(inspect.unwrap(value))
