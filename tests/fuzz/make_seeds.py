"""Rebuild the seeds: `python -m tests.fuzz.make_seeds`. Findings that were added by hand are kept.

Seeds are small: a few hundred bytes that hold each structure of a format once.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from PIL import Image
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage

from encoders.predict.configuration import describe
from encoders.predict.pages.page import describe_page
from tests.fuzz.targets import SEPARATOR
from tests.paths import FIXTURES

SEEDS = Path(__file__).parent / "seeds"
SMALL = 3000
RATE = 8000

DATA_URLS = (
    "data:,",
    "data:,a%20b%",
    "DATA:text/plain;charset=utf-8,%E2%82%AC#fragment",
    "data:image/png;base64,iVBORw0KGgo=",
    " data:image/gif;name=a.gif;base64,R0lG ODdh\n",
    'data:text/plain;x="a;\\"b";y=;z;base64;,YQ',
    "data:;base64,YQ%3D%3D",
    "data:a/b ; base64 ,-_-_",
    "data:a/b;base64,2d",
    "data:/a/../b,c?d\\e",
    "data://user@host:1/a,b",
    "data:text/plain;charset=\u20ac,\u20ac\u0000",
)
MEDIA_TYPES = (
    "text/plain",
    "a/b;c=d",
    ' a/b ; C="d\\"e" ; c=f;;g=',
    "a/b;c=é",
    "a/",
    "/b",
    "a b/c",
)
MESSAGES = (
    'data: {"msg": "process_completed", "event_id": "mine", "output": {"data": ["right"]}}\n\n',
    '\ufeff: hello\r\nevent: message\r\ndata:{"msg": "process_completed",\r\n'
    'data: "output": {}}\r\n\r\n',
    'data: {"msg": "progress"}\n\ndata: {"msg": "process_completed", "success": false, "output":'
    ' {"error": "\'no\'"}}\n\n',
    'data: {"msg": "unexpected_error", "event_id": "mine", "message": "no"}\n\n',
    'data: {"msg": "process_generating", "output": {"data": ["a", {"b": [1, 2]}]}}\n\n'
    'data: {"msg": "process_generating", "output": {"data": [[["append", [], "b"]],'
    ' [["add", ["b", 0], 3], ["delete", ["b", 1], null], ["replace", ["b"], []]]]}}\n\n'
    'data: {"msg": "progress", "progress_data": [{"index": 1, "length": 2, "unit": "s"}]}\n\n'
    'data: {"msg": "process_completed", "output": {"data": ["ab", {"b": []}]}}\n\n',
    'event: complete\ndata: [1]\n\nid: 1\nretry: 10\nnonsense\n\ndata: {"msg": "queue_full"}\n\n',
)
BODIES = (
    '{"data": ["data:image/gif;base64,R0lGODdhAQABAPAAAP8AAAAAACwAAAAAAQABAAACAkQBADs="]}',
    '{"data": [{"label": "cat", "confidences": [{"label": "cat", "confidence": 0.9}]}]}',
    '{"data": [1, -2.5e3, "a\\u00e9\\ud83d\\ude00\\n", null, true, [[]], {}], "durations": [0.5]}',
    '{"error": "\'it\\\\\'s\'"}',
    '{"detail": [{"loc": ["body"], "msg": "field required"}]}',
    "[NaN, Infinity, 1e999]",
    '{"data": [{"path": "/tmp/a.png", "url": "http://127.0.0.1/file=/tmp/a.png", "meta":'
    ' {"_type": "gradio.FileData"}}, {"name": "a", "data": null, "is_file": true}]}',
)
NAMES = ("a.txt", "../../etc/passwd", "C:\\con.png", "%2e%2e%2fa", "\u202egnp.exe", "", "." * 300)


def main() -> None:
    for target, made in seeds().items():
        folder = SEEDS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in made.items():
            (folder / name.replace(".", "-")).write_bytes(data)  # so that no tool takes it for code


def seeds() -> dict[str, dict[str, bytes]]:
    """Return each target's seeds by their file names."""
    media = {"image": pictures(), "audio": sounds(), "video": films()}
    heads = {
        name: f"{name}\n".encode() + data[:512]
        for kind in media.values()
        for name, data in kind.items()
    }
    for path in sorted((FIXTURES / "file").iterdir()):
        heads[path.name] = f"{path.name}\n".encode() + path.read_bytes()[:1024]
    return {
        "data_url": numbered(DATA_URLS),
        "media_type": numbered(MEDIA_TYPES),
        "mime": heads,
        **{
            kind: {n: d for n, d in made.items() if len(d) <= 4 * SMALL}
            for kind, made in media.items()
        },
        "file": numbered(f"{name}\ncontent" for name in NAMES),
        "body": numbered(BODIES) | long_body(),
        "answer": {f"{i:02}": bytes(range(i, 256, 7)) for i in range(7)},
        "response": numbered(BODIES) | dict(answers()),
        "interface": dict(interfaces()),
        "events": numbered(MESSAGES),
        "socket": dict(conversations()),
    }


