"""No text from a file, a server or a caller controls a terminal, or makes a message long."""

from __future__ import annotations

import ast
import io
import json
import os
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import encoders
from encoders import errors
from encoders.atomic import safe_name
from encoders.data_url import media_type
from encoders.errors import EncodersError
from encoders.errors.text import is_hidden, one_line, visible
from encoders.limits import Limits
from encoders.mime.claims import check_label
from encoders.predict import address, configuration
from encoders.predict import eras as era
from encoders.predict.components import COMPONENTS, Component
from tests.cli.test_cli import fail, on_a_terminal, run, succeed
from tests.paths import FIXTURES
from tests.predict.http_server import config, gradio, http_server, redirect, say

pytestmark = pytest.mark.long

PNG = FIXTURES / "image" / "small.png"
PACKAGE = Path(encoders.__file__).parent
CONTROLS = "\x1b]0;evil\x07\x1b[2J"
# One of each group: controls, bidi, zero width, fillers, tags, private, unassigned, surrogates.
INVISIBLE = (
    "\x00\x1b\x7f\x85\xad\u034f\u061c\u115f\u1160\u17b4\u180e\u200b\u200f\u2028\u2029\u202e\u2060"
    "\u2066\u2069\u206f\u2800\u3164\ue000\ufdd0\ufeff\uffa0\ufff9\U000e0041\U000e0100\U0010ffff"
    "\u0378\ud800"
)


@pytest.mark.parametrize("sign", INVISIBLE, ids=lambda sign: f"U+{ord(sign):04X}")
def test_an_invisible_character_is_escaped(sign: str) -> None:
    assert is_hidden(sign)
    shown = visible(f"a{sign}b")
    assert ast.literal_eval(f"'{shown}'") == f"a{sign}b"
    assert shown.isascii()
    assert sign not in safe_name(f"a{sign}b.txt")


@pytest.mark.parametrize("text", ["", "plain", "Grüße", "日本語", "⚙️ Settings", "❤️", "נתונים"])
def test_visible_text_is_unchanged(text: str) -> None:
    assert visible(text) == text


@given(st.text())
def test_the_result_has_no_invisible_character(text: str) -> None:
    shown = visible(text)

    assert not [
        sign for sign in shown if unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029"
    ]
    assert visible(shown) == shown or "\ufe0f" in text or "\ufe0e" in text


@given(st.text(), st.integers(10, 100))
def test_one_line_is_one_short_line(text: str, longest: int) -> None:
    line = one_line(text, longest)

    assert len(line) <= longest
    assert line.splitlines() in ([], [line])


# Printed text.


def test_commands_print_through_one_place() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called in ("print", "sys.stderr.write", "warnings.warn"):
                found.append(path.name)
    # The others: the warning of a server that is newer than all eras, the URL of the live page.
    assert found == ["terminal.py", "server.py", "serving.py"]


