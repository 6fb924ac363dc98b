"""Frames and a sound track to a video file, in each format that can be written: one table."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from numbers import Rational, Real
from typing import TYPE_CHECKING, Any, cast

from encoders.audio.pyav import load
from encoders.audio.samples import to_dtype
from encoders.errors import EncodersError, MediaTypeError, clip_value
from encoders.mime.table import essence
from encoders.source import to_data_url

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

    from encoders.audio.samples import Sound

    Frame = npt.NDArray[np.uint8]  # H×W×3
    Frames = Frame | Iterable[Frame | Image.Image]

MAX_FPS = 1000
_MIN_FPS = 0.001


@dataclass(frozen=True, slots=True)
class Writer:
    """What FFmpeg needs to write one format.

    Attributes:
        container: FFmpeg's name for the muxer.
        video, audio: FFmpeg's names for the encoders.
        crf: the constant rate factor of quality 1, the default one, and that of quality 100.
        options: for the encoder of the picture.
        sound_rate: the rate in Hz that the encoder of the sound needs; None for any.
        muxer: options of the muxer.
    """

    container: str
    video: str
    audio: str
    crf: tuple[int, int, int]
    options: dict[str, str]
    sound_rate: int | None = None
    muxer: dict[str, str] = field(default_factory=dict)


WRITERS = {
    "mp4": Writer(
        *("mp4", "libx264", "aac"),
        crf=(51, 23, 0),
        options={"preset": "veryfast"},
        muxer={"movflags": "+faststart"},  # the index at the front, so that playing starts early
    ),
    "webm": Writer(
        *("webm", "libvpx-vp9", "libopus"),
        crf=(63, 31, 0),
        options={"b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"},
        sound_rate=48000,
    ),
}


def writer_for(format: str, quality: int | None) -> Writer:
    """Return the row of a format, after checking ``quality``.

    Raises:
        ValueError: there is no such format, or no such quality.
    """
    if format not in WRITERS:
        raise ValueError(f"format={clip_value(format)} is not one of {', '.join(WRITERS)}")
    if quality is not None and not 1 <= quality <= 100:
        raise ValueError(f"quality={quality} is not from 1 to 100")
    return WRITERS[format]


def check_fps(fps: float | Fraction) -> Fraction:
    """Return frames a second as a fraction that containers can hold.

    Raises:
        TypeError: it is no number.
        ValueError: no video has that many or that few.
    """
    if not isinstance(fps, Real):
        raise TypeError(f"fps is a {type(fps).__name__}: expected a number of frames a second")
    if not _MIN_FPS <= fps <= MAX_FPS:
        raise ValueError(f"fps={fps} is not from {_MIN_FPS} to {MAX_FPS}")
    exact = fps if isinstance(fps, Rational) else float(fps)
    return Fraction(exact).limit_denominator(65535)


def check_frames(frames: Frames) -> Iterator[Frame]:
    """Yield frames as ``H×W×3`` of uint8, all of one size.

    Raises:
        MediaTypeError: one of them is not; the text says which one.
    """
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


def write(
    frames: Iterator[Frame],
    fps: Fraction,
    sound: Sound | None,
    writer: Writer,
    quality: int | None,
) -> str:
    """Return frames and a sound track, that have been checked, as a data URL."""
    first = next(frames, None)
    if first is None:
        raise MediaTypeError("there are no frames: a video needs at least one")
    buffer = io.BytesIO()
    container = load().open(
        buffer,
        "w",
        format=writer.container,
        options=writer.muxer,
        # To put an index at the front, FFmpeg reads its own output again.
        io_open=lambda *_: io.BytesIO(buffer.getvalue()),
    )
    try:
        with _encoding_errors(first, fps):
            picture = _video_track(container, writer, first, fps, quality)
            track = _sound_track(container, writer, sound) if sound else None
        # An error of the caller's own iterator stays what it is, so this loop is outside.
        for frame in chain([first], frames):
            with _encoding_errors(first, fps):
                _mux_frame(container, picture, frame)
        with _encoding_errors(first, fps):
            container.mux(picture.encode())
            if track and sound:
                _mux_sound(container, track, *sound)
            container.close()
    finally:
        with suppress(OSError, ValueError, RuntimeError):
            container.close()
    return to_data_url(buffer.getbuffer(), essence(writer.container))


@contextmanager
def _encoding_errors(first: Frame, fps: Fraction) -> Iterator[None]:
    try:
        yield
    except EncodersError:
        raise
    except Exception as error:
        raise MediaTypeError(
            f"{first.shape[1]}×{first.shape[0]} at {float(fps):g} fps cannot be encoded: {error}"
        ) from error


def _video_track(
    container: Any, writer: Writer, first: Frame, fps: Fraction, quality: int | None
) -> Any:
    worst, crf, best = writer.crf
    if quality is not None:
        crf = round(worst + (best - worst) * (quality - 1) / 99)
    options = {**writer.options, "crf": str(crf)}
    stream = container.add_stream(writer.video, rate=fps, options=options)
    height, width = first.shape[:2]
    stream.width, stream.height = width + width % 2, height + height % 2
    stream.pix_fmt = "yuv420p"
    return stream


def _mux_frame(container: Any, stream: Any, array: Frame) -> None:
    import numpy as np

    odd = ((0, array.shape[0] % 2), (0, array.shape[1] % 2), (0, 0))
    even = np.pad(array, odd, "edge") if any(map(any, odd)) else np.ascontiguousarray(array)
    container.mux(stream.encode(load().VideoFrame.from_ndarray(even, format="rgb24")))


def _sound_track(container: Any, writer: Writer, sound: Sound) -> Any:
    rate = writer.sound_rate or sound[0]
    channels = sound[1].shape[1]
    if channels > 2:
        raise MediaTypeError(f"a sound track of {channels} channels: expected one or two")
    return container.add_stream(
        writer.audio, rate=rate, layout="stereo" if channels == 2 else "mono"
    )


def _mux_sound(container: Any, track: Any, rate: int, samples: npt.NDArray[Any]) -> None:
    import numpy as np

    packed = np.ascontiguousarray(to_dtype(samples, "float32")).reshape(1, -1)
    frame = load().AudioFrame.from_ndarray(packed, format="flt", layout=track.layout.name)
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    container.mux(track.encode(frame))
    container.mux(track.encode())
