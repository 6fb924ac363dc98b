"""Code that calls an endpoint: untrusted text stays a literal in every language."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from encoders import Interface
from encoders.predict.endpoints import Description
from encoders.predict.pages.snippets import code_environment, snippets
from encoders.predict.samples import sample

from .descriptions import ERAS, HOSTILE_TEXTS, RECORDED, URL, endpoint_of, hostile_server


def test_secrets_are_in_no_code() -> None:
    config = json.loads((RECORDED / "era6-config.json").read_text("utf-8"))
    interface = Interface(config, url=URL, token="s3cret", auth=("someone", "pa55word"))

    for code in interface.snippets().values():
        assert not re.search("s3cret|someone|pa55word", code)
        assert "ENCODERS_TOKEN" in code
        assert "PASSWORD" in code


@pytest.mark.parametrize("era", ERAS)
def test_long_literal_is_in_the_code_once(era: str) -> None:
    server = Description(f"{era}.99", endpoints=(endpoint_of("image"),))
    two = replace(server.endpoints[0], inputs=server.endpoints[0].inputs * 2)

    for code in snippets(replace(server, endpoints=(two,)), two, URL).values():
        assert code.count(b64encode(sample("example.png").data).decode()) == 1
        assert len(code.splitlines()) < 50


def test_python_code_is_a_few_lines() -> None:
    server = Description("6", endpoints=(endpoint_of("textbox"),))

    assert snippets(server, server.endpoints[0], URL)["python"] == (
        "from encoders import Interface\n"
        "\n"
        'interface = Interface("http://127.0.0.1:7860")\n'
        'answer = interface.predict("Hello")\n'
        'print(*answer.data, sep="\\n")\n'
    )


@pytest.mark.parametrize(
    ("component", "version", "fetches"),
    [("image", "2.9.4", False), ("image", "3.50.2", False), ("audio", "3.50.2", True)]
    + [("image", "6.31.0", True), ("label", "6.31.0", False)],
)
def test_python_code_fetches_files_that_the_answer_refers_to(
    component: str, version: str, fetches: bool
) -> None:
    server = Description(version, endpoints=(endpoint_of(component),))

    assert ("fetch=True" in snippets(server, server.endpoints[0], URL)["python"]) == fetches


def test_endpoint_without_a_name_is_called_by_its_index() -> None:
    unnamed = replace(endpoint_of("textbox"), name=None, index=3)
    server = Description("4.44.1", endpoints=(endpoint_of("textbox"), unnamed))
    code = snippets(server, unnamed, URL)

    assert "api_name=3" in code["python"]
    assert '"/run/predict"' in code["javascript"]
    assert '{"data": ["Hello"], "fn_index": 3}' in code["curl"]


@pytest.mark.parametrize(
    ("version", "component", "path"),
    [
        ("4.31.2", "json", "/call/predict"),
        ("4.31.3", "json", "/run/predict"),
        ("4.42.0", "json", "/run/predict"),
        ("4.43.0", "json", "/call/predict"),
        ("4.37.2", "textbox", "/call/predict"),
    ],
)
def test_versions_that_send_no_json_by_events_are_called_directly(
    version: str, component: str, path: str
) -> None:
    server = Description(version, endpoints=(endpoint_of(component),))

    assert path in snippets(server, server.endpoints[0], URL)["curl"]


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_text_stays_a_literal_in_python(text: str) -> None:
    server = hostile_server("6", text)
    tree = ast.parse(snippets(server, server.endpoints[0], URL)["python"])

    (call,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "interface.predict"
    )
    assert [ast.literal_eval(one) for one in call.args] == [text]


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
@pytest.mark.parametrize("era", ["2", "6"])
def test_hostile_text_stays_a_literal_in_the_shell(era: str, text: str, tmp_path: Path) -> None:
    server = hostile_server(era, text)
    fake = tmp_path / "curl"
    # What comes after -d is the body.
    fake.write_text('#!/bin/sh\nwhile [ "$1" != -d ]; do shift; done\nprintf %s "$2" > body\n')
    fake.chmod(0o755)
    (tmp_path / "code.sh").write_text(
        snippets(server, server.endpoints[0], URL)["curl"], "utf-8", newline=""
    )

    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["sh", "code.sh"], cwd=tmp_path, env={"PATH": path}, capture_output=True, timeout=10
    )

    assert json.loads((tmp_path / "body").read_text("utf-8")) == {"data": [text]}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["body", "code.sh", "curl"]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
@pytest.mark.parametrize("text", HOSTILE_TEXTS[:2])
@pytest.mark.parametrize("era", ["2", "6"])
def test_hostile_text_stays_a_literal_in_javascript(era: str, text: str, tmp_path: Path) -> None:
    server = hostile_server(era, text)
    code = snippets(server, server.endpoints[0], URL)["javascript"]
    fake = "globalThis.fetch = (_, { body }) => { console.log(body); process.exit(); };\n"
    (tmp_path / "code.js").write_text(fake + code, "utf-8")

    done = subprocess.run(
        ["node", "code.js"], cwd=tmp_path, capture_output=True, check=True, timeout=30
    )

    assert json.loads(done.stdout) == {"data": [text]}
    assert "</" not in code
    assert "<!--" not in code


def test_template_refuses_text_that_no_filter_has_quoted() -> None:
    templates = code_environment()

    assert templates.from_string("x = {{ text|python }}").render(text="it's") == 'x = "it\'s"'
    for template in ("x = {{ text }}", "x = {{ text ~ 1 }}", "x = {{ [text]|join }}"):
        with pytest.raises(TypeError, match="not quoted"):
            templates.from_string(template).render(text="it's")
