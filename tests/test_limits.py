"""Every bound of `Limits`: at it all works, one past it is a `LimitError`, and None lifts it.

`TAKES` says which bounds each public function holds, and `cases` gives for each pair what passes
exactly at the bound. Fields and functions are derived: a new one without a case fails here.
"""

from __future__ import annotations

import asyncio
import inspect as signatures
import io
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

import encoders
from encoders import (
    CorruptMediaError,
    DataURL,
    EncodersError,
    Interface,
    LimitError,
    Limits,
    PredictError,
    audio,
    data_url,
    file,
    image,
    payload,
    response,
    video,
)
from encoders.predict import write_payload
from tests.paths import FIXTURES
from tests.pillow import known
from tests.predict.http_server import gradio, http_server, say

FIELDS = [each.name for each in fields(Limits)]
_MEDIA = "max_pixels max_frames max_seconds max_samples"
_ALL = " ".join(field for field in FIELDS if field != "max_held_pixels")  # nothing is written
TAKES = {
    "image.encode": "max_bytes max_pixels max_frames max_held_pixels",
    "image.decode": "max_bytes max_pixels max_frames",
    "image.decode_array": "max_bytes max_pixels max_frames",
    "image.decode_frames": "max_bytes max_pixels max_frames",
    "image.describe": "max_pixels max_frames",
    "audio.encode": "max_bytes max_seconds max_samples",
    "audio.decode": "max_bytes max_seconds max_samples",
    "audio.describe": "max_seconds",
    "video.encode": "max_bytes max_pixels max_seconds max_samples",
    "video.decode": "max_bytes max_pixels",
    "video.describe": "max_pixels",
    "Video": "max_pixels",
    "Video.audio": "max_bytes max_seconds max_samples",
    "file.encode": "",  # nothing is decoded
    "file.describe": "",
    "file.decode": "max_bytes",
    "file.save": "max_bytes",
    "data_url.parse": "max_bytes",
    "data_url.decode_to": "max_bytes",
    "batch.encode": "",  # what is over a bound becomes a row, see test_batch
    "batch.write": "",
    "Mapper": "",
    "batch.write_lines": "",
    "encode": f"max_bytes max_held_pixels {_MEDIA}",
    "decode": f"max_bytes {_MEDIA}",
    "inspect": "max_bytes max_pixels max_frames max_seconds",
    "payload": "max_pixels max_frames max_depth",
    "predict.write_payload": "max_pixels max_frames max_depth",
    "response": _ALL,
    "Response": "max_bytes max_depth max_files",
    "Interface": _ALL,
    "Interface.predict": _ALL,
    "Interface.predict_async": _ALL,
}


@dataclass(frozen=True)
class Case:
    """What passes exactly at a bound.

    Attributes:
        entry: the public function that it goes through.
        limit: the field.
        use: does it, within given bounds.
        amount: how much it takes.
        label: what is special about it.
        less: by how much a bound that it passes is smaller.
    """

    entry: str
    limit: str
    use: Callable[[Limits], object]
    amount: float
    label: str = ""
    less: float = 1

    def __str__(self) -> str:
        return " ".join(filter(None, (self.entry, self.limit, self.label)))


# What the cases are about.

