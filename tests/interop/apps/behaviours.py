"""Apps for tests of calls rather than components."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
from constants import QUOTA_TEXT
from endpoints import VERSION, Endpoints, ErrorForClient, add_calls, crash, fail, path_of
from report import report


def classify(image: Any, text: str) -> tuple[Any, dict[str, float]]:
    """Return the picture and confidences for the text; fail if it is "fail", "crash" or "quota"."""
    if text == "fail":
        fail(text)
    if text == "crash":
        crash(text)
    if text == "quota":
        raise ErrorForClient(QUOTA_TEXT)
    return image, {text or "nothing": 0.75, "else": 0.25}


def interface() -> gr.Interface:
    """An app with one endpoint, whose name the release chooses."""
    return gr.Interface(
        classify,
        [gr.Image(), gr.Textbox(label="text")],
        [gr.Image(), gr.Label()],
    )


def queued() -> gr.Blocks:
    """An app whose calls may use the queue."""
    return _few_endpoints().queue()


def closed() -> gr.Blocks:
    """An app whose calls must use the queue."""
    return _few_endpoints().queue(api_open=False)


def _few_endpoints() -> gr.Blocks:
    with gr.Blocks() as blocks:
        app = Endpoints()
        app.echo("textbox", "Textbox")
        app.echo("image", "Image", type="numpy")
        app.echo("file", "File", path_of, paths=True)
        add_calls(app)
        _add_batches(app)
    return blocks


def _add_batches(app: Endpoints) -> None:
    if VERSION < (3, 9):
        return
    batch = {"batch": True, "max_batch_size": 4}
    app.add("batch_one", upper_case, [gr.Textbox()], [gr.Textbox()], **batch)
    app.add(
        "batch_two",
        upper_case_and_increment,
        [gr.Textbox(), gr.Number()],
        [gr.Textbox(), gr.Number()],
        **batch,
    )


def upper_case(texts: Any) -> list[list[str]]:
    """Return each text in upper case."""
    return [[text.upper() for text in texts]]


def upper_case_and_increment(texts: Any, numbers: Any) -> tuple[list[str], list[float]]:
    """Return each text in upper case, and each number plus one."""
    return [text.upper() for text in texts], [number + 1 for number in numbers]


def bounded() -> gr.Blocks:
    """An app whose components do not take everything."""
    choices = [("Small", 1), ("Big", 2)]
    with gr.Blocks() as blocks:
        app = Endpoints()
        app.echo("dropdown", "Dropdown", choices=choices)
        app.echo("dropdown_multi", "Dropdown", choices=choices, multiselect=True)
        app.echo("dropdown_custom", "Dropdown", choices=choices, allow_custom_value=True)
        app.echo("radio", "Radio", choices=choices)
        app.echo("checkboxgroup", "CheckboxGroup", choices=choices)
        app.echo("slider", "Slider", minimum=1, maximum=10, step=2)
        app.echo("number", "Number", minimum=1, maximum=10)
        app.echo("number_whole", "Number", precision=0)
        app.echo("file", "File", path_of, paths=True, file_types=["image", ".pdf"])
        app.echo("uploadbutton", "UploadButton", path_of, paths=True, file_types=[".pdf"])
        app.echo("gallery", "Gallery", paths=True, file_types=["image"], type="filepath")
        app.echo("message", "MultimodalTextbox", paths=True, file_types=["image"])
        app.echo("audio", "Audio", paths=True, max_length=0.25, type="filepath")
        app.echo("video", "Video", paths=True, min_length=60)
    return blocks


def chat() -> gr.Blocks:
    """A chat that answers with a report on the message."""
    return gr.ChatInterface(report_message)


def chat_files() -> gr.Blocks:
    """The same chat, with files in messages, and the default textbox."""
    return gr.ChatInterface(report_multimodal_message, multimodal=True)


def chat_many_files() -> gr.Blocks:
    """The same chat, with a textbox for several files."""
    textbox = gr.MultimodalTextbox(file_count="multiple")
    return gr.ChatInterface(report_multimodal_message, multimodal=True, textbox=textbox)


def report_message(message: Any, history: Any) -> str:
    """Return a report on the message, and the length of the history."""
    return json.dumps({"message": report(message, paths=True), "before": len(history)})


def report_multimodal_message(message: Any, history: Any) -> Any:
    """Return the same in the form of the output, which is the textbox before 4.41."""
    text = report_message(message, history)
    return text if VERSION >= (4, 41) else {"text": text}
