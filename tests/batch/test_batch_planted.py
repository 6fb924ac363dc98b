"""A hidden job folder made by another user is not used, and nothing in it is removed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from encoders import batch
from tests.paths import FIXTURES

PNG = str(FIXTURES / "image" / "small.png")
FOREIGN = b"a file of another user\n"

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes"),
    pytest.mark.long,
]

formats = pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
overwriting = pytest.mark.parametrize("overwrite", [False, True])


class StopError(Exception):
    """Ends a job early."""


def job_folder(output: Path) -> Path:
    return output.with_name(f".{output.name}.part")


def stop_early(output: Path) -> Path:
    """Stop a job before its end; return its hidden folder."""

    def stop(summary: batch.Summary) -> None:
        if summary.rows:
            raise StopError

    with pytest.raises(StopError):
        batch.write([PNG] * 5, output, workers=1, report=stop)
    return job_folder(output)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    folder = tmp_path / "victim"
    folder.mkdir()
    for name in ("rows", "ends", "job.json", "mark", "photo.jpg"):
        (folder / name).write_bytes(FOREIGN)
    return folder


def link_for(name: str) -> Callable[[Path, Path], None]:
    def plant(folder: Path, victim: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(victim / "photo.jpg")

    plant.__name__ = f"link_named_{name}"
    return plant


def dangling_link_for(name: str) -> Callable[[Path, Path], None]:
    def plant(folder: Path, victim: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(victim / "created")

    plant.__name__ = f"dangling_link_named_{name}"
    return plant


def hard_link_for(name: str) -> Callable[[Path, Path], None]:
    def plant(folder: Path, victim: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).hardlink_to(victim / "photo.jpg")

    plant.__name__ = f"hard_link_named_{name}"
    return plant


def pipe_for(name: str) -> Callable[[Path, Path], None]:
    def plant(folder: Path, victim: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    plant.__name__ = f"pipe_named_{name}"
    return plant


PLANTED_FILES = [
    make(name)
    for make in (link_for, dangling_link_for, hard_link_for, pipe_for)
    for name in ("rows", "ends", "job.json", "mark")
]


@formats
@overwriting
def test_link_as_job_folder_is_not_followed(
    name: str, overwrite: bool, victim: Path, tmp_path: Path
) -> None:
    before = contents(victim)
    job_folder(tmp_path / name).symlink_to(victim)

    with pytest.raises(FileExistsError, match="not made here"):
        batch.write([PNG], tmp_path / name, overwrite=overwrite)
    assert contents(victim) == before
    assert job_folder(tmp_path / name).is_symlink()


@formats
@overwriting
@pytest.mark.parametrize("plant", PLANTED_FILES, ids=lambda plant: plant.__name__)
def test_links_and_pipes_in_a_planted_folder_are_not_followed(
    plant: Callable[[Path, Path], None], overwrite: bool, name: str, victim: Path, tmp_path: Path
) -> None:
    folder = job_folder(tmp_path / name)
    folder.mkdir()
    plant(folder, victim)
    before = contents(victim)

    with pytest.raises(FileExistsError, match="not made here") as caught:
        batch.write([PNG], tmp_path / name, overwrite=overwrite)
    assert caught.value.filename == str(folder)
    assert contents(victim) == before
    assert len(list(folder.iterdir())) == 1


@formats
@pytest.mark.parametrize("plant", PLANTED_FILES, ids=lambda plant: plant.__name__)
def test_links_and_pipes_planted_in_a_real_job_folder_are_not_followed(
    plant: Callable[[Path, Path], None], name: str, victim: Path, tmp_path: Path
) -> None:
    output = tmp_path / name
    # Only the job of a Parquet file uses the file "ends".
    is_used = name == "rows.parquet" or "ends" not in plant.__name__
    for overwrite in (False, True):
        if not job_folder(output).exists():
            output.unlink(missing_ok=True)
            plant(stop_early(output), victim)
            before = contents(victim)

        with pytest.raises(FileExistsError, match="not made") if is_used else nullcontext():
            batch.write([PNG] * 5, output, workers=1, overwrite=overwrite)
        assert contents(victim) == before


@formats
def test_copied_job_folder_is_not_used(name: str, tmp_path: Path) -> None:
    job = stop_early(tmp_path / name)
    shutil.copytree(job, tmp_path / "archive", copy_function=shutil.copy2)
    shutil.rmtree(job)
    shutil.copytree(tmp_path / "archive", job, copy_function=shutil.copy2)
    before = contents(job)

    with pytest.raises(FileExistsError, match="not made here"):
        batch.write([PNG] * 5, tmp_path / name, workers=1)
    assert contents(job) == before


def test_invalid_job_record_is_refused(tmp_path: Path) -> None:
    folder = stop_early(tmp_path / "rows.jsonl")
    for text in ("[]", "1", "[" * 100_000, '{"mark": null}', '{"mark": "x", "task": []}', "\0"):
        (folder / "job.json").write_text(text)
        with pytest.raises(FileExistsError, match="not made here"):
            batch.write([PNG] * 5, tmp_path / "rows.jsonl", workers=1)


def test_job_folder_of_another_user_is_not_used(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    folder = stop_early(tmp_path / "rows.jsonl")
    os.chown(folder, 12345, 12345)

    with pytest.raises(FileExistsError, match="not made here"):
        batch.write([PNG] * 5, tmp_path / "rows.jsonl", workers=1)


def test_foreign_file_in_a_job_folder_is_kept(tmp_path: Path) -> None:
    folder = stop_early(tmp_path / "rows.jsonl")
    (folder / "notes.txt").write_bytes(FOREIGN)

    assert batch.write([PNG] * 5, tmp_path / "rows.jsonl", workers=1).kept
    assert [path.read_bytes() for path in tmp_path.rglob("notes.txt")] == [FOREIGN]


@formats
def test_planted_files_beside_a_finished_output_are_ignored(
    name: str, victim: Path, tmp_path: Path
) -> None:
    batch.write([PNG] * 5, tmp_path / name, workers=1)
    folder = job_folder(tmp_path / name)
    for plant in (link_for("job.json"), pipe_for("job.json"), link_for("rows")):
        folder.mkdir()
        plant(folder, victim)
        assert batch.write([PNG] * 5, tmp_path / name, workers=1).kept == 5
        assert len(list(folder.iterdir())) == 1
        shutil.rmtree(folder)
    assert set(contents(victim).values()) == {FOREIGN}


def test_job_folder_of_an_earlier_run_is_used(tmp_path: Path) -> None:
    folder = stop_early(tmp_path / "rows.jsonl")
    lines = (folder / "rows").read_bytes().splitlines()

    assert json.loads(lines[0])["path"] == PNG
    assert batch.write([PNG] * 5, tmp_path / "rows.jsonl", workers=1).kept == len(lines)
    assert not folder.exists()
