"""An app that makes a poster of a photo, on any release with Blocks."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np
from endpoints import Endpoints
from live import queued
from PIL import Image, ImageOps

STYLES = ["colour", "grey", "negative"]


def poster(photo: Any, style: str, colours: float) -> tuple[Any, dict[str, float]]:
    """Make a poster of a photo, and say how much of it has each of its colours."""
    picture = Image.fromarray(photo)
    if style == "grey":
        picture = ImageOps.grayscale(picture).convert("RGB")
    elif style == "negative":
        picture = ImageOps.invert(picture)
    reduced = picture.quantize(int(colours), dither=Image.Dither.NONE)
    counts = reduced.getcolors() or []
    palette = reduced.getpalette() or []
    names = {index: "#" + bytes(palette[3 * index : 3 * index + 3]).hex() for _, index in counts}
    shares = {names[index]: count / (picture.width * picture.height) for count, index in counts}
    return np.asarray(reduced.convert("RGB")), shares


def posters() -> gr.Blocks:
    """The app."""
    with gr.Blocks(title="Posters") as blocks:
        Endpoints().add(
            "poster",
            poster,
            [
                gr.Image(label="Photo"),
                gr.Radio(label="Style", choices=[*STYLES], value="colour"),
                gr.Slider(label="Colours", minimum=2, maximum=32, step=1, value=6),
            ],
            [gr.Image(label="Poster"), gr.Label(label="Shares", num_top_classes=4)],
        )
    return queued(blocks)
