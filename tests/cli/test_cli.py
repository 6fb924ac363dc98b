"""The command line does what the library does, works in pipes, and prints errors as one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import pytest

import encoders
from tests import forks
from tests.paths import FIXTURES
from tests.predict.http_server import gradio, http_server

PNG = FIXTURES / "image" / "small.png"
WAV = FIXTURES / "audio" / "stereo.wav"


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return forks.run("-m", "encoders", *arguments, stdin=stdin)


def succeed(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    done = run(*arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def fail(*arguments: str | Path, stdin: bytes = b"") -> str:
    done = run(*arguments, stdin=stdin)
    assert done.returncode == 2
    message = done.stderr.decode()
    assert message.startswith("encoders: ") and message.count("\n") == 1
    return message


def test_encode_prints_the_same_as_the_library_returns() -> None:
    assert succeed("encode", PNG).decode() == encoders.encode(PNG) + "\n"
    assert succeed("encode", WAV).decode() == encoders.encode(WAV) + "\n"


def test_encode_reads_standard_input() -> None:
    assert succeed("encode", "-", stdin=PNG.read_bytes()) == succeed("encode", PNG)


def test_encode_and_decode_pipe_into_each_other(tmp_path: Path) -> None:
    listing = succeed("decode", "-o", tmp_path, stdin=succeed("encode", PNG, WAV, PNG)).decode()

    assert (tmp_path / "image.png").read_bytes() == PNG.read_bytes()
    assert (tmp_path / "image-2.png").read_bytes() == PNG.read_bytes()
    assert (tmp_path / "audio.wav").read_bytes() == WAV.read_bytes()
    assert len(listing.splitlines()) == 3
    assert succeed("decode", stdin=succeed("encode", PNG)) == PNG.read_bytes()


def test_encode_writes_a_file_and_converts(tmp_path: Path) -> None:
    succeed("encode", PNG, "--format", "jpeg", "-o", tmp_path / "url.txt")

    assert (tmp_path / "url.txt").read_text().startswith("data:image/jpeg;base64,")
    assert [path.name for path in tmp_path.iterdir()] == ["url.txt"]


def test_option_as_decides_the_codec_of_a_file(tmp_path: Path) -> None:
    assert "not a picture" in fail("encode", WAV, "--as", "image")
    assert succeed("encode", PNG, "--as", "file") == succeed("encode", PNG)


def test_inspect_describes_a_file_and_never_prints_its_content() -> None:
    line = succeed("inspect", PNG).decode()
    width, height = encoders.image.describe(PNG).width, encoders.image.describe(PNG).height

    assert "image/png" in line and f"{width}×{height}" in line and len(line) < 200
    assert "44100 Hz" in succeed("inspect", WAV).decode()
    assert f"{width}×{height}" in succeed("inspect", "-", stdin=succeed("encode", PNG)).decode()


def test_inspect_shows_a_lying_label() -> None:
    url = encoders.encode(PNG).replace("image/png", "audio/wav")

    assert "image/png" in (line := succeed("inspect", "-", stdin=url.encode()).decode())
    assert "declared audio/wav" in line


@pytest.mark.parametrize(
    ("arguments", "stdin", "error"),
    [
        (["encode", "missing.png"], b"", "missing.png"),
        (["decode"], b"hello", "data URL"),
        (["decode"], b"data:;base64,*", "base64"),
        (["decode"], b"data:,a\ndata:,b", "-o"),
        (["decode", "--max-bytes", "2"], b"data:,abc", "--max-bytes"),
        (["decode", "--strict"], b"data:image/gif;base64,iVBORw0KGgo=", "image/png"),
        (["decode", "--strict"], b"data:image/gif;base64,iVBORw0KGgo=", "leave out --strict"),
        (["decode"], b"data:;base64,-_8=", "it has '-_' of the URL-safe alphabet\n"),
        (["inspect", str(FIXTURES / "hostile" / "header-only.png")], b"", "picture"),
        (["encode", str(PNG), "--format", "heic"], b"", "heic"),
        (["encode", str(PNG), "--as", "file", "--format", "png"], b"", "format"),
    ],
)
def test_bad_input_gives_one_line_and_status_2(
    arguments: list[str], stdin: bytes, error: str
) -> None:
    assert error in fail(*arguments, stdin=stdin)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n\n"])
def test_decode_takes_one_data_url_a_line(tmp_path: Path, line_end: str) -> None:
    urls = ["data:;base64,YQ==", "DATA:;base64,Yg==", "data:;base64,Yw=="]
    text = "".join(url + line_end for url in urls).encode()

    succeed("decode", "--strict", "-o", tmp_path, stdin=text)

    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"a", b"b", b"c"]


def test_decode_takes_a_folded_data_url() -> None:
    assert succeed("decode", stdin=b"data:;base64,QUJD\r\nREVG\r\nRw==\r\n") == b"ABCDEFG"


def test_errors_name_the_file_or_the_data_url(tmp_path: Path) -> None:
    broken = FIXTURES / "hostile" / "header-only.png"

    assert f"encoders: {broken}: " in fail("encode", PNG, broken, "--format", "jpeg")
    assert f"encoders: {broken}: " in fail("inspect", PNG, broken)
    assert "encoders: -: " in fail("decode", stdin=b"data:;base64,*")
    lines = b"data:,a\ndata:;base64,*\n"
    assert "encoders: -, data URL 2: " in fail("decode", "-o", tmp_path, stdin=lines)


def test_errors_name_standard_input_where_it_is_a_pipe() -> None:
    broken = (FIXTURES / "hostile" / "header-only.png").read_bytes()

    assert "encoders: -: " in fail("encode", "-", "--format", "jpeg", stdin=broken)
    assert "encoders: -: " in fail("inspect", "-", stdin=broken)


def test_decode_overwrites_only_with_the_option(tmp_path: Path) -> None:
    succeed("decode", "-o", tmp_path, stdin=b"data:,a")

    refusal = fail("decode", "-o", tmp_path, stdin=b"data:,b")
    assert "exists already" in refusal and "pass --overwrite" in refusal
    succeed("decode", "--overwrite", "-o", tmp_path, stdin=b"data:,b")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"b"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [(999, "  999 B"), (1000, "  1 kB"), (999_600, "  1 MB"), (1_540_000, "  1.54 MB")],
)
def test_inspect_rounds_sizes(size: int, shown: str, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(size))

    assert succeed("inspect", tmp_path / "a.bin").decode().endswith(shown + "\n")


def on_a_terminal(*arguments: str, stdin: bytes = b"", columns: int = 80) -> tuple[int, str]:
    """Run Python with a terminal for output and errors; return the status and all it shows."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    read, given = os.pipe()
    with forks.forked(*arguments, streams=(read, theirs, theirs)) as process:
        os.close(read)
        os.close(theirs)
        with open(given, "wb") as pipe:
            pipe.write(stdin)
        shown = b""
        with suppress(OSError):  # Linux's way to say that nobody writes any more
            while part := os.read(ours, 4096):
                shown += part
    os.close(ours)
    return process.wait(), shown.decode()


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_a_terminal_gets_text_but_no_binary() -> None:
    decode = ("-m", "encoders", "decode")

    assert on_a_terminal(*decode, stdin=b"data:,hello") == (0, "hello")
    status, shown = on_a_terminal(*decode, stdin=succeed("encode", PNG))
    assert status == 2
    assert "not for a terminal" in shown and "PNG" not in shown
    status, shown = on_a_terminal("-m", "encoders", "view", str(PNG))
    assert status == 2
    assert "not for a terminal" in shown and "<html" not in shown


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_a_terminal_sees_how_long_something_slow_takes() -> None:
    codes = [
        "import time; from encoders.cli import terminal\n"
        f"with terminal.show_elapsed('x'): time.sleep({seconds})"
        for seconds in (0.1, 1.7)
    ]
    with ThreadPoolExecutor() as pool:
        (status, quick), (other_status, slow) = pool.map(on_a_terminal, ["-c"] * 2, codes)

    assert (status, other_status) == (0, 0)
    assert "x 00:0" not in quick
    assert "x 00:0" in slow


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("seconds", "shows"), [(0.1, False), (1.2, True)])
def test_a_terminal_sees_how_far_a_file_is(seconds: float, shows: bool) -> None:
    code = (
        "import io, time; from encoders.cli import terminal\n"
        "from encoders.predict.client.files import Outgoing\n"
        "with terminal.show_transfers():\n"
        "    file = Outgoing('a\\x1b[2J.bin', io.BytesIO(bytes(4_000_000)))\n"
        f"    file.read(1_000_000); time.sleep({seconds}); file.read(1_000_000)"
    )

    status, shown = on_a_terminal("-c", code)

    assert (status, "50%" in shown, "2.00M/4.00M" in shown) == (0, shows, shows)
    assert "\x1b[2J" not in shown


