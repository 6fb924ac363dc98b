"""Descriptions of a server's API: pages from the templates in a folder, schemas, OpenAPI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2


def environment(
    *, finalize: Callable[[object], object], packages: Sequence[str] = ()
) -> jinja2.Environment:
    """Return an environment for the templates of ``packages``, and then for those here.

    All but text templates escape values for HTML, unless they are `markupsafe.Markup`. Before,
    ``finalize`` is called with each.
    """
    import jinja2

    loaders = [jinja2.PackageLoader(package) for package in (*packages, __name__)]
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=jinja2.select_autoescape(
            disabled_extensions=("txt.jinja",), default_for_string=True, default=True
        ),
        finalize=finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
