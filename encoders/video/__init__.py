"""Video to and from data URLs, with PyAV (the extra ``video``).

What is written plays in every browser: H.264 in yuv420p with AAC in MP4, or VP9 with Opus in WebM.
"""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, cast

from encoders import mime
from encoders.audio.collector import DecodeOptions
from encoders.audio.decoding import read as read_sound
from encoders.audio.samples import check_sound
from encoders.data_url import DataURL, parse
from encoders.errors import MediaTypeError
from encoders.limits import DEFAULT, Limits
from encoders.mime.claims import check_label
from encoders.mime.table import ROWS, essence
from encoders.source import Source, SourceLike, open_source
from encoders.video.video_file import Info, Video, read
from encoders.video.writing import WRITERS, check_fps, check_frames, write, writer_for

if TYPE_CHECKING:
    import numpy.typing as npt

    from encoders.video.writing import Frames

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "Format",
    "Info",
    "Video",
    "accepts",
    "decode",
    "describe",
    "encode",
]

Format = Literal["mp4", "webm"]

FORMATS = tuple(WRITERS)
MEDIA_TYPES = tuple(row.essence for row in ROWS if row.kind == "video" and row.demuxer)


def encode(
    source: SourceLike | Video | Frames,
    *,
    format: Format | None = None,
    fps: float | Fraction | None = None,
    audio: tuple[int, npt.NDArray[Any]] | None = None,
    quality: int | None = None,
    name: str | None = None,
    limits: Limits = DEFAULT,
) -> str:
    """Return a video as a base64 data URL.

    A video file passes through byte for byte where no option asks for another.

    Args:
        source: a path, bytes, a binary file, a data URL, a `Video`; or frames, as one
            ``N×H×W×3`` uint8 array or an iterable of ``H×W×3`` uint8 arrays or PIL images. An odd
            last row or column is doubled, since yuv420p needs even sizes.
        format: "mp4" (default for frames) or "webm".
        fps: frames a second; needed with frames, and only there.
        audio: a sound track as ``(sample_rate, samples)``, for frames.
        quality: 1 (smallest) to 100 (best), on the encoder's own scale of constant quality: "mp4"
            from CRF 51 to 0, which loses nothing but colour resolution, default CRF 23; "webm" from
            CRF 63 to 0, default CRF 31.
        name: a file name that overrides the source's own.
        limits: bounds on what is decoded on the way.

    Raises:
        MediaTypeError: ``source`` is no video, or the frames are not all of one size and kind.
        CorruptMediaError: it has to be decoded and cannot be.
        MissingDependencyError: it has to be decoded or encoded and PyAV is not installed.

    >>> import numpy as np
    >>> encode(np.zeros((3, 16, 16, 3), np.uint8), fps=25)[:22]
    'data:video/mp4;base64,'
    """
    writer = writer_for(format or "mp4", quality)
    if _is_frames(source):
        if fps is None:
            raise TypeError("frames need fps, the number of frames a second, such as fps=25")
        sound = check_sound(*audio) if audio else None
        frames = check_frames(cast("Frames", source))
        return write(frames, check_fps(fps), sound, writer, quality)
    if fps is not None or audio is not None:
        raise TypeError("fps and audio go with frames; a video file has its own")
    if isinstance(source, Video):
        source = source.data
    with open_source(cast(SourceLike, source), name) as opened:
        media_type = _video_type(opened)
        if quality is None and (format is None or essence(format) == media_type):
            return opened.data_url(media_type)
        opened.check(limits)
        video = read(bytes(opened.read()), media_type, limits)
        options = DecodeOptions("float32", counted_bytes=4)
        sound = read_sound(video.data, media_type, options, limits) if video.has_audio else None
        # A lossy codec may give back samples a little beyond full scale.
        sound = check_sound(*sound, clip=True) if sound else None
        rate = Fraction(video.fps or 25).limit_denominator(1001)
        return write(video.frames(), rate, sound, writer, quality)


def decode(url: str | DataURL, *, strict: bool = False, limits: Limits = DEFAULT) -> Video:
    """Return the video in a data URL. Frames are decoded on demand.

    Args:
        url: a data URL. Its content decides, not its media type.
        strict: refuse a media type that is not the content's, and what `data_url.parse` forgives.
        limits: bounds (``max_bytes``, ``max_pixels``).

    Raises:
        DataURLError: ``url`` is no data URL.
        MediaTypeError: the content is no video.
        CorruptMediaError: its head cannot be read, or its end is missing.
        LimitError: it is larger than ``limits`` allow.
        MissingDependencyError: PyAV is not installed.

    >>> import numpy as np
    >>> decode(encode(np.zeros((3, 17, 16, 3), np.uint8), fps=25))
    Video(media_type='video/mp4', width=16, height=18, duration=0.12, fps=25.0, frame_count=3,
          has_audio=False)
    """
    parsed = parse(url, strict=strict, max_bytes=limits.max_bytes)
    with open_source(parsed) as source:
        media_type = _video_type(source)
    if strict:
        check_label(parsed.media_type, media_type)
    return read(parsed.data, media_type, limits)


def describe(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Info:
    """Return what a video file says about itself. Errors are those of `decode`."""
    with open_source(source) as opened:
        media_type = _video_type(opened)
        video = read(bytes(opened.read()), media_type, limits)
        return Info(*(getattr(video, each.name) for each in fields(Info)))


def accepts(value: object) -> bool:
    """Tell whether ``value`` is a `Video`. Frames alone may be anything: ``fps`` makes them one.

    >>> accepts(b"")
    False
    """
    return isinstance(value, Video)


def _is_frames(source: object) -> bool:
    # A memoryview has a shape too, and is bytes.
    if isinstance(source, str | bytes | bytearray | memoryview | Video | DataURL):
        return False
    return hasattr(source, "shape") or (hasattr(source, "__iter__") and not hasattr(source, "read"))


def _video_type(source: Source) -> str:
    media_type = mime.detect(source)
    if mime.kind(media_type) != "video":
        raise MediaTypeError(
            f"this is {media_type}, not a video: expected mp4, webm, mov, mkv, avi or ogv"
        )
    return media_type


def __dir__() -> list[str]:
    return __all__
