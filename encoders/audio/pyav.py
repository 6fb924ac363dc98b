"""The one module that opens PyAV, for sound and video that libsndfile and Pillow cannot read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from encoders.errors import CorruptMediaError, MediaTypeError, MissingDependencyError, Remedy
from encoders.limits import Limits
from encoders.mime.containers import matroska
from encoders.mime.table import ROWS
from encoders.source import Source

# FFmpeg opens untrusted bytes with these demuxers only: none of them opens another file.
DEMUXERS = {row.essence: row.demuxer for row in ROWS if row.demuxer}

Trait = Literal["length", "frame count", "frame times", "sound times", "sound type"]
# What these demuxers lack: a length that the file states and FFmpeg does not guess; a number of
# frames that is more than an estimate; a time for each frame of a video; the right times of packets
# of sound, for every codec; a media type for sound alone.
_LACKS: dict[str, tuple[Trait, ...]] = {
    "aac": ("length",),
    "amr": ("length",),
    "asf": ("length", "frame count"),
    "avi": ("length", "frame count", "frame times", "sound times", "sound type"),
    "flv": ("sound type",),
    "mpeg": ("length", "frame times", "sound type"),
    "mpegts": ("length", "frame times", "sound type"),
    "wav": ("length", "sound times"),
}
# The codecs in these containers. FFmpeg has over 500 decoders; untrusted bytes reach only these.
DECODERS = (
    *("h264", "hevc", "libdav1d", "av1", "vp8", "vp9", "mpeg4", "mpeg2video", "mpeg1video"),
    *("h263", "flv", "vp6f", "theora", "mjpeg", "wmv1", "wmv2", "wmv3", "vc1"),
    *("msmpeg4v1", "msmpeg4v2", "msmpeg4", "prores", "dnxhd", "dvvideo", "ffv1", "huffyuv"),
    *("rawvideo", "png", "qtrle", "cinepak", "svq3"),
    *("aac", "aac_latm", "mp1float", "mp2float", "mp2", "mp3float", "mp3", "opus", "vorbis"),
    *("flac", "alac", "ac3", "eac3", "dca", "wmav1", "wmav2", "wmapro", "wmalossless"),
    *("amrnb", "amrwb", "pcm_bluray", "pcm_dvd", "s302m"),
    *("speex", "libspeex", "g726", "g726le", "g722", "g723_1", "gsm", "gsm_ms", "nellymoser"),
    *("adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_swf", "adpcm_yamaha"),
    *("pcm_s8", "pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le"),
    *("pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw"),
)
_UNORDERED = ("avi", "mpegvideo")  # times are wrong if frames are not shown in packet order
_MPEG_VIDEO = b"\0\0\1\xb3"  # the start of MPEG video without a container
_RESTART = 0.5  # a time this many seconds earlier means that another file was joined there
_ALIGNMENT = 64 * 16384  # pixels that FFmpeg may add to a frame in memory


class NoTrackError(MediaTypeError):
    """A container has no track of the kind that is needed."""


def load() -> Any:
    """Return the module ``av``, or raise `MissingDependencyError` with how to install it."""
    try:
        import av
    except ImportError:
        raise MissingDependencyError("video, and sound in its containers,", "video") from None
    return av


def lacks(media_type: str, trait: Trait) -> bool:
    """Tell whether something cannot be relied on in a container, as FFmpeg's demuxer reads it."""
    return trait in _LACKS.get(DEMUXERS.get(media_type, ""), ())


@contextmanager
def open_track(
    file: BinaryIO, media_type: str, kind: Literal["audio", "video"], limits: Limits
) -> Iterator[tuple[Any, Any]]:
    """Open a container; yield it and its first track of one kind, as PyAV's objects.

    A frame may be larger than its track says. FFmpeg itself refuses frames far beyond
    ``limits.max_pixels``: it counts the pixels that it allocates, which are more than are shown.

    Raises:
        NoTrackError: it has no track of that kind.
        MediaTypeError: its type or its codec is not decoded.
        MissingDependencyError: PyAV is not installed.
    """
    demuxer = DEMUXERS.get(media_type)
    if demuxer is None:
        known = ", ".join(sorted(known for known in DEMUXERS if known.startswith(kind)))
        raise MediaTypeError(
            f"{media_type} cannot be decoded", remedy=(Remedy("do", value=f"send one of {known}"),)
        )
    if demuxer == "mpeg" and file.read(4) == _MPEG_VIDEO:
        demuxer = "mpegvideo"
    file.seek(0)
    options = {"codec_whitelist": ",".join(DECODERS)}
    if limits.max_pixels is not None:
        options["max_pixels"] = str(2 * limits.max_pixels + _ALIGNMENT)
    with load().open(file, format=demuxer, options=options) as container:
        tracks = getattr(container.streams, kind)
        what = "sound" if kind == "audio" else "video"
        target = {"audio": "AAC in MP4 or to WAV", "video": "H.264 in MP4"}[kind]
        if not tracks:
            raise NoTrackError(f"the {media_type} has no {what} track")
        codec = tracks[0].codec_context
        if codec is None or codec.name not in DECODERS:
            coded = f"coded as {codec.name}" if codec else "of an unknown codec"
            raise MediaTypeError(
                f"the {what} track of the {media_type} is {coded}, which is not decoded here",
                remedy=(Remedy("do", value=f"convert it first, to {target} for example"),),
            )
        codec.options = options
        yield container, tracks[0]


