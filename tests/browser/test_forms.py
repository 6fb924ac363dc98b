"""The forms of the live page: what is entered in each kind of field is what is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from encoders import Interface
from encoders.view.live import serving
from tests.paths import FIXTURES
from tests.predict.http_server import PREFIXES, Exchange, HTTPServer, Part, gradio, http_server, say

from .axe_core import axe
from .gestures import clipboard, drop, overflow, paste, paste_text

pytestmark = pytest.mark.browser

PICTURE = FIXTURES / "image" / "small.png"
NEITHER = {"parameter_has_default": False}
CELLS = 'Ada\t36\tTRUE\r\n"Bob ""B"""\t41.5\tno\r\n'


@contextmanager
def form(
    page: Page, *inputs: Part, defaults: dict[int, Any] | None = None, era: str = "6"
) -> Iterator[HTTPServer]:
    """Open the live page of a server that takes some inputs, of which some have a default."""
    plays = gradio(era, lambda *_: ["It ran."], inputs=inputs)
    parameters = [
        {"parameter_has_default": True, "parameter_default": defaults[index]}
        if defaults and index in defaults
        else NEITHER
        for index in range(len(inputs))
    ]
    said = {"named_endpoints": {"/predict": {"parameters": parameters}}}
    plays[f"{PREFIXES[era]}/info"] = say(said)
    plays[f"{PREFIXES[era]}/upload"] = take_files
    with (
        http_server(plays) as server,
        Interface(server.url) as interface,
        serving(interface) as (url, _),
    ):
        page.goto(url)
        yield server


def take_files(exchange: Exchange) -> None:
    """Answer an upload with a path for each file."""
    count = exchange.seen.body.count(b'name="files"')
    say([f"/tmp/gradio/{number}" for number in range(count)])(exchange)


def sent(page: Page, server: HTTPServer) -> list[Any]:
    """Run the endpoint, and return what the server gets."""
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".outputs")).to_contain_text("It ran.")
    (call,) = (one for one in server.seen if one.path.endswith(("/queue/join", "/run/predict")))
    data: list[Any] = json.loads(call.body)["data"]
    return data