def test_help_shows_examples() -> None:
    assert b"examples:" in succeed("--help") == succeed()
    assert b"examples:" in succeed("decode", "--help")


def test_every_command_does_the_same_in_a_process_that_has_imported_nothing() -> None:
    url = encoders.encode(PNG)
    with http_server(gradio("6")) as server:
        commands: list[tuple[list[str | Path], bytes]] = [
            (["encode", PNG, "--format", "webp"], b""),
            (["decode"], url.encode()),
            (["inspect", PNG, WAV], b""),
            (["batch", PNG, "none"], b""),
            (["payload", "-"], PNG.read_bytes()),
            (["response"], json.dumps({"data": ["a", url]}).encode()),
            (["api", FIXTURES / "interface" / "era6-config.json"], b""),
            (["predict", server.url, "hi", "--stream"], b""),
        ]
        for arguments, stdin in commands:
            words = [sys.executable, "-m", "encoders", *map(str, arguments)]
            new = subprocess.run(words, input=stdin, capture_output=True, check=False)
            fork = run(*arguments, stdin=stdin)

            assert new.stdout or new.stderr
            assert (new.returncode, new.stdout) == (fork.returncode, fork.stdout)
            assert new.stderr == fork.stderr


def test_the_versions_in_use_are_printed() -> None:
    lines = dict(line.split(" ", 1) for line in succeed("--version").decode().splitlines())

    assert list(lines) == ["encoders", "Pillow", "libsndfile", "FFmpeg", "libmagic"]
    assert lines["encoders"] == encoders.__version__ == version("predict-encoders")
    assert lines["Pillow"] == version("pillow")
    assert lines["FFmpeg"].endswith(f"(PyAV {version('av')})")


def test_versions_are_printed_without_the_libraries() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('av', 'magic', 'soundfile')));"
        "from encoders.cli.main import main; main(['--version'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "FFmpeg not found\n" in done.stdout
    assert "libsndfile not found\n" in done.stdout
