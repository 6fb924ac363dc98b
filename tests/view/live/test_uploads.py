"""What is dropped on the page goes to a temporary folder, within bounds, and is gone at the end."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from encoders import Limits
from encoders.view.live import serving
from encoders.view.live.storage import Storage
from tests.pace import wait_until
from tests.paths import FIXTURES
from tests.predict.http_server import gradio
from tests.view.live.conftest import Browser, Open, browser

PHOTO = FIXTURES / "image" / "photo.jpg"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_described_and_can_be_had_again(converter: Browser) -> None:
    found = converter.uploaded(PHOTO.read_bytes(), "photo.jpg")

    assert found["name"] == "photo.jpg"
    assert found["media_type"] == "image/jpeg"
    assert found["size"] == PHOTO.stat().st_size
    assert found["facts"] == "1536×1152, RGB"
    assert f'src="{found["url"]}"' in found["html"]
    assert converter.get(found["url"]).content == PHOTO.read_bytes()


def test_the_content_says_what_a_file_is_and_not_its_name(converter: Browser) -> None:
    found = converter.uploaded(PHOTO.read_bytes(), "page.html")

    assert found["media_type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("%2e%2e%2fx.txt", "x.txt"),
        ("..", "file"),
        ("", "file"),
        ("a\0b.txt", "ab.txt"),
        ("a\u202egnp.txt", "agnp.txt"),
        ("con.txt", "_con.txt"),
        ("x" * 1000 + ".txt", "x" * 196 + ".txt"),
    ],
)
def test_no_name_leads_out_of_the_folder(temporary: Path, name: str, safe: str) -> None:
    with serving(None) as (url, _), browser(url) as page:
        found = page.uploaded(b"text", name)

        assert found["name"] == safe
        assert page.get(found["url"]).content == b"text"
        assert files(temporary) == [safe]


@pytest.mark.parametrize("recorded", [{}, {"recorded": "1"}])
def test_an_empty_file_is_a_file(converter: Browser, recorded: dict[str, str]) -> None:
    found = converter.uploaded(b"", "nothing.webm", **recorded)

    assert found["size"] == 0
    assert converter.get(found["url"]).content == b""


@pytest.mark.parametrize("name", ["cut.webm", "cut.wav"])
def test_a_recording_that_cannot_be_read_stays_as_it_is(converter: Browser, name: str) -> None:
    recorded = (FIXTURES / "audio" / "browser.webm").read_bytes()[:300]

    found = converter.uploaded(recorded, name, recorded="1")

    assert converter.get(found["url"]).content == recorded


def test_two_files_of_one_name_are_two(converter: Browser) -> None:
    first, second = (converter.uploaded(content, "a.txt") for content in (b"1", b"2"))

    assert [converter.get(each["url"]).content for each in (first, second)] == [b"1", b"2"]


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(
    temporary: Path, open_page: Open
) -> None:
    page = open_page(gradio("6"), limits=Limits(max_bytes=1000))

    answer = page.upload(bytes(1001))

    assert answer.status_code == 413
    assert (
        "1,001 bytes of a file so far is over the limit max_bytes=1,000" in answer.json()["error"]
    )
    assert files(temporary) == []
    assert page.upload(bytes(1000)).status_code == 200


def test_no_more_of_a_file_is_kept_than_the_limit(temporary: Path, open_page: Open) -> None:
    page = open_page(gradio("6"), limits=Limits(max_bytes=100_000))
    largest = []

    def pieces() -> Iterator[bytes]:
        for _ in range(200):
            yield bytes(100_000)
            for path in temporary.rglob("a.bin"):
                with suppress(FileNotFoundError):  # it is deleted meanwhile
                    largest.append(path.stat().st_size)

    answer = page.post("upload?name=a.bin", content=pieces())

    assert answer.status_code == 413
    assert max(largest, default=0) <= 100_000
    assert files(temporary) == []


@pytest.mark.parametrize(
    ("limits", "kept"), [(Limits(max_files=3), 3), (Limits(max_bytes=10), 8), (Limits(), 12)]
)
def test_the_oldest_files_make_room_for_new_ones(
    temporary: Path, open_page: Open, limits: Limits, kept: int
) -> None:
    page = open_page(gradio("6"), limits=limits)

    found = [page.uploaded(bytes([number]) * 10, f"{number}.bin") for number in range(12)]

    there = [page.get(each["url"]).status_code == 200 for each in found]
    assert there == [False] * (12 - kept) + [True] * kept
    assert len(files(temporary)) == kept


def test_a_browser_that_goes_away_leaves_no_part_of_a_file(temporary: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield bytes(100_000)
        wait_until(lambda: files(temporary) == ["part.bin"])
        raise ConnectionError

    with serving(None) as (url, _), browser(url) as page:
        with pytest.raises(ConnectionError):
            page.post("upload?name=part.bin", content=pieces())

        wait_until(lambda: files(temporary) == [])


@pytest.mark.parametrize("suffix", ["webm", "mp4"])
def test_a_recorded_sound_becomes_wav(converter: Browser, suffix: str) -> None:
    recorded = (FIXTURES / "audio" / f"browser.{suffix}").read_bytes()

    found = converter.uploaded(recorded, f"recording.{suffix}", recorded="1")
    kept = converter.uploaded(recorded, f"recording.{suffix}")

    assert (found["name"], found["media_type"]) == ("recording.wav", "audio/wav")
    assert found["facts"].startswith("0.5")
    assert converter.get(kept["url"]).content == recorded


def test_a_recorded_video_stays_as_it_is(converter: Browser) -> None:
    clip = (FIXTURES / "video" / "clip.webm").read_bytes()

    found = converter.uploaded(clip, "recording.webm", recorded="1")

    assert converter.get(found["url"]).content == clip


def test_the_folder_is_gone_at_the_end(temporary: Path, open_page: Open) -> None:
    with serving(None) as (url, _), browser(url) as page:
        page.uploaded(b"text", "a.txt")
        assert files(temporary) == ["a.txt"]

    assert [*temporary.iterdir()] == []


def test_the_folder_is_gone_after_an_exception(temporary: Path) -> None:
    with pytest.raises(RuntimeError), serving(None) as (url, _), browser(url) as page:
        page.uploaded(b"text", "a.txt")
        raise RuntimeError

    assert [*temporary.iterdir()] == []


def test_only_the_user_may_look_into_the_folder(temporary: Path) -> None:
    storage = Storage(Limits())

    assert storage.folder.stat().st_mode & 0o777 == 0o700
    storage.close()
    gc.collect()
