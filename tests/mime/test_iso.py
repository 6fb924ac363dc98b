"""Tables of MP4 and M4A that claim more than their file holds are refused at once."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from encoders import CorruptMediaError, inspect
from encoders.mime.containers.iso import stated_end
from encoders.mime.iso_tables import check_tables
from encoders.source import Memory
from tests.pace import at_most
from tests.paths import FIXTURES, ROOT

M4A = (FIXTURES / "audio" / "tone.m4a").read_bytes()
MP4 = (FIXTURES / "video" / "silent.mp4").read_bytes()
MOST = 0x7FFFFFFF


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def table(kind: bytes, *numbers: int, flags: int = 0) -> bytes:
    return box(kind, struct.pack(f">{len(numbers) + 1}I", flags, *numbers))


def track(*tables: bytes, edits: bytes = b"") -> bytes:
    inner = box(b"mdia", box(b"minf", box(b"stbl", *tables)))
    return box(b"moov", box(b"trak", edits, inner))


def edit_list(count: int, duration: int = 1000) -> bytes:
    entries = struct.pack(">IiI", duration, 0, 0x10000) * count
    return box(b"edts", box(b"elst", struct.pack(">II", 0, count), entries))


def claims(*tables: bytes, edits: bytes = b"") -> bytes:
    return box(b"ftyp", b"isom") + track(*tables, edits=edits) + box(b"mdat", bytes(1000))


SIZES = table(b"stsz", 0, 3, 10, 10, 10)
GOOD = [
    claims(SIZES, table(b"stsc", 1, 1, 3, 1), table(b"stco", 1, 600), table(b"stts", 1, 3, 512)),
    # 60 s of sound packed 64 samples in 34 bytes, as QuickTime did it, and bare samples.
    claims(table(b"stsz", 1, 60_000), table(b"stsc", 1, 1, 60_000, 1), table(b"stco", 1, 600)),
    claims(table(b"stsz", 2, 450), table(b"stsc", 1, 1, 450, 1), table(b"stco", 1, 600)),
    claims(SIZES, edits=edit_list(16)),
    claims(SIZES, edits=edit_list(1000)),
]
BAD = {
    "bytes of samples": [
        claims(table(b"stsz", 0, MOST)),
        claims(table(b"stsz", 5, MOST)),
        claims(table(b"stsz", 1, 4_000_000)),
        claims(table(b"stz2", 16, MOST)),
        box(b"moof", box(b"traf", table(b"trun", MOST))),
    ],
    "samples in its chunks": [
        claims(table(b"stsz", 1, 0), table(b"stsc", 1, 1, MOST, 1), table(b"stco", 1, 600)),
        claims(table(b"stsz", 2, 4), table(b"stsc", 1, 1, 2**20, 1), table(b"stco", 500)),
        claims(table(b"stsz", 4, 4), table(b"stsc", 2, 1, 1, 1, 2, MOST, 1), table(b"co64", 900)),
    ],
    "claims times": [
        claims(SIZES, table(b"stts", 1, MOST, 1)),
        claims(SIZES, table(b"ctts", 2, MOST, 1, MOST, 1)),
    ],
    "edits": [
        claims(table(b"stsz", 0, 20_000, *[1] * 20_000), edits=edit_list(5000)),
    ],
}


@pytest.mark.parametrize("data", GOOD)
def test_tables_that_fit_pass(data: bytes) -> None:
    assert stated_end(Memory(data, None)) == len(data)
    check_tables(Memory(data, None), "video/mp4")


@pytest.mark.parametrize(
    ("message", "data"), [(message, data) for message, several in BAD.items() for data in several]
)
def test_tables_that_claim_too_many_entries_are_refused_at_once(message: str, data: bytes) -> None:
    with at_most(1):
        with pytest.raises(CorruptMediaError, match=message):
            check_tables(Memory(data, None), "video/mp4")
        with pytest.raises(CorruptMediaError, match=message):
            inspect(data)


def test_real_files_pass() -> None:
    for path in [*(FIXTURES / "video").iterdir(), *(FIXTURES / "audio").iterdir()]:
        if path.suffix in (".mp4", ".mov", ".m4a"):
            check_tables(Memory(path.read_bytes(), None), "video/mp4")


def test_endlessly_nested_boxes_are_refused() -> None:
    data = b""
    for _ in range(10_000):
        data = box(b"trak", data)
    check_tables(Memory(data[:100_000], None), "video/mp4")
    with pytest.raises(CorruptMediaError, match="boxes"):
        check_tables(Memory(box(b"trak", *[box(b"free")] * 300_000), None), "video/mp4")


CODE = """
import sys
import av, numpy, encoders
from tests.pace import at_most
encoders.inspect(sys.argv[1])
data = bytearray(open(sys.argv[2], "rb").read())
def peak():  # in KiB; not ru_maxrss, which is inherited
    return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
