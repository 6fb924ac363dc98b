"""The pictures that Pillow is tested with, and how what we make of them compares with Pillow.

`pictures()` fetches them with pip, of which the first time takes some seconds, into the user's
cache folder. Run as a program, this looks at each and prints what it found, a line of JSON for one
picture: many were made to crash decoders or to keep them busy, so it is best done in a process of
its own.
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
from tests.interop.servers import _cache, _tail

VERSION = "13.0.0"
SHA256 = "cdcd1ba258178f7356d74170c9a81ba4eab6a5d55748bc402a5a2a6fe6be3510"
FOLDER = f"pillow-{VERSION}/Tests/images/"

FETCH_SECONDS = 600
HANG_SECONDS = 120  # the slowest picture takes one
DEEP = ("I", "I;16", "I;16B")
# What Pillow counts as frames of these are previews and layers.
ONE_PICTURE = ("MPO", "PSD")
PLAIN = ("1", "L", "LA", "RGB", "RGBA")  # modes whose arrays need no conversion


def pictures() -> list[Path]:
    """Return the files, fetched now unless they are there already; offline, the test is skipped."""
    import fcntl  # which Windows has not, but there `servers` has skipped the test

    folder = _cache() / f"pillow-{VERSION}" / SHA256[:12]
    marker = folder / "complete"
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists():
            _fetch(folder)
            marker.touch()
    return sorted(path for path in (folder / FOLDER).rglob("*") if path.is_file())


def name_of(path: Path) -> str:
    """Return where a file is among the pictures."""
    return path.as_posix().rpartition(FOLDER)[2]


def _fetch(folder: Path) -> None:
    """Unpack the pictures of the source distribution into ``folder``."""
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text(f"pillow=={VERSION} --hash=sha256:{SHA256}")
        # pip knows this machine's index, and runs nothing of a file before its hash is checked.
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
        command += ["--no-deps", "--no-binary=pillow", "--no-cache-dir", "--retries=1"]
        command += ["--requirement", str(requirements), "--dest", scratch]
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS)
        if "DO NOT MATCH THE HASHES" in done.stderr:
            raise RuntimeError(_tail(done.stderr))
        if done.returncode:
            pytest.skip(f"needs Pillow's source distribution, and pip: {_tail(done.stderr)}")
        with tarfile.open(Path(scratch, f"pillow-{VERSION}.tar.gz")) as archive:
            members = [member for member in archive if member.name.startswith(FOLDER)]
            archive.extractall(folder, members, filter="data")


@dataclass(frozen=True)
class Found:
    """What was found about one file.

    Attributes:
        name: where it is among the pictures.
        format: as what Pillow decodes it, or None where it does not.
        frames: how many Pillow decodes, which is none where it fails at one of them.
        refusals: the errors of ours, by the check.
        faults: what is not as it should be, by the check.
    """

    name: str
    format: str | None
    frames: int
    refusals: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pillow:
    """What Pillow makes of a file.

    Attributes:
        picture: upright, or None where it does not decode.
        format: of the file.
        count: how many frames there are said to be.
        frames: all of them, or none where Pillow fails at one.
        warned: of what.
    """

    picture: Image.Image | None
    format: str | None
    count: int
    frames: list[Image.Image]
    warned: frozenset[str]


def look_at(path: Path) -> Found:
    """Return what comes of every check on one file."""
    theirs = _by_pillow(path)
    found = Found(name_of(path), theirs.format, len(theirs.frames))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for name, check in CHECKS.items():
            _judge(name, partial(check, path, theirs), found)
    if warned:
        _judge("warnings", partial(_warnings, path, theirs, _messages(warned)), found)
    return found


def _judge(name: str, check: Callable[[], str | None], found: Found) -> None:
    try:
        fault = check()
    except EncodersError as error:
        found.refusals[name] = f"{type(error).__name__}: {error.message}"
    except Exception:
        found.faults[name] = traceback.format_exc()
    else:
        found.faults.update({name: fault} if fault else {})


def _by_pillow(path: Path) -> Pillow:
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
    return Pillow(picture, format, count, frames, _messages(warned))


def _messages(warned: list[warnings.WarningMessage]) -> frozenset[str]:
    return frozenset(f"{warning.category.__name__}: {warning.message}" for warning in warned)


def _decode(path: Path, theirs: Pillow) -> str | None:
    ours, picture = image.decode(_url(path)), theirs.picture
    if picture is None:
        return "a picture of what Pillow does not decode"
    return _different(
        ("format", ours.format, theirs.format),
        ("mode", ours.mode, picture.mode),
        ("size", ours.size, picture.size),
        ("palette", _palette(ours), _palette(picture)),
        ("pixels", ours.tobytes(), picture.tobytes()),
        # Pillow adds to a TIFF's when its pages are counted.
        ("info", {key: ours.info.get(key) for key in picture.info}, picture.info),
        ("frames", frame_count(ours), theirs.count),
    )


def _decode_array(path: Path, theirs: Pillow) -> str | None:
    ours, picture = image.decode_array(_url(path)), theirs.picture
    if picture is None:
        return "an array of what Pillow does not decode"
    if picture.mode[0] not in "IF" and (
        "transparency" in picture.info or picture.mode not in PLAIN
    ):
        colour = "L" if picture.mode in ("1", "L") else "RGB"
        picture = picture.convert(colour + ("A" if picture.has_transparency_data else ""))
    expected = np.asarray(picture)
    return _different(
        ("dtype", ours.dtype, expected.dtype.newbyteorder("=")),
        ("writeable", ours.flags.writeable, True),
        ("pixels", _plain(ours), _plain(expected)),
    )


def _decode_frames(path: Path, theirs: Pillow) -> str | None:
    ours = list(image.decode_frames(_url(path)))
    return _different(
        ("modes", {frame.mode for frame in ours} - {"RGB", "RGBA"}, set()),
        ("frames", [_seen(frame) for frame in ours], [_seen(frame) for frame in theirs.frames]),
    )


def _encode(path: Path, theirs: Pillow) -> str | None:
    url = image.encode(path)
    if theirs.format == "HEIF":
        return _different(("type", url[:15], "data:image/jpeg"))
    if theirs.picture is None:
        # It passed through, for whoever can make something of it.
        return _different(("bytes", data_url.parse(url).data, path.read_bytes()))
    return _different(("pixels", _seen(image.decode(url)), _seen(theirs.picture)))


def _encode_png(path: Path, theirs: Pillow) -> str | None:
    url = image.encode(path, format="png")
    if data_url.parse(url).data == path.read_bytes():
        return None
    if theirs.picture is None:
        return "a PNG of what Pillow does not decode"
    ours = image.decode(url)
    return _different(
        ("pixels", _seen(ours), _seen(theirs.picture)),
        ("is animated", frame_count(ours) > 1, theirs.count > 1),
    )


def _inspect(path: Path, theirs: Pillow) -> str | None:
    found = encoders.inspect(path)
    if theirs.picture is None or found.media_type not in image.MEDIA_TYPES:
        return None
    width, height = theirs.picture.size
    expected = {"width": width, "height": height, "mode": theirs.picture.mode}
    return _different(("details", found.details, {**expected, "frames": theirs.count}))


CHECKS: dict[str, Callable[[Path, Pillow], str | None]] = {
    "decode": _decode,
    "decode_array": _decode_array,
    "decode_frames": _decode_frames,
    "encode": _encode,
    "encode to PNG": _encode_png,
    "inspect": _inspect,
}


def _warnings(path: Path, theirs: Pillow, warned: frozenset[str]) -> str | None:
    """Tell of a warning that is not Pillow's; where warnings are errors, let none escape."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for check in CHECKS.values():
            with suppress(EncodersError):
                check(path, theirs)
    return _different(("warnings", warned - theirs.warned, frozenset()))


