"""The commands for endpoints: what they print, write and send, and how they fail."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from encoders.cli.main import main
from encoders.predict.components import COMPONENTS
from tests import forks
from tests.paths import FIXTURES
from tests.predict.http_server import (
    Json,
    completed,
    gradio,
    http_server,
    say,
    silent,
    stream,
)

PNG = FIXTURES / "image" / "small.png"
WAV = FIXTURES / "audio" / "stereo.wav"
PDF = FIXTURES / "file" / "report.pdf"
CONFIG = FIXTURES / "interface" / "era6-config.json"
PNG_URL = "data:image/png;base64," + base64.b64encode(PNG.read_bytes()).decode()
SECRET = "hunter2-and-more"


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Return a function that runs a command in an empty folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENCODERS_TOKEN", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def run(*arguments: str | Path, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main(list(map(str, arguments)))
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = capsys.readouterr()
        return Done(status, out, err)

    return run


@pytest.fixture
def succeed(run: Run) -> Callable[..., str]:
    """Return a function that runs a command that goes well, and returns what it prints."""

    def succeed(*arguments: str | Path, stdin: bytes = b"") -> str:
        done = run(*arguments, stdin=stdin)
        assert (done.status, done.err) == (0, "")
        return done.out

    return succeed


@pytest.fixture
def fail(run: Run) -> Callable[..., str]:
    """Return a function that runs a command that fails, and returns its line."""

    def fail(*arguments: str | Path, stdin: bytes = b"") -> str:
        done = run(*arguments, stdin=stdin)
        assert done.status == 2
        assert done.out == ""
        assert done.err.startswith("encoders: ")
        assert done.err.count("\n") == 1
        return done.err

    return fail


Print = Callable[..., str]


def data(out: str) -> list[Json]:
    """Return the values in a payload that was printed."""
    values: list[Json] = json.loads(out)["data"]
    return values


# payload


@pytest.mark.parametrize(
    ("component", "text", "value"),
    [
        ("textbox", "hello", "hello"),
        ("textbox", "", ""),
        ("textbox", "3", "3"),
        ("textbox", "Grüße\n", "Grüße\n"),
        ("markdown", "# x", "# x"),
        ("code", "{}", "{}"),
        ("number", "3", 3),
        ("number", "2.5", 2.5),
        ("number", "-1", -1),
        ("number", " 4 ", 4),
        ("number", "1e3", 1000.0),
        ("number", "", None),
        ("slider", "-0.5", -0.5),
        ("checkbox", "true", True),
        ("checkbox", "YES", True),
        ("checkbox", "1", True),
        ("checkbox", "off", False),
        ("checkbox", "False", False),
        ("checkbox", "", None),
        ("radio", "a", "a"),
        ("dropdown", "3", "3"),
        ("checkboxgroup", '["a", "b"]', ["a", "b"]),
        ("json", '{"a": [1, null]}', {"a": [1, None]}),
        ("json", "5", 5),
        ("image", PNG_URL, PNG_URL),
        ("image", "", None),
        ("colorpicker", "#ff8800", "#ff8800"),
    ],
)
def test_text_is_read_as_the_component_requires(
    succeed: Print, component: str, text: str, value: Json
) -> None:
    made = succeed("payload", "--component", component, "--era", "3", "--", text)

    assert data(made) == [value]


@pytest.mark.parametrize(
    ("component", "text"),
    [
        ("number", "three"),
        ("number", "1,5"),
        ("number", "0x10"),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1" * 5000),
        ("checkbox", "maybe"),
        ("checkbox", "2"),
        ("checkboxgroup", "a"),
        ("json", "{"),
        ("json", "NaN"),
        ("dataframe", "missing.csv"),
        ("dataframe", '{"a": 1}'),
        ("gallery", "[1"),
        ("image", "data:image/png;base64,*"),
    ],
)
def test_text_that_means_nothing_to_its_component_is_one_line(
    fail: Print, component: str, text: str
) -> None:
    assert component in fail("payload", "--component", component, "--era", "5", "--", text)


@pytest.mark.parametrize("component", ["image", "file", "audio", "video", "model3d"])
def test_a_path_that_is_not_there_is_one_line_that_names_it(fail: Print, component: str) -> None:
    assert "missing.png: No such file" in fail("payload", "missing.png", "--component", component)


def test_a_folder_is_no_file(fail: Print, tmp_path: Path) -> None:
    assert f"{tmp_path}: Is a directory" in fail("payload", tmp_path, "--component", "file")


def test_a_file_of_the_wrong_type_is_one_line_that_names_it(fail: Print) -> None:
    line = fail("payload", PDF, "--component", "image")

    assert f"data[0] (image): {PDF}: this is application/pdf" in line


def test_a_table_is_read_from_csv(succeed: Print, tmp_path: Path) -> None:
    Path("a.csv").write_text('\ufeffname,größe\n"a,b",1\nc,2.5\n,\n', "utf-8")

    assert data(succeed("payload", "@a.csv", "--component", "dataframe", "--era", "3")) == [
        {"headers": ["name", "größe"], "data": [["a,b", 1], ["c", 2.5], ["", ""]]}
    ]


def test_a_table_is_read_from_json(succeed: Print) -> None:
    made = succeed("payload", "[[1, 2], [3, 4]]", "--component", "dataframe")

    assert data(made) == [[[1, 2], [3, 4]]]


def test_an_empty_csv_is_an_empty_table(succeed: Print) -> None:
    Path("a.csv").touch()

    assert data(succeed("payload", "@a.csv", "--component", "dataframe")) == [[]]


def test_a_cell_that_is_too_long_for_csv_is_one_line(fail: Print) -> None:
    Path("a.csv").write_text("a\n" + "x" * 200_000)

    assert "a.csv" in fail("payload", "@a.csv", "--component", "dataframe")


@pytest.mark.parametrize("content", [b"\xff\xfea", b"a\n\xff"])
def test_a_table_in_another_encoding_is_one_line(fail: Print, content: bytes) -> None:
    Path("a.csv").write_bytes(content)

    assert "a.csv" in fail("payload", "@a.csv", "--component", "dataframe")


def test_json_is_read_from_a_file(succeed: Print) -> None:
    Path("a.json").write_text('{"größe": 1}', "utf-8")

    assert data(succeed("payload", "@a.json", "--component", "json")) == [{"größe": 1}]


NO_FILES = [name for name, component in COMPONENTS.items() if not component.reader.read_bytes]


@pytest.mark.parametrize("component", NO_FILES)
def test_a_name_is_a_file_for_components_of_files_only(
    component: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("1.5").write_text('["secret"]')
    main(["payload", "1.5", "--component", component, "--era", "5"])

    printed, message = capsys.readouterr()
    assert "secret" not in printed
    assert "1.5" in printed or component in message


@pytest.mark.parametrize("component", ["json", "dataframe", "fileexplorer"])
def test_file_name_without_the_at_mark_is_reported(fail: Print, component: str) -> None:
    Path("a.csv").write_text("a,b\n1,2\n")

    assert "write @a.csv" in fail("payload", "a.csv", "--component", component)


def test_input_file_marked_with_at_is_not_replaced(fail: Print) -> None:
    Path("a.json").write_text('{"a": 1}')
    fail("payload", "@a.json", "--component", "json", "-o", "a.json", "--overwrite")
    assert Path("a.json").read_text() == '{"a": 1}'


def test_deep_json_is_one_line(fail: Print) -> None:
    assert fail("payload", "[" * 50_000, "--component", "json")


@pytest.mark.parametrize("component", ["gallery", "file"])
def test_a_json_list_of_paths_is_a_list_of_files(succeed: Print, component: str) -> None:
    paths = json.dumps([str(PNG), str(PNG)])

    files = data(succeed("payload", paths, "--component", component, "--era", "3"))[0]

    assert [file["data"] for file in files] == [PNG_URL] * 2


@pytest.mark.parametrize("component", ["gallery", "file"])
def test_json_list_without_paths_is_a_one_line_error(fail: Print, component: str) -> None:
    assert "missing.png" in fail(
        "payload", '["missing.png"]', "--component", component, "--era", "3"
    )


def test_a_message_may_have_files(succeed: Print) -> None:
    assert data(succeed("payload", "hi", "--component", "multimodaltextbox", "--era", "5")) == [
        {"text": "hi", "files": []}
    ]


@pytest.mark.parametrize("files", ["5", '"ab"', "null"])
def test_message_whose_files_are_not_a_list_is_a_one_line_error(fail: Print, files: str) -> None:
    text = '{"text": "hi", "files": ' + files + "}"

    assert "multimodaltextbox" in fail(
        "payload", text, "--component", "multimodaltextbox", "--era", "5"
    )


def test_note_on_stderr_says_how_an_input_was_read(run: Run) -> None:
    done = run("payload", PNG, "a cat", "missing.png")

    assert done.status == 0
    assert data(done.out) == [PNG_URL, "a cat", "missing.png"]
    assert done.err == (
        f"encoders: took {_clipped(PNG)} as image, 'a cat' as textbox, "
        "'missing.png' as textbox; --component says otherwise\n"
    )


def _clipped(path: Path) -> str:
    text = str(path)
    return repr(text if len(text) <= 40 else text[:37] + "...")


def test_no_note_on_stderr_if_components_are_named(succeed: Print) -> None:
    assert data(succeed("payload", PNG, "x", "--component", "image", "--component", "textbox"))


@pytest.mark.parametrize(("inputs", "names"), [(2, 1), (1, 2)])
def test_each_input_has_one_component_or_none_has(fail: Print, inputs: int, names: int) -> None:
    arguments = ["x"] * inputs + ["--component", "textbox"] * names

    assert f"{inputs} inputs for {names} --component" in fail("payload", *arguments)


def test_standard_input_is_a_file(succeed: Print) -> None:
    made = succeed("payload", "-", "--component", "image", stdin=PNG.read_bytes())

    assert data(made) == [PNG_URL]


def test_type_of_standard_input_is_detected_by_content(run: Run) -> None:
    done = run("payload", "-", stdin=PNG.read_bytes())

    assert data(done.out) == [PNG_URL]
    assert "'-' as image" in done.err


@pytest.mark.parametrize(
    ("component", "text", "value"),
    [
        ("textbox", "hello\n", "hello\n"),
        ("number", "5\n", 5),
        ("json", '{"a": 1}', {"a": 1}),
        ("dataframe", "a,b\n1,2\n", [[1, 2]]),
    ],
)
def test_standard_input_is_read_as_the_component_requires(
    succeed: Print, component: str, text: str, value: Json
) -> None:
    made = succeed("payload", "-", "--component", component, stdin=text.encode())

    assert data(made) == [value]


def test_standard_input_is_one_input_only(fail: Print) -> None:
    command = ("payload", "-", "-", "--component", "file", "--component", "file")
    assert "-" in fail(*command, stdin=b"some bytes")


def test_standard_input_names_no_file_to_read(fail: Print) -> None:
    Path("secret.json").write_text('{"secret": 42}')

    assert "42" not in fail("payload", "-", "--component", "json", stdin=b"secret.json")


def test_standard_input_names_no_file_to_send(run: Run) -> None:
    Path("secret.txt").write_text("secret words")
    value = b'{"text": "", "files": ["secret.txt"]}'
    with http_server(gradio("6", inputs=["multimodaltextbox"], outputs=["json"])) as server:
        run("predict", server.url, "-", stdin=value)

        assert not any(b"secret words" in seen.body for seen in server.seen)


@pytest.mark.parametrize(
    ("era", "expected"),
    [
        ("2", PNG_URL),
        ("2.9.4", PNG_URL),
        ("3", PNG_URL),
        ("5", {"url": PNG_URL}),
        ("6.31.0", {"url": PNG_URL}),
    ],
)
def test_the_era_decides_the_shape(succeed: Print, era: str, expected: Json) -> None:
    (made,) = data(succeed("payload", PNG, "--component", "image", "--era", era))

    assert made == expected or made["url"] == expected["url"]


def test_an_unknown_component_is_one_line_with_the_nearest(fail: Print) -> None:
    line = fail("payload", "x", "--component", "txetbox")

    assert "there is no component 'txetbox': did you mean textbox" in line


@pytest.mark.parametrize("era", ["1", "x", "", "6,31", "99"])
def test_an_unknown_era_is_one_line(fail: Print, era: str) -> None:
    line = fail("payload", "x", "--component", "textbox", "--era", era)

    assert f"era={era!r} is " in line
    assert "is none of 2, 3, 4, 5, 6" in line


@pytest.mark.parametrize(("era", "file"), [("4", PNG), ("5", WAV), ("6", PDF)])
def test_a_file_that_has_to_go_up_is_one_line_that_names_the_way(
    fail: Print, era: str, file: Path
) -> None:
    component = {PNG: "image", WAV: "audio", PDF: "file"}[file]
    line = fail("payload", file, "--component", component, "--era", era)

    assert (
        f"Gradio {era} takes {file.name!r} by reference only; call the server with encoders predict"
        in line
    )


def test_payload_is_written_to_a_file(succeed: Print) -> None:
    assert succeed("payload", "x", "--component", "textbox", "-o", "made.json") == ""
    assert Path("made.json").read_text() == '{"data": ["x"]}\n'


def test_a_payload_that_fails_leaves_the_file_that_was_there(fail: Print) -> None:
    Path("made.json").write_text("before")

    fail("payload", PDF, "--component", "image", "-o", "made.json", "--overwrite")

    assert Path("made.json").read_text() == "before"
    assert list(Path().iterdir()) == [Path("made.json")]


def test_a_big_file_is_streamed(succeed: Print) -> None:
    content = bytes(range(256)) * 20_000
    Path("big.bin").write_bytes(content)

    (made,) = data(succeed("payload", "big.bin", "--component", "file"))

    assert base64.b64decode(made["data"].partition(",")[2]) == content


def test_file_whose_name_is_not_unicode_is_read(succeed: Print) -> None:
    if os.name != "posix":
        pytest.skip("names are bytes on POSIX only")
    name = os.fsdecode(b"\xff.bin")
    Path(name).write_bytes(b"content")

    (made,) = data(succeed("payload", name, "--component", "file"))

    assert made["data"].endswith(",Y29udGVudA==")


# response


def test_an_answer_becomes_files_and_the_rest_is_printed(succeed: Print) -> None:
    answer = {"data": [PNG_URL, {"label": "cat"}, None, "two\n lines", "data:,hi"], "duration": 1}
    Path("answer.json").write_text(json.dumps(answer))

    lines = succeed("response", "answer.json", "-o", "out").splitlines()

    assert Path("out/image.png").read_bytes() == PNG.read_bytes()
    assert Path("out/text.txt").read_bytes() == b"hi"
    assert lines[0].startswith("out/image.png  image/png  ")
    assert lines[2:] == ['data[1]  {"label": "cat"}', "data[2]  null", "data[3]  two lines"]
    saved = json.loads(Path("out/response.json").read_text())
    assert saved["data"][0] == {"file": "image.png", "media_type": "image/png"}
    assert saved["duration"] == 1


@pytest.mark.parametrize("value", ['{"file": "notes"}', '{"file": [], "media_type": "text/plain"}'])
def test_value_that_looks_like_a_saved_file_is_printed(succeed: Print, value: str) -> None:
    out = succeed("response", "-o", "out", stdin=f'{{"data": [{value}]}}'.encode())

    assert out == f"data[0]  {value}\n"


def test_an_answer_is_read_from_standard_input(succeed: Print) -> None:
    for options in (["-o", "one"], ["-", "-o", "two"]):
        out = succeed("response", *options, stdin=b'{"data": ["hi"]}')
        assert out == "data[0]  hi\n"


def test_component_option_decides_how_an_output_is_decoded(succeed: Print) -> None:
    url = json.dumps({"data": ["data:,hi"]}).encode()
    succeed("response", "-o", "out", "--component", "textbox", stdin=url)

    assert [path.name for path in Path("out").iterdir()] == ["response.json"]


def test_a_long_value_is_printed_in_brief(succeed: Print) -> None:
    out = succeed("response", "-o", "out", stdin=json.dumps({"data": ["x" * 10_000]}).encode())

    assert out == f"data[0]  {'x' * 197}...\n"


def test_text_of_a_server_does_not_control_the_terminal(succeed: Print) -> None:
    answer = json.dumps({"data": ["\x1b]0;title\x07\x1b[2J\x9b31m", {"\x1b[2J": 1}]})
    out = succeed("response", "-o", "out", stdin=answer.encode())

    assert not set(out) & {"\x1b", "\x07", "\x9b"}


def test_error_text_of_a_server_does_not_control_the_terminal(fail: Print) -> None:
    line = fail("response", "-o", "out", stdin=b'{"error": "\\u001b[2Jboom"}')

    assert "\x1b" not in line


def test_a_lone_surrogate_is_printed_and_saved(succeed: Print) -> None:
    assert succeed("response", "-o", "out", stdin=b'{"data": ["a\\ud800b"]}').startswith("data[0]")
    assert json.loads(Path("out/response.json").read_bytes())["data"] == ["a\ud800b"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "expected JSON"),
        (b"hello", "expected JSON"),
        (b'{"data": [', "expected JSON"),
        (b"\xff", "expected JSON"),
        (b"5", "found int 5"),
        (b"{}", "an empty object"),
        (b'{"data": 5}', "an object with 'data'"),
        (b'{"error": "boom\\nbang"}', "the server says: boom bang"),
        (b'{"error": null}', "show_error is off"),
        (b'{"data": ["data:;base64,*"]}', "data[0]"),
        (b"[" * 200_000, "is over the limit of "),
    ],
)
def test_a_bad_answer_is_one_line_that_names_its_source(
    fail: Print, answer: bytes, message: str
) -> None:
    Path("answer.json").write_bytes(answer)

    for source in ("answer.json", "-"):
        line = fail("response", source, "-o", "out", stdin=answer)
        assert line.startswith(f"encoders: {source}: ")
        assert message in line


def test_a_failed_answer_leaves_nothing(fail: Print) -> None:
    fail("response", "-o", "out", stdin=b'{"data": ["data:,hi", "data:;base64,*"]}')

    assert not Path("out").exists() or not list(Path("out").iterdir())


@pytest.mark.parametrize("names", [1, 3])
def test_components_fit_the_outputs_in_number(fail: Print, names: int) -> None:
    components = ["--component", "textbox"] * names
    line = fail("response", "-o", "out", *components, stdin=b'{"data": ["a", "b"]}')

    assert f"2 outputs for {names} components" in line


def test_output_is_overwritten_only_with_the_option(run: Run, fail: Print) -> None:
    for text in ("one", "two"):
        Path(f"{text}.json").write_text(json.dumps({"data": [f"data:,{text}"]}))
    run("response", "one.json", "-o", "out")

    assert "exists already; pass --overwrite" in fail("response", "two.json", "-o", "out")
    assert Path("out/text.txt").read_text() == "one"
    assert run("response", "two.json", "-o", "out", "--overwrite").status == 0
    assert Path("out/text.txt").read_text() == "two"


def test_no_file_is_larger_than_max_bytes(fail: Print, succeed: Print) -> None:
    answer = b'{"data": ["data:,abc"]}'

    assert "--max-bytes" in fail("response", "-o", "out", "--max-bytes", "2", stdin=answer)
    assert succeed("response", "-o", "out", "--max-bytes", "0", stdin=answer)


def test_an_answer_that_is_not_there_is_one_line(fail: Print) -> None:
    assert "missing.json: No such file" in fail("response", "missing.json", "-o", "out")


def test_a_file_is_no_folder_to_write_to(fail: Print) -> None:
    Path("out").touch()

    assert "out: Not a directory" in fail("response", "-o", "out", stdin=b'{"data": ["data:,a"]}')


# api


def test_a_description_is_shown_from_a_file(succeed: Print) -> None:
    out = succeed("api", CONFIG)

    assert all(word in out for word in ("/classify", "image", "textbox", "label", "6.31.0"))


def test_a_description_is_shown_from_a_server(succeed: Print) -> None:
    with http_server(gradio("6", inputs=["slider"])) as server:
        out = succeed("api", server.url)

        assert not any("queue" in path for path in server.paths)
    assert server.url in out
    assert "/predict" in out
    assert "slider" in out


def test_a_page_is_written_whole(succeed: Print) -> None:
    Path("page.html").write_text("before")

    assert succeed("api", CONFIG, "--html", "page.html", "--overwrite") == ""
    assert Path("page.html").read_text("utf-8").lower().startswith("<!doctype html>")
    assert [path.name for path in Path().iterdir()] == ["page.html"]


def test_schemas_and_an_openapi_document_are_printed_as_json(succeed: Print) -> None:
    schemas = json.loads(succeed("api", CONFIG, "--json"))
    document = json.loads(succeed("api", CONFIG, "--openapi"))

    (endpoint,) = schemas["endpoints"]
    assert (endpoint["name"], len(endpoint["inputs"]["prefixItems"])) == ("/classify", 2)
    assert (document["openapi"], "/gradio_api/call/classify" in document["paths"]) == (
        "3.1.0",
        True,
    )


def test_printed_json_has_no_hidden_characters(succeed: Print) -> None:
    label = "\u202e\x1b[2J\x9b\ud800"
    with http_server(gradio("6", inputs=[("textbox", {"label": label})])) as server:
        out = succeed("api", server.url, "--json")

    assert out.isascii() and out.replace("\n", "").isprintable()
    assert json.loads(out)["endpoints"][0]["inputs"]["prefixItems"][0]["title"] == label


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected JSON"),
        (b"<html>", "expected JSON"),
        (b"\xff", "expected JSON"),
        (b"[1]", "a list of 1"),
        (b"5", "int 5"),
        (b"[" * 200_000, "is over the limit of "),
    ],
)
def test_a_file_that_describes_nothing_is_one_line_that_names_it(
    fail: Print, content: bytes, message: str
) -> None:
    Path("config.json").write_bytes(content)

    line = fail("api", "config.json")

    assert "config.json" in line
    assert message in line


def test_a_file_that_describes_something_else_is_one_line_that_names_it(fail: Print) -> None:
    Path("config.json").write_text('{"name": "something else"}')

    assert "config.json" in fail("api", "config.json")


@pytest.mark.parametrize("source", ["missing.json", "ftp://127.0.0.1/", "http://127.0.0.1:9"])
def test_unreachable_server_is_a_one_line_error_that_names_it(fail: Print, source: str) -> None:
    assert source in fail("api", source)


# predict


def test_values_are_sent_and_printed(succeed: Print) -> None:
    plays = gradio(
        "6",
        lambda text, number, flag: [text, {"number": number, "flag": flag}],
        inputs=["textbox", "number", "checkbox"],
        outputs=["textbox", "json"],
    )
    with http_server(plays) as server:
        out = succeed("predict", server.url, "a cat", "-2.5", "on")

    assert out == 'data[0]  a cat\ndata[1]  {"number": -2.5, "flag": true}\n'


@pytest.mark.parametrize("era", ["2", "3", "4", "5", "6"])
def test_every_era_is_called_its_own_way(succeed: Print, era: str) -> None:
    with http_server(gradio(era)) as server:
        assert succeed("predict", server.url, "hi") == "data[0]  hi\n"


CHOICES: dict[str, Json] = {
    "names": {"choices": ["1", "2"]},
    "numbers": {"choices": [1, 2]},
    "pairs": {"choices": [["one", 1], ["two", 2]]},
    "pairs of text": {"choices": [["one", "1"], ["two", "2"]]},
    "nothing": {},
}


@pytest.mark.parametrize(
    ("choices", "text", "value"),
    [
        ("names", "2", "2"),
        ("numbers", "2", 2),
        ("pairs", "2", 2),
        ("pairs of text", "2", "2"),
        ("nothing", "2", "2"),
        ("numbers", "3", "3"),
    ],
)
@pytest.mark.parametrize("component", ["radio", "dropdown"])
def test_a_choice_is_the_one_that_reads_so(
    succeed: Print, component: str, choices: str, text: str, value: Json
) -> None:
    plays = gradio("6", inputs=[(component, CHOICES[choices])], outputs=["json"])
    with http_server(plays) as server:
        shown = succeed("predict", server.url, text, "--no-check")
        assert shown == f"data[0]  {_shown(value)}\n"


def test_a_dry_run_prints_what_would_be_sent_and_sends_nothing(succeed: Print) -> None:
    Path("a.txt").write_text("some text")
    with http_server(gradio("6", inputs=["textbox", "file"])) as server:
        shown = succeed("predict", server.url, "hi", "a.txt", "--dry-run")

        assert {seen.method for seen in server.seen} == {"GET"}
    lines = shown.splitlines()
    assert lines[0].startswith("/predict: ")
    assert lines[0].endswith(" bytes of JSON, 1 file of 9 bytes to upload")
    assert lines[1] == 'data[0] (textbox)  "hi"'
    assert lines[-1] == "    a.txt  text/plain  9 bytes, uploaded first"


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_several_choices_are_a_json_list(succeed: Print) -> None:
    options = {"choices": ["a", "b"], "multiselect": True}
    with http_server(gradio("6", inputs=[("dropdown", options)], outputs=["json"])) as server:
        Path("chosen.json").write_text('["b"]')
        for text in ('["b"]', "@chosen.json"):
            assert succeed("predict", server.url, text) == 'data[0]  ["b"]\n'


def test_empty_text_is_none_but_for_text(succeed: Print) -> None:
    plays = gradio(
        "6", lambda *v: [list(v)], inputs=["textbox", "number", "image"], outputs=["json"]
    )
    with http_server(plays) as server:
        assert succeed("predict", server.url, "", "", "") == 'data[0]  ["", null, null]\n'


@pytest.mark.parametrize("name", ["/second", "second", "1"])
def test_an_endpoint_is_named_or_numbered(succeed: Print, name: str) -> None:
    function = {"inputs": [0], "outputs": [1]}
    functions = [{**function, "api_name": name} for name in ("predict", "second")]
    plays = {**gradio("3", dependencies=functions), "/run/second": say({"data": ["it is"]})}
    with http_server(plays) as server:
        assert succeed("predict", server.url, "x", "--api-name", name) == "data[0]  it is\n"


def referring(era: str) -> dict[str, Any]:
    """Return the plays of a server that takes a picture and refers to another."""
    path = "/tmp/gradio/small.png"
    file = {"path": path, "url": None, "meta": {"_type": "gradio.FileData"}}
    plays = gradio(era, lambda _: [file, "a cat"], inputs=["image"], outputs=["image", "textbox"])
    plays["/gradio_api/file=*"] = say(PNG.read_bytes())
    return plays


def test_files_are_fetched_and_written(succeed: Print) -> None:
    with http_server(referring("6")) as server:
        lines = succeed("predict", server.url, PNG, "-o", "out").splitlines()

    assert lines[0].startswith("out/small.png  image/png  ")
    assert lines[1:] == ["data[1]  a cat"]
    assert Path("out/small.png").read_bytes() == PNG.read_bytes()
    assert sorted(path.name for path in Path("out").iterdir()) == ["response.json", "small.png"]


def test_nothing_is_fetched_without_a_folder(succeed: Print) -> None:
    with http_server(referring("6")) as server:
        assert "/tmp/gradio/small.png" in succeed("predict", server.url, PNG)

        assert not any("file=" in path for path in server.paths)


def test_files_are_overwritten_only_with_the_option(succeed: Print) -> None:
    with http_server(referring("6")) as server:
        succeed("predict", server.url, PNG, "-o", "out")
        Path("out/small.png").write_text("before")

        lines = succeed("predict", server.url, PNG, "-o", "out").splitlines()
        assert [line.partition("  ")[0] for line in lines] == [
            "out/small-2.png",
            "out/response-2.json",
            "data[1]",
        ]
        assert Path("out/small-2.png").read_bytes() == PNG.read_bytes()
        saved = json.loads(Path("out/response-2.json").read_text())["data"]
        assert saved[0] == {"file": "small-2.png", "media_type": "image/png"}
        assert Path("out/small.png").read_text() == "before"
        succeed("predict", server.url, PNG, "-o", "out", "--overwrite")
    assert Path("out/small.png").read_bytes() == PNG.read_bytes()
    assert len(list(Path("out").iterdir())) == 4


@pytest.mark.parametrize(("option", "goes_up"), [("--upload", True), ("--no-upload", False)])
def test_picture_is_uploaded_or_sent_in_the_request(
    succeed: Print, option: str, goes_up: bool
) -> None:
    with http_server(referring("6")) as server:
        succeed("predict", server.url, PNG, option)

        assert ("/gradio_api/upload" in server.paths) == goes_up


def test_standard_input_is_an_input(succeed: Print) -> None:
    with http_server(referring("6")) as server:
        succeed("predict", server.url, "-", "--upload", stdin=PNG.read_bytes())

        up = next(seen for seen in server.seen if seen.path.endswith("/upload"))
    assert PNG.read_bytes() in up.body


def test_an_input_may_begin_with_a_dash(succeed: Print) -> None:
    with http_server(gradio("6", inputs=["number"], outputs=["number"])) as server:
        assert succeed("predict", server.url, "-5") == "data[0]  -5\n"
        assert succeed("predict", server.url, "--", "-1e5") == "data[0]  -100000.0\n"


def test_a_login_and_a_token_are_sent(succeed: Print) -> None:
    with http_server(gradio("3")) as server:
        succeed("predict", server.url, "hi", "--user", f"me:{SECRET}:x", "--token", SECRET)

        assert server.seen[0].body == f"username=me&password={SECRET}%3Ax".encode()
        assert {seen.headers["Authorization"] for seen in server.seen} == {f"Bearer {SECRET}"}


def test_a_token_may_be_in_the_environment(
    run: Run, succeed: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCODERS_TOKEN", SECRET)
    with http_server(gradio("3")) as server:
        succeed("predict", server.url, "hi")

        assert {seen.headers["Authorization"] for seen in server.seen} == {f"Bearer {SECRET}"}
    for command in ("predict", "api"):
        assert SECRET not in run(command, "--help").out


@pytest.mark.parametrize("option", ["--api-name", "-o", "--timeout", "--token", "--user"])
def test_an_option_without_its_value_has_status_2(run: Run, option: str) -> None:
    assert run("predict", "http://127.0.0.1:9", "x", option).status == 2


@pytest.mark.parametrize("arguments", [["--bogus"], ["--upload", "--no-upload"]])
def test_a_wrong_option_is_one_line(fail: Print, arguments: list[str]) -> None:
    fail("predict", "http://127.0.0.1:9", "x", *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--user", "me"], "--user: expected NAME:PASSWORD"),
        (["--api-name", "/missing"], "there is no endpoint '/missing'"),
        (["--api-name", "7"], "there is no endpoint 7"),
        (
            ["--api-name", "²"],
            "there is no endpoint '²'",
        ),
        (["more"], "found 2 inputs"),
        (["--max-bytes", "-5"], "--max-bytes: -5: expected a number of bytes"),
    ],
)
def test_a_call_that_cannot_be_made_is_one_line(
    fail: Print, arguments: list[str], message: str
) -> None:
    with http_server(gradio("6")) as server:
        assert message in fail("predict", server.url, "hi", *arguments)

        assert not any("queue" in path for path in server.paths)


@pytest.mark.parametrize(
    ("component", "text", "message"),
    [
        ("number", "three", "data[0] (number): 'three' is not a value for the component number"),
        ("image", "missing.png", "missing.png: No such file"),
        ("image", str(PDF), "application/pdf"),
        ("checkbox", "maybe", "'maybe'"),
    ],
)
def test_an_input_that_does_not_fit_is_one_line(
    fail: Print, component: str, text: str, message: str
) -> None:
    with http_server(gradio("6", inputs=[component])) as server:
        assert message in fail("predict", server.url, text)


def test_choices_that_are_none_leave_the_text(succeed: Print) -> None:
    with http_server(gradio("6", inputs=[("radio", {"choices": 5})])) as server:
        assert succeed("predict", server.url, "x") == "data[0]  x\n"


def test_too_few_inputs_are_one_line(fail: Print) -> None:
    with http_server(gradio("6", inputs=["textbox", "number"])) as server:
        assert "found 1 inputs, none for 'number'" in fail("predict", server.url, "hi")


ERRORS = {
    "an error": (stream(completed({"error": "boom\nbang"}, success=False)), "boom bang"),
    "a status": (say("<html>\nno", 503), "HTTP 503"),
    "an early end": (stream(b""), "ended before"),
    "no JSON": (stream(b"data: x\n\n"), "expected JSON"),
    "a wrong shape": (stream(completed({"data": 5})), "found"),
    "a file elsewhere": (
        stream(completed({"data": [{"path": "http://127.0.0.1:9/x"}]})),
        "another server",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_call_that_fails_is_one_line_and_leaves_nothing(fail: Print, name: str) -> None:
    play, message = ERRORS[name]
    plays = {**gradio("6", outputs=["file"]), "/gradio_api/queue/data": play}
    with http_server(plays) as server:
        assert message in fail("predict", server.url, "hi", "-o", "out")

    assert not Path("out").exists() or not list(Path("out").iterdir())


def test_a_call_that_takes_too_long_is_one_line(fail: Print) -> None:
    with http_server({**gradio("3"), "/run/predict": silent}) as server:
        assert "in 0.1 s" in fail("predict", server.url, "hi", "--timeout", "0.1")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nowhere.invalid", "ftp://host"])
def test_a_server_that_is_not_there_is_one_line(fail: Print, url: str) -> None:
    assert url in fail("predict", url, "hi")


@pytest.mark.parametrize("url", ["http://[", "127.0.0.1:9", "localhost:9"])
def test_invalid_url_is_a_one_line_error(fail: Print, url: str) -> None:
    line = fail("predict", url, "hi")

    assert url in line
    assert "http://" in line.replace(url, "")


@pytest.mark.parametrize("seconds", ["-1", "0", "nan", "soon"])
def test_wrong_timeout_is_a_one_line_error(fail: Print, seconds: str) -> None:
    line = fail("predict", "http://127.0.0.1:9", "hi", "--timeout", seconds)

    assert f"--timeout: {seconds}: expected a number above 0" in line


def test_limit_error_names_the_option_that_raises_the_limit(fail: Print) -> None:
    url = "data:application/octet-stream;base64," + "AAAA" * 100
    plays = gradio("2", lambda _: [url], outputs=["file"])
    with http_server(plays) as server:
        line = fail("predict", server.url, "hi", "-o", "out", "--max-bytes", "10")

    assert "--max-bytes" in line


def test_no_fetched_file_is_larger_than_max_bytes(fail: Print) -> None:
    with http_server(referring("6")) as server:
        assert "--max-bytes" in fail("predict", server.url, PNG, "-o", "out", "--max-bytes", "10")


# The process itself.


def process(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return forks.run("-m", "encoders", *arguments, stdin=stdin)


def test_payload_and_response_pipe_into_each_other(tmp_path: Path) -> None:
    made = process("payload", "-", "a cat", stdin=PNG.read_bytes())
    done = process("response", "-o", tmp_path / "out", stdin=made.stdout)

    assert (made.returncode, done.returncode, done.stderr) == (0, 0, b"")
    assert (tmp_path / "out" / "image.png").read_bytes() == PNG.read_bytes()
    assert done.stdout.decode().splitlines()[-1] == "data[1]  a cat"


def test_a_bad_call_ends_with_status_2_and_one_line() -> None:
    done = process("predict", "http://127.0.0.1:9", "hi")

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"encoders: ")
    assert done.stderr.count(b"\n") == 1


def test_closed_output_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m encoders payload {PNG} --component image | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")


def test_an_endless_timeout_is_no_traceback() -> None:
    done = process("predict", "http://127.0.0.1:9", "hi", "--timeout", "inf")

    assert b"Traceback" not in done.stderr


def test_help_shows_examples() -> None:
    for command in ("payload", "response", "api", "predict"):
        assert b"examples:" in process(command, "--help").stdout


def test_a_cell_is_a_number_where_nothing_is_lost(succeed: Print) -> None:
    rows = "a,b,c\n007,1_0,+5\n1,-2.5,1e5\ninf,nan, 7\n٣,1e999,0x1\n"
    Path("a.csv").write_text(rows, "utf-8")

    (made,) = data(succeed("payload", "@a.csv", "--component", "dataframe", "--era", "3"))
    assert made["data"] == [
        ["007", "1_0", "+5"],
        [1, -2.5, 1e5],
        ["inf", "nan", " 7"],
        ["٣", "1e999", "0x1"],
    ]


def test_a_csv_may_begin_with_a_bracket(succeed: Print) -> None:
    Path("a.csv").write_text("[draft],b\n1,2\n")

    (made,) = data(succeed("payload", "@a.csv", "--component", "dataframe", "--era", "3"))
    assert made == {"headers": ["[draft]", "b"], "data": [[1, 2]]}


@pytest.mark.parametrize(
    ("component", "form"), [("json", "as JSON in UTF-8"), ("dataframe", "as CSV or JSON in UTF-8")]
)
def test_file_without_a_value_is_an_error(fail: Print, component: str, form: str) -> None:
    Path("a.csv").write_bytes("a,b\n1,2\n".encode("utf-16"))

    line = fail("payload", "@a.csv", "--component", component)
    assert "a.csv does not hold a value" in line
    assert form in line
