"""Content decides what a file is; a name decides only where content cannot."""

from __future__ import annotations

import io
import struct
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
from tests.paths import FIXTURES

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
def test_name_or_declared_type_decides_if_the_content_is_ambiguous(name: str) -> None:
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
        (b".snd files, as text", "text/plain"),
        (b"dns.example.org", "text/plain"),
        (b"icns, ttcf and true", "text/plain"),
        (b"ORC is at both ends: ORC", "text/plain"),
        (b"FWS and CWS are short", "text/plain"),
        (b"070707 is no date", "text/plain"),
        (b"d8: not on e4", "text/plain"),
        (b"MZ, as in Mark Zbikowski. " * 4, "text/plain"),
        (b"#define WIDTH 1\n", "text/plain"),
        (b"solid ground", "text/plain"),
        (b"#!/usr/bin/env python3\n", "text/x-python"),
        (b"#!/usr/bin/env -S bash -e\n", "text/x-shellscript"),
        (b"#! a remark\n", "text/plain"),
        ("naïve".encode("utf-16"), "text/plain"),
        ("naïve".encode("utf-32"), "text/plain"),
        ("plain text".encode("utf-16-be"), "text/plain"),
        ("猫である".encode("utf-16"), "text/plain"),
        ("<html>".encode("utf-16"), "text/html"),
        (b'\xef\xbb\xbf{"a": 1}', "application/json"),
        (b"a\0b\0", "application/octet-stream"),  # too short to be sure
        (b"<!DOCTYPE html><svg></svg>", "text/html"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml">', "text/html"),
        (b'<?xml version="1.0"?><feed xmlns="urn:x"/>', "application/xml"),
        (b"<feed>", "text/plain"),
    ],
)
def test_kinds_of_text_are_distinguished(data: bytes, expected: str) -> None:
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
        ("ff e5 90 00", None),  # layer II, which MPEG 2.5 has not
        ("ff fb", "text/plain"),  # two letters of Latin-1
        ("ff f1 74 80", None),  # AAC, no such sample rate
        ("49 44 33 03 00 00 00 00 00 00 66 4c 61 43", "audio/flac"),
        ("49 44 33 03 00 00 00 00 00 00 ff f1 50 80", "audio/aac"),
        ("49 44 33 03 00 00 00 00 00 00 ff fb 90 00", "audio/mpeg"),
        ("2e 73 6e 64 00 00 00 18", "audio/basic"),
        ("64 6e 73 2e 18 00 00 00", "audio/basic"),
        ("2e 73 6e 64 00 00 00 08", None),  # a header shorter than any
        ("ca fe ba be 00 00 00 34", "application/java-vm"),
        ("ca fe ba be 00 00 00 02", "application/x-mach-binary"),
        ("7f 45 4c 46 02 01 01 00 00 00 00 00 00 00 00 00 02 00", "application/x-executable"),
        ("7f 45 4c 46 01 02 01 00 00 00 00 00 00 00 00 00 00 03", "application/x-sharedlib"),
        ("00 00 02 00 01 00 10 10 00 00", "image/x-win-bitmap"),
        ("0b 77 00 00 00 40", "audio/ac3"),
        ("0b 77 00 00 00 80", "audio/eac3"),
        ("0b 77 00 00 00 f8", None),
        ("43 57 53 0a 40 00 00 00", "application/vnd.adobe.flash.movie"),
        ("43 57 53 ff 40 00 00 00", None),
        ("80 04 95 0a 00 00 00 00", None),  # a pickle that does not stop
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
def test_a_signature_is_distinguished_from_similar_bytes(head: str, expected: str | None) -> None:
    found = mime.detect(bytes.fromhex(head) + bytes(40 if len(head) > 6 else 0))

    assert found == (expected or "application/octet-stream")


def test_sound_is_distinguished_from_noise_by_its_second_frame() -> None:
    frame = b"\xff\xfb\x90\0" + bytes(413)  # 128 kbit/s at 44.1 kHz

    assert mime.detect(frame * 2) == "audio/mpeg"
    assert mime.detect(frame + b"TAG" + bytes(125)) == "audio/mpeg"
    assert mime.detect(frame + bytes(417)) == "application/octet-stream"


def test_a_name_counts_more_than_a_first_line() -> None:
    assert mime.detect(b"#!/bin/sh\nexec python3 $0\n", "polyglot.py") == "text/x-python"


def test_a_sound_track_after_four_gigabytes_is_found(tmp_path: Path) -> None:
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


def test_libmagic_detects_uncommon_types() -> None:
    pytest.importorskip("magic", exc_type=ImportError)
    database = struct.pack("<IIQI", 0x13579ACE, 4096, 4096, 4096) + bytes(4076)  # of GNU dbm

    assert mime.detect(database) == "application/x-gdbm"


@pytest.mark.parametrize("data", [b"]" + bytes(66), b".snd" + bytes(4) + b"\1" * 99])
def test_libmagic_does_not_override_a_refused_check(data: bytes) -> None:
    assert mime.detect(data) == "application/octet-stream"


def test_noise_is_no_format() -> None:
    heads = np.random.default_rng(0).bytes(4096 * 500)

    found = [mime.detect(heads[i : i + 4096]) for i in range(0, len(heads), 4096)]

    assert found.count("application/octet-stream") >= 495


def test_the_position_of_a_file_object_is_restored() -> None:
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


@pytest.mark.parametrize("size", [1 << 62, (1 << 63) - 1, (1 << 64) - 1])
def test_a_box_that_ends_after_the_file_is_the_last_one(size: int, tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    box = b"\0\0\0\1mdat" + size.to_bytes(8, "big")
    path.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + box + bytes(3 << 20))

    assert mime.detect(path) == "video/mp4"
    with path.open("rb") as file:
        assert mime.detect(file) == "video/mp4"


@pytest.mark.parametrize(
    "path", sorted((FIXTURES / "hostile").iterdir()), ids=lambda p: str(p.name)
)
def test_a_hostile_file_has_a_type(path: Path) -> None:
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


HIDE_LIBMAGIC = """
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

    hidden = listing(HIDE_LIBMAGIC + proof)

    assert hidden.count(b"\n") > 100
    assert hidden == listing("")
