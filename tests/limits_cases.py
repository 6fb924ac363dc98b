"""For each limit of `Limits` and each public function that applies it, a call that just fits."""

from __future__ import annotations

import asyncio
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image

import encoders
from encoders import (
    DataURL,
    Interface,
    Limits,
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
from tests.predict.http_server import config, gradio, http_server, say

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
    "video.Video": "max_pixels",
    "video.Video.audio": "max_bytes max_seconds max_samples",
    "file.encode": "",  # nothing is decoded
    "file.describe": "",
    "file.decode": "max_bytes",
    "file.save": "max_bytes",
    "data_url.parse": "max_bytes",
    "data_url.decode_to": "max_bytes",
    "batch.encode": "",  # what is over a bound becomes a row, see test_batch
    "batch.Mapper": "",
    "batch.write": "",
    "batch.write_lines": "",
    "encode": f"max_bytes max_held_pixels {_MEDIA}",
    "decode": f"max_bytes {_MEDIA}",
    "inspect": "max_bytes max_pixels max_frames max_seconds",
    "predict.payload": "max_pixels max_frames max_depth",
    "predict.write_payload": "max_pixels max_frames max_depth",
    "predict.response": _ALL,
    "predict.Response": "max_bytes max_depth max_files",
    "predict.Interface": _ALL,
    "predict.Interface.check": "max_pixels max_frames max_depth",
    "predict.Interface.predict": _ALL,
    "predict.Interface.predict_async": _ALL,
    "predict.Interface.submit": _ALL,
    "to_html": "max_body_bytes max_depth max_outputs",  # what cannot be decoded is a note
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
        "video.Video",
        "max_pixels",
        lambda given: list(replace(clip, limits=given).frames()),
        shown,
        "frames",
    )
    use: Callable[[Limits], object] = lambda given: replace(clip, limits=given).thumbnail()  # noqa: E731
    yield Case("video.Video", "max_pixels", use, shown, "thumbnail")
    for label, track in (
        ("its own", lambda given: replace(clip, limits=given).audio()),
        ("given", lambda given: clip.audio(limits=given)),
    ):
        yield from lasting("video.Video.audio", track, name, label)
        yield Case("video.Video.audio", "max_bytes", track, len(data), label)
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

    def checked(*inputs: Any, limits: Limits, components: list[str]) -> object:
        app = Interface(config("2", components, ["textbox"]))
        return app.check(*inputs, limits=limits)

    makers: dict[str, Callable[..., object]] = {
        "predict.payload": payload,
        "predict.write_payload": written,
        "predict.Interface.check": checked,
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
                yield Case("predict.response", limit, use, amount, f"{component} as {form}", less)
            is_text = component == "plot" or (component == "image" and limit == "max_bytes")
            if limit in TAKES["predict.Response"].split() and not is_text:
                use = partial(_of_answer, save, answer, components)
                yield Case("predict.Response", limit, use, amount, f"save {component}", less)
    deep = {"data": [], "more": nested(5)}
    yield Case("predict.response", "max_depth", of(response, deep), 5, "beside the data")
    use = partial(_of_answer, save, partial(dict, data=[nested(5)]), ["textbox"])
    yield Case("predict.Response", "max_depth", use, 5, "save textbox")


def _of_answer(
    use: Callable[..., object], answer: Callable[[], Any], components: list[str], limits: Limits
) -> object:
    return use(answer(), components, limits=limits)


def pages() -> Iterator[Case]:
    text = body("x" * 5000)
    for form, answer in {"text": text, "file": io.BytesIO(text.encode())}.items():
        use = of(encoders.to_html, answer)
        yield Case("to_html", "max_body_bytes", use, len(text), form)
    yield Case("to_html", "max_outputs", of(encoders.to_html, body("a", "b", "c")), 3)
    yield Case("to_html", "max_depth", of(encoders.to_html, nested(5)), 5)


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

    def of_outputs(server: str, limits: Limits, fetch: bool) -> list[Any]:
        with Interface(server) as app:
            return [
                value
                for output in app.submit("a", fetch=fetch, limits=limits)
                for value in output.data
            ]

    ways = {
        "predict.Interface": of_own,
        "predict.Interface.predict": of_call,
        "predict.Interface.predict_async": of_async_call,
        "predict.Interface.submit": of_outputs,
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
    for family in (
        pictures,
        picture_files,
        sounds,
        videos,
        files,
        payloads,
        responses,
        pages,
        interfaces,
    )
    for case in family()
]
