"""Data URLs are parsed as in the WHATWG standard, and survive a round trip."""

from __future__ import annotations

import base64
import io
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders import data_url, file, mime
from encoders.data_url import DataURL, forgiving_base64, format, parse
from encoders.errors import DataURLError, LimitError, MissingDependencyError

US_ASCII = (("charset", "US-ASCII"),)
TOKEN = st.text("abcdefghijklmnopqrstuvwxyz0123456789!$&'*+-.^_`|~%", min_size=1)
VALUE = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters=",#?"), min_size=0
)
URLS = st.builds(
    DataURL,
    st.builds("{}/{}".format, TOKEN, TOKEN),
    st.binary(),
    st.dictionaries(TOKEN, VALUE, max_size=3).map(lambda pairs: tuple(pairs.items())),
)


@pytest.mark.parametrize(
    ("text", "media_type", "parameters", "data"),
    [
        ("data:a/b;base64,YQ", "a/b", (), b"a"),
        ("data:a/b;base64, Y W\nI =", "a/b", (), b"ab"),
        ("data:text/plain,a%20b%FF", "text/plain", (), b"a b\xff"),
        ('data:text/plain;a="b;\\"c";d=e,x', "text/plain", (("a", 'b;"c'), ("d", "e")), b"x"),
        (
            "data:text/html;charset=UTF-8;v=1,x",
            "text/html",
            (("charset", "UTF-8"), ("v", "1")),
            b"x",
        ),
        ("DATA:IMAGE/PNG;BASE64,YQ==", "image/png", (), b"a"),
        ("data:image/png; base64,YQ==", "image/png", (), b"a"),
        ("data:text/plain,a,b", "text/plain", (), b"a,b"),
        ("data:a/b;base64,YQ%3D%3D", "a/b", (), b"a"),
        ("data:,x", "text/plain", US_ASCII, b"x"),
        ("data:;base64,YQ==", "text/plain", US_ASCII, b"a"),
        ("data:;charset=utf-8,x", "text/plain", (("charset", "utf-8"),), b"x"),
        ("data:@file/pdf;base64,YQ==", "text/plain", US_ASCII, b"a"),
        ("data:nonsense,x", "text/plain", US_ASCII, b"x"),
        ("data:a/b,x#fragment", "a/b", (), b"x"),
        ("data:a/b;base64,YQ==#fragment", "a/b", (), b"a"),
        (" \n data:a/b,x \t", "a/b", (), b"x"),
        ("da\tta:a/\nb,x\ny", "a/b", (), b"xy"),
        ("data:a/b,é", "a/b", (), "é".encode()),
        ("data:a/b,%zz%4", "a/b", (), b"%zz%4"),
        ("data:a/b;base64;c=d,x", "a/b", (("c", "d"),), b"x"),
        ("data:a/b;base64,YR==", "a/b", (), b"a"),
    ],
)
def test_the_standard_accepts_it(
    text: str, media_type: str, parameters: tuple[tuple[str, str], ...], data: bytes
) -> None:
    url = parse(text)

    assert (url.media_type, url.parameters, url.data) == (media_type, parameters, data)
    assert url.size == len(data)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hello", "not a data URL"),
        ("", "not a data URL"),
        ("http://a/b,c", "not a data URL"),
        ("data:a/b", "no comma"),
        ("data:a/b#,x", "no comma"),
        ("data:a/b;base64,Y", "bad base64"),
        ("data:a/b;base64,YQ=", "bad base64"),
        ("data:a/b;base64,Y=Q=", "bad base64"),
        ("data:a/b;base64,YQ===", "bad base64"),
        ("data:a/b;base64,YWJj====", "bad base64"),
        ("data:a/b;base64,YQ==YQ==", "bad base64"),
        ("data:a/b;base64,%2541AA", "bad base64"),
        ("data:a/b;base64,Y*Q=", "bad base64"),
        ("data:a/b;base64,-_-_", "bad base64"),
        ("data:a/b;base64,éa==", "bad base64"),
    ],
)
def test_the_standard_refuses_it(text: str, reason: str) -> None:
    with pytest.raises(DataURLError) as caught:
        _ = parse(text).data
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        "data:a/b;base64,YQ",
        "data:a/b;base64,Y Q==",
        "data:a/b;base64,YQ%3D%3D",
        "data:a/b;base64,YR==",
        "data:a/b; base64,YQ==",
        "data:a/b;base64,YQ==#x",
        "data:nonsense,x",
        " data:a/b,x",
        "data:a/b,x y",
        "data:a/b,é",
        "data:a/b,%zz",
        "data:a/b,x\n",
    ],
)
def test_strict_refuses_errors_that_the_standard_tolerates(text: str) -> None:
    _ = parse(text).data
    with pytest.raises(DataURLError):
        _ = parse(text, strict=True).data


