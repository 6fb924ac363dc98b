"""What a person does with a page: drops and pastes, as the browser itself makes these events."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Locator, Page, ViewportSize

NARROW: ViewportSize = {"width": 400, "height": 800}
MOST_TABS = 60
WRITE_PICTURE = """
async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const blob = new Blob([bytes], { type: "image/png" });
  await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
}
"""


def drop(element: Locator, *paths: Path) -> None:
    """Drag files from the disk over the middle of an element, and drop them."""
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box, f"{element} cannot be seen"
    data = {"items": [], "files": list(map(str, paths)), "dragOperationsMask": 1}
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    session = element.page.context.new_cdp_session(element.page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
    session.detach()


def paste(page: Page, path: Path) -> None:
    """Paste a PNG picture from the clipboard into the element that has the focus."""
    page.evaluate(WRITE_PICTURE, b64encode(path.read_bytes()).decode())
    page.keyboard.press("Control+V")


def paste_text(page: Page, text: str) -> None:
    """Paste a text from the clipboard into the element that has the focus."""
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


def clipboard(page: Page) -> str:
    """Return the text in the clipboard."""
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def overflow(page: Page) -> int:
    """Return how many pixels the content of the page is wider than its window."""
    pixels: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return pixels


def tab_to(element: Locator) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(MOST_TABS):
        if element.evaluate("(element) => element === document.activeElement"):
            return
        element.page.keyboard.press("Tab")
    raise AssertionError(f"{element} is not reached by {MOST_TABS} times Tab")