WIDTH, HEIGHT, FRAMES = 24, 18, 3
AREA = WIDTH * HEIGHT
STILLS = known(
    *("PNG", "JPEG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "ICO", "JPEG2000", "PPM", "QOI")
)
MOVING = known("GIF", "PNG", "WEBP", "AVIF", "TIFF")
SOUNDS = [
    "audio/stereo.wav", "audio/pcm24.wav", "audio/pcm8.wav", "audio/float.wav", "audio/tone.aiff",
    "audio/tone.flac", "audio/tone.mp3", "audio/tone.ogg", "audio/tone.opus", "audio/tone.aac",
    "audio/tone.m4a", "audio/tone.mka", "audio/browser.webm", "audio/browser.mp4",
    "video/clip.mp4", "video/clip.webm",
]  # fmt: skip
VIDEOS = ["clip.mp4", "clip.webm", "clip.mkv", "clip.mov", "clip.avi", "clip.ogv"]


@cache
def still(format: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    options = {"ICO": {"sizes": [(WIDTH, HEIGHT)]}}.get(format, {})
    Image.new("RGB", (WIDTH, HEIGHT), "red").save(buffer, format, **options)
    return buffer.getvalue()


@cache
def moving(format: str = "GIF", count: int = FRAMES) -> bytes:
    pages = [Image.new("RGB", (WIDTH, HEIGHT), (80 * number, 0, 0)) for number in range(count)]
    buffer = io.BytesIO()
    pages[0].save(buffer, format, save_all=True, append_images=pages[1:])
    return buffer.getvalue()


@cache
def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


@cache
def length(data: bytes) -> tuple[int, int, int]:
    """Return a sound's frames, rate and samples, of which in a container only decoding tells."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            return sound.frames, sound.samplerate, sound.frames * sound.channels
    except soundfile.LibsndfileError:
        rate, samples = audio.decode(url(data))
        return len(samples), rate, samples.size


def within(limit: str, bound: float | None) -> Limits:
    bounds: dict[str, Any] = {limit: bound}
    return Limits(**bounds)


def url(data: bytes) -> DataURL:
    return DataURL("application/octet-stream", data)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


# The cases.


def pictures() -> Iterator[Case]:
    def frames(source: DataURL, limits: Limits) -> list[Image.Image]:
        return list(image.decode_frames(source, limits=limits))

    decoders: dict[str, Callable[..., object]] = {
        "image.decode": image.decode,
        "image.decode_array": image.decode_array,
        "image.decode_frames": frames,
        "decode": encoders.decode,
        "inspect": encoders.inspect,
    }
    for entry, decode in decoders.items():
        for limit, data, amount in (
            ("max_bytes", still(), len(still())),
            ("max_pixels", still(), AREA),
            ("max_frames", moving(), FRAMES),
        ):
            yield Case(entry, limit, of(decode, url(data)), amount)
    for format in STILLS:
        for entry in ("image.decode", "inspect"):
            use = of(decoders[entry], url(still(format)))
            yield Case(entry, "max_pixels", use, AREA, format)
    for format in MOVING:
        for entry in ("image.decode", "image.decode_frames", "inspect"):
            use = of(decoders[entry], url(moving(format)))
            yield Case(entry, "max_frames", use, FRAMES, format)


def picture_files() -> Iterator[Case]:
    yield Case("image.describe", "max_pixels", of(image.describe, still()), AREA)
    yield Case("image.describe", "max_frames", of(image.describe, moving()), FRAMES)
    functions: dict[str, Callable[..., str]] = {
        "image.encode": image.encode,
        "encode": encoders.encode,
    }
    for entry, encode in functions.items():
        yield Case(entry, "max_pixels", of(encode, still(), format="webp"), AREA)
        yield Case(entry, "max_pixels", of(image.encode, still("ICO")), AREA, "ICO")
        yield Case(entry, "max_pixels", of(encode, still(), max_size=4), AREA, "to be shrunk")
        yield Case(entry, "max_frames", of(encode, moving(), format="webp"), FRAMES)
        yield Case(
            entry, "max_held_pixels", of(encode, moving(), format="webp"), FRAMES * AREA * 2.25
        )
        use = of(encode, url(still()), format="webp")
        yield Case(entry, "max_bytes", use, len(still()))
        use = of(encode, moving(), max_size=4)
        # Each frame gets another mode before; a row counts as four pixels more.
        converted = 2.5 * (WIDTH + 4) * HEIGHT
        yield Case(entry, "max_held_pixels", use, converted, "to be shrunk")


def sounds() -> Iterator[Case]:
    for name in SOUNDS:
        yield from lasting("audio.decode", of(audio.decode, url(fixture(name))), name, name)
    name = "audio/tone.flac"
    flac, slow = fixture(name), (1, np.zeros(3, np.int16))
    yield from lasting("audio.encode", of(audio.encode, flac, format="wav"), name)
    yield from lasting("encode", of(encoders.encode, flac, format="wav"), name)
    yield from lasting("decode", of(encoders.decode, url(flac)), name)
    use = of(audio.encode, url(flac), format="wav")
    yield Case("audio.encode", "max_bytes", use, len(flac))
    yield Case("audio.decode", "max_bytes", of(audio.decode, url(flac)), len(flac))
    use = of(audio.decode, audio.encode(slow), sample_rate=8000)
    yield Case("audio.decode", "max_samples", use, 3 * 8000, "resampled")
    counted = fixture("audio/browser.webm")  # it does not say how long it is
    seconds = audio.describe(counted).duration
    use = of(audio.describe, counted)
    yield Case("audio.describe", "max_seconds", use, seconds, less=0.001)
    use = of(encoders.inspect, counted)
    yield Case("inspect", "max_seconds", use, seconds, less=0.001)
    use = of(audio.encode, slow, format="opus")
    yield Case("audio.encode", "max_samples", use, 3 * 48_000, "resampled for Opus")


def lasting(
    entry: str, use: Callable[[Limits], object], name: str, label: str = ""
) -> Iterator[Case]:
    """Yield the cases for the two bounds on a sound."""
    frames, rate, samples = length(fixture(name))
    yield Case(entry, "max_seconds", use, frames / rate, label, 1 / rate)
    yield Case(entry, "max_samples", use, samples, label)


def videos() -> Iterator[Case]:
    name = "video/clip.mp4"
    data = fixture(name)
    clip, shown = video.decode(url(data)), 160 * 120
    for each in VIDEOS:
        source = fixture(f"video/{each}")
        yield Case("video.decode", "max_pixels", of(video.decode, url(source)), shown, each)
        yield Case("inspect", "max_pixels", of(encoders.inspect, source), shown, each)
    yield Case("video.decode", "max_bytes", of(video.decode, url(data)), len(data))
    yield Case("video.describe", "max_pixels", of(video.describe, data), shown)
    yield Case("decode", "max_pixels", of(encoders.decode, url(data)), shown, name)

    yield Case(
        "Video",
        "max_pixels",
        lambda given: list(replace(clip, limits=given).frames()),
        shown,
        "frames",
    )
    use: Callable[[Limits], object] = lambda given: replace(clip, limits=given).thumbnail()  # noqa: E731
    yield Case("Video", "max_pixels", use, shown, "thumbnail")
    for label, track in (
        ("its own", lambda given: replace(clip, limits=given).audio()),
        ("given", lambda given: clip.audio(limits=given)),
    ):
        yield from lasting("Video.audio", track, name, label)
        yield Case("Video.audio", "max_bytes", track, len(data), label)
    use = of(video.encode, url(data), quality=50)
    yield Case("video.encode", "max_bytes", use, len(data))
    again = of(video.encode, data, quality=50)
    yield Case("video.encode", "max_pixels", again, shown)
    yield from lasting("video.encode", again, name)


def files() -> Iterator[Case]:
    def save(limits: Limits) -> Path:
        with tempfile.TemporaryDirectory() as folder:
            return file.save("data:;base64,AAEC", folder, limits=limits)

    yield Case("file.save", "max_bytes", save, 3)
    forms = {
        "base64": "data:;base64,AAEC", "one pad": "data:;base64,AAE=", "no pad": "data:;base64,AAE",
        "white space": "data:;base64, A A E C ", "escaped": "data:;base64,A%41EC",
        "percent": "data:,%00%01%02", "text": "data:,abc", "not ASCII": "data:,é",
    }  # fmt: skip
    for label, text in forms.items():
        size = len(file.decode(text))
        yield Case("file.decode", "max_bytes", of(file.decode, text), size, label)
        use: Callable[[Limits], object] = partial(parsed, text)
        yield Case("data_url.parse", "max_bytes", use, size, label)
        yield Case("data_url.decode_to", "max_bytes", partial(streamed, text), size, label)


def parsed(text: str, limits: Limits) -> DataURL:
    return data_url.parse(text, max_bytes=limits.max_bytes)


def streamed(text: str, limits: Limits) -> bytes:
    sink = io.BytesIO()
    data_url.decode_to(io.StringIO(text), sink, max_bytes=limits.max_bytes)
    return sink.getvalue()


def payloads() -> Iterator[Case]:
    def written(*inputs: Any, limits: Limits, components: list[str]) -> str:
        sink = io.StringIO()
        write_payload(inputs, sink, components=components, limits=limits)
        return sink.getvalue()

    makers: dict[str, Callable[..., object]] = {
        "payload": payload,
        "predict.write_payload": written,
    }
    for entry, make in makers.items():
        yield Case(entry, "max_pixels", of(make, still("ICO"), components=["image"]), AREA)
        yield Case(entry, "max_frames", of(make, moving(), components=["image"]), FRAMES)
        # What holds nothing is no step further.
        yield Case(entry, "max_depth", of(make, nested(5), components=["json"]), 5)


# What a server answers, by the bound that it is about: its component, its outputs, and how much.

LONG = bytes(60_000)


@cache
def answers() -> dict[str, list[tuple[str, list[Any], float]]]:
    picture, sound = str(url(still())), fixture("audio/tone.flac")
    frames, rate, samples = length(sound)
    layers = {"background": picture, "layers": [picture], "composite": picture}
    deep: dict[str, Any] = {
        "json": nested(5),
        "label": {"label": nested(4)},
        "highlightedtext": [["a", nested(3)]],
        "dataframe": {"data": nested(4)},
        "chatbot": [{"role": "user", "content": "a", "options": nested(3)}],
        "plot": {"type": "plotly", "plot": json.dumps(nested(5))},
        "unknown": {"a": [{"b": [{"c": "data:,a"}]}]},
    }
    many: dict[str, Any] = {
        "file": ["data:,a"] * 3,
        "gallery": [picture] * 3,
        "multimodaltextbox": {"text": "", "files": ["data:,a"] * 3},
        "imageeditor": layers,
        "unknown": {"a": "data:,a", "b": [picture, ["data:,c"]]},
    }
    return {
        "max_bytes": [
            ("file", [str(url(bytes(10)))], 10),
            ("file", [str(url(LONG))], len(LONG)),
            ("image", [str(url(still())).partition(",")[2]], len(still())),  # bare base64
        ],
        "max_pixels": [("image", [picture], AREA)],
        "max_frames": [("image", [str(url(moving()))], FRAMES)],
        "max_seconds": [("audio", [str(url(sound))], frames / rate)],
        "max_samples": [("audio", [str(url(sound))], samples)],
        "max_body_bytes": [("textbox", ["x" * 5000], 5000 + len(body("")))],
        "max_outputs": [("textbox", ["a", "b", "c"], 3)],
        "max_depth": [(component, [value], 5) for component, value in deep.items()],
        "max_files": [(component, [value], 3) for component, value in many.items()],
    }


def body(*outputs: Any) -> str:
    return json.dumps({"data": outputs, "duration": 0.5})


def responses() -> Iterator[Case]:
    def read(answer: Any, components: list[str], limits: Limits) -> list[Any]:
        return list(response(answer, components, limits=limits).data)

    def save(answer: Any, components: list[str], limits: Limits) -> list[Path]:
        with tempfile.TemporaryDirectory() as folder:
            return response(answer, components, limits=limits).save(folder)

    for limit, all_of_it in answers().items():
        less = 1e-6 if limit == "max_seconds" else 1
        for component, outputs, amount in all_of_it:
            components, text = [component] * len(outputs), body(*outputs)
            forms: dict[str, Callable[[], Any]] = {
                "text": partial(str, text),
                "bytes": text.encode,
                "file": partial(io.BytesIO, text.encode()),
            }
            if limit != "max_body_bytes":
                forms["parsed"] = partial(json.loads, text)
            for form, answer in forms.items():
                use: Callable[[Limits], object] = partial(_of_answer, read, answer, components)
                yield Case("response", limit, use, amount, f"{component} as {form}", less)
            is_text = component == "plot" or (component == "image" and limit == "max_bytes")
            if limit in TAKES["Response"].split() and not is_text:
                use = partial(_of_answer, save, answer, components)
                yield Case("Response", limit, use, amount, f"save {component}", less)
    deep = {"data": [], "more": nested(5)}
    yield Case("response", "max_depth", of(response, deep), 5, "beside the data")
    use = partial(_of_answer, save, partial(dict, data=[nested(5)]), ["textbox"])
    yield Case("Response", "max_depth", use, 5, "save textbox")


def _of_answer(
    use: Callable[..., object], answer: Callable[[], Any], components: list[str], limits: Limits
) -> object:
    return use(answer(), components, limits=limits)


def interfaces() -> Iterator[Case]:
    def of_own(server: str, limits: Limits, fetch: bool) -> list[Any]:
        with Interface(server, limits=limits) as app:
            return list(app.predict("a", fetch=fetch).data)

    def of_call(server: str, limits: Limits, fetch: bool) -> list[Any]:
        with Interface(server) as app:
            return list(app.predict("a", fetch=fetch, limits=limits).data)

    def of_async_call(server: str, limits: Limits, fetch: bool) -> list[Any]:
        app = Interface(server)
        return list(asyncio.run(app.predict_async("a", fetch=fetch, limits=limits)).data)

    ways = {
        "Interface": of_own,
        "Interface.predict": of_call,
        "Interface.predict_async": of_async_call,
    }
    for entry, way in ways.items():
        for limit, all_of_it in answers().items():
            less = 1e-6 if limit == "max_seconds" else 1
            for component, outputs, amount in all_of_it[:2]:
                use = partial(_served, way, [component] * len(outputs), outputs, False)
                yield Case(entry, limit, use, amount, component, less)
        references = [{"name": f"/tmp/{n}", "data": None, "is_file": True} for n in range(3)]
        for limit, amount in (("max_files", 3), ("max_bytes", 100), ("max_body_bytes", 1000)):
            use = partial(_served, way, ["file"], [references], True)
            yield Case(entry, limit, use, amount, "fetched")


def _served(
    way: Callable[..., object],
    components: list[str],
    outputs: list[Any],
    fetch: bool,
    limits: Limits,
) -> object:
    # A file that is larger than the answer, where that shall not be what is too large.
    content = bytes(1000 if limits.max_bytes is None or limits.max_bytes > 1000 else 100)
    plays = gradio("3", lambda _: outputs, outputs=components)
    with http_server({**plays, "/file=*": say(content)}) as server:
        return way(server.url, limits, fetch)


def of(function: Callable[..., object], source: object, **options: Any) -> Callable[[Limits], Any]:
    """Return what calls a function within bounds."""
    return lambda limits: function(source, limits=limits, **options)


CASES = [
    case
    for family in (pictures, picture_files, sounds, videos, files, payloads, responses, interfaces)
    for case in family()
]


def public_functions() -> set[str]:
    """Return the public functions and methods that take bounds, and the classes."""
    top = {name: getattr(encoders, name) for name in encoders.__all__}
    public = dict(top)
    for name, module in top.items():
        for key in module.__all__ if isinstance(module, ModuleType) else ():
            value = getattr(module, key)
            if value not in top.values():
                public[key if isinstance(value, type) else f"{name}.{key}"] = value
    found: dict[str, object] = {}
    for name, value in public.items():
        members = vars(value) if isinstance(value, type) else {"__init__": value}
        found |= {f"{name}.{key}": each for key, each in members.items() if key[:1] != "_"}
        found[name] = members.get("__init__")
    takes = {
        name for name, each in found.items() if isinstance(each, FunctionType) and _takes(each)
    }
    return takes - {"Limits"}


def _takes(function: Callable[..., object]) -> bool:
    parameters = signatures.signature(function).parameters
    if {"limits", "max_bytes"} & parameters.keys():
        return True
    passed_on = parameters.get("options")
    return passed_on is not None and passed_on.kind is passed_on.VAR_KEYWORD


def test_every_public_function_that_takes_bounds_is_listed() -> None:
    assert public_functions() == set(TAKES)


def test_every_bound_that_a_function_holds_has_a_case() -> None:
    listed = {(entry, limit) for entry, limits in TAKES.items() for limit in limits.split()}

    assert {(case.entry, case.limit) for case in CASES} == listed
    assert {limit for _, limit in listed} == set(FIELDS)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_at_a_bound_all_works(case: Case) -> None:
    case.use(within(case.limit, case.amount))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_past_a_bound_is_an_error_that_says_how_to_lift_it(case: Case) -> None:
    below = case.amount - case.less
    said = rf"(^|: )\d[\d,.e-]* [^:]* is over the limit {case.limit}={below:,}; if you trust the "
    said += rf"data, pass a higher {case.limit}, or {case.limit}=None for no limit$"

    with pytest.raises(LimitError, match=said) as caught:
        case.use(within(case.limit, below))
    assert (caught.value.limit, caught.value.value) == (case.limit, below)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_none_is_no_bound(case: Case) -> None:
    case.use(within(case.limit, None))


@pytest.mark.parametrize("bound", [-1, float("nan"), float("inf")])
@pytest.mark.parametrize("limit", FIELDS)
def test_a_bound_that_would_be_none_by_accident_is_refused(limit: str, bound: float) -> None:
    with pytest.raises(ValueError, match=f"{limit}=.*None for no limit") as caught:
        within(limit, bound)
    assert not isinstance(caught.value, LimitError)


@pytest.mark.parametrize("bound", [True, "1000", (1,)])
def test_a_bound_that_is_no_number_is_a_type_error(bound: Any) -> None:
    with pytest.raises(TypeError, match=r"max_pixels=.*expected a number"):
        Limits(max_pixels=bound)


def test_a_bound_of_0_lets_nothing_pass() -> None:
    assert file.decode("data:,", limits=Limits(max_bytes=0)) == b""
    with pytest.raises(LimitError, match=r"1 bytes.*max_bytes=0"):
        file.decode("data:,a", limits=Limits(max_bytes=0))


def test_a_drawing_has_no_pixels() -> None:
    drawing = fixture("image/drawing.svg")
    none = Limits(max_pixels=0, max_frames=0)

    assert encoders.decode(url(drawing), limits=none) == drawing
    assert encoders.inspect(drawing, limits=none).details == {}
    assert image.encode(drawing, limits=none).startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize(
    "name", ["image/small.png", "audio/stereo.wav", "video/clip.mp4", "file/report.pdf"]
)
def test_what_passes_through_is_not_decoded(name: str) -> None:
    nothing = Limits(*[0] * len(FIELDS))

    assert encoders.encode(FIXTURES / name, limits=nothing) == encoders.encode(FIXTURES / name)


# The defaults.


def png_of(pixels: int) -> bytes:
    """Return a PNG up to its data, which claims so many pixels."""
    height = next(n for n in range(1, pixels) if pixels % n == 0 and pixels // n < 2**31)
    size = struct.pack(">IIBBBBB", pixels // height, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gif_of(frames: int, width: int = 1, height: int = 1) -> bytes:
    """Return a GIF whose frames are of one pixel each."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    each = b"!\xf9\x04\0\1\0\0\0," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return screen + each * frames + b";"


def flac_of(samples: int) -> bytes:
    """Return a FLAC that claims so many samples, and holds a few (RFC 9639 section 8.2)."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(5000, np.int16), 96_000, format="FLAC")
    data = bytearray(buffer.getvalue())
    (told,) = struct.unpack_from(">Q", data, 18)
    struct.pack_into(">Q", data, 18, told >> 36 << 36 | samples)
    return bytes(data)


def read_claim(data: bytes, limits: Limits) -> None:
    """Decode what claims more than it holds, which shows if no bound did before."""
    with pytest.raises(CorruptMediaError):
        audio.decode(url(data), limits=limits)


def silence(seconds: float) -> str:
    """Return silence at one sample a second."""
    return audio.encode((1, np.zeros(int(seconds), np.int16)), format="flac")


def one(output: Any, component: str, limits: Limits) -> Any:
    return response({"data": [output]}, [component], limits=limits).data[0]


DEFAULTS: dict[str, Callable[[Any, Limits], object]] = {
    # Pages of zeros that are not touched cost no memory.
    "max_bytes": lambda n, limits: file.decode(url(bytes(n)), limits=limits),
    "max_pixels": lambda n, limits: encoders.inspect(png_of(n), limits=limits),
    "max_frames": lambda n, limits: encoders.inspect(gif_of(n), limits=limits),
    "max_seconds": lambda n, limits: audio.decode(silence(n), limits=limits),
    "max_samples": lambda n, limits: read_claim(flac_of(n), limits),
    "max_outputs": lambda n, limits: response({"data": [1] * n}, limits=limits),
    "max_depth": lambda n, limits: one(nested(n), "json", limits),
    "max_files": lambda n, limits: one(["data:,a"] * n, "file", limits),
}


def test_every_default_has_a_case() -> None:
    # A gibibyte of frames is too much for a test.
    assert {*DEFAULTS, "max_body_bytes", "max_held_pixels"} == set(FIELDS)


@pytest.mark.parametrize("limit", DEFAULTS)
def test_default_holds_at_it_and_one_past_it(limit: str) -> None:
    use, bound = DEFAULTS[limit], getattr(Limits(), limit)

    use(bound, Limits())
    with pytest.raises(LimitError, match=rf"\d .* is over the limit {limit}={bound:,};"):
        use(bound + 1, Limits())
    use(bound + 1, within(limit, None))


def test_a_body_of_over_1_gib_is_refused_by_default() -> None:
    with pytest.raises(LimitError, match=r"1,073,741,825 bytes of JSON .* max_body_bytes="):
        response(bytes(1024**3 + 1))


def test_an_endless_body_is_left_at_the_bound() -> None:
    class Endless(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size
            self.given += size
            return b" " * size

    source = Endless()
    with pytest.raises(LimitError, match=r"max_body_bytes=10,000,000"):
        response(source, limits=Limits(max_body_bytes=10_000_000))
    assert source.given < 12_000_000


# What Python itself cannot follow or hold.


@pytest.mark.parametrize("depth", [400, 900, 5000])
@pytest.mark.parametrize("inner", ["1", json.dumps(str(url(LONG)))])
@pytest.mark.parametrize("text", ['{"data":[%s]}', '{"data":[],"x":%s}', '{"error":%s}'])
def test_what_is_too_deep_for_python_is_our_error(
    text: str, inner: str, depth: int, tmp_path: Path
) -> None:
    text = text.replace("%s", '{"a":[' * (depth // 2) + inner + "]}" * (depth // 2))

    with suppress(LimitError, PredictError):
        answer = response(text, limits=Limits(max_depth=None))
        assert answer.references == []
        list(answer.data)
        answer.save(tmp_path)


def test_data_urls_are_put_back_however_deep() -> None:
    text = "[" * 500 + json.dumps(str(DataURL("a/b", LONG))) + "]" * 500

    value = response(f'{{"data":[{text}]}}', limits=Limits(max_depth=None)).json["data"]
    for _ in range(501):
        (value,) = value
    assert value.data == LONG


NUMBERS = ["1" * 400, "-" + "1" * 4300, "1" * 4301, "1e999", "NaN", "-Infinity"]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number[:4]} of {len(number)}")
@pytest.mark.parametrize(
    ("text", "component"),
    [
        ('{"data":[%s]}', "number"),
        ('{"data":[[[%s]]]}', "dataframe"),
        ('{"data":[{"label":"a","confidences":[{"label":"a","confidence":%s}]}]}', "label"),
        ('{"data":[1],"duration":%s,"average_duration":%s}', "number"),
        ('{"data":[{"path":"a","size":%s}]}', "file"),
        ('{"error":%s}', None),
    ],
)
def test_a_number_that_python_cannot_hold_is_our_error_or_a_value(
    text: str, component: str | None, number: str, tmp_path: Path
) -> None:
    text = text.replace("%s", number)

    with suppress(EncodersError):
        answer = response(text, [component] if component else None)
        answer.save(tmp_path)
        assert answer.data[0] is not None


# Memory: what is small and unfolds.


def deflated(size: int) -> bytes:
    """Return so many MiB of zeros, deflated: one MiB again and again (RFC 1950 and 1951)."""
    packer = zlib.compressobj(9)
    head = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = struct.pack(">HH", (size << 20) % 65521, 1)
    return head + again * (size - 1) + b"\3\0" + checksum


def png_with(width: int, height: int, *chunks: bytes) -> bytes:
    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + b"".join(chunks) + chunk(b"IEND", b"")


def tiff_with(body: bytes, **tags: int) -> bytes:
    """Return a TIFF of 16×16 in grey (TIFF 6.0), its tags named ``t`` and their number."""
    usual = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1}
    every = sorted((usual | {int(name[1:]): value for name, value in tags.items()}).items())
    at = 8 + 2 + 12 * len(every) + 4
    entries = b"".join(
        struct.pack("<HHII", tag, 4, 1, at if tag in (273, 324) else value) for tag, value in every
    )
    return b"II*\0" + struct.pack("<IH", 8, len(every)) + entries + bytes(4) + body


def bmp_with(width: int, height: int, body: bytes) -> bytes:
    sizes = struct.pack("<IHHI", 1078 + len(body), 0, 0, 1078)
    form = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(body), 0, 0, 256, 0)
    return b"BM" + sizes + form + bytes(1024) + body


def icon_of(data: bytes) -> bytes:
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(data), 22) + data


def webp_claiming(side: int) -> bytes:
    """Return an animation whose canvas was made larger (RFC 9649 section 2.7)."""
    data = bytearray(moving("WEBP"))
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = (side - 1).to_bytes(3, "little") * 2
    return bytes(data)


def apng_claiming(frames: int) -> bytes:
    data = moving("PNG")
    at = data.index(b"acTL")
    told = chunk(b"acTL", struct.pack(">II", frames, 0))
    return data[: at - 4] + told + data[at + 16 :]


def sound_of(seconds: int, format: audio.Format) -> bytes:
    rate = 8000
    return file.decode(audio.encode((rate, np.zeros(rate * seconds, np.int16)), format=format))


def mp4_of(seconds: int) -> bytes:
    """Return silence in AAC."""
    buffer = io.BytesIO()
    av = pytest.importorskip("av")
    with av.open(buffer, "w", format="mp4") as container:
        track = container.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 8000 * seconds), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
        container.mux(track.encode(frame))
        container.mux(track.encode())
    return buffer.getvalue()


def mp4_claiming(samples: int) -> bytes:
    """Return AAC whose table says that there are so many samples of one byte."""
    data = bytearray(mp4_of(1))
    at = data.index(b"stsz") + 8
    data[at : at + 8] = struct.pack(">II", 1, samples)
    at = data.index(b"stsc") + 8
    data[at : at + 16] = struct.pack(">4I", 1, 1, samples, 1)
    return bytes(data)


def icns_of(side: int) -> bytes:
    """Return an icon that holds a JPEG 2000 codestream in no box."""
    buffer = io.BytesIO()
    Image.new("L", (side, side)).save(buffer, "JPEG2000")
    data = buffer.getvalue()
    data = data[data.index(b"\xff\x4f\xff\x51") :]
    head = b"icns" + struct.pack(">I", 16 + len(data))
    return head + b"ic07" + struct.pack(">I", 8 + len(data)) + data


def docx_of(size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", bytes(size))
        archive.writestr("word/document.xml", bytes(size))
    return buffer.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "png": lambda: png_with(32768, 32768, chunk(b"IDAT", deflated(1024))),
    "png-more-than-it-says": lambda: png_with(16, 16, chunk(b"IDAT", deflated(1024))),
    "png-text": lambda: png_with(16, 16, chunk(b"zTXt", b"a\0\0" + deflated(1024))),
    "png-profile": lambda: png_with(16, 16, chunk(b"iCCP", b"a\0\0" + deflated(1024))),
    "apng": lambda: apng_claiming(2**31),
    "gif": lambda: gif_of(1, 65535, 65535),
    "gif-frames": lambda: gif_of(20_000),
    "webp": lambda: webp_claiming(16_000),
    "tiff-strip": lambda: tiff_with(deflated(1024), t278=2**32 - 1, t273=0, t279=1_050_000),
    "tiff-tile": lambda: tiff_with(deflated(1024), t322=32768, t323=32768, t324=0, t325=1_050_000),
    "tiff-tag": lambda: tiff_with(bytes(64), t273=0, t279=64, t33432=2**32 - 1),
    "bmp-skip": lambda: bmp_with(80_000_000, 1, b"\0\2\0\xff\0\xff" * 2),
    "ico-png": lambda: icon_of(png_with(32768, 32768, chunk(b"IDAT", deflated(1024)))),
    "ico-bmp": lambda: icon_of(bmp_with(9000, 18000, b"\0\1")[14:]),
    "icns-codestream": lambda: icns_of(8000),
    "docx": lambda: docx_of(20 << 20),
    "flac": lambda: sound_of(1500, "flac"),
    "flac-claim": lambda: flac_of(2**36 - 1),
    "ogg": lambda: sound_of(200, "ogg"),
    "opus": lambda: sound_of(150, "opus"),
    "m4a": lambda: mp4_of(200),
    "mp4-table": lambda: mp4_claiming(40_000_000),
    "json-deep": lambda: b'{"data":' + b"[" * 1_000_000,
    "json-deep-object": lambda: b'{"data":[' + b'{"":' * 200_000 + b"1" + b"}" * 200_000 + b"]}",
    "json-digits": lambda: b'{"data":[' + b"9" * 1_000_000 + b"]}",
    "json-keys": lambda: b'{"data":[{' + b'"a":[],' * 100_000 + b'"a":1}]}',
    "json-surrogates": lambda: b'{"data":["' + b"\\ud800" * 100_000 + b'"]}',
}
HOSTILE = sorted(path.name for path in (FIXTURES / "hostile").iterdir())

# Each in a process of its own, forked when all libraries are there.
_RUN = """
import json, os, re, resource, sys
from pathlib import Path
import av, numpy, soundfile, soxr
import encoders
from encoders import DataURL, Limits, mime
from PIL import Image
Image.init()

MIB = 1 << 20
TIGHT = Limits(
    max_bytes=4 * MIB, max_pixels=10**6, max_frames=100, max_seconds=60, max_samples=10**6,
    max_body_bytes=8 * MIB, max_depth=20,
)

def status(key):
    found = re.search(key + r":\\s+(\\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024

def leave(mib):
    room = status("VmSize") + mib * MIB
    resource.setrlimit(resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))

def wrong(data, limits):
    url = DataURL("a/b", data)
    for use in (
        lambda: encoders.decode(url, limits=limits),
        lambda: encoders.inspect(data, limits=limits),
        lambda: mime.detect(data),
        lambda: encoders.response({"data": [str(url)]}, limits=limits).data[0],
        lambda: encoders.response(data, limits=limits).data[0],
    ):
        try:
            use()
        except encoders.EncodersError:
            pass
        except BaseException as error:
            yield repr(error)[:200]

def outcome(path):
    data = Path(path).read_bytes()
    leave(2000)  # more than shall be used, so that it shows
    before = status("VmRSS")
    tight = list(wrong(data, TIGHT))
    peak = (status("VmHWM") - before) // MIB
    leave(600)
    return [Path(path).name, [*tight, *wrong(data, Limits())], peak]

for path in sys.argv[1:]:
    child = os.fork()
    if not child:
        print(json.dumps(outcome(path)), flush=True)
        os._exit(0)
    _, code = os.waitpid(child, 0)
    if code:
        print(json.dumps([Path(path).name, [f"the process ended with {code}"], 0]), flush=True)
"""
Outcomes = dict[str, tuple[list[str], int]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Return what was wrong with each bomb, and how many MiB it took within tight bounds."""
    folder = tmp_path_factory.mktemp("bombs")
    for name, make in BOMBS.items():
        (folder / name).write_bytes(make())
    paths = [*(folder / name for name in BOMBS), *(FIXTURES / "hostile" / name for name in HOSTILE)]
    command = [sys.executable, "-c", _RUN, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name: (wrong, peak) for name, wrong, peak in map(json.loads, done.stdout.splitlines())}


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")


@on_linux
@pytest.mark.parametrize("name", [*BOMBS, *HOSTILE])
def test_a_bomb_is_our_error_or_harmless_in_600_mib(name: str, outcomes: Outcomes) -> None:
    assert outcomes[name][0] == []


@on_linux
@pytest.mark.parametrize("name", [*BOMBS, *HOSTILE])
def test_tight_bounds_are_checked_before_memory_is_taken(name: str, outcomes: Outcomes) -> None:
    assert outcomes[name][1] < 32
