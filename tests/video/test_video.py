"""Encoding and decoding videos; broken videos are errors."""

from __future__ import annotations

import io
import math
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from types import GeneratorType
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from encoders import video
from encoders.data_url import DataURL
from encoders.errors import CorruptMediaError, EncodersError, LimitError, MediaTypeError
from encoders.limits import Limits
from tests.paths import FIXTURES

VIDEOS = FIXTURES / "video"
HOSTILE = FIXTURES / "hostile"
MEDIA_TYPES = {
    "clip.mp4": "video/mp4",
    "tail.mp4": "video/mp4",
    "clip.webm": "video/webm",
    "clip.mkv": "video/matroska",
    "clip.mov": "video/quicktime",
    "clip.avi": "video/x-msvideo",
    "clip.ogv": "video/ogg",
}
MIN_PSNR = 28.0
BROKEN = ["truncated.mp4", "truncated.webm", "no-moov.mp4", "header-only.mp4", "header-only.webm"]
BROKEN += ["future.webm"]


def scene(count: int = 10, height: int = 48, width: int = 64) -> npt.NDArray[np.uint8]:
    """Return gray gradients, each frame brighter than the one before."""
    ramp = np.linspace(0, 120, width)[None, :] + np.linspace(0, 40, height)[:, None]
    steps = np.arange(count)[:, None, None] * (90 / count)
    return np.repeat((ramp[None] + steps)[..., None], 3, axis=3).astype(np.uint8)


