"""Code with a caller's values: files stay beside it, all else is a literal."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders import Interface
from encoders.errors import PayloadError
from encoders.predict import Component, File, Raw, Reference, Table, payload
from encoders.predict.endpoints import Description, Endpoint, Parameter
from encoders.predict.pages.snippets import LANGUAGES, snippets
from tests.paths import FIXTURES

from .descriptions import HOSTILE_TEXT, RECORDED, URL

PICTURE = FIXTURES / "image" / "small.png"
HOSTILE_NAME = 'it\'s "quoted" $(id) `id` ;type=x, \\ \n<b>\u202e é.png'


def code_for(
    version: str, components: Sequence[str | Component], values: Sequence[Any]
) -> dict[str, str]:
    known = [one if isinstance(one, Component) else Component(one) for one in components]
    inputs = tuple(Parameter(one, one.name) for one in known)
    endpoint = Endpoint("/predict", 0, inputs, ())
    description = Description(version, endpoints=(endpoint,))
    return snippets(description, endpoint, URL, values=values)


def python_arguments(code: str) -> list[str]:
    """Return the arguments of the call, as Python writes them."""
    (call,) = (
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "interface.predict"
    )
    return [ast.unparse(one) for one in call.args]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a picture under a hostile name, and a `curl` that keeps its body."""
    shutil.copyfile(PICTURE, tmp_path / HOSTILE_NAME)
    fake = tmp_path / "curl"
    fake.write_text(
        "#!/bin/sh\n"
        'while [ "$1" != -d ]; do shift; done\n'
        'if [ "$2" = @- ]; then tr -d "\\n" > body; else printf %s "$2" > body; fi\n'
    )
    fake.chmod(0o755)
    return tmp_path


