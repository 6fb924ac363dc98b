"""The size of answers is limited, also of compressed ones."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from functools import cache

import pytest

from encoders import (
    LimitError,
    Limits,
    PredictError,
)
from tests import forks
from tests.predict.client.calls import (
    CALL,
    PLACES,
    call,
    lasting,
    refusal,
)
from tests.predict.http_server import (
    gradio,
    http_server,
    say,
)
from tests.predict.ways import ways


def bomb(size: int) -> bytes:
    """Return so many MiB of zeros, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * size


MEASURE = """\
import resource, sys
from encoders import Interface, LimitError, Limits
limits = Limits(max_body_bytes=1_000_000)
with Interface(sys.argv[1], limits=limits) as app:
    app.description
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        app.predict("hi")
    except LimitError:
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss counts KiB on Linux only")
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        pytest.param(bomb(1024), "gzip", id="gzip"),
        pytest.param(gzip.compress(bomb(1024)), "gzip, gzip", id="gzip twice"),
        pytest.param(b"[" + b"0," * 8_000_000 + b"0]", "identity", id="plain"),
    ],
)
def test_a_bomb_costs_no_more_memory_than_the_limit_allows(body: bytes, encoding: str) -> None:
    with http_server({**gradio("3"), CALL["3"]: say(body, Content_Encoding=encoding)}) as server:
        done = forks.run("-c", MEASURE, server.url)

    assert done.stderr == b""
    assert int(done.stdout) < 32


@pytest.mark.parametrize(
    ("name", "limit"), [("config", 500), ("upload", 500), ("call-3", 5000), ("file", 5000)]
)
def test_no_answer_is_larger_than_max_body_bytes(name: str, limit: int) -> None:
    place = PLACES[name]
    limits = Limits(max_body_bytes=1_000_000)
    with http_server(place.plays(say(b" " * 2_000_000))) as server:
        error = place.refusal(server.url, limits=limits)

    assert isinstance(error, LimitError)
    assert error.limit == "max_body_bytes"


@ways
def test_a_gzipped_answer_is_unpacked(way: str) -> None:
    packed = say(gzip.compress(b'{"data": ["packed"]}'), Content_Encoding="gzip")
    with http_server({**gradio("3"), CALL["3"]: packed}) as server:
        assert call(server.url, way=way) == "packed"


@ways
def test_bytes_after_a_gzipped_answer_are_ignored(way: str) -> None:
    packed = gzip.compress(b'{"data": ["packed"]}') + bytes(40_000_000)
    play = say(packed, Content_Encoding="gzip")
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        assert call(server.url, way=way, timeout=1) == "packed"


@ways
@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, br", ", ".join(["gzip"] * 4)])
def test_error_names_an_encoding_that_was_not_requested(encoding: str, way: str) -> None:
    packed = say(b'{"data": ["packed"]}', Content_Encoding=encoding)
    with http_server({**gradio("3"), CALL["3"]: packed}) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, PredictError)
    assert f"the answer is encoded as '{encoding}'" in str(error)


@pytest.mark.parametrize("status", [403, 500])
def test_an_empty_answer_may_be_called_gzipped(status: int) -> None:
    play = say(b"", status, Content_Encoding="gzip")
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        error = refusal(server.url)

    assert isinstance(error, PredictError)
    assert error.status == status


@cache
def nested_bomb() -> bytes:
    """Return gzip in gzip in gzip, whose GiB in the middle unpack to nothing at all."""
    nothing = b"\0\0\0\xff\xff" * (1 << 20)  # empty blocks of deflate
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(gzip.compress(b"")[:10]) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(nothing) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(nothing) + packer.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(head + block * 200)


@ways
def test_compression_bomb_does_not_delay_a_call_beyond_its_timeout(way: str) -> None:
    play = say(nested_bomb(), Content_Encoding="gzip, gzip, gzip")
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        _, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.3))

    assert seconds < 1


def test_a_gzipped_answer_that_is_cut_off_is_an_error() -> None:
    packed = gzip.compress(json.dumps({"data": ["packed"]}).encode() + b" " * 100_000)
    cut = say(packed[:-30], Content_Encoding="gzip")
    with http_server({**gradio("3"), CALL["3"]: cut}) as server:
        refusal(server.url)


def test_a_message_does_not_repeat_an_answer() -> None:
    bodies = [b"x" * 10**6, b'{"data": "' + b"x" * 10**6 + b'"}', b'{"' + b"x" * 10**6 + b'": 1}']
    for body in bodies:
        with http_server({**gradio("3"), CALL["3"]: say(body)}) as server:
            assert len(str(refusal(server.url))) < 500
