"""Named endpoints for Gradio's components, as far as 3.50.2 to 6.31.0 have them in common.

`Endpoints` makes them; an app `era<N>.py` adds what only its own release has and calls `main`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import samples
from PIL import Image
from report import report

CHOICES = ["a", "b", "c"]
CREDENTIALS = ("user", "pass word")
WORDS = "the server's own words"
LABELS = ('It\'s "quoted" <b>ü</b>', "日本語 & more", "spaces  and\ttabs", "")


def same(value: Any) -> Any:
    """The value itself."""
    return value


def path_of(value: Any) -> Any:
    """The path of an uploaded file, which may be an object around it, or of each of several."""
    if isinstance(value, list):
        return [path_of(item) for item in value]
    return getattr(value, "name", value)


def file_of(value: bytes | None) -> str | None:
    """The path of a new file of these bytes."""
    return None if value is None else samples.saved(value, "binary.bin")


class Endpoints:
    """Adds named endpoints to the Blocks around it."""

    def __init__(self, **event: Any) -> None:
        """Remember `event`, which every endpoint has unless it says otherwise."""
        self._event = event
        self._trigger = gr.Button()

    def add(
        self, name: str, function: Callable[..., Any], inputs: Any, outputs: Any, **event: Any
    ) -> None:
        """Add the endpoint `name` for `function`."""
        options = {**self._event, **event}
        self._trigger.click(function, inputs, outputs, api_name=name, **options)

    def answer(
        self,
        name: str,
        given: Callable[[], Any],
        returned: Callable[[], Any],
        answer: Callable[[Any], Any],
        paths: bool = False,
    ) -> None:
        """Add an endpoint that returns `answer(value)`, and the report on the value.

        Args:
            name: What the endpoint is called.
            given: Makes the component of the value.
            returned: Makes the component of the answer.
            answer: Makes the answer of the value.
            paths: Whether the names of files in the value stand for these files.
        """

        def endpoint(value: Any) -> tuple[Any, str]:
            # The component parses a text; anything else it would have to recognize.
            described = json.dumps(report(value, paths))
            return answer(value), described

        endpoint.__name__ = name  # for the messages of the newer releases
        self.add(name, endpoint, [given()], [returned(), gr.JSON()])

    def echo(
        self,
        name: str,
        component: Callable[..., Any],
        answer: Callable[[Any], Any] = same,
        paths: bool = False,
        **options: Any,
    ) -> None:
        """Add an endpoint that takes and returns the same kind of component."""
        make = partial(component, **options)
        self.answer(name, make, make, answer, paths)

    def make(self, name: str, component: Callable[[], Any], make: Callable[[], Any]) -> None:
        """Add an endpoint that returns what `make()` does, whatever the text that it is given."""
        self.answer(name, gr.Textbox, component, lambda _: make())


def common(app: Endpoints) -> None:
    """Add the endpoints that are alike in all the releases with Blocks."""
    _texts(app)
    _choices(app)
    _media(app)
    _files(app)
    _tables(app)
    _plots(app)
    _annotations(app)
    _behaviour(app)
    _several(app)


def newer(app: Endpoints) -> None:
    """Add what is there since 4.0."""
    app.echo("imageeditor", gr.ImageEditor)
    app.echo("imageeditor_pil", gr.ImageEditor, type="pil")
    app.echo("imageeditor_filepath", gr.ImageEditor, paths=True, type="filepath")
    app.echo("imagemask", gr.ImageMask)
    app.echo("sketchpad", gr.Sketchpad)
    app.echo("paint", gr.Paint)
    app.echo("uploadbutton", gr.UploadButton, path_of, paths=True)
    app.echo("uploadbutton_multiple", gr.UploadButton, path_of, paths=True, file_count="multiple")
    app.echo("downloadbutton", gr.DownloadButton, paths=True)
    app.echo("label", gr.Label)
    app.echo("highlightedtext", gr.HighlightedText, pairs)
    app.echo("annotatedimage_in", gr.AnnotatedImage, masked, paths=True)
    app.echo("gallery", gr.Gallery, type="numpy")
    app.echo("gallery_pil", gr.Gallery, type="pil")
    app.echo("gallery_filepath", gr.Gallery, paths=True, type="filepath")
    app.echo("plot_in", gr.Plot)
    app.echo("multimodaltextbox", gr.MultimodalTextbox, paths=True, file_count="multiple")
    app.echo("datetime", gr.DateTime, type="timestamp")
    app.echo("datetime_string", gr.DateTime, type="string")
    app.echo("datetime_datetime", gr.DateTime, type="datetime")
    app.echo("fileexplorer", gr.FileExplorer, paths=True, root_dir=samples.folder())
    app.echo("paramviewer", gr.ParamViewer)
    app.echo("timer", gr.Timer)


def pairs(tokens: list[dict[str, Any]] | None) -> list[tuple[str, Any]] | None:
    """The tokens as the component wants them, which is not how it gives them."""
    if tokens is None:
        return None
    return [(token["token"], token["class_or_confidence"]) for token in tokens]


def masked(value: Any) -> Any:
    """The picture and its annotations with each mask as an array, as the component wants them."""
    if value is None:
        return None
    picture, annotations = value
    return picture, [(mask_of(path), label) for path, label in annotations]


def mask_of(path: str) -> Any:
    """How far a picture covers what is below, from 0 to 1."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))[..., 3] / 255