@pytest.mark.parametrize(
    "text", ["data:,x%20y", 'Data:a/b;c=d;e="f g";base64,YQ==', "data:;charset=utf-8,x"]
)
def test_strict_accepts_what_rfc_2397_allows(text: str) -> None:
    assert parse(text, strict=True) == parse(text)


def test_the_url_safe_alphabet_needs_its_option() -> None:
    text, data = "data:;base64,-_-_", b"\xfb\xff\xbf"
    sink = io.BytesIO()
    data_url.decode_to(io.StringIO(text), sink, url_safe=True)

    assert parse(text, url_safe=True).data == sink.getvalue() == data
    with pytest.raises(DataURLError):
        _ = parse(text).data
    with pytest.raises(DataURLError):
        data_url.decode_to(io.StringIO(text), io.BytesIO())


@given(URLS)
def test_parse_is_the_inverse_of_format(url: DataURL) -> None:
    assert parse(format(url)) == url
    assert parse(format(url, base64=False)) == url
    assert parse(format(url), strict=True).size == len(url.data)
    assert hash(parse(str(url))) == hash(url)


@pytest.mark.parametrize("body", ["2d", "2Q", "2 Q = =", "AAAA2d", "%32d", "#", ""])
def test_a_forgiven_body_is_formatted_with_all_its_bytes(body: str) -> None:
    url = parse(f"data:a/b;base64,{body}")
    assert parse(str(url), strict=True).data == url.data


@given(
    st.binary(max_size=40),
    st.lists(st.tuples(st.integers(0, 56), st.sampled_from("\t\n\f\r "))),
    st.booleans(),
)
def test_white_space_and_padding_do_not_matter(
    data: bytes, spaces: list[tuple[int, str]], padded: bool
) -> None:
    body = base64.b64encode(data).decode()
    body = body if padded else body.rstrip("=")
    for position, space in spaces:
        body = body[:position] + space + body[position:]
    url = parse("data:a/b;base64," + body)

    assert url.data == data
    assert url.size == len(data)
    assert parse("data:a/b;base64," + body.replace("=", "%3D")).size == len(data)
    assert file.encode(url) == format(DataURL(mime.detect(url), data))


@pytest.mark.parametrize("step", range(1, 41))
@pytest.mark.parametrize("encode", [base64.encodebytes, base64.b64encode])
def test_base64_in_pieces_of_any_size(step: int, encode: Callable[[bytes], bytes]) -> None:
    for length in (0, 1, 2, 3, 76, 77, 78, 250):
        data = bytes(range(length))
        body = encode(data).decode()
        pieces = [body[i : i + step] for i in range(0, len(body), step)]
        chunks = [data[i : i + step] for i in range(0, len(data), step)]

        assert b"".join(part for _, part in forgiving_base64.scan(pieces)) == data
        assert "".join(forgiving_base64.encode(chunks)) == base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("QU*JD", r"it has '\*', expected letters"),
        ("QUJD-_8=", "'-_' of the URL-safe alphabet; pass url_safe=True to data_url.parse"),
        ("QUJDQ", "padding is wrong near 'Q'"),
        ("QUJDQUJDQUJDQQ=QUJDQUJD", "padding is wrong near 'JDQQ=QUJ'"),
    ],
)
def test_the_error_quotes_the_wrong_part_of_base64(body: str, message: str) -> None:
    with pytest.raises(DataURLError, match=message) as caught:
        _ = parse("data:;base64," + body).data
    assert caught.value.reason == "bad base64"


