"""Only FFmpeg's decoders for the documented formats are opened."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from encoders import MediaTypeError, audio, file, inspect, video
from encoders.audio import pyav
from encoders.limits import DEFAULT

av = pytest.importorskip("av")


def clip(codec: str, container: str = "avi") -> bytes:
    """Return ten frames, encoded with a codec."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        track: Any = output.add_stream(codec, rate=Fraction(10))
        track.width = track.height = 64
        track.pix_fmt = (
            track.codec.video_formats[0].name if track.codec.video_formats else "yuv420p"
        )
        for shade in range(10):
            picture = np.full((64, 64, 3), 20 * shade, np.uint8)
            output.mux(track.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(track.encode())
    return buffer.getvalue()


@pytest.mark.parametrize("codec", ["asv1", "utvideo", "ffvhuff", "magicyuv"])
def test_decoder_of_no_documented_format_is_not_opened(codec: str) -> None:
    data = clip(codec)

    for use in (inspect, lambda data: video.decode(file.encode(data))):
        with pytest.raises(MediaTypeError, match=f"coded as {codec}, which is not decoded here"):
            use(data)


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg", "ffv1", "png", "rawvideo"])
def test_decoders_of_the_documented_formats_are_opened(codec: str) -> None:
    assert inspect(clip(codec)).details["frame_count"] == 10


def test_ffmpeg_itself_enforces_the_list_of_decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    data = clip("mpeg4")
    with pyav.open_track(io.BytesIO(data), "video/x-msvideo", "video", DEFAULT) as (_, track):
        assert "mpeg4" in track.codec_context.options["codec_whitelist"].split(",")
        track.codec_context.options = {"codec_whitelist": "h264"}
        with pytest.raises(av.error.FFmpegError):
            track.codec_context.open()


def test_every_decoder_exists_in_ffmpeg() -> None:
    known = set(av.codecs_available)
    assert [name for name in pyav.DECODERS if name not in known] in ([], ["libspeex"])
    assert len(set(pyav.DECODERS)) == len(pyav.DECODERS) < 90


def test_error_for_a_sound_track_of_another_codec_names_it() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as output:
        track = output.add_stream("tta", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), "s16", "mono")
        frame.sample_rate = 48000
        output.mux(track.encode(frame))
        output.mux(track.encode())
    with pytest.raises(MediaTypeError, match="coded as tta, which is not decoded here"):
        audio.decode(file.encode(buffer.getvalue()))