def newest(app: Endpoints) -> None:
    """Add what is there since 5.0."""
    app.echo("imageslider", gr.ImageSlider, type="numpy")
    app.echo("imageslider_filepath", gr.ImageSlider, paths=True, type="filepath")
    app.answer("gallery_mixed", several_files, gr.Gallery, gallery_of, paths=True)
    app.echo("dialogue", gr.Dialogue, speakers=["A", "B"])
    app.echo("dialogue_text", gr.Dialogue, type="text", speakers=["A", "B"])
    app.echo("browserstate", gr.BrowserState)


def several_files() -> Any:
    """A component for files."""
    return gr.File(file_count="multiple")


def gallery_of(files: list[str] | None) -> list[tuple[str, str]] | None:
    """The files, each under its name."""
    return None if files is None else [(str(path), Path(path).name) for path in files]


def tuples(app: Endpoints) -> None:
    """Add the chat of pairs, which is there until 6.0."""
    app.echo("chatbot_tuples", gr.Chatbot, paths=True, type="tuples")
    chat = partial(gr.Chatbot, type="tuples")
    app.answer("chatbot_media_tuples", gr.File, chat, media_pairs, paths=True)


def media_pairs(file: Any) -> list[Any] | None:
    """A history of text and a file."""
    if file is None:
        return None
    return [["a question", "an answer"], [(path_of(file), "alt text"), None]]


def messages(app: Endpoints, **options: Any) -> None:
    """Add the chat of messages."""
    app.echo("chatbot_messages", gr.Chatbot, paths=True, **options)
    chat = partial(gr.Chatbot, **options)
    app.answer("chatbot_media", gr.File, chat, media_messages, paths=True)


def media_messages(file: Any) -> list[dict[str, Any]] | None:
    """A history of text and a file."""
    if file is None:
        return None
    return [
        {"role": "user", "content": "a question"},
        {"role": "assistant", "content": {"path": path_of(file), "alt_text": "alt text"}},
    ]


def subtitled_pair(app: Endpoints) -> None:
    """Add the video whose value is a pair with its subtitles, as it is until 6.0."""
    app.echo("video_subtitles", gr.Video, with_subtitles, paths=True)


def with_subtitles(path: str | None) -> tuple[str, str] | None:
    """The video and a text for it."""
    return None if path is None else (path, samples.subtitles())