def labelled(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def test_plain_values_are_sent(page: Page) -> None:
    inputs: list[Part] = [
        ("textbox", {"label": "Text", "lines": 3}),
        ("number", {"label": "Number"}),
        ("slider", {"label": "Slider", "minimum": 0, "maximum": 10, "step": 0.5}),
        ("checkbox", {"label": "Box"}),
        ("colorpicker", {"label": "Colour"}),
        ("datetime", {"label": "Time"}),
    ]
    with form(page, *inputs) as server:
        labelled(page, "Text").fill("One\nTwo")
        labelled(page, "Number").fill("-2.5")
        labelled(page, "Slider").focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        labelled(page, "Box").check()
        labelled(page, "Colour").fill("#ff8800")
        labelled(page, "Time, from a calendar").fill("2026-01-31T12:30")

        assert sent(page, server) == [
            "One\nTwo",
            -2.5,
            9.5,
            True,
            "#ff8800",
            "2026-01-31 12:30:00",
        ]


def test_slider_follows_its_number(page: Page) -> None:
    with form(page, ("slider", {"label": "Slider", "minimum": 0, "maximum": 10})) as server:
        labelled(page, "Slider, as a number").fill("7")

        assert labelled(page, "Slider").input_value() == "7"
        assert sent(page, server) == [7]


def test_choices_are_sent_as_their_values(page: Page) -> None:
    choices = [["Small", 1], ["Large", "2"], ["Yes", True]]
    inputs: list[Part] = [
        ("radio", {"label": "One", "choices": choices}),
        ("checkboxgroup", {"label": "Any", "choices": choices}),
        ("dropdown", {"label": "Of a list", "choices": choices}),
        ("dropdown", {"label": "Free", "choices": choices, "allow_custom_value": True}),
    ]
    with form(page, *inputs) as server:
        page.get_by_role("radio", name="Small").check()
        for name in ("Large", "Yes"):
            page.get_by_role("checkbox", name=name, exact=True).check()
        labelled(page, "Of a list").select_option("Yes")
        labelled(page, "Free").select_option("Another value …")
        labelled(page, "Another value for Free").fill("mine")

        assert sent(page, server) == [1, ["2", True], True, "mine"]


def test_many_choices_are_found_by_a_part_of_their_names(page: Page) -> None:
    options = {"choices": [f"choice {number}" for number in range(40)], "multiselect": True}
    with form(page, ("dropdown", {"label": "Several", **options})) as server:
        labelled(page, "Show the choices of Several with").fill("e 33")
        expect(page.locator(".choices label:visible")).to_have_count(1)
        page.get_by_role("checkbox", name="choice 33").check()

        assert sent(page, server) == [["choice 33"]]


def test_defaults_of_the_server_are_sent_untouched(page: Page) -> None:
    cat = {"path": "/tmp/cat.png", "orig_name": "cat.png", "meta": {"_type": "gradio.FileData"}}
    values: dict[int, Any] = {0: cat, 1: "Hello", 2: None, 3: [], 4: {"b": 1, "a": 2}}
    kinds = ("image", "textbox", "number", "gallery", "json")
    with form(page, *((kind, {}) for kind in kinds), defaults=values) as server:
        expect(page.locator(".kept")).to_contain_text("cat.png")

        assert sent(page, server) == [*values.values()]


def test_default_file_can_be_left_out(page: Page) -> None:
    cat = {"path": "/tmp/cat.png", "orig_name": "cat.png", "meta": {"_type": "gradio.FileData"}}
    with form(page, ("image", {}), defaults={0: cat}) as server:
        page.get_by_role("button", name="Send nothing instead").click()

        assert sent(page, server) == [None]


def test_reset_fills_in_what_the_server_starts_with(page: Page) -> None:
    with form(page, ("textbox", {"label": "Text"}), defaults={0: "Hello"}) as server:
        labelled(page, "Text").fill("Other")
        page.get_by_role("button", name="Reset").click()

        assert sent(page, server) == ["Hello"]


def test_missing_value_is_told_beside_its_field(page: Page) -> None:
    inputs: list[Part] = [("textbox", {"label": "First"}), ("image", {"label": "Second"})]
    with form(page, *inputs) as server:
        labelled(page, "First").fill("Hello")
        page.get_by_role("button", name="Run").click()

        field = page.locator(".field", has=labelled(page, "Second"))
        expect(field.get_by_role("alert")).to_have_text("Choose a picture.")
        expect(labelled(page, "Second")).to_be_focused()
        assert not [one for one in server.seen if one.method == "POST"]
        assert axe(page) == []


def test_nothing_can_be_sent(page: Page) -> None:
    inputs: list[Part] = [("image", {"label": "Picture"}), ("textbox", {"label": "Text"})]
    with form(page, *inputs) as server:
        page.get_by_role("button", name="Run").click()
        page.get_by_role("checkbox", name="Send nothing (null)").first.check()
        page.get_by_role("checkbox", name="Send an empty text").check()

        assert sent(page, server) == [None, ""]


def test_wrong_value_is_told_before_it_is_sent(page: Page) -> None:
    with form(page, ("number", {"label": "Number", "maximum": 9})) as server:
        field = labelled(page, "Number")
        field.fill("10")

        expect(page.locator(".field .error")).to_contain_text("at most 9")
        expect(field).to_have_attribute("aria-invalid", "true")
        field.fill("9")
        expect(page.locator(".field .error")).to_be_empty()
        assert sent(page, server) == [9]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1,\n "b": }', "line 2, column 7: expected a value."),
        ("[1 2]", 'line 1, column 4: expected a comma or "]".'),
        ('{"a": 1} x', "line 1, column 10: expected nothing more."),
    ],
)
def test_fault_of_json_is_told_with_its_place(page: Page, text: str, told: str) -> None:
    with form(page, ("json", {"label": "JSON"})):
        labelled(page, "JSON").fill(text)

        expect(page.locator(".field .error")).to_have_text(f"This is not JSON: {told}")


