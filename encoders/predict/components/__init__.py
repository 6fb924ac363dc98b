"""The one table of Gradio's components: how each one's Python value becomes its JSON, and back.

A new component is one line in `COMPONENTS`, and a file beside this one where its family is new.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from encoders.errors import PayloadError, bounded, clip
from encoders.predict.components import (
    anything,
    audio,
    chat,
    file,
    gallery,
    image,
    label,
    plot,
    table,
    text,
    video,
)
from encoders.predict.eras import Version, in_range, major
from encoders.predict.wire import Incoming, Json, Outgoing, Raw

Encode = Callable[[Any, Outgoing], Json]
Decode = Callable[[Json, Incoming], Any]


@dataclass(frozen=True, slots=True)
class Format:
    """How the values of one component travel.

    Attributes:
        encode: a Python value, never None, to its JSON.
        decode: its JSON, never null, to a Python value.
        takes: the Python types that `encode` takes, in words.
        gives: what `decode` gives, in words.
        since: the first version of Gradio that has the component.
        until: the first version that has it no more.
        none: what stands for None, where that is not ``null``.
        helper: what in this package turns one value into its part of the JSON.
    """

    encode: Encode
    decode: Decode
    takes: str
    gives: str
    since: Version = (2, 0)
    until: Version | None = None
    none: Callable[[Outgoing], Json] | None = None
    helper: str = "the value itself"


def _text(**more: Any) -> Format:
    return Format(text.encode_text, text.decode_text, "str", "str", **more)


def _choice(**more: Any) -> Format:
    takes = "str or number, or a list of them"
    return Format(text.encode_choice, text.decode_choice, takes, takes, **more)


def _number(**more: Any) -> Format:
    kinds = "int or float"
    return Format(text.encode_number, text.decode_number, kinds, kinds, **more)


def _json(takes: str = "what JSON can hold", **more: Any) -> Format:
    return Format(text.encode_json, text.decode_json, takes, "JSON value", **more)


_PICTURE = "PIL image, H×W(×C) array, Path, bytes"
_FILE = "Path, bytes, binary file, File"
_TABLE = "pandas DataFrame, (headers, rows), list of rows or dicts, 2-D array"
_IMAGE, _AUDIO, _VIDEO, _ANY = (
    f"encoders.{kind}.encode" for kind in ("image", "audio", "video", "file")
)

COMPONENTS: dict[str, Format] = {
    "textbox": _text(),
    "number": _number(),
    # Gradio 5 and 6 take no null here: the value that the slider starts with stands for it.
    "slider": _number(none=text.own_value),
    "checkbox": Format(text.encode_bool, text.decode_bool, "bool", "bool"),
    "checkboxgroup": Format(
        text.encode_choices,
        text.decode_choices,
        "list of str or numbers",
        "list",
        none=lambda _: [],
    ),
    "radio": _choice(),
    "dropdown": _choice(),
    "colorpicker": Format(
        text.encode_colour, text.decode_text, "'#rrggbb' or (r, g, b)", "str", (3, 0, 25)
    ),
    "datetime": Format(
        text.encode_datetime,
        text.decode_datetime,
        "naive datetime, or text",
        "datetime",
        (4, 38),
    ),
    "state": Format(text.encode_state, text.take, "None", "JSON value"),
    "json": _json(),
    "html": _json("str"),
    "markdown": _text(since=(3, 0)),
    "code": _text(since=(3, 21)),
    "button": _text(since=(3, 0)),
    "keyvalues": Format(
        text.encode_json, label.decode_pairs, "list of pairs", "list of pairs", (2, 0), (3, 0)
    ),
    "image": Format(image.encode_image, image.decode_image, _PICTURE, "PIL image", helper=_IMAGE),
    "imageeditor": Format(
        image.encode_editor,
        image.decode_editor,
        "dict of background, layers and composite, each a picture; or one picture",
        "dict of PIL images",
        (4, 5),
        helper=_IMAGE,
    ),
    "imageslider": Format(
        image.encode_pair,
        image.decode_pair,
        "two pictures",
        "tuple of two PIL images",
        (5, 27),
        helper=_IMAGE,
    ),
    "annotatedimage": Format(
        image.encode_annotated,
        image.decode_annotated,
        "(picture, [(mask, label), ...])",
        "(PIL image, [(PIL mask, label), ...])",
        (3, 27),
        helper=_IMAGE,
    ),
    "gallery": Format(
        gallery.encode_gallery,
        gallery.decode_gallery,
        "list of pictures or videos, or of (picture, caption)",
        "list of PIL images, or of (image, caption)",
        (3, 0),
        helper=_IMAGE,
    ),
    "carousel": Format(
        anything.encode_anything, anything.decode_rows, "rows", "rows", (2, 0), (3, 10)
    ),
    "audio": Format(
        audio.encode_audio,
        audio.decode_audio,
        "(sample_rate, array), Path, bytes",
        "(sample_rate, int16 array)",
        helper=_AUDIO,
    ),
    "video": Format(
        video.encode_video,
        video.decode_video,
        "Path, bytes, Video; or (video, subtitles)",
        "Video, or (Video, subtitles)",
        helper=_VIDEO,
    ),
    "file": Format(
        file.encode_file,
        file.decode_file,
        f"{_FILE}; or a list",
        "File or list",
        helper=_ANY,
    ),
    "uploadbutton": Format(
        file.encode_file,
        file.decode_file,
        f"{_FILE}; or a list",
        "File or list",
        (3, 11),
        helper=_ANY,
    ),
    "downloadbutton": Format(
        file.encode_model, file.decode_file, _FILE, "File", (4, 20), helper=_ANY
    ),
    "model3d": Format(file.encode_model, file.decode_file, _FILE, "File", (2, 9), helper=_ANY),
    "fileexplorer": _json("list of paths on the server, each a list of names", since=(3, 47)),
    "dataframe": Format(
        table.encode_table,
        table.decode_table,
        _TABLE,
        "DataFrame if pandas is installed, else Table",
        none=table.empty_table,
    ),
    "timeseries": Format(
        table.encode_series,
        table.decode_table,
        _TABLE,
        "DataFrame if pandas is installed, else Table",
        (2, 0),
        (4, 0),
    ),
    "label": Format(
        label.encode_label,
        label.decode_label,
        "dict of label: confidence, or str",
        "dict of label: confidence, or str",
    ),
    "highlightedtext": Format(
        label.encode_highlighted,
        label.decode_highlighted,
        "list of (text, label)",
        "list of (text, label)",
    ),
    "chatbot": Format(
        chat.encode_chat,
        chat.decode_chat,
        "list of messages with role and content, or of (user, bot)",
        "list of messages, or of (user, bot)",
    ),
    "multimodaltextbox": Format(
        chat.encode_multimodal,
        chat.decode_multimodal,
        "dict of text and files, or str",
        "dict of text and files",
        (4, 22),
    ),
    "plot": Format(
        plot.encode_plot,
        plot.decode_plot,
        "matplotlib, Plotly or Altair figure, Plot, picture",
        "PIL image or Plot",
        (2, 9),
    ),
    "nativeplot": Format(
        text.encode_json, plot.decode_plot, "what JSON can hold", "table", (3, 13)
    ),
    "dialogue": _json("str, or list of speaker and text", since=(5, 40), none=lambda _: ""),
}

UNKNOWN = Format(
    anything.encode_anything, anything.decode_anything, "what JSON can hold, media", "by content"
)

_ALIASES = {
    "text": "textbox",
    "textarea": "textbox",
    "image3d": "model3d",
    "sketchpad": "imageeditor",
    "imagemask": "imageeditor",
    "paint": "imageeditor",
    "microphone": "audio",
    "mic": "audio",
    "playablevideo": "video",
    "files": "file",
    "list": "dataframe",
    "matrix": "dataframe",
    "numpy": "dataframe",
    "variable": "state",
    "colourpicker": "colorpicker",
    "lineplot": "nativeplot",
    "barplot": "nativeplot",
    "scatterplot": "nativeplot",
}
_NOT_A_LETTER = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Component:
    """A component as an interface has it: its name, and the options that steer its JSON.

    Attributes:
        name: such as "image", "checkboxgroup" or "CheckboxGroup".
        options: as its constructor has them. These steer: ``image_mode`` (alpha is kept for
            "RGBA"), ``tool="sketch"``, ``file_count``, ``multiselect``, chatbot ``type``,
            ``include_time``, ``timezone``, textbox ``type="number"``.

    >>> Component("Image", {"image_mode": "RGBA"}).name
    'image'
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", canonical(self.name))

    @property
    def format(self) -> Format:
        return COMPONENTS.get(self.name, UNKNOWN)


