"""Media types are detected by the content of containers, and by more than two bytes."""

from __future__ import annotations

import random
import struct
import time
from pathlib import Path

import pytest

import encoders
from encoders import DataURL, DataURLError, EncodersError, LimitError, Limits, data_url, mime
from tests.pace import at_most
from tests.paths import FIXTURES

BROWSERS = (FIXTURES / "audio" / "browser.webm").read_bytes()
VIDEO_TRACK = b"\x83\x81\x01"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
PNG = b"\x89PNG\r\n\x1a\n"


def element(identifier: str, content: bytes, *, is_open: bool = False) -> bytes:
    """Return an EBML element (RFC 8794 section 6), of unknown size if asked."""
    size = b"\x01" + b"\xff" * 7 if is_open else b"\x08" + len(content).to_bytes(4, "big")
    return bytes.fromhex(identifier) + size + content


def webm(*tracks: int, before: bytes = b"", behind: bytes = b"", is_open: bool = True) -> bytes:
    entries = b"".join(
        element("ae", element("d7", b"\1") + element("83", bytes([kind]))) for kind in tracks
    )
    head = element("1a45dfa3", element("4282", b"webm"))
    return head + element(
        "18538067", before + element("1654ae6b", entries) + behind, is_open=is_open
    )


# Sound or video.


def test_sound_recording_of_a_browser_is_audio_for_any_bytes_in_its_blocks() -> None:
    for at in range(len(BROWSERS) - 400, len(BROWSERS) - 10, 50):
        changed = BROWSERS[:at] + VIDEO_TRACK + BROWSERS[at + 3 :]
        assert mime.detect(changed) == "audio/webm"


@pytest.mark.parametrize("is_open", [True, False])
def test_track_types_are_read_from_the_tracks_element(is_open: bool) -> None:
    void = element("ec", VIDEO_TRACK * 30_000)
    cluster = element("1f43b675", VIDEO_TRACK * 10)

    assert mime.detect(webm(2, before=void, behind=cluster, is_open=is_open)) == "audio/webm"
    assert mime.detect(webm(2, 2, before=void, is_open=is_open)) == "audio/webm"
    assert mime.detect(webm(2, 1, before=void, is_open=is_open)) == "video/webm"
    assert mime.detect(webm(1, before=void, is_open=is_open)) == "video/webm"
    assert mime.detect(webm(is_open=is_open)) == "video/webm"


def test_ogg_is_video_only_by_the_first_packets_of_its_streams() -> None:
    sound = (FIXTURES / "audio" / "tone.ogg").read_bytes()
    at = sound.rindex(b"OggS") + 100

    assert mime.detect(sound[:at] + b"\x80theora" + sound[at + 7 :]) == "audio/ogg"
    assert mime.detect(sound[:200] + b"\x80theora" + sound[207:]) == "audio/ogg"
    assert mime.detect((FIXTURES / "video" / "clip.ogv").read_bytes()) == "video/ogg"


# Signatures of few bytes.


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\1\0",
        b"\0\0\1\0" + bytes(100),
        b"\0\0\1\0\1\0" + bytes(100),
        b"\0\0\1\0\1\0" + struct.pack("<4BHHII", 16, 16, 0, 0, 1, 32, 40, 3) + bytes(100),
        b"\0\0\1\0\1\0" + struct.pack("<4BHHII", 16, 16, 0, 7, 1, 32, 40, 22) + b"\x28" + bytes(99),
        b"\0\0\1\0\1\0" + struct.pack("<4BHHII", 16, 16, 0, 0, 1, 32, 40, 22) + b"\x27" + bytes(99),
        b"\0\0\1\0\1\0" + struct.pack("<4BHHII", 16, 16, 0, 0, 2, 32, 40, 22),
        b"\0\0\1\0\1\0" + struct.pack("<4BHHII", 16, 16, 0, 0, 1, 33, 40, 22),
        b"\0\0\1\0\1\0" + b"\xff" * 100,
        b"\0\0\1\0\2\0" + struct.pack("<4BHHII", 16, 16, 0, 0, 1, 32, 40, 38) * 2 + bytes(99),
    ],
)
def test_an_icon_without_valid_entries_is_no_icon(data: bytes) -> None:
    assert mime.detect(data) != "image/x-icon"


@pytest.mark.parametrize("picture", [PNG, b"\x28\0\0\0\x10\0\0\0"])
def test_an_icon_is_detected_by_its_entries(picture: bytes) -> None:
    entry = struct.pack("<4BHHII", 16, 16, 0, 0, 1, 32, 40, 22)
    assert mime.detect(b"\0\0\1\0\1\0" + entry + picture) == "image/x-icon"
    assert mime.detect(b"\0\0\1\0\1\0" + entry) == "image/x-icon"  # cut off
    assert mime.detect(FIXTURES / "image" / "icon.ico") == "image/x-icon"


def test_random_bytes_are_rarely_detected_as_a_type() -> None:
    chance = random.Random(1)
    blocks = [chance.randbytes(4096) for _ in range(4000)]
    starts = [bytes((one, two)) for one in range(256) for two in range(256)]
    blocks += [start + blocks[number % 4000][2:] for number, start in enumerate(starts)]
    detected = [mime.detect(block) for block in blocks]

    # Every pair of first bytes occurs once, so a type with two magic bytes would be detected once.
    wrong = [found for found in detected if found != "application/octet-stream"]
    assert len(wrong) <= 30, sorted(wrong)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("1f 8b 08 00 00 00 00 00 00 03", "application/gzip"),
        ("1f 8b 08 ff", "application/octet-stream"),
        ("1f 8b 00 00", "application/octet-stream"),
        ("1f 9d 90 61", "application/x-compress"),
        ("1f 9d ff 61", "application/octet-stream"),
        ("00 00 01 ba 44 00 04 00", "video/mpeg"),
        ("00 00 01 ba 21 00 01 00", "video/mpeg"),
        ("00 00 01 ba ff 00 01 00", "application/octet-stream"),
        ("00 00 01 b3 16 01 20 13", "video/mpeg"),
        ("00 00 01 b3 00 00 00 ff", "application/octet-stream"),
    ],
)
def test_two_to_four_bytes_alone_are_no_type(head: str, expected: str) -> None:
    assert mime.detect(bytes.fromhex(head) + bytes(60)) == expected


