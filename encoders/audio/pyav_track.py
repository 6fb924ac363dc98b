"""A track of sound through PyAV: its rate, channels and length, and its samples in blocks."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

from encoders.audio.collector import BLOCK, SampleCollector, check_length
from encoders.audio.pyav import (
    DEMUXERS,
    Timeline,
    decode_packets,
    lacks,
    load,
    open_track,
    stated_seconds,
)
from encoders.errors import CorruptMediaError, LimitError, MediaTypeError, Remedy
from encoders.limits import DEFAULT, Limits
from encoders.source import Source

if TYPE_CHECKING:
    from encoders.audio.samples import Sound

# Each packet costs as much time as some samples, however few it holds. Most codecs have 20 ms in
# one. A file of 1 MiB with that many packets for hours would have less than two bytes for each.
_PACKETS_PER_SECOND, _ALWAYS_PACKETS = 50, 100_000
_BYTES_PER_PACKET_RATE = 60_000  # bytes of a file for each packet per second that it may have
_MAX_PLANES = 8
_CUSTOM_ORDER = "("  # in the name of a channel layout such as "2 channels (FR+FL)"
_LONGEST_PADDING = 4096  # samples of a channel; AAC pads to full frames of up to 2,048


def describe(source: Source, media_type: str, limits: Limits) -> tuple[int, int, float]:
    """Return rate in Hz, number of channels and seconds, if possible without decoding."""
    with open_track(source.open(), media_type, "audio", DEFAULT) as (container, stream):
        rate, channels = stream.rate, _layout(stream.codec_context).nb_channels
        if not rate or not channels:
            raise CorruptMediaError("the sound has no sample rate, or no channels")
        seconds = stated_seconds(source, media_type, container, stream)
        if not seconds and lacks(media_type, "sound times"):
            seconds = _decoded_seconds(container, stream, limits)
        return rate, channels, seconds or _packet_seconds(container, stream, limits)


def read(file: BinaryIO, media_type: str, collector: SampleCollector, offset: float) -> None:
    """Add the samples of a container's track to ``collector``, which says what span is wanted.

    ``offset`` is where the track begins in the whole sound, in seconds.
    """
    limits = collector.limits
    with open_track(file, media_type, "audio", limits) as (container, stream):
        position = 0
        packets = _packets(container, stream, limits)
        first_packet = next(packets)
        blocks = _blocks(chain([first_packet], packets))
        # An edit list cuts off what the encoder added: what is in front has times below 0.
        is_edited = first_packet.pts is not None and first_packet.pts < 0
        if is_edited and DEMUXERS[media_type] == "mov" and stream.duration:
            blocks = _without_padding(blocks, stream.duration * stream.time_base)
        for rate, block in blocks:
            collector.begin(rate, block.shape[1])
            first, end = collector.span(rate, offset)
            check_length(position + len(block), block.shape[1], rate, limits)
            collector.add(block[max(first - position, 0) : max(end - position, 0)], rate)
            position += len(block)
            if position >= end:
                return
    if not position:
        raise CorruptMediaError(f"the {media_type} has a sound track with no sound in it")


def _decoded_seconds(container: Any, stream: Any, limits: Limits) -> float:
    """Return how long the samples last, by decoding them."""
    seconds = 0.0
    for rate, block in _blocks(_packets(container, stream, limits)):
        seconds += len(block) / rate
        limits.check("max_seconds", seconds, "seconds of sound")
    return seconds


def _packet_seconds(container: Any, stream: Any, limits: Limits) -> float:
    """Return how long the packets last, for a file that states no length, as from a browser."""
    first, seconds = None, 0.0
    timeline = Timeline(0.0)
    for packet in _packets(container, stream, limits):
        if packet.pts is None:
            continue
        timeline.step = float((packet.duration or 0) * packet.time_base)
        begin = timeline.place(float(packet.pts * packet.time_base))
        first = max(begin, 0.0) if first is None else first
        seconds = max(seconds, begin + timeline.step - first)
    limits.check("max_seconds", seconds, "seconds of sound")
    return seconds


def _packets(container: Any, stream: Any, limits: Limits) -> Iterator[Any]:
    """Yield packets, up to far more than any such file of ``max_seconds`` has."""
    rate = min(_PACKETS_PER_SECOND, container.size / _BYTES_PER_PACKET_RATE)
    most = _ALWAYS_PACKETS + (limits.max_seconds or 0) * rate
    for count, packet in enumerate(container.demux(stream)):
        if count > most and limits.max_seconds is not None:
            raise LimitError("max_seconds", limits.max_seconds, f"{count:,} packets of sound")
        yield packet


def _without_padding(blocks: Iterator[Sound], seconds: Fraction) -> Iterator[Sound]:
    """Yield the blocks up to ``seconds``; the rest too if it is too long to be padding."""
    position = 0
    padding: list[Sound] = []
    for rate, block in blocks:
        left = max(round(seconds * rate) - position, 0)
        position += len(block)
        if left:
            yield rate, block[:left]
        if left < len(block):
            padding.append((rate, block[left:]))
        if sum(len(block) for _, block in padding) > _LONGEST_PADDING:
            yield from padding
            yield from blocks
            return


def _blocks(packets: Iterable[Any]) -> Iterator[Sound]:
    """Yield the rate and ``frames×channels`` in the codec's own kind of sample.

    FFmpeg's queue joins frames first: a packet of a few bytes can be a frame of a few samples, and
    converting each alone would be slow.
    """
    queue: Any = None
    queue_kind: tuple[Any, ...] = ()
    for frame in _frames(packets):
        channels = frame.layout.nb_channels
        # The queue itself does not compare the number of channels.
        kind = (channels, frame.sample_rate, frame.format.name)
        if kind != queue_kind:
            if queue is not None:
                yield from _samples(queue.read())
            # It keeps a pointer into the channel layout of the first frame if that has a custom
            # order. And PyAV reads past the end of eight planes.
            is_safe = channels < _MAX_PLANES and _CUSTOM_ORDER not in frame.layout.name
            queue = load().AudioFifo() if is_safe else None
            queue_kind = kind
        if queue is None:
            yield from _samples(frame)
            continue
        frame.pts = None
        queue.write(frame)
        if queue.samples >= BLOCK // channels:
            yield from _samples(queue.read())
    if queue is not None:
        yield from _samples(queue.read())


def _frames(packets: Iterable[Any]) -> Iterator[Any]:
    """Yield the frames of packets; a last packet that was cut off is an error at the end."""
    is_cut = False

    def watched() -> Iterator[Any]:
        nonlocal is_cut
        for packet in packets:
            # A cut packet in the middle means only that one is missing, or that files were joined.
            is_cut = packet.is_corrupt if packet.size else is_cut
            yield packet

    for frame in decode_packets(watched()):
        _layout(frame)
        yield frame
    if is_cut:
        raise CorruptMediaError("the sound was cut off in its last packet")


def _layout(owner: Any) -> Any:
    """Return the channel layout of a codec or a frame.

    PyAV frees memory that belongs to FFmpeg when a layout with a custom order is deleted, so such a
    layout is kept forever.
    """
    layout = owner.layout
    if _CUSTOM_ORDER in layout.name:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return layout


def _samples(frame: Any) -> Iterator[Sound]:
    """Yield the samples of a frame with any number of channels; none of None, an empty queue."""
    if frame is None:
        return
    frames = [frame]
    if frame.format.is_planar and frame.layout.nb_channels >= _MAX_PLANES:
        if _CUSTOM_ORDER in frame.layout.name:
            raise MediaTypeError(
                f"sound in {frame.layout.name} cannot be decoded",
                remedy=(Remedy("do", value="use 7.1"),),
            )
        frames = load().AudioResampler(format=frame.format.packed.name).resample(frame)
    for each in frames:
        array = each.to_ndarray()
        is_planar = each.format.is_planar
        yield each.sample_rate, array.T if is_planar else array.reshape(-1, each.layout.nb_channels)
