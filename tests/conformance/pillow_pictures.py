"""Pillow's own test pictures, and a comparison of this package's results with Pillow's.

`pictures()` downloads them with pip into the user's cache folder. Run as a program, this module
checks every picture and prints one line of JSON for each. Many of them were made to crash or hang
decoders, so the tests run it in a process of its own.
"""

from __future__ import annotations

import faulthandler
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image, ImageOps, ImageSequence

import encoders
from encoders import EncodersError, data_url, image
from encoders.image.opening import frame_count
from encoders.source import to_data_url
from tests.interop.environments import cache_folder, install_once, last_lines

VERSION = "13.0.0"
SHA256 = "cdcd1ba258178f7356d74170c9a81ba4eab6a5d55748bc402a5a2a6fe6be3510"
FOLDER = f"pillow-{VERSION}/Tests/images/"

DOWNLOAD_SECONDS = 600
HANG_SECONDS = 120  # the slowest picture takes one
DEEP = ("I", "I;16", "I;16B")
# In these formats, Pillow counts previews or layers as frames.
ONE_PICTURE = ("MPO", "PSD")
ARRAY_MODES = ("1", "L", "LA", "RGB", "RGBA")  # whose pixels become an array unchanged


def pictures() -> list[Path]:
    """Return the picture files, downloaded on first use; without a network, skip the test."""
    folder = cache_folder() / f"pillow-{VERSION}" / SHA256[:12]
    install_once(folder, _download)
    return sorted(path for path in (folder / FOLDER).rglob("*") if path.is_file())


def name_of(path: Path) -> str:
    """Return the path of a file, relative to the folder of the pictures."""
    return path.as_posix().rpartition(FOLDER)[2]


def _download(folder: Path, _: int) -> None:
    """Download the source distribution, and unpack its pictures into ``folder``."""
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text(f"pillow=={VERSION} --hash=sha256:{SHA256}")
        # pip uses the configured index, and runs no code of the package before checking its hash.
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
        command += ["--no-deps", "--no-binary=pillow", "--no-cache-dir", "--retries=1"]
        command += ["--requirement", str(requirements), "--dest", scratch]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
        if "DO NOT MATCH THE HASHES" in finished.stderr:
            raise RuntimeError(last_lines(finished.stderr))
        if finished.returncode:
            pytest.skip(
                f"needs Pillow's source distribution, and pip: {last_lines(finished.stderr)}"
            )
        with tarfile.open(Path(scratch, f"pillow-{VERSION}.tar.gz")) as archive:
            members = [member for member in archive if member.name.startswith(FOLDER)]
            archive.extractall(folder, members, filter="data")


@dataclass(frozen=True)
class Result:
    """The results of the checks on one file.

    Attributes:
        name: the file's path, relative to the folder of the pictures.
        format: the format that Pillow decodes it as; None if it cannot decode it.
        frames: the number of frames that Pillow decodes; 0 if one of them fails.
        refusals: the errors that this package raised, by check.
        faults: differences from the expected result, by check.
    """

    name: str
    format: str | None
    frames: int
    refusals: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PillowResult:
    """What Pillow decodes from a file.

    Attributes:
        picture: the upright picture; None if Pillow cannot decode it.
        format: the format of the file.
        count: the number of frames that the file declares.
        frames: all frames; empty if one of them fails.
        warned: the texts of the warnings.
    """

    picture: Image.Image | None
    format: str | None
    count: int
    frames: list[Image.Image]
    warned: frozenset[str]


def check_picture(path: Path) -> Result:
    """Run all checks on one file."""
    theirs = _decode_with_pillow(path)
    found = Result(name_of(path), theirs.format, len(theirs.frames))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for name, check in CHECKS.items():
            _run_check(name, partial(check, path, theirs), found)
    if warned:
        _run_check("warnings", partial(_warnings, path, theirs, _messages(warned)), found)
    return found


def _run_check(name: str, check: Callable[[], str | None], found: Result) -> None:
    try:
        fault = check()
    except EncodersError as error:
        found.refusals[name] = f"{type(error).__name__}: {error.message}"
    except Exception:
        found.faults[name] = traceback.format_exc()
    else:
        found.faults.update({name: fault} if fault else {})


def _decode_with_pillow(path: Path) -> PillowResult:
    pillow_heif.register_heif_opener()
    picture, format, count, frames = None, None, 0, list[Image.Image]()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with suppress(Exception), Image.open(io.BytesIO(path.read_bytes())) as opened:
            opened.load()
            picture, format = ImageOps.exif_transpose(opened), opened.format
            count = 1 if format in ONE_PICTURE else getattr(opened, "n_frames", 1)
            every = ImageSequence.Iterator(opened) if count > 1 else (opened,)
            frames = [ImageOps.exif_transpose(frame) for frame in every]
    return PillowResult(picture, format, count, frames, _messages(warned))


def _messages(warned: list[warnings.WarningMessage]) -> frozenset[str]:
    return frozenset(f"{warning.category.__name__}: {warning.message}" for warning in warned)


