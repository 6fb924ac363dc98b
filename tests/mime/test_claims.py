"""Files that were cut off are detected by the lengths that they state."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from encoders import audio, file
from encoders.data_url.media_type import OCTET_STREAM
from encoders.errors import CorruptMediaError
from encoders.mime.claims import check_whole
from encoders.source import Memory

SAMPLES = np.arange(2000, dtype=np.int16)


def sound(format: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, SAMPLES, 8000, format=format, subtype="PCM_16")
    return buffer.getvalue()


def box(kind: bytes, body: bytes, *, long: bool = False) -> bytes:
    """Return a box of an MP4 file (ISO 14496-12 section 4.2)."""
    if long:
        return b"\0\0\0\1" + kind + (len(body) + 16).to_bytes(8, "big") + body
    return (len(body) + 8).to_bytes(4, "big") + kind + body


WHOLE = {
    "audio/wav": sound("WAV"),
    "audio/x-w64": sound("W64"),
    "audio/aiff": sound("AIFF"),
    "audio/basic": sound("AU"),
    "video/mp4": box(b"ftyp", b"isom") + box(b"free", bytes(9)) + box(b"mdat", bytes(90)),
    "video/quicktime": box(b"ftyp", b"qt  ") + box(b"mdat", bytes(90), long=True),
}
RF64 = sound("RF64")


@pytest.mark.parametrize("media_type", WHOLE)
def test_a_missing_last_byte_is_detected(media_type: str) -> None:
    data = WHOLE[media_type]

    check_whole(Memory(data, None), media_type)
    check_whole(Memory(data + bytes(3), None), media_type)
    for missing in (1, 50):
        with pytest.raises(CorruptMediaError, match=f"it has {len(data) - missing:,} bytes"):
            check_whole(Memory(data[:-missing], None), media_type)


def test_rf64_states_its_size_in_a_chunk_of_its_own() -> None:
    assert RF64[:4] == b"RF64"
    check_whole(Memory(RF64, None), "audio/wav")
    with pytest.raises(CorruptMediaError):
        check_whole(Memory(RF64[:-2], None), "audio/wav")


@pytest.mark.parametrize(
    ("format", "at", "size"),
    [
        ("WAV", 40, b"\xff\xff\xff\xff"),
        ("WAV", 40, b"\0\0\xff\x7f"),
        ("AU", 8, b"\xff\xff\xff\xff"),
    ],
)
def test_a_file_written_into_a_pipe_is_read_without_a_size(
    format: str, at: int, size: bytes
) -> None:
    data = sound(format)
    piped = data[:at] + size + data[at + 4 :]

    rate, samples = audio.decode(audio.encode(piped))

    assert rate == 8000
    np.testing.assert_array_equal(samples, SAMPLES)


def test_types_without_a_check_pass() -> None:
    check_whole(Memory(b"fLaC", None), "audio/flac")
    check_whole(Memory(b"", None), OCTET_STREAM)


@pytest.mark.parametrize(("format", "endian"), [("WAV", "BIG"), ("AU", "LITTLE"), ("AU", "BIG")])
def test_files_in_the_other_byte_order_are_whole(format: str, endian: str) -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.arange(100, dtype=np.int16), 8000, format=format, endian=endian)
    data = buffer.getvalue()

    assert audio.decode(file.encode(data))[1].tolist() == list(range(100))
    with pytest.raises(CorruptMediaError):
        audio.decode(file.encode(data[:-1]))
