"""Named endpoints for Gradio's components, on any release with Blocks.

Components are given by name. An endpoint is added only if the release has its components with their
options.
"""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import samples
from constants import ERROR_TEXT, LABELS
from PIL import Image
from report import report

VERSION = tuple(int(number) for number in gr.__version__.split(".")[:2])
BINARY = "binary" if VERSION >= (3, 1) else "bytes"
INFO_FAILS_WITH_ANNOTATED_IMAGE = ((3, 28),)
State = gr.State if hasattr(gr, "State") else gr.Variable
ErrorForClient = getattr(gr, "Error", ValueError)
CHOICES = ["a", "b", "c"]


@dataclass(frozen=True)
class Kind:
    """The name of a component, and its options."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether this release has the component with these options."""
        found = getattr(gr, self.name, None)
        return found is not None and set(self.options) <= set(inspect.signature(found).parameters)

    def __call__(self) -> Any:
        """Create the component."""
        return getattr(gr, self.name)(**self.options)


def kind(name: str, **options: Any) -> Kind:
    """The name of a component, and its options."""
    return Kind(name, options)


def same(value: Any) -> Any:
    """Return the value itself."""
    return value


def for_json(value: Any) -> Any:
    """Return the value in the form that a JSON component takes."""
    # Since 3.1 the component parses text, so text is safe for every value.
    return json.dumps(value) if VERSION >= (3, 1) else value


def path_of(value: Any) -> Any:
    """Return the path of an uploaded file or file object, or those of a list of them."""
    if isinstance(value, list):
        return [path_of(item) for item in value]
    return getattr(value, "name", value)


def file_of(value: bytes | None) -> str | None:
    """Return the path of a new file with these bytes."""
    return None if value is None else samples.new_file(value, "binary.bin")


class Endpoints:
    """Adds named endpoints to the Blocks in whose `with` block it is created."""

    def __init__(self, *components: str, **event: Any) -> None:
        """Set the default options of events, and the endpoints for components if not all."""
        self._components = components
        self._event = event
        self._button = gr.Button()
        self._report = gr.JSON()

    def add(
        self, name: str, function: Callable[..., Any], inputs: Any, outputs: Any, **event: Any
    ) -> None:
        """Add the endpoint `name` for `function`."""
        options = {**self._event, **event}
        self._button.click(function, inputs, outputs, api_name=name, **options)

    def answer(
        self,
        name: str,
        given: Kind,
        returned: Kind,
        answer: Callable[[Any], Any],
        paths: bool = False,
    ) -> None:
        """Add an endpoint that returns `answer(value)` and a report on the value.

        Args:
            name: The name of the endpoint.
            given: The component of the input.
            returned: The component of the first output.
            answer: Makes the first output from the input.
            paths: Whether to report the files whose paths are in the value.
        """

        def endpoint(value: Any) -> tuple[Any, Any]:
            return answer(value), for_json(report(value, paths))

        endpoint.__name__ = name  # for the messages of the newer releases
        is_added = name in self._components or not self._components
        if is_added and given.exists and returned.exists:
            # As few components as there can be: Gradio 6 describes them all for each session.
            first = given()
            second = first if given == returned else returned()
            self.add(name, endpoint, [first], [second, self._report])

    def echo(
        self,
        name: str,
        component: str,
        answer: Callable[[Any], Any] = same,
        paths: bool = False,
        **options: Any,
    ) -> None:
        """Add an endpoint with one component for both the input and the first output."""
        both = kind(component, **options)
        self.answer(name, both, both, answer, paths)

    def make(self, name: str, component: Kind, make: Callable[[], Any]) -> None:
        """Add an endpoint that takes a text, ignores it, and returns `make()`."""
        self.answer(name, kind("Textbox"), component, lambda _: make())


def add_all(app: Endpoints) -> None:
    """Add the endpoints for all components, and those for calls."""
    _add_texts(app)
    _add_choices(app)
    _add_media(app)
    _add_drawings(app)
    _add_galleries(app)
    _add_files(app)
    _add_tables(app)
    _add_plots(app)
    _add_annotations(app)
    _add_conversations(app)
    add_calls(app)
    _add_signatures(app)


