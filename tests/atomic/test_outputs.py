"""Commands replace no file without --overwrite, and never an input; answers of servers are kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import encoders
from encoders import batch
from tests.cli.test_cli import fail, run, succeed
from tests.paths import FIXTURES
from tests.predict.http_server import gradio, http_server

PNG = FIXTURES / "image" / "small.png"
CONFIG = FIXTURES / "interface" / "era6-config.json"
pytestmark = pytest.mark.long
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")

# Each command that writes one file, up to its option -o or --html; the file's name follows.
COMMANDS: dict[str, list[str]] = {
    "encode": ["encode", "{input}", "-o"],
    "encode converting": ["encode", "{input}", "--format", "jpeg", "-o"],
    "payload": ["payload", "{input}", "--component", "image", "-o"],
    "api": ["api", str(CONFIG), "--html"],
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copy(PNG, tmp_path / "input.png"))


def command(name: str, source: Path, output: Path) -> list[str]:
    return [word.format(input=source) for word in COMMANDS[name]] + [str(output)]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_is_kept_without_overwrite(name: str, source: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine.txt"
    output.write_text("mine")

    error_text = fail(*command(name, source, output))
    assert f"{output}: it exists already; pass --overwrite" in error_text
    assert output.read_text() == "mine"
    run(*command(name, source, output), "--overwrite")
    assert output.read_text() != "mine"


def same(source: Path, output: Path) -> Path:
    return source


def hard_link(source: Path, output: Path) -> Path:
    output.hardlink_to(source)
    return output


def symbolic_link(source: Path, output: Path) -> Path:
    output.symlink_to(source)
    return output


def linked_folder(source: Path, output: Path) -> Path:
    output.symlink_to(source.parent)
    return output / source.name


@posix
@pytest.mark.parametrize("option", [[], ["--overwrite"]], ids=["", "overwrite"])
@pytest.mark.parametrize("link", [same, hard_link, symbolic_link, linked_folder])
@pytest.mark.parametrize("name", ["encode", "encode converting", "payload"])
def test_an_input_is_never_the_output(
    name: str,
    link: Callable[[Path, Path], Path],
    option: list[str],
    source: Path,
    tmp_path: Path,
) -> None:
    output = link(source, tmp_path / "other")

    assert "one of the inputs" in fail(*command(name, source, output), *option)
    assert source.read_bytes() == PNG.read_bytes()
    assert len(list(tmp_path.iterdir())) == 1 + (link is not same)


def test_a_description_is_not_replaced_by_its_page(tmp_path: Path) -> None:
    config = Path(shutil.copy(CONFIG, tmp_path / "config.json"))

    assert "one of the inputs" in fail("api", config, "--html", config, "--overwrite")
    assert config.read_bytes() == CONFIG.read_bytes()


@posix
@pytest.mark.parametrize("arguments", [["encode", "-"], ["payload", "-"], ["decode"]])
def test_standard_input_is_not_written_to(arguments: list[str], tmp_path: Path) -> None:
    text = encoders.encode(b"any bytes").encode()
    path = tmp_path / "both.txt"
    path.write_bytes(text)

    with path.open("rb") as stdin, path.open("ab") as stdout:
        line = [sys.executable, "-m", "encoders", *arguments]
        done = subprocess.run(line, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False)

    assert done.returncode == 2
    assert b"standard output: it is one of the inputs" in done.stderr
    assert path.read_bytes() == text


@pytest.mark.parametrize("name", COMMANDS)
def test_a_missing_folder_is_named_and_not_made(name: str, source: Path, tmp_path: Path) -> None:
    error_text = fail(*command(name, source, tmp_path / "a" / "b" / "c.txt"))

    assert error_text == f"encoders: {tmp_path / 'a'}: there is no such folder\n"
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    "arguments", [["decode"], ["response"], ["predict", "http://127.0.0.1:9", "x"]]
)
def test_a_folder_for_files_is_made_but_not_its_parents(
    arguments: list[str], tmp_path: Path
) -> None:
    error_text = fail(*arguments, "-o", tmp_path / "a" / "b", stdin=b'{"data": []}')

    assert error_text == f"encoders: {tmp_path / 'a'}: there is no such folder\n"
    assert list(tmp_path.iterdir()) == []
    succeed("decode", "-o", tmp_path / "made", stdin=b"data:,x")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["text.txt"]


@posix
def test_the_output_is_checked_before_an_input_is_read(tmp_path: Path) -> None:
    """Reading this input would block."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "mine.txt").touch()

    assert "exists already" in fail("encode", tmp_path / "pipe", "-o", tmp_path / "mine.txt")