def test_json_holds_a_file(page: Page) -> None:
    with form(page, ("strange", {"label": "JSON"})) as server:
        labelled(page, "JSON").fill('{"file": }')
        page.keyboard.press("ArrowLeft")
        labelled(page, "Attach a file to JSON").set_input_files(PICTURE)
        expect(labelled(page, "JSON")).to_have_value(re.compile(r'\{"file": \{"upload":".+"\}\}'))

        (value,) = sent(page, server)
        assert value["file"]["orig_name"] == "small.png"


def test_cells_of_a_spreadsheet_are_pasted(page: Page) -> None:
    options = {"headers": ["name", "age", "member"], "datatype": ["str", "number", "bool"]}
    with form(page, ("dataframe", {"label": "Table", **options})) as server:
        labelled(page, "Column 1, row 1").focus()
        paste_text(page, CELLS)
        page.keyboard.press("ArrowDown")
        expect(labelled(page, "Column 1, row 2")).to_be_focused()

        (table,) = sent(page, server)
        assert table["headers"] == ["name", "age", "member"]
        assert table["data"] == [["Ada", 36, True], ['Bob "B"', 41.5, False]]


def test_wrong_cell_is_told(page: Page) -> None:
    with form(page, ("dataframe", {"headers": ["n"], "datatype": ["number"]})):
        labelled(page, "Column 1, row 1").fill("x")

        expect(page.locator(".field .error")).to_have_text("Row 1, column 1: x is not a number.")


def test_rows_are_added_and_removed_by_keyboard(page: Page) -> None:
    with form(page, ("dataframe", {"headers": ["n"], "datatype": ["number"]})) as server:
        labelled(page, "Column 1, row 1").focus()
        for key in ("1", "Enter", "2", "Enter", "3", "Tab", "Enter"):
            page.keyboard.press(key)

        (table,) = sent(page, server)
        assert table["data"] == [[1], [2]]


def test_places_in_a_table_are_right_after_a_removal(page: Page) -> None:
    value = {"headers": ["a", "b"], "data": [["a1", "b1"], ["a2", "b2"]]}
    with form(page, ("dataframe", {"value": value})) as server:
        page.get_by_role("button", name="Remove row 1").click()
        page.get_by_role("button", name="Remove column 1").click()
        expect(labelled(page, "Name of column 1")).to_have_value("b")
        labelled(page, "Column 1, row 1").fill("changed")

        (table,) = sent(page, server)
        assert (table["headers"], table["data"]) == (["b"], [["changed"]])


def test_messages_are_sent_with_their_roles(page: Page) -> None:
    with form(page, ("chatbot", {"label": "Chat"})) as server:
        for text in ("Hello", "Hi"):
            page.get_by_role("button", name="Add a message").click()
            page.keyboard.type(text)

        (messages,) = sent(page, server)
        assert [one["role"] for one in messages] == ["user", "assistant"]
        assert [one["content"][0]["text"] for one in messages] == ["Hello", "Hi"]


def test_picture_is_pasted_into_the_field_that_has_the_focus(page: Page) -> None:
    inputs: list[Part] = [("image", {"label": "First"}), ("image", {"label": "Second"})]
    with form(page, *inputs) as server:
        labelled(page, "Second").focus()
        paste(page, PICTURE)
        expect(page.locator(".preview img")).to_be_visible()
        drop(labelled(page, "First"), PICTURE)
        expect(page.locator(".preview img")).to_have_count(2)

        first, second = sent(page, server)
        assert first["orig_name"] == "small.png"
        assert second["orig_name"] == "image.png"


def test_gallery_has_captions_and_an_order(page: Page) -> None:
    with form(page, ("gallery", {"label": "Gallery"})) as server:
        drop(labelled(page, "Gallery"), PICTURE, FIXTURES / "image" / "photo.jpg")
        labelled(page, "Caption of photo.jpg").fill("A flower")
        page.get_by_role("button", name="Move photo.jpg before the one above").click()

        (items,) = sent(page, server)
        assert [(one["image"]["orig_name"], one["caption"]) for one in items] == [
            ("photo.jpg", "A flower"),
            ("small.png", None),
        ]