def _add_texts(app: Endpoints) -> None:
    app.echo("textbox", "Textbox")
    app.echo("json", "JSON", for_json)
    app.echo("html", "HTML")
    app.echo("markdown", "Markdown")
    app.echo("code", "Code")
    app.echo("colorpicker", "ColorPicker")
    app.echo("button", "Button")
    app.echo("datetime", "DateTime", type="timestamp")
    app.echo("datetime_string", "DateTime", type="string")
    app.echo("datetime_datetime", "DateTime", type="datetime")
    app.echo("paramviewer", "ParamViewer")
    app.echo("timer", "Timer")
    app.echo("browserstate", "BrowserState")


def _add_choices(app: Endpoints) -> None:
    app.echo("number", "Number")
    app.echo("slider", "Slider", minimum=0, maximum=100)
    app.echo("slider_start", "Slider", minimum=0, maximum=100, value=42)
    app.echo("checkbox", "Checkbox")
    app.echo("checkboxgroup", "CheckboxGroup", choices=CHOICES)
    app.echo("radio", "Radio", choices=CHOICES)
    app.echo("dropdown", "Dropdown", choices=CHOICES)
    app.echo("dropdown_multi", "Dropdown", choices=CHOICES, multiselect=True)


def _add_media(app: Endpoints) -> None:
    app.echo("image", "Image", type="numpy")
    app.echo("image_pil", "Image", type="pil")
    app.echo("image_filepath", "Image", paths=True, type="filepath")
    app.echo("image_rgba", "Image", image_mode="RGBA", type="pil")
    app.echo("imageslider", "ImageSlider", type="numpy")
    app.echo("imageslider_filepath", "ImageSlider", paths=True, type="filepath")
    app.echo("audio", "Audio", type="numpy")
    app.echo("audio_filepath", "Audio", paths=True, type="filepath")
    app.echo("video", "Video", paths=True)
    app.echo("model3d", "Model3D", paths=True)
    subtitled = subtitled_video if VERSION >= (6, 0) else subtitled_pair
    if VERSION >= (3, 20):
        app.echo("video_subtitles", "Video", subtitled, paths=True)


def subtitled_pair(path: str | None) -> tuple[str, str] | None:
    """The video with subtitles."""
    return None if path is None else (path, samples.subtitles())


def subtitled_video(path: str | None) -> Any:
    """The video with subtitles, which are an option of the component since 6.0."""
    return None if path is None else gr.Video(value=path, subtitles=samples.subtitles())


def _add_drawings(app: Endpoints) -> None:
    if VERSION >= (3, 1):
        app.answer("sketch", kind("Image", tool="sketch"), kind("Image"), picture)
    app.echo("imageeditor", "ImageEditor")
    app.echo("imageeditor_pil", "ImageEditor", type="pil")
    app.echo("imageeditor_filepath", "ImageEditor", paths=True, type="filepath")
    app.answer("imagemask", kind("ImageMask"), kind(drawing("ImageMask")), picture)
    app.echo("sketchpad", "Sketchpad")
    app.echo("paint", "Paint")


def drawing(component: str) -> str:
    """The component that can show a drawing: before 4.0 only a plain image."""
    return component if VERSION >= (4, 0) else "Image"


def picture(value: Any) -> Any:
    """The picture of a pair of picture and mask; any other value unchanged."""
    return value["image"] if isinstance(value, dict) and "image" in value else value


def _add_galleries(app: Endpoints) -> None:
    app.answer("gallery_out", kind("Image"), kind("Gallery"), captioned)
    if (4, 0) <= VERSION < (4, 20):
        app.echo("gallery", "Gallery", captions, paths=True)
    app.make("carousel", kind("Carousel", components="textbox"), lambda: ["one", "two"])
    app.echo("gallery", "Gallery", type="numpy")
    app.echo("gallery_pil", "Gallery", type="pil")
    app.echo("gallery_filepath", "Gallery", paths=True, type="filepath")
    if VERSION >= (5, 0):
        several = kind("File", file_count="multiple")
        app.answer("gallery_mixed", several, kind("Gallery"), gallery_of, paths=True)


def captioned(image: Any) -> list[Any] | None:
    """A gallery of the picture without a caption, and if the release has captions, with one."""
    if image is None:
        return None
    return [image, (image, "Grüße")] if VERSION >= (3, 1) else [image]


def captions(gallery: Any) -> list[tuple[str, str | None]] | None:
    """The pictures and their captions; early 4.x passes the function the JSON of the gallery."""
    return None if gallery is None else [(one.image.path, one.caption) for one in gallery.root]


def gallery_of(files: list[str] | None) -> list[tuple[str, str]] | None:
    """The files, with their names as captions."""
    return None if files is None else [(str(path), Path(path).name) for path in files]