@given(st.text(), st.integers(1, 5))
def test_escapes_may_be_split_between_pieces(text: str, step: int) -> None:
    escaped = format(DataURL("a/b", text.encode("utf-8", "replace")), base64=False)
    body = escaped.partition(",")[2]
    pieces = [body[i : i + step] for i in range(0, len(body), step)]

    assert b"".join(forgiving_base64.unescape(pieces)) == text.encode("utf-8", "replace")


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", ",", "#", "?", "é", "\x7f", "\t"])
def test_nothing_is_injected_into_the_header(bad: str) -> None:
    for media_type, parameters in (
        (f"a/b{bad}", ()),
        ("a/b", (("name", f"x{bad}y"),)),
        ("a/b", ((f"n{bad}", "x"),)),
    ):
        with pytest.raises(DataURLError):
            DataURL(media_type, b"", parameters)


def test_encoding_a_url_returns_its_text_if_that_is_canonical() -> None:
    text = "data:text/plain;base64,YQ=="

    assert file.encode(parse(text)) is text
    assert file.encode(parse("data:text/plain;c=d;base64,YQ")) == text
    assert file.encode(parse("data:text/plain,a")) == text
    with pytest.raises(DataURLError):
        file.encode(parse("data:text/plain;base64,Y*=="))


def test_a_value_is_immutable_and_its_repr_is_short() -> None:
    url = parse("data:a/b;base64," + "YWJj" * 1000)

    with pytest.raises(AttributeError):
        url.media_type = "c/d"  # type: ignore[misc]
    assert repr(url) == "<DataURL a/b, 3,000 bytes>"


def test_max_bytes_is_checked_before_decoding() -> None:
    text = "data:;base64,YWJ\nj"
    assert parse(text, max_bytes=3).data == b"abc"
    assert parse("data:;base64,****", max_bytes=3).size == 3
    for late in (text, "data:,abc", "data:;base64,****"):
        with pytest.raises(LimitError, match="max_bytes=2"):
            parse(late, max_bytes=2)
    sink = io.BytesIO()
    with pytest.raises(LimitError):
        data_url.decode_to(io.StringIO(text), sink, max_bytes=2)
    assert sink.getvalue() == b""
    data_url.decode_to(io.StringIO(text), sink, max_bytes=3)
    assert sink.getvalue() == b"abc"
    assert parse(text, max_bytes=None).data == b"abc"


def test_streams_round_trip(tmp_path: Path) -> None:
    data = os.urandom(700_001)
    (tmp_path / "in").write_bytes(data)
    with (tmp_path / "url").open("w") as sink:
        data_url.encode_to(tmp_path / "in", sink, media_type="a/b", parameters=(("c", "d"),))
    with (tmp_path / "out").open("wb") as out:
        header = data_url.decode_to(tmp_path / "url", out)

    assert (tmp_path / "url").read_text() == format(DataURL("a/b", data, (("c", "d"),)))
    assert (tmp_path / "out").read_bytes() == data
    assert header == ("a/b", (("c", "d"),), True)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
@pytest.mark.parametrize("says", [True, False])
def test_a_sink_may_write_only_a_part_or_return_none(says: bool) -> None:
    class Sink:
        taken = b""

        def write(self, data: Any) -> int | None:
            part = bytes(data[:1000] if says else data)
            self.taken += part
            return len(part) if says else None

    sink = Sink()
    data_url.decode_to(io.StringIO(str(DataURL("a/b", bytes(5000)))), cast(BinaryIO, sink))
    assert sink.taken == bytes(5000)


def test_two_gibibytes_stream_in_little_memory(tmp_path: Path) -> None:
    program = """
import os, re
from pathlib import Path
from encoders import data_url, file, mime
class Zeros:
    left = 2 * 2**30
    def read(self, n):
        n = min(n, self.left); self.left -= n
        return bytes(n)
class Letters:
    left = 2 * 2**30 * 4 // 3 // 4 * 4
    first = True
    def read(self, n):
        if self.first:
            self.first = False
            return "data:;base64,"
        n = min(n, self.left); self.left -= n
        return "A" * n
status = Path("/proc/self/status")
high = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
before = high()
data_url.encode_to(Zeros(), open(os.devnull, "w"))
data_url.decode_to(Letters(), open(os.devnull, "wb"), max_bytes=None)
print((high() - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(done.stdout) < 64


def test_errors_survive_pickling() -> None:
    for error in (
        DataURLError("no comma", "text"),
        LimitError("max_bytes", 1, "2 bytes"),
        MissingDependencyError("video", "video"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