def _texts(app: Endpoints) -> None:
    app.echo("textbox", gr.Textbox)
    app.echo("json", gr.JSON, json_text)
    app.echo("html", gr.HTML)
    app.echo("markdown", gr.Markdown)
    app.echo("code", gr.Code)
    app.echo("colorpicker", gr.ColorPicker)
    app.echo("button", gr.Button)


def json_text(value: Any) -> str:
    """The value as JSON, which the component parses."""
    return json.dumps(value)


def _choices(app: Endpoints) -> None:
    app.echo("number", gr.Number)
    app.echo("slider", gr.Slider, minimum=0, maximum=100)
    app.echo("checkbox", gr.Checkbox)
    app.echo("checkboxgroup", gr.CheckboxGroup, choices=CHOICES)
    app.echo("radio", gr.Radio, choices=CHOICES)
    app.echo("dropdown", gr.Dropdown, choices=CHOICES)
    app.echo("dropdown_multi", gr.Dropdown, choices=CHOICES, multiselect=True)


def _media(app: Endpoints) -> None:
    app.echo("image", gr.Image, type="numpy")
    app.echo("image_pil", gr.Image, type="pil")
    app.echo("image_filepath", gr.Image, paths=True, type="filepath")
    app.echo("image_rgba", gr.Image, image_mode="RGBA", type="pil")
    app.echo("audio", gr.Audio, type="numpy")
    app.echo("audio_filepath", gr.Audio, paths=True, type="filepath")
    app.echo("video", gr.Video, paths=True)
    app.echo("model3d", gr.Model3D, paths=True)
    app.answer("gallery_out", gr.Image, gr.Gallery, captioned)


def captioned(image: Any) -> list[Any] | None:
    """A gallery of the picture without a caption and with one."""
    return None if image is None else [image, (image, "Grüße")]


def _files(app: Endpoints) -> None:
    app.echo("file", gr.File, path_of, paths=True)
    app.echo("file_multiple", gr.File, path_of, paths=True, file_count="multiple")
    app.echo("file_binary", gr.File, file_of, type="binary")


def _tables(app: Endpoints) -> None:
    app.echo("dataframe", gr.Dataframe, type="pandas")
    app.echo("dataframe_numpy", gr.Dataframe, type="numpy")
    app.echo("dataframe_array", gr.Dataframe, type="array")
    for name, plot in (
        ("lineplot", gr.LinePlot),
        ("barplot", gr.BarPlot),
        ("scatterplot", gr.ScatterPlot),
    ):
        app.make(name, partial(plot, x="x", y="y"), samples.frame)


def _plots(app: Endpoints) -> None:
    app.make("plot_matplotlib", gr.Plot, samples.matplotlib_figure)
    app.make("plot_plotly", gr.Plot, samples.plotly_figure)
    app.make("plot_bokeh", gr.Plot, samples.bokeh_figure)
    app.make("plot_altair", gr.Plot, samples.altair_chart)


def _annotations(app: Endpoints) -> None:
    app.answer("label_out", gr.JSON, gr.Label, same)
    app.answer("highlightedtext_out", gr.JSON, gr.HighlightedText, same)
    app.answer("annotatedimage", gr.Image, gr.AnnotatedImage, annotated)