def _add_files(app: Endpoints) -> None:
    app.echo("file", "File", path_of, paths=True)
    app.echo("file_multiple", "File", path_of, paths=True, file_count="multiple")
    app.echo("file_binary", "File", file_of, type=BINARY)
    # Before 4.0 an output of the button does not turn a path into a file.
    returned = "UploadButton" if VERSION >= (4, 0) else "File"
    for name, count in (("uploadbutton", "single"), ("uploadbutton_multiple", "multiple")):
        button = kind("UploadButton", file_count=count)
        app.answer(name, button, kind(returned, file_count=count), path_of, paths=True)
    app.echo("downloadbutton", "DownloadButton", paths=True)
    root = "root_dir" if kind("FileExplorer", root_dir=None).exists else "root"
    folder = samples.new_folder()
    app.echo("fileexplorer", "FileExplorer", paths=True, **{root: folder})
    explorer = kind("FileExplorer", **{root: folder})
    app.make("fileexplorer_out", explorer, lambda: [f"{folder}/a.txt"])


def _add_tables(app: Endpoints) -> None:
    app.echo("dataframe", "Dataframe", type="pandas")
    app.echo("dataframe_numpy", "Dataframe", none_if_empty, type="numpy")
    app.echo("dataframe_array", "Dataframe", none_if_empty, type="array")
    app.echo("timeseries", "Timeseries")
    app.make("lineplot", kind("LinePlot", x="x", y="y"), samples.plot_data)
    app.make("barplot", kind("BarPlot", x="x", y="y"), samples.plot_data)
    app.make("scatterplot", kind("ScatterPlot", x="x", y="y"), samples.plot_data)


def none_if_empty(table: Any) -> Any:
    """The table, or None for an empty one, which components before 3.20 cannot return."""
    return table if np.size(table) else None


def _add_plots(app: Endpoints) -> None:
    bokeh = samples.bokeh_figure if VERSION >= (3, 20) else samples.bokeh_json
    app.make("plot_matplotlib", kind("Plot"), samples.matplotlib_figure)
    app.make("plot_plotly", kind("Plot"), samples.plotly_figure)
    app.make("plot_bokeh", kind("Plot"), bokeh)
    app.make("plot_altair", kind("Plot"), samples.altair_chart)
    if VERSION >= (4, 0):
        app.echo("plot_in", "Plot", same if VERSION >= (4, 20) else lambda _: None)


def _add_annotations(app: Endpoints) -> None:
    app.answer("label_out", kind("JSON"), kind("Label"), same)
    app.answer("highlightedtext_out", kind("JSON"), kind("HighlightedText"), same)
    if VERSION >= (4, 0):
        app.echo("label", "Label")
        app.echo("highlightedtext", "HighlightedText", pairs)
        app.echo("annotatedimage_in", "AnnotatedImage", masks_as_arrays, paths=True)
    else:
        app.answer("label", kind("JSON"), kind("Label"), same)
        app.echo("highlightedtext", "HighlightedText")
    if VERSION not in INFO_FAILS_WITH_ANNOTATED_IMAGE:
        add_annotated_image(app)


def add_annotated_image(app: Endpoints) -> None:
    """Add the picture with annotations, which makes `/info` fail in some releases."""
    app.answer("annotatedimage", kind("Image"), kind("AnnotatedImage"), annotated)


