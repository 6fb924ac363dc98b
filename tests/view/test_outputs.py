"""Outputs of answers as HTML: each shown as what it is, and none of it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import encoders
from encoders import predict
from encoders.predict import Component, Response, response
from encoders.predict.components import COMPONENTS
from encoders.predict.endpoints import Parameter
from encoders.predict.pages.examples import example_output
from encoders.predict.values import Json
from encoders.view.environment import templates
from encoders.view.media import NOTEBOOK, Embedded
from encoders.view.outputs import render_json, render_outputs
from encoders.view.shapes import SHAPES
from tests import forks
from tests.paths import FIXTURES
from tests.predict.pages.html_reader import HtmlReader

from .values import ATTACK, PHOTO, attributes_with_class, check_harmless, hostile_outputs


def shown(component: str | Component | None, json: Json, **options: Any) -> str:
    known = None if component is None else [component]
    return outputs_of(response({"data": [json]}, known), **options)


def outputs_of(answer: Response, links: Embedded | None = None) -> str:
    return render_outputs(answer.data.undecoded(), links or Embedded())


def read(component: str | Component | None, json: Json) -> HtmlReader:
    return check_harmless(shown(component, json))


def test_each_component_has_a_template() -> None:
    macros = templates().get_template("outputs.html.jinja").module

    assert {row.shown for row in COMPONENTS.values()} == set(SHAPES)
    assert [kind for kind in SHAPES if not callable(getattr(macros, kind, None))] == []


@pytest.mark.parametrize("era", ["2", "3", "4", "5", "6"])
@pytest.mark.parametrize("name", COMPONENTS)
def test_the_example_of_each_component_is_shown(name: str, era: str) -> None:
    json = example_output(Parameter(Component(name), name), era)
    page = read(name, json)

    assert page.attributes_of("figure")[0]["class"] == "output"
    assert attributes_with_class(page, "error") == []
    assert ("Nothing." in page.text) == (json is None)


@pytest.mark.parametrize("component, json", hostile_outputs())
def test_hostile_output_is_harmless(component: str | Component, json: Json) -> None:
    page = read(component, json)

    assert "\x1b" not in page.text and "\u202e" not in page.text


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("json", [0, True, ATTACK, [], {}, [1], [[1]], [[1, 2, 3]], {"a": []}])
def test_output_of_another_shape_is_shown_as_json(kind: str, json: Json) -> None:
    name = next(name for name, row in COMPONENTS.items() if row.shown == kind)
    read(name, json)


def test_output_that_does_not_fit_is_an_error_and_its_json() -> None:
    page = read("number", {"a": "text"})

    (error,) = (text for tag, text in page.texts if "expected a number" in text)
    assert "data[0]" in error
    assert '"a": "text"' in page.text


def test_picture_is_shown_with_its_facts() -> None:
    url = encoders.encode(PHOTO)
    page = read("image", url)

    (picture,) = page.attributes_of("img")
    assert picture["src"] == url
    size = f"{PHOTO.stat().st_size / 1e6:.3g} MB" if PHOTO.stat().st_size > 999_500 else "kB"
    assert (picture["width"], picture["height"]) == ("1536", "1152")
    assert "image/jpeg · " in page.text and size in page.text and "×" in page.text
    assert "data[0]" in page.text


def test_sound_and_video_have_players() -> None:
    sound, video = (
        encoders.encode(next((FIXTURES / kind).glob(f"*.{suffix}")))
        for kind, suffix in (("audio", "wav"), ("video", "mp4"))
    )
    page = check_harmless(outputs_of(response({"data": [sound, video]})))

    assert [a["src"] for a in page.attributes_of("audio")] == [sound]
    assert [a["src"] for a in page.attributes_of("video")] == [video]
    assert " Hz" in page.text and " fps" in page.text


def test_file_can_be_saved_under_its_name() -> None:
    page = read("file", {"name": "/tmp/x/report.pdf", "data": "data:;base64,JVBERi0xLjc="})

    (link,) = page.attributes_of("a")
    assert link["download"] == "report.pdf"
    assert link["href"] == "data:application/pdf;base64,JVBERi0xLjc="


def test_media_type_is_that_of_the_content() -> None:
    page = read("image", "data:text/html;base64,R0lGODdhAQABAPAAAP8AAAAAACwAAAAAAQABAAACAkQBADs=")

    assert str(page.attributes_of("img")[0]["src"]).startswith("data:image/gif;base64,")


def test_file_that_was_not_fetched_is_a_line() -> None:
    json = {"path": "/tmp/a.png", "url": "http://h/a.png", "size": 23365, "mime_type": "image/png"}
    page = read("image", json)

    assert page.attributes_of("img") == [] and page.attributes_of("a") == []
    assert "a.png" in page.text and "23.4 kB" in page.text and "not fetched" in page.text


def test_file_that_was_fetched_to_the_disk_is_shown() -> None:
    file = predict.Reference("/tmp/a.png", "http://h/a.png", "a.png")
    json = {"path": file.path, "url": file.url, "orig_name": file.name}
    answer = response({"data": [json]}, ["image"], files={file: PHOTO})
    page = check_harmless(outputs_of(answer))

    assert page.attributes_of("img")[0]["src"] == encoders.encode(PHOTO)


def test_large_picture_is_a_smaller_copy() -> None:
    url = encoders.encode(PHOTO)
    page = check_harmless(shown("image", url, links=Embedded(NOTEBOOK)))

    (picture,) = page.attributes_of("img")
    copy = encoders.image.decode(str(picture["src"]))
    assert max(copy.size) == NOTEBOOK.side and copy.format == "WEBP"
    assert "smaller copy" in page.text


def test_picture_that_browsers_do_not_show_is_a_copy_and_a_link() -> None:
    tiff = encoders.encode(PHOTO, format="tiff", max_size=64)
    page = read("image", tiff)

    assert str(page.attributes_of("img")[0]["src"]).startswith("data:image/webp")
    assert [a["href"] for a in page.attributes_of("a")] == [tiff]


def test_large_sound_is_a_smaller_copy() -> None:
    sound = encoders.encode(
        (44_100, np.random.default_rng(0).normal(0, 3000, 300_000).astype(np.int16))
    )
    page = check_harmless(shown("audio", sound, links=Embedded(NOTEBOOK)))

    (player,) = page.attributes_of("audio")
    assert str(player["src"]).startswith("data:audio/mpeg;base64,")
    assert "audio/wav · 600 kB · 6.80 s" in page.text and "smaller copy" in page.text


@pytest.mark.parametrize("name", ["audio/tone.aiff", "video/clip.avi"])
def test_what_browsers_do_not_play_is_a_copy_and_a_link(name: str) -> None:
    url = encoders.encode(FIXTURES / name)
    page = read(name.partition("/")[0], url)

    assert len([*page.attributes_of("audio"), *page.attributes_of("img")]) == 1
    assert [a["href"] for a in page.attributes_of("a")] == [url]


def test_files_over_the_bound_are_lines() -> None:
    noise = str(encoders.DataURL("text/plain", bytes(range(256)) * 8000))
    page = check_harmless(shown("file", {"name": "a.bin", "data": noise}, links=Embedded(NOTEBOOK)))

    assert page.attributes_of("a") == []
    assert "2.05 MB" in page.text and "Too large" in page.text


def test_broken_picture_is_a_file_with_a_note() -> None:
    page = read("image", str(encoders.DataURL("image/png", PHOTO.read_bytes()[:300])))

    assert "image/jpeg" in page.text
    assert attributes_with_class(page, "note") != []


def test_broken_base64_is_an_error_and_nothing_more() -> None:
    page = read("image", "data:image/png;base64,a")

    assert "base64" in page.text


def test_labels_have_bars() -> None:
    shares = [{"label": name, "confidence": share} for name, share in (("cat", 0.9), ("dog", 7))]
    page = read("label", {"label": "cat", "confidences": shares})

    assert [a["value"] for a in page.attributes_of("meter")] == ["0.9"]
    assert "90 %" in page.text and "7" in page.text


def test_table_has_heads_and_is_bounded() -> None:
    page = read("dataframe", {"headers": ["a", "b"], "data": [[i, None] for i in range(500)]})

    assert [a["scope"] for a in page.attributes_of("th")] == ["col", "col"]
    assert len(page.attributes_of("tr")) == 201
    assert "500 rows, 2 columns" in page.text and "And 300 more rows." in page.text


def test_chat_shows_roles_text_and_files() -> None:
    picture = {
        "path": "/tmp/a.gif",
        "url": "data:image/gif;base64,R0lGODdhAQABAPAAAP8AAAAAACwAAAAAAQABAAACAkQBADs=",
    }
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "**Hello**"}, {"file": picture}]},
        {"role": "assistant", "content": "Hi", "metadata": {"title": "Thinking"}},
    ]
    page = read("chatbot", messages)

    assert [text for tag, text in page.texts if tag == "strong"] == ["Hello"]
    assert len(page.attributes_of("img")) == 1
    assert "user" in page.text and "assistant" in page.text and "Thinking" in page.text


def test_pairs_of_old_chats_are_messages() -> None:
    page = read("chatbot", [["Hello", None], [None, "Hi"]])

    assert [text for tag, text in page.texts if tag == "bdi"][1:] == ["user", "assistant"]


def test_markdown_is_clean() -> None:
    text = (
        "# Title\n\n| a |\n|---|\n| b |\n\n[c](https://example.com) ![d](https://example.com/d.png)"
    )
    page = read("markdown", text)

    assert [a["href"] for a in page.attributes_of("a")] == [
        "https://example.com",
        "https://example.com/d.png",
    ]
    assert page.attributes_of("img") == []
    assert [text for tag, text in page.texts if tag == "h1"] == ["Title"]


def test_html_stands_in_a_frame_without_scripts() -> None:
    page = read("html", "<b>Hello</b>")

    (frame,) = page.attributes_of("iframe")
    assert frame["sandbox"] == ""
    assert str(frame["srcdoc"]).endswith('"><b>Hello</b>')
    assert "default-src 'none'" in str(frame["srcdoc"])


def test_html_in_a_frame_is_unchanged() -> None:
    html = "<p title='\"&amp;'>a\u00adb\r\n&lt;</p>"
    (frame,) = read("html", html).attributes_of("iframe")

    assert str(frame["srcdoc"]).endswith(html)


def test_markdown_is_text_where_nothing_renders_it() -> None:
    code = """
