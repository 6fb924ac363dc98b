"""Files of any type to and from data URLs, and onto the disk under a safe name."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from urllib.parse import quote

from encoders import mime
from encoders.atomic import new_file, safe_name, write_all
from encoders.data_url import DataURL, parse
from encoders.errors import clip_value
from encoders.errors.reprs import ShortRepr
from encoders.limits import DEFAULT, Limits
from encoders.mime.claims import check_label
from encoders.source import Source, SourceLike, declared_name, open_source

__all__ = ["MEDIA_TYPES", "Info", "accepts", "decode", "describe", "encode", "save"]

MEDIA_TYPES: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Info(ShortRepr):
    """What is known of a file that no other codec describes."""

    media_type: str


def encode(
    source: SourceLike,
    *,
    format: None = None,
    name: str | None = None,
    keep_name: bool = False,
    limits: Limits = DEFAULT,
) -> str:
    """Return any file as a base64 data URL, byte for byte, with the media type of its content.

    Args:
        source: a path, bytes, a binary file or a data URL.
        format: must be None; every codec has this option.
        name: a file name that overrides the source's own.
        keep_name: put the name into the header, percent-encoded, as ``;name=…``. Gradio 2.x cannot
            read a header with a parameter.
        limits: unused, since nothing is decoded; every codec has it.

    >>> encode(b"%PDF-1.7 ...", name="a b.pdf", keep_name=True)
    'data:application/pdf;name=a%20b.pdf;base64,JVBERi0xLjcgLi4u'
    """
    if format is not None:
        raise ValueError(f"format={clip_value(format)}: a file is sent as it is")
    with open_source(source, name) as opened:
        text = opened.data_url(mime.detect(opened))
        if keep_name and opened.name:
            escaped = quote(opened.name, safe="")
            text = text.replace(";base64,", f";name={escaped};base64,", 1)
        return text


def decode(url: str | DataURL, *, strict: bool = False, limits: Limits = DEFAULT) -> bytes:
    """Return the bytes in a data URL.

    Args:
        url: a data URL.
        strict: refuse a label that differs from the content's type, and what `data_url.parse`
            forgives.
        limits: bounds (``max_bytes``).

    Raises:
        DataURLError: ``url`` is no data URL.
        LimitError: it holds more than ``limits.max_bytes``.
        MediaTypeError: ``strict``, and the label is not the content's type.

    >>> decode("data:text/plain,hello")
    b'hello'
    """
    parsed = parse(url, strict=strict, max_bytes=limits.max_bytes)
    data = parsed.data
    if strict:
        check_label(parsed.media_type, mime.detect(parsed))
    return data


def describe(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Info:
    """Return the media type of a file.

    Args:
        source: a path, bytes, a binary file or a data URL.
        limits: unused, since nothing is decoded; every codec has it.

    >>> describe(b"%PDF-1.7 ...")
    Info(media_type='application/pdf')
    """
    with open_source(source) as opened:
        return Info(mime.detect(opened))


def accepts(value: object) -> bool:
    """Return False: bytes are a source for every codec, and their content chooses it."""
    return False


def save(
    url: str | DataURL,
    folder: str | PathLike[str],
    name: str | None = None,
    *,
    overwrite: bool = False,
    strict: bool = False,
    limits: Limits = DEFAULT,
) -> Path:
    """Write a data URL's bytes into ``folder`` and return the file's path.

    The file appears whole or not at all, and never outside ``folder``. A killed process may leave a
    hidden ``.….part`` file there, which does no harm.

    Args:
        url: a data URL.
        folder: made if it is missing, but not its parents.
        name: a file name, made safe: without separators, ``..``, control characters and names that
            Windows reserves. By default the one in the header, or ``file``. If it has no extension,
            the content's type gives one.
        overwrite: replace a file (or symbolic link) of that name; the old one stays until the new
            one is whole.
        strict: as in `decode`.
        limits: bounds (``max_bytes``).

    Raises:
        OutputExistsError: the name exists and ``overwrite`` is false, or is that of a device or
            pipe.
        FileNotFoundError: the parent of ``folder`` is missing.
        OSError: it cannot be written. The error names the file, and nothing has changed.
        DataURLError, LimitError, MediaTypeError: as in `decode`. Nothing is written then.

    >>> import tempfile
    >>> save("data:;base64,iVBORw0KGgo=", tempfile.mkdtemp(), "../plot").name
    'plot.png'
    """
    parsed = parse(url, strict=strict, max_bytes=limits.max_bytes)
    media_type = mime.detect(parsed)
    if strict:
        check_label(parsed.media_type, media_type)
    base = safe_name(name or declared_name(parsed), mime.suffix(media_type))
    with new_file(folder, base, overwrite=overwrite) as target:
        for chunk in parsed.chunks():
            write_all(target, chunk)
    return Path(folder, base)


def __dir__() -> list[str]:
    return __all__
