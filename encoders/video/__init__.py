"""Video to and from data URLs, with PyAV (the extra ``video``).

What is written plays in every browser: H.264 in yuv420p with AAC in MP4, or VP9 with Opus in WebM.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, islice
from numbers import Rational, Real
from typing import TYPE_CHECKING, Any, Literal, cast

from encoders import audio as audio_codec
from encoders import mime
from encoders.audio.samples import Wanted, as_dtype
from encoders.audio.sound_reader import read as read_sound
from encoders.data_url import DataURL, parse
from encoders.errors import CorruptMediaError, EncodersError, MediaTypeError, as_corrupt, clip_value
from encoders.limits import DEFAULT, Limits
from encoders.mime.label import check_label
from encoders.mime.whole import check_whole
from encoders.pyav import DEMUXERS, NoTrackError, decoded, demuxed, load, packets_of, stated_seconds
from encoders.source import Memory, Source, SourceLike, open_source, to_data_url

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

    Frames = npt.NDArray[np.uint8] | Iterable[npt.NDArray[np.uint8] | Image.Image]

Format = Literal["mp4", "webm"]


@dataclass(frozen=True, slots=True)
class _Writer:
    """What FFmpeg needs to know to write one format."""

    media_type: str
    video: str
    audio: str
    options: dict[str, str]


_WRITERS = {
    "mp4": _Writer("video/mp4", "libx264", "aac", {"preset": "veryfast"}),
    "webm": _Writer(
        "video/webm",
        "libvpx-vp9",
        "libopus",
        {"b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"},
    ),
}
FORMATS = tuple(_WRITERS)
MEDIA_TYPES = tuple(known for known in DEMUXERS if known.startswith("video/"))

# 0 to 100 on either codec's own scale of constant quality, which runs the other way.
_QUALITY = {"mp4": (51, 0, 23), "webm": (63, 0, 31)}
_SLOWEST, _FASTEST = 0.001, 1000
# What their headers claim of frames and time is no more than a hint.
_UNRELIABLE = ("video/x-msvideo", "video/x-ms-asf", "audio/x-ms-wma")
_BACK = (0.0, 1.0, 5.0, 25.0)  # seconds before a frame at which a key frame is looked for
_WITHOUT_TIMES = ("video/mp2t", "video/mpeg", "video/x-msvideo")  # for some frames, or for all
# Sound alone has no type of its own in these.
_ALONE = (*_WITHOUT_TIMES, "video/x-flv")
_TURNS = {90: 1, 180: 2, 270: 3}


@dataclass(frozen=True, slots=True)
class Video:
    """A video file with what its head tells.

    Attributes:
        data: the file's bytes.
        media_type: what the content is.
        width, height: in pixels, of the upright picture.
        duration: in seconds.
        fps: frames a second, on average.
        frame_count: how many frames there are.
        has_audio: whether there is a sound track.
        limits: the bounds that it was decoded under; they hold for each frame too.
    """

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int
    duration: float
    fps: float
    frame_count: int
    has_audio: bool
    limits: Limits = field(default=DEFAULT, repr=False, compare=False)

    def frames(
        self, start: int = 0, stop: int | None = None, step: int = 1
    ) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield frames as upright RGB arrays, ``H×W×3`` of uint8, one in memory at a time.

        Args:
            start: the first frame, counted from 0.
            stop: the frame to end before; None for the end.
            step: take every so many.

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

        until = self._counted(at)
        if until is not None:
            with _track(self.data, self.media_type, self.limits) as (container, stream):
                frames = islice(decoded(container.demux(stream)), until)
                for frame in deque(frames, maxlen=1):
                    return Image.fromarray(_upright(frame, self.limits))
        # Some containers are sought in by guessing, and may be entered behind the frame, or within
        # a packet.
        for back in _BACK:
            if back < at:
                with suppress(CorruptMediaError), self._shown(at, back) as frame:
                    if frame is not None:
                        return Image.fromarray(_upright(frame, self.limits))
        with self._shown(at, None) as frame:
            if frame is not None:
                return Image.fromarray(_upright(frame, self.limits))
        raise CorruptMediaError(f"the video has no frame at {at} s")

    def audio(self, **options: Any) -> tuple[int, npt.NDArray[Any]]:
        """Return the sound track as `audio.decode` does, whose options these are.

        ``limits`` are the video's own by default.

        Raises:
            MediaTypeError: there is none.
        """
        options = {"limits": self.limits, **options}
        return audio_codec.decode(DataURL(self.media_type, self.data), **options)

    @contextmanager
    def _shown(self, at: float, back: float | None) -> Iterator[Any]:
        """Give the frame that is shown at ``at`` seconds, or None if it cannot be told from there.

        Frames are decoded from a key frame at ``back`` seconds before, or from the beginning.
        """
        with _track(self.data, self.media_type, self.limits) as (container, stream):
            frames = decoded(container.demux(stream))
            first = next(frames, None)
            begin = first.time or 0.0 if first is not None else 0.0
            if back is None:
                frames = chain([first] if first is not None else [], frames)
            else:
                with suppress(OSError):  # not every container can be sought in
                    container.seek(int((begin + at - back) / stream.time_base), stream=stream)
                    frames = decoded(container.demux(stream))
            yield _shown_at(frames, begin + at, is_sought=back is not None)

    def _counted(self, at: float) -> int | None:
        """Return how many frames begin until ``at`` seconds, None if each has its own time.

        Frames without one are counted, from the first one on: they cannot be sought.
        """
        if self.media_type not in _WITHOUT_TIMES:
            return None
        with _track(self.data, self.media_type, self.limits) as (container, stream):
            packets = packets_of(container, stream)
            is_avi = self.media_type == "video/x-msvideo"
            if packets.are_timed or (is_avi and not stream.codec_context.codec.reorder):
                return None
        if is_avi:  # where a recorder may have dropped frames
            return max(bisect_right(packets.starts, packets.starts[0] + at + 1e-6), 1)
        return int(max(at, 0.0) * self.fps + 1e-6) + 1

    def _frames(self, start: int, stop: int | None, step: int) -> Iterator[npt.NDArray[np.uint8]]:
        with (
            as_corrupt("video"),
            demuxed(io.BytesIO(self.data), self.media_type, "video", self.limits) as opened,
        ):
            container, stream = opened
            stream.thread_type = "AUTO"
            for frame in islice(decoded(container.demux(stream)), start, stop, step):
                yield _upright(frame, self.limits)


def encode(
    source: SourceLike | Video | Frames,
    *,
    format: Format | None = None,
    fps: float | Fraction | None = None,
    audio: tuple[int, npt.NDArray[Any]] | None = None,
    quality: int | None = None,
    name: str | None = None,
    limits: Limits = DEFAULT,
) -> str:
    """Return a video as a base64 data URL.

    A video file passes through byte for byte where no option asks for another.

    Args:
        source: a path, bytes, a binary file, a data URL, a `Video`; or frames, as one
            ``N×H×W×3`` uint8 array or an iterable of ``H×W×3`` uint8 arrays or PIL images. An odd
            last row or column is doubled, since yuv420p needs even sizes.
        format: "mp4" (default for frames) or "webm".
        fps: frames a second; needed with frames, and only there.
        audio: a sound track as ``(sample_rate, samples)``, for frames.
        quality: 0 to 100; the default is the codec's own (CRF 23 or 31).
        name: a file name that overrides the source's own.
        limits: bounds on what is decoded on the way.

    Raises:
        MediaTypeError: ``source`` is no video, or the frames are not all of one size and kind.
        CorruptMediaError: it has to be decoded and cannot be.
        MissingDependencyError: it has to be decoded or encoded and PyAV is not there.

    >>> import numpy as np
    >>> encode(np.zeros((3, 16, 16, 3), np.uint8), fps=25)[:22]
    'data:video/mp4;base64,'
    """
    writer = _writer(format or "mp4", quality)
    if _is_frames(source):
        if fps is None:
            raise TypeError("frames need fps, the number of frames a second, such as fps=25")
        sound = audio_codec.checked(*audio) if audio else None
        return _write(_pictures(cast("Frames", source)), _rate(fps), sound, writer, quality)
    if fps is not None or audio is not None:
        raise TypeError("fps and audio go with frames; a video file has its own")
    if isinstance(source, Video):
        source = source.data
    with open_source(cast(SourceLike, source), name) as opened:
        media_type = _video_type(opened)
        if quality is None and (format is None or writer.media_type == media_type):
            return opened.data_url(media_type)
        opened.check(limits)
        video = _described(bytes(opened.read()), media_type, limits)
        wanted = Wanted("float32", counted=4)
        sound = read_sound(video.data, media_type, wanted, limits) if video.has_audio else None
        # What a lossy codec gives back may pass full scale a little, through no fault of its own.
        sound = audio_codec.checked(*sound, clip=True) if sound else None
        rate = Fraction(video.fps or 25).limit_denominator(1001)
        return _write(video.frames(), rate, sound, writer, quality)


def decode(url: str | DataURL, *, strict: bool = False, limits: Limits = DEFAULT) -> Video:
    """Return the video in a data URL. Its frames are decoded when they are asked for.

    Args:
        url: a data URL; its content decides, not its label.
        strict: refuse a label that is not the content's type, and what `data_url.parse` forgives.
        limits: bounds (``max_bytes``, ``max_pixels``).

    Raises:
        DataURLError: ``url`` is no data URL.
        MediaTypeError: the content is no video.
        CorruptMediaError: its head cannot be read, or its end is missing.
        LimitError: it is larger than ``limits`` allow.
        MissingDependencyError: PyAV is not there.

    >>> import numpy as np
    >>> decode(encode(np.zeros((3, 17, 16, 3), np.uint8), fps=25))
    Video(media_type='video/mp4', width=16, height=18, duration=0.12, fps=25.0, frame_count=3,
          has_audio=False)
    """
    parsed = parse(url, strict=strict, max_bytes=limits.max_bytes)
    with open_source(parsed) as source:
        media_type = _video_type(source)
    if strict:
        check_label(parsed.media_type, media_type)
    return _described(parsed.data, media_type, limits)


def describe(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Video:
    """Return a video file as a `Video`. Errors are those of `decode`."""
    with open_source(source) as opened:
        media_type = _video_type(opened)
        return _described(bytes(opened.read()), media_type, limits)


def accepts(value: object) -> bool:
    """Tell whether ``value`` is a `Video`.

    >>> accepts(b"")
    False
    """
    return isinstance(value, Video)


def may_have_picture(source: Source) -> bool:
    """Tell whether a video file is one, or holds sound alone under the only type that there is."""
    media_type = mime.detect(source)
    if media_type not in _ALONE:
        return True
    try:
        with demuxed(source.open(), media_type, "video", DEFAULT):
            return True
    except NoTrackError:
        return False
    except Exception:  # whatever FFmpeg says of it, whoever reads the video will say why
        return True


def _writer(format: str, quality: int | None) -> _Writer:
    if format not in _WRITERS:
        raise ValueError(f"format={clip_value(format)} is not one of {', '.join(FORMATS)}")
    if quality is not None and not 0 <= quality <= 100:
        raise ValueError(f"quality={quality} is not from 0 to 100")
    return _WRITERS[format]


def _is_frames(source: object) -> bool:
    # A memoryview has a shape too, and is bytes.
    if isinstance(source, str | bytes | bytearray | memoryview | Video | DataURL):
        return False
    return hasattr(source, "shape") or (hasattr(source, "__iter__") and not hasattr(source, "read"))


def _rate(fps: float | Fraction) -> Fraction:
    if not isinstance(fps, Real):
        raise TypeError(f"fps is a {type(fps).__name__}: expected a number of frames a second")
    if not _SLOWEST <= fps <= _FASTEST:
        raise ValueError(f"fps={fps} is not from {_SLOWEST} to {_FASTEST}")
    exact = fps if isinstance(fps, Rational) else float(fps)
    return Fraction(exact).limit_denominator(65535)


def _video_type(source: Source) -> str:
    media_type = mime.detect(source)
    if mime.kind(media_type) != "video":
        raise MediaTypeError(
            f"this is {media_type}, not a video: expected mp4, webm, mov, mkv, avi or ogv"
        )
    return media_type


@contextmanager
def _track(data: bytes, media_type: str, limits: Limits) -> Iterator[tuple[Any, Any]]:
    with as_corrupt("video"), demuxed(io.BytesIO(data), media_type, "video", limits) as opened:
        yield opened


def _described(data: bytes, media_type: str, limits: Limits) -> Video:
    source = Memory(data, None)
    check_whole(source, media_type)
    with _track(data, media_type, limits) as (container, stream):
        _check_size(stream, limits)
        claimed = stream.frames
        length = stated_seconds(source, media_type, container, stream)
        has_audio = bool(container.streams.audio)
        rate = stream.average_rate or stream.guessed_rate
        packets = packets_of(container, stream)
        count = len(packets.starts)
        if not count:
            raise CorruptMediaError("the video has no frames")
        rate = rate if rate and rate < _FASTEST else None
        seen = packets.seen + (1 / float(rate) if rate else 0)
        # A length that only the file states covers all tracks: sound may outlast the picture.
        is_own = stream.duration and DEMUXERS[media_type] != "matroska"
        held = seen if is_own else max(seen, packets.length)
        is_short = bool(length) and held < 0.9 * length - 0.2
        is_cut = packets.count < claimed or (is_short and claimed in (0, packets.count))
        if is_cut and media_type not in _UNRELIABLE:
            raise CorruptMediaError(
                f"the video was cut off: it claims {length:.2f} s and {claimed or 'some'} frames, "
                f"and has {seen:.2f} s and {count}"
            )
    with _track(data, media_type, limits) as (container, stream):
        first = next(decoded(container.demux(stream)), None)
        if first is None:
            raise CorruptMediaError("the video has no frame that can be decoded")
        _check_size(first, limits)
        width, height = first.width, first.height
        if round(first.rotation) % 180:
            width, height = height, width
    length = length or (seen if rate else max(seen, packets.length))
    fps = float(rate) if rate else count / length if length else 0.0
    return Video(data, media_type, width, height, round(length, 6), fps, count, has_audio, limits)


def _shown_at(frames: Iterator[Any], time: float, *, is_sought: bool) -> Any:
    """Return the last frame that starts by a time; None if it may stand before these frames.

    Behind a place that was sought, frames that stand before a key frame lack others: they are left
    out.
    """
    shown = None
    for frame in frames:
        if shown is None and is_sought and not frame.key_frame:
            continue
        if frame.time is not None and frame.time > time + 1e-6 and (shown or is_sought):
            break
        shown = frame
    return shown


def _check_size(picture: Any, limits: Limits) -> None:
    limits.check("max_pixels", picture.width * picture.height, "pixels in a video frame")


def _upright(frame: Any, limits: Limits) -> npt.NDArray[np.uint8]:
    import numpy as np

    _check_size(frame, limits)
    array = frame.to_ndarray(format="rgb24")
    turns = _TURNS.get(round(frame.rotation) % 360, 0)
    return cast(
        "npt.NDArray[np.uint8]", np.ascontiguousarray(np.rot90(array, turns)) if turns else array
    )


def _pictures(frames: Frames) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield frames that are all ``H×W×3`` of one size, or say which one is not."""
    import numpy as np

    shape: tuple[int, ...] | None = None
    for index, frame in enumerate(frames):
        if hasattr(frame, "getbands"):
            frame = np.asarray(cast("Image.Image", frame).convert("RGB"))
        array = np.asarray(frame)
        if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8 or not array.size:
            raise MediaTypeError(
                f"frame {index} has shape {array.shape} and dtype {array.dtype}: "
                "expected H×W×3 of uint8"
            )
        shape = shape or array.shape
        if array.shape != shape:
            raise MediaTypeError(f"frame {index} has shape {array.shape}, the first has {shape}")
        yield array