def _url(path: Path) -> str:
    return to_data_url(path.read_bytes(), "image/x-unknown")


def _different(*rows: tuple[str, object, object]) -> str | None:
    """Name what of ``(what, ours, expected)`` is not equal."""
    wrong = (row for row in rows if row[1] != row[2])
    return "; ".join(f"{what}: {repr(a)[:60]}, not {repr(b)[:60]}" for what, a, b in wrong) or None


def _seen(picture: Image.Image) -> tuple[Any, ...]:
    """Return what is seen of a picture, in 8-bit RGBA, in a form that can be compared."""
    if picture.mode not in DEEP:
        return _plain(np.asarray(picture.convert("RGBA")))
    deep = np.asarray(picture).astype(int)
    grey, alpha = (deep + 128) // 257, 255 * (deep != picture.info.get("transparency", -1))
    return _plain(np.stack((grey, grey, grey, alpha), -1).astype(np.uint8))


def _palette(picture: Image.Image) -> list[int] | None:
    return picture.getpalette("RGBA") if picture.mode in ("P", "PA") else None


def _plain(array: npt.NDArray[Any]) -> tuple[Any, ...]:
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return array.shape, native.tobytes()


if __name__ == "__main__":
    for each in pictures():
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        print(json.dumps(asdict(look_at(each))), flush=True)
