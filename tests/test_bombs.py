"""Small files that would take much memory are refused before they do."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from encoders import (
    audio,
    file,
)
from tests.limits_cases import moving
from tests.paths import FIXTURES
from tests.test_default_limits import chunk, flac_of, gif_of


def deflated(size: int) -> bytes:
    """Return ``size`` MiB of zeros, deflated one MiB at a time (RFC 1950 and 1951)."""
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
    animation_control = chunk(b"acTL", struct.pack(">II", frames, 0))
    return data[: at - 4] + animation_control + data[at + 16 :]


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
    """Return AAC whose table claims ``samples`` samples of one byte."""
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

# Each runs in its own process, forked after all libraries are imported.
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
    """Return what went wrong with each bomb, and how many MiB it took within tight bounds."""
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
def test_a_bomb_is_an_encoders_error_or_harmless_in_600_mib(name: str, outcomes: Outcomes) -> None:
    assert outcomes[name][0] == []


@on_linux
@pytest.mark.parametrize("name", [*BOMBS, *HOSTILE])
def test_tight_bounds_are_checked_before_memory_is_taken(name: str, outcomes: Outcomes) -> None:
    assert outcomes[name][1] < 32
