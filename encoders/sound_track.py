"""A track of sound through PyAV: what it is, and its samples, a block at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

from encoders.errors import CorruptMediaError, LimitError
from encoders.limits import DEFAULT, Limits
from encoders.pyav import DEMUXERS, demuxed, load, stated_seconds
from encoders.samples import BLOCK, Gathered, check_length

if TYPE_CHECKING:
    import numpy.typing as npt

# A packet takes as long as some samples do, however few it holds. Most codecs have 20 ms in one.
_PACKETS_A_SECOND, _ALWAYS_PACKETS = 50, 100_000
# Containers that state the length of a recording plus some delay, or guess it.
_GUESSED = ("avi", "asf", "mpeg")
_LONGEST_PADDING = 4096  # samples of a channel; AAC pads to full frames of up to 2,048


def describe(file: BinaryIO, media_type: str, limits: Limits) -> tuple[int, int, float]:
    """Return the rate in Hz, the number of channels and the seconds, without decoding."""
    with demuxed(file, media_type, "audio", DEFAULT) as (container, stream):
        rate, channels = stream.rate, stream.codec_context.channels
        if not rate:
            raise CorruptMediaError("the sound has no sample rate")
        is_stated = container.format.name not in _GUESSED
        seconds = stated_seconds(container, stream) if is_stated else 0.0
        return rate, channels, seconds or _held_seconds(container, stream, limits)


def read(
    file: BinaryIO,
    media_type: str,
    gathered: Gathered,
    limits: Limits,
    offset: float = 0.0,
) -> None:
    """Add the samples of a track to ``gathered``.

    Args:
        file: the container.
        media_type: what it is.
        gathered: takes the samples, and says which span of the sound is wanted.
        limits: bounds on what is decoded.
        offset: where the track begins in the sound, in seconds.
    """
    with demuxed(file, media_type, "audio", limits) as (container, stream):
        at = 0
        packets = _counted(container.demux(stream), limits)
        first_packet = next(packets)
        frames = _stated_frames(media_type, stream, first_packet)
        blocks = _blocks(chain([first_packet], packets))
        for rate, block in _without_padding(blocks, frames):
            first, end = gathered.wanted.span(rate, offset)
            check_length(at + len(block), block.shape[1], rate, limits)
            gathered.add(
                block[max(first - at, 0) : None if end is None else max(end - at, 0)], rate
            )
            at += len(block)
            if end is not None and at >= end:
                return
    if not at:
        raise CorruptMediaError(f"the {media_type} has a sound track with no sound in it")


def _held_seconds(container: Any, stream: Any, limits: Limits) -> float:
    """Return how long the packets last that there are, as a browser's recording does not say."""
    first: int | None = None
    last, scale = 0, float(stream.time_base)
    for packet in _counted(container.demux(stream), limits):
        begin = packet.pts
        if begin is not None:
            first = max(begin, 0) if first is None else first
            last = max(last, begin + (packet.duration or 0) - first)
    limits.check("max_seconds", last * scale, "seconds of sound")
    return last * scale


def _counted(packets: Iterable[Any], limits: Limits) -> Iterator[Any]:
    """Yield packets up to far more than there are in any sound of ``max_seconds``."""
    most = _ALWAYS_PACKETS + (limits.max_seconds or 0) * _PACKETS_A_SECOND
    for count, packet in enumerate(packets):
        if count > most and limits.max_seconds is not None:
            raise LimitError("max_seconds", limits.max_seconds, f"{count:,} packets of sound")
        yield packet


def _stated_frames(media_type: str, stream: Any, first_packet: Any) -> int | None:
    """Return how many samples a channel has, where an MP4 file has an edit list that says that.

    It cuts off what the encoder has added in front, which then has times below 0, and behind.
    """
    has_edit_list = first_packet.pts is not None and first_packet.pts < 0
    if DEMUXERS[media_type] != "mov" or not has_edit_list or not stream.duration:
        return None
    return round(stream.duration * stream.time_base * stream.rate) if stream.rate else None


def _without_padding(
    blocks: Iterator[tuple[int, npt.NDArray[Any]]], frames: int | None
) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield the blocks without what is behind ``frames``, if that is short enough for padding."""
    at = 0
    padding: list[tuple[int, npt.NDArray[Any]]] = []
    for rate, block in blocks:
        inside = len(block) if frames is None else max(min(frames - at, len(block)), 0)
        at += len(block)
        if inside:
            yield rate, block[:inside]
        if inside < len(block):
            padding.append((rate, block[inside:]))
        if frames is not None and at - frames > _LONGEST_PADDING:
            yield from padding
            padding, frames = [], None
    # What is left is padding.


def _blocks(packets: Iterable[Any]) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield the rate and ``frames×channels`` of the codec's own kind of sample.

    Frames gather in FFmpeg's queue first: a packet of a few bytes can be a frame of a few samples,
    and to convert each alone would take long.
    """
    queue: Any = None
    kind: tuple[Any, ...] = ()
    most = 0
    for frame in _frames(packets):
        # The queue itself does not compare the number of channels.
        found = (frame.layout.nb_channels, frame.sample_rate, frame.format.name)
        if found != kind:
            if queue is not None:
                yield from _drained(queue)
            queue, kind, most = load().AudioFifo(), found, max(BLOCK // found[0], 1)
        frame.pts = None
        queue.write(frame)
        if queue.samples >= most:
            yield from _drained(queue)
    if queue is not None:
        yield from _drained(queue)


def _frames(packets: Iterable[Any]) -> Iterator[Any]:
    for packet in packets:
        if packet.is_corrupt:
            raise CorruptMediaError("the sound was cut off or damaged")
        yield from packet.decode()


def _drained(queue: Any) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    frame = queue.read()
    if frame is not None:
        array = frame.to_ndarray()
        channels = frame.layout.nb_channels
        yield frame.sample_rate, array.T if frame.format.is_planar else array.reshape(-1, channels)
