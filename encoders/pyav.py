"""The one room that opens PyAV: media that libsndfile and Pillow cannot read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from encoders.errors import (
    CorruptMediaError,
    MediaTypeError,
    MissingDependencyError,
)
from encoders.limits import Limits
from encoders.mime.containers import matroska
from encoders.source import Source

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
# Demuxers that guess how long a file is, or hand on what it states with some delay.
_GUESSED = ("avi", "asf", "mpeg", "mpegts", "aac", "amr", "wav")
_TIMED_WRONGLY = ("avi", "mpegvideo")  # if frames are not shown in the order of their packets
_ELEMENTARY = b"\0\0\1\xb3"  # MPEG video without a container
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
    if demuxer == "mpeg" and file.read(4) == _ELEMENTARY:
        demuxer = "mpegvideo"
    file.seek(0)
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


def stated_seconds(source: Source, media_type: str, container: Any, stream: Any) -> float:
    """Return how long a track says that it is, or its container, or 0.0 where neither does.

    FFmpeg guesses where nothing is stated. Matroska states when it ends, and it may begin late.
    """
    demuxer = DEMUXERS[media_type]
    if demuxer in _GUESSED:
        return 0.0
    if demuxer == "matroska":
        stated = matroska.stated_seconds(source)
        begin = (container.start_time or 0) / 1_000_000
        return max(stated - begin, 0.0) if stated else 0.0
    if stream.duration:
        seconds = float(stream.duration * stream.time_base)
    else:
        seconds = float(container.duration or 0) / 1_000_000
    return seconds if seconds > 0 else 0.0


def decoded(packets: Iterable[Any]) -> Iterator[Any]:
    """Yield the frames of packets. One without bytes repeats a frame, and would end the decoder."""
    last = None
    for packet in packets:
        if packet.size:
            yield from packet.decode()
        else:
            last = packet
    if last is not None:
        yield from last.decode()


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
        starts: when the frames of the track are to be decoded, in seconds. What an edit list cuts
            off, or a recorder has dropped, is not among them.
        count: how many packets the track has, those without a frame too.
        seen: from when the first frame is shown to the track's last packet, in seconds.
        length: the same for all tracks together.
        are_timed: each packet states its time, and none begins anew as in joined files.
    """

    starts: list[float]
    count: int
    seen: float
    length: float
    are_timed: bool


def packets_of(container: Any, stream: Any) -> Packets:
    """Return what the packets tell of a track.

    Raises:
        CorruptMediaError: a track's last packet is cut short.
    """
    starts: list[float] = []
    is_ordered = container.format.name not in _TIMED_WRONGLY
    count, has_times = 0, is_ordered
    first, last = math.inf, -math.inf
    own_first, own_last = math.inf, -math.inf
    clocks: dict[int, Clock] = {}
    cut: dict[int, bool] = {}
    for packet in container.demux():
        if packet.dts is None and packet.pts is None and not packet.size:
            continue  # the end
        index = packet.stream_index
        is_own = index == stream.index
        count += is_own
        if packet.is_discard:
            continue
        if index not in clocks:
            clocks[index] = Clock(_seconds_of(packet))
        start = _start(packet, clocks[index])
        time = start + (_until_shown(packet) if is_ordered else 0.0)
        last = max(last, time)
        own_last = max(own_last, time) if is_own else own_last
        if not packet.size:  # the frame before is shown for longer
            continue
        first = min(first, time)
        cut[index] = packet.is_corrupt
        if is_own:
            own_first = min(own_first, time)
            starts.append(start)
            has_times = has_times and packet.pts is not None
    if any(cut.values()):
        raise CorruptMediaError(f"the {stream.type} was cut off in packet {len(starts)}")
    is_joined = any(clock.shift for clock in clocks.values())
    seen = max(own_last - own_first, 0.0)
    are_timed = has_times and not is_joined
    return Packets(starts, count, seen, max(last - first, 0.0), are_timed)


def _seconds_of(packet: Any) -> float:
    """Return how long a packet's frame is shown, as far as its track says that."""
    if packet.duration:
        return float(packet.duration * packet.time_base)
    rate = getattr(packet.stream, "average_rate", None)
    return 1 / float(rate) if rate else 0.0


def _start(packet: Any, clock: Clock) -> float:
    """Return when a packet is to be decoded, in seconds; packets come in that order."""
    stamp = packet.pts if packet.dts is None else packet.dts
    return clock.place(None if stamp is None else float(stamp * packet.time_base))


def _until_shown(packet: Any) -> float:
    """Return how many seconds later its frame is shown."""
    if packet.pts is None or packet.dts is None:
        return 0.0
    return float((packet.pts - packet.dts) * packet.time_base)
