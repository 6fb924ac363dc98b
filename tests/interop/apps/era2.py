"""A Gradio 2.x server that answers with what it was sent, and says what that was.

`servers.py` runs it with the Python of the release's own environment:
`python era2.py PORT [blocks|all|interface|auth]`, for four media (the default), for all the
components, or for a picture and a text: with its errors kept to itself, or behind a login. It
serves until its standard input is closed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import era2_all
from gradio import Interface, inputs, outputs
from report import report

CREDENTIALS = ("user", "pass word")


def echo(image: Any, audio: tuple[int, Any], video: str, file: Any) -> tuple[Any, ...]:
    """Every value as it came in, then the report on them."""
    sample_rate, samples = audio
    seen = {
        "image": report(image),
        "audio": {"sample_rate": sample_rate, **report(samples)},
        "video": report(Path(video).read_bytes()),
        "file": report(Path(file.name).read_bytes()),
    }
    return image, audio, video, file.name, seen


def echo_app() -> Interface:
    """The app of the four media."""
    # A video with a type is converted by ffmpeg; an image or a sound as an array comes back in a
    # lossless format. So every change that a test sees was made by an encoder.
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
    """Return the picture and what the text is, or fail if the text says so."""
    if text == "fail":
        raise ValueError(era2_all.WORDS)
    return image, {text or "nothing": 0.75, "else": 0.25}


def small_app() -> Interface:
    """The app of a picture and a text."""
    return Interface(
        classify,
        inputs=[inputs.Image(optional=True), inputs.Textbox(label="text")],
        outputs=[outputs.Image(), outputs.Label()],
        allow_flagging="never",
    )


def main(port: int, name: str = "blocks") -> None:
    """Serve on `port` of this machine only."""
    make, options = APPS[name]
    make().launch(server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, **options)
    sys.stdin.read()


APPS: dict[str, tuple[Any, dict[str, Any]]] = {
    "blocks": (echo_app, {}),
    "all": (era2_all.interface, {}),
    "interface": (small_app, {"show_error": False}),
    "auth": (small_app, {"auth": CREDENTIALS}),
}

if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
