"""Encoding many files: rows and their order, listing folders, and output files."""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import encoders
from encoders import Limits, batch, codecs
from encoders.batch import listing as folders
from encoders.batch.one_file import Task, encode_bytes, encode_file
from tests.paths import FIXTURES

KINDS = ("image", "audio", "video", "file", "hostile")
ALL = [path for kind in KINDS for path in batch.find(FIXTURES / kind)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with files whose names have special characters."""
    home = tmp_path / "home"
    (home / "b" / "deep").mkdir(parents=True)
    (home / "a").mkdir()
    for name in ("b.txt", "a/2.txt", "a/10.txt", "b/deep/x", "z é\n\"'\\.txt", ".hidden", "b/.too"):
        (home / name).write_text(f"text of {name}")
    return home


def without_fields(rows: Iterator[batch.Row], *fields: str) -> list[tuple[Any, ...]]:
    return [
        tuple(getattr(row, field) for field in row._fields if field not in fields) for row in rows
    ]


# Rows.


@pytest.mark.parametrize("options", [{}, {"codec": "image", "format": "png", "max_size": 64}])
def test_rows_are_in_order_and_the_same_as_from_encode(options: Any) -> None:
    rows = list(batch.encode(ALL, **options))
    encode = encoders.image.encode if options else encoders.encode
    options.pop("codec", None)

    assert [row.path for row in rows] == ALL
    assert any(row.error for row in rows) == bool(options)
    for row in rows:
        if row.error is None:
            assert row.data_url == encode(row.path, **options)
            assert str(row.data_url).startswith(f"data:{row.media_type};base64,")
        else:
            assert row.data_url is None
            with pytest.raises(encoders.EncodersError) as caught:
                encode(row.path, **options)
            fault, remedy = caught.value.message, caught.value.remedy
            assert row.error in (fault, f"{fault}; {' or '.join(map(str, remedy))}")
        assert row.size == Path(row.path).stat().st_size


def test_error_row_has_the_known_media_type_and_size(tmp_path: Path) -> None:
    cut_off = tmp_path / "cut.png"
    cut_off.write_bytes((FIXTURES / "image" / "small.png").read_bytes()[:5000])
    bad, none = batch.encode([cut_off, tmp_path / "none"], format="webp")

    assert (bad.media_type, bad.size, bad.data_url) == ("image/png", 5000, None)
    assert "cannot be decoded" in str(bad.error)
    assert none == (str(tmp_path / "none"), None, None, None, "No such file or directory")


def test_codec_and_options_apply_to_all_files() -> None:
    good, bad = batch.encode(
        [FIXTURES / "image" / "small.png", FIXTURES / "file" / "report.pdf"],
        codec="image",
        format="webp",
        max_size=50,
    )

    assert good.media_type == "image/webp"
    assert good.size == 66646  # of the file, not of the data URL
    assert encoders.decode(str(good.data_url)).size == (50, 38)
    assert bad.media_type == "application/pdf"
    assert "application/pdf" in str(bad.error)


@pytest.mark.parametrize(
    ("limits", "name", "limit"),
    [
        ({"max_bytes": 66645}, "image/small.png", "max_bytes=66,645"),
        ({"max_pixels": 100}, "image/small.tiff", "max_pixels=100"),
    ],
)
def test_file_over_a_limit_is_an_error_row(limits: Any, name: str, limit: str) -> None:
    options: dict[str, Any] = {"format": "png"} if "pixels" in limit else {}
    (row,) = batch.encode([FIXTURES / name], limits=Limits(**limits), **options)

    assert row.data_url is None
    assert f"is over the limit {limit}" in str(row.error)


def test_file_of_exactly_the_limit_is_encoded() -> None:
    (row,) = batch.encode([FIXTURES / "image" / "small.png"], limits=Limits(max_bytes=66646))

    assert row.error is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_device_or_folder_is_an_error_row_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    errors = [row.error for row in batch.encode([tmp_path / "pipe", "/dev/zero", tmp_path])]

    assert errors == [
        "expected a file, found a device, pipe or socket",
        "expected a file, found a device, pipe or socket",
        "expected a file, found a folder",
    ]


def test_path_that_looks_like_a_data_url_is_a_path(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data:,x").write_text("content")
    (row,) = batch.encode(["data:,x"])

    assert row.data_url == encoders.file.encode(b"content")


def test_error_texts_are_the_same_in_every_run() -> None:
    paths = [path for path in ALL if "fixtures/image/" not in path]  # with few errors in it
    first, second = (list(batch.encode(paths, codec="image", format="gif")) for _ in range(2))

    assert len([row for row in first if row.error]) > 20
    assert first == second


def test_bytes_give_the_same_row_as_their_file() -> None:
    for path in ALL:
        assert encode_bytes(path, Path(path).read_bytes(), Task()) == encode_file(path, Task())


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_number_of_workers_gives_the_same_rows(workers: int) -> None:
    paths = [*ALL, "nothing", *ALL[::-1]] * 2

    assert list(batch.encode(paths, workers=workers)) == [encode_file(p, Task()) for p in paths]


def test_paths_may_be_endless_and_of_mixed_types() -> None:
    path = FIXTURES / "file" / "data.json"
    rows = batch.encode(itertools.cycle([path, str(path)]))
    taken = {(row.path, row.size) for row in itertools.islice(rows, 3000)}
    rows.close()  # type: ignore[attr-defined]

    assert taken == {(str(path), path.stat().st_size)}


def test_encode_takes_no_path_before_the_first_row() -> None:
    def never() -> Iterator[str]:
        raise AssertionError
        yield ""

    batch.encode(never())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"paths": "one"}, TypeError, "found one: 'one'; pass a list, or batch.find"),
        ({"paths": Path("one")}, TypeError, "batch.find"),
        ({"paths": [], "codec": "picture"}, ValueError, "expected one of image, audio"),
        ({"paths": [], "qualty": 1}, TypeError, "'qualty' is no option of any codec"),
        ({"paths": [], "codec": "audio", "max_size": 1}, TypeError, "of the codec 'audio'"),
        ({"paths": [], "name": "x"}, TypeError, "'name' is no option"),
        ({"paths": [], "workers": 0}, ValueError, "workers=0: expected 1 or more"),
    ],
)
def test_wrong_argument_is_an_error(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        list(batch.encode(**options))


# Folders.


def test_find_sorts_files_and_omits_hidden_ones(folder: Path) -> None:
    names = [os.path.relpath(path, folder) for path in batch.find(folder)]

    assert names == ["a/10.txt", "a/2.txt", "b/deep/x", "b.txt", "z é\n\"'\\.txt"]


def test_find_returns_the_path_of_a_file_unchanged(folder: Path) -> None:
    assert list(batch.find(folder / "b.txt")) == [str(folder / "b.txt")]


def test_find_raises_at_the_call_for_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        batch.find(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="none"):
        batch.find((tmp_path / "none").as_uri())


def test_links_to_files_are_followed_and_links_to_folders_are_not(folder: Path) -> None:
    (folder / "a" / "link").symlink_to(folder / "b.txt")
    (folder / "a" / "circle").symlink_to(folder)
    (folder / "a" / "broken").symlink_to("nowhere")

    names = [os.path.relpath(path, folder) for path in batch.find(folder / "a")]
    assert names == ["a/10.txt", "a/2.txt", "a/link"]


def test_broken_link_is_an_error_row(folder: Path) -> None:
    files = list(batch.find(folder))
    (folder / "zz-self").symlink_to("zz-self")
    (folder / "zz-there").symlink_to("zz-back")
    (folder / "zz-back").symlink_to("zz-there")
    (folder / "zz-long").symlink_to("x" * 3000 + "/y" * 500)
    bad = [str(folder / f"zz-{name}") for name in ("back", "long", "self", "there")]

    assert list(batch.find(folder)) == [*files, *bad]
    rows = list(batch.encode(bad, workers=1))
    assert [row.path for row in rows] == bad
    assert all(row.error and not row.data_url for row in rows)


def test_error_while_listing_a_folder_is_an_error_row(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_at_the_end(entries: Iterator[Any]) -> Iterator[Any]:
        yield from sorted(entries)
        raise OSError(errno.EIO, "Input/output error")

    files = list(batch.find(folder))
    monkeypatch.setattr("encoders.batch.listing._sorted", fail_at_the_end)
    found = list(batch.find(folder))
    assert set(files) < set(found)
    assert found[-1] == str(folder)


def test_folder_deleted_while_listing_is_an_error_row(folder: Path) -> None:
    paths = batch.find(folder)
    next(paths)
    (folder / "b" / "deep" / "x").unlink()
    (folder / "b" / "deep").rmdir()
    (folder / "b" / ".too").unlink()
    (folder / "b").rmdir()
    rows = {os.path.basename(row.path): row.error for row in batch.encode(paths)}

    assert rows["b"] == "No such file or directory"
    assert rows["b.txt"] is None


def test_huge_folder_is_sorted_on_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    databases: list[str] = []
    connect = sqlite3.connect

    def connect_and_record(name: str, **options: Any) -> Any:
        databases.append(name)
        return connect(name, **options)

    for number in range(50):
        (folder / f"{number * 7 % 50}.bin").write_bytes(b"")
    expected = list(batch.find(folder))
    monkeypatch.setattr(folders, "_MOST_IN_MEMORY", 20)
    monkeypatch.setattr(sqlite3, "connect", connect_and_record)

    assert list(batch.find(folder)) == expected
    assert databases == [""]  # a temporary database, deleted when it is closed


def test_folder_url_is_listed_by_fsspec(folder: Path) -> None:
    urls = list(batch.find(folder.as_uri()))

    assert len(urls) == 5
    assert urls[0] == (folder / "a" / "10.txt").as_uri()
    assert without_fields(batch.encode(urls[:3]), "path") == without_fields(
        batch.encode(list(batch.find(folder))[:3]), "path"
    )


@pytest.mark.parametrize(
    ("name", "limits", "error"),
    [
        ("file/report.pdf", Limits(max_bytes=598), None),
        (
            "file/report.pdf",
            Limits(max_bytes=597),
            "more in a file is over the limit max_bytes=597",
        ),
        ("file/report.pdf", Limits(max_bytes=None), None),
        ("file", Limits(), "Is a directory"),
        ("file/nothing", Limits(), "No such file or directory"),
        ("zip://a::file/archive.zip", Limits(), "'::', which chains URLs in fsspec"),
    ],
)
def test_file_url_is_opened_by_fsspec(name: str, limits: Limits, error: str | None) -> None:
    url = f"{FIXTURES.as_uri()}/{name}"
    row = encode_file(url, Task(limits=limits))

    if error is None:
        assert row == encode_file(str(FIXTURES / name), Task())._replace(path=url)
    else:
        assert row[:4] == (url, None, None, None)
        assert error in str(row.error)


def test_empty_file_at_a_url_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    row = encode_file((tmp_path / "empty").as_uri(), Task())

    assert (row.size, row.error) == (0, None)


# Output files.


def read(path: Path) -> list[batch.Row]:
    if path.suffix == ".parquet":
        import pyarrow.parquet

        return [batch.Row(**row) for row in pyarrow.parquet.read_table(path).to_pylist()]
    return [batch.Row(**json.loads(line)) for line in path.read_bytes().splitlines()]


@cache
def all_rows() -> list[batch.Row]:
    return list(batch.encode([*ALL, "nothing"]))


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.ndjson", "rows.PARQUET"])
def test_output_file_has_the_rows(name: str, tmp_path: Path) -> None:
    target = tmp_path / name
    summary = batch.write([*ALL, "nothing"], target)
    rows = read(target.rename(target.with_suffix(target.suffix.lower())))

    assert rows == all_rows()
    assert summary == batch.Summary(len(rows), sum(row.error is not None for row in rows), 0)
    assert len(list(target.parent.iterdir())) == 1


def test_missing_output_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder") as caught:
        batch.write(ALL, tmp_path / "new" / "rows.jsonl")
    assert caught.value.filename == str(tmp_path / "new")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
def test_no_files_make_no_rows(name: str, tmp_path: Path) -> None:
    assert batch.write([], tmp_path / name) == batch.Summary(0, 0, 0)
    assert read(tmp_path / name) == []
    assert batch.write([], tmp_path / name) == batch.Summary(0, 0, 0)


def test_json_line_is_an_object_of_five_values(tmp_path: Path) -> None:
    sink = io.BytesIO()
    (tmp_path / 'a "b".txt').write_text("hé")
    summary = batch.write_lines([tmp_path / 'a "b".txt', "nö"], sink)

    name = json.dumps(str(tmp_path / 'a "b".txt'))
    assert summary == batch.Summary(2, 1, 0)
    assert sink.getvalue().decode("ascii") == (
        f'{{"path": {name}, "media_type": "text/plain", "size": 3, '
        '"data_url": "data:text/plain;base64,aMOp", "error": null}\n'
        '{"path": "n\\u00f6", "media_type": null, "size": null, '
        '"data_url": null, "error": "No such file or directory"}\n'
    )


def test_json_line_of_many_mebibytes_is_complete(tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(os.urandom(5 << 20))
    batch.write([big, "nothing", big], tmp_path / "rows.jsonl")

    assert read(tmp_path / "rows.jsonl") == list(batch.encode([big, "nothing", big]))


def test_parquet_has_the_same_schema_for_any_rows(tmp_path: Path) -> None:
    import pyarrow.parquet

    schemas = []
    for number, paths in enumerate(([], ["nothing"], ALL[:1])):
        batch.write(paths, tmp_path / f"{number}.parquet")
        schemas.append(pyarrow.parquet.read_schema(tmp_path / f"{number}.parquet"))

    assert schemas[0] == schemas[1] == schemas[2]
    assert [str(kind) for kind in schemas[0].types] == [
        *("string", "string", "int64", "large_string", "string")
    ]


def test_parquet_file_has_several_row_groups_with_statistics(tmp_path: Path) -> None:
    import pyarrow.parquet

    for number in range(9):
        (tmp_path / f"{number}.bin").write_bytes(os.urandom(2 << 20))
    paths = [str(tmp_path / f"{number}.bin") for number in range(9)]
    batch.write(paths, tmp_path / "rows.parquet")
    file = pyarrow.parquet.ParquetFile(tmp_path / "rows.parquet")

    assert file.num_row_groups == 3
    assert [file.read_row_group(n).column("path").to_pylist() for n in range(3)] == [
        *(paths[:3], paths[3:6], paths[6:])
    ]
    columns = file.metadata.row_group(2)
    assert columns.column(0).statistics.min == paths[6]
    assert columns.column(3).statistics is None  # the footer would contain data URLs
    assert file.read().column("data_url").to_pylist() == [encoders.encode(p) for p in paths]


def test_parquet_compression_undoes_the_overhead_of_base64(tmp_path: Path) -> None:
    (tmp_path / "noise.bin").write_bytes(os.urandom(4 << 20))
    batch.write([tmp_path / "noise.bin"], tmp_path / "rows.parquet")

    assert (tmp_path / "rows.parquet").stat().st_size < 1.02 * (4 << 20)


@pytest.mark.skipif(sys.platform != "linux", reason="file names cannot be other than UTF-8")
def test_name_that_is_not_utf_8_is_kept_in_json_and_escaped_in_parquet(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text("content")
    paths = list(batch.find(tmp_path))
    for target in (tmp_path / "rows.jsonl", tmp_path / "rows.parquet"):
        batch.write(paths, target)
        (row,) = read(target)

        assert os.path.basename(row.path) == (name if target.suffix == ".jsonl" else r"caf\xe9.txt")
        assert row.data_url == encoders.file.encode(b"content")
        assert batch.write(paths, target).kept == 1


@pytest.mark.parametrize("name", ["rows.txt", "rows", "rows.jsonl.gz"])
def test_other_extensions_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a name that ends in \.jsonl, \.ndjson, \.parq"):
        batch.write([], tmp_path / name)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
def test_existing_output_of_another_origin_is_not_replaced(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(
        FileExistsError, match=r"row 1 on.*; pass overwrite=True or choose another output"
    ):
        batch.write(ALL, tmp_path / name)

    assert (tmp_path / name).read_bytes() == b"something else"
    assert batch.write(ALL[:3], tmp_path / name, overwrite=True).rows == 3
    assert len(read(tmp_path / name)) == 3


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
def test_existing_output_of_other_options_is_not_replaced(name: str, tmp_path: Path) -> None:
    paths = [FIXTURES / "image" / "small.png", FIXTURES / "image" / "small.jpg"]
    all_options: list[dict[str, Any]] = [{}, {"format": "webp"}, {"limits": Limits(max_bytes=99)}]
    for options in all_options:
        batch.write(paths, tmp_path / name, workers=1, overwrite=True, **options)
        before = read(tmp_path / name)

        assert batch.write(paths, tmp_path / name, workers=1, **options).kept == 2
        for others in all_options:
            if others != options:
                with pytest.raises(
                    FileExistsError, match="it exists already, made with other options"
                ):
                    batch.write(paths, tmp_path / name, **others)
        assert read(tmp_path / name) == before
    (tmp_path / name).unlink()
    assert batch.write(paths, tmp_path / name, workers=1) == batch.Summary(2, 0, 0)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_report_is_called_for_every_block(tmp_path: Path) -> None:
    reports: list[batch.Summary] = []
    summary = batch.write([*ALL] * 3, tmp_path / "rows.jsonl", report=reports.append)

    assert reports[0] == batch.Summary()
    assert reports[-1] == summary
    assert len(reports) > 5
    assert reports == sorted(reports, key=lambda summary: summary.rows)


def jobs(progress: bool, folder: Path) -> Iterator[list[batch.Row] | batch.Summary]:
    """Do the same in each way that shows progress; the output folder has to be empty."""
    paths = [*ALL, "nothing"]
    yield list(batch.encode(paths, progress=progress))
    yield batch.write(paths, folder / "rows.jsonl", progress=progress)
    yield batch.write_lines(paths, io.BytesIO(), progress=progress)


def test_progress_shows_rows_and_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for done in jobs(True, tmp_path):
        rows = len(done) if isinstance(done, list) else done.rows
        shown = capsys.readouterr().err

        assert rows == len(ALL) + 1
        assert f"| {rows}/{rows} [" in shown and "files/s" in shown
        assert "failed=" in shown


def test_progress_of_endless_paths_has_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    rows = batch.encode(itertools.repeat(ALL[0]), progress=True)
    first = list(itertools.islice(rows, 5))
    rows.close()  # type: ignore[attr-defined]

    assert len(first) == 5
    assert "files [" in capsys.readouterr().err


def test_progress_and_report_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports: list[batch.Summary] = []
    done = batch.write(ALL, tmp_path / "rows.jsonl", progress=True, report=reports.append)

    assert reports[-1] == done
    assert f"{done.rows}/{done.rows}" in capsys.readouterr().err


def test_a_resumed_job_shows_kept_rows_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(done: batch.Summary) -> None:
        if done.rows > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch.write(ALL, tmp_path / "rows.jsonl", report=stop)
    kept = batch.write(ALL, tmp_path / "rows.jsonl", progress=True).kept

    counts = [int(count) for count in re.findall(r"(\d+)/\d+ \[", capsys.readouterr().err)]
    assert kept > 5
    assert all(count == 0 or count >= kept for count in counts)
    assert counts[-1] == len(ALL)


def test_nothing_is_shown_by_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(jobs(False, tmp_path))) == 3
    assert capsys.readouterr().err == ""


def test_missing_pyarrow_is_an_error_before_any_file_is_created(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None; from encoders import batch; "
        f"batch.write([], {str(tmp_path / 'rows.parquet')!r})"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "pip install 'predict-encoders[parquet]'" in finished.stderr
    assert list(tmp_path.iterdir()) == []


# Scripts.

_SCRIPT = """
{first}
from encoders import batch
for row in batch.encode(batch.find({folder!r}), workers=2):
    print(row.media_type)
"""


# Beside numpy's threads workers are started anew; else they are forked, whatever the source.
@pytest.mark.parametrize(
    ("source", "first"),
    [("file", ""), *((source, "import numpy") for source in ("file", "-c", "-"))],
)
def test_script_needs_no_main_guard(first: str, source: str, tmp_path: Path) -> None:
    script = _SCRIPT.format(first=first, folder=str(FIXTURES / "audio"))
    (tmp_path / "script.py").write_text(script)
    arguments = {"file": [str(tmp_path / "script.py")], "-c": ["-c", script], "-": ["-"]}[source]
    command = [sys.executable, "-W", "error", *arguments]
    finished = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60)

    kinds = [row.media_type for row in batch.encode(batch.find(FIXTURES / "audio"))]
    assert (finished.stdout.split(), finished.stderr) == ([str(kind) for kind in kinds], "")


def test_every_codec_encodes_many_files() -> None:
    for codec in codecs.CODECS:
        paths = [path for path in ALL if f"fixtures/{codec}/" in path]
        rows = list(batch.encode(paths, codec=codec))

        assert any(row.error is None for row in rows), codec
