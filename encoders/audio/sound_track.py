"""A track of sound through PyAV: what it is, and its samples, a block at a time."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from encoders.audio.samples import BLOCK, Gathered, check_length
from encoders.errors import CorruptMediaError, LimitError, MediaTypeError
from encoders.limits import DEFAULT, Limits
from encoders.pyav import DEMUXERS, Clock, decoded, demuxed, load, stated_seconds
from encoders.source import Source

if TYPE_CHECKING:
    import numpy.typing as npt

# A packet takes as long as some samples do, however few it holds. Most codecs have 20 ms in one. A
# file of 1 MiB with so many as that for hours would have less than two bytes for each.
_PACKETS_A_SECOND, _ALWAYS_PACKETS = 50, 100_000
_BYTES_FOR_ONE_MORE = 60_000  # of a file, for each packet in a second that it may have
_UNTIMED = ("avi", "wav")  # The times of their packets are wrong for some codecs.
_MOST_PLANES = 8
_OWN_ORDER = "("  # in the name of a channel layout
_LONGEST_PADDING = 4096  # samples of a channel; AAC pads to full frames of up to 2,048


def describe(source: Source, media_type: str, limits: Limits) -> tuple[int, int, float]:
    """Return the rate in Hz, the number of channels and the seconds, without decoding if can be."""
    with demuxed(source.open(), media_type, "audio", DEFAULT) as (container, stream):
        rate, channels = stream.rate, _layout(stream.codec_context).nb_channels
        if not rate or not channels:
            raise CorruptMediaError("the sound has no sample rate, or no channels")
        seconds = stated_seconds(source, media_type, container, stream)
        if not seconds and DEMUXERS[media_type] in _UNTIMED:
            seconds = _decoded_seconds(container, stream, limits)
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
        packets = _packets(container, stream, limits)
        first_packet = next(packets)
        seconds = _edited_seconds(media_type, stream, first_packet)
        blocks = _blocks(chain([first_packet], packets))
        for rate, block in _without_padding(blocks, seconds):
            gathered.begin(rate, block.shape[1])
            first, end = gathered.span(rate, offset)
            check_length(at + len(block), block.shape[1], rate, limits)
            gathered.add(
                block[max(first - at, 0) : None if end is None else max(end - at, 0)], rate
            )
            at += len(block)
            if end is not None and at >= end:
                return
    if not at:
        raise CorruptMediaError(f"the {media_type} has a sound track with no sound in it")


def _decoded_seconds(container: Any, stream: Any, limits: Limits) -> float:
    """Return how long the samples last that there are."""
    seconds = 0.0
    for rate, block in _blocks(_packets(container, stream, limits)):
        seconds += len(block) / rate
        limits.check("max_seconds", seconds, "seconds of sound")
    return seconds


def _held_seconds(container: Any, stream: Any, limits: Limits) -> float:
    """Return how long the packets last that there are, as a browser's recording does not say."""
    first, last = None, 0.0
    clock = Clock(0.0)
    for packet in _packets(container, stream, limits):
        if packet.pts is None:
            continue
        clock.step = float((packet.duration or 0) * packet.time_base)
        begin = clock.place(float(packet.pts * packet.time_base))
        first = max(begin, 0.0) if first is None else first
        last = max(last, begin + clock.step - first)
    limits.check("max_seconds", last, "seconds of sound")
    return last


def _packets(container: Any, stream: Any, limits: Limits) -> Iterator[Any]:
    """Yield packets up to far more than there are in any such file of ``max_seconds``."""
    a_second = min(_PACKETS_A_SECOND, container.size / _BYTES_FOR_ONE_MORE)
    most = _ALWAYS_PACKETS + (limits.max_seconds or 0) * a_second
    for count, packet in enumerate(container.demux(stream)):
        if count > most and limits.max_seconds is not None:
            raise LimitError("max_seconds", limits.max_seconds, f"{count:,} packets of sound")
        yield packet


def _edited_seconds(media_type: str, stream: Any, first_packet: Any) -> Fraction | None:
    """Return how long a track is, where an MP4 file has an edit list that says that.

    It cuts off what the encoder has added in front, which then has times below 0, and behind.
    """
    has_edit_list = first_packet.pts is not None and first_packet.pts < 0
    if DEMUXERS[media_type] != "mov" or not has_edit_list or not stream.duration:
        return None
    return cast("Fraction", stream.duration * stream.time_base)


def _without_padding(
    blocks: Iterator[tuple[int, npt.NDArray[Any]]], seconds: Fraction | None
) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield the blocks without what is behind ``seconds``, if that is short enough for padding."""
    at = 0
    padding: list[tuple[int, npt.NDArray[Any]]] = []
    for rate, block in blocks:
        left = len(block) if seconds is None else max(round(seconds * rate) - at, 0)
        at += len(block)
        if left:
            yield rate, block[:left]
        if left < len(block):
            padding.append((rate, block[left:]))
        if sum(len(block) for _, block in padding) > _LONGEST_PADDING:
            yield from padding
            padding, seconds = [], None


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
            kind, most = found, max(BLOCK // found[0], 1)
            queue = load().AudioFifo() if _can_gather(frame) else None
        if queue is None:
            yield from _packed(frame)
            continue
        frame.pts = None
        queue.write(frame)
        if queue.samples >= most:
            yield from _drained(queue)
    if queue is not None:
        yield from _drained(queue)


def _can_gather(frame: Any) -> bool:
    """Tell whether PyAV's queue is safe for such frames.

    The queue keeps a pointer into the first frame's channel layout, if that is one with an order of
    its own, such as "2 channels (FR+FL)". And PyAV reads past the end of eight planes.
    """
    return frame.layout.nb_channels < _MOST_PLANES and _OWN_ORDER not in frame.layout.name


def _frames(packets: Iterable[Any]) -> Iterator[Any]:
    is_cut = False

    def watched() -> Iterator[Any]:
        nonlocal is_cut
        for packet in packets:
            # Where another packet follows, one is missing between them, or files were joined there.
            is_cut = packet.is_corrupt if packet.size else is_cut
            yield packet

    for frame in decoded(watched()):
        _layout(frame)
        yield frame
    if is_cut:
        raise CorruptMediaError("the sound was cut off in its last packet")


def _layout(owner: Any) -> Any:
    """Return the layout of a codec's or a frame's channels.

    PyAV frees memory that is FFmpeg's own when it drops a layout that has an order of its own, such
    as "2 channels (FR+FL)". So such a layout is never dropped.
    """
    layout = owner.layout
    if _OWN_ORDER in layout.name:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return layout


def _drained(queue: Any) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    frame = queue.read()
    if frame is not None and frame.format.is_planar:
        yield frame.sample_rate, frame.to_ndarray().T
    elif frame is not None:
        yield from _packed(frame)


def _packed(frame: Any) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield a frame of any number of channels, through one plane."""
    frames = [frame]
    if frame.format.is_planar and _OWN_ORDER in frame.layout.name:
        if frame.layout.nb_channels >= _MOST_PLANES:
            raise MediaTypeError(f"sound in {frame.layout.name} cannot be decoded: use 7.1")
        yield frame.sample_rate, frame.to_ndarray().T
        return
    if frame.format.is_planar:
        frames = load().AudioResampler(format=frame.format.packed.name).resample(frame)
    for each in frames:
        yield each.sample_rate, each.to_ndarray().reshape(-1, each.layout.nb_channels)