def stated_seconds(source: Source, media_type: str, container: Any, stream: Any) -> float:
    """Return the length that a track or its container states, or 0.0 where neither does.

    FFmpeg guesses where nothing is stated. Matroska states its end, and may begin late.
    """
    if lacks(media_type, "length"):
        return 0.0
    if DEMUXERS[media_type] == "matroska":
        stated = matroska.stated_seconds(source)
        begin = (container.start_time or 0) / 1_000_000
        return max(stated - begin, 0.0) if stated else 0.0
    if stream.duration:
        return max(float(stream.duration * stream.time_base), 0.0)
    return max((container.duration or 0) / 1_000_000, 0.0)


def decode_packets(packets: Iterable[Any]) -> Iterator[Any]:
    """Yield the frames of packets.

    A packet without bytes repeats a frame. The decoder takes it for the end, so it comes last.
    """
    last = None
    for packet in packets:
        if packet.size:
            yield from packet.decode()
        else:
            last = packet
    if last is not None:
        yield from last.decode()


class Timeline:
    """Places the packets or frames of one track after one another, in seconds.

    One without a time of its own follows the one before it. Where times start again, because files
    were joined, the new ones continue from the end of the old ones.

    Attributes:
        step: how long one packet or frame lasts.
        shift: how much later they come than they state; 0.0 if times never started again.
    """

    def __init__(self, step: float) -> None:
        self.step = step
        self._last: float | None = None
        self.shift = 0.0

    def place(self, time: float | None) -> float:
        """Return when the next packet or frame begins, which itself states ``time``."""
        expected = 0.0 if self._last is None else self._last + self.step
        if time is None:
            time = expected - self.shift
        elif self._last is not None and time + self.shift < self._last - _RESTART:
            self.shift = expected - time
        self._last = time + self.shift
        return self._last


@dataclass(frozen=True, slots=True)
class PacketTimes:
    """What the packets of a container tell of one track, without decoding.

    Attributes:
        starts: when each frame of the track is to be decoded, in seconds. Frames that an edit list
            cuts off, or that a recorder dropped, are not among them.
        count: the number of packets of the track, including those without a frame.
        seconds: from the first frame to the track's last packet.
        all_seconds: the same for all tracks together.
        are_timed: each packet states its time, and times never start again.
    """

    starts: list[float]
    count: int
    seconds: float
    all_seconds: float
    are_timed: bool


def read_packets(container: Any, stream: Any) -> PacketTimes:
    """Return what the packets of a container tell of a track.

    Raises:
        CorruptMediaError: the last packet of a track is cut short.
    """
    starts: list[float] = []
    is_ordered = container.format.name not in _UNORDERED
    count, has_times = 0, is_ordered
    # By the index of each track.
    first: dict[int, float] = {}
    last: dict[int, float] = {}
    timelines: dict[int, Timeline] = {}
    is_cut: dict[int, bool] = {}
    for packet in container.demux():
        if packet.dts is None and packet.pts is None and not packet.size:
            continue  # the end
        index = packet.stream_index
        is_own = index == stream.index
        count += is_own
        if packet.is_discard:
            continue
        if index not in timelines:
            timelines[index] = Timeline(_packet_seconds(packet))
        # Packets come in the order in which they are decoded, which is not that of the frames.
        stamp = packet.pts if packet.dts is None else packet.dts
        start = timelines[index].place(None if stamp is None else float(stamp * packet.time_base))
        time = start
        if is_ordered and packet.pts is not None:
            time += float((packet.pts - stamp) * packet.time_base)
        last[index] = max(last.get(index, time), time)
        if not packet.size:  # the frame before is shown for longer
            continue
        first[index] = min(first.get(index, time), time)
        is_cut[index] = packet.is_corrupt
        if is_own:
            starts.append(start)
            has_times = has_times and packet.pts is not None
    if any(is_cut.values()):
        raise CorruptMediaError(f"the {stream.type} was cut off in packet {len(starts)}")
    is_joined = any(timeline.shift for timeline in timelines.values())
    return PacketTimes(
        starts,
        count,
        seconds=last[stream.index] - first[stream.index] if starts else 0.0,
        all_seconds=max(last.values()) - min(first.values()) if first else 0.0,
        are_timed=has_times and not is_joined,
    )


def _packet_seconds(packet: Any) -> float:
    """Return how long a packet's frame is shown, or 0.0 where neither it nor its track says."""
    if packet.duration:
        return float(packet.duration * packet.time_base)
    rate = getattr(packet.stream, "average_rate", None)
    return 1 / float(rate) if rate else 0.0
