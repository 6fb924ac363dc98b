"""Sound to and from data URLs, with soundfile, and with PyAV what libsndfile cannot read.

One scale everywhere, never a peak-normalised one: full scale is ±1.0 in floats, ±2^15 in int16,
±2^31 in int32, and 128 ± 128 in uint8. A float becomes an integer by multiplying and rounding; +1.0
itself becomes the largest integer. WAV follows the RIFF layout of Microsoft's "Multiple Channel
Audio Data and WAVE Files".

The channels of an array are in WAV's order, whatever order the file has: front left, front right,
front center, low frequency, back left, back right, back center, side left, side right; a sound has
some of them. AIFF, AU and CAF define no order, or one that few writers follow: their channels keep
the file's own order.
"""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal

from encoders import mime
from encoders.audio import decoding
from encoders.audio.collector import DecodeOptions
from encoders.audio.decoding import Info
from encoders.audio.encoding import WRITERS, Writer, write, writer_for
from encoders.audio.samples import check_sound
from encoders.data_url import DataURL, parse
from encoders.errors import MediaTypeError, as_corrupt, clip_value
from encoders.limits import DEFAULT, Limits
from encoders.mime.claims import check_label
from encoders.mime.containers import ogg
from encoders.mime.table import ROWS
from encoders.source import Source, SourceLike, open_source

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "SUBTYPES",
    "DType",
    "Format",
    "Info",
    "Subtype",
    "accepts",
    "decode",
    "describe",
    "encode",
]

Format = Literal["wav", "flac", "ogg", "opus", "mp3"]
Subtype = Literal["PCM_16", "PCM_24", "FLOAT"]
DType = Literal["int16", "int32", "float32", "float64"]

FORMATS = tuple(WRITERS)
SUBTYPES = WRITERS["wav"].subtypes
MEDIA_TYPES = tuple(
    row.essence for row in ROWS if row.kind == "audio" and (row.libsndfile or row.demuxer)
)


def encode(
    source: SourceLike | tuple[int, npt.NDArray[Any]],
    *,
    format: Format | None = None,
    subtype: Subtype | None = None,
    quality: int | None = None,
    clip: bool = False,
    name: str | None = None,
    limits: Limits = DEFAULT,
) -> str:
    """Return a sound as a base64 data URL.

    A sound file passes through byte for byte where ``format`` is None or its own. A video gives its
    sound track.

    Args:
        source: a path, bytes, a binary file, a data URL, or ``(sample_rate, samples)`` with the
            rate in Hz and samples of shape ``frames`` or ``frames×channels``: int16, int32, uint8,
            float32 or float64, on the scale that this module's docstring gives.
        format: one of `FORMATS`; by default the file's own, or WAV. Opus takes 8, 12, 16, 24 and
            48 kHz; other rates are resampled to 48 kHz.
        subtype: PCM_16 (default), PCM_24 or FLOAT for WAV, the first two for FLAC.
        quality: 1 (smallest) to 100 (best), for the formats that lose something; WAV and FLAC lose
            nothing and take none. "ogg" (Vorbis): oggenc's quality 0 to 10, in stereo some 70 to
            500 kbit/s, default 40. "opus": 6 to 256 kbit/s a channel, default 61 kbit/s or so.
            "mp3": LAME's variable bit rate V9.9 to V0, in stereo some 65 to 265 kbit/s, default V4.
        clip: cut off floats beyond ±1.0, in an array or a file, instead of refusing them.
        name: a file name that overrides the source's own.
        limits: bounds on what is decoded on the way.

    Raises:
        MediaTypeError: ``source`` is no sound; or samples have another shape or dtype; or floats
            that have to be written are NaN, infinite or beyond ±1.0; or there are no samples for
            FLAC, Opus or MP3, which must hold some.
        CorruptMediaError: it has to be decoded and cannot be.
        MissingDependencyError: it has to be decoded and that needs PyAV.

    >>> import numpy as np
    >>> encode((8000, np.zeros(2, np.int16)))
    'data:audio/wav;base64,UklGRigAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQQAAAAAAAAA'
    """
    writer = writer_for(format or "wav", subtype, quality)
    if isinstance(source, tuple):
        if len(source) != 2:
            raise TypeError(f"a tuple of {len(source)}: expected (sample_rate, samples)")
        return write(*check_sound(*source, clip=clip), writer, subtype, quality, limits)
    with open_source(source, name) as opened:
        media_type = _sound_type(opened)
        is_changed = subtype is not None or quality is not None
        if not is_changed and _passes(opened, media_type, writer if format else None):
            return opened.data_url(media_type)
        opened.check(limits)
        options = DecodeOptions("float64", counted_bytes=8)
        sound = decoding.read(opened.read(), media_type, options, limits)
        # A lossy codec may give back samples a little beyond full scale.
        is_lossy = not decoding.is_lossless(opened, media_type)
        sound = check_sound(*sound, clip=clip or is_lossy)
        return write(*sound, writer, subtype, quality, limits)


