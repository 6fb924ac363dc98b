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
_BEGUN_ANEW = 0.5  # seconds that times go back by where a joined file begins
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


class Clock:
    """Places the times of a track's packets, or frames, behind one another, in seconds.

    One without a time of its own follows the one before. Where times begin anew, since files were
    joined, they go on from there.
    """

    def __init__(self, step: float) -> None:
        self.step = step
        self.last: float | None = None
        self.shift = 0.0

    def place(self, time: float | None) -> float:
        """Return when the next packet or frame is, whose own statement is ``time``."""
        behind = 0.0 if self.last is None else self.last + self.step
        if time is None:
            time = behind - self.shift
        elif self.last is not None and time + self.shift < self.last - _BEGUN_ANEW:
            self.shift = behind - time
        self.last = time + self.shift
        return self.last


@dataclass(frozen=True, slots=True)
class Packets:
    """What the packets of a container tell of a track. Nothing is decoded.

    Attributes:
        times: when the frames of the track are shown, in seconds. What an edit list cuts off, or a
            recorder has dropped, is not among them.
        count: how many packets the track has, those without a frame too.
        length: of all tracks, in seconds.
        are_timed: each packet states its time, and none begins anew as in joined files.
    """

    times: list[float]
    count: int
    length: float
    are_timed: bool


def packets_of(container: Any, stream: Any) -> Packets:
    """Return what the packets tell of a track.

    Raises:
        CorruptMediaError: a track's last packet is cut short.
    """
    times: list[float] = []
    count, has_times = 0, True
    first, last = math.inf, 0.0
    clocks: dict[int, Clock] = {}
    cut: dict[int, bool] = {}
    for packet in container.demux():
        if packet.dts is None and packet.pts is None and not packet.size:
            continue  # the end
        index = packet.stream_index
        is_own = index == stream.index
        count += is_own
        if not packet.size or packet.is_discard:
            continue
        cut[index] = packet.is_corrupt
        if index not in clocks:
            clocks[index] = Clock(_seconds_of(packet))
        time = _shown(packet, clocks[index])
        first, last = min(first, time), max(last, time)
        if is_own:
            times.append(time)
            has_times = has_times and packet.pts is not None
    if any(cut.values()):
        raise CorruptMediaError(f"the {stream.type} was cut off in packet {len(times)}")
    is_joined = any(clock.shift for clock in clocks.values())
    return Packets(times, count, max(last - first, 0.0), has_times and not is_joined)


def _seconds_of(packet: Any) -> float:
    """Return how long a packet's frame is shown, as far as its track says that."""
    if packet.duration:
        return float(packet.duration * packet.time_base)
    rate = getattr(packet.stream, "average_rate", None)
    return 1 / float(rate) if rate else 0.0


def _shown(packet: Any, clock: Clock) -> float:
    """Return when a packet's frame is shown; packets come in the order of decoding."""
    stamp = packet.pts if packet.dts is None else packet.dts
    placed = clock.place(None if stamp is None else float(stamp * packet.time_base))
    if packet.pts is None or packet.dts is None:
        return placed
    return placed + float((packet.pts - packet.dts) * packet.time_base)
