"""Options of a component that note which of them are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class NotedOptions(dict[str, Any]):
    """Options of a component.

    Attributes:
        read: the names that were looked for. An option that nothing looks for may have any value.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(options)
        self.read: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self._read_all()
        return super().__iter__()

    def keys(self) -> Any:
        self._read_all()
        return super().keys()

    def values(self) -> Any:
        self._read_all()
        return super().values()

    def items(self) -> Any:
        self._read_all()
        return super().items()

    def copy(self) -> dict[str, Any]:
        self._read_all()
        return super().copy()

    def __or__(self, other: Any) -> Any:
        self._read_all()
        return super().__or__(other)

    def __ror__(self, other: Any) -> Any:
        self._read_all()
        return super().__ror__(other)

    def _read_all(self) -> None:
        self.read.update(super().keys())
