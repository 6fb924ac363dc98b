"""Every component in every era, with real servers: inputs are received, and outputs decode.

By default the tests run on three versions; with ENCODERS_ALL_ERAS=1, on all of `servers.VERSIONS`.

``python -m tests.interop.test_matrix`` prints the README's table of components, made from `CASES`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
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
from encoders.predict import Component, eras
from encoders.predict.components import COMPONENTS
from encoders.predict.endpoints import Endpoint
from tests.paths import FIXTURES
from tests.pillow import HAS_AVIF

from .checks import (
    Check,
    each,
    each_equals,
    each_value,
    equals,
    includes,
    is_any_picture,
    is_file,
    is_like,
    is_not_none,
    is_picture,
    is_plot,
    is_sound,
    is_subtitles,
    is_table,
    is_video,
    on_white,
    reports_array,
    reports_content,
    reports_file,
    reports_picture,
    reports_pixels,
    reports_rgb,
    rgb,
    upright,
    value_of,
)
from .reports import bytes_report, file_report
from .servers import RELEASES, Versions, serve

pytestmark = pytest.mark.interop

# Ranges of versions, some named for what the versions in them do.
ANY = Versions()
GRADIO_2, GRADIO_4 = Versions("2.0", "3.0"), Versions("4.0", "5.0")
SINCE_3, SINCE_5, SINCE_6 = map(Versions, ("3.0", "5.0", "6.0"))
BEFORE_4 = Versions(end="4.0")
EARLY_3 = Versions("3.1", "3.20")
EARLY_4 = Versions("4.0", "4.20")  # pass the function the JSON of some components
KEEP_FILE_NAMES = Versions("3.30")
HAVE_IMAGE_EDITOR = Versions("4.4")
RUN_FFPROBE = Versions("4.0", "4.12")
HAVE_CHAT_MESSAGES = Versions("4.38")
HAVE_DATETIME = Versions("4.40")
DEFAULT_VERSIONS = ("2.9.4", "4.0.2", "6.31.0")
TESTED = ANY.installable() if os.environ.get("ENCODERS_ALL_ERAS") == "1" else DEFAULT_VERSIONS
CALL_SECONDS = 30
FROM_TEXT = "from text to "  # marks the outputs that the app of Gradio 2 makes from its text
NO_UPLOAD = {"upload": False}
NATIVE_PLOTS = ("lineplot", "barplot", "scatterplot")

PNG = FIXTURES / "image" / "small.png"
RGBA = FIXTURES / "image" / "rgba.png"
EXIF = FIXTURES / "image" / "exif6.jpg"
GRAY = FIXTURES / "image" / "gray.png"
PALETTE = FIXTURES / "image" / "palette.png"
DEEP = FIXTURES / "image" / "gray16.png"
GIF = FIXTURES / "image" / "small.gif"
AVIF = FIXTURES / "image" / "small.avif"
WAV = FIXTURES / "audio" / "stereo.wav"
MP4 = FIXTURES / "video" / "clip.mp4"
PDF = FIXTURES / "file" / "report.pdf"
CSV = FIXTURES / "file" / "table.csv"
GLB = FIXTURES / "file" / "cube.glb"
VTT = FIXTURES / "file" / "subtitles.vtt"

PIXELS = rgb(PNG)
TEXT = "Grüße \"x\" 'y' \\ 日本"
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
MASK = Image.new("L", PIXELS.size, 255)
CHAT = [("a question", "an answer"), (None, "more")]
MESSAGES = [
    {"role": "user", "content": "a question"},
    {"role": "assistant", "content": "an answer"},
]
HI = {"role": "user", "content": "hi"}


@dataclass(frozen=True)
class Case:
    """A value that is sent to a server and returned by it.

    Attributes:
        endpoint: the endpoint's name.
        value: the value to send.
        received: checks the server's report on the value; None if there is no report.
        returned: checks the decoded answer; None if the value is not returned.
        versions: the versions that the case is for.
        options: options of the call.
        app: the app that has the endpoint.
        component: the component's name in the README's table; by default that of the endpoint, up
            to its first underscore.
    """

    endpoint: str
    value: Any
    received: Check | None
    returned: Check | None
    versions: Versions = ANY
    options: dict[str, Any] = field(default_factory=dict)
    app: str = "blocks"
    component: str = ""

    def __post_init__(self) -> None:
        if not self.component:
            component, *_ = self.endpoint.removeprefix(FROM_TEXT).split("_")
            object.__setattr__(self, "component", component)

    @property
    def label(self) -> str:
        options = [f"{key}={value}" for key, value in self.options.items()]
        return "-".join((self.endpoint, *options, type(self.value).__name__))


def echo(endpoint: str, value: Any, expected: Any, versions: Versions = ANY) -> Case:
    """Return the case of a value that the server receives and returns unchanged."""
    return Case(endpoint, value, equals(expected), equals(expected), versions)


def turned_before_sending(path: Path) -> npt.NDArray[np.uint8]:
    """Return the pixels of the JPEG that is sent to servers that ignore the EXIF orientation."""
    payload = encoders.payload(path, components=["image"], era="2")
    return np.asarray(encoders.image.decode(payload["data"][0]))


def is_annotated_picture(found: Any) -> None:
    base, annotations = found
    is_like(PIXELS)(base)
    (mask, label), (box, other) = annotations
    assert (label, other) == ("half", "box")
    assert mask.size == box.size == PIXELS.size
    alpha = np.asarray(mask)[..., 3]
    assert alpha[:, : PIXELS.width // 2].all() and not alpha[:, PIXELS.width // 2 :].any()


def is_rows_of_pictures(found: Any) -> None:
    (first, text), (second, more) = found
    is_picture(PIXELS)(first)
    is_picture(PIXELS)(second)
    assert (text, more) == (TEXT, "more")


def is_picture_with_full_mask(found: Any) -> None:
    base, ((mask, label),) = found
    is_picture(PIXELS)(base)
    assert (mask.size, label) == (PIXELS.size, "all")


def is_edited_picture(found: Any) -> None:
    for name in ("background", "composite"):
        is_like(PIXELS)(found[name])
    (layer,) = found["layers"]
    assert layer.mode == "RGBA"
    is_like(Image.open(RGBA))(layer)


def reports_edited_picture(found: Any) -> None:
    for name in ("background", "composite"):
        reports_pixels(PIXELS.convert("RGBA"))(found[name])
    reports_pixels(Image.open(RGBA))(found["layers"][0])


def is_chat_with_file(path: Path) -> Check:
    def check(found: Any) -> None:
        hi, answer = found
        assert hi == HI
        file, alt = answer["content"]
        assert (file.data, file.name, alt) == (path.read_bytes(), path.name, "alt")

    return check


def is_messages_with_pdf(found: Any) -> None:
    first, second = found
    assert first == {"role": "user", "content": "a question"}
    file, alt = second["content"]
    assert (file.data, alt) == (PDF.read_bytes(), "alt text")


def is_pairs_with_pdf(found: Any) -> None:
    first, ((file, alt), nothing) = found
    assert first == ("a question", "an answer")
    assert (file.data, alt, nothing) == (PDF.read_bytes(), "alt text", None)


CASES = [
    echo("textbox", TEXT, TEXT),
    Case("number", 2.5, equals(2.5), equals(2.5)),
    Case("number", np.float32(0.5), equals(0.5), equals(0.5)),
    Case("slider", 42, equals(42), equals(42), SINCE_3),
    Case("slider", 42, equals(42), None, GRADIO_2),
    Case("checkbox", True, equals(True), equals(True), SINCE_3),
    Case("checkbox", np.bool_(True), equals(True), None, GRADIO_2),
    echo("checkboxgroup", ["a", "c"], ["a", "c"], SINCE_3),
    Case("checkboxgroup", ["a", "c"], equals(["a", "c"]), None, GRADIO_2),
    Case("radio", "b", equals("b"), equals("b"), SINCE_3),
    Case("radio", "b", equals("b"), None, GRADIO_2),
    Case("dropdown", "c", equals("c"), equals("c"), SINCE_3),
    Case("dropdown", "c", equals("c"), None, GRADIO_2),
    echo("dropdown_multi", ["a", "b"], ["a", "b"], Versions("3.9")),
    echo("json", {"a": [1, None]}, {"a": [1, None]}, SINCE_3),
    echo("html", "<b>x</b>", "<b>x</b>", SINCE_3),
    echo("markdown", "**x**", "**x**", Versions("3.30")),
    Case(
        "markdown",
        "**x**",
        equals("**x**"),
        equals("<p><strong>x</strong></p>\n"),
        Versions("3.0", "3.30"),
    ),
    echo("code", "x = 1", "x = 1", Versions("3.20")),
    echo("colorpicker", (255, 136, 0), "#ff8800", Versions("3.1")),
    Case("datetime_string", MOMENT, equals(str(MOMENT)), equals(MOMENT), HAVE_DATETIME),
    Case("datetime_datetime", MOMENT, equals(MOMENT.isoformat()), equals(MOMENT), HAVE_DATETIME),
    # Gradio 2: outputs that the app makes from its text.
    *[
        Case(f"{FROM_TEXT}{endpoint}", "cat", None, check, GRADIO_2)
        for endpoint, check in (
            ("label", equals("cat")),
            ("label_confidences", equals({"cat": 0.75})),
            ("keyvalues", equals([("text", "cat"), ("length", 3)])),
            ("highlightedtext", equals([("cat", "NOUN"), (" and ", None), ("more", 0.5)])),
            ("json", equals({"text": "cat", "list": [1, 2.5, None, True]})),
            ("json_text", equals("cat")),
            ("html", equals("<b>cat</b>")),
            ("carousel", equals([["cat"], ["more"]])),
            ("chatbot", each_equals(("cat", "an answer"), ("another question", "another answer"))),
        )
    ],
    *[
        Case(f"{FROM_TEXT}plot_{kind}", "cat", None, check, Versions("2.9", "3.0"))
        for kind, check in (
            ("matplotlib", is_not_none),
            ("plotly", is_plot("plotly")),
            ("bokeh", is_plot("bokeh")),
        )
    ],
    # Pictures.
    Case("image", PNG, reports_rgb(PNG), is_like(PIXELS)),
    Case("image", NOISE, reports_array(NOISE), None),
    Case("image", PIXELS, reports_pixels(PIXELS), is_like(PIXELS)),
    Case("image", RGBA, reports_pixels(on_white(RGBA)), is_like(on_white(RGBA))),
    *[
        Case("image", EXIF, reports_pixels(upright(EXIF)), is_like(upright(EXIF)), versions)
        for versions in (Versions("3.20", "4.0"), Versions("4.9"))
    ],
    *[
        Case(
            "image",
            EXIF,
            reports_array(turned_before_sending(EXIF)),
            is_like(upright(EXIF)),
            versions,
        )
        for versions in (Versions(end="3.20"), Versions("4.0", "4.9"))
    ],
    Case("image", GRAY, reports_rgb(GRAY), None),
    Case("image", PALETTE, reports_rgb(PALETTE), None),
    Case("image", GIF, reports_rgb(GIF), None),
    Case("image", DEEP, reports_pixels(upright(DEEP)), None),
    *([Case("image", AVIF, reports_pixels(upright(AVIF)), None, ANY)] if HAS_AVIF else []),
    Case("image_pil", PNG, reports_picture(PIXELS), is_like(PIXELS)),
    Case("image_rgba", RGBA, reports_picture(Image.open(RGBA)), is_like(Image.open(RGBA))),
    Case("image_filepath", PNG, is_not_none, is_picture(PIXELS), GRADIO_4),
    Case("image_filepath", PNG, reports_file(PNG), is_picture(PIXELS), SINCE_5),
    *[
        Case("image", path, reports_pixels(upright(path)), None, SINCE_5, NO_UPLOAD)
        for path in (PNG, RGBA, EXIF, GRAY, PALETTE, GIF, DEEP)
    ],
    Case("image", NOISE, reports_array(NOISE), None, SINCE_5, NO_UPLOAD),
    Case(
        "sketch",
        {"image": PNG, "mask": MASK},
        each_value(image=reports_pixels(PIXELS), mask=reports_pixels(MASK)),
        is_picture(PIXELS),
        Versions("3.1", "4.0"),
        component="image",
    ),
    Case("imageeditor", EDITED, reports_edited_picture, is_edited_picture, HAVE_IMAGE_EDITOR),
    Case(
        "imagemask",
        PNG,
        is_not_none,
        value_of("composite", is_like(PIXELS)),
        HAVE_IMAGE_EDITOR,
        component="imageeditor",
    ),
    Case(
        "imageslider",
        (PNG, NOISE),
        each(reports_rgb(PNG), reports_array(NOISE)),
        each(is_like(PIXELS), is_not_none),
        Versions("5.20"),
    ),
    Case("annotatedimage", PNG, reports_rgb(PNG), is_annotated_picture, Versions("3.30")),
    Case(
        "annotatedimage",
        PNG,
        reports_rgb(PNG),
        is_annotated_picture,
        Versions("3.20", "3.30"),
        app="annotated",
    ),
    Case(
        "annotatedimage_in",
        (PNG, [(np.ones((180, 240)), "all")]),
        each(reports_file(PNG), each(each(is_not_none, equals("all")))),
        is_picture_with_full_mask,
        Versions("4.20"),
    ),
    Case(
        "annotatedimage_in",
        (PNG, [(np.ones((180, 240)), "all")]),
        each_value(image=reports_file(PNG), annotations=each(value_of("label", equals("all")))),
        is_picture_with_full_mask,
        EARLY_4,
    ),
    Case(
        "gallery_out",
        PNG,
        reports_rgb(PNG),
        each(is_like(PIXELS), each(is_like(PIXELS), equals("Grüße"))),
        Versions("3.1"),
    ),
    Case("gallery_out", PNG, reports_rgb(PNG), each(is_like(PIXELS)), Versions("3.0", "3.1")),
    Case(
        "gallery",
        [PNG, (PALETTE, "cap")],
        each(each(reports_rgb(PNG), equals(None)), each(reports_rgb(PALETTE), equals("cap"))),
        each(is_like(PIXELS), each(is_like(rgb(PALETTE)), equals("cap"))),
        Versions("4.20"),
    ),
    Case(
        "gallery",
        [PNG, (PALETTE, "cap")],
        each(
            each_value(image=reports_file(PNG), caption=equals(None)),
            each_value(image=includes(name=PALETTE.name), caption=equals("cap")),
        ),
        each(is_picture(PIXELS), each(is_picture(rgb(PALETTE)), equals("cap"))),
        EARLY_4,
    ),
    Case(
        "gallery_mixed",
        [MP4, PNG],
        each(reports_file(MP4), reports_file(PNG)),
        each(each(is_video(MP4), equals(MP4.name)), each(is_picture(PIXELS), equals(PNG.name))),
        SINCE_5,
    ),
    Case("carousel_rows", (TEXT, PNG), None, is_rows_of_pictures, GRADIO_2),
    Case("carousel", "x", is_not_none, equals([["one"], ["two"]]), Versions("3.0", "3.1")),
    # Sound, video, files.
    Case("audio", WAV, each(equals(RATE), reports_array(SAMPLES)), is_sound(RATE, SAMPLES)),
    Case(
        "audio", (RATE, FLOATS), each(equals(RATE), reports_array(SAMPLES)), is_sound(RATE, SAMPLES)
    ),
    Case(
        "audio",
        {"audio": WAV, "crop_min": 0, "crop_max": 50},
        each(equals(RATE), reports_array(SAMPLES[: len(SAMPLES) // 2])),
        is_sound(RATE, SAMPLES[: len(SAMPLES) // 2]),
        BEFORE_4,
    ),
    Case("audio_filepath", WAV, reports_file(WAV), is_sound(RATE, SAMPLES), SINCE_5),
    Case("video", MP4, reports_content(MP4), is_video(MP4)),
    Case(
        "video_subtitles",
        MP4,
        reports_file(MP4),
        each(is_video(MP4), is_subtitles),
        Versions("3.20", "6.0"),
    ),
    Case("video", (MP4, VTT), reports_file(MP4), is_video(MP4), Versions("3.20", "6.0")),
    Case("video_subtitles", MP4, reports_file(MP4), is_video(MP4), SINCE_6),
    Case("file", PDF, reports_content(PDF), is_file(PDF)),
    Case("file", PDF, reports_file(PDF), is_file(PDF), KEEP_FILE_NAMES),
    Case("file", PDF, reports_file(PDF), is_file(PDF), Versions("3.30", "4.0"), {"upload": True}),
    Case("file_binary", PDF, equals(bytes_report(PDF.read_bytes())), is_file(PDF)),
    Case(
        "file_multiple",
        [PDF, CSV],
        each(reports_file(PDF), reports_file(CSV)),
        each(is_file(PDF), is_file(CSV)),
        KEEP_FILE_NAMES,
    ),
    Case(
        "file_multiple",
        [PDF, CSV],
        each(reports_content(PDF), reports_content(CSV)),
        each(is_file(PDF), is_file(CSV)),
        Versions("3.0", "3.30"),
    ),
    Case(
        "file_multiple",
        [PDF, CSV],
        each(reports_content(PDF), reports_content(CSV)),
        None,
        GRADIO_2,
    ),
    Case("uploadbutton", PDF, reports_content(PDF), is_file(PDF), Versions("3.9", "3.30")),
    Case("uploadbutton", PDF, reports_file(PDF), is_file(PDF), KEEP_FILE_NAMES),
    Case(
        "uploadbutton_multiple",
        [PDF, CSV],
        each(reports_file(PDF), reports_file(CSV)),
        each(is_file(PDF), is_file(CSV)),
        KEEP_FILE_NAMES,
    ),
    Case("downloadbutton", PDF, reports_file(PDF), is_file(PDF), Versions("4.20")),
    Case("model3d", GLB, reports_file(GLB), is_file(GLB), KEEP_FILE_NAMES),
    Case("model3d", GLB, reports_content(GLB), is_file(GLB), Versions("3.0", "3.30")),
    Case(
        "image3d",
        GLB,
        reports_content(GLB),
        is_file(GLB),
        Versions("2.9", "3.0"),
        component="model3d",
    ),
    *[
        Case("fileexplorer", [["a.txt"]], is_not_none, equals([["a.txt"]]), versions)
        for versions in (Versions("3.42", "4.0"), Versions("4.12"))
    ],
    Case("fileexplorer_out", "x", is_not_none, equals([["a.txt"]]), Versions("4.0", "4.12")),
    # Tables.
    *[
        Case(
            "dataframe",
            value,
            equals({"columns": names, "rows": ROWS}),
            is_table([str(name) for name in names], ROWS),
            versions,
        )
        for value in (pandas.DataFrame(ROWS, columns=HEADERS), (HEADERS, ROWS))
        for names, versions in (
            ([0, 1], Versions("3.0", "3.0.25")),  # these take rows without headers
            (HEADERS, Versions("3.0.25")),
        )
    ],
    Case("dataframe_array", ROWS, equals(ROWS), is_table(None, ROWS)),
    Case("dataframe_numpy", np.array(ROWS), reports_array(np.array(ROWS)), is_table(None, ROWS)),
    Case(
        "timeseries",
        (HEADERS, ROWS),
        equals({"columns": HEADERS, "rows": ROWS}),
        is_table(HEADERS, ROWS),
        BEFORE_4,
    ),
    # Labels and plots.
    echo("label", CONFIDENCES, CONFIDENCES, SINCE_3),
    Case("label_out", CONFIDENCES, is_not_none, equals(CONFIDENCES), SINCE_3),
    Case("highlightedtext", PIECES, is_not_none, equals(PIECES), SINCE_3),
    *[
        Case(f"plot_{kind}", "x", is_not_none, is_plot(kind), SINCE_3)
        for kind in ("plotly", "bokeh")
    ],
    Case("plot_altair", "x", is_not_none, is_plot("altair"), Versions("3.1")),
    Case("plot_altair", "x", is_not_none, is_plot("plotly"), Versions("3.0", "3.1")),
    Case("plot_matplotlib", "x", is_not_none, is_any_picture, SINCE_3),
    Case("plot_in", PNG, value_of("type", equals("matplotlib")), None, EARLY_4),
    Case(
        "plot_in", PNG, value_of("type", equals("matplotlib")), is_picture(PIXELS), Versions("4.20")
    ),
    *[
        Case(kind, "x", is_not_none, check, versions, component="nativeplot")
        for kinds, check, versions in (
            (("lineplot", "scatterplot"), is_plot("altair"), Versions("3.14", "3.20")),
            (NATIVE_PLOTS, is_plot("altair"), Versions("3.20", "4.42")),
            (NATIVE_PLOTS, is_table(["x", "y"], POINTS), Versions("4.42")),
        )
        for kind in kinds
    ],
    # Conversations.
    *[
        Case("chatbot", CHAT, equals([list(turn) for turn in CHAT]), each_equals(*CHAT), versions)
        for versions in (Versions("3.0", "3.1"), Versions("3.20", "4.38"))
    ],
    Case(
        "chatbot",
        CHAT[:1],
        equals([list(CHAT[0])]),
        each_equals(("<p>a question</p>\n", "<p>an answer</p>\n")),
        EARLY_3,
    ),
    Case("chatbot", MESSAGES, is_not_none, each_equals(CHAT[0]), Versions("3.20", "4.38")),
    Case("chatbot_media", PDF, reports_content(PDF), is_pairs_with_pdf, Versions("3.20", "4.38")),
    Case("chatbot_tuples", CHAT, is_not_none, each_equals(*CHAT), Versions("4.38", "6.0")),
    Case(
        "chatbot_media_tuples", PDF, reports_file(PDF), is_pairs_with_pdf, Versions("4.38", "6.0")
    ),
    Case("chatbot_messages", MESSAGES, is_not_none, each_equals(*MESSAGES), HAVE_CHAT_MESSAGES),
    Case(
        "chatbot_messages",
        [HI, {"role": "assistant", "content": (PNG, "alt")}],
        is_not_none,
        is_chat_with_file(PNG),
        HAVE_CHAT_MESSAGES,
    ),
    Case("chatbot_media", PDF, reports_file(PDF), is_messages_with_pdf, HAVE_CHAT_MESSAGES),
    Case(
        "chatbot",
        [(None, (PNG, "alt"))],
        equals([[None, [file_report(PNG), "alt"]]]),
        each(each(equals(None), each(is_file(PNG), equals("alt")))),
        Versions("3.20", "4.38"),
    ),
    Case(
        "multimodaltextbox",
        {"text": "hi", "files": [PNG, PDF]},
        each_value(text=equals("hi"), files=each(reports_file(PNG), reports_file(PDF))),
        each_value(text=equals("hi"), files=each(is_file(PNG), is_file(PDF))),
        Versions("4.20"),
    ),
    Case(
        "multimodaltextbox_single",
        {"text": "hi", "files": [PDF]},
        each_value(text=equals("hi"), files=each(reports_file(PDF))),
        each_value(text=equals("hi"), files=each(is_file(PDF))),
        Versions("4.20"),
    ),
    Case(
        "multimodaltextbox_single",
        "hi",
        equals({"text": "hi", "files": []}),
        equals({"text": "hi", "files": []}),
        Versions("4.20"),
    ),
    Case("dialogue_text", "A: x", equals("A: x"), equals("A: x"), Versions("5.40")),
]


class Apps:
    """The servers' interfaces; a server starts on first use."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self._apps: dict[tuple[str, str], Interface] = {}

    def __enter__(self) -> Apps:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def get(self, version: str, app: str = "blocks") -> Interface:
        if version in GRADIO_2:
            app = "all"
        if (version, app) not in self._apps:
            server = self._running.enter_context(serve(version, app))
            self._apps[version, app] = self._running.enter_context(
                Interface(server.url, timeout=CALL_SECONDS)
            )
        return self._apps[version, app]