import sys
sys.modules["nh3"] = None
from encoders import predict
from encoders.view import fragment
print(fragment(predict.response({"data": ["**a** <b>"]}, ["markdown"])))
"""
    done = forks.run("-c", code)

    assert (done.returncode, done.stderr) == (0, b"")
    assert '<p class="words">**a** &lt;b&gt;</p>' in done.stdout.decode()


@pytest.mark.parametrize(
    "plot, shape, count",
    [
        ({"data": [{"type": "scatter", "x": [0, 1], "y": [1, 3]}]}, "polyline", 1),
        ({"data": [{"type": "scatter", "mode": "markers", "y": [1, 3]}]}, "circle", 2),
        ({"data": [{"type": "bar", "x": ["a", "b"], "y": [1, -3]}]}, "rect", 2),
        ({"data": [{"y": {"dtype": "f8", "bdata": "AAAAAAAA8D8AAAAAAAAAQA=="}}]}, "polyline", 1),
    ],
)
def test_plotly_figures_of_lists_are_drawn(plot: Json, shape: str, count: int) -> None:
    page = read("plot", {"type": "plotly", "plot": plot})

    assert len(page.attributes_of(shape)) == count


def test_vega_lite_charts_are_drawn() -> None:
    chart = {
        "mark": {"type": "point"},
        "encoding": {"x": {"field": "t"}, "y": {"field": "v"}, "color": {"field": "who"}},
        "data": {"name": "d"},
        "datasets": {"d": [{"t": 1, "v": 2, "who": "a"}, {"t": 2, "v": 4, "who": "b"}]},
    }
    page = read("plot", {"type": "altair", "plot": chart, "chart": "scatter"})

    assert len(page.attributes_of("circle")) == 2
    assert [text for tag, text in page.texts if tag == "bdi"][1:] == ["a", "b"]


def test_figures_that_are_not_drawn_say_what_draws_them() -> None:
    page = read("plot", {"type": "bokeh", "plot": {"version": "3"}})

    assert "Bokeh draws this figure" in page.text
    assert page.attributes_of("svg") == []


def test_native_plot_is_drawn_by_its_options() -> None:
    component = Component("LinePlot", {"x": "t", "y": "v"})
    json = {"columns": ["v", "t"], "data": [[1, 0], [3, 1]], "datatypes": {}, "mark": "line"}
    page = read(component, json)

    assert len(page.attributes_of("polyline")) == 1
    assert "v" in page.text and "t" in page.text


def test_long_data_urls_are_folded() -> None:
    page = check_harmless(render_json({"data": [encoders.encode(PHOTO), "data:,hi"]}, Embedded()))

    assert len(page.text) < 400
    assert "data:image/jpeg;base64," in page.text and '"data:,hi"' in page.text
    assert "MB" in page.text or "kB" in page.text


def test_large_json_is_bounded() -> None:
    html = render_json([[0] * 100 for _ in range(10_000)], Embedded())

    assert len(html) < 100_000
    assert "more" in html


def test_deep_json_is_bounded() -> None:
    deep: Json = []
    for _ in range(500):
        deep = [deep]
    assert "…" in render_json(deep, Embedded())


def test_page_of_another_place_links_to_files(tmp_path: Path) -> None:
    class Server:
        def link(self, content: object, media_type: str, name: str) -> str | None:
            return f"files/1/{name}"

        def frame(self, document: str) -> str | None:
            return "files/2/frame.html"

    answer = response({"data": [encoders.encode(PHOTO)]})
    page = HtmlReader(render_outputs(answer.data.undecoded(), Server()))

    assert page.attributes_of("img")[0]["src"] == "files/1/image.jpg"
    assert {a["href"] for a in page.attributes_of("a")} == {"files/1/image.jpg"}
    folded = HtmlReader(render_json(answer.json, Server()))
    assert folded.attributes_of("button")[0]["data-copy-url"] == "files/1/image.jpg"