# Markup and JSON.


@pytest.mark.parametrize(
    "prolog",
    [
        b'<?xml version="1.0"?><?xml-stylesheet type="text/css" href="a.css"?>\n',
        b'<?xml-stylesheet href="a.css"?>',
        b'<?xml version="1.0"?>\n<!-- ' + b"made by a program that says much. " * 100 + b"-->\n",
        b"<!-- " + b"x" * 100_000 + b" -->",
        b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [\n'
        + b'<!ENTITY ns_svg "http://www.w3.org/2000/svg">\n' * 100
        + b"]>\n",
        b'<?xml-stylesheet href="a>b.css"?>',
        b"<?xml version='1.0'?><?a ? > ??>",
        b'<!DOCTYPE svg [<!ENTITY a "]>"><!-- ]> --><?b ]>?>]>',
        b"<!DOCTYPE svg PUBLIC 'a>b [' \"c'd\" [<!ENTITY % a ']]>'> %a; <!ATTLIST a b CDATA ''>]>",
        b"<?xml version='1.0'?><?a b?><!-- c --><?d e?><!DOCTYPE svg><!-- f -->\n\n",
    ],
)
def test_svg_is_detected_after_any_prolog(prolog: bytes) -> None:
    assert mime.detect(prolog + SVG) == "image/svg+xml"
    assert mime.detect((prolog + SVG).decode().encode("utf-16")) == "image/svg+xml"
    assert mime.detect(prolog + b"<other/>") in ("application/xml", "text/plain")


def test_an_endless_prolog_takes_no_time() -> None:
    for part in (
        *(b"<?a?>", b"<!--a-->", b"<!DOCTYPE a [", b"<?", b"<!--", b"<!doctype a>"),
        *(b"<!DOCTYPE a [<!--", b"<!DOCTYPE a [<!E '>", b'<!DOCTYPE a "', b"<?a?", b"'\"", b"<!E"),
    ):
        with at_most(2):
            assert mime.detect(part * 300_000) in ("application/xml", "text/plain")


@pytest.mark.parametrize("label", ["", "@file/json", ";charset=utf-8", "json", ";a=b"])
def test_json_with_an_invalid_label_is_json(label: str) -> None:
    url = f"data:{label}" + ',{"a": [1, 2]}'
    found = "text/plain" if label.startswith(";") else "application/json"

    assert mime.detect(url) == found
    assert encoders.inspect(f"data:{label};base64,eyJhIjogWzEsIDJdfQ==").media_type == found


def test_declared_text_type_is_accepted() -> None:
    assert mime.detect('data:text/plain,{"a": [1, 2]}') == "text/plain"
    assert mime.detect('data:text/markdown,{"a": [1, 2]}') == "text/markdown"
    assert mime.detect(DataURL("text/plain", b'{"a": 1}')) == "text/plain"


# Numbers in untrusted files.


@pytest.mark.parametrize("shift", [0, 1, 2, 8, 9, 10, 12, 13, 31, 32, 255, 256, 65535])
def test_sector_sizes_are_not_trusted(shift: int) -> None:
    head = bytearray(OLE + bytes(504))
    head[30:32] = shift.to_bytes(2, "little")

    assert mime.detect(bytes(head)) == "application/x-ole-storage"
    assert mime.detect(bytes(head) + b"\xff" * 8192) == "application/x-ole-storage"


FIELDS = [(width, order) for width in (1, 2, 4, 8) for order in ("big", "little")]
HEADS = sorted(path for kind in ("image", "audio", "video", "file") for path in
               (FIXTURES / kind).iterdir())  # fmt: skip


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.name)
def test_extreme_numbers_in_a_head_do_not_slow_detection(path: Path) -> None:
    data = path.read_bytes()[:200_000]
    chance = random.Random(path.name)
    began, calls = time.process_time(), 0
    for at in range(min(len(data), 640)):
        for width in (1, 2, 4, 8):
            top = 256**width
            value = chance.choice((0, 1, 2, top - 1, top - 2, top // 2, top // 2 - 1))
            order = chance.choice(("big", "little"))
            changed = data[:at] + value.to_bytes(width, order) + data[at + width :]  # type: ignore[arg-type]
            try:
                assert "/" in mime.detect(changed)
            except EncodersError as error:
                assert str(error)
            calls += 1
    assert time.process_time() - began < 0.005 * calls + 2


# The header of a data URL.


@pytest.mark.parametrize("unit", ["a", ";a=b", " ", "é", "?", "/", '"'])
@pytest.mark.parametrize("strict", [False, True])
def test_a_long_header_is_refused_at_once(unit: str, strict: bool) -> None:
    url = "data:text/plain" + unit * 5_000_000 + ",x"
    with at_most(1):
        with pytest.raises(DataURLError, match="no comma in its first 65,536 bytes") as caught:
            data_url.parse(url, strict=strict)
        assert len(str(caught.value)) < 200
        with pytest.raises(LimitError, match="header is over the limit max_bytes=1,000,000"):
            data_url.parse(url, strict=strict, max_bytes=1_000_000)
        with pytest.raises(EncodersError):
            encoders.decode(url, limits=Limits(max_bytes=1_000_000))
