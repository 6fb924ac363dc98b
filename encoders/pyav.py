"""The one room that opens PyAV: media that libsndfile and Pillow cannot read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Literal

from encoders.errors import (
    CorruptMediaError,
    MediaTypeError,
    MissingDependencyError,
)
from encoders.limits import Limits

# Only these demuxers ever see a stranger's bytes: none of them opens another file.
DEMUXERS = {
    "audio/mp4": "mov",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/amr-wb": "amr",
    "audio/x-ms-wma": "asf",
    "audio/webm": "matroska",
    "audio/matroska": "matroska",
    "audio/ogg": "ogg",
    # These where libsndfile cannot read the codec.
    "audio/wav": "wav",
    "audio/aiff": "aiff",
    "audio/x-caf": "caf",
    "audio/flac": "flac",
    "audio/basic": "au",
    "audio/x-w64": "w64",
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "video/3gpp2": "mov",
    "video/webm": "matroska",
    "video/matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/ogg": "ogg",
    "video/mpeg": "mpeg",
    "video/mp2t": "mpegts",
    "video/x-flv": "flv",
    "video/x-ms-asf": "asf",
}
_ALIGNMENT = 64 * 16384  # pixels by which FFmpeg may widen a frame in memory


class NoTrackError(MediaTypeError):
    """A container has no track of the kind that was asked for."""


def load() -> Any:
    """Return the module ``av``, or say how to install it."""
    try:
        import av
    except ImportError:
        raise MissingDependencyError("video, and sound in its containers,", "video") from None
    return av


@contextmanager
def demuxed(
    file: BinaryIO, media_type: str, kind: Literal["audio", "video"], limits: Limits
) -> Iterator[tuple[Any, Any]]:
    """Open a container and give it with its first track of one kind.

    Any frame may be larger than its track says. FFmpeg itself refuses those far beyond
    ``limits.max_pixels``: it counts what it allocates, which is more than is seen.
    """
    demuxer = DEMUXERS.get(media_type)
    if demuxer is None:
        known = ", ".join(sorted(known for known in DEMUXERS if known.startswith(kind)))
        raise MediaTypeError(f"{media_type} cannot be decoded: send it as one of {known}")
    most = limits.max_pixels
    what = "sound" if kind == "audio" else "video"
    options = {} if most is None else {"max_pixels": str(2 * most + _ALIGNMENT)}
    with load().open(file, format=demuxer, options=options) as container:
        tracks = getattr(container.streams, kind)
        if not tracks:
            raise NoTrackError(f"the {media_type} has no {what} track")
        if tracks[0].codec_context is None:
            raise MediaTypeError(
                f"the {media_type} has a {what} track in a codec that cannot be decoded: "
                "convert it with the program that made it"
            )
        tracks[0].codec_context.options = options
        yield container, tracks[0]


def stated_seconds(container: Any, stream: Any) -> float:
    """Return how long a track says that it is, or its container, or 0.0 where neither does."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1_000_000


def packet_times(container: Any, stream: Any) -> tuple[list[float], float]:
    """Return the times of a track's packets and the length of all tracks, in seconds.

    Nothing is decoded.

    Raises:
        CorruptMediaError: a packet is cut short.
    """
    times: list[float] = []
    first, last = math.inf, 0.0
    for packet in container.demux():
        if not packet.size:
            continue
        if packet.is_corrupt:
            raise CorruptMediaError(f"the {stream.type} was cut off in packet {len(times)}")
        stamp = packet.pts if packet.pts is not None else packet.dts
        time = float((stamp or 0) * packet.time_base)
        first, last = min(first, time), max(last, time)
        if packet.stream_index == stream.index:
            times.append(time)
    return times, max(last - first, 0.0)
