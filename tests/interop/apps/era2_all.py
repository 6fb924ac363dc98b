"""Every component of Gradio 2.8 and 2.9 in one endpoint; an app of these releases has no second.

`INPUTS` and `OUTPUTS` are in the order of the JSON. Each name is the label of its component in
`/config`. A client sends null for unused inputs. An output with the name of an input returns that
value (an empty table for null). The other outputs are made from the text; without one, they are
null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import samples
from constants import ERROR_TEXT
from gradio import Interface, inputs, outputs
from report import report

CHOICES = ["a", "b", "c"]


def available(module: Any, names: dict[str, str]) -> dict[str, Callable[..., Any]]:
    """Return the constructors of the components that this release has."""
    found = {name: getattr(module, component, None) for name, component in names.items()}
    return {name: constructor for name, constructor in found.items() if constructor is not None}


INPUTS = available(
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

# Arguments of the constructors above, beside the label.
INPUT_OPTIONS: dict[str, dict[str, Any]] = {
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

OUTPUTS = available(
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

TEXT_INPUTS = ("textbox", "radio", "dropdown")


def echo(*values: Any) -> tuple[Any, ...]:
    """Return the inputs, the outputs made from the text, and a report on the inputs."""
    given = dict(zip(INPUTS, values, strict=True))
    text = given["textbox"]
    if text == "fail":
        raise ValueError(ERROR_TEXT)
    made = {} if text is None else from_text(text, given["image"])
    answer = {**given, **made, **returnable(given), "state": given["state"] + 1}
    reports = {name: report(value, name not in TEXT_INPUTS) for name, value in given.items()}
    return (*(answer.get(name) for name in list(OUTPUTS)[:-1]), reports)


def returnable(given: dict[str, Any]) -> dict[str, Any]:
    """Convert the inputs that their component cannot return unchanged, such as files to paths."""
    file, data, table = given["file"], given["file_binary"], given["dataframe_numpy"]
    return {
        # The component makes an array of a null, but cannot return it.
        "dataframe_numpy": table if table.ndim else None,
        "file": None if file is None else file.name,
        "file_binary": None if data is None else samples.new_file(data, "binary.bin"),
    }


def from_text(text: str, image: Any) -> dict[str, Any]:
    """Make the outputs whose components are not among the inputs."""
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
    """The app with all components."""
    return Interface(
        echo,
        inputs=components(INPUTS, INPUT_OPTIONS),
        outputs=components(OUTPUTS, OUTPUT_OPTIONS),
        allow_flagging="never",
    )


def components(
    constructors: dict[str, Callable[..., Any]], options: dict[str, dict[str, Any]]
) -> list[Any]:
    """Create the components, labelled with their names."""
    return [new(label=name, **options.get(name, {})) for name, new in constructors.items()]
