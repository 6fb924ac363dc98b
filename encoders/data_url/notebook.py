"""How values show themselves in a notebook."""

from __future__ import annotations

import importlib


class ShownInNotebook:
    """A value that a notebook shows as HTML.

    The HTML is made by `encoders.view`, which knows all types. It is looked up by its name, because
    it stands above every module whose classes are shown.
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        html: str = importlib.import_module("encoders.view").fragment(self)
        return html
