"""Every public function gives each of many threads what it gives one alone.

Each thread has its own input, so that what one thread leaves behind shows in another's result.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import io
import json
import pkgutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import encoders
from encoders import (
    DataURL,
    Inspection,
    Interface,
    Limits,
    audio,
    batch,
    codecs,
    data_url,
    file,
    image,
    mime,
    video,
)
from encoders.atomic import outputs, safe_file
from encoders.cli import main as cli
from encoders.data_url import media_type
from encoders.errors import EncodersError, LimitError
from encoders.errors import text as visible
from encoders.mime.containers import au, riff
from encoders.mime.label import check_label
from encoders.predict import (
    Component,
    File,
    Payload,
    Plot,
    Raw,
    Reference,
    Response,
    Table,
    components,
    events,
    payloads,
    responses,
)
from encoders.predict import endpoints as interface
from encoders.predict.body import Parsed
from encoders.predict.pages import constraints, page, snippets
from encoders.predict.wire import Incoming, Outgoing
from encoders.source import Memory
from encoders.video import Video
from tests.paths import FIXTURES
from tests.pillow import HAS_AVIF, known
from tests.predict.http_server import Json, Play, gradio, http_server, say

PACKAGE = Path(encoders.__file__).parent
THREADS, ROUNDS = 16, 4
PATIENCE = 60.0  # seconds, after which a thread that waits for the others has lost them

# What the public modules are made of. Modules that are not here are public.
INNER = {
    "__main__",
    "caf",
    "channels",
    "cli_batch",
    "cli_predict",
    "ebml",
    "errors",
    "flac",
    "forgiving_base64",
    "heads",
    "heic",
    "iso_media",
    "jpeg_turn",
    "mpeg_audio",
    "ogg",
    "picture_bounds",
    "picture_head",
    "png",
    "pyav",
    "samples",
    "signatures",
    "sound_codec",
    "sound_reader",
    "sound_track",
    "source",
    "terminal",
    "versions",
    "wav",
    "whole",
    *(
        f"predict.{name}"
        for name in (
            *("address", "arguments", "body", "deadline", "era", "examples", "exchange"),
            "calls",
        )
    ),
    "predict.wire",
    *(
        f"batch.{name}"
        for name in (
            "arrow",
            "json_lines",
            "parquet",
            "part_folder",
            "process",
            "row",
            "segment",
            "worker",
            "workers",
        )
    ),
    *(
        f"predict.components.{name}"
        for name in (
            *("anything", "audio", "chat", "file", "gallery", "image", "label"),
            *("plot", "table", "text", "video"),
        )
    ),
}

PICTURES = tuple(
    f"image/{name}"
    for name in (
        *("small.png", "small.jpg", "small.gif", "small.webp", "small.bmp"),
        *(("small.avif",) if HAS_AVIF else ()),
        *("small.tiff", "small.jp2", "icon.ico", "exif6.jpg", "gray16.png", "cmyk.jpg"),
        *("palette-alpha.png", "animated.gif", "animated.webp", "pages.tiff"),
    )
)
SOUNDS = tuple(
    f"audio/{name}"
    for name in (
        *("tone.aac", "tone.aiff", "tone.flac", "tone.m4a", "tone.mka", "tone.mp3", "tone.ogg"),
        *("tone.opus", "browser.webm", "browser.mp4", "pcm8.wav", "pcm24.wav", "float.wav"),
    )
)
CLIPS = tuple(
    f"video/{name}"
    for name in ("clip.mp4", "clip.webm", "clip.mkv", "clip.ogv", "rotated.mp4", "odd.mp4")
)
FILES = (
    "file/report.pdf",
    "file/archive.zip",
    "file/table.csv",
    "file/data.json",
    "file/book.epub",
)
ALL = (*PICTURES, *SOUNDS, *CLIPS, *FILES)
FORMATS: list[Any] = known(*image.FORMATS)
ERAS = ("2", "3", "4", "5", "6")

# Heads of binaries that are left to libmagic.
FOREIGN = (
    b"BLENDER-v279" + bytes(60),
    b"gimp xcf file\0" + bytes(60),
    b"QFI\xfb\0\0\0\2" + bytes(80),
    b"\xce\x9a\x57\x13" + bytes(80),
    b"SIT!\0\1" + bytes(60),
    b"\x1bLuaS\0\x19\x93\r\n\x1a\n" + bytes(60),
)


@pytest.fixture(autouse=True)
def hectic() -> Iterator[None]:
    """Have the threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def pick(number: int, names: tuple[str, ...]) -> Path:
    return FIXTURES / names[number % len(names)]


def url(number: int, names: tuple[str, ...]) -> str:
    return file.encode(pick(number, names))