def _decode(path: Path, theirs: PillowResult) -> str | None:
    ours, picture = image.decode(_url(path)), theirs.picture
    if picture is None:
        return "decoded, but Pillow cannot decode it"
    return _differences(
        ("format", ours.format, theirs.format),
        ("mode", ours.mode, picture.mode),
        ("size", ours.size, picture.size),
        ("palette", _palette(ours), _palette(picture)),
        ("pixels", ours.tobytes(), picture.tobytes()),
        # Compare only Pillow's keys: counting the pages of a TIFF adds more.
        ("info", {key: ours.info.get(key) for key in picture.info}, picture.info),
        ("frames", frame_count(ours), theirs.count),
    )


def _decode_array(path: Path, theirs: PillowResult) -> str | None:
    ours, picture = image.decode_array(_url(path)), theirs.picture
    if picture is None:
        return "decoded to an array, but Pillow cannot decode it"
    if picture.mode[0] not in "IF" and (
        "transparency" in picture.info or picture.mode not in ARRAY_MODES
    ):
        colour = "L" if picture.mode in ("1", "L") else "RGB"
        picture = picture.convert(colour + ("A" if picture.has_transparency_data else ""))
    expected = np.asarray(picture)
    return _differences(
        ("dtype", ours.dtype, expected.dtype.newbyteorder("=")),
        ("writeable", ours.flags.writeable, True),
        ("pixels", _shape_and_bytes(ours), _shape_and_bytes(expected)),
    )


def _decode_frames(path: Path, theirs: PillowResult) -> str | None:
    ours = list(image.decode_frames(_url(path)))
    return _differences(
        ("modes", {frame.mode for frame in ours} - {"RGB", "RGBA"}, set()),
        (
            "frames",
            [_rgba_bytes(frame) for frame in ours],
            [_rgba_bytes(frame) for frame in theirs.frames],
        ),
    )


def _encode(path: Path, theirs: PillowResult) -> str | None:
    url = image.encode(path)
    if theirs.format == "HEIF":
        return _differences(("type", url[:15], "data:image/jpeg"))
    if theirs.picture is None:
        # A file that Pillow cannot decode passes through unchanged.
        return _differences(("bytes", data_url.parse(url).data, path.read_bytes()))
    return _differences(("pixels", _rgba_bytes(image.decode(url)), _rgba_bytes(theirs.picture)))


def _encode_png(path: Path, theirs: PillowResult) -> str | None:
    url = image.encode(path, format="png")
    if data_url.parse(url).data == path.read_bytes():
        return None
    if theirs.picture is None:
        return "encoded as PNG, but Pillow cannot decode it"
    ours = image.decode(url)
    return _differences(
        ("pixels", _rgba_bytes(ours), _rgba_bytes(theirs.picture)),
        ("is animated", frame_count(ours) > 1, theirs.count > 1),
    )


def _inspect(path: Path, theirs: PillowResult) -> str | None:
    found = encoders.inspect(path)
    if theirs.picture is None or found.media_type not in image.MEDIA_TYPES:
        return None
    width, height = theirs.picture.size
    expected = {"width": width, "height": height, "mode": theirs.picture.mode}
    return _differences(("details", found.details, {**expected, "frames": theirs.count}))


CHECKS: dict[str, Callable[[Path, PillowResult], str | None]] = {
    "decode": _decode,
    "decode_array": _decode_array,
    "decode_frames": _decode_frames,
    "encode": _encode,
    "encode to PNG": _encode_png,
    "inspect": _inspect,
}


def _warnings(path: Path, theirs: PillowResult, warned: frozenset[str]) -> str | None:
    """Report warnings that Pillow alone does not give; no check may raise a warning as an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for check in CHECKS.values():
            with suppress(EncodersError):
                check(path, theirs)
    return _differences(("warnings", warned - theirs.warned, frozenset()))


def _url(path: Path) -> str:
    return to_data_url(path.read_bytes(), "image/x-unknown")


def _differences(*rows: tuple[str, object, object]) -> str | None:
    """Describe the rows of ``(name, actual, expected)`` whose values differ; None if none does."""
    wrong = (row for row in rows if row[1] != row[2])
    return "; ".join(f"{name}: {repr(a)[:60]}, not {repr(b)[:60]}" for name, a, b in wrong) or None


def _rgba_bytes(picture: Image.Image) -> tuple[Any, ...]:
    """Return the shape and the bytes of a picture in 8-bit RGBA."""
    if picture.mode not in DEEP:
        return _shape_and_bytes(np.asarray(picture.convert("RGBA")))
    deep = np.asarray(picture).astype(int)
    grey, alpha = (deep + 128) // 257, 255 * (deep != picture.info.get("transparency", -1))
    return _shape_and_bytes(np.stack((grey, grey, grey, alpha), -1).astype(np.uint8))


def _palette(picture: Image.Image) -> list[int] | None:
    return picture.getpalette("RGBA") if picture.mode in ("P", "PA") else None


def _shape_and_bytes(array: npt.NDArray[Any]) -> tuple[Any, ...]:
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return array.shape, native.tobytes()


if __name__ == "__main__":
    for path in pictures():
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        print(json.dumps(asdict(check_picture(path))), flush=True)
