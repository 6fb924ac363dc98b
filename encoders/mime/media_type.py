"""What the rows of the table of media types are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, cast, get_args

from encoders.source import Source

Kind = Literal["image", "audio", "video", "text", "model3d", "file"]
KINDS: tuple[str, ...] = get_args(Kind)


class Signature(NamedTuple):
    """How a file begins. All that is given has to fit.

    One without ``magic``, or with one further on, is tried after all others, on binary files only.

    Attributes:
        magic: the bytes at ``at``.
        then: a regular expression for what follows them.
        at: their offset.
        check: tells from the first 2 KiB and the file whether it is of this type.
        in_noise: whether it is also tried on what seems to be random bytes.
    """

    magic: bytes = b""
    then: bytes = b""
    at: int = 0
    check: Callable[[bytes, Source], bool] | None = None
    in_noise: bool = False


class MediaType(NamedTuple):
    """All that is known of a media type.

    Attributes:
        essence: type and subtype, such as "image/png".
        suffixes: of file names, the usual one first.
        aliases: other names for the same type.
        signatures: how its files begin; of equal beginnings the one that asks for most is first.
        brands: of ISO media files (ISO 14496-12, section 4.3).
        boxes: with which ISO media files without a known brand begin.
        forms: "RIFF" or "FORM" and the form type of RIFF and IFF files.
        members: tells by the names of its members whether a ZIP archive is of this type.
        streams: names in the root of OLE compound files, or the class of the root in hexadecimal.
        interpreters: programs that the first line of a script names.
        root: the name of the root element of XML documents, and what else their head has.
        is_text: whether it is text, as "text/…" always is.
        by_name: whether a file name is believed where the content of a binary file says nothing.
        pillow: the name of Pillow's plugin for it.
        libsndfile: whether libsndfile reads it.
        demuxer: the name of FFmpeg's demuxer for it.
    """

    essence: str
    suffixes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    signatures: tuple[bytes | Signature, ...] = ()
    brands: tuple[bytes, ...] = ()
    boxes: tuple[bytes, ...] = ()
    forms: tuple[bytes, ...] = ()
    members: Callable[[list[str]], bool] | None = None
    streams: tuple[str, ...] = ()
    interpreters: tuple[bytes, ...] = ()
    root: tuple[bytes, bytes] | None = None
    is_text: bool = False
    by_name: bool = False
    pillow: str = ""
    libsndfile: bool = False
    demuxer: str = ""

    @property
    def kind(self) -> Kind:
        """The family that it belongs to."""
        return kind(self.essence)


def kind(media_type: str) -> Kind:
    """Return the family of a media type.

    >>> kind("image/png"), kind("model/gltf-binary"), kind("application/pdf")
    ('image', 'model3d', 'file')
    """
    main = media_type.partition("/")[0]
    if main in ("image", "audio", "video", "text"):
        return cast(Kind, main)
    return "model3d" if main == "model" else "file"
