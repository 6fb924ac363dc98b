"""Apps that differ in how they are called, and not in their components."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
from endpoints import VERSION, Endpoints, calls, crash, fail, path_of
from report import report


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


def queued() -> gr.Blocks:
    """An app whose calls wait in a queue, or pass it by."""
    return _few().queue()


def closed() -> gr.Blocks:
    """An app whose calls all have to wait in the queue."""
    return _few().queue(api_open=False)


def _few() -> gr.Blocks:
    with gr.Blocks() as blocks:
        app = Endpoints()
        app.echo("textbox", "Textbox")
        app.echo("image", "Image", type="numpy")
        app.echo("file", "File", path_of, paths=True)
        calls(app)
        _batches(app)
    return blocks


def _batches(app: Endpoints) -> None:
    if VERSION < (3, 9):
        return
    batch = {"batch": True, "max_batch_size": 4}
    app.add("batch_one", one_each, [gr.Textbox()], [gr.Textbox()], **batch)
    app.add(
        "batch_two", two_each, [gr.Textbox(), gr.Number()], [gr.Textbox(), gr.Number()], **batch
    )


def one_each(texts: Any) -> list[list[str]]:
    """Return each text in capitals."""
    return [[text.upper() for text in texts]]


def two_each(texts: Any, numbers: Any) -> tuple[list[str], list[float]]:
    """Return each text in capitals, and each number and one."""
    return [text.upper() for text in texts], [number + 1 for number in numbers]


def chat() -> gr.Blocks:
    """A chat that answers with the report on what it was told."""
    return gr.ChatInterface(described)


def chat_files() -> gr.Blocks:
    """The same with a file, in the default way."""
    return gr.ChatInterface(described_in_textbox, multimodal=True)


def chat_many_files() -> gr.Blocks:
    """The same with several files."""
    textbox = gr.MultimodalTextbox(file_count="multiple")
    return gr.ChatInterface(described_in_textbox, multimodal=True, textbox=textbox)


def described(message: Any, history: Any) -> str:
    """Return the report on a message, and how many came before."""
    return json.dumps({"message": report(message, paths=True), "before": len(history)})


def described_in_textbox(message: Any, history: Any) -> Any:
    """Return the same as what the output takes, which is the textbox before 4.41."""
    text = described(message, history)
    return text if VERSION >= (4, 41) else {"text": text}