def annotated(image: Any) -> tuple[Any, list[Any]] | None:
    """The picture with a mask and a box."""
    if image is None:
        return None
    box = (0, 0, image.shape[1] // 2, image.shape[0] // 2)
    return image, [(samples.left_half(image), "half"), (box, "box")]


def _behaviour(app: Endpoints) -> None:
    app.add("fail", fail, [gr.Textbox()], [gr.Textbox()])
    app.add("crash", crash, [gr.Textbox()], [gr.Textbox()])
    app.add("slow", slow, [gr.Number()], [gr.Number()])
    app.add("stream", stream, [gr.Textbox()], [gr.Textbox()], queue=True)
    app.add("big", big, [gr.Number()], [gr.File()])
    app.add("update", update, [gr.Textbox()], [gr.Textbox()])


def fail(_: str) -> str:
    """Refuse in words meant for the client."""
    raise gr.Error(WORDS)


def crash(_: str) -> str:
    """Fail as a function with a mistake does."""
    raise ValueError("boom")


def slow(seconds: float) -> float:
    """Return the number of seconds after as many seconds."""
    time.sleep(seconds)
    return seconds


def stream(text: str) -> Iterator[str]:
    """Return three values, one after the other."""
    for number in (1, 2, 3):
        yield f"{text} {number}"


def big(size: float) -> str:
    """Return a file of this many bytes."""
    return samples.saved(samples.some_bytes(int(size)), "big.bin")


def update(text: str) -> Any:
    """Change the component together with its value."""
    return gr.Textbox(value=text, label="changed", visible=True)


def _several(app: Endpoints) -> None:
    app.add("two_in", two_in, [gr.Textbox(), gr.Image()], [gr.Textbox()])
    app.add("none_out", none_out, [gr.Textbox()], [gr.Image(), gr.Audio(), gr.Video(), gr.File()])
    app.add("nothing_out", nothing_out, [gr.Textbox()], [])
    app.add("nothing_in", nothing_in, [], [gr.Textbox()])
    app.add(
        "defaults",
        defaults,
        [gr.Textbox(label="The text"), gr.Number(value=7), gr.Checkbox(value=True), gr.Image()],
        [gr.JSON()],
    )
    app.add("labels", labels, *([gr.Textbox(label=label) for label in LABELS] for _ in range(2)))
    counter = gr.State(0)
    app.add("state", count, [gr.Textbox(), counter], [gr.Textbox(), counter, gr.JSON()])


def two_in(text: str, image: Any) -> str:
    """Say what both values are."""
    return json.dumps([report(text), report(image)])


def none_out(_: str) -> tuple[None, None, None, None]:
    """Return no value for each of the outputs."""
    return None, None, None, None


def nothing_out(_: str) -> None:
    """Return nothing, for there is no output."""


def nothing_in() -> str:
    """Return a value without being given one."""
    return "nothing"


def defaults(
    text: str, count: float = 3, flag: bool = False, picture: np.ndarray | None = None
) -> str:
    """Say what each parameter is."""
    return json.dumps({name: report(value) for name, value in locals().items()})


def labels(first: str, second: str, third: str, fourth: str) -> tuple[str, ...]:
    """Return the texts."""
    return first, second, third, fourth


def count(text: str, calls: int) -> tuple[str, int, str]:
    """Count the calls of one session."""
    return text, calls + 1, json.dumps(calls + 1)


def classify(image: Any, text: str) -> tuple[Any, dict[str, float]]:
    """Return the picture and what the text is, or fail in the way that the text says."""
    if text == "fail":
        fail(text)
    if text == "crash":
        crash(text)
    return image, {text or "nothing": 0.75, "else": 0.25}


def interface() -> gr.Interface:
    """An app of one endpoint, which is named by the release."""
    return gr.Interface(
        classify,
        [gr.Image(), gr.Textbox(label="text")],
        [gr.Image(), gr.Label()],
    )


def main(blocks: gr.Blocks) -> None:
    """Serve what the command line names, until standard input is closed.

    `python era<N>.py PORT [blocks|interface|auth]`: all the endpoints (the default), one endpoint
    that keeps its errors to itself, or the same behind a login.
    """
    port, name = (*sys.argv[1:], "blocks")[:2]
    apps: dict[str, tuple[gr.Blocks, dict[str, Any]]] = {
        "blocks": (blocks, {"show_error": True}),
        "interface": (interface(), {"show_error": False}),
        "auth": (interface(), {"show_error": False, "auth": CREDENTIALS}),
    }
    app, options = apps[name]
    app.launch(
        server_name="127.0.0.1",
        server_port=int(port),
        prevent_thread_lock=True,
        quiet=True,
        **options,
    )
    sys.stdin.read()
