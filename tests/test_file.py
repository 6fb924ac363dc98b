"""Files survive a round trip byte for byte, and are saved only inside the given folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders import data_url, file
from encoders.atomic import LONGEST_NAME, new_files, safe_name
from encoders.data_url import DataURL
from encoders.errors import DataURLError, LimitError, MediaTypeError
from encoders.limits import Limits
from tests.paths import FIXTURES

FILES = sorted((FIXTURES / "file").iterdir())
PNG = FIXTURES / "image" / "small.png"
RESERVED = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10)),
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_decoded_file_has_the_same_bytes(path: Path, way: Callable[[Path], Any]) -> None:
    url = file.encode(way(path), name=path.name)

    assert file.decode(url) == path.read_bytes()
    assert url == file.encode(path)
    assert file.encode(url, name=path.name) is url


def test_save_takes_a_missing_extension_from_the_content(tmp_path: Path) -> None:
    assert file.save(file.encode(PNG), tmp_path).name == "file.png"
    assert file.save(file.encode(PNG), tmp_path, "plot").name == "plot.png"
    assert file.save(file.encode(PNG), tmp_path, "plot.dat").name == "plot.dat"
    assert (tmp_path / "plot.png").read_bytes() == PNG.read_bytes()


def test_the_name_is_in_the_header_only_with_keep_name(tmp_path: Path) -> None:
    url = file.encode(PNG, name="naïve, file;\r\n.png", keep_name=True)

    assert "name" not in file.encode(PNG)
    assert "\r" not in url.partition(",")[0]
    assert file.decode(url) == PNG.read_bytes()
    assert file.save(url, tmp_path).name == "naïve, file;.png"


def test_save_never_replaces_without_overwrite(tmp_path: Path) -> None:
    file.save("data:,one", tmp_path, "a.txt")

    with pytest.raises(FileExistsError, match="overwrite=True"):
        file.save("data:,two", tmp_path, "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == b"one"

    file.save("data:,two", tmp_path, "a.txt", overwrite=True)
    assert (tmp_path / "a.txt").read_bytes() == b"two"


@pytest.mark.parametrize("overwrite", [False, True])
def test_save_never_follows_a_planted_symlink(tmp_path: Path, overwrite: bool) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.write_bytes(b"untouched")
    folder.mkdir()
    (folder / "a.txt").symlink_to(outside)

    if overwrite:
        file.save("data:,new", folder, "a.txt", overwrite=True)
        assert not (folder / "a.txt").is_symlink()
    else:
        with pytest.raises(FileExistsError):
            file.save("data:,new", folder, "a.txt")
    assert outside.read_bytes() == b"untouched"


def test_bad_data_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(DataURLError):
        file.save("data:;base64," + "AAAA" * 200_000 + "*", tmp_path, "a.bin")
    assert list(tmp_path.iterdir()) == []


def test_saved_file_has_the_users_own_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    saved = file.save("data:,x", tmp_path, "a.txt")

    assert saved.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    saved = file.save("data:,x", tmp_path / "a", "c.txt")

    assert saved == tmp_path / "a" / "c.txt"
    assert saved.read_bytes() == b"x"


def test_missing_parents_are_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no such folder: .*/a'"):
        file.save("data:,x", tmp_path / "a" / "b", "c.txt")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "code", [errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS]
)
def test_save_needs_no_hard_links(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    file.save("data:,one", tmp_path, "a.txt")

    with pytest.raises(FileExistsError):
        file.save("data:,two", tmp_path, "a.txt")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"one"]
    for text in (b"new", b"newer"):
        with new_files(tmp_path, overwrite=True) as files:
            for name in ("a.txt", "b.txt"):
                with files.open(name) as target:
                    target.write(text)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.txt": b"newer",
        "b.txt": b"newer",
    }


def test_save_that_fails_at_the_last_step_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr(os, "link", fail)

    with pytest.raises(OSError, match="broken disk"):
        file.save("data:,one", tmp_path, "a.txt")
    assert list(tmp_path.iterdir()) == []


NASTY = ["..", "/", "\\", "con", "Lpt1", ".", "%2f", "C:", "%00", " ", "\0", "é" * 101, "a", ".png"]


@given(st.text() | st.lists(st.sampled_from([*NASTY, "\u202e", "?", "x" * 99])).map("".join))
def test_safe_name_is_safe_for_any_text(name: str) -> None:
    safe = safe_name(name, ".png")

    assert safe
    assert os.path.basename(safe) == safe
    assert not set(safe) & set('/\\:*?"<>|\0\n\r')
    assert not safe.startswith(".") and not safe.endswith((".", " "))
    assert len(safe.encode()) <= LONGEST_NAME
    assert safe.split(".")[0].strip().upper() not in RESERVED
    assert safe_name(safe, ".png") == safe or "%" in safe


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd.bin"),
        ("..", "file.bin"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("%2e%2e%2fevil.sh", "evil.sh"),
        ("NUL.txt", "_NUL.txt"),
        (".bashrc", "bashrc.bin"),
        ("a\u202egpj.exe", "agpj.exe"),
        (None, "file.bin"),
        ("scan.nii.gz", "scan.nii.gz"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
        ("é" * 300 + ".png", "é" * 98 + ".png"),
        ("a." + "x" * 300, "a." + "x" * 194 + ".bin"),
        ("v1.2 final", "v1.2 final.bin"),
        ("plot..png", "plot.png"),
        ("x" * 300, "x" * 196 + ".bin"),
        ("a\u2028b\u2029c", "abc.bin"),
        ("\u3164\u115f\u1160\uffa0", "file.bin"),
        ("a\u200b\u200e\u202a\u2066\ufeff\u00adb.png", "ab.png"),
        ("\ud800\ue000\u0378\U000e0041\ufe0f.txt", "txt.bin"),
        ("a\u3000b\u00a0.png", "a b.png"),
    ],
)
def test_safe_name_vectors(name: str | None, expected: str) -> None:
    assert safe_name(name, ".bin") == expected


def test_strict_refuses_a_lying_label() -> None:
    url = str(DataURL("image/jpeg", PNG.read_bytes()))

    assert file.decode(url) == PNG.read_bytes()
    with pytest.raises(MediaTypeError, match="image/png"):
        file.decode(url, strict=True)


def test_max_bytes_allows_its_value_and_refuses_one_more() -> None:
    assert file.decode("data:,abc", limits=Limits(max_bytes=3)) == b"abc"
    with pytest.raises(LimitError, match="max_bytes=2"):
        file.decode("data:,abc", limits=Limits(max_bytes=2))


def test_percent_encoded_text_is_a_file_too() -> None:
    assert file.decode("data:text/plain,a%20b") == b"a b"
    assert data_url.parse(file.encode("data:text/plain;charset=utf-8,a%20b")).parameters == ()
