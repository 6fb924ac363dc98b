"""Every component in every era, against real servers: inputs arrive, and outputs decode.

By default three versions are tried; with ENCODERS_ALL_ERAS=1, all of `servers.VERSIONS`.

The table in the README is made of the table here: ``python -m tests.interop.test_matrix``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas
import pytest
import soundfile
from PIL import Image

import encoders
from encoders import Interface
from encoders.predict import Component, File, Plot, Table, eras
from encoders.predict.components import COMPONENTS
from encoders.video import Video
from tests.paths import FIXTURES
from tests.pillow import HAS_AVIF

from .servers import RELEASES, Versions, serve

pytestmark = pytest.mark.interop

ANY = Versions()
GRADIO_2, GRADIO_3, GRADIO_4 = (
    Versions("2.0", "3.0"),
    Versions("3.0", "4.0"),
    Versions("4.0", "5.0"),
)
SINCE_3, SINCE_4, SINCE_5, SINCE_6 = map(Versions, ("3.0", "4.0", "5.0", "6.0"))
BEFORE_4 = Versions(end="4.0")
EARLY_3 = Versions("3.1", "3.20")
EARLY_4 = Versions("4.0", "4.20")  # whose components give the function what they were sent
KEEPS_NAMES = Versions("3.30")
EDITS = Versions("4.4")
PROBES = Versions("4.0", "4.12")
TELLS_ROLES = Versions("4.38")
TELLS_TIMES = Versions("4.40")
QUICK = ("2.9.4", "4.0.2", "6.31.0")
TESTED = ANY.tried() if os.environ.get("ENCODERS_ALL_ERAS") == "1" else QUICK

PNG = FIXTURES / "image" / "small.png"
RGBA = FIXTURES / "image" / "rgba.png"
EXIF = FIXTURES / "image" / "exif6.jpg"
WAV = FIXTURES / "audio" / "stereo.wav"
MP4 = FIXTURES / "video" / "clip.mp4"
PDF = FIXTURES / "file" / "report.pdf"
CSV = FIXTURES / "file" / "table.csv"
GLB = FIXTURES / "file" / "cube.glb"
VTT = FIXTURES / "file" / "subtitles.vtt"

Check = Callable[[Any], None]


@dataclass(frozen=True)
class Case:
    """One value on its way to a server and back.

    Attributes:
        component: whose row in the table this is.
        endpoint: which of the server's takes it.
        value: what is sent.
        seen: checks the server's report of the value; None where it does not report it.
        back: checks what comes back, decoded; None where nothing does.
        versions: which have it.
        options: of the call.
        app: which of the version's apps has the endpoint.
    """

    component: str
    endpoint: str
    value: Any
    seen: Check | None
    back: Check | None
    versions: Versions = ANY
    options: dict[str, Any] = field(default_factory=dict)
    app: str = "blocks"

    @property
    def label(self) -> str:
        ways = "-".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.endpoint}{'-' if ways else ''}{ways}-{type(self.value).__name__}"


def echo(
    component: str, endpoint: str, value: Any, expected: Any, versions: Versions = ANY
) -> Case:
    """A value that the server sees and gives back as it is."""
    return Case(component, endpoint, value, equals(expected), equals(expected), versions)


def equals(expected: Any) -> Check:
    def check(found: Any) -> None:
        assert found == expected

    return check


def has_items(**expected: Any) -> Check:
    """Check some keys of an object."""

    def check(found: Any) -> None:
        assert {key: found.get(key) for key in expected} == expected

    return check


def each(*checks: Check) -> Check:
    def check(found: Any) -> None:
        assert len(found) == len(checks)
        for one, item in zip(checks, found, strict=True):
            one(item)

    return check


def array(pixels: npt.NDArray[Any]) -> Check:
    data = np.ascontiguousarray(pixels).tobytes()
    return equals(
        {
            "shape": list(pixels.shape),
            "dtype": str(pixels.dtype),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    )


def picture(image: Image.Image) -> Check:
    return equals(
        {
            "size": list(image.size),
            "mode": image.mode,
            "sha256": hashlib.sha256(image.tobytes()).hexdigest(),
        }
    )


def file(path: Path) -> Check:
    data = path.read_bytes()
    return has_items(size=len(data), sha256=hashlib.sha256(data).hexdigest())


def named(path: Path) -> Check:
    def check(found: Any) -> None:
        file(path)(found)
        assert found["name"] == path.name

    return check


def shows(expected: Image.Image, most: float = 0.0) -> Check:
    """Check a decoded picture, of which a lossy format may change a pixel by ``most``."""

    def check(found: Any) -> None:
        assert isinstance(found, Image.Image)
        for one, other in zip(_seen(found), _seen(expected), strict=True):
            assert one.shape == other.shape
            assert np.abs(one.astype(int) - other.astype(int)).mean() <= most

    return check


def _seen(image: Image.Image) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return a picture on white, and its alpha: colours under transparent pixels do not count."""
    front = image.convert("RGBA")
    back = Image.new("RGBA", front.size, "white")
    return np.asarray(Image.alpha_composite(back, front)), np.asarray(front)[..., 3]