def annotated(image: Any) -> tuple[Any, list[Any]] | None:
    """The picture with two annotations: a mask and a box."""
    if image is None:
        return None
    box = (0, 0, image.shape[1] // 2, image.shape[0] // 2)
    return image, [(samples.left_half(image), "half"), (box, "box")]


def pairs(tokens: list[dict[str, Any]] | None) -> list[tuple[str, Any]] | None:
    """The tokens in the form of the component's output, which differs from its input."""
    if tokens is None:
        return None
    return [(token["token"], token["class_or_confidence"]) for token in tokens]


def masks_as_arrays(value: Any) -> Any:
    """The picture and its annotations in the form of the component's output, masks as arrays."""
    if value is None:
        return None
    if hasattr(value, "annotations"):  # early 4.x
        picture = value.image.path
        annotations = [(one.image.path, one.label) for one in value.annotations]
    else:
        picture, annotations = value
    return picture, [(alpha_of(path), label) for path, label in annotations]


def alpha_of(path: str) -> Any:
    """The alpha channel of a picture, from 0 to 1."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))[..., 3] / 255


def _add_conversations(app: Endpoints) -> None:
    app.echo("multimodaltextbox", "MultimodalTextbox", paths=True, file_count="multiple")
    app.echo("multimodaltextbox_single", "MultimodalTextbox", paths=True)
    app.echo("dialogue", "Dialogue", speakers=["A", "B"])
    app.echo("dialogue_text", "Dialogue", type="text", speakers=["A", "B"])
    if VERSION >= (6, 0):
        _add_chat(app, "chatbot_messages", "chatbot_media", media_messages)
    elif kind("Chatbot", type="messages").exists:
        _add_chat(app, "chatbot_messages", "chatbot_media", media_messages, type="messages")
        _add_chat(app, "chatbot_tuples", "chatbot_media_tuples", media_pairs, type="tuples")
    else:
        _add_chat(app, "chatbot", "chatbot_media", media_pairs)


def _add_chat(
    app: Endpoints, name: str, media: str, answer: Callable[[Any], Any], **options: Any
) -> None:
    app.echo(name, "Chatbot", paths=True, **options)
    if VERSION >= (3, 20):
        app.answer(media, kind("File"), kind("Chatbot", **options), answer, paths=True)


def media_pairs(file: Any) -> list[Any] | None:
    """A chat of text and a file, as pairs."""
    if file is None:
        return None
    return [["a question", "an answer"], [(path_of(file), "alt text"), None]]


def media_messages(file: Any) -> list[dict[str, Any]] | None:
    """A chat of text and a file, as messages."""
    if file is None:
        return None
    return [
        {"role": "user", "content": "a question"},
        {"role": "assistant", "content": {"path": path_of(file), "alt_text": "alt text"}},
    ]


def add_calls(app: Endpoints) -> None:
    """Add the endpoints for tests of calls rather than components."""
    app.add("fail", fail, [gr.Textbox()], [gr.Textbox()])
    app.add("crash", crash, [gr.Textbox()], [gr.Textbox()])
    app.add("slow", slow, [gr.Number()], [gr.Number()])
    if VERSION >= (3, 1):
        app.add("stream", stream, [gr.Textbox()], [gr.Textbox()], queue=True)
    counter = State(0)
    app.add("state", count, [gr.Textbox(), counter], [gr.Textbox(), counter, gr.JSON()])


def fail(_: str) -> str:
    """Fail with a text that the client may see."""
    raise ErrorForClient(ERROR_TEXT)


def crash(_: str) -> str:
    """Fail as a function with a bug does."""
    raise ValueError("boom")


def slow(seconds: float) -> float:
    """Return the number after waiting as many seconds."""
    time.sleep(seconds)
    return seconds


def stream(text: str) -> Iterator[str]:
    """Yield three values, one after the other."""
    for number in (1, 2, 3):
        yield f"{text} {number}"


def big(size: float) -> str:
    """Return a file of this many bytes."""
    return samples.new_file(samples.noise(int(size)), "big.bin")


def update(text: str) -> Any:
    """Change options of the component together with its value."""
    change = gr.Textbox if VERSION >= (3, 41) else gr.update
    return change(value=text, label="changed", visible=True)


def _add_signatures(app: Endpoints) -> None:
    app.add("big", big, [gr.Number()], [gr.File()])
    app.add("update", update, [gr.Textbox()], [gr.Textbox()])
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


def two_in(text: str, image: Any) -> str:
    """Return reports on both values."""
    return json.dumps([report(text), report(image)])


def none_out(_: str) -> tuple[None, None, None, None]:
    """Return None for each of the outputs."""
    return None, None, None, None


def nothing_out(_: str) -> None:
    """Return nothing to an endpoint without outputs."""


def nothing_in() -> str:
    """Return a value from an endpoint without inputs."""
    return "nothing"


def defaults(
    # Gradio 3.28 accepts only classes as annotations of parameters.
    text: str,
    count: float = 3,
    flag: bool = False,
    picture: Any = None,
) -> Any:
    """Return a report on each parameter."""
    return for_json({name: report(value) for name, value in locals().items()})


def labels(first: str, second: str, third: str, fourth: str) -> tuple[str, ...]:
    """Return the texts."""
    return first, second, third, fourth


def count(text: str, calls: int) -> tuple[str, int, Any]:
    """Count the calls of one session."""
    return text, calls + 1, for_json(calls + 1)
