"""Every component of Gradio 2.9.4 in one endpoint, since that is all that an app can have there.

`INPUTS` and `OUTPUTS` are in the order of the wire, and each name is the label of its component in
`/config`. A client sends null for what it does not care about. An output that has the name of an
input returns that value (an empty table for null); the others are made from the text, and are null
without one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import samples
from gradio import Interface, inputs, outputs
from report import report

CHOICES = ["a", "b", "c"]
WORDS = "the server's own words"

INPUTS: dict[str, Callable[..., Any]] = {
    "textbox": inputs.Textbox,
    "number": inputs.Number,
    "slider": inputs.Slider,
    "checkbox": inputs.Checkbox,
    "checkboxgroup": inputs.CheckboxGroup,
    "radio": inputs.Radio,
    "dropdown": inputs.Dropdown,
    "image": inputs.Image,
    "image_pil": inputs.Image,
    "image_filepath": inputs.Image,
    "image_rgba": inputs.Image,
    "audio": inputs.Audio,
    "audio_filepath": inputs.Audio,
    "video": inputs.Video,
    "file": inputs.File,
    "file_multiple": inputs.File,
    "file_binary": inputs.File,
    "dataframe": inputs.Dataframe,
    "dataframe_headers": inputs.Dataframe,
    "dataframe_numpy": inputs.Dataframe,
    "dataframe_array": inputs.Dataframe,
    "timeseries": inputs.Timeseries,
    "image3d": inputs.Image3D,
    "state": inputs.State,
}

# What the constructors above are given beside the label.
OPTIONS: dict[str, dict[str, Any]] = {
    "number": {"optional": True},
    "slider": {"minimum": 0, "maximum": 100},
    "checkboxgroup": {"choices": CHOICES},
    "radio": {"choices": CHOICES},
    "dropdown": {"choices": CHOICES},
    "image": {"optional": True},
    "image_pil": {"optional": True, "type": "pil"},
    "image_filepath": {"optional": True, "type": "filepath"},
    "image_rgba": {"optional": True, "type": "pil", "image_mode": "RGBA"},
    "audio": {"optional": True},
    "audio_filepath": {"optional": True, "type": "filepath"},
    "video": {"optional": True},
    "file": {"optional": True},
    "file_multiple": {"optional": True, "file_count": "multiple"},
    "file_binary": {"optional": True, "type": "bytes"},
    "dataframe_headers": {"headers": ["x", "y"]},
    "dataframe_numpy": {"type": "numpy"},
    "dataframe_array": {"type": "array"},
    "timeseries": {"optional": True},
    "image3d": {"optional": True},
    "state": {"default": 0},
}

OUTPUTS: dict[str, Callable[..., Any]] = {
    "textbox": outputs.Textbox,
    "number": outputs.Textbox,
    "image": outputs.Image,
    "image_pil": outputs.Image,
    "image_filepath": outputs.Image,
    "image_rgba": outputs.Image,
    "audio": outputs.Audio,
    "audio_filepath": outputs.Audio,
    "video": outputs.Video,
    "file": outputs.File,
    "file_binary": outputs.File,
    "dataframe": outputs.Dataframe,
    "dataframe_headers": outputs.Dataframe,
    "dataframe_numpy": outputs.Dataframe,
    "dataframe_array": outputs.Dataframe,
    "timeseries": outputs.Timeseries,
    "image3d": outputs.Image3D,
    "label": outputs.Label,
    "label_confidences": outputs.Label,
    "keyvalues": outputs.KeyValues,
    "highlightedtext": outputs.HighlightedText,
    "json": outputs.JSON,
    "json_text": outputs.JSON,
    "html": outputs.HTML,
    "carousel": outputs.Carousel,
    "carousel_rows": outputs.Carousel,
    "chatbot": outputs.Chatbot,
    "plot_matplotlib": outputs.Plot,
    "plot_plotly": outputs.Plot,
    "plot_bokeh": outputs.Plot,
    "state": outputs.State,
    "report": outputs.JSON,
}

OUTPUT_OPTIONS: dict[str, dict[str, Any]] = {
    "number": {"type": "number"},
    "carousel": {"components": "text"},
    "carousel_rows": {"components": ["image", "text"]},
    "plot_matplotlib": {"type": "matplotlib"},
    "plot_plotly": {"type": "plotly"},
    "plot_bokeh": {"type": "bokeh"},
}

TEXTS = ("textbox", "radio", "dropdown")


def every(*values: Any) -> tuple[Any, ...]:
    """What came in, what is made from the text, and the report on all that came in."""
    given = dict(zip(INPUTS, values, strict=True))
    text = given["textbox"]
    if text == "fail":
        raise ValueError(WORDS)
    made = {} if text is None else from_text(text, given["image"])
    answer = {**given, **made, **changed(given), "state": given["state"] + 1}
    described = {name: report(value, name not in TEXTS) for name, value in given.items()}
    return (*(answer.get(name) for name in list(OUTPUTS)[:-1]), described)


def changed(given: dict[str, Any]) -> dict[str, Any]:
    """What its component cannot return as it came in: paths instead of files, above all."""
    file, data, table = given["file"], given["file_binary"], given["dataframe_numpy"]
    return {
        # The component makes an array of null, which it cannot return.
        "dataframe_numpy": table if table.ndim else None,
        "file": None if file is None else file.name,
        "file_binary": None if data is None else samples.saved(data, "binary.bin"),
    }


def from_text(text: str, image: Any) -> dict[str, Any]:
    """The outputs that no input has the kind of."""
    return {
        "label": text,
        "label_confidences": {"cat": 0.25, text: 0.75},
        "keyvalues": {"text": text, "length": len(text)},
        "highlightedtext": [(text, "NOUN"), (" and ", None), ("more", 0.5)],
        "json": {"text": text, "list": [1, 2.5, None, True]},
        "json_text": text,
        "html": f"<b>{text}</b>",
        "carousel": [text, "more"],
        "carousel_rows": None if image is None else [[image, text], [image, "more"]],
        "chatbot": [(text, "an answer"), ("another question", "another answer")],
        "plot_matplotlib": samples.matplotlib_figure(),
        "plot_plotly": samples.plotly_figure(),
        "plot_bokeh": samples.bokeh_json(),
    }


def interface() -> Interface:
    """The app."""
    return Interface(
        every,
        inputs=[make(label=name, **OPTIONS.get(name, {})) for name, make in INPUTS.items()],
        outputs=[
            make(label=name, **OUTPUT_OPTIONS.get(name, {})) for name, make in OUTPUTS.items()
        ],
        allow_flagging="never",
    )
