"""The targets of the fuzzer: each takes any bytes and raises an exception if a promise is broken.

A target treats the bytes as untrusted input and calls public functions only. An `EncodersError` is
allowed: bad input may raise it. Findings are any other exception, two results that contradict each
other, more than ten seconds, and more memory than the limits allow. Choices that are not data (an
output format, a component) come from the last byte.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import encoders
from encoders import DataURL, EncodersError, Limits, audio, data_url, file, image, mime, video
from encoders.atomic import LONGEST_NAME, safe_name
from encoders.data_url import media_type
from encoders.data_url.value import relabel
from encoders.mime import detection
from encoders.predict.body import BodyReader, Parsed, parse
from encoders.predict.client.queues.calling import SessionReader
from encoders.predict.client.queues.messages import Edits, Messages, Watch
from encoders.predict.client.queues.websocket import SocketQueue
from encoders.predict.components import COMPONENTS
from encoders.predict.configuration import describe
from encoders.predict.pages.openapi import describe_openapi
from encoders.predict.pages.page import describe_page
from encoders.predict.pages.rendering import render_html, render_text

LIMITS = Limits(
    max_bytes=1 << 20,
    max_pixels=1 << 18,
    max_frames=32,
    max_seconds=60,
    max_samples=1 << 21,
    max_body_bytes=1 << 20,
    max_outputs=30,
    max_depth=30,
    max_files=30,
)
SEPARATOR = b"\n\0\n"

_NAME = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")
_ESSENCE = re.compile(r"[\w.+-]+/[\w.+-]+")
_IMAGE_FORMATS = ("png", "jpeg", "webp", "gif", "bmp", "tiff")
_AUDIO_FORMATS = ("wav", "flac", "ogg", "opus", "mp3")
_ARRAY_MODES = ("RGB", "RGBA", "L", None)
_SHOWN_FRAMES = 20
# Keys and values of the wire formats of all eras, and some that are in none.
_KEYS = (
    *("name", "data", "is_file", "orig_name", "size", "path", "url", "meta", "_type", "mime_type"),
    *("image", "mask", "background", "layers", "composite", "video", "subtitles", "caption"),
    *("label", "confidences", "confidence", "headers", "metadata", "value", "text", "files"),
    *("role", "content", "token", "class_or_confidence", "type", "plot", "bbox", "speaker"),
    *("file", "alt_text", "component", "props", "annotations", "color", "root", "visible", "x"),
)
_PIXEL = "R0lGODdhAQABAPAAAP8AAAAAACwAAAAAAQABAAACAkQBADs="
_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        2.5,
        1e308,
        float("nan"),
        10**400,
        "",
        "a",
        "5",
        "\ud800",
        "é" * 99,
    ),
    *(
        f"data:image/gif;base64,{_PIXEL}",
        _PIXEL,
        "data:,hi",
        "data:audio/wav;base64,UklG",
        "data:x",
    ),
    *("/tmp/a.png", "../../etc/passwd", "file=/etc/passwd", "http://127.0.0.1:1/file=a", "//a/b"),
    *("gradio.FileData", "user", "assistant", "matplotlib", "plotly", "bokeh", "altair", "{}"),
    *("data:text/csv,a%2Cb%0A1%2C2", "2026-01-01 00:00:00", "#ff0000", "{", "[1]", "text", "<b>"),
    *([], {}, [[]], [[1, "a"], [None]], [None], {"__type__": "update"}, ["a", 1], [0, 0, 1, 1]),
)


@contextmanager
def refusal() -> Iterator[None]:
    """Allow an `EncodersError` if it has a message."""
    try:
        yield
    except EncodersError as error:
        assert str(error).strip()


def fuzz_data_url(data: bytes) -> None:
    written = data.decode("utf-8", "surrogateescape")
    for strict, url_safe in itertools.product((False, True), repeat=2):
        with refusal():
            url = data_url.parse(written, strict=strict, url_safe=url_safe)
            found = url.data
            assert url.size == len(found)
            assert b"".join(url.chunks()) == found
            assert url.reader()(1, 5) == found[1:6]
            assert data_url.parse(str(url), strict=True) == url
            assert data_url.parse(data_url.format(url, base64=False)) == url
            assert data_url.parse(relabel(url, "a/b")).data == found
    _check_stream(written)


def _check_stream(written: str) -> None:
    """Check that a URL read as a stream gives the same as one read at once."""
    whole = streamed = None
    with refusal():
        whole = data_url.parse(written).data
    with refusal():
        target = io.BytesIO()
        data_url.decode_to(io.StringIO(written), target)
        streamed = target.getvalue()
    assert whole == streamed


def fuzz_media_type(data: bytes) -> None:
    written = data.decode("utf-8", "surrogateescape")
    found = media_type.parse(written)
    if found:
        essence, parameters = found
        assert media_type.parse(media_type.serialize(essence, parameters)) == found


def fuzz_mime(data: bytes) -> None:
    first, _, content = data.partition(b"\n")
    name = first.decode("utf-8", "replace")
    for given in (None, name):
        found = mime.detect(data if given is None else content, given)
        assert _ESSENCE.fullmatch(found), found
        assert mime.canonical(found) == found
        assert mime.suffix(found).startswith(".")
    assert _ESSENCE.fullmatch(mime.canonical(detection._pure(data[:2048])))
    assert mime.detect(io.BytesIO(data)) == mime.detect(data)


def fuzz_image(data: bytes) -> None:
    choice = data[-1] if data else 0
    with refusal():
        encoders.inspect(data, limits=LIMITS)
    with refusal():
        picture = image.decode(labelled(data, "image/png"), limits=LIMITS)
        assert picture.width * picture.height <= (LIMITS.max_pixels or 0)
        picture.tobytes()
    with refusal():
        mode: Any = _ARRAY_MODES[choice % len(_ARRAY_MODES)]
        array = image.decode_array(labelled(data, "image/png"), mode=mode, limits=LIMITS)
        assert array.shape[:2] == (picture.height, picture.width)
    with refusal():
        frames = list(image.decode_frames(labelled(data, "image/png"), limits=LIMITS))
        assert 0 < len(frames) <= (LIMITS.max_frames or 0)
    with refusal():
        format: Any = _IMAGE_FORMATS[choice % len(_IMAGE_FORMATS)]
        url = image.encode(data, format=format, max_size=64 if choice & 64 else None, limits=LIMITS)
        image.decode(url, strict=True)


def fuzz_audio(data: bytes) -> None:
    choice = data[-1] if data else 0
    with refusal():
        encoders.inspect(data, limits=LIMITS)
    with refusal():
        rate, samples = audio.decode(labelled(data, "audio/wav"), limits=LIMITS)
        assert rate > 0
        assert samples.size <= (LIMITS.max_samples or 0)
        assert samples.dtype.name == "int16"
    with refusal():
        audio.decode(
            labelled(data, "audio/wav"),
            dtype="float32",
            mono=bool(choice & 1),
            sample_rate=8000 if choice & 2 else None,
            start=0.1 if choice & 4 else None,
            stop=0.2 if choice & 8 else None,
            limits=LIMITS,
        )
    with refusal():
        format: Any = _AUDIO_FORMATS[choice % len(_AUDIO_FORMATS)]
        audio.decode(audio.encode(data, format=format, limits=LIMITS), strict=True, limits=LIMITS)


def fuzz_video(data: bytes) -> None:
    with refusal():
        encoders.inspect(data, limits=LIMITS)
    with refusal():
        clip = video.decode(labelled(data, "video/mp4"), limits=LIMITS)
        assert clip.width * clip.height <= (LIMITS.max_pixels or 0)
        repr(clip)
        for frame in itertools.islice(clip.frames(), _SHOWN_FRAMES):
            assert frame.ndim == 3
            assert frame.size <= 3 * (LIMITS.max_pixels or 0)
        with refusal():
            clip.thumbnail(at=0.5)
        clip.audio(limits=LIMITS)
    with refusal():
        assert video.encode(data, limits=LIMITS).startswith("data:video/")


def fuzz_file(data: bytes) -> None:
    first, _, content = data.partition(b"\n")
    name = first.decode("utf-8", "surrogateescape")
    url = file.encode(content)
    assert file.decode(url) == content
    with refusal():
        encoders.encode(content, limits=LIMITS)
    with refusal():
        encoders.decode(url, limits=LIMITS)
    made = safe_name(name)
    assert _NAME.fullmatch(made), made
    assert unicodedata.is_normalized("NFC", made)
    assert len(made.encode()) <= LONGEST_NAME
    with folder() as home:
        path = file.save(url, home, name)
        assert path.parent == home
        assert [found.name for found in home.iterdir()] == [path.name]
        assert path.read_bytes() == content


def fuzz_body(data: bytes) -> None:
    """Check that a body read in pieces gives the same as one read at once."""
    try:
        json.loads(data)
        whole = True
    except (ValueError, RecursionError):
        whole = False
    found = None
    with refusal():
        found = with_text(parse(data, LIMITS).value)
        assert whole
        assert dumps(found) == dumps(json.loads(data))
    step = 1 + (data[-1] if data else 0)
    with refusal():
        reader = BodyReader(LIMITS)
        for start in range(0, len(data), step):
            reader.feed(data[start : start + step])
        assert dumps(with_text(reader.close().value)) == dumps(found)


def fuzz_response(data: bytes) -> None:
    """The bytes are the JSON."""
    _read(data, data)


def fuzz_answer(data: bytes) -> None:
    """Let the bytes choose JSON, key by key, so that all of them form an answer of some shape."""
    _read({"data": [_grown(iter(data), 4) for _ in range(2)]}, data)


def _grown(choices: Iterator[int], depth: int) -> Any:
    choice = next(choices, 0)
    if choice < 64 and depth:
        keys = (_KEYS[next(choices, 0) % len(_KEYS)] for _ in range(choice % 8))
        return {key: _grown(choices, depth - 1) for key in keys}
    if choice < 96 and depth:
        return [_grown(choices, depth - 1) for _ in range(choice % 8)]
    return _VALUES[choice % len(_VALUES)]


def _read(given: Any, data: bytes) -> None:
    with refusal():
        answer = encoders.response(given, limits=LIMITS)
        repr(answer), answer.references, answer.durations, answer.extra
        choice = data[-1] % (len(COMPONENTS) + 1) if data else 0
        if choice < len(COMPONENTS):
            names = [list(COMPONENTS)[choice]] * len(answer.data)
            answer = encoders.response(given, names, limits=LIMITS)
        for index in range(len(answer.data)):
            with refusal():
                repr(answer.data[index])
        with folder() as home:
            paths = answer.save(home)
            assert sorted(home.iterdir()) == sorted(paths)
            json.loads(paths[-1].read_text("utf-8"))


def fuzz_interface(data: bytes) -> None:
    config, _, info = data.partition(SEPARATOR)
    try:
        config_json, info_json = json.loads(config), json.loads(info or b"{}")
    except (ValueError, RecursionError):
        return
    with refusal():
        description = describe(config_json, info_json if isinstance(info_json, dict) else None)
        shown = describe_page(description, "http://127.0.0.1:7860")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", render_text(shown))
        assert render_html(shown).count("<script") == 1
        json.dumps(shown.as_json())
        json.dumps(describe_openapi(description, "http://127.0.0.1:7860"), allow_nan=False)


def fuzz_events(data: bytes) -> None:
    """Check that server-sent events mean the same however they are split."""
    assert _events(data, len(data) or 1) == _events(data, 1 + data[-1] % 7 if data else 1)


def _events(data: bytes, step: int) -> object:
    try:
        reader = SessionReader(LIMITS, watched("sse_v3"), "mine")
        for start in range(0, len(data), step):
            if reader.feed(data[start : start + step]):
                break
        return dumps(with_text(reader.close().value))
    except EncodersError as error:
        assert str(error).strip()
        return type(error)


def watched(protocol: str) -> Messages:
    """Return a reader of messages whose outputs are looked at as they come."""
    edits = Edits(LIMITS)

    def add_output(output: Parsed, is_edit: bool) -> None:
        edits.output(output, is_edit=is_edit)

    return Messages(protocol, Watch(lambda _: None, add_output))


def fuzz_socket(data: bytes) -> None:
    """Check that the frames of a WebSocket mean the same however they are split."""
    assert _frames(data, len(data) or 1) == _frames(data, 1 + data[-1] % 7 if data else 1)


def _frames(data: bytes, step: int) -> object:
    replies = {kind: lambda: b"{}" for kind in ("send_hash", "send_data")}
    queue = SocketQueue(LIMITS, replies, watched("ws"))
    sizes = []
    try:
        for start in range(0, len(data), step):
            sizes.append(len(queue.receive(data[start : start + step])))
            if queue.answer is not None:
                return sum(sizes), dumps(with_text(queue.answer.value))
        return sum(sizes)
    except EncodersError as error:
        assert str(error).strip()
        return type(error)


def labelled(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def with_text(value: Any) -> Any:
    """Return a JSON value with the text of each `DataURL` in its place."""
    if isinstance(value, DataURL):
        return str(value)
    if isinstance(value, dict):
        return {key: with_text(item) for key, item in value.items()}
    return [with_text(item) for item in value] if isinstance(value, list) else value


def dumps(value: Any) -> str:
    """Return text that two values share if they are equal; NaN is not equal to itself."""
    return json.dumps(value)


@contextmanager
def folder() -> Iterator[Path]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "data_url": fuzz_data_url,
    "media_type": fuzz_media_type,
    "mime": fuzz_mime,
    "image": fuzz_image,
    "audio": fuzz_audio,
    "video": fuzz_video,
    "file": fuzz_file,
    "body": fuzz_body,
    "response": fuzz_response,
    "answer": fuzz_answer,
    "interface": fuzz_interface,
    "events": fuzz_events,
    "socket": fuzz_socket,
}