def decode(
    url: str | DataURL,
    *,
    dtype: DType = "int16",
    mono: bool = False,
    sample_rate: int | None = None,
    start: float | None = None,
    stop: float | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT,
) -> tuple[int, npt.NDArray[Any]]:
    """Return the sound in a data URL as ``(sample_rate, samples)``.

    A file that was joined from several, as Ogg and MP3 can be, gives all its parts. Padding that an
    MP3's header frame states is cut off. Without such a frame the encoder's delay stays, some 50 ms
    of silence at the start.

    Args:
        url: a data URL. Its content decides, not its media type. A video gives its sound track.
        dtype: int16 (default, Gradio's own), int32, float32 or float64. Floats beyond ±1.0 become
            the largest and smallest integer.
        mono: average the channels.
        sample_rate: resample to this many Hz (soxr, high quality).
        start: seconds to begin at. The samples are the same as in the whole sound.
        stop: seconds to end before.
        strict: refuse a media type that is not the content's, and what `data_url.parse` forgives.
        limits: bounds (``max_bytes``, ``max_seconds``, ``max_samples``).

    Returns:
        The rate in Hz, and an array that can be written to: ``frames`` for one channel,
        ``frames×channels`` for more, in WAV's order. A joined file is one sound, with the highest
        rate and the most channels of its parts; a part with fewer channels keeps its own speakers.

    Raises:
        DataURLError: ``url`` is no data URL.
        MediaTypeError: the content is no sound, or its number of channels changes within a part.
        CorruptMediaError: the sound cannot be decoded, or has NaN or infinity and ``dtype`` is one
            of integers.
        LimitError: it is larger than ``limits`` allow.
        MissingDependencyError: AAC, WebM, a video or a rare codec needs PyAV.

    >>> import numpy as np
    >>> decode(encode((8000, np.array([1, -2, 3], np.int16))))
    (8000, array([ 1, -2,  3], dtype=int16))
    """
    if dtype not in ("int16", "int32", "float32", "float64"):
        raise ValueError(f"dtype={clip_value(dtype)} is not int16, int32, float32 or float64")
    options = DecodeOptions(dtype, mono, sample_rate, start, stop)
    parsed = parse(url, strict=strict, max_bytes=limits.max_bytes)
    with open_source(parsed) as source:
        media_type = _sound_type(source)
    if strict:
        check_label(parsed.media_type, media_type)
    data = bytearray()
    for chunk in parsed.chunks():
        data += chunk
    return decoding.read(data, media_type, options, limits)


def describe(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Info:
    """Return what the head of a sound tells, without decoding all of it.

    Raises:
        MediaTypeError: ``source`` is no sound.
        CorruptMediaError: its head cannot be read.
        LimitError: its head does not say how long it is, and it is longer than ``limits`` allow.
    """
    with open_source(source) as opened, as_corrupt("sound"):
        media_type = _sound_type(opened)
        return decoding.describe(opened, media_type, limits)


def accepts(value: object) -> bool:
    """Tell whether ``value`` is a ``(sample_rate, samples)`` pair.

    >>> accepts((8000, [0.5, -0.5])), accepts((8000, "a")), accepts(("a", [0.5]))
    (True, False, False)
    """
    if not isinstance(value, tuple) or len(value) != 2 or not isinstance(value[0], Real):
        return False
    if hasattr(value[1], "dtype"):
        return True
    return isinstance(value[0], Integral) and isinstance(value[1], list | tuple)


def _sound_type(source: Source) -> str:
    media_type = mime.detect(source)
    if mime.kind(media_type) not in ("audio", "video"):
        raise MediaTypeError(
            f"this is {media_type}, not sound: expected {', '.join(FORMATS)}, m4a, aac, webm "
            "or a video with sound"
        )
    return media_type


def _passes(source: Source, media_type: str, writer: Writer | None) -> bool:
    """Tell whether a file already is what the writer would make; any sound is for None."""
    if writer is None:
        return mime.kind(media_type) == "audio"
    if writer.media_type != media_type:
        return False
    codecs = [link.codec or "" for link in ogg.links(source)] if writer.container == "OGG" else []
    return all(codec.upper() in writer.subtypes for codec in codecs)


def __dir__() -> list[str]:
    return __all__