@pytest.fixture(scope="module")
def apps() -> Iterator[Apps]:
    with Apps() as apps:
        yield apps


def call(apps: Apps, version: str, case: Case) -> tuple[Any, Any]:
    """Return the returned value, and the server's report on the value that it received."""
    app = apps.get(version, case.app)
    if version in GRADIO_2:
        return _call_one_component(app, case)
    answer = app.predict(case.value, api_name=case.endpoint, fetch=True, **case.options)
    return answer.data[0], answer.data[-1]


def _call_one_component(app: Interface, case: Case) -> tuple[Any, Any]:
    """Call the endpoint of the Gradio 2 app with None for all inputs except the case's own."""
    name = case.endpoint.removeprefix(FROM_TEXT)
    values: dict[str, Any] = {name: case.value}
    if case.endpoint.startswith(FROM_TEXT):
        values = {"textbox": case.value}
    elif case.component == "carousel":
        values = dict(zip(("textbox", "image"), case.value, strict=True))
    endpoint = app.endpoint()
    inputs = [values.get(parameter.label) for parameter in endpoint.visible_inputs]
    answer = app.predict(*inputs)
    labels = [parameter.label for parameter in endpoint.outputs]
    returned = answer.data[labels.index(name)] if name in labels else None
    return returned, answer.data[-1].get(name)


