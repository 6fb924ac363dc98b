"""Saved files are complete or absent, despite full disks, signals, races and planted links.

The faults are real: small disks, limits, users, processes. See `tests.faults`.
"""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from encoders import data_url, encode, file, response
from encoders.predict.payloads import write_payload
from tests import forks
from tests.faults import ways
from tests.faults.ways import FILES, LIMIT, WAYS, Ended, Way
from tests.paths import ROOT

PNG = ROOT / "fixtures" / "image" / "small.png"
JPEG = ROOT / "fixtures" / "image" / "photo.jpg"
FULL = Path("/dev/full")
IS_ROOT = sys.platform == "linux" and os.getuid() == 0

pytestmark = pytest.mark.long
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
as_root = pytest.mark.skipif(not IS_ROOT, reason="needs root on Linux")
has_full = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
every_way = pytest.mark.parametrize(
    ("name", "overwrite"),
    [(name, overwrite) for name, way in WAYS.items() for overwrite in (False, True)],
)
both_modes = pytest.mark.parametrize("overwrite", [False, True])


@pytest.fixture(scope="module")
def open_place() -> Iterator[Path]:
    """Return a folder that every user can read."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


@pytest.fixture(scope="module")
def inputs(open_place: Path) -> Path:
    """Return a folder with what the ways to write read."""
    folder = open_place / "inputs"
    (folder / "warm").mkdir(parents=True)
    ways.make_inputs(folder)
    return folder


@pytest.fixture
def folder(open_place: Path) -> Path:
    """Return an empty folder that every user can read."""
    return Path(tempfile.mkdtemp(dir=open_place))


def put_old(folder: Path, way: Way, overwrite: bool) -> dict[str, bytes]:
    """Write what is there before: a file of another name, and what is to be replaced."""
    for name in ("bystander", *(way.names if overwrite else ())):
        (folder / name).write_bytes(b"old " + name.encode())
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file in a folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_blames(ended: Ended, path: Path, code: int) -> None:
    """Assert that the error is the system's own, and names ``path``; in the shell, in one line."""
    if ended.status is None:
        kind = type(OSError(code, "")).__name__
        message = f"[Errno {code}] {os.strerror(code)}: {str(path)!r}"
        assert ended == Ended(kind, str(path), message)
    else:
        assert ended == Ended(text=f"encoders: {path}: {os.strerror(code)}\n", status=2)


def hindered(name: str, inputs: Path, folder: Path, overwrite: bool, hindrance: str) -> Ended:
    """Run a way to write in a process of its own that cannot do all."""
    command = ["-m", "tests.faults.ways", name, str(overwrite), hindrance]
    done = forks.run(*command, inputs, folder)
    assert (done.returncode, done.stderr) == (0, b"")
    return Ended(**json.loads(done.stdout))


# Every way to write is a good one, where nothing goes wrong.


@every_way
def test_without_a_fault_every_way_writes_its_files_and_nothing_else(
    name: str, overwrite: bool, inputs: Path, folder: Path
) -> None:
    way = WAYS[name]
    before = put_old(folder, way, overwrite)

    assert way.run(inputs, folder, overwrite).status in (None, 0)
    after = contents(folder)
    assert after.keys() == {"bystander", *way.names}
    assert after["bystander"] == before["bystander"]
    assert all(after[name] != before.get(name) for name in way.names)


# Full disks.


@as_root
@every_way
def test_full_disk_is_an_error_that_names_the_file_and_leaves_all_as_it_was(
    name: str, overwrite: bool, inputs: Path, mounted: Callable[[str], Path]
) -> None:
    way, disk = WAYS[name], mounted("size=1m")
    before = put_old(disk, way, overwrite)
    room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
    before["ballast"] = bytes(room - 3 * 4096)  # the first file still fits
    (disk / "ballast").write_bytes(before["ballast"])

    assert_blames(way.run(inputs, disk, overwrite), disk / way.fails_at, errno.ENOSPC)
    assert contents(disk) == before