def sounds(rate: int, samples: npt.NDArray[Any]) -> Check:
    def check(found: Any) -> None:
        assert found[0] == rate
        assert found[1].dtype == np.int16
        assert np.array_equal(found[1], samples)

    return check


def plays(path: Path) -> Check:
    def check(found: Any) -> None:
        assert isinstance(found, Video)
        assert found.data == path.read_bytes()

    return check


def holds_file(path: Path) -> Check:
    def check(found: Any) -> None:
        assert isinstance(found, File)
        assert found.data == path.read_bytes()

    return check


def table(headers: list[str] | None, rows: list[list[Any]]) -> Check:
    def check(found: Any) -> None:
        assert isinstance(found, Table)
        assert headers is None or found.headers == headers
        assert found.rows == rows

    return check


def draws(type: str) -> Check:
    def check(found: Any) -> None:
        assert isinstance(found, Plot)
        assert found.type == type
        assert isinstance(found.figure, dict)

    return check


def rgb(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def on_white(path: Path) -> Image.Image:
    """What is seen of a picture before white paper."""
    with Image.open(path) as image:
        front = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", front.size, "white"), front).convert("RGB")


def upright(path: Path) -> Image.Image:
    url = encoders.image.encode(path, format="png", mode="RGB")
    return encoders.image.decode(url)


def equals_parts(**checks: Check) -> Check:
    """Check every key of an object."""

    def check(found: Any) -> None:
        assert set(found) == set(checks)
        for name, one in checks.items():
            one(found[name])

    return check


def file_report(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"name": path.name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def file_bytes(path: Path) -> Check:
    data = path.read_bytes()
    return equals({"size": len(data), "sha256": hashlib.sha256(data).hexdigest()})


def is_picture(found: Any) -> None:
    assert isinstance(found, Image.Image)


def rows_of_pictures(found: Any) -> None:
    (first, text), (second, more) = found
    shows(PIXELS)(first)
    shows(PIXELS)(second)
    assert (text, more) == (TEXT, "more")


PIXELS = rgb(PNG)
TEXT = "Grüße \"x\" 'y' \\ 日本"
ANOTHER = ("another question", "another answer")
TEXT_TO = "text to "  # an output of Gradio 2.9.4's app that is made of its text
IN_HTML = "<p><strong>x</strong></p>\n"
CHAT_IN_HTML = ("<p>a question</p>\n", "<p>an answer</p>\n")
IN_BODY = {"upload": False}
NATIVE = ("lineplot", "barplot", "scatterplot")
POINTS = [[1.0, 1.0], [2.0, 4.0], [3.0, 9.0]]
EDITED = {"background": PNG, "layers": [RGBA], "composite": PNG}
NOISE = np.random.default_rng(0).integers(0, 256, (31, 17, 3), np.uint8)
RATE = 44100
SAMPLES, _ = soundfile.read(WAV, dtype="int16")
FLOATS = (SAMPLES / 2**15).astype(np.float32)
MOMENT = datetime(2026, 1, 31, 12, 30, 15)
HEADERS, ROWS = ["a", "b"], [[1, 2.5], [3, 4.5]]
CONFIDENCES = {"cat": 0.75, "dog": 0.25}
PIECES = [("Paris", "place"), (" is far", None), ("!", 0.5)]

# Gradio 4 to 6 write arrays as lossy WebP.
LOSSY = 6.0
SECONDS = 30  # for a call

GRAY = FIXTURES / "image" / "gray.png"
PALETTE = FIXTURES / "image" / "palette.png"
DEEP = FIXTURES / "image" / "gray16.png"
GIF = FIXTURES / "image" / "small.gif"
AVIF = FIXTURES / "image" / "small.avif"
MASK = Image.new("L", PIXELS.size, 255)
CHAT = [("a question", "an answer"), (None, "more")]
MESSAGES = [
    {"role": "user", "content": "a question"},
    {"role": "assistant", "content": "an answer"},
]
HI = {"role": "user", "content": "hi"}


def seen_as_rgb(path: Path) -> Check:
    return array(np.asarray(rgb(path)))


def turned_before(path: Path) -> npt.NDArray[np.uint8]:
    """Return the pixels of the JPEG that is sent where the server ignores EXIF."""
    made = encoders.payload(path, components=["image"], era="2")
    return np.asarray(encoders.image.decode(made["data"][0]))


def almost(expected: Image.Image) -> Check:
    return shows(expected, LOSSY)


def exactly(*expected: Any) -> Check:
    return each(*map(equals, expected))


def pair(first: Check, second: Check) -> Check:
    return each(first, second)


def key(name: str, check: Check) -> Check:
    return lambda found: check(found[name])


def anything(found: Any) -> None:
    assert found is not None


def text_file(found: Any) -> None:
    assert isinstance(found, File)
    assert found.media_type == "text/vtt"


def annotated(found: Any) -> None:
    base, annotations = found
    almost(PIXELS)(base)
    (mask, label), (box, other) = annotations
    assert (label, other) == ("half", "box")
    assert mask.size == box.size == PIXELS.size
    alpha = np.asarray(mask)[..., 3]
    assert alpha[:, : PIXELS.width // 2].all() and not alpha[:, PIXELS.width // 2 :].any()


def masks_all(found: Any) -> None:
    base, ((mask, label),) = found
    shows(PIXELS)(base)
    assert (mask.size, label) == (PIXELS.size, "all")


def layers(found: Any) -> None:
    for name in ("background", "composite"):
        almost(PIXELS)(found[name])
    (layer,) = found["layers"]
    assert layer.mode == "RGBA"
    almost(Image.open(RGBA))(layer)


def opaque_layers(found: Any) -> None:
    pixels = np.asarray(PIXELS.convert("RGBA"))
    for name in ("background", "composite"):
        array(pixels)(found[name])
    array(np.asarray(Image.open(RGBA)))(found["layers"][0])


def message_with(path: Path) -> Check:
    def check(found: Any) -> None:
        hi, answer = found
        assert hi == HI
        file, alt = answer["content"]
        assert (file.data, file.name, alt) == (path.read_bytes(), path.name, "alt")

    return check


def media_messages(found: Any) -> None:
    first, second = found
    assert first == {"role": "user", "content": "a question"}
    file, alt = second["content"]
    assert (file.data, alt) == (PDF.read_bytes(), "alt text")


def media_pairs(found: Any) -> None:
    first, ((file, alt), nothing) = found
    assert first == ("a question", "an answer")
    assert (file.data, alt, nothing) == (PDF.read_bytes(), "alt text", None)


SAME_CHAT = exactly(*CHAT)
CASES = [
    echo("textbox", "textbox", TEXT, TEXT),
    Case("number", "number", 2.5, equals(2.5), equals(2.5)),
    Case("number", "number", np.float32(0.5), equals(0.5), equals(0.5)),
    Case("slider", "slider", 42, equals(42), equals(42), SINCE_3),
    Case("slider", "slider", 42, equals(42), None, GRADIO_2),
    Case("checkbox", "checkbox", True, equals(True), equals(True), SINCE_3),
    Case("checkbox", "checkbox", np.bool_(True), equals(True), None, GRADIO_2),
    echo("checkboxgroup", "checkboxgroup", ["a", "c"], ["a", "c"], SINCE_3),
    Case("checkboxgroup", "checkboxgroup", ["a", "c"], equals(["a", "c"]), None, GRADIO_2),
    Case("radio", "radio", "b", equals("b"), equals("b"), SINCE_3),
    Case("radio", "radio", "b", equals("b"), None, GRADIO_2),
    Case("dropdown", "dropdown", "c", equals("c"), equals("c"), SINCE_3),
    Case("dropdown", "dropdown", "c", equals("c"), None, GRADIO_2),
    echo("dropdown", "dropdown_multi", ["a", "b"], ["a", "b"], Versions("3.9")),
    echo("json", "json", {"a": [1, None]}, {"a": [1, None]}, SINCE_3),
    echo("html", "html", "<b>x</b>", "<b>x</b>", SINCE_3),
    echo("markdown", "markdown", "**x**", "**x**", Versions("3.30")),
    Case(
        "markdown", "markdown", "**x**", equals("**x**"), equals(IN_HTML), Versions("3.0", "3.30")
    ),
    echo("code", "code", "x = 1", "x = 1", Versions("3.20")),
    echo("colorpicker", "colorpicker", (255, 136, 0), "#ff8800", Versions("3.1")),
    Case("datetime", "datetime_string", MOMENT, equals(str(MOMENT)), equals(MOMENT), TELLS_TIMES),
    Case(
        "datetime",
        "datetime_datetime",
        MOMENT,
        equals(MOMENT.isoformat()),
        equals(MOMENT),
        TELLS_TIMES,
    ),
    # What text makes, in the era of one endpoint.
    *[
        Case(component, f"{TEXT_TO}{endpoint}", "cat", None, back, GRADIO_2)
        for component, endpoint, back in (
            ("label", "label", equals("cat")),
            ("label", "label_confidences", equals({"cat": 0.75})),
            ("keyvalues", "keyvalues", equals([("text", "cat"), ("length", 3)])),
            (
                "highlightedtext",
                "highlightedtext",
                equals([("cat", "NOUN"), (" and ", None), ("more", 0.5)]),
            ),
            ("json", "json", equals({"text": "cat", "list": [1, 2.5, None, True]})),
            ("json", "json_text", equals("cat")),
            ("html", "html", equals("<b>cat</b>")),
            ("carousel", "carousel", equals([["cat"], ["more"]])),
            ("chatbot", "chatbot", exactly(("cat", "an answer"), ANOTHER)),
        )
    ],
    *[
        Case("plot", f"{TEXT_TO}plot_{kind}", "cat", None, back, Versions("2.9", "3.0"))
        for kind, back in (
            ("matplotlib", anything),
            ("plotly", draws("plotly")),
            ("bokeh", draws("bokeh")),
        )
    ],
    # Pictures.
    Case("image", "image", PNG, seen_as_rgb(PNG), almost(PIXELS)),
    Case("image", "image", NOISE, array(NOISE), None),
    Case("image", "image", PIXELS, array(np.asarray(PIXELS)), almost(PIXELS)),
    Case("image", "image", RGBA, array(np.asarray(on_white(RGBA))), almost(on_white(RGBA))),
    *[
        Case(
            "image",
            "image",
            EXIF,
            array(np.asarray(upright(EXIF))),
            almost(upright(EXIF)),
            versions,
        )
        for versions in (Versions("3.20", "4.0"), Versions("4.9"))
    ],
    *[
        Case("image", "image", EXIF, array(turned_before(EXIF)), almost(upright(EXIF)), versions)
        for versions in (Versions(end="3.20"), Versions("4.0", "4.9"))
    ],
    Case("image", "image", GRAY, seen_as_rgb(GRAY), None),
    Case("image", "image", PALETTE, seen_as_rgb(PALETTE), None),
    Case("image", "image", GIF, seen_as_rgb(GIF), None),
    Case("image", "image", DEEP, array(np.asarray(upright(DEEP))), None),
    *(
        [Case("image", "image", AVIF, array(np.asarray(upright(AVIF))), None, ANY)]
        if HAS_AVIF
        else []
    ),
    Case("image", "image_pil", PNG, picture(PIXELS), almost(PIXELS)),
    Case("image", "image_rgba", RGBA, picture(Image.open(RGBA)), almost(Image.open(RGBA))),
    Case("image", "image_filepath", PNG, anything, shows(PIXELS), GRADIO_4),
    Case("image", "image_filepath", PNG, named(PNG), shows(PIXELS), SINCE_5),
    *[
        Case("image", "image", path, array(np.asarray(upright(path))), None, SINCE_5, IN_BODY)
        for path in (PNG, RGBA, EXIF, GRAY, PALETTE, GIF, DEEP)
    ],
    Case("image", "image", NOISE, array(NOISE), None, SINCE_5, IN_BODY),
    Case(
        "image",
        "sketch",
        {"image": PNG, "mask": MASK},
        equals_parts(image=array(np.asarray(PIXELS)), mask=array(np.asarray(MASK))),
        shows(PIXELS),
        Versions("3.1", "4.0"),
    ),
    Case("imageeditor", "imageeditor", EDITED, opaque_layers, layers, EDITS),
    Case("imageeditor", "imagemask", PNG, anything, key("composite", almost(PIXELS)), EDITS),
    Case(
        "imageslider",
        "imageslider",
        (PNG, NOISE),
        each(seen_as_rgb(PNG), array(NOISE)),
        pair(almost(PIXELS), anything),
        Versions("5.20"),
    ),
    Case("annotatedimage", "annotatedimage", PNG, seen_as_rgb(PNG), annotated, Versions("3.30")),
    Case(
        "annotatedimage",
        "annotatedimage",
        PNG,
        seen_as_rgb(PNG),
        annotated,
        Versions("3.20", "3.30"),
        app="annotated",
    ),
    Case(
        "annotatedimage",
        "annotatedimage_in",
        (PNG, [(np.ones((180, 240)), "all")]),
        pair(named(PNG), each(pair(anything, equals("all")))),
        masks_all,
        Versions("4.20"),
    ),
    Case(
        "annotatedimage",
        "annotatedimage_in",
        (PNG, [(np.ones((180, 240)), "all")]),
        equals_parts(image=named(PNG), annotations=each(key("label", equals("all")))),
        masks_all,
        EARLY_4,
    ),
    Case(
        "gallery",
        "gallery_out",
        PNG,
        seen_as_rgb(PNG),
        pair(almost(PIXELS), pair(almost(PIXELS), equals("Grüße"))),
        Versions("3.1"),
    ),
    Case(
        "gallery",
        "gallery_out",
        PNG,
        seen_as_rgb(PNG),
        each(almost(PIXELS)),
        Versions("3.0", "3.1"),
    ),
    Case(
        "gallery",
        "gallery",
        [PNG, (PALETTE, "cap")],
        each(pair(seen_as_rgb(PNG), equals(None)), pair(seen_as_rgb(PALETTE), equals("cap"))),
        pair(almost(PIXELS), pair(almost(rgb(PALETTE)), equals("cap"))),
        Versions("4.20"),
    ),
    Case(
        "gallery",
        "gallery",
        [PNG, (PALETTE, "cap")],
        each(
            equals_parts(image=named(PNG), caption=equals(None)),
            equals_parts(image=has_items(name=PALETTE.name), caption=equals("cap")),
        ),
        pair(shows(PIXELS), pair(shows(rgb(PALETTE)), equals("cap"))),
        EARLY_4,
    ),
    Case(
        "gallery",
        "gallery_mixed",
        [MP4, PNG],
        each(named(MP4), named(PNG)),
        each(pair(plays(MP4), equals(MP4.name)), pair(shows(PIXELS), equals(PNG.name))),
        SINCE_5,
    ),
    Case("carousel", "carousel_rows", (TEXT, PNG), None, rows_of_pictures, GRADIO_2),
    Case("carousel", "carousel", "x", anything, equals([["one"], ["two"]]), Versions("3.0", "3.1")),
    # Sound, video, files.
    Case("audio", "audio", WAV, each(equals(RATE), array(SAMPLES)), sounds(RATE, SAMPLES)),
    Case(
        "audio", "audio", (RATE, FLOATS), each(equals(RATE), array(SAMPLES)), sounds(RATE, SAMPLES)
    ),
    Case(
        "audio",
        "audio",
        {"audio": WAV, "crop_min": 0, "crop_max": 50},
        each(equals(RATE), array(SAMPLES[: len(SAMPLES) // 2])),
        sounds(RATE, SAMPLES[: len(SAMPLES) // 2]),
        BEFORE_4,
    ),
    Case("audio", "audio_filepath", WAV, named(WAV), sounds(RATE, SAMPLES), SINCE_5),
    Case("video", "video", MP4, file(MP4), plays(MP4)),
    Case(
        "video",
        "video_subtitles",
        MP4,
        named(MP4),
        pair(plays(MP4), text_file),
        Versions("3.20", "6.0"),
    ),
    Case("video", "video", (MP4, VTT), named(MP4), plays(MP4), Versions("3.20", "6.0")),
    Case("video", "video_subtitles", MP4, named(MP4), plays(MP4), SINCE_6),
    Case("file", "file", PDF, file(PDF), holds_file(PDF)),
    Case("file", "file", PDF, named(PDF), holds_file(PDF), KEEPS_NAMES),
    Case(
        "file", "file", PDF, named(PDF), holds_file(PDF), Versions("3.30", "4.0"), {"upload": True}
    ),
    Case("file", "file_binary", PDF, file_bytes(PDF), holds_file(PDF)),
    Case(
        "file",
        "file_multiple",
        [PDF, CSV],
        each(named(PDF), named(CSV)),
        each(holds_file(PDF), holds_file(CSV)),
        KEEPS_NAMES,
    ),
    Case(
        "file",
        "file_multiple",
        [PDF, CSV],
        each(file(PDF), file(CSV)),
        each(holds_file(PDF), holds_file(CSV)),
        Versions("3.0", "3.30"),
    ),
    Case("file", "file_multiple", [PDF, CSV], each(file(PDF), file(CSV)), None, GRADIO_2),
    Case("uploadbutton", "uploadbutton", PDF, file(PDF), holds_file(PDF), Versions("3.9", "3.30")),
    Case("uploadbutton", "uploadbutton", PDF, named(PDF), holds_file(PDF), KEEPS_NAMES),
    Case(
        "uploadbutton",
        "uploadbutton_multiple",
        [PDF, CSV],
        each(named(PDF), named(CSV)),
        each(holds_file(PDF), holds_file(CSV)),
        KEEPS_NAMES,
    ),
    Case("downloadbutton", "downloadbutton", PDF, named(PDF), holds_file(PDF), Versions("4.20")),
    Case("model3d", "model3d", GLB, named(GLB), holds_file(GLB), KEEPS_NAMES),
    Case("model3d", "model3d", GLB, file(GLB), holds_file(GLB), Versions("3.0", "3.30")),
    Case("model3d", "image3d", GLB, file(GLB), holds_file(GLB), Versions("2.9", "3.0")),
    *[
        Case(
            "fileexplorer",
            "fileexplorer",
            [["a.txt"]],
            anything,
            equals([["a.txt"]]),
            versions,
        )
        for versions in (Versions("3.42", "4.0"), Versions("4.12"))
    ],
    Case(
        "fileexplorer",
        "fileexplorer_out",
        "x",
        anything,
        equals([["a.txt"]]),
        Versions("4.0", "4.12"),
    ),
    # Tables.
    *[
        Case(
            "dataframe",
            "dataframe",
            value,
            equals({"columns": names, "rows": ROWS}),
            table([str(name) for name in names], ROWS),
            versions,
        )
        for value in (pandas.DataFrame(ROWS, columns=HEADERS), (HEADERS, ROWS))
        for names, versions in (
            ([0, 1], Versions("3.0", "3.0.25")),  # which takes rows alone
            (HEADERS, Versions("3.0.25")),
        )
    ],
    Case("dataframe", "dataframe_array", ROWS, equals(ROWS), table(None, ROWS)),
    Case("dataframe", "dataframe_numpy", np.array(ROWS), array(np.array(ROWS)), table(None, ROWS)),
    Case(
        "timeseries",
        "timeseries",
        (HEADERS, ROWS),
        equals({"columns": HEADERS, "rows": ROWS}),
        table(HEADERS, ROWS),
        BEFORE_4,
    ),
    # Labels and plots.
    echo("label", "label", CONFIDENCES, CONFIDENCES, SINCE_3),
    Case("label", "label_out", CONFIDENCES, anything, equals(CONFIDENCES), SINCE_3),
    Case("highlightedtext", "highlightedtext", PIECES, anything, equals(PIECES), SINCE_3),
    *[
        Case("plot", f"plot_{kind}", "x", anything, draws(kind), SINCE_3)
        for kind in ("plotly", "bokeh")
    ],
    Case("plot", "plot_altair", "x", anything, draws("altair"), Versions("3.1")),
    Case("plot", "plot_altair", "x", anything, draws("plotly"), Versions("3.0", "3.1")),
    Case("plot", "plot_matplotlib", "x", anything, is_picture, SINCE_3),
    Case("plot", "plot_in", PNG, key("type", equals("matplotlib")), None, EARLY_4),
    Case(
        "plot", "plot_in", PNG, key("type", equals("matplotlib")), shows(PIXELS), Versions("4.20")
    ),
    *[
        Case("nativeplot", kind, "x", anything, draws("altair"), Versions("3.20", "4.42"))
        for kind in NATIVE
    ],
    *[
        Case("nativeplot", kind, "x", anything, draws("altair"), Versions("3.14", "3.20"))
        for kind in ("lineplot", "scatterplot")
    ],
    *[
        Case("nativeplot", kind, "x", anything, table(["x", "y"], POINTS), Versions("4.42"))
        for kind in NATIVE
    ],
    # Conversations.
    *[
        Case("chatbot", "chatbot", CHAT, equals([list(turn) for turn in CHAT]), SAME_CHAT, versions)
        for versions in (Versions("3.0", "3.1"), Versions("3.20", "4.38"))
    ],
    Case("chatbot", "chatbot", CHAT[:1], equals([list(CHAT[0])]), exactly(CHAT_IN_HTML), EARLY_3),
    Case("chatbot", "chatbot", MESSAGES, anything, exactly(CHAT[0]), Versions("3.20", "4.38")),
    Case("chatbot", "chatbot_media", PDF, file(PDF), media_pairs, Versions("3.20", "4.38")),
    Case("chatbot", "chatbot_tuples", CHAT, anything, SAME_CHAT, Versions("4.38", "6.0")),
    Case("chatbot", "chatbot_media_tuples", PDF, named(PDF), media_pairs, Versions("4.38", "6.0")),
    Case("chatbot", "chatbot_messages", MESSAGES, anything, exactly(*MESSAGES), TELLS_ROLES),
    Case(
        "chatbot",
        "chatbot_messages",
        [HI, {"role": "assistant", "content": (PNG, "alt")}],
        anything,
        message_with(PNG),
        TELLS_ROLES,
    ),
    Case("chatbot", "chatbot_media", PDF, named(PDF), media_messages, TELLS_ROLES),
    Case(
        "chatbot",
        "chatbot",
        [(None, (PNG, "alt"))],
        equals([[None, [file_report(PNG), "alt"]]]),
        each(pair(equals(None), pair(holds_file(PNG), equals("alt")))),
        Versions("3.20", "4.38"),
    ),
    Case(
        "multimodaltextbox",
        "multimodaltextbox",
        {"text": "hi", "files": [PNG, PDF]},
        equals_parts(text=equals("hi"), files=each(named(PNG), named(PDF))),
        equals_parts(text=equals("hi"), files=each(holds_file(PNG), holds_file(PDF))),
        Versions("4.20"),
    ),
    Case(
        "multimodaltextbox",
        "multimodaltextbox_single",
        {"text": "hi", "files": [PDF]},
        equals_parts(text=equals("hi"), files=each(named(PDF))),
        equals_parts(text=equals("hi"), files=each(holds_file(PDF))),
        Versions("4.20"),
    ),
    Case(
        "multimodaltextbox",
        "multimodaltextbox_single",
        "hi",
        equals({"text": "hi", "files": []}),
        equals({"text": "hi", "files": []}),
        Versions("4.20"),
    ),
    Case("dialogue", "dialogue_text", "A: x", equals("A: x"), equals("A: x"), Versions("5.40")),
]


class Apps:
    """The servers' interfaces, each started when it is first asked for."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self._apps: dict[tuple[str, str], Interface] = {}

    def __enter__(self) -> Apps:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def __getitem__(self, version: str) -> Interface:
        return self.find(version, "all" if version in GRADIO_2 else "blocks")

    def find(self, version: str, app: str) -> Interface:
        if (version, app) not in self._apps:
            server = self._running.enter_context(serve(version, app))
            self._apps[version, app] = self._running.enter_context(
                Interface(server.url, timeout=SECONDS)
            )
        return self._apps[version, app]


@pytest.fixture(scope="module")
def apps() -> Iterator[Apps]:
    with Apps() as apps:
        yield apps


def call(apps: Apps, version: str, case: Case) -> tuple[Any, Any]:
    """Return what came back, and what the server reports of what it got."""
    if version in GRADIO_2:
        return _call_all(apps[version], case)
    app = apps.find(version, case.app)
    answer = app.predict(case.value, api_name=case.endpoint, fetch=True, **case.options)
    return answer.data[0], answer.data[-1]


def _call_all(app: Interface, case: Case) -> tuple[Any, Any]:
    """Call the one endpoint of Gradio 2.9.4's app with nothing but the case's value."""
    wanted = case.endpoint.removeprefix(TEXT_TO)
    values: dict[str, Any] = {wanted: case.value}
    if case.endpoint.startswith(TEXT_TO):
        values = {"textbox": case.value}
    elif case.component == "carousel":
        values = dict(zip(("textbox", "image"), case.value, strict=True))
    endpoint = app.endpoint()
    given = [values.get(known.label) for known in endpoint.visible_inputs]
    answer = app.predict(*given)
    labels = [known.label for known in endpoint.outputs]
    back = answer.data[labels.index(wanted)] if wanted in labels else None
    return back, answer.data[-1].get(wanted)


PAIRS = [(version, case) for case in CASES for version in TESTED if version in case.versions]


@pytest.mark.parametrize(("version", "case"), PAIRS, ids=[f"{v}-{c.label}" for v, c in PAIRS])
def test_value_arrives_and_comes_back(apps: Apps, version: str, case: Case) -> None:
    if case.component == "video" and version in PROBES and shutil.which("ffprobe") is None:
        pytest.skip(f"the server of Gradio {version} runs ffprobe for a video")
    back, report = call(apps, version, case)

    if case.seen:
        case.seen(report)
    if case.back:
        case.back(back)


@pytest.mark.parametrize("version", TESTED)
def test_none_is_a_value_everywhere(apps: Apps, version: str) -> None:
    app = apps[version]
    for endpoint in app.endpoints:
        if endpoint.name in ("/fail", "/crash", "/slow", "/big"):
            continue
        nothing = [None] * len(endpoint.visible_inputs)
        answer = app.predict(*nothing, api_name=endpoint.name, fetch=True)
        assert len(answer.data[:]) == len(endpoint.outputs), endpoint.name


@pytest.mark.parametrize("version", TESTED)
def test_none_leaves_a_slider_where_it_starts(apps: Apps, version: str) -> None:
    case = Case("slider", "slider_start", None, None, None)
    assert call(apps, version, case)[1] == 42


@pytest.mark.parametrize("version", TESTED)
def test_none_comes_back_as_none(apps: Apps, version: str) -> None:
    if version in GRADIO_2:
        answer = apps[version].predict(*[None] * len(apps[version].endpoint().visible_inputs))
        assert answer["image"] is answer["audio"] is answer["video"] is None
        return
    assert apps[version].predict("x", api_name="none_out").data[:] == [None] * 4


@pytest.mark.parametrize("version", TESTED)
def test_state_stays_on_the_server_from_call_to_call(apps: Apps, version: str) -> None:
    counts = []
    for _ in range(3):
        if version in GRADIO_2:
            count = apps[version].endpoint().visible_inputs
            report = apps[version].predict(*[None] * len(count))["report"]
            counts.append(report["state"])
        else:
            counts.append(apps[version].predict("x", api_name="state").data[-1])
    assert [count - counts[0] for count in counts] == [0, 1, 2]


# Components that carry no value of their own, or none that a client sees.
WITHOUT_CASES = {"button", "state"}


@pytest.mark.parametrize("component", sorted(set(COMPONENTS) - WITHOUT_CASES))
def test_every_component_is_tried_on_every_version_that_has_it(component: str) -> None:
    cases = [case for case in CASES if case.component == component]
    tried = [one for one in ANY.tried() if any(one in case.versions for case in cases)]

    assert tried == [
        one for one in ANY.tried() if Component(component).exists_in(eras.version(one))
    ]


def matrix() -> str:
    """The table for the README, in Markdown."""
    lines = [
        "| component | 2.9.4 | 3.50.2 | 4.44.1 | 5.49.1 | 6.31.0 |",
        "|---|---|---|---|---|---|",
    ]
    for component in COMPONENTS:
        if component not in WITHOUT_CASES:
            marks = " | ".join(_mark(component, one.version) for one in RELEASES.values())
            lines.append(f"| {component} | {marks} |")
    return "\n".join(lines)


def _mark(component: str, version: str) -> str:
    cases = [case for case in CASES if case.component == component and version in case.versions]
    if not cases:
        return "–"
    goes_in = any(_goes_in(case) for case in cases)
    comes_out = any(case.back for case in cases)
    return " ".join(word for word, true in (("in", goes_in), ("out", comes_out)) if true)


def _goes_in(case: Case) -> bool:
    """Whether a case sends a value of the component itself, and not text that makes one."""
    made = case.endpoint.startswith(TEXT_TO) or case.component == "carousel"
    shown = case.endpoint in (*NATIVE, "gallery_out", "label_out", "annotatedimage")
    drawn = case.component == "plot" and case.endpoint != "plot_in"
    written = case.component == "chatbot" and "media" in case.endpoint
    return case.seen is not None and not (made or shown or drawn or written)


def test_readme_has_the_table() -> None:
    assert matrix() in (FIXTURES.parent / "README.md").read_text()


if __name__ == "__main__":
    print(matrix())