def run(code: str, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    (folder / "code").write_text(code, "utf-8", newline="")
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [*command, "code"],
        cwd=folder,
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_python_code_names_a_file_beside_it() -> None:
    code = code_for("6.31.0", ["image"], [PICTURE])["python"]

    assert code.startswith("from pathlib import Path\n\nfrom encoders import Interface\n")
    assert f'interface.predict(Path("{PICTURE.name}"))' in code


@pytest.mark.parametrize("version", ["2.9.4", "3.50.2", "4.44.1", "5.49.1", "6.31.0"])
def test_no_file_is_in_the_code(version: str, tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    pixels = np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8)
    Image.fromarray(pixels).save(big)
    values = [big, pixels, File(b"x" * 10_000, "notes.txt"), (8000, np.zeros(9000, np.int16))]

    made = code_for(version, ["image", "image", "file", "audio"], values)

    for language, code in made.items():
        assert len(code) < 3000
        assert [name in code for name in ("big.png", "image.png", "text.txt", "audio.wav")] == (
            [True] * 4
        ), language


def test_files_of_one_name_get_numbers(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "photo.png" for folder in "ab"]
    for path in paths:
        path.parent.mkdir()
        shutil.copyfile(PICTURE, path)

    made = code_for("6.31.0", ["image", "image", "image"], [*paths, paths[0]])

    names = ["photo.png", "photo-2.png", "photo.png"]
    assert python_arguments(made["python"]) == [f"Path({name!r})" for name in names]
    assert made["curl"].count("-F 'files=@photo.png;") == 1
    assert made["curl"].count("-F 'files=@photo-2.png;") == 1


@pytest.mark.parametrize(
    ("component", "value", "code"),
    [
        ("textbox", "it's", '"it\'s"'),
        ("slider", 3, "3"),
        ("slider", Raw(3), "3"),
        ("image", Raw(None), "None"),
        ("image", Raw({"path": "/a"}), "Raw({'path': '/a'})"),
        ("image", Reference("/tmp/gradio/a.png"), "Raw({"),
        ("dataframe", Table(["a"], [[1]]), "(['a'], [[1]])"),
        ("dataframe", np.array([[1, 2]]), "{'headers': ['1', '2'], 'data': [[1, 2]]}"),
        ("number", np.float32(2.5), "2.5"),
        ("json", {"a": (1, None)}, "{'a': (1, None)}"),
        ("json", np.arange(2), "[0, 1]"),
        ("textbox", "data:image/png;base64," + "A" * 99, "'data:image/png;base64,AAAA"),
    ],
)
def test_value_becomes_python_that_sends_the_same(component: str, value: Any, code: str) -> None:
    made = code_for("6.31.0", [component], [value])["python"]

    (argument,) = python_arguments(made)
    assert argument.startswith(code)
    assert ("import Raw" in made) == ("Raw(" in argument)
    again = eval(argument, {"Raw": Raw})
    sent = [
        payload(each, components=[component], era="6", upload=lambda *_: "/a")
        for each in (again, value)
    ]
    assert sent[0] == sent[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_stays_text_that_is_a_data_url(language: str) -> None:
    text = "data:image/png;base64," + "A" * 99

    for version in ("3.50.2", "6.31.0"):
        code = code_for(version, ["textbox", "image"], [text, PICTURE])[language]
        assert text in code
        assert PICTURE.name in code


def test_file_has_no_directory_in_its_name(tmp_path: Path) -> None:
    made = code_for("3.50.2", ["image"], [PICTURE.absolute()])

    for code in made.values():
        assert str(PICTURE.parent) not in code


def test_name_of_bytes_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")
    shutil.copyfile(PICTURE, path)

    for code in code_for("3.50.2", ["image"], [Path(path)]).values():
        assert "?.png" in code
        code.encode()


def test_hostile_name_stays_a_literal_in_python(folder: Path) -> None:
    made = code_for("3.50.2", ["image"], [folder / HOSTILE_NAME])["python"]

    assert python_arguments(made) == [f"Path({HOSTILE_NAME!r})"]
    assert all(character.isprintable() or character == "\n" for character in made)


def test_shell_reads_a_file_of_a_hostile_name(folder: Path) -> None:
    values = [folder / HOSTILE_NAME, HOSTILE_TEXT]
    before = sorted(one.name for one in folder.iterdir())

    done = run(code_for("3.50.2", ["image", "textbox"], values)["curl"], folder, "sh")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((folder / "body").read_text("utf-8")) == payload(*values, era="3")
    assert sorted(one.name for one in folder.iterdir()) == sorted([*before, "body", "code"])


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
@pytest.mark.parametrize("kind", ["commonjs", "module"])
def test_node_reads_a_file_of_a_hostile_name(kind: str, folder: Path) -> None:
    values = [folder / HOSTILE_NAME, HOSTILE_TEXT]
    code = code_for("3.50.2", ["image", "textbox"], values)["javascript"]
    fake = (
        "globalThis.fetch = (_, { body }) =>"
        " new Promise(() => process.stdout.write(body, () => process.exit()));\n"
    )
    (folder / "package.json").write_text(json.dumps({"type": kind}))

    (folder / "code.js").write_text(fake + code, "utf-8")
    done = subprocess.run(
        ["node", "code.js"], cwd=folder, capture_output=True, check=True, timeout=30
    )

    assert json.loads(done.stdout) == payload(*values, era="3")


@pytest.mark.parametrize("version", ["3.50.2", "6.31.0"])
def test_shell_takes_a_text_longer_than_an_argument(version: str, folder: Path) -> None:
    text = "it's long " * 20_000

    done = run(code_for(version, ["textbox"], [text])["curl"], folder, "sh")

    assert "too long" not in done.stderr
    assert json.loads((folder / "body").read_text("utf-8")) == {"data": [text]}


def test_shell_sends_nothing_if_the_file_is_missing(folder: Path) -> None:
    code = code_for("3.50.2", ["image"], [folder / HOSTILE_NAME])["curl"]
    (folder / HOSTILE_NAME).unlink()

    done = run(code, folder, "sh")

    assert done.returncode != 0
    assert not (folder / "body").exists()


def test_code_holds_a_mask_that_the_caller_did_not_give() -> None:
    component = Component("Image", {"tool": "sketch"})
    made = code_for("3.50.2", [component], [PICTURE])

    assert "base64,iVBORw0KGgo" in made["curl"]
    assert "image.png" not in made["curl"]
    assert python_arguments(made["python"]) == [f"Path('{PICTURE.name}')"]


def test_interface_gives_code_for_inputs() -> None:
    config = json.loads((RECORDED / "era4-config.json").read_text("utf-8"))
    interface = Interface(config, url=URL, era="4.44.1")
    endpoint = interface.endpoint()

    with pytest.raises(TypeError, match="put it into a list"):
        interface.snippets(inputs="Hello")
    with pytest.raises(PayloadError, match="found 9 inputs"):
        interface.snippets(inputs=["x"] * 9)
    made = interface.snippets(endpoint.name, inputs=[Raw("?")] * len(endpoint.visible_inputs))
    assert made["python"].count('"?"') == len(endpoint.visible_inputs)