@posix
@pytest.mark.parametrize("device", ["/dev/null", "/dev/stdout"])
def test_devices_are_written_to(device: str) -> None:
    assert succeed("encode", PNG, "-o", device) in (b"", succeed("encode", PNG))


def test_decode_writes_all_files_or_none(tmp_path: Path) -> None:
    (tmp_path / "text-2.txt").write_text("mine")

    assert "text-2.txt: it exists already" in fail(
        "decode", "-o", tmp_path, stdin=b"data:,a\ndata:,b"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["text-2.txt"]


def test_decode_gives_two_files_of_one_name_two_names(tmp_path: Path) -> None:
    urls = b"data:text/plain;name=a.txt,one\ndata:text/plain;name=a.txt,two"
    succeed("decode", "-o", tmp_path, "--overwrite", stdin=urls)

    assert (tmp_path / "a.txt").read_text() == "one"
    assert (tmp_path / "a-2.txt").read_text() == "two"


@pytest.mark.parametrize("option", [[], ["--overwrite"]], ids=["", "overwrite"])
def test_response_does_not_replace_the_answer_that_it_reads(
    option: list[str], tmp_path: Path
) -> None:
    answer = tmp_path / "response.json"
    answer.write_text('{"data": ["data:,x"]}')

    assert "one of the inputs" in fail("response", answer, "-o", tmp_path, *option)
    assert [path.name for path in tmp_path.iterdir()] == ["response.json"]
    assert answer.read_text() == '{"data": ["data:,x"]}'


# The library.


def test_write_payload_replaces_only_with_overwrite(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "payload.json"
    output.write_text("mine")
    calls: list[str] = []

    def upload(name: str, file: Any) -> str:
        calls.append(name)
        return "/path"

    with pytest.raises(FileExistsError):
        encoders.predict.write_payload([source], output, era="5", upload=upload)
    assert (output.read_text(), calls) == ("mine", [])  # refused before the upload
    encoders.predict.write_payload([source], output, era="5", upload=upload, overwrite=True)
    assert json.loads(output.read_text())["data"][0]["path"] == "/path"


@pytest.mark.parametrize("nest", [lambda path: path, lambda path: [path], lambda path: {"a": path}])
def test_write_payload_never_replaces_an_input(
    nest: Callable[[Path], Any], source: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileExistsError, match="one of the inputs"):
        encoders.predict.write_payload([nest(source)], source, overwrite=True)
    assert source.read_bytes() == PNG.read_bytes()


# batch


@pytest.mark.parametrize("listed", [False, True])
def test_batch_never_replaces_a_file_that_it_reads(listed: bool, tmp_path: Path) -> None:
    output = tmp_path / "notes.jsonl"
    output.write_text('{"mine": 1}\n')
    named = "-" if listed else output
    error_text = fail("batch", named, "-o", output, "--overwrite", stdin=f"{output}\n".encode())

    assert "one of the inputs" in error_text
    assert output.read_text() == '{"mine": 1}\n'
    assert [path.name for path in tmp_path.iterdir()] == ["notes.jsonl"]


@posix
def test_batch_never_replaces_a_file_without_rows_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "notes.jsonl").write_text('{"mine": 1}\n')
    (tmp_path / "link.jsonl").hardlink_to(folder / "notes.jsonl")

    for output in (folder / "notes.jsonl", tmp_path / "link.jsonl"):
        assert "one of the inputs" in fail("batch", folder, "-o", output, "--overwrite")
    assert (folder / "notes.jsonl").read_text() == '{"mine": 1}\n'


def test_batch_names_a_missing_folder(tmp_path: Path) -> None:
    error_text = fail("batch", FIXTURES / "file", "-o", tmp_path / "a" / "rows.jsonl")

    assert error_text == f"encoders: {tmp_path / 'a'}: there is no such folder\n"
    assert list(tmp_path.iterdir()) == []


@posix
def test_batch_to_standard_output_skips_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    with (tmp_path / "rows.jsonl").open("wb") as stdout:
        line = [sys.executable, "-m", "encoders", "batch", str(tmp_path)]
        subprocess.run(line, stdout=stdout, stderr=subprocess.PIPE, check=True)

    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [Path(row["path"]).name for row in rows] == ["a.txt"]
    assert list(rows[0]) == list(batch.Row._fields)


# Answers


def picture(_: Any) -> list[str]:
    return [encoders.encode(PNG)]


@posix
def test_an_answer_never_replaces_a_file_that_was_sent(source: Path, tmp_path: Path) -> None:
    source = source.rename(tmp_path / "image.png")
    source.write_bytes(source.read_bytes() + b"\n")
    before = source.read_bytes()
    with http_server(gradio("2", picture, inputs=["image"], outputs=["image"])) as server:
        lines = succeed("predict", server.url, source, "-o", tmp_path, "--overwrite")

    assert lines.startswith(f"{tmp_path}/image-2.png".encode())
    assert source.read_bytes() == before
    assert (tmp_path / "image-2.png").read_bytes() == PNG.read_bytes()


@pytest.mark.parametrize("place", ["file", "missing/out"])
def test_a_folder_that_cannot_be_written_to_is_found_before_the_call(
    place: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with http_server(gradio("2", picture, inputs=["textbox"], outputs=["image"])) as server:
        fail("predict", server.url, "x", "-o", tmp_path / place)

        assert server.paths == []


@posix
def test_a_full_disk_is_found_before_the_call(mounted: Callable[[str], Path]) -> None:
    disk = mounted("size=64k")
    (disk / "filler").write_bytes(bytes((os.statvfs(disk).f_bavail) * os.statvfs(disk).f_frsize))
    with http_server(gradio("2", picture, inputs=["textbox"], outputs=["image"])) as server:
        error_text = fail("predict", server.url, "x", "-o", disk)
        assert server.paths == []

    assert f"{disk}: No space left" in error_text
    assert [path.name for path in disk.iterdir()] == ["filler"]


def kept(error_text: str, temporary: Path) -> Path:
    """Return the folder in which the answer is kept, according to the message."""
    (folder,) = temporary.glob("encoders-*")
    assert f"the answer is kept in {folder}" in error_text
    return folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@posix
def test_an_answer_that_does_not_fit_on_the_disk_is_kept_elsewhere(
    mounted: Callable[[str], Path], temporary: Path
) -> None:
    disk = mounted("size=64k")
    with http_server(gradio("2", picture, inputs=["textbox"], outputs=["image"])) as server:
        error_text = fail("predict", server.url, "x", "-o", disk)

    assert "image.png: No space left" in error_text
    assert list(disk.iterdir()) == []
    assert (kept(error_text, temporary) / "image.png").read_bytes() == PNG.read_bytes()


def test_an_answer_that_cannot_be_decoded_is_kept_as_it_came(
    temporary: Path, tmp_path: Path
) -> None:
    data = ["data:;base64,*", "data:,good"]
    with http_server(
        gradio("2", lambda _: data, inputs=["textbox"], outputs=["file", "file"])
    ) as server:
        error_text = fail("predict", server.url, "x", "-o", tmp_path / "out")

    answer = kept(error_text, temporary) / "answer.json"
    assert json.loads(answer.read_text())["data"] == data
    assert "encoders response" in error_text


def test_answer_is_kept_if_its_file_cannot_be_downloaded(temporary: Path, tmp_path: Path) -> None:
    file = {"path": "/tmp/gradio/gone.png", "orig_name": "gone.png"}
    with http_server(
        gradio("5", lambda _: ["text", file], inputs=["textbox"], outputs=["textbox", "file"])
    ) as it:
        with encoders.Interface(it.url) as app, pytest.raises(encoders.PredictError) as caught:
            app.predict("x", fetch=True)
        error_text = fail("predict", it.url, "x", "-o", tmp_path / "out")

    assert caught.value.answer.data[0] == "text"
    saved = json.loads((kept(error_text, temporary) / "response.json").read_text())
    assert saved["data"][0] == "text"


def test_save_gives_free_names(tmp_path: Path) -> None:
    answer = encoders.response({"data": [encoders.encode(PNG)] * 2}, ["image", "image"])

    names = [[path.name for path in answer.save(tmp_path)] for _ in range(3)]

    assert names == [
        ["image.png", "image-2.png", "response.json"],
        ["image-3.png", "image-4.png", "response-2.json"],
        ["image-5.png", "image-6.png", "response-3.json"],
    ]


def test_processes_that_save_at_the_same_time_all_keep_their_answers(tmp_path: Path) -> None:
    code = (
        "import encoders, sys\n"
        "answer = encoders.response({'data': ['data:text/plain,' + sys.argv[1]]}, ['file'])\n"
        f"for _ in range(20): answer.save({str(tmp_path)!r})\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in range(4)]

    assert [process.wait() for process in running] == [0] * 4
    texts = [path.read_text() for path in tmp_path.glob("file*.txt")]
    assert sorted(texts) == sorted("0123" * 20)
    assert len(list(tmp_path.glob("response*.json"))) == 80


def test_an_open_file_that_is_an_input_is_never_replaced(tmp_path: Path) -> None:
    path = Path(shutil.copy(PNG, tmp_path / "a.png"))
    for wrapped in (lambda file: file, lambda file: {"files": [file]}):
        with path.open("rb") as file, pytest.raises(FileExistsError, match="one of the inputs"):
            encoders.predict.write_payload([wrapped(file)], path, overwrite=True)
    assert path.read_bytes() == PNG.read_bytes()


def test_a_list_on_standard_input_is_never_replaced(tmp_path: Path) -> None:
    listed = tmp_path / "list.jsonl"
    listed.write_text(f"{PNG}\n")
    with listed.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "encoders", "batch", "-", "-o", listed, "--overwrite"],
            stdin=file,
            capture_output=True,
        )
    assert done.returncode == 2
    assert b"one of the inputs" in done.stderr
    assert listed.read_text() == f"{PNG}\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_a_full_device_is_named() -> None:
    with pytest.raises(OSError, match="No space") as caught:
        encoders.predict.write_payload(["x" * 100_000], "/dev/full")
    assert caught.value.filename == "/dev/full"
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "encoders", "encode", PNG], stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 2
    assert done.stderr.strip() == b"encoders: standard output: No space left on device"