VERSIONS_AND_CASES = [
    pytest.param(version, case, id=f"{version}-{case.label}")
    for case in CASES
    for version in TESTED
    if version in case.versions
]


@pytest.mark.parametrize(("version", "case"), VERSIONS_AND_CASES)
def test_value_is_received_and_returned(apps: Apps, version: str, case: Case) -> None:
    if case.component == "video" and version in RUN_FFPROBE and shutil.which("ffprobe") is None:
        pytest.skip(f"the server of Gradio {version} runs ffprobe for a video")
    returned, report = call(apps, version, case)

    if case.received:
        case.received(report)
    if case.returned:
        case.returned(returned)


@pytest.mark.parametrize("version", TESTED)
def test_every_endpoint_accepts_none(apps: Apps, version: str) -> None:
    app = apps.get(version)
    for endpoint in app.endpoints:
        if endpoint.name in ("/fail", "/crash", "/slow", "/big"):
            continue
        answer = app.predict(*all_none(endpoint), api_name=endpoint.name, fetch=True)
        assert len(answer.data[:]) == len(endpoint.outputs), endpoint.name


@pytest.mark.parametrize("version", TESTED)
def test_none_for_a_slider_means_its_initial_value(apps: Apps, version: str) -> None:
    case = Case("slider_start", None, None, None)
    assert call(apps, version, case)[1] == 42


