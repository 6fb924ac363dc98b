"""Content decides what a file is; the name settles what content cannot."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encoders import mime
from encoders.data_url import DataURL
from encoders.errors import MediaTypeError

FIXTURES = Path(__file__).parent.parent / "fixtures"
OFFICE = "application/vnd.openxmlformats-officedocument."
EXPECTED = {
    "image/small.png": "image/png",
    "image/animated.png": "image/png",
    "image/small.jpg": "image/jpeg",
    "image/small.webp": "image/webp",
    "image/small.avif": "image/avif",
    "image/small.gif": "image/gif",
    "image/small.bmp": "image/bmp",
    "image/small.tiff": "image/tiff",
    "image/small.jp2": "image/jp2",
    "image/icon.ico": "image/x-icon",
    "image/drawing.svg": "image/svg+xml",
    "image/bare.svg": "image/svg+xml",
    "audio/stereo.wav": "audio/wav",
    "audio/tone.flac": "audio/flac",
    "audio/tone.ogg": "audio/ogg",
    "audio/tone.opus": "audio/ogg",
    "audio/tone.mp3": "audio/mpeg",
    "audio/tone.aiff": "audio/aiff",
    "audio/tone.m4a": "audio/mp4",
    "audio/tone.aac": "audio/aac",
    "audio/tone.mka": "audio/matroska",
    "audio/browser.webm": "audio/webm",
    "audio/browser.mp4": "audio/mp4",
    "video/clip.mp4": "video/mp4",
    "video/tail.mp4": "video/mp4",
    "video/silent.mp4": "video/mp4",
    "video/clip.webm": "video/webm",
    "video/clip.mkv": "video/matroska",
    "video/clip.mov": "video/quicktime",
    "video/clip.avi": "video/x-msvideo",
    "video/clip.ogv": "video/ogg",
    "file/report.pdf": "application/pdf",
    "file/document.docx": OFFICE + "wordprocessingml.document",
    "file/sheet.xlsx": OFFICE + "spreadsheetml.sheet",
    "file/slides.pptx": OFFICE + "presentationml.presentation",
    "file/text.odt": "application/vnd.oasis.opendocument.text",
    "file/book.epub": "application/epub+zip",
    "file/archive.zip": "application/zip",
    "file/archive.tar": "application/x-tar",
    "file/archive.tar.gz": "application/gzip",
    "file/data.xz": "application/x-xz",
    "file/data.bz2": "application/x-bzip2",
    "file/data.npy": "application/x-npy",
    "file/data.npz": "application/x-npz",
    "file/data.sqlite": "application/vnd.sqlite3",
    "file/data.json": "application/json",
    "file/page.html": "text/html",
    "file/doc.xml": "application/xml",
    "file/plain.txt": "text/plain",
    "file/utf16.txt": "text/plain",
    "file/latin1.txt": "text/plain",
    "file/subtitles.vtt": "text/vtt",
    "file/random.bin": "application/octet-stream",
    "file/cube.glb": "model/gltf-binary",
    "file/cube.ply": "model/ply",
}
BY_NAME = {
    "file/table.csv": "text/csv",
    "file/table.tsv": "text/tab-separated-values",
    "file/notes.md": "text/markdown",
    "file/code.py": "text/x-python",
    "file/script.js": "text/javascript",
    "file/style.css": "text/css",
    "file/rows.jsonl": "application/jsonl",
    "file/config.yaml": "application/yaml",
    "file/cube.gltf": "model/gltf+json",
    "file/cube.obj": "model/obj",
    "file/cube.stl": "model/stl",
    "file/cube-ascii.stl": "model/stl",
    "file/subtitles.srt": "application/x-subrip",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_content_alone_decides(name: str, way: Callable[[Path], Any]) -> None:
    assert mime.detect(way(FIXTURES / name)) == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name in EXPECTED if not name.startswith("file/")])
def test_wrong_name_and_label_change_nothing(name: str) -> None:
    data = (FIXTURES / name).read_bytes()

    assert mime.detect(data, "lie.csv") == EXPECTED[name]
    assert mime.detect(DataURL("text/csv", data)) == EXPECTED[name]


@pytest.mark.parametrize("name", BY_NAME)
def test_name_or_label_settles_what_content_cannot(name: str) -> None:
    path = FIXTURES / name

    assert mime.detect(path) == BY_NAME[name]
    assert mime.detect(path.read_bytes(), path.name) == BY_NAME[name]
    assert mime.detect(DataURL(BY_NAME[name], path.read_bytes())) == BY_NAME[name]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1}', "application/json"),
        (b" [1, 2]\n", "application/json"),
        (b"{}", "application/json"),
        (b'[{"a": "' + b"x" * 9000, "application/json"),
        (b"[" + b"1, " * 9000, "application/json"),
        (b"[" * 9000, "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "application/jsonl"),
        (b"[1]\n[2]\n", "application/jsonl"),
        (b'{"a": oops}', "text/plain"),
        (b'{"a": 1', "text/plain"),
        (b"[section]\nkey = 1\n", "text/plain"),
        (b"[1] A reference, in print.", "text/plain"),
        (b"The free software, as text", "text/plain"),
        (b"BMW is a car, RIFF is a file", "text/plain"),
        (b"BMW", "text/plain"),
        (b"caffeine", "text/plain"),
        (b"OTTO, ID3, BZhang and LZIP", "text/plain"),
        ("naïve".encode("utf-16"), "text/plain"),
    ],
)
def test_text_is_told_apart(data: bytes, expected: str) -> None:
    assert mime.detect(data) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("ff fb 90 00", "audio/mpeg"),  # MPEG 1 layer III
        ("ff f3 44 c0", "audio/mpeg"),  # MPEG 2
        ("ff e3 44 c0", "audio/mpeg"),  # MPEG 2.5
        ("ff fd 80 04", "audio/mpeg"),  # layer II
        ("ff f1 50 80", "audio/aac"),
        ("ff f9 50 80", "audio/aac"),
        ("ff fb f0 00", None),  # no such bit rate
        ("ff fb 9c 00", None),  # no such sample rate
        ("ff eb 90 00", None),  # no such version
        ("ff e0 90 00", None),  # no such layer
        ("ff fb", "text/plain"),  # two letters of Latin-1
        ("49 49 2b 00 08 00 00 00", "image/tiff"),
        ("4d 4d 00 2b 00 08 00 00", "image/tiff"),
        ("42 5a 68 39 31 41 59 26 53 59", "application/x-bzip2"),
        ("42 5a 68 39 17 72 45 38 50 90", "application/x-bzip2"),  # of nothing
        ("42 5a 68 39 00 00", None),
        ("42 4d 36 00 00 00 00 00 00 00 36 00", "image/bmp"),
        ("42 4d 36 00 00 00 00 01 00 00 36 00", None),
        ("52 49 46 46 24 00 00 00 57 41 56 45", "audio/wav"),
        ("52 49 46 46 24 00 00 00 41 56 49 20", "video/x-msvideo"),
        ("00 00 00 14 66 74 79 70 61 76 69 66 00 00 00 00", "image/avif"),
        ("00 00 00 14 66 74 79 70 6d 69 66 31 00 00 00 00 61 76 69 66", "image/avif"),
        ("00 00 00 14 66 74 79 70 6d 69 66 31 00 00 00 00 68 65 69 63", "image/heic"),
        ("00 00 00 18 66 74 79 70 6d 69 66 31 00 00 00 00 6d 69 61 66 61 76 69 66", "image/avif"),
        ("00 00 00 10 66 74 79 70 6d 69 66 31 00 00 00 00 61 76 69 66", "image/heic"),
        ("00 00 00 14 66 74 79 70 69 73 6f 6d 00 00 00 00 6d 70 34 31", "video/mp4"),
        ("00 00 00 08 6d 6f 6f 76", "video/quicktime"),
    ],
)
def test_signature_is_told_from_its_likes(head: str, expected: str | None) -> None:
    found = mime.detect(bytes.fromhex(head) + bytes(40 if len(head) > 6 else 0))

    assert found == (expected or "application/octet-stream")


def test_sound_behind_four_gigabytes_of_it_is_found(tmp_path: Path) -> None:
    data = (FIXTURES / "audio" / "tone.m4a").read_bytes()
    start = data.index(b"moov") - 4
    length = int.from_bytes(data[start : start + 4], "big")
    size = 5 << 30
    path = tmp_path / "long.mp4"
    with path.open("wb") as file:
        file.write(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\1mdat" + size.to_bytes(8, "big"))
        file.seek(16 + size)
        file.write(data[start : start + length])

    assert mime.detect(path) == "audio/mp4"


@pytest.mark.skipif(sys.platform != "linux", reason="wants an ELF program and libmagic")
def test_libmagic_names_what_is_not_common() -> None:
    pytest.importorskip("magic", exc_type=ImportError)

    assert mime.detect(Path(sys.executable).resolve()) in (
        "application/x-executable",
        "application/x-pie-executable",
        "application/x-sharedlib",
    )


def test_noise_is_no_format() -> None:
    heads = np.random.default_rng(0).bytes(4096 * 500)

    found = [mime.detect(heads[i : i + 4096]) for i in range(0, len(heads), 4096)]

    assert found.count("application/octet-stream") >= 495


def test_file_object_is_left_where_it_stood() -> None:
    file = io.BytesIO(b"junk" + (FIXTURES / "video/clip.mp4").read_bytes())
    file.seek(4)

    assert mime.detect(file) == "video/mp4"
    assert file.tell() == 4


def test_stream_that_cannot_seek_is_refused() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(MediaTypeError, match="seek"):
        mime.detect(Pipe(b"a"))


def test_only_the_head_of_a_big_file_is_read(tmp_path: Path) -> None:
    class Counting(io.FileIO):
        total = 0

        def read(self, size: int | None = -1, /) -> Any:
            data = super().read(size)
            self.total += len(data)
            return data

    path = tmp_path / "big"
    with path.open("wb") as file:
        file.write((FIXTURES / "video/clip.mp4").read_bytes())
        file.truncate(3 << 30)
    with Counting(path) as counting:
        assert mime.detect(counting) == "video/mp4"
        assert counting.total < 100_000


@pytest.mark.parametrize(
    "path", sorted((FIXTURES / "hostile").iterdir()), ids=lambda p: str(p.name)
)
def test_hostile_file_has_a_type_all_the_same(path: Path) -> None:
    assert "/" in mime.detect(path)


def test_suffix_and_name_are_inverses() -> None:
    for media_type in {*EXPECTED.values(), *BY_NAME.values()}:
        assert mime.from_name("a" + mime.suffix(media_type)) == media_type


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/png", "image"),
        ("audio/wav", "audio"),
        ("video/mp4", "video"),
        ("text/csv", "text"),
        ("model/stl", "model3d"),
        ("application/zip", "file"),
    ],
)
def test_kind_is_the_family(media_type: str, kind: str) -> None:
    assert mime.kind(media_type) == kind


_HIDE_LIBMAGIC = """
import ctypes, ctypes.util, sys
real = ctypes.CDLL.__init__
def refuse(self, name, *rest, **more):
    if name and "magic" in str(name):
        raise OSError("hidden")
    real(self, name, *rest, **more)
ctypes.CDLL.__init__ = refuse
ctypes.util.find_library = lambda name: None
"""
_LIST = """
from pathlib import Path
from encoders import mime
for path in sorted(Path(sys.argv[1]).glob("*/*")):
    if path.is_file():
        data = path.read_bytes()
        print(path.name, mime.detect(path), mime.detect(data))
"""


def test_without_libmagic_every_fixture_has_the_same_type() -> None:
    proof = "try:\n import magic\n sys.exit('libmagic was not hidden')\nexcept ImportError: pass\n"

    def listing(code: str) -> bytes:
        command = [sys.executable, "-c", "import sys\n" + code + _LIST, str(FIXTURES)]
        return subprocess.run(command, capture_output=True, check=True).stdout

    hidden = listing(_HIDE_LIBMAGIC + proof)

    assert hidden.count(b"\n") > 100
    assert hidden == listing("")
