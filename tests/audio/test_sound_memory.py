"""A small file that decodes to a long sound costs no more memory and time than the limits allow."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import encoders
from encoders import LimitError, Limits, audio, file

MIB = 1024**2
OPUS_HEAD = b"OpusHead\x01\x02" + struct.pack("<HIhB", 0, 48_000, 0, 0)
# One byte that is a whole packet of Opus, of 2 channels (RFC 6716 section 3.1).
OF_60_MS, OF_2_5_MS = b"\x1c", b"\x84"
MEASURE = """
import sys, time
import av, numpy, soundfile, soxr
import encoders
from encoders import audio
options = eval(sys.argv[2])
url = encoders.DataURL("audio/any", open(sys.argv[1], "rb").read())
begin = time.process_time()
try:
    if options is None:
        found = encoders.inspect(url).details["duration"]
    else:
        rate, samples = audio.decode(url, **options)
        found = samples.nbytes
except encoders.LimitError as error:
    found = error.limit
seconds = time.process_time() - begin
# Not ru_maxrss, which a new process inherits from the one that started it.
peak = open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]
print(found, seconds, int(peak) // 1024)
"""


def element(identifier: str, body: bytes) -> bytes:
    """Return an element of Matroska (RFC 8794)."""
    return bytes.fromhex(identifier) + (len(body) | 1 << 56).to_bytes(8, "big") + body


def number(identifier: str, value: int) -> bytes:
    return element(identifier, value.to_bytes(4, "big"))


def webm(blocks: list[tuple[int, bytes]], nanoseconds: int) -> bytes:
    """Return a recording of Opus: the time in milliseconds and the body of each block."""
    track = number("d7", 1) + number("73c5", 1) + number("83", 2) + element("86", b"A_OPUS")
    track += element("63a2", OPUS_HEAD) + number("23e383", nanoseconds)
    track += element("e1", element("b5", struct.pack(">d", 48_000)) + number("9f", 2))
    clusters = [
        element("1f43b675", number("e7", time) + element("a3", b"\x81\0\0" + body))
        for time, body in blocks
    ]
    head = element("1a45dfa3", element("4282", b"webm"))
    info = element("1549a966", number("2ad7b1", 1_000_000))
    tracks = element("1654ae6b", element("ae", track))
    return head + element("18538067", info + tracks + b"".join(clusters))


def one_a_block(count: int) -> bytes:
    return webm([(60 * i, b"\x80" + OF_60_MS) for i in range(count)], 60_000_000)


def laced(count: int) -> bytes:
    """Return 256 packets in each block, of one length (RFC 9559 section 10.3)."""
    body = b"\x84\xff" + OF_2_5_MS * 256
    return webm([(640 * i, body) for i in range(count // 256)], 2_500_000)


def silence(channels: int, frames: int) -> bytes:
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 48_000, channels, format="FLAC") as file:
        block = np.zeros((500_000, channels), np.int16)
        for start in range(0, frames, len(block)):
            file.write(block[: frames - start])
    return buffer.getvalue()


def measured(data: bytes, options: str, folder: Path) -> tuple[str, float, int]:
    """Return what came out of it, the seconds of the processor, and the peak of memory in MiB."""
    path = folder / "sound"
    path.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), options],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    found, seconds, peak = done.stdout.split()
    return found, float(seconds), int(peak)


OPTIONS = ["{}", "None", "{'dtype': 'float64'}", "{'mono': True}"]  # None stands for inspect
CHOSEN = OPTIONS if os.environ.get("ENCODERS_FULL") else OPTIONS[:2]
MADE = {
    "a packet a block": lambda: one_a_block(25_000),
    "laced packets": lambda: laced(1_000_000),
    "silence": lambda: silence(8, 33_000_000),
}


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are in other units elsewhere")
@pytest.mark.parametrize("options", CHOSEN)
@pytest.mark.parametrize("name", MADE)
def test_a_small_file_costs_no_more_than_a_gigabyte(
    name: str, options: str, tmp_path: Path
) -> None:
    data = MADE[name]()
    assert len(data) < 1.1 * MIB

    _, seconds, peak = measured(data, options, tmp_path)

    assert seconds < 10
    assert peak < 1000


def test_packets_of_a_byte_count_towards_the_longest_sound() -> None:
    data = laced(300_032)
    for read in (encoders.inspect, lambda data: audio.decode(file.encode(data))):
        with pytest.raises(LimitError, match="packets of sound is over the limit max_seconds"):
            read(data)
    duration = encoders.inspect(data, limits=Limits(max_seconds=72_000)).details["duration"]
    assert duration == pytest.approx(300_032 * 0.0025, abs=1)


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are in other units elsewhere")
def test_no_more_than_the_result_is_in_memory(tmp_path: Path) -> None:
    _, _, empty = measured(one_a_block(1), "{}", tmp_path)
    found, _, peak = measured(one_a_block(20_000), "{}", tmp_path)

    assert int(found) == 20_000 * 2880 * 2 * 2
    assert peak - empty < 1.2 * int(found) / MIB + 20