def conversations() -> Iterator[tuple[str, bytes]]:
    """What a server says over a WebSocket, in frames."""
    answer = '{"msg": "process_completed", "output": {"data": ["hi"]}, "success": true}'
    asked = [TextMessage('{"msg": "send_hash"}'), TextMessage('{"msg": "send_data"}')]
    talks: dict[str, list[Event]] = {
        "answered": [*asked, Ping(b"there?"), TextMessage(answer)],
        "in-parts": [TextMessage(answer[:20], message_finished=False), TextMessage(answer[20:])],
        "full": [TextMessage('{"msg": "queue_full"}')],
        "no-text": [BytesMessage(b"\0"), TextMessage("no JSON")],
        "closed": [*asked, CloseConnection(code=1000)],
    }
    for name, events in talks.items():
        server = Connection(ConnectionType.SERVER)
        yield name, b"".join(map(server.send, events))


def numbered(texts: Any) -> dict[str, bytes]:
    return {
        f"{number:02}": text.encode("utf-8", "surrogateescape") for number, text in enumerate(texts)
    }


def long_body() -> dict[str, bytes]:
    """A data URL that is long enough to be decoded while the body is read."""
    return {"long": b'{"data": ["data:a/b;base64,' + b"AAAA" * 16_500 + b'", 1]}'}


def pictures() -> dict[str, bytes]:
    made = dict(small_files("image"))
    for mode, format in itertools.product(
        ("1", "L", "P", "RGB", "RGBA", "CMYK", "I;16"),
        ("png", "jpeg", "gif", "webp", "bmp", "tiff", "avif", "ico", "ppm", "jpeg2000"),
    ):
        picture = gradient().convert("L" if mode == "I;16" else mode)
        buffer = io.BytesIO()
        try:
            (picture.convert("I").convert("I;16") if mode == "I;16" else picture).save(
                buffer, format
            )
        except (OSError, ValueError):
            continue
        made[f"{mode.replace(';', '')}.{format}"] = buffer.getvalue()
    frames = [gradient().rotate(turn).convert("P") for turn in (0, 90, 180)]
    for format in ("gif", "png", "webp", "tiff"):
        buffer = io.BytesIO()
        frames[0].save(buffer, format, save_all=True, append_images=frames[1:], duration=40)
        made[f"frames.{format}"] = buffer.getvalue()
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    gradient().save(buffer, "jpeg", exif=exif)
    return made | {"turned.jpeg": buffer.getvalue()}


def gradient() -> Image.Image:
    across = np.arange(16, dtype=np.uint8) * 16
    return Image.fromarray(np.stack([np.add.outer(across[:8], across * k) for k in (1, 2, 3)], -1))