def pixels(number: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(number).integers(0, 256, (16 + number, 24, 3), np.uint8)


def picture(number: int) -> Image.Image:
    return Image.fromarray(pixels(number))


def sound(number: int) -> tuple[int, npt.NDArray[np.int16]]:
    samples = np.random.default_rng(number).integers(-9999, 9999, (2400 + number, 2), np.int16)
    return 8000, samples


def frames(number: int) -> npt.NDArray[np.uint8]:
    """Return a few frames of one shade."""
    return np.full((2 + number % 3, 16 + 2 * number, 32, 3), 16 * number, np.uint8)


def shown(text: str) -> Any:
    """Return what a video of one shade looks like; encoders are at liberty as to its bytes."""
    found = video.decode(text)
    shades = [round(float(frame.mean()) / 16) for frame in found.frames()]
    return shades, found.width, found.height, found.fps, found.has_audio


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(EncodersError) as caught:
        call()
    return str(caught.value)


@cache
def clip() -> Video:
    return video.decode(url(0, CLIPS))


@cache
def parsed(number: int) -> DataURL:
    return data_url.parse(url(number, PICTURES))


@cache
def answer() -> Response:
    """Return an answer whose outputs have all been decoded once; see below for the first time."""
    return encoders.response(answer_text(), COMPONENTS)


COMPONENTS = ("image", "audio", "label", "file", "dataframe", "plot")


@cache
def answer_text() -> str:
    values = [
        url(0, PICTURES),
        url(6, SOUNDS),
        {"label": "cat", "confidences": [{"label": "cat", "confidence": 0.5}]},
        {"name": "report.pdf", "data": url(0, FILES)},
        {"headers": ["a", "b"], "data": [[1, 2], [3, 4]]},
        {"type": "plotly", "plot": '{"data": [1]}'},
    ]
    return json.dumps({"data": values, "durations": [0.5]})


@cache
def said(number: int) -> tuple[Json, Json]:
    """Return what the server of an era says: its configuration, and more where it says more."""
    era, folder = ERAS[number % len(ERAS)], FIXTURES / "interface"
    config = json.loads((folder / f"era{era}-config.json").read_text("utf-8"))
    info = folder / f"era{era}-info.json"
    return config, json.loads(info.read_text("utf-8")) if info.exists() else None


@cache
def described(number: int) -> interface.Description:
    return interface.describe(*said(number))


def saved(number: int) -> dict[str, bytes]:
    """Return the files that a response becomes, by name."""
    with tempfile.TemporaryDirectory() as folder:
        return {path.name: path.read_bytes() for path in answer().save(folder)}


def on_disk(write: Callable[[Path], object]) -> dict[str, bytes]:
    """Return what a call writes into a folder of its own, by name."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def paths(number: int) -> list[str]:
    """Return paths of three files, one of which is not there."""
    return [str(pick(number, ALL)), f"nothing-{number}", str(pick(number + 1, FILES))]


def lines(number: int) -> tuple[batch.Summary, bytes]:
    sink = io.BytesIO()
    return batch.write_lines(paths(number), sink, workers=1), sink.getvalue()


def new_file(folder: Path, number: int) -> None:
    with safe_file.new_file(folder, f"{number}.bin") as target:
        safe_file.write_all(target, bytes([number]) * 99)


def give_name(folder: Path, number: int) -> None:
    (folder / "hidden").write_bytes(bytes([number]) * 99)
    safe_file.give_name(folder / "hidden", folder / f"{number}.bin", overwrite=number % 2 == 0)


def new_files(folder: Path, number: int) -> None:
    with safe_file.new_files(folder) as target:
        for name in (target.free_name("a.bin"), target.free_name("b.bin")):
            with target.open(name) as opened:
                safe_file.write_all(opened, bytes([number]) * 99)


def output_file(folder: Path, number: int) -> None:
    with outputs.output_file(folder / f"{number}.bin") as target:
        target.write(bytes([number]) * 99)


def decoded(text: str) -> str:
    sink = io.BytesIO()
    header = data_url.decode_to(io.StringIO(text), sink)
    return f"{header} {sink.getvalue()!r}"


def encoded(number: int) -> str:
    sink = io.StringIO()
    data_url.encode_to(pick(number, PICTURES), sink, media_type="a/b")
    return sink.getvalue()


def component_values(number: int) -> tuple[str, Any]:
    values: tuple[tuple[str, Any], ...] = (
        ("textbox", f"text {number}"),
        ("image", picture(number)),
        ("audio", sound(number)),
        ("label", {"cat": number / 16}),
        ("dataframe", [[number, 2], [3, number]]),
        ("plot", Plot("plotly", {"data": [number]})),
        ("highlightedtext", [("a", str(number)), ("b", None)]),
        ("video", pick(number, CLIPS)),
    )
    return values[number % len(values)]


def made(number: int, **options: Any) -> payloads.Prepared:
    name, value = component_values(number)
    return payloads.prepare([value, number], [name, "number"], "2", by_upload=False, **options)


def written(number: int) -> str:
    name, value = component_values(number)
    sink = io.StringIO()
    encoders.predict.write_payload([value], sink, components=[name])
    return sink.getvalue()


def there_and_back(number: int) -> Any:
    name, value = component_values(number)
    json_value = components.encode(value, Component(name), Outgoing(version=(3, 0)))
    return json_value, components.decode(json_value, Component(name), Incoming())


Case = Callable[[int], Any]

# By the names of the modules in which they are written, and those of classes in the package.
CASES: dict[str, Case] = {
    "audio.encode": lambda n: [
        audio.encode(pick(n, SOUNDS)),
        audio.encode(sound(n)),
        audio.encode(sound(n), format="flac"),
        audio.encode(sound(n), format="mp3", quality=(n + 1) / 16),
        audio.encode(pick(n, SOUNDS), format="flac"),
    ],
    "audio.decode": lambda n: [
        audio.decode(url(n, SOUNDS), start=n / 100),
        audio.decode(url(n, SOUNDS), dtype="float32", mono=True, sample_rate=8000 + n),
        # Two encodings of one sound differ by a random serial number.
        audio.decode(audio.encode(sound(n), format="ogg", quality=n / 16)),
        audio.decode(audio.encode(sound(n), format="opus")),
    ],
    "riff.aiff_end": lambda n: riff.aiff_end(Memory(pick(n, SOUNDS).read_bytes(), None)),
    "riff.with_aiff_size": lambda n: riff.with_aiff_size(
        Memory(pick(n, SOUNDS).read_bytes(), None)
    ).at(0, 60),
    "riff.byte_order": lambda n: riff.byte_order(Memory(pick(n, SOUNDS).read_bytes(), None)),
    "riff.chunks": lambda n: list(riff.chunks(Memory(pick(n, SOUNDS).read_bytes(), None))),
    "riff.are_chunks": lambda n: riff.are_chunks(Memory(pick(n, SOUNDS).read_bytes(), None), 12),
    "au.stated_end": lambda n: au.stated_end(Memory(pick(n, SOUNDS).read_bytes(), None)),
    "au.with_size": lambda n: au.with_size(Memory(pick(n, SOUNDS).read_bytes(), None)).at(0, 60),
    "codecs.codec_of": lambda n: codecs.codec_of(Memory(pick(n, ALL).read_bytes(), None)),
    "codecs.decode_with": lambda n: len(codecs.decode_with("file", f"data:,{n}")),
    "video.may_have_picture": lambda n: video.may_have_picture(
        Memory(pick(n, ALL).read_bytes(), None)
    ),
    "audio.describe": lambda n: audio.describe(pick(n, SOUNDS)),
    "audio.checked": lambda n: audio.checked(8000, np.full(99, n / 8, np.float32), clip=True),
    "batch.folder.find": lambda n: list(batch.find(FIXTURES / ("image", "audio")[n % 2])),
    "batch.rows.encode": lambda n: list(batch.encode(paths(n), workers=1)),
    "batch.output.write": lambda n: on_disk(
        lambda folder: batch.write(paths(n), folder / f"{n}.jsonl", workers=1)
    ),
    "batch.output.write_lines": lambda n: lines(n),
    "cli.main": lambda n: on_disk(
        lambda folder: cli.main(["encode", str(pick(n, ALL)), "-o", str(folder / "url.txt")])
    ),
    "codecs.encode": lambda n: [
        encoders.encode(pick(n, ALL)),
        encoders.encode(picture(n), format="jpeg", quality=5 * n + 1),
        encoders.encode(sound(n)),
    ],
    "codecs.decode": lambda n: [
        encoders.decode(url(n, ALL)),
        refused(lambda: encoders.decode(f"data:image/png;base64,iVBORw0KGgo*{n}")),
    ],
    "codecs.codec_for": lambda n: codecs.codec_for(("image/png", "audio/wav", f"x/y{n}")[n % 3]),
    "data_url.parse": lambda n: data_url.parse(f"data:text/plain;a={n};base64, aGVs bG8").data,
    "data_url.format": lambda n: [
        data_url.format(parsed(n)),
        data_url.format(DataURL("text/plain", bytes(range(16 * n))), base64=False),
    ],
    "data_url.relabel": lambda n: data_url.relabel(parsed(n), f"a/b{n}"),
    "data_url.encode_to": encoded,
    "data_url.encode_pieces": lambda n: data_url.encode_pieces(pick(n, PICTURES)),
    "data_url.decode_to": lambda n: decoded(url(n, PICTURES)),
    "file.encode": lambda n: file.encode(pick(n, ALL), name=f"{n}.bin", keep_name=True),
    "file.decode": lambda n: file.decode(url(n, ALL), strict=True),
    "file.save": lambda n: on_disk(lambda folder: file.save(url(n, ALL), folder, str(n))),
    "image.encode": lambda n: [
        image.encode(pick(n, PICTURES)),
        # Decoded, since an animated AVIF holds the time at which it was made.
        image.decode_array(
            image.encode(pick(n, PICTURES), format=FORMATS[n % len(FORMATS)], max_size=40 + n)
        ),
        image.encode(picture(n), format="jpeg", quality=5 * n + 1),
        image.encode(pixels(n)),
        image.encode(picture(n), compress="small", background=(n, n, n), mode="L"),
    ],
    "image.decode": lambda n: [
        image.decode(url(n, PICTURES)),
        image.decode(url(n, PICTURES), mode="RGB", background=f"#0000{n:02x}"),
    ],
    "image.decode_array": lambda n: image.decode_array(url(n, PICTURES)),
    "image.decode_frames": lambda n: image.decode_frames(url(n, PICTURES)),
    "image.describe": lambda n: image.describe(pick(n, PICTURES)),
    "image.open_head": lambda n: (
        image.open_head(
            Memory(pick(n, PICTURES).read_bytes(), None), mime.detect(pick(n, PICTURES))
        ).size
    ),
    "image.orientation": lambda n: image.orientation(image.decode(url(n, PICTURES))),
    "image.frame_count": lambda n: image.frame_count(image.decode(url(n, PICTURES))),
    "image.upright": lambda n: image.upright(picture(n)).size,
    "image.fitting_profile": lambda n: image.fitting_profile(image.decode(url(n, PICTURES))),
    "codecs.inspect": lambda n: encoders.inspect(pick(n, ALL)),
    "media_type.parse": lambda n: media_type.parse(f'Text/Plain; a="{n}\\"";b={n}'),
    "media_type.serialize": lambda n: media_type.serialize("a/b", (("c", f'{n}"'),)),
    "media_type.check": lambda n: refused(lambda: media_type.check("a/b", (("c", f"{n},"),))),
    "mime.detect": lambda n: [
        *(mime.detect(pick(n + i, ALL)) for i in range(4)),
        *(mime.detect(FOREIGN[(n + i) % len(FOREIGN)]) for i in range(20)),
    ],
    "mime.kind": lambda n: mime.kind(("image/png", "model/stl", f"x/{n}")[n % 3]),
    "mime.suffix": lambda n: mime.suffix(("image/jpg", "audio/x-wav", f"text/{n}")[n % 3]),
    "mime.from_name": lambda n: mime.from_name(pick(n, ALL).name),
    "mime.canonical": lambda n: mime.canonical(("image/jpg", "audio/mp3", f"x/{n}")[n % 3]),
    "mime.check_label": lambda n: refused(lambda: check_label(f"x/{n}", "a/b")),
    "predict.components.as_component": lambda n: components.as_component(
        ("Image", "Label", "file", "Check Box", "plot")[n % 5]
    ),
    "predict.components.as_components": lambda n: components.as_components(["image"] * n, n),
    "predict.components.canonical": lambda n: components.canonical(f"Line Plot {n}"),
    "predict.components.decode": there_and_back,
    "predict.components.encode": there_and_back,
    "predict.interface.describe": lambda n: interface.describe(*said(n)),
    "predict.constraints.constraints": lambda n: constraints.constraints(
        components.Component("radio", {"choices": list(range(n))})
    ),
    "predict.page.page": lambda n: page.page(described(n), f"http://host{n}"),
    "predict.page.text": lambda n: page.text(page.page(described(n), f"http://host{n}")),
    "predict.page.html": lambda n: page.html(page.page(described(n), f"http://host{n}")),
    "predict.payloads.payload": lambda n: encoders.payload(
        picture(n), sound(n), f"text {n}", n, pick(n, FILES), era=("2", "3.50.2")[n % 2]
    ),
    "predict.payloads.batch_of_one": lambda n: payloads.batch_of_one([n, "a"]),
    "predict.payloads.files_in": lambda n: payloads.files_in([{"a": (Path(f"{n}"), n)}, Path("b")]),
    "predict.payloads.write_payload": lambda n: [
        written(n),
        on_disk(lambda folder: encoders.predict.write_payload([n], folder / "payload.json")),
    ],
    "predict.payloads.prepare": lambda n: made(n).payload,
    "predict.payloads.pieces": lambda n: payloads.pieces(made(n, streams=True).payload),
    "predict.responses.response": lambda n: encoders.response(answer_text(), COMPONENTS).data[
        n % 6
    ],
    "predict.responses.read": lambda n: responses.read(f'{{"data": [{n}]}}'.encode(), Limits()),
    "predict.responses.from_parsed": lambda n: responses.from_parsed(
        responses.read({"data": [n]}, Limits()), ["number"]
    ).data[0],
    "predict.events.is_event_stream": lambda n: events.is_event_stream(b"data: []" + bytes(n)),
    "predict.events.queue_answer": lambda n: events.queue_answer(Parsed({"msg": n}, False)),
    "predict.events.only_called": lambda n: str(events.only_called(f"{n}")),
    "predict.events.failed": lambda n: str(events.failed({"error": f"{n}"})),
    "predict.events.words": lambda n: events.words({"error": f"'{n}\\n'"}),
    "predict.snippets.snippets": lambda n: snippets.snippets(
        described(n), described(n).endpoint(None), f"http://host{n}"
    ),
    "predict.snippets.example_call": lambda n: snippets.example_call(
        described(n), described(n).endpoint(None), f"http://host{n}"
    ),
    "predict.snippets.plain_body": lambda n: snippets.plain_body({"a": [n]}),
    "predict.snippets.quoted": lambda n: snippets.quoted(f"\x1b{n}"),
    "predict.snippets.written": lambda n: snippets.written({"a": [n]}),
    "safe_file.safe_name": lambda n: safe_file.safe_name(f"../{n}%20.png"),
    "safe_file.new_file": lambda n: on_disk(lambda folder: new_file(folder, n)),
    "safe_file.check_way": lambda n: safe_file.check_way(FIXTURES / f"nothing-{n}", n % 2 == 0),
    "outputs.check_output": lambda n: outputs.check_output(
        FIXTURES / f"nothing-{n}", inputs=[pick(n, ALL)]
    ),
    "outputs.check_folder": lambda n: on_disk(outputs.check_folder),
    "safe_file.make_folder": lambda n: on_disk(lambda folder: safe_file.make_folder(folder)),
    "safe_file.require_folder": lambda n: safe_file.require_folder(FIXTURES),
    "safe_file.refuse_input": lambda n: safe_file.refuse_input(pick(n, ALL), "x", ()),
    "safe_file.identities": lambda n: len(safe_file.identities([pick(n, ALL), 0, f"nothing-{n}"])),
    "safe_file.give_name": lambda n: on_disk(lambda folder: give_name(folder, n)),
    "safe_file.new_files": lambda n: on_disk(lambda folder: new_files(folder, n)),
    "outputs.output_file": lambda n: on_disk(lambda folder: output_file(folder, n)),
    "safe_file.write_all": lambda n: on_disk(lambda folder: new_file(folder, n)),
    "visible.is_hidden": lambda n: visible.is_hidden(chr(0x2020 + n)),
    "visible.without_hidden": lambda n: visible.without_hidden(f"a\u3164{n}"),
    "visible.visible": lambda n: visible.visible(f"a\x1b{n}\u3164"),
    "visible.one_line": lambda n: visible.one_line("a\n" * n, 9),
    "visible.shortened": lambda n: visible.shortened("ab" * n, 9),
    "video.encode": lambda n: [
        video.encode(pick(n, CLIPS)),
        shown(video.encode(frames(n), fps=5 + n, audio=sound(n), quality=5 * n)),
        shown(video.encode(frames(n), fps=5 + n, format="webm")),
    ],
    "video.decode": lambda n: video.decode(url(n, CLIPS)),
    "video.describe": lambda n: video.describe(pick(n, CLIPS)),
    "Component": lambda n: Component(f"Check Box {n}", {"n": n}),
    "Component.format": lambda n: Component(("image", "audio", "label")[n % 3]).format,
    # One object for all threads, where the name is that of a class's own.
    "DataURL": lambda n: DataURL("a/b", bytes(n)),
    "DataURL.data": lambda n: parsed(0).data,
    "DataURL.size": lambda n: parsed(0).size,
    "DataURL.reader": lambda n: parsed(0).reader()(100 * n, 100),
    "DataURL.chunks": lambda n: map(bytes, parsed(0).chunks()),
    "File": lambda n: File(pick(n, ALL).read_bytes()),
    "File.data_url": lambda n: File(pick(n, ALL).read_bytes()).data_url,
    "Inspection": lambda n: Inspection(str(n), "a/b", None, n),
    "Limits": lambda n: Limits(max_bytes=n),
    "Limits.check": lambda n: refused(lambda: Limits(max_bytes=n).check("max_bytes", 99, "bytes")),
    "Payload": lambda n: Payload(data=[n]),
    "Plot": lambda n: Plot("plotly", {"data": n}),
    "Raw": lambda n: encoders.payload(Raw(n), components=["image"]),
    "Reference": lambda n: Reference(str(n)),
    "Response.references": lambda n: answer().references,
    "Response.save": saved,
    "Table": lambda n: Table(None, [[n]]),
    "Video": lambda n: replace(clip(), width=n),
    "Video.audio": lambda n: clip().audio(start=n / 100, stop=0.5),
    "Video.frames": lambda n: clip().frames(n, n + 5),
    "Video.thumbnail": lambda n: clip().thumbnail(n / 20),
}

# With one interface for all threads.
CALLS: dict[str, Callable[[Interface, int], Any]] = {
    "Interface": lambda app, n: repr(Interface(f"http://host{n}")),
    "Interface.close": lambda app, n: Interface(str(app.url)).close(),
    "Interface.description": lambda app, n: app.description,
    "Interface.endpoint": lambda app, n: app.endpoint(0),
    "Interface.endpoints": lambda app, n: app.endpoints,
    "Interface.era": lambda app, n: app.era,
    "Interface.fetch": lambda app, n: app.fetch(Reference(f"/tmp/gradio/{n}")),
    "Interface.html": lambda app, n: app.html(),
    "Interface.predict": lambda app, n: app.predict(str(n), fetch=True).data,
    "Interface.predict_async": lambda app, n: asyncio.run(called(app, n)),
    "Interface.snippets": lambda app, n: app.snippets(),
    "Interface.text": lambda app, n: app.text(),
    "Interface.upload": lambda app, n: app.upload(f"{n}.bin", io.BytesIO(bytes([n]) * 999)),
}


async def called(app: Interface, number: int) -> list[Any]:
    calls = (app.predict_async(f"{number}-{turn}") for turn in range(3))
    return [answer.data for answer in await asyncio.gather(*calls)]


def server_plays() -> dict[str, Play]:
    """Return what a server does that answers with a text and a file, each of one call's own."""

    def function(text: str) -> list[Json]:
        path = f"/tmp/gradio/{text}"
        return [text, {"path": path, "meta": {"_type": "gradio.FileData"}}]

    return {
        **gradio("5", function, outputs=["textbox", "file"]),
        "/gradio_api/file=*": lambda exchange: exchange.answer(exchange.path.encode()),
        "/gradio_api/upload": lambda exchange: say([str(exchange.seen.body.count(b"\0"))])(
            exchange
        ),
    }


def public_names() -> set[str]:
    """Return the functions of the public modules, and what can be called of the public classes."""
    found: set[str] = set()
    for module in pkgutil.walk_packages([str(PACKAGE)], "encoders."):
        home = module.name.removeprefix("encoders.")
        if home in INNER:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            is_function = inspect.isfunction(inspect.unwrap(value)) if callable(value) else False
            if is_function and value.__module__ == module.name and name[0] != "_":
                found.add(f"{home}.{name}")
    for kind in (getattr(encoders, name) for name in encoders.__all__):
        if not inspect.isclass(kind) or issubclass(kind, Exception):
            continue
        if kind is not Response:  # which `response` makes
            found.add(kind.__name__)
        for name, value in vars(kind).items():
            if name[0] != "_" and (inspect.isfunction(value) or isinstance(value, property)):
                found.add(f"{kind.__name__}.{name}")
    return found


def plain(value: Any) -> Any:
    """Return what a result holds, to be compared."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, Image.Image):
        return value.format, value.mode, value.size, value.tobytes()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "to_dict"):  # a pandas DataFrame
        return value.to_dict("list")
    if not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        return [plain(item) for item in value]
    return value


def in_threads(call: Case, rounds: int = ROUNDS) -> list[list[Any]]:
    """Return what a call gives each thread, round by round; they begin each round together."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> list[Any]:
        found: list[Any] = []
        for _ in range(rounds):
            barrier.wait(PATIENCE)
            try:
                found.append(plain(call(number)))
            except Exception as error:  # not let out, or the others would wait in vain
                found.append(error)
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def check(call: Case, rounds: int = ROUNDS) -> None:
    """Compare what threads get with what one alone gets, without a wall of bytes on failure."""
    alone = [plain(call(number)) for number in range(THREADS)]

    found = in_threads(call, rounds)

    wrong = [
        (number, result if isinstance(result, Exception) else "another result")
        for number, results in enumerate(found)
        for result in results
        if isinstance(result, Exception) or result != alone[number]
    ]
    assert wrong == []


def test_every_public_function_has_a_case() -> None:
    assert public_names() == CASES.keys() | CALLS.keys()


@pytest.mark.parametrize("name", CASES)
def test_threads_get_what_one_alone_gets(name: str) -> None:
    check(CASES[name])


@pytest.mark.parametrize("name", CALLS)
def test_threads_that_share_an_interface_get_what_one_alone_gets(name: str) -> None:
    with http_server(server_plays()) as server:
        with Interface(server.url) as one:
            alone = [plain(CALLS[name](one, number)) for number in range(THREADS)]
        with Interface(server.url) as app:
            if name in ("Interface.fetch", "Interface.upload") or "predict" in name:
                _ = app.description  # else nobody has asked anything yet
            assert in_threads(lambda number: CALLS[name](app, number), 2) == [
                [result] * 2 for result in alone
            ]


# One object that all threads use.


def test_threads_can_encode_one_picture() -> None:
    """Each with options of its own, which Pillow puts into the picture that it saves."""
    shared = image.decode(url(0, PICTURES))

    check(lambda n: image.encode(shared, format="jpeg", quality=5 * n + 1))
    check(lambda n: image.encode(shared, format=FORMATS[n % len(FORMATS)]))


@pytest.mark.parametrize("name", ["image/small.png", "image/photo.jpg", "image/animated.gif"])
def test_threads_can_encode_one_picture_that_is_not_loaded(name: str) -> None:
    with Image.open(FIXTURES / name) as picture:
        alone = image.encode(picture)
    with Image.open(FIXTURES / name) as shared:
        found = in_threads(lambda _: image.encode(shared), 1)

    wrong = [result for (result,) in found if result != alone]
    assert [str(result)[:99] for result in wrong] == []


def test_a_picture_that_was_refused_holds_up_no_other() -> None:
    with Image.open(FIXTURES / "image" / "animated.gif") as picture:
        with pytest.raises(LimitError) as kept:
            image.encode(picture, format="webp", limits=Limits(max_held_pixels=10))
        other = threading.Thread(target=image.encode, args=(picture.copy(),), daemon=True)
        other.start()
        other.join(PATIENCE)

    assert not other.is_alive()
    assert kept.value.limit == "max_held_pixels"


def test_threads_decode_an_output_to_one_object() -> None:
    for _ in range(ROUNDS):
        shared = encoders.response(answer_text(), COMPONENTS).data
        found = in_threads(lambda n, shared=shared: id(shared[n % 2]), 1)  # type: ignore[misc]

        assert len(set(chain.from_iterable(found))) == 2


@pytest.mark.parametrize("overwrite", [False, True])
def test_threads_that_save_one_name_leave_one_whole_file(overwrite: bool, tmp_path: Path) -> None:
    sizes = [10_000 + number for number in range(THREADS)]

    def save(number: int) -> str:
        text = str(DataURL("a/b", bytes(sizes[number])))
        return file.save(text, tmp_path / "new", "one.bin", overwrite=overwrite).name

    found = Counter(repr(results[0]).partition("(")[0] for results in in_threads(save, 1))

    assert found == ({"'one.bin'": 16} if overwrite else {"'one.bin'": 1, "FileExistsError": 15})
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["one.bin"]
    assert (tmp_path / "new" / "one.bin").stat().st_size in sizes


def test_threads_that_save_one_answer_leave_whole_files(tmp_path: Path) -> None:
    names = in_threads(lambda _: [path.name for path in answer().save(tmp_path, overwrite=True)], 1)

    assert names == [[list(saved(0))]] * THREADS
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == saved(0)


def test_a_function_with_state_is_called_by_one_thread_at_a_time() -> None:
    under_way = threading.Lock()
    parts = ["textbox", "state"]

    def slow(text: str, _: Json) -> list[Json]:
        assert under_way.acquire(blocking=False)
        time.sleep(0.01)
        under_way.release()
        return [text, None]

    plays = gradio("6", slow, inputs=parts, outputs=parts)
    with http_server(plays) as server, Interface(server.url) as app:
        results = in_threads(lambda number: app.predict(str(number)).data[0], 1)

    assert results == [[str(number)] for number in range(THREADS)]


def test_threads_can_close_one_interface() -> None:
    with http_server(gradio("3")) as server, Interface(server.url, timeout=5) as app:
        app.predict("hi")
        assert in_threads(lambda _: app.close(), 1) == [[None]] * THREADS


def test_threads_never_share_a_session_without_state() -> None:
    """Servers keep a generator under its session: a call would go on with another's."""
    with http_server(gradio("3")) as server, Interface(server.url) as app:
        in_threads(lambda n: app.predict(str(n)), 1)

    sessions = [seen.json["session_hash"] for seen in server.seen if seen.body]
    assert len(set(sessions)) == THREADS


# What is the process's own.


_HELD_IMPORT = """
import threading
from PIL import Image
from encoders import image

inside = threading.Event()
register = Image.register_open

def held(name, *more):
    register(name, *more)
    if name == "QOI":
        inside.set()
        threading.Event().wait(0.3)  # for the other thread to go wrong in

Image.register_open = held
other = threading.Thread(target=Image.init)
other.start()
inside.wait()
print(image.decode("data:;base64,cW9pZgAAAAEAAAABAwD+/wAAAAAAAAAAAAE=").getpixel((0, 0)))
other.join()
"""


def test_a_plugin_that_another_thread_is_loading_is_waited_for() -> None:
    command = [sys.executable, "-c", _HELD_IMPORT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr[-200:]) == ("(255, 0, 0)\n", "")


def test_libmagic_tells_threads_what_it_tells_one() -> None:
    """They take turns at one handle of it, by a lock of python-magic's."""
    magic = pytest.importorskip("magic", exc_type=ImportError)
    ask = magic.Magic(mime=True).from_buffer

    check(lambda n: [ask(FOREIGN[(n + i) % len(FOREIGN)]) for i in range(100)])
    check(lambda n: [mime.detect(FOREIGN[(n + i) % len(FOREIGN)]) for i in range(100)])


_CHANGES = {
    *("catch_warnings", "simplefilter", "filterwarnings", "setlocale", "chdir", "umask"),
    *("setrecursionlimit", "setswitchinterval", "putenv", "set_level", "setdefaulttimeout"),
    *("MAX_IMAGE_PIXELS", "LOAD_TRUNCATED_IMAGES", "MAXBLOCK", "LOADING_STRATEGY"),
}


def test_nothing_changes_what_all_threads_share() -> None:
    """Such as warnings' filters, which another thread would lose, or never get back."""
    named = {
        name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (getattr(node, "attr", None), getattr(node, "id", None))
    }
    assert not named & _CHANGES


# The first call of all, in an interpreter that has imported nothing yet.

_CHILD = """
import sys, threading
sys.setswitchinterval(1e-6)
calls = sys.argv[2:]
barrier = threading.Barrier(16)
found = [None] * 16

def url(name):
    import encoders
    return encoders.file.encode(f"{sys.argv[1]}/{name}")

def call(number):
    import encoders
    from encoders import Interface, audio, data_url, image, mime, video
    text = calls[number % len(calls)]
    return repr(eval(text, globals() | locals()))

def run(number):
    barrier.wait()
    try:
        found[number] = call(number)
    except BaseException as error:
        found[number] = error

threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for number, result in enumerate(found):
    if isinstance(result, BaseException):
        print(calls[number % len(calls)], repr(result), repr(result.__cause__))
    elif result != call(number):
        print(calls[number % len(calls)], "gave another result")
"""

FIRST = {
    "a name": [f"encoders.{name}" for name in encoders.__all__ if name != "Interface"][:16],
    "another name": [f"encoders.{name}" for name in encoders.__all__][16:],
    "a picture": [f"image.decode_array(url({name!r})).tobytes()" for name in PICTURES],
    "a picture written": [
        f"image.encode(url('image/small.jpg'), format={format!r}, max_size=64)"
        for format in FORMATS
    ],
    "a sound": [f"audio.decode(url({name!r}))[1].tobytes()" for name in SOUNDS],
    "a video": [f"next(video.decode(url({name!r})).frames()).tobytes()" for name in CLIPS],
    "a media type": [f"mime.detect({head!r})" for head in FOREIGN],
    "rows": ["list(encoders.batch.encode([f'{sys.argv[1]}/file/report.pdf'], workers=1))"],
    "a payload": [
        "encoders.payload(b'%PDF-1.7', 'text', number)",
        "encoders.payload([[1, 2]], components=['dataframe'], era='4')",
        'encoders.response(\'{"data": [{"headers": [], "data": []}]}\').data[0]',
        "Interface({'version': '2.9.4', 'input_components': [], 'output_components': []}).text()",
    ],
}
FIRST["anything"] = [calls[-1] for calls in FIRST.values()]


@pytest.mark.parametrize("what", FIRST)
def test_the_first_call_may_be_made_by_many_threads_at_once(what: str) -> None:
    command = [sys.executable, "-c", _CHILD, str(FIXTURES), *FIRST[what]]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(3)
    ]
    assert [child.communicate(timeout=PATIENCE)[0] for child in children] == [""] * 3
    assert [child.returncode for child in children] == [0] * 3