@pytest.mark.parametrize("version", TESTED)
def test_none_is_returned_as_none(apps: Apps, version: str) -> None:
    app = apps.get(version)
    if version in GRADIO_2:
        answer = app.predict(*all_none(app.endpoint()))
        assert answer["image"] is answer["audio"] is answer["video"] is None
        return
    assert app.predict("x", api_name="none_out").data[:] == [None] * 4


@pytest.mark.parametrize("version", TESTED)
def test_state_is_kept_between_calls(apps: Apps, version: str) -> None:
    app = apps.get(version)
    counts = []
    for _ in range(3):
        if version in GRADIO_2:
            counts.append(app.predict(*all_none(app.endpoint()))["report"]["state"])
        else:
            counts.append(app.predict("x", api_name="state").data[-1])
    assert [count - counts[0] for count in counts] == [0, 1, 2]


def all_none(endpoint: Endpoint) -> list[None]:
    """Return None for each input of the endpoint."""
    return [None] * len(endpoint.visible_inputs)


# Components that have no value, or none that a client sends or receives.
WITHOUT_CASES = {"button", "state"}


@pytest.mark.parametrize("component", sorted(set(COMPONENTS) - WITHOUT_CASES))
def test_every_component_is_tested_on_every_version_that_has_it(component: str) -> None:
    cases = [case for case in CASES if case.component == component]
    known = ANY.installable()

    assert [version for version in known if any(version in case.versions for case in cases)] == [
        version for version in known if Component(component).exists_in(eras.version(version))
    ]