def _write(
    frames: Iterator[npt.NDArray[np.uint8]],
    fps: Fraction,
    sound: tuple[int, npt.NDArray[Any]] | None,
    writer: _Writer,
    quality: int | None,
) -> str:
    first = next(frames, None)
    if first is None:
        raise MediaTypeError("there are no frames: a video needs at least one")
    buffer = io.BytesIO()
    container = _muxer(buffer, writer)
    try:
        with _encodable(first, fps):
            picture = _video_track(container, writer, first, fps, quality)
            track = _sound_track(container, writer, sound) if sound else None
        # Outside of `_encodable`, so that an error of the caller's own iterator stays what it is.
        for frame in chain([first], frames):
            with _encodable(first, fps):
                _mux_frame(container, picture, frame)
        with _encodable(first, fps):
            container.mux(picture.encode())
            if track and sound:
                _mux_sound(container, track, *sound)
            container.close()
    finally:
        with suppress(OSError, ValueError, RuntimeError):
            container.close()
    return to_data_url(buffer.getbuffer(), writer.media_type)


@contextmanager
def _encodable(first: npt.NDArray[np.uint8], fps: Fraction) -> Iterator[None]:
    try:
        yield
    except EncodersError:
        raise
    except Exception as error:
        raise MediaTypeError(
            f"{first.shape[1]}×{first.shape[0]} at {float(fps):g} fps cannot be encoded: {error}"
        ) from error


