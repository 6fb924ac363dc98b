"""How values show themselves in a notebook."""

from __future__ import annotations

import importlib


class ShownInNotebook:
    """A value that a notebook shows as HTML."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return html_of(self)


def html_of(value: object) -> str:
    """Return what a notebook shows of a value.

    The HTML is made by `encoders.view`, which knows all types. It is looked up by its name, because
    it stands above every module whose classes are shown.
    """
    html: str = importlib.import_module("encoders.view").fragment(value)
    return html