@pytest.mark.parametrize("kind", ["File of a path", "File of an open file", "picture", "memmap"])
def test_input_file_is_never_replaced(kind: str, tmp_path: Path) -> None:
    path = Path(shutil.copy(PNG, tmp_path / "in.png"))
    data: Any = path
    values: dict[str, Callable[[], Any]] = {
        "File of a path": lambda: encoders.predict.File(data, "n"),
        "File of an open file": lambda: encoders.predict.File(data.open("rb"), "n"),
        "picture": lambda: Image.open(path),
        "memmap": lambda: np.memmap(path, np.uint8, "r", shape=(10, 10)),
    }
    value = values[kind]()
    with pytest.raises(FileExistsError, match="one of the inputs"):
        encoders.predict.write_payload([value], path, overwrite=True)
    assert path.read_bytes() == PNG.read_bytes()
    resource = getattr(value, "data", value)
    if hasattr(resource, "close"):
        resource.close()


@posix
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("encode - <&-", "standard input: it is closed"),
        ("batch - <&-", "standard input: it is closed"),
        ("encode {png} >&-", "standard output: Bad file descriptor"),
        ("batch {png} >&-", "standard output: Bad file descriptor"),
        ("batch {png} --format nope", "'nope' is not one of"),
        ("batch {png} --as image --format wav", "'wav' is not one of"),
    ],
)
def test_command_that_cannot_run_prints_the_reason(line: str, expected: str) -> None:
    shell = f"{sys.executable} -m encoders {line.format(png=PNG)}"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True)
    assert done.returncode == 2
    assert expected in done.stderr.splitlines()[-1]
    assert not done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_a_full_standard_error_does_not_change_the_result() -> None:
    with open("/dev/full", "wb") as full:
        for line, status in (([str(PNG)], 0), (["nothing"], 2)):
            command = [sys.executable, "-m", "encoders", "payload", *line, "--component", "file"]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=full)
            assert done.returncode == status
            assert done.stdout.startswith(b'{"data"') == (status == 0)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("command", [["encode"], ["inspect"], ["payload", "--component", "file"]])
def test_an_input_that_cannot_be_read_is_named(command: list[str]) -> None:
    assert "/proc/self/mem: Input/output error" in fail(*command, "/proc/self/mem")
