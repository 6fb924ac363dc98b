"""Every component of Gradio 2.8 and 2.9 in one endpoint, which is all that an app can have there.

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


def there(module: Any, names: dict[str, str]) -> dict[str, Callable[..., Any]]:
    """The components that this release has."""
    found = {name: getattr(module, component, None) for name, component in names.items()}
    return {name: make for name, make in found.items() if make is not None}


INPUTS = there(
    inputs,
    {
        "textbox": "Textbox",
        "number": "Number",
        "slider": "Slider",
        "slider_start": "Slider",
        "checkbox": "Checkbox",
        "checkboxgroup": "CheckboxGroup",
        "radio": "Radio",
        "dropdown": "Dropdown",
        "image": "Image",
        "image_pil": "Image",
        "image_filepath": "Image",
        "image_rgba": "Image",
        "audio": "Audio",
        "audio_filepath": "Audio",
        "video": "Video",
        "file": "File",
        "file_multiple": "File",
        "file_binary": "File",
        "dataframe": "Dataframe",
        "dataframe_headers": "Dataframe",
        "dataframe_numpy": "Dataframe",
        "dataframe_array": "Dataframe",
        "timeseries": "Timeseries",
        "image3d": "Image3D",
        "state": "State",
    },
)

# What the constructors above are given beside the label.
OPTIONS: dict[str, dict[str, Any]] = {
    "number": {"optional": True},
    "slider": {"minimum": 0, "maximum": 100},
    "slider_start": {"minimum": 0, "maximum": 100, "default": 42},
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

OUTPUTS = there(
    outputs,
    {
        "textbox": "Textbox",
        "number": "Textbox",
        "image": "Image",
        "image_pil": "Image",
        "image_filepath": "Image",
        "image_rgba": "Image",
        "audio": "Audio",
        "audio_filepath": "Audio",
        "video": "Video",
        "file": "File",
        "file_binary": "File",
        "dataframe": "Dataframe",
        "dataframe_headers": "Dataframe",
        "dataframe_numpy": "Dataframe",
        "dataframe_array": "Dataframe",
        "timeseries": "Timeseries",
        "image3d": "Image3D",
        "label": "Label",
        "label_confidences": "Label",
        "keyvalues": "KeyValues",
        "highlightedtext": "HighlightedText",
        "json": "JSON",
        "json_text": "JSON",
        "html": "HTML",
        "carousel": "Carousel",
        "carousel_rows": "Carousel",
        "chatbot": "Chatbot",
        "plot_matplotlib": "Plot",
        "plot_plotly": "Plot",
        "plot_bokeh": "Plot",
        "state": "State",
        "report": "JSON",
    },
)

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