def sounds() -> dict[str, bytes]:
    made = dict(small_files("audio"))
    samples = np.sin(np.arange(400) / 5) * 0.5
    for format, subtypes in {
        "WAV": ("PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW", "IMA_ADPCM", "MS_ADPCM"),
        "WAVEX": ("PCM_16", "DOUBLE"),
        "RF64": ("PCM_16",),
        "W64": ("PCM_16",),
        "AIFF": ("PCM_16",),
        "AU": ("PCM_16", "ALAW"),
        "CAF": ("PCM_16", "ALAC_16"),
        "FLAC": ("PCM_16", "PCM_24"),
        "OGG": ("VORBIS", "OPUS"),
        "MP3": ("MPEG_LAYER_III",),
    }.items():
        for subtype in subtypes:
            buffer = io.BytesIO()
            soundfile.write(buffer, samples, RATE, subtype, format=format)
            made[f"{subtype}.{format}".lower()] = buffer.getvalue()
    for container, codec in (
        ("adts", "aac"),
        ("mp4", "aac"),
        ("webm", "libopus"),
        ("matroska", "flac"),
    ):
        made[f"{codec}.{container}"] = recorded(container, "", codec)
    return made


def films() -> dict[str, bytes]:
    made = dict(small_files("video"))
    for container, picture, sound in (
        ("mp4", "libx264", "aac"),
        ("mov", "mjpeg", "pcm_s16le"),
        ("webm", "libvpx-vp9", "libopus"),
        ("matroska", "mpeg4", "flac"),
        ("avi", "mjpeg", "pcm_s16le"),
        ("mpegts", "mpeg2video", "mp2"),
        ("flv", "flv1", ""),
        ("gif", "gif", ""),
    ):
        made[f"{picture}.{container}"] = recorded(container, picture, sound)
    return made


def recorded(container: str, picture: str, sound: str) -> bytes:
    """Return a video of three frames, or a tenth of a second of sound, or both."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options={"fflags": "+bitexact"}) as out:
        tracks: list[tuple[Any, list[Any]]] = []
        if picture:
            shown: Any = out.add_stream(picture, rate=25)
            shown.width = shown.height = 32
            shown.pix_fmt = {"mjpeg": "yuvj420p", "gif": "rgb8"}.get(picture, "yuv420p")
            frames = [
                av.VideoFrame.from_ndarray(np.asarray(gradient().resize((32, 32)).rotate(turn)))
                for turn in (0, 90, 180)
            ]
            for number, frame in enumerate(frames):
                frame.pts, frame.time_base = number, Fraction(1, 25)
            tracks.append((shown, frames))
        if sound:
            rate = 48_000 if sound == "libopus" else 16_000
            heard: Any = out.add_stream(sound, rate=rate)
            heard.layout = "mono"
            mono = (np.sin(np.arange(rate // 10) / 9) * 9999).astype(np.int16)
            spoken = av.AudioFrame.from_ndarray(mono[None], format="s16", layout="mono")
            spoken.sample_rate, spoken.pts, spoken.time_base = rate, 0, Fraction(1, rate)
            tracks.append((heard, [spoken]))
        for stream, frames in tracks:
            for one in frames:
                out.mux(stream.encode(one))
            out.mux(stream.encode(None))
    return buffer.getvalue()


def small_files(kind: str) -> Iterator[tuple[str, bytes]]:
    """Yield the small fixtures of a kind, including hostile ones."""
    for path in sorted([*(FIXTURES / kind).iterdir(), *(FIXTURES / "hostile").iterdir()]):
        if 0 < path.stat().st_size <= SMALL:
            yield path.name, path.read_bytes()


def interfaces() -> Iterator[tuple[str, bytes]]:
    for era in "23456":
        config, info = (
            FIXTURES / "interface" / f"era{era}-{part}.json" for part in ("config", "info")
        )
        text = compact(config) + (SEPARATOR + compact(info) if info.exists() else b"")
        yield era, text


def compact(path: Path) -> bytes:
    return json.dumps(json.loads(path.read_text()), separators=(",", ":")).encode()


def answers() -> Iterator[tuple[str, bytes]]:
    """Yield an answer of each era for each component that it has."""
    for era in "23456":
        config: Mapping[str, Any] = json.loads(
            (FIXTURES / f"interface/era{era}-config.json").read_text()
        )
        shown = describe_page(describe(config), "http://127.0.0.1:7860")
        for number, section in enumerate(shown.sections):
            text = json.dumps(section.response)
            if len(text) <= 4 * SMALL:
                yield f"era{era}-{number}", text.encode()


if __name__ == "__main__":
    main()