@posix
@every_way
def test_file_over_the_systems_limit_is_an_error_that_names_it_and_leaves_all_as_it_was(
    name: str, overwrite: bool, inputs: Path, folder: Path
) -> None:
    way = WAYS[name]
    before = put_old(folder, way, overwrite)

    ended = hindered(name, inputs, folder, overwrite, "limit")

    assert_blames(ended, folder / way.fails_at, errno.EFBIG)
    assert contents(folder) == before


@as_root
def test_disk_that_has_room_for_some_of_the_names_gets_none(
    mounted: Callable[[str], Path],
) -> None:
    disk = mounted("size=4m,nr_inodes=64")
    (disk / "ballast").mkdir()
    with suppress(OSError):
        for index in range(64):
            (disk / "ballast" / str(index)).touch()
    for index in range(len(FILES) + 1 + 1):  # the hidden files, and one name
        (disk / "ballast" / str(index)).unlink()
    data = [{"name": name, "data": encode(content)} for name, content in FILES.items()]

    with pytest.raises(OSError, match=r"second\.bin") as caught:
        response({"data": data}).save(disk)
    assert caught.value.errno == errno.ENOSPC
    assert [path.name for path in disk.iterdir()] == ["ballast"]


@has_full
def test_data_url_streamed_onto_a_full_disk_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "url.txt").write_text("data:,few")

    with pytest.raises(OSError, match="No space left"), FULL.open("w") as text:
        data_url.encode_to(PNG, text)
    with pytest.raises(OSError, match="No space left"), FULL.open("wb") as sink:
        data_url.decode_to(tmp_path / "url.txt", sink)


# Folders that cannot be written into.


@posix
@every_way
def test_read_only_folder_is_an_error_that_names_the_file(
    name: str, overwrite: bool, inputs: Path, folder: Path
) -> None:
    way = WAYS[name]
    before = put_old(folder, way, overwrite)
    folder.chmod(0o555)

    ended = hindered(name, inputs, folder, overwrite, "nobody")

    assert_blames(ended, folder / way.names[0], errno.EACCES)
    assert contents(folder) == before


@as_root
@every_way
def test_read_only_disk_is_an_error_that_names_the_file(
    name: str, overwrite: bool, inputs: Path, mounted: Callable[[str], Path]
) -> None:
    way, disk = WAYS[name], mounted("size=1m")
    before = put_old(disk, way, overwrite)
    mounted("remount,ro")

    assert_blames(way.run(inputs, disk, overwrite), disk / way.names[0], errno.EROFS)
    assert contents(disk) == before


@as_root
def test_file_that_may_not_be_replaced_brings_back_those_that_were(
    inputs: Path, folder: Path
) -> None:
    way = WAYS["response.save"]
    before = put_old(folder, way, True)
    for name in way.names:
        os.chown(folder / name, ways.NOBODY, ways.NOBODY)
    folder.chmod(0o1777)
    os.chown(folder / "third.bin", 0, 0)  # which nobody else may replace in such a folder

    ended = hindered("response.save", inputs, folder, True, "nobody")

    assert_blames(ended, folder / "third.bin", errno.EPERM)
    assert contents(folder) == before


@both_modes
def test_folder_at_the_output_path_is_an_error_before_any_file_is_replaced(
    overwrite: bool, tmp_path: Path
) -> None:
    (tmp_path / "response.json").mkdir()
    if overwrite:
        (tmp_path / "file.txt").write_bytes(b"old")
    error = IsADirectoryError if overwrite else FileExistsError

    answer = response({"data": ["data:text/plain,new"]}, ["file"])
    with pytest.raises(error, match=r"response\.json"):
        answer.save(tmp_path, overwrite=overwrite, free_names=False)
    with pytest.raises(error, match=r"response\.json"):
        file.save("data:,new", tmp_path, "response.json", overwrite=overwrite)
    (tmp_path / "response.json").rmdir()
    assert contents(tmp_path) == ({"file.txt": b"old"} if overwrite else {})


# Signals and races.


