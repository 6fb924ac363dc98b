"""The list of types, and the choice among them by what a value is.

A new type is a module with `encode` and `decode` of the shape below, and one line in `CODECS`.
"""

from __future__ import annotations

from typing import Any, Protocol

from encoders import audio, file, image, mime, video
from encoders.data_url import DataURL, parse
from encoders.limits import DEFAULT, Limits
from encoders.pyav import NoTrackError
from encoders.source import Source, open_source


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
            ``(sample_rate, array)`` pair; a `Video`, or with ``fps=`` its frames. Of a video file,
            a ``format`` of sound takes the sound track.
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
        codec = codec_for(mime.detect_source(opened), options.get("format"))
        return CODECS[codec].encode(opened, **options)


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
    return decode_with(codec_for(mime.detect(parsed)), parsed, **options)


def decode_with(codec: str, url: str | DataURL, **options: Any) -> Any:
    """Return what a codec decodes; of a video file with sound alone, the sound."""
    try:
        return CODECS[codec].decode(url, **options)
    except NoTrackError:
        if codec != "video":
            raise
        return audio.decode(url, **options)


def codec_of(source: Source) -> str:
    """Return the name of the codec for the content of an open source, looking for its tracks.

    What cannot be looked into is what its media type says.
    """
    codec = codec_for(mime.detect_source(source))
    return "audio" if codec == "video" and not video.may_have_picture(source) else codec


def codec_for(media_type: str, format: str | None = None) -> str:
    """Return the name of the codec for a media type: "file" for all that is not decoded further.

    Where a video is to become a ``format`` of sound, that is "audio".

    >>> codec_for("image/png"), codec_for("image/svg+xml"), codec_for("video/mp4", "wav")
    ('image', 'file', 'audio')
    """
    kind = mime.kind(media_type)
    codec = kind if kind in CODECS and media_type in CODECS[kind].MEDIA_TYPES else "file"
    return "audio" if codec == "video" and format in audio.FORMATS else codec


def _codec_of_object(source: object, options: dict[str, Any]) -> str | None:
    if "fps" in options or isinstance(source, video.Video):
        return "video"
    if isinstance(source, tuple) and len(source) == 2:
        return "audio"
    if hasattr(source, "dtype") or hasattr(source, "getbands"):
        return "image"
    return None
