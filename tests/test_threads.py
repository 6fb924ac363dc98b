"""Every public callable returns the same in each of many threads as in one thread.

Each thread has its own input, so state that one thread leaves behind shows in another's result.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pyarrow
import pytest

import encoders
from encoders import (
    DataURL,
    Inspection,
    Interface,
    Limits,
    audio,
    batch,
    data_url,
    file,
    image,
    mime,
    video,
)
from encoders.errors import Remedy
from encoders.predict import (
    Call,
    Component,
    File,
    Payload,
    Plan,
    PlannedUpload,
    Plot,
    Progress,
    Raw,
    Reference,
    Status,
    Table,
    write_payload,
)
from encoders.predict.endpoints import Endpoint
from tests.paths import FIXTURES
from tests.predict.http_server import Json, Play, gradio, http_server, say
from tests.public_names import public_callables
from tests.threads import (
    ALL,
    CLIPS,
    COMPONENTS,
    FILES,
    FOREIGN,
    FORMATS,
    PICTURES,
    ROUNDS,
    SOUNDS,
    THREADS,
    Case,
    answer,
    answer_text,
    check,
    clip,
    frames,
    in_threads,
    on_disk,
    parsed,
    pick,
    picture,
    pixels,
    plain,
    refused,
    saved,
    shown,
    sound,
    url,
)

pytestmark = [pytest.mark.usefixtures("hectic"), pytest.mark.long]


def paths(number: int) -> list[str]:
    """Return paths of three files, one of which is not there."""
    return [str(pick(number, ALL)), f"nothing-{number}", str(pick(number + 1, FILES))]


def lines(number: int) -> tuple[batch.Summary, bytes]:
    sink = io.BytesIO()
    return batch.write_lines(paths(number), sink, workers=1), sink.getvalue()


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


def written(number: int) -> str:
    name, value = component_values(number)
    sink = io.StringIO()
    encoders.predict.write_payload([value], sink, components=[name])
    return sink.getvalue()


def plan(number: int) -> Plan:
    upload = PlannedUpload("a.bin", "a/b", number, 0)
    return Plan(Endpoint("/predict", 0, (), ()), Payload(data=[]), number, (upload,))


# By the module that users know a callable from; methods and properties by their class.
CASES: dict[str, Case] = {
    "encode": lambda n: [
        encoders.encode(pick(n, ALL)),
        encoders.encode(picture(n), format="jpeg", quality=5 * n + 1),
        encoders.encode(sound(n)),
    ],
    "decode": lambda n: [
        encoders.decode(url(n, ALL)),
        refused(lambda: encoders.decode(f"data:image/png;base64,iVBORw0KGgo*{n}")),
    ],
    "inspect": lambda n: encoders.inspect(pick(n, ALL)),
    "Inspection": lambda n: Inspection(str(n), "a/b", None, n),
    "to_html": lambda n: encoders.to_html({"data": [f"text {n}", url(n, ALL)]}),
    "Limits": lambda n: Limits(max_bytes=n),
    "Limits.check": lambda n: refused(lambda: Limits(max_bytes=n).check("max_bytes", 99, "bytes")),
    "audio.Info": lambda n: audio.Info("audio/wav", n, 1, 0.5),
    "audio.accepts": lambda n: audio.accepts((sound(n), n)[n % 2]),
    "audio.decode": lambda n: [
        audio.decode(url(n, SOUNDS), start=n / 100),
        audio.decode(url(n, SOUNDS), dtype="float32", mono=True, sample_rate=8000 + n),
        # Decoded, since two encodings of one sound differ by a random serial number.
        audio.decode(audio.encode(sound(n), format="ogg", quality=6 * n + 1)),
        audio.decode(audio.encode(sound(n), format="opus")),
    ],
    "audio.describe": lambda n: audio.describe(pick(n, SOUNDS)),
    "audio.encode": lambda n: [
        audio.encode(pick(n, SOUNDS)),
        audio.encode(sound(n)),
        audio.encode(sound(n), format="flac"),
        audio.encode(sound(n), format="mp3", quality=6 * n + 1),
        audio.encode(pick(n, SOUNDS), format="flac"),
    ],
    "batch.Mapper": lambda n: [
        rows.to_pydict() for rows in batch.Mapper()(pyarrow.table({"path": paths(n)}))
    ],
    "batch.Row": lambda n: batch.Row(str(n), "a/b", n, None, None),
    "batch.Summary": lambda n: batch.Summary(n, 0, 0),
    "batch.encode": lambda n: list(batch.encode(paths(n), workers=1)),
    "batch.find": lambda n: list(batch.find(FIXTURES / ("image", "audio")[n % 2])),
    "batch.write": lambda n: on_disk(
        lambda folder: batch.write(paths(n), folder / f"{n}.jsonl", workers=1)
    ),
    "batch.write_lines": lambda n: lines(n),
    "data_url.DataURL": lambda n: DataURL("a/b", bytes(n)),
    # One object for all threads.
    "data_url.DataURL.chunks": lambda n: map(bytes, parsed(0).chunks()),
    "data_url.DataURL.data": lambda n: parsed(0).data,
    "data_url.DataURL.reader": lambda n: parsed(0).reader()(100 * n, 100),
    "data_url.DataURL.size": lambda n: parsed(0).size,
    "data_url.Header": lambda n: data_url.Header("a/b", (("n", str(n)),), True),
    "data_url.decode_to": lambda n: decoded(url(n, PICTURES)),
    "data_url.encode_pieces": lambda n: data_url.encode_pieces(pick(n, PICTURES)),
    "data_url.encode_to": encoded,
    "data_url.format": lambda n: [
        data_url.format(parsed(n)),
        data_url.format(DataURL("text/plain", bytes(range(16 * n))), base64=False),
    ],
    "data_url.parse": lambda n: data_url.parse(f"data:text/plain;a={n};base64, aGVs bG8").data,
    "errors.Remedy": lambda n: str(Remedy("pass", "n", str(n))),
    "errors.Remedy.text": lambda n: Remedy("pass", "n", str(n)).text("--n", f"--n {n}"),
    "file.Info": lambda n: file.Info(f"a/b{n}"),
    "file.accepts": lambda n: file.accepts(n),
    "file.decode": lambda n: file.decode(url(n, ALL), strict=True),
    "file.describe": lambda n: file.describe(pick(n, ALL)),
    "file.encode": lambda n: [
        file.encode(pick(n, ALL), name=f"{n}.bin", keep_name=True),
        file.encode(parsed(n)),
    ],
    "file.save": lambda n: on_disk(lambda folder: file.save(url(n, ALL), folder, str(n))),
    "image.Info": lambda n: image.Info("image/png", n, n, "RGB", 1),
    "image.accepts": lambda n: image.accepts((picture(n), n)[n % 2]),
    "image.decode": lambda n: [
        image.decode(url(n, PICTURES)),
        image.decode(url(n, PICTURES), mode="RGB", background=f"#0000{n:02x}"),
    ],
    "image.decode_array": lambda n: image.decode_array(url(n, PICTURES)),
    "image.decode_frames": lambda n: image.decode_frames(url(n, PICTURES)),
    "image.describe": lambda n: image.describe(pick(n, PICTURES)),
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
    "mime.canonical": lambda n: mime.canonical(("image/jpg", "audio/mp3", f"x/{n}")[n % 3]),
    "mime.detect": lambda n: [
        *(mime.detect(pick(n + i, ALL)) for i in range(4)),
        *(mime.detect(FOREIGN[(n + i) % len(FOREIGN)]) for i in range(20)),
    ],
    "mime.from_name": lambda n: mime.from_name(pick(n, ALL).name),
    "mime.kind": lambda n: mime.kind(("image/png", "model/stl", f"x/{n}")[n % 3]),
    "mime.suffix": lambda n: mime.suffix(("image/jpg", "audio/x-wav", f"text/{n}")[n % 3]),
    "predict.Component": lambda n: Component(f"Check Box {n}", {"n": n}),
    "predict.Component.type": lambda n: Component(("image", "audio", "label")[n % 3]).type,
    "predict.Component.reader": lambda n: Component("dropdown", {"multiselect": n % 2}).reader,
    "predict.Component.constraints": lambda n: Component("slider", {"maximum": n}).constraints,
    "predict.Component.exists_in": lambda n: Component("dialogue").exists_in((n, 0)),
    "predict.File": lambda n: File(pick(n, ALL).read_bytes()),
    "predict.File.data_url": lambda n: File(pick(n, ALL).read_bytes()).data_url,
    "predict.Payload": lambda n: Payload(data=[n]),
    "predict.Plan": lambda n: str(plan(n)),
    "predict.Plan.upload_bytes": lambda n: plan(n).upload_bytes,
    "predict.PlannedUpload": lambda n: PlannedUpload(str(n), "a/b", n, 0),
    "predict.Plot": lambda n: Plot("plotly", {"data": n}),
    "predict.Progress": lambda n: Progress(n, 10),
    "predict.Raw": lambda n: encoders.payload(Raw(n), components=["image"]),
    "predict.Reference": lambda n: Reference(str(n)),
    "predict.Response": lambda n: encoders.response({"data": [n]}).json,
    "predict.Response.references": lambda n: answer().references,
    "predict.Response.save": saved,
    "predict.Status": lambda n: Status(progress=(Progress(n, 10),)),
    "predict.Status.is_final": lambda n: Status("done").is_final,
    "predict.Table": lambda n: Table(None, [[n]]),
    "predict.Table.to_pandas": lambda n: Table(["a"], [[n], [n + 1]]).to_pandas(),
    "predict.payload": lambda n: [
        encoders.payload(
            picture(n), sound(n), f"text {n}", n, pick(n, FILES), era=("2", "3.50.2")[n % 2]
        ),
        encoders.payload(component_values(n)[1], components=[component_values(n)[0]], era="3"),
    ],
    "predict.response": lambda n: [
        encoders.response(answer_text(), COMPONENTS).data[n % 6],
        *encoders.response(written(n), [component_values(n)[0]]).data,
    ],
    "predict.write_payload": lambda n: [
        written(n),
        on_disk(lambda folder: write_payload([n], folder / "payload.json")),
    ],
    "video.Info": lambda n: replace(video.describe(pick(0, CLIPS)), width=n),
    "video.Video": lambda n: replace(clip(), width=n),
    "video.Video.audio": lambda n: clip().audio(start=n / 100, stop=0.5),
    "video.Video.frames": lambda n: clip().frames(n, n + 5),
    "video.Video.thumbnail": lambda n: clip().thumbnail(n / 20),
    "video.accepts": lambda n: video.accepts((clip(), n)[n % 2]),
    "video.decode": lambda n: video.decode(url(n, CLIPS)),
    "video.describe": lambda n: video.describe(pick(n, CLIPS)),
    "video.encode": lambda n: [
        video.encode(pick(n, CLIPS)),
        shown(video.encode(frames(n), fps=5 + n, audio=sound(n), quality=5 * n + 1)),
        shown(video.encode(frames(n), fps=5 + n, format="webm")),
    ],
}

STARTS_PROCESSES = ("batch.encode", "batch.write", "batch.write_lines")

# With one interface for all threads.
CALLS: dict[str, Callable[[Interface, int], Any]] = {
    "predict.Call": lambda app, n: [each.data for each in submitted(app, n)],
    "predict.Call.cancel": lambda app, n: submitted(app, n).cancel(),
    "predict.Call.done": lambda app, n: submitted(app, n).done() in (True, False),
    "predict.Call.result": lambda app, n: submitted(app, n).result(10).data,
    "predict.Call.status": lambda app, n: submitted(app, n).status.progress,
    "predict.Interface": lambda app, n: repr(Interface(f"http://host{n}")),
    "predict.Interface.aclose": lambda app, n: asyncio.run(Interface(str(app.url)).aclose()),
    "predict.Interface.check": lambda app, n: app.check(str(n)),
    "predict.Interface.close": lambda app, n: Interface(str(app.url)).close(),
    "predict.Interface.demo": lambda app, n: demo_at_taken_port(app),
    "predict.Interface.description": lambda app, n: app.description,
    "predict.Interface.endpoint": lambda app, n: app.endpoint(0),
    "predict.Interface.endpoints": lambda app, n: app.endpoints,
    "predict.Interface.era": lambda app, n: app.era,
    "predict.Interface.fetch": lambda app, n: app.fetch(Reference(f"/tmp/gradio/{n}")),
    "predict.Interface.fetch_to": lambda app, n: fetched_to_disk(app, n),
    "predict.Interface.html": lambda app, n: app.html(),
    "predict.Interface.limits": lambda app, n: app.limits,
    "predict.Interface.map": lambda app, n: [
        call.result()[0] for call in app.map([str(n), f"{n}b"], at_once=2)
    ],
    "predict.Interface.openapi": lambda app, n: app.openapi(),
    "predict.Interface.predict": lambda app, n: app.predict(str(n), fetch=True).data,
    "predict.Interface.predict_async": lambda app, n: asyncio.run(called(app, n)),
    "predict.Interface.schema": lambda app, n: app.schema(),
    "predict.Interface.snippets": lambda app, n: app.snippets(),
    "predict.Interface.submit": lambda app, n: submitted(app, n).result().data,
    "predict.Interface.text": lambda app, n: app.text(),
    "predict.Interface.upload": lambda app, n: app.upload(f"{n}.bin", io.BytesIO(bytes([n]) * 999)),
    "predict.Interface.url": lambda app, n: bool(app.url),
}


def submitted(app: Interface, number: int) -> Call:
    return app.submit(str(number), fetch=True)


def demo_at_taken_port(app: Interface) -> str:
    with pytest.raises(OSError, match="in use") as caught:
        app.demo(port=urlsplit(str(app.url)).port, browser=False)
    return str(caught.value)


def fetched_to_disk(app: Interface, number: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return app.fetch_to(Reference(f"/tmp/gradio/{number}"), folder).read_bytes()


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


def test_every_public_callable_has_a_case() -> None:
    assert public_callables().keys() == CASES.keys() | CALLS.keys()


@pytest.mark.parametrize("name", CASES)
def test_threads_get_the_results_of_one_thread(name: str) -> None:
    check(CASES[name], rounds=1 if name in STARTS_PROCESSES else ROUNDS)


@pytest.mark.parametrize("name", CALLS)
def test_threads_that_share_an_interface_get_the_results_of_one_thread(name: str) -> None:
    with http_server(server_plays()) as server:
        with Interface(server.url) as one:
            alone = [plain(CALLS[name](one, number)) for number in range(THREADS)]
        with Interface(server.url) as app:
            if name.endswith(("fetch", "upload")) or "predict_" in name or name.endswith("predict"):
                _ = app.description  # else nobody has asked the server anything yet
            assert in_threads(lambda number: CALLS[name](app, number), 2) == [
                [result] * 2 for result in alone
            ]