def psnr(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    error = float(np.mean((one.astype(float) - other.astype(float)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def tone(rate: int, seconds: float) -> npt.NDArray[np.int16]:
    turns = 2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate
    samples: npt.NDArray[np.int16] = np.rint(np.sin(turns) * 16000).astype(np.int16)
    return samples


def pitch(rate: int, samples: npt.NDArray[Any]) -> float:
    mono = (samples if samples.ndim == 1 else samples.mean(axis=1)).astype(float)
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    return float(spectrum.argmax() * rate / len(mono))


def data_url_of(path: Path, media_type: str) -> str:
    return str(DataURL(media_type, path.read_bytes()))


def decode_fixture(name: str) -> video.Video:
    return video.decode(data_url_of(VIDEOS / name, "video/mp4"))


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_video_file_is_encoded_unchanged(name: str, way: Callable[[Path], Any]) -> None:
    url = video.encode(way(VIDEOS / name))
    assert url == data_url_of(VIDEOS / name, MEDIA_TYPES[name])


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_data_url_and_decoded_video_encode_to_the_same_string(name: str) -> None:
    url = data_url_of(VIDEOS / name, MEDIA_TYPES[name])
    assert video.encode(url) == url
    assert video.encode(video.decode(url)) == url


def test_wrong_media_type_is_corrected() -> None:
    url = data_url_of(VIDEOS / "clip.webm", "video/mp4")
    assert video.encode(url).startswith("data:video/webm;base64,")


@pytest.mark.parametrize(("name", "format"), [("clip.mp4", "mp4"), ("clip.webm", "webm")])
def test_file_of_the_requested_format_is_encoded_unchanged(name: str, format: video.Format) -> None:
    assert video.encode(VIDEOS / name, format=format) == video.encode(VIDEOS / name)


@pytest.mark.parametrize("format", video.FORMATS)
@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_conversion_keeps_picture_and_sound(name: str, format: video.Format) -> None:
    before = decode_fixture(name)
    after = video.decode(video.encode(VIDEOS / name, format=format))
    assert after.media_type == f"video/{format}"
    assert (after.width, after.height, after.fps) == (before.width, before.height, before.fps)
    assert (after.frame_count, after.has_audio) == (before.frame_count, True)
    pairs = zip(before.frames(), after.frames(), strict=True)
    assert min(psnr(one, other) for one, other in pairs) > MIN_PSNR


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_decoded_video_has_size_duration_and_sound(name: str) -> None:
    decoded = decode_fixture(name)
    assert decoded.media_type == MEDIA_TYPES[name]
    assert (decoded.width, decoded.height, decoded.fps, decoded.frame_count) == (160, 120, 25.0, 25)
    assert decoded.duration == pytest.approx(1.0, abs=0.02)
    assert decoded.has_audio


def test_silent_video_has_no_sound() -> None:
    silent = decode_fixture("silent.mp4")
    assert not silent.has_audio
    with pytest.raises(MediaTypeError):
        silent.audio()


def test_frame_count_is_the_number_of_frames() -> None:
    for name in MEDIA_TYPES:
        assert sum(1 for _ in decode_fixture(name).frames()) == decode_fixture(name).frame_count


def test_repr_contains_no_bytes() -> None:
    assert len(repr(decode_fixture("clip.mp4"))) < 200


@pytest.mark.parametrize("format", video.FORMATS)
def test_encoded_frames_decode_to_similar_frames(format: video.Format) -> None:
    frames = scene()
    decoded = video.decode(video.encode(frames, fps=10, format=format))
    assert (decoded.width, decoded.height, decoded.fps, decoded.frame_count) == (64, 48, 10.0, 10)
    assert decoded.duration == pytest.approx(1.0, abs=0.02)
    pairs = list(zip(frames, decoded.frames(), strict=True))
    assert all(frame.shape == (48, 64, 3) and frame.dtype == np.uint8 for _, frame in pairs)
    assert min(psnr(one, other) for one, other in pairs) > MIN_PSNR


@pytest.mark.parametrize("format", video.FORMATS)
@pytest.mark.parametrize("size", [(47, 64), (48, 63), (47, 63), (1, 1)])
def test_odd_size_is_padded_with_its_edge(format: video.Format, size: tuple[int, int]) -> None:
    frames = scene(4, *size)
    decoded = video.decode(video.encode(frames, fps=10, format=format))
    height, width = size[0] + size[0] % 2, size[1] + size[1] % 2
    assert (decoded.height, decoded.width) == (height, width)
    grown = np.pad(frames, ((0, 0), (0, size[0] % 2), (0, size[1] % 2), (0, 0)), "edge")
    assert min(map(psnr, grown, decoded.frames())) > MIN_PSNR


def test_pictures_arrays_and_generators_encode_to_the_same() -> None:
    frames = scene(4)
    url = video.encode(frames, fps=10)
    assert video.encode([Image.fromarray(frame) for frame in frames], fps=10) == url
    assert video.encode((frame for frame in frames), fps=10) == url


def test_fractional_frame_rate_is_kept() -> None:
    decoded = video.decode(video.encode(scene(4), fps=30000 / 1001))
    assert decoded.fps == pytest.approx(30000 / 1001, abs=1e-6)


def test_higher_quality_is_larger() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (4, 48, 64, 3), np.uint8)
    low, high = (video.encode(noise, fps=10, quality=quality) for quality in (10, 90))
    assert len(low) < len(high)


@pytest.mark.parametrize("format", video.FORMATS)
def test_quality_is_1_to_100(format: video.Format) -> None:
    frames = scene(2)
    sizes = [len(video.encode(frames, fps=10, format=format, quality=q)) for q in (1, 50, 100)]
    assert sizes == sorted(sizes)
    for quality in (0, 101):
        with pytest.raises(ValueError, match="from 1 to 100"):
            video.encode(frames, fps=10, format=format, quality=quality)


@pytest.mark.parametrize("format", video.FORMATS)
@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_sound_is_encoded_with_frames(format: video.Format, rate: int) -> None:
    sound = (rate, tone(rate, 1.0))
    decoded = video.decode(video.encode(scene(), fps=10, format=format, audio=sound))
    decoded_rate, samples = decoded.audio()
    assert decoded.has_audio
    assert len(samples) / decoded_rate == pytest.approx(1.0, abs=0.15)
    assert pitch(decoded_rate, samples) == pytest.approx(440, abs=3)


def test_stereo_stays_stereo() -> None:
    sound = (48000, np.stack([tone(48000, 1.0), np.zeros(48000, np.int16)], axis=1))
    _, samples = video.decode(video.encode(scene(), fps=10, audio=sound)).audio()
    left, right = np.abs(samples.astype(float)).mean(axis=0)
    assert left > 100 * (right + 1)


def test_loud_sound_is_clipped_in_a_conversion() -> None:
    square = np.where(tone(48000, 1.0) > 0, 32767, -32768).astype(np.int16)
    url = video.encode(scene(25), fps=25, audio=(48000, square))
    assert np.abs(video.decode(url).audio(dtype="float32")[1]).max() > 1

    _, decoded = video.decode(video.encode(url, format="webm")).audio()

    assert decoded.max() > 30000


@pytest.mark.parametrize("format", video.FORMATS)
def test_sound_may_be_longer_than_the_frames(format: video.Format) -> None:
    url = video.encode(scene(3), fps=25, format=format, audio=(48000, tone(48000, 1.0)))
    assert video.decode(url).frame_count == 3


def test_mp4_starts_with_its_index() -> None:
    data = video.decode(video.encode(scene(), fps=10)).data
    assert data.index(b"moov") < data.index(b"mdat")


def webm_that_grows(small: int, large: int) -> bytes:
    """Return a WebM whose track has the size ``small`` and whose last two frames are ``large``."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="webm") as container:
        track: Any = container.add_stream("libvpx-vp9", rate=10)
        track.width = track.height = small
        for side, start in ((small, 0), (large, 2)):
            encoder: Any = av.CodecContext.create("libvpx-vp9", "w")
            encoder.width = encoder.height = side
            encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 10)
            packets = []
            for index in range(2):
                frame = av.VideoFrame(side, side, "yuv420p")
                frame.pts = start + index
                packets += encoder.encode(frame)
            for packet in packets + encoder.encode(None):
                packet.stream, packet.time_base = track, Fraction(1, 10)
                container.mux(packet)
    return buffer.getvalue()


def test_pixel_limit_applies_to_frames_larger_than_their_track() -> None:
    url = str(DataURL("video/webm", webm_that_grows(64, 200)))

    frames = video.decode(url, limits=Limits(max_pixels=40_000)).frames()
    assert [len(frame) for frame in frames] == [64, 64, 200, 200]
    decoded = video.decode(url, limits=Limits(max_pixels=39_999))
    with pytest.raises(LimitError, match="40,000 pixels"):
        list(decoded.frames())
    with pytest.raises(LimitError, match="40,000 pixels"):
        decoded.thumbnail(0.3)


def test_frame_far_above_the_limit_is_not_decoded() -> None:
    url = str(DataURL("video/webm", webm_that_grows(64, 1500)))

    with pytest.raises(CorruptMediaError):
        list(video.decode(url, limits=Limits(max_pixels=64 * 64)).frames())
    assert len(list(video.decode(url).frames())) == 4


def test_transport_stream_is_a_video() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mpegts") as container:
        track: Any = container.add_stream("libx264", rate=25)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for frame in scene(5):
            container.mux(track.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(track.encode(None))

    decoded = video.decode(video.encode(buffer.getvalue()))

    assert (decoded.media_type, decoded.width, decoded.height) == ("video/mp2t", 64, 48)
    assert len(list(decoded.frames())) == 5


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    """Return a track's transformation (ISO 14496-12 section 8.3.2) without translation."""
    return struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ("rotated", "turns"),
    [
        (matrix(0, 1, -1, 0), -1),
        (matrix(-1, 0, 0, -1), 2),
        (matrix(0, -1, 1, 0), 1),
        (matrix(1, 1, -1, 1), 0),  # 45° is ignored
    ],
)
def test_rotated_video_decodes_upright(rotated: bytes, turns: int) -> None:
    data = (VIDEOS / "silent.mp4").read_bytes()
    at = data.index(matrix(1, 0, 0, 1), data.index(b"tkhd"))
    data = data[:at] + rotated + data[at + len(rotated) :]
    decoded, plain = video.decode(str(DataURL("video/mp4", data))), decode_fixture("silent.mp4")

    expected = [np.rot90(frame, turns) for frame in plain.frames()]

    assert (decoded.height, decoded.width) == expected[0].shape[:2]
    assert all(map(np.array_equal, decoded.frames(), expected))
    assert np.array_equal(np.asarray(decoded.thumbnail()), expected[0])


def test_rotated_video_of_a_phone_decodes_upright() -> None:
    rotated, plain = decode_fixture("rotated.mp4"), decode_fixture("silent.mp4")
    assert (rotated.width, rotated.height) == (120, 160)
    for one, other in zip(rotated.frames(), plain.frames(), strict=True):
        assert np.array_equal(one, np.rot90(other, -1))


def test_rotated_video_is_converted_upright() -> None:
    rotated = decode_fixture("rotated.mp4")
    again = video.decode(video.encode(rotated, format="webm"))
    assert (again.width, again.height) == (120, 160)
    assert min(map(psnr, rotated.frames(), again.frames())) > MIN_PSNR


@pytest.mark.parametrize("span", [(0, 5, 1), (3, None, 1), (20, 99, 2), (0, None, 7), (5, 5, 1)])
def test_frames_selects_like_range(span: tuple[int, int | None, int]) -> None:
    decoded = decode_fixture("clip.mp4")
    all_frames = list(decoded.frames())
    selected = list(decoded.frames(*span))
    expected = [all_frames[i] for i in range(25)[slice(*span)]]
    assert len(selected) == len(expected)
    assert all(map(np.array_equal, selected, expected))


@pytest.mark.parametrize("span", [(-1, None, 1), (0, -1, 1), (0, None, 0)])
def test_frames_cannot_go_backwards(span: tuple[int, int | None, int]) -> None:
    with pytest.raises(ValueError, match="forward"):
        decode_fixture("clip.mp4").frames(*span)


def test_frames_are_decoded_one_at_a_time() -> None:
    decoded = video.decode(video.encode(scene(200, 240, 320), fps=25))
    frames = decoded.frames()
    assert isinstance(frames, GeneratorType)
    tracemalloc.start()
    try:
        count = sum(1 for _ in frames)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 200
    assert peak < 20 * 240 * 320 * 3


def test_thumbnail_is_the_frame_at_its_time() -> None:
    decoded = decode_fixture("clip.mp4")
    all_frames = list(decoded.frames())
    for seconds, index in ((0.0, 0), (0.5, 12), (99.0, 24)):
        picture = decoded.thumbnail(seconds)
        assert picture.mode == "RGB"
        assert np.array_equal(np.asarray(picture), all_frames[index])


def test_frames_need_fps() -> None:
    with pytest.raises(TypeError, match="fps"):
        video.encode(scene(2))


def test_file_accepts_no_fps() -> None:
    with pytest.raises(TypeError, match="fps"):
        video.encode(VIDEOS / "clip.mp4", fps=25)


@pytest.mark.parametrize("fps", [math.nan, math.inf, 1e-9, 1e9])
def test_impossible_frame_rate_is_refused(fps: float) -> None:
    with pytest.raises((EncodersError, ValueError, TypeError), match="fps"):
        video.encode(scene(3), fps=fps)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((6, 8, 3), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
    ],
    ids=["gray", "alpha", "float", "other-size", "empty"],
)
def test_error_for_a_wrong_frame_names_its_index(wrong: npt.NDArray[Any]) -> None:
    good = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(MediaTypeError, match="frame 2"):
        video.encode([good, good, wrong], fps=10)


def test_no_frames_are_an_error() -> None:
    with pytest.raises(MediaTypeError, match="no frames"):
        video.encode([], fps=10)


def test_error_of_the_callers_iterator_is_not_wrapped() -> None:
    def pictures() -> Iterator[npt.NDArray[np.uint8]]:
        yield scene(1)[0]
        raise RuntimeError("the camera is gone")

    with pytest.raises(RuntimeError, match="camera"):
        video.encode(pictures(), fps=10)


def test_error_for_an_unknown_format_names_it() -> None:
    with pytest.raises(ValueError, match="gif"):
        video.encode(scene(2), fps=10, format="gif")  # type: ignore[arg-type]


def test_error_for_a_wrong_object_names_its_type() -> None:
    path = FIXTURES / "image" / "small.png"
    with pytest.raises(MediaTypeError, match=r"small\.png.*image/png.*mp4"):
        video.encode(path)
    with pytest.raises(MediaTypeError, match="image/png"):
        video.decode(data_url_of(path, "video/mp4"))


@pytest.mark.parametrize("name", BROKEN)
def test_broken_video_is_corrupt_media(name: str) -> None:
    with pytest.raises(CorruptMediaError):
        video.decode(data_url_of(HOSTILE / name, "video/mp4"))


def test_empty_video_is_an_error() -> None:
    with pytest.raises(EncodersError):
        video.decode(data_url_of(HOSTILE / "empty.mp4", "video/mp4"))


def test_broken_video_writes_nothing_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    for name in BROKEN:
        with pytest.raises(EncodersError):
            video.decode(data_url_of(HOSTILE / name, "video/mp4"))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["clip.mp4", "clip.webm", "clip.mkv", "clip.avi", "clip.ogv"])
