"""An app with pictures, sounds, tables and choices, on any release with Blocks."""

from __future__ import annotations

from typing import Any

import gradio as gr
from constants import HEADERS, SIZES
from endpoints import Endpoints, fail, same
from live import count, long_generator, queued


def measure(sound: Any, table: Any, size: str) -> tuple[Any, Any, dict[str, float]]:
    """Return the sound and the table, and confidences for the size."""
    return sound, table, {size: 0.75, "else": 0.25}


def studio() -> gr.Blocks:
    """An app with a few endpoints of different kinds."""
    with gr.Blocks(title="Studio") as blocks:
        app = Endpoints()
        app.add("picture", same, [gr.Image(label="Picture")], [gr.Image(label="Same")])
        app.add(
            "measure",
            measure,
            [
                gr.Audio(label="Sound"),
                gr.Dataframe(label="Table", headers=[*HEADERS], datatype=["str", "number"]),
                gr.Dropdown(label="Size", choices=[*SIZES]),
            ],
            [gr.Audio(), gr.Dataframe(), gr.Label()],
        )
        for function in (fail, count, long_generator):
            texts = [gr.Textbox(label="Text")], [gr.Textbox(label="Result")]
            app.add(function.__name__, function, *texts)
    return queued(blocks)