def _muxer(buffer: io.BytesIO, writer: _Writer) -> Any:
    """Open ``buffer`` to be written; MP4's index goes to the front, so that playing starts at once.

    For that FFmpeg reads its own output again through a second handle.
    """

    def reopen(_url: str, _flags: int, _options: object) -> Any:
        return _Rereader(buffer)

    form = writer.media_type.partition("/")[2]
    if form != "mp4":
        return load().open(buffer, "w", format=form)
    return load().open(buffer, "w", format=form, io_open=reopen, options={"movflags": "+faststart"})


class _Rereader:
    """A buffer's content from a position of its own."""

    def __init__(self, buffer: io.BytesIO) -> None:
        self.buffer = buffer
        self.position = 0

    def read(self, size: int) -> bytes:
        data = bytes(self.buffer.getbuffer()[self.position : self.position + size])
        self.position += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self.position, self.buffer.getbuffer().nbytes)[whence]
        self.position = base + offset
        return self.position

    def tell(self) -> int:
        return self.position

    def close(self) -> None:
        """Leave the buffer to its owner."""


def _video_track(
    container: Any,
    writer: _Writer,
    first: npt.NDArray[np.uint8],
    fps: Fraction,
    quality: int | None,
) -> Any:
    form = writer.media_type.partition("/")[2]
    worst, best, usual = _QUALITY[form]
    crf = usual if quality is None else round(worst + (best - worst) * quality / 100)
    stream = container.add_stream(
        writer.video, rate=fps.limit_denominator(65535), options={**writer.options, "crf": str(crf)}
    )
    height, width = first.shape[:2]
    stream.width, stream.height = width + width % 2, height + height % 2
    stream.pix_fmt = "yuv420p"
    return stream


