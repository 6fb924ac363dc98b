"""An app with many endpoints of several components each, on any release with Blocks."""

from __future__ import annotations

from typing import Any

import gradio as gr
from constants import SIZES, WIDE
from endpoints import Endpoints


def first(*values: Any) -> tuple[Any, ...]:
    """Return the first of the values, and nothing else."""
    return values[0], None, None


def wide() -> gr.Blocks:
    """An app whose endpoints share their components."""
    with gr.Blocks(title="Wide") as blocks:
        app = Endpoints()
        inputs = [
            gr.Image(label="Picture"),
            gr.Textbox(label="Prompt", value="a cat"),
            gr.Number(label="Seed", value=1),
            gr.Slider(0, 1, label="Strength"),
            gr.Dropdown([*SIZES], label="Size"),
            gr.Checkbox(label="Fast"),
        ]
        outputs = [gr.Image(label="Result"), gr.Label(label="Class"), gr.Dataframe(label="Table")]
        for number in range(WIDE):
            app.add(f"endpoint_{number}", first, inputs, outputs)
    return blocks
