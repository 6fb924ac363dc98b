"""The media type that a data URL declares, compared with what its content is."""

from __future__ import annotations

from encoders.errors import MediaTypeError, Remedy, clip
from encoders.mime.table import canonical


def check_label(declared: str, found: str) -> None:
    """Refuse a declared media type that is not the one found in the content.

    Raises:
        MediaTypeError: they differ.
    """
    if canonical(declared) != found:
        raise MediaTypeError(
            f"the data URL is labelled {clip(declared)}, but its content is {found}",
            remedy=(Remedy("leave out", "strict", "to go by the content"),),
        )
