"""The page on an API, and its code: what it says, and that strangers' words stay words in it."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from encoders import Interface
from encoders.errors import PayloadError
from encoders.errors.text import is_hidden
from encoders.predict.components import COMPONENTS, Component
from encoders.predict.endpoints import Description, Endpoint, Parameter, describe
from encoders.predict.pages.page import LANGUAGES, html, page, text
from encoders.predict.pages.snippets import snippets
from encoders.predict.samples import sample
from tests.paths import FIXTURES
from tests.predict.http_server import PREFIXES, config, gradio, http_server, say

INTERFACES = FIXTURES / "interface"
ERAS = ("2", "3", "4", "5", "6")
URL = "http://127.0.0.1:7860"
NAMES = dict.fromkeys(ERAS, "/predict") | {"6": "/classify"}
PATHS = {
    "2": "/api/predict/",
    "3": "/run/predict",
    "4": "/call/predict",
    "5": "/gradio_api/call/predict",
    "6": "/gradio_api/call/classify",
}
PNG = sample("example.png").data
DATA_URL = f"data:image/png;base64,{b64encode(PNG).decode()}"
EVIL = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)> it's \"quoted\" 'twice' "
    "`$(id)` $HOME ${x} \\ %s \u202e日本語\x1b[2J\x00 \u2028 \ud800 <!-- ]]> & &amp;"
)
QUOTES = str.maketrans("", "", "'\"")
HOSTILE = (
    EVIL,
    EVIL.translate(QUOTES),
    "it's\\ \n" + EVIL.replace('"', ""),
    EVIL.replace("'", ""),
    "data:" + "x" * 99,
    "data:image/png;base64," + "A" * 99 + '","' + "'$(id)",
    "\\'",
    '\\"',
    "",
)
SHOWN = EVIL.replace("\u202e", r"\u202e").replace("\x1b", r"\x1b").replace("\x00", r"\x00")
SHOWN = SHOWN.replace(" \u2028 ", " ").replace("\ud800", r"\ud800")


def described(era: str) -> Description:
    config = json.loads((INTERFACES / f"era{era}-config.json").read_text("utf-8"))
    info = INTERFACES / f"era{era}-info.json"
    return describe(config, json.loads(info.read_text("utf-8")) if info.exists() else None)


def endpoint_of(name: str, **options: Any) -> Endpoint:
    """Return an endpoint that takes one component and gives it back."""
    parameter = Parameter(Component(name, options), str(options.get("label", name)))
    return Endpoint("/predict", 0, (parameter,), (parameter,))


def evil(era: str, choice: str = EVIL) -> Description:
    """Return a server all of whose words are hostile."""
    known = described(era)
    endpoint = known.endpoint(None)
    options = {"choices": [[EVIL, choice]]}
    inputs = (Parameter(Component("Radio", options), EVIL, EVIL, choice),)
    outputs = (Parameter(Component(EVIL), EVIL, EVIL),)
    name = f"/{EVIL}" if era != "2" else endpoint.name
    hostile = replace(endpoint, name=name, inputs=inputs, outputs=outputs, description=EVIL)
    return replace(known, title=EVIL, prefix=EVIL, endpoints=(hostile,))


class Reader(HTMLParser):
    """Reads HTML into elements, each closed by its end, and the text in them."""

    EMPTY = ("meta", "input")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append((self.open[-1] if self.open else "", data))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def inside(self, tag: str) -> str:
        return "".join(words for name, words in self.words if name == tag)


@pytest.mark.parametrize("era", ERAS)
def test_endpoint_has_its_name_and_its_address(era: str) -> None:
    (section,) = page(described(era), URL + "/", api_name=NAMES[era]).sections

    assert (section.name, section.method, section.url) == (NAMES[era], "POST", URL + PATHS[era])


@pytest.mark.parametrize("era", ERAS)
def test_answer_comes_as_events_from_4_20_on(era: str) -> None:
    (section,) = page(described(era), URL, api_name=NAMES[era]).sections

    events = f"{URL}{PATHS[era]}/{{event_id}}" if era >= "4" else None
    assert section.answer_url == events


@pytest.mark.parametrize(
    ("version", "path"),
    [("3.0.26", "/api/predict/"), ("3.50.2", "/run/predict"), ("4.19.2", "/run/predict")],
)
def test_address_is_that_of_the_version(version: str, path: str) -> None:
    known = replace(described("4"), version=version)

    assert page(known, URL, api_name="/predict").sections[0].url == URL + path


@pytest.mark.parametrize("era", ERAS)
def test_inputs_and_outputs_are_described(era: str) -> None:
    section = page(described(era), URL, api_name=NAMES[era]).sections[0].as_json()

    name = {"name": "image"} if era >= "4" else {}
    assert section["inputs"][0] == {
        "label": "image",
        "component": "image",
        "type": "PIL image, H×W(×C) array, Path, bytes",
        "helper": "encoders.image.encode",
        **name,
    }
    assert [one["component"] for one in section["outputs"]] == ["image", "label"]
    assert section["outputs"][1]["type"] == "dict of label: confidence, or str"


@pytest.mark.parametrize("era", ERAS)
def test_example_payload_is_what_the_code_sends(era: str) -> None:
    (section,) = page(described(era), URL, api_name=NAMES[era]).sections
    picture, words = section.payload["data"]

    assert words == "Hello"
    if era == "4":
        assert (picture["path"], picture["orig_name"]) == ("/tmp/gradio/example.png", "example.png")
        assert section.upload_url == f"{URL}/upload"
    else:
        assert (picture if era < "4" else picture["url"]) == DATA_URL
        assert section.upload_url is None


@pytest.mark.parametrize("era", ERAS)
def test_example_response_is_that_of_the_era(era: str) -> None:
    response = page(described(era), URL, api_name=NAMES[era]).sections[0].response

    keys = {
        "2": {"data", "durations", "avg_durations"},
        "3": {"data", "is_generating", "duration", "average_duration"},
    }
    assert isinstance(response, list) if era >= "4" else set(response) == keys[era]
    _, label = response if isinstance(response, list) else response["data"]
    assert label["label"] == "cat"


@pytest.mark.parametrize("era", ERAS)
def test_page_is_json(era: str) -> None:
    made = json.loads(json.dumps(page(described(era), URL).as_json(), allow_nan=False))

    assert (made["url"], made["version"].split(".")[0]) == (URL, era)
    assert set(made["endpoints"][0]["snippets"]) == {"python", "javascript", "curl"}


def test_default_is_on_the_page() -> None:
    parameter = Parameter(Component("Number"), "count", "count", 7)
    known = Description("6.31.0", endpoints=(Endpoint("/f", 0, (parameter,), ()),))
    made = page(known, URL)

    assert made.as_json()["endpoints"][0]["inputs"][0]["default"] == 7
    assert "default 7" in text(made)
    assert "<code>7</code>" in html(made)


def test_default_of_null_is_one() -> None:
    parameter = Parameter(Component("Image"), "image", "image", None)
    made = page(Description("6.31.0", endpoints=(Endpoint("/f", 0, (parameter,), ()),)), URL)

    assert made.sections[0].as_json()["inputs"][0]["default"] is None
    assert "default null" in text(made)


def test_state_is_not_on_the_page() -> None:
    state = Parameter(Component("State"), "state", hidden=True)
    known = Description("5.49.1", "/gradio_api", endpoints=(Endpoint("/f", 0, (state,), (state,)),))
    (section,) = page(known, URL).sections

    assert (section.inputs, section.outputs) == ((), ())
    assert section.payload == {"data": [None]}


def test_only_documented_endpoints_are_on_the_page() -> None:
    known = described("6")

    assert len(known.endpoints) > 1
    assert [section.name for section in page(known, URL).sections] == ["/classify"]
    assert [section.name for section in page(known, URL, api_name="lambda").sections] == ["/lambda"]


def test_unknown_endpoint_is_refused() -> None:
    with pytest.raises(PayloadError, match="no endpoint '/nothing'"):
        page(described("6"), URL, api_name="/nothing")


def test_component_that_the_era_does_not_have_is_sent_as_null() -> None:
    known = Description("2.9.4", endpoints=(endpoint_of("multimodaltextbox"),))
    (section,) = page(known, URL).sections

    assert (section.payload, section.response["data"]) == ({"data": [None]}, [None])
    assert "predict(None)" in section.snippets["python"]


@pytest.mark.parametrize("era", ERAS)
def test_text_has_all_seven_parts(era: str) -> None:
    made = text(page(described(era), URL, api_name=NAMES[era]))

    parts = [f"POST {URL}{PATHS[era]}", "Inputs", "Outputs", "Example payload", "Example response"]
    parts += ["Python", "JavaScript", "cURL", "What makes each input's JSON"]
    places = [re.search(rf"^{re.escape(part)}", made, re.MULTILINE) for part in parts]
    starts = [place.start() for place in places if place]
    assert len(starts) == len(parts)
    assert starts == sorted(starts)


@pytest.mark.parametrize("era", ERAS)
def test_text_has_payload_and_code_whole(era: str) -> None:
    made = page(described(era), URL, api_name=NAMES[era])
    shown = text(made)

    for section in made.sections:
        for language, title in LANGUAGES.items():
            code = section.snippets[language].rstrip()
            assert f"\n{title}\n{'-' * len(title)}\n{code}\n" in f"{shown}\n"
        payload = shown.partition("Example payload")[2].partition("\n\nExample response")[0]
        assert json.loads("{" + payload.partition("{")[2]) == section.payload


@pytest.mark.parametrize("era", ["2", "3"])
def test_text_elides_long_data_of_a_response(era: str) -> None:
    shown = text(page(described(era), URL)).partition("Example response")[2]
    answer = shown.partition("\n\nPython\n")[0]

    assert not re.search(r"[A-Za-z0-9+/]{60}", answer)
    assert "…" in answer


def python_of(shown: str) -> str:
    return shown.partition("\nPython\n------\n")[2].partition("\n\nJavaScript\n")[0]


@pytest.mark.parametrize("inputs", [["textbox"], ["image", "audio", "video", "file"]], ids=len)
@pytest.mark.parametrize("era", ERAS)
def test_python_runs_as_the_terminal_shows_it(era: str, inputs: list[str]) -> None:
    plays = gradio(era, lambda *_: ["it ran"], inputs=inputs)
    count = len(inputs)
    plays[f"{PREFIXES[era]}/upload"] = say([f"/tmp/gradio/{i}" for i in range(count)])
    with http_server(plays) as server, Interface(server.url) as app:
        code = python_of(app.text())
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"it ran\n", b"")


# What an input allows.

CONSTRAINTS: list[tuple[str, dict[str, Any], str]] = [
    ("dropdown", {"choices": ["a", "b"]}, 'one of "a", "b"'),
    ("dropdown", {"choices": [["A", "a"], ["B", 2]], "multiselect": True}, 'any of "a", 2'),
    ("dropdown", {"choices": ["a"], "allow_custom_value": True}, 'one of "a"; or another value'),
    ("radio", {"choices": list(range(50))}, "18, 19 and 30 more"),
    ("checkboxgroup", {"choices": ["x" * 99]}, f'any of "{"x" * 39}…"'),
    ("slider", {"minimum": 0, "maximum": 1, "step": 0.1}, "0 to 1; step 0.1"),
    ("slider", {"minimum": 5}, "at least 5"),
    ("number", {"maximum": 5, "precision": 0}, "at most 5; whole numbers"),
    ("textbox", {"max_length": 80}, "at most 80 characters"),
    ("file", {"file_types": [".pdf", "image"]}, 'files of type ".pdf", "image"'),
    ("file", {"file_count": "multiple"}, "several files"),
    ("uploadbutton", {"file_count": "directory"}, "the files of a folder"),
    ("audio", {"min_length": 1, "max_length": 9.5}, "at least 1 s long; at most 9.5 s long"),
    (
        "dataframe",
        {"headers": ["n", "x"], "row_count": [3, "fixed"]},
        'columns "n", "x"; 3 rows exactly',
    ),
    ("datetime", {"include_time": False}, "a date without a time"),
]


@pytest.mark.parametrize(("name", "options", "words"), CONSTRAINTS)
def test_page_says_what_an_input_allows(name: str, options: dict[str, Any], words: str) -> None:
    made = page(describe(config("5", [(name, options)], ["textbox"])), URL)

    assert words in " ".join(text(made).split())
    assert words in "".join(said for _, said in Reader(html(made)).words)
    assert words in "; ".join(made.as_json()["endpoints"][0]["inputs"][0]["allowed"])


@pytest.mark.parametrize("era", ERAS)
def test_page_says_what_a_slider_starts_with(era: str) -> None:
    options = {"minimum": 0, "maximum": 9, "value": 4, "default": 4}
    shown = text(page(describe(config(era, [("slider", options)], ["textbox"])), URL))

    assert "required, such as 4" in shown
    assert "0 to 9" in shown


@pytest.mark.parametrize("type", ["Dropdown", "Radio", "Checkboxgroup"])
def test_choices_that_only_info_says_are_on_the_page(type: str) -> None:
    one = {"type": "string", "enum": ["a", "b"]}
    schema = {"type": "array", "items": one} if type == "Checkboxgroup" else one
    said = {"label": "x", "component": type, "type": schema}
    info = {"named_endpoints": {"/predict": {"parameters": [said], "returns": []}}}
    made = page(describe(info), URL)

    assert f'{"any" if type == "Checkboxgroup" else "one"} of "a", "b"' in text(made)
    assert made.sections[0].payload["data"] == [["a"] if type == "Checkboxgroup" else "a"]


@pytest.mark.parametrize("schema", [None, 1, [], {}, {"enum": 1}, {"items": 1}, {"items": {}}])
def test_a_schema_that_says_no_choices_makes_a_page(schema: Any) -> None:
    said = {"label": "x", "component": "Dropdown", "type": schema}
    info = {"named_endpoints": {"/predict": {"parameters": [said], "returns": []}}}

    assert "dropdown" in text(page(describe(info), URL))


ANY_OPTION: list[Any] = [None, [], {}, "x", 1e400, -1, True, [None], [[]], [{}], {"a": 1}]
ANY_OPTION.append(["\x1b\u3164"])


@pytest.mark.parametrize("value", ANY_OPTION, ids=repr)
@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_options_of_any_kind_make_a_page(name: str, value: Any) -> None:
    keys = "choices minimum maximum step precision max_length min_length file_types file_count "
    keys += "headers row_count col_count multiselect allow_custom_value include_time value default"
    said = config("5", [(name, dict.fromkeys(keys.split(), value))], ["textbox"])
    made = page(describe(said), URL)

    assert not [sign for line in text(made).split("\n") for sign in line if is_hidden(sign)]
    html(made).encode()


def test_long_lists_of_choices_make_a_short_page() -> None:
    choices = ["x" * 1000] * 100_000
    made = page(describe(config("5", [("dropdown", {"choices": choices})], ["textbox"])), URL)

    assert "and 99,980 more" in " ".join(text(made).split())
    assert len(made.sections[0].inputs[0].allowed[0]) < 2000


def test_text_wraps_prose() -> None:
    endpoint = replace(endpoint_of("textbox"), description="word " * 50 + "\n\nsecond paragraph")
    made = text(page(Description("6", endpoints=(endpoint,)), URL), width=60)

    prose = made[made.index("word") : made.index("POST")].splitlines()
    assert max(map(len, prose)) <= 60
    assert "second paragraph" in prose


@pytest.mark.parametrize("era", ERAS)
def test_text_has_no_character_that_steers_a_terminal(era: str) -> None:
    made = text(page(evil(era), URL))

    assert SHOWN in made
    assert all(line.isprintable() for line in made.split("\n"))


@pytest.mark.parametrize("era", ERAS)
def test_html_is_one_file_that_asks_for_nothing(era: str) -> None:
    read = Reader(html(page(described(era), URL)))

    assert read.open == []
    assert {tag for tag, _ in read.elements}.isdisjoint(
        ("link", "img", "iframe", "object", "embed", "form", "base", "svg", "video", "audio")
    )
    for _, attributes in read.elements:
        assert attributes.keys().isdisjoint(("src", "srcset", "style", "action", "background"))
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith(("#", URL))
    assert "url(" not in read.inside("style")
    assert "@import" not in read.inside("style")


@pytest.mark.parametrize("era", ERAS)
def test_html_permits_its_own_style_and_script_only(era: str) -> None:
    made = html(page(evil(era), URL))
    read = Reader(made)

    (policy,) = (
        one["content"] or ""
        for one in read.of("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": hashed(read.inside("style")),
        "script-src": hashed(read.inside("script")),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert len(read.of("style")) == len(read.of("script")) == 1
    assert made.index("Content-Security-Policy") < made.index("<style")


def hashed(inline: str) -> str:
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"


@pytest.mark.parametrize("era", ERAS)
def test_html_shows_hostile_words_as_words(era: str) -> None:
    made = html(page(evil(era), URL))
    read = Reader(made)

    words = "".join(said for _, said in read.words)
    assert read.inside("title") == SHOWN
    assert words.count(SHOWN) >= 6  # title, heading, description, labels, parameter
    harmless = Reader(html(page(described("6"), URL)))
    assert {tag for tag, _ in read.elements} <= {tag for tag, _ in harmless.elements}
    assert all(character.isprintable() or character == "\n" for character in made)
    made.encode()


def test_html_has_every_language_without_a_script() -> None:
    made = page(described("6"), URL)
    read = Reader(html(made))

    shown = "".join(said for _, said in read.words)
    for code in made.sections[0].snippets.values():
        assert code.rstrip() in shown
    assert [one["value"] for one in read.of("input")] == ["python", "javascript", "curl"]


def test_html_links_to_web_addresses_only() -> None:
    read = Reader(html(page(described("6"), "javascript:alert(1)")))

    assert {one["href"] for one in read.of("a")} == {"#e1"}


def test_interface_gives_its_page_and_code() -> None:
    config = json.loads((INTERFACES / "era6-config.json").read_text("utf-8"))
    interface = Interface(config, url="https://host/app/")

    assert "https://host/app/gradio_api/call/classify" in interface.text()
    assert "/lambda" not in interface.html()
    assert "/lambda" in interface.html("lambda")
    assert 'Interface("https://host/app")' in interface.snippets()["python"]


def test_page_of_a_configuration_alone_is_about_the_usual_address() -> None:
    config = json.loads((INTERFACES / "era2-config.json").read_text("utf-8"))

    assert f"{URL}/api/predict/" in Interface(config).text()


def test_page_is_of_the_era_that_the_interface_was_told() -> None:
    config = json.loads((INTERFACES / "era4-config.json").read_text("utf-8"))

    assert "/run/predict" in Interface(config, era="4.10").text()


def test_secrets_stand_in_no_code() -> None:
    config = json.loads((INTERFACES / "era6-config.json").read_text("utf-8"))
    interface = Interface(config, url=URL, token="s3cret", auth=("someone", "pa55word"))

    for code in interface.snippets().values():
        assert not re.search("s3cret|someone|pa55word", code)
        assert "ENCODERS_TOKEN" in code
        assert "PASSWORD" in code


@pytest.mark.parametrize("era", ERAS)
def test_code_says_a_long_literal_once(era: str) -> None:
    known = Description(f"{era}.99", endpoints=(endpoint_of("image"),))
    two = replace(known.endpoints[0], inputs=known.endpoints[0].inputs * 2)

    for code in snippets(replace(known, endpoints=(two,)), two, URL).values():
        assert code.count(b64encode(PNG).decode()) == 1
        assert len(code.splitlines()) < 50


def test_python_is_a_few_lines() -> None:
    known = Description("6", endpoints=(endpoint_of("textbox"),))

    assert snippets(known, known.endpoints[0], URL)["python"] == (
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
def test_python_fetches_where_the_answer_names_files(
    component: str, version: str, fetches: bool
) -> None:
    known = Description(version, endpoints=(endpoint_of(component),))

    assert ("fetch=True" in snippets(known, known.endpoints[0], URL)["python"]) == fetches


def test_endpoint_without_a_name_is_called_by_its_index() -> None:
    unnamed = replace(endpoint_of("textbox"), name=None, index=3)
    known = Description("4.44.1", endpoints=(endpoint_of("textbox"), unnamed))
    code = snippets(known, unnamed, URL)

    assert "api_name=3" in code["python"]
    assert '"/run/predict"' in code["javascript"]
    assert '{"data": ["Hello"], "fn_index": 3}' in code["curl"]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words_in_python(words: str) -> None:
    known = evil("6", words)
    tree = ast.parse(snippets(known, known.endpoints[0], URL)["python"])

    (call,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "interface.predict"
    )
    assert [ast.literal_eval(one) for one in call.args] == [words]


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("era", ["2", "6"])
def test_hostile_words_stay_words_in_the_shell(era: str, words: str, tmp_path: Path) -> None:
    known = evil(era, words)
    fake = tmp_path / "curl"
    # What comes after -d is the body.
    fake.write_text('#!/bin/sh\nwhile [ "$1" != -d ]; do shift; done\nprintf %s "$2" > body\n')
    fake.chmod(0o755)
    (tmp_path / "code.sh").write_text(
        snippets(known, known.endpoints[0], URL)["curl"], "utf-8", newline=""
    )

    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["sh", "code.sh"], cwd=tmp_path, env={"PATH": path}, capture_output=True, timeout=10
    )

    assert json.loads((tmp_path / "body").read_text("utf-8")) == {"data": [words]}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["body", "code.sh", "curl"]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
@pytest.mark.parametrize("words", HOSTILE[:2])
@pytest.mark.parametrize("era", ["2", "6"])
def test_hostile_words_stay_words_in_javascript(era: str, words: str, tmp_path: Path) -> None:
    known = evil(era, words)
    code = snippets(known, known.endpoints[0], URL)["javascript"]
    fake = "globalThis.fetch = (_, { body }) => { console.log(body); process.exit(); };\n"
    (tmp_path / "code.js").write_text(fake + code, "utf-8")

    done = subprocess.run(
        ["node", "code.js"], cwd=tmp_path, capture_output=True, check=True, timeout=30
    )

    assert json.loads(done.stdout) == {"data": [words]}
    assert "</" not in code
    assert "<!--" not in code
