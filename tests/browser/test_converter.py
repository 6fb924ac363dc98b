"""The converter in a browser: files dropped, converted and copied, and what pasted text holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import encoders
from encoders import file, image
from encoders.view.live import serving
from tests.paths import FIXTURES

from .axe_core import axe
from .browsers import Record
from .gestures import clipboard, drop, overflow, paste, paste_text

pytestmark = pytest.mark.browser

PHOTO = FIXTURES / "image" / "photo.jpg"
PICTURE = FIXTURES / "image" / "small.png"
SOUND = FIXTURES / "audio" / "tone.mp3"
VIDEO = FIXTURES / "video" / "clip.webm"
OTHERS = [FIXTURES / "file" / name for name in ("report.pdf", "data.json")]
FILES = [PHOTO, SOUND, VIDEO, *OTHERS, FIXTURES / "hostile" / "empty.bin"]
ANSWER = {
    "data": [
        encoders.encode(PICTURE),
        {"name": "tone.mp3", "data": encoders.encode(SOUND)},
        "a text",
    ]
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(None) as (url, _):
        yield url


@pytest.fixture
def converter(page: Page, url: str) -> Page:
    page.goto(url)
    return page


def add(page: Page, *paths: Path) -> None:
    drop(page.locator("#files"), *paths)
    read = f"{len(paths)} of {len(paths)} file{'' if len(paths) == 1 else 's'} read."
    expect(page.locator("#files-state")).to_have_text(read)


def card_of(page: Page, path: Path) -> Locator:
    return page.get_by_role("article", name=path.name)


def text_box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Text")


def plays(element: Locator) -> bool:
    element.evaluate("(media) => { media.currentTime = 0.1; media.load(); }")
    element.page.wait_for_timeout(100)
    return bool(
        element.evaluate(
            """async (media) => {
              media.muted = true;
              await media.play();
              return media.duration > 0;
            }"""
        )
    )


def test_dropped_files_are_shown_with_type_size_and_preview(converter: Page) -> None:
    add(converter, PHOTO, SOUND, VIDEO)
    photo = card_of(converter, PHOTO)
    for fact in ("image/jpeg", "1536×1152", "293,907 bytes", "391,899 characters"):
        expect(photo).to_contain_text(fact)
    assert (
        photo.locator("img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 1536
    )
    box = photo.locator("img").bounding_box()
    assert box and box["width"] / box["height"] == pytest.approx(1536 / 1152, rel=0.02)
    expect(card_of(converter, SOUND)).to_contain_text("0.50 s")
    assert plays(card_of(converter, SOUND).locator("audio"))
    assert plays(card_of(converter, VIDEO).locator("video"))


def test_bytes_change_with_format_quality_and_size(converter: Page) -> None:
    add(converter, PHOTO)
    card = card_of(converter, PHOTO)
    result = card.locator(".result")
    card.get_by_label("Format").select_option("webp")
    default = len(image.encode(PHOTO, format="webp"))
    expect(result).to_contain_text(f"{default:,} characters")
    card.get_by_label("Quality", exact=True).fill("30")
    low = len(image.encode(PHOTO, format="webp", quality=30))
    expect(result).to_contain_text(f"{low:,} characters")
    card.get_by_label("Longer side (px)").fill("200")
    small = len(image.encode(PHOTO, format="webp", quality=30, max_size=200))
    expect(result).to_contain_text(f"{small:,} characters")
    assert default > low > small
    expect(result).to_contain_text("image/webp")
    expect(result).to_contain_text("200×150")
    expect(result).to_contain_text("% less")


def test_a_quality_out_of_range_is_told_beside_the_control(converter: Page) -> None:
    add(converter, PHOTO)
    card = card_of(converter, PHOTO)
    quality = card.get_by_label("Quality", exact=True)
    quality.fill("500")
    expect(card.get_by_role("alert")).to_have_text("quality=500 is not from 1 to 100")
    expect(quality).to_have_attribute("aria-invalid", "true")
    quality.fill("50")
    expect(card.locator(".error")).to_have_text("")
    expect(card.locator(".result")).to_contain_text("image/jpeg")


def test_a_format_without_quality_takes_none(converter: Page) -> None:
    add(converter, SOUND)
    card = card_of(converter, SOUND)
    quality = card.get_by_label("Quality", exact=True)
    quality.fill("20")
    card.get_by_label("Format").select_option("flac")
    expect(quality).to_be_disabled()
    expect(card.locator(".result")).to_contain_text("audio/flac")
    expect(card.locator(".result")).to_contain_text("% more")


def test_the_whole_data_url_is_copied_and_saved(converter: Page) -> None:
    add(converter, PHOTO)
    card = card_of(converter, PHOTO)
    card.get_by_role("button", name="Copy data URL").click()
    card.get_by_role("button", name="Copied").wait_for()
    assert clipboard(converter) == encoders.encode(PHOTO)
    with converter.expect_download() as download:
        card.get_by_role("link", name="Save data URL").click()
    assert download.value.suggested_filename == "photo.jpg.txt"
    assert Path(download.value.path()).read_text() == encoders.encode(PHOTO)


def test_a_converted_file_is_saved(converter: Page) -> None:
    add(converter, PICTURE)
    card = card_of(converter, PICTURE)
    card.get_by_label("Format").select_option("jpeg")
    result = card.locator(".result")
    expect(result).to_contain_text("image/jpeg")
    with converter.expect_download() as download:
        result.get_by_role("link", name="Save", exact=True).click()
    assert download.value.suggested_filename == "small.jpg"
    saved = Path(download.value.path()).read_bytes()
    assert saved == file.decode(encoders.encode(PICTURE, format="jpeg"))


def test_a_pasted_picture_is_a_file(converter: Page) -> None:
    converter.locator("body").click(position={"x": 2, "y": 2})
    paste(converter, PICTURE)
    card = converter.get_by_role("article")
    expect(card).to_contain_text("image/png")
    expect(card).to_contain_text("240×180")


def test_a_file_may_be_dropped_anywhere(converter: Page) -> None:
    drop(text_box(converter), PICTURE)
    expect(converter.get_by_role("article")).to_contain_text("240×180")


def test_a_file_is_removed_and_the_focus_stays(converter: Page) -> None:
    add(converter, PHOTO, SOUND)
    card_of(converter, PHOTO).get_by_role("button", name="Remove").press("Enter")
    expect(converter.get_by_role("article")).to_have_count(1)
    expect(card_of(converter, SOUND).get_by_role("heading", name="tone.mp3")).to_be_focused()
    card_of(converter, SOUND).get_by_role("button", name="Remove").press("Enter")
    expect(converter.get_by_role("button", name="Choose files")).to_be_focused()


def test_a_pasted_answer_is_shown_and_its_parts_are_saved(converter: Page) -> None:
    text_box(converter).focus()
    paste_text(converter, json.dumps(ANSWER))
    found = converter.locator("#found")
    for fact in ("data[0]", "image/png", "240×180", "data[1]", "tone.mp3", "audio/mpeg", "a text"):
        expect(found).to_contain_text(fact)
    with converter.expect_download() as download:
        found.get_by_role("link", name="Download").first.click()
    assert Path(download.value.path()).read_bytes() == PICTURE.read_bytes()


def test_other_text_has_a_message(converter: Page) -> None:
    text = text_box(converter)
    text.fill("hello")
    text.press("Tab")
    converter.keyboard.press("Enter")
    expect(converter.locator("#text-error")).to_contain_text("neither a data URL, nor base64")
    expect(text).to_have_attribute("aria-invalid", "true")


def test_a_large_text_is_pasted(converter: Page) -> None:
    script = "([start, zeros]) => navigator.clipboard.writeText(start + 'A'.repeat(zeros))"
    converter.evaluate(script, [encoders.encode(PHOTO), 5_000_000])
    text_box(converter).press("Control+V")
    expect(converter.locator("#text-state")).to_have_text("5,391,899 characters read.")
    expect(converter.locator("#found")).to_contain_text("1536×1152")
    assert len(text_box(converter).input_value()) < 100_000


def test_a_picture_is_zoomed_without_leaving_the_page(converter: Page) -> None:
    add(converter, PICTURE)
    card_of(converter, PICTURE).locator("img").click()
    converter.get_by_role("dialog", name="small.png").get_by_role("button", name="Close").click()
    expect(card_of(converter, PICTURE)).to_be_visible()


def test_the_keyboard_reaches_everything(converter: Page) -> None:
    add(converter, PHOTO)
    converter.get_by_role("button", name="Choose files").focus()
    reached = []
    for _ in range(14):
        converter.keyboard.press("Tab")
        reached.append(
            converter.evaluate(
                "[document.activeElement.name, document.activeElement.textContent.trim()]"
            )
        )
    names = {name or text for name, text in reached}
    assert {"format", "quality", "max_size", "Copy data URL", "Save data URL", "Save"} <= names
    assert {"Remove", "Show", "Clear"} <= names


@pytest.mark.parametrize("width", [400, 1200])
def test_axe_finds_nothing_serious_and_nothing_is_cut(
    converter: Page, record: Record, width: int
) -> None:
    converter.set_viewport_size({"width": width, "height": 800})
    add(converter, *FILES)
    card = card_of(converter, PHOTO)
    card.get_by_label("Format").select_option("webp")
    expect(card.locator(".result")).to_contain_text("image/webp")
    card.locator("summary").first.click()
    card_of(converter, OTHERS[1]).get_by_role("button", name="Show what is in it").click()
    text_box(converter).focus()
    paste_text(converter, json.dumps(ANSWER))
    expect(converter.locator("#found")).to_contain_text("a text")
    card_of(converter, SOUND).get_by_label("Quality", exact=True).fill("500")
    expect(card_of(converter, SOUND).get_by_role("alert")).not_to_be_empty()
    assert axe(converter) == []
    assert overflow(converter) <= 0
    assert record.blocked == []


def test_a_name_with_markup_runs_nothing(converter: Page, tmp_path: Path) -> None:
    path = tmp_path / "<img src=x onerror=alert(1)>.html"
    path.write_text("<script>alert(2)</script>")
    add(converter, path)
    expect(converter.get_by_role("article")).to_contain_text("text/html")
    assert converter.locator("article img").count() == 0


def test_nothing_in_a_pasted_text_runs_or_is_loaded(converter: Page, record: Record) -> None:
    outside = "http://example.net/x.png"
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9' onload='alert(1)'>"
        f"<script>alert(2)</script><image href='{outside}'/></svg>"
    )
    page = f"<script>alert(3)</script><img src='{outside}' onerror='alert(4)'>"
    values = [
        f"data:image/svg+xml,{drawing}",
        {"name": page, "data": f"data:text/html,{page}"},
        {"path": outside, "url": outside, "meta": {"_type": "gradio.FileData"}},
        page,
        {page: page},
    ]
    text_box(converter).focus()
    paste_text(converter, json.dumps({"data": values}))
    found = converter.locator("#found")
    expect(found).to_contain_text("data[4]")
    assert found.locator("img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 9
    assert found.locator("script").count() == 0
    assert record.console == []
