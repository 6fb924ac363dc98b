"""The page on an API as text and as HTML: untrusted text stays text in both."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest

from encoders import Interface
from encoders.predict.components import Component
from encoders.predict.endpoints import Description, Endpoint, Parameter
from encoders.predict.pages.page import describe_page
from encoders.predict.pages.rendering import html_environment, render_html, render_text
from encoders.predict.pages.snippets import LANGUAGES
from tests import forks
from tests.predict.http_server import PREFIXES, gradio, http_server, say

from .descriptions import (
    CALL_PATHS,
    ENDPOINTS,
    ERAS,
    SHOWN_TEXT,
    URL,
    endpoint_of,
    hostile_server,
    recorded,
)
from .html_reader import HtmlReader


def test_default_is_on_the_page() -> None:
    parameter = Parameter(Component("Number"), "count", "count", 7)
    server = Description("6.31.0", endpoints=(Endpoint("/f", 0, (parameter,), ()),))
    page = describe_page(server, URL)

    assert page.as_json()["endpoints"][0]["inputs"][0]["default"] == 7
    assert "default 7" in render_text(page)
    assert "<code>7</code>" in render_html(page)


def test_null_is_a_default() -> None:
    parameter = Parameter(Component("Image"), "image", "image", None)
    page = describe_page(
        Description("6.31.0", endpoints=(Endpoint("/f", 0, (parameter,), ()),)), URL
    )

    assert page.sections[0].as_json()["inputs"][0]["default"] is None
    assert "default null" in render_text(page)


@pytest.mark.parametrize("era", ERAS)
def test_text_has_all_seven_parts(era: str) -> None:
    text = render_text(describe_page(recorded(era), URL, api_name=ENDPOINTS[era]))

    parts = [f"POST {URL}{CALL_PATHS[era]}", "Inputs", "Outputs", "Example payload"]
    parts += ["Example response", "Python", "JavaScript", "cURL", "Helpers"]
    places = [re.search(rf"^{re.escape(part)}", text, re.MULTILINE) for part in parts]
    starts = [place.start() for place in places if place]
    assert len(starts) == len(parts)
    assert starts == sorted(starts)


@pytest.mark.parametrize("era", ERAS)
def test_text_has_whole_payload_and_code(era: str) -> None:
    page = describe_page(recorded(era), URL, api_name=ENDPOINTS[era])
    shown = render_text(page)

    for section in page.sections:
        for language, title in LANGUAGES.items():
            code = section.snippets[language].rstrip()
            assert f"\n{title}\n{'-' * len(title)}\n{code}\n" in f"{shown}\n"
        payload = shown.partition("Example payload")[2].partition("\n\nExample response")[0]
        assert json.loads("{" + payload.partition("{")[2]) == section.payload


@pytest.mark.parametrize("era", ["2", "3"])
def test_text_shortens_long_data_of_a_response(era: str) -> None:
    shown = render_text(describe_page(recorded(era), URL)).partition("Example response")[2]
    answer = shown.partition("\n\nPython\n")[0]

    assert not re.search(r"[A-Za-z0-9+/]{60}", answer)
    assert "…" in answer


def python_in(text: str) -> str:
    return text.partition("\nPython\n------\n")[2].partition("\n\nJavaScript\n")[0]


@pytest.mark.parametrize("inputs", [["textbox"], ["image", "audio", "video", "file"]], ids=len)
@pytest.mark.parametrize("era", ERAS)
def test_python_code_runs_as_the_terminal_shows_it(era: str, inputs: list[str]) -> None:
    plays = gradio(era, lambda *_: ["it ran"], inputs=inputs)
    count = len(inputs)
    plays[f"{PREFIXES[era]}/upload"] = say([f"/tmp/gradio/{i}" for i in range(count)])
    with http_server(plays) as server, Interface(server.url) as app:
        code = python_in(app.text())
        done = forks.run("-c", code)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"it ran\n", b"")


def test_text_wraps_prose() -> None:
    endpoint = replace(endpoint_of("textbox"), description="word " * 50 + "\n\nsecond paragraph")
    text = render_text(describe_page(Description("6", endpoints=(endpoint,)), URL), width=60)

    prose = text[text.index("word") : text.index("POST")].splitlines()
    assert max(map(len, prose)) <= 60
    assert "second paragraph" in prose


@pytest.mark.parametrize("era", ERAS)
def test_text_has_no_control_character(era: str) -> None:
    text = render_text(describe_page(hostile_server(era), URL))

    assert SHOWN_TEXT in text
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("era", ERAS)
def test_html_loads_nothing(era: str) -> None:
    reader = HtmlReader(render_html(describe_page(recorded(era), URL)))

    assert reader.open == []
    assert {tag for tag, _ in reader.elements}.isdisjoint(
        ("link", "img", "iframe", "object", "embed", "form", "base", "svg", "video", "audio")
    )
    for _, attributes in reader.elements:
        assert attributes.keys().isdisjoint(("src", "srcset", "style", "action", "background"))
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith(("#", URL))
    assert "url(" not in reader.text_inside("style")
    assert "@import" not in reader.text_inside("style")


@pytest.mark.parametrize("era", ERAS)
def test_html_allows_its_own_style_and_script_only(era: str) -> None:
    html = render_html(describe_page(hostile_server(era), URL))
    reader = HtmlReader(html)

    (policy,) = (
        one["content"] or ""
        for one in reader.attributes_of("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": hashed(reader.text_inside("style")),
        "script-src": hashed(reader.text_inside("script")),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert len(reader.attributes_of("style")) == len(reader.attributes_of("script")) == 1
    assert html.index("Content-Security-Policy") < html.index("<style")


def hashed(inline: str) -> str:
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"


@pytest.mark.parametrize("era", ERAS)
def test_html_shows_hostile_text_as_text(era: str) -> None:
    html = render_html(describe_page(hostile_server(era), URL))
    reader = HtmlReader(html)

    assert reader.text_inside("title") == SHOWN_TEXT
    assert reader.text.count(SHOWN_TEXT) >= 6  # title, heading, description, labels, parameter
    harmless = HtmlReader(render_html(describe_page(recorded("6"), URL)))
    assert {tag for tag, _ in reader.elements} <= {tag for tag, _ in harmless.elements}
    assert all(character.isprintable() or character == "\n" for character in html)
    html.encode()


def test_html_shows_every_language_without_a_script() -> None:
    page = describe_page(recorded("6"), URL)
    reader = HtmlReader(render_html(page))

    for code in page.sections[0].snippets.values():
        assert code.rstrip() in reader.text
    choices = [one for one in reader.attributes_of("input") if one["name"] != "theme"]
    assert [one["value"] for one in choices] == list(LANGUAGES)


def test_html_links_to_web_addresses_only() -> None:
    reader = HtmlReader(render_html(describe_page(recorded("6"), "javascript:alert(1)")))

    assert {one["href"] for one in reader.attributes_of("a")} == {"#/classify"}


def test_html_can_be_read_aloud() -> None:
    page = describe_page(recorded("3"), URL)
    reader = HtmlReader(render_html(page))

    levels = [int(tag[1]) for tag, _ in reader.elements if tag in ("h1", "h2", "h3", "h4")]
    assert levels[:3] == [1, 2, 3]
    assert all(later - level <= 1 for level, later in pairwise(levels))
    assert reader.attributes_of("html") == [{"lang": "en"}]
    for tag in ("nav", "pre"):
        assert all(one.get("aria-label") for one in reader.attributes_of(tag))
    assert reader.text_inside("caption").startswith("Inputs of /predictOutputs of /predict")
    assert len(reader.attributes_of("caption")) == len(reader.attributes_of("table"))
    assert all(one.get("scope") in ("col", "row") for one in reader.attributes_of("th"))
    rows = len(reader.attributes_of("tr")) - len(reader.attributes_of("thead"))
    assert sum(one["scope"] == "row" for one in reader.attributes_of("th")) == rows
    groups = reader.attributes_of("fieldset")
    assert [one["role"] for one in groups] == ["radiogroup"] * (1 + len(page.sections))
    labelled = {one["for"] for one in reader.attributes_of("label")}
    assert labelled == {one["id"] for one in reader.attributes_of("input")}
    ids = [one["id"] for _, one in reader.elements if "id" in one]
    assert len(ids) == len(set(ids))


def test_each_endpoint_has_a_link_by_its_name() -> None:
    one = endpoint_of("textbox")
    names = ["/predict", "/predict", "/predict-2", "/two words", "/é\ud800<b>", None, None]
    names += ["/predict:name", "/predict:python"]
    endpoints = tuple(replace(one, name=name, index=at) for at, name in enumerate(names))
    reader = HtmlReader(render_html(describe_page(Description("6", endpoints=endpoints), URL)))

    ids = [one["id"] or "" for one in reader.attributes_of("section")]
    assert ids[:4] == ["/predict", "/predict-2", "/predict-2-2", "/two-words"]
    assert ids[4:7] == ["/%C3%A9%ED%A0%80%3Cb%3E", "function-5", "function-6"]
    all_ids = [one["id"] for _, one in reader.elements if "id" in one]
    assert len(all_ids) == len(set(all_ids))
    links = [one["href"] or "" for one in reader.attributes_of("a")][1:]  # first the server's
    assert sorted(links) == sorted(2 * [f"#{id}" for id in ids])  # beside, and in the heading


def test_long_data_is_folded_and_whole() -> None:
    server = Description("2.9", endpoints=(endpoint_of("image"),))
    page = describe_page(server, URL)
    reader = HtmlReader(render_html(page))

    folds = [one for one in reader.attributes_of("span") if one.get("class") == "fold"]
    assert [one["data-size"] for one in folds] == ["99 B"] * 5  # two examples, three languages
    assert page.sections[0].payload["data"][0] in reader.text
    for code in page.sections[0].snippets.values():
        assert code.rstrip() in reader.text


def test_templates_of_another_package_use_the_parts_of_the_page() -> None:
    page = describe_page(recorded("6"), URL)
    templates = html_environment("encoders.view")
    made = templates.from_string(
        '{% import "parts.html.jinja" as parts %}{{ parts.api(section, 4) }}{{ hidden }}'
    ).render(section=page.sections[0], hidden="\u202e<b>")

    assert "<h4>Endpoint</h4>" in made
    assert made.endswith(r"\u202e&lt;b&gt;")
    assert templates.get_template("outputs.html.jinja")