def _mux_frame(container: Any, stream: Any, array: npt.NDArray[np.uint8]) -> None:
    import numpy as np

    odd = ((0, array.shape[0] % 2), (0, array.shape[1] % 2), (0, 0))
    even = np.pad(array, odd, "edge") if any(map(any, odd)) else np.ascontiguousarray(array)
    container.mux(stream.encode(load().VideoFrame.from_ndarray(even, format="rgb24")))


def _sound_track(container: Any, writer: _Writer, sound: tuple[int, npt.NDArray[Any]]) -> Any:
    rate = 48000 if writer.audio == "libopus" else sound[0]
    channels = sound[1].shape[1] if sound[1].ndim == 2 else 1
    if channels > 2:
        raise MediaTypeError(f"a sound track of {channels} channels: expected one or two")
    return container.add_stream(
        writer.audio, rate=rate, layout="stereo" if channels == 2 else "mono"
    )


def _mux_sound(container: Any, track: Any, rate: int, samples: npt.NDArray[Any]) -> None:
    import numpy as np

    packed = np.ascontiguousarray(as_dtype(samples, "float32")).reshape(1, -1)
    frame = load().AudioFrame.from_ndarray(packed, format="flt", layout=track.layout.name)
    frame.sample_rate, frame.pts = rate, 0
    frame.time_base = Fraction(1, rate)
    container.mux(track.encode(frame))
    container.mux(track.encode())
