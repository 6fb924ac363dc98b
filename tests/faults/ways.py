"""Every function that writes files, each to be run where writing fails.

``python -m tests.faults.ways WAY OVERWRITE limit|nobody INPUTS FOLDER`` runs one in a process of
its own, which may write files of up to `LIMIT` bytes or is nobody, and prints how it ended.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from encoders import file
from encoders.cli.main import main
from encoders.predict.payloads import write_payload
from encoders.predict.responses import response
from tests.paths import FIXTURES

LIMIT = 8 * 1024
NOBODY = 65534
FILES = {
    "first.bin": random.Random(1).randbytes(500),
    "second.bin": random.Random(2).randbytes(20 * LIMIT),
    "third.bin": random.Random(3).randbytes(700),
}
BIG = "second.bin"
PAGE = FIXTURES / "interface" / "era6-config.json"


@dataclass(frozen=True)
class Ended:
    """How a way ended: with which error of the system, and what it printed; or with what status."""

    error: str | None = None
    filename: str | None = None
    text: str = ""
    status: int | None = None


@dataclass(frozen=True)
class Way:
    """One way to write.

    Attributes:
        write: takes the folder of inputs, the folder to write into, and whether to overwrite.
        names: of the files that it writes.
        fails_at: the one that is too big.
    """

    write: Callable[[Path, Path, bool], int | None]
    names: tuple[str, ...] = (BIG,)
    fails_at: str = BIG

    def run(self, inputs: Path, folder: Path, overwrite: bool) -> Ended:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(io.StringIO()):
                status = self.write(inputs, folder, overwrite)
        except OSError as error:
            return Ended(type(error).__name__, str(error.filename), str(error))
        return Ended(text=printed.getvalue(), status=status)


def make_inputs(folder: Path) -> None:
    """Write what the ways read."""
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    urls = [file.encode(folder / name, keep_name=True) for name in FILES]
    (folder / "url.txt").write_text(urls[1])
    (folder / "answer.json").write_text(json.dumps(_answer()))


def _answer() -> dict[str, object]:
    return {"data": [{"name": name, "data": file.encode(data)} for name, data in FILES.items()]}


def _save(inputs: Path, folder: Path, overwrite: bool) -> None:
    file.save(file.encode(FILES[BIG]), folder, BIG, overwrite=overwrite)


def _save_response(inputs: Path, folder: Path, overwrite: bool) -> None:
    response(_answer()).save(folder, overwrite=overwrite, free_names=False)


def _write_payload(inputs: Path, folder: Path, overwrite: bool) -> None:
    write_payload([inputs / BIG], folder / BIG, components=["file"], overwrite=overwrite)


def _shell(*command: str) -> Callable[[Path, Path, bool], int]:
    def run(inputs: Path, folder: Path, overwrite: bool) -> int:
        places = {"INPUTS": str(inputs), "FOLDER": str(folder)}
        arguments = [
            "/".join(places.get(part, part) for part in word.split("/")) for word in command
        ]
        return main([*arguments, *["--overwrite"][:overwrite]])

    return run


_ALL = (*FILES, "response.json")
WAYS = {
    "save": Way(_save),
    "response.save": Way(_save_response, _ALL),
    "write_payload": Way(_write_payload),
    "encode -o": Way(_shell("encode", f"INPUTS/{BIG}", "-o", f"FOLDER/{BIG}")),
    "decode -o": Way(_shell("decode", "INPUTS/url.txt", "-o", "FOLDER")),
    "payload -o": Way(
        _shell("payload", f"INPUTS/{BIG}", "--component", "file", "-o", f"FOLDER/{BIG}"),
    ),
    "response -o": Way(_shell("response", "INPUTS/answer.json", "-o", "FOLDER"), _ALL),
    "api --html": Way(
        _shell("api", str(PAGE), "--html", "FOLDER/page.html"),
        ("page.html",),
        "page.html",
    ),
}


def _run(way: str, overwrite: str, hindrance: str, inputs: str, folder: str) -> None:
    WAYS[way].run(Path(inputs), Path(inputs, "warm"), True)  # imports what it needs
    if hindrance == "limit":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
    elif os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    ended = WAYS[way].run(Path(inputs), Path(folder), overwrite == "True")
    print(json.dumps(asdict(ended)))


if __name__ == "__main__":
    _run(*sys.argv[1:])