def rounds(scenario: str, subject: str, overwrite: bool, count: int, folder: Path) -> Any:
    """Return how often what happened; nothing may have gone wrong."""
    command = [sys.executable, "-m", "tests.faults.rounds", scenario, subject, str(overwrite)]
    done = subprocess.run(
        [*command, str(count), folder], cwd=ROOT, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    report = json.loads(done.stdout)
    assert report["wrong"] == []
    return report["counts"]


subjects = pytest.mark.parametrize("subject", ["save", "response"])


@posix
@subjects
@both_modes
def test_killed_process_leaves_whole_files_and_loses_no_old_one(
    subject: str, overwrite: bool, tmp_path: Path
) -> None:
    assert rounds("kills", subject, overwrite, 60, tmp_path)["in mid-save"] > 0


@posix
@subjects
@both_modes
def test_ctrl_c_leaves_all_files_of_one_save_and_nothing_hidden(
    subject: str, overwrite: bool, tmp_path: Path
) -> None:
    assert rounds("interrupts", subject, overwrite, 50, tmp_path)["in mid-save"] > 0


@posix
@subjects
@both_modes
def test_processes_that_save_at_the_same_time_leave_complete_files_of_one_of_them(
    subject: str, overwrite: bool, tmp_path: Path
) -> None:
    assert rounds("races", subject, overwrite, 300, tmp_path)["rounds"] == 300


@posix
@subjects
def test_process_that_overwrites_keeps_its_files_against_one_that_does_not(
    subject: str, tmp_path: Path
) -> None:
    assert rounds("mixed", subject, True, 300, tmp_path)["rounds"] == 300


@posix
def test_cleanup_keeps_the_files_of_another_process(tmp_path: Path) -> None:
    assert rounds("roll-backs", "save", False, 100, tmp_path)["replaced in between"] > 0


# Planted links, pipes and devices.


@posix
@subjects
@both_modes
def test_changing_links_under_every_name_are_not_followed(
    subject: str, overwrite: bool, tmp_path: Path
) -> None:
    assert rounds("attacks", subject, overwrite, 300, tmp_path)["planted"] > 0


@posix
@both_modes
@pytest.mark.parametrize("exists", [True, False], ids=["file", "dangling"])
@pytest.mark.parametrize("name", ["file.txt", "response.json"])
def test_planted_link_is_in_the_way_or_replaced_and_never_followed(
    name: str, exists: bool, overwrite: bool, tmp_path: Path
) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    if exists:
        outside.write_bytes(b"untouched")
    (inside / name).symlink_to(outside)
    answer = response({"data": ["data:text/plain,new"]}, ["file"])

    if overwrite:
        answer.save(inside, overwrite=True)
        assert not (inside / name).is_symlink()
    else:
        with pytest.raises(FileExistsError, match=name):
            answer.save(inside, free_names=False)
        assert [path.name for path in inside.iterdir()] == [name]
    assert (outside.read_bytes() if exists else outside.exists()) == (b"untouched" if exists else 0)


@posix
def test_folder_may_be_a_link_of_the_callers_own(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    assert file.save("data:,x", tmp_path / "link", "a.txt") == tmp_path / "link" / "a.txt"
    assert contents(tmp_path / "real") == {"a.txt": b"x"}


@posix
@pytest.mark.parametrize("name", ["link/evil.txt", "link\\evil.txt", "link%2fevil.txt"])
def test_link_inside_the_folder_is_not_followed(name: str, tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)

    assert file.save("data:,x", inside, name) == inside / "evil.txt"
    assert contents(outside) == {}


@posix
@both_modes
def test_pipe_at_the_output_path_is_an_error_without_waiting(
    overwrite: bool, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "a.txt")

    with pytest.raises(FileExistsError, match=r"(exists already|not a regular file).*a\.txt"):
        file.save("data:,x", tmp_path, "a.txt", overwrite=overwrite)
    assert [path.is_fifo() for path in tmp_path.iterdir()] == [True]


@posix
@pytest.mark.parametrize("name", ["encode -o", "payload -o", "api --html", "write_payload"])
def test_pipe_that_the_user_names_is_written_to(name: str, inputs: Path, tmp_path: Path) -> None:
    way = WAYS[name]
    pipe = tmp_path / way.names[0]
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()

    assert way.run(inputs, tmp_path, True).status in (None, 0)
    reader.join()
    assert len(read[0]) > LIMIT
    assert [path.is_fifo() for path in tmp_path.iterdir()] == [True]


@as_root
def test_device_as_output_is_not_replaced(tmp_path: Path) -> None:
    with suppress(PermissionError):
        os.mknod(tmp_path / "null", 0o20666, os.makedev(1, 3))
    if not (tmp_path / "null").is_char_device():
        pytest.skip("cannot make a device here")

    write_payload(["x"], tmp_path / "null")
    assert [path.is_char_device() for path in tmp_path.iterdir()] == [True]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_path_of_standard_output_is_appended_to(tmp_path: Path) -> None:
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    (tmp_path / "log").write_bytes(b"first\n")

    with (tmp_path / "log").open("ab") as log:
        done = shell("encode", PNG, "-o", tmp_path / "stdout", stdout=log)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "log").read_text() == f"first\n{encode(PNG)}\n"
    assert (tmp_path / "stdout").is_symlink()


# Standard output that is full, or closed.


def shell(
    *arguments: str | Path, before: str = "", **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run a command, from a shell that does something before."""
    line = f'{before}\nexec "$0" "$@"'
    command = ["sh", "-c", line, sys.executable, "-m", "encoders", *map(str, arguments)]
    return subprocess.run(command, stderr=subprocess.PIPE, cwd=ROOT, check=False, **options)


buffering = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])


@has_full
@buffering
@pytest.mark.parametrize(
    "command", [["encode", JPEG], ["encode", PNG], ["inspect", PNG], ["payload", "x", "--component",
    "textbox"]], ids=["much", "little", "rows", "payload"],
)  # fmt: skip
def test_full_standard_output_is_one_line_and_status_2(
    command: list[str | Path], unbuffered: str
) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with FULL.open("wb") as full:
        done = shell(*command, stdout=full, env=environment)

    assert done.returncode == 2
    assert done.stderr.startswith(b"encoders: ") and done.stderr.count(b"\n") == 1
    assert b"No space left on device" in done.stderr


@has_full
def test_help_onto_a_full_disk_has_no_traceback() -> None:
    with FULL.open("wb") as full:
        done = shell("--help", stdout=full, env={**os.environ, "PYTHONUNBUFFERED": ""})
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


@posix
@buffering
@pytest.mark.parametrize("command", ["encode", "decode"])
def test_standard_output_that_takes_a_part_is_an_error(
    command: str, unbuffered: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    size = 3 * LIMIT  # one write takes all that is left, and there is no second one to fail
    data = random.Random(1).randbytes(size)
    source.write_bytes(data if command == "encode" else encode(data).encode())
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}

    with (tmp_path / "out").open("wb") as out:
        done = shell(command, source, before="ulimit -f 16", stdout=out, env=environment)
    assert (tmp_path / "out").stat().st_size < size
    assert done.returncode == 2
    assert b"File too large" in done.stderr and done.stderr.count(b"\n") == 1


@posix
@pytest.mark.parametrize("command", [["encode", JPEG], ["inspect", *[PNG] * 9]])
def test_closed_pipe_ends_the_command_without_output(command: list[str | Path]) -> None:
    line = [sys.executable, "-m", "encoders", *map(str, command)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        assert len(process.stdout.read(10)) == 10
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


@posix
@pytest.mark.parametrize("closed", [">&-", "<&- >&-"])
def test_closed_standard_output_is_one_line_and_status_2(closed: str) -> None:
    done = shell("encode", PNG, before=f"exec {closed}")
    assert done.returncode == 2
    assert b"Bad file descriptor" in done.stderr and done.stderr.count(b"\n") == 1


@posix
def test_commands_that_need_no_stream_work_with_closed_streams(tmp_path: Path) -> None:
    done = shell("encode", PNG, "-o", tmp_path / "url.txt", before="exec <&- >&- 2>&-")

    assert done.returncode == 0
    assert contents(tmp_path) == {"url.txt": f"{encode(PNG)}\n".encode()}