def readme_table() -> str:
    """Return the README's table of components, in Markdown."""
    lines = [
        "| component | 2.9.4 | 3.50.2 | 4.44.1 | 5.49.1 | 6.31.0 |",
        "|---|---|---|---|---|---|",
    ]
    for component in COMPONENTS:
        if component not in WITHOUT_CASES:
            cells = [_table_cell(component, release.version) for release in RELEASES.values()]
            lines.append(f"| {component} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _table_cell(component: str, version: str) -> str:
    cases = [case for case in CASES if case.component == component and version in case.versions]
    if not cases:
        return "–"
    is_input = any(_is_input(case) for case in cases)
    is_output = any(case.returned for case in cases)
    return " ".join(word for word, applies in (("in", is_input), ("out", is_output)) if applies)


def _is_input(case: Case) -> bool:
    """Tell whether the case sends a value of the component, not of another one."""
    only_outputs = (*NATIVE_PLOTS, "gallery_out", "label_out", "annotatedimage")
    is_output = (
        case.endpoint.startswith(FROM_TEXT)
        or case.component == "carousel"
        or case.endpoint in only_outputs
        or (case.component == "plot" and case.endpoint != "plot_in")
        or (case.component == "chatbot" and "media" in case.endpoint)
    )
    return case.received is not None and not is_output


def test_readme_has_the_table() -> None:
    assert readme_table() in (FIXTURES.parent / "README.md").read_text()


if __name__ == "__main__":
    print(readme_table())
