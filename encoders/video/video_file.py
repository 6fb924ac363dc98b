"""A video file: what it says about itself, its frames, thumbnails and sound track."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any

from encoders import audio
from encoders.audio.pyav import (
    DEMUXERS,
    decode_packets,
    lacks,
    open_track,
    read_packets,
    stated_seconds,
)
from encoders.data_url import DataURL
from encoders.data_url.notebook import ShownInNotebook
from encoders.errors import CorruptMediaError, as_corrupt
from encoders.errors.reprs import ShortRepr
from encoders.limits import DEFAULT, Limits
from encoders.mime.claims import check_whole
from encoders.source import Memory
from encoders.video.writing import MAX_FPS

if TYPE_CHECKING:
    from PIL import Image

    from encoders.audio.samples import Sound
    from encoders.video.writing import Frame

# Seconds before a frame at which a key frame is looked for.
_SEEK_BACK = (0.0, 1.0, 5.0, 25.0)


@dataclass(frozen=True, slots=True, repr=False)
class Info(ShortRepr):
    """What a video file says about itself.

    ``width`` and ``height`` are in pixels, of the upright picture; ``duration`` is in seconds, and
    ``fps`` an average.
    """

    media_type: str
    width: int
    height: int
    duration: float
    fps: float
    frame_count: int
    has_audio: bool


@dataclass(frozen=True, slots=True, repr=False)
class Video(Info, ShownInNotebook):
    """A video file with what it says about itself.

    Attributes:
        data: the file's bytes.
        limits: the bounds under which it was decoded; they hold for each frame too.
    """

    data: bytes = field(repr=False)
    limits: Limits = field(default=DEFAULT, repr=False, compare=False)

    def frames(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[Frame]:
        """Yield frames as upright RGB arrays, ``H×W×3`` of uint8, one in memory at a time.

        Args:
            start: the first frame, counted from 0.
            stop: the frame to end before; None for the end.
            step: 2 yields every second frame, and so on.

        Raises:
            CorruptMediaError: a frame cannot be decoded.
            LimitError: a frame is larger than ``limits`` allow.
        """
        if start < 0 or step < 1 or (stop is not None and stop < 0):
            raise ValueError(f"frames({start}, {stop}, {step}): expected counts that go forward")
        return self._frames(start, stop, step)

    def thumbnail(self, at: float = 0.0) -> Image.Image:
        """Return the frame that is shown at ``at`` seconds, or the last one, as a picture.

        Raises:
            CorruptMediaError: it cannot be decoded.
            LimitError: it is larger than ``limits`` allow.
        """
        import numpy  # noqa: F401  # before Pillow, as in `encoders.image`
        from PIL import Image

        array = self._counted_frame(at)
        # In some containers FFmpeg seeks by guessing: it may land after the frame, or in a packet.
        for back in _SEEK_BACK:
            if array is None and back < at:
                with suppress(CorruptMediaError):
                    array = self._frame_at(at, back)
        if array is None:
            array = self._frame_at(at, None)
        if array is None:
            raise CorruptMediaError(f"the video has no frame at {at} s")
        return Image.fromarray(array)

    def audio(self, **options: Any) -> Sound:
        """Return the sound track as `audio.decode` does, whose options these are.

        ``limits`` are the video's own by default.

        Raises:
            MediaTypeError: there is none.
        """
        options = {"limits": self.limits, **options}
        return audio.decode(DataURL(self.media_type, self.data), **options)

    def _frame_at(self, at: float, back: float | None) -> Frame | None:
        """Return the frame that is shown at ``at`` seconds, or None if that cannot be told.

        Frames are decoded from a key frame at ``back`` seconds before, or from the beginning.
        """
        with _open(self.data, self.media_type, self.limits) as (container, stream):
            frames = decode_packets(container.demux(stream))
            first = next(frames, None)
            if first is None:
                return None
            begin = first.time or 0.0
            shown = first if back is None else None
            if back is not None:
                with suppress(OSError):  # not every container can be sought in
                    container.seek(int((begin + at - back) / stream.time_base), stream=stream)
                    frames = decode_packets(container.demux(stream))
                # Those before the first key frame need frames that were skipped.
                frames = dropwhile(lambda frame: not frame.key_frame, frames)
            for frame in frames:
                if frame.time is not None and frame.time > begin + at + 1e-6:
                    break
                shown = frame
            return None if shown is None else _upright(shown, self.limits)

    def _counted_frame(self, at: float) -> Frame | None:
        """Return the frame that is shown at ``at`` seconds, or None if frames have their own times.

        Frames without times are counted from the first one on: FFmpeg cannot seek to them.
        """
        if not lacks(self.media_type, "frame times"):
            return None
        with _open(self.data, self.media_type, self.limits) as (container, stream):
            packets = read_packets(container, stream)
            is_avi = DEMUXERS[self.media_type] == "avi"
            if packets.are_timed or (is_avi and not stream.codec_context.codec.reorder):
                return None
        if is_avi:  # where a recorder may have dropped frames
            count = max(bisect_right(packets.starts, packets.starts[0] + at + 1e-6), 1)
        else:
            count = int(max(at, 0.0) * self.fps + 1e-6) + 1
        with _open(self.data, self.media_type, self.limits) as (container, stream):
            last = deque(islice(decode_packets(container.demux(stream)), count), maxlen=1)
            return _upright(last[0], self.limits) if last else None

    def _frames(self, start: int, stop: int | None, step: int) -> Iterator[Frame]:
        with _open(self.data, self.media_type, self.limits) as (container, stream):
            stream.thread_type = "AUTO"
            for frame in islice(decode_packets(container.demux(stream)), start, stop, step):
                yield _upright(frame, self.limits)


def read(data: bytes, media_type: str, limits: Limits) -> Video:
    """Return the bytes of a video file as a `Video`. Errors are those of `video.decode`."""
    source = Memory(data, None)
    check_whole(source, media_type)
    with _open(data, media_type, limits) as (container, stream):
        _check_size(stream, limits)
        claimed = stream.frames
        length = stated_seconds(source, media_type, container, stream)
        has_audio = bool(container.streams.audio)
        rate = stream.average_rate or stream.guessed_rate
        packets = read_packets(container, stream)
        count = len(packets.starts)
        if not count:
            raise CorruptMediaError("the video has no frames")
        rate = rate if rate and rate < MAX_FPS else None
        seen = packets.seconds + (1 / float(rate) if rate else 0)
        # A length that only the file states covers all tracks: sound may outlast the picture.
        is_own = stream.duration and DEMUXERS[media_type] != "matroska"
        present = seen if is_own else max(seen, packets.all_seconds)
        is_short = bool(length) and present < 0.9 * length - 0.2
        is_cut = packets.count < claimed or (is_short and claimed in (0, packets.count))
        if is_cut and not lacks(media_type, "frame count"):
            raise CorruptMediaError(
                f"the video was cut off: it claims {length:.2f} s and {claimed or 'some'} frames, "
                f"and has {seen:.2f} s and {count}"
            )
    width, height = _upright_size(data, media_type, limits)
    length = length or (seen if rate else max(seen, packets.all_seconds))
    fps = float(rate) if rate else count / length if length else 0.0
    return Video(media_type, width, height, round(length, 6), fps, count, has_audio, data, limits)


@contextmanager
def _open(data: bytes, media_type: str, limits: Limits) -> Iterator[tuple[Any, Any]]:
    with as_corrupt("video"), open_track(io.BytesIO(data), media_type, "video", limits) as opened:
        yield opened


def _upright_size(data: bytes, media_type: str, limits: Limits) -> tuple[int, int]:
    """Return width and height of the first frame, which may differ from what its track says."""
    with _open(data, media_type, limits) as (container, stream):
        frame = next(decode_packets(container.demux(stream)), None)
        if frame is None:
            raise CorruptMediaError("the video has no frame that can be decoded")
        _check_size(frame, limits)
        is_on_its_side = _quarter_turns(frame) % 2
        return (frame.height, frame.width) if is_on_its_side else (frame.width, frame.height)


def _check_size(picture: Any, limits: Limits) -> None:
    limits.check("max_pixels", picture.width * picture.height, "pixels in a video frame")


def _quarter_turns(frame: Any) -> int:
    """Return how many quarter turns to the left make a frame upright; other angles are ignored."""
    turns, rest = divmod(round(frame.rotation), 90)
    return 0 if rest else turns


def _upright(frame: Any, limits: Limits) -> Frame:
    import numpy as np

    _check_size(frame, limits)
    return np.ascontiguousarray(
        np.rot90(frame.to_ndarray(format="rgb24"), _quarter_turns(frame)), np.uint8
    )
