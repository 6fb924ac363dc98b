"""A Gradio 3.50.2 server with an endpoint for every component; `endpoints.main` says how to run."""

from __future__ import annotations

from functools import partial
from typing import Any

import endpoints
import gradio as gr
import samples
from endpoints import Endpoints, media_pairs, path_of, same


def own(app: Endpoints) -> None:
    """Add what is different in this release."""
    app.answer("sketch", partial(gr.Image, tool="sketch"), gr.Image, picture)
    app.answer("imagemask", gr.ImageMask, gr.Image, picture)
    app.echo("sketchpad", gr.Sketchpad)
    app.echo("paint", gr.Paint)
    endpoints.subtitled_pair(app)
    # A button does not make a file of the path that it is given.
    app.answer("uploadbutton", gr.UploadButton, gr.File, path_of, paths=True)
    multiple = partial(gr.UploadButton, file_count="multiple")
    app.answer("uploadbutton_multiple", multiple, gr.File, path_of, paths=True)
    app.echo("timeseries", gr.Timeseries)
    app.echo("highlightedtext", gr.HighlightedText)
    app.answer("label", gr.JSON, gr.Label, same)
    app.echo("chatbot", gr.Chatbot, paths=True)
    app.answer("chatbot_media", gr.File, gr.Chatbot, media_pairs, paths=True)
    app.echo("fileexplorer", gr.FileExplorer, paths=True, root=samples.folder())


def picture(value: dict[str, Any] | None) -> Any:
    """The picture that was drawn on."""
    return None if value is None else value["image"]


with gr.Blocks() as blocks:
    app = Endpoints(queue=False)
    endpoints.common(app)
    own(app)

if __name__ == "__main__":
    endpoints.main(blocks.queue())
