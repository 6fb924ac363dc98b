"""Take the pictures of the documents, as PNG files with few colours.

    python -m tests.browser.pictures              # all of them
    python -m tests.browser.pictures notebook     # those of these names

Needs Chromium, and for the live page what tests/interop needs.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.browsers import chromium
from tests.browser.gestures import drop
from tests.browser.live_pages import labelled, live_page, run
from tests.notebooks import cells_of, executed
from tests.paths import FIXTURES, ROOT

DOCUMENTS = ROOT / "docs"
LARGEST = 150_000  # bytes of a picture
_COLOURS = range(256, 63, -32)


def notebook(browser: Browser) -> bytes:
    """Return a picture of the notebook that docs/notebook.md is about."""
    with tempfile.TemporaryDirectory() as folder:
        page_path = Path(folder, "notebook.html")
        cells = cells_of(DOCUMENTS / "notebook.md")
        page_path.write_text(executed(cells, Path(folder), "html"), "utf-8")
        page = browser.new_page(viewport={"width": 900, "height": 800})
        page.goto(page_path.as_uri())
        return page.screenshot(full_page=True)


def live_page_of_posters(browser: Browser) -> bytes:
    """Return a picture of the live page of a server, after a call."""
    with live_page("6", "poster") as url:
        page = browser.new_page(viewport={"width": 1180, "height": 1010})
        page.goto(url)
        section = page.locator(".endpoint:visible")
        drop(labelled(section, "Photo"), FIXTURES / "image" / "photo.jpg")
        expect(section.locator(".preview img")).to_be_visible()
        picture = run(section).locator("img").first
        picture.evaluate("(image) => image.decode()")
        page.evaluate("scrollTo(0, 0)")
        return page.screenshot()


PICTURES: dict[str, Callable[[Browser], bytes]] = {
    "live-page": live_page_of_posters,
    "notebook": notebook,
}


def compressed(picture: bytes) -> bytes:
    """Return a PNG file with as many colours as `LARGEST` lets it have."""
    for colours in _COLOURS:
        with Image.open(io.BytesIO(picture)) as opened, io.BytesIO() as file:
            reduced = opened.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
            reduced.save(file, "PNG", optimize=True)
            if file.tell() <= LARGEST:
                return file.getvalue()
    raise ValueError(f"the picture has more than {LARGEST:,} bytes with {colours} colours")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    names = parser.parse_args().names or [*PICTURES]
    expect.set_options(timeout=60_000)
    with chromium() as browser:
        for name in names:
            path = DOCUMENTS / f"{name}.png"
            path.write_bytes(compressed(PICTURES[name](browser)))
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
