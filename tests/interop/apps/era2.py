"""A Gradio 2.x server that returns its inputs, and a report on them.

`servers.py` runs it with the Python of the release's environment. Lines of its standard input start
and end some of `APPS`; `commands.py` says how.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import era2_all
from commands import End, serve_apps
from constants import ERROR_TEXT, HEADERS, LOGIN, SIZES
from gradio import Interface, inputs, outputs
from report import report


def echo(image: Any, audio: tuple[int, Any], video: str, file: Any) -> tuple[Any, ...]:
    """Return every input unchanged, then a report on all of them."""
    sample_rate, samples = audio
    reports = {
        "image": report(image),
        "audio": {"sample_rate": sample_rate, **report(samples)},
        "video": report(Path(video).read_bytes()),
        "file": report(Path(file.name).read_bytes()),
    }
    return image, audio, video, file.name, reports


def media_app() -> Interface:
    """The app with a picture, a sound, a video and a file."""
    # Without a type, Gradio does not convert the video; arrays are returned in lossless formats. So
    # every change that a test finds was made by an encoder.
    return Interface(
        echo,
        inputs=[
            inputs.Image(type="numpy"),
            inputs.Audio(type="numpy"),
            inputs.Video(type=None),
            inputs.File(type="file"),
        ],
        outputs=[
            outputs.Image(type="numpy"),
            outputs.Audio(type="numpy"),
            outputs.Video(type=None),
            outputs.File(),
            outputs.JSON(),
        ],
        allow_flagging="never",
    )


def classify(image: Any, text: str) -> tuple[Any, dict[str, float]]:
    """Return the picture and confidences for the text; fail if the text is "fail"."""
    if text == "fail":
        raise ValueError(ERROR_TEXT)
    return image, {text or "nothing": 0.75, "else": 0.25}


def classifier_app() -> Interface:
    """The app with a picture and a text."""
    return Interface(
        classify,
        inputs=[inputs.Image(optional=True), inputs.Textbox(label="text")],
        outputs=[outputs.Image(), outputs.Label()],
        allow_flagging="never",
    )


def studio(
    picture: Any, sound: Any, table: Any, size: str, text: str
) -> tuple[Any, Any, Any, dict[str, float]]:
    """Return the picture, the sound and the table, and confidences for the size."""
    if text == "fail":
        raise ValueError(ERROR_TEXT)
    return picture, sound, table, {size: 0.75, "else": 0.25}


def studio_app() -> Interface:
    """The app with a picture, a sound, a table, choices and a text."""
    return Interface(
        studio,
        inputs=[
            inputs.Image(label="Picture"),
            inputs.Audio(label="Sound"),
            inputs.Dataframe(label="Table", headers=[*HEADERS], datatype=["str", "number"]),
            inputs.Dropdown([*SIZES], label="Size"),
            inputs.Textbox(label="Text"),
        ],
        outputs=[outputs.Image(), outputs.Audio(), outputs.Dataframe(), outputs.Label()],
        allow_flagging="never",
    )


def launch(port: int, name: str) -> End:
    """Serve an app on `port` of this machine only; return what ends it."""
    new_app, options = APPS[name]
    app = new_app()
    app.launch(server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, **options)
    return partial(app.close, verbose=False)


APPS: dict[str, tuple[Any, dict[str, Any]]] = {
    "blocks": (media_app, {}),
    "all": (era2_all.interface, {}),
    "interface": (classifier_app, {"show_error": False}),
    "studio": (studio_app, {"show_error": True}),
    "auth": (classifier_app, {"auth": LOGIN}),
}

if __name__ == "__main__":
    serve_apps(launch)