def test_file_is_removed(page: Page) -> None:
    with form(page, ("file", {"label": "File"}), defaults={0: None}) as server:
        drop(labelled(page, "File"), PICTURE)
        page.get_by_role("button", name="Remove small.png").click()
        expect(labelled(page, "File")).to_be_focused()

        assert sent(page, server) == [None]


def test_camera_takes_a_picture(page: Page) -> None:
    page.context.grant_permissions(["camera"])
    with form(page, ("image", {"label": "Picture", "sources": ["webcam"]})) as server:
        page.get_by_role("button", name="Take a picture").click()
        page.get_by_role("button", name="Take it").click()
        expect(page.locator(".preview img")).to_be_visible()

        (picture,) = sent(page, server)
        assert picture["orig_name"] == "camera.png"


def test_microphone_is_not_offered_where_the_server_does_not_take_it(page: Page) -> None:
    with form(page, ("audio", {"sources": ["upload"]})):
        expect(page.get_by_text("Choose a sound")).to_be_visible()

        expect(page.get_by_role("button", name="Record a sound")).to_have_count(0)


def test_form_fits_a_narrow_window(page: Page) -> None:
    kinds = ("textbox", "slider", "datetime", "image", "imageslider", "gallery", "chatbot", "json")
    options = {"headers": ["name", "age", "member", "more"], "label": "L" * 80}
    page.set_viewport_size({"width": 400, "height": 800})
    with form(page, *((kind, {"label": "x" * 80}) for kind in kinds), ("dataframe", options)):
        expect(page.get_by_role("button", name="Run")).to_be_visible()

        assert overflow(page) <= 0
        assert axe(page) == []


def test_payload_is_copied_with_its_whole_files(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with form(page, ("image", {"label": "Picture"}), era="3") as server:
        drop(labelled(page, "Picture"), PICTURE)
        data = sent(page, server)
        page.get_by_text("Payload as it was sent").click()
        payload = page.locator(".sent")
        expect(payload).not_to_contain_text(data[0])

        payload.get_by_role("button", name="Copy").last.click()
        expect(payload.get_by_role("button", name="Copied")).to_be_visible()
        assert json.loads(clipboard(page)) == {"data": data}


def test_what_was_entered_survives_a_reload_but_no_password(page: Page) -> None:
    inputs: list[Part] = [
        ("textbox", {"label": "Text"}),
        ("textbox", {"label": "Secret", "type": "password"}),
        ("dataframe", {"label": "Table", "headers": ["n"], "datatype": ["number"]}),
    ]
    with form(page, *inputs):
        labelled(page, "Text").fill("Hello")
        labelled(page, "Secret").fill("1234")
        labelled(page, "Column 1, row 1").fill("5")
        page.wait_for_function("() => Object.values({ ...sessionStorage })[0]?.includes('5')")
        page.reload()

        expect(labelled(page, "Text")).to_have_value("Hello")
        expect(labelled(page, "Column 1, row 1")).to_have_value("5")
        expect(labelled(page, "Secret")).to_have_value("")
        assert "1234" not in page.evaluate("JSON.stringify({...sessionStorage})")


def test_picture_is_pasted_into_the_field_that_takes_it(page: Page) -> None:
    inputs: list[Part] = [("audio", {"label": "Sound"}), ("image", {"label": "Picture"})]
    with form(page, *inputs):
        page.get_by_role("heading", level=1).click()
        paste(page, PICTURE)

        field = page.locator(".field[data-kind=picture]")
        expect(field.locator(".preview img")).to_be_visible()


def test_payload_is_saved(page: Page) -> None:
    with form(page, ("textbox", {"label": "Text"})) as server:
        labelled(page, "Text").fill("Hello")
        data = sent(page, server)
        page.get_by_text("Payload as it was sent").click()
        with page.expect_download() as download:
            page.locator(".sent").get_by_role("button", name="Save").click()

        assert download.value.suggested_filename == "payload.json"
        assert json.loads(download.value.path().read_text("utf-8"))["data"] == data