def canonical(name: str) -> str:
    """Return a component's name as `COMPONENTS` has it; an unknown one in small letters.

    >>> canonical("Checkbox Group"), canonical("LinePlot")
    ('checkboxgroup', 'nativeplot')
    """
    plain = _NOT_A_LETTER.sub("", name.lower())
    return _ALIASES.get(plain, plain)


def as_component(given: str | Component) -> Component:
    """Return a `Component` for its name.

    Raises:
        TypeError: it is neither a name nor a `Component`.
        ValueError: no component has the name. A server's custom component may have any name: pass a
            `Component` for one, or "unknown", and content decides.
    """
    if isinstance(given, Component):
        return given
    if not isinstance(given, str):
        raise TypeError(f"a component is a name or a Component, not {type(given).__name__}")
    return _by_name(given)


def as_components(
    given: Sequence[str | Component] | None, count: int
) -> Sequence[Component | None]:
    """Return a `Component` for each name; for None, so many times None."""
    if given is None:
        return [None] * count
    if isinstance(given, str | Component):
        raise TypeError(f"components is a list of names, found {given!r:.40}: put it into a list")
    return [as_component(each) for each in given]


@functools.lru_cache(256)
def _by_name(name: str) -> Component:
    component = Component(name)
    if component.name not in COMPONENTS and component.name != "unknown":
        near = difflib.get_close_matches(component.name, [*COMPONENTS, *_ALIASES], 3)
        raise ValueError(
            f"there is no component {clip(name)}: "
            + (f"did you mean {' or '.join(near)}? " if near else "")
            + f"There are {', '.join(COMPONENTS)}"
        )
    return component


def encode(value: Any, component: Component, out: Outgoing) -> Json:
    """Return the JSON of one input. ``out`` stands at it.

    Raises:
        EncodersError: the value is not one that the component takes, in this era.
    """
    out.component, out.options = component.name, component.options
    if isinstance(value, Raw):
        return value.json
    form = component.format
    if not in_range(out.version, form.since, form.until):
        raise PayloadError(
            f"there is no {bounded(component.name, 40)} in Gradio {major(out.version)}",
            out.path,
            component.name,
        )
    if value is None:
        return form.none(out) if form.none else None
    return form.encode(value, out)


def decode(value: Json, component: Component | None, got: Incoming) -> Any:
    """Return the Python value of one output. ``got`` stands at it.

    Raises:
        EncodersError: the JSON is not what the component gives, in any era.
    """
    form = component.format if component else UNKNOWN
    got.component = component.name if component else None
    got.options = component.options if component else {}
    if isinstance(value, dict) and value.get("__type__") == "update":  # gr.update(value=…)
        value = value.get("value")
    return None if value is None else cast(Any, form.decode(value, got))
