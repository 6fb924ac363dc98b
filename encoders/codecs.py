"""The list of types, and the choice among them by what a value is.

A new type is a module with `encode` and `decode` of the shape below, and one line in `CODECS`.
"""

from __future__ import annotations

import functools
from typing import Any, Protocol

from encoders import audio, file, image, mime, video
from encoders.data_url import DataURL, parse
from encoders.limits import DEFAULT, Limits
from encoders.pyav import NoTrackError
from encoders.source import open_source


class Codec(Protocol):
    """A module that turns one type of media into data URLs and back; more keywords are its own.

    Attributes:
        MEDIA_TYPES: what it decodes; all else goes to the codec "file".
    """

    MEDIA_TYPES: tuple[str, ...]

    def encode(self, source: Any, /, *, name: str | None = None, limits: Limits = DEFAULT) -> str:
        """Return ``source`` as a base64 data URL without parameters."""

    def decode(
        self, url: str | DataURL, /, *, strict: bool = False, limits: Limits = DEFAULT
    ) -> object:
        """Return what is in a data URL."""


CODECS: dict[str, Codec] = {"image": image, "audio": audio, "video": video, "file": file}


def encode(source: Any, **options: Any) -> str:
    """Return anything that a codec takes as a data URL, the codec chosen by type and content.

    Args:
        source: a path, bytes, binary file or data URL; a PIL image or ``H×W(×C)`` array; a
            ``(sample_rate, array)`` pair; a `Video`, or with ``fps=`` its frames.
        **options: keywords of that codec's own ``encode``.

    Raises:
        EncodersError: the content is not what the codec can take.
        TypeError: no codec takes a value of this type, or an option is not the codec's.

    >>> encode(b"GIF89a")
    'data:image/gif;base64,R0lGODlh'
    """
    codec = _codec_of_object(source, options)
    if codec:
        return CODECS[codec].encode(source, **options)
    with open_source(source, options.get("name")) as opened:
        return CODECS[codec_for(mime.detect_source(opened))].encode(opened, **options)


def decode(url: str | DataURL, **options: Any) -> Any:
    """Return what is in a data URL: a picture, ``(sample_rate, array)``, `Video` or bytes.

    Args:
        url: a data URL; its content decides. A video file with sound alone comes back as a sound.
            SVG and all that no codec decodes comes back as bytes.
        **options: keywords of that codec's own ``decode``.

    Raises:
        EncodersError: it cannot be decoded.

    >>> decode("data:text/plain,hello")
    b'hello'
    """
    limits: Limits = options.get("limits", DEFAULT)
    parsed = parse(url, strict=options.get("strict", False), max_bytes=limits.max_bytes)
    codec = codec_for(mime.detect(parsed))
    try:
        return CODECS[codec].decode(parsed, **options)
    except NoTrackError:
        if codec != "video":
            raise
        return audio.decode(parsed, **options)


@functools.lru_cache(256)
def codec_for(media_type: str) -> str:
    """Return the name of the codec for a media type: "file" for all that is not decoded further.

    >>> codec_for("image/png"), codec_for("image/svg+xml")
    ('image', 'file')
    """
    kind = mime.kind(media_type)
    return kind if kind in CODECS and media_type in CODECS[kind].MEDIA_TYPES else "file"


def _codec_of_object(source: object, options: dict[str, Any]) -> str | None:
    if "fps" in options or isinstance(source, video.Video):
        return "video"
    if isinstance(source, tuple) and len(source) == 2:
        return "audio"
    if hasattr(source, "dtype") or hasattr(source, "getbands"):
        return "image"
    return None
