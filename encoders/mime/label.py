"""What a name or a label claims a file to be."""

from __future__ import annotations

from encoders.errors import MediaTypeError, Remedy, clip
from encoders.mime.table import canonical, from_name
from encoders.source import Source

_LONGEST_TYPE = 255  # RFC 6838, section 4.2: 127 characters on each side of the slash


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


def claimed_type(source: Source) -> str | None:
    """Return the media type that a file's name means, or else the one that its label declares."""
    named = from_name(source.name) if source.name else None
    label = source.label if len(source.label or "") <= _LONGEST_TYPE else None
    return named or (canonical(label) if label else None)
