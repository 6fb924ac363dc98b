"""The table of codecs, and what is derived from it: `encode`, `decode` and `inspect` of any type.

A new codec is a module with the functions of `Codec`, and one line in `CODECS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import Field, dataclass, field, fields
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    Protocol,
    TypedDict,
    TypeVar,
    Unpack,
    overload,
)

from encoders import audio, file, image, mime, video
from encoders.audio.pyav import NoTrackError, lacks, open_track
from encoders.data_url import DataURL, parse
from encoders.data_url.notebook import ShownInNotebook
from encoders.errors.reprs import ShortRepr
from encoders.limits import DEFAULT, Limits
from encoders.source import Source, SourceLike, open_source

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy.typing as npt
    from PIL import Image

    from encoders.audio.samples import Sound
    from encoders.video.writing import Frames

__all__ = ["CODECS", "Codec", "Description", "Inspection", "decode", "encode", "inspect"]


T = TypeVar("T")


class Description(Protocol):
    """What `Codec.describe` returns: a dataclass, whose other fields are `Inspection.details`."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def media_type(self) -> str: ...


class Codec(Protocol):
    """A module that turns one kind of media into data URLs and back.

    Its functions may have more keyword-only options than these.
    """

    @property
    def MEDIA_TYPES(self) -> tuple[str, ...]:  # noqa: N802
        """What it decodes. The codec `FALLBACK` takes everything else."""

    def encode(self, source: Any, /, *, name: str | None = None, limits: Limits = DEFAULT) -> str:
        """Return ``source`` as a base64 data URL without parameters."""

    def decode(
        self, url: str | DataURL, /, *, strict: bool = False, limits: Limits = DEFAULT
    ) -> object:
        """Return what a data URL holds."""

    def describe(self, source: SourceLike | Source, /, *, limits: Limits = DEFAULT) -> Description:
        """Return what can be told of ``source`` without decoding all of it."""

    def accepts(self, value: object, /) -> bool:
        """Tell whether ``value`` is a Python object of this kind, such as a `PIL.Image.Image`.

        Paths, bytes, binary files and data URLs are not: their content chooses the codec.
        """


CODECS: dict[str, Codec] = {"image": image, "audio": audio, "video": video, "file": file}
FALLBACK = "file"
VERBATIM = {"audio", "video", FALLBACK}  # without options, `encode` keeps their files as they are

_CODEC_OF = {media_type: name for name, codec in CODECS.items() for media_type in codec.MEDIA_TYPES}


@dataclass(frozen=True, slots=True, repr=False)
class Inspection(ShortRepr, ShownInNotebook):
    """What `inspect` found.

    Attributes:
        name: the base name that came with the bytes, if any.
        media_type: the type of the content.
        declared: the type that a data URL declares, else None.
        size: in bytes.
        details: by type: ``width``, ``height``, ``mode``, ``frames``; ``sample_rate`` in Hz,
            ``channels``; ``duration`` in seconds, ``fps``, ``frame_count``, ``has_audio``. A video
            file that holds sound alone has those of a sound.
    """

    name: str | None
    media_type: str
    declared: str | None
    size: int
    details: dict[str, Any] = field(default_factory=dict)


# The options of each codec's own functions, for type checkers.
class _Options(TypedDict, total=False):
    quality: int | None
    name: str | None
    limits: Limits


class _PictureOptions(_Options, total=False):
    lossless: bool
    max_size: int | tuple[int, int] | None
    mode: str | None
    background: str | tuple[int, int, int]
    compress: Literal["fast", "small"]


class _SoundOptions(_Options, total=False):
    subtype: audio.Subtype | None
    clip: bool


class _AnyFileOptions(_PictureOptions, _SoundOptions, total=False):
    keep_name: bool


class _DecodeOptions(TypedDict, total=False):
    strict: bool
    limits: Limits


class _PictureDecodeOptions(_DecodeOptions, total=False):
    mode: str | None
    background: str | tuple[int, int, int]


class _SoundDecodeOptions(_DecodeOptions, total=False):
    dtype: audio.DType
    mono: bool
    sample_rate: int | None
    start: float | None
    stop: float | None


@overload
def encode(
    source: Image.Image | npt.NDArray[Any],
    *,
    format: image.Format | None = None,
    **options: Unpack[_PictureOptions],
) -> str: ...
@overload
def encode(
    source: Sound, *, format: audio.Format | None = None, **options: Unpack[_SoundOptions]
) -> str: ...
@overload
def encode(
    source: Frames,
    *,
    fps: float | Fraction,
    audio: Sound | None = None,
    format: video.Format | None = None,
    **options: Unpack[_Options],
) -> str: ...
@overload
def encode(
    source: video.Video, *, format: video.Format | None = None, **options: Unpack[_Options]
) -> str: ...
@overload
def encode(
    source: SourceLike | Source,
    *,
    format: image.Format | audio.Format | video.Format | None = None,
    **options: Unpack[_AnyFileOptions],
) -> str: ...
def encode(source: Any, **options: Any) -> str:
    """Return anything that a codec takes as a data URL; type and content choose the codec.

    Args:
        source: a path, bytes, binary file or data URL; a PIL image or ``H×W(×C)`` array; a
            ``(sample_rate, array)`` pair; a `Video`, or with ``fps=`` its frames. A video file
            with a ``format`` of sound gives its sound track.
        **options: keywords of that codec's own ``encode``.

    Raises:
        EncodersError: the codec cannot take the content.
        TypeError: no codec takes a value of this type, or the codec has no such option.

    >>> encode(b"GIF89a")
    'data:image/gif;base64,R0lGODlh'
    """
    codec = "video" if "fps" in options else codec_of_object(source)  # frames come with fps
    if isinstance(source, tuple):  # it can only be a sound, and `audio.encode` says what is wrong
        codec = codec or "audio"
    if codec:
        return CODECS[codec].encode(source, **options)
    with open_source(source, options.get("name")) as opened:
        codec = codec_for(mime.detect(opened), options.get("format"))
        return CODECS[codec].encode(opened, **options)


