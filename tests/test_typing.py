"""Type checkers know the options of the top-level functions."""

from __future__ import annotations

import subprocess
import sys
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import pytest

from encoders import audio, codecs, file, image, video
from encoders.codecs import CODECS

pytestmark = pytest.mark.long
RIGHT = """
from pathlib import Path

import numpy as np
from PIL import Image
from typing_extensions import assert_type

import encoders
from encoders import Interface, Limits, audio, image, predict, video

url: str = encoders.encode("photo.jpg", format="jpeg", quality=80, max_size=(640, 480))
url = encoders.encode(Image.new("L", (1, 1)), lossless=True, mode="RGB")
url = encoders.encode(np.zeros((2, 2), np.uint8), compress="small", background=(0, 0, 0))
url = encoders.encode((8000, np.zeros(9)), format="flac", subtype="PCM_24", clip=True)
url = encoders.encode([np.zeros((2, 2, 3), np.uint8)], fps=25, format="webm")
url = encoders.encode(video.decode(url), quality=50)
url = encoders.encode(b"any bytes", keep_name=True, name="a.bin", limits=Limits(max_bytes=None))
assert_type(encoders.decode(url, mode="RGB"), Image.Image)
assert_type(encoders.decode(url, dtype="float32", mono=True)[0], int)
size: int = encoders.inspect(Path("photo.jpg")).size
image.encode(image.decode(url, strict=True), format="png")
audio.encode(audio.decode(url), quality=50)
answer: predict.Response = Interface("http://host").predict("hi")
"""

# With a word of the message.
WRONG = {
    'encoders.encode("photo.jpg", qualty=80)': "qualty",
    "encoders.encode((8000, np.zeros(9)), max_size=3)": "No overload variant",
    'encoders.encode(np.zeros((2, 2)), format="mp3")': "No overload variant",
    "encoders.encode([np.zeros((2, 2, 3), np.uint8)], fsp=25)": "fsp",
    'encoders.decode("data:,", stirct=True)': "stirct",
    'encoders.decode("data:,", mode="RGB", mono=True)': "No overload variant",
    'encoders.inspect("photo.jpg", limit=None)': "limit",
    'image.encode("photo.jpg", qualty=80)': "qualty",
    'encoders.payload("a", componnets=["image"])': "componnets",
}


def mypy(folder: Path, **scripts: str) -> list[str]:
    """Return what mypy says of a user's scripts."""
    for name, script in scripts.items():
        (folder / f"{name}.py").write_text(script)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--hide-error-context",
        *(f"{name}.py" for name in scripts),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_right_script_passes_and_each_wrong_line_fails(tmp_path: Path) -> None:
    lines = "\n".join(WRONG)
    start = "import numpy as np\n\nimport encoders\nfrom encoders import image\n"

    found = mypy(tmp_path, right=RIGHT, wrong=start + lines)

    assert [text for text in found if text.startswith("right.py")] == []
    for number, (line, word) in enumerate(WRONG.items(), start.count("\n") + 1):
        errors = [text for text in found if text.startswith(f"wrong.py:{number}: error")]
        assert any(word in text for text in errors), (line, found)


OPTIONS = [
    (image.encode, codecs._PictureOptions),
    (audio.encode, codecs._SoundOptions),
    (video.encode, codecs._Options),
    (image.decode, codecs._PictureDecodeOptions),
    (audio.decode, codecs._SoundDecodeOptions),
    (video.decode, codecs._DecodeOptions),
    (file.decode, codecs._DecodeOptions),
]
OF_OVERLOADS = {"format", "fps", "audio"}  # stated by the overloads themselves


@pytest.mark.parametrize(("function", "options"), OPTIONS)
def test_the_stated_options_are_those_of_the_codec(function: Any, options: Any) -> None:
    own = {
        name: each.annotation
        for name, each in signature(function).parameters.items()
        if each.kind is Parameter.KEYWORD_ONLY and name not in OF_OVERLOADS
    }
    stated = {
        name: each.__forward_arg__.removeprefix(f"{function.__module__.split('.')[1]}.")
        for name, each in options.__annotations__.items()
    }
    assert stated == own


def test_any_file_may_have_the_options_of_every_codec() -> None:
    stated = codecs._AnyFileOptions.__annotations__.keys() | OF_OVERLOADS
    assert (
        stated
        == {
            name
            for codec in CODECS.values()
            for name, each in signature(codec.encode).parameters.items()
            if each.kind is Parameter.KEYWORD_ONLY
        }
        | OF_OVERLOADS
    )
