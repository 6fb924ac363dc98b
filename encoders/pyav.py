"""The one room that opens PyAV: media that libsndfile and Pillow cannot read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
# What the formats above hold. FFmpeg has over 500 decoders; untrusted bytes reach only these.
_VIDEO_DECODERS = (
    *("h264", "hevc", "libdav1d", "av1", "vp8", "vp9", "mpeg4", "mpeg2video", "mpeg1video"),
    *("h263", "flv", "vp6f", "theora", "mjpeg", "wmv1", "wmv2", "wmv3", "vc1"),
    *("msmpeg4v1", "msmpeg4v2", "msmpeg4", "prores", "dnxhd", "dvvideo", "ffv1", "huffyuv"),
    *("rawvideo", "png", "qtrle", "cinepak", "svq3"),
)
_SOUND_DECODERS = (
    *(
        "aac",
        "aac_latm",
        "mp1float",
        "mp2float",
        "mp2",
        "mp3float",
        "mp3",
        "opus",
        "vorbis",
        "flac",
    ),
    *("alac", "ac3", "eac3", "dca", "wmav1", "wmav2", "wmapro", "wmalossless", "amrnb", "amrwb"),
    *("speex", "libspeex", "g726", "g726le", "g722", "g723_1", "gsm", "gsm_ms", "nellymoser"),
    *("adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_swf", "adpcm_yamaha"),
    *("pcm_s8", "pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le"),
    *("pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw"),
    *("pcm_bluray", "pcm_dvd", "s302m"),
)
DECODERS = _VIDEO_DECODERS + _SOUND_DECODERS
_USUAL = {"video": "H.264 in MP4", "audio": "AAC in MP4 or WAV"}
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
    options = {"codec_whitelist": ",".join(DECODERS)}
    if most is not None:
        options["max_pixels"] = str(2 * most + _ALIGNMENT)
    with load().open(file, format=demuxer, options=options) as container:
        tracks = getattr(container.streams, kind)
        if not tracks:
            raise NoTrackError(f"the {media_type} has no {what} track")
        codec = tracks[0].codec_context
        if codec is None or codec.name not in DECODERS:
            coded = f"coded as {codec.name}" if codec else "of an unknown codec"
            raise MediaTypeError(
                f"the {what} track of the {media_type} is {coded}, which is not decoded here: "
                f"convert it first, to {_USUAL[kind]} for example"
            )
        codec.options = options
        yield container, tracks[0]


def stated_seconds(container: Any, stream: Any) -> float:
    """Return how long a track says that it is, or its container, or 0.0 where neither does."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1_000_000


@dataclass(frozen=True, slots=True)
class Packets:
    """What the packets of a container tell of a track. Nothing is decoded.

    Attributes:
        times: when the frames of the track are shown, in seconds. What an edit list cuts off, or a
            recorder has dropped, is not among them.
        count: how many packets the track has, those without a frame too.
        length: of all tracks, in seconds.
    """

    times: list[float]
    count: int
    length: float


def packets_of(container: Any, stream: Any) -> Packets:
    """Return what the packets tell of a track.

    Raises:
        CorruptMediaError: a packet is cut short.
    """
    times: list[float] = []
    count = 0
    first, last = math.inf, 0.0
    for packet in container.demux():
        if packet.dts is None and packet.pts is None and not packet.size:
            continue  # the end
        is_own = packet.stream_index == stream.index
        count += is_own
        if not packet.size or packet.is_discard:
            continue
        if packet.is_corrupt:
            raise CorruptMediaError(f"the {stream.type} was cut off in packet {len(times)}")
        stamp = packet.pts if packet.pts is not None else packet.dts
        time = float((stamp or 0) * packet.time_base)
        first, last = min(first, time), max(last, time)
        if is_own:
            times.append(time)
    return Packets(times, count, max(last - first, 0.0))