before = peak()
with at_most(10):
    try:
        encoders.inspect(bytes(data))
    except encoders.EncodersError as error:
        print(type(error).__name__)
memory = peak() - before
assert memory < 512 * 1024, memory
"""


def patched(data: bytes, kind: bytes, offset: int, *numbers: int) -> bytes:
    at = data.index(kind) + 4 + offset
    packed = struct.pack(f">{len(numbers)}I", *numbers)
    return data[:at] + packed + data[at + len(packed) :]


def compressed(data: bytes) -> bytes:
    """Return a file whose index is compressed, as QuickTime could do it."""
    at = data.index(b"moov") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    movie = zlib.compress(data[at : at + size])
    packed = box(b"cmvd", size.to_bytes(4, "big"), movie)
    compressed_moov = box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), packed))
    return data[:at] + compressed_moov + data[at + size :]


HOLDERS: dict[str, Callable[[bytes], bytes]] = {
    "in meta": lambda data: data.replace(b"stbl", b"meta").replace(b"stsd", b"hdlr"),
    "among descriptions": lambda data: data.replace(
        data[data.index(b"stsd") + 12 :][:32], bytes(20) + table(b"stsz", 1, MOST)[:12]
    ),
    "compressed": compressed,
}


@pytest.mark.parametrize("hidden", HOLDERS)
def test_tables_are_checked_at_any_place(hidden: str) -> None:
    data = HOLDERS[hidden](patched(M4A, b"stsz", 4, 1, MOST))
    with pytest.raises(CorruptMediaError, match="claim"):
        check_tables(Memory(data, None), "audio/mp4")


def test_a_correct_compressed_index_passes() -> None:
    check_tables(Memory(compressed(M4A), None), "audio/mp4")
    bomb = zlib.compress(bytes(1 << 25))
    data = box(b"moov", box(b"cmov", box(b"cmvd", bytes(4), bomb)))
    with pytest.raises(CorruptMediaError, match="compressed index"):
        check_tables(Memory(data, None), "video/quicktime")


@pytest.mark.parametrize("name", [b"dinf", b"udta", b"wave", b"edts"])
def test_tables_are_checked_in_every_box_that_ffmpeg_opens(name: bytes) -> None:
    with pytest.raises(CorruptMediaError, match="claims"):
        inspect(patched(M4A, b"stsz", 4, 1, MOST).replace(b"stbl", name))
    claims = box(b"trun", struct.pack(">II", 1, 50_000_000))
    fragment = box(b"moof", box(name, claims))
    with pytest.raises(CorruptMediaError, match="claims"):
        inspect(M4A + fragment)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")
@pytest.mark.parametrize(
    "data",
    [
        patched(patched(M4A, b"stsz", 4, 1), b"stsc", 12, MOST),
        patched(patched(M4A, b"stsz", 4, 1, MOST), b"stsc", 12, MOST),
        patched(M4A, b"stts", 8, MOST),
        patched(MP4, b"ctts", 8, MOST) if b"ctts" in MP4 else patched(MP4, b"stts", 8, MOST),
        patched(M4A, b"stsz", 8, MOST),
        patched(M4A, b"stco", 4, MOST),
        patched(M4A, b"stsc", 4, MOST),
    ],
)
def test_a_claim_in_a_real_file_costs_little(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "claims.m4a"
    path.write_bytes(data)
    good = str(FIXTURES / "audio" / "tone.m4a")
    command = [sys.executable, "-c", CODE, good, str(path)]
    subprocess.run(command, check=True, timeout=60, cwd=ROOT)
