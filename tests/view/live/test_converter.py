"""The converter's answers: cards of files, conversions, data URLs, and what pasted text holds."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import encoders
from encoders import file
from encoders.view.live import serving
from tests.pace import at_most
from tests.paths import FIXTURES
from tests.pillow import needs_avif
from tests.predict.http_server import gradio
from tests.predict.pages.html_reader import HtmlReader
from tests.view.live.conftest import Browser, Open, browser

PHOTO = FIXTURES / "image" / "photo.jpg"
HOSTILE = sorted(path.name for path in (FIXTURES / "hostile").iterdir())
ANSWER = {
    "data": [
        encoders.encode(FIXTURES / "image" / "small.png"),
        {"name": "tone.mp3", "data": encoders.encode(FIXTURES / "audio" / "tone.mp3")},
        "text",
    ],
    "duration": 0.5,
}


@pytest.fixture(scope="module")
def client() -> Iterator[Browser]:
    with serving(None) as (url, _), browser(url) as client:
        yield client


def upload(client: Browser, path: Path, name: str | None = None) -> str:
    id: str = client.uploaded(path.read_bytes(), name or path.name)["id"]
    return id


def card(client: Browser, id: str) -> str:
    answer = client.post("card", json={"id": id})
    assert answer.status_code == 200, answer.text
    html: str = answer.json()["html"]
    return html


def links(html: str, start: str) -> list[str]:
    return [link for link in re.findall(r'href="([^"]+)"', html) if link.startswith(start)]


def error(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    text: str = answer.json()["error"]
    return text


def test_without_a_server_the_first_page_is_the_converter(client: Browser) -> None:
    assert client.get("").text == client.get("converter").text
    assert "<title>Converter</title>" in client.get("").text


def test_the_converter_of_a_live_page_leads_back_to_it(open_page: Open) -> None:
    page = open_page(gradio("6"))
    assert 'href="converter"' in page.get("").text
    assert '<a href="./">' in page.get("converter").text
    id = page.uploaded(PHOTO.read_bytes(), PHOTO.name)["id"]
    assert page.post("convert", json={"id": id, "format": "png"}).status_code == 200


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("image/photo.jpg", ["image/jpeg", "1536×1152", "293,907", "391,899"]),
        ("audio/tone.mp3", ["audio/mpeg", "0.50 s", "44100 Hz"]),
        ("video/clip.mp4", ["video/mp4", "160×120", "1.00 s"]),
        ("image/small.tiff", ["image/tiff", "data:image/webp;base64,"]),
        ("file/report.pdf", ["application/pdf", "sent as they are"]),
        ("hostile/empty.bin", ["application/octet-stream", "0&nbsp;bytes"]),
    ],
)
def test_a_card_tells_what_a_file_is(client: Browser, name: str, facts: list[str]) -> None:
    html = card(client, upload(client, FIXTURES / name))
    assert [fact for fact in facts if fact not in html] == []


@pytest.mark.parametrize("name", ["image/photo.jpg", "file/latin1.txt", "hostile/empty.bin"])
def test_the_data_url_is_that_of_the_file(client: Browser, name: str) -> None:
    path = FIXTURES / name
    html = card(client, upload(client, path))
    (link,) = links(html, "data-url/")
    answer = client.get(link)
    assert answer.text == file.encode(path)
    assert answer.headers["content-disposition"].startswith("attachment")
    (saved,) = links(html, "files/")[-1:]
    assert client.get(saved).content == path.read_bytes()


def test_a_short_data_url_is_shown_whole_and_a_long_one_is_not(client: Browser) -> None:
    short = FIXTURES / "file" / "data.json"
    assert file.encode(short) in card(client, upload(client, short))
    html = card(client, upload(client, PHOTO))
    assert len(html) < 10_000
    assert file.encode(PHOTO)[:300] + "…" in html


def test_a_conversion_tells_what_it_costs(client: Browser) -> None:
    id = upload(client, PHOTO)
    found = client.post("convert", json={"id": id, "format": "webp", "quality": 50}).json()
    assert (found["name"], found["media_type"]) == ("photo.webp", "image/webp")
    (link,) = links(found["html"], "data-url/")
    url = client.get(link).text
    assert len(url) == found["data_url_size"]
    assert len(file.decode(url)) == found["size"]
    assert url == encoders.encode(PHOTO, format="webp", quality=50)
    less = 100 - round(100 * found["size"] / PHOTO.stat().st_size)
    assert f"{less}&nbsp;% less" in found["html"]


def test_each_conversion_takes_the_place_of_the_last(client: Browser) -> None:
    id = upload(client, PHOTO)
    first = client.post("convert", json={"id": id, "max_size": 100}).json()
    second = client.post("convert", json={"id": id, "max_size": 50}).json()
    assert error(client.post("card", json={"id": first["id"]}), 404)
    assert "50×38" in card(client, second["id"])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("image/photo.jpg", {"quality": 101}, "quality=101 is not from 1 to 100"),
        ("image/photo.jpg", {"format": "mp3"}, "format='mp3' is not one of"),
        ("image/drawing.svg", {"format": "png"}, "a file is sent as it is"),
        ("audio/stereo.wav", {"format": "wav", "quality": 5}, "not for wav"),
        ("video/silent.mp4", {"format": "wav"}, "sound"),
        ("hostile/truncated.jpg", {"format": "png"}, "cannot be decoded"),
        ("hostile/bomb.png", {"format": "webp"}, "over the limit"),
    ],
)
def test_a_fault_of_a_conversion_is_that_of_the_codec(
    client: Browser, name: str, options: dict[str, Any], message: str
) -> None:
    id = upload(client, FIXTURES / name)
    text = error(client.post("convert", json={"id": id, **options}), 422)
    assert message in text
    assert "/tmp" not in text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"[" * 9000, 400),
        (b'{"id": 5}', 404),
        (b'{"id": "../../etc/passwd"}', 404),
        (b'{"id": "%s"}' % (b"x" * 20_000), 413),
    ],
)
def test_a_malformed_request_is_refused(client: Browser, body: bytes, status: int) -> None:
    for path in ("card", "convert", "forget"):
        assert error(client.post(path, content=body), status)


@pytest.mark.parametrize(
    "options", [{"quality": "50"}, {"quality": 1.5}, {"quality": True}, {"format": ["png"]}]
)
def test_options_of_other_types_are_refused(client: Browser, options: dict[str, Any]) -> None:
    id = upload(client, FIXTURES / "image" / "small.png")
    (name,) = options
    assert error(client.post("convert", json={"id": id, **options}), 400).startswith(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_has_a_card_and_an_error(client: Browser, name: str) -> None:
    id = upload(client, FIXTURES / "hostile" / name)
    assert id in card(client, id)
    answer = client.post("convert", json={"id": id, "format": "webp", "max_size": 64})
    assert answer.status_code in (200, 422)
    assert answer.status_code == 200 or answer.json()["error"]


def test_a_name_with_markup_is_text(client: Browser) -> None:
    name = "\"><img src=x onerror=alert(1)>'.png"
    html = card(client, upload(client, FIXTURES / "image" / "small.png", name))
    elements = [tag for tag, _ in HtmlReader(html).elements if tag == "img"]
    assert len(elements) == 1
    assert not any(key.startswith("on") for _, found in HtmlReader(html).elements for key in found)


def test_a_file_that_is_removed_is_deleted_with_what_became_of_it(client: Browser) -> None:
    id = upload(client, PHOTO)
    made = client.post("convert", json={"id": id, "max_size": 100}).json()["id"]
    assert client.post("forget", json={"id": id}).status_code == 200
    for gone in (id, made):
        assert "no longer here" in error(client.post("card", json={"id": gone}), 404)
        assert client.get(f"files/{gone}/photo.jpg").status_code == 404


@needs_avif
def test_only_the_newest_of_the_waiting_conversions_is_made(tmp_path: Path) -> None:
    with serving(None) as (url, _), browser(url) as client:
        id = upload(client, PHOTO)
        ready = threading.Barrier(6)

        def ask(number: int) -> int:
            ready.wait()
            options = {"id": id, "format": "avif", "quality": 40 + number}
            return client.post("convert", json=options).status_code

        with ThreadPoolExecutor(6) as threads:
            statuses = sorted(threads.map(ask, range(6)))
    assert set(statuses) <= {200, 409}
    assert statuses.count(200) <= 3  # the first that ran, and the last


def test_what_a_text_holds_is_shown_and_can_be_saved(client: Browser) -> None:
    html = client.post("read", content=json.dumps(ANSWER)).json()["html"]
    saved = [client.get(link.split("?")[0]).content for link in links(html, "files/")]
    assert (FIXTURES / "image" / "small.png").read_bytes() in saved
    assert (FIXTURES / "audio" / "tone.mp3").read_bytes() in saved
    for fact in ("data[0]", "data[1]", "image/png", "audio/mpeg", "240×180"):
        assert fact in html


@pytest.mark.parametrize("bare", [True, False])
def test_a_data_url_and_bare_base64_are_a_file(client: Browser, bare: bool) -> None:
    url = encoders.encode(PHOTO)
    html = client.post("read", content=url.partition(",")[2] if bare else url).json()["html"]
    assert "image/jpeg" in html
    assert client.get(links(html, "files/")[0].split("?")[0]).content == PHOTO.read_bytes()


def test_the_text_of_a_file_can_be_read(client: Browser, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(ANSWER))
    id = upload(client, path)
    assert "data-read" in card(client, id)
    assert "240×180" in client.post("read", params={"id": id}).json()["html"]


def test_no_path_or_url_in_a_text_is_opened(client: Browser, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not show this")
    files = [
        str(secret),
        {"path": str(secret), "meta": {"_type": "gradio.FileData"}},
        {"name": str(secret), "is_file": True, "data": None},
        {"path": "x", "url": secret.as_uri()},
    ]
    html = client.post("read", content=json.dumps({"data": files})).json()["html"]
    assert "secret.txt" in html
    assert "do not show this" not in html
    assert links(html, "files/") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no text"),
        ("hello", "neither a data URL, nor base64, nor JSON"),
        ('{"data": [', "JSON"),
        ("data:image/png;base64,$", "base64"),
        ("[" * 100_000, "max_depth"),
    ],
)
def test_other_text_has_a_plain_message(client: Browser, text: str, message: str) -> None:
    assert message in error(client.post("read", content=text), 422)


def test_markup_in_a_text_is_text(client: Browser) -> None:
    script = "<script>alert(1)</script>"
    values = [script, {script: script}, {"name": script, "data": "data:text/html," + script}]
    elements = HtmlReader(
        client.post("read", content=json.dumps({"data": values})).json()["html"]
    ).elements
    assert "script" not in [tag for tag, _ in elements]
    assert not any(key.startswith("on") for _, found in elements for key in found)


def test_fifty_megabytes_of_text_are_read(client: Browser) -> None:
    data = PHOTO.read_bytes() + bytes(38_000_000)
    text = json.dumps({"data": [f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"]})
    with at_most(8):
        html = client.post("read", content=text).json()["html"]
    assert len(html) < 100_000
    assert client.get(links(html, "files/")[0].split("?")[0]).content == data


def test_the_files_of_old_texts_are_deleted() -> None:
    with serving(None) as (url, _), browser(url) as client:
        pages = [client.post("read", content=f"data:,{number}") for number in range(12)]
        found = [links(page.json()["html"], "files/")[0].split("?")[0] for page in pages]
        assert client.get(found[0]).status_code == 404
        assert client.get(found[-1]).status_code == 200