@overload
def decode(url: str | DataURL, **options: Unpack[_DecodeOptions]) -> Any: ...
@overload
def decode(url: str | DataURL, **options: Unpack[_PictureDecodeOptions]) -> Image.Image: ...
@overload
def decode(url: str | DataURL, **options: Unpack[_SoundDecodeOptions]) -> Sound: ...
def decode(url: str | DataURL, **options: Any) -> Any:
    """Return what a data URL holds: a picture, ``(sample_rate, array)``, a `Video` or bytes.

    Args:
        url: a data URL; its content chooses the codec. A video file that holds sound alone gives
            a sound. SVG, and everything else that no codec decodes, gives bytes.
        **options: keywords of that codec's own ``decode``.

    Raises:
        EncodersError: it cannot be decoded.

    >>> decode("data:text/plain,hello")
    b'hello'
    """
    limits: Limits = options.get("limits", DEFAULT)
    parsed = parse(url, strict=options.get("strict", False), max_bytes=limits.max_bytes)
    codec = codec_for(mime.detect(parsed))
    return _or_as_sound(codec, lambda chosen: chosen.decode(parsed, **options))


def inspect(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Inspection:
    """Return what ``source`` holds, without decoding all of it.

    Args:
        source: a path, bytes, a binary file or a data URL.
        limits: bounds (``max_pixels``, ``max_frames``; ``max_seconds``, for a sound whose head does
            not say how long it is; ``max_bytes``, for a picture, sound or video in a data URL).

    Raises:
        EncodersError: the content is not what its head says.
        LimitError: it is larger than ``limits`` allow.

    >>> inspect("data:image/png;base64,R0lGODdhAQABAPAAAP8AAAAAACwAAAAAAQABAAACAkQBADs=").details
    {'width': 1, 'height': 1, 'mode': 'P', 'frames': 1}
    """
    with open_source(source) as opened:
        media_type = mime.detect(opened)
        if media_type in _CODEC_OF:
            opened.check(limits)
        info = _or_as_sound(
            codec_for(media_type), lambda codec: codec.describe(opened, limits=limits)
        )
        details = {each.name: getattr(info, each.name) for each in fields(info)}
        del details["media_type"]
        return Inspection(opened.name, media_type, opened.declared, opened.size, details)


def facts(details: dict[str, Any]) -> Iterator[str]:
    """Yield what is known of a file, in words.

    >>> list(facts({"width": 4, "height": 3, "duration": 2.5, "has_audio": True}))
    ['4×3', '2.50 s', 'with sound']
    """
    if "width" in details:
        yield f"{details['width']}×{details['height']}"
    if "mode" in details:
        yield str(details["mode"])
    if details.get("frames", 1) > 1:
        yield f"{details['frames']} frames"
    if "duration" in details:
        yield f"{details['duration']:.2f} s"
    if "fps" in details:
        yield f"{details['fps']:g} fps"
    if "sample_rate" in details:
        yield f"{details['sample_rate']} Hz"
        yield f"{details['channels']} ch"
    if "has_audio" in details:
        yield "with sound" if details["has_audio"] else "no sound"


def codec_of(source: Source) -> str:
    """Return the name of the codec for the content of an open source.

    Where the media type does not tell video from sound alone, the tracks do.
    """
    media_type = mime.detect(source)
    codec = codec_for(media_type)
    if codec == "video" and lacks(media_type, "sound type"):
        try:
            with open_track(source.open(), media_type, "video", DEFAULT):
                return "video"
        except NoTrackError:
            return "audio"
        except Exception:  # whoever decodes it will raise it again
            return "video"
    return codec


def codec_for(media_type: str, format: str | None = None) -> str:
    """Return the name of the codec for a media type: "file" for all that is not decoded further.

    If a video is to become a ``format`` of sound, that is "audio".

    >>> codec_for("image/png"), codec_for("image/svg+xml"), codec_for("video/mp4", "wav")
    ('image', 'file', 'audio')
    """
    codec = _CODEC_OF.get(media_type, FALLBACK)
    return "audio" if codec == "video" and format in audio.FORMATS else codec


def codec_of_object(value: object) -> str | None:
    """Return the name of the codec whose Python object ``value`` is, or None.

    >>> codec_of_object((8000, [0, 1])), codec_of_object(b"GIF89a")
    ('audio', None)
    """
    return next((name for name, codec in CODECS.items() if codec.accepts(value)), None)


def _or_as_sound(codec: str, use: Callable[[Codec], T]) -> T:
    """Return what ``use`` makes of a codec, or of that of sound for a video file of sound alone."""
    try:
        return use(CODECS[codec])
    except NoTrackError:
        if codec != "video":
            raise
        return use(audio)