@pytest.mark.skipif(os.name != "posix", reason="needs names that Windows does not have")
@pytest.mark.parametrize("name", [f"a{CONTROLS}.png", "a\u202egnp.exe", "a\u3164\u2028\nb.txt"])
def test_the_name_of_a_file_does_not_control_the_terminal(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(PNG.read_bytes()[:-20])
    (tmp_path / "folder").mkdir()
    done = [
        run("inspect", path),
        run("encode", path, "--format", "jpeg"),
        run("encode", f"{path}.missing"),
        run("encode", tmp_path / "folder", "-o", f"{path}.txt"),
        run("decode", path),
        run("decode", "-o", tmp_path / f"new{name}", stdin=b"data:,x"),
        run("payload", path),
        run("payload", path, "--component", "audio"),
        run("response", path, "-o", tmp_path),
        run("api", path),
        run("api", f"{name}"),
        run("predict", f"{name}"),
        run("batch", f"{path}.missing"),
        run("encode", PNG, f"--{name}"),
        run("encode", PNG, "--as", name),
    ]

    for one in done:
        for shown in (one.stdout.decode(), one.stderr.decode()):
            text = shown if "base64" not in shown else ""
            assert not [sign for line in text.split("\n") for sign in line if is_hidden(sign)]


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_name_in_the_progress_line_does_not_control_the_terminal() -> None:
    code = (
        "import time; from encoders.cli import terminal\n"
        "with terminal.show_elapsed('calling /x\\x1b[31mRED\\x07' + 'y' * 10**6): time.sleep(1.7)"
    )
    _, shown = on_a_terminal("-c", code)

    assert "calling /x\\x1b[31mRED\\x07yy" in shown
    assert "\x1b[31m" not in shown and "\x07" not in shown
    assert len(shown) < 2000


def test_a_redirection_does_not_control_the_terminal() -> None:
    played = say(config("5", ["textbox"], ["textbox"]))
    with http_server({"/x%C2%9B2J%E2%80%AE/config": played}) as server:
        target = f"{server.url}/x\x9b2J\u202e/config".encode().decode("latin-1")
        with http_server({"/config": redirect(target)}) as first:
            shown = succeed("api", first.url).decode()

    assert "\x9b" not in shown and "\u202e" not in shown
    assert f"{server.url}/x%C2%9B2J%E2%80%AE" in shown


@pytest.mark.parametrize("host", ["h\x1b[2J", "h\u202ei", "h i"])
def test_a_redirection_to_an_invalid_host_is_refused(host: str) -> None:
    with pytest.raises(encoders.PredictError, match="which is not a URL") as caught:
        address.redirected("http://host/config", f"http://{host}/config")
    assert str(caught.value).isascii()


def test_the_text_page_escapes_invisible_characters() -> None:
    configuration = config("5", [("textbox", {"label": "a\u3164\u2028\ufeffb"})], ["textbox"])
    shown = encoders.Interface(configuration, url="http://h").text()

    assert not [sign for line in shown.split("\n") for sign in line if is_hidden(sign)]
    assert "a\\u3164" in shown


# Messages and what they quote.

LONG: Any = "x" * 10**6


def long_interface(key: str) -> Callable[[], object]:
    def call() -> object:
        configuration: Any = config("5", [("textbox", {"label": LONG})], ["textbox"])
        configuration["dependencies"][0]["api_name"] = LONG
        app = encoders.Interface(configuration, url="http://127.0.0.1:9")
        names: dict[str, Any] = {LONG: 1}
        calls: dict[str, Callable[[], object]] = {
            "endpoint": lambda: app.endpoint("nothing"),
            "unknown": lambda: app.endpoint(f"{LONG}y"),
            "too many": lambda: app.predict("a", "b"),
            "too few": lambda: app.predict(),
            "unreachable": lambda: app.predict("a"),
            "name": lambda: app.predict(**names),
        }
        with app:
            return calls[key]()

    return call


def answer(value: Any) -> Callable[[], object]:
    return lambda: [encoders.response({"data": [value]}, [name]).data[0] for name in ("image",)]


QUOTING: dict[str, Callable[[], object]] = {
    "not a data URL": lambda: encoders.decode(LONG),
    "no comma": lambda: encoders.decode("data:" + LONG),
    "bad base64": lambda: encoders.decode("data:;base64," + LONG + "*"),
    "strict label": lambda: encoders.decode(f"data:image/{LONG};base64,iVBORw0KGgo=", strict=True),
    "media type": lambda: encoders.image.decode(f"data:text/{LONG},x"),
    "media type parts": lambda: media_type.check(LONG, ()),
    "parameter": lambda: media_type.check("a/b", ((LONG.upper(), "x"),)),
    "parameter's value": lambda: media_type.check("a/b", (("a", f"{LONG}\n"),)),
    "a label that lies": lambda: check_label(f"a/{LONG}", "b/c"),
    "a path": lambda: encoders.encode(LONG),
    "a format": lambda: encoders.image.encode(PNG, format=LONG),
    "a mode": lambda: encoders.image.encode(PNG, mode=LONG),
    "a background": lambda: encoders.image.encode(PNG, background=LONG, format="jpeg", mode="RGB"),
    "a sound's format": lambda: encoders.audio.encode(
        FIXTURES / "audio" / "stereo.wav", format=LONG
    ),
    "a dtype": lambda: encoders.audio.decode("data:,x", dtype=LONG),
    "a bound": lambda: Limits(max_bytes=LONG),
    "an era": lambda: era.version(LONG),
    "an era of digits": lambda: era.version("9" * 10**6),
    "text for a file": lambda: encoders.payload(LONG, components=["file"]),
    "a number": lambda: encoders.payload(LONG, components=["number"]),
    "a huge number": lambda: encoders.payload(10**9999, components=["textbox"], era="3"),
    "keys": lambda: encoders.payload({LONG: 1}, components=["imageeditor"], era="5"),
    "a key": lambda: encoders.payload({(LONG,): 1}, components=["json"]),
    "a role": lambda: encoders.payload(
        [{"role": LONG, "content": "x"}], components=["chatbot"], era="3"
    ),
    "a confidence": lambda: encoders.payload({LONG: "x"}, components=["label"]),
    "a percentage": lambda: encoders.payload(
        {"audio": b"", "crop_min": LONG}, components=["audio"]
    ),
    "a deep key": lambda: encoders.payload({LONG: {LONG: {LONG: object()}}}, components=["json"]),
    "an answer": answer(LONG),
    "an answer's keys": answer({LONG: LONG}),
    "an answer's huge number": answer(10**9999),
    "a server's error": lambda: encoders.response({"error": LONG}),
    "no answer": lambda: encoders.response({LONG: LONG}),
    "no JSON": lambda: encoders.response(LONG),
    "an output's name": lambda: encoders.response('{"data": []}')[LONG],
    "no configuration": lambda: configuration.describe({LONG: LONG}),
    "a version": lambda: configuration.describe({**config("5", [], []), "version": LONG}),
    "a prefix": lambda: configuration.describe({**config("5", [], []), "api_prefix": LONG + " "}),
    "a server": lambda: encoders.Interface(LONG),
    "a server's port": lambda: encoders.Interface(f"http://h:{LONG}"),
    "a header": lambda: encoders.Interface("http://h", headers={LONG: "\n"}),
    "a redirection": lambda: address.redirected("http://h", f"http://[{LONG}"),
    "a file's path": lambda: address.quoted(f"../{LONG}"),
    "an attribute": lambda: getattr(encoders, LONG),
    **{
        f"an interface: {key}": long_interface(key)
        for key in ("endpoint", "unknown", "too many", "too few", "unreachable", "name")
    },
}


@pytest.mark.parametrize("name", QUOTING)
def test_message_is_short_for_any_quoted_text(name: str) -> None:
    with pytest.raises(Exception) as caught:
        QUOTING[name]()

    assert len(str(caught.value)) < 3000
    if isinstance(caught.value, EncodersError):
        assert len(caught.value.message) < 2500, caught.value.message[:300]


@pytest.mark.parametrize("name", sorted(COMPONENTS))
@pytest.mark.parametrize("value", [LONG, [LONG], {LONG: LONG}, 10**9999], ids=type)
def test_messages_of_components_are_short(name: str, value: Any) -> None:
    component = Component(name, {"choices": [LONG], "headers": [LONG]})
    for call in (
        lambda: encoders.payload(value, components=[component], era="5"),
        lambda: list(encoders.response({"data": [value]}, [component]).data),
    ):
        try:
            call()
        except (EncodersError, TypeError, ValueError, OverflowError) as error:
            assert len(str(error)) < 2500


def test_a_message_does_not_control_the_terminal() -> None:
    error = EncodersError(f"first{CONTROLS}\nsecond\u3164\ttab")
    error.source = f"a{CONTROLS}\u202e"

    assert str(error) == (
        "a\\x1b]0;evil\\x07\\x1b[2J\\u202e: first\\x1b]0;evil\\x07\\x1b[2J\nsecond\\u3164\ttab"
    )
    assert errors.clip("a\u3164\x1b") == "'a\\u3164\\x1b'"


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    error = EncodersError(f"begin {LONG} end")
    error.source = f"/folder/{LONG}/name.png"

    assert str(error).startswith("/folder/")
    assert "/name.png: begin " in str(error)
    assert str(error).endswith(" end")


def test_an_error_of_a_server_does_not_control_the_terminal() -> None:
    plays = gradio("3", inputs=["textbox"], outputs=["textbox"])
    plays["/run/predict"] = say({"error": f"no{CONTROLS}\u3164"}, 500)
    with http_server(plays) as server:
        error_text = fail("predict", server.url, "x")
        with encoders.Interface(server.url) as app, pytest.raises(encoders.PredictError) as caught:
            app.predict("x")

    assert "no\\x1b]0;evil" in error_text
    assert "\x1b" not in error_text and "\u3164" not in error_text
    assert "\x1b" not in str(caught.value) and "\u3164" not in str(caught.value)


def test_printed_values_do_not_control_the_terminal(tmp_path: Path) -> None:
    answer = json.dumps({"data": [f"a{CONTROLS}\u3164", {"k\u202e": "\u2028"}]})
    shown = succeed("response", "-o", tmp_path, stdin=answer.encode()).decode()

    assert "a\\x1b]0;evil\\x07\\x1b[2J\\u3164" in shown
    assert not [sign for line in shown.split("\n") for sign in line if is_hidden(sign)]


def test_text_is_printed_in_a_narrow_encoding_too() -> None:
    from encoders.cli import terminal

    out = io.TextIOWrapper(io.BytesIO(), "ascii")
    before, sys.stdout = sys.stdout, out
    try:
        terminal.print_text("160×120 \u3164")
    finally:
        sys.stdout = before
    out.flush()
    assert out.buffer.getvalue() == b"160\\xd7120 \\u3164\n"