def test_damaged_video_raises_only_encoders_errors(name: str) -> None:
    draw = np.random.default_rng(0)
    whole = (VIDEOS / name).read_bytes()
    for _ in range(40):
        data = np.frombuffer(whole, np.uint8).copy()
        data[draw.integers(0, len(data), 8)] = draw.integers(0, 256, 8)
        url = str(DataURL("video/mp4", data.tobytes()))
        try:
            for _ in video.decode(url, limits=Limits(max_pixels=10**6)).frames():
                pass
        except EncodersError:
            pass


@pytest.mark.parametrize(
    "playlist",
    [b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n", b"ffconcat version 1.0\nfile /etc/hostname\n"],
    ids=["hls", "concat"],
)
def test_playlist_opens_no_file(playlist: bytes) -> None:
    with pytest.raises(MediaTypeError):
        video.decode(str(DataURL("video/mp4", playlist)))


def test_strict_refuses_a_wrong_media_type() -> None:
    url = data_url_of(VIDEOS / "clip.webm", "video/mp4")
    assert video.decode(url).media_type == "video/webm"
    with pytest.raises(MediaTypeError, match="video/webm"):
        video.decode(url, strict=True)


def test_strict_accepts_the_right_media_type_and_its_alias() -> None:
    video.decode(data_url_of(VIDEOS / "clip.mp4", "video/mp4"), strict=True)
    video.decode(data_url_of(VIDEOS / "clip.mkv", "video/x-matroska"), strict=True)


@pytest.mark.parametrize("limits", [Limits(max_bytes=1000), Limits(max_pixels=160 * 120 - 1)])
def test_limits_stop_decoding(limits: Limits) -> None:
    with pytest.raises(LimitError):
        video.decode(data_url_of(VIDEOS / "clip.mp4", "video/mp4"), limits=limits)


def test_file_object_is_read_from_its_position() -> None:
    file = io.BytesIO(b"junk" + (VIDEOS / "clip.mp4").read_bytes())
    file.seek(4)
    assert video.encode(file) == data_url_of(VIDEOS / "clip.mp4", "video/mp4")


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_describe_agrees_with_decode(name: str) -> None:
    info, whole = video.describe(VIDEOS / name), decode_fixture(name)
    assert type(info) is video.Info
    assert info == video.Info(*(getattr(whole, field.name) for field in fields(video.Info)))


def test_accepts_is_true_for_a_video_and_false_for_frames() -> None:
    assert video.accepts(decode_fixture("clip.mp4"))
    assert not any(map(video.accepts, (scene(2), list(scene(2)), VIDEOS / "clip.mp4", b"")))


def test_module_has_only_its_public_names() -> None:
    assert dir(video) == sorted(video.__all__)
